"""What is heard as what in a team: asked of the server by who judges, or manages five and more, and played."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from annodesk.errors import NotFoundError
from annodesk.model.work import Role
from annodesk.services import Services
from annodesk.services.heard_as import NOT_YOURS, TOO_FEW, HeardAs
from annodesk.services.said_beside import said_beside
from annodesk.services.team_answers import answers_of_team
from annodesk.store import logins
from tests.services.made import ALIKE, us
from tests.services.team.crew import Crew

BEN = ((0, 10, "speech"), (10, 22, "advert"), (22, 40, "speech"))
"""Where music stands from 10 to 25 s he hears an advert until 22 s, then speech."""


@contextmanager
def workstation(crew: Crew, folder: Path, name: str) -> Iterator[Services]:
    with Services.open(folder / f"{name}.annodesk", create=True) as services:
        services.sync.join_at(crew.address(name), crew.project_id)
        services.sync.round()
        yield services


def play(crew: Crew) -> None:
    """Ada and Ben label two items, the first of them differently, which Ana settles as Ada has it."""
    crew.forget_offers()
    mine = crew.label("ada", ALIKE)
    crew.label("ben", BEN)
    crew.round()
    with crew.as_worker() as db:
        from annodesk.services.standing import annotate_task, review_lanes
        from annodesk.store import snapshots, tasks

        (review,) = [one for one in tasks.list_tasks(db, crew.project_id) if one.stage.value == "review"]
        lanes = review_lanes(db, annotate_task(db, review), None, sets=snapshots)
        side = next(n for n, lane in enumerate(lanes) if lane.annotations.id == mine[2])
    crew.judge("ana", ruling="AB"[side], side=side)
    crew.round()
    crew.forget_offers()
    crew.label("ada", ALIKE)
    crew.label("ben", ALIKE)
    crew.round()
    assert sorted(crew.states()) == ["open", "settled", "settled"]


def make_five(crew: Crew) -> None:
    """Two more annotators, and something handed in by all five, so that a manager is told of them together."""
    for n in range(2):
        person = crew.value("select gen_random_uuid()::text")
        crew.admin("insert into annodesk.person (id, made_at_us) values (%s, 1)", person)
        crew.admin("insert into annodesk.person_name (person_id, name) values (%s, %s)", person, f"More {n}")
        member = "insert into annodesk.membership (project_id, person_id, role) values (%s, %s, 'annotator')"
        crew.admin(member, crew.project_id, person)
    crew.admin(
        "insert into annodesk.claim (project_id, id, task_id, person_id, state, shows_suggestions, made_at_us,"
        " changed_at_us) select m.project_id, 'late ' || m.person_id, (select max(id) from annodesk.task"
        " where stage = 'annotate'), m.person_id, 'submitted', false, 1, 1 from annodesk.membership m"
        " where m.role = 'annotator' on conflict do nothing"
    )


def let_label(crew: Crew, name: str) -> None:
    """Make somebody an annotator of the project too."""
    engine = create_engine(crew.server.url(database=crew.database).replace("://", "+psycopg://", 1), poolclass=NullPool)
    with engine.begin() as db:
        project = crew.value("select name from annodesk.project where id = %s", crew.project_id)
        logins.give_role(db, f"{crew.prefix}{name}", project, Role.ANNOTATOR)


def heard(crew: Crew, services: Services, name: str, part: str = "content") -> HeardAs:
    return services.quality.heard_as(crew.project_id, crew.people[name], part)


def test_an_analyst_hears_what_one_counts_by_hand(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    with workstation(crew, tmp_path, "joe") as services:
        found = heard(crew, services, "joe")
        assert found.reason == ""
        assert (found.items, found.answers, found.unit) == (2, 4, "seconds")
        # By hand: two items of two people; what stands is Ada's, 25 s speech and 15 s music in each.
        assert {cell: amount / 1e6 for cell, amount in found.amount.items()} == {
            ("speech", "speech"): 100,
            ("music", "music"): 45,
            ("music", "advert"): 12,
            ("music", "speech"): 3,
        }
        (place,) = found.places["music", "advert"]
        assert (place.start_us, place.end_us, place.stands, place.said) == (us(10), us(22), "music", "advert")
        assert place.letter in "AB"
        assert place.item
        clip = services.clips.of(crew.project_id, place.item_id)
        assert clip.item.key == place.item
        assert clip.item.assets


def test_the_server_counts_the_same_answers_as_the_program(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    # What Ben changed after he had seen a comparison does not count; Ada was shown suggestions before she handed in.
    crew.admin(
        "insert into annodesk.view (project_id, set_id, suggestions_from_us)"
        " select project_id, id, 1 from annodesk.annotation_set where author_id = %s",
        crew.people["ada"],
    )
    crew.admin(
        "insert into annodesk.view (project_id, set_id, independent_head, independent_until_us, was_finished)"
        " select s.project_id, s.id, null, 1, false from annodesk.annotation_set s"
        " where s.author_id = %s order by s.id limit 1",
        crew.people["ben"],
    )
    items = [row[0] for row in crew.admin("select id from annodesk.item")]
    with workstation(crew, tmp_path, "joe") as services:
        ours = services.sync.with_team(lambda team: answers_of_team(team, items))
        told = services.sync.with_team(lambda team: list(said_beside(team, items)))
    counted = {one.counted.set_id: (one.counted.head, one.counted.aided) for given in ours.values() for one in given}
    assert len(counted) == 3
    assert {o.annotations.id: (o.annotations.head, o.aided) for task in told for o in task.said} == counted


def test_a_manager_is_told_of_five_and_more_and_noted_to_have_seen_it(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    with workstation(crew, tmp_path, "max") as services:
        assert heard(crew, services, "max").reason == TOO_FEW
        items = [row[0] for row in crew.admin("select id from annodesk.item")]
        assert services.sync.with_team(lambda team: list(said_beside(team, items))) == []
        assert crew.value("select count(*) from annodesk.sight where person_id = %s", crew.people["max"]) == 0
    make_five(crew)
    (tmp_path / "later").mkdir()
    with workstation(crew, tmp_path / "later", "max") as services:
        found = heard(crew, services, "max")
        assert (found.items, found.answers) == (2, 4)
        assert len(found.places["music", "advert"]) == 1
        assert crew.value("select count(*) from annodesk.sight where person_id = %s", crew.people["max"]) == 2


def test_places_where_people_differ_are_played(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    with workstation(crew, tmp_path, "ana") as services:
        items = [row[0] for row in crew.admin("select id from annodesk.item order by key")]
        differ = services.quality.differing_places(crew.project_id, crew.people["ana"], "content", "advert", items)
        assert list(differ.places) == [("music", "advert")]


def test_what_is_not_settled_is_heard_between_two_people(crew: Crew, tmp_path: Path) -> None:
    crew.forget_offers()
    mine = crew.label("ada", ALIKE)
    crew.label("ben", BEN)
    crew.round()
    item = crew.value("select item_id from annodesk.task where id = %s", mine[1])
    with workstation(crew, tmp_path, "joe") as services:
        differ = services.quality.differing_places(crew.project_id, crew.people["joe"], "content", "", [item])
        ((place,),) = differ.places.values()
        assert {place.other, place.letter} == {"A", "B"}
        assert {place.stands, place.said} == {"music", "advert"}


def test_an_item_one_has_open_to_label_is_out_of_sight(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    let_label(crew, "joe")
    settled = "select item_id from annodesk.item_state where state = 'settled' order by item_id limit 1"
    item = crew.value(settled)
    crew.admin(
        "insert into annodesk.claim (project_id, id, task_id, person_id, state, shows_suggestions, made_at_us,"
        " changed_at_us) select project_id, 'joes', id, %s, 'leased', false, 1, 1 from annodesk.task"
        " where item_id = %s and stage = 'annotate'",
        *(crew.people["joe"], item),
    )  # fmt: skip
    with workstation(crew, tmp_path, "joe") as services:
        assert heard(crew, services, "joe").items == 1
        assert services.sync.with_team(lambda team: list(said_beside(team, [item]))) == []
        differ = services.quality.differing_places(crew.project_id, crew.people["joe"], "content", "", [item])
        assert differ.places == {}


def test_who_labels_hears_nothing_and_reads_no_item_of_others(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    item = crew.value("select id from annodesk.item order by key limit 1")
    with workstation(crew, tmp_path, "dan") as services:
        assert heard(crew, services, "dan").reason == NOT_YOURS
        with pytest.raises(NotFoundError, match="not shown to you"):
            services.clips.of(crew.project_id, item)
