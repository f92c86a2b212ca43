"""Verbs of a team's coordinator: worker, and publish, which gives it work."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from annodesk.cli.output import json_option, local_path, progress_bar, project_option, show, tell
from annodesk.cli.server import ask
from annodesk.services import Services, server
from annodesk.services.team_model import TeamModel
from annodesk.services.worker import Rounds, Worker


@click.command("worker")
@click.option("--db", envvar="ANNODESK_DB", metavar="URL", required=True, help="The shared database, as the worker.")
@click.option("--once", is_flag=True, help="Do all there is to do, then stop.")
@click.option("--prelabel", is_flag=True, help="Also let each project's model label what it has not labelled yet.")
@click.option(
    "--media", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".", metavar="DIR",
    help="Where recordings are that have no address and no media root.  [default: this folder]",
)  # fmt: skip
@json_option
def worker_command(db: str, once: bool, prelabel: bool, media: Path, as_json: bool) -> None:
    """Score, settle, escalate and route what a team hands in, until stopped; several may run at once."""
    # A service has no terminal to answer at; libpq's passfile or the environment gives its password.
    worker = Worker(server.find(db, ask=ask), model=TeamModel(media) if prelabel else None)
    if once:
        total = worker.once()
    else:
        logging.getLogger("annodesk").addHandler(logging.StreamHandler())
        total = Rounds()

        def done(rounds: Rounds) -> None:
            nonlocal total
            total += rounds
            if rounds.scored or rounds.settled:
                tell(_said(rounds))

        with stopped_by_signal() as stop:
            tell("The worker runs; stop it with Ctrl+C.")
            worker.run(stop, done=done)
    document = {
        "scored": total.scored,
        "escalated": total.escalated,
        "settled": total.settled,
        "routed": total.routed,
        "put_aside": total.put_aside,
        "labelled": total.labelled,
    }
    show(document, as_json, lambda: _said(total))


def _said(rounds: Rounds) -> str:
    words = f"{rounds.scored} scored, {rounds.escalated} escalated, {rounds.settled} settled, {rounds.routed} offers"
    return f"{words}, {rounds.put_aside} put aside." if rounds.put_aside else f"{words}."


@contextmanager
def stopped_by_signal() -> Iterator[threading.Event]:
    """An event that is set when somebody ends the process politely: what is begun is finished first."""
    stop = threading.Event()

    def end(number: int, frame: Any) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@click.command("publish")
@click.argument("db", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--to", "url", metavar="URL", required=True, help="The shared database, under a manager's login.")
@project_option
@click.option("--as", "person", metavar="NAME", help="Who of the file you are: their work becomes your login's.")
@json_option
def publish_command(db: Path, url: str, project: str | None, person: str | None, as_json: bool) -> None:
    """Bring a project of a file into a shared database, with its whole history."""
    with Services.open(local_path(str(db))) as services:
        known = services.projects.find(project)
        me = services.people.find(person).id if person else None
        address = server.find(url, ask=ask)  # before the bar, which would be drawn over the question
        with progress_bar("publishing") as progress:
            handed = services.publishing.publish(known.id, address, as_person=me, progress=progress)
    made, copy = handed.published, handed.copy
    document = {
        "project": made.name,
        "id": made.project_id,
        "brought": made.brought,
        "joined": copy is not None,
        "copy": None if copy is None else str(copy),
    }
    items, edits = made.brought.get("item", 0), made.brought.get("edit", 0)
    lines = [f"{made.name} is published: {items} items with {edits} changes."]
    if copy is not None:
        lines.append(f"{db} belongs to the team now and syncs; what it was before is in {copy.name}.")
    else:
        lines.append(f"{db} holds other projects too and goes on alone; take a new file: annodesk sync --join URL")
    show(document, as_json, lambda: lines)
