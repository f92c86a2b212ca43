"""A build shows a sketch at once, is taken up where it was interrupted, and never passes one file off as another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from annodesk.errors import Cancelled
from annodesk.media import cache, peaks
from annodesk.media.peaks import Peaks
from annodesk.progress import CancelToken

RATE_HZ = 44100


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("ANNODESK_CACHE", str(folder))
    monkeypatch.setattr(peaks, "_SHOWN_EVERY_S", 0.0)  # recordings of tests are soon read
    return folder


def _noise(minutes: float, seed: int = 1) -> NDArray[np.int16]:
    """Noise whose loudness changes every second, (n, 2)."""
    n = int(minutes * 60) * RATE_HZ
    rng = np.random.default_rng(seed)
    loudness = np.repeat(rng.integers(100, 32000, n // RATE_HZ), RATE_HZ)
    values = rng.integers(-100, 101, (n, 2), dtype=np.int32) * loudness[:, None] // 100
    return values.astype(np.int16)


@pytest.fixture(scope="module")
def ten_minutes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "ten minutes.wav"
    soundfile.write(path, _noise(10), RATE_HZ, "PCM_16")
    return path


def _all(built: Peaks) -> tuple[list[int], list[int]]:
    mins, maxs = built.columns(0, 4096, built.samples // 4096 + 1, 1)
    return mins.tolist(), maxs.tolist()


def _build_and_stop(path: Path, after: int) -> int:
    """Build until so many samples are known, and stop there; returns how many were."""
    token, known = CancelToken(), 0

    def look(partial: Peaks) -> None:
        nonlocal known
        known = partial.known_samples
        if known >= after:
            token.cancel()

    with pytest.raises(Cancelled):
        peaks.build(path, cancel=token, on_partial=look)
    return known


def test_the_whole_is_sketched_before_much_of_it_is_known(ten_minutes: Path) -> None:
    seen: list[tuple[int, float]] = []
    finest: list[NDArray[np.int16]] = []

    def look(partial: Peaks) -> None:
        if partial.sketch is not None:
            _, maxs = partial.columns(0, partial.samples / 100, 100)
            seen.append((partial.known_samples, float((maxs > 0).mean())))
            if partial.known_samples == 0:
                finest[:] = [maxs]

    built = peaks.build(ten_minutes, on_partial=look)
    assert seen[0][0] == 0
    assert seen[0][1] > 0.95
    _, true = built.columns(0, built.samples / 100, 100)
    assert (finest[0] <= true).all()
    assert np.corrcoef(finest[0], true)[0, 1] > 0.5
    assert built.sketch is None


def test_what_is_known_is_never_overdrawn_by_the_sketch(ten_minutes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peaks, "_THREADS", 1)  # two know a little more each time as chance will have it
    expected = _all(peaks.build(ten_minutes))
    cache.forget(cache.known_print(ten_minutes))
    compared = []

    def look(partial: Peaks) -> None:
        whole = partial.known_samples // 4096
        if whole > 0:
            mins, maxs = _all(partial)
            compared.append(mins[:whole] == expected[0][:whole] and maxs[:whole] == expected[1][:whole])

    peaks.build(ten_minutes, on_partial=look)
    assert len(compared) > 5
    assert all(compared)


def test_a_stopped_build_is_taken_up_where_it_was(ten_minutes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peaks, "_THREADS", 1)
    expected = _all(peaks.build(ten_minutes))
    cache.forget(cache.known_print(ten_minutes))
    known = _build_and_stop(ten_minutes, 10_000_000)
    assert peaks.open_or_none(ten_minutes) is None
    begins: list[int] = []
    again = peaks.build(ten_minutes, on_partial=lambda partial: begins.append(partial.known_samples))
    assert next(filter(None, begins)) >= known >= 10_000_000
    assert _all(again) == expected
    kept = peaks.open_or_none(ten_minutes)
    assert kept is not None
    assert _all(kept) == expected


_KILLED = """
import sys, time
from annodesk.media import peaks, peaks_file
peaks._THREADS, peaks._SHOWN_EVERY_S, peaks_file._SAVED_EVERY_S = 1, 0, 0
def look(partial):
    if partial.known_samples > 12_000_000:
        print(partial.known_samples, flush=True)
        time.sleep(60)
peaks.build(sys.argv[1], on_partial=look)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_a_build_killed_with_its_process_is_taken_up_where_it_was(ten_minutes: Path) -> None:
    expected = _all(peaks.build(ten_minutes))
    cache.forget(cache.known_print(ten_minutes))
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(ten_minutes)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        known = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
    begins: list[int] = []
    again = peaks.build(ten_minutes, on_partial=lambda partial: begins.append(partial.known_samples))
    assert next(filter(None, begins)) >= known > 12_000_000
    assert _all(again) == expected


@pytest.mark.parametrize("kind", ["flac", "mp3", "m4a", "webm"])
def test_a_stopped_build_of_a_compressed_recording_is_taken_up(
    recordings: dict[str, Path], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = np.array(_all(peaks.build(recordings[kind])))
    cache.forget(cache.known_print(recordings[kind]))
    monkeypatch.setattr(peaks, "_SHOWN_AFTER", 1)
    for frames in ("BLOCK_FRAMES", "_PLAIN_BLOCK_FRAMES"):
        monkeypatch.setattr(peaks, frames, 1 << 14)
    known = _build_and_stop(recordings[kind], 200_000)
    begins: list[int] = []
    again = peaks.build(recordings[kind], on_partial=lambda partial: begins.append(partial.known_samples))
    assert begins[0] >= known >= 200_000
    assert np.abs(np.array(_all(again)) - expected).max() <= 64


def test_two_builds_at_once_give_the_same_and_neither_waits_for_the_other(ten_minutes: Path) -> None:
    inner: list[Peaks] = []

    def look(partial: Peaks) -> None:
        if partial.known_samples and not inner:
            inner.append(peaks.build(ten_minutes))

    outer = peaks.build(ten_minutes, on_partial=look)
    assert _all(inner[0]) == _all(outer)
    kept = peaks.open_or_none(ten_minutes)
    assert kept is not None
    assert _all(kept) == _all(outer)


def test_a_growing_file_is_built_anew_each_time_it_has_grown(tmp_path: Path, ten_minutes: Path) -> None:
    whole = ten_minutes.read_bytes()
    path = tmp_path / "copying.wav"
    for share in (0.3, 0.7):
        path.write_bytes(whole[: int(len(whole) * share)])
        part = peaks.build(path)
        assert part.breaks_off
        assert part.known_samples == pytest.approx(share * 600 * RATE_HZ, rel=0.01)
    path.write_bytes(whole)
    assert peaks.open_or_none(path) is None
    complete = peaks.build(path)
    assert complete.is_complete
    assert not complete.breaks_off
    assert _all(complete) == _all(peaks.build(ten_minutes))


def test_peaks_of_a_file_that_grows_during_the_build_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "growing.wav"
    soundfile.write(path, _noise(2), RATE_HZ, "PCM_16")
    place = cache.derived(path, peaks.KIND, peaks.VERSION)
    before = path.read_bytes()

    def grow(partial: Peaks) -> None:
        with path.open("ab") as file:
            file.write(b"more")

    assert peaks.build(path, on_partial=grow).samples == 120 * RATE_HZ
    path.write_bytes(before)
    assert cache.derived(path, peaks.KIND, peaks.VERSION) == place
    assert peaks.open_or_none(path) is None
    assert peaks.build(path).is_complete


def test_peaks_of_a_replaced_file_are_never_another_s(tmp_path: Path) -> None:
    first, second = _noise(2, seed=3), np.zeros((120 * RATE_HZ, 2), np.int16)
    path, other = tmp_path / "a.wav", tmp_path / "b.wav"
    soundfile.write(path, first, RATE_HZ, "PCM_16")
    soundfile.write(other, second, RATE_HZ, "PCM_16")

    def replace(partial: Peaks) -> None:
        if other.exists():
            other.replace(path)

    peaks.build(path, on_partial=replace)
    silent = peaks.build(path)
    assert not np.array(_all(silent)).any()
    soundfile.write(path, first, RATE_HZ, "PCM_16")
    assert np.array(_all(peaks.build(path))).any()


def test_a_file_that_vanishes_during_the_build_is_known_up_to_there_and_taken_up_when_it_is_back(
    tmp_path: Path, ten_minutes: Path
) -> None:
    path = tmp_path / "drive" / "a.wav"
    path.parent.mkdir()
    path.write_bytes(ten_minutes.read_bytes())
    status = path.stat()

    def pull(partial: Peaks) -> None:
        if partial.known_samples and path.stat().st_size:
            os.truncate(path, 0)  # what a lost connection looks like to who has the file open
            path.rename(tmp_path / "gone.wav")

    try:
        part = peaks.build(path, on_partial=lambda partial: pull(partial) if path.exists() else None)
    finally:
        path.write_bytes(ten_minutes.read_bytes())
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert part.breaks_off
    assert 0 < part.known_samples < part.samples
    assert peaks.open_or_none(path) is None
    begins: list[int] = []
    again = peaks.build(path, on_partial=lambda partial: begins.append(partial.known_samples))
    assert min(filter(None, begins)) >= part.known_samples
    assert _all(again) == _all(peaks.build(ten_minutes))


def test_where_the_cache_cannot_be_written_peaks_lie_in_memory(
    ten_minutes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _all(peaks.build(ten_minutes))
    (tmp_path / "file").touch()
    monkeypatch.setenv("ANNODESK_CACHE", str(tmp_path / "file" / "cache"))
    assert _all(peaks.build(ten_minutes)) == expected


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="room cannot be reserved here")
def test_where_the_disk_is_full_peaks_lie_in_memory(ten_minutes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: int, offset: int, length: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    built = peaks.build(ten_minutes)
    assert built.is_complete
    assert peaks.open_or_none(ten_minutes) is None
    assert not cache.derived(ten_minutes, peaks.KIND, peaks.VERSION).exists()


def test_a_break_in_the_second_thread_s_part_hides_nothing_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peaks, "_PIECE_SAMPLES", 1 << 14)
    path = tmp_path / "broken.flac"
    soundfile.write(path, _noise(2), RATE_HZ, format="FLAC")
    body = bytearray(path.read_bytes())
    at = len(body) * 2 // 3
    body[at : at + 200_000] = bytes(200_000)
    path.write_bytes(body)
    built = peaks.build(path)
    assert built.known_samples / built.samples == pytest.approx(2 / 3, abs=0.05)
    assert built.breaks_off
