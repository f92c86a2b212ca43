"""A file that is not the one an item was made with is told from the one that is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annodesk.media import cache
from annodesk.model.items import Asset
from annodesk.services.copies import copy_warning
from tests.services.made import House, make_recording


@pytest.fixture
def recorded(house: House) -> tuple[Asset, Path]:
    """The first recording of the project, and where it is."""
    item = house.services.items.every(house.project_id)[0]
    asset = item.assets[0]
    return asset, house.open("Ada").media_path or Path()


def test_the_same_file_and_one_moved_or_touched_are_no_other_copy(recorded: tuple[Asset, Path]) -> None:
    asset, path = recorded
    assert copy_warning(asset, path) == ""
    os.utime(path, ns=(1, 1))
    assert copy_warning(asset, path) == ""
    moved = path.rename(path.with_name("moved elsewhere.wav"))
    assert copy_warning(asset, moved) == ""


def test_another_recording_under_the_name_is_told_and_the_first_one_put_back_is_not(
    recorded: tuple[Asset, Path],
) -> None:
    asset, path = recorded
    kept = path.rename(path.with_name("kept.wav"))
    make_recording(path, 7, seed=99)
    assert (
        copy_warning(asset, path) == f"Another copy than this item was made with; segments may not fit it: {path.name}"
    )
    os.replace(kept, path)
    assert copy_warning(asset, path) == ""


def test_a_change_that_the_quick_print_misses_is_told_by_the_whole_files_hash(
    house: House, recorded: tuple[Asset, Path]
) -> None:
    asset, path = recorded
    house.services.items.hash_assets(house.project_id)
    hashed = next(
        one for item in house.services.items.every(house.project_id) for one in item.assets if one.id == asset.id
    )
    assert hashed.sha256 is not None
    assert copy_warning(hashed, path) == ""
    cache.confirm(path, "0" * 64)
    assert "Another copy" in copy_warning(hashed, path)


def test_a_file_that_is_gone_is_not_called_another_copy(recorded: tuple[Asset, Path]) -> None:
    asset, path = recorded
    path.unlink()
    assert copy_warning(asset, path) == ""
