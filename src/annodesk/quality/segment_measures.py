"""How far two people's segments, points or spans lie upon each other: paired ones, boundaries, time labelled alike."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

from msgspec import Struct, field

from annodesk.quality.alignment import (
    ONSET_WINDOW_US,
    Piece,
    f1,
    match_onsets,
    match_pieces,
    match_points,
)

BOUNDARY_WINDOW_US = 500_000
ANY_OVERLAP = sys.float_info.min
"""The IoU of two pieces that share anything at all."""

Saying = frozenset[str] | None
"""The labels somebody gives a moment; None where they mark nothing there."""


class ComparedPair(Struct, frozen=True):
    """Two sets of one lane: the pieces of both; ``people`` are the same for the same two people in the same order.

    ``bounds`` is the stretch both were asked about; None where that is not known: then from the first thing either
    marked to the last.
    """

    a: Sequence[Piece]
    b: Sequence[Piece]
    people: Hashable = ""
    bounds: tuple[int, int] | None = None


class Kind(StrEnum):
    """What pieces are: stretches of time, points in time, or stretches of a text, which have no boundaries in time."""

    SEGMENTS = "segments"
    POINTS = "points"
    SPANS = "spans"


class Rules(Struct, frozen=True):
    """How pieces are paired: points by their onsets, all else by overlap; times in us."""

    kind: Kind = Kind.SEGMENTS
    iou: float = 0.5
    onset_window_us: int = ONSET_WINDOW_US
    boundary_window_us: int = BOUNDARY_WINDOW_US


class PairTally(Struct):
    """What pairs of sets add up to on one label or all: enough for every measure but kappa.

    ``iou`` is the sum over what was matched, ``edges`` counts both sides' boundaries, ``off_us`` tells how far
    apart paired ones lie. Of spans ``same`` counts pairs with the same ends, ``near`` pairs that share a character.
    """

    n_a: int = 0
    n_b: int = 0
    matched: int = 0
    iou: float = 0.0
    edges: int = 0
    off_us: list[int] = field(default_factory=list)
    same: int = 0
    near: int = 0

    def add(self, other: PairTally) -> None:
        """Count what another has counted as well."""
        self.n_a, self.n_b, self.matched = self.n_a + other.n_a, self.n_b + other.n_b, self.matched + other.matched
        self.iou, self.edges = self.iou + other.iou, self.edges + other.edges
        self.same, self.near = self.same + other.same, self.near + other.near
        self.off_us += other.off_us


class Fit(Struct, frozen=True):
    """How well pieces fit each other; a number is None where it is not defined.

    ``recall`` is the share of the first one's pieces that were paired, ``precision`` of the second one's, ``mean_iou``
    is over what was paired. Boundaries are paired within a window whatever their labels; those of points are the
    points that were paired. Spans with the same labels are paired exactly too, and where they share a character.
    """

    precision: float | None
    recall: float | None
    f1: float
    mean_iou: float | None
    boundary_f1: float | None
    boundary_median_ms: float | None
    boundary_p95_ms: float | None
    exact_f1: float | None = None
    partial_f1: float | None = None


def fit_of(tally: PairTally, kind: Kind = Kind.SEGMENTS) -> Fit:
    """The measures of what was counted."""
    off = len(tally.off_us)
    boundaries = 2 * off / tally.edges if tally.edges else None
    if kind is Kind.SEGMENTS and not tally.n_a and not tally.n_b:
        boundaries = 1.0
    return Fit(
        tally.matched / tally.n_b if tally.n_b else None,
        tally.matched / tally.n_a if tally.n_a else None,
        f1(tally.matched, tally.n_a, tally.n_b),
        tally.iou / tally.matched if tally.matched and kind is not Kind.POINTS else None,
        boundaries,
        _quantile_ms(tally.off_us, 0.5),
        _quantile_ms(tally.off_us, 0.95),
        f1(tally.same, tally.n_a, tally.n_b) if kind is Kind.SPANS else None,
        f1(tally.near, tally.n_a, tally.n_b) if kind is Kind.SPANS else None,
    )


def _quantile_ms(off_us: Sequence[int], share: float) -> float | None:
    """The value below which a share of the times lies, interpolated; None of nothing."""
    ordered = sorted(off_us)
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return (ordered[low] + (ordered[high] - ordered[low]) * (place - low)) / 1000


class PairMeasures(Struct, frozen=True):
    """What all compared pairs together give for all labels (None) or one.

    ``kappa`` is Cohen's, of how every moment is labelled, "nothing" being a label too; ``reason`` says why it has no
    value.
    """

    label: str | None
    pairs: int
    counts: PairTally
    fit: Fit
    kappa: float | None
    reason: str = ""


def measure_pairs(pairs: Sequence[ComparedPair], rules: Rules = Rules()) -> tuple[PairMeasures, ...]:
    """Measures of all pairs together: of all labels first, then of each that anybody used.

    Counts and times are summed over the pairs before anything is divided, so an item with much in it weighs more than
    one with little. Only kappa keeps people apart: it is the mean over who was compared with whom, by their time.
    """
    tallies: dict[str | None, PairTally] = {None: PairTally()}
    time: dict[Hashable, Counter[tuple[Saying, Saying]]] = {}
    for pair in pairs:
        for label, tally in tally_pair(Marked(pair.a), Marked(pair.b), rules).items():
            tallies.setdefault(label, PairTally()).add(tally)
        if rules.kind is Kind.SEGMENTS:
            time.setdefault(pair.people, Counter()).update(time_labelled(pair.a, pair.b, pair.bounds))
    found = []
    shares = [_by_label_in(one) for one in time.values()]
    for label in (None, *sorted(label for label in tallies if label is not None)):
        kappa, reason = None, f"There is no time to label where there are only {rules.kind}."
        if rules.kind is Kind.SEGMENTS:
            kappa, reason = _kappa_of_people(
                time.values() if label is None else [one.get(label, Counter()) for one in shares]
            )
        tally = tallies[label]
        found.append(PairMeasures(label, len(pairs), tally, fit_of(tally, rules.kind), kappa, reason))
    return tuple(found)


class Marked:
    """One side's pieces, those of each label, and their boundaries: found once, however often it is compared."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces
        self.by_label: dict[str | None, Sequence[Piece]] = {None: pieces}
        of_label: dict[str, list[Piece]] = {}
        for piece in pieces:
            for label in piece.labels:
                of_label.setdefault(label, []).append(piece)
        self.by_label.update(of_label)
        self._edges: dict[str | None, list[int]] = {}

    def count(self, label: str | None) -> int:
        """How many pieces have a label."""
        return len(self.by_label.get(label, ()))

    def edges(self, label: str | None) -> list[int]:
        """Where a piece with a label starts or ends, each place once."""
        if label not in self._edges:
            places = {place for piece in self.by_label.get(label, ()) for place in (piece.start, piece.end)}
            self._edges[label] = sorted(places)
        return self._edges[label]


def tally_pair(ours: Marked, theirs: Marked, rules: Rules = Rules()) -> dict[str | None, PairTally]:
    """One pair of sets counted: for all labels (None), and for each that either used."""
    a, b = ours.pieces, theirs.pieces
    if rules.kind is Kind.POINTS:
        matched = [(i, j, 1.0) for i, j in match_onsets(a, b, rules.onset_window_us)]
    else:
        matched = [(m.a, m.b, m.worth) for m in match_pieces(a, b, rules.iou)]
    tallies = {x: PairTally(ours.count(x), theirs.count(x)) for x in {**ours.by_label, **theirs.by_label}}
    for i, j, worth in matched:
        # Paired pieces carry equal labels.
        for label in (None, *a[i].labels):
            tally = tallies[label]
            tally.matched += 1
            tally.iou += worth
            if rules.kind is Kind.POINTS:
                tally.off_us.append(abs(a[i].start - b[j].start))
    if rules.kind is Kind.SPANS:
        for match in match_pieces(a, b, 1.0):
            for label in (None, *a[match.a].labels):
                tallies[label].same += 1
        for match in match_pieces(a, b, ANY_OVERLAP):
            for label in (None, *a[match.a].labels):
                tallies[label].near += 1
    if rules.kind is Kind.SEGMENTS:
        for label, tally in tallies.items():
            one, other = ours.edges(label), theirs.edges(label)
            tally.edges = len(one) + len(other)
            tally.off_us = [abs(one[i] - other[j]) for i, j in match_points(one, other, rules.boundary_window_us)]
    return tallies


def time_labelled(
    a: Sequence[Piece], b: Sequence[Piece], bounds: tuple[int, int] | None = None
) -> Counter[tuple[Saying, Saying]]:
    """How long one side says this and the other that; where a side's pieces overlap it says the labels of all."""
    cuts = sorted({t for piece in (*a, *b) for t in (piece.start, piece.end)} | set(bounds or ()))
    found: Counter[tuple[Saying, Saying]] = Counter()
    for (start, end), one, other in zip(pairwise(cuts), _sayings(a, cuts), _sayings(b, cuts), strict=True):
        found[one, other] += end - start
    return found


def _sayings(pieces: Sequence[Piece], cuts: Sequence[int]) -> Iterator[Saying]:
    """What one side says between each two neighbouring cuts."""
    coming = sorted((p for p in pieces if p.end > p.start), key=lambda p: -p.start)
    going = sorted(coming, key=lambda p: -p.end)
    labels: Counter[str] = Counter()
    held, said = 0, None  # type: int, Saying
    for cut in cuts[:-1]:
        changed = False
        while going and going[-1].end <= cut:
            labels.subtract(going.pop().labels)
            held, changed = held - 1, True
        while coming and coming[-1].start <= cut:
            labels.update(coming.pop().labels)
            held, changed = held + 1, True
        if changed:
            said = frozenset(+labels) if held else None
        yield said


def _by_label_in(time: Mapping[tuple[Saying, Saying], int]) -> dict[str, Counter[tuple[Saying, Saying]]]:
    """The same time for each label, told only by whether each side gives that label."""
    found: dict[str, Counter[tuple[Saying, Saying]]] = {}
    for (one, other), us in time.items():
        ours, theirs = one or frozenset(), other or frozenset()
        for label in ours | theirs:
            is_said = frozenset({label})
            said = (is_said if label in ours else None, is_said if label in theirs else None)
            found.setdefault(label, Counter())[said] += us
    total = sum(time.values())
    for told in found.values():
        told[None, None] = total - told.total()
    return found


def _kappa_of_people(times: Iterable[Mapping[tuple[Saying, Saying], int]]) -> tuple[float | None, str]:
    known, reason = [], "Nobody was compared."
    for time in times:
        value, why = kappa_of_time(time)
        if value is None:
            reason = why
        else:
            known.append((value, sum(time.values())))
    if not known:
        return None, reason
    return sum(value * us for value, us in known) / sum(us for _, us in known), ""


def kappa_by_label(time: Mapping[tuple[Saying, Saying], int]) -> dict[str | None, tuple[float | None, str]]:
    """Kappa of all labels (None) and of each against all others, or why it has no value."""
    found: dict[str | None, tuple[float | None, str]] = {None: kappa_of_time(time)}
    return found | {label: kappa_of_time(one) for label, one in _by_label_in(time).items()}


def kappa_of_time(time: Mapping[tuple[Saying, Saying], int]) -> tuple[float | None, str]:
    """Cohen's kappa of two people whose every moment is an item, or why it has none."""
    total = sum(time.values())
    if total <= 0:
        return None, "No time is marked by either."
    ours: Counter[Saying] = Counter()
    theirs: Counter[Saying] = Counter()
    alike = 0.0
    for (one, other), us in time.items():
        ours[one] += us
        theirs[other] += us
        alike += us if one == other else 0
    chance = sum(us * theirs[said] for said, us in ours.items()) / total / total
    if chance >= 1 - 1e-12:
        return None, "Both say one and the same all the time, so agreement by chance is certain."
    return (alike / total - chance) / (1 - chance), ""
