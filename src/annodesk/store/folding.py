"""Folds sets that are still worked on a thousand Edits at a time: what is handed in is folded from near its end.

The set as far as it is folded is its snapshot number 0; unlike what was handed in (1 and on), it is put in place of
the one before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Text, any_, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from annodesk.model import branches
from annodesk.model.edits import head_of, heads_of
from annodesk.store import shared_tables as s
from annodesk.store.journal import any_edit

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet
    from annodesk.model.schema import LabelSchema

EVERY = 1_000
"""So many Edits more, and a set is folded anew."""
RUNNING = 0

_EDIT, _SNAPSHOT, _UNFOLDED = s.edit.c, s.set_snapshot.c, s.unfolded.c


def take_unfolded(db: Connection, most: int) -> list[str]:
    """Sets to which Edits were pushed since somebody looked last, longest waiting first, of so many pushes."""
    oldest = select(_UNFOLDED.id).order_by(_UNFOLDED.id).limit(most)
    rows = db.execute(delete(s.unfolded).where(_UNFOLDED.id.in_(oldest)).returning(_UNFOLDED.set_id))
    return list(dict.fromkeys(rows.scalars()))


def is_long(db: Connection, set_id: str) -> bool:
    """Whether a set has grown by so much that it is folded."""
    folded = select(func.max(_SNAPSHOT.edits)).where(_SNAPSHOT.set_id == set_id)
    known = db.execute(folded).scalar() or 0
    here = select(_EDIT.id).where(_EDIT.set_id == set_id).limit(known + EVERY)
    return int(db.execute(select(func.count()).select_from(here.subquery())).scalar_one()) >= known + EVERY


def keep_running(db: Connection, annotations: AnnotationSet, body: dict[str, Any], edits: int) -> None:
    """Keep a set as far as it is folded."""
    said: dict[str, Any] = {"head": annotations.head, "body": body, "digest": annotations.digest(), "edits": edits}
    statement = insert(s.set_snapshot).values(set_id=annotations.id, number=RUNNING, **said)
    keys = ["project_id", "set_id", "number"]
    db.execute(
        statement.on_conflict_do_update(index_elements=keys, set_={**said, "made_at_us": func.annodesk.now_us()})
    )


def running(db: Connection, set_id: str) -> tuple[str, dict[str, Any]] | None:
    """Head and body of a set as far as it is folded; None where it never was."""
    query = select(_SNAPSHOT.head, _SNAPSHOT.body).where(_SNAPSHOT.set_id == set_id, _SNAPSHOT.number == RUNNING)
    row = db.execute(query).first()
    return None if row is None else (row.head, row.body)


def fold_from(
    db: Connection, schema: LabelSchema, base: AnnotationSet, head: str, submitted: list[str]
) -> tuple[AnnotationSet, int, int] | None:
    """A set at a head, folded from what it is folded to already; how many Edits that are, and how many were read.

    None where that cannot be told from there: Edits came later that were made on earlier ones.
    """
    parents = _parents(db, base.id)
    past, before = _past(parents, head), _past(parents, base.head)
    if not before <= past or any(before & set(heads_of(one)) for one in submitted):
        return None
    missing = past - before
    ids = bindparam("ids", sorted(missing), ARRAY(Text))
    wanted = select(s.edit).where(_EDIT.set_id == base.id, _EDIT.id == any_(ids))
    edits = [any_edit(row) for row in db.execute(wanted)]
    history = branches.fold(schema, base, edits, submitted)
    if history.unfinished or set(heads_of(history.annotations.head)) != set(heads_of(head)):
        return None
    return history.annotations.with_header(head=head), len(past), len(missing)


def newest_head(db: Connection, set_id: str) -> str | None:
    """The last Edit of each branch of a set."""
    parents = _parents(db, set_id)
    return head_of(parents.keys() - {one for before in parents.values() for one in before})


def _parents(db: Connection, set_id: str) -> dict[str, list[str]]:
    rows = db.execute(select(_EDIT.id, _EDIT.parents).where(_EDIT.set_id == set_id))
    return {row.id: row.parents for row in rows}


def _past(parents: dict[str, list[str]], head: str | None) -> set[str]:
    found: set[str] = set()
    waiting = [one for one in heads_of(head) if one in parents]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += [p for p in parents[one] if p in parents]
    return found
