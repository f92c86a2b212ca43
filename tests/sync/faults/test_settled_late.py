"""An item that is settled long after everybody's place in the feed has gone past its sets."""

from __future__ import annotations

import pytest

from annodesk.model.annotations import AuthorKind
from annodesk.services import Services
from annodesk.store import journal
from tests.sync.computers import admin
from tests.sync.faults.desks import DeskProcess, Desks
from tests.sync.faults.durable import crew_of
from tests.team import PROJECT, Team

pytestmark = pytest.mark.postgres

ROWS = 3000
"""More than a file reads of the feed at once."""


def much_happens(team: Team) -> None:
    """Write into the feeds of all, and let their positions go on."""
    for audience in ("members", "analysts", "managers", "annotators", *team.people.values()):
        tell = "select annodesk.tell(%s, %s, 'project', null) from generate_series(1, %s)"
        admin(team, tell, PROJECT, audience, ROWS if audience == "members" else 10)
    while team.call("work", "select annodesk.number_feed(%s)", PROJECT)[0][0]:
        pass


def persons_work(desk: DeskProcess, task: str) -> list[str]:
    """Digests of all sets of people on a task that a workstation holds."""
    with Services.open(desk.path, read_only=True) as reader, reader.file.read() as db:
        return sorted(one.digest() for one in journal.sets_of_task(db, task, AuthorKind.PERSON))


def test_all_who_may_see_it_get_an_item_settled_far_behind_their_place_in_the_feed(team: Team, desks: Desks) -> None:
    ada, ben, cleo, ana, moe = (desks.join(name) for name in ("ada", "ben", "cleo", "ana", "moe"))
    task = ada.ask("take")
    assert ben.ask("take") == task
    for desk in (ada, ben):
        desk.ask("finish", task)
        desk.ask("sync")
    both = sorted(desk.ask("stored", task)["digest"] for desk in (ada, ben))
    much_happens(team)
    for desk in (ada, ben, cleo, ana, moe):
        desk.ask("sync")
    assert persons_work(ada, task) == [ada.ask("stored", task)["digest"]], "blind while it is open"
    before = admin(team, "select max(position) from annodesk.feed")[0][0]
    assert before > ROWS
    assert crew_of(team).round().settled == 1
    for desk in (ada, ben, cleo, ana, moe):
        desk.ask("sync")
    assert persons_work(ada, task) == both
    assert persons_work(ben, task) == both
    later = desks.join("ada", "later")
    assert persons_work(later, task) == both, "a computer that joins afterwards, too"
    assert persons_work(cleo, task) == [], "who has not labelled it is not to see it"
    assert task.removeprefix("t-") in moe.ask("items", "settled")
    admin(team, "update annodesk.item_state set state = 'reopened' where state = 'settled'")
    admin(team, "select annodesk.tell(%s, %s, 'item', %s)", PROJECT, team.people["ada"], task.removeprefix("t-"))
    ada.ask("sync")
    assert persons_work(ada, task) == [ada.ask("stored", task)["digest"]], "and what is open again is closed"
