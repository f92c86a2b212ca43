"""Meeting a shared database as one of its people: trying an address out, inviting, and accepting an invitation."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk import credentials
from annodesk.errors import AnnodeskError, StoreError
from annodesk.model.work import Role
from annodesk.services.base import wall_clock_us
from annodesk.store import entrance, logins, remote
from annodesk.store.entrance import in_words, require_fitting
from annodesk.store.invitation_file import (
    SUFFIX,
    Invitation,
    keep_certificate,
    read_certificate,
    read_invitation,
    write_invitation,
)

if TYPE_CHECKING:
    from annodesk.store.engine import Connection
    from annodesk.store.remote import Address

DAYS_OPEN = 7
MOST_DAYS_OPEN = 60
DAY_US = 86_400_000_000


class TeamProject(Struct, frozen=True):
    """A project of a shared database that a login is a member of, and as what."""

    id: str
    name: str
    roles: frozenset[Role]


class Met(Struct, frozen=True):
    """A shared database that let somebody in: where it is, as whom, and in which projects they work."""

    address: Address
    person_id: str
    name: str
    projects: tuple[TeamProject, ...]
    server: str
    password_kept: bool = True


class Invited(Struct, frozen=True):
    """An invitation that was written to a file."""

    path: Path
    invitation: Invitation
    person_id: str


def read_url(url: str, password: str | None = None) -> Address:
    """The address that a person typed, with a password where they gave one."""
    address = remote.read_address(url.strip())
    if password:
        return address.with_password(password)
    if address.password is None and (known := credentials.find(address.place, address.login)) is not None:
        return address.with_password(known)
    return address


def needs_password(error: Exception) -> bool:
    """Whether a password, or another one, would help."""
    return isinstance(error, StoreError) and remote.needs_password(error)


def meet(address: Address) -> Met:
    """Enter a shared database and look who one is there; what keeps one out is told in one sentence."""
    with remote.told(address), remote.open_shared(address).connect() as db, in_words():
        require_fitting(db)
        return _met(db, address)


def invite(
    admin: Address,
    login: str,
    path: Path,
    *,
    project: str,
    name: str = "",
    roles: Sequence[str] = (),
    days: int = DAYS_OPEN,
    certificate: Path | None = None,
    host: str = "",
) -> Invited:
    """Make a login for somebody, and the file that lets them in once, within some days; as the administrator.

    Somebody who has not come yet is invited again under the same login: the file before is worth nothing then.
    """
    if not 1 <= days <= MOST_DAYS_OPEN:
        raise AnnodeskError(f"An invitation is open for 1 to {MOST_DAYS_OPEN} days.", "Name another number.")
    if path.exists():
        raise AnnodeskError(f"{path} is there already.", "Name another file.")
    roles = tuple(roles) or (Role.ANNOTATOR.value,)
    where = host or str(admin.parts.get("host") or "")
    if not where or where.startswith(("/", "@")):
        where = "127.0.0.1"
    root = admin.parts.get("sslrootcert")
    if certificate is None and root and root != "system":
        certificate = Path(str(root))
    pem = read_certificate(certificate) if certificate is not None else ""
    password = secrets.token_urlsafe(18)
    with remote.writing(remote.open_shared(admin), admin) as db, in_words():
        require_fitting(db)
        port, database = entrance.whereabouts(db)
        person_id = logins.invite_again(db, login, password, days * DAY_US)
        if person_id is None:
            person_id = logins.add_login(db, login, name or login, password, roles, invited_for_us=days * DAY_US)
        for role in roles:
            logins.give_role(db, login, project, Role(role))
        invitation = Invitation(
            where,
            int(admin.parts.get("port") or port),
            database,
            project,
            login,
            name or login,
            password,
            logins.expiry_of(db, login),
            pem,
        )
        # Before the commit: without a file there is no invitation either.
        write_invitation(path, invitation)
    return Invited(path, invitation, str(person_id))


def address_in(invitation: Invitation) -> Address:
    """Where an invitation leads; a server elsewhere has to prove by its certificate that it is the one."""
    certificate = keep_certificate(invitation.certificate) if invitation.certificate else None
    return remote.address_of(
        invitation.host, invitation.port, invitation.database, invitation.login, certificate=certificate
    )


def look_at(invitation: Invitation) -> str:
    """Which server an invitation leads to, changing nothing there; StoreError in words where it leads nowhere."""
    address = address_in(invitation).with_password(invitation.password)
    try:
        with remote.told(address), remote.open_shared(address).connect() as db:
            require_fitting(db)
            return f"PostgreSQL {entrance.server_version(db)}"
    except StoreError as error:
        if not remote.needs_password(error):
            raise
        raise StoreError(
            "This invitation was used already, or replaced by a newer one.", "Ask for a new one."
        ) from None


def accept(invitation: Invitation, password: str, *, clock: Callable[[], int] = wall_clock_us) -> Met:
    """Enter by an invitation and replace its password by one's own, both or neither; the new one is kept.

    Sent again after a lost reply it finds that the new password works already. ``clock`` is only for the words: whether
    the invitation has run out is the server's to say.
    """
    if password == invitation.password:
        raise AnnodeskError("This is the invitation's own password.", "Choose one that only you know.")
    if len(password) < logins.SHORTEST_PASSWORD:
        raise AnnodeskError("The password is too short.", f"Take {logins.SHORTEST_PASSWORD} characters or more.")
    address = address_in(invitation)
    try:
        _replace(address.with_password(invitation.password), password)
    except StoreError as error:
        if not remote.needs_password(error):
            raise
        try:
            met = meet(address.with_password(password))
        except StoreError:
            hint = "Ask for a new one."
            if clock() > invitation.expires_us:
                raise StoreError("This invitation has run out.", hint) from None
            raise StoreError("This invitation was used already, or replaced by a newer one.", hint) from None
    else:
        met = meet(address.with_password(password))
    return _with_password_kept(met, password)


def keep_password(met: Met) -> Met:
    """Keep the password that let somebody in, where this computer keeps passwords at all."""
    password = met.address.password
    return met if password is None else _with_password_kept(met, password)


def _replace(address: Address, password: str) -> None:
    with remote.writing(remote.open_shared(address), address) as db, in_words():
        require_fitting(db)
        logins.set_password(db, address.login, password)
        entrance.accept_invitation(db)


def _with_password_kept(met: Met, password: str) -> Met:
    kept = credentials.keep(met.address.place, met.address.login, password)
    return Met(met.address, met.person_id, met.name, met.projects, met.server, kept)


def _met(db: Connection, address: Address) -> Met:
    person_id, name, rows = entrance.who_enters(db)
    found: dict[str, TeamProject] = {}
    for project_id, title, role in rows:
        roles = found[project_id].roles if project_id in found else frozenset()
        found[project_id] = TeamProject(project_id, title, roles | {Role(role)})
    return Met(address, person_id, name, tuple(found.values()), f"PostgreSQL {entrance.server_version(db)}")


__all__ = [
    "DAYS_OPEN",
    "SUFFIX",
    "Invitation",
    "Invited",
    "Met",
    "TeamProject",
    "accept",
    "address_in",
    "in_words",
    "invite",
    "keep_password",
    "look_at",
    "meet",
    "needs_password",
    "read_invitation",
    "read_url",
    "require_fitting",
]
