"""An item may have several recordings: further microphones, and the sound of its videos."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.model.items import Item
from annodesk.services.tasks import TaskWork
from tests.services.made import House, make_recording


@pytest.fixture
def recorded(house: House, tmp_path: Path) -> tuple[House, Item]:
    """An item with a recording, two further microphones and a take of its own beside them."""
    folder = tmp_path / "recorded"
    folder.mkdir()
    for seed, name in enumerate(("talk.wav", "talk.mic1.wav", "talk.mic2.wav", "talk.final.wav")):
        make_recording(folder / name, 2 + seed, 40 + seed)
    house.services.items.add(house.project_id, [folder])
    return house, next(item for item in house.services.items.every(house.project_id) if item.key == "talk")


def opened(house: House, item: Item) -> TaskWork:
    house.round()
    cards = house.services.tasks.cards(house.project_id, house.id_of("Ada"))
    return house.open("Ada", next(card.task_id for card in cards if card.item_id == item.id))


def test_further_microphones_belong_to_the_recording_they_are_named_after(recorded: tuple[House, Item]) -> None:
    house, item = recorded
    assert [(a.role, a.order) for a in item.assets] == [("main", 0), ("mic1", 1), ("mic2", 2)]
    assert "talk.final" in [one.key for one in house.services.items.every(house.project_id)]


def test_an_opened_task_tells_what_else_can_be_heard_and_from_when(recorded: tuple[House, Item]) -> None:
    house, item = recorded
    house.services.videos.move(item.id, item.assets[2].id, 250_000, house.id_of("Ada"))
    sounds = opened(house, item).sounds
    assert [(s.name, s.offset_us, s.channels, s.duration_us) for s in sounds] == [
        ("talk.mic1.wav", 0, 1, 3_000_000),
        ("talk.mic2.wav", 250_000, 1, 4_000_000),
    ]


def test_a_microphone_that_is_gone_is_told_and_the_task_opens(recorded: tuple[House, Item], tmp_path: Path) -> None:
    house, item = recorded
    (tmp_path / "recorded" / "talk.mic1.wav").unlink()
    work = opened(house, item)
    assert work.media_path is not None
    assert [(s.path is None, bool(s.problem)) for s in work.sounds] == [(True, True), (False, False)]
    assert "talk.mic1.wav is not in" in work.sounds[0].problem
