"""The hearing pass in a real window: what was heard to its end goes by itself, and what asks for a person waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from annodesk.errors import WorkflowError
from annodesk.model.annotations import OriginKind
from annodesk.services import Services
from annodesk.services.independence import countable_sets
from annodesk.services.settled_places import settled_places
from annodesk.store import journal
from annodesk.store.own_answers import newest_answers
from annodesk.store.projects import get_version
from annodesk.ui.annotate.hearing import MOST_IN_A_ROW, HearingPass
from annodesk.ui.annotate.keys import question_choices
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk
from tests.ui.made import PROJECT

pytestmark = pytest.mark.qt
Opener = Callable[..., Desk]
SURE = PROJECT.replace("show_above = 0.90", "show_above = 0.50")
NO_ANSWERS = SURE.replace('name = "host"\nkind = "choice"\nrequired = false', 'name = "host"\nkind = "choice"')
LONG_MS, SHORT_MS = 600_000, 1


@pytest.fixture(autouse=True)
def own_habits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a test chooses is chosen for it alone."""
    monkeypatch.setenv("ANNODESK_CONFIG", str(tmp_path / "config"))


def hearing(desk: Desk) -> HearingPass:
    return desk.workspace.hearing


def begin(desk: Desk, *, grace_ms: int) -> None:
    """Turn the pass on by its key."""
    hearing(desk).grace.setInterval(grace_ms)
    desk.press(Qt.Key.Key_O, SHIFT)
    assert hearing(desk).is_on


def task_id(desk: Desk) -> str:
    work = desk.workspace.view.work
    return "" if work is None else work.task.id


def hear_out(desk: Desk) -> None:
    """All of the open task has been played, and the last of it plays to its end."""
    view = desk.workspace.view
    desk.qtbot.waitUntil(lambda: view.transport.is_playing)
    desk.hear_everything()
    end_us = view.timeline.state.bounds.end_us
    view.transport.play(end_us - 50_000, end_us)
    desk.qtbot.waitUntil(lambda: not view.transport.is_playing)


def is_at(desk: Desk, phase: str) -> Callable[[], bool]:
    return lambda: hearing(desk).phase == phase


def wait_for_next(desk: Desk, before: str) -> None:
    """Until another task is open and plays."""
    desk.qtbot.waitUntil(lambda: task_id(desk) not in ("", before), timeout=20_000)
    desk.settle()


def line(desk: Desk) -> str:
    return desk.workspace.view.next_line.sentence()


def handed_in(desk: Desk) -> list[str]:
    with Services.open(desk.made.path, read_only=True) as services:
        return [one.task_id for one in services.tasks.my_work(desk.made.project_id, desk.made.ann_id)]


def test_what_was_heard_to_its_end_is_handed_in_and_the_next_one_plays(open_desk: Opener) -> None:
    desk = open_desk(toml=SURE)
    first, set_id, transport = task_id(desk), desk.annotations.id, desk.workspace.view.transport
    desk.workspace.view.timeline.move_playhead(7_000_000)
    begin(desk, grace_ms=SHORT_MS)
    assert transport.is_playing
    assert transport.position_us < 1_000_000, "from its beginning"
    hear_out(desk)
    wait_for_next(desk, first)
    assert transport.is_playing
    assert transport.position_us < 2_000_000
    assert handed_in(desk) == [first]
    notice = desk.window.context.notices.seen[-1]  # type: ignore[union-attr]
    assert notice.sentence.startswith("Submitted as heard: ")
    assert "recalls it" in notice.hint
    with Services.open(desk.made.path, read_only=True) as services:
        done = services.annotate.reload(set_id)[0]
    assert {one.origin.kind for one in (*done.segments("content"), *done.answers())} == {OriginKind.BULK}


def test_what_went_by_itself_is_no_independent_answer_and_teaches_nothing(open_desk: Opener) -> None:
    desk = open_desk(toml=SURE)
    first = task_id(desk)
    begin(desk, grace_ms=SHORT_MS)
    hear_out(desk)
    wait_for_next(desk, first)
    with Services.open(desk.made.path, read_only=True) as services, services.file.read() as db:
        schema = get_version(db, desk.made.project_id).project.schema
        content, policy = schema.tier("content"), next(one for one in schema.questions if one.name == "policy")
        (counted,) = countable_sets(db, first)
        taught = [
            settled_places(db, desk.made.project_id, part, tuple(label.name for label in part.labels), journal)
            for part in (content, policy)
        ]
        own = newest_answers(db, desk.made.project_id, desk.made.ann_id, ["policy"], 50)
    assert counted.aided, "calibration, audits and agreement with the model go by unaided answers alone"
    assert taught == [[], []]
    assert [(one.value, one.in_bulk) for one in own["policy"]] == [(("none of these",), True)]


def test_a_new_hand_goes_on_too(open_desk: Opener) -> None:
    from annodesk.ui import advance

    desk = open_desk(toml=SURE)
    advance.choose(False)
    first = task_id(desk)
    begin(desk, grace_ms=SHORT_MS)
    hear_out(desk)
    wait_for_next(desk, first)
    assert hearing(desk).phase == "hearing"


def test_what_is_unsure_stops_it_and_goes_on_once_it_is_answered(open_desk: Opener) -> None:
    desk = open_desk()
    first, view = task_id(desk), desk.workspace.view
    begin(desk, grace_ms=SHORT_MS)
    hear_out(desk)
    desk.qtbot.waitUntil(is_at(desk, "open"))
    assert line(desk).startswith("advert is not sure, 71 % Tab goes there")
    desk.press(Qt.Key.Key_Tab)
    chosen = view.focused_suggestion()
    assert chosen is not None
    assert view.chosen_suggestion == chosen.id
    assert chosen.label == "advert"  # type: ignore[union-attr]
    assert task_id(desk) == first
    desk.press(Qt.Key.Key_Y)
    wait_for_next(desk, first)


@pytest.mark.parametrize("key", [Qt.Key.Key_X, Qt.Key.Key_1], ids=["refused", "said otherwise"])
def test_refusing_or_changing_the_unsure_one_lets_it_go_on_too(open_desk: Opener, key: Qt.Key) -> None:
    desk = open_desk()
    first = task_id(desk)
    begin(desk, grace_ms=SHORT_MS)
    hear_out(desk)
    desk.qtbot.waitUntil(is_at(desk, "open"))
    desk.press(Qt.Key.Key_Tab)
    desk.press(key)
    wait_for_next(desk, first)


def test_a_missing_answer_stops_it_and_giving_it_goes_on(open_desk: Opener) -> None:
    desk = open_desk(toml=NO_ANSWERS)
    first = task_id(desk)
    begin(desk, grace_ms=SHORT_MS)
    hear_out(desk)
    desk.qtbot.waitUntil(is_at(desk, "open"))
    assert "host" in line(desk)
    desk.press(Qt.Key.Key_Tab)
    assert desk.workspace.view.side.questions.blocks["host"].is_missing
    assert line(desk).startswith("host is not answered:"), "it is still said, and no longer that a key goes there"
    choices = question_choices(desk.workspace.view.schema)["host"]
    desk.press(Qt.Key(ord(next(one.key for one in choices if one.title == "several"))))
    wait_for_next(desk, first)


def test_where_unsure_ones_are_hidden_a_gap_stops_it(open_desk: Opener) -> None:
    desk = open_desk(show="above-threshold")
    first = task_id(desk)
    begin(desk, grace_ms=SHORT_MS)
    hear_out(desk)
    desk.qtbot.waitUntil(is_at(desk, "open"))
    assert line(desk).startswith("content has nothing for 7 s from 00:00:20 on Tab goes there")
    desk.press(Qt.Key.Key_Tab)
    assert desk.workspace.view.transport.is_playing
    assert task_id(desk) == first


def test_what_was_jumped_over_is_played_first(open_desk: Opener) -> None:
    desk = open_desk(toml=SURE)
    first, view = task_id(desk), desk.workspace.view
    begin(desk, grace_ms=SHORT_MS)
    end_us = view.timeline.state.bounds.end_us
    view.transport.heard.emit(0, 30_000_000)
    view.transport.play(end_us - 50_000, end_us)
    desk.qtbot.waitUntil(is_at(desk, "open"))
    assert "not played" in line(desk)
    desk.press(Qt.Key.Key_Tab)
    assert view.transport.is_playing
    view.transport.heard.emit(30_000_000, end_us)
    view.transport.play(end_us - 50_000, end_us)
    wait_for_next(desk, first)


@pytest.mark.parametrize("by_key", [True, False], ids=["a key", "a click"])
def test_a_hand_keeps_it_here(open_desk: Opener, by_key: bool) -> None:
    desk = open_desk(toml=SURE)
    first = task_id(desk)
    begin(desk, grace_ms=LONG_MS)
    hear_out(desk)
    desk.qtbot.waitUntil(is_at(desk, "grace"))
    assert line(desk) == "Handed in in a moment any key or click keeps it here"
    if by_key:
        desk.press(Qt.Key.Key_Up)
    else:
        desk.qtbot.mouseClick(desk.workspace.view.side, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(is_at(desk, "kept"))
    assert not hearing(desk).grace.isActive()
    desk.press(Qt.Key.Key_Y)
    desk.settle()
    assert hearing(desk).phase == "kept", "what is changed afterwards hands nothing in either"
    desk.press(Qt.Key.Key_Return, SHIFT)
    wait_for_next(desk, first)
    assert hearing(desk).phase == "hearing", "the pass goes on with the next one"


@pytest.mark.parametrize("how", [{"show": "never"}, {"with_model": False}, {"show": "after-commit"}])
def test_what_nothing_was_suggested_for_is_never_handed_in(open_desk: Opener, how: dict[str, object]) -> None:
    desk = open_desk(toml=SURE, **how)
    first = task_id(desk)
    begin(desk, grace_ms=SHORT_MS)
    hear_out(desk)
    desk.label_everything()
    desk.settle()
    desk.qtbot.waitUntil(is_at(desk, "open"))
    assert line(desk).startswith("Nothing is suggested here")
    assert task_id(desk) == first
    desk.press(Qt.Key.Key_Return, CTRL)
    if how.get("show") != "after-commit":
        wait_for_next(desk, first)
        assert hearing(desk).is_on


def test_it_waits_while_the_window_has_not_the_keys(open_desk: Opener) -> None:
    desk = open_desk(toml=SURE)
    first, transport = task_id(desk), desk.workspace.view.transport
    begin(desk, grace_ms=SHORT_MS)
    assert transport.is_playing
    other = QWidget()
    desk.qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    desk.qtbot.waitUntil(is_at(desk, "away"))
    assert not transport.is_playing
    desk.hear_everything()
    assert task_id(desk) == first
    desk.window.activateWindow()
    desk.qtbot.waitUntil(lambda: transport.is_playing)
    hear_out(desk)
    wait_for_next(desk, first)


def test_after_ten_in_a_row_without_a_hand_it_asks_whether_somebody_is_there(open_desk: Opener) -> None:
    desk = open_desk(toml=SURE)
    first = task_id(desk)
    begin(desk, grace_ms=SHORT_MS)
    hearing(desk).in_a_row = MOST_IN_A_ROW - 1
    hear_out(desk)
    wait_for_next(desk, first)
    assert hearing(desk).phase == "asleep"
    assert not desk.workspace.view.transport.is_playing
    assert line(desk).startswith("Still there? Space plays it and goes on")
    desk.press(Qt.Key.Key_Space)
    assert hearing(desk).phase == "hearing"
    assert hearing(desk).in_a_row == 0


def test_it_ends_where_handing_in_fails(open_desk: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = open_desk(toml=SURE)
    first = task_id(desk)

    def full(_: object) -> None:
        raise WorkflowError("There is no room left on the disk.")

    assert desk.window.context is not None
    monkeypatch.setattr(desk.window.context.services.tasks, "submit", full)
    begin(desk, grace_ms=SHORT_MS)
    hear_out(desk)
    desk.qtbot.waitUntil(is_at(desk, "off"))
    desk.settle()
    assert task_id(desk) == first
    said = [notice.sentence for notice in desk.window.context.notices.seen]
    assert said[-2:] == ["There is no room left on the disk.", "This one could not be handed in."]


def test_it_ends_where_there_is_nothing_left(open_desk: Opener) -> None:
    desk = open_desk(toml=SURE, items=1)
    begin(desk, grace_ms=SHORT_MS)
    hear_out(desk)
    desk.qtbot.waitUntil(is_at(desk, "off"))
    desk.settle()
    assert desk.window.context is not None
    assert desk.window.context.notices.seen[-1].sentence == "There is nothing left to hear."


def test_what_is_recalled_is_not_handed_in_again_by_itself(open_desk: Opener) -> None:
    desk = open_desk(toml=SURE.replace("audit_share = 0.0", "audit_share = 1.0"))
    first = task_id(desk)
    begin(desk, grace_ms=SHORT_MS)
    hear_out(desk)
    wait_for_next(desk, first)
    desk.press(Qt.Key.Key_R, CTRL | SHIFT)
    desk.qtbot.waitUntil(lambda: task_id(desk) == first)
    desk.settle()
    hear_out(desk)
    desk.qtbot.waitUntil(is_at(desk, "kept"))
    assert line(desk).startswith("Kept here:")


def test_a_muted_recording_is_not_heard(open_desk: Opener) -> None:
    desk = open_desk(toml=SURE)
    begin(desk, grace_ms=SHORT_MS)
    desk.press(Qt.Key.Key_4, CTRL | SHIFT)
    hear_out(desk)
    desk.qtbot.waitUntil(is_at(desk, "open"))
    assert line(desk).startswith("Its sound is muted")


def test_the_button_and_the_key_end_it(open_desk: Opener) -> None:
    desk = open_desk(toml=SURE)
    begin(desk, grace_ms=SHORT_MS)
    button = desk.workspace.view.bar.hearing
    assert button.isChecked()
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not hearing(desk).is_on
    assert not button.isChecked()
    hear_out(desk)
    desk.settle()
    assert handed_in(desk) == []


def test_a_project_can_forbid_it(open_desk: Opener) -> None:
    desk = open_desk(toml=SURE.replace("[prelabel]", "[prelabel]\nhand_in_heard = false"))
    said: list[str] = []
    desk.workspace.view.said.connect(said.append)
    desk.press(Qt.Key.Key_O, SHIFT)
    desk.qtbot.mouseClick(desk.workspace.view.bar.hearing, Qt.MouseButton.LeftButton)
    assert not hearing(desk).is_on
    assert not desk.workspace.view.bar.hearing.isChecked()
    assert said[-1].startswith("In this project nothing is handed in by itself: ")
