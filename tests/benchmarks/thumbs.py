"""Small pictures for the film strip: 200 of a film of one hour, against decoding its key frames alone."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import av

from annodesk.media.frames import FrameIndex
from annodesk.media.thumbnails import Thumbnails, is_coarse, numbers_for
from tests.benchmarks import report
from tests.benchmarks._films import GOP, repeat_film, steady, write_film

COUNT, HEIGHT, ROUNDS = 200, 90, 3


def main() -> None:
    """Print the figures; both sides take turns."""
    with tempfile.TemporaryDirectory(prefix="annodesk-bench-") as folder:
        os.environ["ANNODESK_CACHE"] = str(Path(folder) / "cache")
        minute = write_film(Path(folder) / "minute.mp4", steady(6 * GOP))
        hour = repeat_film(Path(folder) / "hour.mp4", minute, 60)
        started = time.perf_counter()
        index = FrameIndex.of(hour)
        report("frame index of one hour", time.perf_counter() - started, "s", frames=index.count)
        times_us = [index.end_us * (2 * k + 1) // (2 * COUNT) for k in range(COUNT)]
        assert is_coarse(index, times_us[1] - times_us[0])
        ours, plain = [], []
        for number in range(ROUNDS):
            plain.append(_plain(hour, times_us))
            started = time.perf_counter()
            # Another height each time: those of the same height are on disk already.
            made = list(Thumbnails(hour, index, HEIGHT + number).make(numbers_for(index, times_us, exact=False)))
            ours.append(time.perf_counter() - started)
            assert len(made) == COUNT
        report(
            f"{COUNT} small pictures of one hour, kept on disk",
            min(ours),
            "s",
            baseline=min(plain),
            baseline_is="seek, decode and scale the same key frames, PyAV alone",
            limit=1.3,
        )
        started = time.perf_counter()
        assert len(list(Thumbnails(hour, index, HEIGHT).make(numbers_for(index, times_us, exact=False)))) == COUNT
        report(f"the same {COUNT} from the disk", time.perf_counter() - started, "s")


def _plain(path: Path, times_us: list[int]) -> float:
    started = time.perf_counter()
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.skip_frame = "NONE", "NONKEY"
        tick_s = stream.time_base
        assert tick_s is not None
        for time_us in times_us:
            container.seek(round(time_us / 1_000_000 / tick_s), stream=stream, backward=True)
            next(container.decode(stream)).to_ndarray(format="bgra", width=160, height=90)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
