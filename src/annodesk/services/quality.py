"""How people agree over the items of a project; and of annotation files and rating tables, without a project."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annodesk.errors import AnnodeskError, FormatError
from annodesk.formats.files import decode, read_bytes
from annodesk.formats.table import sniff as is_table_of_segments
from annodesk.progress import CancelToken, Progress, silent
from annodesk.quality.coefficients import METRICS, agreement_of
from annodesk.quality.ratings import COLUMNS, ratings_from_rows
from annodesk.services import agreeing, escalating
from annodesk.services.clips_behind import FoundClips, clips_behind
from annodesk.services.confusion import ConfusionMatrices, confusion_matrices
from annodesk.services.differing import differing_places
from annodesk.services.file_agreement import FILE_METRICS, agreement_of_documents
from annodesk.services.heard_as import HeardAs, heard_as
from annodesk.services.pair_places import PairPlace, first_place

if TYPE_CHECKING:
    from annodesk.services.agreeing import AgreementReport, Confusion, OwnReport
    from annodesk.services.base import Desk
    from annodesk.services.behind import Behind
    from annodesk.services.fitting import SegmentMeasures
    from annodesk.services.review import Review
    from annodesk.services.sync import Sync
    from annodesk.workflow.preview import Preview

ALL_METRICS = (*METRICS, *FILE_METRICS)

SEED = 1
"""Of the resamples behind an interval, so that the same file always gives the same."""


class Quality:
    """How people agree over the items of a project.

    Everything here may read for long, so it is asked for in the background lane; nothing of it is written.
    """

    def __init__(self, desk: Desk, sync: Sync, review: Review) -> None:
        self._desk, self._sync, self._review = desk, sync, review

    def agreement(
        self,
        project_id: str,
        person_id: str,
        *,
        cancel: CancelToken | None = None,
        progress: Progress = silent,
    ) -> AgreementReport:
        """How people agree on each part, for an analyst, or a manager of a group; raises for anybody else."""
        return agreeing.report(self._desk, self._sync, project_id, person_id, cancel=cancel, progress=progress)

    def own(self, project_id: str, person_id: str, *, cancel: CancelToken | None = None) -> OwnReport:
        """How a person's own answers compare with what stands, for themselves."""
        return agreeing.own_report(self._desk, project_id, person_id, cancel=cancel)

    def confusions(self, project_id: str, part: str) -> tuple[Confusion, ...]:
        """Which labels or answers of a part people exchange, and at how many places; most frequent first."""
        return agreeing.confusions(self._desk, self._sync, project_id, part)

    def place_of_pair(
        self, project_id: str, person_id: str, part: str, a: str, b: str, *, cancel: CancelToken | None = None
    ) -> PairPlace | None:
        """The first place that waits for this analyst where one says the one and another the other, "" for nothing."""
        cards = self._review.cards(project_id, person_id)
        return first_place(self._desk, cards, project_id, person_id, part, (a, b), cancel=cancel)

    def confusion_matrices(
        self,
        project_id: str,
        part: str,
        person_id: str,
        *,
        label: str | None = None,
        cancel: CancelToken | None = None,
    ) -> ConfusionMatrices:
        """What independent answers on a part say together, and who takes what for what, as that person may see it."""
        return confusion_matrices(self._desk, self._sync, project_id, part, person_id, label=label, cancel=cancel)

    def heard_as(
        self,
        project_id: str,
        person_id: str,
        part: str,
        *,
        among: Collection[str] | None = None,
        cancel: CancelToken | None = None,
    ) -> HeardAs:
        """What is heard as what on a part, beside what stands, with the places to be played."""
        return heard_as(self._desk, self._sync, project_id, person_id, part, among=among, cancel=cancel)

    def differing_places(
        self,
        project_id: str,
        person_id: str,
        part: str,
        label: str,
        items: Sequence[str],
        *,
        cancel: CancelToken | None = None,
    ) -> HeardAs:
        """Of each of some items the longest place where people differ on a label, settled or not."""
        return differing_places(self._desk, self._sync, project_id, person_id, part, label, items, cancel=cancel)

    def clips(
        self,
        project_id: str,
        person_id: str,
        behind: Behind,
        part: str = "",
        label: str = "",
        *,
        cancel: CancelToken | None = None,
    ) -> FoundClips:
        """Of each item that a value of a chart counts one place, with both answers to be heard."""
        return clips_behind(self._desk, self._sync, project_id, person_id, behind, part, label, cancel=cancel)

    def segment_measures(self, project_id: str, tier: str) -> tuple[SegmentMeasures, ...]:
        """How the segments of a tier, or the spans of a type, fit each other: of all labels first, then of each."""
        return agreeing.segment_measures(self._desk, self._sync, project_id, tier)

    def would_escalate(
        self, project_id: str, thresholds: Sequence[float], *, part: str = "", label: str | None = None
    ) -> tuple[Preview, ...]:
        """For each threshold what it would have sent to review so far; of whole items where no part is named."""
        return escalating.would_escalate(self._desk, self._sync, project_id, thresholds, part=part, label=label)


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
    found = agreement_of(ratings, metric, rng=np.random.default_rng(SEED))
    spread = found.interval
    document: dict[str, Any] = {
        "metric": metric,
        "value": found.value,
        "items": len(ratings.items),
        "annotators": len(ratings.annotators),
        "per_item": dict(found.per_item),
        "n": found.n,
        "prevalence": dict(found.prevalence),
        "interval": [spread.low, spread.high] if spread is not None and spread.low is not None else None,
    }
    if spread is not None and spread.note:
        document["interval_note"] = spread.note
    return document if found.value is not None else {**document, "reason": found.reason}
