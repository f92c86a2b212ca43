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
from dataclasses import dataclass

import numpy as np

from annodesk.progress import CancelToken, Progress, silent
from annodesk.quality.alignment import Piece
from annodesk.quality.unit_alignment import Floats, Ints, TooMany, Units, best_alignment

SEED = 1
"""Where nothing else is asked for, chance is drawn from this number on, so the same files give the same value."""
FEWEST_SAMPLES = 30
MOST_SAMPLES, MOST_DRAWN = 1_000, 400_000
PRECISION = 0.01
"""Chance is drawn until its mean disorder is known to this share (half a 95 % interval), if MOST_SAMPLES of it and
MOST_DRAWN pieces let it."""
STATISTICAL, SHUFFLED = "statistical", "shuffled"
_Z = 1.96


@dataclass(frozen=True, slots=True)
class LaneGamma:
    """Gamma on one lane alone; ``pairs`` counts the groups of two pieces or more in its best alignment."""

    lane: Hashable
    value: float | None
    observed: float
    expected: float
    pieces: int
    groups: int


@dataclass(frozen=True, slots=True)
class Gamma:
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
    lanes = []
    for lane, found in _by_lane(sides):
        compared = found if asked is None else [found[number] for number in asked(lane)]
        if len(compared) > 1:
            lanes.append((lane, _sides_of(compared)))
    if not lanes:
        return undefined("Nothing was marked by two people or more.")
    try:
        return _gamma(lanes, len(sides), seed, samples, precision, sampler, cancel or CancelToken(), progress)
    except TooMany:
        return undefined(
            f"{len(sides)} people's pieces lie over each other in too many ways to find the best alignment."
        )


def _gamma(
    lanes: Sequence[tuple[Hashable, list[Side]]],
    annotators: int,
    seed: int,
    samples: int,
    precision: float | None,
    sampler: str,
    cancel: CancelToken,
    progress: Progress,
) -> Gamma:
    sizes = [sum(len(start) for start, _, _ in sides) for _, sides in lanes]
    pieces = sum(sizes)
    found = [_disorder(sides) for _, sides in lanes]
    observed = sum(disorder * size for (disorder, _), size in zip(found, sizes, strict=True)) / pieces
    make = _shuffled if sampler == SHUFFLED else _statistical
    samplers = [make(sides) for _, sides in lanes]
    drawn: list[list[float]] = []
    wanted = samples
    while len(drawn) < wanted:
        cancel.check()
        progress(len(drawn) / wanted, "drawing chance")
        # A generator for each lane of each sample: what one draws changes nothing for the others.
        rngs = [np.random.default_rng((seed, number, len(drawn))) for number in range(len(lanes))]
        drawn.append([_disorder(sample(rng))[0] for sample, rng in zip(samplers, rngs, strict=True)])
        if len(drawn) == samples and precision is not None:
            chance = _joined(drawn, sizes)
            spread = chance.std() / chance.mean() if chance.mean() else 0.0
            most = min(MOST_SAMPLES, MOST_DRAWN // pieces)
            wanted = max(samples, min(most, math.ceil((spread * _Z / precision) ** 2)))
    chance = _joined(drawn, sizes)
    expected = float(chance.mean())
    of_lanes = tuple(
        LaneGamma(lane, _value(disorder, float(mean)), disorder, float(mean), size, groups)
        for (lane, _), (disorder, groups), mean, size in zip(lanes, found, np.mean(drawn, 0), sizes, strict=True)
    )
    value = _value(observed, expected)
    if value is None:
        reason = "By chance alone there would be no disorder either, so nothing can be told from there being some."
        return Gamma(None, reason, annotators, pieces, observed, expected, None, None, len(drawn), of_lanes)
    error = _Z * float(chance.std()) / math.sqrt(len(drawn))
    low = _value(observed, expected - error) if expected > error else None
    return Gamma(
        value, "", annotators, pieces, observed, expected, low, _value(observed, expected + error), len(drawn), of_lanes
    )


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
    lanes = [(_sides_of(found), sum(map(len, found))) for _, found in _by_lane(sides)]
    return sum(_disorder(found)[0] * size for found, size in lanes) / pieces if pieces else 0.0


def value_of(lanes: Iterable[LaneGamma]) -> float | None:
    """Gamma of some of the lanes, joined by their pieces; None where it is undefined, as without any."""
    found = [(one.observed * one.pieces, one.expected * one.pieces) for one in lanes]
    return _value(sum(observed for observed, _ in found), sum(expected for _, expected in found)) if found else None


def _by_lane(sides: Sequence[Sequence[Piece]]) -> list[tuple[Hashable, list[list[Piece]]]]:
    """Every lane that anybody used, with all sides' pieces on it, in an order that does not depend on theirs."""
    lanes: dict[Hashable, list[list[Piece]]] = defaultdict(lambda: [[] for _ in sides])
    for side, found in enumerate(sides):
        for piece in found:
            lanes[piece.lane][side].append(piece)
    return sorted(lanes.items(), key=lambda lane: str(lane[0]))


def _sides_of(found: Sequence[Sequence[Piece]]) -> list[Side]:
    names = {labels: number for number, labels in enumerate(sorted({p.labels for s in found for p in s}, key=sorted))}
    sides = []
    for pieces in found:
        rows = sorted((p.start, p.end, names[p.labels]) for p in pieces)
        columns = np.array(rows, float).reshape(-1, 3)
        sides.append((columns[:, 0], columns[:, 1], columns[:, 2].astype(np.int64)))
    return sides


def _disorder(sides: Sequence[Side]) -> tuple[float, int]:
    """Disorder of the best alignment, and its groups of two or more."""
    starts, ends, labels = (np.concatenate(part) for part in zip(*sides, strict=True))
    whose = np.repeat(np.arange(len(sides)), [len(start) for start, _, _ in sides])
    units, _ = Units.sorted(starts, ends, labels, whose, len(sides))
    found = best_alignment(units)
    return found.disorder(units), len(found.groups)


def _statistical(sides: Sequence[Side]) -> _Sampler:
    """Draws sides with the habits of these: how many pieces, how long, how far apart, which labels."""
    counts = np.array([len(start) for start, _, _ in sides])
    lengths = np.concatenate([end - start for start, end, _ in sides])
    # As there: what comes before the first piece is a gap too, where it does not begin at zero.
    gaps = np.concatenate(
        [start[1:] - end[:-1] for start, end, _ in sides] + [start[:1][start[:1] > 0] for start, _, _ in sides]
    )
    known, times = np.unique(np.concatenate([labels for _, _, labels in sides]), return_counts=True)
    gap, spread = (float(gaps.mean()), float(gaps.std())) if len(gaps) else (0.0, 0.0)

    def draw(rng: np.random.Generator) -> list[Side]:
        made = []
        for _ in sides:
            n = max(1, int(rng.normal(counts.mean(), counts.std())))
            long = np.abs(rng.normal(lengths.mean(), lengths.std(), n))
            end = np.cumsum(rng.normal(gap, spread, n) + long)
            made.append((end - long, end, rng.choice(known, n, p=times / times.sum())))
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
