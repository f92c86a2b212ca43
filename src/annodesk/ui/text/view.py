"""The text itself: caret and selection in code points, spans tinted and underlined, stacked where they overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QPlainTextEdit, QToolTip, QWidget

from annodesk.ui import theme
from annodesk.ui.keys.chords import canonical
from annodesk.ui.keys.keyboard import chord_of
from annodesk.ui.plain import shown, tip_text
from annodesk.ui.text.drawing import SpanLook, TextMark, draw_mark, draw_span, line_rects
from annodesk.ui.text.layout import RoomyLayout
from annodesk.ui.text.offsets import DisplayText
from annodesk.ui.text.spans import SpanLayout

if TYPE_CHECKING:
    from annodesk.model.annotations import Span

NAMED_LEVELS = 4
"""Up to so many levels each underline has room for its name; deeper ones are lines alone."""


class TextView(QPlainTextEdit):
    """A read-only text in which stretches can be selected and spans chosen, by mouse and by key.

    focus_changed()   another span is the one that keys act on, or none
    """

    focus_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = DisplayText("")
        self.spans = SpanLayout()
        self.focused_id: str | None = None
        self._marks: tuple[TextMark, ...] = ()
        self.is_blurred = False
        self._colours: Callable[[Span], str] = lambda _span: "#6b7489"
        self._keys: dict[str, Callable[[], object]] = {}
        self._pressed_at: int | None = None
        document = QTextDocument(self)
        self._layout = RoomyLayout(document, self._room_of)
        document.setDocumentLayout(self._layout)
        document.setDocumentMargin(8)
        self.setDocument(document)
        self.setReadOnly(True)
        flags = Qt.TextInteractionFlag
        self.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setUndoRedoEnabled(False)
        self.setCursorWidth(2)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Text")

    # What is shown

    def set_text(self, text: str) -> None:
        """Show a text from its start, without spans."""
        self.text = DisplayText(text)
        self.spans = SpanLayout()
        self.focused_id = None
        self._marks = ()
        self._layout.width = self.viewport().width()
        self.setPlainText(self.text.display)
        self.viewport().update()

    def set_spans(self, spans: SpanLayout, colour_of: Callable[[Span], str]) -> None:
        """Show these spans; the focused one stays so while it is there."""
        before, self.spans, self._colours = self.spans, spans, colour_of
        if self.focused_id is not None and self.focused_span is None:
            self.focus_span(None)
        if (before.levels > NAMED_LEVELS) != (spans.levels > NAMED_LEVELS):
            self._relayout()
        for number, _ in self._deep_blocks(before) ^ self._deep_blocks(spans):
            self._layout.lay_out_again(self.document().findBlockByNumber(number))
        self.viewport().update()

    def set_blurred(self, on: bool) -> None:
        """Show where lines are and nothing of their words, or all of it."""
        if on != self.is_blurred:
            self.is_blurred = on
            self.viewport().update()

    def set_marks(self, marks: Sequence[TextMark]) -> None:
        """Frame these stretches."""
        self._marks = tuple(marks)
        self.viewport().update()

    def set_keys(self, keys: Mapping[str, Callable[[], object]]) -> None:
        """What keys do here, by their portable names; they come before the window's."""
        self._keys = {canonical(key): act for key, act in keys.items()}

    def owns_chord(self, chord: str) -> bool:
        """Whether the text listens for this key itself."""
        return chord in self._keys

    # Selection

    @property
    def caret(self) -> int:
        """The code point the caret stands before."""
        return self.text.to_code_point(self.textCursor().position())

    @property
    def selection(self) -> tuple[int, int]:
        """The selected stretch of code points; empty at the caret where nothing is selected."""
        cursor = self.textCursor()
        return self.text.to_code_point(cursor.selectionStart()), self.text.to_code_point(cursor.selectionEnd())

    def select(self, start: int, end: int) -> None:
        """Select a stretch of code points and bring it into view."""
        cursor = self.textCursor()
        start, end = (min(place, len(self.text.text)) for place in (start, end))
        cursor.setPosition(self.text.to_view(start))
        cursor.setPosition(self.text.to_view(end), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def word_at_caret(self) -> tuple[int, int]:
        """The word the caret is in, as code points; empty where there is none."""
        cursor = self.textCursor()
        cursor.select(QTextCursor.SelectionType.WordUnderCursor)
        start, end = self.text.to_code_point(cursor.selectionStart()), self.text.to_code_point(cursor.selectionEnd())
        return self.text.trim(start, end)

    @property
    def focused_span(self) -> Span | None:
        """The span that keys act on."""
        return next((p.span for p in self.spans.placed if p.span.id == self.focused_id), None)

    def focus_span(self, span: Span | None) -> None:
        """Let keys act on a span; the caret goes to its start."""
        self.focused_id = span.id if span else None
        if span is not None:
            self.select(span.start, span.start)
        self.viewport().update()
        self.focus_changed.emit()

    def keep_focus(self, span_id: str) -> None:
        """Let keys act on a span of that id that is about to be shown; nothing is selected any more."""
        self.focused_id = span_id
        cursor = self.textCursor()
        cursor.clearSelection()
        self.setTextCursor(cursor)

    # Keys and mouse

    def event(self, event: QEvent) -> bool:
        is_override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if is_override and (chord_of(event) in self._keys or self._goes_to_span(event)):
            event.accept()  # before a shortcut of the window takes the key
            return True
        return super().event(event)

    def _goes_to_span(self, event: QKeyEvent) -> bool:
        """Whether the key is Tab, or Shift+Tab, and there is a span to go to."""
        step = {"Tab": 1, "Shift+Tab": -1, "Shift+Backtab": -1}.get(chord_of(event))
        return step is not None and self.spans.after(self.focused_id, self.caret, step) is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        act = self._keys.get(chord_of(event))
        if act is None:
            super().keyPressEvent(event)
            return
        event.accept()
        if not event.isAutoRepeat():
            act()

    def focusNextPrevChild(self, forward: bool) -> bool:
        following = self.spans.after(self.focused_id, self.caret, 1 if forward else -1)
        if following is None:
            return super().focusNextPrevChild(forward)
        self.focus_span(following)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._pressed_at = self._code_point_at(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        at, self._pressed_at = self._pressed_at, None
        if event.button() != Qt.MouseButton.LeftButton or self.textCursor().hasSelection():
            return
        here = self.spans.at(at) if at is not None else []
        ids = [span.id for span in here]
        place = ids.index(self.focused_id) + 1 if self.focused_id in ids else 0
        chosen = here[place % len(here)] if here else None
        if chosen is not None or self.focused_id is not None:
            caret = self.textCursor()
            self.focus_span(chosen)
            self.setTextCursor(caret)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self._code_point_at(QPointF(event.pos()))
            lines = [describe(span) for span in self.spans.at(at)] if at is not None else []
            QToolTip.showText(event.globalPos(), tip_text("\n".join(lines)), self)
            return True
        return super().viewportEvent(event)

    def span_at(self, where: QPoint) -> Span | None:
        """The shortest span under a point of the viewport."""
        at = self._code_point_at(QPointF(where))
        here = self.spans.at(at) if at is not None else []
        return here[0] if here else None

    def _code_point_at(self, where: QPointF) -> int | None:
        """The character under a point, None beside the text."""
        position = self.cursorForPosition(where.toPoint()).position()
        block = self.document().findBlock(position)
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        for candidate in (position, position - 1):
            for rect, line in line_rects(block, candidate, candidate + 1):
                start = block.position() + line.textStart()
                room = self._room_of(start, start + line.textLength())
                box = rect.translated(self.contentOffset().x(), top).adjusted(-1, 0, 1, room)
                if box.contains(where):
                    return self.text.to_code_point(candidate)
        return None

    # Drawing

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._layout.width = self.viewport().width()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange, QEvent.Type.LayoutDirectionChange):
            self._relayout()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for block, top in self._blocks_in_view(event.rect().bottom()):
            self._paint_block(painter, block, top)
            if self.is_blurred:
                self._paint_bars(painter, block, top)
        painter.end()
        if not self.is_blurred:
            super().paintEvent(event)

    def _paint_bars(self, painter: QPainter, block: QTextBlock, top: float) -> None:
        """Each line as a bar of its length."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().raised))
        layout, origin = block.layout(), QPointF(self.contentOffset().x(), top)
        for number in range(layout.lineCount()):
            bar = layout.lineAt(number).naturalTextRect().translated(origin)
            painter.drawRoundedRect(bar.adjusted(0, 1, 0, -1), theme.px(3), theme.px(3))

    def _blocks_in_view(self, bottom: int) -> Iterator[tuple[QTextBlock, float]]:
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= bottom:
            yield block, top
            top += self.blockBoundingRect(block).height()
            block = block.next()

    def _paint_block(self, painter: QPainter, block: QTextBlock, top: float) -> None:
        start, end = self._code_points_of(block)
        origin = QPointF(self.contentOffset().x(), top)
        for mark in self._marks:
            if mark.start < end and mark.end > start:
                for rect, _ in line_rects(block, self.text.to_view(mark.start), self.text.to_view(mark.end)):
                    draw_mark(painter, rect.translated(origin), mark)
        for placed in self.spans.between(start, end):
            first, last = self.text.to_view(placed.span.start), self.text.to_view(placed.span.end)
            look = SpanLook.of(placed.span, self._colours(placed.span), is_focused=placed.span.id == self.focused_id)
            is_named = self.spans.levels <= NAMED_LEVELS
            for rect, line in line_rects(block, first, last):
                under = rect.bottom() + 1 + placed.level * self._pitch()
                starts_here = is_named and first >= block.position() + line.textStart()
                is_rtl = block.textDirection() == Qt.LayoutDirection.RightToLeft
                draw_span(painter, rect.translated(origin), top + under, look, is_named=starts_here, is_rtl=is_rtl)
                is_named = is_named and not starts_here

    def _code_points_of(self, block: QTextBlock) -> tuple[int, int]:
        first = block.position()
        return self.text.to_code_point(first), self.text.to_code_point(first + block.length())

    def _pitch(self) -> float:
        """Pixels from one level's underline to the next."""
        return theme.px(13) if self.spans.levels <= NAMED_LEVELS else theme.px(4)

    def _room_of(self, start: int, end: int) -> float:
        """Pixels needed under a line that holds the view's positions from start to end."""
        placed = self.spans.between(self.text.to_code_point(start), self.text.to_code_point(end))
        levels = max((p.level for p in placed), default=0) + 1
        return max(theme.px(14), levels * self._pitch() + theme.px(3))

    def _relayout(self) -> None:
        self._layout.width = self.viewport().width()
        block = self.document().firstBlock()
        while block.isValid():
            self._layout.lay_out_again(block)
            block = block.next()
        self.viewport().update()

    def _deep_blocks(self, spans: SpanLayout) -> set[tuple[int, int]]:
        """Paragraphs that need room for more than one level, as (number, level)."""
        found = set()
        for placed in spans.placed:
            if placed.level:
                first = self.document().findBlock(self.text.to_view(placed.span.start)).blockNumber()
                last = self.document().findBlock(self.text.to_view(placed.span.end)).blockNumber()
                found |= {(number, placed.level) for number in range(first, last + 1)}
        return found


def describe(span: Span) -> str:
    """What a span is called: its type, and its label where it has one."""
    return shown(f"{span.type} · {span.label}" if span.label else span.type)
