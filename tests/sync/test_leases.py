"""Leases from the workstation: renewed while somebody works, told of when they end, given back by those who go."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.edits import set_answer
from annodesk.model.work import SlotState
from annodesk.services.sync import ATTENDED_S
from annodesk.store.line import Unreachable
from tests.proxy import Line
from tests.sync.computers import LENGTH_US, Computer, admin
from tests.team import PROJECT, Team

Make = Callable[..., Computer]
HOUR_US = 3_600_000_000


def left_hours(team: Team) -> list[float]:
    """How long all leases last by the server's clock, shortest first."""
    rows = admin(
        team, "select lease_until_us - annodesk.now_us() from annodesk.claim where state = 'leased' order by 1"
    )
    return [round(row[0] / HOUR_US, 1) for row in rows]


def run_down(team: Team, hours: float) -> None:
    """All leases end in so many hours, or have ended some ago."""
    admin(team, "update annodesk.claim set lease_until_us = annodesk.now_us() + %s", round(hours * HOUR_US))


def expire(team: Team) -> None:
    """Leases run out, and the coordinator sees it."""
    run_down(team, -1)
    admin(team, "select annodesk.free_expired(%s, 100)", PROJECT)


def cards(one: Computer) -> dict[str, SlotState | None]:
    """What the list of tasks shows."""
    return {card.task_id: card.state for card in one.services.tasks.cards(PROJECT, one.me)}


def test_leases_are_renewed_while_somebody_works_and_only_then(team: Team, desk: Make) -> None:
    ada = desk("ada")
    ada.sync()
    ada.take()
    run_down(team, 17)
    ada.sync()
    assert left_hours(team) == [17.0], "nobody has touched anything"
    ada.services.sync.attend()
    ada.sync()
    assert left_hours(team) == [24.0]
    run_down(team, 20)
    ada.sync()
    assert left_hours(team) == [20.0], "more than three quarters are left"


def test_a_window_that_nobody_works_in_any_more_renews_nothing(
    team: Team, desk: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = desk("ada")
    ada.sync()
    ada.take()
    ada.services.sync.attend()
    run_down(team, 2)
    from annodesk.services import sync

    now = sync.time.monotonic()
    monkeypatch.setattr(sync.time, "monotonic", lambda: now + ATTENDED_S + 1)
    ada.sync()
    assert left_hours(team) == [2.0]


def test_a_renewed_lease_is_known_here_by_the_servers_clock_though_this_one_is_wrong(team: Team, desk: Make) -> None:
    ada = desk("ada")
    ada.clock.hours(24 * 3650)
    ada.sync()
    ada.take()
    run_down(team, 2)
    ada.services.sync.attend()
    ada.sync()
    (held,) = ada.services.leases.held()
    ((until,),) = admin(team, "select lease_until_us from annodesk.claim")
    assert held.lease_until_us == until
    assert left_hours(team) == [24.0]


def test_a_lease_that_ran_out_is_told_kindly_and_the_work_goes_on_and_counts_as_late(team: Team, desk: Make) -> None:
    ada, ben, cleo = desk("ada"), desk("ben"), desk("cleo")
    for one in (ada, ben, cleo):
        one.sync()
    task = ada.take()
    work = ada.label(task, 0, LENGTH_US // 1_000_000)
    expire(team)
    assert ben.take() == cleo.take() == task
    (told,) = ada.sync().result.ended
    assert (told.task_id, told.is_begun) == (task, True)
    assert told.sentence == f"Your time for {PROJECT}-0 is over; it went back to the queue."
    assert "What you did is kept" in told.hint
    assert any(line.sentence == told.sentence and not line.is_trouble for line in ada.services.sync.log())
    assert cards(ada) == {task: SlotState.EXPIRED}, "it stays in the list"
    again = ada.open(task)
    assert again.session.locked == ""
    ada.do(again, set_answer(again.session.annotations, "policy", ("none",)))
    assert ada.services.tasks.submit(again.session.annotations).sentence == "Submitted late; it is kept and marked."
    result = ada.sync().result
    assert result.ended == []
    assert admin(team, "select is_late, set_id from annodesk.submission") == [(True, work.set_id)]
    assert admin(team, "select count(*) from annodesk.slot where task_id = %s and claim_id is not null", task) == [(2,)]
    assert cards(ada) == {}


def test_a_lease_that_ran_out_is_taken_up_again_while_its_place_is_free(team: Team, desk: Make) -> None:
    ada = desk("ada")
    ada.sync()
    task = ada.take()
    ada.label(task)
    expire(team)
    ada.sync()
    ada.open(task)
    ada.open(task)
    ada.sync()
    assert cards(ada) == {task: SlotState.LEASED}
    assert left_hours(team) == [24.0]


def test_what_was_not_begun_goes_without_a_word_of_work(team: Team, desk: Make) -> None:
    ada = desk("ada")
    ada.sync()
    task = ada.take()
    ada.open(task)
    expire(team)
    (told,) = ada.sync().result.ended
    assert (told.is_begun, told.hint) == (False, "")
    assert cards(ada) == {}
    ada.services.sync.ask_for_task()
    ada.sync()
    assert cards(ada) == {task: SlotState.LEASED}, "it comes first when they take work again"


def test_who_is_marked_as_away_hears_of_it_and_gets_nothing(team: Team, desk: Make) -> None:
    ada = desk("ada")
    ada.sync()
    task = ada.take()
    ada.label(task)
    far = 9_000_000_000_000_000
    team.call("moe", "select annodesk.set_terms(%s, %s, null, %s)", PROJECT, team.people["ada"], far)
    assert [one.task_id for one in ada.sync().result.ended] == [task]
    ada.services.sync.ask_for_task()
    assert ada.sync().result.refused == [
        "Could not take: You are marked as absent. End your absence, then take work again."
    ]


def test_closing_gives_back_what_was_not_begun_and_opening_gets_it_again(team: Team, desk: Make) -> None:
    ada = desk("ada")
    ada.sync()
    begun, untouched = ada.take(), ada.take()
    ada.label(begun)
    assert ada.services.leases.put_down() == 1
    states = dict(admin(team, "select task_id, state from annodesk.claim"))
    assert states == {begun: "leased", untouched: "expired"}
    assert admin(team, "select count(*) from annodesk.edit") == [(1,)], "what waited went along"
    ada.services.sync.ask_ahead()
    ada.sync()
    assert cards(ada) == {begun: SlotState.LEASED, untouched: SlotState.LEASED}


def test_a_task_that_was_on_its_way_when_the_window_was_closed_goes_back_too(team: Team, desk: Make) -> None:
    ada = desk("ada")
    ada.sync()
    team.claim("ada")
    assert ada.services.leases.put_down() == 1
    assert admin(team, "select state from annodesk.claim") == [("expired",)]


def test_a_review_that_was_not_begun_goes_back_too(team: Team, desk: Make) -> None:
    admin(team, "update annodesk.item_state set state = 'escalated' where item_id = %s", f"{PROJECT}-0")
    admin(
        team, "insert into annodesk.task values (%s, 'r', %s, 'review', 0, %s, 1)", PROJECT, f"{PROJECT}-0", LENGTH_US
    )
    admin(team, "insert into annodesk.task_plan values (%s, 'r', 1, 0)", PROJECT)
    admin(
        team,
        "insert into annodesk.slot (project_id, id, task_id, number, shows_suggestions, stage, batch_id)"
        " values (%s, 'sr', 'r', 1, false, 'review', %s)",
        *(PROJECT, f"b-{PROJECT}"),
    )
    ana = desk("ana")
    ana.sync()
    ana.services.sync.ask_for_task("review")
    ana.sync()
    assert [one.task_id for one in ana.services.leases.held(stage=None)] == ["r"]
    assert ana.services.leases.held() == []
    run_down(team, 2)
    ana.services.sync.attend()
    ana.sync()
    assert left_hours(team) == [24.0]
    assert ana.services.leases.put_down() == 1
    assert admin(team, "select claim_id from annodesk.slot where id = 'sr'") == [(None,)]


def test_closing_without_a_line_waits_for_nobody_and_is_told_the_next_time(
    team: Team, desk: Make, bad_line: Line
) -> None:
    url = f"postgresql://{team.login('ada')}@127.0.0.1:{bad_line.port}/{team.database}"
    ada = desk("ada", url=url, limit_s=2.0)
    ada.sync()
    ada.take()
    ada.services.sync.ask_for_task()
    bad_line.close()
    with pytest.raises(Unreachable):
        ada.sync()
    assert ada.services.leases.put_down() == 1
    assert left_hours(team) == [24.0]
    bad_line.close(False)
    assert ada.sync().result.ended == [], "nobody is told of what they did themselves"
    assert admin(team, "select state, count(*) from annodesk.claim group by 1") == [("expired", 1)]


def test_a_task_given_back_by_hand_goes_to_others_and_its_work_is_kept(team: Team, desk: Make) -> None:
    ada, ben = desk("ada"), desk("ben")
    ada.sync(), ben.sync()
    task = ada.take()
    work = ada.label(task)
    ada.services.leases.give_back(work.set_id)
    assert ada.sync().result.ended == []
    assert ben.take() == task
    assert admin(team, "select count(*) from annodesk.edit where set_id = %s", work.set_id) == [(1,)]
    assert ada.take() != task
    with pytest.raises(WorkflowError):
        ada.services.leases.give_back(work.set_id)
