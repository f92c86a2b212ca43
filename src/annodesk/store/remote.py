"""Opens the shared database: its address, TLS, time limits, and in words what keeps it from opening."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from annodesk.errors import StoreError
from annodesk.store import patience
from annodesk.store.private_server import OLDEST
from annodesk.store.security import SCHEMA

CONNECT_S = 10
ANSWER_S = 60.0
"""The longest that a statement may take in which a person, or a worker, waits for the server."""
BUILD_S = 3600.0
"""And one that makes, changes or compares the schema."""
OURS = "AN"
"""How the SQLSTATEs of refusals begin that our functions on the server tell."""
SCHEMES = ("postgresql://", "postgres://", "postgresql+psycopg://")

_LIMITS: Mapping[str, Any] = {
    "connect_timeout": CONNECT_S,
    # A connection whose other end is gone is noticed within about a minute, whatever it waits for.
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "application_name": "annodesk",
}

_NO_POSTGRESQL = "What answers there is not a PostgreSQL."
_REASONS: tuple[tuple[str, str, str], ...] = (
    ("no password supplied", "The server asks for a password.", "Give it when you are asked, or by libpq's passfile."),
    ("password authentication failed", "The server knows no such login with this password.", "Check both."),
    ("is not permitted to log in", "This login may not enter any more.", "Ask the project's manager."),
    ("too many connections", "This login has too many connections open.", "Close annodesk elsewhere."),
    ("received invalid response", _NO_POSTGRESQL, "Check host and port."),
    ("expected authentication", _NO_POSTGRESQL, "Check host and port."),
    ("wrong version number", _NO_POSTGRESQL, "Check host and port."),
    ("unencrypted data after", _NO_POSTGRESQL, "Check host and port."),
    ("no pg_hba.conf entry", "The server lets nobody in from here.", "Ask its administrator."),
    (
        "certificate",
        "The server's certificate is not to be trusted.",
        "Name its authority in the URL: ?sslrootcert=FILE",
    ),
    (
        "SSL",
        "The server offers no safe connection.",
        "Ask its administrator, or add ?sslmode= to the URL if you trust it.",
    ),
    ("resolve host", "There is no such host.", "Check the URL."),
    ("translate host name", "There is no such host.", "Check the URL."),
    ("Connection refused", "Nothing answers at this address.", "Check host and port, and that the server runs."),
    ("No such file or directory", "No server runs there.", "Start it with: annodesk server start"),
    ("timeout expired", "The server did not answer in time.", "Check the network, then try again."),
    (
        "permission denied for database",
        "This login may not enter this database.",
        "Ask the administrator for add-user.",
    ),
    ("does not exist", "The server has no such database or login.", "Check the URL."),
    ("terminating connection", "The server has ended the connection.", "Try again in a moment."),
    ("closed the connection", "The connection broke off.", "Try again; if it never holds, is it a PostgreSQL?"),
    ("connection is lost", "The connection broke off.", "Try again."),
    ("the connection is closed", "The connection broke off.", "Try again."),
    ("starting up", "The server is starting.", "Try again in a moment."),
    ("shutting down", "The server is being stopped.", "Try again later."),
)
"""What the client library says, what that means, and what to do; the first that fits."""


class Address(Struct, frozen=True):
    """Where a shared database is and who enters; the password is kept apart and never shown."""

    parts: Mapping[str, Any]
    password: str | None = None

    def __repr__(self) -> str:
        """Without the password."""
        return f"Address({dict(self.parts)!r})"

    @property
    def login(self) -> str:
        """Who enters."""
        return str(self.parts.get("user", ""))

    @property
    def place(self) -> str:
        """Host, port and database: what a password is for, and what may be shown."""
        if service := self.parts.get("service"):
            return f"service {service}"
        host = self.parts.get("host") or "this computer"
        port = f":{self.parts['port']}" if self.parts.get("port") else ""
        return f"{host}{port}/{self.parts.get('dbname', '')}"

    @property
    def url(self) -> str:
        """A URL that leads here, without the password: it may be written down."""
        parts = {name: value for name, value in self.parts.items() if _LIMITS.get(name) != value}
        return f"postgresql:///?{urlencode(parts)}"

    def with_password(self, password: str) -> Address:
        """The same address, entered by this password."""
        return Address(self.parts, password)


def is_remote_url(db: str) -> bool:
    """Whether a ``--db`` names a shared database rather than a local file."""
    return db.startswith(SCHEMES)


def read_address(url: str) -> Address:
    """The address a URL names; TLS is checked against the host's name unless it says otherwise."""
    if not is_remote_url(url):
        raise StoreError("This is not the URL of a shared database.", "It begins with postgresql://")
    try:
        parts = conninfo_to_dict("postgresql://" + url.split("://", 1)[1])
    except psycopg.ProgrammingError:
        # The library's own words would quote the URL, and with it a password.
        raise StoreError("This URL cannot be understood.", "postgresql://LOGIN@HOST:PORT/DATABASE") from None
    return _complete(parts)


def address_of(host: str, port: int, database: str, login: str, *, certificate: Path | None = None) -> Address:
    """The address of these parts; ``certificate`` names the authority that a remote server's proof is checked by."""
    parts: dict[str, Any] = {"host": host, "port": str(port), "dbname": database, "user": login}
    if certificate is not None:
        parts |= {"sslmode": "verify-full", "sslrootcert": str(certificate)}
    return _complete(parts)


def _complete(parts: dict[str, Any]) -> Address:
    password = parts.pop("password", None)
    if "sslmode" not in parts and "service" not in parts and not _is_here(str(parts.get("host") or "")):
        parts["sslmode"] = "verify-full"
    if parts.get("sslmode") == "verify-full" and "sslrootcert" not in parts:
        own = Path.home() / ".postgresql" / "root.crt"
        if not own.exists():
            parts["sslrootcert"] = "system"
    return Address({**_LIMITS, **parts}, None if password is None else str(password))


def _is_here(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def words(address: Address) -> dict[str, Any]:
    """What the client library is told to reach an address, but for the password."""
    told = {**address.parts, "options": f"-c search_path={SCHEMA}"}
    if given := address.parts.get("options"):
        told["options"] = f"{given} {told['options']}"
    return told


def open_shared(address: Address, *, limit_s: float = ANSWER_S) -> Engine:
    """An engine whose connections find our tables; nothing is opened yet, and no connection is kept.

    No statement waits longer than the limit: a server, or a line, that has gone dead says nothing at all.
    """

    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: connect(address, limit_s=limit_s),
        poolclass=NullPool,
        hide_parameters=True,
    )


def connect(
    address: Address, *, limit_s: float, is_stopped: Callable[[], bool] = lambda: False, **how: Any
) -> patience.PatientConnection:
    """A connection to a server that is not too old."""
    given = {**words(address), "password": address.password}
    made = patience.connect(given, limit_s=limit_s, is_stopped=is_stopped, **how)
    version = made.info.server_version // 10000
    if version < OLDEST:
        made.close()
        sentence = f"This server is PostgreSQL {version}; annodesk needs {OLDEST} or newer."
        raise StoreError(sentence, "Ask its administrator for a newer one.")
    return made


@contextmanager
def writing(engine: Engine, address: Address) -> Iterator[Connection]:
    """One transaction on the shared database; what goes wrong with the connection is told in words."""
    with told(address), engine.begin() as connection:
        yield connection


@contextmanager
def told(address: Address) -> Iterator[None]:
    """Say what keeps the shared database from answering; never its password, nor rows."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.errors.IdleInTransactionSessionTimeout, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, psycopg.Error) and (cause.sqlstate or "").startswith(OURS):
            # Written by our own functions for people to read.
            raise StoreError(cause.diag.message_primary or "It was refused.", cause.diag.message_hint or "") from None
        if isinstance(cause, psycopg.errors.UniqueViolation) and "name" in (cause.diag.constraint_name or ""):
            raise StoreError("There is one of this name already.", "Choose another name.") from None
        if isinstance(cause, psycopg.errors.InsufficientPrivilege):
            sentence = f"The login {address.login or 'used'} may not do this on {address.place}."
            raise StoreError(sentence, "Use the administrator's URL.") from None
        if isinstance(cause, psycopg.errors.IdleInTransactionSessionTimeout):
            raise StoreError(
                f"{address.place} has ended a connection that was idle for too long.", "Try again."
            ) from None
        if not isinstance(cause, psycopg.OperationalError):
            raise
        said = str(cause)
        for words, sentence, hint in _REASONS:
            if words in said:
                raise StoreError(f"{address.place}: {sentence}", hint) from None
        raise StoreError(f"{address.place} cannot be reached.", "Check the URL and the network.") from None


FAILED = DBAPIError
"""What is raised where a statement was not carried out, by the server or because it is gone."""


def answers(db: Connection) -> bool:
    """Whether the server still answers on a connection; what was open on it is undone."""
    try:
        db.rollback()
        db.exec_driver_sql("select 1")
        db.rollback()
    except DBAPIError:
        return False
    return True


def needs_password(error: StoreError) -> bool:
    """Whether a password, or another one, would help."""
    return any(sentence in error.sentence for _, sentence, _ in _REASONS[:2])
