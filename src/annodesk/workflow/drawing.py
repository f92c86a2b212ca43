"""Which items are labelled next: drawn by what a model is unsure of, with a probability that is known of each.

Whoever estimates anything from drawn items weights each by one over that probability; so it is never 0, whatever the
model says of an item, and it is worked out for those that were left out as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import log
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct, field

from annodesk.errors import WorkflowError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_RANDOM_SHARE, RANDOM_SHARE = 0.1, 0.2
"""So much of a draw is by chance alone, whatever is asked for, and where nothing is: a model may be sure and wrong."""

_HALVINGS = 60

Probabilities = Mapping[str, float]
"""A prediction of one part: label to probability."""


class By(StrEnum):
    """What makes an item more worth labelling than another."""

    UNCERTAINTY = "uncertainty"
    DISAGREEMENT = "disagreement"
    RANDOM = "random"


class Candidate(Struct, frozen=True):
    """An item that may be drawn.

    ``worth`` is what ``uncertainty`` or ``disagreement`` says of it, None where nothing was predicted; ``stratum`` the
    value of the metadata field by which the draw is spread.
    """

    item_id: str
    worth: float | None = None
    stratum: str = ""


class DrawPlan(Struct, frozen=True):
    """How many items are drawn, by what, and how they are spread.

    ``random_share`` is the share by chance alone; ``is_even`` gives each stratum as many, else as many as it is large.
    """

    count: int
    by: By = By.UNCERTAINTY
    random_share: float = RANDOM_SHARE
    is_even: bool = False


class Draw(Struct, frozen=True):
    """The items that were drawn, and of every one that was told of the probability with which it would have been."""

    chosen: tuple[str, ...]
    probabilities: Mapping[str, float] = field(default_factory=dict)


def uncertainty(predictions: Sequence[Probabilities]) -> float | None:
    """How unsure a model is of an item, 0 to 1: the entropy of the part it is least sure of; None without a prediction.

    What is missing to 1 lies on a label that is not named.
    """
    found = [_entropy(one) for one in predictions if one]
    return max(found, default=None)


def disagreement(first: Sequence[Probabilities], second: Sequence[Probabilities]) -> float | None:
    """How far two predictions of the same parts are apart, 0 to 1: the part on which they differ most."""
    found = [_apart(a, b) for a, b in zip(first, second, strict=True) if a and b]
    return max(found, default=None)


def against_people(predictions: Sequence[Probabilities], wrong: Mapping[str, float]) -> float | None:
    """How often people said otherwise where the model said what it says of an item: of the label it is wrong on most.

    Parameters
    ----------
    wrong : of each label the share of the model's answers on which people said otherwise
    """
    named = [max(one, key=lambda label: (one[label], label)) for one in predictions if one]
    return max((wrong[label] for label in named if label in wrong), default=None)


def draw_items(
    candidates: Sequence[Candidate], plan: DrawPlan, *, rng: np.random.Generator, drawn: Sequence[Candidate] = ()
) -> Draw:
    """Draw items with probabilities that follow their worth, spread over strata, the random share always kept.

    Each stratum has its part of ``plan.count``; within it an item's probability is at least what chance alone would
    give it with ``random_share`` of that part. Nothing is drawn twice, and exactly ``plan.count`` are drawn, or all.

    Parameters
    ----------
    drawn : what earlier draws have taken; it is told with the probability it would have now, had another been taken in
        its place: without that, what was drawn early would count for more than what was drawn late
    """
    if plan.count < 1:
        raise WorkflowError("Nothing can be drawn by a number below 1.", "Say how many items are wanted.")
    if not candidates:
        return Draw(())
    share = 1.0 if plan.by is By.RANDOM else min(1.0, max(LEAST_RANDOM_SHARE, plan.random_share))
    order = rng.permutation(len(candidates))
    names = np.array([candidates[i].stratum for i in order])
    strata = [np.flatnonzero(names == name) for name in sorted(set(names.tolist()))]
    count = min(plan.count, len(candidates))
    parts = _parts([len(one) for one in strata], count, is_even=plan.is_even)
    chance = np.zeros(len(candidates))
    # Of a stratum that is all drawn the next item would have its part of the draw as if it were there alone.
    alone = min(1.0, plan.count / (len(strata) if plan.is_even else len(candidates)))
    beside = dict.fromkeys((one.item_id for one in drawn), alone)
    for members, part in zip(strata, parts, strict=True):
        worth = [candidates[order[place]].worth for place in members]
        sizes = _sizes(worth, share)
        chance[members] = _chances(sizes, part)
        same = [one for one in drawn if one.stratum == candidates[order[members[0]]].stratum]
        beside |= dict(
            zip((one.item_id for one in same), _in_place(same, worth, share, chance[members], sizes), strict=True)
        )
    in_strata = np.concatenate(strata)
    taken = in_strata[_systematic(chance[in_strata], count, float(rng.random()))]
    ids = [candidates[i].item_id for i in order]
    known = {item_id: float(value) for item_id, value in zip(ids, chance, strict=True)}
    return Draw(tuple(ids[place] for place in taken), beside | known)


def draw_further(
    candidates: Sequence[Candidate],
    before: Mapping[str, tuple[float, bool]],
    count: int,
    random_share: float,
    *,
    rng: np.random.Generator,
) -> Draw:
    """Draw so many more items, by uncertainty, from some of which others have been drawn before.

    An item is in the draws by the time their sizes have grown to its lot, as it were: so its probability over all draws
    is known of those too that were drawn early, and none counts for more because it came late.

    Parameters
    ----------
    candidates : what was drawn and what may be
    before : of those that could have been drawn the probability over all draws so far, and whether each was

    Returns
    -------
    Draw
        What was drawn now; the probabilities are those over all draws, with this one.
    """
    order = rng.permutation(len(candidates))
    ids = [candidates[place].item_id for place in order]
    old = np.array([before.get(item_id, (0.0, False))[0] for item_id in ids])
    is_left = np.array([not before.get(item_id, (0.0, False))[1] for item_id in ids], dtype=bool)
    count = min(count, int(is_left.sum()))
    if count < 1:
        return Draw(())
    sizes = _sizes([candidates[place].worth for place in order], max(LEAST_RANDOM_SHARE, random_share))
    low, high = 0.0, 1 / float(sizes.min())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _now(old, middle * sizes)[is_left].sum() >= count else (middle, high)
    chance = np.where(is_left, _now(old, high * sizes), 0.0)
    taken = _systematic(chance, count, float(rng.random()))
    whole = np.maximum(old, np.minimum(1.0, high * sizes))
    return Draw(tuple(ids[place] for place in taken), dict(zip(ids, whole.tolist(), strict=True)))


def in_any(before: float, now: float) -> float:
    """The probability of being drawn in one draw or another, from that of those before and that of the last one."""
    return min(1.0, before + (1.0 - before) * now)


def _entropy(one: Probabilities) -> float:
    values = [min(1.0, max(0.0, p)) for p in one.values()]
    rest = 1.0 - sum(values)
    values += [rest] if rest > 1e-9 else []
    total = sum(values)
    if total <= 0 or len(values) < 2:
        return 0.0
    shares = [p / total for p in values if p > 0]
    return min(1.0, -sum(p * log(p) for p in shares) / log(len(values)))


def _apart(a: Probabilities, b: Probabilities) -> float:
    rest = abs(max(0.0, 1 - sum(a.values())) - max(0.0, 1 - sum(b.values())))
    return min(1.0, (sum(abs(a.get(label, 0.0) - b.get(label, 0.0)) for label in {*a, *b}) + rest) / 2)


def _parts(sizes: Sequence[int], count: int, *, is_even: bool) -> list[float]:
    """How many of ``count`` each stratum has, in fractions; none more than it holds."""
    left, open_ones = float(count), dict(enumerate(sizes))
    found = [0.0] * len(sizes)
    while open_ones and left > 1e-9:
        whole = len(open_ones) if is_even else sum(open_ones.values())
        wanted = {i: left * (1 if is_even else size) / whole for i, size in open_ones.items()}
        full = [i for i, part in wanted.items() if part >= open_ones[i] - 1e-12]
        if not full:
            for i, part in wanted.items():
                found[i] = part
            break
        for i in full:
            found[i] = float(open_ones.pop(i))
            left -= found[i]
    return found


def _sizes(worth: Sequence[float | None], random_share: float) -> NDArray[np.float64]:
    """What each is to weigh, sum 1; where nothing was predicted an item counts as the mean of the others."""
    known = [max(0.0, one) for one in worth if one is not None]
    mean = sum(known) / len(known) if known else 0.0
    values = np.array([mean if one is None else max(0.0, one) for one in worth])
    even = np.full(len(values), 1 / len(values))
    total = float(values.sum())
    return even if total <= 0 else random_share * even + (1 - random_share) * values / total


def _chances(sizes: NDArray[np.float64], part: float) -> NDArray[np.float64]:
    """Probabilities in the ratio of the sizes that add up to ``part``; none above 1, the others take what is over."""
    found = np.zeros(len(sizes))
    free = np.ones(len(sizes), dtype=bool)
    left = part
    while left > 1e-12 and free.any():
        wanted = left * sizes[free] / sizes[free].sum()
        sure = wanted >= 1.0
        places = np.flatnonzero(free)
        if not sure.any():
            found[places] = wanted
            break
        found[places[sure]] = 1.0
        free[places[sure]] = False
        left = part - float((~free).sum())
    return found


def _in_place(
    drawn: Sequence[Candidate],
    worth: Sequence[float | None],
    random_share: float,
    chance: NDArray[np.float64],
    sizes: NDArray[np.float64],
) -> list[float]:
    """The probabilities of items in place of as many others, of whom worth, chance and size, (n,), are told."""
    unsure = chance < 1.0
    if not unsure.any():
        return [1.0] * len(drawn)
    each = float(chance[unsure][0] / sizes[unsure][0])
    values = [max(0.0, one) for one in worth if one is not None]
    mean = sum(values) / len(values) if values else 0.0
    total, n = sum(values) + mean * (len(worth) - len(values)), len(worth)
    found = []
    for one in drawn:
        value = mean if one.worth is None else max(0.0, one.worth)
        size = 1 / n if total <= 0 else random_share / n + (1 - random_share) * value / total
        found.append(min(1.0, each * size))
    return found


def _now(old: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability of being drawn now, for what was not drawn before, that makes it ``wanted`` over all draws."""
    whole = np.maximum(old, np.minimum(1.0, wanted))
    found = np.ones(len(old))
    np.divide(whole - old, 1.0 - old, out=found, where=old < 1.0)
    return found


def _systematic(chance: NDArray[np.float64], count: int, begin: float) -> NDArray[np.intp]:
    """So many places: a comb with teeth one apart is laid over the probabilities, which lie end to end."""
    edges = np.cumsum(chance)
    edges *= count / edges[-1]
    teeth = np.minimum(begin + np.arange(count), np.nextafter(count, 0))
    return np.unique(np.searchsorted(edges, teeth, side="right"))
