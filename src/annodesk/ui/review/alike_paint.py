"""Painting a clip of the grid: where it is from, what is heard or read, what each side says, and what is chosen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QPainter,
    QPen,
    QPixmap,
    QPolygonF,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from annodesk.ui import theme
from annodesk.ui.plain import shown
from annodesk.ui.review.alike_tiles import HEARD, LOOK, TILE, Tile
from annodesk.ui.review.wording import place_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from annodesk.quality.disputes import Choice
    from annodesk.services.open_places import OpenPlace
    from annodesk.ui.review.alike_looks import Look

LEAST_WIDTH, WAVE_HEIGHT = 236, 54
MOST_SIDES = 3
MOST_WAVES = 300
HELD_BACK = "sensitive: open its review to read it"
MOST_BEFORE, MOST_AFTER = 30, 60
"""Characters of a text that are shown before disputed words, and from which on those after them go on."""
GAP = 6
"""Between a tile and the edge of its place in the grid."""


class TileDelegate(QStyledItemDelegate):
    """Paints one tile from the model; ``colours`` are those of the labels of the part that is looked through."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colours: dict[str, str] = {}
        self.sides = 2
        self.width = LEAST_WIDTH
        self._waves: OrderedDict[tuple[object, ...], tuple[NDArray[np.float32], QPixmap]] = OrderedDict()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return self.tile_size()

    def tile_size(self) -> QSize:
        """A tile with the room around it."""
        lines = _height("small") + _height("small")
        lanes = min(MOST_SIDES, self.sides) * (_lane_height() + theme.px(3))
        inner = lines + _wave_height() + lanes + theme.px(8) * 2 + theme.px(4) * 3
        return QSize(self.width, inner + 2 * GAP)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tile: Tile | None = index.data(TILE)
        if tile is None:
            return
        states = option.state
        is_selected = bool(states & QStyle.StateFlag.State_Selected)
        is_current = bool(states & QStyle.StateFlag.State_HasFocus)
        card = option.rect.adjusted(GAP, GAP, -GAP, -GAP)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_card(painter, card, tile, is_selected=is_selected, is_current=is_current)
        pad = theme.px(8)
        inside = card.adjusted(pad, pad, -pad, -pad)
        if tile.is_left_out or tile.state in ("ruled", "settled"):
            painter.setOpacity(0.5)
        top = self._paint_head(painter, inside, tile.place, option.direction)
        look: Look | None = index.data(LOOK)
        left = inside.left() + self._paint_frame(painter, QRect(inside.left(), top, inside.width(), 0), look)
        # As far in as the sides below it, so that their bars stand under what is disputed.
        wave = QRect(left + _letter_room(), top, inside.right() + 1 - left - _letter_room(), _wave_height())
        self._paint_content(painter, wave, tile.place, look, index.data(HEARD))
        top = wave.bottom() + theme.px(4)
        top = self._paint_sides(painter, QRect(left, top, inside.right() + 1 - left, 0), tile)
        painter.setOpacity(1.0)
        self._paint_state(painter, QRect(inside.left(), top, inside.width(), _height("small")), tile)
        painter.restore()

    def _paint_card(self, painter: QPainter, card: QRect, tile: Tile, *, is_selected: bool, is_current: bool) -> None:
        look = theme.current()
        ground = theme.mix(look.background, look.panel, 0.8)
        if is_selected:
            ground = theme.mix(ground, look.accent, 0.12)
        edge = look.accent if is_current or is_selected else look.ok if tile.is_chosen else look.line
        painter.setPen(QPen(QColor(edge), 2 if is_current else 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(card).adjusted(1, 1, -1, -1), theme.RADIUS_CARD, theme.RADIUS_CARD)

    def _paint_head(self, painter: QPainter, inside: QRect, place: OpenPlace, way: Qt.LayoutDirection) -> int:
        look, is_rtl = theme.current(), way == Qt.LayoutDirection.RightToLeft
        leading = Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft
        trailing = Qt.AlignmentFlag.AlignLeft if is_rtl else Qt.AlignmentFlag.AlignRight
        line = QRect(inside.left(), inside.top(), inside.width(), _height("small"))
        where = place_text(place.disagreement).removeprefix(place.disagreement.part).strip(" ,")
        painter.setFont(theme.mono_font("head"))
        painter.setPen(QColor(look.dim))
        metrics = QFontMetrics(painter.font())
        where = metrics.elidedText(where, Qt.TextElideMode.ElideRight, line.width() * 2 // 3)
        painter.drawText(line, trailing | Qt.AlignmentFlag.AlignVCenter, where)
        room = line.width() - metrics.horizontalAdvance(where) - theme.px(8)
        painter.setFont(theme.font("small"))
        painter.setPen(QColor(look.text))
        title = QFontMetrics(painter.font()).elidedText(shown(place.title), Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(line, leading | Qt.AlignmentFlag.AlignVCenter, title)
        return line.bottom() + 1 + theme.px(4)

    # What is heard, seen or read

    def _paint_frame(self, painter: QPainter, room: QRect, look: Look | None) -> int:
        """The frame of a video beside all else of its clip; returns how much room it takes."""
        if look is None or look.frame is None:
            return 0
        lanes = min(MOST_SIDES, self.sides) * (_lane_height() + theme.px(3))
        height = _wave_height() + theme.px(4) + lanes
        wide = round(height * look.frame.width() / max(1, look.frame.height()))
        width = min(wide, room.width() * 2 // 5)
        height = min(height, round(width * look.frame.height() / max(1, look.frame.width())))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRect(room.left(), room.top(), width, height), look.frame)
        return width + theme.px(6)

    def _paint_content(
        self, painter: QPainter, box: QRect, place: OpenPlace, look: Look | None, heard: float | None
    ) -> None:
        colours = theme.current()
        painter.fillRect(box, QColor(colours.background))
        if place.disagreement.asset is not None or (place.sound is None and place.video is None):
            self._paint_words(painter, box, place)
            return
        if look is None:
            return
        if place.heard is None or place.stretch is None:
            return
        first, last = _share_of(place, place.stretch.start_us), _share_of(place, place.stretch.end_us)
        left, right = box.left() + box.width() * first, box.left() + box.width() * last
        disputed = QRectF(left, box.top(), max(2.0, right - left), box.height())
        painter.fillRect(disputed, theme.mix(colours.background, colours.bad, 0.22))
        if look.wave is not None:
            painter.drawPixmap(box.topLeft(), self._wave(look.wave, box.size(), painter.device().devicePixelRatioF()))
        elif look.frame is None:
            painter.setFont(theme.font("small"))
            painter.setPen(QColor(colours.dim))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "not heard on this computer")
        painter.fillRect(QRectF(disputed.left(), box.top(), disputed.width(), 3), QColor(colours.bad))
        if heard is not None:
            painter.fillRect(
                QRectF(box.left() + box.width() * heard - 1, box.top(), 2, box.height()), QColor(colours.text)
            )

    def _wave(self, wave: NDArray[np.float32], size: QSize, ratio: float) -> QPixmap:
        """A clip's wave as a picture; those drawn last are kept, for while one scrolls they only move."""
        key = (id(wave), size.width(), size.height(), ratio, theme.current().wave)
        known = self._waves.get(key)
        if known is None:
            made = QPixmap(size * ratio)
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            painter = QPainter(made)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            _paint_wave(painter, QRectF(0, 0, size.width(), size.height()), wave, QColor(theme.current().wave))
            painter.end()
            known = self._waves[key] = (wave, made)  # with the numbers, so that their id stays theirs
            if len(self._waves) > MOST_WAVES:
                self._waves.popitem(last=False)
        return known[1]

    def _paint_words(self, painter: QPainter, box: QRect, place: OpenPlace) -> None:
        """The disputed words among those around them, on as many lines as there is room."""
        colours = theme.current()
        parts = ("", HELD_BACK, "") if place.is_sensitive else (place.before, place.words, place.after)
        before, words, after = (shown(part.replace("\n", " ")) for part in parts)
        is_span = place.disagreement.asset is not None
        if len(before) > MOST_BEFORE:
            before = f"…{before[-MOST_BEFORE:]}"
        if len(after) >= MOST_AFTER:
            after = f"{after}…"
        layout = QTextLayout(before + words + after, theme.font("small"))
        wrap = QTextOption()
        wrap.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(wrap)
        if is_span:
            marked, kept = QTextCharFormat(), QTextLayout.FormatRange()
            marked.setBackground(theme.mix(colours.background, colours.bad, 0.35))
            kept.start, kept.length, kept.format = len(before), len(words), marked
            layout.setFormats([kept])
        painter.save()
        painter.setClipRect(box)
        layout.beginLayout()
        top = 0.0
        while top < box.height() and (line := layout.createLine()).isValid():
            line.setLineWidth(box.width() - theme.px(8))
            line.setPosition(QPointF(0, top))
            top += line.height()
        layout.endLayout()
        painter.setPen(QColor(colours.text))
        layout.draw(painter, QPointF(box.left() + theme.px(4), box.top() + theme.px(2)))
        painter.restore()

    # What is said and chosen

    def _paint_sides(self, painter: QPainter, room: QRect, tile: Tile) -> int:
        place, top = tile.place, room.top()
        first, last = 0.0, 1.0
        if place.disagreement.start_us is not None and place.heard is not None and place.stretch is not None:
            first, last = _share_of(place, place.stretch.start_us), _share_of(place, place.stretch.end_us)
        height = _lane_height()
        for number, (letter, choice) in enumerate(place.sides[:MOST_SIDES]):
            line = QRect(room.left(), top, room.width(), height)
            painter.setFont(theme.mono_font("head"))
            painter.setPen(QColor(theme.current().dim))
            more = len(place.sides) - MOST_SIDES
            sign = f"+{more}" if more > 0 and number == MOST_SIDES - 1 else letter
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, sign)
            lane = line.adjusted(_letter_room(), 0, 0, 0)
            self._paint_lane(painter, lane, choice, first, last)
            top += height + theme.px(3)
        return top + theme.px(1)

    def _paint_lane(self, painter: QPainter, lane: QRect, choice: Choice, first: float, last: float) -> None:
        """One side's label over the disputed time; where it is too narrow for the word, the word stands beside it."""
        look = theme.current()
        ink = theme.label_colour(self.colours.get(choice.label, look.faint))
        bar = QRectF(lane.left() + lane.width() * first, lane.top(), lane.width() * (last - first), lane.height())
        bar.setWidth(max(theme.px(4), bar.width()))
        is_empty = not choice.label
        painter.setPen(QPen(QColor(look.faint), 1, Qt.PenStyle.DashLine) if is_empty else QPen(ink.edge, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush if is_empty else ink.fill)
        painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS_MARK, theme.RADIUS_MARK)
        painter.setFont(theme.font("small"))
        painter.setPen(QColor(look.dim if is_empty else look.text))
        metrics = QFontMetrics(painter.font())
        words, pad = shown(choice.words), theme.px(4)
        wide = metrics.horizontalAdvance(words)
        room = bar.adjusted(pad, 0, -pad, 0)
        if wide > room.width():
            right, left = lane.right() - bar.right() - pad, bar.left() - lane.left() - pad
            if right >= left:
                room = QRectF(bar.right() + pad, lane.top(), right, lane.height())
            else:
                room = QRectF(lane.left(), lane.top(), left, lane.height())
            if room.width() < min(wide, bar.width() - 2 * pad):
                room = bar.adjusted(pad, 0, -pad, 0)
        is_before = room.right() <= bar.left()
        align = Qt.AlignmentFlag.AlignRight if is_before else Qt.AlignmentFlag.AlignLeft
        text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, round(room.width()))
        painter.drawText(room, int(align | Qt.AlignmentFlag.AlignVCenter), text)

    def _paint_state(self, painter: QPainter, line: QRect, tile: Tile) -> None:
        look = theme.current()
        words, colour = "", look.dim
        if tile.state in ("ruled", "settled") and tile.choice is not None:
            words, colour = f"✓ {tile.state}: {tile.choice.words}", look.ok_text
        elif tile.state == "refused":
            words, colour = tile.said, look.bad
        elif tile.is_left_out:
            words = "left out"
        elif tile.choice is not None:
            words, colour = f"→ {tile.choice.words}", look.ok_text
        painter.setFont(theme.font("small", bold=tile.is_chosen))
        painter.setPen(QColor(colour))
        text = QFontMetrics(painter.font()).elidedText(shown(words), Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def _share_of(place: OpenPlace, time_us: int) -> float:
    """Where in a clip a time lies, 0 to 1."""
    heard = place.heard
    if heard is None or not heard.duration_us:
        return 0.0
    return min(1.0, max(0.0, (time_us - heard.start_us) / heard.duration_us))


def _paint_wave(painter: QPainter, box: QRectF, wave: NDArray[np.float32], colour: QColor) -> None:
    """Lowest to highest sample of each column, as one shape; quiet clips are drawn higher, up to eight times."""
    most = float(max(abs(wave.min()), abs(wave.max()), 0.125))
    step, middle, half = box.width() / max(1, len(wave) - 1), box.center().y(), box.height() / 2 - 2
    above: Sequence[QPointF] = [
        QPointF(box.left() + n * step, middle - half * high / most) for n, (_, high) in enumerate(wave.tolist())
    ]
    below = [QPointF(box.left() + n * step, middle - half * low / most) for n, (low, _) in enumerate(wave.tolist())]
    painter.setPen(QPen(colour, 1))
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([*above, *reversed(below)]))


def _height(kind: str) -> int:
    return QFontMetrics(theme.font(kind)).height()


def _letter_room() -> int:
    return theme.px(16)


def _lane_height() -> int:
    return _height("small") + theme.px(2)


def _wave_height() -> int:
    return round(WAVE_HEIGHT * min(theme.scale(), 1.4))
