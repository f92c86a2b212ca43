"""What a batch would take under another overlap, threshold and audit share, played over the answers of a pilot.

Of the people who labelled a pilot's item some are taken, in every way or in so many drawn ones: they agree enough or
are reviewed, and what they say is held against those who were left out. So all of it is the pilot's own, and ranges are
of drawing other items of the kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.quality.bootstrap import FloatArray, interval
from annodesk.quality.price import Estimate

if TYPE_CHECKING:
    from annodesk.progress import CancelToken

SEED = 1
MOST_GROUPS = 60
"""So many groups of people of an item are tried."""
FEWEST = 3
"""Of fewer items there is no range."""

Pair = tuple[str, str]


class PilotItem(Struct, frozen=True, dict=True):
    """How people agree on an item: by part, the score of each pair of people."""

    parts: Mapping[str, Mapping[Pair, float]]

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Who is in any pair."""
        return tuple(sorted({who for pairs in self.parts.values() for pair in pairs for who in pair}))

    @cached_property
    def grids(self) -> tuple[FloatArray, FloatArray]:
        """The score of each two people by part, and whether there is one: (parts, people, people), zeros for none."""
        place = {who: number for number, who in enumerate(self.people)}
        scores, known = np.zeros((2, len(self.parts), len(place), len(place)))
        for part, pairs in enumerate(self.parts.values()):
            for (a, b), value in pairs.items():
                one, other = place[a], place[b]
                scores[part, one, other] = scores[part, other, one] = value
                known[part, one, other] = known[part, other, one] = 1.0
        return scores, known


class Choice(Struct, frozen=True):
    """How a batch could be worked on; with an overlap of one nothing but audits goes to review.

    ``accept_above``: the model's answer stands without a person where it is as sure as that; None where none does.
    """

    overlap: int
    escalate_below: float
    audit_share: float
    suggestions: bool = False
    accept_above: float | None = None


class Plan(Struct, frozen=True):
    """What a choice comes to for all items; None where the pilot cannot tell, and ``reason`` says why.

    Parameters
    ----------
    hours : of people, labelling and reviewing
    reviews : items that go to an analyst
    errors : items' worth of what stands that other people would say otherwise; a ruling is taken as right
    items : of the pilot, on which it rests
    stand : items that stand without a person; None where none is to
    """

    choice: Choice
    hours: Estimate | None
    reviews: Estimate | None
    errors: Estimate | None
    items: int
    reason: str = ""
    stand: Estimate | None = None


class Times(Struct, frozen=True):
    """Hours that one answer and one review take, and how much of that an answer takes with suggestions."""

    answer: Estimate | None = None
    review: Estimate | None = None
    with_suggestions: Estimate | None = None


class Machine(Struct, frozen=True):
    """What would stand without a person above a probability: the share of items, and the share of it that is wrong.

    ``why`` says why that is not known; ``error`` is None where no answer says anything of it.
    """

    share: Estimate | None
    error: Estimate | None = None
    why: str = ""


def plan(
    pilot: Sequence[PilotItem],
    items: int,
    choice: Choice,
    times: Times,
    machine: Machine | None = None,
    cancel: CancelToken | None = None,
) -> Plan:
    """What a choice comes to for so many items.

    Parameters
    ----------
    machine : of a choice that accepts the model's answers; what is left is taken to be as the pilot's items are
    """
    shares: list[tuple[float, float | None]] = []
    rng = np.random.default_rng(SEED)
    for one in pilot:
        if cancel is not None:
            cancel.check()
        if len(one.people) >= choice.overlap:
            shares.append(_played(one, choice, rng))
    if len(shares) < FEWEST:
        reason = f"{len(shares)} of its items were labelled by {choice.overlap} people; a range needs {FEWEST}."
        return Plan(choice, None, None, None, len(shares), reason)
    if choice.accept_above is not None and (machine is None or machine.share is None):
        why = machine.why if machine is not None else ""
        return Plan(choice, None, None, None, len(shares), why or "What would stand without a person is not known.")
    reviewed = _mean([share for share, _ in shares])
    wrong = [error for _, error in shares if error is not None]
    whole = Estimate(*(3 * (float(items),)))
    stand = machine.share.times(items) if machine is not None and machine.share is not None else None
    rest = whole if stand is None else Estimate(items - stand.value, items - stand.high, items - stand.low)
    reviews = reviewed.by(rest)
    errors = _mean(wrong).by(rest) if len(wrong) >= FEWEST else None
    hours, why = _hours(rest, choice, reviews, times)
    if errors is None:
        why = why or "Errors need one more person in the pilot than the overlap."
    elif stand is not None and machine is not None:
        if machine.error is None:
            errors, why = None, why or "How often the model is wrong there is not known: nobody answered without it."
        else:
            errors = _sum(errors, stand.by(machine.error))
    return Plan(choice, hours, reviews, errors, len(shares), why, stand)


def _hours(rest: Estimate, choice: Choice, reviews: Estimate, times: Times) -> tuple[Estimate | None, str]:
    each = times.answer
    if each is None:
        return None, "Hours are told once three answers have been handed in."
    labelling = each.by(rest.times(choice.overlap))
    if choice.suggestions:
        if times.with_suggestions is None:
            return None, "What suggestions save is not known yet: too few tasks were labelled without."
        # Of several one always works without suggestions.
        free = 1 / choice.overlap if choice.overlap > 1 else 0.0
        ratio = times.with_suggestions
        mixed = Estimate(*(free + (1 - free) * value for value in (ratio.value, ratio.low, ratio.high)))
        labelling = labelling.by(mixed)
    # Until somebody has reviewed, a review is taken to last as long as an answer.
    return _sum(labelling, reviews.by(times.review or each)), ""


def _sum(one: Estimate, other: Estimate) -> Estimate:
    return Estimate(one.value + other.value, one.low + other.low, one.high + other.high)


def _played(one: PilotItem, choice: Choice, rng: np.random.Generator) -> tuple[float, float | None]:
    """Share of groups that are reviewed, and what share of the rest's answers those left out would say otherwise."""
    scores, known = one.grids
    taken = _groups(len(one.people), choice.overlap, rng)
    # (parts, groups): of the pairs within each group, and of each of it with each who was left out.
    within, across = (_means(scores, known, taken, other) for other in (taken, 1 - taken))
    lowest = np.where(np.isnan(within), np.inf, within).min(axis=0, initial=np.inf)
    goes = (lowest < choice.escalate_below) if choice.overlap > 1 else np.zeros(len(taken), dtype=bool)
    share = np.where(goes, 1.0, choice.audit_share)
    has = ~np.isnan(across)
    told = has.any(axis=0)
    differs = 1 - np.where(has, across, 0.0).sum(axis=0)[told] / has.sum(axis=0)[told]
    wrong = (1 - share[told]) * differs
    return float(share.mean()), float(wrong.mean()) if len(wrong) else None


def _groups(people: int, size: int, rng: np.random.Generator) -> FloatArray:
    """Every group of so many people as a row of ones and zeros, or so many drawn ones of a great many."""
    if comb(people, size) <= MOST_GROUPS:
        chosen = list(combinations(range(people), size))
    else:
        drawn: dict[tuple[int, ...], None] = {}
        while len(drawn) < MOST_GROUPS:
            rows = np.sort(rng.random((MOST_GROUPS, people)).argsort(axis=1)[:, :size], axis=1)
            drawn |= dict.fromkeys(map(tuple, rows.tolist()))
        chosen = list(drawn)[:MOST_GROUPS]
    taken = np.zeros((len(chosen), people))
    taken[np.arange(len(chosen))[:, np.newaxis], np.array(chosen, dtype=np.intp).reshape(len(chosen), size)] = 1.0
    return taken


def _means(scores: FloatArray, known: FloatArray, one: FloatArray, other: FloatArray) -> FloatArray:
    """Mean score of the pairs of one group's people with another's, by part and group; NaN where there is no pair."""
    total, count = (((one @ of) * other).sum(axis=2) for of in (scores, known))
    found: FloatArray = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return found


def _mean(values: Sequence[float]) -> Estimate:
    known: FloatArray = np.array(values, dtype=np.float64)
    spread = interval(
        np.ones(len(known)), lambda drawn: (known @ drawn) / drawn.sum(axis=0), np.random.default_rng(SEED)
    )
    value = float(known.mean())
    return Estimate(value, value if spread.low is None else spread.low, value if spread.high is None else spread.high)
