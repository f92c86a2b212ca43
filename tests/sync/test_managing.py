"""What a manager does in the team's file reaches the server; what others may not do is refused before it begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from annodesk.errors import AnnodeskError
from annodesk.services import Services
from annodesk.services.looks import MATRICES
from tests.services.made import make_recording, write_project
from tests.sync.computers import Computer, admin
from tests.sync.test_others import same_task, work
from tests.team import PROJECT, Team

pytestmark = pytest.mark.postgres
Desk = Callable[..., Computer]


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(AnnodeskError) as told:
        work()
    assert told.value.hint
    return told.value.sentence


def write(folder: Path, **how: str) -> Path:
    folder.mkdir(exist_ok=True)
    return write_project(folder, name=PROJECT, **how)


def test_recordings_a_manager_adds_are_given_out_to_others(desk: Desk, team: Team, tmp_path: Path) -> None:
    moe, ada = desk("moe"), desk("ada")
    moe.sync()
    paths = [make_recording(tmp_path / f"{name}.wav", seed=n) for n, name in enumerate(("new", "other"))]
    added = moe.services.items.add(PROJECT, paths)
    assert added.items == 2
    assert moe.services.sync.state().waiting == 1
    assert moe.sync().result.refused == []
    assert moe.services.sync.state().waiting == 0
    rows = admin(team, "select i.key, s.state, a.quick_print is not null, count(p.id) from annodesk.item i"
                 " join annodesk.item_state s on s.item_id = i.id join annodesk.asset a on a.item_id = i.id"
                 " join annodesk.task k on k.item_id = i.id join annodesk.slot p on p.task_id = k.id"
                 " where i.key in ('new', 'other') group by 1, 2, 3 order by 1")  # fmt: skip
    assert rows == [("new", "open", True, 2), ("other", "open", True, 2)]
    taken = {ada.take() for _ in range(5)}
    with ada.services.file.read() as db:
        from annodesk.store import items, tasks

        keys = {items.get_item(db, tasks.get_task(db, task).item_id).key for task in taken}
    assert {"new", "other"} <= keys


def test_items_sent_twice_are_there_once_and_a_name_that_is_taken_gets_a_number(
    desk: Desk, team: Team, tmp_path: Path
) -> None:
    moe, max_ = desk("moe"), desk("max")
    moe.sync()
    max_.sync()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    moe.services.items.add(PROJECT, [make_recording(tmp_path / "a" / "talk.wav", seed=1)])
    max_.services.items.add(PROJECT, [make_recording(tmp_path / "b" / "talk.wav", seed=2)])
    moe.sync()
    with moe.services.file.write() as db:
        db.exec_driver_sql("update request set state = 'waiting'")
    moe.sync()
    max_.sync()
    moe.sync()
    assert admin(team, "select key from annodesk.item where key like 'talk%%' order by key") == [
        ("talk",), ("talk (2)",)]  # fmt: skip
    for one in (moe, max_):
        assert [i.key for i in one.services.items.every(PROJECT) if i.key.startswith("talk")] == ["talk", "talk (2)"]


def test_a_version_a_manager_makes_comes_back_with_its_number_and_everybody_gets_it(
    desk: Desk, team: Team, tmp_path: Path
) -> None:
    moe, ada = desk("moe"), desk("ada")
    moe.sync()
    ada.sync()
    file = write(tmp_path / "p", workflow='see_others = "never"\nlease_hours = 3')
    made = moe.services.projects.init(file)
    assert (made.version, made.is_waiting) == (1, True)
    assert moe.sync().result.refused == []
    with moe.services.file.write() as db:
        db.exec_driver_sql("update request set state = 'sent'")
    moe.sync()
    assert admin(team, "select see_others, lease_hours from annodesk.project_rules where project_id = %s", PROJECT) == [
        ("never", 3)]  # fmt: skip
    assert moe.services.projects.find().version == 2
    ada.sync()
    assert ada.services.projects.get(PROJECT).project.workflow.lease_hours == 3
    assert not moe.services.projects.init(file).is_waiting, "the same again makes no version"


def test_what_is_not_to_be_kept_any_more_is_not_kept_from_the_next_round_on(desk: Desk, team: Team) -> None:
    moe, ada = desk("moe"), desk("ada")
    moe.sync()
    wanted = {"workflow.record_times": False, "prelabel.record_played": False}
    moe.services.projects.set_policy(PROJECT, moe.me, wanted)
    assert moe.sync().result.refused == []
    asked = "select records_times, records_suggestions, records_played, records_looks from annodesk.project_rules"
    assert admin(team, f"{asked} where project_id = %s", PROJECT) == [(False, True, False, True)]
    ada.label(ada.take())
    ada.sync()
    times = admin(team, "select sum(elapsed_us), sum(made_at_us %% 86400000000) from annodesk.edit")
    assert times == [(0, 0)]


def test_who_looked_at_figures_by_person_is_told_by_the_server(desk: Desk) -> None:
    ana, ada = desk("ana"), desk("ada")
    ana.sync()
    ada.sync()
    for _ in range(2):
        ana.services.looks.note(PROJECT, ana.me, MATRICES)
    assert ana.services.sync.state().waiting == 1
    assert ana.sync().result.refused == []
    assert [(one.name, one.what) for one in ada.services.looks.of(PROJECT, ada.me)] == [("Ana", MATRICES)]


def test_another_project_is_not_made_in_a_teams_file(desk: Desk, tmp_path: Path) -> None:
    moe = desk("moe")
    moe.sync()
    file = write_project(tmp_path, name="another")
    assert "belongs to a team's project" in refusal(lambda: moe.services.projects.init(file))


def test_others_are_refused_before_anything_is_done(desk: Desk, tmp_path: Path) -> None:
    recording = make_recording(tmp_path / "new.wav")
    for name in ("ada", "ana"):
        one = desk(name)
        one.sync()
        looked: list[str] = []
        services: Services = one.services
        assert "by a manager" in refusal(
            lambda services=services, looked=looked: services.items.add(  # type: ignore[misc]
                PROJECT, [recording], progress=lambda share, words: looked.append(words)
            )
        )
        assert looked == []
        file = write(tmp_path / "q")
        assert "by a manager" in refusal(lambda services=services, file=file: services.projects.init(file))  # type: ignore[misc]
        assert "by a manager" in refusal(lambda services=services: services.videos.move("i", "a", 1, "p"))  # type: ignore[misc]
        assert "not taken into" in refusal(
            lambda services=services: services.transfer.import_files(PROJECT, "Zoe", [recording])  # type: ignore[misc]
        )
        assert "on the server" in refusal(lambda services=services: services.people.add(PROJECT, "Zoe"))  # type: ignore[misc]
        assert one.count("request") == 0


def test_what_a_manager_added_is_refused_once_they_are_none_any_more_and_stays_in_the_file(
    desk: Desk, team: Team, tmp_path: Path
) -> None:
    max_ = desk("max")
    max_.sync()
    max_.services.items.add(PROJECT, [make_recording(tmp_path / "late.wav")])
    admin(team, "delete from annodesk.membership where project_id = %s and person_id = %s and role = 'manager'",
          PROJECT, max_.me)  # fmt: skip
    refused = max_.sync().result.refused
    assert refused
    assert "Could not add recordings for the team" in refused[0]
    assert max_.services.sync.state().waiting == 0
    assert admin(team, "select count(*) from annodesk.item where key = 'late'") == [(0,)]


def test_an_analyst_opens_a_settled_item_from_their_workstation_and_learns_at_once_what_is_refused(
    desk: Desk, team: Team
) -> None:
    ada, ben, ana = desk("ada"), desk("ben"), desk("ana")
    task = same_task(ada, ben)
    work(team)
    ana.sync()
    judging = ana.services.judging
    (settled,) = judging.settled(PROJECT)
    assert settled.item_id == task.removeprefix("t-")
    assert [way.value for way in settled.ways] == ["consensus"]
    assert "an analyst has settled" in refusal(lambda: judging.confirm(settled.item_id, ana.me, is_hidden=True))
    assert "has not seen it" in judging.reopen(settled.item_id, ana.me, "The end is wrong.").sentence
    assert "settled" in refusal(lambda: judging.reopen(settled.item_id, ana.me, "Again."))
    assert judging.settled(PROJECT) == []
    assert "may not" in refusal(lambda: ada.services.judging.reopen(settled.item_id, ada.me, "Mine."))
    ada.sync()
    assert ada.services.tasks.my_work(PROJECT, ada.me)[0].task_id == task


def test_a_batch_a_manager_makes_and_fills_is_everybodys_in_one_round(desk: Desk, team: Team, tmp_path: Path) -> None:
    """The batch is told of before the recordings that lie in it, in the order in which it was done."""
    moe, ada = desk("moe"), desk("ada")
    moe.sync()
    made = moe.services.batches.make(PROJECT, None, "pilot", is_pilot=True).batch
    after = moe.services.batches.make(PROJECT, None, "after").batch
    moe.services.items.add(PROJECT, [make_recording(tmp_path / "try.wav", seed=7)], batch_id=made.id)
    moe.services.items.add(PROJECT, [make_recording(tmp_path / "late.wav", seed=8)], batch_id=after.id)
    assert moe.sync().result.refused == []
    rows = admin(team, "select b.name, i.key from annodesk.item i join annodesk.batch b on b.id = i.batch_id"
                 " where b.id in (%s, %s) order by 1", made.id, after.id)  # fmt: skip
    assert rows == [("after", "late"), ("pilot", "try")]
    ada.sync()
    assert {one.batch.name: one.batch.waits_for for one in ada.services.batches.list(PROJECT)}["after"] == "pilot"
    passed = moe.services.batches.pass_pilot(PROJECT, None, made.id)
    assert passed.sentence.startswith("pilot is passed. Given out now: after")
    assert moe.sync().result.refused == []
    ada.sync()
    assert {one.batch.name: one.batch.waits_for for one in ada.services.batches.list(PROJECT)}["after"] == ""
    assert "manager" in refusal(lambda: ada.services.batches.make(PROJECT, None, "mine"))
