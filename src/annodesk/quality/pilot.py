"""What a pilot shows: which two things people say of the same places, how often and for how long, clause by clause."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct

from annodesk.quality.bootstrap import Interval, interval
from annodesk.quality.tally import Tally, pair_of

SEED = 1
"""Of the resamples behind an interval, so that the same pilot always gives the same."""

Words = tuple[str, str]


class Mean(Struct, frozen=True):
    """A mean over items with its 95 % interval; ``low`` is None where there are too few."""

    value: float
    n: int
    low: float | None
    high: float | None


class PairFound(Struct, frozen=True):
    """Two things that people say of the same places, "" for nothing.

    Parameters
    ----------
    places : at how many, pair of people by pair of people
    items : in how many items
    length : how long these are (us, or code points of a text); 0 of a question
    clause : the heading of the guidelines that speaks of them, "" where none does
    """

    part: str
    a: str
    b: str
    places: int
    items: int
    length: int
    clause: str


class ClauseFound(Struct, frozen=True):
    """A clause of the guidelines and what is disagreed on under it; "" where no clause speaks of it."""

    heading: str
    places: int
    pairs: tuple[PairFound, ...]


def pairs_of(part: str, told: Iterable[Tally], clause_of: Callable[[str, str], str]) -> tuple[PairFound, ...]:
    """The pairs of one part over some items; most places first."""
    places: Counter[Words] = Counter()
    items: Counter[Words] = Counter()
    length: Counter[Words] = Counter()
    for tally in told:
        here: Counter[Words] = Counter()
        for task in tally.tasks:
            here.update(task.places)
            for unit in task.units:
                # A question's one unit has no length.
                for a, b in task.independent if unit.weight > 1 else ():
                    one, other = unit.said[a], unit.said[b]
                    if one is not None and other is not None and one != other:
                        length[pair_of(one, other)] += unit.weight
        places += here
        items.update(here.keys())
    order = sorted(places.items(), key=lambda one: (-one[1], one[0]))
    return tuple(PairFound(part, a, b, n, items[a, b], length[a, b], clause_of(a, b)) for (a, b), n in order)


def by_clause(pairs: Iterable[PairFound]) -> tuple[ClauseFound, ...]:
    """The same by the clause that speaks of them; the clause with most places first."""
    found: defaultdict[str, list[PairFound]] = defaultdict(list)
    for pair in pairs:
        found[pair.clause].append(pair)
    clauses = [ClauseFound(heading, sum(one.places for one in held), tuple(held)) for heading, held in found.items()]
    return tuple(sorted(clauses, key=lambda one: (-one.places, one.heading)))


def mean_of(values: Sequence[float]) -> Mean | None:
    """The mean of what items score; None of none."""
    if not values:
        return None
    scores = np.array(values, dtype=np.float64)
    spread: Interval = interval(
        np.ones(len(scores)),
        lambda drawn: (scores @ drawn) / drawn.sum(axis=0),
        np.random.default_rng(SEED),
    )
    return Mean(float(scores.mean()), len(scores), spread.low, spread.high)


def means_of(told: Mapping[str, Sequence[Tally]]) -> dict[str, Mean | None]:
    """How people agree on each part."""
    return {part: mean_of([t.score for t in found if t.score is not None]) for part, found in told.items()}
