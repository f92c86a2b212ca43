"""Takes an item's content out of a local file: rows and journal are blanked by one rule, and the file is written anew.

What SQLite lets go of stays readable in free pages and in the write-ahead log until both are wiped.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from annodesk.errors import AnnodeskError, BusyError, WorkflowError
from annodesk.model import takedown as rule
from annodesk.model.annotations import AuthorKind
from annodesk.model.items import TAKEN_DOWN
from annodesk.store import facts, inquiries, items, journal, precedents
from annodesk.store import tables as t
from annodesk.store.local_tables import bookmark, element, file_fact, heard, request
from annodesk.store.local_tables import journal as edits

if TYPE_CHECKING:
    from annodesk.model.items import Asset
    from annodesk.store.engine import LocalFile

DONE = "takedowns done"
"""Fact: the newest takedown that is carried out here to the end, and confirmed."""
COPY = "workstation"
"""Fact: the id under which the server knows this file."""
WIPE = "to be wiped"
"""Fact: content was taken down, and what is free in the file may still hold it."""

_WORDS = ("text", "note", "reason", "words", "place")
"""Parts of a request that are somebody's words."""


class Takedown(Struct, frozen=True):
    """An item whose content was taken down; of its words only the project's own stay, up to a version."""

    item_id: str
    number: int
    version: int
    made_at_us: int
    by_person: str = ""


class Blanked(Struct):
    """What was in a file of an item: its sets, and the texts that were blanked."""

    sets: list[str] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)
    edits: int = 0


def taken_down(db: Connection, item_ids: Iterable[str] | None = None) -> set[str]:
    """Items whose content was taken down, of some or of all."""
    query = select(t.takedown.c.item_id)
    if item_ids is not None:
        query = query.where(t.takedown.c.item_id.in_(sorted(item_ids)))
    return set(db.execute(query).scalars())


def known(db: Connection) -> list[Takedown]:
    """What was taken down here, oldest first."""
    rows = db.execute(select(t.takedown).order_by(t.takedown.c.number))
    return [Takedown(r.item_id, r.number, r.version, r.made_at_us, r.by_person) for r in rows]


def unblanked(db: Connection) -> list[str]:
    """Items of the shared database whose blanking broke off."""
    return list(db.execute(select(t.takedown.c.item_id).where(t.takedown.c.blanked_at_us.is_(None))).scalars())


def blank_on_server(db: Connection, project_id: str, item_id: str) -> int:
    """Blank what the shared database holds of an item that was taken down; returns how many Edits."""
    return int(db.execute(select(func.annodesk.blank_item(project_id, item_id))).scalar_one())


def check_in(db: Connection, project_id: str, copy: str, done: int) -> int:
    """Tell the shared database how far a copy is; returns the number of the newest takedown."""
    return int(db.execute(select(func.annodesk.check_in(project_id, copy, done))).scalar_one())


def is_gone(db: Connection, task_id: str) -> bool:
    """Whether a task is about an item whose content was taken down."""
    query = select(t.takedown.c.item_id).join(t.task, t.task.c.item_id == t.takedown.c.item_id)
    return db.execute(query.where(t.task.c.id == task_id)).first() is not None


def require_here(db: Connection, set_id: str) -> None:
    """Refuse new work on an item whose content was taken down."""
    query = select(t.takedown.c.item_id).join(t.task, t.task.c.item_id == t.takedown.c.item_id)
    query = query.join(t.annotation_set, t.annotation_set.c.task_id == t.task.c.id)
    if db.execute(query.where(t.annotation_set.c.id == set_id)).first() is not None:
        raise WorkflowError("This item was taken down.", "Its labels are kept; choose another task.")


def note(db: Connection, what: Takedown) -> None:
    """Write down that an item was taken down."""
    row: dict[str, Any] = {
        "item_id": what.item_id,
        "number": what.number,
        "version": what.version,
        "made_at_us": what.made_at_us,
    }
    row |= {"by_person": what.by_person, "blanked_at_us": what.made_at_us}
    db.execute(insert_or(t.takedown).values(**row).on_conflict_do_nothing())


def next_number(db: Connection) -> int:
    """The number of the next takedown of a file that stands alone."""
    return (db.execute(select(func.max(t.takedown.c.number))).scalar() or 0) + 1


def assets_of(db: Connection, item_id: str) -> tuple[Asset, ...]:
    """An item's files; none where the item is not here."""
    here = db.execute(select(t.item.c.id).where(t.item.c.id == item_id)).first()
    return () if here is None else items.get_item(db, item_id).assets


def files_until(db: Connection, project_id: str, version: int) -> str:
    """The project's files up to a version, in one text."""
    where = (t.project_version.c.project_id == project_id) & (t.project_version.c.version <= version)
    rows = db.execute(select(t.project_version.c.file).where(where).order_by(t.project_version.c.version))
    return "\n".join(rows.scalars())


def blank_item(db: Connection, item_id: str, files: str, *, keep_places: bool = False) -> Blanked:
    """Blank all there is of an item in this file, whoever made it; done again it changes nothing.

    With ``keep_places`` it stays known where its media are, for they could not be deleted yet.
    """
    words, found = rule.words_of(files), Blanked()
    row = db.execute(select(t.item).where(t.item.c.id == item_id)).first()
    if row is None:
        return found
    found.texts |= rule.texts_in(row._mapping["metadata"])
    for asset in items.get_item(db, item_id).assets:
        if asset.location != TAKEN_DOWN:
            found.texts |= {part for part in (asset.location.path, asset.location.url) if part}
    tasks = list(db.execute(select(t.task.c.id).where(t.task.c.item_id == item_id)).scalars())
    sets = db.execute(
        select(t.annotation_set.c.id, t.annotation_set.c.author_kind).where(t.annotation_set.c.task_id.in_(tasks))
    ).all()
    found.sets = [one.id for one in sets]
    for one in sets:
        _blank_elements(db, one.id, words, found)
        _blank_edits(db, one.id, words, found)
    _empty(db, t.comment, "text", t.comment.c.set_id.in_(found.sets), found)
    _empty(db, t.submission, "reason", t.submission.c.set_id.in_(found.sets), found)
    _empty(db, t.claim, "note", t.claim.c.task_id.in_(tasks), found)
    _empty(db, bookmark, "note", bookmark.c.item_id == item_id, found)
    inquiries.blank(db, item_id, found.texts)
    precedents.blank(db, item_id, found.texts)
    _empty(db, t.escalation, "evidence", t.escalation.c.item_id == item_id, found, {})
    for column, nothing in (("body", {}), ("words", ""), ("objection", "")):
        _empty(db, t.told_ruling, column, t.told_ruling.c.item_id == item_id, found, nothing)
    _empty(db, t.item, "metadata", t.item.c.id == item_id, found, {})
    db.execute(heard.delete().where(heard.c.set_id.in_(found.sets)))
    if not keep_places:
        place = {"root": TAKEN_DOWN.root, "path": TAKEN_DOWN.path, "url": TAKEN_DOWN.url}
        db.execute(update(t.asset).where(t.asset.c.item_id == item_id).values(**place))
    _blank_requests(db, tasks, found)
    for one in sets:
        if one.author_kind in (AuthorKind.PERSON.value, AuthorKind.ADJUDICATOR.value):
            _count_again(db, one.id)
    facts.note_fact(db, WIPE, "1")
    return found


def wipe(file: LocalFile) -> None:
    """Write the file anew without what is free in it, and empty the log beside it; BusyError where somebody reads."""
    raw = file.engine.raw_connection()
    try:
        db: Any = raw.driver_connection
        try:
            db.execute("VACUUM")
            busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError as error:
            sentence = f"{file.path.name} cannot be wiped now: {error}."
            raise BusyError(
                sentence, "It is tried again; free some space on the disk if that is what is short."
            ) from error
        if busy:
            raise BusyError(f"{file.path.name} is being read, so it cannot be wiped now.", "It is tried again.")
    finally:
        raw.close()
    with file.write() as connection:
        facts.forget_facts(connection, WIPE)


def needs_wipe(db: Connection) -> bool:
    """Whether something was blanked and the file not written anew since."""
    return db.execute(select(file_fact.c.value).where(file_fact.c.name == WIPE)).first() is not None


def _blank_elements(db: Connection, set_id: str, words: rule.Known, found: Blanked) -> None:
    changed = []
    for row in db.execute(select(element.c.id, element.c.body).where(element.c.set_id == set_id)):
        blank = rule.blank_element(row.body, words)
        if blank != row.body:
            found.texts |= rule.texts_in(row.body) - rule.texts_in(blank)
            changed.append({"s": set_id, "i": row.id, "body": blank})
    _rewrite(db, element, changed, lambda at: (element.c.set_id == at("s")) & (element.c.id == at("i")))


def _blank_edits(db: Connection, set_id: str, words: rule.Known, found: Blanked) -> None:
    changed = []
    for row in db.execute(select(edits.c.position, edits.c.format, edits.c.body).where(edits.c.set_id == set_id)):
        if row.body.get("purged") is True:
            continue
        blank = rule.blank_edit(row.body, row.format, words)
        found.texts |= rule.texts_in(row.body) - rule.texts_in(blank)
        changed.append({"p": row.position, "body": blank})
    found.edits += len(changed)
    _rewrite(db, edits, changed, lambda at: edits.c.position == at("p"))


def _rewrite(db: Connection, table: Any, rows: Sequence[dict[str, Any]], where: Callable[[Any], Any]) -> None:
    if rows:
        db.execute(update(table).where(where(bindparam)).values(body=bindparam("body")), list(rows))


def _empty(db: Connection, table: Any, column: str, where: Any, found: Blanked, nothing: Any = "") -> None:
    for value in db.execute(select(table.c[column]).where(where)).scalars():
        found.texts |= rule.texts_in(value)
    db.execute(update(table).where(where).values({column: nothing}))


def _blank_requests(db: Connection, tasks: Sequence[str], found: Blanked) -> None:
    """What the server is still to be told of, and was told, about the item: words go, what was done stays."""
    claims = set(db.execute(select(t.claim.c.id).where(t.claim.c.task_id.in_(tasks))).scalars())
    for row in db.execute(select(request)).all():
        if row.claim_id not in claims and row.body.get("set_id") not in found.sets:
            continue
        blank = {name: "" if name in _WORDS else value for name, value in row.body.items()}
        if row.kind == "submit":
            blank["digest"] = _digest_at(db, row.claim_id, row.body.get("head"))
        if blank.get("reason") != row.body.get("reason") and row.kind in ("skip", "flag", "submit"):
            # The server asks for a reason, and a code is no content.
            blank["reason"] = row.body["reason"] if row.kind in ("skip", "flag") else "taken down"
        if blank != row.body:
            found.texts |= rule.texts_in(row.body) - rule.texts_in(blank)
            db.execute(update(request).where(request.c.position == row.position).values(body=blank))


def _digest_at(db: Connection, claim_id: str | None, head: Any) -> str:
    set_id = db.execute(select(t.claim.c.set_id).where(t.claim.c.id == claim_id)).scalar()
    if set_id is None or not isinstance(head, str | None):
        return rule.UNKNOWN_DIGEST
    return _digest(db, set_id, head)


def _count_again(db: Connection, set_id: str) -> None:
    """Count the digests of a set that was handed in anew, so that both sides go on agreeing."""
    rows = db.execute(select(t.submission.c.number, t.submission.c.head).where(t.submission.c.set_id == set_id)).all()
    for number, head in rows:
        where = (t.submission.c.set_id == set_id) & (t.submission.c.number == number)
        db.execute(update(t.submission).where(where).values(digest=_digest(db, set_id, head)))


def _digest(db: Connection, set_id: str, head: str | None) -> str:
    try:
        return journal.set_at(db, set_id, head).digest()
    except AnnodeskError:
        return rule.UNKNOWN_DIGEST
