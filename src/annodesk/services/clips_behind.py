"""The clips behind a value of a chart: of each item it counts one place, with both answers, where they differ first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.model.annotations import AnnotationSet, Answer, Segment, Span
from annodesk.model.schema import Question
from annodesk.model.work import Role, Stage, Task
from annodesk.quality.agreement import CountableSet, scored_parts
from annodesk.services import references_in_team
from annodesk.services.behind import Behind, Beside, items_behind, items_behind_of_team
from annodesk.services.heard_as import (
    LETTERS,
    MOST_CLIPS,
    NOT_YOURS,
    TOO_FEW,
    Answered,
    Part,
    Place,
    blind_items,
    said_at,
)
from annodesk.services.independence import countable_sets
from annodesk.services.opened import model_set
from annodesk.services.references import reference_answers
from annodesk.services.said_beside import ITEMS_AT_ONCE, Said, is_told, keys_of, model_beside, said_beside
from annodesk.services.said_beside import Beside as TaskBeside
from annodesk.store import figures, items, journal, projects, takedown, tasks

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

MOST_LOOKED_AT = 1_000
"""So many items that a value counts are looked at, the newest, to find places in them."""
THE_MODEL = "the model"
ENOUGH_LOOKED_AT, ENOUGH_DIFFER = 200, 12
"""Of a list that is full so many items more are looked at, until so many of its places differ."""
REFERENCES = "What was said at reference items is for the analysts of a project: ask one of them."
NOTHING_COUNTED = "No item counts there that is in your sight: choose another value, or look again later."
NOTHING_SAID = "Nobody marked anything there, or it is out of your sight: choose another value."
_MISSED_BY = 1e-9

_Found = tuple[bool, Place]
"""Whether two things are said at a place, and the place."""


class FoundClips(Struct, frozen=True):
    """Places to be heard, of each item one; ``items`` is how many were looked at, ``reason`` says why there is none."""

    places: tuple[Place, ...] = ()
    items: int = 0
    reason: str = ""


def clips_behind(
    desk: Desk,
    sync: Sync,
    project_id: str,
    person_id: str,
    behind: Behind,
    part: str = "",
    label: str = "",
    *,
    cancel: CancelToken | None = None,
) -> FoundClips:
    """One place of each item, of those where answers differ first; may read for long.

    In a team the server is asked, and notes that this person has seen others' work on what it shows.

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
    choice = _Choice(behind, [one for one in scored_parts(schema) if part in ("", one.name)], label)
    if desk.is_shared:

        def ask(team: Team) -> FoundClips:
            if not is_told(team):
                return FoundClips(reason=TOO_FEW)
            return gathered(_of_team(team, choice, desk.server_us(), cancel))

        return sync.with_team(ask)
    with desk.file.read() as db:
        return gathered(_here(db, choice, project_id, person_id, desk.server_us(), cancel))


def gathered(looked_at: Iterator[_Found | None]) -> FoundClips:
    """What is found in the items that are looked at, until it is enough; what differs comes first, and is kept."""
    differing: list[Place] = []
    alike: list[Place] = []
    count = 0
    for one in islice(looked_at, MOST_LOOKED_AT):
        count += 1
        if one is not None:
            (differing if one[0] else alike).append(one[1])
        is_enough = len(differing) >= ENOUGH_DIFFER or count >= ENOUGH_LOOKED_AT
        if len(differing) + len(alike) >= MOST_CLIPS and is_enough:
            break
    reason = "" if differing or alike else NOTHING_SAID if count else NOTHING_COUNTED
    return FoundClips((*differing, *alike)[:MOST_CLIPS], count, reason)


def _of_team(team: Team, choice: _Choice, now_us: int, cancel: CancelToken | None) -> Iterator[_Found | None]:
    """Of each item that counts the place that is heard, as the server shows it."""
    behind = choice.behind
    are_references = behind.beside is Beside.REFERENCE
    ids = _references(team, behind) if are_references else items_behind_of_team(team, behind, cancel=cancel)
    while page := list(islice(ids, ITEMS_AT_ONCE)):
        keys = keys_of(team, page)
        by_item: defaultdict[str, list[TaskBeside]] = defaultdict(list)
        for task in said_beside(team, list(keys), are_references=are_references, cancel=cancel):
            if are_references:
                task.said = [one for one in task.said if behind.counts({f"{behind.name}:{one.day}": (1, 0)}, now_us)]
            if task.said or not are_references:
                by_item[task.item_id].append(task)
        if behind.beside is Beside.MODEL:
            models = model_beside(team, list(keys))
            for task in (one for found in by_item.values() for one in found):
                task.stands = models.get(task.task_id)
        for item_id in page:
            if item_id in by_item or not are_references:
                yield choice.place(keys.get(item_id, ""), by_item[item_id])


def _references(team: Team, behind: Behind) -> Iterator[str]:
    """The reference items of the value that a chart is told of; a server counts none of them."""
    known, where = references_in_team.newest(team), behind.where
    if where is None:
        return iter(known)
    values = references_in_team.values_of(team, where.field, known)
    return (item_id for item_id in known if values.get(item_id) == where.value)


def _here(
    db: Connection, choice: _Choice, project_id: str, person_id: str, now_us: int, cancel: CancelToken | None
) -> Iterator[_Found | None]:
    """The same of this file."""
    hidden = blind_items(db, project_id, person_id)
    for item_id in items_behind(db, project_id, choice.behind, now_us, cancel=cancel):
        if cancel is not None:
            cancel.check()
        if item_id in hidden or takedown.taken_down(db, [item_id]):
            yield None
            continue
        stages = tasks.tasks_of_item(db, item_id, Stage.ANNOTATE)
        told = [_beside_here(db, choice.behind.beside, task, stages) for task in stages]
        yield choice.place(items.get_item(db, item_id).key, told)


def _beside_here(db: Connection, beside: Beside, task: Task, stages: Sequence[Task]) -> TaskBeside:
    """What people said on a task, and what it is held against: what stands, the model's answer or a reference's."""
    said = [
        Said(LETTERS[number % 26], one.aided, 0, one.annotations)
        for number, one in enumerate(countable_sets(db, task.id))
    ]
    if beside is Beside.MODEL:
        known = model_set(db, task.id)
    elif beside is Beside.REFERENCE:
        found: dict[str, CountableSet] = reference_answers(db, task.item_id, stages, journal)[0]
        known = found[task.id].annotations if task.id in found else None
    else:
        standing = figures.standing_of(db, task.id)
        known = None if standing is None else journal.set_at(db, *standing)
    return TaskBeside(task.item_id, task.id, task.end_us - task.start_us, known, said)


class _Choice:
    """Finds the one place of an item that is heard."""

    def __init__(self, behind: Behind, parts: Sequence[Part], label: str) -> None:
        self.behind, self._parts, self._label = behind, parts, label

    def place(self, key: str, told: Sequence[TaskBeside]) -> _Found | None:
        """Whether two things are said there, and the place.

        What differs comes before what is alike, what is heard before what is read, and then the longest.
        """
        best: tuple[tuple[bool, bool, bool, int], Place] | None = None
        for task in told:
            for answered, other in self._pairs(key, task):
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
        return differs, replace(found, set_id="") if self.behind.beside is Beside.MODEL else found

    def _is_asked(self, place: Place) -> bool:
        if self.behind.probability is not None and self._label not in place.said.split(" + "):
            return False
        return not self._label or self._label in (*place.stands.split(" + "), *place.said.split(" + "))

    def _pairs(self, key: str, task: TaskBeside) -> Iterator[tuple[Answered, str]]:
        """What is held against what on a task, and by which letter the first is called; empty where it stands."""
        about, known = (task.item_id, key, task.task_id, task.length_us), task.stands
        if self.behind.beside is Beside.MODEL:
            if known is not None:
                told = _told_with(known, self.behind.probability)
                for one in task.said:
                    if not one.aided:
                        yield Answered(*about, one.annotations, (told,), (THE_MODEL,)), one.letter
        elif known is not None:
            given = [one for one in task.said if one.annotations.id != known.id] or task.said
            yield Answered(*about, known, tuple(o.annotations for o in given), tuple(o.letter for o in given)), ""
        elif self.behind.beside is Beside.PEOPLE:
            pairs = [(a, b) for a, b in combinations(task.said, 2) if not (a.aided and b.aided)]
            for one, other in pairs or [(one, one) for one in task.said]:
                yield Answered(*about, one.annotations, (other.annotations,), (other.letter,)), one.letter


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
