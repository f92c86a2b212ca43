"""Derived files are found again, never mistaken, and never more than allowed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annodesk.errors import MediaError
from annodesk.media import cache


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("ANNODESK_CACHE", str(folder))
    return folder


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recording.bin"
    path.write_bytes(os.urandom(3_000_000))
    return path


def _keep(recording: Path, kind: str, body: bytes) -> Path:
    place = cache.derived(recording, kind, 1)
    with cache.writing(place) as temporary:
        temporary.write_bytes(body)
    return place


def test_a_derived_file_is_found_again_under_another_name(recording: Path, tmp_path: Path) -> None:
    _keep(recording, "peaks", b"shape")
    moved = recording.rename(tmp_path / "renamed.bin")
    assert cache.derived(moved, "peaks", 1).read_bytes() == b"shape"
    assert not cache.derived(moved, "peaks", 2).exists()
    assert not cache.derived(moved, "frames", 1).exists()


@pytest.mark.parametrize("at", [0, 65_535, 2_999_999])
def test_the_quick_print_changes_with_the_sampled_blocks_and_the_size(recording: Path, at: int) -> None:
    before = cache.quick_print(recording)
    body = bytearray(recording.read_bytes())
    body[at] ^= 1
    recording.write_bytes(body)
    changed = cache.quick_print(recording)
    recording.write_bytes(body + b"x")
    assert len({before, changed, cache.quick_print(recording)}) == 3


def test_a_small_file_is_told_by_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "small.bin"
    prints = set()
    for k in range(0, 900_000, 90_000):
        body = bytearray(900_000)
        body[k] = 1
        path.write_bytes(body)
        prints.add(cache.quick_print(path))
    assert len(prints) == 10


def test_a_file_changed_in_place_between_the_sampled_blocks_loses_its_derived_files(recording: Path) -> None:
    _keep(recording, "peaks", b"old shape")
    before = cache.known_print(recording)
    with recording.open("r+b") as file:
        file.seek(100_000)
        file.write(b"????")
    status = recording.stat()
    os.utime(recording, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))
    assert cache.known_print(recording) == before
    assert not cache.derived(recording, "peaks", 1).exists()


def test_another_hash_of_the_whole_file_belies_the_quick_print(recording: Path) -> None:
    _keep(recording, "peaks", b"shape")
    assert cache.confirm(recording, "a" * 64)
    assert cache.confirm(recording, "a" * 64)
    assert cache.derived(recording, "peaks", 1).exists()
    assert not cache.confirm(recording, "b" * 64)
    assert not cache.derived(recording, "peaks", 1).exists()


def test_a_failed_write_leaves_the_old_file_and_no_other(recording: Path, own_cache: Path) -> None:
    place = _keep(recording, "peaks", b"old")
    with pytest.raises(RuntimeError), cache.writing(place) as temporary:  # noqa: PT012
        temporary.write_bytes(b"half of the n")
        raise RuntimeError
    assert place.read_bytes() == b"old"
    assert [found.name for found in place.parent.iterdir()] == [place.name]


def test_trimming_deletes_what_was_unused_for_longest(recording: Path) -> None:
    places = [_keep(recording, kind, bytes(1000)) for kind in ("first", "second", "third")]
    for age, place in enumerate(reversed(places)):
        os.utime(place, ns=(0, 10**18 - age * 10**9))
    cache.derived(recording, "first", 1)
    assert cache.trim(2500) == 1000
    assert [place.exists() for place in places] == [True, False, True]
    assert cache.trim(2500) == 0


def test_the_cache_may_vanish_at_any_moment(recording: Path, own_cache: Path) -> None:
    import shutil

    _keep(recording, "peaks", b"shape")
    shutil.rmtree(own_cache)
    assert not cache.derived(recording, "peaks", 1).exists()
    _keep(recording, "peaks", b"again")
    assert cache.derived(recording, "peaks", 1).read_bytes() == b"again"


def test_a_damaged_note_is_written_anew(recording: Path, own_cache: Path) -> None:
    before = cache.known_print(recording)
    for note in own_cache.rglob("*.json"):
        note.write_bytes(b"\xff{not json")
    assert cache.known_print(recording) == before


def test_a_missing_recording_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="is not there"):
        cache.known_print(tmp_path / "gone.wav")
