"""The verb agreement."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from annodesk.cli.output import json_option, progress_bar, show

LONGEST_WINDOW_S = 86_400
MOST_LABELS = 10


def _finite(ctx: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """Refuse "nan", which every range lets through."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a number that can be used.")
    return value


_TOLD = (
    ("value", "{:.4f}"),
    ("f1", "F1 {:.4f}"),
    ("mean_iou", "overlap {:.4f}"),
    ("deviation_median_ms", "half of the paired edges within {:.0f} ms"),
    ("deviation_p95_ms", "95 % within {:.0f} ms"),
    ("kappa", "kappa {:.4f}"),
    ("exact_f1", "exact F1 {:.4f}"),
    ("partial_f1", "partial F1 {:.4f}"),
    ("token_alpha", "alpha of tokens {:.4f}"),
)


def _numbers(told: Mapping[str, Any]) -> str:
    """What is known of a tier, in words."""
    return ", ".join(words.format(told[key]) for key, words in _TOLD if told.get(key) is not None)


@click.command("agreement")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--metric", metavar="M", help="alpha-nominal (CSV) and segment-f1 (annotation files) by default.")
@click.option(
    "--iou",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.5,
    show_default=True,
    callback=_finite,
    help="For segment-f1: the overlap from which two segments are the same one.",
)
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
    """Agreement of annotation files of one item, or of one CSV of item,annotator,label.

    \b
    Of a CSV: alpha-nominal, alpha-ordinal, alpha-interval, alpha-ratio,
      alpha-masi, alpha-jaccard, cohen-kappa, fleiss-kappa, gwet-ac1, percent,
      each with its 95 % interval (1,000 bootstrap resamples of the items).
    Of annotation files, one per annotator, or one table of several (--metric):
      segment-f1  segments paired one to one, of one label and tier
      boundary    starts and ends that lie close to each other
      onset-f1    starts of one label and tier that lie close to each other
      gamma       how much better than chance (Mathet et al. 2015)

    Besides the value there are the overlap of what was paired, how far boundaries lie apart, and kappa of how every
    moment is labelled, for each tier and label (--json). Precision holds the first file to be right.
    """
    from annodesk.model.times import seconds_to_us
    from annodesk.services.quality import agreement_of_files

    window_us = None if window is None else seconds_to_us(window)
    with progress_bar("agreement") as progress:
        found = agreement_of_files(files, metric, iou=iou, window_us=window_us, progress=progress)

    def words() -> Iterator[str]:
        n = found["annotators"]
        who = f"{n} annotator{'s' * (n != 1)}, {found['items']} item{'s' * (found['items'] != 1)}"
        value = found["value"]
        said = f"not defined, because {_within(found['reason'])}" if value is None else f"{value:.4f}"
        yield f"{found['metric']}: {said} ({who})"
        yield from _rests_on(found)
        for tier, told in found.get("per_tier", {}).items():
            said = _numbers(told) or ("not defined, because " + told["reason"] if told.get("reason") else "")
            if said:
                yield f"  {tier or 'segments'}: {said}"

    show(found, as_json, words)


def _rests_on(found: Mapping[str, Any]) -> Iterator[str]:
    """What a coefficient over a set of items is worth: its interval, the items it counts and how labels are spread."""
    if "samples" in found and found["value"] is not None:
        low, high = (f"{one:.4f}" if one is not None else "any value" for one in found["interval"])
        yield f"  {low} to {high}, as chance was drawn {found['samples']:,} times"
    if "prevalence" not in found:
        return
    if found["interval"] is not None:
        low, high = found["interval"]
        yield f"  95 % interval: {low:.4f} to {high:.4f}"
    if found["value"] is not None and "interval_note" in found:
        note = found["interval_note"]
        yield f"  {note}" if found["interval"] else f"  no interval, because {_within(note)}"
    yield "  1 item has two ratings or more" if found["n"] == 1 else f"  {found['n']:,} items have two ratings or more"
    common = sorted(found["prevalence"].items(), key=lambda one: (-one[1], one[0]))
    if common:
        told = ", ".join(f"{label} {share:.1%}" for label, share in common[:MOST_LABELS])
        rest = len(common) - MOST_LABELS
        yield f"  share of all ratings: {told}" + (f", and {rest:,} more" if rest > 0 else "")


def _within(sentence: str) -> str:
    """A sentence as it goes on within another; a name it begins with stays as it is."""
    first, _, rest = sentence.partition(" ")
    return f"{first.lower()} {rest}" if first.isalpha() else sentence
