"""Microseconds, intervals, and how both are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.model.times import Interval, format_us, left_out, length_words, seconds_to_us

INTERVALS = st.tuples(st.integers(-50, 50), st.integers(0, 30)).map(lambda x: Interval(x[0], x[0] + x[1]))


def test_an_interval_never_ends_before_it_starts() -> None:
    with pytest.raises(ValueError, match="end 1 us is before start 2 us"):
        Interval(2, 1)


@given(INTERVALS, INTERVALS)
def test_overlap_and_gap_count_the_microseconds_one_by_one(a: Interval, b: Interval) -> None:
    shared = set(range(a.start_us, a.end_us)) & set(range(b.start_us, b.end_us))
    assert a.overlap_us(b) == b.overlap_us(a) == len(shared)
    assert a.gap_us(b) == b.gap_us(a)
    assert a.overlap_us(b) == 0 or a.gap_us(b) == 0
    assert 0 <= a.iou(b) == b.iou(a) <= 1
    assert a.iou(a) == 1


@given(INTERVALS, INTERVALS)
def test_a_crop_holds_exactly_what_both_hold(a: Interval, b: Interval) -> None:
    cropped, shared = a.crop(b), set(range(a.start_us, a.end_us)) & set(range(b.start_us, b.end_us))
    if a.duration_us:
        assert (set(range(cropped.start_us, cropped.end_us)) if cropped else set()) == shared
    else:
        assert cropped == (a if b.contains(a.start_us) else None)


def test_the_end_does_not_belong_to_an_interval() -> None:
    assert Interval(0, 5).contains(0)
    assert not Interval(0, 5).contains(5)
    assert Interval(0, 5).crop(Interval(5, 9)) is None


@given(st.integers(0, 10**13))
def test_a_time_in_seconds_is_exact_to_the_microsecond(time_us: int) -> None:
    assert seconds_to_us(time_us / 1_000_000) == time_us


@pytest.mark.parametrize(
    ("time_us", "decimals", "text"),
    [
        (0, 3, "00:00:00.000"),
        (3_723_004_500, 3, "01:02:03.005"),
        (59_999_600, 3, "00:01:00.000"),
        (-1_500_000, 1, "-00:00:01.5"),
        (360_000_000_000, 0, "100:00:00"),
    ],
)
def test_times_are_written_for_people(time_us: int, decimals: int, text: str) -> None:
    assert format_us(time_us, decimals=decimals) == text


@pytest.mark.parametrize("seconds", [float("nan"), float("inf")])
def test_a_time_without_end_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        seconds_to_us(seconds)


def test_what_is_left_out_is_what_no_stretch_covers() -> None:
    whole = Interval(0, 100)
    assert left_out(whole, []) == (whole,)
    assert left_out(whole, [Interval(-5, 10), Interval(40, 50), Interval(20, 45)]) == (
        Interval(10, 20),
        Interval(50, 100),
    )
    assert left_out(whole, [Interval(0, 90)], least_us=11) == ()
    assert left_out(whole, [Interval(200, 300)]) == (whole,)


@pytest.mark.parametrize(
    ("length_us", "words"),
    [
        (0, "0 s"),
        (12_400_000, "12 s"),
        (200_000_000, "3 min 20 s"),
        (3_905_000_000, "1 h 5 min"),
        (60_000_000, "1 min"),
    ],
)
def test_a_length_is_said_in_words(length_us: int, words: str) -> None:
    assert length_words(length_us) == words
