"""What there is to do for the workers of a team, taken so that no two do the same; and what they tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ARRAY, Connection, Text, bindparam, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from annodesk.model.annotations import AnnotationSet, AuthorKind
from annodesk.model.work import BatchState, SlotState, Stage
from annodesk.store import shared_tables as s
from annodesk.store import tables as t
from annodesk.store import wakes
from annodesk.store.answered import Answered
from annodesk.store.answered import answered as answered_after
from annodesk.store.security import WORKER
from annodesk.store.snapshots import body_of

ANALYSTS, MANAGERS = "analysts", "managers"
"""Audiences of the feed beside single people."""

MACHINE, CLOSED = "machine", "closed"
"""The duty of letting answers of the model stand, and the stage of places that nobody is given any more."""

BEFORE_OTHERS = 500
"""What is drawn to come first lies so far before what has its priority: half of what one more is worth."""

_TASKS_AT_ONCE = 100
"""So many are looked up by one query: thousands would make the server read its tables whole."""
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


def take_item(db: Connection, item_id: str, *, clears_due: bool) -> bool:
    """Have an item and the claims on it to oneself until the transaction ends; False where somebody else has them.

    Nothing waits: neither does a worker for a person, nor one for another.
    ``clears_due`` is for the coordinator, who decides about it: after anybody else it is still due.
    """
    item = select(t.item_state.c.item_id).where(t.item_state.c.item_id == item_id)
    if db.execute(item.with_for_update(key_share=True, skip_locked=True)).first() is None:
        return False
    if clears_due:
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
    # Only where it is not there yet: an insert waits for whoever has the row, to see whether it stays.
    if db.execute(select(duty.c.name).where(duty.c.name == name)).first() is None:
        db.execute(insert(duty).values(name=name, done_at_us=0).on_conflict_do_nothing())
    found = select(duty.c.done_at_us).where(duty.c.name == name)
    done_at_us = db.execute(found.with_for_update(key_share=True, skip_locked=True)).scalar()
    if done_at_us is None or now_us - done_at_us < every_us:
        return False
    db.execute(update(duty).where(duty.c.name == name).values(done_at_us=now_us))
    return True


def keep_duty(db: Connection, name: str, keeper: str, every_us: int, patience_us: int, now_us: int) -> bool | None:
    """As ``take_duty``, for what one worker keeps to itself; another takes it over once that one has not been seen.

    Parameters
    ----------
    keeper : the worker that asks
    patience_us : so long whoever keeps it may be silent

    Returns
    -------
    None where it is not ours now, else whether it was ours before
    """
    duty = s.duty
    if db.execute(select(duty.c.name).where(duty.c.name == name)).first() is None:
        db.execute(insert(duty).values(name=name, done_at_us=0).on_conflict_do_nothing())
    found = select(duty.c.done_at_us, duty.c.place).where(duty.c.name == name)
    row = db.execute(found.with_for_update(key_share=True, skip_locked=True)).first()
    if row is None:
        return None
    was_ours = bool(row.place == keeper)
    if now_us - row.done_at_us < (every_us if was_ours else patience_us):
        return None
    db.execute(update(duty).where(duty.c.name == name).values(done_at_us=now_us, place=keeper))
    return was_ours


def moved_tasks(db: Connection, most: int) -> tuple[list[str], bool]:
    """Tasks that are otherwise given out since a worker looked last, and whether more wait.

    They are its to look at from now on.
    """
    moved = s.moved.c
    oldest = select(moved.id).order_by(moved.id).limit(most)
    rows = db.execute(delete(s.moved).where(moved.id.in_(oldest)).returning(moved.task_id)).scalars().all()
    return list(dict.fromkeys(rows)), len(rows) == most


def free_tasks(
    db: Connection, batch_id: str, after: tuple[int, str] | None, most: int
) -> tuple[list[str], tuple[int, str] | None]:
    """Tasks of a batch with a free place in the order in which they are given out, of the next so many places.

    And where to go on; None where nothing follows.
    """
    free = (_SLOT.stage == Stage.ANNOTATE.value) & (_SLOT.batch_id == batch_id) & _SLOT.claim_id.is_(None)
    query = select(_SLOT.rank, _SLOT.task_id).where(free).order_by(_SLOT.rank, _SLOT.task_id)
    if after is not None:
        query = query.where(tuple_(_SLOT.rank, _SLOT.task_id) > after)
    rows = db.execute(query.limit(most)).all()
    found = list(dict.fromkeys(row.task_id for row in rows))
    return found, (rows[-1].rank, rows[-1].task_id) if len(rows) == most else None


class OpenReview(NamedTuple):
    """A place of a review that nobody has taken, and its rank."""

    slot_id: str
    item_id: str
    priority: int
    rank: int


def open_reviews(db: Connection, most: int) -> Iterator[list[OpenReview]]:
    """The free places of reviews that come first, some at a time."""
    batches = select(t.batch.c.id).where(t.batch.c.state == BatchState.OPEN.value).order_by(t.batch.c.id)
    for batch_id in db.execute(batches).scalars().all():
        free = (_SLOT.stage == Stage.REVIEW.value) & (_SLOT.batch_id == batch_id) & _SLOT.claim_id.is_(None)
        query = select(_SLOT.id, _SLOT.task_id, _SLOT.rank).where(free).order_by(_SLOT.rank, _SLOT.task_id)
        places = db.execute(query.limit(most)).all()
        for first in range(0, len(places), _TASKS_AT_ONCE):
            page = places[first : first + _TASKS_AT_ONCE]
            about = select(t.task.c.id, t.task.c.item_id, t.task_plan.c.priority).join(t.task_plan)
            rows = db.execute(about.where(t.task.c.id.in_([place.task_id for place in page])))
            known = {row.id: row for row in rows}
            yield [
                OpenReview(place.id, known[place.task_id].item_id, known[place.task_id].priority, place.rank)
                for place in page
            ]


def set_rank(db: Connection, slot_id: str, rank: int) -> None:
    """Put a place that is still free where it belongs; one that somebody is taking just now is left alone."""
    slot = s.metadata.tables["slot"]
    free = select(_SLOT.id).where(_SLOT.id == slot_id, _SLOT.claim_id.is_(None)).with_for_update(skip_locked=True)
    if db.execute(free).first() is not None:
        db.execute(update(slot).where(_SLOT.id == slot_id).values(rank=rank))


def put_before(db: Connection, item_ids: Sequence[str]) -> None:
    """Have the free places of items given out before others of their priority; those being taken are left alone."""
    slot, task = s.metadata.tables["slot"], t.task.c
    for first in range(0, len(item_ids), _TASKS_AT_ONCE):
        of_items = select(task.id).where(task.item_id.in_(item_ids[first : first + _TASKS_AT_ONCE]))
        tasks = list(db.execute(of_items.where(task.stage == Stage.ANNOTATE.value)).scalars())
        mine = _SLOT.task_id.in_(tasks) & (_SLOT.stage == Stage.ANNOTATE.value) & _SLOT.claim_id.is_(None)
        free = select(_SLOT.id).where(mine).with_for_update(skip_locked=True)
        found = list(db.execute(free).scalars())
        db.execute(update(slot).where(_SLOT.id.in_(found)).values(rank=_SLOT.rank - BEFORE_OTHERS))


def free_expired(db: Connection, project_id: str, most: int) -> int:
    """Give back some of what nobody's lease holds any more; returns how many."""
    return int(db.execute(select(func.annodesk.free_expired(project_id, most))).scalar_one())


def tell(db: Connection, project_id: str, audience: str, kind: str, item_id: str | None, subject: str | None) -> None:
    """Write a pointer into the change feed for an audience."""
    words = [bindparam(None, word, Text) for word in (project_id, audience, kind, item_id, subject)]
    db.execute(select(func.annodesk.tell(*words)))


def tell_people(db: Connection, project_id: str, people: list[str], kind: str) -> None:
    """Write such a pointer for each of some people."""
    whom = func.unnest(bindparam(None, people, ARRAY(Text))).table_valued("whom").render_derived().c.whom
    words = [bindparam(None, word, Text) for word in (kind, None, None)]
    db.execute(select(func.annodesk.tell(bindparam(None, project_id, Text), whom, *words)))


def number_feed(db: Connection, project_id: str) -> int:
    """Give committed rows of the feed their positions; call it in a transaction of its own.

    Returns how many, -1 where somebody else is at it: then it is theirs to do.
    """
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


def tasks_after(db: Connection, after: str, most: int) -> tuple[list[str], str]:
    """The next so many tasks to label after one, and where to go on: nothing follows where that is empty again."""
    task = t.task.c
    following = select(task.id).where(task.stage == Stage.ANNOTATE.value, task.id > after).order_by(task.id)
    looked_at = list(db.execute(following.limit(most)).scalars())
    return looked_at, looked_at[-1] if len(looked_at) == most else ""


def unlabelled(db: Connection, after: str, most: int) -> tuple[list[str], str]:
    """Of the next so many tasks to label after one, those that the model has not answered; and where to go on."""
    looked_at, place = tasks_after(db, after, most)
    by_model = t.annotation_set.c.author_kind == AuthorKind.MODEL.value
    answered = select(t.annotation_set.c.task_id).where(t.annotation_set.c.task_id.in_(looked_at), by_model)
    known = set(db.execute(answered).scalars())
    return [one for one in looked_at if one not in known], place


def unshown(db: Connection, most: int, project_version: int) -> tuple[list[str], bool]:
    """Of the next so many tasks that the model has answered, those of whose answer nothing may be shown yet.

    What may be shown by an older version of the project is looked at again.

    The place is kept, so that each call looks at others, from the beginning again after the last; the flag says
    whether there are more before that.
    """
    duty, sets = s.duty, t.annotation_set.c
    mine = duty.c.name == "suggest"
    after = db.execute(select(duty.c.place).where(mine)).scalar() or ""
    by_model = sets.author_kind == AuthorKind.MODEL.value
    query = select(sets.task_id).where(by_model, sets.task_id > after).distinct().order_by(sets.task_id)
    looked_at = list(db.execute(query.limit(most)).scalars())
    is_more = len(looked_at) == most
    db.execute(update(duty).where(mine).values(place=looked_at[-1] if is_more else ""))
    shown = select(s.suggestion.c.task_id).where(s.suggestion.c.task_id.in_(looked_at))
    shown = shown.where(s.suggestion.c.project_version >= project_version)
    known = set(db.execute(shown).scalars())
    return [one for one in looked_at if one not in known], is_more


def show(db: Connection, task_id: str, annotations: AnnotationSet, project_version: int) -> None:
    """Let this of the model's answer be shown to those whose place on a task has suggestions.

    Who has been shown an older one keeps that.
    """
    body = {**body_of(annotations), "author": annotations.author.id}
    said = {"set_id": annotations.id, "body": body, "digest": annotations.digest(), "project_version": project_version}
    fresh = insert(s.suggestion).values(task_id=task_id, **said)
    changed = {name: fresh.excluded[name] for name in said}
    db.execute(fresh.on_conflict_do_update(index_elements=["project_id", "task_id"], set_=changed))


def labellers_done(db: Connection, item_id: str) -> list[str]:
    """Who has handed in work on an item."""
    where = (t.task.c.item_id == item_id) & (t.claim.c.state == SlotState.SUBMITTED.value)
    query = select(t.claim.c.person_id).join(t.task).where(where, t.task.c.stage == Stage.ANNOTATE.value).distinct()
    return sorted(db.execute(query).scalars())


def shows_others(db: Connection) -> bool:
    """Whether those who labelled an item may see the others' work once it is settled."""
    return db.execute(select(s.project_rules.c.see_others)).scalar() == "settled"


def answered(db: Connection, project_id: str, most: int) -> tuple[list[Answered], bool]:
    """The items of the next so many tasks that the model has answered.

    As ``unshown``: each call looks at others, and the flag says whether there are more.
    """
    mine = s.duty.c.name == MACHINE
    after = db.execute(select(s.duty.c.place).where(mine)).scalar() or ""
    found, place = answered_after(db, project_id, after, most)
    db.execute(update(s.duty).where(mine).values(place=place))
    return found, bool(place)


def take_places(db: Connection, task_ids: list[str]) -> bool:
    """Have all places of some tasks to oneself until the transaction ends; False where one is taken, or just being."""
    mine = _SLOT.task_id.in_(task_ids)
    free = select(_SLOT.id).where(mine, _SLOT.claim_id.is_(None)).with_for_update(skip_locked=True)
    return len(db.execute(free).all()) == len(db.execute(select(_SLOT.id).where(mine)).all())


def move_places(db: Connection, task_ids: list[str], before: str, after: str) -> None:
    """Have the free places of some tasks given out at another stage, or none."""
    slot = s.metadata.tables["slot"]
    free = _SLOT.task_id.in_(task_ids) & _SLOT.claim_id.is_(None) & (_SLOT.stage == before)
    db.execute(update(slot).where(free).values(stage=after))
