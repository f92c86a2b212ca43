"""Playing a 720p video over its film strip while a person pans and zooms: how long the window keeps events waiting."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks._figures import quantile, tell
from tests.benchmarks._stalls import gaps_while, tell_gaps

SECONDS, FRAMES_PER_S, GOP = 12, 25, 250
PLAYED_S = 8.0
STEP_MS = 20


def make_film(path: Path) -> Path:
    """A 720p video whose picture moves as a whole, with one key frame in 250."""
    import av
    import numpy as np

    wide = np.random.default_rng(3).integers(0, 255, (90, 320, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(str(path), "w") as container:
        options = {"preset": "veryfast", "g": str(GOP), "bf": "3", "sc_threshold": "0"}
        stream = container.add_stream("libx264", rate=FRAMES_PER_S, options=options)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        for number in range(SECONDS * FRAMES_PER_S):
            left = 4 * number % 1280
            picture = np.ascontiguousarray(wide[:, left : left + 1280])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def for_seconds(seconds: float, steps: Iterator[None]) -> Iterator[None]:
    """As many of these steps as come to pass in a time, and waiting where there are no more."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        next(steps, None)
        yield


def decode_beside(path: Path, may_go: Callable[[], bool]) -> None:
    """The same decoding as while it plays, shown to nobody."""
    from annodesk.media.frames import FrameReader

    with FrameReader(path) as reader:
        number = 0
        while may_go():
            reader.show(number % reader.index.count, (853, 480))
            number += 1
            threading.Event().wait(1 / FRAMES_PER_S)


def main() -> None:
    """The timeline with its video first, then an empty window beside the same decoding."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QVBoxLayout, QWidget

    from annodesk.services.videos import ItemVideo
    from annodesk.ui.app import make_app
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.player.transport import Transport
    from annodesk.ui.player.video import VideoDeck
    from annodesk.ui.timeline.view import TimelineView

    with tempfile.TemporaryDirectory() as folder:
        for name in ("CACHE", "CONFIG", "DATA"):
            os.environ[f"ANNODESK_{name}"] = str(Path(folder) / name.lower())
        app = make_app("dark")  # noqa: F841 - keeps it alive
        film = make_film(Path(folder) / "film.mp4")
        jobs, window = Jobs(), QWidget()
        timeline, transport = TimelineView(jobs), Transport(window, silent=True)
        deck = VideoDeck(timeline, transport, jobs, window)
        rows = QVBoxLayout(window)
        rows.addWidget(deck.home, 1)
        rows.addWidget(timeline, 1)
        timeline.set_duration(0, SECONDS * 1_000_000)
        transport.set_source(film, duration_us=SECONDS * 1_000_000)
        transport.position_changed.connect(timeline.follow_playhead)
        window.resize(1440, 960)
        window.show()
        deck.load([ItemVideo("film", film.name, "main", 0, film, keeps_time=True)])
        gaps_while(for_seconds(3.0, iter(())), lambda: True, every_ms=STEP_MS)
        if not deck.is_idle:
            raise RuntimeError("the video is not shown")
        shown: set[int | None] = set()
        late: list[int] = []

        def work() -> Iterator[None]:
            while True:
                for share in (0.15, -0.15):
                    timeline.zoom_in()
                    yield
                    timeline.pan(share)
                    yield
                    timeline.zoom_out()
                    yield

        def note(time_us: int) -> None:
            number = deck.numbers()[0]
            shown.add(number)
            late.append(time_us * FRAMES_PER_S // 1_000_000 - (number or 0))

        transport.position_changed.connect(note)
        transport.play(0)
        busy = gaps_while(for_seconds(PLAYED_S, work()), lambda: True, every_ms=STEP_MS)
        transport.pause()
        deck.release()
        window.close()
        going = threading.Event()
        going.set()
        beside = threading.Thread(target=decode_beside, args=(film, going.is_set))
        empty = QWidget()
        empty.resize(1440, 960)
        empty.show()
        beside.start()
        idle = gaps_while(for_seconds(PLAYED_S, iter(())), lambda: True, every_ms=STEP_MS)
        going.clear()
        beside.join()
        empty.close()
        jobs.close()
    facts = {"baseline_is": "an empty window beside the same decoding", "video": "720p, 25 a second, GOP 250"}
    tell_gaps("video_play", busy, idle, **facts)
    due = PLAYED_S * FRAMES_PER_S
    tell(
        "video_play.frames_shown", len(shown), "frames", due, late_p95=quantile([float(n) for n in late], 0.95), **facts
    )


if __name__ == "__main__":
    main()
