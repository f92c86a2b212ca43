"""Agreement of annotation files and rating tables, without a project."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

from annodesk import formats
from annodesk.errors import AnnodeskError, FormatError
from annodesk.formats.base import flat_text
from annodesk.formats.files import decode, read_bytes
from annodesk.model.annotations import Segment
from annodesk.quality.alignment import BOUNDARY_WINDOW_US, ONSET_WINDOW_US, boundary_score, onset_f1, segment_f1
from annodesk.quality.coefficients import METRICS, agreement_of
from annodesk.quality.ratings import COLUMNS, ratings_from_rows

FILE_METRICS = ("segment-f1", "boundary", "onset-f1")
ALL_METRICS = (*METRICS, *FILE_METRICS)


def agreement_of_files(
    paths: Sequence[Path], metric: str | None = None, *, iou: float = 0.5, window_us: int | None = None
) -> dict[str, Any]:
    """Agreement of one ratings CSV, or of one item's annotation files, one per annotator.

    Returns
    -------
    dict with ``metric, value, items, annotators, per_item``, and ``reason`` where the value is None; for ``boundary``
    also the deviations of paired boundaries in milliseconds
    """
    if metric is not None and metric not in ALL_METRICS:
        hint = f"Choose one of: {', '.join(ALL_METRICS)}."
        if metric == "gamma":
            raise AnnodeskError("The metric gamma is not in this version yet.", hint)
        raise AnnodeskError(f"There is no agreement metric {metric!r}.", hint)
    if len(paths) == 1 and (rows := _rating_rows(paths[0])) is not None:
        if metric in FILE_METRICS:
            raise AnnodeskError(f"{metric} needs annotation files, not a table of ratings.", "Leave out --metric.")
        return _of_ratings(rows, metric or "alpha-nominal", paths[0])
    if metric in METRICS:
        hint = f"A table has the columns {', '.join(COLUMNS)}."
        raise AnnodeskError(f"{metric} needs one CSV of ratings.", hint)
    if len(paths) < 2:
        hint = f"Name one annotation file for each, or one CSV with the columns {', '.join(COLUMNS)}."
        raise AnnodeskError("Agreement needs two annotators.", hint)
    return _of_documents(paths, metric or "segment-f1", iou, window_us)


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


def _of_documents(paths: Sequence[Path], metric: str, iou: float, window_us: int | None) -> dict[str, Any]:
    sides = [_segments(path) for path in paths]
    values, near, far = [], [], []
    for a, b in combinations(sides, 2):
        if metric == "segment-f1":
            values.append(segment_f1(a, b, iou))
        elif metric == "onset-f1":
            values.append(onset_f1(a, b, ONSET_WINDOW_US if window_us is None else window_us))
        else:
            found = boundary_score(a, b, BOUNDARY_WINDOW_US if window_us is None else window_us)
            values.append(found.value)
            near += [found.median_ms] if found.median_ms is not None else []
            far += [found.p95_ms] if found.p95_ms is not None else []
    value = sum(values) / len(values)
    document: dict[str, Any] = {
        "metric": metric,
        "value": value,
        "items": 1,
        "annotators": len(paths),
        "per_item": {paths[0].stem: value},
    }
    if metric == "boundary":
        document["deviation_median_ms"] = sum(near) / len(near) if near else None
        document["deviation_p95_ms"] = sum(far) / len(far) if far else None
    return document


def _segments(path: Path) -> list[Segment]:
    """A file's segments, with whatever string each carries as its label."""
    found = []
    for document in formats.read(path).documents:
        for segment in document.segments:
            said = flat_text(segment)
            found.append(replace(segment, labels=(said,) if said else ()))
    return found
