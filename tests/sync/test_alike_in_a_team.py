"""Open disagreements of one kind in a team: fetched, taken on the server, ruled, given back; and offline."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.errors import AnnodeskError, WorkflowError
from annodesk.model.annotations import Segment
from annodesk.model.edits import add, set_answer
from annodesk.model.ids import new_id
from annodesk.model.work import SlotState
from annodesk.quality.disputes import Choice
from annodesk.services.alike import Found, new_batch
from annodesk.services.open_places import OpenPlace
from annodesk.store import tasks
from tests.sync.computers import LENGTH_US, Computer, admin
from tests.sync.test_others import work as work_off
from tests.sync.test_sight import escalate
from tests.team import PROJECT, Team

Make = Callable[..., Computer]
COUNT = 3


def say(desk: Computer, task: str, label: str) -> None:
    """Hand a task in with one stretch of a label in the middle."""
    work = desk.open(task)
    third = LENGTH_US // 3
    stretches = ((0, third, "speech"), (third, 2 * third, label), (2 * third, LENGTH_US, "speech"))
    desk.do(work, add(*(Segment(new_id(), "content", a, b, (one,)) for a, b, one in stretches)))
    desk.do(work, set_answer(work.session.annotations, "policy", ("none",)))
    desk.services.tasks.submit(work.session.annotations)


@pytest.fixture
def ana(team: Team, desk: Make) -> Computer:
    """An analyst's workstation; three items wait in which one says advert and the other music."""
    for name, label in (("ada", "advert"), ("ben", "music")):
        person = desk(name)
        for _ in range(COUNT):
            say(person, person.take(), label)
        person.sync()
    work_off(team)
    admin(team, "delete from annodesk.slot s using annodesk.task k where k.id = s.task_id and k.stage = 'review'")
    admin(team, "delete from annodesk.task_plan p using annodesk.task k where k.id = p.task_id and k.stage = 'review'")
    admin(team, "delete from annodesk.task where stage = 'review'")
    admin(team, "delete from annodesk.escalation")
    for number in range(COUNT):
        escalate(team, f"{PROJECT}-{number}")
    made = desk("ana")
    made.sync()
    return made


def look(ana: Computer) -> Found:
    return ana.services.alike.look(PROJECT, ana.me)


def fetched(ana: Computer) -> tuple[OpenPlace, ...]:
    ana.services.alike.fetch(PROJECT, look(ana).unknown)
    return look(ana).places


def rule(ana: Computer, place: OpenPlace, label: str = "advert") -> str:
    """Take the review on the server, and rule; returns the set."""
    assert ana.services.alike.prepare(PROJECT, ana.me, [place.task_id]) == {}
    made = ana.services.alike.rule(PROJECT, ana.me, new_batch(), [(place, Choice(label))])
    assert made.problems == ()
    return made.ruled[0].set_id


def test_what_is_not_here_is_said_and_fetched_without_names(ana: Computer) -> None:
    found = look(ana)
    assert found.places == ()
    assert len(found.unknown) == COUNT
    assert ana.count("annotation_set") == 0
    places = fetched(ana)
    assert [place.dispute.pair for place in places] == ["advert / music"] * COUNT
    assert look(ana).unknown == ()
    assert ana.count("annotation_set") == 0, "kept in memory alone"


def test_who_fetched_has_seen_it_and_never_labels_it(team: Team, ana: Computer) -> None:
    fetched(ana)
    assert {row[0] for row in admin(team, "select person_id from annodesk.sight")} == {ana.me}
    assert admin(team, "select count(*) from annodesk.sight") == [(COUNT,)]


def test_a_ruling_takes_the_review_on_the_server_and_arrives_there(team: Team, ana: Computer) -> None:
    place = fetched(ana)[0]
    set_id = rule(ana, place)
    rows = admin(team, "select state, person_id from annodesk.claim where task_id = %s", place.task_id)
    assert rows == [("leased", ana.me)]
    assert ana.sync().result.refused == []
    bodies = [row[0] for row in admin(team, "select body from annodesk.edit where set_id = %s", set_id)]
    assert [body["verb"] for body in bodies][-1].startswith("rule ")
    assert place.key not in {one.key for one in look(ana).places}


def test_the_same_sides_are_shown_before_and_after_the_review_is_taken(ana: Computer) -> None:
    before = {place.task_id: place.sides for place in fetched(ana)}
    task_id = next(iter(before))
    ana.services.alike.prepare(PROJECT, ana.me, [task_id])
    after = {place.task_id: place.sides for place in look(ana).places}
    assert after == before


def test_a_review_given_back_is_free_for_others_and_is_taken_up_again_with_its_ruling(
    team: Team, ana: Computer
) -> None:
    place = fetched(ana)[0]
    set_id = rule(ana, place)
    ana.services.alike.let_go(ana.me, [place.task_id])
    ana.sync()
    assert admin(team, "select claim_id from annodesk.slot where task_id = %s", place.task_id) == [(None,)]
    assert len(admin(team, "select id from annodesk.edit where set_id = %s", set_id)) >= 2
    assert ana.services.alike.prepare(PROJECT, ana.me, [place.task_id]) == {}
    assert ana.states()[place.task_id] is SlotState.LEASED
    work = ana.services.review.open(PROJECT, ana.me, place.task_id)
    assert work.set_id == set_id
    assert work.session.locked == ""


def test_a_review_that_was_given_back_is_asked_for_again_by_opening_it(ana: Computer) -> None:
    place = fetched(ana)[0]
    rule(ana, place)
    ana.services.alike.let_go(ana.me, [place.task_id])
    ana.sync()
    assert "asked for again" in ana.services.review.open(PROJECT, ana.me, place.task_id).session.locked
    ana.sync()
    assert ana.services.review.open(PROJECT, ana.me, place.task_id).session.locked == ""


def test_a_batch_is_taken_back_though_the_review_was_given_back(team: Team, ana: Computer) -> None:
    place = fetched(ana)[0]
    ana.services.alike.prepare(PROJECT, ana.me, [place.task_id])
    made = ana.services.alike.rule(PROJECT, ana.me, new_batch(), [(place, Choice("advert"))])
    ana.services.alike.let_go(ana.me, [place.task_id])
    back = ana.services.alike.take_back(made.ruled)
    assert [one.key for one in back.places] == [place.key]
    assert ana.sync().result.refused == []


def test_a_review_that_a_colleague_has_taken_is_told_and_the_others_go_on(team: Team, ana: Computer) -> None:
    places = fetched(ana)
    taken = places[1]
    with team.connect("moe") as db:
        db.execute("select * from annodesk.claim_review(%s, %s)", (PROJECT, taken.task_id))
    refused = ana.services.alike.prepare(PROJECT, ana.me, [place.task_id for place in places])
    assert list(refused) == [taken.task_id]
    assert "not open any more" in refused[taken.task_id]
    held = {task for task, state in ana.states().items() if state is SlotState.LEASED}
    assert held == {place.task_id for place in places} - {taken.task_id}


def test_settling_what_is_wholly_ruled_reaches_the_server(team: Team, ana: Computer) -> None:
    place = fetched(ana)[0]
    set_id = rule(ana, place)
    ana.services.alike.settle(set_id)
    assert ana.sync().result.refused == []
    assert len(admin(team, "select 1 from annodesk.submission where set_id = %s", set_id)) == 1


def test_without_a_connection_only_what_is_held_can_be_ruled(ana: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, _ = fetched(ana)
    assert ana.services.alike.prepare(PROJECT, ana.me, [first.task_id]) == {}

    def cut(*_: object) -> None:
        raise WorkflowError("The server does not answer.")

    monkeypatch.setattr(ana.services.sync, "with_team", cut)
    with pytest.raises(AnnodeskError, match="it alone gives reviews out"):
        ana.services.alike.prepare(PROJECT, ana.me, [second.task_id])
    assert ana.services.alike.prepare(PROJECT, ana.me, [first.task_id]) == {}
    made = ana.services.alike.rule(PROJECT, ana.me, new_batch(), [(first, Choice("music"))])
    assert len(made.ruled) == 1
    with ana.services.file.read() as db:
        assert tasks.claim_of(db, second.task_id, ana.me) is None


def test_what_goes_out_of_sight_is_forgotten(team: Team, ana: Computer) -> None:
    fetched(ana)
    item = f"{PROJECT}-0"
    admin(team, "update annodesk.item_state set state = 'settled' where item_id = %s", item)
    admin(team, "update annodesk.escalation set closed_at_us = 5 where item_id = %s", item)
    admin(team, "select annodesk.tell(%s, 'analysts', 'item', %s)", PROJECT, item)
    ana.sync()
    assert len(look(ana).places) == COUNT - 1


def test_a_manager_who_may_not_read_which_sets_count_is_offered_none_of_them(ana: Computer, desk: Make) -> None:
    assert len(look(ana).unknown) == COUNT
    for name in ("moe", "max"):
        other = desk(name)
        other.sync()
        assert look(other) == Found()
