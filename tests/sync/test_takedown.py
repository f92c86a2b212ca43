"""What a manager takes down goes from the server at once, and from every workstation at its next sync."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from annodesk.errors import AnnodeskError
from annodesk.model.edits import delete, set_text
from annodesk.model.takedown import UNKNOWN_DIGEST
from annodesk.model.work import SlotState
from annodesk.services import server
from annodesk.services.takedown import Following, Standing, TeamTakedowns
from annodesk.services.tasks import TaskWork
from annodesk.store import journal, outbox, projects, remote
from annodesk.store import takedown as rows
from tests.sync.computers import Computer, Json, admin
from tests.sync.test_sight import escalate, handed_in_by_two
from tests.team import PASSWORD, PROJECT, Team

Make = Callable[..., Computer]
SECRET = "Gwendolyn said the unsayable"


def manager(team: Team, name: str = "moe") -> TeamTakedowns:
    address = remote.read_address(team.server.url(team.login(name), team.database)).with_password(PASSWORD)
    return TeamTakedowns(address, PROJECT)


def take_down(team: Team, task: str) -> Standing:
    return manager(team).take_down(task.removeprefix("t-"))


def write_words(person: Computer, task: str) -> TaskWork:
    """Words on a task wherever a person can put them."""
    work = person.label(task)
    first = work.session.annotations.segments("content")[0]
    person.do(work, set_text(work.session.annotations, first.id, SECRET))
    person.services.annotate.comment(work.set_id, person.me, f"Listen: {SECRET}", 5)
    person.services.tasks.flag(work.set_id, "other", SECRET)
    person.services.bookmarks.add(work.item.id, person.me, 5, SECRET)
    return work


def on_the_server(team: Team) -> list[str]:
    """Tables of the server in which the words can be read."""
    tables = [row[0] for row in admin(team, "select tablename from pg_tables where schemaname = 'annodesk'")]
    said = 'select 1 from annodesk."{0}" t where t::text like %s limit 1'
    return [table for table in tables if admin(team, said.format(table), f"%{SECRET}%")]


def in_the_file(person: Computer) -> list[str]:
    path = person.services.path
    files = [path, *path.parent.glob(f"{path.name}-*")]
    return [file.name for file in files if file.exists() and SECRET.encode() in file.read_bytes()]


def give_words_to_the_item(team: Team, item: str) -> None:
    admin(team, "update annodesk.item set metadata = %s::json where id = %s", f'{{"title": "{SECRET}"}}', item)
    admin(
        team,
        'insert into annodesk.asset (project_id, id, item_id, type, role, position, "offset_us", root, path, url)'
        " values (%s, %s, %s, 'audio', 'main', 0, 0, '', '', %s)",
        *(PROJECT, f"a-{item}", item, f"https://media.example/{SECRET}.wav"),
    )


def test_the_words_leave_the_server_and_the_workstation_and_the_labels_stay(team: Team, desk: Make) -> None:
    ada = desk("ada")
    task = ada.take()
    give_words_to_the_item(team, task.removeprefix("t-"))
    work = write_words(ada, task)
    ada.sync()
    assert {"edit", "comment", "claim", "item", "asset"} <= set(on_the_server(team))
    assert in_the_file(ada)
    standing = take_down(team, task)
    assert standing.is_blank
    assert on_the_server(team) == []
    synced = ada.sync()
    assert synced.result.taken_down == {task.removeprefix("t-")}
    assert work.item.id in synced.changes.items
    assert in_the_file(ada) == []
    (left,) = ada.stored(task).segments("content")
    assert (left.labels, left.text) == (("speech",), "")
    assert ada.states()[task] is SlotState.EXPIRED
    assert ada.services.sync.state().waiting == 0


def test_who_comes_back_with_words_that_were_never_sent_brings_the_labels_alone(team: Team, desk: Make) -> None:
    ada = desk("ada")
    task = ada.take()
    write_words(ada, task)
    take_down(team, task)
    synced = ada.sync()
    assert synced.result.pushed
    assert on_the_server(team) == []
    assert in_the_file(ada) == []
    assert admin(team, "select count(*) from annodesk.edit") == [(2,)]
    assert admin(team, "select distinct body ->> 'purged' from annodesk.edit") == [("true",)]


def test_work_handed_in_offline_counts_with_the_digest_of_what_is_left(team: Team, desk: Make) -> None:
    ada = desk("ada")
    task = ada.take()
    write_words(ada, task)
    for one in ada.stored(task).segments("content"):
        work = ada.open(task)
        ada.do(work, delete(work.session.annotations, [one.id]))
    ada.finish(task)
    take_down(team, task)
    ada.sync()
    stored = ada.stored(task)
    assert admin(team, "select head, digest from annodesk.submission") == [(stored.head, UNKNOWN_DIGEST)]
    with team.connect("work") as db:
        db.execute("set annodesk.project = 'project-one'")
        db.execute(
            "insert into annodesk.set_snapshot (set_id, number, head, body, digest, edits)"
            " select set_id, 1, head, %s, 'counted elsewhere', 3 from annodesk.submission",
            (Json({"elements": stored.to_json()}),),
        )
    assert admin(team, "select head, digest from annodesk.submission") == [(stored.head, stored.digest())]
    assert on_the_server(team) == []


def test_a_program_that_knows_nothing_of_it_cannot_bring_it_back(
    team: Team, desk: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = desk("ada")
    task = ada.take()
    write_words(ada, task)
    take_down(team, task)
    monkeypatch.setattr(Following, "carry_out", lambda self, team: set())
    ada.sync()
    assert admin(team, "select count(*) from annodesk.edit") == [(2,)]
    assert on_the_server(team) == []


def test_both_sides_hold_the_same_edits_to_the_byte(team: Team, desk: Make) -> None:
    ada = desk("ada")
    task = ada.take()
    work = write_words(ada, task)
    ada.sync()
    take_down(team, task)
    ada.sync()
    with ada.services.file.read() as db:
        here = {edit.id: edit.body() for edit in journal.edits_of(db, work.set_id)}
    assert dict(admin(team, "select id, body from annodesk.edit")) == here


def test_an_analysts_copy_of_others_work_goes_too(team: Team, desk: Make) -> None:
    ana = desk("ana")
    ana.sync()
    task, ada, _ = handed_in_by_two(team, desk)
    work = ada.open(task)
    ada.services.annotate.comment(work.set_id, ada.me, f"Listen: {SECRET}")
    ada.sync()
    item = task.removeprefix("t-")
    escalate(team, item)
    ana.services.sync.ask_for_task("review")
    ana.sync()
    ana.sync()
    assert in_the_file(ana)
    take_down(team, task)
    ana.sync()
    assert in_the_file(ana) == []


def test_the_server_says_who_has_not_confirmed_until_all_have(team: Team, desk: Make) -> None:
    ada, ben = desk("ada"), desk("ben")
    task = ada.take()
    ben.sync()
    standing = take_down(team, task)
    assert sorted(one.person for one in standing.waiting) == ["Ada", "Ben"]
    ada.sync()
    late = desk("cleo")
    late.sync()
    (standing,) = manager(team).standings()
    assert [one.person for one in standing.waiting] == ["Ben"]
    assert not standing.is_done
    ben.sync()
    (standing,) = manager(team).standings()
    assert standing.is_done


def test_a_workstation_that_nobody_will_open_again_can_be_given_up(team: Team, desk: Make) -> None:
    ada = desk("ada")
    task = ada.take()
    standing = take_down(team, task)
    manager(team).give_up(standing.waiting[0].copy_id)
    (standing,) = manager(team).standings()
    assert standing.is_done
    with pytest.raises(AnnodeskError, match="No workstation"):
        manager(team).give_up("nobody")
    ada.sync()
    with ada.services.file.read() as db:
        assert len(rows.known(db)) == 1


def test_a_file_that_cannot_be_wiped_now_is_not_confirmed_until_it_is(team: Team, desk: Make, tmp_path: Path) -> None:
    from annodesk.store.engine import open_local

    ada = desk("ada")
    task = ada.take()
    write_words(ada, task)
    ada.sync()
    take_down(team, task)
    reader = open_local(ada.services.path, read_only=True)
    with reader.read() as db:
        rows.known(db)
        ada.sync()
        assert any("is being read" in line.sentence for line in ada.services.sync.log())
        assert len(manager(team).standings()[0].waiting) == 1
    reader.close()
    ada.sync()
    assert manager(team).standings()[0].is_done
    assert in_the_file(ada) == []


def test_a_server_that_was_set_back_is_told_again_by_a_managers_workstation(team: Team, desk: Make) -> None:
    ada, max_ = desk("ada"), desk("max")
    task = ada.take()
    write_words(ada, task)
    ada.sync()
    max_.sync()
    before = admin(team, "select id, body::text from annodesk.edit")
    take_down(team, task)
    ada.sync()
    max_.sync()
    admin(team, "delete from annodesk.takedown")
    for edit_id, body in before:
        admin(team, "update annodesk.edit set body = %s::json where id = %s", body, edit_id)
    assert on_the_server(team) == ["edit"]
    ada.sync()
    assert any("Tell the project's manager" in line.hint for line in ada.services.sync.log())
    max_.sync()
    assert on_the_server(team) == []
    ada.sync()
    assert manager(team).standings()[0].is_done


def test_an_item_taken_down_is_given_to_nobody_and_cannot_be_taken_up_again(team: Team, desk: Make) -> None:
    ada, ben = desk("ada"), desk("ben")
    task = ada.take()
    take_down(team, task)
    assert ben.take() != task
    claim = admin(team, "select id from annodesk.claim where task_id = %s", task)[0][0]
    with team.connect("ada") as db, pytest.raises(Exception, match="not open any more"):
        db.execute("select annodesk.resume(%s, %s)", (PROJECT, claim))


def test_taking_it_down_again_finishes_what_broke_off(team: Team, desk: Make) -> None:
    ada = desk("ada")
    task = ada.take()
    write_words(ada, task)
    ada.sync()
    item = task.removeprefix("t-")
    team.call("moe", "select annodesk.take_down(%s, %s)", PROJECT, item)
    (standing,) = manager(team).standings()
    assert not standing.is_blank
    assert on_the_server(team)
    standing = take_down(team, task)
    assert (standing.number, standing.is_blank) == (1, True)
    assert on_the_server(team) == []


def test_others_work_and_other_items_are_left_as_they_are(team: Team, desk: Make) -> None:
    ada = desk("ada")
    first, second = ada.take(), ada.take()
    for task in (first, second):
        write_words(ada, task)
    ada.sync()
    set_id = ada.open(second).set_id
    kept = admin(team, "select id, body::text from annodesk.edit where set_id = %s order by id", set_id)
    take_down(team, first)
    ada.sync()
    assert admin(team, "select id, body::text from annodesk.edit where set_id = %s order by id", set_id) == kept
    assert [one.text for one in ada.stored(second).segments("content")] == [SECRET]


def test_requests_that_wait_lose_their_words(team: Team, desk: Make) -> None:
    ada = desk("ada")
    task = ada.take()
    write_words(ada, task)
    item = task.removeprefix("t-")
    with ada.services.file.write() as db:
        rows.blank_item(db, item, "")
        waiting = outbox.requests(db, outbox.Asked.WAITING)
    assert {one.kind for one in waiting} == {"comment", "flag"}
    assert SECRET not in str(waiting)


def test_a_forgotten_name_is_forgotten_wherever_it_was_mirrored(team: Team, desk: Make) -> None:
    moe = desk("moe")
    name = "Gwendolyn Forgotten-Soon"
    admin(team, "update annodesk.person_name set name = %s where person_id = %s", name, team.people["ben"])
    moe.sync()
    assert name.encode() in b"".join(file.read_bytes() for file in moe.services.path.parent.glob("moe-desk.annodesk*"))
    address = remote.read_address(team.server.url(database=team.database))
    assert server.forget_user(address, team.login("ben")) == team.people["ben"]
    for _ in range(2):
        moe.sync()
    with moe.services.file.read() as db:
        known = {person.id: person.name for person in projects.list_people(db)}
    assert known.get(team.people["ben"], "") == ""
    assert name.encode() not in b"".join(f.read_bytes() for f in moe.services.path.parent.glob("moe-desk.annodesk*"))
    tables = [row[0] for row in admin(team, "select tablename from pg_tables where schemaname = 'annodesk'")]
    said = 'select 1 from annodesk."{0}" t where t::text like %s'
    assert [one for one in tables if admin(team, said.format(one), f"%{name}%")] == []
