"""An evaluation as the desk shows it: rows, the confusion table, the chart of calibration, and the clips of errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from annodesk.model.shares import wilson
from annodesk.services.heard_as import MOST_CLIPS, Cell, HeardAs, Place
from annodesk.ui.dashboard.charted import Chart, Point, Series, Shape, Unit
from annodesk.ui.dashboard.measured_rows import MeasuredRow, measure_words
from annodesk.ui.dashboard.playlist import Playlist
from annodesk.ui.quality.figures import items, number, percent

if TYPE_CHECKING:
    from annodesk.progress import CancelToken, Progress
    from annodesk.quality.calibration import Bin
    from annodesk.quality.draws import Measure
    from annodesk.quality.evaluation import Difference, Figures, PartReport, Wrong
    from annodesk.quality.slices import Slice
    from annodesk.services import Services
    from annodesk.services.evaluate import EvaluationReport

MOST_SLICES = 24
FEW = 20
"""What rests on fewer is drawn faint: it may be chance."""
MOST_LABELS = 14
"""So many labels are in the confusion table, those that stand most often: more cannot be read."""


def read_evaluation(
    services: Services, project_id: str, person_id: str, files: tuple[Path, ...], rank_by: str | None,
    cancel: CancelToken, progress: Progress,
) -> EvaluationReport:  # fmt: skip
    """Hold models against what stands; in the background lane."""
    return services.evaluation.report(project_id, person_id, files, rank_by=rank_by, cancel=cancel, progress=progress)


def summary(found: EvaluationReport) -> str:
    """What was compared, and what was not, in a few sentences."""
    said = [f"{' and '.join(found.models)} on {items(found.items)} that people settled."]
    if found.left_out:
        said.append(f"Not compared: {', '.join(f'{items(n)} {why}' for why, n in found.left_out)}.")
    if found.is_weighted:
        said.append("What was drawn counts by how unlikely it was drawn.")
    if found.aided:
        said.append(f"{items(found.aided)} nobody answered without suggestions: calibration leaves them out.")
    return " ".join(said)


def rows_of(part: PartReport, models: Sequence[str], rank_by: str | None = None) -> list[MeasuredRow]:
    """F1 of the whole part, what is wholly right, and F1 of each label, the most frequent first."""
    whole = [model.whole for model in part.models]
    rows = [
        MeasuredRow("All labels", tuple(one.f1 for one in whole), items(part.items), _words(whole, models), True),
        MeasuredRow(
            "Items wholly right",
            tuple(model.exact for model in part.models),
            "",
            _beside([measure_words(model.exact) for model in part.models], models),
        ),
        MeasuredRow(
            "Macro F1 of labels",
            tuple(model.macro_f1 for model in part.models),
            "",
            _beside([measure_words(model.macro_f1) for model in part.models], models),
        ),
    ]
    if part.models[0].ranking.n:
        ranked = [model.ranking for model in part.models]
        for name, told in (("NDCG", [one.ndcg for one in ranked]), ("Mean average precision", [m.map for m in ranked])):
            said = _beside([measure_words(one) for one in told], models)
            n = f"{ranked[0].n:,} ranking" + ("" if ranked[0].n == 1 else "s")
            of = f"{ranked[0].of} within {rank_by}" if rank_by and ranked[0].of == "items" else ranked[0].of
            rows.append(MeasuredRow(f"{name} of {of}", tuple(told), n, said, is_quiet=ranked[0].n < FEW))
    by_label = list(zip(*(model.labels for model in part.models), strict=True))
    for each in sorted(by_label, key=lambda one: -one[0].truths):
        stand = f"{each[0].truths:,} stand"
        rows.append(MeasuredRow(each[0].label, tuple(one.f1 for one in each), stand, _words(each, models), False,
                                each[0].truths < FEW))  # fmt: skip
    return rows


def _words(figures: Sequence[Figures], models: Sequence[str]) -> str:
    return _beside(
        [
            f"F1 {measure_words(one.f1)}, precision {measure_words(one.precision)}, recall {measure_words(one.recall)};"
            f" {one.truths:,} stand, {one.said:,} said"
            for one in figures
        ],
        models,
    )


def _beside(said: Sequence[str], models: Sequence[str]) -> str:
    return said[0] if len(said) == 1 else ". ".join(f"{m}: {one}" for m, one in zip(models, said, strict=True))


class By(StrEnum):
    """What slices are told by."""

    F1 = "F1"
    ERROR = "calibration error"
    NDCG = "NDCG"


def told_by(part: PartReport) -> tuple[By, ...]:
    """What the slices of a part can be told by."""
    sure = any(one.n for cut in part.slices for one in cut.calibration)
    ranked = any(one.n for cut in part.slices for one in cut.ranking)
    return (By.F1, *([By.ERROR] if sure else []), *([By.NDCG] if ranked else []))


def slices_by(part: PartReport, by: By = By.F1) -> tuple[Slice, ...]:
    """The slices that are shown, the worst by that first and small ones after all others."""
    if by is By.F1:
        return part.slices[:MOST_SLICES]
    has = [one for one in part.slices if any(figure.value is not None for figure in _measures(one, by))]

    def badness(one: Slice) -> float:
        values = [figure.value for figure in _measures(one, by) if figure.value is not None]
        return -max(values) if by is By.ERROR else min(values)

    return tuple(sorted(has, key=lambda one: (one.is_small, badness(one)))[:MOST_SLICES])


def _measures(one: Slice, by: By) -> tuple[Measure, ...]:
    if by is By.ERROR:
        return tuple(told.ece for told in one.calibration)
    return tuple(told.ndcg for told in one.ranking) if by is By.NDCG else one.f1


def slice_rows(part: PartReport, models: Sequence[str], by: By = By.F1) -> list[MeasuredRow]:
    """The worst slices first, each with all that is known of it in its words."""
    rows = []
    for one in slices_by(part, by):
        few = ", few" if one.is_small else ""
        words = _beside([_slice_words(one, model) for model in range(len(models))], models)
        if one.difference is not None:
            words += f". Difference of F1 {measure_words(one.difference)}"
        if one.is_small:
            words += ". Of so few items it may be chance."
        rows.append(MeasuredRow(f"{one.field}: {one.value}", _measures(one, by), f"{items(one.items)}{few}", words,
                                False, one.is_small))  # fmt: skip
    return rows


def _slice_words(one: Slice, model: int) -> str:
    said = [f"F1 {measure_words(one.f1[model])}"]
    if one.calibration and one.calibration[model].n:
        said.append(f"calibration error {measure_words(one.calibration[model].ece)}")
    if one.ranking and one.ranking[model].n:
        ranked = one.ranking[model]
        said.append(f"NDCG {measure_words(ranked.ndcg)}, mean average precision {measure_words(ranked.map)}")
    return ", ".join(said)


def difference_words(apart: Difference, models: Sequence[str]) -> str:
    """Which of two is better, in a sentence."""
    first, second = models
    better = {True: f"{second} is better", False: f"{first} is better", None: "Which is better cannot be told yet"}
    alone = f"right of one alone: {items(apart.only_first)} {first}, {items(apart.only_second)} {second}"
    return f"{better[apart.is_better]}: F1 differs by {measure_words(apart.f1)}; {alone}."


def place_of(one: Wrong, model: str) -> Place:
    """A mistake as a place to be heard."""
    at, end = one.mistake.at, one.mistake.end
    time = (at, end, None, None) if one.is_timed else (None, None, at, end) if end else (None,) * 4
    sure = "" if one.mistake.probability is None else f" (p {number(one.mistake.probability)})"
    return Place(one.item_id, one.item, "", "", f"{model}{sure}", one.mistake.truth, one.mistake.said, *time)


def errors_of(found: EvaluationReport, part: str, model: int) -> list[Wrong]:
    """A model's mistakes on a part, the surest first."""
    return [one for one in found.wrong if one.part == part and one.model == model]


def playlist_of_errors(
    found: EvaluationReport, part: str, model: int, *, label: str | None = None, among: tuple[str, ...] | None = None,
    what: str = "",
) -> Playlist:  # fmt: skip
    """The same to be heard, item by item; of one label, or of some items alone."""
    ids = None if among is None else set(among)
    wrong = [
        one
        for one in errors_of(found, part, model)
        if (label is None or label in f"{one.mistake.truth} + {one.mistake.said}".split(" + "))
        and (ids is None or one.item_id in ids)
    ]
    places = tuple(place_of(one, found.models[model]) for one in wrong[:MOST_CLIPS])
    return Playlist(f"errors of {found.models[model]} on {what or part}", part, places, "the surest first")


def confusion_of(found: EvaluationReport, part: PartReport, model: int) -> HeardAs:
    """One model's confusion as a table whose cells can be heard."""
    told = part.models[model]
    order = [one.label for one in told.labels]
    amount: dict[Cell, int] = {}
    count: dict[Cell, int] = {}
    for one in told.confusion:
        cell = (one.truth, one.said)
        count[cell] = one.places
        amount[cell] = one.places if one.length is None else one.length
    often: dict[str, int] = defaultdict(int)
    for (stands, said), n in count.items():
        often[stands] += n
        often[said] += n
    kept = sorted(often, key=lambda name: -often[name])[:MOST_LABELS]
    rank = {name: place for place, name in enumerate(order)}
    labels = tuple(sorted(kept, key=lambda name: (name == "", rank.get(name, len(rank)), name)))
    places: dict[Cell, list[Place]] = defaultdict(list)
    for wrong in errors_of(found, part.part, model):
        places[wrong.mistake.truth, wrong.mistake.said].append(place_of(wrong, found.models[model]))
    is_question = all(one.length is None for one in told.confusion) and "tier" not in part.kind
    unit = "answers" if is_question else "characters" if part.kind == "spans" else "seconds"
    heard = {cell: tuple(found_there[:MOST_CLIPS]) for cell, found_there in places.items()}
    return HeardAs(part.part, labels, amount, count, heard, unit, part.items, sum(count.values()))


def calibration_chart(found: EvaluationReport, part: PartReport) -> Chart:
    """How often a model is right of what it says with a probability; a point plays what was wrong of it."""
    models = found.models
    title = "How far its probabilities can be believed"
    series = []
    for place, (model, name) in enumerate(zip(part.models, models, strict=True)):
        errors = errors_of(found, part.part, place)
        points = tuple(_believed(one, errors, name) for one in model.calibration.bins)
        series.append(Series(name, points, ("accent", "#b779c9")[place], is_dashed=bool(place)))
    told = [model.calibration for model in part.models]
    if not any(one.n for one in told):
        return Chart("calibration", title, reason=told[0].ece.note)
    foot = ". ".join(
        f"{name}: calibration error {measure_words(one.ece)}, Brier {measure_words(one.brier)}"
        for name, one in zip(models, told, strict=True)
        if one.n
    )
    note = f"n = {told[0].n:,} answers, given without sight of suggestions"
    return Chart("calibration", title, note, tuple(series), Unit.SHARE, Shape.BELIEF, foot=foot)


def _believed(one: Bin, errors: Sequence[Wrong], model: str) -> Point:
    """A point of that chart; the share of right ones has Wilson's interval."""
    low, high = wilson(one.right * one.n, one.n)
    wrong = [each for each in errors if _is_within(each, one)]
    title = f"errors of {model} said with {percent(one.low)} to {percent(one.high)}"
    places = tuple(place_of(each, model) for each in wrong[:MOST_CLIPS])
    part = wrong[0].part if wrong else ""
    return Point(one.probability, one.right, low, high, one.n, Playlist(title, part, places, "the surest first"))


def _is_within(each: Wrong, one: Bin) -> bool:
    sure = each.mistake.probability
    return sure is not None and one.low <= sure <= one.high
