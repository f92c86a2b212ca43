"""Pins on returned work: seen on the ruler and beside it, stepped through and ticked off by keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from annodesk.services import Services
from tests.ui.annotate.conftest import CTRL, Desk
from tests.ui.annotate.ruled import returned

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier
S = 1_000_000


@pytest.fixture
def desk(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    return open_desk(made=returned(tmp_path / "returned"))


def test_returned_work_opens_first_with_its_pins(desk: Desk) -> None:
    assert desk.workspace.title() == "episode-118"
    panel = desk.workspace.pins.panel
    assert panel.isVisible()
    assert panel.head.text() == "RETURNED WITH 3 PINS · 3 TO DO"
    places = [row.accessibleName().partition(":")[0] for row in panel.rows]
    assert places == ["content 00", "00", "policy"]
    kinds = sorted(flag.kind for flag in desk.workspace.view.timeline.state.flags)
    assert kinds == ["pin", "pin"], "a question has no moment"
    assert "another" not in [
        w.text() for w in desk.workspace.view.side.comments.findChildren(object) if hasattr(w, "text")
    ]


def test_j_and_k_go_through_them_and_a_key_ticks_one_off(desk: Desk) -> None:
    pins, timeline = desk.workspace.pins, desk.workspace.view.timeline
    assert (pins.at, timeline.playhead_us) == (0, 9 * S), "the first is under the keys at once"
    desk.press(Key.Key_J)
    assert (pins.at, timeline.playhead_us) == (1, 20 * S)
    desk.press(Key.Key_K)
    assert pins.at == 0
    desk.press(Key.Key_T, Mod.AltModifier)
    assert pins.left == 2
    assert pins.at == 1, "and on to the next"
    desk.settle()
    reader = Services.open(desk.made.path, read_only=True)
    card = reader.tasks.cards(desk.made.project_id, desk.made.ann_id)[0]
    reader.close()
    assert card.title == "episode-118"
    desk.press(Key.Key_T, Mod.AltModifier)
    desk.press(Key.Key_T, Mod.AltModifier)
    desk.settle()
    assert pins.left == 0
    assert pins.panel.head.text() == "RETURNED WITH 3 PINS · ALL DONE"
    assert {flag.kind for flag in timeline.state.flags} == {"done"}
    desk.press(Key.Key_T, Mod.AltModifier)
    assert pins.left == 1, "the last one can be taken back"


def test_ticks_are_kept_and_the_work_is_handed_in_again(desk: Desk) -> None:
    desk.press(Key.Key_T, Mod.AltModifier)
    desk.settle()
    desk.hear_everything()
    desk.press(Key.Key_Return, CTRL)
    desk.settle()
    reader = Services.open(desk.made.path, read_only=True)
    with reader.file.read() as db:
        kept = db.exec_driver_sql("select is_resolved, author_id from comment order by is_resolved").fetchall()
    reader.close()
    assert [tuple(row) for row in kept] == [(0, "analyst"), (0, "analyst"), (1, "analyst")]
    assert not desk.workspace.pins.pins, "nothing is left of them in the next task"


def test_a_press_on_a_pin_goes_there_and_its_box_ticks_it(desk: Desk) -> None:
    pins = desk.workspace.pins
    desk.qtbot.mouseClick(pins.panel.rows[1], Qt.MouseButton.LeftButton)
    assert desk.workspace.view.timeline.playhead_us == 20 * S
    desk.qtbot.waitUntil(lambda: pins.panel.rows[1].box.width() < 60)  # the rows have their places
    desk.qtbot.mouseClick(pins.panel.rows[1].box, Qt.MouseButton.LeftButton)
    desk.settle()
    assert [pin.is_resolved for pin in pins.pins] == [False, True, False]
