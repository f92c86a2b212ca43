"""The peaks pyramid tells the truth about the samples, from any zoom, also while it grows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from annodesk.errors import MediaError
from annodesk.media import cache, peaks
from annodesk.media.decode import open_audio

LENGTH = 1_300_007


@pytest.fixture(scope="module")
def noise() -> NDArray[np.int16]:
    """Loud and quiet stretches of noise, (2, n), whose last cell is cut short."""
    rng = np.random.default_rng(1)
    loudness = np.repeat(rng.integers(10, 32000, LENGTH // 1000 + 1), 1000)[:LENGTH]
    return (rng.uniform(-1, 1, (2, LENGTH)) * loudness).astype(np.int16)


@pytest.fixture(scope="module")
def noise_file(noise: NDArray[np.int16], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("noise") / "noise.wav"
    soundfile.write(path, noise.T, 44100, "PCM_16")
    return path


@pytest.fixture(scope="module")
def noise_peaks(noise_file: Path) -> peaks.Peaks:
    return peaks.build(noise_file)


def _naive(samples: NDArray[np.int16], start: int, step: int, n: int) -> tuple[list[int], list[int]]:
    pieces = [samples[..., max(0, start + k * step) : max(0, start + (k + 1) * step)] for k in range(n)]
    found = [(int(piece.min()), int(piece.max())) if piece.size else (0, 0) for piece in pieces]
    return [low for low, _ in found], [high for _, high in found]


@settings(max_examples=200, deadline=None)
@given(
    level=st.integers(0, 5),
    cells=st.integers(4, 15),
    first=st.integers(-40, 6000),
    n=st.integers(1, 60),
    channel=st.sampled_from([0, 1, None]),
)
def test_columns_on_cell_edges_equal_the_samples_own_extremes(
    noise: NDArray[np.int16], noise_peaks: peaks.Peaks, level: int, cells: int, first: int, n: int, channel: int | None
) -> None:
    cell = peaks.BASE * peaks.FACTOR**level
    step = cells * cell
    start = (first * cell) % (2 * LENGTH) - LENGTH // 2
    start -= start % step
    mins, maxs = noise_peaks.columns(start, step, n, channel)
    samples = noise if channel is None else noise[channel]
    assert (mins.tolist(), maxs.tolist()) == _naive(samples, start, step, n)


@settings(max_examples=200, deadline=None)
@given(
    start=st.floats(-100_000, LENGTH + 1000),
    samples_per_column=st.floats(peaks.BASE, 3_000_000),
    n=st.integers(1, 2000),
)
def test_columns_anywhere_cover_each_sample_once_within_a_quarter_column(
    noise: NDArray[np.int16], noise_peaks: peaks.Peaks, start: float, samples_per_column: float, n: int
) -> None:
    mins, maxs = noise_peaks.columns(start, samples_per_column, n, 0)
    assert mins.dtype == maxs.dtype == np.int16
    assert mins.shape == maxs.shape == (n,)
    slack = max(peaks.BASE, samples_per_column / 4) + 1
    for k in {0, n // 2, n - 1}:
        low, high = start + k * samples_per_column, start + (k + 1) * samples_per_column
        around = noise[0, max(0, int(low - slack)) : max(0, int(high + slack))]
        within = noise[0, max(0, int(low + slack)) : max(0, int(high - slack))]
        if around.size:
            assert min(0, around.min()) <= mins[k] <= maxs[k] <= max(0, around.max())
        else:
            assert mins[k] == maxs[k] == 0
        if within.size:
            assert mins[k] <= within.min()
            assert maxs[k] >= within.max()


def test_no_peak_is_lost_at_any_zoom(tmp_path: Path) -> None:
    samples = np.zeros(900_000, np.int16)
    samples[[5, 123_456, 899_999]] = [30_000, -30_000, 20_000]
    soundfile.write(tmp_path / "clicks.wav", samples, 48000)
    built = peaks.build(tmp_path / "clicks.wav")
    for samples_per_column in (float(peaks.BASE), 600.7, 1023.9, 5000.1, 77_777.7, 900_000.0):
        n = int(900_000 / samples_per_column) + 1
        mins, maxs = built.columns(0, samples_per_column, n)
        assert (mins.min(), maxs.max()) == (-30_000, 30_000)
        assert np.count_nonzero(maxs) == min(2, n - 1)
        assert maxs[maxs > 0][-1] == (20_000 if n > 2 else 30_000)


@pytest.mark.parametrize("name", ["wav-16", "wav-float", "flac", "mp3", "vorbis", "m4a", "webm"])
def test_peaks_of_every_format_are_those_of_its_samples(recordings: dict[str, Path], name: str) -> None:
    built = peaks.build(recordings[name])
    with open_audio(recordings[name]) as source:
        samples = np.concatenate(list(source.blocks()), axis=1)
    assert (built.rate_hz, built.channels, built.samples) == (source.rate_hz, source.channels, source.samples)
    mins, maxs = built.columns(0, 1024, source.samples // 1024, 0)
    assert (mins.tolist(), maxs.tolist()) == _naive(samples[0], 0, 1024, source.samples // 1024)


def test_peaks_are_shown_while_they_are_built(
    tmp_path: Path, noise: NDArray[np.int16], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peaks, "_THREADS", 1)
    monkeypatch.setattr(peaks, "_SHOWN_EVERY_S", 0.0)
    path = tmp_path / "long.wav"
    soundfile.write(path, np.tile(noise.T, (12, 1)), 44100, "PCM_16")
    known: list[int] = []
    shares: list[float] = []

    def look(partial: peaks.Peaks) -> None:
        known.append(partial.known_samples)
        mins, maxs = partial.columns(0, 4096, 200)
        first = partial.columns(0, 4096, 1)
        assert partial.known_samples == 0 or first[1][0] == noise[:, :4096].max()
        beyond = partial.known_samples // 4096 + 1
        assert not mins[beyond:].any()
        assert not maxs[beyond:].any()

    peaks.build(path, progress=lambda share, words: shares.append(share), on_partial=look)
    assert known[0] == 0
    assert known == sorted(set(known))
    assert len(known) > 3
    assert known[-1] == LENGTH * 12
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_peaks_come_from_the_cache_the_second_time(noise_file: Path, noise_peaks: peaks.Peaks) -> None:
    again = peaks.open_or_none(noise_file)
    assert again is not None
    assert again.is_complete
    for samples_per_column in (peaks.BASE, 5000, 100_000):
        for mine, theirs in zip(
            again.columns(17, samples_per_column, 300), noise_peaks.columns(17, samples_per_column, 300), strict=True
        ):
            np.testing.assert_array_equal(mine, theirs)


def test_a_copied_recording_keeps_its_peaks_and_a_changed_one_does_not(noise_file: Path, tmp_path: Path) -> None:
    peaks.build(noise_file)
    copy = tmp_path / "copy.wav"
    copy.write_bytes(noise_file.read_bytes())
    assert peaks.open_or_none(copy) is not None
    with copy.open("r+b") as file:
        file.seek(-20, 2)
        file.write(b"\x11\x22")
    assert peaks.open_or_none(copy) is None


@pytest.mark.parametrize("damage", ["empty", "short", "magic", "version", "channels", "samples", "longer", "random"])
def test_a_damaged_cache_file_is_rebuilt(noise_file: Path, noise: NDArray[np.int16], damage: str) -> None:
    peaks.build(noise_file)
    place = cache.derived(noise_file, peaks.KIND, peaks.VERSION)
    whole = bytearray(place.read_bytes())
    if damage == "magic":
        whole[0] ^= 0xFF
    elif damage == "version":
        whole[8] ^= 0xFF
    elif damage == "channels":
        whole[16] = 77
    elif damage == "samples":
        whole[30] ^= 0x40
    elif damage == "longer":
        whole += b"\0" * 100
    elif damage == "random":
        whole = bytearray(np.random.default_rng(0).bytes(len(whole)))
    else:
        del whole[0 if damage == "empty" else len(whole) // 2 :]
    # Another file takes the place: the old one may still be mapped.
    place.unlink()
    place.write_bytes(whole)
    assert peaks.open_or_none(noise_file) is None
    rebuilt = peaks.build(noise_file)
    assert rebuilt.columns(0, LENGTH, 1)[1][0] == noise.max()
    assert peaks.open_or_none(noise_file) is not None


@pytest.mark.parametrize("name", ["empty_2c.wav", "stereo.wav", "veryshort.wav", "silence_10s.mp3"])
def test_edge_recordings_have_peaks(shared: Path, name: str) -> None:
    built = peaks.build(shared / "data/audio/edge" / name)
    assert built.is_complete
    mins, maxs = built.columns(0, max(1, built.samples / 100), 100)
    loudest = max(int(maxs.max()), -int(mins.min()))
    assert {"empty_2c.wav": loudest == 0, "silence_10s.mp3": 0 < loudest < 30}.get(name, loudest > 1000)
    assert (mins <= maxs).all()
    assert peaks.open_or_none(shared / "data/audio/edge" / name) is not None


def test_peaks_of_no_recording_are_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "letter.wav").write_text("Dear all, this is no sound. " * 100)
    with pytest.raises(MediaError) as refusal:
        peaks.build(tmp_path / "letter.wav")
    assert "letter.wav" in refusal.value.sentence
    assert refusal.value.hint


@pytest.mark.parametrize("name", ["cut.wav", "cut.rf64", "cut.flac"])
def test_a_recording_that_breaks_off_is_known_up_to_the_break(tmp_path: Path, name: str) -> None:
    rate, seconds = 8000, 200
    samples = (np.arange(rate * seconds) % 4000 * 8).astype(np.int16)
    whole = tmp_path / f"whole.{name.split('.')[1]}"
    soundfile.write(whole, samples, rate, format={"rf64": "RF64"}.get(name.split(".")[1]))
    assert not peaks.build(whole).breaks_off
    cut = tmp_path / name
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 5])
    for built in (peaks.build(cut), peaks.open_or_none(cut)):
        assert built is not None
        assert built.breaks_off
        assert built.known_samples / rate == pytest.approx(0.6 * seconds, rel=0.1)
        first, last = (built.columns(at, 4000, 1)[1][0] for at in (0, built.known_samples - 8000))
        assert first == last == 31992


def test_a_recording_that_cannot_be_read_at_all_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.flac", np.random.default_rng(0).uniform(-0.5, 0.5, 50_000), 8000)
    content = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "b.flac").write_bytes(content[:9000] if len(content) > 9000 else content[: len(content) // 2])
    with pytest.raises(MediaError, match="cannot be decoded"):
        peaks.build(tmp_path / "b.flac")
    assert peaks.open_or_none(tmp_path / "b.flac") is None
