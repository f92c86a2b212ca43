"""Attributes of the selected segments in the side panel, and several labels on one segment."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit

from annodesk.ui.annotate.attributes import as_number
from annodesk.ui.parts import settings
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk

pytestmark = [
    pytest.mark.qt,
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),  # popups on the offscreen platform
]
S = 1_000_000
TOML = """
name = "words"
[[tier]]
name = "word"
labels = ["a", "b"]
many_labels = true
attributes = [
  { name = "pitch", kind = "number" },
  { name = "speaker", kind = "choice", values = ["Ann", "Ben"] },
]
[[tier]]
name = "plain"
required = false
[workflow]
overlap = 1
reference_share = 0
"""


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """Two segments, the second selected."""
    desk = open_desk(toml=TOML, with_model=False, with_text=False)
    for start in (2, 10):
        desk.workspace.view.timeline.move_playhead(start * S)
        desk.press(Qt.Key.Key_N)
    return desk


def values(desk: Desk) -> list[dict[str, object]]:
    return [dict(s.attributes) for s in desk.annotations.segments("word")]


def choose(desk: Desk, box: QComboBox, key: Qt.Key) -> None:
    """Open the box by key, move by key, and take what is there."""
    box.setFocus()
    desk.press(Qt.Key.Key_Down)
    assert box.view().isVisible()
    desk.qtbot.keyClick(box.view(), key)
    desk.qtbot.keyClick(box.view(), Qt.Key.Key_Return)
    desk.window.activateWindow()


def test_a_number_is_written_by_key_stored_and_undone(desk: Desk) -> None:
    desk.press(Qt.Key.Key_D, CTRL | SHIFT)
    desk.type("440,5")
    desk.press(Qt.Key.Key_Return)
    assert values(desk) == [{}, {"pitch": 440.5}]
    assert desk.workspace.view.timeline.hasFocus()
    assert desk.on_disk().digest() == desk.annotations.digest()
    desk.press(Qt.Key.Key_Z, CTRL)
    assert values(desk) == [{}, {}]


def test_what_is_no_number_is_refused_with_a_sentence(desk: Desk) -> None:
    said: list[str] = []
    desk.workspace.view.said.connect(said.append)
    desk.press(Qt.Key.Key_D, CTRL | SHIFT)
    desk.type("high")
    desk.press(Qt.Key.Key_Return)
    assert said[-1] == "pitch takes a number, not 'high'."
    assert values(desk) == [{}, {}]
    field = desk.workspace.view.side.attributes.fields["pitch"]
    assert isinstance(field, QLineEdit)
    assert field.text() == ""


def test_a_choice_is_given_to_all_selected_and_several_is_said(desk: Desk) -> None:
    panel = desk.workspace.view.side.attributes
    box = panel.fields["speaker"]
    assert isinstance(box, QComboBox)
    choose(desk, box, Qt.Key.Key_Down)
    assert values(desk) == [{}, {"speaker": "Ann"}]
    assert desk.workspace.view.timeline.hasFocus()
    desk.press(Qt.Key.Key_A, CTRL)
    assert box.currentIndex() == -1
    assert box.placeholderText() == "several"
    choose(desk, box, Qt.Key.Key_End)
    assert values(desk) == [{"speaker": "Ben"}, {"speaker": "Ben"}]


def test_the_wheel_changes_no_choice(desk: Desk) -> None:
    box = desk.workspace.view.side.attributes.fields["speaker"]
    middle = QPointF(box.rect().center())
    event = QWheelEvent(
        middle, box.mapToGlobal(middle), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, event)
    assert values(desk) == [{}, {}]


def test_a_tier_without_attributes_shows_none(desk: Desk) -> None:
    panel = desk.workspace.view.side.attributes
    assert panel.isVisible()
    desk.press(Qt.Key.Key_Down)
    assert desk.workspace.view.tier is not None
    assert desk.workspace.view.tier.name == "plain"
    assert not panel.isVisible()


def test_label_keys_add_and_take_labels_where_a_tier_lets_several(desk: Desk) -> None:
    desk.press(Qt.Key.Key_1)
    desk.press(Qt.Key.Key_2)
    assert desk.annotations.segments("word")[1].labels == ("a", "b")
    desk.press(Qt.Key.Key_1)
    assert desk.annotations.segments("word")[1].labels == ("b",)


@pytest.mark.parametrize(
    ("words", "number"),
    [("3", 3), ("3.5", 3.5), ("3,5", 3.5), ("-2", -2), ("nan", None), ("inf", None), ("x", None), ("9" * 60, None)],
)
def test_numbers_are_read_with_point_or_comma(words: str, number: float | None) -> None:
    assert as_number(words) == number


def cells(desk: Desk, name: str) -> list[str]:
    """What the table shows of an attribute; empty where it has no column for it."""
    rows = desk.workspace.view.table.rows
    if f"@{name}" not in rows.columns:
        return []
    return [rows.index(row, rows.columns.index(f"@{name}")).data() for row in range(rows.rowCount())]


@pytest.fixture(autouse=True)
def without_columns() -> Iterator[None]:
    """Nobody has asked for columns of attributes yet."""
    settings().remove("annotate/table-shows-attributes")
    yield
    settings().remove("annotate/table-shows-attributes")


def enter(desk: Desk) -> None:
    """Return in a cell; the table stores what was typed with the next turn of the loop."""
    desk.press(Qt.Key.Key_Return)
    desk.qtbot.waitUntil(desk.workspace.view.timeline.hasFocus)


def test_attributes_are_columns_of_the_table_on_demand(desk: Desk) -> None:
    assert cells(desk, "pitch") == []
    desk.press(Qt.Key.Key_F2, CTRL | SHIFT)
    assert (cells(desk, "pitch"), cells(desk, "speaker")) == (["", ""], ["", ""])
    headers = desk.workspace.view.table.rows
    names = [headers.headerData(c, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole) for c in range(10)]
    assert names[-3:] == ["pitch", "speaker", "origin"]
    desk.press(Qt.Key.Key_F2, CTRL | SHIFT)
    assert cells(desk, "pitch") == []


def test_attributes_are_typed_in_the_table_by_keys_one_edit_each(desk: Desk) -> None:
    desk.press(Qt.Key.Key_F2, CTRL)
    desk.type("440,5")
    desk.press(Qt.Key.Key_Tab)
    desk.type("b")
    enter(desk)
    assert values(desk) == [{}, {"pitch": 440.5, "speaker": "Ben"}]
    assert cells(desk, "speaker") == ["", "Ben"]
    assert desk.workspace.view.timeline.hasFocus()
    assert desk.on_disk().digest() == desk.annotations.digest()
    desk.press(Qt.Key.Key_Z, CTRL)
    assert values(desk) == [{}, {"pitch": 440.5}]
    desk.press(Qt.Key.Key_Z, CTRL)
    assert values(desk) == [{}, {}]


def test_what_is_no_value_of_an_attribute_is_refused_in_the_table_too(desk: Desk) -> None:
    said: list[str] = []
    desk.workspace.view.said.connect(said.append)
    before = desk.annotations
    desk.press(Qt.Key.Key_F2, CTRL)
    desk.type("high")
    desk.press(Qt.Key.Key_Tab)
    assert said[-1] == "pitch takes a number, not 'high'."
    desk.type("carl")
    enter(desk)
    assert said[-1] == "speaker is one of Ann, Ben."
    assert desk.annotations is before


def test_a_tier_without_attributes_says_so_and_takes_no_letters(desk: Desk) -> None:
    view = desk.workspace.view
    view.timeline.active_lane = "plain"
    view.timeline.move_playhead(20 * S)
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_F2, CTRL)
    assert view.refused.says.text() == "plain has no attributes."


def test_segments_are_found_by_their_attributes(desk: Desk) -> None:
    desk.press(Qt.Key.Key_F2, CTRL)
    desk.type("440")
    enter(desk)
    for words, count in (("pitch:440", 1), ("pitch>439", 1), ("pitch>441", 0), ("-pitch:", 1), ("speaker:b", 0)):
        desk.press(Qt.Key.Key_F, CTRL)
        desk.press(Qt.Key.Key_A, CTRL)
        desk.type(words)
        assert len(desk.workspace.view.found) == count, words
