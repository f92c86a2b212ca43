"""Several recordings of one item, heard by keys and by the sound panel; what goes or does not answer is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from annodesk.errors import WorkflowError
from annodesk.services import Services
from annodesk.ui.player.panel import StripRow
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk

pytestmark = pytest.mark.qt

S = 1_000_000
Opener = Callable[..., Desk]


@pytest.fixture(autouse=True)
def own_habits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a test chooses is chosen for it alone."""
    monkeypatch.setenv("ANNODESK_CONFIG", str(tmp_path / "config"))


def key(desk: Desk) -> str:
    """The name of the open item."""
    work = desk.workspace.view.work
    assert work is not None
    return work.item.key


def row(desk: Desk, number: int, channel: int | None = None) -> StripRow:
    """A strip of the sound panel."""
    rows = desk.workspace.playing.panel.rows
    return next(one for one in rows if (one.number, one.channel) == (number, channel))


def test_a_key_goes_from_one_recording_to_the_next_and_each_item_keeps_its_own(open_desk: Opener) -> None:
    desk = open_desk(microphones=2)
    mixer, said = desk.workspace.playing.mixer, desk.window.status.said
    assert mixer.heard() == [0]
    desk.press(Qt.Key.Key_7, CTRL | SHIFT)
    assert mixer.heard() == [1]
    assert said.text() == f"Heard is {key(desk)}.mic1.wav alone."
    assert f"{key(desk)}.mic1.wav alone" in mixer.words()
    work = desk.workspace.view.work
    assert work is not None
    desk.workspace.step_task(1)
    desk.settle()
    assert mixer.heard() == [0]
    desk.workspace.open_task(work.task.id)
    desk.settle()
    assert mixer.heard() == [1]


def test_the_panel_has_a_strip_for_each_recording_and_keys_change_it(open_desk: Opener) -> None:
    desk = open_desk(microphones=2)
    panel, transport = desk.workspace.playing.panel, desk.workspace.view.transport
    desk.press(Qt.Key.Key_S, CTRL | SHIFT)
    desk.qtbot.waitUntil(panel.isActiveWindow)
    assert [head.name.text() for head in panel.heads] == [
        f"{key(desk)}.wav",
        f"{key(desk)}.mic1.wav",
        f"{key(desk)}.mic2.wav",
    ]
    assert row(desk, 1).mute.isChecked()
    row(desk, 1).mute.setFocus()
    desk.hit(Qt.Key.Key_Space)
    assert not transport.strip(number=1).is_muted
    row(desk, 1).gain.setFocus()
    desk.hit(Qt.Key.Key_Left)
    assert transport.strip(number=1).gain_db == -1.0
    row(desk, 2).mute.setFocus()
    desk.hit(Qt.Key.Key_Space)
    row(desk, 2).solo.setFocus()
    desk.hit(Qt.Key.Key_Space)
    assert desk.workspace.playing.mixer.heard() == [2]


def test_one_recording_alone_needs_no_names_and_no_alone(desk: Desk) -> None:
    panel = desk.workspace.playing.panel
    desk.press(Qt.Key.Key_S, CTRL | SHIFT)
    desk.qtbot.waitUntil(panel.isActiveWindow)
    assert panel.heads == []
    assert [one.name.text() for one in panel.rows] == ["recording"]
    assert panel.rows[0].solo.isHidden()


def test_a_microphone_that_is_missing_is_said_in_the_panel_and_the_others_can_be_heard(open_desk: Opener) -> None:
    desk = open_desk(microphones=2)
    gone = "episode-119.mic1.wav" if key(desk) == "episode-118" else "episode-118.mic1.wav"
    (desk.made.path.parent / "media" / gone).unlink()
    desk.workspace.step_task(1)
    desk.settle()
    panel = desk.workspace.playing.panel
    panel.open()
    assert f"{gone} is not in" in panel.heads[1].problem.text()
    assert {one.number for one in panel.rows} == {0, 2}
    panel.reject()
    desk.press(Qt.Key.Key_7, CTRL | SHIFT)
    assert desk.workspace.playing.mixer.heard() == [2]


def test_where_the_first_recording_is_missing_the_microphones_are_played(open_desk: Opener) -> None:
    desk = open_desk(microphones=2)
    gone = "episode-119.wav" if key(desk) == "episode-118" else "episode-118.wav"
    (desk.made.path.parent / "media" / gone).unlink()
    desk.workspace.step_task(1)
    desk.settle()
    workspace, view = desk.workspace, desk.workspace.view
    assert f"{gone} is not in" in view.timeline.waveform.accessibleDescription()
    assert view.bar.play.isEnabled()
    assert workspace.playing.mixer.heard() == [1]
    assert f"{key(desk)}.mic1.wav alone" in workspace.playing.mixer.words()
    desk.press(Qt.Key.Key_Space)
    desk.qtbot.waitUntil(lambda: view.transport.position_us > 0)
    desk.press(Qt.Key.Key_Space)
    assert not view.transport.is_playing
    desk.press(Qt.Key.Key_7, CTRL | SHIFT)
    assert workspace.playing.mixer.heard() == [2]
    workspace.playing.panel.open()
    assert f"{gone} is not in" in workspace.playing.panel.heads[0].problem.text()
    assert {one.number for one in workspace.playing.panel.rows} == {1, 2}


def test_when_a_microphone_begins_is_typed_in_the_panel_and_holds_for_everybody(open_desk: Opener) -> None:
    desk = open_desk(microphones=1)
    panel, work = desk.workspace.playing.panel, desk.workspace.view.work
    assert work is not None
    desk.press(Qt.Key.Key_S, CTRL | SHIFT)
    desk.qtbot.waitUntil(panel.isActiveWindow)
    assert panel.heads[0].begins is None
    field = panel.heads[1].begins
    assert field is not None
    field.setFocus()
    field.selectAll()
    desk.type("1.5")
    desk.hit(Qt.Key.Key_Tab)
    assert desk.workspace.view.transport._further[0].offset_us == 1_500_000
    desk.hit(Qt.Key.Key_Escape)
    desk.settle()
    reader = Services.open(desk.made.path, read_only=True)
    try:
        items = {item.id: item for item in reader.items.every(desk.made.project_id)}
        assert [asset.offset_us for asset in items[work.item.id].assets[:2]] == [0, 1_500_000]
    finally:
        reader.close()


def test_a_move_that_is_refused_goes_back_and_is_told(open_desk: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = open_desk(microphones=1)
    mixer, context = desk.workspace.playing.mixer, desk.window.context
    assert context is not None

    def refuse(*_: object) -> None:
        raise WorkflowError("This item is somebody else's now.", "Open another.")

    monkeypatch.setattr(context.services.videos, "move_sound", refuse)
    mixer.begin_at(1, 2 * S)
    desk.settle()
    assert mixer.offset_us(1) == 0
    assert desk.workspace.view.transport._further[0].offset_us == 0


def test_undo_in_the_panel_puts_a_microphone_back_and_redo_forth_again(open_desk: Opener) -> None:
    desk = open_desk(microphones=1)
    panel, mixer = desk.workspace.playing.panel, desk.workspace.playing.mixer
    work = desk.workspace.view.work
    assert work is not None
    before = work.session.annotations.head
    desk.press(Qt.Key.Key_S, CTRL | SHIFT)
    desk.qtbot.waitUntil(panel.isActiveWindow)
    field = panel.heads[1].begins
    assert field is not None
    field.setFocus()
    for seconds in ("1.5", "4"):
        field.selectAll()
        desk.type(seconds)
        desk.hit(Qt.Key.Key_Return)
        desk.settle()
    for which, modifiers, offset_us in (
        ("undo", CTRL, 1_500_000),
        ("undo", CTRL, 0),
        ("redo", CTRL | SHIFT, 1_500_000),
    ):
        desk.hit(Qt.Key.Key_Z, modifiers)
        desk.settle()
        assert mixer.offset_us(1) == offset_us, which
        assert field.value() == offset_us / S
        assert "begins at" in panel.said.text()
    desk.hit(Qt.Key.Key_Z, CTRL)
    desk.settle()
    desk.hit(Qt.Key.Key_Z, CTRL)
    desk.settle()
    assert panel.said.text() == "There is no move of yours to take back."
    assert work.session.annotations.head == before
