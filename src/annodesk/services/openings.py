"""Places that are free: which tasks somebody may take, and taking one again whose lease ran out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annodesk.model.work import Batch, ItemState, Skill, Slot, SlotState, Stage
from annodesk.store import figures, items, precedents, projects, takedown, tasks
from annodesk.store.engine import Connection
from annodesk.workflow import states
from annodesk.workflow.routing import Opening
from annodesk.workflow.states import COORDINATOR

_LOOKED_UP_AT_ONCE = 100
_WORKED_ON = {Stage.ANNOTATE: (ItemState.OPEN, ItemState.REOPENED), Stage.REVIEW: (ItemState.ESCALATED,)}
"""States of an item in which its tasks of a stage are worked on."""


def free_again(db: Connection, claim: tasks.Claim) -> Slot | None:
    """The place that somebody whose lease ran out may take again, None where there is none.

    Who had suggestions in view may not fill a place that is there for an answer without them.
    """
    task = tasks.get_task(db, claim.task_id)
    if figures.item_state(db, task.item_id) not in _WORKED_ON[task.stage]:
        return None
    if task.stage is Stage.ANNOTATE and takedown.is_gone(db, task.id):
        return None
    seen = claim.set_id is not None and tasks.view_of(db, claim.set_id).suggestions_from_us is not None
    free = [s for s in tasks.slots_of(db, claim.task_id) if s.person_id is None and (s.shows_suggestions or not seen)]
    return min(free, key=lambda slot: slot.shows_suggestions is not claim.shows_suggestions, default=None)


def resume(db: Connection, claim: tasks.Claim, until_us: int, now_us: int) -> bool:
    """Give somebody whose lease ran out a place on the same task again; False where there is none."""
    slot = free_again(db, claim)
    if slot is None:
        return False
    opened = states.move_slot(claim.as_slot(), SlotState.OPEN, by=COORDINATOR)
    states.move_slot(opened, SlotState.LEASED, by=claim.person_id)
    tasks.take_slot(db, slot.id, claim.id)
    tasks.set_claim_state(db, claim, SlotState.LEASED, claim.person_id, now_us, lease_until_us=until_us)
    return True


def openings(db: Connection, project_id: str, *, among: Sequence[str] | None = None) -> list[Opening]:
    """A project's tasks still to be labelled (or some of them), with what routing must know of each."""
    batches = {batch.id: batch for batch in projects.list_batches(db, project_id)}
    # Where nobody's languages have been entered, an item's language keeps nobody away.
    skills_known = any(person.skills for person, _ in projects.members(db, project_id))
    if among is None:
        return _openings(db, project_id, None, batches, skills_known)
    # Few at a time: where thousands are asked for at once, a server reads its whole tables.
    pages = [among[first : first + _LOOKED_UP_AT_ONCE] for first in range(0, len(among), _LOOKED_UP_AT_ONCE)]
    return [one for page in pages for one in _openings(db, project_id, page, batches, skills_known)]


def _openings(
    db: Connection, project_id: str, among: Sequence[str] | None, batches: Mapping[str, Batch], skills_known: bool
) -> list[Opening]:
    found_tasks = tasks.list_tasks(db, project_id, among=among)
    wanted = None if among is None else {task.item_id for task in found_tasks}
    # An answer that hangs in the guidelines has been read by everybody.
    gone = takedown.taken_down(db, wanted) | precedents.items_ever(db, wanted)
    found_tasks = [task for task in found_tasks if task.item_id not in gone]
    about = None if among is None else {task.item_id for task in found_tasks}
    known = {item.id: item for item in items.list_items(db, project_id, among=about)}
    now = items.item_states(db, project_id, among=about)
    slots = tasks.slots_of_project(db, project_id, among=among)
    holders = tasks.holders_of_project(db, project_id, among=among)
    reviewers: dict[str, frozenset[str]] = {}
    for task in (task for task in found_tasks if task.stage is Stage.REVIEW):
        reviewers[task.item_id] = reviewers.get(task.item_id, frozenset()) | holders.get(task.id, frozenset())
    found = []
    for task in (task for task in found_tasks if task.stage is Stage.ANNOTATE):
        if now[task.item_id] not in _WORKED_ON[Stage.ANNOTATE]:
            continue
        language = str(known[task.item_id].metadata.get("language", ""))
        found.append(
            Opening(
                task,
                tuple(slots.get(task.id, ())),
                batches.get(task.batch_id or ""),
                held_by=holders.get(task.id, frozenset()),
                seen_by=reviewers.get(task.item_id, frozenset()),
                needs=(Skill(language),) if language and skills_known else (),
            )
        )
    return found
