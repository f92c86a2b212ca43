"""Pairing the labels of two people one to one, and the F1 of what was paired."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from annodesk.model.annotations import Segment, Span

ONSET_WINDOW_US = 50_000
_FEW_POINTS, _FEW_CELLS = 32, 256
_DENSE_CELLS = 1_000_000
"""Blocks with more cells than this are solved as sparse ones: a dense matrix of 20,000 by 20,000 takes 3 GB."""


class Piece(Struct, frozen=True):
    """A labelled stretch of time (us) or of text (code points); pieces pair only within one ``lane``."""

    start: int
    end: int
    labels: frozenset[str] = frozenset()
    lane: Hashable = ""

    def iou(self, other: Piece) -> float:
        """Intersection over union, 0 to 1; two equal points give 1."""
        both = max(0, min(self.end, other.end) - max(self.start, other.start))
        either = (self.end - self.start) + (other.end - other.start) - both
        return both / either if either else float(self.start == other.start)


class Match(Struct, frozen=True):
    """Places of two paired pieces in their lists, and what pairing them is worth: their IoU, or 0 to 1 by distance."""

    a: int
    b: int
    worth: float


def segment_pieces(segments: Iterable[Segment]) -> list[Piece]:
    """Segments as pieces of time."""
    return [Piece(s.start_us, s.end_us, frozenset(s.labels), s.tier) for s in segments]


def span_pieces(spans: Iterable[Span]) -> list[Piece]:
    """Spans as pieces of text."""
    return [Piece(s.start, s.end, frozenset(s.labels), (s.asset, s.type)) for s in spans]


_Place = tuple[int, int, int]


class Lane(NamedTuple):
    """Pieces that may pair with each other: start, end and place of each, in order.

    ``is_plain`` says that each has a length and ends before the next one starts.
    """

    pieces: list[_Place]
    is_plain: bool


Lanes = dict[tuple[Hashable, frozenset[str]], Lane]


def in_lanes(pieces: Iterable[Piece]) -> Lanes:
    """Pieces made ready to be paired, once for all they are compared with."""
    lanes: dict[tuple[Hashable, frozenset[str]], list[_Place]] = {}
    for place, piece in enumerate(pieces):
        lanes.setdefault((piece.lane, piece.labels), []).append((piece.start, piece.end, place))
    for lane in lanes.values():
        lane.sort()
    return {key: Lane(lane, _is_plain(lane)) for key, lane in lanes.items()}


def _is_plain(lane: Sequence[_Place]) -> bool:
    return all(start < end for start, end, _ in lane) and all(a[1] <= b[0] for a, b in pairwise(lane))


def match_pieces(a: Sequence[Piece], b: Sequence[Piece], iou: float = 0.5) -> list[Match]:
    """The most pairs with equal labels and at least this IoU, and among those the pairs that overlap best.

    Optimal, not greedy. Pieces that could pair with several others are solved in blocks of their own, so lists of
    20,000 pieces cost little more than sorting them.

    Returns
    -------
    list of Match, ordered by place in ``a``
    """
    return match_lanes(in_lanes(a), in_lanes(b), iou)


def match_lanes(a: Lanes, b: Lanes, iou: float = 0.5) -> list[Match]:
    """``match_pieces`` of pieces that are in lanes already."""
    if not 0 < iou <= 1:
        raise ValueError(f"IoU {iou} is not above 0 and at most 1")
    edges: list[Match] = []
    for key, ours in a.items():
        theirs = b.get(key)
        if theirs is None:
            continue
        if ours.is_plain and theirs.is_plain:
            edges += _overlapping_plain(ours.pieces, theirs.pieces, iou)
        else:
            edges += _overlapping(ours.pieces, theirs.pieces, iou)
    return sorted(_assign(edges), key=lambda m: m.a)


def _overlapping_plain(ours: Sequence[_Place], theirs: Sequence[_Place], iou: float) -> list[Match]:
    """Pairs of at least that IoU of pieces that lie one behind the other on both sides: one step each."""
    found, i, j = list[Match](), 0, 0
    while i < len(ours) and j < len(theirs):
        start, end, place = ours[i]
        its_start, its_end, its_place = theirs[j]
        both = (end if end < its_end else its_end) - (start if start > its_start else its_start)
        if both > 0:
            worth = both / ((end - start) + (its_end - its_start) - both)
            if worth >= iou:
                found.append(Match(place, its_place, worth))
        if end < its_end:
            i += 1
        else:
            j += 1
    return found


def _overlapping(ours: Sequence[_Place], theirs: Sequence[_Place], iou: float) -> Iterable[Match]:
    """Pairs of at least that IoU, found in one sweep over the starts."""
    active: tuple[list[_Place], list[_Place]] = ([], [])
    arrivals = [(one, 0) for one in ours] + [(one, 1) for one in theirs]
    arrivals.sort()
    for one, side in arrivals:
        start, end, place = one
        other = active[1 - side]
        if other:
            other[:] = [its for its in other if its[1] >= start]
        for its_start, its_end, its_place in other:
            # The other has begun before: both go on from this start.
            both = (end if end < its_end else its_end) - start
            either = (end - start) + (its_end - its_start) - both
            worth = both / either if either else 1.0
            if worth >= iou:
                yield Match(place, its_place, worth) if side == 0 else Match(its_place, place, worth)
        active[side].append(one)


def _assign(edges: Sequence[Match]) -> list[Match]:
    """The largest one-to-one subset of the edges, of the highest total worth among the largest."""
    if len({edge.a for edge in edges}) == len(edges) == len({edge.b for edge in edges}):
        return list(edges)
    matched: list[Match] = []
    for block in _blocks(edges):
        matched += block if len(block) == 1 else _assign_block(block)
    return matched


def _blocks(edges: Sequence[Match]) -> list[list[Match]]:
    """Edges that share an end, directly or through others, kept together."""
    root: dict[tuple[int, int], tuple[int, int]] = {}

    def find(node: tuple[int, int]) -> tuple[int, int]:
        root.setdefault(node, node)
        while root[node] != node:
            root[node] = node = root[root[node]]
        return node

    for edge in edges:
        root[find((0, edge.a))] = find((1, edge.b))
    blocks: dict[tuple[int, int], list[Match]] = defaultdict(list)
    for edge in edges:
        blocks[find((0, edge.a))].append(edge)
    return list(blocks.values())


def _assign_block(edges: list[Match]) -> list[Match]:
    import numpy as np

    rows, columns = sorted({e.a for e in edges}), sorted({e.b for e in edges})
    row_of, column_of = {p: n for n, p in enumerate(rows)}, {p: n for n, p in enumerate(columns)}
    at = {(row_of[e.a], column_of[e.b]): e for e in edges}
    # One pair more is worth more than any gain in overlap.
    pair = min(len(rows), len(columns)) + 1.0
    if len(rows) * len(columns) <= _DENSE_CELLS:
        from scipy.optimize import linear_sum_assignment

        worth = np.zeros((len(rows), len(columns)))
        for (row, column), edge in at.items():
            worth[row, column] = pair + edge.worth
        chosen = linear_sum_assignment(worth, maximize=True)
    else:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import min_weight_full_bipartite_matching

        # Every row may also take a column of its own, which stands for "no pair".
        places = [*at, *((row, len(columns) + row) for row in range(len(rows)))]
        costs = [2.0 - edge.worth for edge in at.values()] + [2.0 + pair] * len(rows)
        shape = (len(rows), len(columns) + len(rows))
        graph = coo_array((costs, tuple(np.array(places).T)), shape=shape).tocsr()
        chosen = min_weight_full_bipartite_matching(graph)
    found = (at.get((int(row), int(column))) for row, column in zip(*chosen, strict=True))
    return [edge for edge in found if edge is not None]


def match_points(a: Sequence[int], b: Sequence[int], window: int) -> list[tuple[int, int]]:
    """The most pairs of points no further apart than the window, and among those the closest ones.

    Parameters
    ----------
    a, b : times in us, in any order

    Returns
    -------
    list of (place in a, place in b)

    Points on a line never need crossing pairs, so the best pairing is the heaviest rising chain of near pairs; this
    also holds for 20,000 points closer to each other than the window, where an assignment matrix would not fit.
    """
    pairs, ours, theirs = _lonely_pairs(a, b, window)
    points = sorted([(a[i], 0, i) for i in ours] + [(b[j], 1, j) for j in theirs])
    first = 0
    for place in range(1, len(points) + 1):
        if place == len(points) or points[place][0] - points[place - 1][0] > window:
            one, other = ([n for _, side, n in points[first:place] if side == which] for which in (0, 1))
            if one and other:
                match = _match_few if len(one) * len(other) <= _FEW_CELLS else _match_block
                pairs += match(a, one, b, other, window)
            first = place
    return pairs


def _lonely_pairs(
    a: Sequence[int], b: Sequence[int], window: int
) -> tuple[list[tuple[int, int]], Sequence[int], Sequence[int]]:
    """Pairs of which neither has anybody else near, and the places of the others that have somebody."""
    if len(a) + len(b) < _FEW_POINTS:
        return [], range(len(a)), range(len(b))
    import numpy as np

    ours, theirs = np.array(a, dtype=np.int64), np.array(b, dtype=np.int64)
    by_a, by_b = np.argsort(ours, kind="stable"), np.argsort(theirs, kind="stable")
    ours, theirs = ours[by_a], theirs[by_b]
    first = np.searchsorted(theirs, ours - window)
    near_a = np.searchsorted(theirs, ours + window, "right") - first
    near_b = np.searchsorted(ours, theirs + window, "right") - np.searchsorted(ours, theirs - window)
    lonely = np.flatnonzero(near_a == 1)
    lonely = lonely[near_b[first[lonely]] == 1]
    near_a[lonely] = near_b[first[lonely]] = 0
    pairs = list(zip(by_a[lonely].tolist(), by_b[first[lonely]].tolist(), strict=True))
    return pairs, by_a[near_a > 0].tolist(), by_b[near_b > 0].tolist()


def _match_few(
    a: Sequence[int], ours: Sequence[int], b: Sequence[int], theirs: Sequence[int], window: int
) -> list[tuple[int, int]]:
    """The same for a few points sorted by time: the best of any first ones of ours and of theirs, all in a table."""
    # A pair is worth more than any distances together.
    worth = (window + 1) * (len(ours) + 1)
    before = [0] * (len(theirs) + 1)
    rows = [before]
    for i in ours:
        row = [0]
        for place, j in enumerate(theirs):
            best = max(before[place + 1], row[place])
            apart = abs(a[i] - b[j])
            if apart <= window and (paired := before[place] + worth - apart) > best:
                best = paired
            row.append(best)
        rows.append(before := row)
    pairs = []
    i, j = len(ours), len(theirs)
    while i and j:
        if rows[i][j] == rows[i - 1][j]:
            i -= 1
        elif rows[i][j] == rows[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((ours[i], theirs[j]))
    return pairs


def _match_block(
    a: Sequence[int], ours: Sequence[int], b: Sequence[int], theirs: Sequence[int], window: int
) -> list[tuple[int, int]]:
    """The same for any number of points sorted by time."""
    times = [b[j] for j in theirs]
    # best[j] is the best chain that ends at or before the j-th of theirs, as a Fenwick tree of maxima.
    best: list[tuple[int, int, int]] = [(0, 0, -1)] * (len(times) + 1)
    links: list[tuple[int, int, int]] = []
    for i in ours:
        near = range(bisect_left(times, a[i] - window), bisect_left(times, a[i] + window + 1))
        found = []
        for j in near:
            count, distance, link = max(_prefixes(best, j), default=(0, 0, -1))
            links.append((i, theirs[j], link))
            found.append((j, (count + 1, distance - abs(a[i] - times[j]), len(links) - 1)))
        for j, chain in found:
            node = j + 1
            while node < len(best):
                best[node] = max(best[node], chain)
                node += node & -node
    pairs, link = [], max(_prefixes(best, len(times)), default=(0, 0, -1))[2]
    while link >= 0:
        i, j, link = links[link]
        pairs.append((i, j))
    return pairs[::-1]


def _prefixes(best: list[tuple[int, int, int]], node: int) -> Iterable[tuple[int, int, int]]:
    while node:
        yield best[node]
        node -= node & -node


def f1(matched: int, n_a: int, n_b: int) -> float:
    """Harmonic mean of precision and recall; two empty sides agree: 1."""
    return 2 * matched / (n_a + n_b) if n_a + n_b else 1.0


def match_onsets(a: Sequence[Piece], b: Sequence[Piece], window_us: int = ONSET_WINDOW_US) -> list[tuple[int, int]]:
    """The most pairs of starts with equal labels no further apart than the window."""
    lanes: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, pieces in enumerate((a, b)):
        for place, piece in enumerate(pieces):
            lanes[piece.lane, piece.labels][side].append(place)
    return sorted(
        (ours[i], theirs[j])
        for ours, theirs in lanes.values()
        for i, j in match_points([a[i].start for i in ours], [b[j].start for j in theirs], window_us)
    )


def clusters(sides: Sequence[Sequence[Piece]], iou: float = 0.5) -> list[tuple[tuple[int, int], ...]]:
    """Pieces of several people that mean the same thing: at most one of each, joined best overlap first.

    Returns
    -------
    list of clusters, each a tuple of (side, place) by side; a piece nobody else has is a cluster of its own
    """
    edges = []
    for one in range(len(sides)):
        for other in range(one + 1, len(sides)):
            found = match_pieces(sides[one], sides[other], iou)
            edges += [(m.worth, (one, m.a), (other, m.b)) for m in found]
    return join_pairs(
        [len(side) for side in sides], [(a, b) for _, a, b in sorted(edges, key=lambda e: (-e[0], *e[1:]))]
    )


def point_clusters(sides: Sequence[Sequence[Piece]]) -> list[tuple[tuple[int, int], ...]]:
    """The same of points: joined nearest first, by their starts."""
    pairs = []
    for one, other in combinations(range(len(sides)), 2):
        for i, j in match_onsets(sides[one], sides[other]):
            pairs.append((abs(sides[one][i].start - sides[other][j].start), (one, i), (other, j)))
    return join_pairs([len(side) for side in sides], [(a, b) for _, a, b in sorted(pairs)])


def join_pairs(
    sizes: Sequence[int], pairs: Iterable[tuple[tuple[int, int], tuple[int, int]]]
) -> list[tuple[tuple[int, int], ...]]:
    """Clusters made by joining pairs in the order given, wherever that leaves at most one member of each side."""
    group = {(side, n): [(side, n)] for side, size in enumerate(sizes) for n in range(size)}
    for a, b in pairs:
        one, other = group[a], group[b]
        if one is not other and not {side for side, _ in one} & {side for side, _ in other}:
            one += other
            for member in other:
                group[member] = one
    seen: dict[int, list[tuple[int, int]]] = {id(members): members for members in group.values()}
    return [tuple(sorted(members)) for members in seen.values()]
