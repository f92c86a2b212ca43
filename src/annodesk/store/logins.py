"""Logins of the shared database and the people behind them: made and removed by its administrator alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from psycopg import sql

from annodesk.errors import AnnodeskError, NotFoundError
from annodesk.model.ids import new_id
from annodesk.model.work import Role
from annodesk.store.security import GROUPS, LOGIN_SETTINGS, MOST_CONNECTIONS, OWNER, WORKER

if TYPE_CHECKING:
    from sqlalchemy import Connection

WORKER_ROLE = "worker"
"""What a login for ``annodesk worker`` is called beside the roles of people; it is nobody."""

SHORTEST_PASSWORD = 8
PUT_OUT_MS = 5_000
"""The longest to wait until a connection that is ended has gone."""

_BEHIND = """
select person_id from annodesk.person_name where login = %s
union all select person_id from annodesk.invitation where login = %s limit 1
"""

_LOGIN = re.compile(r"[a-z][a-z0-9_.-]{0,62}")
_GROUP = {role.value: f"annodesk_{role.value}" for role in Role} | {WORKER_ROLE: WORKER}


def add_login(
    db: Connection, login: str, name: str, password: str, roles: Iterable[str], *, invited_for_us: int | None = None
) -> str | None:
    """Make a login with a password and, but for a worker, the person behind it; returns the person's id.

    The password itself never leaves this computer: the server is given what it needs to recognise it (SCRAM).
    With ``invited_for_us`` the login is nobody before the invitation is accepted, within that time.
    """
    groups = sorted({_GROUP[role] for role in roles})
    if not groups:
        raise AnnodeskError("A login needs a role.", "Name one with --role.")
    if WORKER in groups and len(groups) > 1:
        raise AnnodeskError("A worker's login belongs to nobody and has no other role.", "Make two logins.")
    if not _LOGIN.fullmatch(login) or login.startswith(("pg_", "annodesk")):
        hint = "Take lower-case letters, digits, dots, dashes; it may not begin with pg_ or annodesk."
        raise AnnodeskError(f"{login!r:.80} cannot be a login.", hint)
    if len(password) < SHORTEST_PASSWORD:
        raise AnnodeskError("The password is too short.", f"Take {SHORTEST_PASSWORD} characters or more.")
    if _exists(db, login):
        raise AnnodeskError(f"There is a login {login} on this server already.", "Choose another name.")
    _run(
        db,
        "create role {} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls"
        f" connection limit {MOST_CONNECTIONS} password {{}}",
        sql.Identifier(login),
        sql.Literal(_recognisable(db, login, password)),
    )
    for group in groups:
        _run(db, "grant {} to {}", sql.Identifier(group), sql.Identifier(login))
    for setting, value in LOGIN_SETTINGS.items():
        _run(db, "alter role {} set {} = {}", sql.Identifier(login), sql.Identifier(setting), sql.Literal(value))
    if WORKER in groups:
        return None
    person_id = new_id()
    _as_owner(db)
    db.exec_driver_sql("insert into annodesk.person (id, made_at_us) values (%s, annodesk.now_us())", (person_id,))
    db.exec_driver_sql(
        "insert into annodesk.person_name (person_id, name, login) values (%s, %s, %s)",
        (person_id, name, login if invited_for_us is None else None),
    )
    if invited_for_us is not None:
        db.exec_driver_sql(
            "insert into annodesk.invitation (login, person_id, expires_at_us) values (%s, %s, annodesk.now_us() + %s)",
            (login, person_id, invited_for_us),
        )
    db.exec_driver_sql("reset role")
    return person_id


def invite_again(db: Connection, login: str, password: str, invited_for_us: int) -> str | None:
    """Give an invitation that nobody has accepted another password and more time; None where there is none."""
    _as_owner(db)
    person_id = db.exec_driver_sql(
        "update annodesk.invitation set expires_at_us = annodesk.now_us() + %s where login = %s returning person_id",
        (invited_for_us, login),
    ).scalar()
    db.exec_driver_sql("reset role")
    if person_id is None:
        return None
    set_password(db, login, password)
    return str(person_id)


def expiry_of(db: Connection, login: str) -> int:
    """Until when an invitation can be accepted, by the server's clock."""
    _as_owner(db)
    found = db.exec_driver_sql("select expires_at_us from annodesk.invitation where login = %s", (login,)).scalar()
    db.exec_driver_sql("reset role")
    return int(found or 0)


def set_password(db: Connection, login: str, password: str) -> None:
    """Give one's own login, or as the administrator any, another password."""
    if len(password) < SHORTEST_PASSWORD:
        raise AnnodeskError("The password is too short.", f"Take {SHORTEST_PASSWORD} characters or more.")
    _run(db, "alter role {} password {}", sql.Identifier(login), sql.Literal(_recognisable(db, login, password)))


def has_login(db: Connection, login: str) -> bool:
    """Whether somebody has this login, or is invited under it."""
    _as_owner(db)
    found = db.exec_driver_sql(_BEHIND, (login, login)).scalar()
    db.exec_driver_sql("reset role")
    return found is not None


def give_role(db: Connection, login: str, project_name: str, role: Role) -> None:
    """Make a person a member of a project, as the administrator; analysts and managers are made by them alone."""
    _as_owner(db)
    person_id = _person_of(db, login)
    project_id = db.exec_driver_sql("select id from annodesk.project where name = %s", (project_name,)).scalar()
    if project_id is None:
        db.exec_driver_sql("reset role")
        raise NotFoundError(f"There is no project {project_name!r:.80} on this server.", "Publish it first.")
    db.exec_driver_sql(
        "insert into annodesk.membership (project_id, person_id, role) values (%s, %s, %s) on conflict do nothing",
        (project_id, person_id, role.value),
    )
    db.exec_driver_sql("select annodesk.tell(%s, %s, 'joined', null)", (project_id, person_id))
    db.exec_driver_sql("reset role")
    _run(db, "grant {} to {}", sql.Identifier(_GROUP[role.value]), sql.Identifier(login))


def shut_out(db: Connection, login: str) -> int:
    """First half of removing a login: it may not enter, is in no project, and what it held is open; its work stays.

    Commit it, then call ``remove_login``: who is connected keeps an old view of things until they are put out.
    """
    if not _exists(db, login):
        raise NotFoundError(f"There is no login {login!r:.80} on this server.", "Check the name.")
    groups = db.exec_driver_sql(
        "select g.rolname from pg_auth_members a join pg_roles g on g.oid = a.roleid"
        " join pg_roles m on m.oid = a.member where m.rolname = %s",
        (login,),
    )
    # Never a login that annodesk did not make, such as the administrator's own.
    if not {str(name) for name in groups.scalars()} & set(GROUPS):
        raise AnnodeskError(f"{login!r:.80} is not a login of annodesk.", "Remove it with the server's own tools.")
    _run(db, "alter role {} nologin", sql.Identifier(login))
    _as_owner(db)
    freed = 0
    person_id = db.exec_driver_sql(_BEHIND, (login, login)).scalar()
    db.exec_driver_sql("delete from annodesk.invitation where login = %s", (login,))
    if person_id is not None:
        rows = db.exec_driver_sql(
            "select distinct project_id from annodesk.membership where person_id = %s", (person_id,)
        )
        for project_id in rows.scalars().all():
            freed += int(
                db.exec_driver_sql("select annodesk.release_all(%s, %s)", (project_id, person_id)).scalar() or 0
            )
            db.exec_driver_sql("select annodesk.tell(%s, 'managers', 'people', null)", (project_id,))
        db.exec_driver_sql("delete from annodesk.membership where person_id = %s", (person_id,))
        db.exec_driver_sql("update annodesk.person_name set login = null where person_id = %s", (person_id,))
    db.exec_driver_sql("reset role")
    return freed


def remove_login(db: Connection, login: str) -> None:
    """Second half: put out who is still connected, wait until they are out, and drop the login."""
    db.exec_driver_sql(
        "select pg_terminate_backend(pid, %s) from pg_stat_activity where usename = %s", (PUT_OUT_MS, login)
    )
    _run(db, "drop role {}", sql.Identifier(login))


def forget_name(db: Connection, login_or_id: str) -> str:
    """Empty the name of a person who has no login any more; history goes on naming them by their id."""
    _as_owner(db)
    found = db.exec_driver_sql(
        "select person_id, login from annodesk.person_name where person_id = %s or login = %s",
        (login_or_id, login_or_id),
    ).first()
    if found is None:
        raise NotFoundError(f"Nobody here is {login_or_id!r:.80}.", "Name a login, or the id of a person.")
    if found.login is not None:
        raise AnnodeskError(f"{found.login} may still enter.", "Remove the login first.")
    db.exec_driver_sql("update annodesk.person_name set name = '' where person_id = %s", (found.person_id,))
    db.exec_driver_sql("delete from annodesk.person_skill where person_id = %s", (found.person_id,))
    # Nobody knows any more which projects they were in.
    db.exec_driver_sql(
        "select annodesk.tell(id, audience, 'people', null)"
        " from annodesk.project, unnest(array['analysts', 'managers']) audience"
    )
    db.exec_driver_sql("reset role")
    return str(found.person_id)


def person_behind(db: Connection, login: str) -> str | None:
    """The id of the person a login belongs to, None where it belongs to nobody."""
    _as_owner(db)
    found = db.exec_driver_sql(_BEHIND, (login, login)).scalar()
    db.exec_driver_sql("reset role")
    return None if found is None else str(found)


def _person_of(db: Connection, login: str) -> str:
    found = db.exec_driver_sql(_BEHIND, (login, login)).scalar()
    if found is None:
        db.exec_driver_sql("reset role")
        raise NotFoundError(f"Nobody here has the login {login!r:.80}.", "Make it with: annodesk server add-user")
    return str(found)


def _exists(db: Connection, login: str) -> bool:
    return db.exec_driver_sql("select 1 from pg_roles where rolname = %s", (login,)).first() is not None


def _as_owner(db: Connection) -> None:
    db.exec_driver_sql(f"set local role {OWNER}")


def _recognisable(db: Connection, login: str, password: str) -> str:
    driver = db.connection.driver_connection
    assert driver is not None
    return str(driver.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode())


def _run(db: Connection, statement: str, *parts: sql.Composable) -> None:
    driver = db.connection.driver_connection
    assert driver is not None
    driver.execute(sql.SQL(statement).format(*parts))
