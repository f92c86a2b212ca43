"""The clips behind every value of a team's charts: found by its server, and told to whom it tells what people said."""

from __future__ import annotations

from pathlib import Path

from annodesk.services import Services
from annodesk.services.behind import Behind
from annodesk.services.by_field import Where
from annodesk.services.clips_behind import FoundClips
from annodesk.services.heard_as import NOT_YOURS, TOO_FEW
from annodesk.store.cells import (
    AGREED_ON,
    DAY_US,
    HANDED_ON,
    REVIEWED_ON,
    SETTLED_ON,
    WAITS_BY,
    WORK_ON,
)
from tests.services.made import ALIKE, us
from tests.services.team.crew import Crew
from tests.services.team.test_heard_in_team import BEN, let_label, make_five, play, workstation

COUNTED = "select item_id from annodesk.items_counted(%s, %s, null, null, '{}', null, '', '', null, %s)"
SEEN = "select count(*) from annodesk.sight where person_id = %s"


def clips(crew: Crew, services: Services, name: str, behind: Behind, part: str = "content") -> FoundClips:
    return services.quality.clips(crew.project_id, crew.people[name], behind, part)


def counted(crew: Crew, name: str, figure: str = HANDED_ON, most: int = 5_000) -> list[str]:
    return [row[0] for row in crew.call(name, COUNTED, crew.project_id, figure, most) if row[0] is not None]


def reviewed(crew: Crew) -> str:
    return str(crew.value("select item_id from annodesk.task where stage = 'review'"))


def test_volume_agreement_and_reviews_play_the_items_they_count(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    day_us = crew.value("select max(made_at_us) from annodesk.submission") // DAY_US * DAY_US
    today, later = (day_us, day_us + DAY_US), (day_us + DAY_US, day_us + 2 * DAY_US)
    with workstation(crew, tmp_path, "joe") as services:
        for behind in (
            Behind(HANDED_ON, today),
            Behind(SETTLED_ON, today),
            Behind(AGREED_ON, today, ("", "")),
            Behind(AGREED_ON, today, ("content", "")),
        ):
            found = clips(crew, services, "joe", behind)
            assert found.items == 2
            first, second = found.places
            # By hand: where music stands from 10 to 25 s one said advert until 22 s; all else is said alike.
            assert (first.start_us, first.end_us, first.stands, first.said) == (us(10), us(22), "music", "advert")
            assert (first.other, second.other, second.stands == second.said) == ("", "", True)
        (only,) = clips(crew, services, "joe", Behind(REVIEWED_ON, today)).places
        assert only.item_id == reviewed(crew)
        for nothing in (Behind(HANDED_ON, later), Behind(AGREED_ON, today, ("content", "no such label"))):
            found = clips(crew, services, "joe", nothing)
            assert (found.places, found.items) == ((), 0)
            assert found.reason


def test_what_waits_is_heard_by_its_reason_between_two_people(crew: Crew, tmp_path: Path) -> None:
    crew.forget_offers()
    crew.label("ada", ALIKE)
    crew.label("ben", BEN)
    crew.round()
    reason = crew.value("select reason from annodesk.escalation where closed_at_us is null")
    with workstation(crew, tmp_path, "joe") as services:
        (place,) = clips(crew, services, "joe", Behind(WAITS_BY, None, (reason,))).places
        assert {place.other, place.letter} == {"A", "B"}
        assert {place.stands, place.said} == {"music", "advert"}
        assert clips(crew, services, "joe", Behind(WAITS_BY, None, ("flagged",))).places == ()


def test_a_filtered_chart_plays_what_it_is_told_of(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    item = reviewed(crew)
    crew.admin('update annodesk.item set metadata = \'{"language": "pt"}\' where id = %s', item)
    with workstation(crew, tmp_path, "joe") as services:
        (place,) = clips(crew, services, "joe", Behind(HANDED_ON, where=Where("language", "pt"))).places
        assert place.item_id == item
        assert clips(crew, services, "joe", Behind(HANDED_ON, where=Where("language", "en"))).places == ()
        assert len(clips(crew, services, "joe", Behind(HANDED_ON, where=Where("duration", "under 1 min"))).places) == 2


def test_work_with_and_without_suggestions_is_told_apart(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    item = reviewed(crew)
    # One set of two had suggestions in view, and of the other item none.
    for total, wanted in ((100, "item_id = %s"), (0, "item_id <> %s")):
        said = f', "work on:1\\taided": [{2 if total else 1}, {total}]}}\')::json where {wanted}'
        crew.admin(f"update annodesk.counted set said = replace(said::text, '}}', '{said}", item)
    with workstation(crew, tmp_path, "joe") as services:
        (aided,) = clips(crew, services, "joe", Behind(WORK_ON, aided=True)).places
        assert aided.item_id == item
        assert len(clips(crew, services, "joe", Behind(WORK_ON, aided=False)).places) == 2


def test_many_items_are_found_page_by_page(crew: Crew) -> None:
    play(crew)
    whole = counted(crew, "joe")
    assert len(whole) == 2
    assert whole == sorted(whole, reverse=True)
    ask = COUNTED.replace("item_id", "item_id, next_item", 1).replace("null, %s)", "%s, 1)")
    found, first = [], None
    for _ in range(3):
        *rows, (nothing, first) = crew.call("joe", ask, crew.project_id, HANDED_ON, first)
        assert nothing is None
        found += [row[0] for row in rows]
    assert (found, first) == (whole, None), "three items, one a page, of which two were handed in"


def test_managers_hear_five_and_more_and_are_noted_to_have_seen_it(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    item = reviewed(crew)
    with workstation(crew, tmp_path, "max") as services:
        assert clips(crew, services, "max", Behind(HANDED_ON)).reason == TOO_FEW
    assert counted(crew, "max") == []
    assert crew.call("max", "select * from annodesk.model_beside(%s, array[%s])", crew.project_id, item) == []
    assert crew.value(SEEN, crew.people["max"]) == 0
    make_five(crew)
    (tmp_path / "later").mkdir()
    with workstation(crew, tmp_path / "later", "max") as services:
        assert len(clips(crew, services, "max", Behind(HANDED_ON)).places) == 2
    assert crew.value(SEEN, crew.people["max"]) == 2


def test_an_item_one_has_open_to_label_is_out_of_sight(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    item = reviewed(crew)
    let_label(crew, "joe")
    crew.admin(
        "insert into annodesk.claim (project_id, id, task_id, person_id, state, shows_suggestions, made_at_us,"
        " changed_at_us) select project_id, 'joes', id, %s, 'leased', false, 1, 1 from annodesk.task"
        " where item_id = %s and stage = 'annotate'",
        *(crew.people["joe"], item),
    )  # fmt: skip
    assert len(counted(crew, "ana")) == 2
    assert item not in counted(crew, "joe")
    with workstation(crew, tmp_path, "joe") as services:
        (place,) = clips(crew, services, "joe", Behind(HANDED_ON)).places
        assert place.item_id != item


def test_who_is_to_rule_again_does_not_learn_that_there_is_a_ruling(crew: Crew) -> None:
    play(crew)
    crew.admin(
        "insert into annodesk.reruling (project_id, task_id, first_set, state, made_at_us)"
        " select project_id, task_id, id, 'waiting', 1 from annodesk.annotation_set where author_kind = 'adjudicator'"
    )
    assert counted(crew, "joe", REVIEWED_ON) == []
    assert reviewed(crew) not in counted(crew, "joe")
    assert counted(crew, "ana", REVIEWED_ON) == [reviewed(crew)]


def test_what_is_taken_down_is_in_none_of_it(crew: Crew) -> None:
    play(crew)
    item = reviewed(crew)
    crew.call("max", "select annodesk.take_down(%s, %s)", crew.project_id, item)
    assert len(counted(crew, "joe")) == 1
    assert item not in counted(crew, "joe")


def test_no_figure_is_told_by_item_that_no_chart_shows(crew: Crew) -> None:
    play(crew)
    for figure in ("reference on", "label time", "work times", "items"):
        assert counted(crew, "joe", figure) == []


def test_who_labels_hears_nothing(crew: Crew, tmp_path: Path) -> None:
    play(crew)
    with workstation(crew, tmp_path, "dan") as services:
        assert clips(crew, services, "dan", Behind(HANDED_ON)).reason == NOT_YOURS
