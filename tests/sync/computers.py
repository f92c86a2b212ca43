"""Workstations of a team on a real server: each a local file of its own, joined as one person."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct
from psycopg.types.json import Json
from sqlalchemy import text

from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.edits import Draft, add
from annodesk.model.ids import new_id
from annodesk.model.work import SlotState
from annodesk.services import Services
from annodesk.services.sync import Synced
from annodesk.services.tasks import TaskWork
from annodesk.store.engine import open_local
from tests.services.made import PROJECT as FILE
from tests.services.made import Clock
from tests.team import PASSWORD, PROJECT, Team

LENGTH_US = 60_000_000


def give_project_its_file(team: Team) -> None:
    """Put a project file that can be read, and items long enough to be labelled, where the team has placeholders."""
    file = FILE.format(
        name=PROJECT,
        overlap=2,
        show="never",
        task_seconds=1200,
        audit_share=0.0,
        rerule_share=0.0,
        workflow='see_others = "settled"',
    )
    with team.administrator() as db:
        db.execute("update annodesk.project_version set file = %s, guidelines = '# Guidelines'", (file,))
        db.execute("update annodesk.project_rules set show = 'never'")
        db.execute("update annodesk.item set duration_us = %s", (LENGTH_US,))
        db.execute("update annodesk.task set end_us = %s", (LENGTH_US,))


def show_suggestions(team: Team, mode: str) -> None:
    """Put the project under another show mode, and let every place show suggestions."""
    with team.administrator() as db:
        said = "update annodesk.project_version set file = replace(file, %s, %s)"
        db.execute(said, ('show = "never"', f'show = "{mode}"'))
        db.execute("update annodesk.project_rules set show = %s", (mode,))
        db.execute("update annodesk.slot set shows_suggestions = true")


def suggest(team: Team, *elements: dict[str, Any]) -> None:
    """Let the worker's model say this of every task."""
    with team.administrator() as db:
        for (task,) in db.execute("select id from annodesk.task where project_id = %s", (PROJECT,)).fetchall():
            body = Json({"author": "ab", "elements": list(elements)})
            db.execute(
                "insert into annodesk.suggestion (project_id, task_id, set_id, body, digest, made_at_us)"
                " values (%s, %s, %s, %s, 'd', 1)",
                (PROJECT, task, f"m-{task}", body),
            )


class Computer(Struct):
    """One workstation: its file, its device, its clock."""

    services: Services
    team: Team
    name: str
    clock: Clock

    @property
    def me(self) -> str:
        return self.team.people[self.name]

    def sync(self) -> Synced:
        """One round, to the end."""
        return self.services.sync.round()

    def take(self) -> str:
        """Ask for the next task and fetch it; returns its id."""
        before = set(self.states())
        self.services.sync.ask_for_task()
        self.sync()
        (found,) = set(self.states()) - before
        return found

    def states(self) -> dict[str, SlotState]:
        """States of this person's claims here, by task."""
        from annodesk.store import tasks

        with self.services.file.read() as db:
            return {c.task_id: c.state for c in tasks.claims_of_person(db, PROJECT, self.me)}

    def open(self, task_id: str) -> TaskWork:
        return self.services.tasks.open(PROJECT, self.me, task_id)

    def do(self, work: TaskWork, draft: Draft) -> None:
        edit = work.session.stage(draft)
        if edit is not None:
            self.services.annotate.record(edit)

    def label(self, task_id: str, start_s: int = 0, end_s: int = 10, label: str = "speech") -> TaskWork:
        """Put a segment on a task."""
        work = self.open(task_id)
        made = Segment(new_id(), "content", start_s * 1_000_000, end_s * 1_000_000, (label,))
        self.do(work, add(made))
        return work

    def finish(self, task_id: str) -> TaskWork:
        """Fill a task and hand it in here."""
        from annodesk.model.edits import set_answer

        work = self.label(task_id, 0, LENGTH_US // 1_000_000)
        self.do(work, set_answer(work.session.annotations, "policy", ("none",)))
        self.services.tasks.submit(work.session.annotations)
        return work

    def stored(self, task_id: str) -> AnnotationSet:
        """This person's set on a task as the file holds it."""
        from annodesk.store import journal, tasks

        with self.services.file.read() as db:
            claim = tasks.claim_of(db, task_id, self.me)
            assert claim is not None
            assert claim.set_id is not None
            return journal.get_set(db, claim.set_id)

    def count(self, table: str) -> int:
        """Rows of a table of the local file."""
        with self.services.file.read() as db:
            return int(db.execute(text(f'select count(*) from "{table}"')).scalar() or 0)


@contextlib.contextmanager
def computer(
    team: Team,
    name: str,
    folder: Path,
    *,
    device: str = "",
    url: str = "",
    clock: Clock | None = None,
    limit_s: float = 30,
) -> Iterator[Computer]:
    """A new file, joined as somebody."""
    device = device or f"{name}-desk"
    path = folder / f"{device}.annodesk"
    clock = clock or Clock()
    services = Services(open_local(path, create=not path.exists()), device=device, clock=clock)
    services.sync.limit_s = limit_s
    try:
        place = url or team.server.url(team.login(name), team.database)
        services.sync.join(with_password(place), PROJECT)
        yield Computer(services, team, name, clock)
    finally:
        services.close()


def with_password(url: str) -> str:
    """A URL with the team's password in it, as libpq takes it."""
    return f"{url}{'&' if '?' in url else '?'}password={PASSWORD.replace(' ', '%20')}"


def admin(team: Team, statement: str, *values: object) -> list[Any]:
    """One statement as the administrator."""
    with team.administrator() as db:
        found = db.execute(statement, values)
        return found.fetchall() if found.description else []


__all__ = [
    "Computer",
    "Json",
    "admin",
    "computer",
    "give_project_its_file",
    "show_suggestions",
    "suggest",
    "with_password",
]
