"""Verbs about the shared database, for its administrator: server start, stop, status, init, upgrade, check, people."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annodesk.cli.output import json_option, show, tell
from annodesk.errors import AnnodeskError
from annodesk.services import joining, server
from annodesk.services.joining import SUFFIX

if TYPE_CHECKING:
    from annodesk.services.server import Started

folder_option = click.option(
    "--dir", "folder", type=click.Path(path_type=Path), metavar="DIR", help="The private server's folder."
)
url_option = click.option(
    "--db", envvar="ANNODESK_DB", metavar="URL", help="The administrator's URL; else this computer's private server."
)


@click.group("server")
def server_command() -> None:
    """The database a team shares: start one, make it, check it, let people in."""


@server_command.command("start")
@folder_option
@click.option("--port", type=click.IntRange(1, 65535), help="Where people enter; else that of last time.")
@click.option("--no-network", is_flag=True, help="Open a socket alone, for the person who starts it.")
@json_option
def start(folder: Path | None, port: int | None, no_network: bool, as_json: bool) -> None:
    """Start a private PostgreSQL with a shared database in it, for a small lab or a trial."""
    found = server.start(folder, port=port, network=not no_network)
    show(_described(found), as_json, lambda: _said(found))


@server_command.command("stop")
@folder_option
@json_option
def stop(folder: Path | None, as_json: bool) -> None:
    """Stop the private PostgreSQL; everything in it stays."""
    ran = server.stop(folder)
    show({"stopped": ran}, as_json, lambda: "It is stopped." if ran else "It was not running.")


@server_command.command("status")
@folder_option
@json_option
def status(folder: Path | None, as_json: bool) -> int:
    """Whether the private PostgreSQL runs, and where; exit code 1 where it does not."""
    found = server.status(folder)
    if found is None:
        show({"running": False}, as_json, lambda: "No private server runs here. Start it with: annodesk server start")
        return 1
    show(_described(found), as_json, lambda: _said(found))
    return 0


@server_command.command("init")
@url_option
@folder_option
@json_option
def init(db: str | None, folder: Path | None, as_json: bool) -> None:
    """Make the shared database: schema, roles, functions and policies."""
    before = server.init(server.find(db, folder, ask=ask))
    words = "The shared database is made." if before is None else "It was there already, and is up to date now."
    show({"made": before is None, "before": before}, as_json, lambda: words)


@server_command.command("upgrade")
@url_option
@folder_option
@json_option
def upgrade(db: str | None, folder: Path | None, as_json: bool) -> None:
    """Bring the shared database to this version; grants and policies are made anew."""
    before = server.upgrade(server.find(db, folder, ask=ask))
    show({"before": before}, as_json, lambda: "The shared database is up to date.")


@server_command.command("check")
@url_option
@folder_option
@json_option
def check(db: str | None, folder: Path | None, as_json: bool) -> int:
    """Compare schema, grants and policies with what they should be; exit code 1 where they differ."""
    found = server.check(server.find(db, folder, ask=ask))
    words = found or ["Schema, grants and policies are as they should be."]
    show({"ok": not found, "differences": found}, as_json, lambda: words)
    return 1 if found else 0


@server_command.command("add-user")
@click.argument("login")
@click.option("--name", default="", help="The person's name as colleagues see it; the login by default.")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(["annotator", "analyst", "manager", "worker"]),
    help="What the login may become in projects; several can be given.  [default: annotator]",
)  # fmt: skip
@click.option("--project", metavar="NAME", help="Make them a member of this project at once.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--generate", is_flag=True, help="Make a password up and print it, once.")
@url_option
@folder_option
@json_option
def add_user(
    login: str, name: str, roles: tuple[str, ...], project: str | None, password_stdin: bool, generate: bool,
    db: str | None, folder: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Make a login with a password, and the person behind it; one that is there gets the roles in the project."""
    if password_stdin and generate:
        raise click.UsageError("--password-stdin and --generate exclude each other.")
    if project is not None:
        address = server.find(db, folder, ask=ask)
        if server.has_user(address, login):
            given = server.give_roles(address, login, roles, project)
            document = {"login": login, "person": None, "roles": list(given.roles), "project": project}
            show(document, as_json, lambda: f"{login} is {', '.join(given.roles)} in {project} now.")
            return
    password = server.new_password() if generate else _new_password(login, from_stdin=password_stdin)
    made = server.add_user(server.find(db, folder, ask=ask), login, password, name=name, roles=roles, project=project)
    document = {"login": made.login, "person": made.person_id, "roles": list(made.roles), "project": made.project}
    lines = [f"{made.login} may enter as {', '.join(made.roles)}."]
    if generate:
        document["password"] = password
        lines.append(f"The password, shown only now: {password}")
    show(document, as_json, lambda: lines)


@server_command.command("invite")
@click.argument("login")
@click.option("--project", metavar="NAME", required=True, help="The project they will work in.")
@click.option("--name", default="", help="The person's name as colleagues see it; the login by default.")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(["annotator", "analyst", "manager"]),
    help="What they are in the project; several can be given.  [default: annotator]",
)  # fmt: skip
@click.option("--days", type=int, default=7, show_default=True, help="How long the invitation is open.")
@click.option("--host", default="", help="The server's name as the newcomer's computer knows it; else that of --db.")
@click.option(
    "--certificate", type=click.Path(path_type=Path), metavar="FILE",
    help="The authority's PEM file, by which the server proves who it is; else that of --db.",
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="The invitation's file.")
@url_option
@folder_option
@json_option
def invite(
    login: str, project: str, name: str, roles: tuple[str, ...], days: int, host: str, certificate: Path | None,
    output: Path | None, db: str | None, folder: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Write a file that lets one newcomer in: they open it in annodesk and choose their own password."""
    made = joining.invite(
        server.find(db, folder, ask=ask), login, output or Path(f"{login}{SUFFIX}"), project=project, name=name,
        roles=roles, days=days, certificate=certificate, host=host,
    )  # fmt: skip
    until = datetime.fromtimestamp(made.invitation.expires_us / 1_000_000, UTC).isoformat(timespec="minutes")
    lines = [
        f"{made.path} invites {login} to {project}, until {until}.",
        "Give it to them alone: whoever opens it first is let in.",
    ]
    if made.invitation.is_here:
        lines.append("It works on this computer alone; name the server as others know it with --host.")
    document = {"file": str(made.path), "login": login, "person": made.person_id, "project": project, "expires": until}
    show(document, as_json, lambda: lines)


@server_command.command("remove-user")
@click.argument("login")
@url_option
@folder_option
@json_option
def remove_user(login: str, db: str | None, folder: Path | None, as_json: bool) -> None:
    """End a login at once; the person's work stays, and what they had open goes back."""
    released = server.remove_user(server.find(db, folder, ask=ask), login)
    words = f"{login} may not enter any more; {released} open task{'s' * (released != 1)} went back."
    show({"login": login, "released": released}, as_json, lambda: words)


@server_command.command("forget-user")
@click.argument("login_or_id", metavar="LOGIN|ID")
@url_option
@folder_option
@json_option
def forget_user(login_or_id: str, db: str | None, folder: Path | None, as_json: bool) -> None:
    """Remove a login and empty the person's name; their work stays, under an id that names nobody."""
    person_id = server.forget_user(server.find(db, folder, ask=ask), login_or_id)
    show({"person": person_id}, as_json, lambda: f"The name is gone; history knows the person as {person_id}.")


def _described(found: Started) -> dict[str, object]:
    return {
        "running": True,
        "was_running": found.was_running,
        "folder": str(found.folder),
        "process": found.process,
        "port": found.port,
        "url": found.url,
        "admin_url": found.admin_url,
    }


def _said(found: Started) -> list[str]:
    return [
        f"The server {'runs already' if found.was_running else 'is started'}; its data is in {found.folder}.",
        f"People of this computer connect to {found.url}",
        "Let somebody in with: annodesk server add-user LOGIN",
    ]


def ask(place: str) -> str | None:
    """Ask the person at a terminal for a password; None where nobody sits there."""
    if not sys.stdin.isatty():
        return None
    return str(click.prompt(f"Password of {place}", hide_input=True, err=True))


def _new_password(login: str, *, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise AnnodeskError("A login needs a password.", "Give it by --password-stdin, or take --generate.")
    tell(f"Choose a password for {login}; it is not shown.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
