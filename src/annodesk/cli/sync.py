"""The verb ``sync``: carry a local file and its team's shared database towards each other."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import click

from annodesk.cli.output import db_option, json_option, local_path, project_option, show, tell
from annodesk.cli.server import ask as ask_password
from annodesk.errors import AnnodeskError
from annodesk.services import Services
from annodesk.services.sync import Synced


@click.command("sync")
@db_option
@click.option("--once", is_flag=True, help="Make one round and end; else go on until Ctrl+C.")
@click.option("--join", "url", metavar="URL", help="First tie this file to a shared database; it is made where absent.")
@project_option
@json_option
def sync_command(db: str, once: bool, url: str | None, project: str | None, as_json: bool) -> int:
    """Send what waits to the shared database, and fetch what changed there."""
    counted: dict[str, Any] = {"pushed": 0, "pulled": 0, "refused": []}
    with Services.open(local_path(db), create=url is not None) as services:
        if url is not None:
            services.sync.join(url, project, ask=ask_password)
        trouble: AnnodeskError | None = None
        try:
            _count(counted, services.sync.round(ask=ask_password))
        except AnnodeskError as error:
            if not services.sync.state().is_shared:
                raise
            trouble = error
        if not once:
            _go_on(services, counted)
            trouble = None
        state = services.sync.state()
        for line in services.sync.log():
            if line.is_trouble:
                tell(f"{line.sentence} {line.hint}".strip())
    document = {
        "pushed": counted["pushed"],
        "pulled": counted["pulled"],
        "conflicts": state.conflicts,
        "waiting": state.waiting,
        "state": state.standing.value,
        "refused": counted["refused"],
        "reason": state.refused or state.reason,
    }
    words = f"Sent {counted['pushed']}, fetched {counted['pulled']}. {state.sentence(_local_time)}."
    show(document, as_json, lambda: words)
    if trouble is not None and not state.refused:
        tell(str(trouble))
    return 0 if trouble is None else 1


def _go_on(services: Services, counted: dict[str, Any]) -> None:
    """Make rounds until the person presses Ctrl+C."""
    stopped = threading.Event()

    def after(synced: Synced | None) -> None:
        if synced is not None:
            _count(counted, synced)
        tell(f"{services.sync.state().sentence(_local_time)}.")

    services.sync.start(after)
    try:
        while not stopped.wait(1.0):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        services.sync.stop()


def _count(counted: dict[str, Any], synced: Synced) -> None:
    counted["pushed"] += synced.result.pushed
    counted["pulled"] += synced.result.pulled
    counted["refused"] += [one for one in synced.result.refused if one not in counted["refused"]]


def _local_time(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6).strftime("%Y-%m-%d %H:%M")
