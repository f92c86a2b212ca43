"""A manager exports what the whole team has said from a workstation that holds none of it; others what is theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from annodesk.formats.base import Document
from annodesk.services import Services
from annodesk.services.transfer import Which
from annodesk.services.worker import Worker
from annodesk.store import remote
from tests.sync.computers import Computer, admin, with_password
from tests.sync.test_others import same_task
from tests.team import PROJECT, Team

pytestmark = pytest.mark.postgres


def work(team: Team) -> None:
    Worker(remote.read_address(with_password(team.server.url(team.login("work"), team.database)))).once()


def exported(one: Computer, which: Which) -> list[Document]:
    return one.services.transfer.documents(PROJECT, which)


def test_a_manager_exports_what_stands_and_what_everybody_said_under_letters(
    desk: Callable[..., Computer], team: Team, tmp_path: Path
) -> None:
    ada, ben, moe = desk("ada"), desk("ben"), desk("moe")
    same_task(ada, ben)
    work(team)
    moe.sync()
    assert moe.count("annotation_set") == 0
    (gold,) = exported(moe, Which.GOLD)
    assert len(gold.elements) == 2
    assert gold.author is None
    done = moe.services.transfer.export(PROJECT, Which.GOLD, "native", tmp_path / "gold")
    assert (done.items, done.losses) == (1, ())
    assert sorted(str(one.author) for one in exported(moe, Which.ALL)) == ["A", "B"]
    assert moe.count("annotation_set") == 0, "nothing of it stays here"


def test_an_annotator_exports_their_own_work(desk: Callable[..., Computer], team: Team) -> None:
    admin(team, "update annodesk.project_rules set see_others = 'never'")
    ada, ben = desk("ada"), desk("ben")
    same_task(ada, ben)
    work(team)
    ada.sync()
    assert [one.author for one in exported(ada, Which.ALL)] == ["Ada"]
    assert exported(ada, Which.GOLD) == []


def test_it_works_beside_a_window_that_has_the_file(desk: Callable[..., Computer], team: Team, tmp_path: Path) -> None:
    ada, ben, moe = desk("ada"), desk("ben"), desk("moe")
    same_task(ada, ben)
    work(team)
    moe.sync()
    with Services.open(moe.services.path, read_only=True) as reader:
        done = reader.transfer.export(
            PROJECT, Which.GOLD, "native", tmp_path / "beside", ask=lambda place: "correct horse"
        )
    assert done.items == 1
