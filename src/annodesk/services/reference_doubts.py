"""Settled references that so many miss that their own answer is in doubt: held against nobody until confirmed anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.work import Batch, Stage
from annodesk.services.accuracy import Known, Source, held_against
from annodesk.services.independence import countable_sets
from annodesk.services.references import reference_answers
from annodesk.store import tasks
from annodesk.workflow.escalation import thresholds
from annodesk.workflow.references import is_in_doubt

if TYPE_CHECKING:
    from annodesk.store.engine import Connection
    from annodesk.store.projects import ProjectVersion
    from annodesk.store.snapshots import Sets


class Doubt(Struct, frozen=True):
    """How many people missed a reference, of those who answered it."""

    item_id: str
    missed: int
    answered: int


def doubt_of(
    db: Connection, version: ProjectVersion, batches: Mapping[str, Batch], item_id: str, sets: Sets
) -> Doubt | None:
    """Whether a reference that stands is to be looked at itself; None where it is none, or is met by enough.

    It counts what was first handed in since it was confirmed, by people who knew nothing of its answer.
    """
    stages = tasks.tasks_of_item(db, item_id, Stage.ANNOTATE)
    answers, since_us = reference_answers(db, item_id, stages, sets)
    right: dict[str, bool] = {}
    limits = None
    for task in (task for task in stages if task.id in answers):
        limits = thresholds(version.project, batches.get(task.batch_id or ""))
        found = countable_sets(db, task.id, sets=sets)
        first = tasks.first_submissions(db, [one.set_id for one in found]) if found else {}
        given = [(one, first[one.set_id].made_at_us) for one in found if first[one.set_id].made_at_us > since_us]
        known = Known(item_id, task.id, task.batch_id or "", Source.HIDDEN, answers[task.id], given)
        for one in held_against(version.project.schema, known, limits):
            right[one.person_id] = right.get(one.person_id, True) and one.is_right
    if limits is None:
        return None
    missed = sum(not is_right for is_right in right.values())
    is_doubted = is_in_doubt(missed, len(right), by=limits.missed_by, share=limits.missed_share)
    return Doubt(item_id, missed, len(right)) if is_doubted else None
