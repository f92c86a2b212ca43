"""The part of a shared project that one person's local file holds: rows as the server shows them, put and dropped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from annodesk.model.annotations import AnnotationSet, AuthorKind
from annodesk.model.work import BatchState, ItemState, Role, SlotState, Stage
from annodesk.store import facts, inquiries, local_tables, outbox, precedents, takedown
from annodesk.store import tables as t
from annodesk.store.journal import MOST_NAMED

Rows = list[dict[str, Any]]

PROJECT_TABLES = ("project", "project_version", "batch", "batch_plan")
PINNED = "precedent"
"""Comes with the project: what the server shows of it is all there is here."""
PEOPLE_TABLES = ("person", "person_name", "person_skill", "membership")
BY_ITEM = ("item", "asset", "item_state", "task", "reference_item", "escalation", "score", "inquiry", "told_ruling")
BY_TASK = ("task_plan", "annotation_set", "claim", "settlement", "reruling")
BY_SET = ("submission", "view", "comment")

_KEY = {"item": "id", "project": "id", "person": "id"}
_REPLACED = ("reference_item", "escalation", "score", "settlement", "told_ruling")
"""Never a person's own: what the server does not show any more goes."""
_OWN_HERE: Mapping[str, tuple[str, ...]] = {"annotation_set": ("head",)}
"""Columns that the local file knows better."""


def columns(table: str, roles: Collection[Role]) -> tuple[str, ...]:
    """The columns of a table that both a person of these roles may read and the local file has; none for none."""
    from annodesk.store import security

    group = {Role.ANNOTATOR: security.ANNOTATOR, Role.ANALYST: security.ANALYST, Role.MANAGER: security.MANAGER}
    groups = {group[role] for role in roles}
    seen: set[str] = set()
    for policy in security.POLICIES:
        if policy.table == table and policy.group in groups and policy.verb == "select":
            seen.update(policy.columns)
    return tuple(column.name for column in _table(table).columns if column.name in seen)


def query(table: str, roles: Collection[Role], where: str) -> str | None:
    """What asks the server for rows of a table; None where these roles may read nothing of it."""
    names = columns(table, roles)
    if not names:
        return None
    quoted = ", ".join(f'"{name}"' for name in names)
    return f'select {quoted} from annodesk."{table}" where {where}'  # names are ours, values are parameters


def put(db: Connection, table: str, rows: Iterable[Mapping[str, Any]], *, leave: Collection[str] = ()) -> None:
    """Write rows as the server has them in place of what is here; those with an id in ``leave`` are left alone."""
    into = _table(table)
    own = {column.name for column in into.columns}
    kept = [{k: v for k, v in row.items() if k in own} for row in rows if row.get("id") not in leave]
    if not kept:
        return
    keys = [column.name for column in into.primary_key.columns]
    here = _OWN_HERE.get(table, ())
    fresh = insert(into)
    changed = {name: fresh.excluded[name] for name in kept[0] if name not in keys and name not in here}
    statement = fresh.on_conflict_do_update(index_elements=keys, set_=changed) if changed else None
    for row in kept:
        for name in here:
            row[name] = None
    db.execute(fresh.on_conflict_do_nothing() if statement is None else statement, kept)


def put_project(db: Connection, project_id: str, rows: Mapping[str, Rows]) -> None:
    """Write a project with its versions and batches, and who is in it; memberships the server shows no more go."""
    for table in PROJECT_TABLES:
        put(db, table, rows.get(table, ()))
    precedents.put(db, project_id, rows.get(PINNED, ()))
    _put_new(db, t.batch_plan, [{"batch_id": row["id"], "overlap": None} for row in rows.get("batch", ())])
    put_people(db, rows)
    _delete(db, t.membership, "project_id", [project_id])
    put(db, "membership", rows.get("membership", ()))


def put_figures(db: Connection, project_id: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the team's figures in place of those that were here."""
    _delete(db, local_tables.figure, "project_id", [project_id])
    put(db, "figure", rows)


def put_people(db: Connection, rows: Mapping[str, Rows]) -> None:
    """Write people and their names."""
    named = {row["person_id"] for row in rows.get("person_name", ())} | {r["id"] for r in rows.get("person", ())}
    named |= {row["person_id"] for row in rows.get("membership", ())}
    _put_new(db, t.person, [{"id": person_id, "made_at_us": 0} for person_id in sorted(named)])
    forgotten = [row["person_id"] for row in rows.get("person_name", ()) if not row["name"]]
    had = select(t.person_name.c.person_id).where(t.person_name.c.person_id.in_(forgotten), t.person_name.c.name != "")
    if db.execute(had).first() is not None:
        facts.note_fact(db, takedown.WIPE, "1")
    # All that people know comes at once: what somebody does not know any more is not among it.
    _delete(db, t.person_skill, "person_id", sorted({*named, *forgotten}))
    for table in ("person_name", "person_skill"):
        put(db, table, rows.get(table, ()))


def put_batches(db: Connection, project_id: str, batch_ids: Collection[str]) -> None:
    """Make room for batches that are not known here yet; their names come with the project."""
    state = {"state": BatchState.OPEN.value, "is_pilot": False, "priority": 0, "project_id": project_id}
    rows = [{"id": batch_id, "name": batch_id, **state} for batch_id in sorted(batch_ids)]
    _put_new(db, t.batch, rows)
    _put_new(db, t.batch_plan, [{"batch_id": batch_id, "overlap": None} for batch_id in sorted(batch_ids)])


def put_items(
    db: Connection, rows: Mapping[str, Rows], asked: Collection[str], me: str, *, leave: Collection[str]
) -> int:
    """Write what the server shows of some items, and drop what it shows no more, but never own work.

    Returns how many items were dropped. ``leave`` are claims that are newer here.
    """
    shown = {row["id"] for row in rows.get("item", ())}
    _make_way(db, rows.get("item", ()))
    put(db, "item", rows.get("item", ()))
    put(db, "asset", rows.get("asset", ()))
    states = {row["item_id"]: row for row in rows.get("item_state", ())}
    # Where an item stands is not for its annotators to know; what is open to them is open.
    unknown = [{"item_id": i, "state": ItemState.OPEN.value, "changed_at_us": 0} for i in shown if i not in states]
    put(db, "item_state", [*states.values()])
    _put_new(db, t.item_state, unknown)
    put(db, "task", rows.get("task", ()))
    plans = {row["task_id"]: row for row in rows.get("task_plan", ())}
    put(db, "task_plan", [*plans.values()])
    tasks = [row["id"] for row in rows.get("task", ())]
    _put_new(db, t.task_plan, [{"task_id": i, "overlap": 1, "priority": 0} for i in tasks if i not in plans])
    people = {row["person_id"] for row in rows.get("claim", ())}
    _put_new(db, t.person, [{"id": person_id, "made_at_us": 0} for person_id in sorted(people)])
    sets = {row["id"] for row in rows.get("annotation_set", ())}
    _drop_hidden_sets(db, shown, sets, me)
    put(db, "annotation_set", rows.get("annotation_set", ()))
    put(db, "claim", rows.get("claim", ()), leave=leave)
    for table in BY_SET:
        put(db, table, rows.get(table, ()))
    _put_slots(db, tasks, rows.get("slot", ()))
    known = set(db.execute(select(t.annotation_set.c.id).where(t.annotation_set.c.task_id.in_(tasks))).scalars())
    for table in _REPLACED:
        column, wanted = ("task_id", tasks) if table == "settlement" else ("item_id", sorted(shown))
        _delete(db, _table(table), column, wanted)
        of_sets = table in ("settlement", "told_ruling")
        found = [r for r in rows.get(table, ()) if not of_sets or r["set_id"] in known]
        if table == "reference_item":
            # Managers read which items are references, and not the sets that their answers are in.
            found = [r if r["set_id"] in known else {**r, "set_id": None} for r in found]
        put(db, table, found)
    _delete(db, t.reruling, "task_id", tasks)
    put(db, "reruling", rows.get("reruling", ()))
    inquiries.put(db, shown, rows.get("inquiry", ()), me)
    outbox.keep_said(db)
    return drop_items(db, set(asked) - shown, me)


def put_copy(db: Connection, copied: AnnotationSet, now_us: int) -> None:
    """Keep a set that the server hands out whole: the model's answer to a task, or others' work once it is settled."""
    from annodesk.store import journal

    drop_sets(db, [copied.id])
    journal.add_set(db, copied, now_us)


def tasks_here(db: Connection, task_ids: Collection[str]) -> set[str]:
    """Those of some tasks that this file holds."""
    return set(db.execute(select(t.task.c.id).where(t.task.c.id.in_(sorted(task_ids)))).scalars())


def items_handed_in(db: Connection, project_id: str, me: str) -> set[str]:
    """Items on which a person has handed in work."""
    where = (t.claim.c.project_id == project_id) & (t.claim.c.person_id == me)
    where &= (t.claim.c.state == SlotState.SUBMITTED.value) & (t.task.c.stage == Stage.ANNOTATE.value)
    query = select(t.task.c.item_id).join(t.claim, t.claim.c.task_id == t.task.c.id).where(where)
    return set(db.execute(query).scalars())


def drop_items(db: Connection, item_ids: Collection[str], me: str) -> int:
    """Let go of copies of items; those with own work, or a bookmark, stay. Returns how many went."""
    gone = []
    for item_id in sorted(item_ids):
        of_item = select(t.task.c.id).where(t.task.c.item_id == item_id)
        sets = db.execute(
            select(t.annotation_set.c.id, t.annotation_set.c.author_kind, t.annotation_set.c.author_id).where(
                t.annotation_set.c.task_id.in_(of_item)
            )
        ).all()
        own = {row.id for row in sets if is_own(row.author_kind, row.author_id, me)}
        drop_sets(db, [row.id for row in sets if row.id not in own])
        marks = local_tables.bookmark
        if own or db.execute(select(marks.c.id).where(marks.c.item_id == item_id)).first() is not None:
            continue
        gone.append(item_id)
    for item_id in gone:
        tasks = db.execute(select(t.task.c.id).where(t.task.c.item_id == item_id)).scalars().all()
        for table in (t.inquiry, t.reruling, t.offer_rank, t.offer, t.settlement, t.slot, t.claim, t.task_plan):
            _delete(db, table, "task_id", tasks)
        for table in (t.told_ruling, t.reference_item, t.escalation, t.score, t.tally, t.item_state, t.asset):
            _delete(db, table, "item_id", [item_id])
        _delete(db, t.task, "id", tasks)
        _delete(db, t.item, "id", [item_id])
    return len(gone)


def drop_sets(db: Connection, set_ids: Sequence[str]) -> None:
    """Let go of copies of sets with all that belongs to them."""
    for table in (local_tables.heard, local_tables.element, local_tables.journal, t.submission, t.view, t.comment):
        _delete(db, table, "set_id", set_ids)
    held = select(t.claim.c.id).where(t.claim.c.set_id.in_(list(set_ids)))
    db.execute(delete(t.slot).where(t.slot.c.claim_id.in_(held)))
    for table in (t.settlement, t.reference_item, t.claim):
        _delete(db, table, "set_id", set_ids)
    _delete(db, t.annotation_set, "id", set_ids)


def is_own(author_kind: str, author_id: str, me: str) -> bool:
    """Whether a set is a person's own work."""
    return author_kind in (AuthorKind.PERSON.value, AuthorKind.ADJUDICATOR.value) and author_id == me


def all_items(db: Connection, project_id: str) -> list[str]:
    """Ids of all items that are here."""
    return list(db.execute(select(t.item.c.id).where(t.item.c.project_id == project_id)).scalars())


def own_sets(db: Connection, project_id: str, me: str) -> list[str]:
    """Ids of a person's own sets that are here."""
    kinds = (AuthorKind.PERSON.value, AuthorKind.ADJUDICATOR.value)
    where = t.annotation_set.c
    rows = db.execute(
        select(where.id).where(where.project_id == project_id, where.author_id == me, where.author_kind.in_(kinds))
    )
    return list(rows.scalars())


def items_of_claims(db: Connection, claim_ids: Collection[str]) -> dict[str, str]:
    """The item each of some claims is about, as far as they are known here."""
    query = select(t.claim.c.id, t.task.c.item_id).join(t.task, t.claim.c.task_id == t.task.c.id)
    return {row[0]: row[1] for row in db.execute(query.where(t.claim.c.id.in_(sorted(claim_ids))))}


def own_claims(db: Connection, project_id: str, me: str) -> dict[str, tuple[str, int | None]]:
    """State and lease of a person's claims that are here, by id."""
    where = (t.claim.c.project_id == project_id) & (t.claim.c.person_id == me)
    rows = db.execute(select(t.claim.c.id, t.claim.c.state, t.claim.c.lease_until_us).where(where))
    return {row.id: (row.state, row.lease_until_us) for row in rows}


class Unshown(NamedTuple):
    """What a person holds on a place with suggestions, while none are here; under which version of the project."""

    claim_id: str
    task_id: str
    project_version: int
    is_compared: bool
    """Whether what stood before any comparison is noted."""


def without_suggestions(db: Connection, project_id: str, me: str) -> list[Unshown]:
    """What a person holds where suggestions may be shown and are not here."""
    model = t.annotation_set.alias()
    has = select(model.c.id).where(model.c.task_id == t.claim.c.task_id, model.c.author_kind == AuthorKind.MODEL.value)
    where = (t.claim.c.project_id == project_id) & (t.claim.c.person_id == me) & t.claim.c.shows_suggestions
    where &= (t.claim.c.state == SlotState.LEASED.value) & ~has.exists()
    sets, seen = t.annotation_set, t.view.c.independent_until_us
    joined = t.claim.join(sets, sets.c.id == t.claim.c.set_id).outerjoin(t.view, t.view.c.set_id == sets.c.id)
    query = select(t.claim.c.id, t.claim.c.task_id, sets.c.project_version, seen.is_not(None)).select_from(joined)
    return [Unshown(*row) for row in db.execute(query.where(where))]


def claims_by_state(db: Connection, project_id: str, me: str) -> Rows:
    """A person's claims that are here, whole."""
    where = (t.claim.c.project_id == project_id) & (t.claim.c.person_id == me)
    joined = t.claim.outerjoin(t.annotation_set, t.annotation_set.c.id == t.claim.c.set_id)
    rows = db.execute(select(t.claim, t.annotation_set.c.project_version).select_from(joined).where(where))
    return [dict(row._mapping) for row in rows]


def _make_way(db: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Items of this file whose name the server has given to another: theirs comes from there, with a number."""
    for row in rows:
        is_taken = (
            (t.item.c.project_id == row["project_id"]) & (t.item.c.key == row["key"]) & (t.item.c.id != row["id"])
        )
        db.execute(update(t.item).where(is_taken).values(key=t.item.c.key + " (" + t.item.c.id + ")"))


def _drop_hidden_sets(db: Connection, items: Collection[str], shown: Collection[str], me: str) -> None:
    """Others' sets of items that the server shows, when it shows the sets no more; what a model suggested stays."""
    sets, gone = t.annotation_set.c, []
    rows = db.execute(
        select(sets.id, sets.author_kind, sets.author_id)
        .join(t.task, t.task.c.id == sets.task_id)
        .where(t.task.c.item_id.in_(sorted(items)))
    )
    for row in rows:
        kept = row.author_kind == AuthorKind.MODEL.value or is_own(row.author_kind, row.author_id, me)
        if row.id not in shown and not kept:
            gone.append(row.id)
    drop_sets(db, gone)


def _put_slots(db: Connection, tasks: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Places on tasks, as far as this person may know who holds them: open ones, and those of claims that are here."""
    _delete(db, t.slot, "task_id", tasks)
    claims = set(db.execute(select(t.claim.c.id).where(t.claim.c.task_id.in_(tasks))).scalars())
    put(db, "slot", [row for row in rows if row["claim_id"] is None or row["claim_id"] in claims])


def _put_new(db: Connection, table: Table, rows: Rows) -> None:
    if rows:
        db.execute(insert(table).on_conflict_do_nothing(), rows)


def _delete(db: Connection, table: Table, column: str, values: Sequence[str]) -> None:
    for first in range(0, len(values), MOST_NAMED):
        db.execute(delete(table).where(table.c[column].in_(list(values[first : first + MOST_NAMED]))))


def _table(name: str) -> Table:
    return t.metadata.tables[name]
