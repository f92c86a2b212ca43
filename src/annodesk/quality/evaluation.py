"""One or two models against the answers that stand: how good, where worst, and which of the two is better.

Everything is a sum over items, each as heavy as it was unlikely to be drawn, so that what was drawn on purpose does not
pass for the whole (Horvitz and Thompson 1952; ratios of such sums). Two models are compared on the same items and, for
the interval of their difference, in the same drawings of items. Calibration looks at items alone that somebody answered
without sight of suggestions (rule 8).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.model.schema import Question, QuestionKind, Tier, TierKind
from annodesk.quality.agreement import scored_parts
from annodesk.quality.bootstrap import FloatArray
from annodesk.quality.draws import Draws, Measure, Ratio, by, joined, less, ratio_of
from annodesk.quality.predicted import Counted, Mistake, Part, count, labels_of
from annodesk.quality.ranked import Ranking, rank_items, rank_labels
from annodesk.quality.slices import Slice, slices_of
from annodesk.quality.sureness import Calibration, calibration_of

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet
    from annodesk.progress import CancelToken

MOST_TOLD = 60
"""Of so many slices, the worst by F1, calibration and rankings are told too: of all it would take minutes."""
NEVER_SAID, NEVER_STANDS = "It was never said.", "It never stands."
NEITHER = "It neither stands nor was it said."


class Case(Struct, frozen=True):
    """One item: what stands, what each model says, and what is known of it.

    Parameters
    ----------
    probability : with which it was drawn to be labelled, above 0 and at most 1
    parts : those that were asked about when it was settled; None where that is all
    is_unaided : whether somebody answered it without suggestions in view
    """

    item_id: str
    item: str
    truth: AnnotationSet
    said: tuple[AnnotationSet, ...]
    duration_us: int = 0
    probability: float = 1.0
    metadata: Mapping[str, Any] = field(default_factory=dict)
    parts: frozenset[str] | None = None
    is_unaided: bool = True


class Figures(Struct, frozen=True):
    """Precision, recall and F1, with how often it stands and was said."""

    label: str
    truths: int
    said: int
    precision: Measure
    recall: Measure
    f1: Measure


class Confused(Struct, frozen=True):
    """How often a model said one thing where another stands, "" for nothing.

    ``share`` is of all such places, each as heavy as its item; ``length`` in us or code points, of a question none.
    """

    truth: str
    said: str
    places: int
    share: float
    length: int | None


class ModelOnPart(Struct, frozen=True):
    """One model on one part: ``whole`` counts every label alike often as it comes, ``macro_f1`` each label once.

    ``exact`` is the share of items of which nothing is wrong and nothing missing.
    """

    whole: Figures
    macro_f1: Measure
    exact: Measure
    labels: tuple[Figures, ...]
    confusion: tuple[Confused, ...]
    calibration: Calibration
    by_label: tuple[tuple[str, Calibration], ...]
    ranking: Ranking


class Difference(Struct, frozen=True):
    """The second model less the first, on the same items; ``labels`` are differences of F1."""

    precision: Measure
    recall: Measure
    f1: Measure
    exact: Measure
    labels: tuple[tuple[str, Measure], ...]
    only_first: int
    only_second: int

    @property
    def is_better(self) -> bool | None:
        """Whether the second is better for certain, or the first (False); None where that cannot be told."""
        if self.f1.low is not None and self.f1.low > 0:
            return True
        return False if self.f1.high is not None and self.f1.high < 0 else None


class PartReport(Struct, frozen=True):
    """One part: so many items have an answer to it, worth ``effective`` equally heavy ones."""

    part: str
    kind: str
    items: int
    effective: float
    models: tuple[ModelOnPart, ...]
    difference: Difference | None = None
    slices: tuple[Slice, ...] = ()


class Wrong(Struct, frozen=True):
    """A place of an item where a model is wrong; ``model`` is 0 for the first."""

    model: int
    item_id: str
    item: str
    part: str
    is_timed: bool
    mistake: Mistake


def evaluate(
    parts: Sequence[Part],
    cases: Sequence[Case],
    rng: np.random.Generator,
    *,
    rank_by: str | None = None,
    cancel: CancelToken | None = None,
) -> tuple[tuple[PartReport, ...], tuple[Wrong, ...]]:
    """Each part that any model says something of, and every mistake: the surest first.

    Parameters
    ----------
    rank_by : the metadata field whose items are ranked against each other by what is said on a scale
    """
    draws = Draws(len(cases), rng)
    reports, wrong = [], []
    for part in parts:
        counted = _Counts(part, cases, cancel)
        if counted.is_said:
            reports.append(_report(counted, draws, rng, rank_by))
            wrong += counted.wrong()
    wrong.sort(key=lambda one: -1.0 if one.mistake.probability is None else -one.mistake.probability - 1)
    return tuple(reports), tuple(wrong)


class _Counts:
    """All counts of one part, as columns over items."""

    def __init__(self, part: Part, cases: Sequence[Case], cancel: CancelToken | None) -> None:
        self.part, self.cases = part, cases
        asked = [one.parts is None or part.name in one.parts for one in cases]
        stand = set[str]()
        for case, is_asked in zip(cases, asked, strict=True):
            stand |= labels_of(part, case.truth) if is_asked else set()
        own = [label.name for label in part.labels]
        if isinstance(part, Question) and part.kind is QuestionKind.RATING:
            own = [str(step) for step in range(part.scale[0], part.scale[1] + 1)]
        known = frozenset(own) | stand
        self.rows: list[list[Counted | None]] = []
        for case, is_asked in zip(cases, asked, strict=True):
            if cancel is not None:
                cancel.check()
            each = [count(part, case.truth, said, case.duration_us, known) for said in case.said]
            self.rows.append(each if is_asked else [None] * len(case.said))
        order = {name: place for place, name in enumerate(own)}
        used = {label for row in self.rows for one in row if one for label in (*one.truths, *one.said)}
        self.labels = sorted(used, key=lambda name: (order.get(name, len(order)), name))
        self.weight = np.array([1 / one.probability for one in cases], dtype=np.float64)
        self.has = np.array([row[0] is not None if row else False for row in self.rows], dtype=bool)
        self.is_said = any(one is not None and (one.n_said or one.number is not None) for r in self.rows for one in r)

    def of_model(self, model: int) -> list[Counted | None]:
        return [row[model] for row in self.rows]

    def column(self, model: int, name: str, label: str | None = None) -> FloatArray:
        """One count of each item by its weight; 0 where the item has no answer."""
        found = np.zeros(len(self.rows))
        for place, row in enumerate(self.rows):
            if (one := row[model]) is not None:
                found[place] = getattr(one, name) if label is None else getattr(one, name)[label]
        return found * self.weight

    def columns(self, model: int, label: str | None = None) -> Columns:
        """How often each item's labels stand, were said and were right, of all labels or one."""
        stand, said, right = ("n_truths", "n_said", "n_right") if label is None else ("truths", "said", "right")
        return self.column(model, stand, label), self.column(model, said, label), self.column(model, right, label)

    def wrong(self) -> list[Wrong]:
        timed = isinstance(self.part, Tier)
        return [
            Wrong(model, case.item_id, case.item, self.part.name, timed, mistake)
            for case, row in zip(self.cases, self.rows, strict=True)
            for model, one in enumerate(row)
            if one is not None
            for mistake in one.mistakes
        ]


class _Ratios(Struct):
    """The figures of one model with all their drawings."""

    precision: Ratio
    recall: Ratio
    f1: Ratio

    def told(self, label: str, truths: int, said: int) -> Figures:
        return Figures(
            label,
            truths,
            said,
            self.precision.told(NEVER_SAID),
            self.recall.told(NEVER_STANDS),
            self.f1.told(NEITHER),
        )


Columns = tuple[FloatArray, FloatArray, FloatArray]


def ratios(draws: Draws, many: Sequence[Columns]) -> list[_Ratios]:
    """Precision, recall and F1 of counts of each item, each of what stands, what was said and what was right."""
    if not many:
        return []
    sums = draws.sums(np.stack([column for columns in many for column in columns], axis=1))
    found = []
    for place, (truths, said, _) in enumerate(many):
        stand, told, right = sums[3 * place : 3 * place + 3]
        found.append(
            _Ratios(
                ratio_of(right, told, said),
                ratio_of(right, stand, truths),
                ratio_of(2 * right, stand + told, truths + said),
            )
        )
    return found


def _report(counts: _Counts, draws: Draws, rng: np.random.Generator, rank_by: str | None) -> PartReport:
    weight = counts.weight * counts.has
    models, kept = [], []
    for model in range(len(counts.rows[0])):
        rows = counts.of_model(model)
        exact = draws.ratio(counts.column(model, "is_exact"), weight)
        whole, *each = ratios(draws, [counts.columns(model), *(counts.columns(model, one) for one in counts.labels)])
        by_label = dict(zip(counts.labels, each, strict=True))
        standing = [by_label[label].f1 for label in counts.labels if _total(rows, "truths", label)]
        told = [
            one.told(label, _total(rows, "truths", label), _total(rows, "said", label))
            for label, one in by_label.items()
        ]
        sure, sure_by_label = calibration_of(rows, counts.weight, _unaided(counts.cases), draws)
        models.append(
            ModelOnPart(
                whole.told("", _sum(rows, "n_truths"), _sum(rows, "n_said")),
                joined(standing, lambda values: _mean(values)).told() if standing else Measure(note=NEVER_STANDS),
                exact.told(),
                tuple(told),
                _confusion(rows, counts.weight, counts.part),
                sure,
                tuple((label, sure_by_label[label]) for label in counts.labels if label in sure_by_label),
                _ranking(counts, rows, draws, rng, rank_by),
            )
        )
        kept.append((whole, exact, by_label))
    total, squares = float(weight.sum()), float((weight**2).sum())
    slices = slices_of(
        [one.item_id for one in counts.cases],
        [one.metadata for one in counts.cases],
        counts.has,
        [counts.columns(model) for model in range(len(kept))],
        draws,
    )
    # Drawings of their own: what is told of slices changes no other figure.
    apart = rng.spawn(1)[0]
    told_of = [_within(counts, one, draws, apart, rank_by) for one in slices[:MOST_TOLD]]
    return PartReport(
        counts.part.name,
        kind_of(counts.part),
        int(counts.has.sum()),
        total**2 / squares if squares else 0.0,
        tuple(models),
        _difference(counts, *kept) if len(kept) == 2 else None,
        (*told_of, *slices[MOST_TOLD:]),
    )


def _within(counts: _Counts, one: Slice, draws: Draws, rng: np.random.Generator, rank_by: str | None) -> Slice:
    """A slice with how far the models' probabilities can be believed in it, and how well they rank there."""
    ids = set(one.item_ids)
    inside = np.array([case.item_id in ids for case in counts.cases], dtype=bool)
    sure, ranked = [], []
    for model in range(len(one.f1)):
        rows = [row if is_in else None for row, is_in in zip(counts.of_model(model), inside.tolist(), strict=True)]
        sure.append(calibration_of(rows, counts.weight, _unaided(counts.cases), draws, by_label=False)[0])
        ranked.append(_ranking(counts, rows, draws, rng, rank_by))
    return replace(one, calibration=tuple(sure), ranking=tuple(ranked))


_Kept = tuple[_Ratios, Ratio, dict[str, _Ratios]]


def _difference(counts: _Counts, first: _Kept, second: _Kept) -> Difference:
    old, new = first[0], second[0]
    both = [(a, b) for a, b in counts.rows if a is not None and b is not None]
    return Difference(
        less(new.precision, old.precision).told("One of the two never says anything."),
        less(new.recall, old.recall).told(NEVER_STANDS),
        less(new.f1, old.f1).told(NEITHER),
        less(second[1], first[1]).told(),
        tuple((label, less(second[2][label].f1, first[2][label].f1).told(NEITHER)) for label in counts.labels),
        sum(a.is_exact and not b.is_exact for a, b in both),
        sum(b.is_exact and not a.is_exact for a, b in both),
    )


def _ranking(
    counts: _Counts, rows: list[Counted | None], draws: Draws, rng: np.random.Generator, rank_by: str | None
) -> Ranking:
    part = counts.part
    if isinstance(part, Question) and part.kind is QuestionKind.RATING:
        groups = [one.metadata.get(rank_by) if rank_by else None for one in counts.cases]
        return rank_items(rows, groups, counts.weight, part.scale, rank_by, rng)
    return rank_labels(rows, counts.weight, draws)


def _confusion(rows: list[Counted | None], weight: FloatArray, part: Part) -> tuple[Confused, ...]:
    """What was said where what stands, the most frequent first."""
    places, lengths, heavy = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for one, each in zip(rows, weight.tolist(), strict=True):
        if one is not None:
            places += one.places
            lengths += one.lengths
            for pair, n in one.places.items():
                heavy[pair] += n * each
    total = sum(heavy.values())
    has_length = not isinstance(part, Question) and not (isinstance(part, Tier) and part.kind is TierKind.POINT)
    return tuple(
        Confused(*pair, places[pair], heavy[pair] / total if total else 0.0, lengths[pair] if has_length else None)
        for pair in sorted({*places, *lengths}, key=lambda pair: (-places[pair], -lengths[pair], pair))
    )


def kind_of(part: Part) -> str:
    """What a part is, in a word."""
    if isinstance(part, Question):
        return part.kind.value
    return f"{part.kind.value} tier" if isinstance(part, Tier) else "spans"


def _unaided(cases: Sequence[Case]) -> FloatArray:
    return np.array([one.is_unaided for one in cases], dtype=np.float64)


def _mean(values: FloatArray) -> FloatArray:
    """Each drawing's mean over the labels that have a value in it."""
    has = np.isfinite(values)
    n = has.sum(axis=0)
    total = np.where(has, values, 0.0).sum(axis=0)
    return by(total, n)


def _total(rows: list[Counted | None], name: str, label: str) -> int:
    return sum(getattr(one, name)[label] for one in rows if one is not None)


def _sum(rows: list[Counted | None], name: str) -> int:
    return sum(getattr(one, name) for one in rows if one is not None)


__all__ = ["Case", "PartReport", "Wrong", "evaluate", "scored_parts"]
