"""How a team meets its reference items over time: told without names to analysts, and to managers of five and more."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from annodesk.services import Services
from annodesk.services.behind import Behind, Beside
from annodesk.services.by_field import Where
from annodesk.services.clips_behind import REFERENCES
from annodesk.services.heard_as import TOO_FEW
from annodesk.services.over_time import Measure, Series
from annodesk.store.cells import DAY_US, REFERENCE_ON
from tests.services.made import OTHER
from tests.services.team.crew import Crew
from tests.services.team.test_heard_in_team import make_five, workstation
from tests.services.team.test_reference_places import local, reference

__all__ = ["local", "reference"]


def met(crew: Crew, services: Services, name: str, where: Where | None = None) -> Series:
    return services.desk_figures.series(
        crew.project_id, crew.people[name], Measure.REFERENCE, part="content", where=where
    )


def is_met(crew: Crew, reference: tuple[str, str]) -> bool:
    """Whether what Ana ruled is what Dan answers: which side she took is drawn."""
    return bool(
        crew.value(
            "select bool_or(b.body::text like '%%advert%%') from annodesk.settlement l join annodesk.set_snapshot b"
            " on b.set_id = l.set_id and b.head = l.head where l.task_id = %s and l.stands",
            reference[1],
        )
    )


def answer(crew: Crew, reference: tuple[str, str]) -> None:
    """Dan answers the reference; what Ada and Ben said before it was one counts for nothing."""
    crew.round()
    assert crew.label("dan", OTHER)[1] == reference[1]
    crew.round()


def test_analysts_are_told_by_day_how_it_was_met_and_by_any_field(
    crew: Crew, reference: tuple[str, str], tmp_path: Path
) -> None:
    answer(crew, reference)
    crew.admin('update annodesk.item set metadata = \'{"language": "pt"}\' where id = %s', reference[0])
    with workstation(crew, tmp_path, "joe") as services:
        found = met(crew, services, "joe")
        (point,) = found.points
        assert point.n == 1
        assert (point.value == 1) == is_met(crew, reference)
        at_us = crew.value("select max(made_at_us) from annodesk.submission")
        assert point.from_us == at_us // DAY_US * DAY_US
        assert met(crew, services, "joe", Where("language", "pt")).n == 1
        assert met(crew, services, "joe", Where("language", "en")).n == 0
        (slice_,) = services.desk_figures.compared(crew.project_id, crew.people["joe"], "language", ["pt"])
        assert slice_.reference.n >= 1


def test_managers_are_told_of_five_and_more(crew: Crew, reference: tuple[str, str], tmp_path: Path) -> None:
    answer(crew, reference)
    with workstation(crew, tmp_path, "max") as services:
        few = met(crew, services, "max")
        assert (few.points, few.reason) == ((), TOO_FEW)
    make_five(crew)
    (tmp_path / "later").mkdir()
    with workstation(crew, tmp_path / "later", "max") as services:
        assert met(crew, services, "max").n == 1


def test_who_labels_learns_nothing_of_it(crew: Crew, reference: tuple[str, str], tmp_path: Path) -> None:
    answer(crew, reference)
    with workstation(crew, tmp_path, "dan") as services:
        assert met(crew, services, "dan").points == ()
    ask = "select * from annodesk.said_beside(%s, array[%s], true)"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        crew.call("dan", ask, crew.project_id, reference[0])


def test_each_reads_their_own_as_it_stood_a_week_ago_and_nobody_elses(
    crew: Crew, reference: tuple[str, str], tmp_path: Path
) -> None:
    answer(crew, reference)
    kept = "select person_id, body ->> 'whole' from annodesk.own_accuracy"
    nothing = {crew.people[name]: "[0, 0]" for name in ("ada", "ben", "dan")}
    assert dict(crew.admin(kept)) == nothing, "everybody who labels has a row, whatever they met"
    long_ago = 8 * DAY_US
    crew.admin("update annodesk.submission set made_at_us = made_at_us - %s", long_ago)
    crew.admin("update annodesk.settlement set made_at_us = made_at_us - %s", long_ago)
    crew.admin("update annodesk.reference_item set made_at_us = made_at_us - %s", long_ago)
    crew.round()
    assert dict(crew.admin(kept)) == nothing, "it moves once a week"
    crew.admin("update annodesk.duty set done_at_us = 0 where name = 'own accuracy'")
    crew.round()
    with workstation(crew, tmp_path, "dan") as services:
        mine = services.accuracy.own(crew.project_id, crew.people["dan"])
        assert (mine.whole.n, mine.whole.right) == (1, int(is_met(crew, reference)))
        assert set(mine.parts) >= {"content"}
        assert mine.misses == ()
        assert mine.reason.startswith("Only 1 of these answers")
    with workstation(crew, tmp_path, "ana") as services:
        told = {one.person_id: one.whole for one in services.accuracy.of_people(crew.project_id, crew.people["ana"])}
        assert told[crew.people["dan"]] == mine.whole
    with workstation(crew, tmp_path, "ada") as services:
        assert services.accuracy.own(crew.project_id, crew.people["ada"]).whole.n == 0


def test_the_clips_behind_it_are_for_analysts(crew: Crew, reference: tuple[str, str], tmp_path: Path) -> None:
    answer(crew, reference)
    make_five(crew)
    day_us = crew.value("select max(made_at_us) from annodesk.submission") // DAY_US * DAY_US
    today = Behind(REFERENCE_ON, (day_us, day_us + DAY_US), beside=Beside.REFERENCE)
    with workstation(crew, tmp_path, "joe") as services:
        ask = services.quality.clips
        (place,) = ask(crew.project_id, crew.people["joe"], today, "content").places
        assert (place.item_id, place.other) == (reference[0], "")
        assert (place.stands == place.said) == is_met(crew, reference)
        before = replace(today, between_us=(0, day_us))
        assert ask(crew.project_id, crew.people["joe"], before, "content").places == ()
        elsewhere = replace(today, where=Where("language", "pt"))
        assert ask(crew.project_id, crew.people["joe"], elsewhere, "content").places == ()
    with workstation(crew, tmp_path, "max") as services:
        told = services.quality.clips(crew.project_id, crew.people["max"], today, "content")
        assert (told.places, told.reason) == ((), REFERENCES)
