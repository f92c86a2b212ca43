"""Rows of tasks, slots, claims, offers and submissions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import BindParameter, ColumnElement, Connection, Row, Table, bindparam, delete, func, select, update

from annodesk.errors import NotFoundError
from annodesk.model.ids import new_id
from annodesk.model.work import Lease, Offer, Slot, SlotState, Stage, Task
from annodesk.store import changed, inquiries, state_changes
from annodesk.store import tables as t

_PEOPLE_AT_ONCE = 50


class Claim(Struct, frozen=True):
    """One person's hold on a task, as that person may read it."""

    id: str
    task_id: str
    person_id: str
    set_id: str | None
    state: SlotState
    shows_suggestions: bool
    reason: str
    flag: str
    note: str
    lease_until_us: int | None
    made_at_us: int
    changed_at_us: int

    def as_slot(self) -> Slot:
        """The place held, as the rules of states see it."""
        return Slot("", self.task_id, 0, self.state, self.person_id, self.set_id, self.shows_suggestions)

    def lease(self) -> Lease | None:
        """The right to work on the task, None where the claim has no time."""
        return None if self.lease_until_us is None else Lease(self.task_id, self.person_id, self.lease_until_us)


class View(Struct, frozen=True):
    """What a set's author has seen of suggestions and comparisons."""

    suggestions_from_us: int | None = None
    independent_head: str | None = None
    independent_until_us: int | None = None
    was_finished: bool = True


class Submission(Struct, frozen=True):
    """One time a set was handed in."""

    set_id: str
    number: int
    head: str | None
    digest: str
    is_late: bool
    made_at_us: int


_VIEW = [t.view.c[name] for name in View.__struct_fields__]
# Asked whenever an item is scored: put together once.
_SUBMITTED = (
    select(t.claim)
    .join(t.slot, t.slot.c.claim_id == t.claim.c.id)
    .where(t.claim.c.task_id == bindparam("task"), t.claim.c.state == SlotState.SUBMITTED.value)
    .order_by(t.claim.c.id)
)
_HANDED_IN = (
    select(t.submission, *_VIEW)
    .select_from(
        t.claim.join(t.slot, t.slot.c.claim_id == t.claim.c.id)
        .join(t.submission, t.submission.c.set_id == t.claim.c.set_id)
        .outerjoin(t.view, t.view.c.set_id == t.claim.c.set_id)
    )
    .where(t.claim.c.task_id == bindparam("task"), t.claim.c.state == SlotState.SUBMITTED.value)
    .order_by(t.claim.c.id, t.submission.c.number)
)
_OF_SETS: BindParameter[str] = bindparam("sets", expanding=True)
_FIRST_LAST = select(t.submission).where(t.submission.c.set_id.in_(_OF_SETS)).order_by(t.submission.c.number.desc())


def add_task(
    db: Connection,
    project_id: str,
    task: Task,
    slots: Sequence[Slot],
    now_us: int,
    *,
    table: Table = t.slot,
    **more: Any,
) -> None:
    """A task with its places, as many as its overlap; ``table`` and ``more`` as for ``add_slot``."""
    db.execute(
        t.task.insert().values(
            id=task.id,
            project_id=project_id,
            item_id=task.item_id,
            stage=task.stage.value,
            start_us=task.start_us,
            end_us=task.end_us,
            made_at_us=now_us,
        )
    )
    db.execute(t.task_plan.insert().values(task_id=task.id, overlap=len(slots), priority=task.priority))
    for slot in slots:
        add_slot(db, slot, table=table, **more)


def add_slot(db: Connection, slot: Slot, *, table: Table = t.slot, **more: Any) -> None:
    """One more open place on a task; where it is put, and what else a shared database must know of it, can be named."""
    values = {"id": slot.id, "task_id": slot.task_id, "number": slot.number}
    db.execute(table.insert().values(**values, **more, shows_suggestions=slot.shows_suggestions, claim_id=None))


def get_task(db: Connection, task_id: str) -> Task:
    """One task."""
    found = _tasks(db, t.task.c.id == task_id)
    if not found:
        raise NotFoundError(f"There is no task {task_id}.")
    return found[0]


def tasks_of_item(db: Connection, item_id: str, stage: Stage | None = None) -> list[Task]:
    """An item's tasks in time order."""
    return [task for task in _tasks(db, t.task.c.item_id == item_id) if stage is None or task.stage is stage]


def list_tasks(
    db: Connection, project_id: str, stage: Stage | None = None, *, among: Collection[str] | None = None
) -> list[Task]:
    """A project's tasks by item key and time."""
    return [task for task in _tasks(db, _some(project_id, among)) if stage is None or task.stage is stage]


def _some(project_id: str, among: Collection[str] | None) -> Any:
    """A condition on the task table: a project's tasks, or some of them."""
    whole = t.task.c.project_id == project_id
    return whole if among is None else whole & t.task.c.id.in_(list(among))


def project_of_task(db: Connection, task_id: str) -> str:
    """Id of the project a task belongs to."""
    found = db.execute(select(t.task.c.project_id).where(t.task.c.id == task_id)).scalar()
    if found is None:
        raise NotFoundError(f"There is no task {task_id}.")
    return str(found)


def slots_of(db: Connection, task_id: str) -> list[Slot]:
    """A task's slots by number, each with what its claim says."""
    return slots_by_task(db, t.task.c.id == task_id).get(task_id, [])


def slots_by_task(db: Connection, where: Any) -> dict[str, list[Slot]]:
    """Slots of all tasks a condition on the task table selects."""
    rows = db.execute(
        select(
            t.slot,
            t.claim.c.state,
            t.claim.c.person_id,
            t.claim.c.set_id,
        )
        .select_from(t.slot.join(t.task).outerjoin(t.claim, t.slot.c.claim_id == t.claim.c.id))
        .where(where)
        .order_by(t.slot.c.task_id, t.slot.c.number)
    )
    found: dict[str, list[Slot]] = {}
    for row in rows:
        state = SlotState(row.state) if row.state else SlotState.OPEN
        slot = Slot(row.id, row.task_id, row.number, state, row.person_id, row.set_id, row.shows_suggestions)
        found.setdefault(row.task_id, []).append(slot)
    return found


def slots_of_project(db: Connection, project_id: str, *, among: Collection[str] | None = None) -> dict[str, list[Slot]]:
    """Slots of a project's tasks by task id, each list by number."""
    return slots_by_task(db, _some(project_id, among))


def holders_of_project(
    db: Connection, project_id: str, *, among: Collection[str] | None = None
) -> dict[str, frozenset[str]]:
    """Everybody who ever held a task, by task id."""
    where = t.claim.c.project_id == project_id
    if among is not None:
        where &= t.claim.c.task_id.in_(list(among))
    rows = db.execute(select(t.claim.c.task_id, t.claim.c.person_id).where(where))
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.task_id, set()).add(row.person_id)
    return {task_id: frozenset(people) for task_id, people in found.items()}


def skips_of_project(db: Connection, project_id: str) -> dict[str, int]:
    """How many people have skipped a task, by task id."""
    where = (t.claim.c.project_id == project_id) & (t.claim.c.state == SlotState.SKIPPED.value)
    rows = db.execute(select(t.claim.c.task_id, func.count()).where(where).group_by(t.claim.c.task_id))
    return {row[0]: row[1] for row in rows}


def skips_for(
    db: Connection, project_id: str, reason: str, *, among: Collection[str] | None = None
) -> dict[str, list[tuple[str, str]]]:
    """Who has passed tasks of an item on for one reason, with their notes, oldest first, by item."""
    claim = t.claim.c
    where = (claim.project_id == project_id) & (claim.state == SlotState.SKIPPED.value) & (claim.reason == reason)
    query = select(t.task.c.item_id, claim.person_id, claim.note).join(t.task, t.task.c.id == claim.task_id)
    if among is not None:
        where &= t.task.c.item_id.in_(list(among))
    found: dict[str, list[tuple[str, str]]] = {}
    for row in db.execute(query.where(where).order_by(claim.changed_at_us, claim.id)):
        found.setdefault(row.item_id, []).append((row.person_id, row.note))
    return found


def count_taken(db: Connection, project_id: str, since_us: int) -> dict[str, int]:
    """How many tasks each person has taken since a time."""
    claim = t.claim.c
    query = select(claim.person_id, func.count()).where(claim.project_id == project_id, claim.made_at_us >= since_us)
    return {row[0]: row[1] for row in db.execute(query.group_by(claim.person_id))}


def taken_since(db: Connection, project_id: str, since_us: int) -> dict[str, list[tuple[Mapping[str, Any], int]]]:
    """The tasks each person has taken since a time: what is known of the item, and how long each lasts."""
    claim, length = t.claim.c, (t.task.c.end_us - t.task.c.start_us).label("length")
    query = select(claim.person_id, t.item.c.metadata, length).select_from(
        t.claim.join(t.task, t.task.c.id == claim.task_id).join(t.item, t.item.c.id == t.task.c.item_id)
    )
    lately = (claim.project_id == project_id) & (claim.made_at_us >= since_us)
    found: dict[str, list[tuple[Mapping[str, Any], int]]] = {}
    for person_id, metadata, us in db.execute(query.where(lately)):
        found.setdefault(person_id, []).append((metadata, us))
    return found


def overlap_of(db: Connection, task_id: str) -> int:
    """How many people a task is for."""
    return int(db.execute(select(t.task_plan.c.overlap).where(t.task_plan.c.task_id == task_id)).scalar_one())


def add_claim(
    db: Connection,
    project_id: str,
    slot_id: str,
    task_id: str,
    person_id: str,
    *,
    set_id: str,
    shows_suggestions: bool,
    lease_until_us: int,
    now_us: int,
) -> str:
    """A person's hold on a slot; a person holds a task once and never again."""
    claim_id = new_id()
    db.execute(
        t.claim.insert().values(
            id=claim_id,
            project_id=project_id,
            task_id=task_id,
            person_id=person_id,
            set_id=set_id,
            state=SlotState.LEASED.value,
            shows_suggestions=shows_suggestions,
            lease_until_us=lease_until_us,
            made_at_us=now_us,
            changed_at_us=now_us,
        )
    )
    db.execute(update(t.slot).where(t.slot.c.id == slot_id).values(claim_id=claim_id))
    state_changes.note_state(db, "claim", claim_id, None, SlotState.LEASED.value, person_id, now_us)
    return claim_id


def take_slot(db: Connection, slot_id: str, claim_id: str) -> None:
    """Put a claim that lost its place on an open slot again."""
    db.execute(update(t.slot).where(t.slot.c.id == slot_id, t.slot.c.claim_id.is_(None)).values(claim_id=claim_id))


def free_slot(db: Connection, claim_id: str) -> None:
    """Open a claim's slot for somebody else; the claim and its partial work are kept."""
    db.execute(update(t.slot).where(t.slot.c.claim_id == claim_id).values(claim_id=None))


def claim_of_set(db: Connection, set_id: str) -> Claim:
    """The claim a set was made under."""
    row = db.execute(select(t.claim).where(t.claim.c.set_id == set_id)).first()
    if row is None:
        raise NotFoundError(f"Set {set_id} belongs to no claim.")
    return _to_claim(row)


def claim_of(db: Connection, task_id: str, person_id: str) -> Claim | None:
    """A person's claim on a task, None where they never held it."""
    where = (t.claim.c.task_id == task_id) & (t.claim.c.person_id == person_id)
    row = db.execute(select(t.claim).where(where)).first()
    return None if row is None else _to_claim(row)


def claims_of_task(db: Connection, task_id: str) -> list[Claim]:
    """Everybody's claims on a task, oldest first."""
    rows = db.execute(select(t.claim).where(t.claim.c.task_id == task_id).order_by(t.claim.c.id))
    return [_to_claim(row) for row in rows]


def labellers(db: Connection, item_id: str) -> frozenset[str]:
    """Everybody who has held a task of an item."""
    return frozenset(
        claim.person_id for task in tasks_of_item(db, item_id, Stage.ANNOTATE) for claim in claims_of_task(db, task.id)
    )


def submitted_claims(db: Connection, task_id: str) -> list[Claim]:
    """Claims whose work was handed in and has a place, oldest first; late work above the overlap has none."""
    return [_to_claim(row) for row in db.execute(_SUBMITTED, {"task": task_id})]


def claims_of_person(db: Connection, project_id: str, person_id: str) -> list[Claim]:
    """A person's claims in a project, latest change first."""
    where = (t.claim.c.project_id == project_id) & (t.claim.c.person_id == person_id)
    rows = db.execute(select(t.claim).where(where).order_by(t.claim.c.changed_at_us.desc(), t.claim.c.id.desc()))
    return [_to_claim(row) for row in rows]


def expired_claims(db: Connection, project_id: str, now_us: int) -> list[Claim]:
    """Leased claims whose lease has run out."""
    where = (
        (t.claim.c.project_id == project_id)
        & (t.claim.c.state == SlotState.LEASED.value)
        & (t.claim.c.lease_until_us < now_us)
    )
    return [_to_claim(row) for row in db.execute(select(t.claim).where(where))]


def set_claim_state(
    db: Connection, claim: Claim, state: SlotState, by: str, now_us: int, *, reason: str = "", note: str = "",
    lease_until_us: int | None = None,
) -> None:  # fmt: skip
    """Move a claim to a state and write the move into the history."""
    values: dict[str, Any] = {"state": state.value, "changed_at_us": now_us, "reason": reason, "note": note}
    if lease_until_us is not None:
        values["lease_until_us"] = lease_until_us
    db.execute(update(t.claim).where(t.claim.c.id == claim.id).values(**values))
    state_changes.note_state(db, "claim", claim.id, claim.state.value, state.value, by, now_us)
    if SlotState.SUBMITTED in (claim.state, state):
        changed.note_task(db, claim.task_id)
    if claim.state is SlotState.PARKED and state is SlotState.EXPIRED:
        inquiries.close(db, claim.task_id, claim.person_id, now_us)


def set_lease(db: Connection, claim_id: str, until_us: int) -> None:
    """Renew a lease."""
    db.execute(update(t.claim).where(t.claim.c.id == claim_id).values(lease_until_us=until_us))


def set_flag(db: Connection, claim_id: str, reason: str, note: str) -> None:
    """Note why a person wants an analyst to look."""
    db.execute(update(t.claim).where(t.claim.c.id == claim_id).values(flag=reason, note=note))


def view_of(db: Connection, set_id: str) -> View:
    """What a set's author has seen; nothing where no row says otherwise."""
    row = db.execute(select(t.view).where(t.view.c.set_id == set_id)).first()
    return View() if row is None else _to_view(row)


def handed_in_first(db: Connection, task_id: str) -> list[tuple[Submission, View]]:
    """How each set of a task's submitted claims was handed in first, and what its author had seen; oldest claim first.

    The same claims as ``submitted_claims``.
    """
    found: dict[str, tuple[Submission, View]] = {}
    for r in db.execute(_HANDED_IN, {"task": task_id}):
        if r.set_id not in found:
            found[r.set_id] = Submission(r.set_id, r.number, r.head, r.digest, r.is_late, r.made_at_us), _to_view(r)
    return list(found.values())


def first_submissions(db: Connection, set_ids: Sequence[str]) -> dict[str, Submission]:
    """How some sets were handed in first, by set."""
    rows = db.execute(
        select(t.submission).where(t.submission.c.set_id.in_(set_ids)).order_by(t.submission.c.number.desc())
    )
    return {r.set_id: Submission(r.set_id, r.number, r.head, r.digest, r.is_late, r.made_at_us) for r in rows}


def note_suggestions_seen(db: Connection, set_id: str, now_us: int) -> None:
    """Note since when a set's author has suggestions in view; the first time is what counts."""
    _note_once(db, set_id, t.view.c.suggestions_from_us, suggestions_from_us=now_us)


def note_independent(db: Connection, set_id: str, head: str | None, now_us: int, *, was_finished: bool = True) -> None:
    """Note what stood before a set's author saw a comparison or feedback; the first time is what counts."""
    known = {"independent_head": head, "independent_until_us": now_us, "was_finished": was_finished}
    _note_once(db, set_id, t.view.c.independent_until_us, **known)


def _note_once(db: Connection, set_id: str, first: ColumnElement[Any], **values: Any) -> None:
    if db.execute(select(t.view.c.set_id).where(t.view.c.set_id == set_id)).first() is None:
        db.execute(t.view.insert().values(set_id=set_id, **values))
    else:
        db.execute(update(t.view).where(t.view.c.set_id == set_id, first.is_(None)).values(**values))


def add_submission(
    db: Connection, set_id: str, head: str | None, digest: str, *, is_late: bool, reason: str, now_us: int
) -> None:
    """Note that a set was handed in as it stands; each time is a row of its own."""
    newest = db.execute(select(func.max(t.submission.c.number)).where(t.submission.c.set_id == set_id)).scalar()
    db.execute(
        t.submission.insert().values(
            set_id=set_id,
            number=(newest or 0) + 1,
            head=head,
            digest=digest,
            is_late=is_late,
            reason=reason,
            made_at_us=now_us,
        )
    )
    changed.note_set(db, set_id)


def newest_version_handed_in(db: Connection, project_id: str, person_id: str) -> int | None:
    """The newest version of the project under which a person has handed in work; None where they have not."""
    sets = t.annotation_set.c
    mine = (sets.project_id == project_id) & (sets.author_id == person_id)
    joined = t.annotation_set.join(t.submission, t.submission.c.set_id == sets.id)
    return db.execute(select(func.max(sets.project_version)).select_from(joined).where(mine)).scalar()


def submissions_of(db: Connection, set_id: str) -> list[Submission]:
    """All the times a set was handed in, first first."""
    rows = db.execute(select(t.submission).where(t.submission.c.set_id == set_id).order_by(t.submission.c.number))
    return [Submission(r.set_id, r.number, r.head, r.digest, r.is_late, r.made_at_us) for r in rows]


def drop_submission(db: Connection, set_id: str, head: str | None) -> None:
    """Forget the newest submission of a set where it is of this head: the server has refused it."""
    newest = db.execute(select(func.max(t.submission.c.number)).where(t.submission.c.set_id == set_id)).scalar()
    where = (t.submission.c.set_id == set_id) & (t.submission.c.number == newest)
    row = db.execute(select(t.submission.c.head).where(where)).first()
    if row is not None and row.head == head:
        db.execute(delete(t.submission).where(where))


def offers_of(db: Connection, project_id: str, person_id: str) -> list[Offer]:
    """A person's offers in rank order."""
    same = (t.offer.c.task_id == t.offer_rank.c.task_id) & (t.offer.c.person_id == t.offer_rank.c.person_id)
    rows = db.execute(
        select(t.offer, t.offer_rank.c.rank)
        .join(t.offer_rank, same)
        .join(t.task, t.task.c.id == t.offer.c.task_id)
        .where(t.offer.c.person_id == person_id, t.task.c.project_id == project_id)
        .order_by(t.offer_rank.c.rank)
    )
    return [Offer(r.task_id, r.person_id, r.rank, r.reason, r.computed_at_us) for r in rows]


def replace_offers(db: Connection, project_id: str, offers: Iterable[Offer]) -> None:
    """Put new offers in place of all old ones."""
    of_project = select(t.task.c.id).where(t.task.c.project_id == project_id)
    db.execute(delete(t.offer_rank).where(t.offer_rank.c.task_id.in_(of_project)))
    db.execute(delete(t.offer).where(t.offer.c.task_id.in_(of_project), ~_is_held()))
    _insert_offers(db, offers)


def renew_offers(db: Connection, offers: Mapping[str, Sequence[Offer]]) -> list[str]:
    """Put people's new offers in place of their old ones where they differ; returns whose did."""
    ranked = t.offer_rank.c
    changed: list[str] = []
    everybody = sorted(offers)
    for first in range(0, len(everybody), _PEOPLE_AT_ONCE):
        people = everybody[first : first + _PEOPLE_AT_ONCE]
        before: dict[str, list[str]] = {}
        query = select(ranked.person_id, ranked.task_id).where(ranked.person_id.in_(people))
        for row in db.execute(query.order_by(ranked.person_id, ranked.rank)):
            before.setdefault(row.person_id, []).append(row.task_id)
        others = [one for one in people if before.get(one, []) != [offer.task_id for offer in offers[one]]]
        if others:
            db.execute(delete(t.offer_rank).where(ranked.person_id.in_(others)))
            db.execute(delete(t.offer).where(t.offer.c.person_id.in_(others), ~_is_held()))
            _insert_offers(db, [offer for one in others for offer in offers[one]])
        changed += others
    return changed


def reason_of(db: Connection, task_id: str, person_id: str) -> str | None:
    """With which words a person was offered a task they hold; None where it was not offered."""
    where = (t.offer.c.task_id == task_id) & (t.offer.c.person_id == person_id)
    return db.execute(select(t.offer.c.reason).where(where)).scalar()


def _is_held() -> ColumnElement[bool]:
    """Of an offer: that its task is with the person, who may ask why."""
    held = (t.claim.c.task_id == t.offer.c.task_id) & (t.claim.c.person_id == t.offer.c.person_id)
    states = [state.value for state in (SlotState.LEASED, SlotState.PARKED, SlotState.RETURNED)]
    return select(t.claim.c.id).where(held, t.claim.c.state.in_(states)).exists()


def _insert_offers(db: Connection, offers: Iterable[Offer]) -> None:
    keys = [({"task_id": o.task_id, "person_id": o.person_id}, o) for o in offers]
    if keys:
        said = [{**key, "reason": o.reason, "computed_at_us": o.computed_at_us} for key, o in keys]
        db.execute(t.offer.insert(), said)
        db.execute(t.offer_rank.insert(), [{**key, "rank": o.rank} for key, o in keys])


def _tasks(db: Connection, where: Any) -> list[Task]:
    rows = db.execute(
        select(t.task, t.item.c.batch_id, t.item.c.key, t.task_plan.c.priority)
        .select_from(t.task.join(t.item, t.task.c.item_id == t.item.c.id).join(t.task_plan))
        .where(where)
        .order_by(t.item.c.key, t.task.c.start_us, t.task.c.stage)
    )
    return [
        Task(r.id, r.item_id, Stage(r.stage), r.start_us, r.end_us, batch_id=r.batch_id, priority=r.priority)
        for r in rows
    ]


def _to_view(row: Row[Any]) -> View:
    """What no row says was never shown."""
    was_finished = True if row.was_finished is None else row.was_finished
    return View(row.suggestions_from_us, row.independent_head, row.independent_until_us, was_finished)


def _to_claim(row: Row[Any]) -> Claim:
    return Claim(
        row.id,
        row.task_id,
        row.person_id,
        row.set_id,
        SlotState(row.state),
        row.shows_suggestions,
        row.reason,
        row.flag,
        row.note,
        row.lease_until_us,
        row.made_at_us,
        row.changed_at_us,
    )
