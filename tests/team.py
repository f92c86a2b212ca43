"""A team on a real server: a database of its own with people, a published project, and connections as each of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from msgspec import Struct, field
from psycopg import sql
from psycopg.types.json import Json
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from annodesk.model.work import Role
from annodesk.store import logins, security, shared
from annodesk.store.private_server import PrivateServer

PASSWORD = "correct horse"
PROJECT, OTHER = "project-one", "project-two"
ANNOTATORS = ("ada", "ben", "cleo")

Row = tuple[Any, ...]


class Team(Struct):
    """People with logins: ada, ben and cleo label; ana and ann judge, ann also labels; max manages and labels.

    ``olga`` labels in another project alone; ``work`` is the worker. Item 0 is a hidden reference item.
    """

    server: PrivateServer
    database: str
    admin: Engine
    prefix: str
    people: dict[str, str] = field(default_factory=dict)

    def login(self, name: str) -> str:
        """The login of a person of this team: logins belong to the whole server."""
        return f"{self.prefix}{name}"

    def connect(self, name: str, **how: Any) -> psycopg.Connection[Row]:
        """A connection of a person, by their own password."""
        how = {"autocommit": True, **how}
        url = self.server.url(self.login(name), self.database)
        return psycopg.connect(url, password=PASSWORD, **how)

    def administrator(self) -> psycopg.Connection[Row]:
        """A connection of the administrator."""
        return psycopg.connect(self.server.url(database=self.database), autocommit=True)

    def call(self, name: str, statement: str, *values: Any) -> list[Row]:
        """What one statement gives one person."""
        with self.connect(name) as db:
            found = db.execute(statement, values)
            return found.fetchall() if found.description else []

    def claim(self, name: str, stage: str = "annotate", project: str = PROJECT) -> Row | None:
        """A person's next task: claim, task, set, lease, whether suggestions are shown."""
        found = self.call(name, "select * from annodesk.claim(%s, %s)", project, stage)
        return found[0] if found else None

    def submit(self, name: str, claim: Row, secret: str = "x") -> str:
        """Hand in a claim with one Edit."""
        one = edit_json(secret)
        said = self.call(
            name, "select annodesk.submit(%s, %s, %s, 'digest', %s)", PROJECT, claim[0], one["id"], Json([one])
        )
        return str(said[0][0])


def edit_json(secret: str = "x") -> dict[str, Any]:
    """One Edit as it is sent."""
    return {
        "id": str(uuid.uuid4()), "device": "device", "device_seq": 1, "parents": [], "undoes": None, "format": 1,
        "project_version": 1, "elapsed_us": 5, "made_at_us": 1, "server_offset_us": None, "body": {"secret": secret},
    }  # fmt: skip


MADE = "made"
"""A database of each server that holds the shared schema and nobody: making the schema takes longer than copying it."""


@contextmanager
def new_database(server: PrivateServer, template: str = "template0") -> Iterator[tuple[str, Engine]]:
    """An empty database, and an engine of its administrator."""
    name = f"d{uuid.uuid4().hex[:10]}"
    with psycopg.connect(server.url(database="postgres"), autocommit=True) as db:
        db.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template)))
    engine = administrator_of(server, name)
    try:
        yield name, engine
    finally:
        engine.dispose()
        with psycopg.connect(server.url(database="postgres"), autocommit=True) as db:
            db.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def administrator_of(server: PrivateServer, database: str) -> Engine:
    """An engine that keeps no connection, as the administrator."""
    return create_engine(server.url(database=database).replace("://", "+psycopg://", 1), poolclass=NullPool)


@contextmanager
def made_database(server: PrivateServer) -> Iterator[tuple[str, Engine]]:
    """A database that holds the shared schema and nobody, and an engine of its administrator."""
    with psycopg.connect(server.url(database="postgres"), autocommit=True) as db:
        is_made = db.execute("select 1 from pg_database where datname = %s", (MADE,)).fetchone()
        if not is_made:
            db.execute(sql.SQL("create database {} template template0").format(sql.Identifier(MADE)))
    if not is_made:
        with administrator_of(server, MADE).begin() as admin:
            shared.make(admin)
    with new_database(server, MADE) as (name, engine):
        with engine.begin() as admin:
            # Who may enter is not copied with a database.
            admin.exec_driver_sql(security.roles_sql(name).replace("%", "%%"))
        yield name, engine


@contextmanager
def made_team(server: PrivateServer, items: int = 6) -> Iterator[Team]:
    """A team in a database of its own."""
    with made_database(server) as (name, engine):
        team = Team(server, name, engine, f"t{uuid.uuid4().hex[:6]}_")
        roles = {
            **{name: ["annotator"] for name in (*ANNOTATORS, "olga")},
            "ana": ["analyst"],
            "ann": ["analyst", "annotator"],
            "max": ["manager", "annotator"],
            "moe": ["manager"],
            "work": ["worker"],
        }
        try:
            with engine.begin() as db:
                for login, groups in roles.items():
                    found = logins.add_login(db, team.login(login), login.title(), PASSWORD, groups)
                    if found:
                        team.people[login] = found
            _publish(team, items)
            yield team
        finally:
            with team.administrator() as db:
                for login in roles:
                    db.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(team.login(login))))


def _publish(team: Team, items: int) -> None:
    def bring(table: str, rows: list[dict[str, Any]], project: str = PROJECT) -> None:
        full = [{"project_id": project, "made_at_us": 1, **row} for row in rows]
        db.execute("select annodesk.publish(%s, %s, %s)", (project, table, Json(full)))

    with team.connect("max") as db:
        for project in (PROJECT, OTHER):
            db.execute("select annodesk.make_project(%s, %s)", (project, project))
            version = (project, "file", "guidelines", Json({}), "model", None, "settled", "before", 24, 7)
            db.execute("select annodesk.add_version(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", version)
            n = items if project == PROJECT else 1
            ids = [f"{project}-{i}" for i in range(n)]
            bring(
                "batch",
                [{"id": f"b-{project}", "name": "first", "state": "open", "is_pilot": False, "priority": 0}],
                project,
            )
            bring("batch_plan", [{"batch_id": f"b-{project}", "overlap": 2, "escalate_below": 0.7}], project)
            bring(
                "item",
                [{"id": i, "batch_id": f"b-{project}", "key": i, "duration_us": 9, "metadata": {}} for i in ids],
                project,
            )
            bring("item_state", [{"item_id": i, "state": "open", "changed_at_us": 1} for i in ids], project)
            bring(
                "task",
                [{"id": f"t-{i}", "item_id": i, "stage": "annotate", "start_us": 0, "end_us": 9} for i in ids],
                project,
            )
            bring("task_plan", [{"task_id": f"t-{i}", "overlap": 2, "priority": 0} for i in ids], project)
            bring("slot", [
                {"id": f"s-{i}-{k}", "task_id": f"t-{i}", "number": k, "shows_suggestions": k == 2, "claim_id": None,
                 "stage": "annotate", "batch_id": f"b-{project}", "rank": 0} for i in ids for k in (1, 2)
            ], project)  # fmt: skip
            bring(
                "reference_item",
                [{"item_id": ids[0], "is_hidden": True, "set_id": None, "confirmed_by": None}],
                project,
            )
            bring("score", [
                {"id": f"c-{i}", "item_id": i, "scope": "item", "part": "", "metric": "m", "value": 0.5, "n": 1,
                 "project_version": 1, "code_version": "1", "is_current": True} for i in ids
            ], project)  # fmt: skip
            db.execute("select annodesk.finish_publishing(%s)", (project,))
    with team.admin.begin() as admin:
        for name in ANNOTATORS:
            logins.give_role(admin, team.login(name), PROJECT, Role.ANNOTATOR)
        logins.give_role(admin, team.login("ana"), PROJECT, Role.ANALYST)
        logins.give_role(admin, team.login("ann"), PROJECT, Role.ANALYST)
        logins.give_role(admin, team.login("ann"), PROJECT, Role.ANNOTATOR)
        logins.give_role(admin, team.login("max"), PROJECT, Role.ANNOTATOR)
        logins.give_role(admin, team.login("moe"), PROJECT, Role.MANAGER)
        logins.give_role(admin, team.login("olga"), OTHER, Role.ANNOTATOR)


def number(team: Team, name: str = "work", project: str = PROJECT) -> int:
    """Give the feed's new rows their positions."""
    return int(team.call(name, "select annodesk.number_feed(%s)", project)[0][0])
