"""The item's questions side by side: what each side answers, what was ruled, and the model once it may be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QHeaderView, QSizePolicy, QTableWidget, QTableWidgetItem, QWidget

from annodesk.ui import theme
from annodesk.ui.inked import as_rows
from annodesk.ui.plain import set_tip, shown
from annodesk.ui.review.wording import NO_ANSWER, value_text
from annodesk.ui.timeline.segment_paint import HIDDEN_WORDS

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet
    from annodesk.model.schema import Question
    from annodesk.ui.review.places import Places

ROW_PX, MOST_ROWS, LARGE_TEXT = 30, 8, 1.4
OWN_TITLE, OPEN = "your ruling", "yours to decide"
LONGEST = 200


class QuestionRow(Struct, frozen=True):
    """One question: what each column says, and how far it is; ``key`` is empty where all agree."""

    question: str
    cells: tuple[str, ...]
    key: str = ""
    is_ruled: bool = False


def question_rows(
    questions: Sequence[Question],
    sides: Sequence[AnnotationSet],
    own: AnnotationSet,
    places: Places,
    hidden: Sequence[AnnotationSet] = (),
) -> list[QuestionRow]:
    """A row for each question; ``hidden`` are sets that hold only what may be seen by now."""
    disputed = {one.part: one for one in places.disagreements if one.is_question}
    rows = []
    for question in questions:
        place = disputed.get(question.name)
        is_ruled = place is not None and place.key in places.ruled
        said = [_answer(side, question.name) for side in sides]
        ruled = places.outcomes.get(place.key, "") if place is not None else ""
        mine = ruled or (_answer(own, question.name) if place is None or is_ruled else OPEN)
        later = [_seen(one, question.name, is_hidden=place is not None and not is_ruled) for one in hidden]
        key = place.key if place is not None else ""
        rows.append(QuestionRow(question.name, (*said, mine, *later), key, is_ruled))
    return rows


def _seen(annotations: AnnotationSet, question: str, *, is_hidden: bool) -> str:
    if is_hidden:
        return HIDDEN_WORDS
    return "" if annotations.answer(question) is None else _answer(annotations, question)


def _answer(annotations: AnnotationSet, question: str) -> str:
    answer = annotations.answer(question)
    return value_text(answer.value if answer is not None else None)


class QuestionTable(QTableWidget):
    """A click on a disputed question goes there.

    chosen(str)   the key of a disagreement
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Questions side by side")
        as_rows(self)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(self._on_clicked)
        self.rows: tuple[QuestionRow, ...] = ()
        self._titles: tuple[str, ...] = ()
        self._current = ""
        theme.notifier().theme_changed.connect(self._draw)

    def show_rows(self, titles: Sequence[str], rows: Sequence[QuestionRow], current: str) -> None:
        """Show these rows under these columns; the row of the place that is looked at is marked."""
        if (tuple(titles), tuple(rows)) != (self._titles, self.rows):
            self._titles, self.rows = tuple(titles), tuple(rows)
            self._draw()
        self._current = current
        self._mark()

    def _mark(self) -> None:
        at = next((n for n, row in enumerate(self.rows) if row.key and row.key == self._current), None)
        if at is None:
            self.clearSelection()
        else:
            self.selectRow(at)
            self.scrollToItem(self.item(at, 0))

    def _on_clicked(self, item: QTableWidgetItem) -> None:
        key = self.rows[item.row()].key
        if key:
            self.chosen.emit(key)
        else:
            self._mark()

    def _draw(self) -> None:
        heads, look = ["question", *self._titles], theme.current()
        self.setColumnCount(len(heads))
        self.setHorizontalHeaderLabels(heads)
        self.setRowCount(len(self.rows))
        ruling = self._titles.index(OWN_TITLE) if OWN_TITLE in self._titles else -1
        for number, row in enumerate(self.rows):
            for column, words in enumerate((row.question, *row.cells)):
                item = QTableWidgetItem(shown(words, LONGEST))
                set_tip(item, words)
                item.setForeground(QColor(_colour(look, row, words, is_ruling=column - 1 == ruling)))
                font = theme.font("body", bold=bool(row.key) and column != 0)
                item.setFont(font)
                if column == 0:
                    item.setIcon(_sign(look, row))
                self.setItem(number, column, item)
            self.setRowHeight(number, theme.px(ROW_PX))
        header = self.horizontalHeader()
        is_large = theme.scale() >= LARGE_TEXT
        for column in range(len(heads)):
            fits = column == 0 and not is_large
            mode = QHeaderView.ResizeMode.ResizeToContents if fits else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(column, mode)
        self.setIconSize(QSize(theme.px(14), theme.px(14)))
        self.updateGeometry()
        self._mark()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.wanted_px())

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.horizontalHeader().sizeHint().height() + theme.px(ROW_PX))

    def wanted_px(self) -> int:
        """The height at which the first rows are seen whole."""
        return self.horizontalHeader().sizeHint().height() + theme.px(ROW_PX) * min(MOST_ROWS, len(self.rows)) + 2


def _colour(look: theme.Theme, row: QuestionRow, words: str, *, is_ruling: bool) -> str:
    if is_ruling and words == OPEN:
        return look.warn_text
    if is_ruling and row.is_ruled:
        return look.ok_text
    return look.dim if not row.key or words in (NO_ANSWER, HIDDEN_WORDS) else look.text


def _sign(look: theme.Theme, row: QuestionRow) -> QIcon:
    if not row.key:
        return theme.icon("equal", look.faint)
    return theme.icon("check-circle", look.ok) if row.is_ruled else theme.icon("not-equal-variant", look.bad)
