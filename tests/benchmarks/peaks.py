"""Peaks of a long recording: time against reading alone, memory at one and four hours, and reopening from the cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from tests.benchmarks import report

RATE_HZ = 44100
ROUNDS = 9


def main() -> None:
    """Print the figures; each measurement runs in a process of its own with an empty cache."""
    with tempfile.TemporaryDirectory(prefix="annodesk-bench-") as folder:
        hour = _write(Path(folder) / "hour.wav", 1)
        rounds = [_measure("both", hour, Path(folder) / f"cache{k}") for k in range(ROUNDS)]
        reading = min(found["reading_s"] for found in rounds)
        building = min(found["building_s"] for found in rounds)
        report(
            "peaks of one hour, 44.1 kHz stereo WAV",
            building,
            "s",
            baseline=reading,
            baseline_is="soundfile int16 blocks alone, same file, same process",
            limit=4.0,
            median_ratio=round(sorted(found["building_s"] / found["reading_s"] for found in rounds)[ROUNDS // 2], 3),
        )
        reopened = _measure("reopen", hour, Path(folder) / "cache0")
        report("peaks of one hour reopened and 1,920 columns read", reopened["reopen_ms"], "ms", limit=100.0)
        report("1,920 columns of an open file, median", reopened["columns_ms"], "ms", limit=0.3)
        at_one = _measure("build", hour, Path(folder) / "cache-one")["peak_mb"]
        hour.unlink()
        hours = _write(Path(folder) / "hours.wav", 4)
        at_four = _measure("build", hours, Path(folder) / "cache-four")["peak_mb"]
        report("peak memory, one hour", at_one, "MB", limit=250.0)
        report("peak memory, four hours", at_four, "MB", baseline=at_one, baseline_is="the same at one hour", limit=1.5)
        described = _describing()
        report("acoustic description of 5 s, median", described, "ms", limit=60.0)


def _write(path: Path, hours: int) -> Path:
    """One minute of loud and quiet noise, repeated."""
    rng = np.random.default_rng(1)
    minute = rng.integers(-30000, 30000, (60 * RATE_HZ, 2), dtype=np.int16)
    with soundfile.SoundFile(path, "w", RATE_HZ, 2, "PCM_16", format="WAV") as file:
        for k in range(hours * 60):
            file.write(minute >> (k % 7))
    return path


def _measure(what: str, path: Path, cache: Path) -> dict[str, float]:
    cache.mkdir(exist_ok=True)
    call = f"from tests.benchmarks.peaks import child; child({what!r}, {str(path)!r})"
    environment = os.environ | {"ANNODESK_CACHE": str(cache)}
    done = subprocess.run([sys.executable, "-c", call], env=environment, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def child(what: str, path: str) -> None:
    """One measurement, printed as JSON; runs in its own process."""
    import resource

    from annodesk.media import peaks

    found: dict[str, float] = {}
    if what == "both":
        started = time.perf_counter()
        with soundfile.SoundFile(path) as file:
            for _ in file.blocks(1 << 18, dtype="int16", always_2d=True):
                pass
        found["reading_s"] = time.perf_counter() - started
    started = time.perf_counter()
    if what == "reopen":
        opened = peaks.open_or_none(path)
        assert opened is not None
        opened.columns(0, opened.samples / 1920, 1920)
        found["reopen_ms"] = (time.perf_counter() - started) * 1000
        times = []
        for k in range(200):
            started = time.perf_counter()
            opened.columns(k * 10_000, 256 * 1.03**k, 1920)
            times.append(time.perf_counter() - started)
        found["columns_ms"] = sorted(times)[100] * 1000
    else:
        peaks.build(path)
        found["building_s"] = time.perf_counter() - started
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


def _describing() -> float:
    from annodesk.media.features import RATE_HZ as DESCRIBED_HZ
    from annodesk.media.features import describe

    samples = np.random.default_rng(0).standard_normal(5 * DESCRIBED_HZ).astype(np.float32) * 0.1
    times = []
    for _ in range(11):
        started = time.perf_counter()
        describe(samples, DESCRIBED_HZ)
        times.append(time.perf_counter() - started)
    return sorted(times)[5] * 1000


if __name__ == "__main__":
    main()
