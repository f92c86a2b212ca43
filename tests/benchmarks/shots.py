"""Cuts and fades of a 720p film: times its own length, beside decoding alone, and whether each cut is found."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import av

from annodesk.media import shots
from annodesk.media.frames import FrameIndex
from tests.benchmarks import report
from tests.benchmarks._films import steady, write_film

FRAMES, SHOT_FRAMES = 1500, 130


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="annodesk-bench-") as folder:
        os.environ["ANNODESK_CACHE"] = str(Path(folder) / "cache")
        path = write_film(Path(folder) / "film.mp4", steady(FRAMES), shot_frames=SHOT_FRAMES)
        length_s = FrameIndex.of(path).end_us / 1_000_000
        started = time.perf_counter()
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for _ in container.decode(stream):
                pass
        decoding = time.perf_counter() - started
        started = time.perf_counter()
        found = shots.find(path)
        looking = time.perf_counter() - started
        wanted = list(range(SHOT_FRAMES, FRAMES, SHOT_FRAMES))
        report(
            "shots of a 720p film",
            looking,
            "s",
            baseline=length_s / 5,
            baseline_is="a fifth of its length",
            limit=1.0,
            times_real_time=round(length_s / looking, 1),
            decoding_alone_s=round(decoding, 2),
        )
        report("cuts missed or made up", len(set(wanted) ^ {shot.frame for shot in found}), "cuts", limit=0)


if __name__ == "__main__":
    main()
