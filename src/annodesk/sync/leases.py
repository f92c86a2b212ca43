"""Keeps the leases of somebody who works, and says which of them have ended, by the database's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.work import SlotState
from annodesk.store import holdings, outbox

if TYPE_CHECKING:
    from annodesk.store.engine import LocalFile
    from annodesk.store.holdings import Holding
    from annodesk.sync.meeting import Clock, Team

LEFT = 0.75
"""A lease is renewed once less than this share of its time is left: a few times a day, not in every round."""
HOUR_US = 3_600_000_000


class Ended(Struct, frozen=True):
    """A task whose time has run out, or whose person was marked as away: somebody else may have it now."""

    task_id: str
    key: str
    is_begun: bool

    @property
    def sentence(self) -> str:
        """What happened."""
        return f"Your time for {self.key} is over; it went back to the queue."

    @property
    def hint(self) -> str:
        """What became of the work."""
        return "What you did is kept. Hand it in when it is done; it is marked as late." if self.is_begun else ""


def held(file: LocalFile, team: Team) -> list[Holding]:
    """What this person has under a lease, as far as this file knows."""
    if not team.has_tasks:
        return []
    with file.read() as db:
        return holdings.holdings(db, team.project_id, team.me, SlotState.LEASED)


def renew(file: LocalFile, team: Team, clock: Clock) -> int:
    """Make the leases longer that are running down; returns how many."""
    known = held(file, team)
    if not known:
        return 0
    (rules,) = team.link.ask("select lease_hours from annodesk.project_rules where project_id = %s", team.project_id)
    now_us = clock() + team.offset_us
    due = [one.claim_id for one in known if one.lease_until_us - now_us < LEFT * rules["lease_hours"] * HOUR_US]
    if not due:
        return 0
    team.link.ask("select annodesk.renew(%s, %s)", team.project_id, due)
    rows = team.link.ask(
        "select id, lease_until_us from annodesk.claim where project_id = %s and id = any(%s) and state = 'leased'",
        *(team.project_id, due),
    )
    with file.write() as db:
        newer = outbox.claims_asked_about(db)
        for row in rows:
            if row["id"] not in newer:
                holdings.renewed(db, row["id"], row["lease_until_us"])
    return len(rows)


def ended(file: LocalFile, team: Team, before: list[Holding]) -> list[Ended]:
    """Which of the tasks that were leased before have gone back, though nobody here gave them back."""
    if not before:
        return []
    with file.read() as db:
        gone = {one.claim_id for one in holdings.holdings(db, team.project_id, team.me, SlotState.EXPIRED)}
    return [Ended(one.task_id, one.key, one.is_begun) for one in before if one.claim_id in gone]
