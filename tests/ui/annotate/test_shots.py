"""Shots are found on request, marked, snapped to and gone through by keys."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import count
from pathlib import Path

import av
import numpy as np
import pytest
from PySide6.QtCore import Qt

from annodesk.ui.timeline.ruler import CUT
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk
from tests.ui.filmed import make_filmed

Open = Callable[..., Desk]
_first_seed = count(0, 3)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A folder with a video of six seconds whose picture changes at 2 and 4 s; another one for every test."""
    first = next(_first_seed)
    folder = tmp_path / "film"
    folder.mkdir()
    scenes = [
        np.kron(
            np.random.default_rng(seed).integers(20, 230, (6, 10, 3), dtype=np.uint8), np.ones((15, 16, 1), np.uint8)
        )
        for seed in range(first, first + 3)
    ]
    with av.open(str(folder / "film.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "50"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for number in range(150):
            frame = av.VideoFrame.from_ndarray(scenes[number // 50], format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return folder


def _cuts(desk: Desk) -> list[int]:
    points = desk.workspace.view.timeline.state.snap_points
    return points[CUT].tolist() if CUT in points else []


def test_a_key_finds_the_shots_others_go_through_them_and_they_are_there_next_time(
    open_desk: Open, film: Path, tmp_path: Path
) -> None:
    made = make_filmed(tmp_path / "file", film)
    desk = open_desk(made=made)
    said: list[str] = []
    desk.workspace.view.video.said.connect(said.append)
    assert _cuts(desk) == []
    desk.press(Qt.Key.Key_F11, CTRL | SHIFT)
    desk.settle()
    desk.qtbot.waitUntil(lambda: _cuts(desk) == [2_000_000, 4_000_000], timeout=10_000)
    assert said[-1] == "2 cuts and no fades found."
    timeline = desk.workspace.view.timeline
    for key, time_us in (
        (Qt.Key.Key_PageDown, 2_000_000),
        (Qt.Key.Key_PageDown, 4_000_000),
        (Qt.Key.Key_PageUp, 2_000_000),
    ):
        desk.press(key, SHIFT)
        assert timeline.playhead_us == time_us
    desk.close()
    again = open_desk(made=made)
    again.qtbot.waitUntil(lambda: _cuts(again) == [2_000_000, 4_000_000], timeout=10_000)


def test_the_same_key_stops_looking(open_desk: Open, film: Path, tmp_path: Path) -> None:
    desk = open_desk(made=make_filmed(tmp_path / "file", film))
    said: list[str] = []
    deck = desk.workspace.view.video
    deck.said.connect(said.append)
    deck.find_cuts()
    assert deck.edges.shots.is_looking
    desk.press(Qt.Key.Key_F11, CTRL | SHIFT)
    assert not deck.edges.shots.is_looking
    assert said == ["Looking for shots was stopped."]
    desk.settle()
    assert _cuts(desk) == []
