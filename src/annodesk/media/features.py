"""Describes a stretch of sound in plain numbers that a person, a rule or a language model can read.

The numbers are our own, from one short-time spectrum and one autocorrelation; what a number means does not depend on
the recording's rate, because everything is measured at RATE_HZ.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from annodesk.media.decode import open_audio

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

RATE_HZ = 22050
FLOOR_DB = -100.0

_FRAME, _HOP = 1024, 512
_FRAME_RATE_HZ = RATE_HZ / _HOP
_SILENT_DB = -55.0
_PITCH_LOW_HZ, _PITCH_HIGH_HZ = 65.0, 500.0
_LONGEST_S, _PIECE_S = 60.0, 5.0


class SoundDescription(Struct, frozen=True):
    """What a stretch sounds like. Every number is finite, shares lie between 0 and 1, levels are dB of full scale."""

    duration_s: float
    loudness_db: float
    """RMS level, -100 for digital silence."""
    peak_db: float
    loudness_range_db: float
    """From the 10th to the 95th percentile of 46 ms levels, at most 60."""
    silence_share: float
    """Frames below -55 dB."""
    pause_share: float
    """Frames 25 dB or more below the loud ones."""
    voiced_share: float
    """Sounding frames that are periodic between 65 and 500 Hz."""
    pitch_low_hz: float
    """10th percentile of the pitch where voiced; 0 where nothing is."""
    pitch_high_hz: float
    """90th percentile of the pitch where voiced; 0 where nothing is."""
    pitch_change: float
    """Median change of pitch between voiced neighbours (23 ms), in semitones."""
    flatness: float
    """0 a pure tone, 1 white noise; median over frames."""
    centroid_hz: float
    bandwidth_hz: float
    rolloff_hz: float
    """85 % of the power lies below."""
    zero_crossing_rate_hz: float
    onset_rate_hz: float
    """Sudden rises of loudness a second."""
    tempo_bpm: float
    """Of the strongest repetition of onsets; 0 where there is none."""
    rhythm_strength: float
    """How regular the onsets are: height of the best repetition of the onset curve."""
    syllable_modulation: float
    """Share of loudness changes (1 to 16 Hz) that happen 3 to 8 times a second, the pace of speech."""
    harmonic_share: float
    """Power in tones that last, against clicks and noise."""
    tone_steadiness: float
    """Likeness of spectra 0.2 s apart."""
    key_clarity: float
    """How few pitch classes carry the power: 0 all twelve alike, 1 a single one."""
    spectral_change: float
    """Median distance of neighbouring spectra, 0 still, 1 ever new."""
    low_share: float
    """Power below 200 Hz."""
    high_share: float
    """Power above 4 kHz."""


def describe(samples: Float32, rate_hz: int) -> SoundDescription:
    """The numbers of a mono stretch, float32 (n,) with full scale -1.0 to 1.0; any length, also none."""
    mono = np.nan_to_num(np.asarray(samples, np.float32).ravel(), nan=0.0, posinf=1.0, neginf=-1.0)
    duration_s = mono.size / rate_hz if rate_hz > 0 else 0.0
    if mono.size and rate_hz != RATE_HZ:
        import soxr

        mono = np.asarray(soxr.resample(mono, rate_hz, RATE_HZ), np.float32)
    return _describe(mono, duration_s)


def describe_file(path: Path | str, start_us: int, end_us: int) -> SoundDescription:
    """The numbers of the stretch ``[start_us, end_us)``; one over a minute by twelve pieces spread over it."""
    return _describe(*read_mono(path, start_us, end_us))


def read_mono(path: Path | str, start_us: int, end_us: int) -> tuple[Float32, float]:
    """Samples (n,) of a stretch at RATE_HZ, and its length in seconds; over a minute twelve pieces spread over it."""
    import soxr

    with open_audio(path) as source:
        start = max(0, round(start_us * source.rate_hz / 1_000_000))
        end = min(source.samples, round(end_us * source.rate_hz / 1_000_000))
        length, piece = max(0, end - start), round(_PIECE_S * source.rate_hz)
        if length <= _LONGEST_S * source.rate_hz:
            mono = source.read(start, length).mean(axis=0, dtype=np.float32)
        else:
            starts = np.linspace(start, end - piece, round(_LONGEST_S / _PIECE_S)).astype(np.int64)
            mono = np.concatenate([source.read(int(at), piece).mean(axis=0, dtype=np.float32) for at in starts])
        if mono.size and source.rate_hz != RATE_HZ:
            mono = np.asarray(soxr.resample(mono, source.rate_hz, RATE_HZ), np.float32)
        return mono, length / source.rate_hz


def _describe(mono: Float32, duration_s: float) -> SoundDescription:
    frames = _frames(mono)
    power = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / _FRAME
    levels_db = np.maximum(10 * np.log10(power + 1e-12), FLOOR_DB)
    sounding = levels_db > _SILENT_DB
    spectrum = _power_spectrum(frames)
    voiced, pitch_hz = _pitch(frames, sounding)
    onsets = _onset_curve(spectrum)
    tempo_bpm, rhythm = _repetition(onsets, sounding)
    mean_spectrum = spectrum.mean(axis=0, dtype=np.float64)
    frequency = np.asarray(np.fft.rfftfreq(_FRAME, 1 / RATE_HZ), np.float64)
    total = float(mean_spectrum.sum())
    centroid = float(frequency @ mean_spectrum) / total if total > 1e-12 else 0.0
    spread = float(((frequency - centroid) ** 2) @ mean_spectrum) / total if total > 1e-12 else 0.0
    rolloff = int(np.searchsorted(np.cumsum(mean_spectrum), 0.85 * total)) if total > 1e-12 else 0
    rms = float(np.mean(np.square(mono, dtype=np.float64))) if mono.size else 0.0
    steadiness, change = _likeness(spectrum, sounding)
    return SoundDescription(
        duration_s=duration_s,
        loudness_db=max(FLOOR_DB, float(10 * np.log10(rms + 1e-12))),
        peak_db=max(FLOOR_DB, float(20 * np.log10(np.abs(mono).max() + 1e-9))) if mono.size else FLOOR_DB,
        loudness_range_db=min(60.0, float(np.percentile(levels_db, 95) - np.percentile(levels_db, 10))),
        silence_share=float(1 - sounding.mean()),
        pause_share=float((levels_db < np.percentile(levels_db, 95) - 25).mean()),
        voiced_share=float(voiced.sum() / max(1, sounding.sum())),
        pitch_low_hz=float(np.percentile(pitch_hz[voiced], 10)) if voiced.any() else 0.0,
        pitch_high_hz=float(np.percentile(pitch_hz[voiced], 90)) if voiced.any() else 0.0,
        pitch_change=_pitch_change(voiced, pitch_hz),
        flatness=_flatness(spectrum, sounding),
        centroid_hz=centroid,
        bandwidth_hz=float(np.sqrt(max(0.0, spread))),
        rolloff_hz=float(frequency[min(rolloff, frequency.size - 1)]),
        zero_crossing_rate_hz=float(np.count_nonzero(np.diff(np.signbit(mono))) / max(duration_s, 1e-3) / 2),
        onset_rate_hz=_onset_rate(onsets, sounding),
        tempo_bpm=tempo_bpm,
        rhythm_strength=rhythm,
        syllable_modulation=_syllable_modulation(levels_db) if sounding.any() else 0.0,
        harmonic_share=_harmonic_share(spectrum) if sounding.any() else 0.0,
        tone_steadiness=steadiness,
        key_clarity=_key_clarity(mean_spectrum, frequency) if sounding.any() else 0.0,
        spectral_change=change,
        low_share=float(mean_spectrum[frequency < 200].sum() / total) if total > 1e-12 else 0.0,
        high_share=float(mean_spectrum[frequency > 4000].sum() / total) if total > 1e-12 else 0.0,
    )


def _frames(mono: Float32) -> Float32:
    """Overlapping frames (n_frames, 1024), at least one; what is too short is padded with zeros."""
    if mono.size < _FRAME:
        mono = np.pad(mono, (0, _FRAME - mono.size))
    frames: Float32 = np.lib.stride_tricks.sliding_window_view(mono, _FRAME)[::_HOP]
    return frames


def _power_spectrum(frames: Float32) -> Float32:
    """Power (n_frames, 513), scaled so that a full-scale sine has 1 in its bin."""
    window = np.hanning(_FRAME).astype(np.float32)
    bins = np.fft.rfft(frames * window, axis=1)
    return np.asarray((bins.real**2 + bins.imag**2) / (window.sum() / 2) ** 2, np.float32)


def _pitch(frames: Float32, sounding: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Float64]:
    """Which frames are periodic, and their pitch in Hz, from the autocorrelation divided by the window's own."""
    window = np.hanning(_FRAME).astype(np.float32)
    centred = (frames - frames.mean(axis=1, keepdims=True)) * window
    correlation = np.fft.irfft(np.abs(np.fft.rfft(centred, 2 * _FRAME, axis=1)) ** 2, axis=1)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * _FRAME)) ** 2)
    first, last = int(RATE_HZ / _PITCH_HIGH_HZ), int(RATE_HZ / _PITCH_LOW_HZ)
    whole = correlation[:, first - 1 : last + 2] / np.maximum(own[first - 1 : last + 2], 1e-9)
    whole /= np.maximum(correlation[:, :1] / own[0], 1e-12)
    inner = whole[:, 1:-1]
    is_peak = (inner >= whole[:, :-2]) & (inner > whole[:, 2:])
    # A short lag is preferred, or a tone's double and triple period would win as often.
    score = np.where(is_peak, inner - 0.08 * np.log2(np.arange(first, last + 1) / first), -1.0)
    best = score.argmax(axis=1)
    height = inner[np.arange(len(inner)), best]
    voiced = sounding & (height > 0.55) & (score.max(axis=1) > 0)
    return voiced, RATE_HZ / (best + first).astype(np.float64)


def _pitch_change(voiced: NDArray[np.bool_], pitch_hz: Float64) -> float:
    both = voiced[1:] & voiced[:-1]
    if not both.any():
        return 0.0
    return min(12.0, float(np.median(12 * np.abs(np.diff(np.log2(pitch_hz)))[both])))


def _flatness(spectrum: Float32, sounding: NDArray[np.bool_]) -> float:
    used = spectrum[sounding][:, 2:]
    if not used.size:
        return 0.0
    with_floor = used + 1e-10
    geometric = np.exp(np.log(with_floor).mean(axis=1))
    return float(np.clip(np.median(geometric / with_floor.mean(axis=1)), 0, 1))


def _bands() -> NDArray[np.int64]:
    """First bins of 24 bands, evenly spaced on a logarithmic scale from 60 Hz to 10 kHz."""
    return np.unique(np.round(np.geomspace(60, 10_000, 25) / (RATE_HZ / _FRAME)).astype(np.int64))


def _onset_curve(spectrum: Float32) -> Float64:
    """How much louder each frame's bands are than those before it, (n_frames,)."""
    bands_db = 10 * np.log10(np.add.reduceat(spectrum, _bands()[:-1], axis=1) + 1e-8)
    rise = np.maximum(0, np.diff(bands_db, axis=0)).mean(axis=1, dtype=np.float64)
    return np.concatenate([[0.0], rise])


def _onset_rate(onsets: Float64, sounding: NDArray[np.bool_]) -> float:
    if onsets.size < 5 or not sounding.any():
        return 0.0
    threshold = max(2.0, float(onsets.mean() + onsets.std()))
    inner = onsets[1:-1]
    peaks = (inner > threshold) & (inner >= onsets[:-2]) & (inner > onsets[2:])
    return float(peaks.sum() / (onsets.size / _FRAME_RATE_HZ))


def _repetition(onsets: Float64, sounding: NDArray[np.bool_]) -> tuple[float, float]:
    """Tempo and strength of the best repetition between 0.25 and 1.5 s, 0 and 0 for less than 2 s."""
    n = onsets.size
    if n < 2 * _FRAME_RATE_HZ or onsets.std() < 1e-6 or not sounding.any():
        return 0.0, 0.0
    curve = np.convolve(onsets - onsets.mean(), (0.25, 0.5, 0.25), "same")  # a beat may lie between two frames
    correlation = np.fft.irfft(np.abs(np.fft.rfft(curve, 2 * n)) ** 2)[:n]
    correlation = correlation / correlation[0] * n / (n - np.arange(n))
    first, last = int(0.25 * _FRAME_RATE_HZ), int(min(1.5 * _FRAME_RATE_HZ, n * 0.6))
    searched = correlation[first : last + 1]
    highest = float(searched.max())
    if highest <= 0:
        return 0.0, 0.0
    # Twice the period repeats as well: the first lag that comes near the best one is the beat.
    near = int(np.flatnonzero(searched >= 0.85 * highest)[0])
    best = first + near + int(searched[near : near + 4].argmax())
    strength = float(np.clip(highest, 0, 1))
    return (60 * _FRAME_RATE_HZ / best, strength) if strength > 0.1 else (0.0, strength)


def _syllable_modulation(levels_db: Float64) -> float:
    if levels_db.size < _FRAME_RATE_HZ / 2:
        return 0.0
    curve = np.maximum(levels_db, levels_db.max() - 40)
    power = np.abs(np.fft.rfft((curve - curve.mean()) * np.hanning(curve.size))) ** 2
    rate_hz = np.fft.rfftfreq(curve.size, 1 / _FRAME_RATE_HZ)
    whole = float(power[(rate_hz >= 1) & (rate_hz <= 16)].sum())
    return float(power[(rate_hz >= 3) & (rate_hz <= 8)].sum() / whole) if whole > 1e-3 else 0.0


def _harmonic_share(spectrum: Float32) -> float:
    """Power of what stands out of its neighbours in frequency longer than in time (median filtering), up to 4 kHz."""
    from scipy.ndimage import median_filter

    used = np.sqrt(spectrum[:, : int(4000 / (RATE_HZ / _FRAME))])
    if used.shape[0] < 3 or float(used.max()) < 1e-6:
        return 0.0
    lasting = median_filter(used, size=(9, 1), mode="nearest") ** 2
    wide = median_filter(used, size=(1, 9), mode="nearest") ** 2
    power = used**2
    share = lasting / (lasting + wide + 1e-12)
    return float(np.clip((share * power).sum() / power.sum(), 0, 1))


def _likeness(spectrum: Float32, sounding: NDArray[np.bool_]) -> tuple[float, float]:
    """Median cosine of spectra 0.2 s apart, and one minus that of neighbours, over sounding frames."""
    amplitude = np.sqrt(spectrum)
    amplitude /= np.sqrt(np.einsum("ij,ij->i", amplitude, amplitude))[:, None] + 1e-9
    apart = round(0.2 * _FRAME_RATE_HZ)
    found = []
    for step in (apart, 2):  # neighbours that do not share samples
        both = sounding[step:] & sounding[:-step]
        cosine = np.einsum("ij,ij->i", amplitude[step:], amplitude[:-step])[both]
        found.append(float(np.clip(np.median(cosine), 0, 1)) if cosine.size else 0.0)
    return found[0], (1 - found[1] if found[1] else 0.0)


def _key_clarity(mean_spectrum: Float64, frequency: Float64) -> float:
    used = (frequency > 180) & (frequency < 2500)
    weights = np.sqrt(mean_spectrum[used])
    if weights.sum() < 1e-6:
        return 0.0
    # Bins are wider than a semitone below 370 Hz, so a bin's power is shared between the two nearest pitch classes.
    position = 12 * np.log2(frequency[used] / 440.0) % 12
    lower = np.floor(position).astype(np.int64)
    part = position - lower
    classes = np.bincount(lower % 12, weights * (1 - part), 12) + np.bincount((lower + 1) % 12, weights * part, 12)
    # Bins thin out unevenly over the classes: what white noise would give is taken out.
    even = np.bincount(lower % 12, 1 - part, 12) + np.bincount((lower + 1) % 12, part, 12)
    share = classes / even
    share /= share.sum()
    entropy = float(-(share * np.log(share + 1e-12)).sum() / np.log(12))
    return float(np.clip(1 - entropy, 0, 1) ** 0.5)
