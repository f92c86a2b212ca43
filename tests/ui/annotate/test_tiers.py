"""Tiers are hidden, locked, moved and made higher by keys and by the gutter, and stay so for one person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtWidgets import QApplication, QMenu

from annodesk.model.times import Interval
from annodesk.ui.annotate import tier_look
from annodesk.ui.annotate.table import COLUMNS
from annodesk.ui.annotate.tier_look import TierLook
from annodesk.ui.parts import settings
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk
from tests.ui.timeline.conftest import drag, send

pytestmark = [
    pytest.mark.qt,
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),  # popups on the offscreen platform
]
S = 1_000_000
TIERS = """
name = "family"
[[tier]]
name = "turn"
labels = ["a", "b"]
[[tier]]
name = "word"
parent = "turn"
rule = "time-subdivision"
required = false
[[tier]]
name = "nod"
parent = "turn"
rule = "included-in"
required = false
[[tier]]
name = "crowd"
overlap = true
required = false
[workflow]
overlap = 1
reference_share = 0
"""


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """A task of four tiers, with a turn from 2 to 8 seconds of two words."""
    desk = open_desk(toml=TIERS, with_model=False)
    timeline = desk.workspace.view.timeline
    timeline.move_playhead(2 * S)
    desk.press(Qt.Key.Key_N)
    desk.settle()
    return desk


def names(desk: Desk) -> list[str]:
    return [lane.id for lane in desk.workspace.view.timeline.state.lanes]


def title(desk: Desk, lane_id: str) -> QPointF:
    """The middle of a tier's title."""
    top, height = next((t, h) for lane, t, h in desk.workspace.view.timeline.lanes.lane_tops() if lane.id == lane_id)
    return QPointF(20, top + height / 2)


def test_dependent_tiers_stand_to_the_right_of_their_parent(desk: Desk) -> None:
    assert [lane.depth for lane in desk.workspace.view.timeline.state.lanes] == [0, 1, 1, 0]


def test_a_tier_is_hidden_by_key_and_shown_again_by_key_or_by_its_line(desk: Desk) -> None:
    timeline = desk.workspace.view.timeline
    timeline.active_lane = "word"
    desk.press(Qt.Key.Key_H, SHIFT)
    assert names(desk) == ["turn", "nod", "crowd"]
    assert timeline.active_lane == "nod"
    desk.press(Qt.Key.Key_U, SHIFT)
    assert names(desk) == ["turn", "word", "nod", "crowd"]
    desk.press(Qt.Key.Key_H, SHIFT)
    lanes = timeline.lanes
    drag(lanes, QPointF(20, lanes.sizeHint().height() - 4), QPointF(20, lanes.sizeHint().height() - 4))
    assert len(names(desk)) == 4


def test_the_last_tier_is_not_hidden(desk: Desk) -> None:
    for _ in range(6):
        desk.press(Qt.Key.Key_H, SHIFT)
    assert len(names(desk)) == 1


def test_a_locked_tier_refuses_keys_mouse_parents_and_undo_with_a_sentence(desk: Desk) -> None:
    view, said = desk.workspace.view, []
    view.timeline.active_lane = "word"
    view.timeline.move_playhead(3 * S)
    desk.press(Qt.Key.Key_N)
    assert len(desk.annotations.segments("word")) == 1
    view.timeline.active_lane = "word"
    desk.press(Qt.Key.Key_K, SHIFT)
    before = desk.annotations.digest()
    view.said.connect(said.append)
    desk.press(Qt.Key.Key_Delete)
    desk.press(Qt.Key.Key_Z, CTRL)
    view.timeline.active_lane = "turn"
    view.timeline.select("turn", [desk.annotations.segments("turn")[0].id])
    desk.press(Qt.Key.Key_Delete)
    assert desk.annotations.digest() == before
    assert [s for s in said if s] == ["word is locked: the lock beside its name opens it."] * 3
    view.timeline.active_lane = "word"
    desk.press(Qt.Key.Key_K, SHIFT)
    desk.press(Qt.Key.Key_Z, CTRL)
    assert not desk.annotations.segments("word")


def test_the_lock_beside_the_name_is_pressed_by_mouse(desk: Desk) -> None:
    timeline = desk.workspace.view.timeline
    where = title(desk, "crowd")
    lock = QPointF(timeline.state.gutter_px - 10, where.y())
    drag(timeline.lanes, lock, lock)
    assert desk.workspace.view.look.locked == {"crowd"}
    assert not timeline.state.lane("crowd").editable
    drag(timeline.lanes, lock, lock)
    assert not desk.workspace.view.look.locked


def test_tiers_are_moved_by_key_and_by_dragging_the_title(desk: Desk) -> None:
    timeline = desk.workspace.view.timeline
    timeline.active_lane = "crowd"
    desk.press(Qt.Key.Key_Home, SHIFT)
    assert names(desk) == ["turn", "word", "crowd", "nod"]
    drag(timeline.lanes, title(desk, "crowd"), title(desk, "turn"))
    assert names(desk) == ["crowd", "turn", "word", "nod"]


def test_escape_leaves_a_dragged_title_where_it_was(desk: Desk) -> None:
    timeline = desk.workspace.view.timeline
    drag(timeline.lanes, title(desk, "crowd"), title(desk, "turn"), release=False)
    assert timeline.abort()
    send(
        timeline.lanes, QEvent.Type.MouseButtonRelease, title(desk, "turn"), Qt.KeyboardModifier.NoModifier, held=False
    )
    assert names(desk) == ["turn", "word", "nod", "crowd"]


def test_a_lane_s_lower_edge_in_the_gutter_is_dragged_to_another_height(desk: Desk) -> None:
    lanes = desk.workspace.view.timeline.lanes
    height = lanes.lane_tops()[0][2]
    drag(lanes, QPointF(20, height - 1), QPointF(20, height + 39))
    assert lanes.lane_tops()[0][2] == pytest.approx(height + 40, abs=2)
    desk.workspace.view.timeline.active_lane = "turn"
    desk.press(Qt.Key.Key_End, CTRL)
    assert lanes.lane_tops()[0][2] == pytest.approx(height + 28, abs=2)


def test_a_title_s_menu_does_what_the_keys_do(desk: Desk) -> None:
    desk.workspace.tiers.open_menu(desk.workspace.keys, "nod", desk.window.mapToGlobal(desk.window.rect().center()))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    entry = next(action for action in menu.actions() if action.text().startswith("Hide nod"))
    entry.trigger()
    menu.close()
    assert "nod" not in names(desk)


def test_what_was_chosen_is_there_again_for_the_same_person_alone(desk: Desk, open_desk: Callable[..., Desk]) -> None:
    desk.workspace.view.timeline.active_lane = "nod"
    desk.press(Qt.Key.Key_H, SHIFT)
    before = desk.annotations.digest()
    made = desk.made
    desk.close()
    again = open_desk(made=made)
    assert "nod" not in names(again)
    assert again.annotations.digest() == before
    assert "nod" not in again.workspace.view.look.order
    other = tier_look.read(again.workspace._context.project_id, "somebody else")
    assert other == TierLook()


def test_an_undo_on_a_hidden_tier_shows_the_tier_first(desk: Desk) -> None:
    view = desk.workspace.view
    view.timeline.active_lane = "turn"
    desk.press(Qt.Key.Key_H, SHIFT)
    desk.press(Qt.Key.Key_Z, CTRL)
    assert "turn" in names(desk)
    assert len(desk.annotations.segments("turn")) == 1
    desk.press(Qt.Key.Key_Z, CTRL)
    assert not desk.annotations.segments("turn")


def test_a_note_that_makes_no_sense_is_as_none(tmp_path: Path) -> None:
    for text in ("3", "[]", '{"hidden": 4}', '{"heights": {"a": "x"}}', "{", '{"order": [1, "a", "a"]}'):
        settings().setValue("tiers/p/q", text)
        assert tier_look.read("p", "q").hidden == frozenset()
    settings().remove("tiers/p/q")


def test_a_suggestion_on_a_hidden_tier_is_shown_before_it_is_taken(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    view = desk.workspace.view
    assert len(view.schema.tiers) > 1
    view.set_look(view.look.turned("hidden", "content"))
    before = desk.annotations.digest()
    desk.press(Qt.Key.Key_Y)
    assert desk.annotations.digest() == before
    assert "content" in names(desk)
    desk.press(Qt.Key.Key_Y)
    assert len(desk.annotations.segments("content")) == 1


def test_the_table_asks_for_no_label_where_the_tier_has_none(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(toml=TIERS, with_text=False, with_model=False)
    view, rows = desk.workspace.view, desk.workspace.view.table.rows
    for lane, words in (("turn", "no label yet"), ("word", "")):
        view.timeline.active_lane = lane
        desk.press(Qt.Key.Key_N)
        place = rows.index(0, COLUMNS.index("label"))
        assert [segment.tier for segment in rows.segments] == [lane]
        assert rows.data(place, Qt.ItemDataRole.DisplayRole) == words
        assert (rows.cell(0, COLUMNS.index("label")).mark is None) == (words == "")


def family(desk: Desk) -> None:
    """Two words and a nod inside the turn."""
    timeline = desk.workspace.view.timeline
    for tier, spans in (("word", [(2, 3), (3, 4)]), ("nod", [(2.5, 3.5)])):
        timeline.active_lane = tier
        for start, end in spans:
            timeline.state.set_stretch(Interval(round(start * S), round(end * S)))
            desk.press(Qt.Key.Key_N)
    desk.settle()


def hold(desk: Desk, from_s: float, to_s: float, *, release: bool = False) -> None:
    """Drag on the turn without snapping, and let go or not."""
    timeline = desk.workspace.view.timeline
    timeline.state.set_snap(False)
    _, top, height = timeline.lanes.lane_tops()[0]
    begin, end = (QPointF(timeline.lanes.x_of(round(at * S)), top + height / 2) for at in (from_s, to_s))
    drag(timeline.lanes, begin, end, release=release)


def test_the_children_are_seen_to_move_while_their_parent_is_dragged(desk: Desk) -> None:
    family(desk)
    state = desk.workspace.view.timeline.state
    before = desk.annotations
    turn = before.segments("turn")[0]
    hold(desk, 3.2, 6.2)
    by_us = state.preview[0].start_us - turn.start_us
    assert by_us == pytest.approx(3 * S, abs=S / 10)
    shown = {s.id: s.start_us - before.segment(s.id).start_us for s in state.followers}
    assert shown == {s.id: by_us for tier in ("word", "nod") for s in before.segments(tier)}
    assert desk.annotations is before
    desk.press(Qt.Key.Key_Escape)
    assert state.followers == ()
    assert desk.annotations is before


def test_the_children_are_seen_to_be_cut_while_an_edge_is_dragged_over_them(desk: Desk) -> None:
    family(desk)
    state = desk.workspace.view.timeline.state
    hold(desk, 4.0, 3.2)
    ends = {s.tier: s.end_us for s in state.followers}
    assert ends == {"word": state.preview[0].end_us, "nod": state.preview[0].end_us}
    desk.press(Qt.Key.Key_Escape)
    hold(desk, 4.0, 3.2, release=True)
    desk.settle()
    assert desk.annotations.segments("word")[-1].end_us == desk.annotations.segments("turn")[0].end_us
    assert state.followers == ()
