"""Panning and zooming a 10-hour recording at 1920 px: waveform, spectrogram, four tiers and 20,000 segments.

Frames: one step of the hand and the painting it asks for, offscreen raster, baseline an empty window painted at the
same pace; limit p99 16 ms. The UI thread's own time is told beside it: what the machine's other work took is not in it,
nor what Qt fills in threads of its own (``QT_NO_GUI_THREADPOOL=1`` has it filled in this one).
Stalls: the same hands while peaks, small pictures of a film and pre-labels are made; limits p99 16 ms and max 50 ms,
or twice that of an empty window under the same load.
"""

from __future__ import annotations

import contextlib
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks._figures import quantile, tell
from tests.benchmarks._films import GOP, repeat_film, steady, write_film
from tests.benchmarks._stalls import gaps_while, tell_gaps

HOURS, RATE_HZ, CHANNELS = 10, 44_100, 2
WIDTH_PX, HEIGHT_PX = 1920, 1000
SEGMENTS, TIERS, STEPS = 20_000, 4, 600
STEP_MS = 8
FRAME_LIMIT_MS = 16.0
LABELS = ("speech", "music", "advert", "noise", "silence")
DAY_US = HOURS * 3_600_000_000


def write_sparse(path: Path, hours: float, rate_hz: int = RATE_HZ, channels: int = CHANNELS) -> None:
    """An RF64 file of that length: a second of noise each ten minutes, and between them holes that fill no disk."""
    frames = round(hours * 3600 * rate_hz)
    data_bytes = frames * channels * 2
    riff = data_bytes + 72
    head = b"RF64" + b"\xff\xff\xff\xff" + b"WAVE"
    head += b"ds64" + struct.pack("<IQQQI", 28, riff, data_bytes, frames, 0)
    head += b"fmt " + struct.pack("<IHHIIHH", 16, 1, channels, rate_hz, rate_hz * channels * 2, channels * 2, 16)
    head += b"data" + b"\xff\xff\xff\xff"
    noise = (np.random.default_rng(1).standard_normal((rate_hz, channels)) * 6000).astype(np.int16).tobytes()
    with path.open("wb") as file:
        file.write(head)
        for second in range(0, round(hours * 3600), 600):
            file.seek(len(head) + second * rate_hz * channels * 2)
            file.write(noise)
        file.truncate(len(head) + data_bytes)


def make_sets() -> list[Any]:
    """Four tiers of 5,000 segments each, as one set."""
    from annodesk.model.annotations import AnnotationSet, Segment

    rng, segments = random.Random(3), []
    per_tier = SEGMENTS // TIERS
    step = DAY_US // per_tier
    for tier in range(TIERS):
        for n in range(per_tier):
            start = n * step + rng.randrange(step // 4)
            labels = (LABELS[rng.randrange(len(LABELS))],)
            segments.append(Segment(f"{tier}-{n:05}", f"tier{tier}", start, start + step // 2, labels))
    return [AnnotationSet("set", elements=segments)]


def hand(view: Any, rng: random.Random) -> Iterator[None]:
    """Zooms in and out around places, pans by small steps and by pages, and moves the playhead, one step at a time."""
    state = view.state
    at = DAY_US // 2
    for number in range(STEPS):
        kind = (number // 40) % 5
        if kind == 0:
            state.set_scale(state.scale.zoomed(1.25, at))
        elif kind == 1:
            state.set_scale(state.scale.panned(state.scale.length_us(24)))
        elif kind == 2:
            state.set_scale(state.scale.zoomed(1 / 1.25, at))
        elif kind == 3:
            state.set_scale(state.scale.panned(state.scale.length_us(-180)))
        else:
            view.move_playhead(state.scale.start_us + rng.randrange(max(1, state.scale.span_us)))
            state.set_hover(view.playhead_us)
        if number % 200 == 199:
            at = rng.randrange(DAY_US)
            view.zoom_to(at, at + rng.choice((3_000_000, 60_000_000, 3_600_000_000)))
        yield


def time_frames(app: Any, steps: Iterator[None]) -> tuple[list[float], list[float]]:
    """Milliseconds of each step and of all the painting that it asked for: by the clock, and of this thread's own."""
    taken, own = [], []
    while True:
        began, own_began = time.perf_counter(), time.thread_time()
        if next(steps, steps) is steps:
            return taken, own
        app.sendPostedEvents()
        app.processEvents()
        taken.append((time.perf_counter() - began) * 1000)
        own.append((time.thread_time() - own_began) * 1000)
        time.sleep(0.004)


@contextlib.contextmanager
def load(jobs: Any, folder: Path) -> Iterator[None]:
    """What goes on beside the hands, over and over: peaks, small pictures of a film, and pre-labels.

    Each where annodesk has it: peaks and pictures in the background lane, and pre-labels in a process of their own, as
    far back as ``annodesk prelabel`` steps where it is started by itself.
    """
    from annodesk.media import cache
    from annodesk.media.frames import FrameIndex
    from annodesk.media.peaks import build
    from annodesk.media.thumbnails import Thumbnails, numbers_for
    from annodesk.progress import CancelToken
    from annodesk.ui.timeline.wave_source import peaks_threads

    sound = folder / "other.wav"
    write_sparse(sound, HOURS)
    film = repeat_film(folder / "film.mp4", write_film(folder / "minute.mp4", steady(6 * GOP)), 20)
    index = FrameIndex.of(film)
    times_us = [index.end_us * (2 * k + 1) // 100 for k in range(50)]
    over = CancelToken()

    def peaks(cancel: CancelToken) -> None:
        while not over.is_cancelled:
            cache.forget(cache.known_print(sound))
            build(sound, cancel=cancel, threads=peaks_threads())

    def pictures(cancel: CancelToken) -> None:
        height = 60
        while not over.is_cancelled:
            height += 1  # those of the same height are on disk already
            wanted = numbers_for(index, times_us, exact=False)
            goes_on = lambda: not (over.is_cancelled or cancel.is_cancelled)  # noqa: E731
            for _ in Thumbnails(film, index, height).make(wanted, goes_on=goes_on):
                pass

    running = [jobs.background(peaks, what="load"), jobs.background(pictures, what="load")]
    program = f"from tests.benchmarks.pan_zoom import prelabel; prelabel({str(folder)!r})"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True) as labelling:
        assert labelling.stdout is not None
        labelling.stdout.readline()
        yield
        labelling.kill()
    over.cancel()
    for one in running:
        one.cancel()


def prelabel(folder: str) -> None:
    """Pre-label the demo project again and again, as far back as the command does; says when it begins."""
    from annodesk import paths
    from annodesk.__main__ import STEPS_BACK
    from annodesk.progress import step_back
    from annodesk.services import Services

    step_back(STEPS_BACK)
    demo = paths.resource("demo")
    with Services.open(Path(folder, "demo.annodesk"), create=True) as services:
        project = services.projects.init(demo / "project.toml").id
        services.items.add(project, sorted(demo.glob("*.flac")))
        print("begun", flush=True)
        while True:
            services.prelabel.run(project, anew=True)


def main() -> None:
    """Frames first, then stalls under load, of the timeline and of an empty window."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QWidget

    from annodesk.model.schema import Label, Tier
    from annodesk.ui.app import make_app
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.timeline.view import LaneSpec, TimelineView

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["ANNODESK_CACHE"] = str(folder / "cache")
        app = make_app("dark")
        write_sparse(folder / "long.wav", HOURS)
        jobs = Jobs()
        view = TimelineView(jobs)
        view.set_duration(0, DAY_US)
        tiers = [Tier(f"tier{n}", labels=tuple(Label(one) for one in LABELS)) for n in range(TIERS)]
        view.set_lanes([LaneSpec(tier.name, tier.name, tier, "person", True) for tier in tiers])
        (held,) = make_sets()
        for tier in tiers:
            view.set_annotations(tier.name, held)
        view.set_media(folder / "long.wav")
        view.show_spectrogram(True)
        view.resize(WIDTH_PX + view.state.gutter_px, HEIGHT_PX)
        view.show()
        gaps_while(iter(()), lambda: view.is_settled and jobs.is_idle, every_ms=STEP_MS)
        empty = QWidget()
        empty.resize(view.size())

        def nothing() -> Iterator[None]:
            for _ in range(STEPS):
                empty.update()
                yield

        frames, own = time_frames(app, hand(view, random.Random(5)))
        empty.show()
        plain, _ = time_frames(app, nothing())
        empty.hide()
        with load(jobs, folder):
            busy = gaps_while(hand(view, random.Random(7)), lambda: True, every_ms=STEP_MS)
            view.hide()
            empty.show()
            idle = gaps_while(nothing(), lambda: True, every_ms=STEP_MS)
        for one in (view, empty):
            one.close()
        jobs.close()
    facts = {"segments": SEGMENTS, "tiers": TIERS, "hours": HOURS, "width_px": WIDTH_PX}
    p99 = quantile(frames, 0.99)
    baseline = "an empty window of that size"
    tell("pan_zoom.frame_p99", p99, "ms", quantile(plain, 0.99), limit=FRAME_LIMIT_MS, ok=p99 < FRAME_LIMIT_MS,
         median=round(quantile(frames, 0.5), 2), own_p99=round(quantile(own, 0.99), 2), baseline_is=baseline,
         **facts)  # fmt: skip
    tell_gaps("pan_zoom", busy, idle, baseline_is=f"{baseline} under the same load", **facts)
