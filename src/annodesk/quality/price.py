"""What it costs to let the model's labels stand without a person above a probability, and which may.

All of it rests on verdicts of people who had not seen what the model says (``verdicts``). Labels of one item tend to be
right or wrong together, so they are worth fewer answers than there are: intervals are Wilson's at the number that the
spread between items leaves (Kish's design effect). What several rates add up to has the interval of Zou and Donner
(2008, Statistics in Medicine 27:1693), which holds where some of them are nought.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from annodesk.model.shares import wilson

if TYPE_CHECKING:
    from annodesk.quality.bootstrap import FloatArray
    from annodesk.quality.verdicts import ItemSaid, PartSaid

NEEDED = 200
"""So many answers without sight of the suggestion a label needs before it may stand alone."""
NEEDED_ABOVE = 30
"""So many of them on suggestions that would stand: below, nobody knows how those do."""
NEEDED_ITEMS = 10
"""And of so many items: what is right or wrong in one of them is so together."""

NOTHING_MORE = ""
"""Stands for what the model does not mark: that there is nothing else."""

WHOLE = ""
"""All parts together: an item stands without a person only as a whole."""

_Z95 = 1.959963984540054


class Key(NamedTuple):
    """What is right or wrong alike: a label of a part, given or left out, by one model and prompt."""

    part: str
    label: str
    is_given: bool
    source: str


Since = Mapping[Key, int]
"""Until when answers on a label by one model and prompt do not count any more."""


class Estimate(Struct, frozen=True):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Estimate:
        """The same in another unit."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor)

    def by(self, other: Estimate) -> Estimate:
        """The product of two that were found independently; neither is below 0."""
        value = self.value * other.value
        down = math.hypot(other.value * (self.value - self.low), self.value * (other.value - other.low))
        up = math.hypot(other.value * (self.high - self.value), self.value * (other.high - other.value))
        return Estimate(value, max(0.0, value - down), value + up)


class JudgedItem(NamedTuple):
    """What the model said on an item, and when that was scored; ``rows`` are its judged labels, gathered once.

    Each row is what is right or wrong alike, the probability, of how many, and how many of them wrong.
    """

    at_us: int
    said: ItemSaid
    rows: tuple[tuple[Key, float, int, int], ...]


class Judged(Struct, frozen=True):
    """What the model said on some items, with verdicts, newest first."""

    items: tuple[JudgedItem, ...]


class Answers(NamedTuple):
    """Judged labels of one key, a row each: the item, when it was scored, the probability, of how many how many wrong.

    Parameters
    ----------
    item, at_us, of, wrong : (n,), whole numbers
    probability : (n,)
    drawn_us : (n,), when the item was given to people only to see how the model does; 0 of all others
    """

    item: FloatArray
    at_us: FloatArray
    probability: FloatArray
    of: FloatArray
    wrong: FloatArray
    drawn_us: FloatArray


class LabelStanding(Struct, frozen=True):
    """Whether a label may stand alone above a probability, and why not.

    Parameters
    ----------
    answers, above : judged without sight of the suggestion: all, and those on suggestions above the threshold
    error : the share of the latter that was wrong; None of none
    why : in words, empty where it may
    """

    key: Key
    answers: int
    above: int
    error: Estimate | None
    may: bool
    why: str = ""

    @property
    def name(self) -> str:
        """The label in words."""
        if self.key.label == NOTHING_MORE:
            return "nothing more"
        return self.key.label if self.key.is_given else f"not {self.key.label}"


class Figures(Struct, frozen=True):
    """What would stand without a person of ``items`` that the model has answered, and what that would come to.

    Parameters
    ----------
    stand, share : how many of them, and what share that is of all that come
    labels : how many labels would stand, of the items that are left
    errors : how many of those would be wrong; None where no answer says anything
    error_rate : the same as a share of the labels
    hours : of people's work, None where nobody has handed in enough to know
    """

    items: int
    stand: int
    share: Estimate | None = None
    labels: float = 0.0
    errors: Estimate | None = None
    error_rate: Estimate | None = None
    hours: Estimate | None = None


class Price(Struct, frozen=True):
    """The price of a threshold: ``now``, with the labels that may stand alone by now; ``later``, once all may."""

    above: float
    now: Figures
    later: Figures
    labels: tuple[LabelStanding, ...] = ()


class Left(Struct, frozen=True):
    """What is left to do: items, and hours of people's work that one takes (None where not known); what is audited.

    ``audited`` is the share that goes to people all the same.
    """

    items: int
    hours_each: Estimate | None = None
    audited: float = 0.0


def judged_item(at_us: int, said: ItemSaid) -> JudgedItem:
    """An item with its judged labels."""
    rows: list[tuple[Key, float, int, int]] = []
    for task in said.tasks:
        for name, part in task.parts.items():
            for one in part.sayings:
                if one.right is not None:
                    key = Key(name, one.label, one.is_given, part.source)
                    rows.append((key, one.probability, 1, int(not one.right)))
            if part.missed is not None:
                places = max(1, len(part.sayings))
                rows.append((_nothing_more(name, part), part.least, places, min(places, part.missed)))
    return JudgedItem(at_us, said, tuple(rows))


def answers_by_key(judged: Judged, *, since_us: Since | None = None) -> dict[Key, Answers]:
    """Judged labels by what is right or wrong alike.

    Parameters
    ----------
    since_us : what was judged until then does not count any more
    """
    rows: defaultdict[Key, list[tuple[float, ...]]] = defaultdict(list)
    gone = since_us or {}
    for number, (at_us, said, each) in enumerate(judged.items):
        drawn_us = said.drawn_us or 0
        for key, probability, of, wrong in each:
            if not gone or at_us > gone.get(key, -1):
                rows[key].append((number, at_us, probability, of, wrong, drawn_us))
    return {key: Answers(*np.array(found, dtype=np.float64).T) for key, found in rows.items()}


def _nothing_more(name: str, part: PartSaid) -> Key:
    # Where nothing is said there is no prompt to be named.
    return Key(name, NOTHING_MORE, True, part.source.split(" ")[0])


def keys_of(item: ItemSaid, part: str = WHOLE) -> dict[Key, int]:
    """What an item's labels rest on, all or those of one part, and how many of each there are."""
    found: dict[Key, int] = defaultdict(int)
    for task in item.tasks:
        for name, said in task.parts.items():
            if part in (WHOLE, name):
                for one in said.sayings:
                    found[Key(name, one.label, one.is_given, said.source)] += 1
                if not said.is_closed:
                    found[_nothing_more(name, said)] += max(1, len(said.sayings))
    return dict(found)


def kinds_of(item: ItemSaid) -> list[tuple[Key, float]]:
    """What each label of an item rests on, and its probability; nothing where the model has not answered everything."""
    if not item.is_whole:
        return []
    found = []
    for task in item.tasks:
        for name, said in task.parts.items():
            found += [(Key(name, one.label, one.is_given, said.source), one.probability) for one in said.sayings]
            if not said.is_closed:
                found.append((_nothing_more(name, said), said.least))
    return found


def least_of(item: ItemSaid, part: str = WHOLE) -> float:
    """The probability of what the model is least sure of; 0 where it has not answered everything."""
    if not item.is_whole or any(part not in (WHOLE, *task.parts) for task in item.tasks):
        return 0.0
    return min(said.least for task in item.tasks for name, said in task.parts.items() if part in (WHOLE, name))


def rate_of(found: Answers | None, above: float) -> tuple[int, int, Estimate | None]:
    """Of judged labels above a probability: their number, in how many items they are, and the share that was wrong."""
    if found is None:
        return 0, 0, None
    is_above = found.probability >= above
    of, wrong = found.of[is_above], found.wrong[is_above]
    n, bad = float(of.sum()), float(wrong.sum())
    if not n:
        return 0, 0, None
    effect = _design_effect(found.item[is_above], of, wrong)
    return round(n), len(np.unique(found.item[is_above])), Estimate(bad / n, *wilson(bad / effect, n / effect))


def _design_effect(item: FloatArray, of: FloatArray, wrong: FloatArray) -> float:
    """How many labels are worth one independent answer, by how far errors lie together in items."""
    _, place = np.unique(item, return_inverse=True)
    each_of, each_wrong = np.bincount(place, weights=of), np.bincount(place, weights=wrong)
    n, items = float(of.sum()), len(each_of)
    share = float(wrong.sum()) / n
    if items < 2 or not 0 < share < 1:
        return 1.0
    spread = items / (items - 1) * float(((each_wrong - share * each_of) ** 2).sum())
    return max(1.0, spread / (n * share * (1 - share)))


def promised(found: Answers, above: float) -> float:
    """What share of a label of an item, above a probability, is right at the least.

    Each item counts once, as in its audit (``audits.audits_of``): what is right or wrong in it is so together.
    """
    is_above = found.probability >= above
    if not is_above.any():
        return 0.0
    _, place = np.unique(found.item[is_above], return_inverse=True)
    wrong = np.bincount(place, weights=np.minimum(found.wrong[is_above], 1)) / np.bincount(place)
    return 1 - wilson(float(wrong.sum()), len(wrong))[1]


def standing_of(key: Key, found: Answers | None, above: float) -> LabelStanding:
    """Whether a label may stand alone above a probability."""
    answers = 0 if found is None else round(float(found.of.sum()))
    n_above, items, error = rate_of(found, above)
    is_label = key.label != NOTHING_MORE
    why = ""
    if is_label and answers < NEEDED:
        why = f"{answers} of the {NEEDED} answers given without sight of the suggestion that it takes"
    elif error is None or n_above < NEEDED_ABOVE:
        why = f"{n_above} of the {NEEDED_ABOVE} answers to what is above {above:g} that it takes"
    elif items < NEEDED_ITEMS:
        why = f"answers on {items} of the {NEEDED_ITEMS} items that it takes"
    elif 1 - error.low < above:
        why = f"right in {1 - error.value:.1%} of {n_above} answers, which is less than {above:g}"
    return LabelStanding(key, answers, n_above, error, not why, why)


def newest_sources(judged: Judged) -> dict[str, str]:
    """By which model and prompt each part was answered last."""
    found: dict[str, str] = {}
    for item in judged.items:
        for task in item.said.tasks:
            for name, part in task.parts.items():
                if part.sayings:
                    found.setdefault(name, part.source)
    return found


def price(
    judged: Judged,
    thresholds: Sequence[float],
    left: Left,
    *,
    part: str = WHOLE,
    since_us: Since | None = None,
    all_since_us: int = 0,
) -> tuple[Price, ...]:
    """What each threshold costs, for a part or for whole items, by the model and prompt of the newest answers.

    Parameters
    ----------
    left : what the figures are told for
    since_us : as for ``answers_by_key``
    all_since_us : of what was scored before, some is not there; no share of items is told of that
    """
    newest = newest_sources(judged)
    scored = [one for one in judged.items if one.said.is_whole and _is_of(one.said, newest)]
    items, is_there = [one.said for one in scored], np.array([one.at_us >= all_since_us for one in scored], dtype=bool)
    counts = [keys_of(item, part) for item in items]
    keys = sorted({key for one in counts for key in one})
    place = {key: number for number, key in enumerate(keys)}
    held = np.zeros((len(items), len(keys)))
    for row, one in enumerate(counts):
        for key, n in one.items():
            held[row, place[key]] = n
    least = np.array([least_of(item, part) for item in items])
    known = answers_by_key(judged, since_us=since_us)
    found = []
    for above in thresholds:
        labels = tuple(standing_of(key, known.get(key), above) for key in keys)
        is_above = least >= above
        allowed = np.array([one.may for one in labels], dtype=bool)
        is_allowed = is_above & ~(held[:, ~allowed] > 0).any(axis=1) if keys else is_above
        errors = [one.error for one in labels]
        at = [_figures(held[is_there], chosen[is_there], keys, errors, left) for chosen in (is_allowed, is_above)]
        found.append(Price(above, at[0], at[1], labels))
    return tuple(found)


def _is_of(item: ItemSaid, newest: Mapping[str, str]) -> bool:
    return all(
        not part.sayings or newest.get(name) == part.source for task in item.tasks for name, part in task.parts.items()
    )


def _figures(
    held: FloatArray, chosen: npt.NDArray[np.bool_], keys: Sequence[Key], errors: Sequence[Estimate | None], left: Left
) -> Figures:
    items, stand = len(held), int(chosen.sum())
    if not items:
        return Figures(0, 0)
    share = Estimate(stand / items, *wilson(stand, items))
    coming = share.times(left.items * (1 - left.audited))
    hours = None if left.hours_each is None else coming.by(left.hours_each)
    if not stand:
        return Figures(items, 0, share, hours=hours)
    each = held[chosen].sum(axis=0) / stand
    is_label = np.array([key.label != NOTHING_MORE for key in keys])
    labels_each, rest_each = float(each[is_label].sum()), float(each[~is_label].sum())
    wrong = _sum_of([(float(n), error) for n, error in zip(each, errors, strict=True) if n])
    rate = None if wrong is None else wrong.times(1 / (labels_each or rest_each))
    return Figures(
        items, stand, share, coming.value * labels_each, None if wrong is None else coming.by(wrong), rate, hours
    )


def _sum_of(parts: Iterable[tuple[float, Estimate | None]]) -> Estimate | None:
    """So many of each, each wrong at its rate; what nobody has judged may be wrong at any. None where nothing is."""
    given = list(parts)
    judged = [(n, error) for n, error in given if error is not None]
    if not judged:
        return None
    usual = sum(n * error.value for n, error in judged) / sum(n for n, _ in judged)
    every = [(n, error or Estimate(usual, 0.0, 1.0)) for n, error in given]
    value = sum(n * error.value for n, error in every)
    down = math.sqrt(sum((n * (error.value - error.low)) ** 2 for n, error in every))
    up = math.sqrt(sum((n * (error.high - error.value)) ** 2 for n, error in every))
    return Estimate(value, max(0.0, value - down), value + up)


def mean_of(n: int, total: float, squares: float) -> Estimate | None:
    """The mean of n numbers that are not below 0, by their sum and that of their squares; None of fewer than three."""
    if n < 3:
        return None
    mean = total / n
    spread = math.sqrt(max(0.0, squares - total * mean) / (n - 1) / n) * _Z95
    return Estimate(mean, max(0.0, mean - spread), mean + spread)
