"""Verbs about annotation files: import, export, convert, formats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from annodesk import formats
from annodesk.cli.output import db_option, json_option, local_path, project_option, show, tell
from annodesk.cli.server import ask
from annodesk.services import Services
from annodesk.services.transfer import Which

if TYPE_CHECKING:
    from annodesk.formats.base import Document, Skipped


def _skipped(found: tuple[Skipped, ...]) -> list[dict[str, object]]:
    for one in found:
        where = f"{one.file}, line {one.line}" if one.line is not None else one.file
        tell(f"skipped {where}: {one.reason}")
    return [{"file": one.file, "line": one.line, "reason": one.reason} for one in found]


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@db_option
@project_option
@click.option("--author", required=True, metavar="NAME", help="Whose work it is.")
@click.option("--format", "format_name", metavar="F", help="The format, where the file does not tell.")
@click.option("--lenient", is_flag=True, help="Skip what cannot be understood, and list it.")
@json_option
def import_command(
    paths: tuple[Path, ...],
    db: str,
    project: str | None,
    author: str,
    format_name: str | None,
    lenient: bool,
    as_json: bool,
) -> int:
    """Take annotation files in as one author's work."""
    with Services.open(local_path(db)) as services:
        known = services.projects.find(project)
        taken = services.transfer.import_files(known.id, author, paths, format_name, lenient=lenient)
        services.coordinator.round(known.id)
    left = _skipped(taken.skipped)
    document = {
        "segments": taken.segments,
        "spans": taken.spans,
        "answers": taken.answers,
        "skipped": len(left),
        "skipped_elements": left,
        "submitted": taken.submitted,
    }
    words = f"Imported {taken.segments} segments, {taken.spans} spans and {taken.answers} answers by {author}."
    show(document, as_json, lambda: f"{words} Skipped {len(left)}." if left else words)
    return 1 if left and not (taken.segments or taken.spans or taken.answers) else 0


@click.command("export")
@db_option
@project_option
@click.option("--which", type=click.Choice([w.value for w in Which]), default=Which.GOLD.value, show_default=True)
@click.option("--format", "format_name", required=True, metavar="F", help="See: annodesk formats")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), metavar="OUT")
@json_option
def export_command(db: str, project: str | None, which: str, format_name: str, out: Path, as_json: bool) -> None:
    """Write annotations: what is settled (gold), everybody's (all), or the model's.

    Data is written as it is: in a spreadsheet import CSV columns as text, or "=1+1" is taken for a formula.
    """
    with Services.open(local_path(db), read_only=True) as services:
        known = services.projects.find(project)
        done = services.transfer.export(
            known.id, Which(which), format_name, out, on_loss=lambda loss: tell(f"not kept: {loss}"), ask=ask
        )
    document = {"files": [str(path) for path in done.files], "items": done.items, "losses": list(done.losses)}
    show(document, as_json, lambda: f"Wrote {done.items} items to {out}.")


@click.command("convert")
@click.argument("source", type=click.Path(path_type=Path), metavar="IN")
@click.argument("target", type=click.Path(path_type=Path), metavar="OUT")
@click.option("--from", "source_format", metavar="F", help="Format of IN, where it does not tell.")
@click.option("--to", "target_format", metavar="F", help="Format of OUT, where its ending does not tell.")
@click.option("--lenient", is_flag=True, help="Skip what cannot be understood, and list it.")
@json_option
def convert_command(
    source: Path, target: Path, source_format: str | None, target_format: str | None, lenient: bool, as_json: bool
) -> None:
    """Turn one annotation file into another format; what is lost is listed before anything is written."""
    result = formats.read(source, source_format, lenient=lenient)
    documents: tuple[Document, ...] = result.documents
    losses = formats.losses(documents, target_format or formats.for_extension(target).name)
    for loss in losses:
        tell(f"not kept: {loss}")
    formats.write(documents, target, target_format)
    elements = [e for d in documents for e in d.elements]
    kinds = [getattr(e, "KIND", "") for e in elements]
    document: dict[str, object] = {
        "segments": kinds.count("segment"),
        "spans": kinds.count("span"),
        "answers": kinds.count("answer"),
        "tiers": len({t.name for d in documents for t in d.all_tiers()}),
        "losses": losses,
    }
    left = _skipped(result.skipped)
    if lenient:
        document["skipped"] = left
    show(document, as_json, lambda: f"Wrote {target}: {kinds.count('segment')} segments, {kinds.count('span')} spans.")


@click.command("formats")
@json_option
def formats_command(as_json: bool) -> None:
    """The annotation formats this version reads and writes."""
    found = [
        {"name": f.name, "reads": f.reads, "writes": f.writes, "extensions": list(f.extensions)}
        for f in formats.formats()
    ]
    lines = (f"{f['name']:<10} {' '.join(f['extensions'])}" for f in found)  # type: ignore[arg-type]
    show(found, as_json, lambda: lines)
