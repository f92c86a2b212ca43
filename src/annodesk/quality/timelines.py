"""Several people's labels on one tier without overlaps, laid over each other: where they say the same and where not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from annodesk.quality.alignment import Piece

_MERGE_GAP_SHARE = 0.2
"""Disputed stretches closer than this share of the tolerance are shown as one."""


class AgreedStretch(Struct, frozen=True):
    """A stretch all sides label alike; ``members`` are the (side, place) of the pieces it stands for."""

    start: int
    end: int
    labels: frozenset[str]
    members: tuple[tuple[int, int], ...]


class DisputedStretch(Struct, frozen=True):
    """A stretch where sides differ: ``boundary`` (where one change lies), ``missing`` (some say nothing) or ``label``.

    A ``break`` is a cut between two equal labels that not all sides make; the label itself is agreed there.
    """

    start: int
    end: int
    kind: str


class _Run(Struct):
    """Neighbouring cells, first to last, in which the sides differ."""

    first: int
    last: int
    is_change: bool = False
    is_noise: bool = False


class _Open(Struct):
    """An agreed stretch still growing."""

    start: int
    end: int
    labels: frozenset[str]
    members: dict[tuple[int, int], None] = field(default_factory=dict)


def is_exclusive(pieces: Sequence[Piece]) -> bool:
    """Whether pieces sorted by start all have a length and never overlap."""
    return all(p.end > p.start for p in pieces) and all(b.start >= a.end for a, b in pairwise(pieces))


def middle(values: Iterable[int]) -> int:
    """The median, rounded down."""
    return int(median(sorted(values)) // 1)


def lay_over(sides: Sequence[Sequence[Piece]], tolerance: int) -> tuple[list[AgreedStretch], list[DisputedStretch]]:
    """What all sides say alike, and the maximal stretches where they differ.

    Parameters
    ----------
    sides : each side's pieces, sorted and exclusive
    tolerance : a change that all sides make within this time is one change, put at the median; never more than a
        quarter of the shortest piece beside it, so that pieces which agree here also pair at IoU 0.5

    Returns
    -------
    agreed, disputed : in order; agreed stretches are cut where a disputed one begins
    """
    return _Overlay(sides, tolerance).result()


class _Overlay:
    """The cells between all boundaries, and for each cell the place of every side's piece (-1 where it has none)."""

    def __init__(self, sides: Sequence[Sequence[Piece]], tolerance: int) -> None:
        self.sides, self.tolerance = sides, tolerance
        self.cuts = sorted({t for side in sides for p in side for t in (p.start, p.end)})
        self.cells = [self._places(side) for side in sides]
        self.n = max(0, len(self.cuts) - 1)
        self.same = [len({self.labels(s, c) for s in range(len(sides))}) == 1 for c in range(self.n)]

    def _places(self, side: Sequence[Piece]) -> list[int]:
        places, at = [], 0
        for start, _ in pairwise(self.cuts):
            while at < len(side) and side[at].end <= start:
                at += 1
            places.append(at if at < len(side) and side[at].start <= start else -1)
        return places

    def place(self, side: int, cell: int) -> int:
        return self.cells[side][cell] if 0 <= cell < self.n else -1

    def labels(self, side: int, cell: int) -> frozenset[str] | None:
        place = self.place(side, cell)
        return None if place < 0 else self.sides[side][place].labels

    def limit(self, cells: Iterable[int]) -> int:
        """The tolerance beside these cells."""
        pieces = [self.sides[s][p] for s in range(len(self.sides)) for c in cells if (p := self.place(s, c)) >= 0]
        return min([self.tolerance, *((p.end - p.start) // 4 for p in pieces)])

    def runs(self) -> list[_Run]:
        runs: list[_Run] = []
        for cell in range(self.n):
            if self.same[cell]:
                continue
            if runs and runs[-1].last == cell - 1:
                runs[-1].last = cell
            else:
                runs.append(_Run(cell, cell))
        for run in runs:
            run.is_change = all(self._changes_once(side, run) for side in range(len(self.sides)))
            length = self.cuts[run.last + 1] - self.cuts[run.first]
            run.is_noise = run.is_change and length <= self.limit((run.first - 1, run.last + 1))
        return runs

    def _changes_once(self, side: int, run: _Run) -> bool:
        """Whether a side goes over from what is before the run to what is after it, with at most a gap between."""
        before, after = self.place(side, run.first - 1), self.place(side, run.last + 1)
        if before == after:
            return False
        stage = 0
        for cell in range(run.first, run.last + 1):
            place = self.place(side, cell)
            now = 0 if place == before else 2 if place == after else 1 if place == -1 else -1
            if now < stage:
                return False
            stage = now
        return True

    def breaks(self) -> tuple[dict[int, int], list[DisputedStretch]]:
        """Cuts between equal labels: agreed ones (first cell after the cut, time) and disputed ones."""
        agreed: dict[int, int] = {}
        disputed: list[DisputedStretch] = []
        group: dict[int, int] = {}

        def close() -> None:
            if group and len(group) == len(self.sides):
                agreed[min(group.values())] = middle(self.cuts[cell] for cell in group.values())
            elif group:
                times = [self.cuts[cell] for cell in group.values()]
                disputed.append(DisputedStretch(min(times), max(times), "break"))
            group.clear()

        for cell in range(1, self.n):
            alike = self.same[cell - 1] and self.same[cell] and self.labels(0, cell - 1) == self.labels(0, cell)
            if not alike or self.labels(0, cell) is None:
                close()
                continue
            cut = [s for s in range(len(self.sides)) if self.place(s, cell - 1) != self.place(s, cell)]
            if not cut:
                continue
            if group:
                first = min(group.values())
                apart = self.cuts[cell] - self.cuts[first]
                if group.keys() & set(cut) or apart > self.limit((first - 1, first, cell - 1, cell)):
                    close()
            group.update(dict.fromkeys(cut, cell))
        close()
        return agreed, disputed

    def disputes(self, runs: Sequence[_Run], breaks: Sequence[DisputedStretch]) -> list[DisputedStretch]:
        found = [
            DisputedStretch(self.cuts[run.first], self.cuts[run.last + 1], self._kind(run))
            for run in runs
            if not run.is_noise
        ]
        merged: list[DisputedStretch] = []
        for stretch in sorted([*found, *breaks], key=lambda d: (d.start, d.end)):
            if merged and stretch.start - merged[-1].end <= self.tolerance * _MERGE_GAP_SHARE:
                last = merged[-1]
                kinds = {last.kind, stretch.kind}
                kind = next(k for k in ("label", "missing", "boundary", "break") if k in kinds)
                merged[-1] = DisputedStretch(last.start, max(last.end, stretch.end), kind)
            else:
                merged.append(stretch)
        return merged

    def _kind(self, run: _Run) -> str:
        if run.is_change:
            return "boundary"
        for side in range(len(self.sides)):
            if all(self.place(side, cell) < 0 for cell in range(run.first, run.last + 1)):
                return "missing"
        return "label"

    def result(self) -> tuple[list[AgreedStretch], list[DisputedStretch]]:
        runs = self.runs()
        agreed_breaks, broken = self.breaks()
        disputed = self.disputes(runs, broken)
        noise = {cell: run for run in runs if run.is_noise for cell in range(run.first, run.last + 1)}
        # Cells of a disputed stretch; a lone break has no cells, so the agreed label runs on through it.
        out: set[int] = set()
        at = 0
        for cell in range(self.n):
            while at < len(disputed) and disputed[at].end <= self.cuts[cell]:
                at += 1
            if at < len(disputed) and disputed[at].kind != "break" and disputed[at].start <= self.cuts[cell]:
                out.add(cell)
        return self._compose(agreed_breaks, noise, out), disputed

    def _compose(self, breaks: dict[int, int], noise: dict[int, _Run], out: set[int]) -> list[AgreedStretch]:
        done: list[AgreedStretch] = []
        now: _Open | None = None

        def close(end: int | None = None) -> None:
            nonlocal now
            if now is not None:
                stop = now.end if end is None else end
                if stop > now.start:
                    done.append(AgreedStretch(now.start, stop, now.labels, tuple(sorted(now.members))))
            now = None

        for cell in range(self.n):
            if cell in out:
                close()
                continue
            if (run := noise.get(cell)) is not None:
                close(self._median(run.first - 1, "end"))
                continue
            labels = self.labels(0, cell)
            if labels is None:
                close()
                continue
            start = self.cuts[cell]
            cut_by_all = all(self.place(s, cell - 1) != self.place(s, cell) for s in range(len(self.sides)))
            if now is not None and (now.labels != labels or cell in breaks or cut_by_all):
                start = breaks.get(cell, start)
                close(start)
            if now is None:
                if cell - 1 in noise and cell - 1 not in out:
                    median_start = self._median(cell, "start")
                    start = start if median_start is None else median_start
                now = _Open(start, self.cuts[cell + 1], labels)
            now.end = self.cuts[cell + 1]
            now.members.update({(s, self.place(s, cell)): None for s in range(len(self.sides))})
        close()
        return done

    def _median(self, cell: int, edge: str) -> int | None:
        """The median start or end of all sides' pieces in an agreed cell; None where it is empty."""
        if self.labels(0, cell) is None:
            return None
        return middle(getattr(self.sides[s][self.place(s, cell)], edge) for s in range(len(self.sides)))
