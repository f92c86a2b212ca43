"""Review batches: items that were opened again together, under one name, to be looked at one after another.

The name stands in the reason with which each of them was opened again, so that nothing is written to what anybody
labelled, an item keeps the batch that its deadline and thresholds hang from, and in a team every analyst and manager
sees the same without another table. A review batch closes by itself once all of it is settled again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.work import Escalation, ItemState, Reason, Role
from annodesk.services.alike_team import take, waiting_elsewhere
from annodesk.store import figures, items, projects

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection

LONGEST_NAME = 80
TAKEN_AT_ONCE = 3
_NAMED = re.compile(r"Review batch “([^“”\n]+)”: ")


class ReviewBatch(Struct, frozen=True):
    """One that is open still: how many of its items wait for review, are labelled once more, or are settled again."""

    name: str
    reviews: int
    to_label: int
    settled: int

    @property
    def sentence(self) -> str:
        """How far it is."""
        label = "is" if self.to_label == 1 else "are"
        told = (
            f"{self.reviews} {'waits' if self.reviews == 1 else 'wait'} for review" if self.reviews else "",
            f"{self.to_label} {label} labelled first by somebody who has not seen them" if self.to_label else "",
            f"{self.settled} {'is' if self.settled == 1 else 'are'} settled again" if self.settled else "",
        )
        return f"{', '.join(words for words in told if words)}."


class Membership(Struct, frozen=True):
    """Which review batch an item is in, and when it was put there: what is to be looked at first came first."""

    name: str
    at_us: int


def checked_name(name: str) -> str:
    """A name as it may stand in a reason."""
    name = " ".join(name.split()).replace("“", '"').replace("”", '"')
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise WorkflowError(f"A review batch's name is one line of up to {LONGEST_NAME} characters.", "Write it anew.")
    return name


def named(name: str, words: str) -> str:
    """A reason under the name of a review batch."""
    return f"Review batch “{name}”: {words}"


def memberships(db: Connection, project_id: str) -> dict[str, Membership]:
    """By item id the review batch that each was put into last."""
    found: dict[str, Membership] = {}
    for raised, at_us in figures.flagged(db, project_id):
        name = _name_of(raised)
        if name:
            found[raised.item_id] = Membership(name, at_us)
    return found


class ReviewBatches:
    """What is known of a project's review batches; in a team of the items that this workstation holds."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def may_take(self, project_id: str, person_id: str) -> bool:
        """Whether somebody reviews here: in a team its analysts, who are shown what was said."""
        with self._desk.file.read() as db:
            roles = projects.roles_of(db, project_id, person_id)
        return Role.ANALYST in roles or (Role.MANAGER in roles and not self._desk.is_shared)

    def take(self, project_id: str, person_id: str, name: str) -> str:
        """In a team take the first reviews of a batch that are not here yet; why not, where all are refused.

        Few at a time, for whoever else reviews the batch; alone they are all here.
        """
        if not self._desk.is_shared:
            return ""
        with self._desk.file.read() as db:
            held = memberships(db, project_id)
            waiting = waiting_elsewhere(db, project_id, person_id)
        places = [(held.get(one.review.item_id), one.review.id) for one in waiting]
        found = [(one.at_us, task_id) for one, task_id in places if one is not None and one.name == name]
        wanted = [task_id for _, task_id in sorted(found)[:TAKEN_AT_ONCE]]
        refused = take(self._sync, project_id, wanted) if wanted else {}
        return next(iter(refused.values())) if wanted and len(refused) == len(wanted) else ""

    def list(self, project_id: str) -> tuple[ReviewBatch, ...]:
        """Those that are open still, newest first."""
        with self._desk.file.read() as db:
            held = memberships(db, project_id)
            states = items.item_states(db, project_id) if held else {}
        counted: dict[str, Counter[ItemState]] = {}
        newest: dict[str, int] = {}
        for item_id, one in held.items():
            counted.setdefault(one.name, Counter())[states.get(item_id, ItemState.SETTLED)] += 1
            newest[one.name] = max(newest.get(one.name, 0), one.at_us)
        found = [_batch_of(name, counted[name]) for name in sorted(counted, key=lambda name: -newest[name])]
        return tuple(one for one in found if one.reviews or one.to_label)


def _batch_of(name: str, states: Mapping[ItemState, int]) -> ReviewBatch:
    reviews, settled = states.get(ItemState.ESCALATED, 0), states.get(ItemState.SETTLED, 0)
    return ReviewBatch(name, reviews, sum(states.values()) - reviews - settled, settled)


def _name_of(raised: Escalation) -> str:
    note = raised.evidence.get("note")
    is_again = raised.reason is Reason.FLAGGED and bool(raised.evidence.get("reopened"))
    found = _NAMED.match(note) if is_again and isinstance(note, str) else None
    return found[1] if found else ""
