"""The clips behind a value of a chart: of each item it counts one place, with both answers, where they differ first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from annodesk.model.annotations import AnnotationSet, Answer, Segment, Span
from annodesk.model.schema import Question, Tier, TierKind
from annodesk.model.work import Role, Stage, Task
from annodesk.progress import CancelToken
from annodesk.quality.agreement import CountableSet, scored_parts
from annodesk.services.base import Desk
from annodesk.services.behind import Behind, Beside, items_behind
from annodesk.services.heard_as import (
    LETTERS,
    MOST_CLIPS,
    NOT_YOURS,
    Answered,
    Part,
    Place,
    blind_items,
    said_at,
)
from annodesk.services.independence import countable_sets
from annodesk.services.opened import model_set
from annodesk.services.references import reference_answers
from annodesk.store import figures, items, journal, projects, takedown, tasks
from annodesk.store.engine import Connection

MOST_LOOKED_AT = 1_000
"""So many items that a value counts are looked at, the newest, to find places in them."""
THE_MODEL = "the model"
IN_A_TEAM = "In a team the clips of agreement and of what is heard as what can be heard; of this chart not yet."
REFERENCES = "What was said at reference items is for the analysts of a project."
NOTHING_SAID = "Nothing was said there that could be heard: no answer is left of it, or it is out of your sight."
_MISSED_BY = 1e-9


@dataclass(frozen=True, slots=True)
class FoundClips:
    """Places to be heard, of each item one; ``items`` is how many were looked at, ``reason`` says why there is none."""

    places: tuple[Place, ...] = ()
    items: int = 0
    reason: str = ""


def clips_behind(
    desk: Desk,
    project_id: str,
    person_id: str,
    behind: Behind,
    part: str = "",
    label: str = "",
    *,
    cancel: CancelToken | None = None,
) -> FoundClips:
    """One place of each item, of those where answers differ first; may read for long.

    Parameters
    ----------
    part, label : what it is about; empty for all parts, or all labels of one
    """
    with desk.file.read() as db:
        roles = projects.roles_of(db, project_id, person_id)
        schema = projects.get_version(db, project_id).project.schema
    if not roles & {Role.ANALYST, Role.MANAGER}:
        return FoundClips(reason=NOT_YOURS)
    if behind.beside is Beside.REFERENCE and Role.ANALYST not in roles:
        return FoundClips(reason=REFERENCES)
    if desk.is_shared:
        return FoundClips(reason=IN_A_TEAM)
    told = [one for one in scored_parts(schema) if not (isinstance(one, Tier) and one.kind is TierKind.POINT)]
    parts = [one for one in told if part in ("", one.name)]
    found: list[tuple[bool, Place]] = []
    looked_at = 0
    with desk.file.read() as db:
        look = _Look(db, behind, parts, label, blind_items(db, project_id, person_id))
        for item_id in items_behind(db, project_id, behind, desk.server_us(), cancel=cancel):
            if cancel is not None:
                cancel.check()
            if looked_at == MOST_LOOKED_AT or len(found) == MOST_CLIPS:
                break
            looked_at += 1
            place = look.place(item_id)
            found += [place] if place is not None else []
    found.sort(key=lambda one: not one[0])
    return FoundClips(tuple(place for _, place in found), looked_at, "" if found else NOTHING_SAID)


class _Look:
    """Finds the one place of an item that is heard."""

    def __init__(
        self, db: Connection, behind: Behind, parts: Sequence[Part], label: str, hidden: Collection[str]
    ) -> None:
        self._db, self._behind, self._parts, self._label, self._hidden = db, behind, parts, label, hidden

    def place(self, item_id: str) -> tuple[bool, Place] | None:
        """Whether two things are said there, and the place.

        What differs comes before what is alike, what is heard before what is read, and then the longest.
        """
        if item_id in self._hidden or takedown.taken_down(self._db, [item_id]):
            return None
        key = items.get_item(self._db, item_id).key
        best: tuple[tuple[bool, bool, bool, int], Place] | None = None
        stages = tasks.tasks_of_item(self._db, item_id, Stage.ANNOTATE)
        for task in stages:
            for answered, other in self._pairs(key, task, stages):
                for part in self._parts:
                    for place, weight in said_at(part, answered, other):
                        if not self._is_asked(place):
                            continue
                        length = answered.duration_us if isinstance(part, Question) else weight
                        is_heard = place.start_us is not None
                        rank = (place.stands != place.said, bool(place.said or place.stands), is_heard, length)
                        if best is None or rank > best[0]:
                            best = rank, replace(place, part=part.name)
        if best is None:
            return None
        (differs, *_), found = best
        return differs, replace(found, set_id="") if self._behind.beside is Beside.MODEL else found

    def _is_asked(self, place: Place) -> bool:
        if self._behind.probability is not None and self._label not in place.said.split(" + "):
            return False
        return not self._label or self._label in (*place.stands.split(" + "), *place.said.split(" + "))

    def _pairs(self, key: str, task: Task, stages: Sequence[Task]) -> Iterator[tuple[Answered, str]]:
        """What is held against what on a task, and by which letter the first is called; empty where it stands."""
        counting, about = countable_sets(self._db, task.id), (task.item_id, key, task.id, task.end_us - task.start_us)
        said = [(one, LETTERS[number % 26]) for number, one in enumerate(counting)]
        if self._behind.beside is Beside.MODEL:
            model = model_set(self._db, task.id)
            if model is not None:
                told = _told_with(model, self._behind.probability)
                for one, letter in said:
                    if not one.aided:
                        yield Answered(*about, one.annotations, (told,), (THE_MODEL,)), letter
            return
        known = self._reference(task, stages) if self._behind.beside is Beside.REFERENCE else self._stands(task)
        if known is not None:
            set_id, answer = known
            given = [one for one in said if one[0].set_id != set_id] or said
            letters = tuple(letter for _, letter in given)
            yield Answered(*about, answer, tuple(one.annotations for one, _ in given), letters), ""
        elif self._behind.beside is Beside.PEOPLE:
            pairs = [(a, b) for a, b in combinations(said, 2) if not (a[0].aided and b[0].aided)]
            for (one, a), (other, b) in pairs or [(one, one) for one in said]:
                yield Answered(*about, one.annotations, (other.annotations,), (b,)), a

    def _stands(self, task: Task) -> tuple[str, AnnotationSet] | None:
        one = figures.standing_of(self._db, task.id)
        return None if one is None else (one[0], journal.set_at(self._db, *one))

    def _reference(self, task: Task, stages: Sequence[Task]) -> tuple[str, AnnotationSet] | None:
        found: dict[str, CountableSet] = reference_answers(self._db, task.item_id, stages, journal)[0]
        one = found.get(task.id)
        return None if one is None else (one.set_id, one.annotations)


def _told_with(model: AnnotationSet, probability: tuple[float, float] | None) -> AnnotationSet:
    """What a model said with a probability from one to another; all it said where none is named."""
    if probability is None:
        return model
    low, high = probability[0] - _MISSED_BY, probability[1] + _MISSED_BY
    kept = []
    for one in model:
        suggestion = one.origin.suggestion if isinstance(one, Segment | Span | Answer) else None
        if suggestion is not None and low <= suggestion.probability <= high:
            kept.append(one)
    return model.with_elements(kept)
