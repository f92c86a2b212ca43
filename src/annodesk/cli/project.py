"""Verbs about a project: init, add, status, queue."""

from __future__ import annotations

from pathlib import Path

import click

from annodesk.cli.output import (
    any_db_option,
    db_option,
    json_option,
    local_path,
    progress_bar,
    project_option,
    show,
    tell,
)
from annodesk.cli.server import ask
from annodesk.errors import WorkflowError
from annodesk.model.work import Band
from annodesk.services import Services, server, today
from annodesk.services.overview import Overview, is_of_team


@click.command("init")
@click.argument("project_file", type=click.Path(path_type=Path), metavar="PROJECT.toml")
@db_option
@json_option
def init_command(project_file: Path, db: str, as_json: bool) -> None:
    """Make a project from its file, or a new version of it."""
    from annodesk.model.project_file import read_project

    read_project(project_file)
    with Services.open(local_path(db), create=True) as services:
        made = services.projects.init(project_file)
    show(
        {"project": made.name, "version": made.version},
        as_json,
        lambda: (
            f"{made.name} has another version; the team gets it at the next sync: annodesk sync --once --db {db}"
            if made.is_waiting
            else f"{made.name} is at version {made.version} in {db}."
        ),
    )


@click.command("add")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@db_option
@project_option
@click.option("--metadata", type=click.Path(path_type=Path), metavar="CSV", help="A CSV with a column named key.")
@click.option("--batch", metavar="NAME", help="The batch they come into; made where there is none of that name.")
@click.option("--pilot", is_flag=True, help="Make that batch a pilot: for everybody, before what comes after it.")
@json_option
def add_command(
    paths: tuple[Path, ...],
    db: str,
    project: str | None,
    metadata: Path | None,
    batch: str | None,
    pilot: bool,
    as_json: bool,
) -> int:
    """Add recordings, videos, texts, or folders of them."""
    if pilot and batch is None:
        raise click.UsageError("--pilot needs the name of a batch: --batch NAME.")
    with Services.open(local_path(db)) as services, progress_bar("adding files") as progress:
        known = services.projects.find(project)
        into = None if batch is None else _batch_of(services, known.id, batch, pilot)
        added = services.items.add(known.id, paths, metadata, batch_id=into, progress=progress)
        services.coordinator.route(known.id)
        services.items.hash_assets(known.id, progress=progress)
        is_shared = services.sync.where is not None
    for left in added.skipped:
        tell(f"skipped {left.file}: {left.reason}")
    document = {
        "items": added.items,
        "assets": added.assets,
        "duplicates": len(added.duplicates),
        "skipped": len(added.skipped),
        "duplicate_files": list(added.duplicates),
        "skipped_files": [{"file": s.file, "reason": s.reason} for s in added.skipped],
    }
    items, files = _counted(added.items, "item"), _counted(added.assets, "file")
    again = f", {len(added.duplicates)} known already" if added.duplicates else ""
    left_out = f", {len(added.skipped)} skipped" if added.skipped else ""
    lines = [f"Added {items} with {files}{again}{left_out}."]
    if is_shared and added.items:
        lines.append(f"The team gets them at the next sync: annodesk sync --once --db {db}")
    show(document, as_json, lambda: lines)
    return 1 if added.skipped and not (added.items or added.duplicates) else 0


def _batch_of(services: Services, project_id: str, name: str, is_pilot: bool) -> str:
    """The batch of that name, made where there is none."""
    found = services.batches.named(project_id, name)
    if found is not None and is_pilot and not found.is_pilot:
        raise WorkflowError(f"The batch {found.name} is no pilot.", "Give the pilot a name of its own.")
    if found is None:
        made = services.batches.make(project_id, None, name, is_pilot=is_pilot)
        tell(made.sentence)
        return made.batch.id
    return found.id


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


@click.command("status")
@any_db_option
@project_option
@json_option
def status_command(db: str, project: str | None, as_json: bool) -> None:
    """Progress, agreement, people, and what needs somebody today; of a shared database, as its worker counted last."""
    if is_of_team(db):
        with Overview(server.find(db, ask=ask)) as overview:
            found, needs = overview.status(project), overview.today(project)
    else:
        with Services.open(local_path(db), read_only=True) as services:
            chosen = services.projects.find(project).id if project else None
            found, needs = services.dashboard.status(chosen), services.desk_figures.today(among=chosen)

    def words() -> list[str]:
        lines = []
        for p in found:
            agreement = "no agreement yet" if p["agreement"] is None else f"agreement {p['agreement']:.2f}"
            people = ", ".join(f"{n} {role}{'s' * (n != 1)}" for role, n in p["people"].items() if n) or "nobody yet"
            lines.append(
                f"{p['name']}: {p['settled']} of {p['items']} items settled, {p['escalated']} in review, "
                f"{agreement}; {people}."
            )
            if machine := p["bands"][Band.MACHINE.value]:
                lines.append(f"  {machine} of them stand by the machine alone.")
            if p["done_from"]:
                lines.append(f"  Done between {p['done_from']} and {p['done_by'] or 'nobody knows when'}.")
            elif p["forecast"] and p["items"] > p["settled"]:
                lines.append(f"  {p['forecast']}")
            lines += [f"Alarm: {sentence}" for sentence in p["alarms"]]
        lines += [f"Today: {need.sentence}" for need in needs]
        return lines or ["There is no project in this file yet."]

    show({"projects": found, "needs": [today.as_json(need) for need in needs]}, as_json, words)


@click.command("queue")
@any_db_option
@project_option
@click.option("--user", metavar="U", help="A person: their open offers instead of the review queue.")
@click.option("--item", metavar="KEY", help="An item: to whom its tasks are offered, or why to nobody.")
@json_option
def queue_command(db: str, project: str | None, user: str | None, item: str | None, as_json: bool) -> None:
    """The review queue, or what one person is offered; of a shared database, the first that nobody has taken."""
    if item is not None:
        with Services.open(local_path(db), read_only=True) as services:
            told = services.dashboard.why_not_offered(services.projects.find(project).id, item)
        show(told, as_json, lambda: [f"{entry['item']}: {entry['reason']}" for entry in told])
        return
    if is_of_team(db):
        with Overview(server.find(db, ask=ask)) as overview:
            found = overview.queue(project, user)
    else:
        with Services.open(local_path(db), read_only=True) as services:
            known = services.projects.find(project)
            person = services.people.find(user).id if user else None
            found = services.dashboard.queue(known.id, person)
    empty = f"Nothing is offered to {user}." if user else "Nothing waits for review."
    lines = [f"{entry['priority']:>3}  {entry['item']}  ({entry['reason']})" for entry in found]
    show(found, as_json, lambda: lines or empty)
