"""How people agree over the items of a project; and of annotation files and rating tables, without a project."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annodesk.errors import AnnodeskError, FormatError
from annodesk.formats.files import decode, read_bytes
from annodesk.formats.table import sniff as is_table_of_segments
from annodesk.progress import Progress, silent
from annodesk.quality.coefficients import METRICS, agreement_of
from annodesk.quality.ratings import COLUMNS, ratings_from_rows
from annodesk.services import escalating
from annodesk.services.base import Desk
from annodesk.services.file_agreement import FILE_METRICS, agreement_of_documents
from annodesk.services.sync import Sync

ALL_METRICS = (*METRICS, *FILE_METRICS)

NOTHING_YET = "Nothing to compare yet: two people must have submitted the same item."


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two things that people say of the same place; "" where one of them says nothing there."""

    part: str
    a: str
    b: str
    places: int
    items: int


@dataclass(frozen=True, slots=True)
class Confusions:
    """What is confused most on a part, the most frequent first; ``reason`` says why there is nothing to tell."""

    part: str
    pairs: tuple[Confusion, ...] = ()
    items: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SegmentMeasures:
    """How far the segments of a tier, or of one label of it, lie upon each other; None where it is not defined.

    ``pairs`` counts the pairs of independent sets it rests on, ``items`` their items, ``reason`` says why it is not.
    """

    part: str
    label: str | None
    pairs: int
    items: int
    f1: float | None = None
    precision: float | None = None
    recall: float | None = None
    mean_iou: float | None = None
    boundary_median_ms: float | None = None
    boundary_p95_ms: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WouldEscalate:
    """What a threshold would have sent to review of the ``items`` so far; ``reason`` says why that is not known.

    ``share`` lies between ``low`` and ``high`` with 95 % certainty; ``hours_a_week`` is None while nobody has reviewed.
    """

    threshold: float
    items: int
    below: int
    share: float | None = None
    low: float | None = None
    high: float | None = None
    hours_a_week: float | None = None
    reason: str = ""


class Quality:
    """How people agree over the items of a project.

    Everything here may read for long, so it is asked for in the background lane; nothing of it is written.
    """

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def confusions(self, project_id: str, part: str) -> Confusions:
        """Which labels or answers of a part people exchange, and at how many places."""
        return Confusions(part, reason=NOTHING_YET)

    def segment_measures(self, project_id: str, tier: str) -> tuple[SegmentMeasures, ...]:
        """How far the segments of a tier lie upon each other: of all labels first, then of each."""
        return (SegmentMeasures(tier, None, 0, 0, reason=NOTHING_YET),)

    def would_escalate(
        self, project_id: str, thresholds: Sequence[float], *, part: str = "", label: str | None = None
    ) -> tuple[WouldEscalate, ...]:
        """For each threshold what it would have sent to review so far; of any part where none is named."""
        try:
            found = escalating.would_escalate(self._desk, self._sync, project_id, thresholds, part=part, label=label)
        except AnnodeskError as error:
            return tuple(WouldEscalate(one, 0, 0, reason=error.sentence) for one in thresholds)
        return tuple(
            WouldEscalate(
                one.threshold,
                one.items,
                one.below,
                one.share,
                one.low,
                one.high,
                one.hours_a_week,
                "" if one.items else NOTHING_YET,
            )
            for one in found
        )


def agreement_of_files(
    paths: Sequence[Path],
    metric: str | None = None,
    *,
    iou: float = 0.5,
    window_us: int | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Agreement of one ratings CSV, or of annotation files, one per annotator.

    Returns
    -------
    dict with ``metric, value, items, annotators, per_item``, ``reason`` where the value is None, and what is told of
    that metric besides
    """
    if metric is not None and metric not in ALL_METRICS:
        hint = f"Choose one of: {', '.join(ALL_METRICS)}."
        raise AnnodeskError(f"There is no agreement metric {metric!r}.", hint)
    rows = _rating_rows(paths[0]) if len(paths) == 1 else None
    if rows is not None and metric in FILE_METRICS and is_table_of_segments(",".join(rows[0])):
        rows = None
    if rows is not None:
        if metric in FILE_METRICS:
            raise AnnodeskError(f"{metric} needs annotation files, not a table of ratings.", "Leave out --metric.")
        return _of_ratings(rows, metric or "alpha-nominal", paths[0])
    if metric in METRICS:
        hint = f"A table has the columns {', '.join(COLUMNS)}."
        raise AnnodeskError(f"{metric} needs one CSV of ratings.", hint)
    return agreement_of_documents(paths, metric or "segment-f1", iou=iou, window_us=window_us, progress=progress)


def _rating_rows(path: Path) -> list[list[str]] | None:
    """The rows of a ratings table, None where the file is none."""
    data = read_bytes(path)
    try:
        text = decode(path, data)
    except FormatError:
        return None
    first = text.split("\n", 1)[0]
    if not set(COLUMNS) <= {cell.strip().strip('"') for cell in first.split(",")}:
        return None
    try:
        return list(csv.reader(io.StringIO(text), skipinitialspace=True))
    except csv.Error as error:
        raise FormatError(path, None, f"it is not a CSV table: {error}.") from error


def _of_ratings(rows: Sequence[Sequence[str]], metric: str, path: Path) -> dict[str, Any]:
    ratings = ratings_from_rows(rows, path)
    found = agreement_of(ratings, metric)
    document: dict[str, Any] = {
        "metric": metric,
        "value": found.value,
        "items": len(ratings.items),
        "annotators": len(ratings.annotators),
        "per_item": dict(found.per_item),
        "n": found.n,
        "prevalence": dict(found.prevalence),
    }
    return document if found.value is not None else {**document, "reason": found.reason}
