"""Spectra are where and as loud as the sound is, at every zoom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from annodesk.media import cache, spectrogram
from annodesk.media.spectrogram import SILENCE_DB, WINDOW, Spectrogram, frequency_rows, to_rows

RATE = 16000
BIN_HZ = RATE / WINDOW


@pytest.fixture
def tones(tmp_path: Path) -> Path:
    """Ten seconds: silence, a sine of 1 kHz at full scale, silence, one of 4 kHz at -20 dB; each a quarter."""
    t = np.arange(RATE * 10) / RATE
    quarter = RATE * 10 // 4
    sound = np.zeros(len(t))
    sound[quarter : 2 * quarter] = np.sin(2 * np.pi * 1000 * t[:quarter])
    sound[3 * quarter :] = 0.1 * np.sin(2 * np.pi * 4000 * t[:quarter])
    soundfile.write(tmp_path / "tones.wav", sound * 0.9999, RATE, subtype="FLOAT")
    return tmp_path / "tones.wav"


@pytest.mark.parametrize("us_per_px", [2_000.0, 50_000.0, 250_000.0])
def test_a_tone_is_at_its_time_frequency_and_level_at_any_zoom(tones: Path, us_per_px: float) -> None:
    n = int(10_000_000 / us_per_px)
    found = Spectrogram(tones).columns(0, us_per_px, n)
    assert found.shape == (WINDOW // 2 + 1, n)
    for share, hz, db in ((0.375, 1000, 0.0), (0.875, 4000, -20.0)):
        column = found[:, int(n * share)]
        assert int(column.argmax()) == round(hz / BIN_HZ)
        assert column.max() == pytest.approx(db, abs=0.1)
    for share in (0.1, 0.6):
        assert found[:, int(n * share)].max() < -100


def test_before_the_overview_is_there_some_windows_of_each_column_stand_in(
    tones: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spectrogram, "MOST_CELLS", 40)
    seen = Spectrogram(tones)
    first = seen.columns(0, 1_000_000.0, 10)
    assert seen.lacks_overview
    assert first[:, 3].argmax() == round(1000 / BIN_HZ)
    seen.learn_overview()
    assert not seen.lacks_overview
    again = Spectrogram(tones)
    again.columns(0, 1_000_000.0, 10)
    assert not again.lacks_overview


def test_the_overview_loses_no_tone_and_comes_from_the_cache(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrogram, "MOST_CELLS", 40)
    seen = Spectrogram(tones)
    seen.learn_overview()
    found = seen.columns(0, 1_000_000.0, 10)
    assert found[:, 3].argmax() == round(1000 / BIN_HZ)
    assert found[:, 3].max() == pytest.approx(0, abs=spectrogram._STEP_DB)
    assert found[:, 8].max() == pytest.approx(-20, abs=spectrogram._STEP_DB)
    assert found[:, 0].max() == SILENCE_DB
    place = cache.derived(tones, "spectrum", 1)
    assert place.stat().st_size < 100_000
    cells, size = spectrogram.build_overview(tones)
    with place.open("wb") as file:
        np.save(file, cells + 1)
    again, _ = spectrogram.build_overview(tones)
    assert (again == cells + 1).all()
    assert size % WINDOW == 0
    place.write_bytes(b"\x93NUMPY damaged")
    assert (spectrogram.build_overview(tones)[0] == cells).all()


def test_where_there_is_no_recording_there_is_silence(tones: Path) -> None:
    shown = Spectrogram(tones, offset_us=5_000_000)
    found = shown.columns(-100, 100_000.0, 400)
    assert (found[:, :149] == SILENCE_DB).all()
    assert (found[:, 251:] == SILENCE_DB).all()
    assert found[:, 150 + 37].max() == pytest.approx(0, abs=0.1)


def test_rows_of_the_picture_hold_the_loudest_bin(tones: Path) -> None:
    columns = Spectrogram(tones).columns(0, 100_000.0, 100)
    for scale in ("linear", "mel"):
        for height in (20, 100, 700):
            edges = frequency_rows(height, RATE, scale)
            assert (edges[0], edges[-1]) == (pytest.approx(RATE / 2), pytest.approx(0, abs=0.01))
            rows = to_rows(columns, edges, RATE)
            assert rows.shape == (height, 100)
            row = int(rows[:, 37].argmax())
            assert edges[row + 1] - BIN_HZ <= 1000 <= edges[row] + BIN_HZ
            assert rows[:, 37].max() == pytest.approx(0, abs=0.5 if height > 20 else 0.2)


def test_a_band_is_shown_alone_and_never_beyond_half_the_rate() -> None:
    assert frequency_rows(4, RATE, "linear", 1000, 3000).tolist() == [3000, 2500, 2000, 1500, 1000]
    assert frequency_rows(2, RATE, "linear", 0, 99_999)[0] == RATE / 2


@pytest.mark.parametrize("samples", [0, 1, WINDOW - 1, WINDOW, WINDOW + 1])
def test_very_short_recordings_have_a_spectrum_too(tmp_path: Path, samples: int) -> None:
    soundfile.write(tmp_path / "short.wav", np.full(samples, 0.5), RATE)
    if not samples:
        assert spectrogram.build_overview(tmp_path / "short.wav")[0].shape == (WINDOW // 2 + 1, 0)
    found = Spectrogram(tmp_path / "short.wav").columns(0, 10_000.0, 20)
    assert (found.max() > -60) == (samples > 0)
    assert np.isfinite(found).all()


def test_the_spectrum_of_a_file_that_breaks_off_is_drawn_up_to_the_break(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spectrogram, "MOST_CELLS", 40)
    noise = np.random.default_rng(3).uniform(-0.5, 0.5, RATE * 60)
    whole, cut = tmp_path / "whole.flac", tmp_path / "cut.flac"
    soundfile.write(whole, noise, RATE)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    for us_per_px, n in ((1_000_000.0, 60), (20_000.0, 3000)):
        seen = Spectrogram(cut)
        for _ in range(2):  # from samples, and from the overview where that would show more
            found = seen.columns(0, us_per_px, n)
            assert found[:, : int(n * 0.45)].max(axis=0).min() > -60
            assert found[:, int(n * 0.55) :].max() == pytest.approx(SILENCE_DB, abs=0.001)
            seen.learn_overview()
