"""Text mode in a real window: writing segment after segment by keys alone, while it plays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QPushButton

from annodesk import settings as workstation
from annodesk.services.half_typed import HalfTyped, HalfTypedFile
from annodesk.ui.annotate.textmode import TextMode
from annodesk.ui.annotate.textmode_field import SegmentField
from annodesk.ui.keys import bindings
from annodesk.ui.keys.choice import Choice
from annodesk.ui.toasts import Toasts
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk
from tests.ui.keys.boards import press
from tests.ui.made import PROJECT

pytestmark = pytest.mark.qt
S = 1_000_000
Opener = Callable[..., Desk]
Key = Qt.Key
WORDS = (
    PROJECT.replace('name = "content"', 'name = "content"\nfree_text = true')
    + '\n[expansions]\nbtw = "by the way"\ntmh = "too much\\nhope"\n'
)


@pytest.fixture
def desk(open_desk: Opener) -> Desk:
    """Three suggestions taken, so that there are three segments to write in; the playhead at the start."""
    made = open_desk(toml=WORDS)
    for _ in range(3):
        made.press(Key.Key_Y)
    made.press(Key.Key_Home)
    made.workspace.view.timeline.select(None, ())
    return made


@pytest.fixture
def plays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What the transport was asked to play."""
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(desk.workspace.view.transport, "play", lambda *a: asked.append(a))
    return asked


def mode(desk: Desk) -> TextMode:
    return desk.workspace.writing


def texts(desk: Desk) -> list[str]:
    return [segment.text for segment in desk.annotations.segments("content")]


def test_a_recording_is_transcribed_by_keys_alone(desk: Desk, plays: list[tuple[object, ...]]) -> None:
    desk.press(Key.Key_F2)
    assert isinstance(QApplication.focusWidget(), SegmentField)
    desk.type("First words.")
    desk.press(Key.Key_Tab)
    desk.type("second, with n and s and 1")
    desk.press(Key.Key_Tab)
    desk.type("third")
    desk.press(Key.Key_Return)
    assert texts(desk) == ["First words.", "second, with n and s and 1", "third"]
    assert plays == [(9 * S, 20 * S), (20 * S, 27 * S)]
    assert desk.workspace.view.timeline.hasFocus()
    assert [s.text for s in desk.on_disk().segments("content")] == texts(desk)
    for left in (["First words.", "second, with n and s and 1", ""], ["First words.", "", ""], ["", "", ""]):
        desk.press(Key.Key_Z, CTRL)
        assert texts(desk) == left  # one Edit for each


def test_empty_and_unchanged_texts_commit_nothing(desk: Desk, plays: list[tuple[object, ...]]) -> None:
    before = desk.annotations
    desk.press(Key.Key_F2)
    desk.press(Key.Key_Tab)
    desk.type("   ")
    desk.press(Key.Key_Tab)
    desk.press(Key.Key_Tab, SHIFT)
    desk.press(Key.Key_Return)
    assert desk.annotations is before
    assert len(plays) == 3


def test_escape_leaves_the_text_as_it_was(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    desk.type("wrong")
    desk.press(Key.Key_Escape)
    assert texts(desk)[0] == ""
    assert desk.workspace.view.timeline.hasFocus()
    desk.press(Key.Key_F2)
    assert mode(desk).field.toPlainText() == ""


def test_a_text_can_be_cleared(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    desk.type("wrong")
    desk.press(Key.Key_Return)
    desk.press(Key.Key_F2)
    desk.press(Key.Key_A, CTRL)
    desk.press(Key.Key_Delete)
    desk.press(Key.Key_Return)
    assert texts(desk)[0] == ""


def test_shift_return_is_a_new_line_and_long_texts_have_room(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    field = mode(desk).field
    low = field.height()
    desk.type("one")
    desk.press(Key.Key_Return, SHIFT)
    desk.type("two")
    assert field.height() > low
    field.insertPlainText("word " * 20_000)
    timeline = desk.workspace.view.timeline
    assert timeline.rect().contains(field.geometry())
    desk.press(Key.Key_Return)
    assert texts(desk)[0] == "one\ntwo" + ("word " * 20_000).rstrip()


def test_playing_keys_work_while_typing_and_type_nothing(desk: Desk) -> None:
    transport = desk.workspace.view.transport
    desk.press(Key.Key_F2)
    desk.press(Key.Key_Space, CTRL)
    assert transport.is_playing
    desk.press(Key.Key_Space, CTRL)
    assert not transport.is_playing
    desk.press(Key.Key_L, CTRL)
    desk.qtbot.waitUntil(lambda: transport.is_looping)
    desk.press(Key.Key_L, CTRL)
    assert not transport.is_playing
    desk.press(Key.Key_Minus, CTRL)
    assert transport.rate == 0.75
    desk.press(Key.Key_Equal, CTRL)
    desk.press(Key.Key_Equal, CTRL)
    assert transport.rate == 1.25
    desk.press(Key.Key_0, CTRL)
    assert transport.rate == 1.0
    assert mode(desk).field.toPlainText() == ""
    assert mode(desk).field.hasFocus()


def test_back_goes_two_seconds_back_and_plays_to_the_segments_end(desk: Desk, plays: list[tuple[object, ...]]) -> None:
    desk.press(Key.Key_F2)
    desk.workspace.view.timeline.move_playhead(7 * S)
    desk.press(Key.Key_B, CTRL)
    assert plays == [(5 * S, 9 * S)]


def test_the_last_segment_says_so_and_keeps_its_text(desk: Desk) -> None:
    desk.press(Key.Key_End)
    desk.workspace.view.timeline.select("content", [desk.annotations.segments("content")[-1].id])
    desk.press(Key.Key_F2)
    desk.type("the end")
    said: list[str] = []
    desk.workspace.view.said.connect(said.append)
    desk.press(Key.Key_Tab)
    assert texts(desk)[-1] == "the end"
    assert "last segment" in said[-1]
    assert mode(desk).field.hasFocus()


def test_a_short_word_becomes_long_and_ctrl_z_takes_that_back(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    desk.type("so btw,")
    field = mode(desk).field
    assert field.toPlainText() == "so by the way,"
    desk.press(Key.Key_Z, CTRL)
    assert field.toPlainText() == "so btw,"
    desk.type(" x")
    assert field.toPlainText() == "so btw, x"
    desk.press(Key.Key_Return)
    assert texts(desk)[0] == "so btw, x"


def test_a_short_word_may_stand_for_two_lines(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    desk.type("tmh ")
    assert mode(desk).field.toPlainText() == "too much\nhope "


def test_own_short_words_are_kept_for_the_person_and_win(desk: Desk) -> None:
    assert desk.workspace.keys.trigger("annotate.expansions")
    dialog = mode(desk).dialog
    dialog.own.setPlainText("btw = beside the way\nbroken")
    assert not dialog.keep.isEnabled()
    dialog.own.setPlainText("btw = beside the way\nafk = away")
    desk.qtbot.mouseClick(dialog.keep, Qt.MouseButton.LeftButton)
    desk.settle()
    assert workstation.load().expansions[desk.made.ann_id] == {"btw": "beside the way", "afk": "away"}
    desk.press(Key.Key_F2)
    desk.type("btw afk.")
    assert mode(desk).field.toPlainText() == "beside the way away."
    workstation.change(expansions={})


def test_what_an_input_method_composes_is_left_alone(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    field = mode(desk).field
    QApplication.sendEvent(field, QInputMethodEvent("btw", []))
    done = QInputMethodEvent("", [])
    done.setCommitString("btw ")
    QApplication.sendEvent(field, done)
    assert field.toPlainText() == "btw "


def test_a_text_from_right_to_left_begins_at_the_right(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    field = mode(desk).field
    field.insertPlainText("שלום עולם")
    line = field.document().firstBlock().layout().lineAt(0)
    assert line.naturalTextRect().left() > field.viewport().width() / 2
    desk.press(Key.Key_Return)
    assert texts(desk)[0] == "שלום עולם"


def test_a_click_elsewhere_commits(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    desk.type("kept")
    desk.workspace.view.take_focus()
    assert texts(desk)[0] == "kept"
    assert not mode(desk).is_on


def test_submitting_while_typing_stores_the_text_first(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    desk.type("kept")
    desk.press(Key.Key_Return, CTRL)
    assert texts(desk)[0] == "kept"


def test_half_a_text_survives_a_crash(open_desk: Opener, desk: Desk) -> None:
    first = desk.annotations.segments("content")[0]
    set_id = desk.annotations.id
    desk.close()
    HalfTypedFile(set_id).write(HalfTyped(first.id, "", "half a sent"))
    again = open_desk(made=desk.made)
    assert "was kept" in " ".join(text for toasts in again.window.findChildren(Toasts) for text in toasts.texts())
    again.press(Key.Key_F2)
    again.type("ence")
    again.press(Key.Key_Return)
    assert texts(again)[0] == "half a sentence"
    again.settle()
    assert HalfTypedFile(set_id).read() is None


def test_what_is_typed_is_on_the_disk_before_it_is_committed(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    desk.type("half")
    file = HalfTypedFile(desk.annotations.id)
    desk.qtbot.waitUntil(lambda: (kept := file.read()) is not None and kept.text == "half")
    desk.press(Key.Key_Escape)
    desk.settle()
    assert file.read() is None


def test_behind_the_last_segment_the_last_one_is_written(desk: Desk) -> None:
    desk.press(Key.Key_End)
    desk.press(Key.Key_F2)
    assert mode(desk).is_on
    desk.type("outro")
    desk.press(Key.Key_Return)
    assert texts(desk)[-1] == "outro"


def test_a_tier_without_text_says_so(desk: Desk) -> None:
    said: list[str] = []
    desk.workspace.view.said.connect(said.append)
    desk.press(Key.Key_Down)
    desk.press(Key.Key_F2)
    assert said[-1] == "events has no text."
    assert not mode(desk).is_on


def test_the_button_and_the_menu_write_too(desk: Desk) -> None:
    desk.qtbot.mouseClick(desk.workspace.view.side.labels.text, Qt.MouseButton.LeftButton)
    assert mode(desk).field.hasFocus()
    desk.press(Key.Key_Escape)
    first = desk.annotations.segments("content")[0]
    menu = desk.workspace.menu.make("content", first.id, first.start_us)
    entry = next(one for one in menu.actions() if one.text().startswith("Write its text"))
    entry.trigger()
    assert mode(desk).field.hasFocus()
    menu.deleteLater()
    assert isinstance(desk.workspace.view.side.labels.text, QPushButton)


def test_the_line_of_keys_tells_the_keys_of_writing(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    assert "back 2 s" in desk.workspace.view.next_line.sentence()
    desk.press(Key.Key_Escape)
    assert "back 2 s" not in desk.workspace.view.next_line.sentence()


def test_undo_of_the_segment_being_written_closes_the_field(desk: Desk) -> None:
    last = desk.annotations.segments("content")[-1]
    desk.workspace.view.timeline.select("content", [last.id])
    desk.press(Key.Key_F2)
    desk.type("lost")
    editor = desk.workspace.view.editor
    assert editor is not None
    editor.undo()
    assert not mode(desk).is_on


def test_the_keys_of_writing_are_the_persons_own(desk: Desk, plays: list[tuple[object, ...]]) -> None:
    bindings.current().use(Choice(keys={"writing.next": ("F15",), "writing.back": ("B", "F16")}))
    try:
        desk.press(Key.Key_F2)
        desk.type("b")
        desk.press(Key.Key_F15)
        assert texts(desk)[0] == "b"  # a letter still writes, whatever a file of keys says
        assert "F15 store, next" in desk.workspace.view.next_line.sentence()
        assert "F16 back 2 s" in desk.workspace.view.next_line.sentence()
        assert plays == [(9 * S, 20 * S)]
        desk.press(Key.Key_F16)
        assert len(plays) == 2
        desk.press(Key.Key_Tab)
        assert mode(desk).field.toPlainText() == "\t"
    finally:
        bindings.current().use(Choice())


def test_on_another_board_the_keys_of_writing_lie_where_hands_find_them(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    transport = desk.workspace.view.transport
    press(desk.window, "-", "de", CTRL)  # the sign right of 0, on which a German board has ß
    assert transport.rate < 1
    press(desk.window, "0", "fr", CTRL)
    assert transport.rate == 1
