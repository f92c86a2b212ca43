"""What the model has said so far of a project in the local file: of how many items, and how sure it was."""

from __future__ import annotations

from sqlalchemy import Connection, Float, case, exists, func, select, type_coerce

from annodesk.model.annotations import AuthorKind
from annodesk.model.work import Stage
from annodesk.store import tables as t
from annodesk.store.local_tables import element

_TASK, _SET = t.task.c, t.annotation_set.c


def answered_items(db: Connection, project_id: str) -> dict[str, bool]:
    """Items that have something to label, and whether the model has answered every task of each."""
    answered = exists(select(_SET.id).where(_SET.task_id == _TASK.id, _SET.author_kind == AuthorKind.MODEL))
    rows = db.execute(
        select(_TASK.item_id, func.min(case((answered, 1), else_=0)))
        .where(_TASK.project_id == project_id, _TASK.stage == Stage.ANNOTATE)
        .group_by(_TASK.item_id)
    )
    return {item_id: bool(whole) for item_id, whole in rows}


def probabilities(db: Connection, project_id: str) -> list[float]:
    """How sure the model was of each thing it said, in its newest answer to each task."""
    newest_first = func.row_number().over(partition_by=_SET.task_id, order_by=(_SET.made_at_us.desc(), _SET.id.desc()))
    ranked = (
        select(_SET.id, newest_first.label("place"))
        .where(_SET.project_id == project_id, _SET.author_kind == AuthorKind.MODEL)
        .subquery()
    )
    said = type_coerce(func.json_extract(element.c.body, "$.origin.suggestion.probability"), Float)
    rows = db.execute(
        select(said).join(ranked, ranked.c.id == element.c.set_id).where(ranked.c.place == 1, said.is_not(None))
    )
    # A row that another hand has made may say anything.
    return [value for value in rows.scalars() if isinstance(value, float | int) and 0 <= value <= 1]
