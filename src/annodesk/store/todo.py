"""What there is to do for the workers of a team, taken so that no two do the same; and what they tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Text, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from annodesk.model.annotations import AnnotationSet, AuthorKind
from annodesk.model.work import BatchState, SettledBy, SlotState, Stage
from annodesk.store import shared_tables as s
from annodesk.store import tables as t
from annodesk.store import wakes
from annodesk.store.security import WORKER
from annodesk.store.snapshots import body_of

ANALYSTS, MANAGERS = "analysts", "managers"
"""Audiences of the feed beside single people."""

_DUE, _SLOT = s.due.c, s.metadata.tables["slot"].c


def begin(db: Connection, project_id: str) -> int:
    """Let this transaction work on one project; returns the database's time."""
    set_config = func.set_config("annodesk.project", bindparam("project", project_id, Text), True)
    return int(db.execute(select(set_config, func.annodesk.now_us())).one()[1])


def is_worker(db: Connection) -> bool:
    """Whether this login may do a worker's work."""
    return bool(db.execute(select(func.pg_has_role(WORKER, "member"))).scalar_one())


def published_projects(db: Connection) -> list[str]:
    """Projects that are worked on."""
    project = s.metadata.tables["project"].c
    return list(db.execute(select(project.id).where(project.is_published).order_by(project.id)).scalars())


def due_items(db: Connection, most: int) -> list[str]:
    """Items to be looked at, longest waiting first."""
    oldest = select(_DUE.id, _DUE.item_id).order_by(_DUE.id).limit(4 * most).subquery()
    rows = db.execute(select(oldest.c.item_id).group_by(oldest.c.item_id).order_by(func.min(oldest.c.id)))
    return list(rows.scalars())[:most]


def take_item(db: Connection, item_id: str) -> bool:
    """Have an item and the claims on it to oneself until the transaction ends; False where somebody else has them.

    Nothing waits: neither does a worker for a person, nor one for another.
    """
    item = select(t.item_state.c.item_id).where(t.item_state.c.item_id == item_id)
    if db.execute(item.with_for_update(key_share=True, skip_locked=True)).first() is None:
        return False
    # What is written from here on makes the item due anew.
    db.execute(delete(s.due).where(_DUE.item_id == item_id))
    tasks = select(t.task.c.id).where(t.task.c.item_id == item_id)
    claims = select(t.claim.c.id).where(t.claim.c.task_id.in_(tasks))
    taken = db.execute(claims.with_for_update(of=t.claim, read=True, skip_locked=True)).all()
    return len(taken) == len(db.execute(claims).all())


def make_due(db: Connection, item_ids: list[str]) -> None:
    """Have items looked at again."""
    if item_ids:
        db.execute(s.due.insert(), [{"item_id": item_id} for item_id in item_ids])


def take_duty(db: Connection, name: str, every_us: int, now_us: int) -> bool:
    """Whether a duty for the whole project is ours until the transaction ends: not done lately, and nobody at it."""
    duty = s.duty
    db.execute(insert(duty).values(name=name, done_at_us=0).on_conflict_do_nothing())
    found = select(duty.c.done_at_us).where(duty.c.name == name)
    done_at_us = db.execute(found.with_for_update(key_share=True, skip_locked=True)).scalar()
    if done_at_us is None or now_us - done_at_us < every_us:
        return False
    db.execute(update(duty).where(duty.c.name == name).values(done_at_us=now_us))
    return True


def open_tasks(db: Connection, most: int) -> list[str]:
    """Tasks with a free place in the order in which they are given out, of so many places."""
    batches = db.execute(
        select(t.batch.c.id)
        .where(t.batch.c.state == BatchState.OPEN.value)
        .order_by(t.batch.c.is_pilot.desc(), t.batch.c.priority.desc())
        .order_by(t.batch.c.deadline_us.nulls_last(), t.batch.c.id)
    )
    found: dict[str, None] = {}
    left = most
    for batch_id in batches.scalars().all():
        free = (_SLOT.stage == Stage.ANNOTATE.value) & (_SLOT.batch_id == batch_id) & _SLOT.claim_id.is_(None)
        rows = db.execute(select(_SLOT.task_id).where(free).order_by(_SLOT.rank, _SLOT.task_id).limit(left)).scalars()
        places = list(rows)
        found |= dict.fromkeys(places)
        left -= len(places)
        if left <= 0:
            break
    return list(found)


def free_expired(db: Connection, project_id: str, most: int) -> int:
    """Give back some of what nobody's lease holds any more; returns how many."""
    return int(db.execute(select(func.annodesk.free_expired(project_id, most))).scalar_one())


def tell(db: Connection, project_id: str, audience: str, kind: str, item_id: str | None, subject: str | None) -> None:
    """Write a pointer into the change feed for an audience."""
    words = [bindparam(None, word, Text) for word in (project_id, audience, kind, item_id, subject)]
    db.execute(select(func.annodesk.tell(*words)))


def number_feed(db: Connection, project_id: str) -> int:
    """Give committed rows of the feed their positions; call it in a transaction of its own."""
    return int(db.execute(select(func.annodesk.number_feed(project_id))).scalar_one())


def unheard(db: Connection) -> list[str]:
    """Audiences of what the feed has to tell and has not numbered yet; figures and offers wake nobody."""
    feed = s.feed.c
    quiet = feed.kind.in_(["figures", "offers"])
    return list(db.execute(select(feed.audience).where(feed.position.is_(None), ~quiet).distinct()).scalars())


def wake(db: Connection, project_id: str, audiences: Iterable[str]) -> None:
    """Wake workstations; call it in a transaction of its own, after what they are to find."""
    for audience in sorted(audiences):
        db.execute(select(func.pg_notify(wakes.channel(project_id, audience), "")))


def unlabelled(db: Connection, most: int) -> list[str]:
    """Tasks to label that the model has not answered."""
    by_model = t.annotation_set.c.author_kind == AuthorKind.MODEL.value
    answered = select(t.annotation_set.c.id).where(t.annotation_set.c.task_id == t.task.c.id, by_model).exists()
    query = select(t.task.c.id).where(t.task.c.stage == Stage.ANNOTATE.value, ~answered).order_by(t.task.c.id)
    return list(db.execute(query.limit(most)).scalars())


def unshown(db: Connection, most: int) -> list[str]:
    """Tasks that the model has answered and of whose answer nothing may be shown yet."""
    by_model = t.annotation_set.c.author_kind == AuthorKind.MODEL.value
    shown = select(s.suggestion.c.task_id).where(s.suggestion.c.task_id == t.annotation_set.c.task_id)
    query = select(t.annotation_set.c.task_id).where(by_model, ~shown.exists()).distinct().limit(most)
    return list(db.execute(query).scalars())


def show(db: Connection, task_id: str, annotations: AnnotationSet) -> None:
    """Let this of the model's answer be shown to those whose place on a task has suggestions."""
    body = {**body_of(annotations), "author": annotations.author.id}
    values = {"task_id": task_id, "set_id": annotations.id, "body": body, "digest": annotations.digest()}
    db.execute(insert(s.suggestion).values(**values).on_conflict_do_nothing())


def labellers_done(db: Connection, item_id: str) -> list[str]:
    """Who has handed in work on an item."""
    where = (t.task.c.item_id == item_id) & (t.claim.c.state == SlotState.SUBMITTED.value)
    query = select(t.claim.c.person_id).join(t.task).where(where, t.task.c.stage == Stage.ANNOTATE.value).distinct()
    return sorted(db.execute(query).scalars())


def shows_others(db: Connection) -> bool:
    """Whether those who labelled an item may see the others' work once it is settled."""
    return db.execute(select(s.project_rules.c.see_others)).scalar() == "settled"


def roll_up(db: Connection, now_us: int) -> bool:
    """Count the project anew into its figures; returns whether anything is different from before."""
    states = db.execute(select(t.item_state.c.state, func.count()).group_by(t.item_state.c.state))
    found: dict[tuple[str, str], tuple[float | None, int]] = {("items", row[0]): (None, row[1]) for row in states}
    stands = t.settlement.c.stands.is_(True)
    ways = db.execute(select(t.settlement.c.settled_by, func.count()).where(stands).group_by(t.settlement.c.settled_by))
    found |= {("settled by", SettledBy(row[0]).value): (None, row[1]) for row in ways}
    by_model = stands & (t.settlement.c.settled_by == SettledBy.MACHINE.value)
    if ("settled by", SettledBy.MACHINE.value) in found:
        alone = select(func.count(t.task.c.item_id.distinct())).join(t.settlement).where(by_model)
        found["by the model", ""] = (None, int(db.execute(alone).scalar_one()))
    part = func.coalesce(t.score.c.part, "")
    scored = t.score.c.is_current.is_(True) & t.score.c.value.is_not(None)
    for scope, name, group in (("item", "agreement", ()), ("part", "agreement of part", (part,))):
        mean = select(*group, func.avg(t.score.c.value), func.count()).where(scored, t.score.c.scope == scope)
        for row in db.execute(mean.group_by(*group) if group else mean):
            if row[-1]:
                found[name, row[0] if group else ""] = (round(float(row[-2]), 6), row[-1])
    known = {(r.name, r.part): (r.value, r.n) for r in db.execute(select(s.figure))}
    if known == found:
        return False
    db.execute(delete(s.figure))
    rows: list[dict[str, Any]] = [
        {"name": name, "part": of, "value": value, "n": n, "computed_at_us": now_us}
        for (name, of), (value, n) in found.items()
    ]
    if rows:
        db.execute(s.figure.insert(), rows)
    return True
