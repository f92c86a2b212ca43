"""Projects that the README's pictures of the timeline are taken in: ten hours of sound, a film with its strip."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from annodesk.model.annotations import Segment
from annodesk.model.edits import add
from annodesk.model.ids import new_id
from annodesk.model.work import Role
from annodesk.paths import resource
from annodesk.services import Services
from annodesk.services.demo import MANAGER
from annodesk.ui import theme
from annodesk.ui.annotate.taskview import TaskView
from annodesk.ui.annotate.workspace import AnnotateWorkspace
from annodesk.ui.app import make_app, wait_until
from annodesk.ui.first.practice import PracticePage
from annodesk.ui.first.workspace import FirstSteps
from annodesk.ui.jobs import Jobs
from annodesk.ui.setup.workspace import SetupWorkspace
from annodesk.ui.window import MainWindow

LONG_HOURS, LONG_HZ = 10, 8000
LOOK_US = 3 * 3600 * 1_000_000
LONGEST_S = 120.0
PERSON = "Ada"
PROJECT = """
name = "{name}"
guidelines = "guidelines.md"
languages = ["en"]

[[tier]]
name = "content"
labels = [
    { name = "speech", key = "1" }, { name = "music", key = "2" }, { name = "advert", key = "3" },
    { name = "silence", key = "4" }, { name = "noise", key = "5" },
]

[[tier]]
name = "words"
parent = "content"
rule = "included-in"
required = false
labels = []

[[tier]]
name = "marks"
kind = "point"
required = false
labels = [{ name = "cut", key = "7" }, { name = "jingle", key = "8" }]

[workflow]
overlap = 1
task_seconds = 360000

[prelabel]
show = "never"
"""


def take_all(folder: Path, out: Path) -> None:
    """Write ``long.png``, ``spectrogram.png``, ``video.png`` and ``practice.png``."""
    for name in ("long", "film"):
        (folder / name).mkdir()
    recording = long_recording(folder / "long")
    _take(recording, out / "long.png", "light", _pose_long)
    _take(recording, out / "spectrogram.png", "dark", _pose_spectrogram)
    made = film(folder / "film")
    _take(made, out / "video.png", "dark", _pose_film)
    take_practice(made, out / "practice.png", "light")


def _pose_long(view: TaskView) -> None:
    view.timeline.zoom_to(LOOK_US, LOOK_US + 160_000_000)
    view.timeline.move_playhead(LOOK_US + 48_000_000)


def _pose_spectrogram(view: TaskView) -> None:
    timeline = view.timeline
    timeline.show_spectrogram(True)
    timeline.zoom_to(LOOK_US + 40_000_000, LOOK_US + 58_000_000)
    timeline.move_playhead(LOOK_US + 48_000_000)


def _pose_film(view: TaskView) -> None:
    view.timeline.move_playhead(5_600_000)


def _take(path: Path, out: Path, look: str, pose: Callable[[TaskView], None]) -> None:
    theme.apply(make_app(look), look)
    window = MainWindow(Jobs(), path, person=PERSON)
    window.resize(1440, 900)
    window.show()

    def view() -> TaskView | None:
        workspace = window.workspace
        return workspace.view if isinstance(workspace, AnnotateWorkspace) and workspace.view.work else None

    def is_ready() -> bool:
        shown = view()
        return shown is not None and window.is_idle() and shown.is_idle() and shown.timeline.is_settled

    try:
        wait_until(is_ready, limit_s=LONGEST_S)
        shown = view()
        assert shown is not None
        pose(shown)
        wait_until(is_ready, limit_s=LONGEST_S)
        shown.bar.show_sound("", is_quiet=False)  # where the pictures are taken there may be no audio device
        window.grab().save(str(out))
    finally:
        window.close()
        window.deleteLater()


def take_project(path: Path, out: Path, look: str) -> None:
    """The project page as it opens, by who may set what stands there."""
    theme.apply(make_app(look), look)
    window = MainWindow(Jobs(), path, person=MANAGER)
    window.resize(1440, 900)
    window.show()
    try:
        wait_until(lambda: window.context is not None and window.is_idle())
        window.show_workspace("setup")
        page = window.workspace
        assert isinstance(page, SetupWorkspace)
        wait_until(lambda: page.start.found is not None and window.is_idle(), limit_s=LONGEST_S)
        window.grab().save(str(out))
    finally:
        window.close()
        window.deleteLater()


def take_practice(path: Path, out: Path, look: str) -> None:
    """The third clip of the first steps, half done."""
    theme.apply(make_app(look), look)
    window = MainWindow(Jobs(), path, person=PERSON)
    window.resize(1440, 900)
    window.show()
    try:
        wait_until(lambda: window.context is not None and window.is_idle())
        window.first.show()
        steps = window.workspace
        assert isinstance(steps, FirstSteps)

        def is_ready() -> bool:
            page = steps.page
            view = page.workspace.view if isinstance(page, PracticePage) and page.workspace is not None else None
            return view is not None and view.work is not None and steps.is_idle() and view.timeline.is_settled

        while steps.page is not steps.practice[-1]:
            wait_until(steps.is_idle)
            steps.go_on()
        wait_until(is_ready, limit_s=LONGEST_S)
        workspace = steps.practice[-1].workspace
        assert workspace is not None
        for action in ("annotate.take", "annotate.take"):
            workspace.keys.trigger(action)
            wait_until(is_ready, limit_s=LONGEST_S)
        workspace.view.bar.show_sound("", is_quiet=False)
        window.grab().save(str(out))
    finally:
        window.close()
        window.deleteLater()


def long_recording(folder: Path) -> Path:
    """A project with one recording of ten hours: the demo's podcast again and again, louder and quieter."""
    podcast, rate_hz = soundfile.read(resource("demo/podcast.flac"), dtype="float32", always_2d=True)
    mono = soxr.resample(podcast.mean(axis=1), rate_hz, LONG_HZ).astype(np.float32)
    truth = json.loads(resource("demo/truth.json").read_text(encoding="utf-8"))["podcast.flac"]["segments"]
    rng = np.random.default_rng(7)
    media = folder / "field-day.wav"
    segments: list[Segment] = []
    with soundfile.SoundFile(media, "w", LONG_HZ, 1, "PCM_16") as file:
        for round_ in range(LONG_HOURS * 3600 * LONG_HZ // mono.size):
            start_us, end_us = (round(n * mono.size * 1_000_000 / LONG_HZ) for n in (round_, round_ + 1))
            segments += _elements(truth, start_us, end_us)
            file.write(mono * rng.uniform(0.25, 1.0))
    return _project(folder, "field-day", media, segments)


def film(folder: Path) -> Path:
    """A project with the demo's trailer, its shots labelled."""
    truth = json.loads(resource("demo/truth.json").read_text(encoding="utf-8"))["trailer.mp4"]["segments"]
    segments = _elements(truth, 0, truth[-1]["end_us"])
    return _project(folder, "trailer", resource("demo/trailer.mp4"), segments)


def _elements(truth: Iterable[dict[str, Any]], from_us: int, to_us: int) -> list[Segment]:
    made = []
    for one in truth:
        start, end = from_us + one["start_us"], min(to_us, from_us + one["end_us"])
        parent = Segment(new_id(), "content", start, end, (str(one["label"]),))
        made.append(parent)
        if one.get("text"):
            made.append(Segment(new_id(), "words", start, end, text=str(one["text"]), parent=parent.id))
        if one["label"] == "music":
            made.append(Segment(new_id(), "marks", start, start, ("jingle",)))
    return made


def _project(folder: Path, name: str, media: Path, segments: list[Segment]) -> Path:
    (folder / "project.toml").write_text(PROJECT.replace("{name}", name), encoding="utf-8")
    (folder / "guidelines.md").write_text("# Guidelines\n\nLabel what is heard.\n", encoding="utf-8")
    path = folder / f"{name}.annodesk"
    with Services.open(path, create=True) as services:
        project = services.projects.init(folder / "project.toml")
        person = services.people.add(project.id, PERSON, Role.ANNOTATOR)
        services.items.add(project.id, [media])
        services.coordinator.round(project.id)
        (card,) = services.tasks.cards(project.id, person.id)
        work = services.tasks.open(project.id, person.id, card.task_id)
        inside = [s for s in segments if s.end_us <= work.task.end_us]
        edit = work.session.stage(add(*inside))
        assert edit is not None
        services.annotate.record(edit)
    return path
