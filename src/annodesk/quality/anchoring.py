"""What suggestions do to time and to answers: work with them beside work without, as places were drawn.

Each figure is told with a 95 % interval from resamples of whole items, and not at all below 20 pieces of work on either
side. Nobody is told apart: what is measured is the suggestions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from annodesk.model.shown import TOOK, How
from annodesk.quality.beside import Compared, Met, TaskBeside, Worked
from annodesk.quality.bootstrap import interval

FEWEST = 20
"""Pieces of work with suggestions, and as many without, below which nothing can be said."""

ItemBeside = Sequence[TaskBeside]
FloatArray = npt.NDArray[np.float64]


class Effect(Struct, frozen=True):
    """A figure with suggestions and without, and what they make of it.

    Parameters
    ----------
    with_them, without : the figure on either side; None where there is none
    value : with less without, or with by without (``is_ratio``); None where ``reason`` says why
    low, high : its 95 % interval
    n_with, n_without : pieces of work it rests on
    """

    with_them: float | None = None
    without: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n_with: int = 0
    n_without: int = 0
    is_ratio: bool = False
    reason: str = ""

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out "no difference"."""
        none = 1.0 if self.is_ratio else 0.0
        return self.low is not None and self.high is not None and not self.low <= none <= self.high


class PartAnchoring(Struct, frozen=True):
    """One part: how often the model's answer is given, and how much of it is given each label."""

    part: str
    following: Effect
    labels: Mapping[str, Effect]


class Anchoring(Struct, frozen=True):
    """What suggestions do.

    Parameters
    ----------
    time : working time for each second of the recording (each task, where there is none)
    following : the share of suggestions of which the same is said, seen or not
    followed_right, followed_wrong : the same, of suggestions that a ruling bears out, and of those it does not
    became : what became of the suggestions that were shown
    unplayed : of suggestions taken, the share of which nothing had been played; None where that is not recorded
    compared : what comparisons after the commit came to, together; None in other modes
    """

    mode: str
    n_with: int
    n_without: int
    time: Effect
    following: Effect
    followed_right: Effect
    followed_wrong: Effect
    parts: tuple[PartAnchoring, ...]
    became: Mapping[How, int]
    unplayed: float | None
    taken_known: int
    compared: Compared | None

    @property
    def bulk_share(self) -> float | None:
        """Of suggestions taken, the share taken in bulk."""
        taken = sum(self.became.get(how, 0) for how in TOOK)
        return self.became.get(How.BULK, 0) / taken if taken else None


def anchoring(items: Sequence[ItemBeside], mode: str, parts: Iterable[str], seed: int) -> Anchoring:
    """Measure what suggestions do under a show mode, over the work on some items."""
    sides = [_sides(item, mode) for item in items]
    n_with = sum(len(aided) for aided, _ in sides)
    n_without = sum(len(free) for _, free in sides)
    has_time = all(task.length_us > 0 for item in items for task in item if task.works)

    def over(of: Callable[[int, Worked], tuple[float, float]], *, is_ratio: bool = False) -> Effect:
        """The effect on a sum by another, each told of one piece of work (and its task's length)."""
        rows, n = [], [0, 0]
        for side in sides:
            row = [0.0, 0.0, 0.0, 0.0]
            for place, works in enumerate(side):
                for length_us, one in works:
                    above, below = of(length_us, one)
                    row[2 * place] += above
                    row[2 * place + 1] += below
                    n[place] += below > 0
            if any(row):
                rows.append(row)
        return _effect(rows, n[0], n[1], seed, is_ratio=is_ratio)

    def following(keep: Callable[[Met], bool]) -> Effect:
        return over(lambda _, one: (sum(m.alike for m in one.met if keep(m)), sum(m.n for m in one.met if keep(m))))

    def share(part: str, label: str) -> Effect:
        def of(_: int, one: Worked) -> tuple[float, float]:
            return one.said.get((part, label), 0), sum(w for (p, _), w in one.said.items() if p == part)

        return over(of)

    def about(part: str) -> PartAnchoring:
        labels = sorted(
            {label for side in sides for works in side for _, one in works for p, label in one.said if p == part}
        )
        return PartAnchoring(part, following(lambda m: m.part == part), {label: share(part, label) for label in labels})

    became: Counter[How] = Counter()
    unplayed, known, compared = 0, 0, list[Compared]()
    for aided, _ in sides:
        for _, one in aided:
            became.update(one.became)
            unplayed, known = unplayed + one.unplayed, known + one.played_known
            compared += [] if one.compared is None else [one.compared]
    return Anchoring(
        mode,
        n_with,
        n_without,
        over(lambda us, one: (one.worked_us / 1e6, us / 1e6 if has_time else 1.0), is_ratio=True),
        following(lambda _: True),
        following(lambda m: m.is_right is True),
        following(lambda m: m.is_right is False),
        tuple(about(part) for part in parts),
        dict(became),
        unplayed / known if known else None,
        known,
        _together(compared),
    )


_Works = list[tuple[int, Worked]]


def _sides(item: ItemBeside, mode: str) -> tuple[_Works, _Works]:
    """The work on an item with suggestions and without, each with its task's length.

    Who has a place that shows them and saw none (the model came later) is on neither side: what was done early, or
    where the model is unsure, is other work.
    """
    found = [(task.length_us, one) for task in item for one in task.works if one.mode == mode]
    return [w for w in found if w[1].drawn and w[1].aided], [w for w in found if not w[1].drawn]


def _together(found: Sequence[Compared]) -> Compared | None:
    if not found:
        return None
    return Compared(
        sum(one.differed for one in found),
        sum(one.came_over for one in found),
        sum(one.right for one in found),
        sum(one.wrong for one in found),
        sum(one.worked_us for one in found),
    )


def _effect(rows: Sequence[Sequence[float]], n_with: int, n_without: int, seed: int, *, is_ratio: bool) -> Effect:
    table = np.asarray(rows, dtype=np.float64).reshape(len(rows), 4)

    def figures(weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        sums = table.T @ weights
        with np.errstate(divide="ignore", invalid="ignore"):
            aided, free = sums[0] / sums[1], sums[2] / sums[3]
            return aided, free, aided / free if is_ratio else aided - free

    whole = figures(np.ones((len(rows), 1)))
    aided, free, value = (None if not np.isfinite(one[0]) else float(one[0]) for one in whole)
    known = Effect(aided, free, None, None, None, n_with, n_without, is_ratio)
    if n_with < FEWEST or n_without < FEWEST:
        return _because(
            known, f"Not enough to know: {n_with} with suggestions and {n_without} without; it takes {FEWEST} of each."
        )
    if value is None:
        return _because(known, "There is nothing to compare with.")
    spread = interval(np.ones(len(rows)), lambda weights: figures(weights)[2], np.random.default_rng(seed))
    return Effect(aided, free, value, spread.low, spread.high, n_with, n_without, is_ratio, spread.note)


def _because(known: Effect, reason: str) -> Effect:
    return Effect(
        known.with_them, known.without, None, None, None, known.n_with, known.n_without, known.is_ratio, reason
    )
