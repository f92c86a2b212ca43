"""What people said on each part of an item, without who said it: all that agreement over many items needs to know.

A tally is made when an item is scored and kept beside its scores, so that a project is measured without reading a set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from operator import itemgetter
from typing import Any

from msgspec import Struct, field

from annodesk.model.annotations import NOT_SURE, AnnotationSet
from annodesk.model.schema import LabelSchema, Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.quality import fits
from annodesk.quality.agreement import CountableSet, ItemScore, TaskSets, answer_value
from annodesk.quality.disagreements import TOLERANCE_US
from annodesk.quality.fits import Fits, fits_of
from annodesk.quality.ratings import Rating

OTHER = "another label"
"""Stands for every label that the project does not know: it may be somebody's words."""
UNLABELLED = "without a label"
MOST_UNITS = 1_000
"""The longest are kept of more; a timeline of three people and five labels has a hundred different ones at most."""


class Unit(Struct, frozen=True):
    """What each side says of some stretches, or in answer to a question; None where it was not asked or not sure.

    ``weight`` is how long all such stretches are (us, or code points of a text), 1 for a question.
    """

    said: tuple[Rating | None, ...]
    weight: int


class TaskTally(Struct, frozen=True):
    """The units of one task; ``aided`` tells of each side whether it had suggestions in view.

    With ``has_model`` the last side is the model's. ``places`` counts where two independent sides say different things,
    by both of them in the order of the alphabet, "" for nothing; ``unsure`` counts answers "not sure"; ``fits``
    tells how the segments, points or spans of two independent sides fit each other.
    """

    aided: tuple[bool, ...]
    units: tuple[Unit, ...]
    has_model: bool = False
    places: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unsure: int = 0
    fits: Fits = field(default_factory=dict)

    @property
    def independent(self) -> list[tuple[int, int]]:
        """The pairs of people that say something of how people agree."""
        return _independent(self.aided)


class Tally(Struct, frozen=True):
    """One part of one item: its score, the score of each label, and what was said, task by task."""

    part: str
    score: float | None
    labels: Mapping[str, float]
    tasks: tuple[TaskTally, ...]


_Part = Tier | Question | SpanType
_Piece = tuple[int, int, Rating]
_NOTHING: Rating = frozenset()


def tally_item(
    parts: Iterable[_Part],
    tasks: Sequence[TaskSets],
    models: Mapping[str, CountableSet],
    score: ItemScore,
    *,
    versions: Mapping[int, LabelSchema] | None = None,
) -> tuple[Tally, ...]:
    """A tally of each part.

    Parameters
    ----------
    models : the model's answer by task id, where it has one
    versions : the schemas under which the sets were made, where these are not all the newest: who was not asked about
        a part has said nothing of it, not that there is nothing
    """
    asked = {number: {part.name for part in schema.parts()} for number, schema in (versions or {}).items()}
    found = []
    for part in parts:
        known = {label.name for label in part.labels}
        labels = {one.label: one.value for one in score.labels if one.part == part.name and one.label in known}
        told = tuple(_tally_task(part, task, models.get(task.task_id), asked) for task in tasks)
        kept = {str(label): value for label, value in labels.items() if value is not None}
        found.append(Tally(part.name, score.part(part.name), kept, told))
    return tuple(found)


def _tally_task(
    part: _Part, task: TaskSets, beside: CountableSet | None, asked: Mapping[int, Collection[str]]
) -> TaskTally:
    asked_of = [one for one in task.sets if part.name in asked.get(one.annotations.project_version, (part.name,))]
    aided, sides = tuple(one.aided for one in asked_of), [one.annotations for one in asked_of]
    model = beside.annotations if beside is not None else None
    if isinstance(part, Question):
        return _tally_answers(part, aided, sides, model)
    independent = _independent(aided)
    fitting = fits_of(part, sides, independent, lambda labels: _known(part, labels))
    if isinstance(part, Tier) and part.kind is TierKind.POINT:
        return TaskTally(aided, (), fits=fitting)
    pieces = [pieces_of(part, side) for side in sides]
    models = pieces_of(part, model) if model is not None else {}
    has_model = bool(models)
    if has_model:
        pieces.append(models)
    whole_us = task.duration_us if isinstance(part, Tier) else 0
    units: Counter[tuple[Rating, ...]] = Counter()
    places: Counter[tuple[str, str]] = Counter()
    tolerance = TOLERANCE_US if isinstance(part, Tier) else 0
    for lane in sorted({lane for side in pieces for lane in side}):
        cells = list(cells_of([side.get(lane, []) for side in pieces], from_zero=isinstance(part, SpanType)))
        for start, end, said in cells:
            units[said] += end - start
        places += _places(cells, independent, tolerance)
    if (rest := whole_us - units.total()) > 0 and pieces:
        units[(frozenset(),) * len(pieces)] += rest
    kept = tuple(Unit(said, weight) for said, weight in units.most_common(MOST_UNITS) if weight > 0)
    return TaskTally(aided, kept, has_model, dict(places), fits=fitting)


def _independent(aided: Sequence[bool]) -> list[tuple[int, int]]:
    return [(a, b) for a, b in combinations(range(len(aided)), 2) if not (aided[a] and aided[b])]


def pieces_of(part: Tier | SpanType, annotations: AnnotationSet) -> dict[str, list[_Piece]]:
    """A side's pieces of some length, by the text they are in ("" for time)."""
    found: dict[str, list[_Piece]] = {}
    known: dict[tuple[str, ...], Rating] = {}
    if isinstance(part, Tier):
        marks = [("", s.start_us, s.end_us, s.labels) for s in annotations.segments(part.name)]
    else:
        marks = [(s.asset, s.start, s.end, s.labels) for s in annotations.spans() if s.type == part.name]
    for lane, start, end, labels in marks:
        if labels not in known:
            known[labels] = _known(part, labels) or frozenset({UNLABELLED})
        if end > start:
            found.setdefault(lane, []).append((start, end, known[labels]))
    return found


def _known(part: _Part, labels: Iterable[object]) -> Rating:
    known = {label.name for label in part.labels}
    return frozenset(label if isinstance(label, str) and label in known else OTHER for label in labels)


def cells_of(sides: Sequence[Sequence[_Piece]], *, from_zero: bool) -> Iterator[tuple[int, int, tuple[Rating, ...]]]:
    """Stretches between all boundaries with what every side says there; what overlaps on one side is said together."""
    turns = [(time, place, labels, time == start) for place, side in enumerate(sides) for start, end, labels in side
             for time in (start, end)]  # fmt: skip
    turns.sort(key=itemgetter(0))
    active: list[list[Rating]] = [[] for _ in sides]
    said = [_NOTHING] * len(sides)
    before = 0 if from_zero or not turns else turns[0][0]
    for time, place, labels, begins in turns:
        if time > before:
            yield before, time, tuple(said)
            before = time
        now = active[place]
        if begins:
            now.append(labels)
        else:
            now.remove(labels)
        said[place] = now[0] if len(now) == 1 else _NOTHING.union(*now)


def _places(
    cells: Iterable[tuple[int, int, tuple[Rating, ...]]], independent: Sequence[tuple[int, int]], tolerance: int
) -> Counter[tuple[str, str]]:
    """How often two different things are said at once; what is no longer than the tolerance is where a change lies."""
    found: Counter[tuple[str, str]] = Counter()
    since: dict[tuple[str, str], int] = {}
    differing: dict[tuple[Rating, ...], set[tuple[str, str]]] = {}
    last = 0

    def close(pairs: Iterable[tuple[str, str]], time: int) -> None:
        for pair in pairs:
            found[pair] += time - since.pop(pair) > tolerance

    for start, end, said in cells:
        here = differing.get(said)
        if here is None:
            here = {pair_of(said[a], said[b]) for a, b in independent if said[a] != said[b]}
            differing[said] = here
        if since:
            close([pair for pair in since if pair not in here], start)
        for pair in here:
            since.setdefault(pair, start)
        last = end
    close(list(since), last)
    return +found


def pair_of(a: Rating, b: Rating) -> tuple[str, str]:
    """The name of a pair of sayings, the same whoever said which."""
    one, other = sorted((" + ".join(sorted(a)), " + ".join(sorted(b))))
    return one, other


def _tally_answers(
    question: Question, aided: tuple[bool, ...], sides: Sequence[AnnotationSet], model: AnnotationSet | None
) -> TaskTally:
    values = [answer_value(question, side) for side in sides]
    unsure = sum(value == NOT_SURE for value in values)
    ratings = [_rating(question, value) for value in values]
    places = {}
    for a, b in combinations(range(len(sides)), 2):
        one, other = ratings[a], ratings[b]
        if one is not None and other is not None and one != other and not (aided[a] and aided[b]):
            places[pair_of(one, other)] = 1
    models = _rating(question, answer_value(question, model)) if model is not None else None
    if models is not None:
        ratings.append(models)
    units = (Unit(tuple(ratings), 1),) if any(rating is not None for rating in ratings) else ()
    return TaskTally(aided, units, models is not None, places, unsure)


def _rating(question: Question, value: object) -> Rating | None:
    if value is None or value == NOT_SURE:
        return None
    if question.kind is QuestionKind.RATING:
        return frozenset({f"{value:g}"}) if isinstance(value, int | float) else None
    return _known(question, value if isinstance(value, frozenset) else (value,))


def to_json(tally: Tally) -> dict[str, Any]:
    """A tally as it is kept; what is said often is written once."""
    said: dict[Rating, int] = {}
    tasks = []
    for task in tally.tasks:
        units = [
            [[None if one is None else said.setdefault(one, len(said)) for one in unit.said], unit.weight]
            for unit in task.units
        ]
        places = [[a, b, count] for (a, b), count in sorted(task.places.items())]
        tasks.append(
            {
                "aided": list(task.aided),
                "model": task.has_model,
                "units": units,
                "places": places,
                "unsure": task.unsure,
                "fits": fits.to_json(task.fits),
            }
        )
    return {
        "score": tally.score,
        "labels": dict(tally.labels),
        "said": [sorted(one) for one in said],
        "tasks": tasks,
    }


def from_json(part: str, body: Mapping[str, Any]) -> Tally:
    """A tally as it was kept; without its tasks for whoever may know the scores alone. ValueError where it is none."""
    try:
        said = [frozenset(map(str, one)) for one in body.get("said", ())]
        tasks = tuple(_task_from_json(task, said) for task in body.get("tasks", ()))
        score = body["score"]
        labels = {str(label): _share(value) for label, value in body["labels"].items()}
        return Tally(part, None if score is None else _share(score), labels, tasks)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"this is no tally: {error}") from error


def _share(value: object) -> float:
    found = float(str(value))
    if not 0 <= found <= 1:
        raise ValueError(f"this is no tally: {found} is no score")
    return found


def _task_from_json(task: Mapping[str, Any], said: Sequence[Rating]) -> TaskTally:
    units = tuple(
        Unit(tuple(None if place is None else said[place] for place in places), int(weight))
        for places, weight in task["units"]
    )
    aided, has_model = tuple(bool(one) for one in task["aided"]), bool(task["model"])
    if any(len(unit.said) != len(aided) + has_model or not 0 < unit.weight < 1 << 62 for unit in units):
        raise ValueError("this is no tally: a unit has other sides than its task")
    places = {(str(a), str(b)): int(count) for a, b, count in task["places"]}
    return TaskTally(aided, units, has_model, places, int(task["unsure"]), fits.from_json(task.get("fits", {})))
