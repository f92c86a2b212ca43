"""Places that are free: which tasks somebody may take, and taking one again whose lease ran out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from annodesk.model.needs import OTHER_LANGUAGE, named_language, needs_of, sensitive_of, together
from annodesk.model.terms import DAY_US, MINUTE_US, Load, Standing, Terms
from annodesk.model.work import Batch, ItemState, Skill, Slot, SlotState, Stage
from annodesk.store import assignments, figures, items, precedents, projects, sampled, takedown, tasks, terms
from annodesk.workflow import states
from annodesk.workflow.routing import Opening
from annodesk.workflow.states import COORDINATOR

if TYPE_CHECKING:
    from annodesk.store.engine import Connection

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


def openings(
    db: Connection, project_id: str, *, among: Sequence[str] | None = None, of_settled: bool = False
) -> list[Opening]:
    """A project's tasks still to be labelled (or some of them), with what routing must know of each.

    ``of_settled`` asks for those of settled items instead, which are given out where they are references.
    """
    batches = {batch.id: batch for batch in projects.list_batches(db, project_id)}
    skills = {person.id: {one.name for one in person.skills} for person, _ in projects.members(db, project_id)}
    wanted_states = (ItemState.SETTLED,) if of_settled else _WORKED_ON[Stage.ANNOTATE]
    if among is None:
        return _openings(db, project_id, None, batches, skills, wanted_states)
    # Few at a time: where thousands are asked for at once, a server reads its whole tables.
    pages = [among[first : first + _LOOKED_UP_AT_ONCE] for first in range(0, len(among), _LOOKED_UP_AT_ONCE)]
    return [one for page in pages for one in _openings(db, project_id, page, batches, skills, wanted_states)]


def _openings(
    db: Connection,
    project_id: str,
    among: Sequence[str] | None,
    batches: Mapping[str, Batch],
    skills: Mapping[str, set[str]],
    wanted_states: Collection[ItemState],
) -> list[Opening]:
    found_tasks = tasks.list_tasks(db, project_id, among=among)
    wanted = None if among is None else {task.item_id for task in found_tasks}
    # An answer that hangs in the guidelines has been read by everybody.
    gone = takedown.taken_down(db, wanted) | precedents.items_ever(db, wanted)
    found_tasks = [task for task in found_tasks if task.item_id not in gone]
    about = None if among is None else {task.item_id for task in found_tasks}
    known = items.metadata_of(db, project_id, about)
    now = items.item_states(db, project_id, among=about)
    slots = tasks.slots_of_project(db, project_id, among=among)
    holders = tasks.holders_of_project(db, project_id, among=among)
    passed_on = tasks.skips_for(db, project_id, OTHER_LANGUAGE, among=about)
    told = assignments.of_project(db, project_id, among=among)
    drawn = _drawn(db, project_id, batches.values(), about)
    reviewers: dict[str, frozenset[str]] = {}
    for task in (task for task in found_tasks if task.stage is Stage.REVIEW):
        reviewers[task.item_id] = reviewers.get(task.item_id, frozenset()) | holders.get(task.id, frozenset())
    found = []
    for task in (task for task in found_tasks if task.stage is Stage.ANNOTATE):
        if now[task.item_id] not in wanted_states:
            continue
        metadata = known[task.item_id]
        needs, not_in = _asked_of(metadata, passed_on.get(task.item_id, ()), skills)
        batch = batches.get(task.batch_id or "")
        if batch is not None and batch.needs:
            needs = together(needs, batch.needs)
        is_told = told.get(task.id)
        found.append(
            Opening(
                task,
                tuple(slots.get(task.id, ())),
                batch,
                held_by=holders.get(task.id, frozenset()),
                seen_by=reviewers.get(task.item_id, frozenset()),
                needs=needs,
                not_in=not_in,
                sensitive=sensitive_of(metadata),
                kept_for=is_told.person_id if is_told is not None else None,
                is_paused=is_told is not None and is_told.is_paused,
                is_drawn=task.item_id in drawn,
            )
        )
    return found


def _drawn(db: Connection, project_id: str, batches: Iterable[Batch], among: Collection[str] | None) -> set[str]:
    """The items that were drawn, where a batch goes by that."""
    if all(one.unsure_first is None for one in batches):
        return set()
    return {i for i, (_, is_drawn) in sampled.known(db, project_id, among=among).items() if is_drawn}


def _asked_of(
    metadata: Mapping[str, Any], passed_on: Iterable[tuple[str, str]], skills: Mapping[str, set[str]]
) -> tuple[tuple[Skill, ...], frozenset[str]]:
    """The skills an item takes, and those with which people found it in another language than theirs.

    Who found so may have named its language: then that is what it needs, whatever its metadata says. Where nobody's
    skills have been entered, none keep anybody away.
    """
    entered = set[str]().union(*skills.values())
    if not entered:
        return (), frozenset()
    needs, not_in, language = needs_of(metadata), set[str](), str(metadata.get("language", ""))
    for person_id, note in passed_on:
        if named := named_language(note, entered):
            needs = (Skill(named), *(one for one in needs if one.name not in (language, named)))
            language, not_in = named, set()
        else:
            not_in |= skills.get(person_id, set())
    return needs, frozenset(not_in)


def standings(db: Connection, project_id: str, now_us: int) -> dict[str, Standing]:
    """What was agreed with each member, and what they have taken in the last 24 hours."""
    most = projects.get_version(db, project_id).project.workflow.sensitive_minutes_a_day
    most_us = None if most is None else round(most * MINUTE_US)
    agreed = terms.of_project(db, project_id)
    # Nothing is counted where nothing is agreed.
    is_counted = any(one.quota_a_day is not None for one in agreed.values())
    counts = tasks.count_taken(db, project_id, now_us - DAY_US) if is_counted else {}
    taken = tasks.taken_since(db, project_id, now_us - DAY_US) if most_us is not None else {}
    found = {}
    for person, _ in projects.members(db, project_id):
        sensitive = sum(length for metadata, length in taken.get(person.id, ()) if sensitive_of(metadata))
        load = Load(counts.get(person.id, 0), sensitive)
        found[person.id] = Standing(agreed.get(person.id, Terms()), load, most_us)
    return found
