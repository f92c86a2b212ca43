"""Rows only the coordinator writes: item states, scores, escalations, settlements; and comments beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, bindparam, func, select, update

from annodesk.model.annotations import AuthorKind
from annodesk.model.ids import new_id
from annodesk.model.work import Comment, Escalation, ItemState, Reason, Role, SettledBy, SlotState, Stage
from annodesk.store import changed, facts, state_changes
from annodesk.store import tables as t
from annodesk.store.local_tables import figure, journal

REVIEW_TIME = "review time"
"""A team's figure: how many reviews were handed in, and the seconds of work on them."""

LABEL_TIME, LABEL_TIME_SQUARED = "label time", "label time squared"
"""A team's figures: items that were handed in with the seconds of work on them, and those squared, in hundredths."""


class Score(Struct, frozen=True):
    """One score of an item, by its ``scope``.

    ``item``: as a whole; ``part`` and ``label``; ``pair``: of two sets that count; ``aided`` and ``aided pair``: of
    sets that both had suggestions in view; ``model`` and ``reference``: of a set and the model's, or a reference's
    answer (``set_b``); ``left out``: what two sets were not compared on.
    """

    item_id: str
    scope: str
    part: str
    metric: str
    value: float | None
    n: int
    code_version: str
    task_id: str | None = None
    label: str | None = None
    set_a: str | None = None
    set_b: str | None = None
    head_a: str | None = None
    head_b: str | None = None


class Settlement(Struct, frozen=True):
    """Whose answer stands for a task, and why."""

    task_id: str
    set_id: str
    head: str | None
    settled_by: SettledBy
    made_at_us: int


def set_item_state(db: Connection, item_id: str, state: ItemState, by: str, now_us: int) -> None:
    """Move an item to a state and write the move into the history."""
    before = db.execute(select(t.item_state.c.state).where(t.item_state.c.item_id == item_id)).scalar_one()
    if before == state.value:
        return
    values = {"state": state.value, "changed_at_us": now_us}
    db.execute(update(t.item_state).where(t.item_state.c.item_id == item_id).values(**values))
    state_changes.note_state(db, "item", item_id, before, state.value, by, now_us)
    changed.note_item(db, item_id)


def item_state(db: Connection, item_id: str) -> ItemState:
    """Where an item stands."""
    return ItemState(db.execute(select(t.item_state.c.state).where(t.item_state.c.item_id == item_id)).scalar_one())


def state_since(db: Connection, item_id: str) -> int:
    """Since when an item stands where it stands."""
    found = db.execute(select(t.item_state.c.changed_at_us).where(t.item_state.c.item_id == item_id)).scalar_one()
    return int(found)


_NO_LONGER = (
    update(t.score)
    .where(t.score.c.item_id == bindparam("item"), t.score.c.is_current.is_(True))
    .values(is_current=False)
)


def replace_scores(db: Connection, item_id: str, scores: Iterable[Score], project_version: int, now_us: int) -> None:
    """Make these, by the rules of a project version, an item's current scores; earlier ones stay as history."""
    db.execute(_NO_LONGER, {"item": item_id})
    changed.note_item(db, item_id)
    rows = [
        {
            "id": new_id(),
            "item_id": s.item_id,
            "task_id": s.task_id,
            "scope": s.scope,
            "part": s.part,
            "label": s.label,
            "metric": s.metric,
            "set_a": s.set_a,
            "set_b": s.set_b,
            "head_a": s.head_a,
            "head_b": s.head_b,
            "value": s.value,
            "n": s.n,
            "project_version": project_version,
            "code_version": s.code_version,
            "is_current": True,
            "made_at_us": now_us,
        }
        for s in scores
    ]
    if rows:
        db.execute(t.score.insert(), rows)


def current_scores(db: Connection, project_id: str, *, scope: str | None = None) -> list[Score]:
    """Current scores of a project's items."""
    query = (
        select(t.score).join(t.item).where(t.item.c.project_id == project_id, t.score.c.is_current.is_(True))
    ).order_by(t.score.c.id)
    if scope is not None:
        query = query.where(t.score.c.scope == scope)
    return [_to_score(row) for row in db.execute(query)]


def past_scores(db: Connection, project_id: str) -> list[tuple[str, str, str, str | None, float, int]]:
    """Item, scope, part, label, value and time of every part's and label's current score in a project."""
    table = t.score.c
    told = table.is_current.is_(True) & table.scope.in_(["part", "label"]) & table.value.is_not(None)
    query = select(table.item_id, table.scope, table.part, table.label, table.value, table.made_at_us)
    rows = db.execute(query.join(t.item).where(t.item.c.project_id == project_id, told).order_by(table.id))
    return [tuple(row) for row in rows]


def add_escalation(db: Connection, escalation: Escalation, task_id: str | None, now_us: int) -> None:
    """Put a reason for review beside an item."""
    db.execute(
        t.escalation.insert().values(
            id=escalation.id,
            item_id=escalation.item_id,
            task_id=task_id,
            reason=escalation.reason.value,
            culprit=escalation.culprit,
            value=escalation.value,
            threshold=escalation.threshold,
            evidence=dict(escalation.evidence),
            made_at_us=now_us,
        )
    )
    changed.note_item(db, escalation.item_id)


def open_escalations(
    db: Connection, project_id: str, *, among: Collection[str] | None = None
) -> dict[str, list[tuple[Escalation, int]]]:
    """Open escalations by item id (of some items), each with the time it was raised."""
    query = select(t.escalation).join(t.item)
    query = query.where(t.item.c.project_id == project_id, t.escalation.c.closed_at_us.is_(None))
    if among is not None:
        query = query.where(t.escalation.c.item_id.in_(sorted(among)))
    rows = db.execute(query.order_by(t.escalation.c.id))
    found: dict[str, list[tuple[Escalation, int]]] = {}
    for row in rows:
        found.setdefault(row.item_id, []).append((_to_escalation(row), row.made_at_us))
    return found


def flagged(db: Connection, project_id: str) -> list[tuple[Escalation, int]]:
    """What was ever flagged or opened again by somebody, each with the time, oldest first."""
    query = select(t.escalation).join(t.item)
    query = query.where(t.item.c.project_id == project_id, t.escalation.c.reason == Reason.FLAGGED)
    rows = db.execute(query.order_by(t.escalation.c.made_at_us, t.escalation.c.id))
    return [(_to_escalation(row), row.made_at_us) for row in rows]


def count_escalated(db: Connection, project_id: str) -> int:
    """How many items of a project have ever been escalated."""
    query = select(t.escalation.c.item_id).join(t.item).where(t.item.c.project_id == project_id).distinct()
    return len(db.execute(query).all())


def close_escalations(db: Connection, item_id: str, now_us: int) -> None:
    """Mark an item's escalations as dealt with."""
    where = (t.escalation.c.item_id == item_id) & t.escalation.c.closed_at_us.is_(None)
    db.execute(update(t.escalation).where(where).values(closed_at_us=now_us))
    changed.note_item(db, item_id)


def settle(db: Connection, settlement: Settlement) -> None:
    """Let a set's answer stand for its task; an earlier answer stays as history."""
    db.execute(update(t.settlement).where(t.settlement.c.task_id == settlement.task_id).values(stands=False))
    db.execute(
        t.settlement.insert().values(
            id=new_id(),
            task_id=settlement.task_id,
            set_id=settlement.set_id,
            head=settlement.head,
            settled_by=settlement.settled_by.value,
            stands=True,
            made_at_us=settlement.made_at_us,
        )
    )
    changed.note_task(db, settlement.task_id)


def settlements(db: Connection, project_id: str) -> dict[str, Settlement]:
    """What stands, by task id."""
    rows = db.execute(
        select(t.settlement).join(t.task).where(t.task.c.project_id == project_id, t.settlement.c.stands.is_(True))
    )
    return {r.task_id: Settlement(r.task_id, r.set_id, r.head, SettledBy(r.settled_by), r.made_at_us) for r in rows}


def standing_of(db: Connection, task_id: str) -> tuple[str, str | None] | None:
    """The set, and its head, that stands for a task; None where nothing does."""
    where = (t.settlement.c.task_id == task_id) & t.settlement.c.stands.is_(True)
    row = db.execute(select(t.settlement.c.set_id, t.settlement.c.head).where(where)).first()
    return None if row is None else (row.set_id, row.head)


def settled_tasks(db: Connection, task_ids: Iterable[str]) -> set[str]:
    """Those of some tasks that have an answer."""
    where = t.settlement.c.task_id.in_(list(task_ids)) & t.settlement.c.stands.is_(True)
    return set(db.execute(select(t.settlement.c.task_id).where(where)).scalars())


class TeamFigures(Struct, frozen=True):
    """What the coordinator of a team counted: items by state, done by people, agreement of the whole and parts.

    Parameters
    ----------
    agreement : mean over scored items, None where there is none
    parts : mean and number of items by tier, question or span type
    at_us : when it was counted
    """

    items: Mapping[str, int]
    done: int
    agreement: float | None
    scored: int
    parts: Mapping[str, tuple[float, int]]
    at_us: int


def team_figures(db: Connection, project_id: str) -> TeamFigures | None:
    """The team's figures that are here; None where nobody has counted, or this person may not see them."""
    if not _is_of_team(db, project_id):
        return None
    names = ("items", "done", "agreement", "agreement of part")
    rows = db.execute(select(figure).where(figure.c.project_id == project_id, figure.c.name.in_(names))).all()
    if not rows:
        return None
    by_name: dict[str, dict[str, Row[Any]]] = {}
    for row in rows:
        by_name.setdefault(row.name, {})[row.part] = row
    whole, done = by_name.get("agreement", {}).get(""), by_name.get("done", {}).get("")
    parts = by_name.get("agreement of part", {})
    return TeamFigures(
        {part: row.n for part, row in by_name.get("items", {}).items()},
        0 if done is None else done.n,
        None if whole is None else mean_of(whole.n, whole.total),
        0 if whole is None else whole.n,
        {part: (mean_of(row.n, row.total), row.n) for part, row in parts.items()},
        max(row.computed_at_us for row in rows),
    )


def _is_of_team(db: Connection, project_id: str) -> bool:
    """Whether a team's coordinator counts for this file, and this person may see what."""
    known = select(figure.c.name).where(figure.c.project_id == project_id).limit(1)
    return facts.joined(db) is not None and db.execute(known).first() is not None


def review_us(db: Connection, project_id: str) -> float | None:
    """Mean working time of a review, None where none was handed in: as the team counts it, or from this file's own."""
    counted = figure.c.project_id == project_id
    if _is_of_team(db, project_id):
        row = db.execute(select(figure.c.n, figure.c.total).where(counted, figure.c.name == REVIEW_TIME)).first()
        return None if row is None or not row.n else row.total / row.n
    handed_in = select(t.submission.c.set_id).where(t.submission.c.set_id == t.annotation_set.c.id).exists()
    mine = (t.annotation_set.c.project_id == project_id) & handed_in
    reviews = select(t.annotation_set.c.id).where(mine, t.annotation_set.c.author_kind == AuthorKind.ADJUDICATOR.value)
    query = select(func.count(journal.c.set_id.distinct()), func.sum(journal.c.elapsed_us))
    n, total = db.execute(query.where(journal.c.set_id.in_(reviews))).one()
    return total / n if n and total else None  # no time at all is kept where a project keeps none


def label_times(db: Connection, project_id: str) -> tuple[int, float, float] | None:
    """Items that people have labelled, the seconds of work on them, and the sum of those squared.

    As the team counts them, or from this file's own; None where there are none.
    """
    counted = figure.c.project_id == project_id
    if _is_of_team(db, project_id):
        names = (LABEL_TIME, LABEL_TIME_SQUARED)
        rows = {row.name: row for row in db.execute(select(figure).where(counted, figure.c.name.in_(names)))}
        if len(rows) < len(names):
            return None
        return rows[LABEL_TIME].n, rows[LABEL_TIME].total / 1e6, rows[LABEL_TIME_SQUARED].total / 100
    held = t.claim.join(t.task, t.task.c.id == t.claim.c.task_id).join(journal, journal.c.set_id == t.claim.c.set_id)
    held = held.join(t.item_state, t.item_state.c.item_id == t.task.c.item_id)
    mine = (t.claim.c.project_id == project_id) & (t.claim.c.state == SlotState.SUBMITTED.value)
    done = t.item_state.c.state.in_([ItemState.ESCALATED.value, ItemState.SETTLED.value])
    labelled = mine & done & (t.task.c.stage == Stage.ANNOTATE.value)
    query = select(func.sum(journal.c.elapsed_us)).select_from(held).where(labelled)
    spent = [one / 1e6 for one in db.execute(query.group_by(t.task.c.item_id)).scalars() if one]
    return (len(spent), sum(spent), sum(one * one for one in spent)) if spent else None


def mean_of(n: int, total: int) -> float:
    """The mean of n values whose sum is kept in millionths."""
    return round(total / n / 1_000_000, 6)


def add_comment(db: Connection, comment: Comment) -> None:
    """Put a comment beside a set."""
    db.execute(
        t.comment.insert().values(
            id=comment.id,
            set_id=comment.set_id,
            author_id=comment.author_id,
            text=comment.text,
            time_us=comment.time_us,
            element_id=comment.element_id,
            is_resolved=comment.is_resolved,
            made_at_us=comment.made_at_us,
            text_at=comment.text_at,
        )
    )


def resolve_comment(db: Connection, comment_id: str, *, is_resolved: bool) -> str | None:
    """Mark a comment as dealt with, or no longer; returns its set, None where there is no such comment."""
    where = t.comment.c.id == comment_id
    db.execute(update(t.comment).where(where).values(is_resolved=is_resolved))
    return db.execute(select(t.comment.c.set_id).where(where)).scalar()


def comments_of(db: Connection, set_id: str) -> list[Comment]:
    """Comments on a set, oldest first."""
    rows = db.execute(select(t.comment).where(t.comment.c.set_id == set_id).order_by(t.comment.c.id))
    return [_to_comment(row) for row in rows]


def comments_for(db: Connection, project_id: str, person_id: str) -> list[tuple[Comment, str]]:
    """What others said beside a person's own answers, each with its item, oldest first; without pins."""
    mine = t.comment.join(t.claim, t.claim.c.set_id == t.comment.c.set_id)
    mine = mine.join(t.task, t.task.c.id == t.claim.c.task_id)
    where = (t.claim.c.project_id == project_id) & (t.claim.c.person_id == person_id)
    others = t.comment.c.author_id.not_in([person_id, Role.ANALYST.value])
    query = select(t.comment, t.task.c.item_id).select_from(mine).where(where, others).order_by(t.comment.c.id)
    return [(_to_comment(row), row.item_id) for row in db.execute(query)]


def _to_comment(r: Row[Any]) -> Comment:
    return Comment(r.id, r.set_id, r.author_id, r.text, r.time_us, r.element_id, r.is_resolved, r.made_at_us, r.text_at)


def _to_score(row: Row[Any]) -> Score:
    return Score(
        row.item_id,
        row.scope,
        row.part,
        row.metric,
        row.value,
        row.n,
        row.code_version,
        row.task_id,
        row.label,
        row.set_a,
        row.set_b,
        row.head_a,
        row.head_b,
    )


def _to_escalation(row: Row[Any]) -> Escalation:
    evidence: Mapping[str, Any] = row.evidence
    return Escalation(row.id, row.item_id, Reason(row.reason), row.culprit, row.value, row.threshold, evidence)
