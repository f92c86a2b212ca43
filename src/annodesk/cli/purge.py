"""The verb ``purge``: take an item's content down for good, and say which workstations have not confirmed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import click

from annodesk.cli.output import db_option, json_option, local_path, progress_bar, project_option, show, tell
from annodesk.cli.server import ask
from annodesk.errors import AnnodeskError
from annodesk.services import Services, server
from annodesk.services.takedown import NOT_REACHED, WHAT_HAPPENS, Standing, TeamTakedowns
from annodesk.store import remote


@click.command("purge")
@click.argument("item", required=False)
@db_option
@project_option
@click.option("--yes", is_flag=True, help="Do not ask: there is no way back.")
@click.option("--status", "only_status", is_flag=True, help="Say what was taken down, and who has not confirmed.")
@click.option(
    "--gone", "copy_id", metavar="WORKSTATION", help="Wait no longer for a workstation that is gone for good."
)
@json_option
def purge_command(
    item: str | None, db: str, project: str | None, yes: bool, only_status: bool, copy_id: str | None, as_json: bool
) -> int:
    """Take an item's content down: media copies, text and all that was made of them. Labels stay, without content.

    ITEM is its key or id. --db is a file, or the URL of the shared database under a manager's login.
    """
    if (item is not None) + only_status + (copy_id is not None) != 1:
        raise click.UsageError("Name an ITEM, or give --status, or --gone WORKSTATION.")
    if item is not None and not yes:
        _make_sure(item)
    if remote.is_remote_url(db):
        if project is None:
            raise click.UsageError("A shared database may hold several projects: name one with --project.")
        found = _of_team(TeamTakedowns(server.find(db, ask=ask), project), item, copy_id)
    else:
        found = _of_file(db, project, item, copy_id)
    document: Any = [_described(one) for one in found]
    if item is not None:
        document = document[0]
    show(document if item is not None else {"takedowns": document}, as_json, lambda: _said(found))
    return 0


def _make_sure(item: str) -> None:
    tell(f"{item} is taken down. {WHAT_HAPPENS}")
    tell(NOT_REACHED)
    if not sys.stdin.isatty():
        raise AnnodeskError("Taking an item down cannot be undone, so it needs a yes.", "Say so with --yes.")
    if str(click.prompt("Write its key once more to go on", default="", show_default=False, err=True)) != item:
        raise AnnodeskError("Nothing was taken down.", "The key was not the same.")


def _of_team(team: TeamTakedowns, item: str | None, copy_id: str | None) -> list[Standing]:
    if copy_id is not None:
        team.give_up(copy_id)
    if item is None:
        return team.standings()
    with progress_bar("taking it down") as progress:
        return [team.take_down(item, progress=progress)]


def _of_file(db: str, project: str | None, item: str | None, copy_id: str | None) -> list[Standing]:
    with Services.open(local_path(db), read_only=item is None) as services:
        known, takedowns = services.projects.find(project), services.takedowns
        if takedowns.asks_server:
            services.sync.address(ask=ask)
        if copy_id is not None:
            takedowns.give_up(copy_id)
        if item is None:
            return takedowns.standings(known.id)
        with progress_bar("taking it down") as progress:
            done, _ = takedowns.take_down(known.id, item, progress=progress)
        if takedowns.asks_server:
            # This workstation is the first to follow.
            services.sync.round(ask=ask)
        if copies := takedowns.copies():
            tell(copies)
        return [one for one in takedowns.standings(known.id) if one.item_id == done.item_id]


def _described(one: Standing) -> dict[str, Any]:
    return {
        "item": one.item_id,
        "key": one.key,
        "taken_down": _day(one.made_at_us),
        "server_done": one.is_blank,
        "done": one.is_done,
        "unconfirmed": [
            {"workstation": w.copy_id, "person": w.person, "member": w.is_member, "seen": _day(w.seen_us)}
            for w in one.waiting
        ],
    }


def _said(found: list[Standing]) -> list[str]:
    lines = []
    for one in found:
        if not one.is_blank:
            lines.append(f"{one.key}: not finished; run annodesk purge {one.key} again.")
            continue
        count = len(one.waiting)
        rest = "everywhere" if one.is_done else f"{count} workstation{'s' * (count != 1)} not confirmed yet:"
        lines.append(f"{one.key}: taken down on {_day(one.made_at_us)}, {rest}.".replace(":.", ":"))
        for waited in one.waiting:
            member = "" if waited.is_member else ", no member any more"
            name = waited.person or "somebody without a name"
            lines.append(f"  {name}{member}, last seen {_day(waited.seen_us)}, {waited.copy_id}")
    return lines or ["Nothing was taken down."]


def _day(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).date().isoformat()
