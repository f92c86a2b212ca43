"""Many segments at once, the clipboard, zero crossings, and an undo that shows what it would change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtWidgets import QApplication

from annodesk.ui.timeline import clipping
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk

pytestmark = pytest.mark.qt
S = 1_000_000


def found(desk: Desk) -> list[tuple[float, float, str]]:
    return [(s.start_us / S, s.end_us / S, s.label) for s in desk.annotations.segments("content")]


@pytest.fixture
def drawn(desk: Desk) -> Desk:
    """Music from 0 to 9, speech from 9 to 20 seconds, and the rest of the task empty."""
    desk.press(Qt.Key.Key_Y)
    desk.press(Qt.Key.Key_Y)
    assert found(desk) == [(0, 9, "music"), (9, 20, "speech")]
    desk.workspace.view.go_to_suggestion(None)
    return desk


def test_all_on_a_tier_are_relabelled_in_one_step(drawn: Desk) -> None:
    drawn.press(Qt.Key.Key_A, CTRL)
    drawn.press(Qt.Key.Key_3)
    assert [label for _, _, label in found(drawn)] == ["advert", "advert"]
    drawn.press(Qt.Key.Key_Z, CTRL)
    assert [label for _, _, label in found(drawn)] == ["music", "speech"]


def test_what_was_cut_is_pasted_at_the_playhead_and_is_on_the_disk(drawn: Desk) -> None:
    timeline = drawn.workspace.view.timeline
    drawn.press(Qt.Key.Key_A, CTRL)
    drawn.press(Qt.Key.Key_X, CTRL)
    assert found(drawn) == []
    timeline.move_playhead(5 * S)
    drawn.press(Qt.Key.Key_V, CTRL)
    assert found(drawn) == [(5, 14, "music"), (14, 25, "speech")]
    assert len(timeline.selected_segments()) == 2
    assert drawn.on_disk().digest() == drawn.annotations.digest()
    drawn.press(Qt.Key.Key_Z, CTRL)
    drawn.press(Qt.Key.Key_Z, CTRL)
    assert found(drawn) == [(0, 9, "music"), (9, 20, "speech")]
    assert "9.000000\t20.000000\tcontent\tspeech" in QApplication.clipboard().text()


def test_strange_things_on_the_clipboard_are_a_sentence(drawn: Desk) -> None:
    said: list[str] = []
    drawn.workspace.view.said.connect(said.append)
    data = QMimeData()
    data.setData(clipping.MIME, b'{"format": 1, "segments": [{"kind": "segment"}]}')
    QApplication.clipboard().setMimeData(data)
    drawn.press(Qt.Key.Key_V, CTRL)
    QApplication.clipboard().setText("just words")
    drawn.press(Qt.Key.Key_V, CTRL | SHIFT)
    assert said[-2].startswith("What was copied cannot be understood")
    assert said[-1] == "No segments have been copied."
    assert len(found(drawn)) == 2


def test_an_undo_out_of_sight_shows_the_place_first(drawn: Desk) -> None:
    timeline, said = drawn.workspace.view.timeline, []
    drawn.workspace.view.said.connect(said.append)
    before = drawn.annotations.digest()
    timeline.zoom_to(25 * S, 30 * S)
    drawn.press(Qt.Key.Key_Z, CTRL)
    assert drawn.annotations.digest() == before
    assert timeline.state.scale.meets(9 * S, 20 * S)
    assert "out of sight" in said[-1]
    drawn.press(Qt.Key.Key_Z, CTRL)
    assert found(drawn) == [(0, 9, "music")]


def test_a_redo_out_of_sight_shows_the_place_first_too(drawn: Desk) -> None:
    timeline = drawn.workspace.view.timeline
    drawn.press(Qt.Key.Key_Z, CTRL)
    timeline.zoom_to(25 * S, 30 * S)
    drawn.press(Qt.Key.Key_Y, CTRL)
    assert len(found(drawn)) == 1
    drawn.press(Qt.Key.Key_Y, CTRL)
    assert len(found(drawn)) == 2


def test_an_edge_nudged_by_key_is_heard(drawn: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    view = drawn.workspace.view
    heard: list[int] = []
    monkeypatch.setattr(view.transport, "play_across", heard.append)
    first = drawn.annotations.segments("content")[0]
    view.timeline.select("content", [first.id])
    drawn.press(Qt.Key.Key_BracketLeft, Qt.KeyboardModifier.AltModifier | SHIFT)
    if not heard:  # a board without the bracket at that place
        drawn.workspace.keys.trigger("annotate.end_earlier")
    assert heard == [8_990_000]
    assert found(drawn)[0][1] == 8.99


def test_a_step_is_a_frame_where_there_is_a_video(drawn: Desk) -> None:
    view = drawn.workspace.view
    view.timeline.set_snap_points("frame", [0, 8_900_000, 8_940_000, 9_000_000, 9_041_667])
    view.timeline.select("content", [drawn.annotations.segments("content")[0].id])
    drawn.workspace.keys.trigger("annotate.end_earlier")
    assert drawn.annotations.segments("content")[0].end_us == 8_940_000
    drawn.workspace.keys.trigger("annotate.end_later")
    assert drawn.annotations.segments("content")[0].end_us == 9_000_000


def test_z_puts_the_nearer_edge_on_a_zero_crossing(drawn: Desk) -> None:
    view = drawn.workspace.view
    segment = drawn.annotations.segments("content")[1]
    view.timeline.select("content", [segment.id])
    view.timeline.move_playhead(19 * S)
    said: list[str] = []
    view.said.connect(said.append)
    drawn.press(Qt.Key.Key_Z)
    drawn.qtbot.waitUntil(lambda: any("zero crossing" in s for s in said), timeout=10_000)
    after = drawn.annotations.segment(segment.id)
    assert after.start_us == segment.start_us
    assert abs(after.end_us - segment.end_us) <= 20_000


def test_snap_and_push_are_remembered(drawn: Desk, open_desk: Callable[..., Desk]) -> None:
    state = drawn.workspace.view.timeline.state
    drawn.press(Qt.Key.Key_S, SHIFT)
    drawn.press(Qt.Key.Key_P, SHIFT)
    assert (state.snap, state.pushes) == (False, True)
    bar = drawn.workspace.view.bar
    assert not bar.snap.isChecked()
    assert bar.snap.text() == "snap · push"
    drawn.qtbot.mouseClick(bar.snap, Qt.MouseButton.LeftButton)
    assert (state.snap, bar.snap.isChecked()) == (True, True)
    drawn.press(Qt.Key.Key_S, SHIFT)
    again = open_desk()
    assert (again.workspace.view.timeline.state.snap, again.workspace.view.timeline.state.pushes) == (False, True)
    again.press(Qt.Key.Key_S, SHIFT)
    again.press(Qt.Key.Key_P, SHIFT)


def test_the_wheel_over_tiers_and_table_changes_no_answer(drawn: Desk) -> None:
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent

    before = drawn.annotations.digest()
    view = drawn.workspace.view
    for widget in (view.timeline.lanes, view.timeline.waveform, view.table, view.side):
        middle = QPointF(widget.rect().center())
        for notches in (1, -1):
            event = QWheelEvent(
                middle, widget.mapToGlobal(middle), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QApplication.sendEvent(widget, event)
    assert drawn.annotations.digest() == before
