"""Layout of a text with room under each line for the span underlines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QPlainTextDocumentLayout

if TYPE_CHECKING:
    from PySide6.QtGui import QTextBlock, QTextDocument, QTextLayout

RoomOf = Callable[[int, int], float]


class RoomyLayout(QPlainTextDocumentLayout):
    """Lays out one paragraph when it is first needed, as QPlainTextEdit does, but with room under its lines.

    Qt's own layout for plain text knows no line height, and QTextEdit's, which does, lays out the whole text: 370 ms
    for a million characters against 10 ms here.

    Parameters
    ----------
    document : the text
    room_of : pixels needed under a line, given the view's positions of its start and end
    """

    def __init__(self, document: QTextDocument, room_of: RoomOf) -> None:
        super().__init__(document)
        self._room_of = room_of
        self.width = 0

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        if not block.isValid():
            return QRectF()
        layout = block.layout()
        if not layout.lineCount():
            self._lay_out(block, layout)
        margin = self.document().documentMargin()
        last = layout.lineAt(layout.lineCount() - 1)
        start = block.position() + last.textStart()
        room = self._room_of(start, start + last.textLength())
        below = 0.0 if block.next().isValid() else margin
        return QRectF(0, 0, layout.boundingRect().right() + margin, last.y() + last.height() + room + below)

    def lay_out_again(self, block: QTextBlock) -> None:
        """Forget a paragraph's layout; it is made again when it is next looked at."""
        block.layout().clearLayout()

    def _lay_out(self, block: QTextBlock, layout: QTextLayout) -> None:
        document = self.document()
        margin = document.documentMargin()
        layout.setTextOption(document.defaultTextOption())
        layout.beginLayout()
        height = 0.0
        while (line := layout.createLine()).isValid():
            line.setLeadingIncluded(True)
            line.setLineWidth(max(40.0, self.width - 2 * margin))
            line.setPosition(QPointF(margin, height))
            start = block.position() + line.textStart()
            height += line.height() + self._room_of(start, start + line.textLength())
        layout.endLayout()
        before = document.lineCount()
        block.setLineCount(layout.lineCount())
        if document.lineCount() != before:
            self.documentSizeChanged.emit(self.documentSize())
