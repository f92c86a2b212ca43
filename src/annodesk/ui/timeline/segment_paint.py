"""How a segment is drawn: filled for a person, dashed and dimmer for a machine, hatched where it is disputed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPen, QPolygonF

from annodesk.model.annotations import OriginKind, Segment
from annodesk.model.schema import Tier, TierKind, colour_of
from annodesk.ui import theme
from annodesk.ui.plain import shown
from annodesk.ui.timeline import stamps

if TYPE_CHECKING:
    from annodesk.ui.timeline.lanes import LaneSpec
    from annodesk.ui.timeline.stamps import Sheet

TEXT_FROM_PX, DECIDE_FROM_PX = 28, 36
"""Narrower ones have no words: a letter and three dots tell nothing, and words cost more than all else of a frame."""
LONGEST_WORDS = 300
"""Characters of a segment's text that are looked at; wider segments than that do not need more."""
DETAIL_FROM_PX = 4
"""Narrower segments are plain bars: no frame, no text."""

DISPUTE_PX = 7
HIDDEN_WORDS = "hidden until you rule"

_DOTS = "\N{HORIZONTAL ELLIPSIS}"
POINT_WORDS_PX = 160
"""Room for the label beside a point where no other point follows."""
_MACHINE = (OriginKind.MODEL, OriginKind.BULK)


class SegmentLook(Struct, frozen=True):
    """Everything about a segment that painting depends on, apart from where it is."""

    text: str
    colour: str
    is_dashed: bool
    is_selected: bool
    is_unlabelled: bool = False
    short: str = ""
    """The label alone, for where the whole text has no room."""


def words_of(segment: Segment, lane: LaneSpec, *, length: bool = False) -> str:
    """What stands on a segment: labels, a suggestion's probability, its text; the length of one without any."""
    words = ", ".join(segment.labels)
    suggestion = segment.origin.suggestion
    if lane.style == "suggestion" and suggestion is not None:
        words = f"{words} {percent(suggestion.probability)}".strip()
    if segment.text:
        words = f"{words} · {segment.text}" if words else segment.text
    if length:
        seconds = f"{(segment.end_us - segment.start_us) / 1_000_000:.3f} s"
        return f"{words} · {seconds}" if words else seconds
    return words or ("no label" if lane.tier.labels else "")


def percent(probability: float) -> str:
    """``97 %``; certainty is only claimed where it is exact."""
    rounded = round(probability * 100)
    if rounded == 100 and probability < 1:
        rounded = 99
    return f"{rounded} %"


def colour_for(segment: Segment, tier: Tier) -> str:
    """The colour of its first label; the warning colour where one is still missing."""
    return colour_of_label(segment.label, tier)


def colour_of_label(label: str, tier: Tier) -> str:
    """The same of a first label, empty where there is none."""
    if label:
        return colour_of(tier, label)
    return theme.current().warn if tier.labels else theme.current().dim


def look_of(segment: Segment, lane: LaneSpec, *, is_selected: bool, is_preview: bool = False) -> SegmentLook:
    """How this segment looks on that lane."""
    dashed = lane.style == "suggestion" or segment.origin.kind in _MACHINE
    words = shown(words_of(segment, lane, length=is_preview), LONGEST_WORDS)
    unlabelled = bool(lane.tier.labels) and not segment.labels
    short = shown(", ".join(segment.labels), LONGEST_WORDS)
    return SegmentLook(words, colour_for(segment, lane.tier), dashed, is_selected, unlabelled, short)


def fitting_words(look: SegmentLook, metrics: QFontMetrics, width: int) -> str:
    """As much of a segment's text as has room: all of it, else the label, cut only where it must be.

    Dots without a letter before them tell nothing and are left out.
    """
    return _fitting(look.text, look.short, metrics, width)


def _fitting(text: str, short: str, metrics: QFontMetrics, width: int) -> str:
    if metrics.horizontalAdvance(text) <= width:
        return text
    words = metrics.elidedText(short or text, Qt.TextElideMode.ElideRight, width)
    return "" if words == _DOTS else words


def lay_bar(sheet: Sheet, box: QRectF, colour: str, *, is_dashed: bool, is_selected: bool) -> None:
    """A segment too narrow for a frame."""
    ink = theme.label_colour(colour)
    fill = QColor(theme.current().accent) if is_selected else ink.faint if is_dashed else ink.edge
    left, right = math.floor(box.left()), math.floor(box.right() + 0.5)
    sheet.lay_bar(left, round(box.top()), max(1, right - left), round(box.height()), fill.rgba())


def lay_segments(
    sheet: Sheet,
    boxes: Sequence[tuple[float, float]],
    looks: Sequence[SegmentLook],
    top: int,
    height: int,
    view: tuple[int, int],
) -> None:
    """Segments of one row with frame and text, on whole pixels, from their left and right edges.

    Only what lies in ``view`` is laid, and the text stays there where the segment begins left of it.
    """
    if not boxes:
        return
    theme_name, text_px, text_from = theme.current().name, theme.text_px("small"), TEXT_FROM_PX
    tools = [_tools(look.colour, theme_name, look.is_selected, look.is_dashed, look.is_unlabelled) for look in looks]
    edges = [(math.floor(left + 0.5), math.floor(right + 0.5)) for left, right in boxes]
    # What is out of sight is cut off so far away that no end of it is seen.
    low, high = view[0] - _OUT_PX, view[1] + _OUT_PX
    seen = [(max(low, min(left, high)), max(low, min(right, high))) for left, right in edges]
    sheet.lay_frames(seen, top, height, [kind for kind, _ in tools])
    before, after = theme.px(6), theme.px(4)
    for (left, right), look, (frame, ink) in zip(edges, looks, tools, strict=True):
        if right - left < text_from or not look.text:
            continue
        words_left = max(left, view[0]) + before
        width = right - after - words_left
        if width < 2 * after:
            continue
        words = _fitted(look.text, look.short, width, text_px)
        if words:
            sheet.lay_words(words_left, top + 1, height - 2, words, ink, frame.fill)


_OUT_PX = 32


@lru_cache(maxsize=4096)
def _fitted(text: str, short: str, width: int, text_px: int) -> str:
    """The same for small text, kept: to cut a word takes longer than to draw it."""
    if stamps.words_width(text) <= width:
        return text
    font = theme.font("small")
    font.setPixelSize(text_px)
    return _fitting(text, short, QFontMetrics(font), width)


@lru_cache(maxsize=1024)
def _tools(
    colour: str, theme_name: str, is_selected: bool, is_dashed: bool, is_unlabelled: bool
) -> tuple[stamps.FrameKind, int]:
    """How a segment is framed and filled, and the colour of its text."""
    colours, ink = theme.current(), theme.label_colour(colour)
    quiet, person = _shades(colour, theme_name)
    if is_selected:
        pen, width = colours.accent, 2.0
    elif is_dashed:
        pen, width = ink.edge.name(), 1.2
    else:
        pen, width = (ink.edge if is_unlabelled else person).name(), 1.0
    text = ink.edge if is_unlabelled else quiet if is_dashed else ink.text
    fill = ink.faint if is_dashed or is_unlabelled else ink.fill
    return stamps.FrameKind(pen, width, is_dashed and not is_selected, fill.name(), theme.RADIUS_MARK), text.rgba()


@lru_cache(maxsize=256)
def _shades(colour: str, _theme: str) -> tuple[QColor, QColor]:
    """The text upon a machine's segment, and the frame of a person's."""
    ink = theme.label_colour(colour)
    return theme.mix(ink.faint, theme.current().text, 0.72), theme.mix(ink.fill, ink.solid, 0.35)


def paint_point(
    painter: QPainter, x: float, top: float, height: float, look: SegmentLook, next_x: float | None = None
) -> None:
    """A point: a stem with a diamond, and its label beside it, as far as the next point lets it."""
    colours, ink = theme.current(), theme.label_colour(look.colour)
    painter.setPen(QPen(QColor(colours.accent) if look.is_selected else ink.edge, 2 if look.is_selected else 1.2))
    painter.drawLine(QPointF(x, top), QPointF(x, top + height))
    half, middle = theme.px(5), top + height / 2
    painter.setBrush(Qt.BrushStyle.NoBrush if look.is_dashed else QBrush(ink.solid))
    painter.drawPolygon(
        QPolygonF(
            [QPointF(x, middle - half), QPointF(x + half, middle), QPointF(x, middle + half), QPointF(x - half, middle)]
        )
    )
    left, room = x + half + theme.px(4), float(theme.px(POINT_WORDS_PX))
    if next_x is not None:
        room = min(room, next_x - half - theme.px(2) - left)
    words = fitting_words(look, painter.fontMetrics(), int(room)) if room > 0 else ""
    if words:
        painter.setPen(QColor(colours.text))
        painter.drawText(QRectF(left, top, room + 1, height), int(Qt.AlignmentFlag.AlignVCenter), words)


def paint_pointed(painter: QPainter, box: QRectF, look: SegmentLook, metrics: QFontMetrics, view: QRectF) -> None:
    """The frame around a suggestion that waits for an answer; beside it its words, where they are cut within."""
    colours = theme.current()
    if not look.is_selected:
        painter.setPen(QPen(QColor(colours.accent), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, theme.RADIUS_MARK, theme.RADIUS_MARK)
    inside = min(box.right(), view.right()) - max(box.left(), view.left()) - theme.px(10)
    if fitting_words(look, metrics, int(inside)) == look.text or not box.intersects(view):
        return
    width, gap = metrics.horizontalAdvance(look.text) + theme.px(10), theme.px(3)
    left = box.left() - gap - width  # there the suggestions are answered already, as a rule
    if left < view.left():
        left = box.right() + gap
    tag = QRectF(left, box.top() + theme.px(4), width, box.height() - theme.px(8))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.raised))
    painter.drawRoundedRect(tag, theme.RADIUS_MARK, theme.RADIUS_MARK)
    painter.setPen(QColor(colours.text))
    painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), look.text)


def paint_dispute(painter: QPainter, box: QRectF, *, is_current: bool) -> None:
    """Hatching along the foot of what people said differently; the words above it stay readable."""
    bad = QColor(theme.current().bad)
    bad.setAlpha(255 if is_current else 120)
    foot = QRectF(box.left(), box.bottom() - theme.px(DISPUTE_PX), box.width(), theme.px(DISPUTE_PX))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(bad, Qt.BrushStyle.BDiagPattern))
    painter.drawRect(foot)
    if is_current:
        painter.setPen(QPen(bad, 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))


def paint_undecided(painter: QPainter, box: QRectF, metrics: QFontMetrics, *, is_current: bool) -> None:
    """The amber frame that says a person must decide here."""
    warn = QColor(theme.current().warn)
    pen = QPen(warn, 1.6 if is_current else 1.2)
    pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.setBrush(theme.mix(theme.current().background, warn, 0.14 if is_current else 0.05))
    painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), theme.RADIUS_MARK, theme.RADIUS_MARK)
    _write_in(painter, box, metrics, "yours to decide", theme.current().warn_text)


def paint_outcome(painter: QPainter, box: QRectF, metrics: QFontMetrics, words: str) -> None:
    """A place that was ruled to have no one answer: a quiet frame with what was ruled."""
    look = theme.current()
    painter.setPen(QPen(QColor(look.ok), 1.2))
    painter.setBrush(QBrush(theme.mix(look.background, look.dim, 0.45), Qt.BrushStyle.Dense6Pattern))
    painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), theme.RADIUS_MARK, theme.RADIUS_MARK)
    _write_in(painter, box, metrics, words, look.text)


def paint_hidden(painter: QPainter, box: QRectF, metrics: QFontMetrics) -> None:
    """Where a lane shows nothing until the place is ruled."""
    look = theme.current()
    pen = QPen(QColor(look.faint), 1)
    pen.setDashPattern([2, 4])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), theme.RADIUS_MARK, theme.RADIUS_MARK)
    _write_in(painter, box, metrics, HIDDEN_WORDS, look.dim)


def _write_in(painter: QPainter, box: QRectF, metrics: QFontMetrics, words: str, colour: str) -> None:
    """Words in a box, cut to it; none where nothing of them would be told."""
    if box.width() > DECIDE_FROM_PX:
        told = metrics.elidedText(shown(words), Qt.TextElideMode.ElideRight, int(box.width() - theme.px(12)))
        painter.setPen(QColor(colour))
        painter.drawText(box.adjusted(theme.px(8), 0, -2, 0), int(Qt.AlignmentFlag.AlignVCenter), told)


def is_point(tier: Tier) -> bool:
    """Whether a tier holds moments."""
    return tier.kind is TierKind.POINT
