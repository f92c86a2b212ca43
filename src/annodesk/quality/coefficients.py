"""Agreement coefficients over a set of items: Krippendorff's alpha, Cohen's and Fleiss' kappa, Gwet's AC1, percent.

Missing values are treated as in Gwet's Handbook of Inter-Rater Reliability (4th edition, 2014): observed agreement
is a mean over the items that have two ratings or more, while what each label's chance is comes from every rating
there is. Alpha uses the items with two ratings or more alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from annodesk.errors import AnnodeskError
from annodesk.quality.ratings import Rating, Ratings

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


_ALL_PAIRS = ("alpha-ratio", "alpha-masi", "alpha-jaccard")
MAX_DIFFERENT = 4_000
"""Most different ratings where each is compared with every other: ten million pairs take about ten seconds."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient with what it rests on.

    ``value`` is None where the coefficient is undefined, and ``reason`` says why in a sentence. ``n`` counts the items
    with two ratings or more, ``per_item`` holds their mean pairwise agreement (None for the other items), and
    ``prevalence`` the share of all ratings each label has.
    """

    metric: str
    value: float | None
    reason: str
    items: int
    annotators: int
    n: int
    per_item: Mapping[str, float | None] = field(default_factory=dict)
    prevalence: Mapping[str, float] = field(default_factory=dict)


class _Undefined(Exception):
    """Says in a sentence why a coefficient has no value."""


Distance = Callable[[Rating, Rating], float]


def agreement_of(ratings: Ratings, metric: str = "alpha-nominal") -> Coefficient:
    """One coefficient of all ratings; Cohen's kappa of more than two people is Conger's generalisation."""
    if metric not in METRICS:
        raise AnnodeskError(f"There is no agreement metric {metric!r}.", f"Choose one of: {', '.join(METRICS)}.")
    different = len({rating for unit in ratings.units() for rating in unit})
    if metric in _ALL_PAIRS and different > MAX_DIFFERENT:
        sentence = f"{metric} compares all ratings with each other, and {different:,} different ones are too many."
        raise AnnodeskError(sentence, f"It takes up to {MAX_DIFFERENT:,}; group the ratings, or use alpha-nominal.")
    distance = {"alpha-masi": masi_distance, "alpha-jaccard": jaccard_distance}.get(metric)
    per_item = {item: _pairwise(list(given.values()), distance) for item, given in ratings.by_item.items()}
    value, reason = None, ""
    try:
        value = _value(ratings, metric)
    except _Undefined as undefined:
        reason = str(undefined)
    counts = Counter("|".join(sorted(rating)) for unit in ratings.units() for rating in unit)
    total = counts.total()
    return Coefficient(
        metric,
        value,
        reason,
        len(ratings.items),
        len(ratings.annotators),
        sum(found is not None for found in per_item.values()),
        per_item,
        {label: counts[label] / total for label in sorted(counts)},
    )


def _value(ratings: Ratings, metric: str) -> float:
    units = ratings.units()
    if not any(len(unit) > 1 for unit in units):
        raise _Undefined("No item has ratings by two people.")
    if metric == "percent":
        return _observed(units)
    if metric == "cohen-kappa":
        return _corrected(_observed(units), _conger_chance(ratings))
    if metric in ("fleiss-kappa", "gwet-ac1"):
        shares = _mean_shares(units)
        if metric == "fleiss-kappa":
            return _corrected(_observed(units), math.fsum(p * p for p in shares.values()))
        if len(shares) == 1:
            raise _Undefined("Every rating is the same label, so agreement by chance cannot be told.")
        return _corrected(_observed(units), math.fsum(p * (1 - p) for p in shares.values()) / (len(shares) - 1))
    paired = [unit for unit in units if len(unit) > 1]
    if metric in ("alpha-nominal", "alpha-masi", "alpha-jaccard"):
        if metric == "alpha-nominal":
            return _alpha_nominal(paired)
        return _alpha_by_distance(paired, masi_distance if metric == "alpha-masi" else jaccard_distance)
    return _alpha_numeric([[_number(rating) for rating in unit] for unit in paired], metric.removeprefix("alpha-"))


def _number(rating: Rating) -> float:
    label = "|".join(sorted(rating))
    try:
        number = float(label)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _Undefined(f"This metric needs numbers, and {label!r} is none.")
    return number


def jaccard_distance(a: Rating, b: Rating) -> float:
    """One minus the share of labels both have."""
    return 1 - len(a & b) / len(a | b) if a | b else 0.0


def masi_distance(a: Rating, b: Rating) -> float:
    """Jaccard's distance, made larger where neither set holds the other (Passonneau 2006)."""
    if a == b:
        return 0.0
    weight = 2 / 3 if a <= b or b <= a else 1 / 3
    return 1 - len(a & b) / len(a | b) * weight


def _pairwise(unit: Sequence[Rating], distance: Distance | None = None) -> float | None:
    """Mean agreement of the pairs in one item; without a distance they agree or they do not."""
    m = len(unit)
    if m < 2:
        return None
    counts = Counter(unit)
    apart = (
        float(m * m - sum(count * count for count in counts.values()))
        if distance is None
        else _spread(counts, distance)
    )
    return 1 - apart / (m * (m - 1))


def _observed(units: Sequence[Sequence[Rating]]) -> float:
    found = [value for unit in units if (value := _pairwise(unit)) is not None]
    return math.fsum(found) / len(found)


def _corrected(observed: float, chance: float) -> float:
    if math.isclose(chance, 1.0, abs_tol=1e-12):
        raise _Undefined("Every rating is the same label, so agreement by chance is certain.")
    return (observed - chance) / (1 - chance)


def _mean_shares(units: Sequence[Sequence[Rating]]) -> dict[Rating, float]:
    """Each label's chance: its share within an item, averaged over the items that have a rating."""
    shares: dict[Rating, list[float]] = {}
    for unit in units:
        for label, count in Counter(unit).items():
            shares.setdefault(label, []).append(count / len(unit))
    return {label: math.fsum(found) / len(units) for label, found in shares.items()}


def _conger_chance(ratings: Ratings) -> float:
    """Chance agreement from each person's own use of the labels; with two people Cohen's."""
    used: dict[str, Counter[Rating]] = {}
    for given in ratings.by_item.values():
        for annotator, rating in given.items():
            used.setdefault(annotator, Counter())[rating] += 1
    people = len(used)
    if people < 2:
        raise _Undefined("Only one person has rated anything.")
    # Most people may use few of the labels: those who do not use one are counted, not listed.
    shares: dict[Rating, list[float]] = {}
    for counts in used.values():
        total = counts.total()
        for label, count in counts.items():
            shares.setdefault(label, []).append(count / total)
    chance = []
    for found in shares.values():
        mean = math.fsum(found) / people
        apart = math.fsum((share - mean) ** 2 for share in found) + (people - len(found)) * mean * mean
        chance.append(mean * mean - apart / (people - 1) / people)
    return math.fsum(chance)


def _alpha(observed: float, expected: float) -> float:
    if expected <= 0:
        raise _Undefined("All ratings are the same, so there is nothing to disagree on by chance.")
    return 1 - observed / expected


def _alpha_nominal(units: Sequence[Sequence[Rating]]) -> float:
    totals = Counter(rating for unit in units for rating in unit)
    n = totals.total()
    apart = 0.0
    for unit in units:
        m = len(unit)
        apart += (m * m - sum(count * count for count in Counter(unit).values())) / (m - 1)
    return _alpha(apart / n, (n * n - sum(count * count for count in totals.values())) / (n * (n - 1)))


def _alpha_by_distance(units: Sequence[Sequence[Rating]], distance: Distance) -> float:
    totals = Counter(rating for unit in units for rating in unit)
    n = totals.total()
    observed = math.fsum(_spread(Counter(unit), distance) / (len(unit) - 1) for unit in units) / n
    return _alpha(observed, _spread(totals, distance) / (n * (n - 1)))


def _spread(counts: Counter[Rating], distance: Distance) -> float:
    """Sum of distances over all ordered pairs."""
    return 2 * math.fsum(counts[a] * counts[b] * distance(a, b) for a, b in combinations(counts, 2))


def _alpha_numeric(units: Sequence[Sequence[float]], scale: str) -> float:
    values = [value for unit in units for value in unit]
    n = len(values)
    if scale == "ratio":
        if min(values) < 0:
            raise _Undefined("A ratio scale has no numbers below zero.")
        spread = _ratio_spread
    else:
        spread = _square_spread
        if scale == "ordinal":
            # The ordinal distance of two ranks is the difference of their middles in the sorted ratings.
            middle, before = {}, 0
            for value, count in sorted(Counter(values).items()):
                middle[value] = before + count / 2
                before += count
            units = [[middle[value] for value in unit] for unit in units]
            values = [middle[value] for value in values]
    if min(values) == max(values):
        return _alpha(0.0, 0.0)
    observed = math.fsum(spread(unit) / (len(unit) - 1) for unit in units) / n
    return _alpha(observed, spread(values) / (n * (n - 1)))


def _square_spread(values: Sequence[float]) -> float:
    """Sum of squared differences over all ordered pairs, centred first so that large numbers lose nothing."""
    mean = math.fsum(values) / len(values)
    return 2 * len(values) * math.fsum((value - mean) ** 2 for value in values)


def _ratio_spread(values: Sequence[float]) -> float:
    counts = Counter(values)
    return 2 * math.fsum(counts[a] * counts[b] * ((a - b) / (a + b)) ** 2 for a, b in combinations(counts, 2))
