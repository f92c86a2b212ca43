"""The window that shows what two computers did to the same thing side by side; a number takes one, as one Edit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import Label, button, label, restyle
from annodesk.ui.plain import set_title

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent, QShowEvent

    from annodesk.ui.review.cards import Line

NEITHER = -1
MOST_KEYS = 9


class TwoSides(QDialog):
    """Shows one place after the other, until all are chosen or the person comes back later.

    chosen(int)     a side by its place from 0, or NEITHER: what stood before stays
    play_asked()    the stretch in question is to be heard
    """

    chosen = Signal(int)
    play_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Two computers changed the same thing")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(min(theme.px(640), max(420, parent.window().width() - 80)))
        self._highlighted = -1
        self.cards: list[SideCard] = []
        self.buttons: list[KeyButton] = []
        self.place = label("", "title", wrap=True)
        self.explanation = label("", "dim", wrap=True)
        self.refused = label("", "bad", wrap=True)
        self.refused.hide()
        self._columns = QWidget()
        self._columns.setProperty("role", "scrolled")
        row = QHBoxLayout(self._columns)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE * 2)
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(self._columns)
        self.neither = KeyButton("Neither: as it was", "0", tip="Both are kept in the history, and none of them counts")
        self.neither.clicked.connect(lambda: self.choose(NEITHER))
        self.play = KeyButton("Play it", "Space")
        self.play.clicked.connect(self.play_asked)
        self.later = button("Later")
        self.later.clicked.connect(self.reject)
        feet = QHBoxLayout()
        feet.setSpacing(theme.SPACE * 2)
        feet.addWidget(self.neither)
        feet.addWidget(self.play)
        feet.addStretch()
        feet.addWidget(self.later)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        for part in (self.place, self.explanation):
            column.addWidget(part)
        column.addWidget(self._area, 1)
        column.addWidget(self.refused)
        column.addLayout(feet)
        self.setFocus()

    def show_sides(
        self, place: str, progress: str, before: SideCard, sides: Sequence[SideCard], *, can_play: bool
    ) -> None:
        """Show one place: what stood before, and each side with its number."""
        self.place.setText(place)
        self.explanation.setText(
            f"{progress}You changed this on two computers before they met."
            " Take one side; the other stays in the history."
        )
        self.refused.hide()
        self.play.setVisible(can_play)
        self._highlighted = -1
        row = self._columns.layout()
        assert isinstance(row, QHBoxLayout)
        while (entry := row.takeAt(0)) is not None:
            if (widget := entry.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.buttons, self.cards = [], []
        row.addWidget(self._column(before, None), 1)
        for number, side in enumerate(sides):
            take = KeyButton("Take this", str(number + 1) if number < MOST_KEYS else "")
            take.setAccessibleName(f"Take {side.title}")
            take.clicked.connect(partial(self.choose, number))
            self.buttons.append(take)
            row.addWidget(self._column(side, take), 1)
        self.setAccessibleName(f"{place}: {len(sides)} sides")
        self._fit()
        self.adjustSize()

    def refuse(self, sentence: str) -> None:
        """Say why a side cannot be taken; the window stays."""
        self.refused.setText(sentence)
        self.refused.setVisible(bool(sentence))

    def choose(self, number: int, *_: object) -> None:
        """Take a side by its place from 0, or NEITHER."""
        if NEITHER <= number < len(self.buttons):
            self.chosen.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = Qt.Key(event.key()), len(self.buttons)
        digit = key.value - Qt.Key.Key_0.value
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.isAutoRepeat() or not is_plain:
            event.ignore()
        elif 0 <= digit <= min(count, MOST_KEYS):
            self.choose(digit - 1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and count:
            step = 1 if key is Qt.Key.Key_Right else -1
            start = self._highlighted if self._highlighted >= 0 else (-1 if step > 0 else count)
            self._highlight(max(0, min(count - 1, start + step)))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._highlighted >= 0:
                self.choose(self._highlighted)
        elif key is Qt.Key.Key_Space and not self.play.isHidden():
            self.play_asked.emit()
        elif key is Qt.Key.Key_Escape:
            self.reject()
        else:
            event.ignore()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.reject()
        super().closeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """All lines are seen where the screen has room for them; else they scroll."""
        width = max(self._area.viewport().width(), self._columns.minimumSizeHint().width())
        wanted = self._columns.layout().heightForWidth(width) + 2
        self._area.setMinimumHeight(min(wanted, self.parentWidget().window().height() // 2))

    def _highlight(self, place: int) -> None:
        self._highlighted = place
        for number, card in enumerate(self.cards[1:]):
            restyle(card, "chosen" if number == place else "card")
        self._area.ensureWidgetVisible(self.buttons[place])

    def _column(self, card: SideCard, take: KeyButton | None) -> QWidget:
        made = QWidget()
        rows = QVBoxLayout(made)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.SPACE * 2)
        rows.addWidget(card, 1)
        if take is not None:
            rows.addWidget(take, 0, Qt.AlignmentFlag.AlignLeft)
        else:
            rows.addSpacing(KeyButton("", "1").sizeHint().height() + theme.SPACE * 2)
        made.setMinimumWidth(theme.px(150))
        self.cards.append(card)
        return made


class SideCard(QFrame):
    """One side: whose it is, since when, and its lines."""

    def __init__(self, title: str, when: str, lines: Sequence[Line], role: str = "card") -> None:
        super().__init__()
        self.setProperty("role", role)
        self.title, self.lines = title, tuple(lines)
        self.setAccessibleName(f"{title}: " + ", ".join(f"{line.words} {line.beside}".strip() for line in lines))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(theme.SPACE)
        column.addWidget(label(title, "head", wrap=True))
        column.addWidget(label(when, "small", wrap=True))
        for line in lines:
            row = QHBoxLayout()
            row.setSpacing(theme.SPACE * 2)
            if line.colour:
                dot = Label()
                dot.setFixedSize(theme.px(10), theme.px(10))
                dot.setStyleSheet(f"background: {line.colour}; border-radius: 3px;")
                row.addWidget(dot, 0, Qt.AlignmentFlag.AlignVCenter)
            row.addWidget(label(line.words, "strong", wrap=True), 1)
            column.addLayout(row)
            if line.beside:
                beside = label(line.beside, "small", wrap=True)
                beside.setFont(theme.mono_font("small"))
                column.addWidget(beside)
        column.addStretch(1)
