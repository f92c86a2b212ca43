"""What a batch would take under another overlap, threshold and audit share, played over the answers of a pilot.

Of the people who labelled a pilot's item some are taken, in every way or in so many drawn ones: they agree enough or
are reviewed, and what they say is held against those who were left out. So all of it is the pilot's own, and ranges are
of drawing other items of the kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from annodesk.quality.bootstrap import FloatArray, interval
from annodesk.quality.price import Estimate

SEED = 1
MOST_GROUPS = 60
"""So many groups of people of an item are tried."""
FEWEST = 3
"""Of fewer items there is no range."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PilotItem:
    """How people agree on an item: by part, the score of each pair of people."""

    parts: Mapping[str, Mapping[Pair, float]]

    @property
    def people(self) -> tuple[str, ...]:
        """Who is in any pair."""
        return tuple(sorted({who for pairs in self.parts.values() for pair in pairs for who in pair}))


@dataclass(frozen=True, slots=True)
class Choice:
    """How a batch could be worked on; with an overlap of one nothing but audits goes to review."""

    overlap: int
    escalate_below: float
    audit_share: float
    suggestions: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What a choice comes to for all items; None where the pilot cannot tell, and ``reason`` says why.

    Parameters
    ----------
    hours : of people, labelling and reviewing
    reviews : items that go to an analyst
    errors : items' worth of what stands that other people would say otherwise; a ruling is taken as right
    items : of the pilot, on which it rests
    """

    choice: Choice
    hours: Estimate | None
    reviews: Estimate | None
    errors: Estimate | None
    items: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Times:
    """Hours that one answer and one review take, and how much of that an answer takes with suggestions."""

    answer: Estimate | None = None
    review: Estimate | None = None
    with_suggestions: Estimate | None = None


def plan(pilot: Sequence[PilotItem], items: int, choice: Choice, times: Times) -> Plan:
    """What a choice comes to for so many items."""
    shares: list[tuple[float, float | None]] = []
    rng = np.random.default_rng(SEED)
    for one in pilot:
        if len(one.people) >= choice.overlap:
            shares.append(_played(one, choice, rng))
    if len(shares) < FEWEST:
        reason = f"{len(shares)} items of the pilot were labelled by {choice.overlap} people; a range needs {FEWEST}."
        return Plan(choice, None, None, None, len(shares), reason)
    reviewed = _mean([share for share, _ in shares])
    wrong = [error for _, error in shares if error is not None]
    reviews = reviewed.times(items)
    errors = _mean(wrong).times(items) if len(wrong) >= FEWEST else None
    hours, why = _hours(items, choice, reviewed, times)
    if errors is None:
        why = why or "Errors need one more person in the pilot than the overlap."
    return Plan(choice, hours, reviews, errors, len(shares), why)


def _hours(items: int, choice: Choice, reviewed: Estimate, times: Times) -> tuple[Estimate | None, str]:
    each = times.answer
    if each is None:
        return None, "Hours are told once three answers have been handed in."
    labelling = each.times(items * choice.overlap)
    if choice.suggestions:
        if times.with_suggestions is None:
            return None, "What suggestions save is not known yet: too few tasks were labelled without."
        # Of several one always works without suggestions.
        free = 1 / choice.overlap if choice.overlap > 1 else 0.0
        ratio = times.with_suggestions
        mixed = Estimate(*(free + (1 - free) * value for value in (ratio.value, ratio.low, ratio.high)))
        labelling = labelling.by(mixed)
    # Until somebody has reviewed, a review is taken to last as long as an answer.
    ruling = reviewed.times(items).by(times.review or each)
    low, high = labelling.low + ruling.low, labelling.high + ruling.high
    return Estimate(labelling.value + ruling.value, low, high), ""


def _played(one: PilotItem, choice: Choice, rng: np.random.Generator) -> tuple[float, float | None]:
    """Share of groups that are reviewed, and what share of the rest's answers those left out would say otherwise."""
    people = one.people
    groups = list(combinations(people, choice.overlap))
    if len(groups) > MOST_GROUPS:
        groups = [groups[place] for place in rng.choice(len(groups), MOST_GROUPS, replace=False)]
    reviewed, wrong = [], []
    for group in groups:
        score = _score(one, group)
        goes = score is not None and choice.overlap > 1 and score < choice.escalate_below
        share = 1.0 if goes else choice.audit_share
        reviewed.append(share)
        differs = _differs(one, group, [who for who in people if who not in group])
        if differs is not None:
            wrong.append((1 - share) * differs)
    return float(np.mean(reviewed)), float(np.mean(wrong)) if wrong else None


def _score(one: PilotItem, group: Sequence[str]) -> float | None:
    """The item's score of these people: the lowest of its parts."""
    inside = [[value for (a, b), value in pairs.items() if a in group and b in group] for pairs in one.parts.values()]
    means = [float(np.mean(values)) for values in inside if values]
    return min(means, default=None)


def _differs(one: PilotItem, group: Sequence[str], others: Sequence[str]) -> float | None:
    """How much those left out would say otherwise, over all parts alike."""
    found = []
    for pairs in one.parts.values():
        across = [v for (a, b), v in pairs.items() if (a in group and b in others) or (a in others and b in group)]
        if across:
            found.append(1 - float(np.mean(across)))
    return float(np.mean(found)) if found else None


def _mean(values: Sequence[float]) -> Estimate:
    known: FloatArray = np.array(values, dtype=np.float64)
    spread = interval(
        np.ones(len(known)), lambda drawn: (known @ drawn) / drawn.sum(axis=0), np.random.default_rng(SEED)
    )
    value = float(known.mean())
    return Estimate(value, value if spread.low is None else spread.low, value if spread.high is None else spread.high)
