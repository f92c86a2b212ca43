"""The verb agreement."""

from __future__ import annotations

import math
from pathlib import Path

import click

from annodesk.cli.output import json_option, show

LONGEST_WINDOW_S = 86_400


def _finite(ctx: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """Refuse "nan", which every range lets through."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a number that can be used.")
    return value


@click.command("agreement")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--metric", metavar="M", help="alpha-nominal (CSV) and segment-f1 (annotation files) by default.")
@click.option("--iou", type=click.FloatRange(0, 1, min_open=True), default=0.5, show_default=True, callback=_finite)
@click.option(
    "--window",
    type=click.FloatRange(0, LONGEST_WINDOW_S),
    metavar="SECONDS",
    callback=_finite,
    help="For boundary (0.5) and onset-f1 (0.05).",
)
@json_option
def agreement_command(
    files: tuple[Path, ...], metric: str | None, iou: float, window: float | None, as_json: bool
) -> None:
    """Agreement of annotation files of one item, or of one CSV of item,annotator,label."""
    from annodesk.model.times import seconds_to_us
    from annodesk.services.quality import agreement_of_files

    window_us = None if window is None else seconds_to_us(window)
    found = agreement_of_files(files, metric, iou=iou, window_us=window_us)

    def words() -> str:
        who = f"{found['annotators']} annotators, {found['items']} item{'s' * (found['items'] != 1)}"
        value = f"{found['value']:.4f}" if found["value"] is not None else f"undefined: {found['reason']}"
        return f"{found['metric']}: {value} ({who})"

    show(found, as_json, words)
