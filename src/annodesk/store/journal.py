"""The journal of Edits, and the sets and element rows it builds: written together, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from annodesk.errors import EditError, NotFoundError
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
from annodesk.model.edits import EDIT_FORMAT, Edit, apply, edit_from_json
from annodesk.store import tables as t
from annodesk.store.checked import understood
from annodesk.store.local_tables import element, journal

PENDING = "pending"
"""Outbox state of an Edit no server has acknowledged."""


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
    bodies = db.execute(select(element.c.body).where(element.c.set_id == set_id)).scalars()
    with understood():
        return empty.with_elements(element_from_json(body) for body in bodies)


def get_seen(db: Connection, seen: AnnotationSet) -> AnnotationSet:
    """A set as its rows hold it; refused where that is not what somebody sees, for an Edit of theirs was not saved."""
    stored = get_set(db, seen.id)
    if stored.head != seen.head:
        raise EditError("What is shown is not what is saved.", "Look at it once more, then do it again.")
    return stored


def header(db: Connection, set_id: str) -> AnnotationSet:
    """A set without its elements: author, task, round, version and head."""
    row = db.execute(select(t.annotation_set).where(t.annotation_set.c.id == set_id)).first()
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
    query = select(t.annotation_set.c.id).where(t.annotation_set.c.task_id == task_id).order_by(t.annotation_set.c.id)
    if kinds:
        query = query.where(t.annotation_set.c.author_kind.in_([k.value for k in kinds]))
    return [get_set(db, set_id) for set_id in db.execute(query).scalars().all()]


def record(db: Connection, edit: Edit) -> None:
    """Write an Edit's element rows and its journal row; refuses one that does not follow the set's head.

    Recording an Edit that is already there changes nothing.
    """
    head = db.execute(
        select(t.annotation_set.c.head, t.annotation_set.c.project_id).where(t.annotation_set.c.id == edit.set_id)
    ).first()
    if head is None:
        raise NotFoundError(f"There is no annotation set {edit.set_id}.")
    if head.head == edit.id:
        return
    if edit.parents != ((head.head,) if head.head else ()):
        raise EditError("This Edit does not follow the last one of its set.", "Open the task again.")
    ids = list(edit.touched_ids)
    stored = {
        row.id: row.body
        for row in db.execute(
            select(element.c.id, element.c.body).where(element.c.set_id == edit.set_id, element.c.id.in_(ids))
        )
    }
    gone, rows = [], []
    for change in edit.changes:
        expected = None if change.before is None else change.before
        found = stored.get(change.element_id)
        if (None if found is None else to_element(found)) != expected:
            raise EditError(f"Element {change.element_id} is not as the Edit expects it.", "Open the task again.")
        if found is not None:
            gone.append(change.element_id)
        if change.after is not None:
            rows.append(_element_row(edit.set_id, change.after))
    if gone:
        db.execute(delete(element).where(element.c.set_id == edit.set_id, element.c.id.in_(gone)))
    if rows:
        db.execute(insert(element), rows)
    db.execute(
        insert(journal).values(
            project_id=head.project_id,
            set_id=edit.set_id,
            id=edit.id,
            device=edit.device,
            device_seq=edit.device_seq,
            parents=list(edit.parents),
            undoes=edit.undoes,
            format=edit.format,
            project_version=edit.project_version,
            elapsed_us=edit.elapsed_us,
            made_at_us=edit.made_at_us,
            server_offset_us=edit.server_offset_us,
            body=edit.body(),
            outbox=PENDING,
        )
    )
    db.execute(update(t.annotation_set).where(t.annotation_set.c.id == edit.set_id).values(head=edit.id))


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
    folded = header(db, set_id).with_header(head=None)
    for edit in edits_of(db, set_id):
        folded = apply(folded, edit)
        if edit.id == head:
            return folded
    if head is not None:
        raise EditError(f"Set {set_id} has no Edit {head}.")
    return folded


def set_at(db: Connection, set_id: str, head: str | None) -> AnnotationSet:
    """A set as it stood at a head; from its rows where that is what they hold, else from the journal."""
    now = get_set(db, set_id)
    if head == now.head:
        return now
    if head is None:
        return now.with_elements(()).with_header(head=None)
    return fold(db, set_id, head)


def rebuild_rows(db: Connection, set_id: str) -> AnnotationSet:
    """Write a set's element rows anew from its journal; refused where a set has none (a model's, a consensus)."""
    if header(db, set_id).author.kind in (AuthorKind.MODEL, AuthorKind.CONSENSUS):
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
    body = {
        **row.body,
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
    if row.format != EDIT_FORMAT:
        return edit_from_json(body)
    with understood():
        return edit_from_json(body)
