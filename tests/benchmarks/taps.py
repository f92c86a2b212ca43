"""Tap pass: simulated taps on recordings whose edges are known, and how near to these they are put.

Recordings: those that nothing was set by. `media/edges.py` and `model/taps.py` were set on the other half of the
ESC-10 clips and spoken digits and on trn01, trn02, sample and mary; here are the half left over, dev00 and bobby.
Joined clips have exact edges; in speech that people annotated the edges are theirs.

An edge counts as audible by the sound alone, by none of the code that places it: where two clips meet, the octave
bands of the 80 ms before and after differ by 9 dB (root mean square), or their level does; where a sound begins or
ends, the level over 10 ms rises or falls by 9 dB within 100 ms and passes the middle within 30 ms of the reference.

Taps come 250 ms late with a deviation of 80 ms, and 3 % are missing; a missing tap counts as an edge not placed. The
person is new: nothing is known of their lag. The pass takes as long as the recording at 1x, and by the keys: 2 s to
begin, to end and to take all, and for each edge in doubt 0.6 s of listening and 0.5 s for Tab or Enter.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
import soxr
from msgspec import Struct

from annodesk.model.schema import Label, Tier
from annodesk.model.taps import Reaction, Tap, plan_of
from annodesk.services.taps import Heard, Refined, refine
from tests.benchmarks import report

RATE_HZ = 16_000
PEOPLE = 5
LATE_S, SPREAD_S, MISSED = 0.250, 0.080, 0.03
NEAR_US = 30_000
KEYS_S, VISIT_S = 2.0, 1.1
SHARED = Path(os.environ.get("ANNODESK_SHARED") or Path(__file__).resolve().parents[3] / "shared") / "data"

Side = Literal["start", "end", "cut"]


class Segment(Struct, frozen=True):
    """A stretch of the reference; joined clips have no gaps between them."""

    label: str
    start_s: float
    end_s: float


class Recording(Struct, frozen=True):
    """Samples at RATE_HZ with what is in them; ``is_joined`` where clip follows clip."""

    name: str
    samples: np.ndarray
    segments: tuple[Segment, ...]
    is_joined: bool = False

    @property
    def tier(self) -> Tier:
        return Tier("content", overlap=not self.is_joined, labels=tuple(Label(s.label) for s in self.segments))


def main() -> None:
    """Print the figures; says why where the recordings are absent."""
    if not SHARED.is_dir():
        print(json.dumps({"figure": "tap pass", "skipped": "ANNODESK_SHARED is not there"}))
        return
    groups = {
        "clips of ten sounds, joined": [joined(seed) for seed in (11, 12)],
        "spoken digits in a room": [digits(seed) for seed in (11, 12)],
        "annotated speech": speech(),
    }
    near = audible = played_s = pass_s = raw = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, recordings in groups.items():
            found = [pass_over(r, Path(folder), seed) for r in recordings for seed in range(PEOPLE)]
            of_name = [sum(one[k] for one in found) for k in range(6)]
            report(
                f"audible edges within 30 ms, {name}",
                100 * of_name[0] / of_name[1],
                "%",
                baseline=100 * of_name[2] / of_name[1],
                baseline_is="the taps less their true mean lag",
                edges=int(of_name[1]),
                all_edges=int(of_name[5]),
                pass_over_playing_time=round(of_name[4] / of_name[3], 3),
            )
            near, audible, raw = near + of_name[0], audible + of_name[1], raw + of_name[2]
            played_s, pass_s = played_s + of_name[3], pass_s + of_name[4]
    report(
        "audible edges not within 30 ms, all",
        100 - 100 * near / audible,
        "%",
        limit=10.0,
        edges=int(audible),
        by_taps_less_their_true_mean_lag=round(100 - 100 * raw / audible, 1),
    )
    report("whole pass over playing time", pass_s / played_s, "times", limit=1.1, played_s=round(played_s))


def pass_over(recording: Recording, folder: Path, seed: int) -> tuple[float, float, float, float, float, float]:
    """Audible edges near their reference, audible edges, those that the raw taps come near to; playing time, time of
    the pass; all edges."""
    path = folder / f"{recording.name}.wav"
    if not path.exists():
        soundfile.write(path, recording.samples, RATE_HZ, subtype="FLOAT")
    rng = random.Random(f"{recording.name}:{seed}")
    taps, meant = simulate(recording, rng)
    edges = {recording.tier.name: plan_of(recording.tier, taps).edges}
    refined = refine(path, 0, edges, {}, Reaction(), Heard())
    near = heard = raw = 0
    for at_us, sides in references(recording).items():
        for side in sides:
            if not is_audible(recording, at_us / 1e6, side):
                continue
            heard += 1
            placed = found_for(refined, meant.get((at_us, side)))
            near += placed is not None and abs(placed[0] - at_us) <= NEAR_US
            raw += placed is not None and abs(placed[1] - at_us) <= NEAR_US
    doubtful = sum(bool(p.why) for p in refined.placed[recording.tier.name])
    played_s = recording.samples.size / RATE_HZ
    every = sum(len(sides) for sides in references(recording).values())
    return near, heard, raw, played_s, played_s + KEYS_S + VISIT_S * doubtful, every


def references(recording: Recording) -> dict[int, list[Side]]:
    """Every edge of the reference in microseconds, with what it is; not the recording's own ends."""
    found: dict[int, list[Side]] = {}
    last_s = recording.samples.size / RATE_HZ
    for segment in recording.segments:
        both: tuple[tuple[float, Side], ...] = ((segment.start_s, "start"), (segment.end_s, "end"))
        for at_s, side in both:
            if 0.05 < at_s < last_s - 0.05:
                sides = found.setdefault(round(at_s * 1e6), [])
                side = "cut" if recording.is_joined else side
                sides += [] if side in sides else [side]
    return found


def simulate(recording: Recording, rng: random.Random) -> tuple[list[Tap], dict[tuple[int, Side], int]]:
    """Taps of one person, and by edge when it was tapped."""
    meant: dict[tuple[int, Side], int] = {}
    taps: list[Tap] = []
    for segment in recording.segments:
        start_us, end_us = (round((s + rng.gauss(LATE_S, SPREAD_S)) * 1e6) for s in (segment.start_s, segment.end_s))
        if rng.random() < MISSED:
            continue
        if recording.is_joined:
            at_us = start_us if segment.start_s else 0
            taps.append(Tap("content", segment.label, at_us, 1.0 if segment.start_s else 0.0))
            meant[round(segment.start_s * 1e6), "cut"] = at_us
        else:
            end_us = max(end_us, start_us + 30_000)
            taps.append(Tap("content", segment.label, start_us, 1.0, end_us))
            meant[round(segment.start_s * 1e6), "start"] = start_us
            meant[round(segment.end_s * 1e6), "end"] = end_us
    return taps, meant


def found_for(refined: Refined, tapped_us: int | None) -> tuple[int, float] | None:
    """Where an edge tapped then was put, and where it would be less the true mean lag; None where it was missed."""
    for placed in refined.placed["content"]:
        if placed.raw.at_us == tapped_us:
            return placed.time_us, placed.raw.at_us - LATE_S * 1e6
    return None


def is_audible(recording: Recording, at_s: float, side: Side) -> bool:
    """Whether the sound itself changes at an edge (see the module's words)."""
    x = recording.samples
    if side == "cut":
        before, after = _octaves(x, at_s - 0.08, at_s), _octaves(x, at_s, at_s + 0.08)
        bands = np.sqrt(np.mean(np.square(before[1:] - after[1:])))
        return bool(bands >= 9 or abs(before[0] - after[0]) >= 9)
    offsets = np.arange(-0.1, 0.1001, 0.001)
    levels = np.array([_level_db(x, at_s + o - 0.005, at_s + o + 0.005) for o in offsets])
    low, high = np.median(levels[:50]), np.median(levels[-50:])
    if (high - low if side == "start" else low - high) < 9:
        return False
    above = (levels > (low + high) / 2) == (side == "start")
    crossings = offsets[1:][above[1:] & ~above[:-1]]
    return bool(crossings.size and np.abs(crossings).min() <= 0.030)


def _part(x: np.ndarray, start_s: float, end_s: float) -> np.ndarray:
    return x[max(0, round(start_s * RATE_HZ)) : max(1, round(end_s * RATE_HZ))]


def _level_db(x: np.ndarray, start_s: float, end_s: float) -> float:
    part = _part(x, start_s, end_s)
    return max(-75.0, 10 * np.log10(np.square(part).mean() + 1e-12)) if part.size else -75.0


def _octaves(x: np.ndarray, start_s: float, end_s: float) -> np.ndarray:
    """The level, and those of six octaves from 125 Hz, in decibel."""
    part = _part(x, start_s, end_s)
    power = np.square(np.abs(np.fft.rfft(part * np.hanning(part.size)))) / part.size**2
    hertz = np.fft.rfftfreq(part.size, 1 / RATE_HZ)
    bands = [power[(hertz >= low) & (hertz < 2 * low)].sum() for low in (125, 250, 500, 1000, 2000, 4000)]
    return np.maximum(10 * np.log10(np.array([np.square(part).mean(), *bands]) + 1e-12), -80)


def load(path: Path) -> np.ndarray:
    """A file's samples, mixed, at RATE_HZ."""
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return np.asarray(soxr.resample(samples.mean(axis=1), rate_hz, RATE_HZ), np.float32)


def joined(seed: int) -> Recording:
    """Clips of ten sounds, 2 to 4.5 s of each, no sound twice in a row."""
    rng = random.Random(seed)
    files = [f for d in sorted((SHARED / "audio/esc10").glob("*/")) for f in sorted(d.glob("*.ogg"))[1::2]]
    rng.shuffle(files)
    parts, segments, at = [], [], 0
    for file in files:
        if segments and segments[-1].label == file.parent.name:
            continue
        first, length = int(rng.uniform(0, 0.4) * RATE_HZ), int(rng.uniform(2, 4.5) * RATE_HZ)
        part = load(file)[first : first + length]
        segments.append(Segment(file.parent.name, at / RATE_HZ, (at + part.size) / RATE_HZ))
        parts.append(part)
        at += part.size
    return Recording(f"joined{seed}", np.concatenate(parts), tuple(segments), is_joined=True)


def digits(seed: int) -> Recording:
    """Spoken digits of six people, 0.8 to 2.5 s apart, over the noise of a room at -55 dB."""
    rng = random.Random(seed)
    files = sorted((SHARED / "audio/fsdd").glob("*.wav"))[1::2]
    rng.shuffle(files)
    parts, segments, at = [], [], 0
    for file in files:
        pause, word = np.zeros(int(rng.uniform(0.8, 2.5) * RATE_HZ), np.float32), load(file)
        word *= rng.uniform(0.2, 0.7) / (np.abs(word).max() + 1e-9)
        start = at + pause.size
        segments.append(Segment(file.name[0], start / RATE_HZ, (start + word.size) / RATE_HZ))
        parts += [pause, word]
        at = start + word.size
    sound = np.concatenate([*parts, np.zeros(RATE_HZ, np.float32)])
    noise = np.random.default_rng(seed).normal(0, 10 ** (-55 / 20), sound.size)
    return Recording(f"digits{seed}", (sound + noise).astype(np.float32), tuple(segments))


def speech() -> list[Recording]:
    """A meeting with two speakers, and a sentence of words, as people annotated them."""
    turns = [
        line.split() for line in (SHARED / "annotations/rttm/debug.development.rttm").read_text("utf-8").splitlines()
    ]
    meeting = tuple(
        Segment(turn[7], float(turn[3]), float(turn[3]) + float(turn[4])) for turn in turns if turn[1:2] == ["dev00"]
    )
    sentence = (Segment("speech", 0.0647, 1.1171),)
    return [
        Recording("dev00", load(SHARED / "audio/diarization/dev00.wav"), meeting),
        Recording("bobby", load(SHARED / "audio/speech/bobby.wav"), sentence),
    ]


if __name__ == "__main__":
    main()
