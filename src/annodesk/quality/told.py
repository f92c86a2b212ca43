"""Where a ruling differs from what one person had labelled: the places they are told of, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from annodesk.quality.disagreements import Disagreement, Said, find_disagreements

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet
    from annodesk.model.schema import LabelSchema

Json = dict[str, Any]

MOST_TOLD = 20
"""So many places of one piece of work are told of at once, the gravest; nobody learns from hundreds."""

YOURS, STAYS, CHANGED, NO_ANSWER = "yours", "stays", "changed", "no answer"
"""What a second ruling did at a place that had been told of: it says what the person said, the same again, something
else, or that there is no one answer."""


class Place(Struct, frozen=True):
    """A stretch of time or of a text (code points), or a question, on one part of the schema."""

    part: str
    kind: str
    start_us: int | None = None
    end_us: int | None = None
    asset: str | None = None
    start: int | None = None
    end: int | None = None

    def meets(self, other: Place) -> bool:
        """Whether both are about one place."""
        if self.part != other.part or self.asset != other.asset:
            return False
        mine, theirs = self._ends(), other._ends()
        if mine is None or theirs is None:
            return mine == theirs
        if mine[0] == mine[1] or theirs[0] == theirs[1]:
            return mine[0] <= theirs[1] and theirs[0] <= mine[1]
        return mine[0] < theirs[1] and theirs[0] < mine[1]

    def _ends(self) -> tuple[int, int] | None:
        for start, end in ((self.start_us, self.end_us), (self.start, self.end)):
            if start is not None and end is not None:
                return start, end
        return None


class Otherwise(Struct, frozen=True):
    """A place at which it was ruled otherwise than a person had said; ``outcome`` after a second ruling."""

    place: Place
    said: Json
    ruled: Json
    words: str = ""
    outcome: str = ""
    severity: float = 0.0


class Earlier(Struct, frozen=True):
    """What a person was told last of a place of the same work."""

    place: Place
    said: Json
    ruled: Json | None
    is_disputed: bool = False
    is_theirs: bool = False
    """Whether it was that the ruling is as they said."""


def place_of(disagreement: Disagreement) -> Place:
    """Where a disagreement is."""
    d = disagreement
    return Place(d.part, d.kind, d.start_us, d.end_us, d.asset, d.start, d.end)


def ruled_otherwise(
    schema: LabelSchema,
    own: AnnotationSet,
    ruling: AnnotationSet,
    disputed: Sequence[Disagreement] = (),
    *,
    words: Mapping[str, str] | None = None,
    for_all: str = "",
    left_out: Sequence[Place] = (),
) -> list[Otherwise]:
    """The places at which a ruling says otherwise than one person did, in order; nothing of anybody else is in them.

    Parameters
    ----------
    disputed : what was ruled on, as the reviewer saw it
    words : what the reviewer says to those who labelled, by the key of a disagreement
    for_all : what the reviewer says of the whole, where a place has no words of its own
    left_out : places at which no single answer was ruled, so that nobody was wrong
    """
    known = [(place_of(one), one.key) for one in disputed]
    found = []
    for one in find_disagreements(schema, [own, ruling]):
        place = place_of(one)
        keys = [key for other, key in known if place.meets(other)]
        if any(place.meets(other) for other in left_out):
            continue
        said_to = "\n".join(words[key] for key in keys if words and words.get(key)) or for_all
        found.append(Otherwise(place, _said(one.answers[0]), _said(one.answers[1]), said_to, severity=one.severity))
    gravest = sorted(range(len(found)), key=lambda n: (-found[n].severity, n))[:MOST_TOLD]
    return [found[n] for n in sorted(gravest)]


def told_again(
    earlier: Sequence[Earlier],
    now: Sequence[Otherwise],
    *,
    left_out: Sequence[Place] = (),
    is_left_out_whole: bool = False,
) -> list[Otherwise]:
    """What a person is told when work is ruled a second time: what changed, and what came of what they disputed.

    Parameters
    ----------
    left_out : places at which no single answer was ruled now; ``is_left_out_whole`` where that is so of all of it
    """
    told: list[Otherwise] = []
    for before in earlier:
        after = next((one for one in now if one.place.meets(before.place)), None)
        if is_left_out_whole or (after is None and any(before.place.meets(place) for place in left_out)):
            told.append(Otherwise(before.place, before.said, {}, outcome=NO_ANSWER))
            continue
        if after is None and before.is_theirs:
            continue
        if after is None:
            told.append(Otherwise(before.place, before.said, before.said, outcome=YOURS))
        elif before.ruled is not None and after.ruled == before.ruled:
            told += [replace(after, outcome=STAYS)] if before.is_disputed else []
        elif before.ruled is None:
            # The labels of rulings are not told here, so that only the person who asked hears that it stays.
            told += [replace(after, outcome=STAYS)] if before.is_disputed else []
        else:
            told.append(replace(after, outcome=CHANGED))
    fresh = [one for one in now if not any(one.place.meets(before.place) for before in earlier)]
    return [*_once(told), *fresh]


def _once(told: Sequence[Otherwise]) -> list[Otherwise]:
    """Two places told of before may have become one."""
    kept: list[Otherwise] = []
    for one in told:
        if all(one.place != other.place for other in kept):
            kept.append(one)
    return kept


def _said(said: Said) -> Json:
    if said.value is not None or not said.stretches:
        value = list(said.value) if isinstance(said.value, tuple) else said.value
        return {} if value is None else {"value": value}
    return {
        "stretches": [
            {"start": s.start, "end": s.end, "labels": list(s.labels), **({"text": s.text} if s.text else {})}
            for s in said.stretches
        ]
    }
