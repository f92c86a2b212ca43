"""Peaks of long recordings: time against the decoder alone, memory at one and ten hours, reopening from the cache."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile

from tests.benchmarks import report
from tests.benchmarks._recordings import RATE_HZ, minute_of_noise, write_rf64

ROUNDS = 9
_BLOCK = 1 << 18
# Minutes of each kind, so that each takes a second or two to decode.
_COMPRESSED = {"flac": 20, "mp3": 10, "m4a": 15}


def main() -> None:
    """Print the figures; each measurement runs in a process of its own with an empty cache."""
    with tempfile.TemporaryDirectory(prefix="annodesk-bench-") as name:
        folder = Path(name)
        hour = write_rf64(folder / "hour.wav", 1)
        _compare("peaks of one hour, 44.1 kHz stereo WAV", hour, folder, 1.5, ROUNDS)
        reopened = _measure("reopen", hour, folder / "cache")
        report("peaks of one hour reopened and 1,920 columns read", reopened["reopen_ms"], "ms", limit=100.0)
        report("1,920 columns of an open file, median", reopened["columns_ms"], "ms", limit=0.3)
        at_one = _measure("build", hour, folder / "cache-one")
        hour.unlink()
        for kind, minutes in _COMPRESSED.items():
            _compare(f"peaks of {minutes} minutes of {kind}", _encode(folder, kind, minutes), folder, 1.25, 5)
        hours = write_rf64(folder / "hours.wav", 10)
        at_ten = _measure("build", hours, folder / "cache-ten")
        report("peak memory, ten hours", at_ten["peak_mb"], "MB", limit=250.0)
        report(
            "memory of its own, ten hours, without the peaks' mapped file",
            at_ten["own_mb"],
            "MB",
            baseline=at_one["own_mb"],
            baseline_is="the same at one hour",
            limit=1.1,
        )
    report("acoustic description of 5 s, median", _describing(), "ms", limit=60.0)


def _compare(figure: str, path: Path, folder: Path, limit: float, rounds: int) -> None:
    """Building beside decoding, in turn, in one process per round; the best of each are compared."""
    found = [_measure("both", path, folder / f"cache-{path.name}-{k}") for k in range(rounds)]
    _measure("build", path, folder / "cache")
    report(
        figure,
        min(one["building_s"] for one in found),
        "s",
        baseline=min(one["reading_s"] for one in found),
        baseline_is="its decoder alone, int16 blocks of 2^18 frames, same file, same process",
        limit=limit,
        median_ratio=round(sorted(one["building_s"] / one["reading_s"] for one in found)[rounds // 2], 3),
        processor_ratio=round(
            min(one["building_cpu_s"] for one in found) / min(one["reading_cpu_s"] for one in found), 3
        ),
    )


def _encode(folder: Path, kind: str, minutes: int) -> Path:
    path = folder / f"minutes.{kind}"
    if kind != "m4a":
        with soundfile.SoundFile(path, "w", RATE_HZ, 2, format=kind.upper()) as file:
            for k in range(minutes):
                file.write(minute_of_noise() >> (k % 5))
        return path
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=RATE_HZ, layout="stereo")
        position = 0
        for k in range(minutes):
            minute = (minute_of_noise() >> (k % 5)).astype(np.float32) / 32768
            for start in range(0, len(minute) - 1023, 1024):
                part = np.ascontiguousarray(minute[start : start + 1024].T)
                frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
                frame.rate, frame.pts = RATE_HZ, position
                position += 1024
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
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
    from annodesk.media import decode, peaks

    decode.open_audio(path).close()  # the libraries are loaded before either is measured
    found: dict[str, float] = {}
    if what == "both":
        read = _decode_with_pyav if path.endswith("m4a") else _decode_with_soundfile
        found["reading_s"], found["reading_cpu_s"] = _timed(lambda: read(path))
    if what == "reopen":
        started = time.perf_counter()
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
        with _watched_memory() if what == "build" else contextlib.nullcontext([0.0]) as own:
            found["building_s"], found["building_cpu_s"] = _timed(lambda: peaks.build(path))
        found["own_mb"] = max(own)
    found["peak_mb"] = _memory_mb("VmHWM")
    print(json.dumps(found))


@contextlib.contextmanager
def _watched_memory() -> Iterator[list[float]]:
    """This process's own memory in MB, looked at each millisecond: an hour is over before much is told of it."""
    found, is_over = [_memory_mb("RssAnon")], threading.Event()

    def look() -> None:
        while not is_over.wait(0.001):
            found.append(_memory_mb("RssAnon"))

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield found
    finally:
        is_over.set()
        watching.join()


def _memory_mb(field: str) -> float:
    """What Linux says of this process's memory; ``ru_maxrss`` would count that of the process it was started from."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall time and processor time, in seconds."""
    started, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - used


def _decode_with_soundfile(path: str) -> None:
    with soundfile.SoundFile(path) as file:
        for _ in file.blocks(_BLOCK, dtype="int16", always_2d=True):
            pass


def _decode_with_pyav(path: str) -> None:
    import av

    with av.open(path) as container:
        container.streams.audio[0].codec_context.thread_type = "AUTO"
        joiner, converter = av.AudioFifo(), av.AudioResampler(format="s16")
        for frame in container.decode(audio=0):
            for converted in converter.resample(frame):
                converted.pts = None
                joiner.write(converted)
            if joiner.samples >= _BLOCK:
                joiner.read(_BLOCK).to_ndarray()
        rest = joiner.read()
        if rest is not None:
            rest.to_ndarray()


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
