"""What is open of each kind, as far as is known: looked for in the background, and put in the order of likeness."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from annodesk.quality.disputes import Dispute
    from annodesk.services.alike import Found
    from annodesk.services.open_places import OpenPlace
    from annodesk.ui.bus import Context

Key = tuple[str, str]


class OpenOnes(QObject):
    """Keeps what was found last; looks again once something has changed.

    came()           there is another answer
    ordered(object)  the place that the others were compared with
    """

    came = Signal()
    ordered = Signal(object)

    def __init__(self, context: Context, is_open: Callable[[Key], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._is_open = context, is_open
        self._found: Found | None = None
        self._is_stale, self._is_looking = True, False
        self._done: set[Key] = set()
        self._ranks: dict[Key, dict[Key, int]] = {}
        context.bus.changed.connect(self._on_changed)
        context.bus.person_changed.connect(self.forget)

    @property
    def found(self) -> Found | None:
        """What was found last; None before the first answer."""
        return self._found

    @property
    def unknown(self) -> tuple[str, ...]:
        """Reviews of which it is not known here what people said."""
        return self._found.unknown if self._found is not None else ()

    def of(self, dispute: Dispute) -> list[OpenPlace]:
        """The places of a kind that are still open."""
        found = self._found.of(dispute) if self._found is not None else ()
        return [place for place in found if place.key not in self._done and self._is_open(place.key)]

    def note_done(self, keys: set[Key]) -> None:
        """These have been ruled since."""
        self._done |= keys

    def note_open(self, keys: set[Key]) -> None:
        """These are open again."""
        self._done -= keys
        self._is_stale = True

    def forget(self) -> None:
        """Another person or project."""
        self._found, self._is_stale, self._done, self._ranks = None, True, set(), {}

    # Looking

    def look(self, *, anew: bool = True) -> None:
        """Look for what is open; only where something has changed, unless ``anew``."""
        if self._is_looking or not (anew or self._is_stale):
            return
        self._is_looking, self._is_stale = True, False
        context = self._context
        context.jobs.background(
            context.services.alike.look,
            context.project_id,
            context.person_id,
            on_done=partial(self._on_found, frozenset(self._done)),
            on_error=self._on_not_found,
            what="look for open disagreements",
        )

    def _on_found(self, done_before: frozenset[Key], found: Found) -> None:
        self._is_looking, self._found = False, found
        self._done -= done_before  # those ruled while it was being looked for may be in the answer yet
        self.came.emit()

    def _on_not_found(self, error: Exception) -> None:
        self._is_looking, self._is_stale = False, True
        self._context.notices.error(error, "look for open disagreements")

    def _on_changed(self, changes: Any) -> None:
        from annodesk.services.changes import Kind

        if {Kind.ITEMS, Kind.TASKS, Kind.SCORES} & changes.kinds:
            self._is_stale = True

    # Most alike first

    def in_order(self, like: OpenPlace, places: Sequence[OpenPlace]) -> list[OpenPlace]:
        """In the order of their likeness, where that is known by now; else by their length."""
        ranks = self._ranks.get(like.key, {})
        if all(place.key in ranks for place in places):
            return sorted(places, key=lambda place: ranks[place.key])
        length = like.length
        return sorted(places, key=lambda place: abs(math.log((place.length + 1) / (length + 1))))

    def compare(self, like: OpenPlace, places: Sequence[OpenPlace]) -> None:
        """Find in the background how much they are like one of them."""
        ranks = self._ranks.get(like.key, {})
        if len(places) < 2 or all(place.key in ranks for place in places):
            return
        self._context.jobs.background(
            self._context.services.alike.in_order,
            like,
            places,
            key="which are most alike",
            on_done=partial(self._on_order, like),
            what="find which are most alike",
        )

    def _on_order(self, like: OpenPlace, places: Sequence[OpenPlace]) -> None:
        self._ranks = {like.key: {place.key: rank for rank, place in enumerate(places)}}
        self.ordered.emit(like)
