"""Agreement coefficients over a set of items: Krippendorff's alpha, Cohen's and Fleiss' kappa, Gwet's AC1, percent.

Missing values are treated as in Gwet's Handbook of Inter-Rater Reliability (4th edition, 2014): observed agreement
is a mean over the items that have two ratings or more, while what each label's chance is comes from every rating
there is. Alpha (Krippendorff 2011, "Computing Krippendorff's alpha-reliability") uses the items with two ratings or
more alone.

Every coefficient is a function of how often each kind of item occurs, so that the coefficient and its thousand
resamples are one computation on columns of weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct, field

from annodesk.errors import AnnodeskError
from annodesk.quality.bootstrap import Interval, interval
from annodesk.quality.ratings import IntArray, Listed, Rating, Ratings, listed
from annodesk.quality.units import FloatArray, Matrix, label_units, person_units, row_sums, tally

METRICS = (
    "alpha-nominal",
    "alpha-ordinal",
    "alpha-interval",
    "alpha-ratio",
    "alpha-masi",
    "alpha-jaccard",
    "cohen-kappa",
    "fleiss-kappa",
    "gwet-ac1",
    "percent",
)
_BY_NUMBER = ("alpha-ordinal", "alpha-interval", "alpha-ratio")
_ALL_PAIRS = ("alpha-ratio", "alpha-masi", "alpha-jaccard")
MAX_DIFFERENT = 4_000
"""Most different ratings where each is compared with every other: their distances take 128 MB."""
_ROWS_AT_ONCE = 256
_LARGEST_CODE = 10_000_000

_UNPAIRED = "No item has ratings by two people."
_ONE_LABEL = {
    "alpha": "All ratings that can be compared are the same, so there is nothing to disagree on by chance.",
    "cohen": "Every rating is the same label, so agreement by chance is certain.",
    "fleiss": "Every rating is the same label, so agreement by chance is certain.",
    "gwet": "Every rating is the same label, so agreement by chance cannot be told.",
}


class Coefficient(Struct, frozen=True):
    """A coefficient with what it rests on.

    ``value`` is None where the coefficient is undefined, and ``reason`` says why in a sentence. ``n`` counts the items
    with two ratings or more, ``per_item`` holds their mean pairwise agreement (None for the other items), and
    ``prevalence`` the share of all ratings each label has. ``interval`` is there where it was asked for.
    """

    metric: str
    value: float | None
    reason: str
    items: int
    annotators: int
    n: int
    per_item: Mapping[str, float | None] = field(default_factory=dict)
    prevalence: Mapping[str, float] = field(default_factory=dict)
    interval: Interval | None = None


class _Undefined(Exception):
    """Says in a sentence why a coefficient has no value."""


def agreement_of(
    ratings: Ratings, metric: str = "alpha-nominal", *, rng: np.random.Generator | None = None
) -> Coefficient:
    """One coefficient of all ratings; Cohen's kappa of more than two people is Conger's generalisation.

    With a generator of random numbers it comes with its bootstrap interval.
    """
    codes, labels, people = listed(ratings)
    found = _Counted(codes, labels, metric)
    value, reason, spread = found.value(rng)
    items = ratings.items
    return Coefficient(
        metric,
        value,
        reason,
        len(items),
        len(people),
        found.n_paired(),
        dict(zip(items, found.per_item(), strict=True)),
        found.prevalence(),
        spread,
    )


def agreement_of_codes(
    codes: IntArray,
    metric: str = "alpha-nominal",
    *,
    labels: Sequence[Rating] | None = None,
    rng: np.random.Generator | None = None,
) -> Coefficient:
    """One coefficient of a table of codes; what each item's own agreement is is not told.

    Parameters
    ----------
    codes : int, (n_items, n_people), -1 where missing
    labels : what the codes stand for; the codes themselves where nothing is said
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or codes.dtype.kind not in "iu":
        raise AnnodeskError("Codes are a table of whole numbers, one row per item.", "Write -1 where one is missing.")
    if codes.dtype.kind == "u":
        codes = codes.astype(np.int64)
    if int(codes.min(initial=0)) < -1:
        raise AnnodeskError("A code is below -1.", "Write -1 where a rating is missing.")
    n_labels = 1 + int(codes.max(initial=-1))
    if n_labels > _LARGEST_CODE:
        raise AnnodeskError(f"The code {n_labels - 1:,} is too large.", "Number the labels from 0 on.")
    if labels is None:
        labels = [frozenset({str(code)}) for code in range(n_labels)]
    elif len(labels) < n_labels:
        raise AnnodeskError(f"There are {len(labels)} labels, and a code is {n_labels - 1}.")
    found = _Counted(codes, labels, metric)
    value, reason, spread = found.value(rng)
    return Coefficient(
        metric,
        value,
        reason,
        codes.shape[0],
        codes.shape[1],
        found.n_paired(),
        {},
        found.prevalence(),
        spread,
    )


class _Counted:
    """Ratings counted for one metric.

    Attributes
    ----------
    sizes, agreed : (n_units,), the ratings of a unit, and the mean agreement of its pairs (NaN where it has none)
    spread : (n_units,), the sum of distances over all ordered pairs of a unit
    """

    def __init__(self, codes: IntArray | Listed, labels: Sequence[Rating], metric: str) -> None:
        if metric not in METRICS:
            raise AnnodeskError(f"There is no agreement metric {metric!r}.", f"Choose one of: {', '.join(METRICS)}.")
        if metric in _ALL_PAIRS and len(labels) > MAX_DIFFERENT:
            sentence = (
                f"{metric} compares all ratings with each other, and {len(labels):,} different ones are too many."
            )
            hint = f"It takes up to {MAX_DIFFERENT:,}; group the ratings, or use alpha-nominal."
            raise AnnodeskError(sentence, hint)
        self.codes, self.labels, self.metric = codes, labels, metric
        self.units = label_units(codes, len(labels))
        counts = self.units.counts
        self.sizes = row_sums(counts)
        self.spread = self.sizes**2 - row_sums(counts * counts)
        self.distances: FloatArray | None = None
        if metric in ("alpha-masi", "alpha-jaccard"):
            self.distances = _set_distances(labels, is_masi=metric == "alpha-masi")
            self.spread = _spread(counts, self.distances)
        pairs = self.sizes * (self.sizes - 1)
        self.agreed = np.full(len(pairs), math.nan)
        np.divide(pairs - self.spread, pairs, out=self.agreed, where=pairs > 0)

    def n_paired(self) -> int:
        """How many items have two ratings or more."""
        return int(self.units.weights[self.sizes > 1].sum())

    def per_item(self) -> Iterator[float | None]:
        """The mean agreement of each item's pairs, None where there is none."""
        # Items that nobody rated have place -1, which is what is put at the end.
        agreed = [None if math.isnan(one) else one for one in (*self.agreed.tolist(), math.nan)]
        return map(agreed.__getitem__, self.units.of_item.tolist())

    def prevalence(self) -> dict[str, float]:
        """The share of all ratings each label has."""
        totals = self.units.counts.T @ self.units.weights
        named = sorted(("|".join(sorted(label)), total) for label, total in zip(self.labels, totals, strict=True))
        return {name: float(total / totals.sum()) for name, total in named if total}

    def value(self, rng: np.random.Generator | None) -> tuple[float | None, str, Interval | None]:
        """The coefficient or why there is none, and its interval."""
        try:
            weights, width, evaluate = self._figure()
            # What is undefined is NaN until here and nowhere after.
            with np.errstate(invalid="ignore", divide="ignore"):
                value = float(evaluate(weights[:, None])[0])
                if not math.isfinite(value):
                    raise _Undefined(_ONE_LABEL[self.metric.partition("-")[0]])
                return value, "", None if rng is None else interval(weights, evaluate, rng, width=width)
        except _Undefined as undefined:
            return None, str(undefined), None if rng is None else Interval(None, None, 0, str(undefined))

    def _figure(self) -> tuple[FloatArray, int, Callable[[FloatArray], FloatArray]]:
        """Weights of the units there are, numbers kept for each draw, and the figure as a function of weights."""
        metric, units = self.metric, self.units
        n_labels = len(self.labels)
        if not (self.sizes > 1).any():
            raise _Undefined(_UNPAIRED)
        if metric == "percent":
            return units.weights, 1, self._observed
        if metric == "cohen-kappa":
            return self._conger()
        if metric == "fleiss-kappa":
            return units.weights, n_labels, lambda w: _corrected(self._observed(w), (self._shares(w) ** 2).sum(axis=0))
        if metric == "gwet-ac1":
            n_used = int((units.counts.T @ units.weights > 0).sum())
            if n_used < 2:
                raise _Undefined(_ONE_LABEL["gwet"])

            def chance(w: FloatArray) -> FloatArray:
                shares = self._shares(w)
                return np.asarray((shares * (1 - shares)).sum(axis=0) / (n_used - 1))

            return units.weights, n_labels, lambda w: _corrected(self._observed(w), chance(w))
        if metric in _BY_NUMBER:
            return self._numeric(metric.removeprefix("alpha-"))
        if self.distances is not None:
            distances, counts, spread = self.distances, units.counts, self.spread
            return units.weights, n_labels, _alpha(counts, self.sizes, spread, lambda t: _distant(t, distances))
        return units.weights, n_labels, _alpha(units.counts, self.sizes, self.spread, _different)

    def _observed(self, w: FloatArray) -> FloatArray:
        """Mean agreement of the items with two ratings or more."""
        paired = self.sizes > 1
        return np.asarray((self.agreed[paired] @ w[paired]) / w[paired].sum(axis=0))

    def _shares(self, w: FloatArray) -> FloatArray:
        """Each label's chance: its share within an item, averaged over the items that have a rating."""
        return np.asarray(self.units.counts.T @ (w / self.sizes[:, None]) / w.sum(axis=0))

    def _conger(self) -> tuple[FloatArray, int, Callable[[FloatArray], FloatArray]]:
        """Cohen's kappa: chance comes from each person's own use of the labels."""
        kept = person_units(self.codes, len(self.labels))
        n_pairs = len(kept.person)
        # Most people may use few of the labels: those who do not use one are counted, not listed.
        _, person = np.unique(kept.person, return_inverse=True)
        whose = tally(np.arange(n_pairs), person, (n_pairs, 1 + int(person.max(initial=-1))))
        which = tally(np.arange(n_pairs), kept.code, (n_pairs, len(self.labels)))
        used = kept.units.counts
        sizes = row_sums(used)
        paired = sizes > 1
        agreed = self._agreed_of(used, which, sizes)

        def evaluate(w: FloatArray) -> FloatArray:
            given = np.asarray(used.T @ w)
            totals = np.asarray(whose.T @ given)
            people = (totals > 0).sum(axis=0)
            shares = given / np.maximum(totals, 1)[person]
            mean = np.asarray(which.T @ shares) / people
            squares = np.asarray(which.T @ shares**2)
            # The sum over labels of the mean product of two different people's shares.
            chance = ((people * mean**2 - squares / people) / (people - 1)).sum(axis=0)
            observed = (agreed[paired] @ w[paired]) / w[paired].sum(axis=0)
            return _corrected(observed, chance)

        return kept.units.weights, n_pairs, evaluate

    @staticmethod
    def _agreed_of(used: Matrix, which: Matrix, sizes: FloatArray) -> FloatArray:
        """The mean agreement of the pairs of each of the units that keep people apart."""
        counts = used @ which
        pairs = sizes * (sizes - 1)
        agreed = np.zeros(len(pairs))
        np.divide(row_sums(counts * counts) - sizes, pairs, out=agreed, where=pairs > 0)
        return agreed

    def _numeric(self, scale: str) -> tuple[FloatArray, int, Callable[[FloatArray], FloatArray]]:
        """Alpha of numbers; labels that are the same number are one."""
        values, place = np.unique([_number(label) for label in self.labels], return_inverse=True)
        merged = self.units.counts @ tally(np.arange(len(place)), place, (len(place), len(values)))
        weights, sizes = self.units.weights, self.sizes
        if scale == "ordinal":
            return weights, max(len(values), len(weights)), _alpha_ordinal(merged, sizes)
        # Neither scale knows a unit of measure, and very large numbers would overflow when squared.
        largest = np.abs(values).max()
        values = values / largest if largest > 0 else values
        if scale == "ratio":
            if values[0] < 0:
                raise _Undefined("A ratio scale has no numbers below zero.")
            sums = values[:, None] + values
            distances = np.zeros_like(sums)
            np.divide(values[:, None] - values, sums, out=distances, where=sums > 0)
            distances **= 2
            spread = _spread(merged, distances)
            return weights, len(values), _alpha(merged, sizes, spread, lambda t: _distant(t, distances))
        # Centred first, so that large numbers that differ little lose nothing.
        totals = np.asarray(merged.T @ weights)
        values = values - (totals @ values) / totals.sum()
        spread = 2 * (sizes * (merged @ values**2) - (merged @ values) ** 2)

        def expected(t: FloatArray) -> FloatArray:
            return np.asarray(2 * (t.sum(axis=0) * (values**2 @ t) - (values @ t) ** 2))

        return weights, len(values), _alpha(merged, sizes, np.maximum(spread, 0), expected)


def _number(label: Rating) -> float:
    written = "|".join(sorted(label))
    try:
        number = float(written)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _Undefined(f"This metric needs numbers, and {written!r} is none.")
    return number


def _corrected(observed: FloatArray, chance: FloatArray) -> FloatArray:
    left = np.where(1 - chance > 1e-12, 1 - chance, math.nan)
    return (observed - chance) / left


def _alpha(
    counts: Matrix, sizes: FloatArray, spread: FloatArray, expected: Callable[[FloatArray], FloatArray]
) -> Callable[[FloatArray], FloatArray]:
    """Alpha by the spread within each unit and that among all paired ratings, told from how often each label is."""
    paired = sizes > 1
    within, kept = spread[paired] / (sizes[paired] - 1), counts[paired]

    def evaluate(w: FloatArray) -> FloatArray:
        totals = np.asarray(kept.T @ w[paired])
        is_told = (totals > 0).sum(axis=0) > 1
        observed = (totals.sum(axis=0) - 1) * (within @ w[paired])
        return np.where(is_told, 1 - observed / expected(totals), math.nan)

    return evaluate


def _alpha_ordinal(counts: Matrix, sizes: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Alpha by ranks, which are those of the draw: a label's is the middle of its ratings among all, sorted."""
    paired = sizes > 1
    kept, m = counts[paired], sizes[paired][:, None]

    def evaluate(w: FloatArray) -> FloatArray:
        weights = w[paired]
        totals = np.asarray(kept.T @ weights)
        n = totals.sum(axis=0)
        ranks = np.cumsum(totals, axis=0) - totals / 2 - n / 2
        within = m * np.asarray(kept @ ranks**2) - np.asarray(kept @ ranks) ** 2
        expected = n * (totals * ranks**2).sum(axis=0) - (totals * ranks).sum(axis=0) ** 2
        observed = (n - 1) * (np.maximum(within, 0) / (m - 1) * weights).sum(axis=0)
        return np.where((totals > 0).sum(axis=0) > 1, 1 - observed / expected, math.nan)

    return evaluate


def _different(totals: FloatArray) -> FloatArray:
    """How many ordered pairs of ratings differ."""
    return np.asarray(totals.sum(axis=0) ** 2 - (totals**2).sum(axis=0))


def _distant(totals: FloatArray, distances: FloatArray) -> FloatArray:
    """The sum of distances over all ordered pairs of ratings."""
    return np.asarray((totals * (distances @ totals)).sum(axis=0))


def _spread(counts: Matrix, distances: FloatArray) -> FloatArray:
    """The sum of distances over all ordered pairs of each unit's ratings."""
    found = np.empty(counts.shape[0])
    for first in range(0, len(found), _ROWS_AT_ONCE):
        part = counts[first : first + _ROWS_AT_ONCE]
        found[first : first + _ROWS_AT_ONCE] = row_sums(part * np.asarray(part @ distances))
    return found


def jaccard_distance(a: Rating, b: Rating) -> float:
    """One minus the share of labels both have."""
    return 1 - len(a & b) / len(a | b) if a | b else 0.0


def masi_distance(a: Rating, b: Rating) -> float:
    """Jaccard's distance, made larger where neither set holds the other (Passonneau 2006)."""
    if a == b:
        return 0.0
    weight = 2 / 3 if a <= b or b <= a else 1 / 3
    return 1 - len(a & b) / len(a | b) * weight


def _set_distances(labels: Sequence[Rating], *, is_masi: bool) -> FloatArray:
    """Jaccard's or MASI's distance of each two ratings, without asking them pair by pair."""
    names = {name: place for place, name in enumerate({name for label in labels for name in label})}
    held = np.zeros((len(labels), len(names)))
    for row, label in enumerate(labels):
        held[row, [names[name] for name in label]] = 1
    sizes = held.sum(axis=1)
    distances: FloatArray = held @ held.T
    for row, both in enumerate(distances):
        either = sizes[row] + sizes - both
        share = np.where(either > 0, both / np.maximum(either, 1), 1)
        if is_masi:
            is_part = both >= np.minimum(sizes[row], sizes)
            share *= np.where(share >= 1, 1, np.where(is_part, 2 / 3, 1 / 3))
        distances[row] = 1 - share
    return distances
