"""A question asked at one workstation of a team, answered at another, whatever the line does meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.errors import AnnodeskError
from annodesk.model.work import InquiryState, SlotState
from annodesk.services.tasks import TaskWork
from annodesk.store import inquiries
from annodesk.store.line import Refused
from tests.sync.computers import Computer, admin
from tests.team import PROJECT, Team


def ask(desk: Computer, words: str = "Which tier?") -> tuple[str, TaskWork]:
    task = desk.take()
    work = desk.label(task)
    desk.services.asking.ask(work.set_id, words, time_us=5_000_000)
    return task, work


def waiting(desk: Computer) -> list[str]:
    return [one.words for one in desk.services.asking.open_questions(PROJECT, desk.me)]


def answer(desk: Computer, words: str = "Content.") -> None:
    (one,) = desk.services.asking.open_questions(PROJECT, desk.me)
    desk.services.asking.answer(one.id, desk.me, words)


def test_it_goes_round_and_comes_back_with_the_answer(desk: Callable[..., Computer]) -> None:
    ada, ana = desk("ada"), desk("ana")
    task, work = ask(ada)
    assert ada.states()[task] is SlotState.PARKED
    ada.sync()
    ana.sync()
    assert waiting(ana) == ["Which tier?"]
    with ana.services.file.read() as db:
        (one,) = inquiries.open_ones(db, PROJECT)
    assert (one.asked_by, one.head) == (None, None)
    answer(ana)
    ada.sync()
    assert ada.states()[task] is SlotState.LEASED
    (card, *_) = ada.services.tasks.cards(PROJECT, ada.me)
    assert (card.task_id, card.comes_first) == (task, True)
    opened = ada.open(task)
    assert opened.fresh_answer is not None
    assert opened.fresh_answer.answer == "Content."
    assert opened.fresh_answer.answered_by is None
    assert not opened.session.locked
    ana.sync()
    assert waiting(ana) == []
    counted = admin(ada.team, "select independent_head from annodesk.view where set_id = %s", work.set_id)
    assert counted == [(work.session.annotations.head,)]


def test_without_a_line_the_question_waits_in_the_outbox_and_the_next_task_goes_on(
    desk: Callable[..., Computer], team: Team
) -> None:
    ada, ana = desk("ada"), desk("ana")
    other = ada.take()
    task, _ = ask(ada)
    ana.sync()
    assert waiting(ana) == []
    ada.finish(other)
    ada.sync()
    ana.sync()
    assert waiting(ana) == ["Which tier?"]
    assert admin(team, "select state from annodesk.claim where task_id = %s", task) == [("parked",)]


def test_one_withdrawn_before_it_was_sent_leaves_the_task_open(desk: Callable[..., Computer]) -> None:
    ada, ana = desk("ada"), desk("ana")
    task, work = ask(ada)
    ada.services.asking.withdraw(work.set_id)
    ada.sync()
    ana.sync()
    assert ada.states()[task] is SlotState.LEASED
    assert waiting(ana) == []


def test_one_about_a_task_whose_lease_ran_out_is_refused_with_its_words(
    desk: Callable[..., Computer], team: Team
) -> None:
    ada = desk("ada")
    task = ada.take()
    work = ada.label(task)
    admin(team, "update annodesk.claim set lease_until_us = 1")
    admin(team, "select annodesk.free_expired(%s, 10)", PROJECT)
    ada.services.asking.ask(work.set_id, "Which tier?")
    told = ada.sync().result.refused
    assert any("You wrote: Which tier?" in sentence for sentence in told)
    assert ada.states()[task] is SlotState.EXPIRED
    with ada.services.file.read() as db:
        assert inquiries.of_person(db, PROJECT, ada.me) == {}


def test_who_answers_second_is_told_at_once(desk: Callable[..., Computer]) -> None:
    ada, ana, moe = desk("ada"), desk("ana"), desk("moe")
    ask(ada)
    for one in (ada, ana, moe):
        one.sync()
    assert waiting(moe) == ["Which tier?"]
    answer(ana)
    with pytest.raises(Refused, match="already"):
        answer(moe, "Events.")


def test_whoever_was_marked_as_absent_learns_that_their_task_went_elsewhere(desk: Callable[..., Computer]) -> None:
    ada, moe = desk("ada"), desk("moe")
    task, _ = ask(ada)
    ada.sync()
    admin(ada.team, "select 1")
    ada.team.call("moe", "select annodesk.set_terms(%s, %s, null, 9e15::bigint)", PROJECT, ada.me)
    ada.sync()
    assert ada.states()[task] is SlotState.EXPIRED
    assert len(ada.services.asking.ended(PROJECT, ada.me)) == 1
    moe.sync()
    assert waiting(moe) == []


def test_a_pinned_ruling_reaches_everybody_and_goes_when_it_is_taken_down(
    desk: Callable[..., Computer], team: Team
) -> None:
    ada, ana = desk("ada"), desk("ana")
    item = f"{PROJECT}-2"
    admin(team, "update annodesk.item_state set state = 'settled' where item_id = %s", item)
    ada.sync()
    ana.sync()
    ana.services.precedents.pin(item, ana.me, "3.2 Advert", "Host-read", labels=("advert",))
    ada.sync()
    (one,) = ada.services.precedents.shown(PROJECT, ada.me)
    assert (one.precedent.words, one.precedent.labels, one.precedent.made_by) == ("Host-read", ("advert",), None)
    ana.services.precedents.unpin(one.precedent.id, ana.me)
    ada.sync()
    assert ada.services.precedents.shown(PROJECT, ada.me) == []


def test_an_annotator_pins_nothing_in_a_team(desk: Callable[..., Computer], team: Team) -> None:
    ada = desk("ada")
    admin(team, "update annodesk.item_state set state = 'settled' where item_id = %s", f"{PROJECT}-2")
    with pytest.raises(AnnodeskError):
        ada.services.precedents.pin(f"{PROJECT}-2", ada.me, "3.2", "x")


def test_a_question_of_an_analyst_who_labels_comes_back_to_them_too(desk: Callable[..., Computer]) -> None:
    ann, ana = desk("ann"), desk("ana")
    task, _ = ask(ann)
    ann.sync()
    ana.sync()
    assert waiting(ann) == []
    answer(ana)
    ann.sync()
    assert ann.open(task).fresh_answer is not None
    with ann.services.file.read() as db:
        (one,) = inquiries.of_person(db, PROJECT, ann.me).values()
    assert one.state is InquiryState.ANSWERED
