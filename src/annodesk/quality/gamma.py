"""The unified and holistic gamma: how much less disorder there is among people's pieces than chance would make.

Mathet, Widlöcher and Métivier (2015), Computational Linguistics 41(3), with alpha 3, beta 1 and an empty piece at 1.
One minus the disorder of the best alignment over its mean in random annotations: 1 is perfect, 0 is chance.

Chance is drawn as in pygamma-agreement (Titeux and Riad 2021, Journal of Open Source Software 6(62)). Its default, here
``STATISTICAL``: each side gets a number of pieces, gaps and lengths from normal distributions with the means and
deviations of the real ones, and labels by their shares. The paper's own (5.2), here ``SHUFFLED``: each side becomes a
random side's pieces moved round by a random time, no two times closer than half a mean piece.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from annodesk.progress import CancelToken, Progress, silent
from annodesk.quality.unit_alignment import Floats, Ints, TooMany, Units, best_alignment

if TYPE_CHECKING:
    from annodesk.quality.alignment import Piece

SEED = 1
"""Where nothing else is asked for, chance is drawn from this number on, so the same files give the same value."""
FEWEST_SAMPLES = 30
MOST_SAMPLES, MOST_DRAWN = 1_000, 400_000
PRECISION = 0.01
"""Chance is drawn until its mean disorder is known to this share (half a 95 % interval), if MOST_SAMPLES of it and
MOST_DRAWN pieces let it."""
STATISTICAL, SHUFFLED = "statistical", "shuffled"
_Z = 1.96


class LaneGamma(Struct, frozen=True):
    """Gamma on one lane alone; ``groups`` counts those of two pieces or more in its best alignment.

    ``value`` is None where chance cannot be told from what is marked there; then the lane is in no other value.
    """

    lane: Hashable
    value: float | None
    observed: float
    expected: float
    pieces: int
    groups: int


class Gamma(Struct, frozen=True):
    """Gamma with what it rests on.

    ``value`` is None where it is undefined, and ``reason`` says why in a sentence. ``observed`` is the disorder of the
    best alignment, ``expected`` its mean over ``samples`` random annotations; ``low`` and ``high`` bound the value as
    far as that mean is uncertain (95 %), and say nothing of other recordings or people.
    """

    value: float | None
    reason: str
    annotators: int
    pieces: int
    observed: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    samples: int = 0
    lanes: tuple[LaneGamma, ...] = ()


_ALL_ALIKE = "By chance alone there would be no disorder either, so nothing can be told from there being some."
Side = tuple[Floats, Floats, Ints]
"""One side's pieces of a lane, by start: starts, ends, numbers of labels."""
_Sampler = Callable[[np.random.Generator], list[Side]]


def gamma_of(
    sides: Sequence[Sequence[Piece]],
    *,
    seed: int = SEED,
    samples: int = FEWEST_SAMPLES,
    precision: float | None = PRECISION,
    sampler: str = STATISTICAL,
    asked: Callable[[Hashable], Sequence[int]] | None = None,
    kind: Callable[[Hashable], Hashable] = lambda lane: lane,
    cancel: CancelToken | None = None,
    progress: Progress = silent,
) -> Gamma:
    """Gamma of several people's pieces, each side one person's; the same for the same seed on every computer.

    Pieces are aligned and chance is drawn within each lane; the lanes' disorders are joined by their pieces. Sides
    without any piece are people who marked nothing. Two labels differ or they do not.

    Parameters
    ----------
    samples : random annotations drawn at least
    precision : more are drawn until the mean is known to this share; None draws ``samples`` alone
    asked : which sides were to mark a lane, where these are not all of them
    kind : lanes of one kind (a tier over several items) have gaps, lengths and labels of one kind by chance
    """
    pieces = sum(map(len, sides))

    def undefined(reason: str) -> Gamma:
        return Gamma(None, reason, len(sides), pieces)

    if len(sides) < 2:
        return undefined("Only one person has marked anything, so there is nobody to agree with.")
    if not pieces:
        return undefined("Nobody has marked anything, so there is nothing to align.")
    if all(piece.start == piece.end for side in sides for piece in side):
        return undefined("Everything marked is a moment without a length: points are compared by their onsets.")
    lanes: list[tuple[Hashable, list[Side]]] = []
    of_kind: dict[Hashable, list[Side]] = defaultdict(list)
    for lane, found in _lanes_of(sides):
        compared = found if asked is None else [found[number] for number in asked(lane)]
        if len(compared) > 1 and any(len(start) for start, _, _ in compared):
            lanes.append((lane, compared))
            of_kind[kind(lane)] += compared
    if not lanes:
        return undefined("Nothing was marked by two people or more.")
    habits = {one: _Habits.of(found) for one, found in of_kind.items()}
    try:
        found_on = [_disorder(compared) for _, compared in lanes]
        told = {
            lane: LaneGamma(lane, None, disorder, 0.0, sum(len(start) for start, _, _ in compared), groups)
            for (lane, compared), (disorder, groups) in zip(lanes, found_on, strict=True)
        }
        counted = [
            (told[lane], _shuffled(compared) if sampler == SHUFFLED else _statistical(compared, habits[kind(lane)]))
            for lane, compared in lanes
            if _is_drawable(compared, habits[kind(lane)]) or not told[lane].observed
        ]
        if not counted:
            return undefined(_ALL_ALIKE)
        of_lanes, drawn = _drawn(counted, seed, samples, precision, cancel or CancelToken(), progress)
    except TooMany:
        return undefined(
            f"{len(sides)} people's pieces lie over each other in too many ways to find the best alignment."
        )
    told |= {one.lane: one for one in of_lanes}
    observed = sum(one.observed * one.pieces for one in of_lanes) / sum(one.pieces for one in of_lanes)
    expected, error = float(drawn.mean()), _Z * float(drawn.std()) / math.sqrt(len(drawn))
    value = _value(observed, expected)
    low = _value(observed, expected - error) if expected > error else None
    return Gamma(
        value,
        "" if value is not None else _ALL_ALIKE,
        len(sides),
        pieces,
        observed,
        expected,
        low if value is not None else None,
        _value(observed, expected + error) if value is not None else None,
        len(drawn),
        tuple(told.values()),
    )


def _drawn(
    lanes: Sequence[tuple[LaneGamma, _Sampler]],
    seed: int,
    samples: int,
    precision: float | None,
    cancel: CancelToken,
    progress: Progress,
) -> tuple[list[LaneGamma], Floats]:
    """The lanes with what chance makes of them, and the disorder of each sample."""
    sizes = [one.pieces for one, _ in lanes]
    drawn: list[list[float]] = []
    wanted = samples
    while len(drawn) < wanted:
        cancel.check()
        progress(len(drawn) / wanted, "drawing chance")
        # A generator for each lane of each sample: what one draws changes nothing for the others.
        rngs = [np.random.default_rng((seed, number, len(drawn))) for number in range(len(lanes))]
        drawn.append([_disorder(sample(rng))[0] for (_, sample), rng in zip(lanes, rngs, strict=True)])
        if len(drawn) == samples and precision is not None:
            chance = _joined(drawn, sizes)
            spread = chance.std() / chance.mean() if chance.mean() else 0.0
            most = min(MOST_SAMPLES, MOST_DRAWN // sum(sizes))
            wanted = max(samples, min(most, math.ceil((spread * _Z / precision) ** 2)))
    means = [float(mean) for mean in np.mean(drawn, 0)]
    of_lanes = [
        replace(one, value=_value(one.observed, mean), expected=mean)
        for (one, _), mean in zip(lanes, means, strict=True)
    ]
    return of_lanes, _joined(drawn, sizes)


def _joined(drawn: Sequence[Sequence[float]], sizes: Sequence[int]) -> Floats:
    """Each sample's disorder, its lanes weighed by their pieces."""
    weights = np.array(sizes) / sum(sizes)
    return np.array(drawn) @ weights


def _value(observed: float, expected: float) -> float | None:
    if observed <= 0:
        return 1.0
    return 1 - observed / expected if expected > 0 else None


def disorder_of(sides: Sequence[Sequence[Piece]]) -> float:
    """The disorder of the best alignment; raises TooMany where there are too many ways to align."""
    pieces = sum(map(len, sides))
    lanes = [(found, sum(len(start) for start, _, _ in found)) for _, found in _lanes_of(sides)]
    return sum(_disorder(found)[0] * size for found, size in lanes) / pieces if pieces else 0.0


def value_of(lanes: Iterable[LaneGamma]) -> float | None:
    """Gamma of some of the lanes, joined by their pieces; None where it is undefined, as without any."""
    found = [(one.observed * one.pieces, one.expected * one.pieces) for one in lanes if one.value is not None]
    return _value(sum(observed for observed, _ in found), sum(expected for _, expected in found)) if found else None


def _lanes_of(sides: Sequence[Sequence[Piece]]) -> list[tuple[Hashable, list[Side]]]:
    """Every lane that anybody used, with all sides' pieces on it, in an order that does not depend on theirs."""
    used = {piece.labels for side in sides for piece in side}
    names = {labels: number for number, labels in enumerate(sorted(used, key=sorted))}
    lanes: dict[Hashable, list[list[tuple[int, int, int]]]] = defaultdict(lambda: [[] for _ in sides])
    for number, side in enumerate(sides):
        for piece in side:
            lanes[piece.lane][number].append((piece.start, piece.end, names[piece.labels]))
    return [(lane, [_side(rows) for rows in lanes[lane]]) for lane in sorted(lanes, key=str)]


def _side(rows: Sequence[tuple[int, int, int]]) -> Side:
    columns = np.array(sorted(rows), float).reshape(-1, 3)
    return columns[:, 0], columns[:, 1], columns[:, 2].astype(np.int64)


def _disorder(sides: Sequence[Side]) -> tuple[float, int]:
    """Disorder of the best alignment, and its groups of two or more."""
    starts, ends, labels = (np.concatenate(part) for part in zip(*sides, strict=True))
    whose = np.repeat(np.arange(len(sides)), [len(start) for start, _, _ in sides])
    units, _ = Units.sorted(starts, ends, labels, whose, len(sides))
    found = best_alignment(units)
    return found.disorder(units), len(found.groups)


def _is_drawable(sides: Sequence[Side], habits: _Habits) -> bool:
    """Whether chance makes anything of a lane: something varies, and something on it has a length."""
    return habits.vary and any((end > start).any() for start, end, _ in sides)


class _Habits(Struct, frozen=True):
    """How long pieces are, how far apart, and which labels they have how often; whether any of that varies."""

    length: tuple[float, float]
    gap: tuple[float, float]
    labels: Ints
    shares: Floats
    vary: bool

    @classmethod
    def of(cls, sides: Sequence[Side]) -> _Habits:
        """The habits of several sides."""
        lengths = np.concatenate([end - start for start, end, _ in sides])
        # As there: what comes before the first piece is a gap too, where it does not begin at zero.
        gaps = np.concatenate(
            [start[1:] - end[:-1] for start, end, _ in sides] + [start[:1][start[:1] > 0] for start, _, _ in sides]
        )
        labels, times = np.unique(np.concatenate([labels for _, _, labels in sides]), return_counts=True)
        length = float(lengths.mean()), float(lengths.std())
        gap = (float(gaps.mean()), float(gaps.std())) if len(gaps) else (0.0, 0.0)
        return cls(length, gap, labels, times / times.sum(), bool(length[1] or gap[1] or len(labels) > 1))


def _statistical(sides: Sequence[Side], habits: _Habits) -> _Sampler:
    """Draws sides with about as many pieces as these have, of the habits given."""
    counts = np.array([len(start) for start, _, _ in sides])

    def draw(rng: np.random.Generator) -> list[Side]:
        made = []
        for _ in sides:
            n = max(1, int(rng.normal(counts.mean(), counts.std())))
            long = np.abs(rng.normal(*habits.length, n))
            end = np.cumsum(rng.normal(*habits.gap, n) + long)
            made.append((end - long, end, rng.choice(habits.labels, n, p=habits.shares)))
        return made

    return draw


def _shuffled(sides: Sequence[Side]) -> _Sampler:
    """Draws sides that are these ones moved round: everybody's own order and lengths, but not their places."""
    used = [side for side in sides if len(side[0])]
    low = min(float(start.min()) for start, _, _ in used)
    high = max(float(end.max()) for _, end, _ in used)
    lengths = np.concatenate([end - start for start, end, _ in sides])
    room = float(lengths.mean()) / 2

    def draw(rng: np.random.Generator) -> list[Side]:
        made: list[Side] = []
        free = [(low, high)]
        for _ in sides:
            widths = np.array([end - start for start, end in free])
            if widths.sum() > 0:
                start, end = free[int(rng.choice(len(free), p=widths / widths.sum()))]
            else:
                start, end = low, high
            by = float(rng.uniform(start, end))
            free = [
                part
                for start, end in free
                for part in ((start, min(end, by - room)), (max(start, by + room), end))
                if part[1] > part[0]
            ]
            starts, ends, labels = sides[int(rng.integers(len(sides)))]
            back = np.where(starts + by > high, by + low - high, by)
            made.append((starts + back, ends + back, labels))
        return made

    return draw
