"""Rulings of every kind by their keys: what they leave on the desk, and where the desk goes after them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from annodesk.model.outcomes import WORDS, OutcomeKind, outcomes_in
from annodesk.ui.review.decisions import EXCLUDE_REASONS

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier
S = 1_000_000


@pytest.mark.parametrize(
    ("key", "kind", "button"),
    [(Key.Key_S, OutcomeKind.SEVERAL, "several"), (Key.Key_U, OutcomeKind.UNDECIDED, "undecided")],
)
def test_one_key_says_that_there_is_no_one_answer(room, key: Key, kind: OutcomeKind, button: str) -> None:
    here = room()
    space = here.open()
    here.press(key)
    place = space.places.disagreements[0]
    assert space.places.is_ruled
    assert outcomes_in(here.stored())[place.key].kind is kind
    assert [s for s in here.own() if s[1] < 22 and s[2] > 19] == []
    assert getattr(space.desk.rulings, button).property("ruled")
    assert "Your ruling" in [side.title for side in space.desk.cards.sides]
    mine = next(side for side in space.desk.cards.sides if side.title == "Your ruling")
    assert mine.lines[0].words.startswith(WORDS[kind])


def test_what_is_acceptable_is_told_with_how_many_said_it(room) -> None:
    here = room()
    space = here.open()
    here.press(Key.Key_S)
    assert space.desk.rulings.hint.whole().startswith("several acceptable: ")
    assert "speech × 1" in space.desk.rulings.hint.whole()
    assert "music × 1" in space.desk.rulings.hint.whole()


def test_excluding_a_place_takes_two_keys_with_its_reason(room) -> None:
    here = room()
    space = here.open()
    here.press(Key.Key_X)
    dialog = space.decisions.dialog
    assert dialog.isVisible()
    here.press(Key.Key_4)
    assert space.places.open_ones[0].key != space.places.disagreements[0].key
    found = outcomes_in(here.stored())[space.places.disagreements[0].key]
    assert (found.kind, found.reason) == (OutcomeKind.EXCLUDED, EXCLUDE_REASONS[3])


def test_another_reason_is_written_and_escape_rules_nothing(room, qtbot) -> None:
    here = room()
    space = here.open()
    here.press(Key.Key_X)
    here.press(Key.Key_Escape)
    assert space.places.ruled == frozenset()
    here.press(Key.Key_X, Key.Key_5)
    dialog = space.decisions.dialog
    assert not dialog.send.isEnabled()
    qtbot.keyClicks(dialog.note, "two people at once")
    qtbot.keyClick(dialog.note, Key.Key_Return)
    here.wait()
    assert outcomes_in(here.stored())[space.places.disagreements[0].key].reason == "two people at once"


def test_the_whole_item_is_left_out_and_then_settles(room) -> None:
    here = room()
    space = here.open()
    here.press(Key.Key_X, mod=Mod.ShiftModifier)
    here.press(Key.Key_3)
    assert space.desk.rulings.hint.whole() == f"The whole item is left out: {EXCLUDE_REASONS[2]}."
    assert space.desk.rulings.missing.text() == ""
    assert not any(button.isEnabled() for button in space.desk.rulings.buttons())
    here.press(Key.Key_A)
    assert "left out" in here.said[-1]
    here.press(Key.Key_Z, mod=Mod.ControlModifier)
    assert len(space.places.open_ones) == 4
    here.press(Key.Key_X, mod=Mod.ShiftModifier)
    here.press(Key.Key_1)
    here.press(Key.Key_X, mod=Mod.ShiftModifier)
    assert len(space.places.open_ones) == 4, "again: it is in"
    here.press(Key.Key_X, mod=Mod.ShiftModifier)
    here.press(Key.Key_1)
    here.press(Key.Key_Return, mod=Mod.ControlModifier)
    assert space.work is None


def test_leaving_an_item_out_does_not_show_what_the_model_says(room) -> None:
    here = room()
    space = here.open()
    here.press(Key.Key_X, mod=Mod.ShiftModifier)
    here.press(Key.Key_1)
    assert space.desk.view.state.annotations("model:content").segments() == []


def test_undo_goes_back_to_the_place_also_where_it_was_ruled_otherwise_before(room) -> None:
    here = room()
    space = here.open()
    here.press(Key.Key_A, Key.Key_B, Key.Key_J, Key.Key_J)
    here.press(Key.Key_Z, mod=Mod.ControlModifier)
    assert space.places.at == 0
    assert space.ruling == "A"


def test_a_place_is_opened_again_whatever_was_ruled_since(room) -> None:
    here = room()
    space = here.open()
    here.press(Key.Key_A, Key.Key_J, Key.Key_A, Key.Key_K)
    here.press(Key.Key_U, mod=Mod.ShiftModifier)
    assert not space.places.is_ruled
    assert len(space.places.ruled) == 1
    here.press(Key.Key_U, mod=Mod.ShiftModifier)
    assert here.said[-1] == "This place is open."


def test_a_decision_goes_on_by_itself_and_says_what_was_ruled(room, lively) -> None:
    here = room()
    space = here.open()
    here.press(Key.Key_A)
    assert space.places.at == 1
    said = space.desk.rulings.hint.whole()
    assert said.startswith("Before: content 00:19.0 – 00:22.0, as A says; the model says")
    here.press(Key.Key_N)
    assert space.places.at == 1, "neither waits for what is drawn"
    here.press(Key.Key_5)
    assert space.places.at == 2, "a place that is filled is decided"
    here.press(Key.Key_Z, mod=Mod.ControlModifier)
    assert space.places.at == 1


def test_the_last_decision_stays_and_offers_to_settle(room, lively) -> None:
    here = room()
    space = here.open()
    for key in (Key.Key_A, Key.Key_B, Key.Key_S, Key.Key_U):
        here.press(key)
    assert space.places.open_ones == ()
    assert "All is ruled" in space.desk.rulings.hint.whole()
    here.press(Key.Key_Return, mod=Mod.ControlModifier)
    assert space.work is None


def test_what_is_opened_is_played_at_once_until_that_is_turned_off(room, lively) -> None:
    here = room()
    space = here.open()
    assert space.transport.is_playing
    before = space.timeline.playhead_us
    here.qtbot.waitUntil(lambda: space.timeline.playhead_us > before)  # without a device too
    here.press(Key.Key_J)
    assert space.transport.is_playing
    place = space.hearing.place
    assert place.start_us == space.places.current.start_us - S
    here.press(Key.Key_R, mod=Mod.ShiftModifier)
    here.press(Key.Key_K)
    assert not space.transport.is_playing


def test_an_answer_of_ones_own_moves_on_and_a_list_of_labels_waits(room, lively) -> None:
    here = room()
    space = here.open()
    here.press(Key.Key_K)
    assert space.places.current.is_question
    space.keys.trigger("review.answer.policy.medical")
    here.wait()
    assert not space.places.current.is_question
    assert here.stored().answer("policy").value == "medical"


def test_a_labels_key_fills_the_open_place_and_changes_nothing_beside_it(room, lively) -> None:
    here = room()
    space = here.open()
    before = [s for s in here.own() if s[2] <= 19]
    assert space.timeline.playhead_us < 19 * S, "what is heard begins before the place"
    here.press(Key.Key_5)
    assert ("noise", 19.0, 22.0) in here.own()
    assert [s for s in here.own() if s[2] <= 19] == before
    assert space.places.at == 1
    assert space.places.rulings[space.places.disagreements[0].key] == "own"
