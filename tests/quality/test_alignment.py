"""Pairing of segments, spans, points and boundaries, against brute force and figures published by others."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annodesk.model.annotations import Segment, Span
from annodesk.quality.alignment import (
    Piece,
    clusters,
    f1,
    match_onsets,
    match_pieces,
    match_points,
    segment_pieces,
    span_pieces,
)


def seg(start: float, end: float, label: str = "speech", tier: str = "content") -> Segment:
    return Segment(f"{tier}{start}-{end}{label}", tier, int(start * 1e6), int(end * 1e6), (label,))


def segment_f1(a: list[Segment], b: list[Segment]) -> float:
    return f1(len(match_pieces(segment_pieces(a), segment_pieces(b))), len(a), len(b))


def onset_f1(a: list[Segment], b: list[Segment]) -> float:
    return f1(len(match_onsets(segment_pieces(a), segment_pieces(b))), len(a), len(b))


PIECES = st.lists(
    st.builds(
        lambda start, length, label: Piece(start, start + length, frozenset(label)),
        st.integers(0, 12),
        st.integers(1, 8),
        st.sampled_from(["x", "y"]),
    ),
    max_size=5,
)
TIMES = st.lists(st.integers(0, 30), max_size=5)


def best_by_trying(a: list[Piece], b: list[Piece]) -> tuple[int, float]:
    """Number and worth of the best pairs among all there are."""
    if len(a) > len(b):
        a, b = b, a
    best = (0, 0.0)
    for order in permutations(b, len(a)):
        worths = [p.iou(q) for p, q in zip(a, order, strict=True) if p.labels == q.labels and p.iou(q) >= 0.5]
        best = max(best, (len(worths), sum(worths)))
    return best


def test_two_empty_sets_agree_wholly() -> None:
    assert (segment_f1([], []), onset_f1([], [])) == (1.0, 1.0)


def test_one_empty_set_agrees_with_nothing() -> None:
    assert segment_f1([seg(0, 1)], []) == 0.0


def test_a_pair_needs_half_of_its_union_and_not_a_microsecond_less() -> None:
    assert segment_f1([seg(0, 10)], [seg(0, 5)]) == 1.0
    assert segment_f1([seg(0, 10)], [Segment("b", "content", 0, 4_999_999, ("speech",))]) == 0.0


def test_a_pair_needs_equal_labels_on_one_tier() -> None:
    assert segment_f1([seg(0, 5)], [seg(0, 5, "music")]) == 0.0
    assert segment_f1([seg(0, 5)], [seg(0, 5, tier="other")]) == 0.0


def test_one_segment_pairs_once() -> None:
    assert segment_f1([seg(0, 4), seg(0.1, 4)], [seg(0, 4)]) == pytest.approx(2 / 3)


def test_the_order_of_labels_does_not_matter() -> None:
    one = Segment("1", "content", 0, 10, ("a", "b"))
    other = Segment("2", "content", 0, 10, ("b", "a"))
    assert segment_f1([one], [other]) == 1.0


def test_greedy_pairing_would_lose_a_pair_here() -> None:
    # The second of ours overlaps both of theirs; best first would leave one alone.
    a = [Piece(0, 10), Piece(3, 12)]
    b = [Piece(3, 13), Piece(4, 18)]
    assert len(match_pieces(a, b)) == 2


@given(PIECES, PIECES)
def test_pairs_are_as_many_and_as_good_as_trying_all_finds(a: list[Piece], b: list[Piece]) -> None:
    pairs = match_pieces(a, b)
    count, worth = best_by_trying(a, b)
    assert len({p.a for p in pairs}) == len({p.b for p in pairs}) == len(pairs) == count
    assert sum(p.worth for p in pairs) == pytest.approx(worth)


@settings(max_examples=30)
@given(PIECES, PIECES)
def test_large_blocks_are_solved_alike(a: list[Piece], b: list[Piece]) -> None:
    from annodesk.quality import alignment

    usual, limit = match_pieces(a, b), alignment._DENSE_CELLS
    try:
        alignment._DENSE_CELLS = 0
        sparse = match_pieces(a, b)
    finally:
        alignment._DENSE_CELLS = limit
    assert len(sparse) == len(usual)
    assert sum(p.worth for p in sparse) == pytest.approx(sum(p.worth for p in usual))


@given(PIECES, PIECES, st.randoms())
def test_pairing_is_symmetric_and_blind_to_order(a: list[Piece], b: list[Piece], random) -> None:  # type: ignore[no-untyped-def]
    count = len(match_pieces(a, b))
    shuffled = random.sample(a, len(a))
    assert len(match_pieces(b, a)) == len(match_pieces(shuffled, b)) == count


def test_twenty_thousand_segments_a_side_pair_in_seconds() -> None:
    a = [Piece(n * 1000, n * 1000 + 900, frozenset({str(n % 5)})) for n in range(20_000)]
    b = [Piece(p.start + 100, p.end + 100, p.labels) for p in a]
    assert len(match_pieces(a, b)) == 20_000


def test_spans_pair_by_characters_within_one_text() -> None:
    one = Span("1", "text-1", "entity", 0, 10, ("artist",))

    def pairs(text: str, end: int) -> int:
        return len(match_pieces(span_pieces([one]), span_pieces([Span("2", text, "entity", 0, end, ("artist",))])))

    assert (pairs("text-1", 5), pairs("text-1", 4), pairs("text-2", 10)) == (1, 0, 0)


def best_points_by_trying(a: list[int], b: list[int], window: int) -> tuple[int, int]:
    if len(a) > len(b):
        a, b = b, a
    best = (0, 0)
    for order in permutations(b, len(a)):
        gaps = [abs(p - q) for p, q in zip(a, order, strict=True) if abs(p - q) <= window]
        best = max(best, (len(gaps), -sum(gaps)))
    return best


@given(TIMES, TIMES, st.integers(0, 8))
def test_points_pair_as_well_as_trying_all_finds(a: list[int], b: list[int], window: int) -> None:
    pairs = match_points(a, b, window)
    gaps = [abs(a[i] - b[j]) for i, j in pairs]
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert (len(gaps), -sum(gaps)) == best_points_by_trying(a, b, window)


MANY_TIMES = st.lists(st.integers(0, 2000), min_size=20, max_size=60)


@settings(max_examples=50)
@given(MANY_TIMES, MANY_TIMES, st.integers(0, 20))
def test_points_with_one_neighbour_are_paired_as_if_all_were_looked_at(a: list[int], b: list[int], window: int) -> None:
    from annodesk.quality import alignment

    usual, limits = match_points(a, b, window), (alignment._FEW_POINTS, alignment._FEW_CELLS)
    try:
        alignment._FEW_POINTS, alignment._FEW_CELLS = 1000, 0
        whole = match_points(a, b, window)
    finally:
        alignment._FEW_POINTS, alignment._FEW_CELLS = limits
    assert len({i for i, _ in usual}) == len({j for _, j in usual}) == len(usual) == len(whole)
    assert sum(abs(a[i] - b[j]) for i, j in usual) == sum(abs(a[i] - b[j]) for i, j in whole)
    assert all(abs(a[i] - b[j]) <= window for i, j in usual)


def test_twenty_thousand_points_closer_than_the_window_pair_in_seconds() -> None:
    a = list(range(0, 20_000 * 20, 20))
    assert len(match_points(a, [t + 7 for t in a], 50)) == 20_000


def test_points_pair_within_fifty_milliseconds() -> None:
    def point(time_us: int, label: str = "click") -> Segment:
        return Segment(f"p{time_us}", "events", time_us, time_us, (label,))

    assert onset_f1([point(0)], [point(50_000)]) == 1.0
    assert onset_f1([point(0)], [point(50_001)]) == 0.0
    assert onset_f1([point(0)], [point(0, "cough")]) == 0.0


@given(st.lists(PIECES, min_size=1, max_size=4))
def test_a_cluster_holds_each_side_at_most_once_and_every_piece_is_in_one(sides: list[list[Piece]]) -> None:
    found = clusters(sides)
    members = [member for cluster in found for member in cluster]
    assert sorted(members) == [(side, n) for side, pieces in enumerate(sides) for n in range(len(pieces))]
    assert all(len({side for side, _ in cluster}) == len(cluster) for cluster in found)
