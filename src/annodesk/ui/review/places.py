"""Going through the disagreements of an item: which are ruled, which is looked at, and what may be shown there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.model.annotations import AnnotationSet, Element, Segment, Span
from annodesk.model.times import Interval
from annodesk.ui.text.drawing import TextMark
from annodesk.ui.timeline.lanes import Mark

if TYPE_CHECKING:
    from annodesk.model.edits import Draft
    from annodesk.quality.disagreements import Disagreement

CONTEXT_US = 1_000_000
"""So much is shown and heard on either side of a disagreement; of a long one a quarter of its length is shown."""


class Places(Struct, frozen=True):
    """The disagreements of one item, the keys of those that are ruled, and the one that is looked at.

    ``rulings`` holds each ruling in one word, ``outcomes`` in words what was ruled where there is no one answer; of an
    item that ``is_excluded`` as a whole nothing is left to be ruled.
    """

    disagreements: tuple[Disagreement, ...]
    ruled: frozenset[str] = frozenset()
    at: int = 0
    rulings: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    is_excluded: bool = False

    @property
    def current(self) -> Disagreement | None:
        """The disagreement that is looked at, None where there is none."""
        return self.disagreements[self.at] if self.disagreements else None

    @property
    def is_ruled(self) -> bool:
        """Whether the one that is looked at is ruled."""
        return self.current is not None and self.current.key in self.ruled

    @property
    def open_ones(self) -> tuple[Disagreement, ...]:
        """Those still to be ruled, in order."""
        return () if self.is_excluded else tuple(d for d in self.disagreements if d.key not in self.ruled)

    def step(self, by: int) -> Places:
        """The next (1) or previous (-1) disagreement, around the ends."""
        if not self.disagreements:
            return self
        return replace(self, at=(self.at + by) % len(self.disagreements))

    def go(self, key: str) -> Places:
        """The disagreement of that key, where there is one."""
        keys = [d.key for d in self.disagreements]
        return replace(self, at=keys.index(key)) if key in keys else self

    def next_open(self) -> Places:
        """The next one still to be ruled, from here on and around; itself where all are."""
        count = len(self.disagreements)
        for by in range(count):
            place = (self.at + by) % count
            if self.disagreements[place].key not in self.ruled:
                return replace(self, at=place)
        return self

    def with_ruled(
        self,
        ruled: Collection[str],
        rulings: Mapping[str, str] | None = None,
        outcomes: Mapping[str, str] | None = None,
        *,
        is_excluded: bool = False,
    ) -> Places:
        """After a ruling or its undoing; goes to the one whose ruling is another now, where it is not this one."""
        said = dict(rulings or {})
        changed = frozenset(ruled) ^ self.ruled
        changed |= {key for key in said.keys() & self.rulings.keys() if said[key] != self.rulings[key]}
        new = replace(
            self, ruled=frozenset(ruled), rulings=said, outcomes=dict(outcomes or {}), is_excluded=is_excluded
        )
        if len(changed) == 1 and (self.current is None or self.current.key not in changed):
            return new.go(next(iter(changed)))
        return new

    def marks(self, tier: str) -> list[Mark]:
        """The strip of marks over the timeline; only those of the tier that is shown are drawn on its lanes."""
        return [
            Mark(
                d.start_us,
                d.end_us,
                "ruled" if d.key in self.ruled else "disagreement",
                d.key,
                "" if d.part == tier else f"not shown: {d.part}",
                self.outcomes.get(d.key, "") if d.key in self.ruled else "",
            )
            for d in self.disagreements
            if d.start_us is not None and d.end_us is not None
        ]

    def text_marks(self, asset: str) -> list[TextMark]:
        """The disputed stretches of a text."""
        return [
            TextMark(d.start, d.end, "ruled" if d.key in self.ruled else "disagreement", d is self.current)
            for d in self.disagreements
            if d.asset == asset and d.start is not None and d.end is not None
        ]


def with_context(disagreement: Disagreement, bounds: Interval) -> Interval | None:
    """The stretch to zoom to: the place with what is around it; None for a place that is not in time."""
    if disagreement.start_us is None or disagreement.end_us is None:
        return None
    pad = max(CONTEXT_US, (disagreement.end_us - disagreement.start_us) // 4)
    start, end = max(bounds.start_us, disagreement.start_us - pad), min(bounds.end_us, disagreement.end_us + pad)
    return Interval(start, end) if end > start else bounds


def to_hear(disagreement: Disagreement, bounds: Interval) -> Interval | None:
    """The stretch to play: the place with a second on either side."""
    if disagreement.start_us is None or disagreement.end_us is None:
        return None
    start = max(bounds.start_us, disagreement.start_us - CONTEXT_US)
    end = min(bounds.end_us, disagreement.end_us + CONTEXT_US)
    return Interval(start, end) if end > start else None


def where_ruled(hidden: AnnotationSet | None, places: Places) -> AnnotationSet:
    """What the model or an earlier ruling says, cut to the places that are ruled: nowhere else may it be seen."""
    if hidden is None:
        return AnnotationSet("hidden")
    shown: list[Element] = []
    for d in places.disagreements:
        if d.key not in places.ruled:
            continue
        if d.start_us is not None and d.end_us is not None:
            for number, segment in enumerate(hidden.segments_in(d.part, d.start_us, max(d.end_us, d.start_us + 1))):
                start, end = max(segment.start_us, d.start_us), min(segment.end_us, d.end_us)
                if end > start or segment.start_us == segment.end_us:
                    shown.append(replace(segment, id=f"{d.key}/{number}", start_us=start, end_us=max(start, end)))
        elif d.asset is not None and d.start is not None and d.end is not None:
            inside = [s for s in hidden.spans(d.asset) if s.type == d.part and s.start < d.end and s.end > d.start]
            shown += [
                replace(s, id=f"{d.key}/{n}", start=max(s.start, d.start), end=min(s.end, d.end))
                for n, s in enumerate(inside)
            ]
        elif (answer := hidden.answer(d.part)) is not None:
            shown.append(answer)
    return AnnotationSet("hidden", author=hidden.author, elements=shown)


def touches(draft: Draft, disagreement: Disagreement) -> bool:
    """Whether a gesture on the ruling lane changes something at a disagreement's place."""
    for change in draft.changes:
        for element in (change.before, change.after):
            if isinstance(element, Segment) and disagreement.start_us is not None and disagreement.end_us is not None:
                is_there = element.start_us < disagreement.end_us and element.end_us > disagreement.start_us
                is_point = element.start_us == element.end_us or disagreement.start_us == disagreement.end_us
                near = disagreement.start_us <= element.end_us and element.start_us <= disagreement.end_us
                if element.tier == disagreement.part and (is_there or (is_point and near)):
                    return True
            if isinstance(element, Span) and disagreement.start is not None and disagreement.end is not None:
                is_there = element.start < disagreement.end and element.end > disagreement.start
                if element.asset == disagreement.asset and element.type == disagreement.part and is_there:
                    return True
    return False
