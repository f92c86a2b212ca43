"""Reads and writes the file that invites somebody: where the shared database is, and a password for the first time.

The file comes from anywhere, by mail or chat: nothing in it is believed before it was checked, and nothing in it can
name a file of this computer or make the connection less safe.
"""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import json
import os
import re
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from annodesk import paths
from annodesk.errors import AnnodeskError

SUFFIX = ".annodesk-invitation"
VERSION = 1
MOST_BYTES = 65_536
"""Of the whole file; a chain of certificates takes a tenth of it."""

_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_DATABASE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
_LOGIN = re.compile(r"[a-z][a-z0-9_.-]{0,62}")
_PASSWORD = re.compile(r"[!-~]{8,128}")
_PEM = re.compile(
    r"(-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----\r?\n?)+",
)
_LONGEST_NAME = 200


class Invitation(Struct, frozen=True):
    """Who is invited where; ``expires_us`` is of the server's clock, ``certificate`` the PEM text of its authority."""

    host: str
    port: int
    database: str
    project: str
    login: str
    name: str
    password: str
    expires_us: int
    certificate: str = ""

    def __repr__(self) -> str:
        """Without the password."""
        return f"Invitation({self.login!r} to {self.project!r} at {self.host!r})"

    @property
    def is_here(self) -> bool:
        """Whether it leads to a server of the computer it is opened on."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host is the computer itself."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def write_invitation(path: Path, invitation: Invitation) -> None:
    """Write the file, for its owner's eyes alone; a file that is there already is never replaced."""
    expires = datetime.fromtimestamp(invitation.expires_us / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {
        "annodesk": "invitation",
        "version": VERSION,
        "project": invitation.project,
        "name": invitation.name,
        "host": invitation.host,
        "port": invitation.port,
        "database": invitation.database,
        "login": invitation.login,
        "password": invitation.password,
        "expires": expires,
        "certificate": invitation.certificate.splitlines(),
    }
    checked_invitation(document)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise AnnodeskError(f"{path} is there already.", "Name another file.") from None
    except OSError as error:
        raise AnnodeskError(f"{path} cannot be written: {error.strerror}.", "Name another folder.") from None


def read_invitation(path: Path) -> Invitation:
    """What an invitation says, checked; AnnodeskError in words where it is none, or none of this version."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise AnnodeskError(f"{path.name} cannot be read: {error.strerror}.", "Choose another file.") from None
    if len(raw) > MOST_BYTES:
        raise _no_invitation("it is too long")
    try:
        document = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise _no_invitation("it is not written as one") from None
    return checked_invitation(document)


def checked_invitation(document: Any) -> Invitation:
    """The invitation a JSON value holds, each part checked; unknown parts are of a later time, and are left out."""
    if not isinstance(document, dict) or document.get("annodesk") != "invitation":
        raise _no_invitation("it is something else")
    version = document.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        raise AnnodeskError("This invitation was made by a newer annodesk.", "Update annodesk on this computer.")
    if version != VERSION or isinstance(version, bool):
        raise _no_invitation("its version is unknown")
    host, port = document.get("host"), document.get("port")
    if not isinstance(host, str) or not (_HOST.fullmatch(host) or _is_address(host)):
        raise _no_invitation("its host is none")
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
        raise _no_invitation("its port is none")
    return Invitation(
        host=host,
        port=port,
        database=_matching(document, "database", _DATABASE),
        project=_one_line(document, "project"),
        login=_matching(document, "login", _LOGIN),
        name=_one_line(document, "name"),
        password=_matching(document, "password", _PASSWORD),
        expires_us=_time(document.get("expires")),
        certificate=_certificate(document.get("certificate", [])),
    )


def keep_certificate(pem: str) -> Path:
    """Keep a certificate where libpq finds it, under a name made of its own content; returns the file."""
    folder = paths.config_dir() / "certificates"
    path = folder / f"{hashlib.sha256(pem.encode()).hexdigest()[:32]}.pem"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="ascii") != pem:
            aside = path.with_suffix(".new")
            aside.write_text(pem, encoding="ascii")
            aside.replace(path)
    except OSError as error:
        raise AnnodeskError(f"The server's certificate cannot be kept in {folder}: {error.strerror}.") from None
    return path


def read_certificate(path: Path) -> str:
    """The PEM text of a certificate file, checked, for an invitation."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES // 2 + 1)
        found = re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", raw.decode("ascii"), re.DOTALL)
        return _certificate("\n".join(found).splitlines())
    except OSError as error:
        raise AnnodeskError(f"{path} cannot be read: {error.strerror}.", "Name the authority's PEM file.") from None
    except ValueError:
        raise AnnodeskError(f"{path} is not a certificate.", "Name the authority's PEM file.") from None


def _certificate(lines: Any) -> str:
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise _no_invitation("its certificate is none")
    if not lines:
        return ""
    pem = "\n".join(lines) + "\n"
    try:
        if not _PEM.fullmatch(pem):
            raise _no_invitation("its certificate is none")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        raise _no_invitation("its certificate is none") from None
    return pem


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def _matching(document: dict[str, Any], key: str, pattern: re.Pattern[str]) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _no_invitation(f"its {key} is none")
    return value


def _one_line(document: dict[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= _LONGEST_NAME or not value.isprintable():
        raise _no_invitation(f"its {key} is none")
    return value


def _time(value: Any) -> int:
    if isinstance(value, str) and len(value) <= 40:
        with contextlib.suppress(ValueError, OverflowError):
            when = datetime.fromisoformat(value)
            if when.tzinfo is not None:
                return int(when.timestamp()) * 1_000_000
    raise _no_invitation("its expiry is none")


def _no_invitation(why: str) -> AnnodeskError:
    return AnnodeskError(f"This is not an invitation to annodesk: {why}.", "Ask for the file once more.")
