"""A project of the shared database as the coordinator sees it, under the worker's login: an item a transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from annodesk.errors import AnnodeskError, StoreError
from annodesk.model.takedown import UNKNOWN_DIGEST
from annodesk.model.work import ItemState, Offer, Slot, SlotState, Stage, Task
from annodesk.services.digest import tell_rulings
from annodesk.services.standing import annotate_task, let_stand, require_all_ruled, review_lanes
from annodesk.store import figures, lots, projects, remote, rollup, shared_tables, snapshots, tasks, todo
from annodesk.store.checked import MisfitError, RefusedValueError
from annodesk.store.snapshots import FaultyError, Sets
from annodesk.workflow.review import rank_of
from annodesk.workflow.states import COORDINATOR

if TYPE_CHECKING:
    from annodesk.services.places import Found
    from annodesk.store.answered import Answered
    from annodesk.store.engine import Connection
    from annodesk.store.remote import Address

log = logging.getLogger(__name__)

ITEMS_A_ROUND = 200
FREED_AT_ONCE = 500
ANSWERED_AT_ONCE = 100

STRANGE = (
    MisfitError,
    AnnodeskError,
    ArithmeticError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
    RefusedValueError,
)
"""What rows that another hand has made can lead to; the item is put aside and the work goes on."""


class SharedPlace:
    """One project of the shared database, under the worker's login."""

    decides = True
    is_watched = True

    def __init__(self, db: Connection, address: Address, project_id: str) -> None:
        self._db, self._address, self._project_id = db, address, project_id
        self._now_us = 0
        self._lots: str | None = None
        self.sets: Sets = snapshots
        self.settled, self.put_aside, self.seen = 0, 0, 0
        self.has_more_answers = False

    def now_us(self) -> int:
        """The database's time when the transaction began."""
        return self._now_us

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction on this project."""
        with remote.told(self._address), self._db.begin():
            self._now_us = todo.begin(self._db, self._project_id)
            yield self._db

    read = write

    def lots(self, project_id: str) -> str:
        """No login but a worker's can read it."""
        if self._lots is None:
            with self.write() as db:
                self._lots = lots.team_secret(db)
        return self._lots

    def keep_figures(self, db: Connection, project_id: str, name: str, values: Mapping[str, tuple[int, int]]) -> None:
        """Where they differ; those who may see them are told."""
        if rollup.keep(db, name, values):
            tell_figures(db, project_id)

    def roll_up(self) -> None:
        """A duty of its own, and not in the way of offers."""

    def expire(self, project_id: str) -> None:
        """Give back what nobody's lease holds any more, some at a time."""
        freed = FREED_AT_ONCE
        while freed == FREED_AT_ONCE:
            with self.write() as db:
                freed = todo.free_expired(db, project_id, FREED_AT_ONCE)

    def waiting(self, project_id: str) -> list[str]:
        """Items on which something was handed in or given up since a worker looked last."""
        with self.read() as db:
            return todo.due_items(db, ITEMS_A_ROUND)

    def one_item(
        self,
        item_id: str,
        judge: Callable[[Connection], Found | None],
        act: Callable[[Connection, Found], None],
        *,
        clears_due: bool = False,
    ) -> Found | None:
        """Fold, judge and act in one transaction; where another worker or a person has the item, leave it for later."""
        with remote.told(self._address), self._db.begin() as whole:
            self._now_us = todo.begin(self._db, self._project_id)
            if not todo.take_item(self._db, item_id, clears_due=clears_due):
                whole.rollback()
                return None
            self.seen += 1
            try:
                with self._db.begin_nested():
                    self._fold(item_id)
                    settled = self.settled
                    self._let_reviews_stand(item_id)
                    found = judge(self._db)
                    if found is not None:
                        act(self._db, found)
                    if found is not None or self.settled > settled or clears_due:
                        rollup.recount(self._db, item_id)
                    return found
            except FaultyError:
                self._put_aside(item_id)
            except StoreError:
                raise
            except STRANGE:
                log.exception("item %s cannot be judged", item_id)
                self._put_aside(item_id, "It cannot be judged; the worker's log says why.")
            return None

    def _fold(self, item_id: str) -> None:
        for set_id in self._handed_in(item_id):
            snapshots.fold_submitted(self._db, set_id, self._heads(set_id))
            snapshots.clear_fault(self._db, set_id)

    def _handed_in(self, item_id: str) -> Iterator[str]:
        for task in tasks.tasks_of_item(self._db, item_id):
            for claim in tasks.claims_of_task(self._db, task.id):
                if claim.set_id is not None and claim.state is SlotState.SUBMITTED:
                    yield claim.set_id

    def _heads(self, set_id: str) -> list[tuple[str | None, str | None]]:
        heads: list[tuple[str | None, str | None]] = []
        handed_in = tasks.submissions_of(self._db, set_id)
        heads += [(one.head, None if one.digest == UNKNOWN_DIGEST else one.digest) for one in handed_in]
        return [*heads, (tasks.view_of(self._db, set_id).independent_head, None)]

    def _put_aside(self, item_id: str, why: str = "") -> None:
        """Note which sets of an item are not to be used, and why; analysts learn of it."""
        for set_id in list(self._handed_in(item_id)):
            reason = why
            try:
                with self._db.begin_nested():
                    snapshots.fold_submitted(self._db, set_id, self._heads(set_id))
            except (FaultyError, *STRANGE) as error:
                reason = error.sentence if isinstance(error, FaultyError) else why
            if reason:
                snapshots.note_fault(self._db, set_id, reason)
        todo.tell(self._db, self._project_id, todo.ANALYSTS, "fault", item_id, None)
        self.put_aside += 1

    def _let_reviews_stand(self, item_id: str) -> None:
        """What analysts have settled at their desks stands, once it is seen to rule everything."""
        db = self._db
        for review in tasks.tasks_of_item(db, item_id, Stage.REVIEW):
            for claim in tasks.submitted_claims(db, review.id):
                if claim.set_id is None or figures.item_state(db, item_id) is not ItemState.ESCALATED:
                    continue
                labelled = annotate_task(db, review)
                last = tasks.submissions_of(db, claim.set_id)[-1]
                if figures.standing_of(db, labelled.id) == (claim.set_id, last.head):
                    continue
                answer = snapshots.set_at(db, claim.set_id, last.head)
                version = projects.get_version(db, self._project_id, answer.project_version)
                try:
                    with db.begin_nested():
                        lanes = review_lanes(db, labelled, claim, sets=snapshots)
                        require_all_ruled(version.project, answer, lanes, review)
                        waiting = let_stand(
                            db, self._project_id, review, labelled, claim, last.head, self._now_us,
                            sets=snapshots, lots=self._lots or lots.team_secret(db),
                        )  # fmt: skip
                except AnnodeskError as error:
                    self._give_back(claim, error.sentence)
                    continue
                if not waiting and figures.item_state(db, item_id) is ItemState.SETTLED:
                    self.settled += 1
                    self.tell(db, item_id, ItemState.SETTLED)
                    for person_id in sorted(tell_rulings(db, version.project, item_id, self._now_us, sets=snapshots)):
                        todo.tell(db, self._project_id, person_id, "item", item_id, None)

    def _give_back(self, claim: tasks.Claim, why: str) -> None:
        """An adjudication that cannot stand goes back to its analyst; where they have left, to another."""
        db, now = self._db, self._now_us
        stays = bool(projects.roles_of(db, self._project_id, claim.person_id))
        after = SlotState.RETURNED if stays else SlotState.EXPIRED
        tasks.set_claim_state(db, claim, after, COORDINATOR, now, note=why)
        if not stays:
            tasks.free_slot(db, claim.id)
        todo.tell(db, self._project_id, claim.person_id, "claim", None, claim.id)

    def add_task(self, db: Connection, project_id: str, task: Task, slots: Collection[Slot], severity: float) -> None:
        """A task with its places; what is most urgent is taken first, and grows more urgent as it waits."""
        rank = rank_of(severity, task.priority, 0)
        tasks.add_task(db, project_id, task, list(slots), self._now_us, **self._place_of(task, rank))

    def add_slot(self, db: Connection, task: Task, slot: Slot) -> None:
        """One more place on a task, taken before those of its priority: its item waits for it."""
        tasks.add_slot(db, slot, **self._place_of(task, -1000 * task.priority - 1))

    def add_reference_slot(self, db: Connection, task: Task, slot: Slot) -> None:
        """A place that is not among those that claim looks through: only who was offered it is given it."""
        tasks.add_slot(db, slot, **self._place_of(task, 0) | {"stage": todo.CLOSED})

    def _place_of(self, task: Task, rank: int) -> dict[str, Any]:
        slot = shared_tables.metadata.tables["slot"]
        return {"table": slot, "stage": task.stage.value, "batch_id": task.batch_id, "rank": rank}

    def offer(self, db: Connection, project_id: str, offers: dict[str, list[Offer]]) -> None:
        """Put new offers in place of the old ones, and tell those whose list is another now."""
        todo.tell_people(db, project_id, tasks.renew_offers(db, offers), "offers")

    def answered(self, project_id: str) -> Iterable[list[Answered]]:
        """Those of some tasks, from where the last call ended."""
        with self.write() as db:
            found, self.has_more_answers = todo.answered(db, project_id, ANSWERED_AT_ONCE)
        return [found]

    def take_places(self, db: Connection, task_ids: list[str]) -> bool:
        """Lock them where nobody is taking one."""
        return todo.take_places(db, task_ids)

    def close_places(self, db: Connection, task_ids: list[str]) -> None:
        """Take them out of what claim looks through."""
        todo.move_places(db, task_ids, Stage.ANNOTATE.value, todo.CLOSED)

    def open_places(self, db: Connection, task_ids: list[str]) -> None:
        """Put them back."""
        todo.move_places(db, task_ids, todo.CLOSED, Stage.ANNOTATE.value)

    def put_first(self, db: Connection, item_ids: Sequence[str]) -> None:
        """Before others of their priority, in the order in which claim looks through them."""
        todo.put_before(db, item_ids)

    def answered_references(self, project_id: str) -> list[str]:
        """What is handed in on them waits like everything else."""
        return []

    def tell_doubt(self, db: Connection, item_id: str) -> None:
        """Write it into the feed of both, as when a reference is confirmed."""
        for audience in (todo.ANALYSTS, todo.MANAGERS):
            todo.tell(db, self._project_id, audience, "reference", item_id, None)

    def tell(self, db: Connection, item_id: str, after: ItemState) -> None:
        """Write into the feed of those who may know; alike for reference items and all others."""
        whom = [todo.ANALYSTS, todo.MANAGERS]
        if after is ItemState.SETTLED and todo.shows_others(db):
            whom += todo.labellers_done(db, item_id)
        for audience in whom:
            todo.tell(db, self._project_id, audience, "item", item_id, None)


def tell_figures(db: Connection, project_id: str) -> None:
    """Tell those who may see them that a project's figures are others now."""
    for audience in (todo.MANAGERS, todo.ANALYSTS):
        todo.tell(db, project_id, audience, "figures", None, None)
