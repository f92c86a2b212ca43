"""The guideline clause that fits what is selected, and the comments of a set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from annodesk.model.clauses import Clause, clause_for
from annodesk.model.times import format_us
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.annotate.guide import GuideText, shortened
from annodesk.ui.parts import button, label
from annodesk.ui.plain import shown

if TYPE_CHECKING:
    from annodesk.model.work import Comment


class GuidelinePanel(QWidget):
    """Guidelines beside the work: the clause about the label in hand, or the whole text.

    clause_shown(str)     the heading of the clause that is shown now; empty for the whole text
    """

    clause_shown = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._guidelines = ""
        self._is_whole = False
        self._clause: Clause | None = None
        self._names: tuple[str, ...] = ()
        self._head = label("Guideline", "head", wrap=True)
        self._whole = button("all", role="flat", tip="Show all guidelines")
        self._whole.clicked.connect(self._toggle)
        self.text = GuideText()
        self._rest = label("", "small", wrap=True)
        head = QHBoxLayout()
        head.addWidget(self._head, 1)
        head.addWidget(self._whole)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE)
        column.addLayout(head)
        column.addWidget(self.text)
        column.addWidget(self._rest)
        theme.notifier().theme_changed.connect(self._draw)

    def set_guidelines(self, markdown: str, file_name: str = "") -> None:
        """The project's guidelines, as Markdown, and the file they were read from."""
        self._guidelines = shortened(markdown)
        where = f"in {file_name}, beside the project file" if file_name else "in their file"
        is_all = self._guidelines == markdown
        self._rest.setText("" if is_all else f"Of {len(markdown):,} characters not all are shown; the rest is {where}.")
        self._rest.setVisible(not is_all)
        self._is_whole = False
        self._clause = None
        self.setVisible(bool(markdown.strip()))
        self._draw()

    def show_for(self, *names: str) -> None:
        """Show the clause about the first of some labels or parts that has one."""
        if names == self._names:
            return
        self._names = names
        before, self._clause = self._clause, clause_for(self._guidelines, *names)
        if self._clause != before:
            self._draw()

    def shown_heading(self) -> str:
        """The heading of the clause shown."""
        return self._clause.heading if self._clause is not None and not self._is_whole else ""

    def _toggle(self) -> None:
        self._is_whole = not self._is_whole
        self._draw()

    def _draw(self) -> None:
        is_clause = self._clause is not None and not self._is_whole
        self._head.setText((f"Guideline · {shown(self._clause.heading, 120)}" if is_clause else "Guidelines").upper())
        self._whole.setText("this one" if self._is_whole else "all")
        self._whole.setVisible(self._clause is not None)
        text = self._clause.text if is_clause else self._guidelines
        self.text.show_markdown(text)
        self._fit()
        self.clause_shown.emit(self.shown_heading())

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def showEvent(self, event: object) -> None:
        self._fit()

    def _fit(self) -> None:
        self.text.fit(self.width())


class CommentPanel(QWidget):
    """Comments in the order they were made; a new one goes to the playhead.

    comment_given(str)     the text of a new comment
    time_chosen(object)    the time (microseconds) of a comment that was pressed
    left()                 Escape in the field
    """

    comment_given = Signal(str)
    time_chosen = Signal(object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.field = QLineEdit()
        self.field.setPlaceholderText("Comment at the playhead …")
        self.field.setAccessibleName("New comment")
        self.field.returnPressed.connect(self._on_return)
        self.field.installEventFilter(self)
        self._host = QWidget()
        rows = QVBoxLayout(self._host)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.SPACE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE)
        column.addWidget(label("Comments", "head"))
        column.addWidget(self._host)
        column.addWidget(self.field)
        self.shown: list[Comment] = []

    def set_comments(self, comments: Sequence[Comment], own_id: str) -> None:
        """Show comments."""
        self.shown = sorted((c for c in comments if not c.is_pin), key=lambda c: (c.made_at_us, c.id))
        clear_rows(self._host)
        rows = self._host.layout()
        assert rows is not None
        for comment in self.shown:
            who = "you" if comment.author_id == own_id else "another"
            row = QWidget()
            column = QVBoxLayout(row)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            if comment.time_us is not None:
                jump = button(f"{format_us(comment.time_us, decimals=1)} · {who}", role="flat", tip="Go there")
                jump.clicked.connect(lambda _checked=False, at=comment.time_us: self.time_chosen.emit(at))
                column.addWidget(jump, 0, Qt.AlignmentFlag.AlignLeft)
            else:
                column.addWidget(label(who, "small"))
            column.addWidget(label(comment.text, wrap=True))
            rows.addWidget(row)
        self._host.setVisible(bool(self.shown))

    def focus_field(self) -> None:
        """Put the caret into the field."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_key = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if watched is self.field and is_key and event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return True
        return super().eventFilter(watched, event)

    def _on_return(self) -> None:
        text = self.field.text().strip()
        if text:
            self.field.clear()
            self.comment_given.emit(text)
        self.left.emit()
