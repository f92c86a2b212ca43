"""Reference items: the answer each was confirmed with, and how answers given since then agree with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from annodesk.model.outcomes import outcomes_in
from annodesk.quality.agreement import CountableSet, PairScore, TaskSets, score_beside
from annodesk.quality.outcomes import against_reference
from annodesk.store import figures, journal, projects, settled, tasks
from annodesk.store.settled import Reference
from annodesk.workflow.escalation import ReferenceMiss, thresholds

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema
    from annodesk.model.work import Task
    from annodesk.store.engine import Connection
    from annodesk.store.figures import Score
    from annodesk.store.snapshots import Sets

NEVER = Reference(None, -1)
REFERENCE = "reference"
"""The scope of what was held against a reference."""


def reference_answers(
    db: Connection, item_id: str, stages: Sequence[Task], sets: Sets
) -> tuple[dict[str, CountableSet], int]:
    """The answer of a reference item by task, and since when it is one; nothing where the item is none.

    The same is looked up for any item.
    """
    known, found = settled.reference_of(db, item_id), {}
    for task in stages:
        answer = settled.confirmed_answer(db, task.id, known or NEVER, is_whole=len(stages) == 1)
        if answer is not None:
            set_id, head = answer
            found[task.id] = CountableSet(set_id, head, sets.set_at(db, set_id, head), aided=False)
    return found, 0 if known is None else known.made_at_us


def score_references(
    schema: LabelSchema,
    found: Sequence[TaskSets],
    beside: Mapping[str, CountableSet],
    *,
    versions: Mapping[int, LabelSchema] | None = None,
) -> tuple[PairScore, ...]:
    """How each set agrees with its task's reference; where that has no one answer, as `against_reference` says."""
    if not any(outcomes_in(one.annotations) for one in beside.values()):
        return score_beside(schema, found, beside, versions=versions)
    rows: list[PairScore] = []
    for task in found:
        other = beside.get(task.task_id)
        for one in task.sets if other is not None else ():
            assert other is not None
            pair = against_reference(other.annotations, one.annotations)
            if pair is not None:
                known, given = (replace(a, annotations=b) for a, b in zip((other, one), pair, strict=True))
                rows += score_beside(schema, [replace(task, sets=(given,))], {task.task_id: known}, versions=versions)
    return tuple(rows)


def stand_ins(db: Connection, found: Sequence[TaskSets], sets: Sets) -> dict[str, CountableSet]:
    """What an item that is no reference is compared with, for nothing: so it takes as long as one."""
    first = [(task.task_id, task.sets[0]) for task in found if task.sets]
    return {task_id: replace(one, annotations=sets.set_at(db, one.set_id, one.head)) for task_id, one in first}


def without_references(rows: Sequence[Score]) -> list[Score]:
    """An item's scores once its reference is in doubt: nobody has missed anything, and as many rows as before."""
    return [replace(row, value=None, n=0, set_b=None, head_b=None) if row.scope == REFERENCE else row for row in rows]


def missed_by(db: Connection, project_id: str, person_id: str) -> tuple[int, int]:
    """How many answers of a person could be held against a reference, and how many of them missed it.

    One whose reference came into doubt counts in neither.
    """
    limits, sets = thresholds(projects.get_version(db, project_id).project), set[str]()
    missed: set[str] = set()
    for row in figures.current_scores(db, project_id, scope=REFERENCE):
        if row.value is None or row.set_a is None or journal.header(db, row.set_a).author.id != person_id:
            continue
        sets.add(row.set_a)
        if row.value < limits.reference_below(row.part, row.label):
            missed.add(row.set_a)
    return len(sets), len(missed)


def since_confirmed(
    db: Connection, rows: Sequence[PairScore], people: Mapping[str, str], since_us: int
) -> tuple[list[PairScore], tuple[ReferenceMiss, ...]]:
    """Of how sets agree with a reference what counts: answers first handed in since it is one.

    What the reference was made of is no answer to it.

    Parameters
    ----------
    people : who made each set
    """
    first = tasks.first_submissions(db, sorted({row.set_a for row in rows})) if rows else {}
    counted = [row for row in rows if first[row.set_a].made_at_us > since_us]
    return counted, tuple(ReferenceMiss(people[row.set_a], row.part, row.label, row.value) for row in counted)
