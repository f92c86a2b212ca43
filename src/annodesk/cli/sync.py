"""The verb ``sync``: carry a local file and its team's shared database towards each other."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from annodesk.cli.output import db_option, json_option, local_path, progress_bar, project_option, show, tell
from annodesk.cli.server import ask as ask_password
from annodesk.errors import AnnodeskError
from annodesk.progress import CancelToken
from annodesk.services import Services
from annodesk.services.packs import MOST_TASKS

if TYPE_CHECKING:
    from annodesk.services.sync import Synced


@click.command("sync")
@db_option
@click.option("--once", is_flag=True, help="Make one round and end; else go on until Ctrl+C.")
@click.option("--join", "url", metavar="URL", help="First tie this file to a shared database; it is made where absent.")
@click.option("--take", metavar="N", type=click.IntRange(1, MOST_TASKS), help="Take N tasks offline, with their media.")
@click.option(
    "--days", metavar="D", type=click.FloatRange(0, min_open=True), help="For how long; else the most there is."
)
@click.option("--bring-back", is_flag=True, help="Give back what was taken offline and is not begun.")
@project_option
@json_option
def sync_command(
    db: str,
    once: bool,
    url: str | None,
    take: int | None,
    days: float | None,
    bring_back: bool,
    project: str | None,
    as_json: bool,
) -> int:
    """Send what waits to the shared database, and fetch what changed there.

    With --take or --bring-back one round is made, and no more.
    """
    if take is not None and bring_back:
        raise click.UsageError("Tasks are either taken offline or brought back.")
    if days is not None and take is None:
        raise click.UsageError("--days says for how long --take takes tasks offline.")
    counted: dict[str, Any] = {"pushed": 0, "pulled": 0, "refused": []}
    with Services.open(local_path(db), create=url is not None) as services:
        if url is not None:
            services.sync.join(url, project, ask=ask_password)
        trouble: AnnodeskError | None = None
        pack = _pack(services, take, days, bring_back)
        try:
            _count(counted, services.sync.round(ask=ask_password))
        except AnnodeskError as error:
            if not services.sync.state().is_shared:
                raise
            trouble = error
        if not once and not pack:
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
        **pack,
    }
    words = f"{_told(pack)}Sent {counted['pushed']}, fetched {counted['pulled']}. {state.sentence(_local_time)}."
    show(document, as_json, lambda: words)
    if trouble is not None and not state.refused:
        tell(str(trouble))
    return 0 if trouble is None else 1


def _pack(services: Services, take: int | None, days: float | None, bring_back: bool) -> dict[str, Any]:
    """Take tasks offline or bring them back; what came of it, for the document."""
    if take is not None:
        with progress_bar("Taking tasks offline") as progress, stopping() as cancel:
            done = services.packs.take(
                take, days or services.packs.most_days, ask=ask_password, progress=progress, cancel=cancel
            )
        for problem in done.problems:
            tell(problem)
        until = None if done.until_us is None else _local_time(done.until_us)
        return {"taken": done.tasks, "until": until, "problems": list(done.problems), "cancelled": done.is_cancelled}
    if bring_back:
        back = services.packs.bring_back()
        return {"returned": back.returned, "kept": back.kept}
    return {}


def _told(pack: dict[str, Any]) -> str:
    if "taken" in pack:
        until = f" until {pack['until']}" if pack["until"] else ""
        return f"{counted_words(pack['taken'], 'task')} offline{until}. "
    if "returned" in pack:
        kept = f", {pack['kept']} begun and kept" if pack["kept"] else ""
        return f"{counted_words(pack['returned'], 'task')} went back{kept}. "
    return ""


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


@contextmanager
def stopping() -> Iterator[CancelToken]:
    """Ctrl+C asks the work to stop where it is whole; pressed again it stops the program."""
    cancel = CancelToken()

    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        tell("Stopping …")
        cancel.cancel()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)


def counted_words(count: int, one: str) -> str:
    """A number of things in words."""
    return f"{count} {one}{'s' * (count != 1)}"


def _count(counted: dict[str, Any], synced: Synced) -> None:
    counted["pushed"] += synced.result.pushed
    counted["pulled"] += synced.result.pulled
    counted["refused"] += [one for one in synced.result.refused if one not in counted["refused"]]


def _local_time(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6).strftime("%Y-%m-%d %H:%M")
