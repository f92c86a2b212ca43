"""The field in which a segment's text is written: grows with it, keeps its own keys, expands short words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from annodesk.model.expansions import LONGEST_SHORT, ends_word, expand
from annodesk.ui import theme
from annodesk.ui.keys import keyboard
from annodesk.ui.keys.chords import canonical

MOST_LINES = 8
_STAYS = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason, Qt.FocusReason.MenuBarFocusReason)


class SegmentField(QPlainTextEdit):
    """Plain text of one segment.

    left()      the focus went elsewhere in the window
    grown()     it needs another height
    """

    left = Signal()
    grown = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("The segment's text")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setTabChangesFocus(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        option = QTextOption(self.document().defaultTextOption())
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)  # each paragraph by its own first letters
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDefaultTextOption(option)
        self.expansions: Mapping[str, str] = {}
        self._keys: dict[str, Callable[[], object]] = {}
        self._expanded: tuple[int, str] | None = None
        self._refused: tuple[int, str] | None = None
        self.textChanged.connect(self._turn)
        self.textChanged.connect(self.grown)
        self.hide()

    def set_keys(self, keys: Mapping[str, Callable[[], object]]) -> None:
        """What keys do here besides typing; they come before the window's."""
        self._keys = {canonical(key): act for key, act in keys.items()}

    def owns_chord(self, chord: str) -> bool:
        """Whether the field listens for this key itself."""
        return chord in self._keys

    def wanted_height(self) -> int:
        """As high as its text needs, up to MOST_LINES."""
        lines = 0
        block = self.document().firstBlock()
        while block.isValid() and lines < MOST_LINES:
            lines += max(1, block.layout().lineCount())
            block = block.next()
        line_px = self.fontMetrics().lineSpacing()
        frame = 2 * (self.frameWidth() + round(self.document().documentMargin()))
        return max(1, min(lines, MOST_LINES)) * line_px + frame + theme.px(4)

    def _turn(self) -> None:
        """A text that begins from right to left begins at the right."""
        option = self.document().defaultTextOption()
        is_rtl = self.document().firstBlock().textDirection() == Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft
        if option.alignment() != side:
            option.setAlignment(side)
            self.document().setDefaultTextOption(option)

    # Keys

    def event(self, event: QEvent) -> bool:
        is_override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if is_override and self._act_of(event) is not None:
            event.accept()  # before a shortcut of the window takes the key
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._do_own(event):
            return True  # Tab never gets as far as keyPressEvent
        return super().event(event)

    def _act_of(self, event: QKeyEvent) -> Callable[[], object] | None:
        chords = keyboard.current().chords_of(event) or [keyboard.plain_chord(event)]
        return next((self._keys[chord] for chord in chords if chord in self._keys), None)

    def _do_own(self, event: QKeyEvent) -> bool:
        act = self._act_of(event)
        if act is None:
            return False
        event.accept()
        if not event.isAutoRepeat():
            act()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.matches(QKeySequence.StandardKey.Undo):
            self._take_back()
        if ends_word(event.text()) and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._expand()

    def _expand(self) -> None:
        """Replace the short word before the sign just typed; a step of its own for Ctrl+Z."""
        cursor = self.textCursor()
        if cursor.hasSelection() or not self.expansions:
            return
        end = cursor.position() - 1  # the sign that ended the word stays as it was typed
        block = cursor.block()
        before = block.text()[: end - block.position()][-2 * LONGEST_SHORT :]
        found = expand(before, self.expansions)
        if found is None:
            return
        short = before[-found[0] :]
        start = end - len(short.encode("utf-16-le")) // 2
        if (start, short) == self._refused:
            return
        self._expanded, self._refused = (start, short), None
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.beginEditBlock()
        cursor.insertText(found[1])
        cursor.endEditBlock()

    def _take_back(self) -> None:
        """Ctrl+Z took a long word back: write on behind the short one, which stays."""
        if self._expanded is None:
            return
        start, short = self._expanded
        after = start + len(short.encode("utf-16-le")) // 2
        cursor = self.textCursor()
        cursor.setPosition(min(start, self.document().characterCount() - 1))
        cursor.setPosition(min(after, self.document().characterCount() - 1), QTextCursor.MoveMode.KeepAnchor)
        if cursor.selectedText() == short:
            self._refused, self._expanded = self._expanded, None
            cursor.setPosition(min(after + 1, self.document().characterCount() - 1))
            self.setTextCursor(cursor)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in _STAYS and not self.isHidden():
            self.left.emit()
