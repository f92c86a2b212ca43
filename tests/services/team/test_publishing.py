"""Bringing a local project into a shared database: all of its history, once, under its manager."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.errors import Cancelled, StoreError
from annodesk.model.annotations import AuthorKind
from annodesk.model.edits import set_answer
from annodesk.model.work import Role
from annodesk.progress import CancelToken
from annodesk.services import Services
from annodesk.services.publishing import publish
from annodesk.store import journal, logins, remote, snapshots, tasks
from annodesk.store.private_server import PrivateServer
from tests.services.made import OTHER, House, make_house, write_project
from tests.services.team.crew import Crew, bring, made_crew


@pytest.fixture
def worked_on(tmp_path: Path) -> Iterator[House]:
    """A local project in the middle of work: one item settled by people, one by an analyst's desk, one begun."""
    house = make_house(tmp_path, items=3, seconds=40)
    house.model_says([(0, 10, "speech", 0.9)])
    house.submit("Ada")
    house.submit("Ben")
    house.submit("Ada", task=1)
    house.submit("Ben", OTHER, task=1)
    house.round()
    house.label("Ada", task=2)
    yield house
    house.services.close()


@pytest.fixture
def empty(postgres: PrivateServer) -> Iterator[Crew]:
    """People on a server that holds no project yet."""
    with made_crew(postgres) as made:
        yield made


def counted(crew: Crew, table: str) -> int:
    return int(crew.value(f'select count(*) from annodesk."{table}"'))


def test_the_whole_history_is_there_and_every_set_is_what_it_was(empty: Crew, worked_on: House) -> None:
    bring(empty, worked_on)
    with worked_on.services.file.read() as db:
        sets = [s for task in worked_on.tasks() for s in journal.sets_of_task(db, task)]
        claims = [claim for task in worked_on.tasks() for claim in tasks.claims_of_task(db, task)]
    assert counted(empty, "annotation_set") == len(sets)
    assert {row[0] for row in empty.admin("select id from annodesk.claim")} == {claim.id for claim in claims}
    assert sorted(empty.states()) == ["escalated", "open", "settled"]
    assert {str(row[0]) for row in empty.admin("select brought_by from annodesk.annotation_set")} == {
        empty.people["max"]
    }
    empty.round()
    with empty.as_worker() as db:
        for one in sets:
            if one.author.kind in (AuthorKind.MODEL, AuthorKind.CONSENSUS):
                assert snapshots.newest(db, one.id).digest() == one.digest()
            elif one.head is not None:
                assert snapshots.set_at(db, one.id, one.head).digest() == one.digest()


def test_a_review_that_was_open_goes_on_there(empty: Crew, worked_on: House) -> None:
    bring(empty, worked_on)
    empty.round()
    empty.judge("ana")
    assert empty.round().settled == 1
    assert sorted(empty.states()) == ["open", "settled", "settled"]


def test_nobody_who_is_brought_in_can_enter_and_their_names_come_along(empty: Crew, worked_on: House) -> None:
    bring(empty, worked_on)
    ask = "select name from annodesk.person_name where login is null order by name"
    assert [row[0] for row in empty.admin(ask)] == ["Ada", "Ben", "Cleo"]


def test_the_manager_may_say_who_they_are_in_the_file(empty: Crew, worked_on: House) -> None:
    ada = worked_on.id_of("Ada")
    publish(worked_on.services.file, worked_on.project_id, empty.address("max"), as_person=ada)
    ask = "select count(*) from annodesk.edit where author_id = %s"
    assert empty.value(ask, ada) == 0
    assert empty.value(ask, empty.people["max"]) > 0
    assert empty.value("select count(*) from annodesk.claim where person_id = %s", ada) == 0


def test_publishing_that_was_stopped_goes_on_and_gives_nothing_out_before_the_end(
    empty: Crew, worked_on: House
) -> None:
    cancel = CancelToken()

    def stop(share: float, words: str) -> None:
        if "all changes" in words:
            cancel.cancel()

    file, project = worked_on.services.file, worked_on.project_id
    with pytest.raises(Cancelled):
        publish(file, project, empty.address("max"), progress=stop, cancel=cancel)
    assert empty.value("select is_published from annodesk.project") is False
    assert counted(empty, "edit") == 0
    publish(file, project, empty.address("max"))
    assert counted(empty, "edit") > 0
    assert counted(empty, "project_version") == 1
    assert empty.value("select is_published from annodesk.project") is True


def test_a_project_is_published_once(empty: Crew, worked_on: House) -> None:
    bring(empty, worked_on)
    with pytest.raises(StoreError, match="is published there already"):
        publish(worked_on.services.file, worked_on.project_id, empty.address("max"))


def test_only_a_manager_publishes(empty: Crew, worked_on: House) -> None:
    with pytest.raises(StoreError, match="may not do this"):
        publish(worked_on.services.file, worked_on.project_id, empty.address("ada"))
    assert counted(empty, "project") == 0


def test_what_the_model_said_is_shown_above_the_threshold_alone(empty: Crew, tmp_path: Path) -> None:
    house = make_house(tmp_path, items=1, show="above-threshold")
    house.model_says([(0, 10, "speech", 0.95), (10, 20, "music", 0.5)])
    bring(empty, house)
    house.services.close()
    empty.round()
    rows = []
    for name in ("ada", "ben"):
        claim = empty.claim(name)
        assert claim is not None
        rows += empty.call(name, "select body from annodesk.read_suggestions(%s, %s)", empty.project_id, claim[0])
    assert [[one["labels"] for one in row[0]["elements"]] for row in rows] == [[["speech"]]]
    assert empty.value('select count(*) from annodesk."view"') == 1


def test_a_project_that_never_shows_suggestions_holds_none_to_be_read(empty: Crew, worked_on: House) -> None:
    bring(empty, worked_on)
    empty.round()
    assert counted(empty, "suggestion") == 0


def test_the_file_goes_on_as_its_publishers_and_what_it_was_lies_beside_it(empty: Crew, worked_on: House) -> None:
    ada, max_ = worked_on.id_of("Ada"), empty.people["max"]
    drafted = worked_on.open("Ada", 2).set_id
    handed = worked_on.services.publishing.publish(worked_on.project_id, empty.address("max"), as_person=ada)
    assert handed.copy is not None
    assert worked_on.services.sync.state().waiting == 0
    empty.round()
    done = worked_on.services.sync.round().result
    assert done.refused == []
    assert worked_on.services.sync.state().waiting == 0
    with worked_on.services.file.read() as db:
        mine = journal.get_set(db, drafted)
        assert mine.author.id == max_
        assert len(mine) > 0
        authors = {s.author.id for task in worked_on.tasks() for s in journal.sets_of_task(db, task, AuthorKind.PERSON)}
        assert authors == {max_}, "others' work is on the server"
        assert db.exec_driver_sql("select count(*) from claim where person_id = ?", (ada,)).scalar() == 0
        assert db.exec_driver_sql("pragma foreign_key_check").first() is None
    assert len(worked_on.services.items.every(worked_on.project_id)) == 3
    with Services.open(handed.copy) as before, before.file.read() as db:
        authors = {s.author.id for task in worked_on.tasks() for s in journal.sets_of_task(db, task, AuthorKind.PERSON)}
        assert authors == {ada, worked_on.id_of("Ben")}


def test_what_is_made_while_it_is_published_is_sent_afterwards(empty: Crew, worked_on: House) -> None:
    ada = worked_on.id_of("Ada")
    engine = remote.open_shared(remote.read_address(empty.server.url(database=empty.database)))
    work = worked_on.open("Ada", 2)
    made: list[int] = []

    def meanwhile(share: float, words: str) -> None:
        if words == "bringing comments":
            worked_on.do(work, set_answer(work.session.annotations, "quality", 3))
            made.append(1)

    worked_on.services.publishing.publish(worked_on.project_id, empty.address("max"), as_person=ada, progress=meanwhile)
    assert made
    assert worked_on.services.sync.state().waiting == 1
    with engine.begin() as db:
        logins.give_role(db, f"{empty.prefix}max", "podcast-policy", Role.ANNOTATOR)
    before = counted(empty, "edit")
    assert worked_on.services.sync.round().result.refused == []
    assert counted(empty, "edit") == before + 1


def test_a_file_with_another_project_goes_on_alone(empty: Crew, worked_on: House, tmp_path: Path) -> None:
    (tmp_path / "q").mkdir()
    worked_on.services.projects.init(write_project(tmp_path / "q", name="another"))
    handed = worked_on.services.publishing.publish(worked_on.project_id, empty.address("max"))
    assert handed.copy is None
    assert not worked_on.services.sync.state().is_shared


def test_a_login_that_is_no_managers_is_told_what_is_needed(empty: Crew, worked_on: House) -> None:
    with pytest.raises(StoreError, match="may not do this") as told:
        worked_on.services.publishing.publish(worked_on.project_id, empty.address("ana"))
    assert "--role manager" in told.value.hint
    assert not list(worked_on.services.path.parent.glob("*before-publishing*"))


def test_what_was_done_between_two_tries_is_there_after_the_second(empty: Crew, worked_on: House) -> None:
    cancel = CancelToken()

    def stop(share: float, words: str) -> None:
        if words == "bringing scores":
            cancel.cancel()

    file, project = worked_on.services.file, worked_on.project_id
    with pytest.raises(Cancelled):
        publish(file, project, empty.address("max"), progress=stop, cancel=cancel)
    states = "select k.state from annodesk.claim k join annodesk.annotation_set s on s.id = k.set_id where s.id = %s"
    work = worked_on.open("Ada", 2)
    assert empty.value(states, work.set_id) == "leased"
    worked_on.services.tasks.submit(work.session.annotations)
    publish(file, project, empty.address("max"))
    assert empty.value(states, work.set_id) == "submitted"
    assert empty.value("select count(*) from annodesk.submission where set_id = %s", work.set_id) == 1
    assert counted(empty, "slot") == 7, "places for two on three tasks, and one for the review"
