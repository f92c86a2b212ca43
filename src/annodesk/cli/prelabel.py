"""Verbs that use the language model: prelabel, classify."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from annodesk.cli.model_option import model_option
from annodesk.cli.output import as_line, db_option, json_option, local_path, progress_bar, project_option, show, tell
from annodesk.errors import AnnodeskError, ModelError
from annodesk.services import Services
from annodesk.services.canary import CanaryRun


@click.command("prelabel")
@db_option
@project_option
@model_option
@click.option("--anew", is_flag=True, help="Also what it has labelled before, such as after more was settled.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many items.")
@click.option(
    "--show-prompt",
    "shown",
    metavar="ITEM",
    help="Print what the model would be asked about an item, and label nothing.",
)
@click.option("--cluster", metavar="ADDRESS", help="A cluster to spread the work over (not in this version).")
@json_option
def prelabel_command(
    db: str,
    project: str | None,
    model: str | None,
    anew: bool,
    limit: int | None,
    shown: str | None,
    cluster: str | None,
    as_json: bool,
) -> None:
    """Let the model label what it has not labelled yet: tiers and questions of recordings, videos and texts."""
    if cluster:
        raise click.UsageError("This version pre-labels on this computer only; leave out --cluster.")
    if shown is not None:
        show_prompts(db, project, shown, as_json)
        return
    with Services.open(local_path(db)) as services, progress_bar("pre-labelling") as progress:
        known = services.projects.find(project)
        done = services.prelabel.run(known.id, model=model, anew=anew, limit=limit, progress=progress)
        canary = CanaryRun()
        if model is None and not services.models.is_shared:
            try:
                canary = services.models.canary.run(known.id, limit=limit, progress=progress)
            except ModelError as error:
                canary = CanaryRun(problems=(f"the canary: {error}",))
        # Some of it may stand without a person.
        stood = services.coordinator.round(known.id).stood
    for note in done.notes:
        tell(note)
    for problem in (*done.problems, *canary.problems):
        tell(f"left out: {problem}")
    document = {
        "items": done.items,
        "labelled": done.labelled,
        "left": done.left,
        "seconds": round(done.seconds, 3),
        "model_sha256": done.model_sha256,
        "problems": [*done.problems, *canary.problems],
        "canary": canary.answered,
        "notes": list(done.notes),
        "stood": stood,
    }
    words = f"Pre-labelled {done.labelled} of {done.items} items in {done.seconds:.1f} s."
    show(document, as_json, lambda: f"{words} {stood} stand without a person." if stood else words)


def show_prompts(db: str, project: str | None, key: str, as_json: bool) -> None:
    """Print the exact prompt of each part of an item, at the first place that is asked about."""
    with Services.open(local_path(db), read_only=True) as services:
        known = services.projects.find(project)
        found = [item for item in services.items.every(known.id) if key in (item.key, item.id)]
        if not found:
            raise AnnodeskError(f"There is no item {key!r} in {known.name}.", "Name one of the project's items.")
        asked = [part for part, _ in services.prompting.asked(known.id, found[0].id)]
        previews = []
        for part in asked:
            try:
                previews.append(services.prompting.preview(known.id, found[0].id, part))
            except ModelError as error:
                tell(str(error))
    document = [
        {
            "part": one.part,
            "version": one.version,
            "prompt": one.text,
            "answers": list(one.answers),
            "places": one.places,
            "notes": list(one.notes),
        }
        for one in previews
    ]
    lines = [line for one in previews for line in (f"== {one.part}, {one.version} ==", *one.text.split("\n"), "")]
    show(document, as_json, lambda: lines)


@click.command("classify")
@click.argument("source", type=click.Path(path_type=Path, allow_dash=True), metavar="INPUT.jsonl")
@click.option("--labels", required=True, metavar="a,b,c", help="What may be answered.")
@click.option("--examples", type=click.Path(path_type=Path), metavar="JSONL", help="Lines with text and label.")
@model_option
@click.option("--json", "as_json", is_flag=True, help="One JSON line per input line (always so).")
def classify_command(source: Path, labels: str, examples: Path | None, model: str | None, as_json: bool) -> int:
    """Label texts: one JSON line in, one out, in order; a bad line gives an error in its place and exit 1."""
    from annodesk.services.prelabel import classify

    names = list(dict.fromkeys(label.strip() for label in labels.split(",") if label.strip()))
    if len(names) < 2:
        raise click.UsageError("--labels needs at least two labels, separated by commas.")
    shots = []
    if examples is not None:
        for number, line in enumerate(_lines(examples), start=1):
            if not line.strip():
                continue
            text, label = _field(line, "text"), _field(line, "label")
            if text is None or label is None:
                raise AnnodeskError(f"{examples}, line {number}: expected a JSON object with text and label.")
            shots.append((text, label))
    found = [_field(line, "text") for line in _lines(source)]
    good = [text for text in found if text is not None]
    answers = iter(classify(good, names, examples=shots, model=model, note=tell) if good else [])
    for text in found:
        if text is None:
            click.echo(as_line({"error": "expected a JSON object with text"}))
            continue
        answer = next(answers)
        document: dict[str, Any] = {
            "label": answer.label,
            "probabilities": dict(answer.probabilities),
            "off_format_mass": answer.off_format_mass,
        }
        if answer.was_shortened:
            document["shortened"] = True
        click.echo(as_line(document))
    return 0 if len(good) == len(found) else 1


def _lines(path: Path) -> list[str]:
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AnnodeskError(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from error
    lines = text.split("\n")
    return lines[:-1] if not lines[-1].strip() else lines


def _field(line: str, name: str) -> str | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None
