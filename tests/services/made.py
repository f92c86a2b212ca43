"""Project files for the tests of store, services and command line: short recordings, people, and hand-made answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import soundfile
from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.model.annotations import (
    AnnotationSet,
    Author,
    AuthorKind,
    Element,
    Origin,
    OriginKind,
    Segment,
    Suggestion,
)
from annodesk.model.edits import Draft, add, set_answer
from annodesk.model.ids import new_id
from annodesk.model.work import Person, Role
from annodesk.services import Services
from annodesk.services.review import ReviewWork
from annodesk.services.tasks import TaskWork
from annodesk.store import journal

SECOND_US = 1_000_000
SECONDS = 40
MODEL = "ab" * 32

PROJECT = """
name = "{name}"
guidelines = "guidelines.md"

[[tier]]
name = "content"
labels = ["speech", "music", "advert"]

[[tier]]
name = "events"
kind = "point"
required = false
labels = ["laugh", "jingle"]

[[tier]]
name = "voices"
overlap = true
required = false
labels = ["host", "guest"]

[[question]]
name = "policy"
kind = "multi-label"
labels = ["violence", "medical", "none"]
not_sure = true

[[question]]
name = "quality"
kind = "rating"
required = false

[[question]]
name = "format"
kind = "choice"
required = false
labels = ["news", "talk"]

[[span]]
name = "entity"
labels = ["artist", "track"]

[workflow]
overlap = {overlap}
overlap_share = 1.0
task_seconds = {task_seconds}
audit_share = {audit_share}
rerule_share = {rerule_share}
{workflow}

[prelabel]
show = "{show}"
show_above = 0.90
unaided_share = 0.0
"""

Stretch = tuple[float, float, str]
ALIKE: tuple[Stretch, ...] = ((0, 10, "speech"), (10, 25, "music"), (25, 40, "speech"))
OTHER: tuple[Stretch, ...] = ((0, 10, "speech"), (10, 25, "advert"), (25, 40, "music"))


class Clock:
    """A clock that a test moves; it goes on by a millisecond whenever it is read."""

    def __init__(self, now_us: int = 1_700_000_000_000_000) -> None:
        self.now_us = now_us

    def __call__(self) -> int:
        self.now_us += 1000
        return self.now_us

    def hours(self, hours: float) -> None:
        """Let time pass."""
        self.now_us += round(hours * 3600 * SECOND_US)


class House(Struct):
    """One open project file with its people."""

    services: Services
    clock: Clock
    folder: Path
    project_id: str
    people: dict[str, Person] = field(default_factory=dict)

    def id_of(self, name: str) -> str:
        return self.people[name].id

    def tasks(self) -> list[str]:
        """Ids of the tasks to label, by item key and time."""
        from annodesk.model.work import Stage
        from annodesk.store import tasks

        with self.services.file.read() as db:
            return [task.id for task in tasks.list_tasks(db, self.project_id, Stage.ANNOTATE)]

    def open(self, name: str, task: str | int = 0) -> TaskWork:
        """A task in a person's name; a number means the task at that place."""
        task_id = task if isinstance(task, str) else self.tasks()[task]
        return self.services.tasks.open(self.project_id, self.id_of(name), task_id)

    def do(self, work: TaskWork | ReviewWork, draft: Draft) -> None:
        """Make a gesture and store it."""
        edit = work.session.stage(draft)
        if edit is not None:
            self.services.annotate.record(edit)

    def label(
        self,
        name: str,
        stretches: Iterable[Stretch] = ALIKE,
        *elements: Element,
        task: str | int = 0,
        policy: object = ("none",),
        quality: int | None = None,
    ) -> TaskWork:
        """Open a task and fill it; segments are cut to the task."""
        work = self.open(name, task)
        low, high = work.task.start_us, work.task.end_us
        cut = [(max(s.start_us, low), min(s.end_us, high), s) for s in segments(stretches)]
        drawn = [Segment(s.id, s.tier, start, end, s.labels) for start, end, s in cut if start < end]
        if drawn or elements:
            self.do(work, add(*drawn, *elements))
        self.do(work, set_answer(work.session.annotations, "policy", policy))
        if quality is not None:
            self.do(work, set_answer(work.session.annotations, "quality", quality))
        return work

    def submit(
        self,
        name: str,
        stretches: Iterable[Stretch] = ALIKE,
        *elements: Element,
        task: str | int = 0,
        **answers: object,
    ) -> TaskWork:
        """Label a task and hand it in."""
        work = self.label(name, stretches, *elements, task=task, **answers)  # type: ignore[arg-type]
        self.services.tasks.submit(work.session.annotations)
        return work

    def round(self) -> None:
        """Let the coordinator look at everything."""
        self.services.coordinator.round(self.project_id)

    def status(self) -> dict[str, object]:
        """The project's figures."""
        return self.services.dashboard.status(self.project_id)[0]

    def review(self, name: str = "Cleo") -> ReviewWork:
        """The most urgent review, opened in a person's name."""
        card = self.services.review.cards(self.project_id, self.id_of(name))[0]
        return self.services.review.open(self.project_id, self.id_of(name), card.task_id)

    def model_says(self, stretches: Sequence[tuple[float, float, str, float]], task: int = 0) -> AnnotationSet:
        """Put a model's set on a task."""
        made = AnnotationSet(
            new_id(),
            author=Author(AuthorKind.MODEL, MODEL),
            project_id=self.project_id,
            task_id=self.tasks()[task],
            elements=[suggested(*stretch) for stretch in stretches],
        )
        with self.services.file.write() as db:
            journal.add_set(db, made, self.clock())
        return made


def suggested(start_s: float, end_s: float, label: str, probability: float) -> Segment:
    """A segment as the model makes it."""
    origin = Origin(OriginKind.MODEL, suggestion=Suggestion(probability, MODEL, "embedded", "1", 7))
    return Segment(new_id(), "content", us(start_s), us(end_s), (label,), origin=origin)


def taken_from(suggestion: Segment) -> Segment:
    """A person's own segment, taken from a suggestion as it is."""
    origin = Origin(OriginKind.SUGGESTION, suggestion.id, suggestion.origin.suggestion)
    return replace(suggestion, id=new_id(), origin=origin)


def us(seconds: float) -> int:
    """Microseconds."""
    return round(seconds * SECOND_US)


def segments(stretches: Iterable[Stretch], tier: str = "content") -> list[Segment]:
    """Segments of a tier; without a label where the text is empty."""
    return [Segment(new_id(), tier, us(start), us(end), (label,) if label else ()) for start, end, label in stretches]


def timeline(annotations: AnnotationSet, tier: str = "content") -> list[tuple[float, float, tuple[str, ...]]]:
    """A tier in seconds, for comparing."""
    return [(s.start_us / SECOND_US, s.end_us / SECOND_US, s.labels) for s in annotations.segments(tier)]


def make_recording(path: Path, seconds: int = SECONDS, seed: int = 0) -> Path:
    """Quiet noise, another for each seed."""
    noise = np.random.default_rng(seed).normal(0, 0.05, seconds * 2000)
    soundfile.write(path, noise.astype(np.float32), 2000)
    return path


def write_project(
    folder: Path,
    *,
    name: str = "podcast-policy",
    overlap: int = 2,
    show: str = "never",
    task_seconds: int = 1200,
    audit_share: float = 0.0,
    rerule_share: float = 0.0,
    workflow: str = "",
) -> Path:
    """A project file with its guidelines."""
    (folder / "guidelines.md").write_text("# Guidelines\n", encoding="utf-8")
    text = PROJECT.format(
        name=name,
        overlap=overlap,
        show=show,
        task_seconds=task_seconds,
        audit_share=audit_share,
        rerule_share=rerule_share,
        workflow=workflow,
    )
    path = folder / "project.toml"
    path.write_text(text, encoding="utf-8")
    return path


def make_house(
    folder: Path,
    *,
    items: int = 1,
    people: Sequence[str] = ("Ada", "Ben"),
    with_text: bool = False,
    seconds: int = SECONDS,
    overlap: int = 2,
    show: str = "never",
    task_seconds: int = 1200,
    audit_share: float = 0.0,
    rerule_share: float = 0.0,
    workflow: str = "",
) -> House:
    """A project file with recordings, annotators of the names given, and the analyst Cleo."""
    project_file = write_project(
        folder,
        overlap=overlap,
        show=show,
        task_seconds=task_seconds,
        audit_share=audit_share,
        rerule_share=rerule_share,
        workflow=workflow,
    )
    media = folder / "media"
    media.mkdir()
    for number in range(items):
        make_recording(media / f"episode-{number}.wav", seconds, number)
        if with_text:
            (media / f"episode-{number}.txt").write_text(f"A word on Ana Lua, take {number}.\n", encoding="utf-8")
    clock = Clock()
    services = Services.open(folder / "work.annodesk", create=True, clock=clock)
    project = services.projects.init(project_file)
    house = House(services, clock, folder, project.id)
    for name in people:
        house.people[name] = services.people.add(project.id, name, Role.ANNOTATOR)
    house.people["Cleo"] = services.people.add(project.id, "Cleo", Role.ANALYST)
    services.items.add(project.id, [media])
    house.round()
    return house
