"""``annodesk evaluate``: one or two models' predictions against the answers that stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec.structs import asdict

from annodesk.cli.output import any_db_option, json_option, local_path, progress_bar, project_option, show
from annodesk.cli.server import ask
from annodesk.errors import AnnodeskError
from annodesk.services import Services, server
from annodesk.services.overview import Overview, is_of_team

if TYPE_CHECKING:
    from annodesk.quality.draws import Measure
    from annodesk.quality.evaluation import Figures, PartReport
    from annodesk.services.evaluate import EvaluationReport

MOST_SLICES, MOST_CONFUSED = 5, 3


@click.command("evaluate")
@any_db_option
@project_option
@click.option("--predictions", required=True, multiple=True, type=click.Path(path_type=Path), metavar="A [B]",
              help="A file of predictions: annotation files, JSON lines or a table. Two are compared.")  # fmt: skip
@click.argument("second", required=False, type=click.Path(path_type=Path), metavar="[B]")
@click.option("--rank-by", metavar="FIELD", help="Rank rated items within each value of a metadata field.")
@json_option
def evaluate_command(
    db: str, project: str | None, predictions: tuple[Path, ...], second: Path | None, rank_by: str | None, as_json: bool
) -> None:
    """Hold one or two models against settled labels.

    Precision, recall, F1, confusion, calibration and rankings, each with its interval, per label and per slice of the
    items' metadata; of two models the difference on the same items. What was drawn on purpose is weighted.
    """
    files = (*predictions, *((second,) if second is not None else ()))
    if len(files) > 2:
        raise click.UsageError("One or two files of predictions are compared.")
    if is_of_team(db):
        with Overview(server.find(db, ask=ask)) as overview, progress_bar("evaluating") as progress:
            found = overview.evaluate(project, files, rank_by=rank_by, progress=progress)
    else:
        with Services.open(local_path(db), read_only=True) as services, progress_bar("evaluating") as progress:
            known = services.projects.find(project)
            where = services.sync.where
            found = services.evaluation.report(
                known.id, where.person_id if where else None, files, rank_by=rank_by, progress=progress, ask=ask
            )
    if found.reason:
        raise AnnodeskError(found.reason, found.hint)
    show(as_document(found), as_json, lambda: words(found))


def as_document(found: EvaluationReport) -> dict[str, Any]:
    """The report as the JSON document that others read."""
    document: dict[str, Any] = msgspec.to_builtins(found)
    document["left_out"] = dict(found.left_out)
    for part, told in zip(document["parts"], found.parts, strict=True):
        if told.difference is not None:
            part["difference"]["labels"] = {label: asdict(one) for label, one in told.difference.labels}
            part["difference"]["second_is_better"] = told.difference.is_better
        for cut in part["slices"]:
            del cut["item_ids"]  # who wants them knows the items' metadata
        for model, of in zip(part["models"], told.models, strict=True):
            model["by_label"] = {label: asdict(one) for label, one in of.by_label}
    return document


def words(found: EvaluationReport) -> Iterator[str]:
    """The report for people: the whole, each part, its labels, its worst slices."""
    yield f"{found.project}: {' and '.join(found.models)} on {_counted(found.items, 'settled item')}."
    for why, n in found.left_out:
        yield f"  {_counted(n, 'item')} not compared: {why}"
    if found.is_weighted:
        yield "  What was drawn counts by how unlikely it was drawn."
    for note in found.notes[:10]:
        yield f"  {note}"
    for part in found.parts:
        yield ""
        yield from _of_part(part, found)


def _of_part(part: PartReport, found: EvaluationReport) -> Iterator[str]:
    yield f"{part.part} ({part.kind}), {_counted(part.items, 'item')}:"
    for name, model in zip(found.models, part.models, strict=True):
        yield f"  {name}: {_figures(model.whole)}, all right {_told(model.exact)}, macro F1 {_told(model.macro_f1)}"
        for one in model.labels:
            yield f"    {one.label}: {_figures(one)} ({one.truths:,} stand, {one.said:,} said)"
        wrong = [one for one in model.confusion if one.truth != one.said][:MOST_CONFUSED]
        for pair in wrong:
            yield f"    {pair.said or 'nothing'} for {pair.truth or 'nothing'}: {_counted(pair.places, 'place')}"
        if model.calibration.n:
            yield f"    calibration error {_told(model.calibration.ece)}, Brier {_told(model.calibration.brier)}"
        if model.ranking.n:
            yield f"    ranking of {model.ranking.of}: NDCG {_told(model.ranking.ndcg)}, MAP {_told(model.ranking.map)}"
    if (apart := part.difference) is not None:
        verdict = {True: "the second is better", False: "the first is better", None: "which is better is not certain"}
        yield f"  second less first: F1 {_told(apart.f1)}; {verdict[apart.is_better]}"
        yield f"  right of one alone: {apart.only_first:,} items the first, {apart.only_second:,} the second"
    for cut in part.slices[:MOST_SLICES]:
        mark = ", few items" if cut.is_small else ""
        told = " and ".join(_told(f1) for f1 in cut.f1)
        yield f"  {cut.field} {cut.value}: F1 {told} ({_counted(cut.items, 'item')}{mark})"


def _figures(one: Figures) -> str:
    return f"precision {_told(one.precision)}, recall {_told(one.recall)}, F1 {_told(one.f1)}"


def _told(one: Measure) -> str:
    if one.value is None:
        return "not defined"
    if one.low is None or one.high is None:
        return f"{one.value:.3f} (no interval)"
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"


def _counted(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"
