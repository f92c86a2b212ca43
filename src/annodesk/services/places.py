"""Where the coordinator works: what differs between the local file and one project of the shared database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeVar

from annodesk.model.needs import OTHER_LANGUAGE
from annodesk.model.work import ItemState, Offer, Slot, SlotState, Stage, Task
from annodesk.store import answered, confirmed, items, journal, lots, rollup_here, tasks
from annodesk.store.checked import understood
from annodesk.workflow import states
from annodesk.workflow.escalation import SKIPS_TO_ESCALATE
from annodesk.workflow.states import COORDINATOR

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.store.answered import Answered
    from annodesk.store.engine import Connection
    from annodesk.store.snapshots import Sets

UNDECIDED = (ItemState.OPEN, ItemState.REOPENED, ItemState.SCORED)
"""States of an item in which the coordinator decides about it."""

_LOOKED_AT_ONCE, _COUNTED_AT_ONCE = 500, 500


Found = TypeVar("Found")


class Place(Protocol):
    """What the coordinator must be able to do with rows, wherever they are."""

    @property
    def sets(self) -> Sets:
        """Where sets are read and put."""

    @property
    def decides(self) -> bool:
        """Whether anything is decided here at all."""

    @property
    def is_watched(self) -> bool:
        """Whether people can see from outside how long something takes, and how many rows it writes."""

    def now_us(self) -> int:
        """The time that leases go by."""

    def read(self) -> AbstractContextManager[Connection]:
        """A connection on which nothing is written."""

    def write(self) -> AbstractContextManager[Connection]:
        """One transaction."""

    def lots(self, project_id: str) -> str:
        """The secret by which is drawn what is audited; asked for outside a transaction."""

    def expire(self, project_id: str) -> None:
        """Give back what nobody's lease holds any more."""

    def waiting(self, project_id: str) -> list[str]:
        """Items that may have to be decided about."""

    def one_item(
        self,
        item_id: str,
        judge: Callable[[Connection], Found | None],
        act: Callable[[Connection, Found], None],
        *,
        clears_due: bool = False,
    ) -> Found | None:
        """Look at one item and act on it, whole or not at all; None where there is nothing to do, or others do it.

        ``clears_due`` says that this is the look it has waited for; after any other it waits still.
        """

    def add_task(self, db: Connection, project_id: str, task: Task, slots: Collection[Slot], severity: float) -> None:
        """A task with its places; those of the greatest severity are taken first."""

    def add_slot(self, db: Connection, task: Task, slot: Slot) -> None:
        """One more place on a task."""

    def add_reference_slot(self, db: Connection, task: Task, slot: Slot) -> None:
        """A place on a settled item's task for whoever was offered it, and nobody else."""

    def offer(self, db: Connection, project_id: str, offers: dict[str, list[Offer]]) -> None:
        """Put new offers, by person, in place of the old ones."""

    def answered(self, project_id: str) -> Iterable[list[Answered]]:
        """Items that the model has answered, a page at a time: all, or some a call."""

    def take_places(self, db: Connection, task_ids: list[str]) -> bool:
        """Have all places of some tasks to oneself until the transaction ends; False where somebody takes one now."""

    def close_places(self, db: Connection, task_ids: list[str]) -> None:
        """Give the free places of some tasks out no more: their answer stands."""

    def open_places(self, db: Connection, task_ids: list[str]) -> None:
        """Give places that were closed out again."""

    def put_first(self, db: Connection, item_ids: Sequence[str]) -> None:
        """Have items that were drawn given out before others of their batch, also where no offer is asked."""

    def keep_figures(self, db: Connection, project_id: str, name: str, values: Mapping[str, tuple[int, int]]) -> None:
        """Make these, by part, the figures of a name."""

    def roll_up(self) -> None:
        """Count what has happened into the figures, where nobody else does."""

    def tell(self, db: Connection, item_id: str, after: ItemState) -> None:
        """Let those who may know learn that an item has been decided about."""

    def answered_references(self, project_id: str) -> list[str]:
        """Settled references on which something was handed in since they were asked for last, beside what waits."""

    def tell_doubt(self, db: Connection, item_id: str) -> None:
        """Let analysts and managers learn that a reference is in doubt."""


class LocalPlace:
    """The local file: one writer, and whoever works there reads it again."""

    sets: Sets = journal
    is_watched = False

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.read, self.write = desk.file.read, desk.file.write
        self._answers: dict[str, dict[str, int]] = {}

    @property
    def decides(self) -> bool:
        """Not in the file of a workstation that belongs to a shared database."""
        return not self._desk.is_shared

    def now_us(self) -> int:
        """This workstation's clock."""
        return self._desk.clock()

    def lots(self, project_id: str) -> str:
        """It lies in the file: whoever works in it alone hides nothing from anybody."""
        with self.read() as db:
            known = lots.local_secret(db, project_id)
        if known is None:
            with self.write() as db:
                known = lots.make_local_secret(db, project_id)
        return known

    def expire(self, project_id: str) -> None:
        """Give back what nobody's lease holds any more."""
        now = self.now_us()
        with self.write() as db:
            for claim in tasks.expired_claims(db, project_id, now):
                states.move_slot(claim.as_slot(), SlotState.EXPIRED, by=COORDINATOR)
                tasks.set_claim_state(db, claim, SlotState.EXPIRED, COORDINATOR, now)
                tasks.free_slot(db, claim.id)

    def waiting(self, project_id: str) -> list[str]:
        """Items whose places are all submitted, or that have been skipped often enough; most are sorted out here."""
        with self.read() as db, understood():
            states_now = items.item_states(db, project_id)
            slots, skips = tasks.slots_of_project(db, project_id), tasks.skips_of_project(db, project_id)
            elsewhere = tasks.skips_for(db, project_id, OTHER_LANGUAGE)
            by_item: dict[str, list[str]] = {}
            for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE):
                by_item.setdefault(task.item_id, []).append(task.id)

            def may_be_decided(found: list[str]) -> bool:
                is_in = all(slot.state is SlotState.SUBMITTED for task in found for slot in slots.get(task, ()))
                return is_in or sum(skips.get(task, 0) for task in found) >= SKIPS_TO_ESCALATE

            return [
                i
                for i, found in by_item.items()
                if states_now[i] in UNDECIDED and (i in elsewhere or may_be_decided(found))
            ]

    def one_item(
        self,
        item_id: str,
        judge: Callable[[Connection], Found | None],
        act: Callable[[Connection, Found], None],
        *,
        clears_due: bool = False,
    ) -> Found | None:
        """Judge on a reading connection, for scoring takes long and the person goes on writing; then act."""
        with self.read() as db:
            found = judge(db)
        if found is not None:
            with self.write() as db:
                act(db, found)
        return found

    def add_task(self, db: Connection, project_id: str, task: Task, slots: Collection[Slot], severity: float) -> None:
        """A task with its places; the desk sorts what waits by itself."""
        tasks.add_task(db, project_id, task, list(slots), self.now_us())

    def add_slot(self, db: Connection, task: Task, slot: Slot) -> None:
        """One more place on a task."""
        tasks.add_slot(db, slot)

    def add_reference_slot(self, db: Connection, task: Task, slot: Slot) -> None:
        """One more place; a settled item's tasks are given out to those alone who were offered them."""
        tasks.add_slot(db, slot)

    def offer(self, db: Connection, project_id: str, offers: dict[str, list[Offer]]) -> None:
        """Put new offers in place of all old ones."""
        tasks.replace_offers(db, project_id, [offer for found in offers.values() for offer in found])

    def answered(self, project_id: str) -> Iterable[list[Answered]]:
        """All of them."""
        after, is_more = "", True
        while is_more:
            with self.read() as db:
                found, after = answered.answered(db, project_id, after, _LOOKED_AT_ONCE)
            is_more = bool(after)
            yield found

    def take_places(self, db: Connection, task_ids: list[str]) -> bool:
        """Nobody else writes into this file."""
        return True

    def close_places(self, db: Connection, task_ids: list[str]) -> None:
        """Nothing of a settled item is given out here."""

    def open_places(self, db: Connection, task_ids: list[str]) -> None:
        """What is open is given out."""

    def put_first(self, db: Connection, item_ids: Sequence[str]) -> None:
        """Everything is given out by its offer here."""

    def keep_figures(self, db: Connection, project_id: str, name: str, values: Mapping[str, tuple[int, int]]) -> None:
        """Where they differ from those that are kept."""
        rollup_here.keep(db, project_id, name, values, self.now_us())

    def roll_up(self) -> None:
        """Some items a transaction, so that whoever works here does not wait."""
        is_more = self.decides
        if is_more:
            with self.write() as db:
                rollup_here.mark_older(db)
        while is_more:
            with self.write() as db:
                is_more = rollup_here.roll_up(db, _COUNTED_AT_ONCE, self.now_us())

    def answered_references(self, project_id: str) -> list[str]:
        """Those that have other answers than when they were looked at last, all of them after the file was opened."""
        with self.read() as db:
            now = confirmed.answers_to_references(db, project_id)
        before, self._answers[project_id] = self._answers.get(project_id, {}), now
        return [item_id for item_id, n in now.items() if before.get(item_id) != n]

    def tell_doubt(self, db: Connection, item_id: str) -> None:
        """Whoever works on this file sees it anyway."""

    def tell(self, db: Connection, item_id: str, after: ItemState) -> None:
        """Whoever works on this file sees it anyway."""
