"""Cards of which one is chosen, with the arrows or by a press."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.parts import label, restyle


class Choice(Struct, frozen=True):
    """What can be chosen: its id, what it is called, what it means, and a few dim words at the end of its title."""

    id: str
    title: str
    text: str
    aside: str = ""


class _Mark(QWidget):
    """A ring, filled where its card is the chosen one."""

    def __init__(self) -> None:
        super().__init__()
        self.is_chosen = False
        theme.notifier().theme_changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(16), theme.px(18))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = theme.px(14)
        ring = QRectF(1, (self.height() - side) / 2, side, side)
        painter.setPen(QPen(QColor(now.accent if self.is_chosen else now.faint), 1.5))
        painter.drawEllipse(ring)
        if self.is_chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.accent))
            inset = side * 0.26
            painter.drawEllipse(ring.adjusted(inset, inset, -inset, -inset))
        painter.end()


class ChoiceCard(QFrame):
    """One of them."""

    pressed = Signal()

    def __init__(self, choice: Choice) -> None:
        super().__init__()
        self.choice = choice
        self.mark, self.title = _Mark(), label(choice.title, "strong")
        self.aside, self.text = label(choice.aside, "small"), label(choice.text, "dim", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE * 2)
        head.addWidget(self.title)
        head.addStretch()
        head.addWidget(self.aside)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addLayout(head)
        if choice.text:
            words.addWidget(self.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 14, 11)
        row.setSpacing(theme.SPACE * 3)
        row.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(choice.title)
        self.setAccessibleDescription(choice.text)
        self.show_chosen(is_chosen=False, is_focused=False)

    def show_chosen(self, *, is_chosen: bool, is_focused: bool) -> None:
        """Mark it as the chosen one, or not."""
        self.mark.is_chosen = is_chosen
        self.mark.update()
        restyle(self, "chosen" if is_chosen and is_focused else "card" if not is_chosen else "taken")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()


class Choices(QWidget):
    """The cards under each other.

    chosen(str)   another one is chosen, by its id
    """

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._cards: list[ChoiceCard] = []
        self._current = ""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE * 2)

    @property
    def current(self) -> str:
        """The id of the chosen one; empty where none is."""
        return self._current

    def show_choices(self, choices: Sequence[Choice], chosen: str) -> None:
        """Show what can be chosen, and what is."""
        if [card.choice for card in self._cards] != list(choices):
            for card in self._cards:
                self._column.removeWidget(card)
                card.hide()
                card.deleteLater()
            self._cards = [ChoiceCard(choice) for choice in choices]
            for card in self._cards:
                card.pressed.connect(lambda card=card: self._press(card))
                self._column.addWidget(card)
        self._current = chosen
        self._draw()

    def choose(self, choice_id: str) -> None:
        """Choose one as if by hand."""
        if choice_id != self._current and any(card.choice.id == choice_id for card in self._cards):
            self._current = choice_id
            self._draw()
            self.chosen.emit(choice_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose the one before or after, Home and End the ends."""
        ids = [card.choice.id for card in self._cards]
        place = ids.index(self._current) if self._current in ids else -1
        last = len(ids) - 1
        wanted = {
            Qt.Key.Key_Up: place - 1,
            Qt.Key.Key_Left: place - 1,
            Qt.Key.Key_Down: place + 1,
            Qt.Key.Key_Right: place + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(Qt.Key(event.key()))
        if wanted is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif ids:
            self.choose(ids[max(0, min(last, wanted))])

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._draw()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._draw()

    def _press(self, card: ChoiceCard) -> None:
        if self.isEnabled():
            self.setFocus()
            self.choose(card.choice.id)

    def _draw(self) -> None:
        for card in self._cards:
            card.show_chosen(is_chosen=card.choice.id == self._current, is_focused=self.hasFocus())
