"""A project of a local file brought to a real server, and people who label it there with real Edits."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from msgspec import Struct, field
from psycopg import sql
from psycopg.types.json import Json
from sqlalchemy import Connection

from annodesk.model.annotations import AnnotationSet, Author, AuthorKind
from annodesk.model.edits import Draft, Edit, add, combine, set_answer
from annodesk.model.project import Project
from annodesk.model.schema import RULING
from annodesk.model.work import Role
from annodesk.quality.disagreements import find_disagreements
from annodesk.services.editing import EditingSession
from annodesk.services.publishing import publish
from annodesk.services.standing import annotate_task, review_lanes
from annodesk.services.worker import Rounds, Worker
from annodesk.store import logins, projects, remote, snapshots, tasks, todo
from annodesk.store.private_server import PrivateServer
from annodesk.store.remote import Address
from tests.services.made import ALIKE, House, Stretch, segments
from tests.team import PASSWORD, Row, made_database

ROLES = {
    **{name: ["annotator"] for name in ("ada", "ben", "dan")},
    "ana": ["analyst"],
    "joe": ["analyst"],
    "max": ["manager"],
    "work": ["worker"],
}


class Crew(Struct):
    """Ada, Ben and Dan label, Ana and Joe judge, Max manages; ``work`` is the worker's login."""

    server: PrivateServer
    database: str
    prefix: str
    project_id: str = ""
    people: dict[str, str] = field(default_factory=dict)
    project: Project | None = None

    def url(self, name: str) -> str:
        """The address of a login, with its password."""
        return self.server.url(f"{self.prefix}{name}", self.database).replace("@", f":{PASSWORD.replace(' ', '%20')}@")

    def address(self, name: str) -> Address:
        """The same, as the program reads it."""
        return remote.read_address(self.server.url(f"{self.prefix}{name}", self.database)).with_password(PASSWORD)

    def admin(self, statement: str, *values: Any) -> list[Row]:
        """What the administrator is told."""
        with psycopg.connect(self.server.url(database=self.database), autocommit=True) as db:
            found = db.execute(statement.encode(), values)
            return found.fetchall() if found.description else []

    def value(self, statement: str, *values: Any) -> Any:
        """One value as the administrator is told it."""
        return self.admin(statement, *values)[0][0]

    def call(self, name: str, statement: str, *values: Any) -> list[Row]:
        """What one statement gives one person."""
        url = self.server.url(f"{self.prefix}{name}", self.database)
        with psycopg.connect(url, password=PASSWORD, autocommit=True) as db:
            found = db.execute(statement.encode(), values)
            return found.fetchall() if found.description else []

    def claim(self, name: str, stage: str = "annotate") -> Row | None:
        """A person's next task: claim, task, set, lease, whether suggestions are shown."""
        found = self.call(name, "select * from annodesk.claim(%s, %s)", self.project_id, stage)
        return found[0] if found else None

    def hand_in(self, name: str, claim: Row, *drafts: Draft, kind: AuthorKind = AuthorKind.PERSON) -> str:
        """Make gestures on a claimed task and submit them."""
        assert self.project is not None
        empty = AnnotationSet(
            claim[2], author=Author(kind, self.people[name]), project_id=self.project_id, task_id=claim[1]
        )
        session = EditingSession(
            self.project.schema, empty, [], device=name, device_seq=iter(range(1, 99)).__next__, within=None,
            clock=lambda: 1,
        )  # fmt: skip
        made = [edit for draft in drafts if (edit := session.stage(draft)) is not None]
        head, digest = session.annotations.head, session.annotations.digest()
        ask = "select annodesk.submit(%s, %s, %s, %s, %s)"
        sent = Json([as_row(edit) for edit in made])
        return str(self.call(name, ask, self.project_id, claim[0], head, digest, sent)[0][0])

    def label(self, name: str, stretches: Sequence[Stretch] = ALIKE) -> Row:
        """Take the next task, label it and hand it in."""
        claim = self.claim(name)
        assert claim is not None
        empty = AnnotationSet(claim[2])
        self.hand_in(name, claim, add(*segments(stretches)), set_answer(empty, "policy", ("none",)))
        return claim

    def judge(self, name: str, *, rules: bool = True, ruling: Any = "A", target: str = "", side: int = 0) -> Row:
        """Take the next review, rule alike everywhere (side A, nothing, or one target alone), and hand it in.

        ``side`` is whose elements are taken over.
        """
        claim = self.claim(name, "review")
        assert claim is not None
        assert self.project is not None
        schema = self.project.schema
        with self.as_worker() as db:
            review = tasks.get_task(db, claim[1])
            lanes = review_lanes(db, annotate_task(db, review), tasks.claim_of(db, review.id, self.people[name]),
                                 sets=snapshots)  # fmt: skip
        sides = [lane.annotations for lane in lanes]
        whole = combine("copy", add(*sides[side]))
        empty = AnnotationSet(claim[2])
        keys = [target] if target else [d.key for d in find_disagreements(schema, sides)]
        marks = [set_answer(empty, RULING, ruling, target=key) for key in keys]
        assert marks
        self.hand_in(name, claim, whole, *(marks if rules else ()), kind=AuthorKind.ADJUDICATOR)
        return claim

    @contextmanager
    def as_worker(self) -> Iterator[Connection]:
        """A transaction of the worker's on the project."""
        with remote.writing(remote.open_shared(self.address("work")), self.address("work")) as db:
            todo.begin(db, self.project_id)
            yield db

    def round(self) -> Rounds:
        """Let a worker do all there is to do."""
        return Worker(self.address("work")).once()

    def forget_offers(self) -> None:
        """From now on all take tasks in one order, not each in their own."""
        self.admin("delete from annodesk.offer_rank")

    def states(self) -> list[str]:
        """States of the items by key."""
        ask = "select s.state from annodesk.item_state s join annodesk.item i on i.id = s.item_id order by i.key"
        return [str(row[0]) for row in self.admin(ask)]

    def feed(self, name: str) -> list[tuple[str, str | None]]:
        """What a person's feed holds: kind and item."""
        audience = self.people[name]
        ask = "select kind, item_id from annodesk.feed where audience = %s order by position"
        return [(row[0], row[1]) for row in self.call(name, ask, audience)]


def as_row(edit: Edit) -> dict[str, Any]:
    """An Edit as it is sent."""
    return {
        "id": edit.id, "device": edit.device, "device_seq": edit.device_seq, "parents": list(edit.parents),
        "undoes": edit.undoes, "format": edit.format, "project_version": edit.project_version,
        "elapsed_us": edit.elapsed_us, "made_at_us": edit.made_at_us, "server_offset_us": edit.server_offset_us,
        "body": edit.body(),
    }  # fmt: skip


@contextmanager
def made_crew(server: PrivateServer) -> Iterator[Crew]:
    """People with logins on an empty shared database."""
    with made_database(server) as (database, engine):
        crew = Crew(server, database, f"c{uuid.uuid4().hex[:6]}_")
        try:
            with engine.begin() as db:
                for name, roles in ROLES.items():
                    found = logins.add_login(db, f"{crew.prefix}{name}", name.title(), PASSWORD, roles)
                    crew.people |= {name: found} if found else {}
            yield crew
        finally:
            for name in ROLES:
                role = sql.Identifier(f"{crew.prefix}{name}").as_string(None)
                crew.admin(f"drop role if exists {role}")


def bring(crew: Crew, house: House, *, folder: Path | None = None) -> None:
    """Publish the project of a local file, and make everybody a member."""
    published = publish(house.services.file, house.project_id, crew.address("max"))
    crew.project_id = published.project_id
    with house.services.file.read() as db:
        crew.project = projects.get_version(db, house.project_id).project
    engine = remote.open_shared(remote.read_address(crew.server.url(database=crew.database)))
    with engine.begin() as db:
        for name, roles in ROLES.items():
            if name not in ("work", "max"):
                logins.give_role(db, f"{crew.prefix}{name}", published.name, Role(roles[0]))
