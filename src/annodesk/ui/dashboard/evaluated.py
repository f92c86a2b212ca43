"""An evaluation as the desk shows it: rows, the confusion table, the chart of calibration, and the clips of errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from annodesk.progress import CancelToken, Progress
from annodesk.quality.evaluation import Difference, Figures, PartReport, Wrong
from annodesk.services.evaluate import EvaluationReport
from annodesk.services.heard_as import MOST_CLIPS, Cell, HeardAs, Place
from annodesk.ui.dashboard.charted import Chart, Point, Series, Shape, Unit
from annodesk.ui.dashboard.measured_rows import MeasuredRow, measure_words
from annodesk.ui.dashboard.playlist import Playlist
from annodesk.ui.quality.figures import items, number

if TYPE_CHECKING:
    from annodesk.services import Services

MOST_SLICES = 24
MOST_LABELS = 14
"""So many labels are in the confusion table, those that stand most often: more cannot be read."""


def read_evaluation(
    services: Services, project_id: str, person_id: str, files: tuple[Path, ...], cancel: CancelToken,
    progress: Progress,
) -> EvaluationReport:  # fmt: skip
    """Hold models against what stands; in the background lane."""
    return services.evaluation.report(project_id, person_id, files, cancel=cancel, progress=progress)


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


def rows_of(part: PartReport, models: Sequence[str]) -> list[MeasuredRow]:
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
            "Each label alike (macro F1)",
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
            rows.append(MeasuredRow(f"{name} of {ranked[0].of}", tuple(told), n, said))
    by_label = list(zip(*(model.labels for model in part.models), strict=True))
    for each in sorted(by_label, key=lambda one: -one[0].truths):
        stand = f"{each[0].truths:,} stand"
        rows.append(MeasuredRow(each[0].label, tuple(one.f1 for one in each), stand, _words(each, models), False,
                                each[0].truths < 20))  # fmt: skip
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


def slice_rows(part: PartReport, models: Sequence[str]) -> list[MeasuredRow]:
    """The worst slices first."""
    rows = []
    for one in part.slices[:MOST_SLICES]:
        few = ", few" if one.is_small else ""
        words = _beside([f"F1 {measure_words(f1)}" for f1 in one.f1], models)
        if one.difference is not None:
            words += f". Difference {measure_words(one.difference)}"
        if one.is_small:
            words += ". Of so few items it may be chance."
        rows.append(MeasuredRow(f"{one.field}: {one.value}", one.f1, f"{items(one.items)}{few}", words, False,
                                one.is_small))  # fmt: skip
    return rows


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


def calibration_chart(part: PartReport, models: Sequence[str]) -> Chart:
    """How often a model is right of what it says with a probability."""
    title = "How far its probabilities can be believed"
    series = []
    for place, (model, name) in enumerate(zip(part.models, models, strict=True)):
        points = tuple(Point(one.probability, one.right, n=one.n) for one in model.calibration.bins)
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
