"""The shared database as its administrator sees it: started, made, upgraded, checked, and who may enter."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk import credentials, paths
from annodesk.errors import StoreError
from annodesk.model.work import Role
from annodesk.store import logins, remote, shared
from annodesk.store.private_server import ADMINISTRATOR, DATABASE, PrivateServer

if TYPE_CHECKING:
    from annodesk.store.remote import Address

Ask = Callable[[str], str | None]
"""Asks a person for the password of somewhere; None where nobody can be asked."""


class Started(Struct, frozen=True):
    """A private server that runs: for the administrator, and for everybody else on this computer."""

    folder: Path
    process: int
    port: int | None
    admin_url: str
    url: str
    was_running: bool


class NewLogin(Struct, frozen=True):
    """A login that was made."""

    login: str
    person_id: str | None
    roles: tuple[str, ...]
    project: str | None


def default_folder() -> Path:
    """Where the private server of this computer lies."""
    # As root the server runs as another user, who does not come into root's own folders.
    if sys.platform != "win32" and os.geteuid() == 0 and "ANNODESK_DATA" not in os.environ:
        return Path("/var/lib/annodesk/server")
    return paths.data_dir() / "server"


def start(folder: Path | None = None, *, port: int | None = None, network: bool = True) -> Started:
    """Start this computer's private server with a shared database in it; what is there already is kept.

    Parameters
    ----------
    port : where people enter by password, on 127.0.0.1; the port of last time, else a free one
    network : False opens the socket alone, for the person who started it
    """
    server = PrivateServer(folder or default_folder())
    was_running = server.is_running()
    if not was_running:
        known = server.port() if server.exists and port is None else port or 0
        if sys.platform == "win32" and not server.exists:
            # There are no sockets that the system guards: the administrator has a password too.
            password = secrets.token_urlsafe(32)
            server.make(password=password)
            credentials.keep(str(server.folder), ADMINISTRATOR, password)
        server.start(port=known if network else None)
    admin = _admin_of(server, "postgres")
    engine = remote.open_shared(admin)
    with remote.told(admin), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        found = db.exec_driver_sql("select 1 from pg_database where datname = %s", (DATABASE,)).first()
        if found is None:
            db.exec_driver_sql(f"create database {DATABASE} template template0")
    init(_admin_of(server, DATABASE))
    return _describe(server, was_running)


def stop(folder: Path | None = None) -> bool:
    """Stop this computer's private server; returns whether it ran."""
    return PrivateServer(folder or default_folder()).stop()


def status(folder: Path | None = None) -> Started | None:
    """The private server where it runs, else None."""
    server = PrivateServer(folder or default_folder())
    if not server.is_running():
        return None
    return _describe(server, True)


def _describe(server: PrivateServer, was_running: bool) -> Started:
    port = server.port() if server.listens() else None
    url = server.url("") if port is None else f"postgresql://127.0.0.1:{port}/{DATABASE}"
    return Started(server.folder, server.process_id(), port, server.url(), url.replace("://@", "://"), was_running)


def find(db: str | None, folder: Path | None = None, *, ask: Ask = lambda place: None) -> Address:
    """The administrator's address: a URL, or this computer's private server; asks for a password where need be."""
    if db and folder is None:
        if not remote.is_remote_url(db):
            hint = "Give a URL, postgresql://LOGIN@HOST/DATABASE, or start one here with: annodesk server start"
            raise StoreError("A shared database has a URL, not the name of a file.", hint)
        return enter(remote.read_address(db), ask)
    server = PrivateServer(folder or default_folder())
    if not server.is_running():
        raise StoreError(
            "No private server runs here.", "Name a shared database with --db URL, or: annodesk server start"
        )
    return _admin_of(server, DATABASE)


def init(address: Address) -> str | None:
    """Make the shared database; returns the revision that stood before, None where it is new."""
    with remote.writing(remote.open_shared(address, limit_s=remote.BUILD_S), address) as db:
        return shared.make(db)


def upgrade(address: Address) -> str:
    """Bring the shared database to this version; returns the revision that stood before."""
    with remote.writing(remote.open_shared(address, limit_s=remote.BUILD_S), address) as db:
        return str(shared.make(db, upgrade_only=True))


def check(address: Address) -> list[str]:
    """Every difference of schema, grants and policies from what they should be; nothing is changed."""
    with remote.told(address), remote.open_shared(address, limit_s=remote.BUILD_S).connect() as db:
        try:
            shared.check_version(db)
            return shared.differences(db)
        finally:
            db.rollback()


def add_user(
    address: Address,
    login: str,
    password: str,
    *,
    name: str = "",
    roles: Sequence[str] = (),
    project: str | None = None,
) -> NewLogin:
    """Make a login with a password and the person behind it, in one project where that is named."""
    roles = tuple(roles) or (Role.ANNOTATOR.value,)
    with remote.writing(remote.open_shared(address), address) as db:
        _require_ours(shared.revision(db))
        person_id = logins.add_login(db, login, name or login, password, roles)
        if project is not None and person_id is not None:
            for role in roles:
                logins.give_role(db, login, project, Role(role))
    return NewLogin(login, person_id, roles, project)


def has_user(address: Address, login: str) -> bool:
    """Whether there is a login of this name with a person behind it."""
    with remote.writing(remote.open_shared(address), address) as db:
        _require_ours(shared.revision(db))
        return logins.has_login(db, login)


def give_roles(address: Address, login: str, roles: Sequence[str], project: str) -> NewLogin:
    """Give somebody who can enter already more roles in a project; their password stays theirs."""
    roles = tuple(roles) or (Role.ANNOTATOR.value,)
    if logins.WORKER_ROLE in roles:
        raise StoreError("A worker's login belongs to nobody.", "Make another login for the worker.")
    with remote.writing(remote.open_shared(address), address) as db:
        for role in roles:
            logins.give_role(db, login, project, Role(role))
    return NewLogin(login, None, roles, project)


def remove_user(address: Address, login: str) -> int:
    """End a login and its connections; what the person did stays. Returns how many tasks went back."""
    engine = remote.open_shared(address)
    with remote.writing(engine, address) as db:
        _require_ours(shared.revision(db))
        released = logins.shut_out(db, login)
    # In a transaction of its own: only now does nobody enter any more.
    with remote.writing(engine, address) as db:
        logins.remove_login(db, login)
    return released


def forget_user(address: Address, login_or_id: str) -> str:
    """Remove a login where there is one, and empty the name of the person; returns the id that history keeps."""
    engine = remote.open_shared(address)
    with remote.writing(engine, address) as db:
        _require_ours(shared.revision(db))
        person_id = logins.person_behind(db, login_or_id)
    if person_id is not None:
        remove_user(address, login_or_id)
    with remote.writing(engine, address) as db:
        return logins.forget_name(db, person_id or login_or_id)


def new_password() -> str:
    """A password nobody has thought of."""
    return secrets.token_urlsafe(12)


def _require_ours(revision: str | None) -> None:
    if revision is None:
        raise StoreError("This database holds no annodesk.", "Make it with: annodesk server init --db URL")
    if revision != shared.SHARED_HEAD:
        raise StoreError("This database is of another version of annodesk.", "Run: annodesk server upgrade --db URL")


def _admin_of(server: PrivateServer, database: str) -> Address:
    address = remote.read_address(server.url(ADMINISTRATOR, database))
    kept = credentials.find(str(server.folder), ADMINISTRATOR) if sys.platform == "win32" else None
    return address.with_password(kept) if kept else address


def enter(address: Address, ask: Ask) -> Address:
    """The address with a password that works, where the server wants one that libpq does not find by itself."""
    tried: StoreError | None = None
    for password in (lambda: address.password, lambda: credentials.find(address.place, address.login), None):
        given = password() if password is not None else ask(f"{address.login} at {address.place}")
        if given is None and (tried is not None or password is None):
            continue
        candidate = address if given is None else address.with_password(given)
        try:
            with remote.told(candidate), remote.open_shared(candidate).connect():
                if password is None:
                    credentials.keep(address.place, address.login, str(given))
                return candidate
        except StoreError as error:
            if not remote.needs_password(error):
                raise
            tried = error
    raise tried if tried is not None else StoreError(f"{address.place} cannot be reached.")
