"""Two people and two machines of one person on a real server: what is done on one is there on the other, once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.edits import set_answer, set_text
from annodesk.model.work import SlotState
from annodesk.services.sync_state import Standing
from tests.sync.computers import Computer, admin
from tests.team import PROJECT, Team

Make = Callable[..., Computer]


def test_a_task_is_taken_labelled_and_handed_in(team: Team, desk: Make) -> None:
    ada = desk("ada")
    ada.sync()
    assert ada.count("item") == 0, "nothing of the project but one's own"
    task = ada.take()
    assert ada.states() == {task: SlotState.LEASED}
    work = ada.finish(task)
    assert ada.services.sync.state().waiting == 3
    done = ada.sync()
    assert (done.result.pushed, done.result.waiting, done.state.standing) == (3, 0, Standing.SYNCED)
    rows = admin(team, "select head, digest, is_late from annodesk.submission where set_id = %s", work.set_id)
    assert rows == [(ada.stored(task).head, ada.stored(task).digest(), False)]
    assert admin(team, "select count(*) from annodesk.edit where set_id = %s", work.set_id) == [(2,)]
    assert ada.states() == {task: SlotState.SUBMITTED}


def test_a_second_round_sends_and_fetches_nothing(desk: Make) -> None:
    ada = desk("ada")
    ada.finish(ada.take())
    ada.sync()
    ada.sync()
    again = ada.sync()
    assert (again.result.pushed, again.result.pulled) == (0, 0)


def test_two_people_see_nothing_of_each_other(desk: Make) -> None:
    ada, ben = desk("ada"), desk("ben")
    task = ada.take()
    assert ben.take() == task
    ada.finish(task)
    ada.sync()
    ben.finish(task)
    ben.sync()
    assert ben.count("annotation_set") == ada.count("annotation_set") == 1
    assert ben.count("claim") == 1


def test_what_one_machine_did_is_on_the_other(desk: Make) -> None:
    one, other = desk("ada", device="one"), desk("ada", device="other")
    task = one.take()
    one.label(task, 0, 10)
    one.sync()
    found = other.sync()
    assert other.stored(task).digest() == one.stored(task).digest()
    assert set(found.result.branches) == {other.stored(task).id}
    other.label(task, 10, 20)
    other.sync()
    one.sync()
    assert one.stored(task).digest() == other.stored(task).digest()
    assert len(one.stored(task).segments()) == 2


def test_work_on_two_machines_apart_comes_together(desk: Make) -> None:
    one, other = desk("ada", device="one"), desk("ada", device="other")
    task = one.take()
    work = one.label(task, 0, 10)
    one.sync()
    other.sync()
    theirs = other.open(task)
    one.do(work, set_text(work.session.annotations, work.session.annotations.segments()[0].id, "mine"))
    other.do(theirs, set_answer(theirs.session.annotations, "quality", 4))
    for machine in (one, other, one):
        machine.sync()
    assert one.stored(task).digest() == other.stored(task).digest()
    assert one.stored(task).head == other.stored(task).head
    assert one.sync().result.conflicts == 0


def test_a_choice_between_two_machines_is_told_and_made(team: Team, desk: Make) -> None:
    one, other = desk("ada", device="one"), desk("ada", device="other")
    task = one.take()
    work = one.label(task, 0, 60)
    one.do(work, set_answer(work.session.annotations, "policy", ("none",)))
    one.sync()
    other.sync()
    theirs = other.open(task)
    segment = work.session.annotations.segments()[0].id
    one.do(work, set_text(work.session.annotations, segment, "mine"))
    other.do(theirs, set_text(theirs.session.annotations, segment, "theirs"))
    one.sync()
    other.sync()
    assert one.sync().state.standing is Standing.CONFLICT
    assert other.services.sync.state().conflicts == 1
    with pytest.raises(WorkflowError, match="choose between them first"):
        one.services.tasks.submit(one.stored(task))
    again = one.open(task)
    (group,) = again.session.alternatives
    one.services.annotate.record(again.session.decide(group, group.sides[0].draft))
    assert one.sync().state.standing is Standing.SYNCED
    assert other.sync().state.standing is Standing.SYNCED
    assert other.stored(task).segments()[0].text == one.stored(task).segments()[0].text
    one.services.tasks.submit(one.stored(task))
    one.sync()
    assert admin(team, "select digest from annodesk.submission") == [(one.stored(task).digest(),)]


def test_a_set_of_two_branches_is_handed_in(team: Team, desk: Make) -> None:
    one, other = desk("ada", device="one"), desk("ada", device="other")
    task = one.take()
    work = one.label(task, 0, 60)
    one.sync()
    other.sync()
    theirs = other.open(task)
    one.do(work, set_answer(work.session.annotations, "policy", ("none",)))
    other.do(theirs, set_answer(theirs.session.annotations, "quality", 4))
    other.sync()
    one.sync()
    assert " " in str(one.stored(task).head)
    one.services.tasks.submit(one.stored(task))
    one.sync()
    other.sync()
    assert admin(team, "select head from annodesk.submission") == [(one.stored(task).head,)]
    assert other.states() == {task: SlotState.SUBMITTED}


def test_a_skip_and_a_recall_reach_the_server(team: Team, desk: Make) -> None:
    ada = desk("ada")
    first, second = ada.take(), ada.take()
    ada.services.tasks.skip(ada.open(first).set_id, "bad sound", "hum")
    work = ada.finish(second)
    ada.sync()
    assert ada.states() == {first: SlotState.SKIPPED, second: SlotState.SUBMITTED}
    ada.services.tasks.recall(work.set_id)
    ada.sync()
    rows = dict(admin(team, "select task_id, state from annodesk.claim"))
    assert rows == {first: "skipped", second: "leased"}
    again = ada.open(second)
    ada.do(again, set_answer(again.session.annotations, "quality", 2))
    ada.services.tasks.submit(again.session.annotations)
    ada.sync()
    assert admin(team, "select count(*) from annodesk.submission") == [(2,)]


def test_a_refusal_comes_back_as_a_sentence_and_the_work_is_kept(team: Team, desk: Make) -> None:
    ada = desk("ada")
    task = ada.take()
    work = ada.finish(task)
    ada.sync()
    admin(team, "update annodesk.item_state set state = 'settled'")
    ada.services.tasks.recall(work.set_id)
    done = ada.sync()
    assert any("cannot be recalled any more" in s for s in done.result.refused)
    assert ada.states() == {task: SlotState.SUBMITTED}
    assert len(ada.stored(task)) == 2
    assert any(line.is_trouble for line in ada.services.sync.log())


def test_there_may_be_nothing_to_do(team: Team, desk: Make) -> None:
    admin(team, "update annodesk.batch set state = 'closed'")
    ada = desk("ada")
    ada.services.sync.ask_for_task()
    assert ada.sync().result.refused == ["Could not take: There is nothing for you to do just now. Look again later."]


def test_a_lease_that_ran_out_is_noticed_and_late_work_arrives(team: Team, desk: Make) -> None:
    ada = desk("ada")
    task = ada.take()
    ada.finish(task)
    admin(team, "update annodesk.claim set lease_until_us = annodesk.now_us() - 1")
    admin(team, "select annodesk.free_expired(%s, 10)", PROJECT)
    ada.sync()
    assert admin(team, "select is_late from annodesk.submission") == [(True,)]
    held = ada.take()
    admin(team, "update annodesk.claim set lease_until_us = annodesk.now_us() - 1 where task_id = %s", held)
    admin(team, "select annodesk.free_expired(%s, 10)", PROJECT)
    ada.sync()
    assert ada.states()[held] is SlotState.EXPIRED


def test_the_analyst_has_the_queue_and_the_manager_the_list(team: Team, desk: Make) -> None:
    admin(
        team,
        "insert into annodesk.escalation (project_id, id, item_id, reason, culprit, evidence, made_at_us)"
        " values (%s, 'e', %s, 'low agreement', 'content', '{}', 1)",
        PROJECT,
        f"{PROJECT}-1",
    )
    ana, moe = desk("ana"), desk("moe")
    ana.sync()
    moe.sync()
    assert (ana.count("item"), ana.count("escalation"), ana.count("annotation_set")) == (1, 1, 0)
    assert (moe.count("item"), moe.count("task"), moe.count("score")) == (3, 3, 3)


def test_a_wrong_clock_changes_nothing_but_what_it_says(team: Team, desk: Make) -> None:
    from tests.services.made import Clock

    ada = desk("ada", clock=Clock(2_100_000_000_000_000))
    task = ada.take()
    ada.finish(task)
    done = ada.sync()
    assert done.result.waiting == 0
    assert admin(team, "select is_late from annodesk.submission") == [(False,)]
    ((server_us, offset_us, made_us),) = admin(
        team, "select annodesk.now_us(), server_offset_us, made_at_us from annodesk.edit limit 1"
    )
    assert abs(made_us + offset_us - server_us) < 60_000_000


def test_what_a_team_decides_is_not_done_in_one_file_alone(desk: Make) -> None:
    ada = desk("ada")
    ada.sync()
    with pytest.raises(WorkflowError, match="for the whole team"):
        ada.services.people.add(PROJECT, "Zoe")


def test_a_first_round_brings_own_tasks_and_the_next_ones_the_list(desk: Make) -> None:
    with desk("max").team.connect("max") as db:
        db.execute("select annodesk.claim(%s)", (PROJECT,))
    both = desk("max", device="other")
    first = both.services.sync.first_round()
    assert (len(both.states()), both.count("item")) == (1, 1)
    assert first.state.standing is not Standing.SYNCED, "the rest is still on its way"
    assert both.sync().state.standing is Standing.SYNCED
    assert both.count("item") == 3
