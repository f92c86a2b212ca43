"""Confusion matrices of a project's annotators: from independent answers alone, and only for who may see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annodesk.model.items import Item
from annodesk.model.work import ItemState, Role, SlotState
from annodesk.services import confusion
from annodesk.services.confusion import ConfusionMatrices
from annodesk.store import items, projects, tasks
from tests.services.made import House, make_house

ITEMS = 6


@pytest.fixture
def labelled(tmp_path: Path) -> Iterator[House]:
    """Three people label six recordings; Cid calls each advert music, and misses the last stretch of one."""
    house = make_house(tmp_path, items=ITEMS, people=("Ada", "Ben", "Cid"), overlap=3)
    advert = ((0, 10, "speech"), (10, 25, "advert"), (25, 40, "speech"))
    music = ((0, 10, "speech"), (10, 25, "music"), (25, 40, "speech"))
    for n in range(ITEMS):
        for name in ("Ada", "Ben"):
            house.submit(name, advert if n < 4 else music, task=n, quality=n % 3 + 1 if n < 4 else 1)
        house.submit("Cid", music if n else music[:2], task=n, quality=1)
    house.round()
    yield house
    house.services.close()


def of(house: House, part: str, name: str = "Cleo", label: str | None = None) -> ConfusionMatrices:
    return house.services.quality.confusion_matrices(house.project_id, part, house.id_of(name), label=label)


def row(found: ConfusionMatrices, name: str, label: str) -> dict[str, float]:
    (matrix,) = [one for one in found.people if one.name == name]
    return dict(zip(found.labels, matrix.shares[found.labels.index(label)], strict=True))


def test_an_analyst_sees_who_takes_what_for_what_on_a_tier(labelled: House) -> None:
    found = of(labelled, "content")
    assert found.reason == ""
    assert found.labels == ("speech", "music", "advert", "")
    assert (found.items, found.places) == (ITEMS, 3 * ITEMS)
    assert [one.name for one in found.people] == ["Ada", "Ben", "Cid"]
    assert row(found, "Cid", "advert")["music"] == pytest.approx(1.0, abs=1e-3)
    assert row(found, "Ada", "advert")["advert"] == pytest.approx(1.0, abs=1e-3)
    assert row(found, "Cid", "speech")["speech"] > 0.9
    assert 0 < row(found, "Cid", "speech")[""] < 0.1


def test_settled_answers_come_with_their_probability_the_doubtful_ones_first(labelled: House) -> None:
    found = of(labelled, "content")
    assert [one.probability for one in found.answers] == sorted(one.probability for one in found.answers)
    states = {item.key: state for item, state in _states(labelled)}
    settled = {key for key, state in states.items() if state is ItemState.SETTLED}
    assert {one.item for one in found.answers} == settled
    assert 0 < len(settled) < ITEMS
    first = [(one.at, one.label) for one in found.answers if one.item == "episode-4"]
    assert sorted(first) == [(0, "speech"), (10_000_000, "music"), (25_000_000, "speech")]


def _states(house: House) -> list[tuple[Item, ItemState]]:
    with house.services.file.read() as db:
        states = items.item_states(db, house.project_id)
        return [(item, states[item.id]) for item in items.list_items(db, house.project_id)]


def test_one_label_is_held_against_all_else(labelled: House) -> None:
    found = of(labelled, "content", label="advert")
    assert set(found.labels) == {"", "advert"}
    assert row(found, "Cid", "advert")[""] == pytest.approx(1.0, abs=1e-3)


def test_ratings_and_choices_are_counted_per_item(labelled: House) -> None:
    found = of(labelled, "quality")
    assert found.places == ITEMS
    assert set(found.labels) == {"1", "2", "3"}
    assert row(found, "Cid", "3")["1"] == pytest.approx(1.0, abs=1e-3)


def test_what_nobody_answered_says_why_there_is_nothing(labelled: House) -> None:
    for part in ("format", "events", "entity"):
        assert of(labelled, part).reason == "No item has ratings by two people."
    assert "not in the project" in of(labelled, "nonsense").reason


def test_an_annotator_sees_their_own_alone_and_only_of_many_settled_answers(
    labelled: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = of(labelled, "content", "Cid")
    assert (few.people, few.answers) == ((), ())
    assert "once 20 of your answers are settled" in few.reason
    monkeypatch.setattr(confusion, "LEAST_OWN", 1)
    own = of(labelled, "policy", "Cid")
    settled = labelled.status()["settled"]
    assert own.items == settled
    assert settled in range(1, ITEMS)
    assert [one.name for one in own.people] == ["Cid"]
    assert own.answers == ()


def test_aided_answers_do_not_count(labelled: House) -> None:
    before = of(labelled, "content")
    with labelled.services.file.write() as db:
        claim = tasks.claim_of(db, labelled.tasks()[1], labelled.id_of("Cid"))
        assert claim is not None
        assert claim.set_id is not None
        tasks.note_suggestions_seen(db, claim.set_id, claim.made_at_us)
    after = of(labelled, "content")
    seen = [sum(one.seen) for found in (before, after) for one in found.people if one.name == "Cid"]
    assert seen[0] - seen[1] == pytest.approx(3)
    assert after.places == before.places


def test_an_item_that_the_analyst_labels_themselves_is_left_out(labelled: House) -> None:
    with labelled.services.file.write() as db:
        projects.add_role(db, labelled.project_id, labelled.id_of("Ben"), Role.ANALYST)
        claim = tasks.claim_of(db, labelled.tasks()[0], labelled.id_of("Ben"))
        assert claim is not None
        tasks.set_claim_state(db, claim, SlotState.RECALLED, claim.person_id, labelled.clock())
    assert of(labelled, "content", "Ben").items == ITEMS - 1
    assert of(labelled, "content").items == ITEMS


def test_nothing_handed_in_is_told_and_not_a_failure(houses: Callable[..., House]) -> None:
    assert of(houses(), "content").reason == "No item has ratings by two people."
