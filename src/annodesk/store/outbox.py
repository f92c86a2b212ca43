"""What of this file the shared database has not acknowledged: Edits of the journal, and requests about tasks."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, case, delete, func, insert, select, update

from annodesk.store import facts, figures, told
from annodesk.store import tables as t
from annodesk.store.checked import JsonObject
from annodesk.store.engine import MAX_RECORD_BYTES
from annodesk.store.journal import ACKNOWLEDGED, LOST, MOST_NAMED, PENDING, PULLED
from annodesk.store.local_tables import journal, request

ITEMS_AT_ONCE = 100
"""So many new items are told of in one request."""
_UNSENT = (PENDING, LOST)
_SENT = {PENDING: ACKNOWLEDGED, LOST: PULLED}
_SENT_PARTS = [
    part
    for column in journal.c
    if column.name not in ("project_id", "position", "outbox")
    for part in (column.name, func.json(column) if isinstance(column.type, JsonObject) else column)
]
"""Names and values of what the shared database keeps of a row."""


class Asked(StrEnum):
    """Where a request stands; ``sent`` means that the answer was not heard."""

    WAITING = "waiting"
    SENT = "sent"
    DONE = "done"
    REFUSED = "refused"


class Request(Struct, frozen=True):
    """Something the server is to be told: claim, submit, recall, resume, skip, ask, withdraw.

    Also give_back, flag, view, comment, decline and unpack; seen, dispute and resolve about rulings and pins; of a
    manager add_items, add_version, place_asset, set_batch.
    """

    position: int
    kind: str
    claim_id: str | None
    body: dict[str, Any]
    after_position: int
    state: Asked
    answer: str
    made_at_us: int


class WaitingEdits(Struct, frozen=True):
    """Rows of the journal to be sent: their places here, their sets, and each row whole, as JSON."""

    positions: tuple[int, ...]
    sets: frozenset[str]
    texts: tuple[str, ...]


def ask(db: Connection, kind: str, claim_id: str | None, now_us: int, **body: Any) -> None:
    """Have the server told of something once all that was done before is sent; nothing where the file is alone."""
    if facts.joined(db) is None:
        return
    db.execute(
        insert(request).values(
            kind=kind,
            claim_id=claim_id,
            body=body,
            after_position=db.execute(select(func.max(journal.c.position))).scalar() or 0,
            state=Asked.WAITING.value,
            answer="",
            made_at_us=now_us,
        )
    )


def ask_once(db: Connection, kind: str, claim_id: str, now_us: int) -> None:
    """The same, where it is not waiting to be told already."""
    waiting = request.c.state.in_((Asked.WAITING.value, Asked.SENT.value))
    where = (request.c.kind == kind) & (request.c.claim_id == claim_id) & waiting
    if db.execute(select(request.c.position).where(where)).first() is None:
        ask(db, kind, claim_id, now_us)


def ask_for_items(db: Connection, item_ids: Sequence[str], now_us: int) -> None:
    """Have the server told of items that were added here, some at a time."""
    for first in range(0, len(item_ids), ITEMS_AT_ONCE):
        ask(db, "add_items", None, now_us, items=list(item_ids[first : first + ITEMS_AT_ONCE]))


def requests(db: Connection, *states: Asked, kind: str = "") -> list[Request]:
    """Requests in these states, in order; of one kind, where it is named."""
    query = select(request).where(request.c.state.in_([state.value for state in states]))
    if kind:
        query = query.where(request.c.kind == kind)
    rows = db.execute(query.order_by(request.c.position))
    return [
        Request(r.position, r.kind, r.claim_id, r.body, r.after_position, Asked(r.state), r.answer, r.made_at_us)
        for r in rows
    ]


def note_answer(db: Connection, position: int, state: Asked, answer: str = "") -> None:
    """Note how the server took a request."""
    db.execute(update(request).where(request.c.position == position).values(state=state.value, answer=answer))


def keep_said(db: Connection) -> None:
    """What the person has done to rulings and pins is so here, though the server has not heard of it."""
    for asked in requests(db, Asked.WAITING, Asked.SENT):
        body = asked.body
        if asked.kind == "seen":
            told.note_seen(db, body["ids"], asked.made_at_us)
        elif asked.kind == "dispute":
            told.note_dispute(db, body["id"], body["text"], asked.made_at_us, waits=False)
        elif asked.kind == "resolve":
            figures.resolve_comment(db, body["id"], is_resolved=body["is_resolved"])


def forget(db: Connection, answered: Request) -> None:
    """Let go of a request that changed nothing."""
    db.execute(delete(request).where(request.c.position == answered.position))


def claims_asked_about(db: Connection) -> set[str]:
    """Claims that a request is still waiting about: what is here of them is newer than what the server knows."""
    wanted = request.c.state.in_((Asked.WAITING.value, Asked.SENT.value))
    return {claim_id for claim_id in db.execute(select(request.c.claim_id).where(wanted)).scalars() if claim_id}


def waiting_edits(
    db: Connection,
    project_id: str,
    *,
    most: int,
    most_chars: int = MAX_RECORD_BYTES,
    until: int | None = None,
    not_of: Collection[str] = (),
) -> WaitingEdits:
    """The next Edits to be sent, oldest first, up to a place of the journal; none of some sets.

    SQLite puts the rows together: in Python that would take the interpreter from the window for a third of the time.
    """
    query = select(journal.c.position, journal.c.set_id, func.json_object(*_SENT_PARTS)).where(
        journal.c.outbox.in_(_UNSENT), journal.c.project_id == project_id
    )
    if until is not None:
        query = query.where(journal.c.position <= until)
    if not_of:
        query = query.where(journal.c.set_id.not_in(sorted(not_of)))
    positions, sets, texts, size = list[int](), set[str](), list[str](), 0
    for position, set_id, row in db.execute(query.order_by(journal.c.position).limit(most)):
        size += len(row)
        if size > most_chars and positions:
            break
        positions.append(position)
        sets.add(set_id)
        texts.append(row)
    return WaitingEdits(tuple(positions), frozenset(sets), tuple(texts))


def acknowledge(db: Connection, positions: Iterable[int]) -> None:
    """Note that the server has these rows of the journal."""
    named = list(positions)
    for first in range(0, len(named), MOST_NAMED):
        some = named[first : first + MOST_NAMED]
        where = journal.c.position.in_(some) & journal.c.outbox.in_(_UNSENT)
        db.execute(update(journal).where(where).values(outbox=case(_SENT, value=journal.c.outbox)))


def settle(db: Connection, set_id: str, there: Collection[str]) -> int:
    """Compare a set's journal with the ids the server has; returns how many it had and has lost.

    What waits and is there has arrived; what was acknowledged and is not there waits again.
    """
    arrived, lost = [], []
    rows = db.execute(select(journal.c.position, journal.c.id, journal.c.outbox).where(journal.c.set_id == set_id))
    for position, edit_id, state in rows:
        if state in _UNSENT and edit_id in there:
            arrived.append(position)
        elif state not in _UNSENT and edit_id not in there:
            lost.append(position)
    acknowledge(db, arrived)
    for before, after in ((ACKNOWLEDGED, PENDING), (PULLED, LOST)):
        for first in range(0, len(lost), MOST_NAMED):
            some = journal.c.position.in_(lost[first : first + MOST_NAMED])
            db.execute(update(journal).where(some, journal.c.outbox == before).values(outbox=after))
    return len(lost)


def known_ids(db: Connection, set_id: str) -> set[str]:
    """Ids of all Edits of a set that are here."""
    return set(db.execute(select(journal.c.id).where(journal.c.set_id == set_id)).scalars())


def sums(db: Connection, set_ids: Iterable[str]) -> dict[str, tuple[int, str]]:
    """How many Edits of each set the server should have, and a sum of their ids."""
    found: dict[str, tuple[int, str]] = {}
    for set_id in set_ids:
        where = (journal.c.set_id == set_id) & journal.c.outbox.in_((ACKNOWLEDGED, PULLED))
        ids = db.execute(select(journal.c.id).where(where)).scalars().all()
        found[set_id] = (len(ids), sum_of(ids))
    return found


def sum_of(ids: Iterable[str]) -> str:
    """The sum of some Edits' ids, as the server computes it too."""
    return hashlib.md5(" ".join(sorted(ids)).encode(), usedforsecurity=False).hexdigest()


def has_something(db: Connection) -> bool:
    """Whether anything at all is to be sent."""
    return any(count_waiting(db)) or bool(requests(db, Asked.WAITING, Asked.SENT))


def count_waiting(db: Connection) -> tuple[int, int]:
    """How many Edits and how many requests wait; a wish for another task is no work of anybody's."""
    edits = db.execute(select(func.count()).select_from(journal).where(journal.c.outbox.in_(_UNSENT))).scalar() or 0
    waiting = request.c.state.in_((Asked.WAITING.value, Asked.SENT.value)) & (request.c.kind != "claim")
    asked = db.execute(select(func.count()).select_from(request).where(waiting)).scalar() or 0
    return int(edits), int(asked)


def set_of_claim(db: Connection, claim_id: str) -> str | None:
    """The set that was made under a claim."""
    return db.execute(select(t.claim.c.set_id).where(t.claim.c.id == claim_id)).scalar()
