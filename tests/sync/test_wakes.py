"""Who is woken, and what a round asks for: nothing that was sent from here, and nothing twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from annodesk.store import remote
from annodesk.store.link import Link
from annodesk.store.wakes import Bell
from tests.sync.computers import Computer, admin, with_password
from tests.team import PROJECT, Team

Make = Callable[..., Computer]


def link_of(team: Team, name: str) -> Link:
    return Link(remote.read_address(with_password(team.server.url(team.login(name), team.database))))


@pytest.fixture
def two(team: Team) -> Iterator[tuple[Link, Link]]:
    with closing(link_of(team, "ada")) as ada, closing(link_of(team, "ben")) as ben:
        yield ada, ben


def test_nobody_wakes_themselves(two: tuple[Link, Link]) -> None:
    ada, ben = two
    for one in two:
        one.listen(PROJECT, ["members"])
    ada.wake(PROJECT, ["members"])
    ben.ask("select 1")
    assert (ada.is_woken(), ben.is_woken()) == (False, True)
    assert not ben.is_woken(), "once is enough"


def test_only_the_audience_is_woken_and_nobody_who_has_left_it(two: tuple[Link, Link]) -> None:
    ada, ben = two
    ben.listen(PROJECT, ["members", "analysts"])
    ada.wake(PROJECT, ["managers"])
    ben.ask("select 1")
    assert not ben.is_woken()
    ben.listen(PROJECT, ["members"])
    ada.wake(PROJECT, ["analysts"])
    ben.ask("select 1")
    assert not ben.is_woken()


def test_a_bell_ends_a_wait_for_the_network(team: Team) -> None:
    with closing(link_of(team, "ada")) as ada:
        bell, answers = Bell(), list[bool]()
        waiting = threading.Thread(target=lambda: answers.append(ada.wait_for_wake(600, bell)))
        waiting.start()
        bell.ring()
        waiting.join(30)
        assert answers == [False]
        bell.close()
        bell.ring()


def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the server from now on."""
    found: list[str] = []
    ask = Link.ask

    def listening(link: Link, statement: str, *values: object) -> list[dict[str, object]]:
        found.append(statement)
        return ask(link, statement, *values)

    monkeypatch.setattr(Link, "ask", listening)
    return found


def test_a_round_with_nothing_to_do_asks_five_things(desk: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = desk("ada")
    ada.take()
    ada.sync()
    found = asked(monkeypatch)
    ada.sync()
    assert len(found) == 5, found


def test_what_was_sent_from_here_is_not_fetched_again(desk: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = desk("ada")
    task = ada.take()
    ada.label(task)
    found = asked(monkeypatch)
    first = ada.sync().result
    assert (first.pushed, first.items) == (1, set())
    assert not any("annodesk.edit " in statement for statement in found if "insert" not in statement)
    found.clear()
    ada.sync()
    assert len(found) == 5, "the feed's own word of it is behind us"


def test_what_another_machine_sent_is_fetched_beside_what_was_sent_from_here(desk: Make) -> None:
    one, other = desk("ada", device="one"), desk("ada", device="other")
    task = one.take()
    other.sync()
    other.label(task, 0, 10)
    other.sync()
    one.label(task, 10, 20)
    result = one.sync().result
    assert (result.pushed, result.pulled) == (1, 1)
    assert result.items == {one.open(task).task.item_id}
    assert len(one.stored(task).segments()) == 2


def test_a_set_that_came_while_away_is_fetched_with_its_task(team: Team, desk: Make) -> None:
    one, other = desk("ada", device="one"), desk("ada", device="other")
    other.sync()
    task = one.take()
    one.label(task)
    one.sync()
    admin(team, "delete from annodesk.feed where kind = 'claim'")
    admin(team, "update annodesk.claim set state = 'expired'")
    other.sync()
    assert len(other.stored(task)) == 1


def test_a_round_waits_for_whoever_numbers_the_feed_and_then_sees_all(team: Team, desk: Make) -> None:
    ada = desk("ada")
    ada.sync()
    with team.connect("ada") as db:
        db.execute("select annodesk.claim(%s)", (PROJECT,))
    with team.connect("ben", autocommit=False) as held:
        held.execute("select annodesk.claim(%s)", (PROJECT,))
        assert held.execute("select annodesk.number_feed(%s)", (PROJECT,)).fetchone() is not None
        with team.connect("cleo") as third:
            assert third.execute("select annodesk.number_feed(%s)", (PROJECT,)).fetchone() == (-1,)
        timer = threading.Timer(0.2, held.commit)
        timer.start()
        assert len(ada.sync().result.items) == 1
        timer.join()
