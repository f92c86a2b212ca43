"""Confusion matrices in a team: an analyst asks the server, and nobody else is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sync.computers import Computer
from tests.sync.test_others import same_task, work
from tests.team import PROJECT, Team

pytestmark = pytest.mark.postgres
Desk = Callable[..., Computer]


def test_an_analyst_is_told_by_the_server_what_people_take_for_what(desk: Desk, team: Team) -> None:
    ada, ben, ana = desk("ada"), desk("ben"), desk("ana")
    task = same_task(ada, ben)
    work(team)
    ana.sync()
    found = ana.services.quality.confusion_matrices(PROJECT, "content", ana.me)
    assert (found.reason, found.items, found.labels) == ("", 1, ("speech",))
    assert {one.person_id for one in found.people} == {ada.me, ben.me}
    assert all(one.name for one in found.people)
    assert [one.item_id for one in found.answers] == [task.removeprefix("t-")]


@pytest.mark.parametrize("name", ["ada", "moe"])
def test_whoever_is_no_analyst_is_told_so(desk: Desk, name: str) -> None:
    one = desk(name)
    one.sync()
    found = one.services.quality.confusion_matrices(PROJECT, "content", one.me)
    assert (found.people, found.answers, found.reason) == ((), (), "In a team only analysts are shown this.")
