"""A manager of a team gives work out: the server is asked and told, and annotators notice what concerns them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from annodesk.errors import AnnodeskError
from annodesk.model.work import BatchState, Skill
from annodesk.services.given_out import GivenOutView, Which, member_sentence, task_sentence
from tests.sync.computers import Computer
from tests.team import PROJECT, Team

pytestmark = pytest.mark.postgres
At = Callable[..., Computer]


def look(moe: Computer, like: str = "", which: Which = Which.ALL) -> GivenOutView:
    return moe.services.given_out.read(PROJECT, moe.me, like=like, which=which)


def stands(moe: Computer) -> dict[str, str]:
    found = look(moe)
    return {one.title: task_sentence(one, found.name_of(one.kept_for), found.now_us) for one in found.tasks}


def given(moe: Computer, name: str) -> str:
    found = look(moe)
    return next(member_sentence(one, found.now_us) for one in found.members if one.name == name)


def test_a_manager_keeps_a_task_takes_one_over_and_is_never_told_who_held_it(desk: At, team: Team) -> None:
    moe, ada, ben = desk("moe"), desk("ada"), desk("ben")
    for one in (moe, ada, ben):
        one.sync()
    held = ada.take()
    (task,) = look(moe, which=Which.HELD).tasks
    assert task.task_id == held
    assert ada.me not in repr(task)
    (hold,) = task.held
    moe.services.assigning.take_over(held, hold.claim_id, ben.me, moe.me)
    assert look(moe, which=Which.HELD).tasks == ()
    assert f"kept for {look(moe).name_of(ben.me)}" in stands(moe)[task.title]
    assert ben.take() == held
    other = next(one for one in look(moe).tasks if one.task_id != held)
    moe.services.assigning.say(other.task_id, None, moe.me, is_paused=True)
    assert stands(moe)[other.title].startswith("paused: given to nobody")
    assert [one.task_id for one in look(moe, which=Which.SAID).tasks] == sorted([held, other.task_id])
    assert [one.title for one in look(moe, other.title.upper()).tasks] == [other.title]


def test_what_is_agreed_with_a_member_is_the_servers_and_is_put_back_whole(desk: At, team: Team) -> None:
    moe = desk("moe")
    moe.sync()
    ada = next(one for one in look(moe).members if one.person_id == team.people["ada"])
    until = look(moe).now_us + 86_400_000_000
    agreed = replace(ada.terms, quota_a_day=5, absent_until_us=until, is_paused=True, works_from=540, works_to=1020)
    moe.services.assigning.agree(PROJECT, ada.person_id, ada.terms, agreed)
    found = next(one for one in look(moe).members if one.person_id == ada.person_id)
    assert found.terms == agreed
    assert "paused" in given(moe, ada.name)
    moe.services.assigning.agree(PROJECT, ada.person_id, agreed, ada.terms)
    assert next(one for one in look(moe).members if one.person_id == ada.person_id).terms == ada.terms


def test_a_group_of_labels_is_asked_for_held_at_a_level_and_told_in_both_whys(desk: At) -> None:
    moe, ada = desk("moe"), desk("ada")
    for one in (moe, ada):
        one.sync()
    (standing,) = moe.services.batches.list(PROJECT)
    done = moe.services.batches.change(PROJECT, moe.me, standing.batch.id, needs=(Skill("medical", 2),))
    assert "Nobody who labels here has what it needs (medical:2)" in done.sentence
    little, enough = (Skill("medical", 1),), (Skill("medical", 2),)
    moe.services.assigning.set_skills(PROJECT, ada.me, (), little)
    moe.sync()
    ada.sync()
    ada.services.sync.ask_for_task()
    ada.sync()
    assert ada.states() == {}
    why = ada.services.tasks.why_empty(PROJECT, ada.me)
    assert f"For those who know what it needs: {standing.batch.name} (medical:2)." in why
    assert "You are known for medical; what you know besides" in why
    moe.services.assigning.set_skills(PROJECT, ada.me, little, enough)
    ada.sync()
    assert ada.take()
    found = next(one for one in look(moe).members if one.person_id == ada.me)
    assert found.skills == (("medical", 2),)
    moe.services.assigning.set_skills(PROJECT, ada.me, enough, ())
    ada.sync()
    assert ada.services.people.find(ada.me).skills == (), "also where it was known before"


def test_only_managers_are_told_and_each_person_what_they_do_not_work_with(desk: At) -> None:
    ana, ada = desk("ana"), desk("ada")
    ada.sync()
    ana.sync()
    with pytest.raises(AnnodeskError, match="by a manager of the team"):
        look(ana)
    ada.services.assigning.set_declined(PROJECT, ada.me, ["violence", "medical"])
    assert ada.services.assigning.declined_by(PROJECT, ada.me) == {"violence", "medical"}


def test_why_a_task_came_is_told_in_the_words_of_its_offer_and_in_general_ones_without_the_server(
    desk: At, team: Team
) -> None:
    ada = desk("ada")
    ada.sync()
    held = ada.take()
    with team.administrator() as db:
        db.execute("delete from annodesk.offer")
    assert ada.services.assigning.why_this(PROJECT, ada.me, held) == "Next in line."
    with team.administrator() as db:
        columns = "project_id, task_id, person_id, reason, computed_at_us"
        said = (PROJECT, held, ada.me, "You know pt")
        db.execute(f"insert into annodesk.offer ({columns}) values (%s, %s, %s, %s, 1)", said)
    assert ada.services.assigning.why_this(PROJECT, ada.me, held) == "You know pt."


def test_who_is_paused_or_off_duty_is_told_so_and_not_that_they_are_away(desk: At) -> None:
    moe, ada = desk("moe"), desk("ada")
    for one in (moe, ada):
        one.sync()
    terms = next(one for one in look(moe).members if one.person_id == ada.me).terms
    moe.services.assigning.agree(PROJECT, ada.me, terms, replace(terms, is_paused=True))
    ada.services.sync.ask_for_task()
    ada.sync()
    assert "A manager has paused new tasks for you." in ada.services.tasks.why_empty(PROJECT, ada.me)
    assert "absent" not in ada.services.tasks.why_empty(PROJECT, ada.me)


def test_why_a_list_is_empty_names_what_everybody_may_know(desk: At, team: Team) -> None:
    moe, ada = desk("moe"), desk("ada")
    for one in (moe, ada):
        one.sync()
    (batch,) = [one.batch for one in moe.services.batches.list(PROJECT)]
    moe.services.batches.change(PROJECT, moe.me, batch.id, state=BatchState.PAUSED)
    moe.sync()
    ada.services.sync.ask_for_task()
    ada.sync()
    why = ada.services.tasks.why_empty(PROJECT, ada.me)
    assert why.startswith("There is nothing for you to do just now.")
    assert f"Not given out: {batch.name} (paused); a manager opens a batch again." in why
