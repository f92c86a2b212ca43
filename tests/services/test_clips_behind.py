"""The clips behind a value of a chart: exactly the items it counts, each with both answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.model.annotations import Segment
from annodesk.model.ids import new_id
from annodesk.model.work import Role
from annodesk.services.behind import Behind, Beside
from annodesk.services.by_field import Where
from annodesk.services.clips_behind import NOTHING_COUNTED, REFERENCES, FoundClips, gathered
from annodesk.services.heard_as import NOT_YOURS, Place
from annodesk.services.over_time import Measure
from annodesk.store.cells import AGREED_ON, HANDED_ON, MODEL_ON, REFERENCE_ON, SETTLED_ON, WAITS_BY, WORK_ON
from annodesk.ui.dashboard.playlist import where
from tests.services.made import ALIKE, House, make_house, us

BEN = ((0, 10, "speech"), (10, 22, "advert"), (22, 40, "speech"))
"""Where music is from 10 to 25 s he hears an advert until 22 s, then speech."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Four items: alike, differing, of one person alone, untouched; a day between the first and the others."""
    made = make_house(tmp_path_factory.mktemp("house"), items=4)
    made.people["Max"] = made.services.people.add(made.project_id, "Max", Role.MANAGER)
    made.submit("Ada", ALIKE, task=0)
    made.submit("Ben", ALIKE, task=0)
    made.round()
    made.clock.hours(30)
    made.submit("Ada", ALIKE, task=1)
    made.submit("Ben", BEN, task=1)
    made.submit("Ada", ALIKE, task=2)
    made.round()
    yield made
    made.services.close()


def moment(at_s: float, label: str) -> Segment:
    return Segment(new_id(), "events", us(at_s), us(at_s), (label,))


def clips(house: House, behind: Behind, part: str = "content", label: str = "", name: str = "Cleo") -> FoundClips:
    return house.services.quality.clips(house.project_id, house.id_of(name), behind, part, label)


def test_every_point_of_volume_plays_the_items_it_counts(house: House) -> None:
    told = house.services.desk_figures.series(house.project_id, house.id_of("Cleo"), Measure.HANDED_IN)
    days = [(one.from_us, one.from_us + 86_400_000_000, one.n) for one in told.points]
    assert [n for _, _, n in days if n] == [2, 3]
    items = [[place.item for place in clips(house, Behind(HANDED_ON, (a, b))).places] for a, b, n in days if n]
    assert items == [["episode-0"], ["episode-1", "episode-2"]], "what differs comes first"


def test_where_people_differ_both_answers_are_at_the_longest_such_place(house: House) -> None:
    (place, *_) = clips(house, Behind(HANDED_ON)).places
    assert (place.item, place.start_us, place.end_us) == ("episode-1", us(10), us(22))
    assert {place.stands, place.said} == {"music", "advert"}
    assert {place.other, place.letter} == {"A", "B"}


def test_a_moment_that_one_alone_marked_is_heard_where_it_is(tmp_path: Path) -> None:
    made = make_house(tmp_path)
    made.submit("Ada", ALIKE, moment(5, "laugh"), moment(20, "jingle"))
    made.submit("Ben", ALIKE, moment(5.02, "laugh"))
    made.round()
    (place,) = clips(made, Behind(AGREED_ON, None, ("events", "")), "events").places
    assert (place.start_us, place.end_us, where(place)) == (us(20), us(20), "00:20.0")
    assert {place.stands, place.said} == {"jingle", ""}
    (alike,) = clips(made, Behind(AGREED_ON, None, ("events", "")), "events", "laugh").places
    assert (alike.start_us, alike.stands, alike.said) == (us(5), "laugh", "laugh"), (
        "by the start of whom it is held against"
    )
    made.services.close()


def test_of_a_long_list_what_differs_is_kept() -> None:
    alike = Place("i", "alike", "t", "s", "A", "music", "music")
    differs = Place("i", "differs", "t", "s", "A", "music", "advert")
    found = gathered(iter([(False, alike)] * 150 + [(True, differs)] * 60))
    assert [one.item for one in found.places] == ["differs"] * 12 + ["alike"] * 28
    assert found.items == 162
    rare = gathered(iter([(False, alike), None] * 300))
    assert (len(rare.places), rare.items) == (40, 200)
    assert gathered(iter(())).reason == NOTHING_COUNTED


def test_what_everybody_said_alike_is_heard_too(house: House) -> None:
    (place,) = clips(house, Behind(SETTLED_ON)).places
    assert (place.item, place.stands, place.said, place.other) == ("episode-0", "music", "music", "")


def test_of_one_answer_alone_one_side_is_told(house: House) -> None:
    alone = next(place for place in clips(house, Behind(HANDED_ON)).places if place.item == "episode-2")
    assert (alone.other, alone.said) == (alone.letter, alone.stands)


def test_a_label_s_point_plays_places_of_that_label_alone(house: House) -> None:
    found = clips(house, Behind(AGREED_ON, None, ("content", "advert")), label="advert")
    assert [place.item for place in found.places] == ["episode-1"]
    nothing = clips(house, Behind(AGREED_ON, None, ("content", "no such label")))
    assert nothing.places == ()
    assert nothing.reason


def test_reviews_are_heard_by_their_reason(house: House) -> None:
    waits = house.services.desk_figures.escalations(house.project_id)
    assert [one.waiting for one in waits.reasons] == [1]
    found = clips(house, Behind(WAITS_BY, None, (waits.reasons[0].reason.value,)), part="")
    assert [place.item for place in found.places] == ["episode-1"]


def test_a_filtered_chart_plays_what_it_is_told_of(house: House) -> None:
    of = Where("duration", "under 1 min")
    assert len(clips(house, Behind(HANDED_ON, where=of)).places) == 3
    assert clips(house, Behind(HANDED_ON, where=Where("duration", "over 1 h"))).places == ()


def test_work_with_and_without_suggestions_is_told_apart(house: House) -> None:
    assert clips(house, Behind(WORK_ON, aided=True)).places == ()
    assert len(clips(house, Behind(WORK_ON, aided=False)).places) == 3


def test_only_who_may_read_the_project_hears_it(house: House) -> None:
    assert clips(house, Behind(HANDED_ON), name="Ada").reason == NOT_YOURS
    told = clips(house, Behind(REFERENCE_ON, beside=Beside.REFERENCE), name="Max")
    assert (told.places, told.reason) == ((), REFERENCES)


def test_the_model_is_held_against_answers_given_without_it(tmp_path: Path) -> None:
    made = make_house(tmp_path, items=2, show="never")
    made.model_says([(*one, 0.9) for one in BEN], task=0)
    made.model_says([(*one, 0.6) for one in ALIKE], task=1)
    for task in (0, 1):
        made.submit("Ada", ALIKE, task=task)
        made.submit("Ben", ALIKE, task=task)
    made.round()
    asked = Behind(MODEL_ON, beside=Beside.MODEL)
    (first, second) = clips(made, asked).places
    assert (first.item, first.stands, first.said, first.letter, first.set_id) == (
        "episode-0", "music", "advert", "the model", "",
    )  # fmt: skip
    assert (second.item, second.stands, second.said) == ("episode-1", "music", "music")
    sure = Behind(MODEL_ON, beside=Beside.MODEL, probability=(0.8, 0.95))
    assert [place.item for place in clips(made, sure, label="advert").places] == ["episode-0"]
    assert clips(made, Behind(MODEL_ON, beside=Beside.MODEL, probability=(0.1, 0.5)), label="advert").places == ()
    made.services.close()
