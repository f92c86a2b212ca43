"""An item may have several videos; one may be put earlier or later against the others, and back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from annodesk.errors import WorkflowError
from annodesk.model.items import Item
from annodesk.store import tables as t
from tests.services.made import House, make_recording


@pytest.fixture
def filmed(house: House, tmp_path: Path, shared: Path) -> tuple[House, Item]:
    """An item with a video, two more from other sides, and one that is gone."""
    folder = tmp_path / "filmed"
    folder.mkdir()
    source = shared / "data/video/cvat_test.mp4"
    for name in ("talk.mp4", "talk.left.mp4", "talk.right.mp4"):
        shutil.copyfile(source, folder / name)
        with (folder / name).open("ab") as file:
            file.write(name.encode())
    house.services.items.add(house.project_id, [folder])
    (folder / "talk.right.mp4").unlink()
    return house, next(item for item in house.services.items.every(house.project_id) if item.key == "talk")


def test_videos_from_other_sides_belong_to_the_item_they_are_named_after(filmed: tuple[House, Item]) -> None:
    _, item = filmed
    assert [(a.role, a.order) for a in item.assets] == [("main", 0), ("left", 1), ("right", 2)]


def test_another_take_of_a_sound_stays_an_item_of_its_own(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "takes"
    folder.mkdir()
    for seed, name in enumerate(("take.wav", "take.final.wav")):
        make_recording(folder / name, 2, 40 + seed)
    assert house.services.items.add(house.project_id, [folder]).items == 2


def test_an_opened_task_tells_its_videos_and_which_are_missing(filmed: tuple[House, Item]) -> None:
    house, item = filmed
    house.round()
    cards = house.services.tasks.cards(house.project_id, house.id_of("Ada"))
    work = house.open("Ada", next(card.task_id for card in cards if card.item_id == item.id))
    assert [(v.name, v.role, v.keeps_time, v.path is not None) for v in work.videos] == [
        ("talk.mp4", "main", True, True),
        ("talk.left.mp4", "left", False, True),
        ("talk.right.mp4", "right", False, False),
    ]
    assert "talk.right.mp4 is not in" in work.videos[2].problem


def test_a_moved_video_begins_there_for_everybody_and_the_history_says_who(filmed: tuple[House, Item]) -> None:
    house, item = filmed
    left = item.assets[1]
    moved = house.services.videos.move(item.id, left.id, -80_000, house.id_of("Ada"))
    assert (moved.before_us, moved.offset_us) == (0, -80_000)
    back = house.services.videos.move(item.id, left.id, moved.before_us, house.id_of("Ben"))
    assert back.before_us == -80_000
    with house.services.file.read() as db:
        rows = db.execute(select(t.state_change).where(t.state_change.c.subject == "asset")).all()
    assert [(row.before, row.after, row.by) for row in rows] == [
        ("0", "-80000", house.id_of("Ada")),
        ("-80000", "0", house.id_of("Ben")),
    ]


def test_the_video_that_time_is_counted_by_cannot_be_moved(filmed: tuple[House, Item]) -> None:
    house, item = filmed
    with pytest.raises(WorkflowError, match="Time is counted by this recording"):
        house.services.videos.move(item.id, item.assets[0].id, 1, house.id_of("Ada"))


def test_a_video_of_another_item_cannot_be_moved(filmed: tuple[House, Item]) -> None:
    house, item = filmed
    with pytest.raises(WorkflowError, match="does not belong"):
        house.services.videos.move(item.id, "nobody", 1, house.id_of("Ada"))


def test_moves_are_taken_back_and_made_again_one_by_one(filmed: tuple[House, Item]) -> None:
    house, item = filmed
    videos, ada, left, right = house.services.videos, house.id_of("Ada"), item.assets[1].id, item.assets[2].id
    videos.move(item.id, left, 40_000, ada)
    videos.move(item.id, right, 70_000, ada)
    videos.move(item.id, left, 90_000, ada)
    taken = [videos.take_step(item.id, ada, which) for which in ("undo", "undo", "redo", "undo", "undo", "undo")]
    assert [(one.asset_id, one.offset_us) if one else None for one in taken] == [
        (left, 40_000), (right, 0), (right, 70_000), (right, 0), (left, 0), None,
    ]  # fmt: skip
    videos.move(item.id, left, 10_000, ada)
    assert videos.next_step(item.id, ada, "redo") is None


def test_what_somebody_else_has_moved_since_is_not_taken_back(filmed: tuple[House, Item]) -> None:
    house, item = filmed
    videos, left, right = house.services.videos, item.assets[1].id, item.assets[2].id
    videos.move(item.id, right, 70_000, house.id_of("Ada"))
    videos.move(item.id, left, 40_000, house.id_of("Ada"))
    videos.move(item.id, left, 50_000, house.id_of("Ben"))
    step = videos.next_step(item.id, house.id_of("Ada"), "undo")
    assert step is not None
    assert step.asset_id == right
