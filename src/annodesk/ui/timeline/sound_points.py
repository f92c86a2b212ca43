"""Where the sound in view begins, ends or crosses zero, so that dragged edges can snap to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.timeline.state import TimelineState

ONSET, ENDING, CROSSING = "onset", "ending", "crossing"
LONGEST_US = 120_000_000
"""Changes of sound are looked for in views up to two minutes: in longer ones they lie closer than a hand can aim."""
CROSSING_LONGEST_US = 500_000
"""Zero crossings are snapped to in views up to half a second."""
LEAST_GAIN, LEAST_DB = 6.0, 3.0
"""How clear a change must be to hold an edge, in nats; and how much louder or softer it becomes."""
_REST_MS = 250

Points = dict[str, NDArray[np.int64]]


class SoundPoints(QObject):
    """Keeps the snap points of the sound in view, once the view rests and where edges are to snap to sound."""

    def __init__(self, state: TimelineState, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._jobs = state, jobs
        self._path: Path | None = None
        self._offset_us = 0
        self._known: tuple[Path | None, int, int] = (None, 0, 0)
        self._is_asking = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._look)
        state.scale_changed.connect(self._rest.start)
        state.snap_changed.connect(self._rest.start)

    @property
    def is_idle(self) -> bool:
        """Whether what is in view has been looked at."""
        return not self._rest.isActive() and not self._is_asking

    def set_media(self, path: Path | None, offset_us: int) -> None:
        """Look at this recording from now on; it begins ``offset_us`` into the timeline."""
        self._path, self._offset_us, self._known = path, offset_us, (None, 0, 0)
        self._show({})
        self._rest.start()

    def _look(self) -> None:
        scale, path = self._state.scale, self._path
        if path is None or not self._state.snaps_to_sound or scale.span_us > LONGEST_US:
            self._known = (None, 0, 0)
            self._show({})
            return
        wanted = (path, scale.start_us, scale.end_us)
        if wanted == self._known:
            return
        self._known, self._is_asking = wanted, True
        start_us, end_us = scale.start_us - self._offset_us, scale.end_us - self._offset_us
        self._jobs.compute(
            points_in,
            path,
            start_us,
            end_us,
            on_done=lambda found: self._on_found(wanted, found),
            on_error=lambda _error: self._on_found(wanted, {}),  # the waveform says what is wrong with the file
            key="sound points",
            what="look where the sound changes",
        )

    def _on_found(self, wanted: tuple[Path | None, int, int], found: Points) -> None:
        self._is_asking = False
        if wanted == self._known:
            self._show({kind: times + self._offset_us for kind, times in found.items()})

    def _show(self, found: Points) -> None:
        for kind in (ONSET, ENDING, CROSSING):
            self._state.set_snap_points(kind, found.get(kind, np.empty(0, np.int64)))


def points_in(path: Path, start_us: int, end_us: int, cancel: CancelToken) -> Points:
    """Clear beginnings and endings of sound within a stretch of a recording, and in a short one its zero crossings."""
    if end_us - start_us <= CROSSING_LONGEST_US:
        from annodesk.media.zero import crossings

        return {CROSSING: crossings(path, start_us, end_us)}
    from annodesk.media.edges import find_changes

    changes = [c for c in find_changes(path, [(max(0, start_us), end_us)], cancel=cancel) if c.gain >= LEAST_GAIN]
    rises = [c.time_us for c in changes if c.rise_db >= LEAST_DB]
    falls = [c.time_us for c in changes if c.rise_db <= -LEAST_DB]
    return {ONSET: np.array(rises, np.int64), ENDING: np.array(falls, np.int64)}
