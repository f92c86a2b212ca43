"""What is told of long work while it goes on."""

from __future__ import annotations

import itertools

import pytest

from annodesk.progress import Pace


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_speed_and_time_left_are_told_once_they_are_known() -> None:
    clock = Clock()
    pace = Pace(64, "labelled", clock)
    assert pace.words(1) == "1 of 64 labelled"
    clock.now += 0.25
    assert pace.words(2) == "2 of 64 labelled"
    clock.now += 1.75
    assert pace.words(9) == "9 of 64 labelled, 4.0 a second, 14 s left"


def test_what_is_slow_is_told_in_seconds_each() -> None:
    clock = Clock()
    pace = Pace(1_000, "labelled", clock)
    pace.words(1)
    clock.now += 8
    assert pace.words(3) == "3 of 1,000 labelled, 4.0 s each, 66 min left"


def test_the_speed_is_that_of_the_last_half_minute() -> None:
    clock = Clock()
    pace = Pace(10_000, "labelled", clock)
    for done in range(1, 101):  # slow at first
        pace.words(done)
        clock.now += 1
    for done in range(200, 6_200, 100):
        words = pace.words(done)
        clock.now += 1
    assert words.startswith("6,100 of 10,000 labelled, 100.0 a second, 39 s left")


@pytest.mark.parametrize("done", [64, 0])
def test_at_its_ends_nothing_is_divided_by_nothing(done: int) -> None:
    clock = Clock()
    pace = Pace(64, "labelled", clock)
    for _ in itertools.repeat(None, 3):
        words = pace.words(done)
        clock.now += 10
    assert words == f"{done} of 64 labelled"
