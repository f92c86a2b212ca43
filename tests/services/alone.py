"""Project files in which the model's answers may stand without a person: one question, and many short recordings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from annodesk.model.annotations import (
    AnnotationSet,
    Answer,
    Author,
    AuthorKind,
    Origin,
    OriginKind,
    Suggestion,
    answer_id,
)
from annodesk.model.edits import set_answer
from annodesk.model.ids import new_id
from annodesk.model.work import ItemState, Role
from annodesk.quality import audits, price
from annodesk.services import Services, machine
from annodesk.store import items, journal
from tests.services.made import MODEL, Clock, House, make_recording

PROJECT = """
name = "alone"

[[question]]
name = "format"
labels = ["news", "talk"]
not_sure = true
{more}

[workflow]
overlap = 1
audit_share = 0.0
rerule_share = 0.0
model_votes = "never"
unsure_below = 0.0

[prelabel]
show = "{show}"
unaided_share = 0.0
{accept}
"""

Make = Callable[..., House]


def make_alone(
    folder: Path, *, items_there: int = 10, show: str = "never", accept: str = "accept_above = 0.9", more: str = ""
) -> House:
    """A file with its recordings, and Ada, Ben and the analyst Cleo."""
    path = folder / "project.toml"
    path.write_text(PROJECT.format(show=show, accept=accept, more=more), encoding="utf-8")
    media = folder / "media"
    media.mkdir()
    for number in range(items_there):
        make_recording(media / f"clip-{number:03}.wav", 1, number)
    clock = Clock()
    services = Services.open(folder / "alone.annodesk", create=True, clock=clock)
    house = House(services, clock, folder, services.projects.init(path).id)
    for name in ("Ada", "Ben"):
        house.people[name] = services.people.add(house.project_id, name, Role.ANNOTATOR)
    house.people["Cleo"] = services.people.add(house.project_id, "Cleo", Role.ANALYST)
    services.items.add(house.project_id, [media])
    house.round()
    return house


def model_answers(
    house: House, *places: int, label: str = "news", p: float = 0.95, time: int = 1, model: str = MODEL
) -> None:
    """Let the model answer some items, for the first ``time`` or a later one."""
    stages = house.tasks()
    for place in places:
        told = Suggestion(p, model, "embedded", "1", 7)
        said = Answer(answer_id("format"), "format", label, origin=Origin(OriginKind.MODEL, suggestion=told))
        author = Author(AuthorKind.MODEL, model)
        made = AnnotationSet(
            new_id(),
            author=author,
            project_id=house.project_id,
            task_id=stages[place],
            elements=[said],
            round=time,
        )
        with house.services.file.write() as db:
            journal.add_set(db, made, house.clock())


def people_answer(house: House, *places: int, label: str = "news", name: str = "Ada") -> None:
    """Let somebody answer some items, half a minute each, and have them looked at."""
    for place in places:
        work = house.open(name, place)
        house.clock.hours(1 / 120)
        house.do(work, set_answer(work.session.annotations, "format", label))
        house.services.tasks.submit(work.session.annotations)
    house.round()


def states(house: House) -> list[str]:
    """Where the items stand, by key."""
    with house.services.file.read() as db:
        now = items.item_states(db, house.project_id)
        return [ItemState(now[item.id]).value for item in items.list_items(db, house.project_id)]


def need_few(monkeypatch: pytest.MonkeyPatch, *, audited: float = 0.0, alarm_every: int = 5) -> None:
    """Five answers are enough, so much is audited, and alarms are raised soon."""
    monkeypatch.setattr(price, "NEEDED", 5)
    monkeypatch.setattr(price, "NEEDED_ABOVE", 3)
    monkeypatch.setattr(price, "NEEDED_ITEMS", 3)
    monkeypatch.setattr(machine, "machine_audit_share", lambda share: audited)
    find = audits.find_fall
    monkeypatch.setattr(machine, "find_fall", lambda right, promise: find(right, promise, every=alarm_every))
