"""Scrubbing: Ctrl+Shift and a drag take hold of the playhead on any lane, and what lies under it is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QMouseEvent

from annodesk.ui.timeline.part import TimelinePart

if TYPE_CHECKING:
    from annodesk.ui.timeline.state import TimelineState

KEYS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class Scrubber(QObject):
    """Watches parts of a timeline; they see nothing of a drag that scrubs.

    scrubbed(int)      the playhead is dragged to here, in microseconds
    scrub_ended()      the hand has let go
    """

    scrubbed = Signal(object)
    scrub_ended = Signal()

    def __init__(self, state: TimelineState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._held: TimelinePart | None = None
        self._plain: set[QObject] = set()
        self._is_scrubbing = False
        self._from_us = 0

    def watch(self, *parts: TimelinePart) -> None:
        """Let the playhead be dragged on these with the keys held."""
        for part in parts:
            part.installEventFilter(self)

    def watch_plain(self, part: TimelinePart) -> None:
        """Let it be dragged here without a key; a click puts it there."""
        self._plain.add(part)
        part.installEventFilter(self)

    def abort(self) -> bool:
        """Let go, and put the playhead back to where it was taken; False where it is not held."""
        if self._held is None:
            return False
        self._let_go()
        self._state.set_playhead(self._from_us)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QMouseEvent) or not isinstance(watched, TimelinePart):
            return False
        kind = event.type()
        if kind is QEvent.Type.MouseButtonPress:
            is_asked = watched in self._plain or event.modifiers() & KEYS == KEYS
            is_inside = event.position().x() >= self._state.gutter_px
            if not (is_asked and is_inside and event.button() is Qt.MouseButton.LeftButton):
                return False
            self._held, self._from_us = watched, self._state.playhead_us
            self._go(event, is_heard=event.modifiers() & KEYS == KEYS)
            return True
        if watched is not self._held:
            return False
        if kind is QEvent.Type.MouseMove:
            self._go(event, is_heard=True)
        elif kind is QEvent.Type.MouseButtonRelease and event.button() is Qt.MouseButton.LeftButton:
            self._let_go()
        return True

    def _let_go(self) -> None:
        self._held = None
        if self._is_scrubbing:
            self._is_scrubbing = False
            self.scrub_ended.emit()

    def _go(self, event: QMouseEvent, *, is_heard: bool) -> None:
        assert self._held is not None
        scale = self._state.scale
        time_us = max(scale.low_us, min(scale.high_us, self._held.time_at(event.position().x())))
        if is_heard:
            self._is_scrubbing = True
            self.scrubbed.emit(time_us)
        self._state.set_playhead(time_us)
        self._state.set_hover(time_us)
