"""Places of a project whose answer stands and may teach the model: which of them there are, and what is known of each.

Left out is what would tell somebody more than they may know, or tell the model its own words (rules 7 and 8): hidden
references, items that somebody still works on, what the machine settled, and answers that were taken in bulk alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import AnnodeskError
from annodesk.model.annotations import (
    CHECKED_NONE,
    NOT_SURE,
    AnnotationSet,
    Answer,
    OriginKind,
    Segment,
    Suggestion,
)
from annodesk.model.outcomes import excludes_item
from annodesk.model.schema import Question, Tier
from annodesk.model.work import SettledBy, Stage, Task
from annodesk.services.contents import moment_stretches
from annodesk.services.independence import countable_sets
from annodesk.services.opened import model_set
from annodesk.services.standing import standing_sets
from annodesk.store import items, settled, takedown, tasks

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.store.engine import Connection
    from annodesk.store.settled import Standing
    from annodesk.store.snapshots import Sets

MOST_ITEMS = 1_000
"""So many items are looked at, those people settled last; what was settled long ago was by older guidelines."""
MOST_EACH, MOST_PLACES = 60, 1_500
"""So many places are kept of one answer, and of all together; with more nothing is told apart better."""
_SAME_PLACE = 0.5
_AT_ONCE = 200


class SettledPlace(Struct, frozen=True):
    """A place whose answer stands.

    Parameters
    ----------
    labels : the answer; of a question of several labels none of them may be it
    independent : what somebody answered there who had not seen what the model says; None where nobody did
    by_model : what the model said there last; None where it said nothing
    """

    item: Item
    task: Task
    start_us: int
    end_us: int
    labels: tuple[str, ...]
    independent: tuple[str, ...] | None = None
    by_model: Suggestion | None = None


def settled_places(
    db: Connection, project_id: str, part: Tier | Question, labels: Sequence[str], sets: Sets
) -> list[SettledPlace]:
    """Settled places of a tier, or answers to a question, that say something of some labels; newest items first."""
    known = frozenset(labels)
    found: list[SettledPlace] = []
    counts: Counter[tuple[str, ...]] = Counter()
    ids = settled.newest_by_people(db, project_id, MOST_ITEMS)
    for first in range(0, len(ids), _AT_ONCE):
        before, offered = len(found), 0
        page = teaching(db, ids[first : first + _AT_ONCE])
        about = {item.id: item for item in items.list_items(db, project_id, among=page)}
        for item_id in page:
            if item_id not in about:
                continue
            try:
                of_item = list(_of_item(db, about[item_id], part, sets))
            except AnnodeskError:  # a set that cannot be understood: the coordinator says so
                continue
            for place in of_item:
                if not known >= set(place.labels):
                    continue
                offered += 1
                if counts[place.labels] < MOST_EACH:
                    counts[place.labels] += 1
                    found.append(place)
            if len(found) >= MOST_PLACES:
                return found[:MOST_PLACES]
        if offered and len(found) == before:
            break  # of every answer that is still given there are enough
    return found


def teaching(db: Connection, item_ids: Sequence[str]) -> list[str]:
    """Those of some settled items that may teach."""
    gone = settled.hidden_among(db, item_ids) | settled.held_among(db, item_ids) | takedown.taken_down(db, item_ids)
    return [item_id for item_id in item_ids if item_id not in gone]


def may_still_teach(db: Connection, item_ids: Iterable[str]) -> bool:
    """Whether all of some items that were read before may teach as they did: since then none was taken out."""
    ids = sorted(set(item_ids))
    pages = [ids[first : first + _AT_ONCE] for first in range(0, len(ids), _AT_ONCE)]
    return all(len(teaching(db, page)) == len(page) == len(settled.settled_among(db, page)) for page in pages)


def _of_item(db: Connection, item: Item, part: Tier | Question, sets: Sets) -> Iterable[SettledPlace]:
    stages = tasks.tasks_of_item(db, item.id, Stage.ANNOTATE)
    stands = settled.standing(db, [task.id for task in stages])
    for task in stages:
        standing = stands.get(task.id)
        if standing is None or standing.settled_by is SettledBy.MACHINE:
            continue
        answer = sets.set_at(db, standing.set_id, standing.head)
        if excludes_item(answer):
            continue
        own = [one for one in standing_sets(db, task.id, sets=sets) if one.id != answer.id]
        unaided = [one.annotations for one in countable_sets(db, task.id, sets=sets) if not one.aided]
        model = model_set(db, task.id, sets)
        for start_us, end_us, labels, origin in _said(answer, part, task):
            where = (start_us, end_us)
            if not _was_meant(origin, own, part, task, where, labels):
                continue
            by_themselves = _independent(unaided, standing, part, task, where, labels)
            by_model = _suggested(model, part, where)
            yield SettledPlace(item, task, *_heard(where, task), labels, by_themselves, by_model)


_Said = tuple[int, int, tuple[str, ...], OriginKind]


def _said(annotations: AnnotationSet, part: Tier | Question, task: Task) -> list[_Said]:
    """What a set says on a part: where, which labels, and how that came to be."""
    if isinstance(part, Tier):
        return [_of_segment(one) for one in annotations.segments(part.name) if one.labels]
    answer = annotations.answer(part.name)
    labels = None if answer is None else _labels_of(answer)
    if answer is None or labels is None:
        return []
    return [(task.start_us, task.end_us, labels, answer.origin.kind)]


def _of_segment(one: Segment) -> _Said:
    return one.start_us, one.end_us, tuple(sorted(one.labels)), one.origin.kind


def _labels_of(answer: Answer) -> tuple[str, ...] | None:
    """An answer as labels; None where it is none: not sure, or not chosen from a list."""
    value = answer.value
    if value == NOT_SURE or value is None:
        return None
    if value == CHECKED_NONE:
        return ()
    return tuple(sorted(str(one) for one in value)) if isinstance(value, tuple | list) else (str(value),)


def _was_meant(
    origin: OriginKind,
    sides: Sequence[AnnotationSet],
    part: Tier | Question,
    task: Task,
    where: tuple[int, int],
    labels: tuple[str, ...],
) -> bool:
    """Whether somebody gave just this answer: not taken with many others, nor made of such answers alone."""
    if origin in (OriginKind.BULK, OriginKind.MODEL):
        return False
    if origin is not OriginKind.CONSENSUS:
        return True
    alike = [one for side in sides for one in _said(side, part, task) if one[2] == labels and _is_there(one, where)]
    return not alike or any(one[3] is not OriginKind.BULK for one in alike)


def _independent(
    unaided: Sequence[AnnotationSet],
    standing: Standing,
    part: Tier | Question,
    task: Task,
    where: tuple[int, int],
    labels: tuple[str, ...],
) -> tuple[str, ...] | None:
    """What is held against the model there: an analyst's ruling on unaided answers, else the first of these."""
    for side in unaided:
        for one in _said(side, part, task):
            if _is_there(one, where):
                return labels if standing.settled_by is SettledBy.ADJUDICATION else one[2]
    return None


def _is_there(said: _Said, where: tuple[int, int]) -> bool:
    start, end = said[:2]
    both = min(end, where[1]) - max(start, where[0])
    either = max(end, where[1]) - min(start, where[0])
    return (start, end) == where or (both > 0 and both >= _SAME_PLACE * either)


def _heard(where: tuple[int, int], task: Task) -> tuple[int, int]:
    """What there is to hear of a place: of a moment what comes after it, as where the model is asked about one."""
    return where if where[0] < where[1] else moment_stretches([where[0]], task.end_us)[0]


def _suggested(model: AnnotationSet | None, part: Tier | Question, where: tuple[int, int]) -> Suggestion | None:
    """What the model said at a place."""
    if model is None:
        return None
    if isinstance(part, Question):
        answer = model.answer(part.name)
        return None if answer is None else answer.origin.suggestion
    for one in model.segments_in(part.name, *where):
        if _is_there(_of_segment(one), where):
            return one.origin.suggestion
    return None
