"""The verb ``salvage``: what can be read of a damaged file, in a new one."""

from __future__ import annotations

from pathlib import Path

import click

from annodesk.cli.output import json_option, local_path, show


@click.command("salvage")
@click.argument("db", metavar="FILE")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The new file; beside the damaged one by default."
)
@json_option
def salvage_command(db: str, output: Path | None, as_json: bool) -> int:
    """Save what can be read of a damaged .annodesk FILE into a new one; the damaged one is left as it is."""
    from annodesk.services.salvaging import salvage_file

    path = local_path(db)
    found = salvage_file(path, output)
    lines = [found.sentence, "Open it and look through what you did last; a team's file fetches the rest by sync."]
    if found.damaged:
        lines.insert(1, f"Not everything could be read of: {', '.join(found.damaged)}.")
    document = {
        "file": str(found.path),
        "edits": found.edits,
        "sets": found.sets,
        "damaged": list(found.damaged),
        "aside": None if found.aside is None else str(found.aside),
    }
    show(document, as_json, lambda: lines)
    return 0
