"""The parts of an open task: where they stand, and which of them gives way where there is little room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.annotate.find import FindBar
from annodesk.ui.annotate.nextline import NextKeyLine
from annodesk.ui.annotate.side import SidePanel
from annodesk.ui.annotate.table import SegmentTable
from annodesk.ui.annotate.transport_bar import TransportBar
from annodesk.ui.frame import Banner
from annodesk.ui.parts import Splitter
from annodesk.ui.player.transport import Transport
from annodesk.ui.player.video import VideoDeck
from annodesk.ui.refused import RefusedEntry
from annodesk.ui.text.document import TextPanel
from annodesk.ui.timeline.view import TimelineView

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent

    from annodesk.services.tasks import TaskWork
    from annodesk.ui.bus import Context

MOST_WHOLE_LANES = 4
"""So many lanes stay whole in a low window; more are reached by scrolling."""


class TaskParts(QWidget):
    """Pictures and text above, the timeline in the middle, the table below, the side panel at the right."""

    def __init__(self, context: Context, parent: QWidget | None = None, *, silent: bool = False) -> None:
        super().__init__(parent)
        self._context = context
        self.work: TaskWork | None = None
        self._build(silent)

    def keep_lanes_whole(self) -> None:
        """Where there is little room the table gives way before a lane does, then the text, then the overview."""
        timeline = self.timeline
        if self.work is None or timeline.isHidden() or not self.stack.height():
            return
        lanes = sum(height for _, _, height in timeline.lanes.lane_tops()[:MOST_WHOLE_LANES])
        above = [part for part in timeline.above_lanes() if not part.isHidden() or part is timeline.overview]
        parts = [self.bar, *above, self.next_line]
        wanted = timeline.splitter.least_px(lanes)
        wanted += sum(max(part.sizeHint().height(), part.minimumHeight()) for part in parts)
        sizes = self.stack.sizes()
        for place in (2, 0):
            part = self.stack.widget(place)
            spare = sizes[place] - part.minimumSizeHint().height() if not part.isHidden() else 0
            given = max(0, min(spare, wanted - sizes[1]))
            sizes[place], sizes[1] = sizes[place] - given, sizes[1] + given
        timeline.overview.setVisible(sizes[1] >= wanted)
        if sizes != self.stack.sizes():
            self.stack.setSizes(sizes)

    def _make_room_soon(self) -> None:
        QTimer.singleShot(0, self, self.keep_lanes_whole)  # once the parts have their sizes

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.video.resume()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room_soon()

    def _build(self, silent: bool) -> None:
        """Frames first, then what stands in them: Qt styles all of a part anew whenever it comes into another."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.sides = Splitter("annotate-side", Qt.Orientation.Horizontal, (860, theme.SIDE_RIGHT_WIDTH))
        layout.addWidget(self.sides)
        centre = QWidget()
        self.sides.addWidget(centre)
        column = _rows(centre)
        self.banner, self.apart = Banner(), Banner()
        for banner in (self.banner, self.apart):
            banner.came_or_went.connect(self._make_room_soon)
            column.addWidget(banner)
        self.stack = Splitter("annotate-stack", Qt.Orientation.Vertical, (175, 515, 150))
        column.addWidget(self.stack, 1)
        self.top = Splitter("annotate-top", Qt.Orientation.Horizontal, (440, 420))
        self._middle, self.below = QWidget(), QWidget()
        for part in (self.top, self._middle, self.below):
            self.stack.addWidget(part)
        self.stack.setStretchFactor(1, 1)
        self.stack.restore()
        self._fill(silent)
        self.top.restore()
        self.sides.setStretchFactor(0, 1)
        self.sides.restore()

    def _fill(self, silent: bool) -> None:
        jobs = self._context.jobs
        self._middle.setProperty("role", "ground")
        self.bar, self.timeline, self.next_line = TransportBar(), TimelineView(jobs), NextKeyLine()
        rows = _rows(self._middle)
        for widget, stretch in ((self.bar, 0), (self.timeline, 1), (self.next_line, 0)):
            rows.addWidget(widget, stretch)
        self.transport = Transport(self, silent=silent)
        self.video = VideoDeck(self.timeline, self.transport, jobs, self, window_key="Ctrl+F9")
        self.text, self.side = TextPanel(), SidePanel(self.sides)
        for part in (self.video.home, self.text):
            self.top.addWidget(part)
        self.refused = RefusedEntry(self, self.timeline)
        self.find, self.table = FindBar(), SegmentTable()
        found = _rows(self.below)
        found.addWidget(self.find)
        found.addWidget(self.table, 1)
        self.sides.addWidget(self.side)

    def fold_text(self) -> None:
        """Fold the text away, or bring it back."""
        self.text.setVisible(self.text.isHidden())
        self._show_top()

    def _show_top(self) -> None:
        """Pictures and text stand beside each other; where there is neither, the lanes have the room."""
        is_shown = not (self.video.home.isHidden() and self.text.isHidden())
        name, height = ("annotate-stack-video", 260) if not self.video.home.isHidden() else ("annotate-stack", 175)
        self.stack.use(name, (height, 690 - height, 150))
        if is_shown == self.top.isHidden():
            self.top.setVisible(is_shown)
        self._make_room_soon()


def _rows(host: QWidget) -> QVBoxLayout:
    """One below the other, without room between them."""
    rows = QVBoxLayout(host)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(0)
    return rows
