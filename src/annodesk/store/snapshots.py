"""Sets in the shared database: folded from their Edits, kept as snapshots, put aside where they do not fold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection, delete, func, insert, select

from annodesk.errors import AnnodeskError
from annodesk.model import branches
from annodesk.model.annotations import AnnotationSet, AuthorKind, element_from_json
from annodesk.model.edits import Edit, SealedEdit, heads_of
from annodesk.model.history import up_to
from annodesk.store import folding, journal, projects
from annodesk.store import shared_tables as s
from annodesk.store import tables as t
from annodesk.store.checked import MisfitError, understood

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema


class FaultyError(AnnodeskError):
    """A set that does not fold to what its author handed in."""


class Sets(Protocol):
    """Where sets are read and put: the module ``journal`` for the local file, this one for the shared database."""

    def set_at(self, db: Connection, set_id: str, head: str | None) -> AnnotationSet:
        """A set as it stood at a head."""

    def sets_of_task(self, db: Connection, task_id: str, *kinds: AuthorKind) -> list[AnnotationSet]:
        """All sets on a task (of some kinds of author), oldest first."""

    def add_set(self, db: Connection, annotations: AnnotationSet, now_us: int) -> None:
        """A new set."""


def set_at(db: Connection, set_id: str, head: str | None) -> AnnotationSet:
    """A set as it stood at a head: the snapshot of it where there is one, else folded; FaultyError where it cannot."""
    empty = journal.header(db, set_id).with_header(head=head)
    table = s.set_snapshot.c
    query = select(table.body).where(table.set_id == set_id, table.head == head).order_by(table.number.desc())
    body = db.execute(query.limit(1)).scalar()
    if body is not None:
        return _opened(empty, body)
    return empty if head is None else _folded(db, set_id, head)[0]


def newest(db: Connection, set_id: str) -> AnnotationSet:
    """A set as its newest snapshot has it; empty where there is none."""
    empty = journal.header(db, set_id)
    table = s.set_snapshot.c
    query = select(table.body, table.head).where(table.set_id == set_id).order_by(table.number.desc()).limit(1)
    row = db.execute(query).first()
    return empty if row is None else _opened(empty.with_header(head=row.head), row.body)


def sets_of_task(db: Connection, task_id: str, *kinds: AuthorKind) -> list[AnnotationSet]:
    """All sets on a task (of some kinds of author) as their newest snapshots have them, oldest first."""
    query = select(t.annotation_set.c.id).where(t.annotation_set.c.task_id == task_id).order_by(t.annotation_set.c.id)
    if kinds:
        query = query.where(t.annotation_set.c.author_kind.in_([k.value for k in kinds]))
    return [newest(db, set_id) for set_id in db.execute(query).scalars().all()]


def add_set(db: Connection, annotations: AnnotationSet, now_us: int) -> None:
    """A new set that comes whole, by the model or by consensus."""
    journal.add_set(db, annotations.with_elements(()), now_us)
    _keep(db, annotations, 0)


def fold_submitted(db: Connection, set_id: str, heads: Iterable[tuple[str | None, str | None]]) -> None:
    """Make a snapshot at each head a set was handed in at, with its digest; FaultyError where one does not come out.

    Parameters
    ----------
    heads : a head, and what its author's computer said the digest of the set is there (None where it said nothing)
    """
    table = s.set_snapshot.c
    handed_in = (table.set_id == set_id) & (table.number > folding.RUNNING)
    known = set(db.execute(select(table.head).where(handed_in)).scalars())
    for head, digest in dict.fromkeys(heads):
        if head is None or head in known:
            continue
        folded, count = _folded(db, set_id, head)
        if digest is not None and folded.digest() != digest:
            raise FaultyError("What was handed in is not what its changes make.")
        _keep(db, folded, count)
        known.add(head)


def fold_further(db: Connection, set_id: str) -> bool:
    """Fold a set that is still worked on, where it has grown long; FaultyError where it cannot be folded now."""
    submitted = select(t.submission.c.number).where(t.submission.c.set_id == set_id).limit(1)
    if db.execute(submitted).first() is not None or not folding.is_long(db, set_id):
        return False
    head = folding.newest_head(db, set_id)
    assert head is not None
    folded, count = _folded(db, set_id, head)
    folding.keep_running(db, folded, body_of(folded), count)
    return True


def note_fault(db: Connection, set_id: str, reason: str) -> None:
    """Put a set aside: nothing is made of it until somebody has looked."""
    clear_fault(db, set_id)
    db.execute(insert(s.set_fault).values(set_id=set_id, reason=reason))


def clear_fault(db: Connection, set_id: str) -> bool:
    """A set that folds again is like any other; returns whether it was put aside."""
    return bool(db.execute(delete(s.set_fault).where(s.set_fault.c.set_id == set_id)).rowcount)


def faulty_items(db: Connection) -> list[str]:
    """Items with a set that was put aside."""
    joined = s.set_fault.join(t.annotation_set, t.annotation_set.c.id == s.set_fault.c.set_id)
    joined = joined.join(t.task, t.task.c.id == t.annotation_set.c.task_id)
    return list(db.execute(select(t.task.c.item_id).select_from(joined).distinct()).scalars())


def body_of(annotations: AnnotationSet) -> dict[str, Any]:
    """What a snapshot keeps of a set."""
    return {"elements": annotations.to_json()}


def _folded(db: Connection, set_id: str, head: str) -> tuple[AnnotationSet, int]:
    base = journal.header(db, set_id).with_header(head=None)
    schema = _schema(db, base)
    submitted = select(t.submission.c.head).where(t.submission.c.set_id == set_id).order_by(t.submission.c.number)
    heads = [one for one in db.execute(submitted).scalars() if one is not None]
    try:
        begun = folding.running(db, set_id)
        if begun is not None:
            whence = _opened(base.with_header(head=begun[0]), begun[1])
            found = folding.fold_from(db, schema, whence, head, heads)
            if found is not None:
                return found[:2]
        edits = up_to(_edits(db, set_id), head)
    except MisfitError:
        raise FaultyError("One of its changes cannot be understood.") from None
    known = {edit.id for edit in edits}
    if not set(heads_of(head)) <= known:
        raise FaultyError("Some of this work is still on its way from another computer.")
    history = branches.fold(schema, base, edits, heads)
    if history.unfinished:
        raise FaultyError(history.unfinished)
    return history.annotations.with_header(head=head), len(edits)


def _edits(db: Connection, set_id: str) -> list[Edit | SealedEdit]:
    return [journal.any_edit(row) for row in db.execute(select(s.edit).where(s.edit.c.set_id == set_id))]


def _schema(db: Connection, annotations: AnnotationSet) -> LabelSchema:
    return projects.get_version(db, annotations.project_id, annotations.project_version).project.schema


def _opened(empty: AnnotationSet, body: dict[str, Any]) -> AnnotationSet:
    with understood():
        return empty.with_elements(element_from_json(one) for one in body["elements"])


def _keep(db: Connection, annotations: AnnotationSet, edits: int) -> None:
    table = s.set_snapshot
    last = db.execute(select(func.max(table.c.number)).where(table.c.set_id == annotations.id)).scalar() or 0
    db.execute(
        insert(table).values(
            set_id=annotations.id,
            number=last + 1,
            head=annotations.head,
            body=body_of(annotations),
            digest=annotations.digest(),
            edits=edits,
        )
    )
