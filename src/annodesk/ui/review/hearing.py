"""Hearing while an item is reviewed: the present place with what is around it, a selected segment, over and over."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from annodesk.ui.review.places import to_hear

if TYPE_CHECKING:
    from annodesk.model.times import Interval
    from annodesk.ui.review.workspace import ReviewWorkspace


class Hearing:
    """What one workspace plays."""

    def __init__(self, workspace: ReviewWorkspace) -> None:
        self._room = workspace

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            "review.hear": self.hear,
            "review.play_segment": self.play_selected,
            "review.play_around": lambda: self.play_selected(around_us=self._room.transport.around_us),
            "review.loop": self.loop,
        }

    @property
    def place(self) -> Interval | None:
        """The present place with a second around it; None where none is looked at."""
        current = self._room.places.current
        if current is None or self._room.work is None:
            return None
        return to_hear(current, self._room.desk.bounds)

    def arrive(self) -> None:
        """Play the place that has just been gone to, where the analyst wants that."""
        stretch = self.place
        if stretch is not None:
            self._room.playing.arrive(stretch.start_us, stretch.end_us)

    def hear(self) -> None:
        """Play the present place; stop where it plays."""
        transport = self._room.transport
        if self._room.video.shuttle.stop():
            return
        stretch = self.place
        if transport.is_playing:
            transport.pause()
        elif stretch is None:
            transport.toggle()
        else:
            transport.play(stretch.start_us, stretch.end_us)

    def play_segment(self, lane: str, segment_id: str) -> None:
        """Play a segment of any lane."""
        annotations = self._room.desk.view.state.annotations(lane)
        if annotations is not None and segment_id in annotations:
            segment = annotations.segment(segment_id)
            self._room.transport.play(segment.start_us, segment.end_us)

    def play_selected(self, around_us: int = 0) -> None:
        """Play what is selected, with a little around it where asked, else the present place."""
        chosen = self._room.desk.view.selected_segments()
        if chosen:
            end_us = max(segment.end_us for segment in chosen)
            self._room.transport.play(chosen[0].start_us - around_us, end_us + around_us)
        else:
            self.hear()

    def loop(self) -> None:
        """Play what is selected, else the present place, over and over; stop where that is being done."""
        transport, chosen, place = self._room.transport, self._room.desk.view.selected_segments(), self.place
        again = partial(transport.play, loop=True)
        if transport.is_looping:
            transport.pause()
        elif chosen:
            again(chosen[0].start_us, max(segment.end_us for segment in chosen))
        elif place is not None:
            again(place.start_us, place.end_us)
        else:
            self._room.say("Nothing is selected to be looped.")
