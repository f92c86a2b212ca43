"""Every answer to a suggestion says what was shown, for how long, and whether its stretch had been played."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from annodesk.model.annotations import Segment
from annodesk.model.edits import add
from annodesk.model.ids import new_id
from annodesk.model.shown import How, Played, ShownNote, from_note
from annodesk.model.times import Interval
from annodesk.services import Services
from annodesk.ui.annotate.seen import played_share
from tests.ui.annotate.conftest import SHIFT, Desk
from tests.ui.made import PROJECT

pytestmark = pytest.mark.qt
Opener = Callable[..., Desk]
S = 1_000_000


def noted(desk: Desk) -> list[ShownNote]:
    """What the Edits on the disk say of suggestions, in order."""
    set_id = desk.annotations.id
    desk.settle()
    reader = Services.open(desk.made.path, read_only=True)
    try:
        found = [from_note(edit.note) for edit in reader.annotate.reload(set_id)[1]]
    finally:
        reader.close()
    return [note for note in found if note is not None]


def answered(desk: Desk) -> list[tuple[How, Played | None]]:
    return [(one.how, one.played) for note in noted(desk) for one in note.answered]


def test_taking_and_refusing_say_so_with_what_was_shown(desk: Desk) -> None:
    view = desk.workspace.view
    assert view.suggestions is not None
    first = view.focused_suggestion()
    assert first is not None
    desk.press(Qt.Key.Key_Y)
    second = view.focused_suggestion()
    assert second is not None
    desk.press(Qt.Key.Key_X)
    notes = noted(desk)
    assert [(n.source, n.mode) for n in notes] == [(view.suggestions.id, "before")] * 2
    assert [n.answered[0].suggestion for n in notes] == [first.id, second.id]
    assert answered(desk) == [(How.TAKEN, Played.NONE), (How.REFUSED, Played.NONE)]
    assert all(n.answered[0].in_view_us is not None for n in notes)


def test_what_was_played_before_it_was_answered_is_told_in_three_words(desk: Desk) -> None:
    view = desk.workspace.view
    view.transport.heard.emit(0, 9 * S)
    view.transport.heard.emit(9 * S, 12 * S)
    desk.press(Qt.Key.Key_Y)
    desk.press(Qt.Key.Key_Y)
    desk.press(Qt.Key.Key_Y)
    assert [played for _, played in answered(desk)] == [Played.ALL, Played.PART, Played.NONE]


def test_a_project_that_does_not_record_it_keeps_nothing_of_listening(open_desk: Opener) -> None:
    desk = open_desk(toml=PROJECT.replace("[prelabel]", "[prelabel]\nrecord_played = false"))
    desk.workspace.view.transport.heard.emit(0, 9 * S)
    desk.press(Qt.Key.Key_Y)
    assert answered(desk) == [(How.TAKEN, None)]


def test_a_project_that_keeps_no_times_keeps_not_how_long_it_was_in_view(open_desk: Opener) -> None:
    desk = open_desk(toml=PROJECT.replace("[workflow]", "[workflow]\nrecord_times = false"))
    desk.press(Qt.Key.Key_Y)
    (note,) = noted(desk)
    assert [(one.how, one.in_view_us) for one in note.answered] == [(How.TAKEN, None)]
    reader = Services.open(desk.made.path, read_only=True)
    try:
        (edit,) = reader.annotate.reload(desk.annotations.id)[1]
    finally:
        reader.close()
    assert (edit.elapsed_us, edit.made_at_us % 86_400_000_000, edit.server_offset_us) == (0, 0, None)


def test_a_project_that_does_not_record_what_was_done_with_suggestions_notes_nothing(open_desk: Opener) -> None:
    desk = open_desk(toml=PROJECT.replace("[prelabel]", "[prelabel]\nrecord_suggestions = false"))
    desk.press(Qt.Key.Key_Y)
    assert noted(desk) == []


def test_all_taken_at_once_are_told_as_taken_in_bulk(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Y, SHIFT)
    (note,) = noted(desk)
    assert {one.how for one in note.answered} == {How.BULK}
    assert len(note.answered) == 5, "four segments and an answer above 90 %"


def test_a_suggestion_taken_under_another_label_is_renamed(desk: Desk) -> None:
    view = desk.workspace.view
    view.go_to_suggestion(view.pending.segments()[0])
    desk.press(Qt.Key.Key_3)
    assert answered(desk) == [(How.RENAMED, Played.NONE)]


def test_ones_own_segment_in_its_place_answers_it_too(desk: Desk) -> None:
    view = desk.workspace.view
    first = view.pending.segments()[0]
    view.stage(add(Segment(new_id(), "content", 0, 2 * S, ("speech",))))
    assert noted(desk) == [], "less than half of it is covered: it still waits"
    view.stage(add(Segment(new_id(), "content", 2 * S, 7 * S, ("speech",))))
    (note,) = noted(desk)
    assert [(one.suggestion, one.how) for one in note.answered] == [(first.id, How.OWN)]


def test_ones_own_answer_to_a_question_answers_what_was_suggested(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Q)
    assert [how for how, _ in answered(desk)] == [How.OWN]


def test_nothing_is_noted_where_nothing_was_shown(open_desk: Opener) -> None:
    desk = open_desk(show="never")
    desk.label_everything()
    assert noted(desk) == []


def test_a_suggestion_has_been_in_view_since_it_was_and_not_since_it_was_scrolled_past(
    desk: Desk, qtbot: QtBot
) -> None:
    view = desk.workspace.view
    now = [1_000_000]
    view.seen._clock_us = lambda: now[0]
    view.seen.begin()
    view.timeline.zoom_to(0, 8 * S)
    qtbot.waitUntil(lambda: not view.seen._settled.isActive())
    first, *_, last = view.pending.segments()
    note: Any = view.seen
    now[0] = 5_000_000
    assert note._in_view_us(first, now[0]) == 4_000_000
    assert note._in_view_us(last, now[0]) is None


def test_the_share_of_a_stretch_that_was_played() -> None:
    heard = (Interval(0, 10), Interval(20, 30), Interval(40, 50))
    starts = [piece.start_us for piece in heard]
    assert played_share(Interval(5, 25), heard, starts) == 0.5
    assert played_share(Interval(20, 30), heard, starts) == 1.0
    assert played_share(Interval(30, 40), heard, starts) == 0.0
    assert played_share(Interval(25, 25), heard, starts) == 1.0
    assert played_share(Interval(35, 35), heard, starts) == 0.0
    assert played_share(Interval(5, 25), (), []) == 0.0
