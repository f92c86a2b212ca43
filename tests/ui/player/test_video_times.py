"""Steps lead to the exact start of a frame, at every rate and wherever the video lies in the item's time."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from annodesk.media.frames import FrameIndex
from annodesk.ui.player.video_times import FrameTimes


def times(pts: list[int], end: int, offset_us: int = 0) -> FrameTimes:
    """Frames at these milliseconds."""
    array = np.array(pts, np.int64)
    return FrameTimes(FrameIndex(array, array[:1], Fraction(1, 1000), 0, end), offset_us)


UNEVEN = times([0, 25, 130, 185, 320], 360)


@pytest.mark.parametrize(
    ("at_ms", "frames", "expected_ms"),
    [(0, 1, 25), (25, 1, 130), (60, 1, 130), (60, -1, 25), (25, -1, 0), (130, -2, 0), (130, 2, 320), (0, 10, 320),
     (320, -10, 0)],
)  # fmt: skip
def test_a_step_leads_to_the_start_of_a_frame(at_ms: int, frames: int, expected_ms: int) -> None:
    assert UNEVEN.stepped(at_ms * 1000, frames) == expected_ms * 1000


@pytest.mark.parametrize(("at_ms", "frames"), [(320, 1), (500, 1), (0, -1)])
def test_a_step_beyond_the_video_leads_nowhere(at_ms: int, frames: int) -> None:
    assert UNEVEN.stepped(at_ms * 1000, frames) == at_ms * 1000


def test_a_step_from_after_the_end_leads_to_the_last_frame() -> None:
    assert UNEVEN.stepped(2_000_000, -1) == 320_000


def test_frames_that_share_a_time_do_not_hold_a_step_up() -> None:
    shared = times([0, 40, 40, 40, 80], 120)
    assert shared.stepped(80_000, -1) == 40_000
    assert shared.stepped(40_000, -1) == 0
    assert shared.stepped(40_000, 1) == 80_000
    assert shared.number_at(40_000) == 3


def test_the_frame_on_show_is_the_last_that_has_begun() -> None:
    assert [UNEVEN.number_at(at) for at in (-5, 0, 24_999, 25_000, 129_999, 10_000_000)] == [0, 0, 0, 1, 1, 4]


def test_an_offset_moves_every_frame() -> None:
    late = times([0, 40, 80], 120, offset_us=1_000_000)
    assert late.stepped(1_000_000, 1) == 1_040_000
    assert not late.covers(999_999)
    assert late.covers(1_119_999)
    assert not late.covers(1_120_000)


def test_an_edge_goes_to_the_nearest_change_of_the_picture() -> None:
    assert UNEVEN.edge_by(77_000, 0) == 25_000
    assert UNEVEN.edge_by(78_000, 0) == 130_000
    assert UNEVEN.edge_by(78_000, -1) == 25_000
    assert UNEVEN.edge_by(359_000, 0) == 360_000
    assert UNEVEN.edge_by(9_000_000, 1) == 9_000_000
