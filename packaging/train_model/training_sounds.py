"""The sounds the embedded model learns from: synthesised, cut as a person's segments are, and described in numbers.

Nothing here may touch the demo's voices or its seeds; ``held_out_examples`` alone uses them, to measure.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from msgspec.structs import asdict
from scipy import signal

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import demo_sounds as sounds

from annodesk.media.features import describe

Numbers = dict[str, float]
Example = tuple[str, Numbers]

SHORTEST_S, LONGEST_S = 0.5, 8.0
TRAINING_SEEDS = range(sounds.DEMO_FIRST_SEED)
HELD_OUT_OFFSET = 50_000
"""Held-out measuring uses seeds from here on: above the demo's own first seed, and none of its clips."""


def training_examples(first: int, count: int) -> Iterator[Example]:
    """Examples ``first`` to ``first + count`` of the training set: training voices, and seeds below the demo's."""
    n_labels = len(sounds.LABELS)
    for k in range(first, first + count):
        seed = 3 * (k // n_labels)
        if seed + 2 not in TRAINING_SEEDS:
            raise ValueError(f"seeds from {sounds.DEMO_FIRST_SEED} on belong to the demo")
        yield _example(seed, sounds.LABELS[k % n_labels], sounds.TRAIN_VOICES, mixed=seed % 2 == 0, recorded=True)


def held_out_examples(count: int, *, mixed: bool) -> Iterator[Example]:
    """The same from the demo's voices and from seeds above the demo's first."""
    for k in range(count):
        seed = sounds.DEMO_FIRST_SEED + HELD_OUT_OFFSET + 3 * (k // len(sounds.LABELS))
        yield _example(seed, sounds.LABELS[k % len(sounds.LABELS)], sounds.DEMO_VOICES, mixed=mixed)


def _example(seed: int, label: str, voices: tuple[str, ...], *, mixed: bool, recorded: bool = False) -> Example:
    """One stretch; where ``mixed``, cut out of a sequence of three with edges that miss the borders a little.

    Where ``recorded``, most are passed through what a real voice, room, microphone and line do to a sound.
    """
    rng = np.random.default_rng([seed, 100])
    seconds = float(np.exp(rng.uniform(np.log(SHORTEST_S), np.log(LONGEST_S))))
    middle = sounds.clip(label, seed, seconds, voices)
    if label != "silence" and rng.random() < 0.5:
        middle = middle * np.float32(10 ** (rng.uniform(-8, 4) / 20))
    if recorded and rng.random() < 0.6:
        middle = _as_recorded(middle, label, rng)
    if mixed:
        others = [name for name in sounds.LABELS if name != label]
        left, right = (sounds.clip(str(rng.choice(others)), seed + side, 1.0, voices) for side in (1, 2))
        sequence = np.concatenate([left, middle, right])
        miss = rng.normal(0, 0.04, 2).clip(-0.12, 0.12) * middle.size
        start = max(0, round(left.size + miss[0]))
        end = min(sequence.size, round(left.size + middle.size + miss[1]))
        middle = sequence[start:end]
    middle = np.clip(middle, -1, 1).astype(np.float32)
    return label, asdict(describe(middle, sounds.RATE_HZ))


def _as_recorded(x: sounds.Samples, label: str, rng: np.random.Generator) -> sounds.Samples:
    """The sound as a plain recorder would have caught it: wavering, in a room, with noise, on a narrow line."""
    level_db = _level_db(x)
    out = x.astype(np.float64)
    if label in ("speech", "advert") and rng.random() < 0.7:
        out = _wavering(out, rng)
    if label != "silence" and rng.random() < 0.4:
        out = _in_a_room(out, rng)
    if rng.random() < 0.4:
        out = _tilted(out, rng)
    if label != "silence" and rng.random() < 0.5:
        bed = sounds.noise(int(rng.integers(TRAINING_SEEDS.stop)), out.size / sounds.RATE_HZ)[: out.size]
        bed = np.pad(bed, (0, out.size - bed.size))
        out = out + bed * 10 ** ((_level_db(out) - rng.uniform(8, 35) - _level_db(bed)) / 20)
    if rng.random() < 0.5:
        low_hz, high_hz = rng.uniform(30, 250), rng.choice((3400.0, 4000.0, 5500.0, 7500.0, 9500.0))
        out = signal.sosfilt(signal.butter(4, (low_hz, high_hz), "bandpass", fs=sounds.RATE_HZ, output="sos"), out)
    out = out * 10 ** ((level_db + rng.uniform(-6, 3) * (label != "silence") - _level_db(out)) / 20)
    return np.clip(out, -1, 1).astype(np.float32)


def _wavering(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pitch and pace that move as a person's do, by up to a fifth each way, and syllables of uneven loudness."""
    knots = max(3, int(x.size / sounds.RATE_HZ * 3) + 2)
    speed = np.exp(np.interp(np.linspace(0, knots - 1, x.size), np.arange(knots), rng.normal(0, 0.09, knots)))
    where = np.cumsum(speed)
    loud = np.interp(np.linspace(0, knots - 1, x.size), np.arange(knots), rng.normal(0, 3.0, knots))
    return np.interp(where * (x.size - 1) / where[-1], np.arange(x.size), x) * 10 ** (loud / 20)


def _in_a_room(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n = round(rng.uniform(0.15, 0.6) * sounds.RATE_HZ)
    echo = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n)
    wet = signal.fftconvolve(x, echo)[: x.size]
    return x + wet * rng.uniform(0.1, 0.9) * np.sqrt((x**2).sum() / ((wet**2).sum() + 1e-12))


def _tilted(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Treble up or down by up to 6 dB an octave around 1 kHz."""
    spectrum = np.fft.rfft(x)
    frequency = np.fft.rfftfreq(x.size, 1 / sounds.RATE_HZ)
    gain_db = rng.uniform(-6, 3) * np.log2(np.maximum(frequency, 60) / 1000)
    return np.fft.irfft(spectrum * 10 ** (gain_db / 20), x.size)


def _level_db(x: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(x, dtype=np.float64)) + 1e-12)) if x.size else -120.0
