"""The recording shown is made first, is the one on the disk now, and is missed in words when it is gone."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.media import peaks
from annodesk.media.fold import fold_block
from annodesk.ui.jobs import Jobs
from annodesk.ui.timeline import media_watch, wave_source
from annodesk.ui.timeline.media_load import GONE, MediaLoad
from annodesk.ui.timeline.peaks_queue import PeaksQueue, Wanted
from annodesk.ui.timeline.wave_source import WaveSource
from annodesk.ui.timeline.waveform import MediaState

pytestmark = pytest.mark.qt
RATE_HZ = 8000


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNODESK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(media_watch, "LOOK_EVERY_MS", 30)


@pytest.fixture
def jobs(qapp: QApplication) -> Iterator[Jobs]:
    lanes = Jobs()
    yield lanes
    lanes.close()


@pytest.fixture
def media(jobs: Jobs) -> Iterator[MediaLoad]:
    load = MediaLoad(jobs)
    yield load
    load.load(None, 0, "")


def write(path: Path, seconds: float, level: float = 0.5) -> Path:
    """Noise of one loudness."""
    rng = np.random.default_rng(round(level * 100))
    soundfile.write(path, rng.uniform(-level, level, round(seconds * RATE_HZ)), RATE_HZ, "PCM_16")
    return path


def loudest(source: WaveSource | None) -> float:
    """The highest value of the whole picture."""
    assert source is not None
    _, highs = source.columns(0, source.duration_us / 100, 100)
    return float(highs.max())


def is_ready(media: MediaLoad, samples: int) -> bool:
    known = media.source.peaks.known_samples if media.source is not None else -1
    return media.state is MediaState.READY and known == samples


def test_the_picture_is_whole_before_the_recording_has_been_read(
    qtbot: QtBot, media: MediaLoad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peaks, "_SKETCHED_FROM_SAMPLES", 1000)
    shares: list[tuple[float, float]] = []

    def look() -> None:
        source = media.source
        if source is not None and source.is_growing and source.peaks.sketch is not None:
            _, highs = source.columns(0, source.duration_us / 100, 100)
            shares.append((source.peaks.known_samples / source.peaks.samples, float((highs > 0.05).mean())))

    media.changed.connect(look)
    media.load(write(tmp_path / "a.wav", 300, 0.1), 0, "")
    qtbot.waitUntil(lambda: is_ready(media, 300 * RATE_HZ))
    assert shares
    assert all(covered > 0.95 for _, covered in shares)
    assert media.gain == pytest.approx(8.0)


def test_a_stretch_that_is_not_known_yet_is_drawn_from_its_samples(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", 100)
    whole = WaveSource(path, peaks.build(path))
    empty = peaks.Peaks(RATE_HZ, 1, 100 * RATE_HZ, whole.peaks._levels, 0)
    growing = WaveSource(path, empty)
    assert growing.columns(500, 80_000, 200)[1].max() == 0
    growing.is_growing = True
    lows, highs = growing.columns(500, 80_000, 200)
    true_lows, true_highs = whole.columns(500, 80_000, 200)
    assert np.abs(highs - true_highs).mean() < 0.02
    assert np.abs(lows - true_lows).mean() < 0.02
    growing.close()
    whole.close()


def test_the_file_shown_is_made_first_and_those_left_are_made_afterwards(
    qtbot: QtBot, jobs: Jobs, tmp_path: Path
) -> None:
    files = [write(tmp_path / f"{name}.wav", 1500) for name in "abc"]
    queue = PeaksQueue(jobs)
    done: list[str] = []
    for path in files:
        queue.show(Wanted(path, on_done=lambda source, gain: done.append(source.path.stem)))
    assert [path.stem for path in queue.paths] == ["c", "b", "a"]
    qtbot.waitUntil(lambda: not queue.paths and jobs.is_idle)
    assert done == ["c"]
    for path in files:
        kept = peaks.open_or_none(path)
        assert kept is not None
        assert kept.is_complete


def test_a_file_that_is_shown_again_goes_on_where_it_was(
    qtbot: QtBot, jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, begun_with = threading.Event(), 5

    def fold_some(*args: Any) -> None:
        folded.append(1)
        if len(folded) > begun_with:
            goes_on.wait(60)
        fold_block(*args)

    folded: list[int] = []
    monkeypatch.setattr(peaks, "fold_block", fold_some)
    monkeypatch.setattr(peaks, "_SHOWN_EVERY_S", 0.0)
    monkeypatch.setattr(wave_source, "PARTIAL_EVERY_S", 0.0)
    first, second = write(tmp_path / "first.wav", 6000), write(tmp_path / "second.wav", 10, 0.2)
    queue = PeaksQueue(jobs)
    known: list[int] = []
    queue.show(Wanted(first, on_grown=lambda source, gain: known.append(source.peaks.known_samples)))
    qtbot.waitUntil(lambda: bool(known) and known[-1] > 0)
    queue.show(Wanted(second))
    goes_on.set()
    begun: list[int] = []
    done: list[WaveSource] = []
    queue.show(
        Wanted(
            first,
            on_grown=lambda source, gain: begun.append(source.peaks.known_samples),
            on_done=lambda source, gain: done.append(source),
        )
    )
    qtbot.waitUntil(lambda: bool(done) and not queue.paths)
    assert begun[0] >= known[0]
    assert done[0].peaks.is_complete
    assert peaks.open_or_none(second) is not None


def test_a_file_that_is_still_being_copied_is_shown_ever_further_and_then_without_a_word(
    qtbot: QtBot, media: MediaLoad, tmp_path: Path
) -> None:
    whole = write(tmp_path / "whole.wav", 60).read_bytes()
    path = tmp_path / "copy.wav"
    path.write_bytes(whole[: len(whole) // 2])
    media.load(path, 0, "")
    qtbot.waitUntil(lambda: is_ready(media, (len(whole) // 2 - 44) // 2))
    assert "still being copied" in media.words
    with path.open("ab") as file:
        file.write(whole[len(whole) // 2 :])
    qtbot.waitUntil(lambda: is_ready(media, 60 * RATE_HZ))
    assert media.words == ""


def test_a_file_that_never_stops_growing_is_read_again_all_the_same(
    qtbot: QtBot, media: MediaLoad, tmp_path: Path
) -> None:
    whole = write(tmp_path / "whole.wav", 300).read_bytes()
    path = tmp_path / "copy.wav"
    path.write_bytes(whole[:100_000])
    media.load(path, 0, "")
    qtbot.waitUntil(lambda: media.state is MediaState.READY)
    written = 100_000

    def has_grown() -> bool:
        nonlocal written
        with path.open("ab") as file:
            file.write(whole[written : written + 2000])
        written += 2000
        return media.source is not None and media.source.peaks.known_samples > 60_000

    qtbot.waitUntil(has_grown, timeout=20_000)


def test_a_file_replaced_while_it_is_open_is_shown_as_it_is_now(qtbot: QtBot, media: MediaLoad, tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", 30, 0.8)
    media.load(path, 0, "")
    qtbot.waitUntil(lambda: is_ready(media, 30 * RATE_HZ))
    assert loudest(media.source) > 0.7
    write(tmp_path / "other.wav", 30, 0.1).replace(path)
    qtbot.waitUntil(lambda: is_ready(media, 30 * RATE_HZ) and loudest(media.source) < 0.2)


def test_a_file_that_is_gone_is_missed_in_words_and_shown_again_when_it_is_back(
    qtbot: QtBot, media: MediaLoad, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.wav", 30)
    media.load(path, 0, "")
    qtbot.waitUntil(lambda: is_ready(media, 30 * RATE_HZ))
    path.rename(tmp_path / "elsewhere.wav")
    qtbot.waitUntil(lambda: media.words == GONE)
    assert media.state is MediaState.READY
    assert loudest(media.source) > 0.4
    (tmp_path / "elsewhere.wav").rename(path)
    qtbot.waitUntil(lambda: media.words == "" and media.state is MediaState.READY)


def test_a_file_that_is_not_there_is_shown_as_soon_as_it_is(qtbot: QtBot, media: MediaLoad, tmp_path: Path) -> None:
    path = tmp_path / "late.wav"
    media.load(path, 0, "")
    qtbot.waitUntil(lambda: media.state is MediaState.FAILED)
    assert "late.wav is not there" in media.words
    write(tmp_path / "made.wav", 5).replace(path)
    qtbot.waitUntil(lambda: is_ready(media, 5 * RATE_HZ))


def test_a_damaged_file_is_not_read_again_and_again(qtbot: QtBot, media: MediaLoad, tmp_path: Path) -> None:
    path = tmp_path / "letter.wav"
    path.write_text("Dear all, this is no sound.")
    states: list[MediaState] = []
    media.changed.connect(lambda: states.append(media.state))
    media.load(path, 0, "")
    qtbot.waitUntil(lambda: media.state is MediaState.FAILED)
    count = len(states)
    with qtbot.waitSignals([media._watch._timer.timeout] * 6):
        pass
    qtbot.waitUntil(lambda: media._jobs.is_idle)
    assert len(states) == count


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_one_may_not_read_is_refused_in_one_sentence(qtbot: QtBot, media: MediaLoad, tmp_path: Path) -> None:
    path = write(tmp_path / "secret.wav", 5)
    path.chmod(0)
    media.load(path, 0, "")
    qtbot.waitUntil(lambda: media.state is MediaState.FAILED)
    assert "Permission denied" in media.words
