"""Figures about agreement in rows and in words; what is not defined says why, and no number is said without its n."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.quality.pooled import FEW, Measured, PartMeasured
from annodesk.quality.segment_measures import Kind
from annodesk.services.agreeing import MOST_ITEMS, AgreementReport, OwnReport, PartAgreement

if TYPE_CHECKING:
    from annodesk.services.fitting import SegmentMeasures

PARTS_APART = "Every part has a figure of its own; they are never averaged."
NOT_DEFINED = "not defined"
NONE = "–"

METRICS = {
    "segment-f1": "F1 of segments that overlap by half",
    "onset-f1": "F1 of moments within 50 ms",
    "equal": "same answer or not",
    "jaccard": "share of labels in common",
    "rating": "closeness on the scale",
}
"""What compares two people on one item, by the name of the metric."""


class Row(Struct, frozen=True):
    """A line of the table: the items as a whole (no part), a part, or one label of it.

    Parameters
    ----------
    people, aided, model, fit : None where there is nothing that may be told, or for the items as a whole
    scores : the items' scores, ascending
    """

    part: str = ""
    label: str | None = None
    kind: str = ""
    metric: str = ""
    people: Measured | None = None
    aided: Measured | None = None
    model: Measured | None = None
    scores: tuple[float, ...] = ()
    unsure: int = 0
    fit: SegmentMeasures | None = None

    @property
    def key(self) -> tuple[str, str | None]:
        """By which a row is found again."""
        return self.part, self.label

    @property
    def title(self) -> str:
        """What the row is about."""
        if not self.part:
            return "Whole item"
        return self.label if self.label is not None else self.part

    @property
    def mean(self) -> float | None:
        """The mean of the items' scores."""
        return sum(self.scores) / len(self.scores) if self.scores else None


def rows_of(report: AgreementReport) -> list[Row]:
    """The items as a whole, then each part with its labels beneath it."""
    found = [Row()]
    for part in report.parts:
        found.append(_row(part, None))
        found += [_row(part, label) for label in part.labels]
    return found


def _row(part: PartAgreement, label: str | None) -> Row:
    return Row(
        part.part,
        label,
        part.kind,
        part.metric,
        _of(part.people, label),
        _of(part.aided, label),
        _of(part.model, label),
        part.scores if label is None else part.label_scores.get(label, ()),
        part.unsure if label is None else 0,
        next((one for one in part.fits if one.label == label), None),
    )


def _of(measured: PartMeasured | None, label: str | None) -> Measured | None:
    if measured is None:
        return None
    return measured.whole if label is None else measured.labels.get(label)


def own_rows(report: OwnReport) -> list[Row]:
    """A person's own parts."""
    return [Row(part.part, None, part.kind, scores=part.scores) for part in report.parts]


# In words


def number(value: float) -> str:
    """Two digits, with a minus that is one."""
    return f"{value:.2f}".replace("-", "−")


def percent(share: float) -> str:
    """A share as people say it; what is not nothing is never said to be nothing."""
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 <= share < 1:
        return "over 99 %"
    return f"{share:.0%}".replace("%", " %")


def interval(measured: Measured) -> str:
    """The 95 % interval; empty where there is none."""
    if measured.low is None or measured.high is None:
        return ""
    return f"{number(measured.low)} to {number(measured.high)}"


def chance_corrected(measured: Measured | None) -> str:
    """The coefficient and its interval, as a cell says it."""
    if measured is None:
        return NONE
    if measured.value is None:
        return NOT_DEFINED
    between = interval(measured)
    return f"{number(measured.value)} ({between})" if between else number(measured.value)


def beside(measured: Measured | None) -> str:
    """The coefficient with its items, as it stands beside that of people."""
    if measured is None or not measured.items:
        return NONE
    value = NOT_DEFINED if measured.value is None else number(measured.value)
    return f"{value} · {measured.items}"


def items(count: int) -> str:
    """So many items."""
    return "1 item" if count == 1 else f"{count:,} items"


def prevalence(row: Row) -> str:
    """How often a label is said; of a part, its most frequent one."""
    if row.people is None or not row.people.prevalence:
        return NONE
    name, share = next(iter(row.people.prevalence.items()))
    return percent(share) if row.label is not None else f"{name or 'nothing'}: {percent(share)}"


def people_sentence(row: Row) -> str:
    """How far people agree, what that rests on, and what is to be heeded."""
    if not row.part:
        return PARTS_APART
    if row.people is None:
        return "Only the items' scores are told here: figures about people are for groups of five or more."
    one = row.people
    if one.value is None:
        return f"Agreement is {NOT_DEFINED}: {one.reason}."
    what = "of what is asked" if "question" in row.kind else "of the text" if row.kind == "span type" else "of the time"
    said = f"People say the same {percent(one.percent or 0.0)} {what}. " if one.percent is not None else ""
    between = interval(one)
    rests = f"{items(one.items)}"
    if between:
        return f"{said}Corrected for chance that is {number(one.value)}, with 95 % certainty {between}, over {rests}."
    few = f"fewer than {FEW} items give no interval" if one.items < FEW else "its interval is not defined"
    return f"{said}Corrected for chance that is {number(one.value)} over {rests}; {few}."


def prevalence_sentence(row: Row) -> str:
    """What is said how often: a coefficient of a rare label says less."""
    if row.people is None or not row.people.prevalence:
        return ""
    shares = list(row.people.prevalence.items())
    if row.label is not None:
        return f"{row.label} is {percent(shares[0][1])} of all that was said."
    told = ", ".join(f"{name or 'nothing'}: {percent(share)}" for name, share in shares[:6])
    rest = f" and {len(shares) - 6} more" if len(shares) > 6 else ""
    return f"Said: {told}{rest}."


def aided_sentence(row: Row) -> str:
    """How far people agree who had suggestions in view, apart."""
    if row.aided is None or not row.aided.items:
        return ""
    one = row.aided
    if one.value is None:
        return f"With suggestions in view ({items(one.items)}) it is {NOT_DEFINED}: {one.reason}."
    return (
        f"With suggestions in view: {chance_corrected(one)} over {items(one.items)}. Those people agree with the "
        "suggestion as much as with each other, so it counts nowhere else."
    )


def model_sentence(row: Row) -> str:
    """How the model stands against people, in parallel."""
    if row.model is None or not row.model.items:
        return ""
    one = row.model
    if one.value is None:
        return f"The model against people ({items(one.items)}) is {NOT_DEFINED}: {one.reason}."
    return (
        f"The model against people who worked without it: {chance_corrected(one)} over {items(one.items)}. "
        "A reason to look; it is in no figure of theirs."
    )


def scores_sentence(row: Row) -> str:
    """The items' scores in words."""
    if row.mean is None:
        return "No item has been scored here yet."
    how = METRICS.get(row.metric, "")
    said = f"Item score {number(row.mean)} on average, over {items(len(row.scores))}"
    return f"{said}: {how}." if how and row.label is None else f"{said}."


def fit_sentence(row: Row) -> str:
    """How segments, moments or spans of two people lie upon each other."""
    fit = row.fit
    if fit is None or fit.f1 is None:
        return ""
    if fit.kind is Kind.SPANS:
        exact, partial = fit.exact_f1 or 0.0, fit.partial_f1 or 0.0
        return f"F1 of spans with the same ends is {number(exact)}, of spans that share a character {number(partial)}."
    said = []
    if fit.mean_iou is not None:
        said.append(f"Segments that are paired (F1 {number(fit.f1)}) share {percent(fit.mean_iou)} of their time")
    if fit.boundary_median_ms is not None and fit.boundary_p95_ms is not None:
        half, most = (f"{ms:,.0f} ms" for ms in (fit.boundary_median_ms, fit.boundary_p95_ms))
        what = "moments" if fit.kind is Kind.POINTS else "boundaries"
        said.append(f"Of {what} that are paired, half lie within {half} of each other, 95 % within {most}")
    return ". ".join(said) + "." if said else ""


def unsure_sentence(row: Row) -> str:
    """What became of answers "not sure"."""
    if not row.unsure:
        return ""
    answers = "1 answer was" if row.unsure == 1 else f"{row.unsure:,} answers were"
    return f"{answers} “not sure”: left out of the coefficient, a difference in the item's score."


def range_sentence(report: AgreementReport) -> str:
    """What the page rests on."""
    if not report.items:
        return ""
    if report.items >= MOST_ITEMS:
        return f"The {MOST_ITEMS:,} items scored last."
    return f"{items(report.items)} scored so far."


# For other programs

COLUMNS = (
    *("part", "kind", "label", "alpha", "low", "high", "items", "alike", "prevalence"),
    *("item score", "items scored", "with suggestions", "items with suggestions"),
    *("model against people", "items of the model"),
    *("f1", "overlap", "boundary f1", "boundary median ms", "boundary 95 % ms", "exact f1", "partial f1", "kappa"),
    "why not defined",
)


def cells(row: Row) -> list[str]:
    """A row for a table of another program; empty where there is no number, whose reason stands last."""
    one, aided, model = row.people, row.aided, row.model
    share = (
        next(iter(one.prevalence.values())) if one is not None and row.label is not None and one.prevalence else None
    )
    return [
        row.part,
        row.kind,
        row.label or "",
        *(_plain(value) for value in ((one.value, one.low, one.high) if one is not None else (None, None, None))),
        str(one.items) if one is not None else "",
        _plain(one.percent if one is not None else None),
        _plain(share),
        _plain(row.mean),
        str(len(row.scores)),
        _plain(aided.value if aided is not None else None),
        str(aided.items) if aided is not None else "",
        _plain(model.value if model is not None else None),
        str(model.items) if model is not None else "",
        *(_plain(value) for value in _fit_cells(row)),
        one.reason if one is not None else "",
    ]


def _fit_cells(row: Row) -> tuple[float | None, ...]:
    fit = row.fit
    if fit is None:
        return (None,) * 8
    ends = (fit.boundary_f1, fit.boundary_median_ms, fit.boundary_p95_ms)
    return (fit.f1, fit.mean_iou, *ends, fit.exact_f1, fit.partial_f1, fit.kappa)


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def as_text(rows: Iterable[Row]) -> str:
    """Rows as spreadsheets take them from the clipboard: cells between tabs."""
    lines = [COLUMNS, *([_safe(cell) for cell in cells(row)] for row in rows if row.part)]
    return "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines) + "\n"


def as_csv(rows: Sequence[Row]) -> str:
    """The same as a file; a text that a spreadsheet would take for a formula is marked as text."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_safe(cell) for cell in cells(row)] for row in rows if row.part)
    return file.getvalue()


def _safe(cell: str) -> str:
    is_number = cell[1:].replace(".", "", 1).replace("e-", "", 1).isdigit()
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not is_number else cell
