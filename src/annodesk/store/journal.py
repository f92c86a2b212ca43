"""The journal of Edits, and the sets and element rows it builds: written together, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Row, bindparam, cast, delete, func, insert, select, update

from annodesk.errors import EditError, NotFoundError
from annodesk.model import branches
from annodesk.model.annotations import (
    AnnotationSet,
    Answer,
    Author,
    AuthorKind,
    Element,
    Relation,
    Segment,
    Span,
    element_from_json,
    element_to_json,
)
from annodesk.model.branches import Branches, Outcome
from annodesk.model.edits import (
    EDIT_FORMAT,
    Edit,
    SealedEdit,
    any_edit_from_json,
    edit_from_json,
    heads_of,
    received_edit_from_json,
)
from annodesk.model.history import in_order, up_to
from annodesk.model.records import is_int
from annodesk.model.schema import LabelSchema
from annodesk.store import checked, projects
from annodesk.store import tables as t
from annodesk.store.checked import understood
from annodesk.store.local_tables import element, journal

PENDING = "pending"
"""Outbox state of an Edit no server has acknowledged."""
ACKNOWLEDGED = "acknowledged"
"""Outbox state of an Edit that the server has."""
PULLED = "pulled"
"""Outbox state of an Edit that was made on another machine."""
LOST = "lost"
"""Outbox state of an Edit that was made on another machine and that the server had, and has not any more."""

_TEXTS = select(cast(element.c.body, sqlalchemy.Text)).where(element.c.set_id == bindparam("set"))
_HEADER = select(t.annotation_set).where(t.annotation_set.c.id == bindparam("set"))
_OF_TASK = (
    select(t.annotation_set.c.id)
    .where(t.annotation_set.c.task_id == bindparam("task"))
    .where(t.annotation_set.c.author_kind.in_(bindparam("kinds", expanding=True)))
    .order_by(t.annotation_set.c.id)
)
MOST_NAMED = 10_000
"""So many rows are named in one statement; SQLite counts what a statement names."""
_KEYS = ("id", "set", "device", "device_seq", "parents", "undoes", "format", "project_version", "elapsed_us")
_PLACE = frozenset((*_KEYS, "made_at_us", "server_offset_us"))


def add_set(db: Connection, annotations: AnnotationSet, now_us: int) -> None:
    """A new set's header; its elements come by Edits, or at once where it has no journal (model, consensus)."""
    db.execute(
        t.annotation_set.insert().values(
            id=annotations.id,
            project_id=annotations.project_id,
            task_id=annotations.task_id,
            author_kind=annotations.author.kind.value,
            author_id=annotations.author.id,
            round=annotations.round,
            project_version=annotations.project_version,
            head=annotations.head,
            made_at_us=now_us,
        )
    )
    rows = [_element_row(annotations.id, e) for e in annotations]
    if rows:
        db.execute(insert(element), rows)


def get_set(db: Connection, set_id: str) -> AnnotationSet:
    """A set as its element rows hold it."""
    empty = header(db, set_id)
    texts = db.execute(_TEXTS, {"set": set_id}).scalars().all()
    bodies = checked.all_from_json(texts)
    if bodies is None:
        # One of them is no record: read one by one, the message says which.
        bodies = list(db.execute(select(element.c.body).where(element.c.set_id == set_id)).scalars())
    with understood():
        return empty.with_elements(map(element_from_json, bodies))


def get_seen(db: Connection, seen: AnnotationSet) -> AnnotationSet:
    """A set as its rows hold it; refused where that is not what somebody sees, for an Edit of theirs was not saved."""
    stored = get_set(db, seen.id)
    if stored.head != seen.head:
        raise EditError("What is shown is not what is saved.", "Look at it once more, then do it again.")
    return stored


def header(db: Connection, set_id: str) -> AnnotationSet:
    """A set without its elements: author, task, round, version and head."""
    row = db.execute(_HEADER, {"set": set_id}).first()
    if row is None:
        raise NotFoundError(f"There is no annotation set {set_id}.")
    return AnnotationSet(
        row.id,
        author=Author(AuthorKind(row.author_kind), row.author_id),
        project_id=row.project_id,
        task_id=row.task_id,
        round=row.round,
        project_version=row.project_version,
        head=row.head,
    )


def sets_of_task(db: Connection, task_id: str, *kinds: AuthorKind) -> list[AnnotationSet]:
    """All sets on a task (of some kinds of author), oldest first."""
    asked = {"task": task_id, "kinds": [kind.value for kind in kinds or AuthorKind]}
    return [get_set(db, set_id) for set_id in db.execute(_OF_TASK, asked).scalars().all()]


def record(db: Connection, edit: Edit) -> None:
    """Write an Edit's element rows and its journal row; refuses one that does not follow the set's head.

    Recording an Edit that is already there changes nothing.
    """
    head = db.execute(
        select(t.annotation_set.c.head, t.annotation_set.c.project_id).where(t.annotation_set.c.id == edit.set_id)
    ).first()
    if head is None:
        raise NotFoundError(f"There is no annotation set {edit.set_id}.")
    if set(edit.parents) != set(heads_of(head.head)):
        if edit.id in _known(db, edit.set_id, [edit.id]):
            return
        _record_beside(db, edit)
        return
    ids = list(edit.touched_ids)
    stored = {
        row.id: row.body
        for row in db.execute(
            select(element.c.id, element.c.body).where(element.c.set_id == edit.set_id, element.c.id.in_(ids))
        )
    }
    for change in edit.changes:
        found = stored.get(change.element_id)
        if (None if found is None else to_element(found)) != change.before:
            raise EditError(f"Element {change.element_id} is not as the Edit expects it.", "Open the task again.")
    _write_rows(db, edit.set_id, stored, [change.after for change in edit.changes if change.after is not None])
    db.execute(insert(journal), [_journal_row(edit, head.project_id, PENDING)])
    db.execute(update(t.annotation_set).where(t.annotation_set.c.id == edit.set_id).values(head=edit.id))


def receive(
    db: Connection, set_id: str, edits: Iterable[Edit | SealedEdit], schema: LabelSchema, *, anew: bool = False
) -> tuple[Branches, list[str]]:
    """Keep Edits that other machines have made, and make the rows what all of the set's Edits fold to.

    Returns the folded history and the ids of the Edits that were new. Nothing is refused: what does not fit, waits,
    comes late or cannot be understood is kept, and the history says so. With ``anew`` the rows are looked at even if
    no Edit is new, such as when another machine has handed the set in.
    """
    return _fold_in(db, set_id, edits, schema, PULLED, anew=anew)


def _record_beside(db: Connection, edit: Edit) -> None:
    """Keep an Edit that was made while another machine's were being pulled; refused where it has no place at all."""
    annotations = header(db, edit.set_id)
    if pulled_ids(db, edit.set_id):
        schema = projects.get_version(db, annotations.project_id, annotations.project_version).project.schema
        history, _ = _fold_in(db, edit.set_id, [edit], schema, PENDING)
        if history.outcomes[edit.id] not in (Outcome.WAITING, Outcome.REFUSED):
            return
    raise EditError("This Edit does not follow the last one of its set.", "Open the task again.")


def _fold_in(
    db: Connection,
    set_id: str,
    edits: Iterable[Edit | SealedEdit],
    schema: LabelSchema,
    outbox: str,
    *,
    anew: bool = False,
) -> tuple[Branches, list[str]]:
    history = branches_of(db, set_id, schema)
    before = get_set(db, set_id) if anew else history.annotations
    fresh = [edit for edit in in_order(edits) if edit.id not in history.outcomes]
    if not fresh and not anew:
        return history, []
    history.extend(fresh)
    after = history.annotations
    changed = [i for i in {e.id for e in before} | {e.id for e in after} if before.get(i) != after.get(i)]
    _write_rows(db, set_id, [i for i in changed if i in before], [after[i] for i in changed if i in after])
    if fresh:
        db.execute(insert(journal), [_journal_row(edit, after.project_id, outbox) for edit in fresh])
    db.execute(update(t.annotation_set).where(t.annotation_set.c.id == set_id).values(head=after.head))
    return history, [edit.id for edit in fresh]


def branches_of(db: Connection, set_id: str, schema: LabelSchema) -> Branches:
    """A set's whole history folded, with what became of each Edit."""
    submitted = select(t.submission.c.head).where(t.submission.c.set_id == set_id).order_by(t.submission.c.number)
    rows = db.execute(select(journal).where(journal.c.set_id == set_id).order_by(journal.c.position))
    heads = [head for head in db.execute(submitted).scalars() if head is not None]
    return branches.fold(schema, header(db, set_id).with_header(head=None), map(any_edit, rows), heads)


def pulled_ids(db: Connection, set_id: str) -> frozenset[str]:
    """Ids of a set's Edits that were made on other machines; none where all were made here."""
    return frozenset(
        db.execute(
            select(journal.c.id).where(journal.c.set_id == set_id, journal.c.outbox.in_((PULLED, LOST)))
        ).scalars()
    )


def _known(db: Connection, set_id: str, ids: list[str]) -> set[str]:
    return set(db.execute(select(journal.c.id).where(journal.c.set_id == set_id, journal.c.id.in_(ids))).scalars())


def _write_rows(db: Connection, set_id: str, gone: Iterable[str], put: Iterable[Element]) -> None:
    ids, rows = list(gone), [_element_row(set_id, one) for one in put]
    for first in range(0, len(ids), MOST_NAMED):
        some = ids[first : first + MOST_NAMED]
        db.execute(delete(element).where(element.c.set_id == set_id, element.c.id.in_(some)))
    if rows:
        db.execute(insert(element), rows)


def _journal_row(edit: Edit | SealedEdit, project_id: str, outbox: str) -> dict[str, Any]:
    row = {
        "project_id": project_id,
        "set_id": edit.set_id,
        "id": edit.id,
        "device": edit.device,
        "device_seq": edit.device_seq,
        "parents": list(edit.parents),
        "format": edit.format,
        "outbox": outbox,
    }
    if isinstance(edit, SealedEdit):
        times = {name: edit.body.get(name) for name in ("elapsed_us", "made_at_us", "server_offset_us")}
        whole = {name: time if is_int(time) else None for name, time in times.items()}
        version, undoes = edit.body.get("project_version"), edit.body.get("undoes")
        return {
            **row,
            "undoes": undoes if isinstance(undoes, str) else None,
            "project_version": version if is_int(version) else 1,
            "elapsed_us": whole["elapsed_us"] or 0,
            "made_at_us": whole["made_at_us"] or 0,
            "server_offset_us": whole["server_offset_us"],
            "body": {key: value for key, value in edit.body.items() if key not in _PLACE},
        }
    return {
        **row,
        "undoes": edit.undoes,
        "project_version": edit.project_version,
        "elapsed_us": edit.elapsed_us,
        "made_at_us": edit.made_at_us,
        "server_offset_us": edit.server_offset_us,
        "body": edit.body(),
    }


def edits_of(db: Connection, set_id: str) -> list[Edit]:
    """A set's Edits in the order they were recorded."""
    rows = db.execute(select(journal).where(journal.c.set_id == set_id).order_by(journal.c.position))
    return [to_edit(row) for row in rows]


def next_device_seq(db: Connection, device: str) -> int:
    """The number the device's next Edit takes."""
    newest = db.execute(select(func.max(journal.c.device_seq)).where(journal.c.device == device)).scalar()
    return (newest or 0) + 1


def fold(db: Connection, set_id: str, head: str | None = None) -> AnnotationSet:
    """A set rebuilt from its journal, up to one head (all of it where none is named)."""
    base, edits = header(db, set_id).with_header(head=None), edits_of(db, set_id)
    if not set(heads_of(head)) <= {edit.id for edit in edits}:
        raise EditError(f"Set {set_id} has no Edit {head}.")
    schema = LabelSchema()
    if pulled_ids(db, set_id):
        schema = projects.get_version(db, base.project_id, base.project_version).project.schema
    folded = branches.fold(schema, base, edits if head is None else up_to(edits, head))
    if folded.locked:
        raise EditError(folded.locked)
    return folded.annotations


def set_at(db: Connection, set_id: str, head: str | None) -> AnnotationSet:
    """A set as it stood at a head; from its rows where that is what they hold, else from the journal."""
    now = get_set(db, set_id)
    if head == now.head:
        return now
    if head is None:
        return now.with_elements(()).with_header(head=None)
    return fold(db, set_id, head)


def put_elements(db: Connection, annotations: AnnotationSet) -> None:
    """Write the elements of a set that has no journal (model, consensus) in place of those there were."""
    db.execute(delete(element).where(element.c.set_id == annotations.id))
    rows = [_element_row(annotations.id, one) for one in annotations]
    if rows:
        db.execute(insert(element), rows)


def rebuild_rows(db: Connection, set_id: str) -> AnnotationSet:
    """Write a set's element rows anew from its journal; refused where a set has none (a model's, a consensus)."""
    if header(db, set_id).author.kind in (AuthorKind.MODEL, AuthorKind.CONSENSUS, AuthorKind.CANARY):
        raise EditError(f"Set {set_id} has no journal to be rebuilt from.")
    folded = fold(db, set_id)
    db.execute(delete(element).where(element.c.set_id == set_id))
    rows = [_element_row(set_id, e) for e in folded]
    if rows:
        db.execute(insert(element), rows)
    return folded


def _element_row(set_id: str, what: Element) -> dict[str, Any]:
    part, start, end = "", None, None
    if isinstance(what, Segment):
        part, start, end = what.tier, what.start_us, what.end_us
    elif isinstance(what, Span):
        part, start, end = what.type, what.start, what.end
    elif isinstance(what, Answer):
        part = what.question
    elif isinstance(what, Relation):
        part = what.type
    body = element_to_json(what)
    row = {"set_id": set_id, "id": what.id, "kind": what.KIND, "part": part, "start": start, "end": end}
    return {**row, "body": body}


def to_element(body: Mapping[str, Any]) -> Element:
    """The element of a stored body."""
    with understood():
        return element_from_json(body)


def to_edit(row: Row[Any]) -> Edit:
    """The Edit of a row; EditError where a later version of annodesk made it."""
    if row.format != EDIT_FORMAT:
        return edit_from_json(_edit_json(row))
    with understood():
        return edit_from_json(_edit_json(row))


def any_edit(row: Any) -> Edit | SealedEdit:
    """The Edit of a row, as it is where a later version of annodesk made it."""
    with understood():
        return any_edit_from_json(_edit_json(row))


def received_edit(row: Any) -> Edit | SealedEdit:
    """The Edit of a row that a server sent; what says nothing to be understood is kept, and locks its set alone."""
    body = row.body if isinstance(row.body, Mapping) else {"said": row.body}
    with understood():
        return received_edit_from_json(_edit_json(row, body))


def _edit_json(row: Any, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        **(row.body if body is None else body),
        "id": row.id,
        "set": row.set_id,
        "device": row.device,
        "device_seq": row.device_seq,
        "parents": row.parents,
        "undoes": row.undoes,
        "format": row.format,
        "project_version": row.project_version,
        "elapsed_us": row.elapsed_us,
        "made_at_us": row.made_at_us,
        "server_offset_us": row.server_offset_us,
    }
