"""The heat strip: every disagreement of the item at its place, as high as it is strong; ruled ones are told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from annodesk.quality.heat import strength
from annodesk.ui import theme
from annodesk.ui.plain import set_tip, shown

if TYPE_CHECKING:
    from annodesk.quality.disagreements import Disagreement
    from annodesk.ui.review.places import Places

STRIP_PX, LEAST_PX, CELL_PX, RULED_PX = 30, 4, 14, 5
ALONE_PX = 96
"""The widest that a place out of time (a question, words of a text) is drawn where nothing is in time."""


class HeatPlace(Struct, frozen=True):
    """One disagreement as the strip draws it; ``start`` and ``end`` are None where it is not on the strip's axis."""

    key: str
    strength: float
    is_ruled: bool
    words: str
    is_question: bool = False
    start: int | None = None
    end: int | None = None


def heat_places(places: Places, words: Callable[[Disagreement], str], *, of_text: bool) -> list[HeatPlace]:
    """Every disagreement; along time, or (of an item without) along its text."""
    found = []
    for one in places.disagreements:
        start, end = (one.start, one.end) if of_text else (one.start_us, one.end_us)
        is_ruled = one.key in places.ruled
        found.append(HeatPlace(one.key, strength(one), is_ruled, words(one), one.is_question, start, end))
    return found


class HeatStrip(QWidget):
    """A click goes to a place; with the focus on it so do Left, Right, Home and End.

    chosen(str)   the key of a disagreement
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setAccessibleName("Disagreements of the whole item")
        self.places: tuple[HeatPlace, ...] = ()
        self.current = ""
        self.margins: Callable[[], tuple[int, int]] = lambda: (0, 0)
        """Where the axis begins and ends, in pixels from either side: as the waveform's below."""
        self._limits = (0, 1)
        theme.notifier().theme_changed.connect(self.updateGeometry)

    def show_places(self, places: Sequence[HeatPlace], limits: tuple[int, int], current: str) -> None:
        """Draw these places on an axis with these limits, the current one framed."""
        self.places, self._limits, self.current = tuple(places), limits, current
        ruled = sum(one.is_ruled for one in self.places)
        here = next((one.words for one in self.places if one.key == current), "")
        self.setAccessibleDescription(f"{ruled} of {len(self.places)} ruled. {shown(here)}".strip())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, theme.px(STRIP_PX))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def place_rect(self, place: HeatPlace) -> QRectF:
        """Where a place is drawn: its whole column, which is also what can be clicked."""
        left, right = self._axis()
        if place.start is not None and place.end is not None:
            low, high = self._limits
            x0, x1 = (left + (t - low) / max(1, high - low) * (right - left) for t in (place.start, place.end))
            if x1 - x0 < theme.px(LEAST_PX):
                middle = (x0 + x1) / 2
                x0, x1 = middle - theme.px(LEAST_PX) / 2, middle + theme.px(LEAST_PX) / 2
        else:
            cells = self._cells()
            first, cell = self._beside(len(cells))
            x0 = first + cell * cells.index(place)
            x1 = x0 + max(2.0, cell - 2)
        return QRectF(x0, 0, x1 - x0, self.height() - 1)

    def place_at(self, x_px: float) -> HeatPlace | None:
        """The place under a point or near it: the current one last, so that a click goes on among several."""
        near = [p for p in self.places if self.place_rect(p).adjusted(-2, 0, 2, 0).contains(x_px, 1)]
        return min(near, key=lambda p: (p.key == self.current, self.place_rect(p).width()), default=None)

    def _cells(self) -> list[HeatPlace]:
        return [one for one in self.places if one.start is None]

    def _beside(self, count: int) -> tuple[float, float]:
        """Where the places out of time begin and how wide each is: in the gutter, or over all where nothing else is."""
        left, right = self._axis()
        if count == len(self.places) or left < theme.px(40):
            first, room, most = left, right - left, theme.px(ALONE_PX)
        else:
            first, room, most = theme.px(8), left - theme.px(14), theme.px(CELL_PX)
        return first, min(most, room / max(1, count))

    def _axis(self) -> tuple[float, float]:
        left, right = self.margins()
        return left, max(left + 1.0, self.width() - right)

    def _gutter_words(self) -> str:
        cells = self._cells()
        if not cells:
            return "disputed"
        return "questions" if all(one.is_question for one in cells) else "not in time"

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme.current(), QPainter(self)
        painter.fillRect(self.rect(), QColor(look.background))
        left, foot = self._axis()[0], self.height() - 1
        painter.setFont(theme.font("small"))
        if left > theme.px(40):
            painter.fillRect(0, 0, int(left), self.height(), QColor(look.panel))
            painter.fillRect(int(left) - 1, 0, 1, foot, QColor(look.line))
            room, words = QRectF(theme.px(10), 0, left - theme.px(12), foot), self._gutter_words()
            at = Qt.AlignmentFlag.AlignTop if self._cells() else Qt.AlignmentFlag.AlignVCenter
            painter.setPen(QColor(look.dim))
            words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, int(at), words)
        painter.fillRect(0, foot, self.width(), 1, QColor(look.line))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place in sorted(self.places, key=lambda p: (p.key == self.current, not p.is_ruled)):
            self._paint(painter, place)
        if self.hasFocus():
            painter.setPen(QColor(look.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint(self, painter: QPainter, place: HeatPlace) -> None:
        """Red and as high as it is strong while it is open; low and green with a tick once it is ruled."""
        look, room = theme.current(), self.place_rect(place)
        is_current, foot = place.key == self.current, self.height() - 1
        most = foot - theme.px(6)
        if place.start is None and room.left() < self._axis()[0]:
            most = foot - theme.px(17)  # below the words of the gutter
        height = theme.px(RULED_PX) if place.is_ruled else max(theme.px(5), place.strength * most)
        bar = QRectF(room.left(), foot - height, room.width(), height)
        ink = look.ok if place.is_ruled else look.bad
        share = 1.0 if is_current else 0.6 if place.is_ruled else 0.35 + 0.5 * place.strength
        painter.fillRect(bar, theme.mix(look.background, ink, share))
        has_room = most >= theme.px(14)
        if place.is_ruled and has_room and room.width() >= theme.px(8):
            middle, half = QPointF(room.center().x(), foot - height - theme.px(6)), theme.px(3)
            painter.setPen(QPen(QColor(look.ok), 1.5))
            painter.drawPolyline(
                QPolygonF(
                    [middle + QPointF(-half, 0), middle + QPointF(-half / 3, half), middle + QPointF(half, -half)]
                )
            )
        if is_current and has_room:
            tip, side = room.center().x(), theme.px(5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(look.accent))
            painter.drawPolygon(QPolygonF([QPointF(tip - side, 0), QPointF(tip + side, 0), QPointF(tip, side + 1)]))
        if is_current:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(look.accent), 1.2))
            painter.drawRect(bar.adjusted(-1, -1, 1, 0))

    # By mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().x())
        if event.button() is Qt.MouseButton.LeftButton and place is not None:
            self.chosen.emit(place.key)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().x())
        set_tip(self, place.words if place is not None else "")
        self.setCursor(Qt.CursorShape.PointingHandCursor if place is not None else Qt.CursorShape.ArrowCursor)

    def event(self, event: QEvent) -> bool:
        keys = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)
        is_override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if is_override and event.key() in keys and not event.modifiers():
            event.accept()  # with the focus here they go through the places, not over the timeline
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = [place.key for place in self.places]
        at = keys.index(self.current) if self.current in keys else 0
        to = {Qt.Key.Key_Left: at - 1, Qt.Key.Key_Right: at + 1, Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(keys) - 1}
        if event.key() in to and keys:
            self.chosen.emit(keys[to[Qt.Key(event.key())] % len(keys)])
            return
        super().keyPressEvent(event)
