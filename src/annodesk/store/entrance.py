"""What the shared database says to somebody who enters: whether it fits, who they are, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy.exc import DBAPIError

from annodesk.errors import StoreError, WorkflowError
from annodesk.store import shared

if TYPE_CHECKING:
    from sqlalchemy import Connection

_NEXT = {
    "AN010": "Make the login first: annodesk server invite",
    "AN021": "Enter by your own password, or ask for an invitation.",
    "AN022": "Ask for a new one.",
    "AN045": "Read the people again, or ask the administrator.",
    "AN023": "Ask the administrator to make somebody else manager.",
}
"""The next step after a refusal of the server's own functions, where they do not name one."""


def require_fitting(db: Connection) -> None:
    """Refuse a server that is too old, a database that is not ours, and one of another version, in words."""
    shared.check_version(db)
    try:
        with db.begin_nested():
            found = shared.revision(db)
    except DBAPIError as error:
        if not isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise
        sentence = "This login has no rights in annodesk's part of this database."
        raise StoreError(sentence, "Ask its administrator for an invitation.") from None
    if found is None:
        hint = "Check the name of the database; its administrator makes one with: annodesk server init"
        raise StoreError("This database is not one of annodesk's.", hint)
    if found == shared.SHARED_HEAD:
        return  # to look into the migrations takes long on a busy computer, and a transaction is open
    if found not in shared.known_revisions():
        raise StoreError("This database belongs to a newer annodesk.", "Update annodesk on this computer.")
    hint = "Its administrator runs: annodesk server upgrade"
    raise StoreError("This database belongs to an older annodesk.", hint)


@contextmanager
def in_words() -> Iterator[None]:
    """What the server's own functions refuse, in their words; ``remote.told`` tells of the connection."""
    try:
        yield
    except DBAPIError as error:
        cause = error.orig
        if isinstance(cause, psycopg.errors.UndefinedFunction):
            hint = "Its administrator runs: annodesk server upgrade"
            raise StoreError("This database belongs to an older annodesk.", hint) from None
        said = str(cause.diag.message_primary) if isinstance(cause, psycopg.Error) else ""
        if isinstance(cause, psycopg.errors.InsufficientPrivilege) and not said.startswith("permission denied"):
            raise WorkflowError(said, "Ask a manager of the project, or the administrator.") from None
        if not isinstance(cause, psycopg.Error) or not (cause.sqlstate or "").startswith("AN"):
            raise
        hint = cause.diag.message_hint or _NEXT.get(str(cause.sqlstate), "")
        raise WorkflowError(said, hint) from None


def who_enters(db: Connection) -> tuple[str, str, list[tuple[str, str, str]]]:
    """The person behind this login: id, name, and (project, its name, role) of each membership."""
    person_id = db.exec_driver_sql("select annodesk.current_person()").scalar()
    if person_id is None:
        sentence = "This login is nobody in this database."
        raise StoreError(sentence, "Open your invitation first, or ask its administrator for one.")
    name = db.exec_driver_sql("select name from annodesk.person_name where person_id = %s", (person_id,)).scalar()
    rows = db.exec_driver_sql(
        "select p.id, p.name, m.role from annodesk.project p join annodesk.membership m on m.project_id = p.id"
        " where m.person_id = %s order by p.name, p.id, m.role",
        (person_id,),
    ).all()
    return str(person_id), str(name or ""), [(str(p), str(n), str(r)) for p, n, r in rows]


def accept_invitation(db: Connection) -> None:
    """Become the person who was invited; refused by the server where the time is over."""
    db.exec_driver_sql("select annodesk.accept_invitation()")


def whereabouts(db: Connection) -> tuple[int, str]:
    """The server's port and the database's name, as they call themselves."""
    port, database = db.exec_driver_sql("select current_setting('port')::int, current_database()").one()
    return int(port), str(database)


def server_version(db: Connection) -> str:
    """The server's version, such as 15.18."""
    return str(db.exec_driver_sql("show server_version").scalar()).split(" ")[0]
