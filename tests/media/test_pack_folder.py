"""The folder of fetched media: what goes first when there is no room, what leases hold, what is taken away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annodesk.errors import MediaError
from annodesk.media.pack_folder import PackFolder

KB = 1000


@pytest.fixture
def folder(tmp_path: Path) -> PackFolder:
    return PackFolder(tmp_path / "fetched", cap_bytes=10 * KB)


def put(folder: PackFolder, name: str, age: int, size: int = 3 * KB) -> Path:
    place = folder.place(f"http://example.org/{name}.wav", None)
    place.write_bytes(b"x" * size)
    os.utime(place, (1_000_000 - age, 1_000_000 - age))
    return place


def test_what_was_unused_for_longest_goes_first(folder: PackFolder) -> None:
    old, newer, newest = put(folder, "old", 30), put(folder, "newer", 20), put(folder, "newest", 10)
    assert folder.find("http://example.org/old.wav", None) == old, "finding counts as use"
    folder.make_room(3 * KB)
    assert [p.exists() for p in (old, newer, newest)] == [True, False, True]


def test_what_a_lease_holds_is_never_deleted_for_room(folder: PackFolder) -> None:
    old, newer = put(folder, "old", 30), put(folder, "newer", 20)
    folder.hold(old, "lease")
    folder.make_room(6 * KB)
    assert [p.exists() for p in (old, newer)] == [True, False]
    with pytest.raises(MediaError, match="no room for"):
        folder.make_room(8 * KB)
    assert old.exists()


def test_a_pack_is_deleted_with_its_lease_and_leaves_what_others_hold(folder: PackFolder) -> None:
    mine, both, free = put(folder, "mine", 1), put(folder, "both", 1), put(folder, "free", 1)
    for lease in ("one", "two"):
        folder.hold(both, lease)
    folder.hold(mine, "one")
    assert folder.delete_pack("one") == 3 * KB
    assert [p.exists() for p in (mine, both, free)] == [False, True, True]
    assert folder.delete_pack("one") == 0
    assert PackFolder(folder.folder).held() == {both.name}
    assert folder.keep_packs(["none"]) == 3 * KB
    assert not both.exists()


def test_what_is_taken_down_goes_whoever_holds_it(folder: PackFolder) -> None:
    place = put(folder, "gone", 1)
    folder.hold(place, "lease")
    folder.delete("http://example.org/gone.wav", None)
    assert not place.exists()
    assert folder.held() == set()


def test_hostile_lease_names_stay_in_the_folder(folder: PackFolder, tmp_path: Path) -> None:
    for lease in ("../../x", "a/b", "", "\x00", "." * 300):
        folder.hold(put(folder, "one", 1), lease)
        folder.delete_pack(lease)
    assert {p.name for p in tmp_path.iterdir()} == {"fetched"}


def test_a_hash_that_is_none_is_refused(folder: PackFolder) -> None:
    with pytest.raises(MediaError, match="is not a sha256"):
        folder.place("http://example.org/a.wav", "../../etc")


def test_a_half_fetched_file_belongs_to_one_fetch_at_a_time(folder: PackFolder) -> None:
    place = folder.place("http://example.org/one.wav", None)
    with folder.unfinished(place) as first:
        first.write_bytes(b"half")
        with folder.unfinished(place) as second:
            assert second != first
            assert second.read_bytes() == b""
    with folder.unfinished(place) as again:
        assert again.read_bytes() == b"half"


def test_a_half_fetched_file_of_a_program_that_was_killed_is_gone_on_with(folder: PackFolder) -> None:
    place = folder.place("http://example.org/one.wav", None)
    left = place.with_name(f"{place.name}.1-1.claimed")
    left.write_bytes(b"half")
    with folder.unfinished(place) as fresh:
        assert fresh.read_bytes() == b"", "it may still be written to"
    os.utime(left, (0, 0))
    with folder.unfinished(place) as mine:
        assert mine.read_bytes() == b"half"
