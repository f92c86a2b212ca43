"""What a tap pass holds: the taps, where their edges are, which were chosen by hand, and what is looked at. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.tap_drafts import Proposed, fitted, proposed
from annodesk.model.taps import Change, PlacedEdge, Plan, RawEdge, Reaction, Tap, lateness, plan_of
from annodesk.services.taps import Heard, Refined

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet, Segment
    from annodesk.model.schema import Tier
    from annodesk.model.times import Interval

EdgeKey = tuple[str, RawEdge]
"""A tier and an edge as it was tapped; it names the edge while other taps come and go."""

CUT_NATS = 12.0
"""A cut of the picture is as clear a change as there is."""


class DrawnEdge(Struct, frozen=True):
    """An edge as it is shown: where it is, where the tap was, whether it is asked about, and where else it may be."""

    time_us: int
    tapped_us: int | None
    is_doubtful: bool = False
    is_focused: bool = False
    choices: tuple[int, ...] = ()


class Drawing(Struct, frozen=True):
    """What a pass shows on one lane."""

    lane: str
    segments: tuple[Segment, ...]
    edges: tuple[DrawnEdge, ...]


class TapsState:
    """The taps of one pass and what became of them."""

    def __init__(self, tiers: Mapping[str, Tier] | None = None) -> None:
        self.tiers = dict(tiers or {})
        self.taps: list[Tap] = []
        self.heard = Heard()
        self.reaction: Reaction | None = None
        self.choices: dict[EdgeKey, int] = {}
        self.focus: EdgeKey | None = None
        self.is_blind = False
        self._placed: dict[EdgeKey, PlacedEdge] = {}
        self._plans: dict[str, Plan] | None = None
        self._fitted: tuple[AnnotationSet, dict[str, list[tuple[Segment, Proposed]]]] | None = None

    # Taps

    def load(self, taps: Sequence[Tap], heard_us: int) -> None:
        """Begin with the taps of an earlier pass."""
        self.taps = list(taps)
        self.forget_shape()
        for tier in self.running_tiers():
            self.add(Tap(tier, "", heard_us, 0.0))

    def add(self, tap: Tap) -> None:
        """One tap more."""
        self.taps.append(tap)
        self.forget_shape()

    def put(self, place: int, tap: Tap) -> None:
        """A tap turned out to be a hold."""
        self.taps[place] = tap
        self.forget_shape()

    def drop_last(self) -> int:
        """Without the last tap that a hand made, and what broke off after it; gives how many are gone."""
        gone = 0
        while self.taps:
            gone += 1
            if self.taps.pop().rate:
                break
        self.forget_shape()
        return gone

    def forget_shape(self) -> None:
        """What follows from the taps is to be worked out anew."""
        self._plans = self._fitted = None

    def running_tiers(self) -> list[str]:
        """Tiers on which a segment has begun and not ended."""
        return [name for name, plan in self.plans().items() if any(s.end is None for s in plan.stretches)]

    # Edges

    def plans(self) -> dict[str, Plan]:
        """What the taps mean, by tier."""
        if self._plans is None:
            names = dict.fromkeys(tap.tier for tap in self.taps if tap.tier in self.tiers)
            self._plans = {name: plan_of(self.tiers[name], self.taps) for name in names}
        return self._plans

    def edges(self, since_us: int = 0) -> dict[str, tuple[RawEdge, ...]]:
        """The edges as they were tapped from a time on, by tier."""
        return {name: tuple(e for e in plan.edges if e.at_us >= since_us) for name, plan in self.plans().items()}

    def _keys(self) -> list[EdgeKey]:
        plans = self.plans()
        return sorted(((name, e) for name, plan in plans.items() for e in plan.edges), key=lambda k: k[1].at_us)

    def chosen_places(self) -> dict[str, dict[int, int]]:
        """Times chosen by hand, by tier and place of the edge."""
        found: dict[str, dict[int, int]] = {}
        for name, edges in self.edges().items():
            given = {k: self.choices[name, e] for k, e in enumerate(edges) if (name, e) in self.choices}
            if given:
                found[name] = given
        return found

    def take(self, refined: Refined) -> None:
        """Where the edges were found to be."""
        before = self._placed
        found = {(tier, placed.raw): placed for tier, every in refined.placed.items() for placed in every}
        self._placed = {**before, **found}
        for key, placed in self._placed.items():
            if key in self.choices and key in before:  # what else it might have been is still of interest
                kept = sorted({*before[key].choices, placed.time_us})
                self._placed[key] = PlacedEdge(
                    placed.raw, placed.time_us, before[key].unrefined_us, tuple(kept), 1.0, placed.why
                )
        self.reaction, self.heard = refined.reaction, refined.heard
        self.forget_shape()

    def placed_of(self, edge: EdgeKey | None) -> PlacedEdge | None:
        """Where an edge was found to be; None where nobody looked yet."""
        return self._placed.get(edge) if edge is not None else None

    def time_of(self, edge: EdgeKey, lag_us: int | None = None) -> int:
        """Where an edge is now."""
        if edge in self.choices:
            return self.choices[edge]
        placed = self._placed.get(edge)
        if placed is not None:
            return placed.time_us
        late = lag_us if lag_us is not None else (self.reaction or Reaction()).lag_us
        return max(0, round(edge[1].at_us - late * edge[1].rate))

    def doubtful(self) -> list[EdgeKey]:
        """Edges to be asked about, in order of time."""
        return [
            key
            for key in self._keys()
            if key[1].rate and key not in self.choices and (placed := self._placed.get(key)) is not None and placed.why
        ]

    def step(self, step: int, from_us: int) -> EdgeKey | None:
        """The edge in doubt after or before the one looked at; looking on leaves that one where it is."""
        focus = self.focus
        at_us = self.time_of(focus) if focus is not None else from_us
        if focus is not None and focus not in self.choices:
            self.choices[focus] = self.time_of(focus)
        found = [key for key in self.doubtful() if key != focus]
        if not found:
            return None
        if step > 0:
            return next((key for key in found if self.time_of(key) >= at_us), found[0])
        return next((key for key in reversed(found) if self.time_of(key) <= at_us), found[-1])

    def choose(self, step: int) -> bool:
        """Move the edge looked at to the choice before or after; False at the end of them."""
        focus = self.focus
        placed = self.placed_of(focus)
        if focus is None or placed is None:
            return False
        now = self.time_of(focus)
        beyond = [c for c in placed.choices if (c > now if step > 0 else c < now)]
        if not beyond:
            return False
        self.choices[focus] = min(beyond) if step > 0 else max(beyond)
        self.forget_shape()
        return True

    def choose_raw(self) -> None:
        """Put the edge looked at where it was tapped, less the lag."""
        focus = self.focus
        placed = self.placed_of(focus)
        if focus is not None and placed is not None:
            self.choices[focus] = placed.unrefined_us
            self.forget_shape()

    def unchoose(self) -> None:
        """Forget the last choice made by hand."""
        last = next(reversed(self.choices))
        del self.choices[last]
        self.forget_shape()

    def lateness(self) -> list[int]:
        """How late the person tapped, by their own clock: at sure edges, and at those they moved to a change."""
        placed = [one for key, one in self._placed.items() if key not in self.choices]
        by_hand = [
            round((edge.at_us - time_us) / edge.rate)
            for (_, edge), time_us in self.choices.items()
            if edge.rate and (one := self._placed.get((_, edge))) is not None and time_us != one.unrefined_us
        ]
        return [*lateness(placed), *by_hand]

    def raw_of(self, tier: str, one: Proposed, segment: Segment) -> tuple[int | None, int | None, int, int]:
        """Where a segment's edges were tapped, as heard, and where they were put; None where nobody tapped."""
        edges = self.plans()[tier].edges
        start = edges[one.start_edge]
        end = edges[one.end_edge] if one.end_edge is not None else None
        return (
            start.at_us if start.rate == 1.0 else None,
            end.at_us if end is not None and end.rate == 1.0 else None,
            segment.start_us,
            segment.end_us,
        )

    # Segments

    def wanted(self, bounds: Interval) -> dict[str, list[Proposed]]:
        """The segments that are meant, by tier."""
        return {
            name: proposed(plan, [self.time_of((name, e)) for e in plan.edges], bounds.end_us, bounds)
            for name, plan in self.plans().items()
        }

    def fitted(self, annotations: AnnotationSet, bounds: Interval) -> dict[str, list[tuple[Segment, Proposed]]]:
        """The segments that would come into the set, by tier, each beside what was meant."""
        if self._fitted is None or self._fitted[0] is not annotations:
            made = {}
            for name, wanted in self.wanted(bounds).items():
                tier = self.tiers[name]

                def parent_at(time_us: int, parent: str | None = tier.parent) -> Segment | None:
                    return next(annotations.each_in(parent, time_us, time_us + 1), None) if parent else None

                made[name] = fitted(tier, wanted, annotations, parent_at)
            self._fitted = (annotations, made)
        return self._fitted[1]

    def drawings(self, segments: Mapping[str, Sequence[Segment]], lag_us: int) -> list[Drawing]:
        """What is shown on each lane."""
        doubtful = set(self.doubtful())
        found = []
        for name, plan in self.plans().items():
            edges = []
            for edge in plan.edges:
                key = (name, edge)
                placed = self._placed.get(key)
                edges.append(
                    DrawnEdge(
                        self.time_of(key, lag_us),
                        edge.at_us if edge.rate else None,
                        key in doubtful,
                        key == self.focus,
                        placed.choices if placed is not None else (),
                    )
                )
            found.append(Drawing(name, tuple(segments.get(name, ())), tuple(edges)))
        return found

    def cuts(self, times_us: Iterable[int] | None) -> tuple[Change, ...]:
        """Cuts of the picture as changes that edges go to."""
        return tuple(Change(int(at), CUT_NATS) for at in times_us) if times_us is not None else ()
