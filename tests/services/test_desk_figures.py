"""What the manager's desk says of projects: bands, forecasts, and the sentences of its first page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select, update

from annodesk.model.work import Band, Role, Skill
from annodesk.services.completion import NO_ITEMS, Completion
from annodesk.services.today import MOST, Act
from annodesk.store import rollup_here, tables
from annodesk.store.cells import UNSETTLED_IN
from annodesk.store.local_tables import counted, figure
from tests.services.made import ALIKE, OTHER, House, make_house, write_project


@pytest.fixture
def four(tmp_path: Path) -> Iterator[House]:
    """Four recordings for two people each."""
    made = make_house(tmp_path, items=4)
    yield made
    made.services.close()


def bands(house: House) -> dict[str, int]:
    return {one.band.value: one.items for one in completion(house).bands}


def completion(house: House) -> Completion:
    return house.services.desk_figures.completion(house.project_id)


def said(house: House) -> list[str]:
    return [need.sentence for need in house.services.desk_figures.today()]


def kept(house: House) -> dict[tuple[str, str], tuple[int, int]]:
    with house.services.file.read() as db:
        return {(row.name, row.part): (row.n, row.total) for row in db.execute(figure.select())}


def test_items_lie_in_the_band_they_are_in(four: House) -> None:
    assert bands(four) == {"done": 0, "machine": 0, "review": 0, "begun": 0, "left": 4}
    four.submit("Ada", task=0)
    assert bands(four) == {"done": 0, "machine": 0, "review": 0, "begun": 1, "left": 3}
    four.submit("Ben", task=0)
    four.submit("Ada", task=1)
    four.submit("Ben", OTHER, task=1)
    four.round()
    assert bands(four) == {"done": 1, "machine": 0, "review": 1, "begun": 0, "left": 2}
    found = completion(four)
    assert found.done_share == 0.25
    assert found.waiting == 1
    assert sum(one.share for one in found.bands) == 1
    assert next(one for one in found.bands if one.band is Band.LEFT).media_us == 80_000_000


def test_figures_that_follow_are_those_of_a_full_recount(four: House) -> None:
    four.submit("Ada", task=0, quality=3)
    four.submit("Ben", task=0, quality=4)
    four.round()
    four.clock.hours(30)
    work = four.submit("Ada", task=1)
    four.submit("Ben", OTHER, task=1)
    four.round()
    four.services.judging.reopen(item_of(four, 0), four.id_of("Cleo"), "Listen again.")
    four.round()
    assert work.task.item_id
    before = kept(four)
    assert ("agreement on", f"{day(four)}\t\t") in before
    with four.services.file.write() as db:
        db.execute(figure.delete().where(figure.c.name != "starved"))
        db.execute(counted.delete())
        rollup_here.mark_all(db, four.project_id)
    four.round()
    assert kept(four) == before


def item_of(house: House, number: int) -> str:
    with house.services.file.read() as db:
        rows = db.execute(tables.task.select().where(tables.task.c.id == house.tasks()[number]))
        return str(rows.one().item_id)


def day(house: House) -> int:
    return house.clock.now_us // 86_400_000_000


def test_what_is_not_counted_yet_is_in_every_answer(four: House) -> None:
    four.round()
    four.submit("Ada", task=0)
    before = kept(four)
    assert bands(four)["begun"] == 1
    assert kept(four) == before
    four.round()
    assert bands(four)["begun"] == 1
    assert kept(four) != before


def test_a_project_without_items_says_what_to_do(tmp_path: Path) -> None:
    house = make_house(tmp_path, items=1)
    folder = tmp_path / "second"
    folder.mkdir()
    empty = house.services.projects.init(write_project(folder, name="empty"))
    found = house.services.desk_figures.completion(empty.id)
    assert (found.items, found.done_share, found.reason) == (0, None, NO_ITEMS)
    assert found.done_by_us is None
    assert house.services.desk_figures.today() == ()
    house.services.close()


def test_nothing_is_said_where_nothing_needs_a_person(four: House) -> None:
    assert said(four) == []
    four.submit("Ada", task=0)
    four.submit("Ben", task=0)
    four.round()
    assert said(four) == []


def test_a_queue_that_the_people_there_cannot_finish_is_told(tmp_path: Path) -> None:
    house = make_house(tmp_path, items=3, people=("Ada", "Ben"), overlap=3)
    (need,) = house.services.desk_figures.today()
    assert need.sentence == "podcast-policy: 3 tasks left for 2 people: invite, or lower the overlap."
    assert (need.act, need.button) == (Act.INVITE, "Invite")
    assert need.evidence[0].endswith("one of them still needs 1 person more.")
    house.people["Dan"] = house.services.people.add(house.project_id, "Dan", Role.ANNOTATOR)
    house.round()
    assert said(house) == []
    house.services.close()


def test_a_language_that_too_few_know_is_named(tmp_path: Path) -> None:
    house = make_house(tmp_path, items=4, people=("Ada", "Ben", "Eva"))
    with house.services.file.write() as db:
        for number in (0, 1):
            where = tables.item.c.id == item_of(house, number)
            db.execute(tables.item.update().where(where).values(metadata={"language": "pt"}))
        db.execute(tables.person_skill.insert().values(person_id=house.id_of("Eva"), skill="pt", level=1))
    house.round()
    assert said(house) == ["Portuguese: 2 tasks left for 1 person: invite, or lower the overlap."]
    assert Skill("pt") in house.services.people.find("Eva").skills
    house.services.close()


def test_reviews_that_wait_for_days_are_told(four: House) -> None:
    four.submit("Ada", task=0)
    four.submit("Ben", OTHER, task=0)
    four.round()
    assert said(four) == []
    four.clock.hours(24 * 5)
    assert said(four) == ["podcast-policy: 1 item waits for review, the oldest for 5 days."]


def test_a_batch_that_was_due_is_told_also_before_its_pace_is_known(four: House) -> None:
    with four.services.file.write() as db:
        db.execute(tables.batch.update().values(deadline_us=four.clock.now_us + 3_600_000_000))
    assert said(four) == []
    four.clock.hours(3)
    (need,) = four.services.desk_figures.today()
    assert need.sentence.endswith("it was due, 4 items are left and no end is in sight.")
    assert (need.act, need.batch != "") == (Act.BATCH, True)


def test_a_fall_of_agreement_since_the_guidelines_changed_is_told_with_its_clips(tmp_path: Path) -> None:
    house = make_house(tmp_path, items=16)
    for task in range(8):
        house.submit("Ada", task=task)
        house.submit("Ben", task=task)
    house.round()
    (tmp_path / "guidelines.md").write_text("# Guidelines\n\nAn advert is anything paid for.\n", encoding="utf-8")
    assert house.services.projects.init(tmp_path / "project.toml").version == 2
    assert said(house) == []
    for task in range(8, 16):
        house.submit("Ada", ALIKE, task=task)
        house.submit("Ben", OTHER, task=task)
    house.round()
    needs = [need for need in house.services.desk_figures.today() if need.act is Act.HEAR]
    assert needs[0].sentence.startswith("podcast-policy: agreement on ")
    assert needs[0].sentence.endswith("since guidelines v2.")
    assert needs[0].button == "Hear 8 clips"
    assert len(needs[0].items) == 8
    house.services.close()


def test_a_project_of_fifty_says_seven_things_at_most(tmp_path: Path) -> None:
    house = make_house(tmp_path, items=1, people=("Ada",), overlap=2)
    for number in range(9):
        folder = tmp_path / f"p{number}"
        (folder / "media").mkdir(parents=True)
        made = house.services.projects.init(write_project(folder, name=f"project-{number}"))
        (folder / "media" / "one.wav").write_bytes((tmp_path / "media" / "episode-0.wav").read_bytes())
        house.services.items.add(made.id, [folder / "media"])
        house.services.coordinator.round(made.id)
    needs = house.services.desk_figures.today()
    assert len(needs) == MOST
    assert all("nobody" in need.sentence for need in needs)
    assert house.services.desk_figures.today(house.id_of("Ada")) == ()
    assert len(house.services.desk_figures.projects()) == 10
    house.services.close()


def test_work_has_to_be_known_for_days_before_it_is_said_when_it_ends(tmp_path: Path) -> None:
    house = make_house(tmp_path, items=14, seconds=2)
    stretches = ((0.0, 2.0, "speech"),)
    for task in range(8):
        house.submit("Ada", stretches, task=task)
        house.submit("Ben", stretches, task=task)
        house.round()
        found = completion(house)
        assert (found.done_by_us is None) == (task < 4), found
        house.clock.hours(24)
    found = completion(house)
    assert found.done_from_us is not None
    assert found.done_by_us is not None
    assert found.forecast.to_do == 6
    # Six items, one a day: with what may come back and go to review it is at least that.
    low, high = ((at - house.clock.now_us) / 86_400_000_000 for at in (found.done_from_us, found.done_by_us))
    assert 5 <= low <= high < 30
    house.services.close()


def test_however_many_projects_there_are_they_are_read_by_as_many_questions(four: House, tmp_path: Path) -> None:
    asked = list[str]()
    event.listen(Engine, "before_cursor_execute", noting := lambda *said: asked.append(said[2]))
    try:
        one = four.services.desk_figures.glance()
        alone = len(asked)
        for number in range(3):
            (place := tmp_path / f"more-{number}").mkdir()
            four.services.projects.init(write_project(place, name=f"more-{number}"))
        asked.clear()
        four_of_them = four.services.desk_figures.glance()
    finally:
        event.remove(Engine, "before_cursor_execute", noting)
    assert (len(one.projects), len(four_of_them.projects)) == (1, 4)
    assert len(asked) == alone > 0
    assert four_of_them.projects == four.services.desk_figures.projects()


def test_what_is_left_of_a_batch_is_counted_in_files_that_did_not_count_it_before(four: House) -> None:
    four.submit("Ada", task=0)
    four.submit("Ben", task=0)
    four.round()
    before = kept(four)
    assert [n for (name, _), (n, _) in before.items() if name == UNSETTLED_IN] == [3]
    with four.services.file.write() as db:
        db.execute(figure.delete().where(figure.c.name == UNSETTLED_IN))
        for item_id, said_before in db.execute(select(counted.c.item_id, counted.c.said)).all():
            older = {key: value for key, value in said_before.items() if not key.startswith(UNSETTLED_IN)}
            db.execute(update(counted).where(counted.c.item_id == item_id).values(said=older))
    four.services.coordinator.route(four.project_id)
    assert kept(four) == before
