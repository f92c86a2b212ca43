"""Which pieces of several people stand for the same thing: the alignment of the least disorder, found exactly.

Mathet, Widlöcher and Métivier (2015), "The Unified and Holistic Method Gamma", Computational Linguistics 41(3): a
group holds at most one piece of each side and costs the mean dissimilarity of all pairs of sides in it, where whoever
has nothing there is 1 away from everybody. An alignment puts every piece into one group; its disorder is what its
groups cost, over the mean number of pieces a side has.

A piece alone costs 1, so an alignment is known by what its groups of two or more save. A group that saves no more
than it does without one of its members is never needed; that leaves pieces that overlap or nearly do. Taken by their
ends, a piece stands in groups with later ones only while it lasts, so the best choice is found in one pass that
remembers which of the pieces crossing the present place are taken already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

ALPHA, BETA = 3.0, 1.0
"""What being in another place weighs, and what another label weighs; a piece and nothing are 1 apart."""

MOST_GROUPS = 400_000
"""More groups of pieces than this are not looked through: they would take gigabytes and minutes."""
_MOST_STATES = 1_024
_MOST_STEPS = 300_000
_PRUNED_FROM = 24
_NEAR = 0.1
_MOST_SECONDS = 30.0
_LENGTH_CLASSES = 1 << 16
_SLACK = 1e-9

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_Option = tuple[tuple[int, ...], float]
_Chain = tuple[Any, ...]


class TooMany(Exception):
    """More possible groups than can be looked through."""


class Units(Struct, frozen=True):
    """The pieces of all sides on one lane, sorted by their ends.

    Attributes
    ----------
    start, end : times or places in a text, in any one unit
    label : numbers that are equal for equal labels
    side : whose each piece is, 0 to ``sides`` - 1
    """

    start: Floats
    end: Floats
    label: Ints
    side: Ints
    sides: int

    @classmethod
    def sorted(cls, start: Floats, end: Floats, label: Ints, side: Ints, sides: int) -> tuple[Units, Ints]:
        """Pieces in any order, and where each of the sorted ones stood."""
        order = np.lexsort((side, label, start, end))
        return cls(start[order], end[order], label[order], side[order], sides), order

    def __len__(self) -> int:
        return len(self.start)

    def apart(self, one: Ints, other: Ints) -> Floats:
        """How unlike pieces are: three times the squared shift over their lengths, and 1 for another label.

        Two pieces without a length are alike where they stand in one place, and endlessly unlike elsewhere.
        """
        shift = np.abs(self.start[one] - self.start[other]) + np.abs(self.end[one] - self.end[other])
        lengths = (self.end - self.start)[one] + (self.end - self.start)[other]
        share = np.where(shift > 0, np.inf, 0.0)
        np.divide(shift, lengths, out=share, where=lengths > 0)
        found: Floats = ALPHA * share * share + BETA * (self.label[one] != self.label[other])
        return found


class Alignment(Struct, frozen=True):
    """The groups of two or more (places in the Units) of the alignment that costs least, and what it costs."""

    cost: float
    groups: tuple[tuple[int, ...], ...]

    def disorder(self, units: Units) -> float:
        """What it costs over the mean number of pieces a side has."""
        return self.cost * units.sides / len(units)


def best_alignment(units: Units) -> Alignment:
    """The alignment that costs least; raises TooMany where there are too many possible groups."""
    options: list[list[_Option]] = [[] for _ in range(len(units))]
    if not len(units):
        return Alignment(0.0, ())
    for members, saved in _groups(units):
        for row, value in zip(members.tolist(), saved.tolist(), strict=True):
            options[row[0]].append((tuple(row[1:]), value))
    total, chosen = 0.0, []
    for first, last in _blocks(options):
        value, groups = _best_in_block(options, first, last) or _best_by_program(options, first, last)
        total += value
        chosen += groups
    return Alignment(len(units) - total, tuple(sorted(chosen)))


def _groups(units: Units) -> Iterator[tuple[Ints, Floats]]:
    """All groups that may be needed, by size: their members (rising, one group a row) and what each saves."""
    sides = units.sides
    pairs = sides * (sides - 1) / 2
    first, other, apart = _near_pairs(units, pairs + sides - 1)
    bounds = np.searchsorted(first, np.arange(len(units) + 1))
    members, sums, total = np.stack([first, other], 1), np.stack([apart, apart], 1), apart
    place = np.arange(len(first))
    for size in range(2, sides + 1):
        if size > 2:
            group, place = _ranges(place + 1, bounds[members[:, 0] + 1])
            new = other[place]
            is_free = (units.side[members[group]] != units.side[new][:, None]).all(1)
            group, place, new = group[is_free], place[is_free], new[is_free]
            gaps = np.empty((len(group), size - 1))
            for column in range(size - 1):
                gaps[:, column] = apart[place] if column == 0 else units.apart(members[group, column], new)
            sums = np.concatenate([sums[group] + gaps, gaps.sum(1)[:, None]], 1)
            total = total[group] + gaps.sum(1)
            members = np.concatenate([members[group], new[:, None]], 1)
            # What a member is apart from the others only grows with more of them.
            is_open = (sums < pairs + sides - 1).all(1)
            members, sums, total, place = members[is_open], sums[is_open], total[is_open], place[is_open]
        is_needed = (sums < pairs + size - 1).all(1)
        saved = (size - 1) + (size * (size - 1) / 2 - total[is_needed]) / pairs
        yield members[is_needed], saved


def _near_pairs(units: Units, limit: float) -> tuple[Ints, Ints, Floats]:
    """Pairs of two sides less than ``limit`` apart, sorted: the one that ends first, the other, how far apart.

    Two pieces that overlap by v are (1 - 2 v / both lengths) of their lengths apart, or more; so the second starts no
    later than a share of both lengths after the first one's end. Pieces of about one length are looked for together:
    then they lie in one stretch of the list sorted by start, however long a few others are.
    """
    length = units.end - units.start
    share = (np.sqrt(limit / ALPHA) - 1) / 2
    classes = np.frexp(np.maximum(length, max(length.max(initial=0.0) / _LENGTH_CLASSES, 1e-300)))[1]
    found: list[tuple[Ints, Ints, Floats]] = []
    count = 0
    for one in np.unique(classes):
        those = np.flatnonzero(classes == one)
        those = those[np.argsort(units.start[those], kind="stable")]
        longest, shortest = length[those].max(), length[those].min()
        slack = _SLACK * (longest + np.abs(units.end).max())
        starts = units.start[those]
        low = np.searchsorted(starts, units.end - longest - slack, "left")
        latest = units.end + share * length + max(share * longest, share * shortest) + slack
        i, place = _ranges(low, np.maximum(low, np.searchsorted(starts, latest, "right")))
        j = those[place]
        is_pair = (j > i) & (units.side[i] != units.side[j])
        i, j = i[is_pair], j[is_pair]
        apart = units.apart(i, j)
        is_near = apart < limit
        found.append((i[is_near], j[is_near], apart[is_near]))
        count += len(found[-1][0])
        if count > MOST_GROUPS:
            raise TooMany
    first, other, apart = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((other, first))
    return first[order], other[order], apart[order]


def _ranges(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """For each place n and each whole number from low[n] to below high[n]: n, and that number."""
    counts = high - low
    if counts.sum() > MOST_GROUPS * 4:
        raise TooMany
    which = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    return which, within + low[which]


def _blocks(options: Sequence[Sequence[_Option]]) -> Iterator[tuple[int, int]]:
    """Stretches (first, last) of pieces that no group leaves, without the pieces that only stand alone."""
    first, last = 0, -1
    for place, found in enumerate(options):
        if place > last and found:
            if last >= 0:
                yield first, last
            first = place
        for members, _ in found:
            last = max(last, members[-1])
    if last >= 0:
        yield first, last


def _best_in_block(
    options: Sequence[Sequence[_Option]], first: int, last: int
) -> tuple[float, list[tuple[int, ...]]] | None:
    """What groups of a block save at best, and those groups; None where too much must be remembered at once."""
    best_of = [0.0] * (last - first + 1)
    for place in range(first, last + 1):
        for members, saved in options[place]:
            for member in (place, *members):
                best_of[member - first] = max(best_of[member - first], saved)
    bit_of: dict[int, int] = {}
    free: list[int] = []
    # Which of the pieces still to come are taken, and the best way there: what is saved, and the chain of groups.
    states: dict[int, tuple[float, _Chain]] = {0: (0.0, ())}
    steps = 0
    for place in range(first, last + 1):
        own = bit_of.pop(place, 0)
        if own:
            free.append(own)
        groups: list[tuple[int, float, tuple[int, ...]]] = []
        for members, saved in options[place]:
            mask = 0
            for member in members:
                if member not in bit_of:
                    bit_of[member] = free.pop() if free else 1 << len(bit_of)
                mask |= bit_of[member]
            groups.append((mask, saved, (place, *members)))
        after: dict[int, tuple[float, _Chain]] = {}
        for taken, way in states.items():
            if taken & own:
                taken ^= own
                if taken not in after or after[taken][0] < way[0]:
                    after[taken] = way
                continue
            if taken not in after or after[taken][0] < way[0]:
                after[taken] = way
            for mask, saved, group in groups:
                if not taken & mask:
                    value, then = way[0] + saved, taken | mask
                    if then not in after or after[then][0] < value:
                        after[then] = (value, (group, way[1]))
        steps += len(states) * len(groups)
        if len(after) > _PRUNED_FROM:
            after = _without_hopeless(after, {bit: best_of[member - first] for member, bit in bit_of.items()})
        if len(after) > _MOST_STATES or steps > _MOST_STEPS:
            return None
        states = after
    value, chain = states[0]
    found = []
    while chain:
        group, chain = chain
        found.append(group)
    return value, found


def _without_hopeless(
    states: dict[int, tuple[float, _Chain]], best_of: dict[int, float]
) -> dict[int, tuple[float, _Chain]]:
    """The ways that may still be the best: others would lose to the best one even if it had to do without groups.

    However a way goes on, the best one so far can go on alike, leaving out the groups whose members it has taken
    already; each of those costs it no more than the most that any group with that member saves.
    """
    best, (most, _) = max(states.items(), key=lambda found: found[1][0])
    kept = {best: states[best]}
    for taken, way in states.items():
        lost, rest = 0.0, best & ~taken
        while rest:
            bit = rest & -rest
            lost += best_of[bit]
            rest ^= bit
        if way[0] + lost > most:
            kept[taken] = way
    return kept


def _best_by_program(
    options: Sequence[Sequence[_Option]], first: int, last: int
) -> tuple[float, list[tuple[int, ...]]]:
    """The same by integer programming, for blocks in which very many pieces lie over each other.

    With fractions of groups allowed the best choice comes with a price for each piece. A group that by these prices
    loses more than whole groups fall short of the fractions cannot be in a better choice, so few are left to try.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csc_array

    groups = [((place, *members), saved) for place in range(first, last + 1) for members, saved in options[place]]
    sizes = np.array([len(members) for members, _ in groups])
    saved = np.array([value for _, value in groups])
    rows = np.array([member - first for members, _ in groups for member in members])
    ends = np.concatenate([[0], np.cumsum(sizes)])
    once = csc_array((np.ones(len(rows)), rows, ends), shape=(last - first + 1, len(groups)))
    done = linprog(-saved, A_ub=once, b_ub=np.ones(last - first + 1), options={"time_limit": _MOST_SECONDS})
    if done.status != 0:
        raise TooMany
    if ((done.x < _SLACK) | (done.x > 1 - _SLACK)).all():
        chosen = np.flatnonzero(done.x > 0.5)
    else:
        gain = saved + once.T @ done.ineqlin.marginals
        chosen = _whole(once, saved, np.flatnonzero(gain > -_NEAR))
        short = -done.fun - saved[chosen].sum()
        if short > _NEAR:
            chosen = _whole(once, saved, np.flatnonzero(gain > -short - _SLACK))
    return float(saved[chosen].sum()), [groups[n][0] for n in chosen]


def _whole(once: Any, saved: Floats, inside: Ints) -> Ints:
    """Which of some groups are best taken, each piece once."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    done = milp(
        -saved[inside],
        constraints=LinearConstraint(once[:, inside], ub=1),
        integrality=np.ones(len(inside)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0, "time_limit": _MOST_SECONDS},
    )
    if done.status != 0:
        raise TooMany
    found: Ints = inside[done.x > 0.5]
    return found
