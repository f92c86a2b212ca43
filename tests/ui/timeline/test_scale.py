"""Time and pixels."""

from __future__ import annotations

import pytest

from annodesk.ui.timeline.scale import FINEST_US_PER_PX, TimeScale, minor_step_us, tick_step_us, tick_text

HOUR = 3_600_000_000
WHOLE = TimeScale(0, HOUR / 1000, 1000, 0, HOUR)


def test_zooming_keeps_the_time_under_the_pointer() -> None:
    at = HOUR // 3
    zoomed = WHOLE.zoomed(8, at)
    assert zoomed.to_x(at) == pytest.approx(WHOLE.to_x(at), abs=0.01)
    assert zoomed.us_per_px == pytest.approx(WHOLE.us_per_px / 8)


def test_the_view_never_leaves_the_timeline() -> None:
    near_end = WHOLE.zoomed(100, HOUR).panned(HOUR)
    assert near_end.end_us == HOUR
    assert near_end.panned(-2 * HOUR).start_us == 0
    assert WHOLE.zoomed(0.01, 0) == WHOLE


def test_the_deepest_zoom_is_a_fraction_of_a_sample() -> None:
    assert WHOLE.zoomed(1e12, HOUR // 2).us_per_px == FINEST_US_PER_PX


def test_a_stretch_shorter_than_the_deepest_zoom_stands_in_the_middle() -> None:
    scale = WHOLE.fitted(HOUR // 2, HOUR // 2 + 10)
    assert scale.to_x(HOUR // 2 + 5) == pytest.approx(500, abs=1)


def test_a_fitted_stretch_fills_the_view() -> None:
    scale = WHOLE.fitted(10_000_000, 20_000_000)
    assert (scale.start_us, scale.end_us) == (10_000_000, 20_000_000)


def test_a_wider_window_shows_more_unless_everything_was_in_view() -> None:
    assert WHOLE.resized(2000).end_us == HOUR
    close = WHOLE.zoomed(10, HOUR // 2)
    assert close.resized(500).us_per_px == close.us_per_px


@pytest.mark.parametrize(
    ("us_per_px", "step"),
    [(10, 1_000), (10_000, 1_000_000), (100_000, 10_000_000), (150_000, 15_000_000), (3_600_000, 600_000_000)],
)
def test_ticks_stand_at_good_steps_and_not_too_close(us_per_px: float, step: int) -> None:
    assert tick_step_us(us_per_px, 100) == step


def test_small_ticks_divide_the_large_ones() -> None:
    for step in (1_000, 20_000, 500_000, 15_000_000, 600_000_000, 3_600_000_000):
        assert step % minor_step_us(step) == 0


@pytest.mark.parametrize(
    ("time_us", "step", "text"),
    [
        (255_000_000, 15_000_000, "00:04:15"),
        (255_250_000, 50_000, "00:04:15.25"),
        (36_000_000_000, 600_000_000, "10:00:00"),
        (1_000_002, 2, "00:00:01.000002"),
    ],
)
def test_a_time_is_written_as_finely_as_its_step_needs(time_us: int, step: int, text: str) -> None:
    assert tick_text(time_us, step) == text
