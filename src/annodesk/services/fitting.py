"""How people's segments, points and spans fit each other over a project's items, from what was tallied of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.quality.fits import ALL, kind_of_pieces
from annodesk.quality.segment_measures import Kind, PairTally, Saying, fit_of, kappa_by_label

if TYPE_CHECKING:
    from annodesk.model.schema import SpanType, Tier
    from annodesk.quality.tally import Tally, TaskTally

NOBODY = "no item has answers by two people who worked independently"


class SegmentMeasures(Struct, frozen=True):
    """How the segments, points or spans of a part, or of one label of it, fit each other; None is not defined.

    ``pairs`` counts the pairs of independent sets it rests on, ``items`` their items, ``n`` what both marked; with no
    pair there is nothing but the ``reason``. Nobody is the one who is right, so there is no precision and no recall.
    ``kappa`` is of how every moment or character is labelled, each pair taken both ways round; ``kappa_reason`` says
    why it has no value.
    """

    part: str
    label: str | None
    kind: Kind
    pairs: int
    items: int
    n: int = 0
    f1: float | None = None
    mean_iou: float | None = None
    boundary_f1: float | None = None
    boundary_median_ms: float | None = None
    boundary_p95_ms: float | None = None
    exact_f1: float | None = None
    partial_f1: float | None = None
    kappa: float | None = None
    kappa_reason: str = ""
    reason: str = ""


def measures_of(part: Tier | SpanType, told: Sequence[Tally]) -> tuple[SegmentMeasures, ...]:
    """All labels first, then each of the part's own and whatever else was said."""
    kind = kind_of_pieces(part)
    paired = [tally for tally in told if any(task.independent for task in tally.tasks)]
    tasks = [task for tally in paired for task in tally.tasks]
    pairs = sum(len(task.independent) for task in tasks)
    summed: dict[str, PairTally] = {label: PairTally() for label in (ALL, *(label.name for label in part.labels))}
    for task in tasks:
        for label, counted in task.fits.items():
            summed.setdefault(label, PairTally()).add(counted)
    if not pairs:
        return tuple(SegmentMeasures(part.name, name or None, kind, 0, 0, reason=NOBODY) for name in summed)
    kappas = kappa_by_label(_time(tasks))
    found = []
    for label, counted in summed.items():
        fit, n = fit_of(counted, kind), counted.n_a + counted.n_b
        kappa, why = kappas.get(label or None, (None, f"nobody says {label}"))
        if kind is Kind.POINTS:
            kappa, why = None, "moments have no length"
        is_said = bool(n) or label == ALL
        found.append(
            SegmentMeasures(
                part.name,
                label or None,
                kind,
                pairs,
                len(paired),
                n,
                fit.f1 if is_said else None,
                fit.mean_iou,
                fit.boundary_f1 if is_said else None,
                fit.boundary_median_ms,
                fit.boundary_p95_ms,
                fit.exact_f1 if is_said else None,
                fit.partial_f1 if is_said else None,
                kappa,
                why,
                "" if is_said else f"nobody says {label}",
            )
        )
    return tuple(found)


def _time(tasks: Sequence[TaskTally]) -> Counter[tuple[Saying, Saying]]:
    """How long two independent people say what, each pair both ways round; saying nothing is None."""
    found: Counter[tuple[Saying, Saying]] = Counter()
    for task in tasks:
        for a, b in task.independent:
            for unit in task.units:
                one, other = unit.said[a] or None, unit.said[b] or None
                found[one, other] += unit.weight
                found[other, one] += unit.weight
    return found
