"""Figures by a field of the metadata in a team: the server adds them up page by page, as a file alone counts them."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from annodesk.model.work import Band
from annodesk.services import Services, by_field_team
from annodesk.services.by_field import Where
from annodesk.services.over_time import Measure
from annodesk.store.cells import AGREED_ON, HANDED_ON, WORK_ON
from tests.services.made import ALIKE, OTHER
from tests.services.team.crew import Crew
from tests.services.team.test_heard_in_team import let_label, workstation

LANGUAGES = ("en", "pt", "pt")


def play(crew: Crew) -> None:
    """An English item on which two agree, a Portuguese one on which they do not, and one that nobody has begun."""
    crew.forget_offers()
    for language, ben in zip(LANGUAGES[:2], (ALIKE, OTHER), strict=True):
        mine = crew.label("ada", ALIKE)
        crew.label("ben", ben)
        crew.round()
        crew.forget_offers()
        said = "update annodesk.item set metadata = %s where id = (select item_id from annodesk.task where id = %s)"
        crew.admin(said, json.dumps({"language": language, "live": language == "pt"}), mine[1])
    rest = json.dumps({"language": "pt", "odd": "\u0000é"})
    crew.admin("update annodesk.item set metadata = %s where metadata ->> 'language' is null", rest)


def items_by(services: Services, crew: Crew, field: str) -> dict[str, int]:
    return {one.value: one.items for one in services.desk_figures.values(crew.project_id, field).values}


def test_items_are_told_and_compared_by_the_values_of_a_field(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    for name in ("max", "joe"):
        with workstation(crew, tmp_path, name) as services:
            desk, me = services.desk_figures, crew.people[name]
            assert desk.fields(crew.project_id) == ("language", "live", "odd", "duration")
            assert items_by(services, crew, "language") == {"pt": 2, "en": 1}
            assert items_by(services, crew, "live") == {"": 1, "false": 1, "true": 1}
            assert items_by(services, crew, "duration") == {"under 1 min": 3}
            assert items_by(services, crew, "odd") == {"": 2, "é": 1}, "without what PostgreSQL cannot tell"
            english, portuguese = desk.compared(crew.project_id, me, "language", ["en", "pt"])
            bands = {one.band: one.items for one in portuguese.completion.bands if one.items}
            assert bands == {Band.REVIEW: 1, Band.LEFT: 1}
            assert (english.completion.items, english.agreement.n, english.agreement.value) == (1, 1, 1.0)
            assert portuguese.agreement.n == 1
            assert portuguese.agreement.value is not None
            assert portuguese.agreement.value < 1
            where = Where("language", "pt")
            assert desk.completion_where(crew.project_id, where).waiting == 1
            handed_in = desk.series(crew.project_id, me, Measure.HANDED_IN, where=where)
            assert [point.value for point in handed_in.points] == [2]
            assert desk.escalations(crew.project_id, where=where).waiting == 1
            assert desk.completion_where(crew.project_id, Where("mood", "x")).items == 0
            assert desk.series(crew.project_id, me, Measure.TIME, where=where).reason


def test_what_work_takes_by_value_is_for_analysts_alone(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    crew.admin("update annodesk.counted set said = replace(said::text, '}', ', \"work on:1\\tone\": [1, 100]}')::json")
    found = {}
    for name in ("max", "joe"):
        with workstation(crew, tmp_path, name) as services:
            names = (HANDED_ON, WORK_ON, AGREED_ON)
            ask = partial(by_field_team.counts_by, field="language", wanted=["en"], names=names)
            found[name] = services.sync.with_team(ask)["en"].held
    work = {key for key in found["joe"] if key[0] == WORK_ON}
    assert work
    assert found["max"].keys() == found["joe"].keys() - work
    assert all(total == 0 for (name, _), (_, total) in found["max"].items() if name == HANDED_ON)


def test_a_value_that_only_an_item_has_that_one_labels_is_not_told(crew: Crew, tmp_path: Path) -> None:
    let_label(crew, "max")
    task = crew.value("select id from annodesk.task where stage = 'annotate' order by id limit 1")
    crew.admin(
        'update annodesk.item set metadata = \'{"show": "mine"}\''
        " where id = (select item_id from annodesk.task where id = %s)",
        task,
    )
    crew.admin(
        "insert into annodesk.claim (project_id, id, task_id, person_id, state, shows_suggestions, made_at_us,"
        " changed_at_us) values (%s, 'mine', %s, %s, 'leased', false, 1, 1)",
        *(crew.project_id, task, crew.people["max"]),
    )
    with workstation(crew, tmp_path, "max") as services:
        assert items_by(services, crew, "show") == {"": 2}
        assert services.desk_figures.completion_where(crew.project_id, Where("show", "mine")).items == 0


def test_a_field_of_a_hundred_thousand_values_is_counted_page_by_page(crew: Crew, tmp_path: Path) -> None:
    batch = crew.value("select id from annodesk.batch")
    with_state = (
        "with made as (insert into annodesk.item (project_id, id, batch_id, key, duration_us, metadata, made_at_us)"
        " select %s, 'many-' || g, %s, 'many-' || g, 1, json_build_object('show', 'x' || g), 1"
        " from generate_series(1, 100000) g returning id)"
        " select count(*) from made"
    )
    assert crew.value(with_state, crew.project_id, batch) == 100_000
    crew.admin(
        "insert into annodesk.counted (project_id, item_id, said)"
        " select project_id, id, json_build_object('band:left', json_build_array(1, 5)) from annodesk.item"
        " where id like 'many-%%'"
    )
    with Services.open(tmp_path / "joe.annodesk", create=True) as services:
        services.sync.join_at(crew.address("joe"), crew.project_id)
        services.sync.round()
        desk, me = services.desk_figures, crew.people["joe"]
        found = desk.values(crew.project_id, "show")
        assert (len(found.values), found.more) == (50, 99_951)
        assert found.others == 100_003 - sum(one.items for one in found.values)
        (only,) = desk.values(crew.project_id, "show", like="x4711").values[:1]
        assert only.value == "x4711"
        slices = desk.compared(crew.project_id, me, "show", [one.value for one in found.values if one.value])
        assert {one.completion.items for one in slices} == {1}
        assert desk.completion_where(crew.project_id, Where("show", "x99999")).items == 1
