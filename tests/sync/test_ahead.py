"""The next task lies ready before it is needed, no more of them than that, and an empty queue is told in its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.model.work import Stage
from annodesk.services.sync_state import Standing
from annodesk.store.line import Unreachable
from tests.proxy import Line
from tests.sync.computers import Computer, admin
from tests.team import PROJECT, Team

Make = Callable[..., Computer]


def supplied(one: Computer, *, is_wanted: bool = False, stage: Stage = Stage.ANNOTATE) -> int:
    """Ask ahead until nothing more is asked for; how many tasks lie ready then."""
    for _ in range(4):
        one.services.sync.ask_ahead(stage, is_wanted=is_wanted)
        one.sync()
    return len(one.services.tasks.cards(PROJECT, one.me))


def test_two_tasks_lie_ready_and_a_third_only_when_one_is_done(team: Team, desk: Make) -> None:
    ada = desk("ada")
    ada.sync()
    assert supplied(ada) == 2
    assert admin(team, "select count(*) from annodesk.claim") == [(2,)]
    ada.finish(next(iter(ada.states())))
    assert supplied(ada) == 2
    assert len(ada.states()) == 3


def test_a_task_that_is_granted_and_not_here_yet_is_not_asked_for_twice(team: Team, desk: Make) -> None:
    from annodesk.store import outbox
    from annodesk.store.outbox import Asked

    ada = desk("ada")
    ada.sync()
    ada.services.sync.ask_ahead()
    with ada.services.file.write() as db:
        (asked,) = outbox.requests(db, *Asked, kind="claim")
        outbox.note_answer(db, asked.position, Asked.DONE, f"t-{PROJECT}-0")
    ada.services.sync.ask_ahead()
    assert ada.count("request") == 1
    ada.clock.hours(1)
    ada.services.sync.ask_ahead()
    assert ada.count("request") == 2, "whatever became of it, there is none"


def test_an_empty_queue_is_told_where_the_task_would_stand_and_asked_again_when_wanted(team: Team, desk: Make) -> None:
    admin(team, "update annodesk.batch set state = 'closed'")
    ada = desk("ada")
    ada.sync()
    ada.services.sync.ask_ahead()
    assert ada.sync().result.refused == [], "nobody asked for anything"
    assert not any(line.is_trouble for line in ada.services.sync.log())
    why = ada.services.tasks.why_empty(PROJECT, ada.me)
    closed = "Not given out: first (closed); a manager opens a batch again."
    assert why == f"There is nothing for you to do just now. {closed}"
    admin(team, "update annodesk.batch set state = 'open'")
    assert supplied(ada) == 0, "not asked again at once"
    assert ada.count("request") == 1
    assert supplied(ada, is_wanted=True) == 2


def test_nothing_is_asked_for_who_does_not_label(desk: Make) -> None:
    ana = desk("ana")
    ana.sync()
    assert supplied(ana) == 0
    assert ana.count("request") == 0


def test_a_wish_without_a_line_is_no_work_that_waits(team: Team, desk: Make, bad_line: Line) -> None:
    url = f"postgresql://{team.login('ada')}@127.0.0.1:{bad_line.port}/{team.database}"
    ada = desk("ada", url=url, limit_s=2.0)
    ada.sync()
    bad_line.close()
    for _ in range(2):
        ada.services.sync.ask_ahead()
        with pytest.raises(Unreachable):
            ada.sync()
    state = ada.services.sync.state()
    assert (state.standing, state.waiting, ada.count("request")) == (Standing.OFFLINE, 0, 1)
    assert "without a connection" in ada.services.tasks.why_empty(PROJECT, ada.me)
    bad_line.close(False)
    assert supplied(ada) == 2
