"""Where a person was in each task, so that opening it again goes on exactly there."""

from __future__ import annotations

import itertools
import json
import math
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict, replace
from PySide6.QtCore import QObject, QTimer

from annodesk.model.times import Interval
from annodesk.ui import last_time
from annodesk.ui.parts import settings

if TYPE_CHECKING:
    from annodesk.ui.timeline.scale import TimeScale
    from annodesk.ui.timeline.view import TimelineView

MOST = 300
FIRST_LOOK_US, WHOLE_UP_TO_US = 30_000_000, 120_000_000
"""What of a long task is in view when a person opens it for the first time, and how long one is shown as a whole."""
_PLACES = "annotate/places"
_SOON_MS = 400


class Place(Struct, frozen=True):
    """Playhead, left edge and zoom of the view, tier, selection and stretch of a task's timeline."""

    playhead_us: int
    start_us: int
    us_per_px: float
    tier: str = ""
    lane: str = ""
    selected: tuple[str, ...] = ()
    stretch: tuple[int, int] | None = None

    @classmethod
    def of(cls, timeline: TimelineView) -> Place:
        """Where the timeline is now."""
        lane, ids = timeline.selection
        stretch = timeline.stretch
        return cls(
            timeline.playhead_us,
            timeline.state.scale.start_us,
            timeline.state.scale.us_per_px,
            timeline.active_lane or "",
            lane or "",
            tuple(sorted(ids))[:1000],
            (stretch.start_us, stretch.end_us) if stretch is not None else None,
        )

    def show(self, timeline: TimelineView) -> None:
        """Go there; what is not there any more is left out."""
        bounds, scale = timeline.limits, timeline.state.scale
        timeline.state.set_scale(replace(scale, start_us=self.start_us, us_per_px=self.us_per_px).kept())
        if self.lane:
            timeline.select(self.lane, self.selected)
        if self.tier in [lane.id for lane in timeline.state.lanes]:  # last: what is selected may lie on another
            timeline.active_lane = self.tier
        if self.stretch is not None:
            timeline.state.set_stretch(bounds.crop(Interval(*sorted(self.stretch))))
        timeline.move_playhead(self.playhead_us)


class Places(QObject):
    """Keeps the place of the open task a moment after it changes, and gives it back.

    Parameters
    ----------
    now : which person, task and place there are now; None while nothing is open
    beside : runs a function off the UI thread, for a disk may take its time
    """

    def __init__(
        self,
        now: Callable[[], tuple[str, str, Place] | None],
        beside: Callable[[Callable[[], None]], object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._now, self._beside = now, beside
        self._turn, self._numbers, self._newest = threading.Lock(), itertools.count(1), 0
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self._keep_beside)

    def keep_soon(self) -> None:
        """Keep the place once it has stayed the same for a moment."""
        self._soon.start()

    def keep(self) -> None:
        """Keep the place at once, before the task is closed: it may be opened again the next moment."""
        self._soon.stop()
        if (now := self._now()) is not None:
            self._write(next(self._numbers), *now)

    def _keep_beside(self) -> None:
        now = self._now()
        if now is not None:
            number = next(self._numbers)
            self._beside(lambda: self._write(number, *now))

    def _write(self, number: int, person: str, task: str, place: Place) -> None:
        with self._turn:
            if number < self._newest:
                return  # it has come to be kept after a later one
            self._newest = number
            known = {key: value for key, value in _read().items() if key != f"{person}/{task}"}
            kept = {f"{person}/{task}": asdict(place)} | dict(list(known.items())[: MOST - 1])
            settings().setValue(_PLACES, json.dumps(kept))
            last_time.remember_task(person, task)

    @property
    def is_idle(self) -> bool:
        """Whether the place is kept."""
        return not self._soon.isActive()


def begin_close(timeline: TimelineView) -> TimeScale:
    """Show what one works in first, from the playhead on, where the task is too long to be worked on as a whole."""
    bounds, start_us = timeline.state.bounds, timeline.playhead_us
    if bounds.duration_us > WHOLE_UP_TO_US:
        end_us = min(start_us + FIRST_LOOK_US, bounds.end_us)
        timeline.state.set_scale(timeline.state.scale.fitted(max(bounds.start_us, end_us - FIRST_LOOK_US), end_us))
    return timeline.state.scale


def place_in(person: str, task: str) -> Place | None:
    """Where the person was in the task; None where that is not known, or makes no sense."""
    known = _read().get(f"{person}/{task}")
    try:
        assert isinstance(known, dict)
        zoom, stretch = float(known["us_per_px"]), known.get("stretch")
        assert math.isfinite(zoom)
        assert zoom > 0
        return Place(
            int(known["playhead_us"]),
            int(known["start_us"]),
            zoom,
            str(known.get("tier", "")),
            str(known.get("lane", "")),
            tuple(str(i) for i in known.get("selected", ())),
            (int(stretch[0]), int(stretch[1])) if stretch else None,
        )
    except (AssertionError, KeyError, TypeError, ValueError, IndexError, OverflowError):
        return None


def _read() -> dict[str, Any]:
    try:
        known = json.loads(str(settings().value(_PLACES) or "{}"))
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}
