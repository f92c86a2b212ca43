"""Drawing on a text: where a stretch lies in its lines, the look of spans, and the frames of disputed places."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QTextBlock, QTextLine

from annodesk.model.annotations import OriginKind, Span
from annodesk.ui import theme
from annodesk.ui.plain import LONGEST_NAME, shown

_MACHINE = frozenset({OriginKind.MODEL, OriginKind.BULK})


class TextMark(Struct, frozen=True):
    """A stretch of code points that wants attention: a ``disagreement`` still open, or one that is ``ruled``."""

    start: int
    end: int
    kind: str
    is_current: bool = False


class SpanLook(Struct, frozen=True):
    """How one span is drawn: filled for a person, dashed and dimmer for a machine."""

    name: str
    ink: theme.LabelInk
    is_focused: bool
    is_machine: bool

    @classmethod
    def of(cls, span: Span, colour: str, *, is_focused: bool) -> SpanLook:
        """The look of a span whose label has that colour."""
        is_machine = span.origin.kind in _MACHINE
        return cls(shown(span.label or span.type, LONGEST_NAME), theme.label_colour(colour), is_focused, is_machine)


def line_rects(block: QTextBlock, start: int, end: int) -> Iterator[tuple[QRectF, QTextLine]]:
    """Where the view's positions from start to end lie, relative to the paragraph's top left: one box per run.

    Text of both directions in one line gives several boxes, as the letters stand, in the paragraph's direction.
    """
    layout = block.layout()
    first, last = start - block.position(), end - block.position()
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        from_, to = max(first, line.textStart()), min(last, line.textStart() + line.textLength())
        if from_ >= to:
            continue
        runs = line.glyphRuns(from_, to - from_)
        if any(run.isRightToLeft() for run in runs):
            boxes = [run.boundingRect() for run in runs]
            is_rtl = block.textDirection() == Qt.LayoutDirection.RightToLeft
            for box in sorted(boxes, key=lambda b: -b.right() if is_rtl else b.left()):
                yield QRectF(box.left(), line.y(), box.width(), line.height()), line
        else:
            left, right = line.cursorToX(from_)[0], line.cursorToX(to)[0]
            yield QRectF(min(left, right), line.y(), abs(right - left), line.height()), line


def name_font() -> QFont:
    """The small face in which a span's name stands under it."""
    font = theme.font("small")
    font.setPixelSize(theme.px(10))
    return font


def draw_span(
    painter: QPainter, box: QRectF, under: float, look: SpanLook, *, is_named: bool, is_rtl: bool = False
) -> None:
    """One run of a span: its tint on the text, its underline at the height ``under``, and its name below that."""
    tint = QColor(look.ink.solid)
    tint.setAlpha(100 if look.is_focused else 28 if look.is_machine else 56)
    painter.setPen(QPen(QColor(theme.current().accent), 1.5) if look.is_focused else Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.drawRoundedRect(box.adjusted(-1, 0, 1, 0), 3, 3)
    style = Qt.PenStyle.DashLine if look.is_machine else Qt.PenStyle.SolidLine
    painter.setPen(QPen(look.ink.edge, 2.0, style, Qt.PenCapStyle.FlatCap))
    painter.drawLine(QPointF(box.left(), under + 1), QPointF(box.right(), under + 1))
    if not is_named:
        return
    font = name_font()
    metrics = QFontMetricsF(font)
    room = max(box.width(), metrics.horizontalAdvance("mm…"))
    name = metrics.elidedText(look.name, Qt.TextElideMode.ElideRight, room)
    width = metrics.horizontalAdvance(name) + 1
    left = box.right() - width if is_rtl else box.left()
    painter.setFont(font)
    painter.setPen(QColor(theme.current().text if look.is_focused else theme.current().dim))
    painter.drawText(QPointF(left, under + 1 + metrics.ascent()), name)


def draw_mark(painter: QPainter, box: QRectF, mark: TextMark) -> None:
    """The frame of a disputed stretch: hatched in red while it is open, a plain green outline once it is ruled."""
    is_open = mark.kind == "disagreement"
    colour = QColor(theme.current().bad if is_open else theme.current().ok)
    hatch = QColor(colour)
    hatch.setAlpha(120 if mark.is_current else 60)
    painter.setBrush(QBrush(hatch, Qt.BrushStyle.BDiagPattern) if is_open else Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 1.5 if mark.is_current else 1.0))
    painter.drawRoundedRect(box.adjusted(-2, 0, 2, 1), 3, 3)
