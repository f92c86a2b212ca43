"""Batches: items that share overlap, priority, deadline and thresholds, and pilots that gate what comes after them.

Alone a change holds at once; in a team it is sent to the server with the next round, like all that a manager decides.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from annodesk.errors import WorkflowError
from annodesk.model.ids import new_id
from annodesk.model.needs import needs_words, read_needs
from annodesk.model.work import Batch, BatchState, ItemState, Role, Slot, SlotState
from annodesk.services.changes import Changes, Kind
from annodesk.services.projects import LONGEST_NAME, may_set
from annodesk.store import batches as rows
from annodesk.store import outbox, projects, state_changes, tasks
from annodesk.workflow.drawing import LEAST_RANDOM_SHARE

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.store.engine import Connection

MOST_PEOPLE = 50
MOST_PRIORITY = 100
THRESHOLDS = ("escalate_below", "unsure_below", "model_sure_from", "reference_below")
CHANGEABLE = ("name", "state", "overlap", "priority", "deadline_us", *THRESHOLDS, "unsure_first", "needs")


class BatchStanding(Struct, frozen=True):
    """A batch and how far it is: items by state, and how many a manager may think of as done."""

    batch: Batch
    items: Mapping[ItemState, int]

    @property
    def total(self) -> int:
        """All its items."""
        return sum(self.items.values())

    @property
    def settled(self) -> int:
        """Those whose answer stands."""
        return self.items.get(ItemState.SETTLED, 0)

    @property
    def unlabelled(self) -> int:
        """Those on which labels are still to come."""
        return self.items.get(ItemState.OPEN, 0) + self.items.get(ItemState.REOPENED, 0)

    @property
    def sentence(self) -> str:
        """Where it stands, in words."""
        one = self.batch
        if not self.total:
            return "Nothing is in it yet: add recordings to it."
        if one.state is not BatchState.OPEN:
            return f"It is {one.state}: nobody is given work from it."
        if one.waits_for:
            return f"It waits until the pilot {one.waits_for} is passed."
        if one.is_pilot and one.passed_at_us is None:
            return _pilot_sentence(self)
        review = self.items.get(ItemState.ESCALATED, 0)
        return f"{self.settled} of {self.total} settled" + (f", {review} in review." if review else ".")


def _pilot_sentence(one: BatchStanding) -> str:
    if one.unlabelled:
        return f"Pilot: {one.unlabelled} of {one.total} wait for labels from everybody."
    return "Pilot: everybody has labelled it. Read its report, then pass it."


class BatchSet(Struct, frozen=True):
    """A batch that was made or changed, and a sentence on what that did."""

    batch: Batch
    sentence: str
    changes: Changes


class Batches:
    """Makes, changes and lists the batches of a project."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def list(self, project_id: str) -> tuple[BatchStanding, ...]:
        """All batches, oldest first; in a team with the items that this workstation holds."""
        with self._desk.file.read() as db:
            counted = rows.items_by_state(db, project_id)
            return tuple(BatchStanding(one, counted.get(one.id, {})) for one in projects.list_batches(db, project_id))

    def known_skills(self, project_id: str) -> tuple[str, ...]:
        """What a batch may ask for: the groups of the project's labels, then what else its people know."""
        with self._desk.file.read() as db:
            groups = projects.get_version(db, project_id).project.schema.groups()
            skills = {skill.name for person, _ in projects.members(db, project_id) for skill in person.skills}
        return (*groups, *sorted(skills - groups.keys()))

    def may_set(self, project_id: str, person_id: str) -> bool:
        """Whether somebody may make and change batches."""
        with self._desk.file.read() as db:
            return not self._desk.file.is_read_only and may_set(db, project_id, person_id)

    def named(self, project_id: str, name: str) -> Batch | None:
        """The batch of that name; None where there is none."""
        with self._desk.file.read() as db:
            return next((one for one in projects.list_batches(db, project_id) if one.name == name.strip()), None)

    def make(
        self, project_id: str, person_id: str | None, name: str, *, is_pilot: bool = False, **plan: Any
    ) -> BatchSet:
        """A new batch, empty; a pilot goes to everybody and gates what is made after it.

        Parameters
        ----------
        person_id : who makes it; None for whoever has the file
        plan : overlap, priority, deadline_us and the thresholds, as of a ``Batch``
        """
        _require_known(plan)
        made = _checked(Batch(new_id(), name.strip(), is_pilot=is_pilot, **plan))
        with self._desk.file.write() as db:
            self._require_may(db, project_id, person_id)
            _require_free(db, project_id, made)
            projects.add_batch(db, project_id, made)
            self._tell(db, made)
            state_changes.note_state(db, "batch", made.id, None, made.state.value, person_id or "", self._desk.clock())
            made = _of(db, project_id, made.id)
            nobody = _nobody_can(db, project_id, made)
        waits = f" It waits until the pilot {made.waits_for} is passed." if made.waits_for else ""
        gates = " Batches made after it wait until you pass it." if is_pilot else ""
        return BatchSet(made, f"The batch {made.name} is there.{waits}{gates}{nobody}", Changes.of(Kind.TASKS))

    def change(self, project_id: str, person_id: str | None, batch_id: str, **changes: Any) -> BatchSet:
        """Rename, pause, open or close a batch, or set its overlap, priority, deadline or thresholds; None follows the
        project.

        Another overlap holds for items that nobody has decided about: places are added, or those given up that nobody
        has taken. So they are where a batch is closed.
        """
        _require_known(changes)
        with self._desk.file.write() as db:
            self._require_may(db, project_id, person_id)
            before = _of(db, project_id, batch_id)
            if before.is_pilot and changes.get("overlap", before.overlap) != before.overlap:
                raise WorkflowError("A pilot goes to everybody.", "Make a batch that is no pilot for another overlap.")
            after = _checked(replace(before, **changes))
            _require_free(db, project_id, after)
            self._write(db, project_id, person_id, before, after)
            after = _of(db, project_id, batch_id)
            nobody = _nobody_can(db, project_id, after) if after.needs != before.needs else ""
        return BatchSet(after, f"{_said(before, after)}{nobody}", Changes.of(Kind.TASKS, Kind.ITEMS))

    def pass_pilot(self, project_id: str, person_id: str | None, batch_id: str) -> BatchSet:
        """Say that a pilot has shown what it was for: what was made after it is given out from now on.

        It waits for nobody any more: places in it that nobody has taken are given up, so that what there is counts.
        """
        with self._desk.file.write() as db:
            self._require_may(db, project_id, person_id)
            before = _of(db, project_id, batch_id)
            if not before.is_pilot:
                raise WorkflowError(f"{before.name} is no pilot.", "Only a pilot is passed.")
            if before.passed_at_us is not None:
                return BatchSet(before, f"{before.name} was passed before.", Changes())
            waiting = [one.name for one in projects.list_batches(db, project_id) if one.waits_for]
            after = replace(before, passed_at_us=self._desk.server_us())
            self._write(db, project_id, person_id, before, after)
            freed = [name for name in waiting if not _named(db, project_id, name).waits_for]
        given = f" Given out now: {', '.join(freed)}." if freed else ""
        return BatchSet(after, f"{after.name} is passed.{given}", Changes.of(Kind.TASKS))

    # Inside

    def _write(self, db: Connection, project_id: str, person_id: str | None, before: Batch, after: Batch) -> None:
        projects.change_batch(db, after)
        self._tell(db, after)
        now, by = self._desk.clock(), person_id or ""
        is_passed = before.passed_at_us is None and after.passed_at_us is not None
        if is_passed or before.state is not after.state:
            said = "passed" if is_passed else after.state.value
            state_changes.note_state(db, "batch", after.id, before.state.value, said, by, now)
        if self._desk.is_shared:
            return  # the server sees to its places
        if before.priority != after.priority:
            rows.shift_priority(db, after.id, after.priority - before.priority)
        if is_passed or (after.state is BatchState.CLOSED and before.state is not BatchState.CLOSED):
            widen(db, project_id, after.id, 1)
        elif after.overlap is not None and after.overlap != before.overlap:
            widen(db, project_id, after.id, after.overlap)

    def _tell(self, db: Connection, batch: Batch) -> None:
        said = {k: v for k, v in asdict(batch).items() if k != "waits_for"}
        said |= {"state": batch.state.value, "needs": needs_words(batch.needs)}
        outbox.ask(db, "set_batch", None, self._desk.clock(), **said)

    def _require_may(self, db: Connection, project_id: str, person_id: str | None) -> None:
        if person_id is None:
            where = self._desk.belonging.where
            person_id = None if where is None else where.person_id
        if person_id is not None and not may_set(db, project_id, person_id):
            raise WorkflowError("Batches are made by the project's manager.", "Tell them what you need.")


def _require_known(plan: Mapping[str, Any]) -> None:
    unknown = sorted(set(plan) - set(CHANGEABLE))
    if unknown:
        raise WorkflowError(f"A batch has no {unknown[0]}.", f"It has: {', '.join(CHANGEABLE)}.")


def _checked(batch: Batch) -> Batch:
    name = batch.name.strip()
    if not name or len(name) > LONGEST_NAME or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise WorkflowError(f"A batch's name is one line of up to {LONGEST_NAME} characters.", "Write it anew.")
    if batch.overlap is not None and not 1 <= batch.overlap <= MOST_PEOPLE:
        raise WorkflowError(f"An overlap is a number from 1 to {MOST_PEOPLE}.", "Write another number.")
    if abs(batch.priority) > MOST_PRIORITY:
        raise WorkflowError(
            f"A priority is a number from -{MOST_PRIORITY} to {MOST_PRIORITY}.", "Write another number."
        )
    if any(not 0 <= value <= 1 for key in THRESHOLDS if (value := getattr(batch, key)) is not None):
        raise WorkflowError("A threshold is a number from 0 to 1.", "Write another number.")
    if batch.needs != read_needs(needs_words(batch.needs)) or any(not need.name.isprintable() for need in batch.needs):
        raise WorkflowError("This is nothing that people can know.", "Write skills, such as: medical:2, legal.")
    share = batch.unsure_first
    if share is not None and not LEAST_RANDOM_SHARE <= share <= 1:
        least = f"{LEAST_RANDOM_SHARE:.0%}"
        raise WorkflowError(f"By chance alone comes a share from {least} to 100%.", "Write another number.")
    return replace(batch, name=name, state=BatchState(batch.state))


def _nobody_can(db: Connection, project_id: str, batch: Batch) -> str:
    """That nobody who labels knows what a batch asks for, and what to do; empty where somebody does."""
    for person, roles in projects.members(db, project_id) if batch.needs else ():
        have = {skill.name: skill.level for skill in person.skills}
        if Role.ANNOTATOR in roles and all(have.get(need.name, 0) >= need.level for need in batch.needs):
            return ""
    if not batch.needs:
        return ""
    needs = needs_words(batch.needs)
    return f" Nobody who labels here has what it needs ({needs}): enter it among somebody's skills, on the page Work."


def _require_free(db: Connection, project_id: str, batch: Batch) -> None:
    others = [one.name for one in projects.list_batches(db, project_id) if one.id != batch.id]
    if batch.name in others:
        raise WorkflowError(f"There is a batch {batch.name} already.", "Give it another name.")


def _of(db: Connection, project_id: str, batch_id: str) -> Batch:
    found = next((one for one in projects.list_batches(db, project_id) if one.id == batch_id), None)
    if found is None:
        raise WorkflowError("There is no such batch in this project.", "Read the list again.")
    return found


def _named(db: Connection, project_id: str, name: str) -> Batch:
    return next(one for one in projects.list_batches(db, project_id) if one.name == name)


def _said(before: Batch, after: Batch) -> str:
    words = [f"{before.name} is called {after.name} now."] if before.name != after.name else []
    if before.state is not after.state:
        gives = "its work is given out" if after.state is BatchState.OPEN else "nobody is given new work from it"
        words.append(f"{after.name} is {after.state}: {gives}; what people hold stays with them.")
    if before.needs != after.needs:
        needs = needs_words(after.needs) or "nothing in particular"
        words.append(f"The items of {after.name} need {needs}; what people hold stays with them.")
    if before.overlap != after.overlap:
        asked = "follows the project" if after.overlap is None else f"is {after.overlap}"
        words.append(f"Its overlap {asked}; items that are decided stay as they are.")
    return " ".join(words) or f"{after.name} is changed."


def widen(db: Connection, project_id: str, batch_id: str, people: int) -> None:
    """Have each item of a batch that nobody has decided about labelled by so many.

    Places that are added work without suggestions; of those that nobody has taken the last are given up, but of several
    never the one without suggestions. The server does the same (``widen_batch`` in store/sql/batches.sql).
    """
    for task_id, slots in rows.open_slots(db, project_id, batch_id).items():
        last = max(slot.number for slot in slots)
        for number in range(last + 1, last + 1 + people - len(slots)):
            tasks.add_slot(db, Slot(new_id(), task_id, number, shows_suggestions=False))
        free = [slot for slot in slots if slot.state is SlotState.OPEN and slot.person_id is None]
        order = sorted(free, key=lambda slot: (people > 1 and not slot.shows_suggestions, -slot.number))
        rows.drop_slots(db, [slot.id for slot in order[: max(0, len(slots) - people)]])
        rows.set_overlap(db, task_id, max(people, len(slots) - len(order)))
