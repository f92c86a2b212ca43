"""What a person holds on this workstation: begun or untouched, in a pack or not, and the media kept for it."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct
from sqlalchemy import Connection, delete, exists, select, update

from annodesk.model.annotations import AuthorKind
from annodesk.model.work import SlotState, Stage
from annodesk.store import facts, mirror, outbox
from annodesk.store import tables as t
from annodesk.store.local_tables import heard, journal, request
from annodesk.store.outbox import Asked

KEPT = "media of claim "
"""Fact about a claim: media were fetched for it, to be deleted with its lease."""
DECLINED = "declined"
"""Why a claim has ended whose person did not want it."""
TIMED = (SlotState.LEASED, SlotState.PARKED, SlotState.RECALLED, SlotState.RETURNED)
"""States in which a task is somebody's for a time."""


class Holding(Struct, frozen=True):
    """A task that is this person's for now; ``is_begun`` where anything was done or heard of it."""

    claim_id: str
    task_id: str
    item_id: str
    set_id: str
    key: str
    state: SlotState
    lease_until_us: int
    pack_until_us: int | None
    is_begun: bool

    def is_live(self, now_us: int) -> bool:
        """Whether the lease lasts."""
        return self.lease_until_us > now_us


def holdings(db: Connection, project_id: str, me: str, *states: SlotState, stage: Stage | None = None) -> list[Holding]:
    """A person's claims in some states (those with a lease), of one stage or both, what was touched last first."""
    done = exists().where(journal.c.set_id == t.claim.c.set_id) | exists().where(heard.c.set_id == t.claim.c.set_id)
    wanted = [state.value for state in states or TIMED]
    rows = db.execute(
        select(t.claim, t.task.c.item_id, t.item.c.key, done.label("is_begun"))
        .select_from(
            t.claim.join(t.task, t.claim.c.task_id == t.task.c.id).join(t.item, t.task.c.item_id == t.item.c.id)
        )
        .where(t.claim.c.project_id == project_id, t.claim.c.person_id == me, t.claim.c.state.in_(wanted))
        .where(t.task.c.stage.in_([one.value for one in (Stage if stage is None else [stage])]))
        .where(t.claim.c.set_id.is_not(None))
        .order_by(t.claim.c.changed_at_us.desc(), t.claim.c.id.desc())
    )
    return [
        Holding(
            row.id,
            row.task_id,
            row.item_id,
            row.set_id,
            row.key,
            SlotState(row.state),
            row.lease_until_us or 0,
            row.pack_until_us,
            bool(row.is_begun),
        )
        for row in rows
    ]


def renewed(db: Connection, claim_id: str, until_us: int) -> None:
    """Note that the server has made a lease longer."""
    db.execute(update(t.claim).where(t.claim.c.id == claim_id).values(lease_until_us=until_us))


def give_back(db: Connection, held: Holding, now_us: int, *, keep_away: bool = False) -> None:
    """Let go of a task here and have the server told; ``keep_away``: it is not to be given to this person again."""
    values = {"state": SlotState.EXPIRED.value, "changed_at_us": now_us, "pack_until_us": None}
    values["reason"] = DECLINED if keep_away else ""
    db.execute(update(t.claim).where(t.claim.c.id == held.claim_id).values(**values))
    db.execute(update(t.slot).where(t.slot.c.claim_id == held.claim_id).values(claim_id=None))
    outbox.ask(db, "decline" if keep_away else "give_back", held.claim_id, now_us)


def unpack(db: Connection, held: Holding, now_us: int) -> None:
    """Go on with a task of a pack under an ordinary lease."""
    db.execute(update(t.claim).where(t.claim.c.id == held.claim_id).values(pack_until_us=None))
    outbox.ask(db, "unpack", held.claim_id, now_us)


def drop_suggestions(db: Connection, task_ids: Collection[str]) -> None:
    """Let go of what a model suggested about some tasks."""
    made = t.annotation_set.c
    wanted = made.task_id.in_(sorted(task_ids)) & (made.author_kind == AuthorKind.MODEL.value)
    mirror.drop_sets(db, list(db.execute(select(made.id).where(wanted)).scalars()))


def withdraw_wishes(db: Connection) -> None:
    """Wish for no task any more, as far as the server has not been asked yet."""
    db.execute(delete(request).where(request.c.kind == "claim", request.c.state == Asked.WAITING.value))


# Media that are kept for a lease


def keeps_media(db: Connection) -> list[str]:
    """Claims that media were fetched for."""
    return sorted(facts.facts_like(db, KEPT))


def note_media(db: Connection, claim_id: str) -> None:
    """Remember, before anything is fetched, that media of a claim are to be deleted with its lease."""
    facts.note_fact(db, f"{KEPT}{claim_id}", "1")


def forget_media(db: Connection, claim_id: str) -> None:
    """Its media are deleted."""
    facts.forget_facts(db, f"{KEPT}{claim_id}")
