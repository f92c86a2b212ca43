"""Exact frames: 1,000 random seeks at three frame rates, each told by its number in the picture; stepping back."""

from __future__ import annotations

import bisect
import os
import tempfile
import time
from pathlib import Path

import av
import numpy as np

from annodesk.media.frames import FrameIndex, FrameReader
from tests.benchmarks import report
from tests.benchmarks._figures import quantile
from tests.benchmarks._films import GOP, drifting, number_in, steady, uneven, write_film

FRAMES = 4 * GOP
SEEKS = int(os.environ.get("ANNODESK_BENCH_SEEKS", "1000"))
RATES = {"steady rate": steady, "drifting rate": drifting, "uneven rate": uneven}


def main() -> None:
    """Print the figures; seeks of ours and of the decoder alone take turns, so that both bear the same load."""
    with tempfile.TemporaryDirectory(prefix="annodesk-bench-") as folder:
        os.environ["ANNODESK_CACHE"] = str(Path(folder) / "cache")
        films = {name: write_film(Path(folder) / f"{name}.mp4", rate(FRAMES)) for name, rate in RATES.items()}
        for name, path in films.items():
            _seeking(name, path, SEEKS // len(films) + 1)
        for within in ((1280, 720), (640, 360)):
            _stepping(films["drifting rate"], within)


def _seeking(name: str, path: Path, count: int) -> None:
    index = FrameIndex.of(path)
    targets = [int(number) for number in np.random.default_rng(3).integers(0, index.count, count)]
    ours, plain, wrong = [], [], 0
    with FrameReader(path, index) as reader, av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        keys, pts = index.keyframes.tolist(), index.pts.tolist()
        for number in targets:
            started = time.perf_counter()
            container.seek(keys[bisect.bisect_right(keys, pts[number]) - 1], stream=stream, backward=True)
            next(frame for frame in container.decode(stream) if frame.pts == pts[number])
            plain.append(time.perf_counter() - started)
            started = time.perf_counter()
            picture, time_us = reader.read(number)
            ours.append(time.perf_counter() - started)
            wrong += number_in(picture) != number or time_us != index.time_us(number)
    report(
        f"random seek, 720p, {name}, 95 of 100",
        quantile(ours, 0.95) * 1000,
        "ms",
        baseline=quantile(plain, 0.95) * 1000,
        baseline_is="seek to the key frame and decode to the frame, PyAV alone",
        limit=1.3,
        seeks=count,
        median_ms=round(quantile(ours, 0.5) * 1000, 1),
    )
    report(f"wrong frames, {name}", wrong, "frames", limit=0)


def _stepping(path: Path, within: tuple[int, int]) -> None:
    with FrameReader(path) as reader:
        last = 2 * GOP - 1
        reader.show(last, within)
        times = []
        for number in range(last - 1, GOP - 1, -1):
            started = time.perf_counter()
            reader.show(number, within)
            times.append(time.perf_counter() - started)
    said = f"shown at {within[0]} x {within[1]}"
    report(f"step back within a group of {GOP}, {said}, 95 of 100", quantile(times, 0.95) * 1000, "ms", limit=40.0)
    report(f"first step back, {said}", times[0] * 1000, "ms", longest_ms=round(max(times) * 1000, 1))


if __name__ == "__main__":
    main()
