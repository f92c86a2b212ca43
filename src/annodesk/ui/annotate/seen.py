"""Which suggestions have been in view, and for how long; what an answer to one is noted with."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from annodesk.model.annotations import Json, Segment, Span
from annodesk.model.shown import Played, Shown, ShownNote, Suggested, to_note
from annodesk.model.times import Interval
from annodesk.ui.annotate.suggestions import answered_by

if TYPE_CHECKING:
    from annodesk.model.edits import Draft
    from annodesk.ui.annotate.taskview import TaskView

SETTLED_MS = 250
"""What is scrolled past faster has not been looked at."""
MOST_VIEWS = 1_000
ALL_OF, SOME_OF = 0.9, 0.01
"""Shares of a stretch from which on it counts as played, or as played in part: an edge is seldom heard to the end."""


def monotonic_us() -> int:
    """Microseconds on a clock that nobody sets."""
    return time.monotonic_ns() // 1000


class SuggestionsSeen(QObject):
    """Follows what of the open task is in view; nothing of it is kept but with an answer."""

    def __init__(self, view: TaskView, clock_us: Callable[[], int] = monotonic_us) -> None:
        super().__init__(view)
        self._view, self._clock_us = view, clock_us
        self._shown_us: int | None = None
        self._views: list[tuple[int, int, int]] = []
        self._now: tuple[int, int, int] | None = None
        self._visited: set[str] = set()
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED_MS)
        self._settled.timeout.connect(self._keep_view)
        view.timeline.view_changed.connect(self._on_view)
        view.closing.connect(self._forget)

    def begin(self) -> None:
        """Suggestions are in view from now on."""
        self._forget()
        self._shown_us = self._clock_us()
        self._on_view()

    def note(self, draft: Draft) -> Json:
        """What is to be noted with a gesture, looked at before it is made; nothing where it answers no suggestion."""
        view = self._view
        if view.work is None or view.suggestions is None or not view.pending.elements:
            return {}
        if not view.work.project.prelabel.record_suggestions:
            return {}
        found = answered_by(draft, view.pending, view.suggestions, view.annotations, view.schema)
        if not found:
            return {}
        self._keep_view()
        now_us, starts = self._clock_us(), [piece.start_us for piece in view.timeline.heard]
        noted = tuple(Shown(e.id, how, self._in_view_us(e, now_us), self._played(e, starts)) for e, how in found)
        return to_note(ShownNote(view.suggestions.id, view.work.show, noted))

    def is_met(self, element: Suggested) -> bool:
        """Whether the person has met a suggestion: gone to it, or had it in view and heard all of its stretch."""
        self._keep_view()
        if element.id in self._visited:
            return True
        work = self._view.work
        if work is None or not work.can_play or isinstance(element, Span):
            return False
        is_in_view = self._in_view_us(element, self._clock_us()) is not None
        stretch = element.interval if isinstance(element, Segment) else Interval(work.task.start_us, work.task.end_us)
        heard = self._view.timeline.heard
        return is_in_view and played_share(stretch, heard, [piece.start_us for piece in heard]) >= ALL_OF

    def visit(self, element_id: str) -> None:
        """A suggestion was brought under the keys."""
        self._visited.add(element_id)

    def _in_view_us(self, element: Suggested, now_us: int) -> int | None:
        """How long a suggestion has been in view; what is not on the timeline is there as long as the task is open."""
        work = self._view.work
        if self._shown_us is None or work is None or not work.project.workflow.record_times:
            return None
        if not isinstance(element, Segment):
            return now_us - self._shown_us
        if element.tier in self._view.look.hidden:
            return None
        last_us = max(element.end_us, element.start_us + 1)
        first = next((s for s, start, end in self._views if element.start_us < end and start < last_us), None)
        return None if first is None else now_us - first

    def _played(self, element: Suggested, starts: Sequence[int]) -> Played | None:
        work = self._view.work
        if work is None or not work.can_play or not work.project.prelabel.record_played or isinstance(element, Span):
            return None
        stretch = element.interval if isinstance(element, Segment) else Interval(work.task.start_us, work.task.end_us)
        share = played_share(stretch, self._view.timeline.heard, starts)
        return Played.ALL if share >= ALL_OF else Played.PART if share >= SOME_OF else Played.NONE

    def _on_view(self) -> None:
        if self._shown_us is not None:
            self._now = (self._clock_us(), *self._view.timeline.visible_range)
            self._settled.start()

    def _keep_view(self) -> None:
        """Remember what is in view, where it was not before."""
        self._settled.stop()
        if self._now is None:
            return
        now, self._now = self._now, None
        if not any(start <= now[1] and now[2] <= end for _, start, end in self._views):
            self._views = [*self._views[-MOST_VIEWS + 1 :], now]

    def _forget(self) -> None:
        self._settled.stop()
        self._shown_us, self._views, self._now = None, [], None
        self._visited = set()


def played_share(stretch: Interval, heard: Sequence[Interval], starts: Sequence[int]) -> float:
    """The share of a stretch that was played; of a point, whether it was.

    Parameters
    ----------
    heard : what was played, in order and without overlaps
    starts : where each of that begins
    """
    place = max(0, bisect_right(starts, stretch.start_us) - 1)
    covered = 0
    for number in range(place, len(heard)):
        piece = heard[number]
        if piece.start_us > stretch.end_us:
            break
        if stretch.duration_us == 0 and piece.start_us <= stretch.start_us <= piece.end_us:
            return 1.0
        covered += piece.overlap_us(stretch)
    return covered / stretch.duration_us if stretch.duration_us else 0.0
