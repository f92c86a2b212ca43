"""Drawing while it plays, and on a tier by its number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt

from annodesk.ui.keys import bindings
from annodesk.ui.keys.choice import Choice

from .conftest import CTRL, SHIFT, Desk

pytestmark = pytest.mark.qt
Key = Qt.Key
S = 1_000_000


@pytest.fixture
def clock(desk: Desk) -> list[float]:
    """What the transport takes for the time; sound is not played."""
    now = [1000.0]
    transport = desk.workspace.view.transport
    transport._silent, transport._clock = True, lambda: now[0]
    return now


@pytest.fixture
def praat() -> Iterator[None]:
    bindings.current().use(Choice("praat"))
    yield
    bindings.current().use(Choice())


def hear(desk: Desk, clock: list[float], seconds: float) -> None:
    """Play on for so long."""
    transport = desk.workspace.view.transport
    desk.qtbot.waitUntil(lambda: transport.has_started)
    to_us = transport.position_us + round(seconds * S)
    clock[0] += seconds
    desk.qtbot.waitUntil(lambda: abs(desk.workspace.view.timeline.playhead_us - to_us) < 2)


def drawn(desk: Desk) -> list[tuple[float, float, str]]:
    return [(round(s.start_us / S, 1), round(s.end_us / S, 1), s.label) for s in desk.annotations.segments("content")]


def test_a_segment_is_drawn_while_it_plays_as_one_edit(desk: Desk, clock: list[float]) -> None:
    desk.press(Key.Key_N, SHIFT)
    hear(desk, clock, 0.8)
    hear(desk, clock, 0.7)
    assert drawn(desk) == []
    desk.press(Key.Key_N, SHIFT)
    assert drawn(desk) == [(0.0, 1.5, "")]
    assert desk.workspace.view.transport.is_playing
    assert desk.workspace.view.timeline.stretch is None
    desk.press(Key.Key_Z, CTRL)
    assert drawn(desk) == []


def test_a_label_ends_it_and_labels_it(desk: Desk, clock: list[float]) -> None:
    desk.press(Key.Key_N, SHIFT)
    hear(desk, clock, 0.9)
    desk.press(Key.Key_2)
    hear(desk, clock, 0.6)
    assert drawn(desk) == [(0.0, 0.9, "music")]
    assert desk.workspace.view.timeline.stretch is None


def test_escape_lets_go_of_it(desk: Desk, clock: list[float]) -> None:
    desk.press(Key.Key_N, SHIFT)
    hear(desk, clock, 0.9)
    desk.press(Key.Key_Escape)  # it stands still
    desk.press(Key.Key_Escape)
    assert desk.workspace.view.timeline.stretch is None
    desk.press(Key.Key_Space)
    hear(desk, clock, 0.5)
    assert desk.workspace.view.timeline.stretch is None
    assert drawn(desk) == []


def test_praats_numbers_set_boundaries_on_the_tier_of_that_number(desk: Desk, praat: None) -> None:
    timeline = desk.workspace.view.timeline
    timeline.move_playhead(3 * S)
    desk.press(Key.Key_1, CTRL)
    assert drawn(desk) == [(0.0, 3.0, "")]
    desk.press(Key.Key_2, CTRL)
    assert [s.start_us for s in desk.annotations.segments("events")] == [3 * S]
    assert timeline.active_lane == "events"
    before = desk.annotations
    desk.press(Key.Key_8, CTRL)
    assert desk.annotations is before
