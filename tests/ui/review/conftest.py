"""A project in a real file with two annotators who disagree, a model, and an analyst who reviews."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from annodesk.model.annotations import (
    AnnotationSet,
    Answer,
    Author,
    AuthorKind,
    Element,
    Origin,
    OriginKind,
    Segment,
    Span,
    Suggestion,
    answer_id,
)
from annodesk.model.edits import add
from annodesk.model.ids import new_id
from annodesk.model.work import Role
from annodesk.services import Services
from annodesk.ui import advance
from annodesk.ui.parts import settings
from annodesk.ui.player.mixer import ARRIVAL
from tests.ui.review.room import Room

TIER = """
[[tier]]
name = "content"
labels = ["speech", "music", "advert", "silence", "noise"]
"""
PROJECT = f"""
name = "podcast-policy"
guidelines = "guidelines.md"
{TIER}
[[question]]
name = "policy"
kind = "choice"
labels = ["violence", "medical", "none of these"]
not_sure = true

[[span]]
name = "entity"
labels = ["person", "work", "place"]

[workflow]
overlap = 2
overlap_share = 1.0
escalate_below = 0.95
audit_share = 0.0
rerule_share = 0.0
reference_share = 0.0

[prelabel]
model = "embedded"
show = "never"
"""
GUIDELINES = """# Content

## 3.1 Speech
Anybody who talks, also over music.

## 3.2 Advert
A message for a product counts as advert from the first word about it to the return to the topic.
"""
S = 1_000_000

ANNA = [
    (0, 7, "music"),
    (7, 19, "speech"),
    (19, 32, "music"),
    (32, 43, "speech"),
    (43, 50, "advert"),
    (50, 79, "music"),
]
BORIS = [
    (0, 7, "music"),
    (7, 22, "speech"),
    (22, 32, "music"),
    (32, 43, "speech"),
    (43, 50, "speech"),
    (50, 79, "music"),
]
MODEL = [
    (0, 8, "music"),
    (8, 20, "speech"),
    (20, 32, "music"),
    (32, 44, "noise"),
    (44, 51, "advert"),
    (51, 79, "music"),
]


def stretches(pieces: list[tuple[float, float, str]], end_us: int, origin: Origin | None = None) -> list[Segment]:
    """Segments of the content tier, the last one to the end of the recording."""
    made = []
    for start, end, label in pieces:
        last = end_us if end == 79 else round(end * S)
        made.append(Segment(new_id(), "content", round(start * S), last, (label,), origin=origin or Origin()))
    return made


class Desk(Struct):
    """The open file, and who is who."""

    services: Services
    project_id: str
    analyst: str
    annotators: tuple[str, str]

    def review_task(self) -> str:
        """The first item of the analyst's queue."""
        return self.services.review.cards(self.project_id, self.analyst)[0].task_id


def say(services: Services, project_id: str, person_id: str, elements: Callable[[object], list[Element]]) -> None:
    """A person opens their one task, says something, and hands it in."""
    card = services.tasks.cards(project_id, person_id)[0]
    work = services.tasks.open(project_id, person_id, card.task_id)
    edit = work.session.stage(add(*elements(work)))
    assert edit is not None
    services.annotate.record(edit)
    services.tasks.submit(work.session.annotations)


def model_says(services: Services, task_id: str, project_id: str, elements: list[Element]) -> None:
    """The model's set, as a pre-labelling run writes it."""
    from annodesk.store import journal

    author = Author(AuthorKind.MODEL, "f" * 64)
    annotations = AnnotationSet(new_id(), author=author, project_id=project_id, task_id=task_id, elements=elements)
    with services.file.write() as db:
        journal.add_set(db, annotations, 0)


def make_desk(
    folder: Path,
    repo: Path,
    *,
    with_text: bool = True,
    with_sound: bool = True,
    agree: bool = False,
    third: tuple[list[tuple[float, float, str]], str, str, int] | None = None,
    audit: bool = False,
) -> Desk:
    """A project file in a folder, with one item that two people have labelled; ``third`` is what one more says."""
    folder.mkdir(parents=True, exist_ok=True)
    project = PROJECT if with_sound else PROJECT.replace(TIER, "")
    if third is not None:
        project = project.replace("overlap = 2", "overlap = 3")
    if audit:
        project = project.replace("audit_share = 0.0", "audit_share = 1.0")
    (folder / "project.toml").write_text(project, encoding="utf-8")
    (folder / "guidelines.md").write_text(GUIDELINES, encoding="utf-8")
    paths = []
    for suffix, wanted in ((".flac", with_sound), (".txt", with_text)):
        if wanted:
            paths.append(Path(shutil.copy(repo / "resources/demo" / f"podcast{suffix}", folder)))
    services = Services.open(folder / "work.annodesk", create=True)
    project_id = services.projects.init(folder / "project.toml").id
    people = services.people
    one, two = (people.add(project_id, name, Role.ANNOTATOR).id for name in ("Anna", "Boris"))
    analyst = people.add(project_id, "Clara", Role.ANALYST).id
    services.items.add(project_id, paths)
    services.coordinator.round(project_id)
    task_id = services.tasks.cards(project_id, one)[0].task_id

    def elements(pieces, policy, label, moved):
        def make(work):
            made: list[Element] = []
            if with_sound:
                made += stretches(pieces, work.task.end_us)
            made.append(Answer(answer_id("policy"), "policy", policy))
            if work.text is not None:
                start = work.text.text.index("Mara Quill") + moved
                made.append(Span(new_id(), work.text.asset_id, "entity", start, start + 10 - moved, (label,)))
                place = work.text.text.index("Leith")
                made.append(Span(new_id(), work.text.asset_id, "entity", place, place + 5, ("place",)))
            return made

        return make

    if not agree:
        origin = Origin(OriginKind.MODEL, suggestion=Suggestion(0.93, "f" * 64, "embedded", "1", 1))
        end_us = next(item.duration_us for item in services.items.every(project_id))
        said = stretches(MODEL, end_us, origin) if with_sound else []
        doubt = Answer(answer_id("policy"), "policy", "medical", origin=origin)
        model_says(services, task_id, project_id, [*said, doubt])
    say(services, project_id, one, elements(ANNA, "none of these", "person", 0))
    other = (ANNA, "none of these", "person", 0) if agree else (BORIS, "violence", "work", 5)
    say(services, project_id, two, elements(*other))
    if third is not None:
        three = people.add(project_id, "Dora", Role.ANNOTATOR).id
        services.coordinator.round(project_id)
        say(services, project_id, three, elements(*third))
    services.coordinator.round(project_id)
    return Desk(services, project_id, analyst, (one, two))


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    """The desk goes on and plays by itself only where a test wants that (see `lively`)."""
    advance.choose(False)
    settings().setValue(f"{ARRIVAL}/review", False)
    yield
    advance.choose(None)
    settings().remove(f"{ARRIVAL}/review")


@pytest.fixture
def lively(calm: None) -> None:
    """The desk as a person first meets it: it plays what it opens, and a decision goes on to the next place."""
    advance.choose(None)
    settings().remove(f"{ARRIVAL}/review")


@pytest.fixture
def desk(tmp_path: Path, repo: Path) -> Iterator[Desk]:
    """Sound and text, with four disagreements or more."""
    made = make_desk(tmp_path / "work", repo)
    yield made
    made.services.close()


@pytest.fixture
def room(qtbot, desk: Desk) -> Iterator[Callable[..., Room]]:
    """Opens the workspace for a person."""
    made: list[Room] = []

    def make(person_id: str = "", other: Desk | None = None) -> Room:
        made.append(Room(qtbot, other or desk, person_id))
        return made[-1]

    yield make
    for one in made:
        one.close()
