"""At the review desk: open questions beside the queue are answered, and rulings pinned to a clause, by keys alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from annodesk.model.work import Escalation, Reason, Role, SlotState
from annodesk.services.precedents import Pinned
from annodesk.ui.review.asked import AnswerDialog
from annodesk.ui.review.side import reason_text
from tests.services.made import make_recording
from tests.ui.review.conftest import Desk
from tests.ui.review.room import Room

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier
S = 1_000_000


def pinned(desk: Desk) -> list[Pinned]:
    return desk.services.precedents.shown(desk.project_id, desk.annotators[0])


def rule_and_pin(here: Room, words: str = "Host-read, no jingle") -> None:
    """Go to the place in dispute between advert and speech, take A, and pin it."""
    space = here.space
    place = next(d for d in space.places.disagreements if d.kind == "label")
    space.go_to(space.places.go(place.key))
    here.qtbot.keyClick(space.desk.view, Key.Key_A)
    here.wait()
    space.go_to(space.places.go(place.key))
    here.qtbot.keyClick(space.desk.view, Key.Key_P)
    dialog = space.pinning.dialog
    assert dialog is not None
    dialog.clause.clear()
    here.qtbot.keyClicks(dialog.clause, "3.")
    assert dialog.clause.clause() == ""
    assert dialog.note.text() == "Which one? 3.1 Speech, 3.2 Advert"
    here.qtbot.keyClick(dialog.clause, Key.Key_Down)
    here.qtbot.keyClick(dialog.clause, Key.Key_Down)
    assert dialog.clause.clause() == "3.2 Advert"
    here.qtbot.keyClick(dialog.clause, Key.Key_Return)
    assert dialog.clause.text() == "3.2 Advert"
    here.qtbot.keyClicks(dialog.words, words)
    here.qtbot.keyClick(dialog.words, Key.Key_Return)
    here.wait()
    here.qtbot.waitUntil(space.isActiveWindow)


def test_a_ruling_is_pinned_by_keys_to_the_clause_that_was_typed(room: Callable[..., Room], desk: Desk) -> None:
    here = room()
    here.open()
    rule_and_pin(here)
    (one,) = pinned(desk)
    assert (one.precedent.clause, one.precedent.words) == ("3.2 Advert", "Host-read, no jingle")
    assert one.precedent.labels in (("advert",), ("speech",))
    assert one.can_be_heard
    assert here.notices.seen[-1].sentence == "Pinned to 3.2 Advert."
    panel = here.space.side.precedents
    panel.show_for("3.2 Advert")
    assert [p.precedent.words for p in panel.shown] == ["Host-read, no jingle"]
    assert "PRECEDENTS FOR 3.2" in panel._head.text()
    panel.show_for("3.1 Speech")
    assert panel.isHidden()


def test_only_what_is_ruled_is_pinned(room: Callable[..., Room], desk: Desk) -> None:
    here = room()
    space = here.open()
    here.qtbot.keyClick(space.desk.view, Key.Key_P)
    assert space.pinning.dialog is None
    assert here.said[-1] == "Rule this place first, then pin it."


def test_a_precedent_is_heard_and_taken_down_by_keys(room: Callable[..., Room], desk: Desk) -> None:
    here = room()
    space = here.open()
    rule_and_pin(here)
    space.side.precedents.show_for("3.2 Advert")
    here.qtbot.keyClick(space.desk.view, Key.Key_H, Mod.AltModifier)
    (one,) = space.side.precedents.shown
    assert space.pinned.player.playing == one.precedent.id
    here.qtbot.keyClick(space.desk.view, Key.Key_H, Mod.AltModifier)
    assert space.pinned.player.playing == ""
    here.qtbot.keyClick(space.desk.view, Key.Key_U, Mod.AltModifier)
    here.wait()
    assert pinned(desk) == []
    assert space.side.precedents.shown == ()


def asked(desk: Desk, words: str = "Is a thank-you an advert?") -> str:
    """Somebody asks from inside a task about another item; returns who."""
    services, project = desk.services, desk.project_id
    dora = services.people.add(project, "Dora", Role.ANNOTATOR).id
    services.items.add(project, [make_recording(services.path.parent / "second.wav", 60, 7)])
    services.coordinator.round(project)
    (card,) = services.tasks.cards(project, dora)
    work = services.tasks.open(project, dora, card.task_id)
    services.asking.ask(work.set_id, words, time_us=45 * S, place="the moment at 00:00:45.0")
    return dora


def answering(here: Room) -> AnswerDialog:
    here.space.asked.refresh()
    here.wait()
    here.qtbot.keyClick(here.space, Key.Key_Q, Mod.AltModifier)
    dialog = here.space.asked.dialog
    assert dialog is not None
    here.qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def test_open_questions_stand_beside_the_queue_and_are_answered_by_keys(room: Callable[..., Room], desk: Desk) -> None:
    dora = asked(desk)
    here = room()
    box = here.space.asked.box
    assert not box.isHidden()
    assert box.head.text() == "OPEN QUESTIONS · 1"
    dialog = answering(here)
    assert dialog.words.text() == "Is a thank-you an advert?"
    assert dialog.place.text() == "About the moment at 00:00:45.0"
    assert not dialog.sends.isEnabled(), "words are needed"
    here.qtbot.keyClick(dialog.field, Key.Key_Space, Mod.ControlModifier)
    assert dialog.player.playing
    here.qtbot.keyClicks(dialog.field, "No.")
    here.qtbot.keyClick(dialog.field, Key.Key_Return, Mod.ControlModifier)
    here.wait()
    assert here.notices.seen[-1].sentence == "Answered; whoever asked is told."
    (card,) = desk.services.tasks.cards(desk.project_id, dora)
    assert (card.state, card.comes_first) == (SlotState.LEASED, True)
    assert box.isHidden()
    assert dialog.title.text() == "No question waits"
    here.qtbot.keyClick(dialog, Key.Key_Escape)


def test_an_answer_that_holds_for_others_is_pinned_to_a_clause(room: Callable[..., Room], desk: Desk) -> None:
    asked(desk)
    here = room()
    dialog = answering(here)
    here.qtbot.keyClicks(dialog.field, "A thank-you is none.")
    here.qtbot.keyClicks(dialog.clause, "nothing like it")
    assert not dialog.sends.isEnabled(), "there is no such clause"
    dialog.clause.clear()
    here.qtbot.keyClicks(dialog.clause, "advert")
    here.qtbot.keyClick(dialog.field, Key.Key_Return, Mod.ControlModifier)
    here.wait()
    (one,) = pinned(desk)
    assert (one.precedent.words, one.precedent.clause) == ("A thank-you is none.", "3.2 Advert")
    here.qtbot.keyClick(dialog, Key.Key_Escape)


def test_without_questions_nothing_stands_there_and_the_key_says_so(room: Callable[..., Room], desk: Desk) -> None:
    here = room()
    assert here.space.asked.box.isHidden()
    here.qtbot.keyClick(here.space, Key.Key_Q, Mod.AltModifier)
    assert here.said[-1] == "No question waits for an answer."


def test_why_an_item_is_here_says_what_was_said_of_it() -> None:
    doubted = Escalation("e", "i", Reason.REFERENCE_MISS, "content", evidence={"why": "3 of 4 people missed it"})
    assert reason_text(doubted) == "Reference miss on content: 3 of 4 people missed it"
    flagged = Escalation("e", "i", Reason.FLAGGED, evidence={"reason": "no sound", "note": "", "person": "p"})
    assert reason_text(flagged) == "Flagged: no sound"
