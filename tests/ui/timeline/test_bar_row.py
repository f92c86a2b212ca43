"""Bars of dense tiers: each where it is, as wide as it is, told from its neighbour."""

from __future__ import annotations

import numpy as np

from annodesk.ui.timeline.tiers import bar_row

INKS = np.array([[1, 11], [2, 12], [3, 13]], np.uint32)


def row(columns: list[int], widths: list[int], width: int) -> list[int]:
    return bar_row(np.array(columns, np.int64), np.array(widths, np.int64), INKS[: len(columns)], width).tolist()


def test_narrow_bars_have_one_colour_and_lie_where_they_are() -> None:
    assert row([1, 3, 6], [1, 2, 1], 8) == [0, 1, 0, 2, 2, 0, 3, 0]


def test_wider_bars_have_an_edge_and_a_gap_before_the_next() -> None:
    assert row([0, 6], [6, 2], 9) == [1, 11, 11, 11, 11, 0, 2, 2, 0]


def test_bars_that_begin_before_the_view_or_end_behind_it_are_cut() -> None:
    assert row([-3, 6], [5, 9], 8) == [11, 0, 0, 0, 0, 0, 2, 12]
    assert row([-9], [2], 3) == [0, 0, 0]
    assert row([5], [2], 3) == [0, 0, 0]


def test_the_later_of_two_that_overlap_is_seen() -> None:
    assert row([0, 2], [4, 1], 5) == [1, 1, 2, 0, 0]


def test_no_bars_are_an_empty_row() -> None:
    assert row([], [], 3) == [0, 0, 0]
