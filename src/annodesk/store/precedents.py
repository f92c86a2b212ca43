"""Rulings pinned to a clause of the guidelines: rows in and out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from annodesk.errors import NotFoundError
from annodesk.model.work import Precedent, PrecedentSource
from annodesk.store import facts
from annodesk.store import tables as t

_ROW = t.precedent.c
_WIPE = "to be wiped"
"""The fact that ``store.takedown`` notes: words have left this file, and what is free in it may still hold them."""


def add(db: Connection, project_id: str, pinned: Precedent, clip: Mapping[str, Any]) -> None:
    """Keep a precedent with what is needed to hear it."""
    values = {name: getattr(pinned, name) for name in Precedent.__struct_fields__}
    values |= {"labels": list(pinned.labels), "clip": dict(clip), "project_id": project_id}
    values["source"] = pinned.source.value
    db.execute(t.precedent.insert().values(**values))


def project_of(db: Connection, precedent_id: str) -> str:
    """The project one is pinned in."""
    found = db.execute(select(_ROW.project_id).where(_ROW.id == precedent_id)).scalar()
    if found is None:
        raise NotFoundError("There is no such precedent.")
    return str(found)


def remove(db: Connection, precedent_id: str, person_id: str, now_us: int) -> None:
    """Show one no more; that it was shown is kept."""
    where = (_ROW.id == precedent_id) & _ROW.removed_at_us.is_(None)
    db.execute(update(t.precedent).where(where).values(removed_by=person_id, removed_at_us=now_us))


def shown(db: Connection, project_id: str, *, but_not_of: Collection[str] = ()) -> list[Precedent]:
    """What is pinned now, newest first, but for some items."""
    where = (_ROW.project_id == project_id) & _ROW.removed_at_us.is_(None) & _ROW.item_id.not_in(sorted(but_not_of))
    rows = db.execute(select(t.precedent).where(where).order_by(_ROW.made_at_us.desc(), _ROW.id.desc()))
    return [_to_precedent(row) for row in rows]


def items_ever(db: Connection, item_ids: Collection[str] | None = None) -> set[str]:
    """Items on which a ruling was ever pinned, of some or of all: everybody has read it."""
    query = select(_ROW.item_id).where(_ROW.source == PrecedentSource.RULING.value).distinct()
    if item_ids is not None:
        query = query.where(_ROW.item_id.in_(sorted(item_ids)))
    return set(db.execute(query).scalars())


def copies_of(db: Connection, item_ids: Collection[str]) -> set[str]:
    """These items, and those with the same recording."""
    print_of = t.asset.c.quick_print
    prints = select(print_of).where(t.asset.c.item_id.in_(sorted(item_ids)), print_of != "")
    return {*item_ids, *db.execute(select(t.asset.c.item_id).where(print_of.in_(prints))).scalars()}


def put(db: Connection, project_id: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write what the server shows in place of what was here."""
    found = [dict(row) for row in rows]
    before = set(db.execute(select(_ROW.id).where(_ROW.project_id == project_id)).scalars())
    if before - {row["id"] for row in found}:
        facts.note_fact(db, _WIPE, "1")
    db.execute(delete(t.precedent).where(_ROW.project_id == project_id))
    if found:
        db.execute(t.precedent.insert(), found)


def blank(db: Connection, item_id: str, texts: set[str]) -> None:
    """Take words and clip away and show it no more; what is taken is added to ``texts``."""
    for row in db.execute(select(t.precedent).where(_ROW.item_id == item_id)):
        texts |= {text for text in (row.words, row.quote, *map(str, row.clip.values())) if text}
    nothing = {"words": "", "quote": "", "clip": {}}
    db.execute(update(t.precedent).where(_ROW.item_id == item_id).values(**nothing))
    gone = (_ROW.item_id == item_id) & _ROW.removed_at_us.is_(None)
    db.execute(update(t.precedent).where(gone).values(removed_at_us=_ROW.made_at_us))


def _to_precedent(row: Row[Any]) -> Precedent:
    values = {name: row._mapping[name] for name in Precedent.__struct_fields__}
    return Precedent(**values | {"labels": tuple(map(str, row.labels)), "source": PrecedentSource(row.source)})
