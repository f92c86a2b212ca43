"""Open disagreements of one kind: found over all items, put in order, ruled together and taken back."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from annodesk.model.work import SlotState
from annodesk.quality.disputes import HALF_WAY, Choice, Dispute
from annodesk.services import decisions, standing
from annodesk.services.alike import Found, ItemRuled, new_batch
from annodesk.services.open_places import OpenPlace, place_in
from annodesk.store import figures, tasks
from tests.services.made import ALIKE, House, Stretch, timeline

ADVERT: tuple[Stretch, ...] = ((0, 10, "speech"), (10, 25, "advert"), (25, 40, "speech"))
EDGE: tuple[Stretch, ...] = ((0, 10, "speech"), (10, 29, "music"), (29, 40, "speech"))
PAIR = Dispute("content", "label", (Choice("advert"), Choice("music")))


@pytest.fixture
def house(houses: Callable[..., House]) -> House:
    """Six items that wait: in four of them one says advert and the other music, in one of those more is disputed."""
    made = houses(items=6, audit_share=1.0)
    for number in range(6):
        first, second = (ALIKE, ADVERT) if number % 2 else (ADVERT, ALIKE)
        if number == 4:
            first, second = ALIKE, EDGE
        if number == 5:
            first = second = ALIKE
        made.submit("Ada", first, task=number)
        made.submit("Ben", second, task=number, policy=("violence",) if number in (3, 5) else ("none",))
    made.round()
    return made


def look(house: House, name: str = "Cleo") -> Found:
    return house.services.alike.look(house.project_id, house.id_of(name))


def first(house: House) -> OpenPlace:
    """The place of the first item, in which nothing else is disputed."""
    return next(place for place in look(house).of(PAIR) if place.title == "episode-0")


def rule(house: House, *wanted: tuple[OpenPlace, Choice], name: str = "Cleo") -> ItemRuled:
    return house.services.alike.rule(house.project_id, house.id_of(name), new_batch(), wanted)


def state_of(house: House, task_id: str, name: str = "Cleo") -> SlotState | None:
    with house.services.file.read() as db:
        claim = tasks.claim_of(db, task_id, house.id_of(name))
    return claim.state if claim is not None else None


def is_free(house: House, task_id: str) -> bool:
    with house.services.file.read() as db:
        return all(slot.person_id is None for slot in tasks.slots_of(db, task_id))


def own_set(house: House, set_id: str) -> list[tuple[float, float, tuple[str, ...]]]:
    return timeline(house.services.annotate.reload(set_id)[0])


def test_the_places_of_one_pair_are_found_in_all_items_that_wait(house: House) -> None:
    found = look(house)
    assert sorted(place.title for place in found.of(PAIR)) == ["episode-0", "episode-1", "episode-2", "episode-3"]
    assert found.unknown == ()
    assert {(place.dispute.part, place.dispute.kind) for place in found.places} == {
        ("content", "label"), ("content", "boundary"), ("policy", "answer"),
    }  # fmt: skip


def test_nothing_is_found_for_who_labelled_or_does_not_judge(house: House) -> None:
    assert look(house, "Ada").places == ()
    assert look(house, "Ben").places == ()


def test_no_name_and_no_order_of_people_is_told(house: House) -> None:
    sides = {place.title: dict(place.sides) for place in look(house).of(PAIR)}
    assert all(set(letters) == {"A", "B"} for letters in sides.values())
    work = house.services.review.open(house.project_id, house.id_of("Cleo"), first(house).task_id)
    place = first(house)
    said = {
        lane.letter: lane.annotations.segments_in("content", 11_000_000, 12_000_000)[0].label for lane in work.lanes
    }
    assert said == {letter: choice.label for letter, choice in place.sides}


def test_only_an_item_that_has_changed_is_compared_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from annodesk.services import alike

    look(house)
    compared = []
    real = alike.find_disagreements
    monkeypatch.setattr(alike, "find_disagreements", lambda *args: compared.append(1) or real(*args))
    look(house)
    assert compared == []
    place = first(house)
    rule(house, (place, Choice("advert")))
    assert place.key not in {one.key for one in look(house).places}
    assert len(compared) == 1


def test_a_ruling_fills_the_place_in_the_analysts_own_set_as_one_edit(house: House) -> None:
    place = first(house)
    made = rule(house, (place, Choice("advert")))
    assert made.problems == ()
    (ruled,) = made.ruled
    annotations, edits = house.services.annotate.reload(ruled.set_id)
    assert timeline(annotations) == [(0.0, 10.0, ("speech",)), (10.0, 25.0, ("advert",)), (25.0, 40.0, ("speech",))]
    assert [edit.id for edit in edits][-1] == ruled.edit_id
    assert edits[-1].note.keys() == {"batch"}
    assert made.is_whole
    assert made.is_held


class AsHandedIn(random.Random):
    """Leaves the sides in the order in which they were handed in: Ada's is A."""

    def shuffle(self, x: object) -> None:
        """Nothing changes places."""


def test_the_same_choice_means_the_same_label_whatever_its_letter(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "rng_of", lambda *_: AsHandedIn())
    places = look(house).of(PAIR)
    assert len({next(letter for letter, c in p.sides if c == Choice("advert")) for p in places}) == 2
    for place in places:
        (ruled,) = rule(house, (place, Choice("advert"))).ruled
        assert (10.0, 25.0, ("advert",)) in own_set(house, ruled.set_id)


def test_an_item_with_more_to_rule_is_not_whole(house: House) -> None:
    place = next(p for p in look(house).of(PAIR) if p.title == "episode-3")
    made = rule(house, (place, Choice("music")))
    assert not made.is_whole
    both = [p for p in look(house).places if p.title == "episode-3"]
    assert [p.dispute.part for p in both] == ["policy"]
    assert rule(house, (both[0], Choice("none"))).is_whole


def test_several_places_of_one_item_are_an_edit_each(house: House) -> None:
    wanted = [p for p in look(house).places if p.title == "episode-3"]
    made = rule(house, *((p, p.dispute.choices[0]) for p in wanted))
    assert len({ruled.edit_id for ruled in made.ruled}) == 2
    assert made.is_whole


def test_an_edge_is_ruled_half_way(house: House) -> None:
    place = next(p for p in look(house).places if p.dispute.kind == "boundary")
    (ruled,) = rule(house, (place, HALF_WAY)).ruled
    assert (10.0, 27.0, ("music",)) in own_set(house, ruled.set_id)


def test_a_batch_is_taken_back_ruling_by_ruling(house: House) -> None:
    wanted = [p for p in look(house).places if p.title in ("episode-0", "episode-3")]
    made = [ruled for p in wanted for ruled in rule(house, (p, p.dispute.choices[0])).ruled]
    back = house.services.alike.take_back(made)
    assert [p.key for p in back.places] == [p.key for p in wanted]
    assert back.problems == ()
    assert {p.key for p in wanted} <= {p.key for p in look(house).places}
    assert (10.0, 25.0, ("advert",)) not in own_set(house, made[0].set_id)


def test_a_ruling_that_was_changed_since_is_left_and_told(house: House) -> None:
    place = first(house)
    (ruled,) = rule(house, (place, Choice("advert"))).ruled
    work = house.services.review.open(house.project_id, house.id_of("Cleo"), place.task_id)
    letter = next(letter for letter, choice in place.sides if choice == Choice("music"))
    house.do(work, decisions.take(work, work.disagreements[0], letter))
    back = house.services.alike.take_back([ruled])
    assert back.places == ()
    assert "changed since" in back.problems[0]
    assert back.problems[0].startswith(place.title)
    assert (10.0, 25.0, ("music",)) in own_set(house, ruled.set_id)


def test_taken_back_twice_is_taken_back_once(house: House) -> None:
    ruled = rule(house, (first(house), Choice("advert"))).ruled
    house.services.alike.take_back(ruled)
    assert "taken back already" in house.services.alike.take_back(ruled).problems[0]


def test_a_review_taken_for_a_batch_is_given_back_with_its_rulings(house: House) -> None:
    place = first(house)
    (ruled,) = rule(house, (place, Choice("advert"))).ruled
    assert state_of(house, place.task_id) is SlotState.LEASED
    house.services.alike.let_go(house.id_of("Cleo"), [place.task_id])
    assert state_of(house, place.task_id) is SlotState.EXPIRED
    assert is_free(house, place.task_id)
    work = house.services.review.open(house.project_id, house.id_of("Cleo"), place.task_id)
    assert work.session.locked == ""
    assert decisions.ruling(work.session.annotations, work.disagreements[0])
    assert ruled.set_id == work.set_id


def test_a_review_given_back_may_be_taken_by_another_analyst(house: House) -> None:
    from annodesk.model.work import Role

    house.people["Dora"] = house.services.people.add(house.project_id, "Dora", Role.ANALYST)
    place = first(house)
    rule(house, (place, Choice("advert")))
    assert "taken this review" in rule(house, (place, Choice("music")), name="Dora").problems[0]
    house.services.alike.let_go(house.id_of("Cleo"), [place.task_id])
    assert len(rule(house, (place, Choice("music")), name="Dora").ruled) == 1
    refused = rule(house, (place, Choice("music")))
    assert refused.ruled == ()
    assert len(refused.problems) == 1


def test_what_an_analyst_had_begun_by_hand_stays_theirs(house: House) -> None:
    work = house.review()
    place = next(p for p in look(house).places if p.task_id == work.task.id)
    assert not rule(house, (place, place.dispute.choices[0])).is_held


def test_an_item_settled_meanwhile_is_told_in_a_sentence(house: House) -> None:
    place = first(house)
    (ruled,) = rule(house, (place, Choice("advert"))).ruled
    house.services.alike.settle(ruled.set_id)
    again = rule(house, (place, Choice("music")))
    assert again.ruled == ()
    assert again.problems[0].startswith(f"{place.title}: ")
    back = house.services.alike.take_back([ruled])
    assert "settled" in back.problems[0]


def test_settling_what_is_wholly_ruled_settles_the_item(house: House) -> None:
    place = first(house)
    (ruled,) = rule(house, (place, Choice("advert"))).ruled
    house.services.alike.settle(ruled.set_id)
    with house.services.file.read() as db:
        assert figures.item_state(db, place.item_id).value == "settled"
    assert place.title not in {p.title for p in look(house).places}


def test_what_was_ruled_already_is_not_ruled_again(house: House) -> None:
    place = first(house)
    rule(house, (place, Choice("advert")))
    assert "ruled already" in rule(house, (place, Choice("music"))).problems[0]


def test_the_place_just_ruled_is_the_same_as_the_one_that_is_found(house: House) -> None:
    found = look(house)
    work = house.review()
    made = [place_in(work, d) for d in work.disagreements]
    assert [p.key for p in made if p] == [p.key for p in found.places if p.task_id == work.task.id]
    assert [p.sides for p in made if p] == [p.sides for p in found.places if p.task_id == work.task.id]


# Most alike first


def tone(path: Path, hz: float, seconds: int = 40, rate: int = 8000) -> None:
    t = np.arange(seconds * rate) / rate
    soundfile.write(path, (0.3 * np.sin(2 * np.pi * hz * t)).astype(np.float32), rate)


def test_those_that_sound_like_the_one_just_ruled_come_first(houses: Callable[..., House]) -> None:
    house = houses(items=5)
    for number, hz in enumerate((200, 3000, 205, 2900, 210)):
        tone(house.folder / "media" / f"episode-{number}.wav", hz)
    for number in range(5):
        house.submit("Ada", ALIKE, task=number)
        house.submit("Ben", ADVERT, task=number)
    house.round()
    like, *others = sorted(look(house).of(PAIR), key=lambda place: place.title)
    found = house.services.alike.in_order(like, others)
    assert [place.title for place in found][:2] == ["episode-2", "episode-4"]
    assert [place.title for place in house.services.alike.in_order(like, others[::-1])] == [p.title for p in found]


def test_without_the_recording_the_length_decides(houses: Callable[..., House]) -> None:
    house = houses(items=3)
    lengths = (15, 5, 14)
    for number, length in enumerate(lengths):
        said = ((0, 10, "speech"), (10, 10 + length, "advert"), (10 + length, 40, "speech"))
        house.submit("Ada", tuple((a, b, "music" if label == "advert" else label) for a, b, label in said), task=number)
        house.submit("Ben", said, task=number)
    house.round()
    for path in (house.folder / "media").iterdir():
        path.unlink()
    like, *others = sorted(look(house).of(PAIR), key=lambda place: place.title)
    assert like.sound is None
    assert [p.title for p in house.services.alike.in_order(like, others)] == ["episode-2", "episode-1"]


def test_disputed_words_carry_what_stands_around_them(houses: Callable[..., House]) -> None:
    from annodesk.model.annotations import Span
    from annodesk.model.ids import new_id

    house = houses(items=2, with_text=True)
    for number in range(2):
        work = house.open("Ada", number)
        text = work.text
        assert text is not None
        at = text.text.index("Ana Lua")
        for name, label in (("Ada", "artist"), ("Ben", "track")):
            house.submit(name, ALIKE, Span(new_id(), text.asset_id, "entity", at, at + 7, (label,)), task=number)
    house.round()
    places = look(house).of(Dispute("entity", "span", (Choice("artist"), Choice("track"))))
    assert [(p.before, p.words) for p in places] == [("A word on ", "Ana Lua")] * 2
    assert len(house.services.alike.in_order(places[0], places[1:])) == 1
    (ruled,) = rule(house, (places[0], Choice("track"))).ruled
    annotations, _ = house.services.annotate.reload(ruled.set_id)
    assert [span.labels for span in annotations.spans()] == [("track",)]


@pytest.fixture
def shared_house(houses: Callable[..., House], shared: Path) -> House:
    """Real recordings with planted disagreement."""
    import shutil

    house = houses(items=1)
    found = sorted((shared / "data" / "audio" / "esc10").rglob("*.ogg"))
    for path in found[:40:8]:
        shutil.copy(path, house.folder / "media")
    house.services.items.add(house.project_id, [house.folder / "media"])
    house.round()
    return house


def test_planted_disagreements_on_real_recordings_are_found_ordered_and_ruled(shared_house: House) -> None:
    house = shared_house
    count = len(house.tasks())
    assert count >= 4
    for number in range(count):
        half = house.open("Ada", number).task.end_us / 2e6
        house.submit("Ada", ((0, half, "speech"), (half, 9999, "music")), task=number)
        house.submit("Ben", ((0, half, "speech"), (half, 9999, "advert")), task=number)
    house.round()
    like, *others = look(house).of(PAIR)
    assert len(others) == count - 1
    ordered = house.services.alike.in_order(like, others)
    assert {p.key for p in ordered} == {p.key for p in others}
    made = [rule(house, (place, Choice("advert"))) for place in ordered]
    assert all(one.is_whole and not one.problems for one in made)
