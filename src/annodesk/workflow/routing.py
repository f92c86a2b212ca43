"""Which open tasks a person is offered, in which order, why, and with or without suggestions."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from annodesk.model.project import PrelabelPolicy, WorkflowPolicy
from annodesk.model.work import Batch, BatchState, Person, Slot, Task

UNAIDED_WORDS = "next in line"


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task with free slots: who holds or held it, its slots, and what its item needs."""

    task: Task
    slots: tuple[Slot, ...]
    held_by: frozenset[str]
    batch: Batch
    language: str = ""

    @property
    def free_slots(self) -> int:
        """How many more people it takes."""
        return sum(slot.person_id is None for slot in self.slots)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A task put before a person."""

    task_id: str
    person_id: str
    rank: int
    reason: str
    shows_suggestions: bool


def overlap_of_item(policy: WorkflowPolicy, batch: Batch, people: int, rng: random.Random) -> int:
    """How many people a new item is for: everyone in a pilot, the overlap for its share of items, else one."""
    if batch.is_pilot:
        return max(1, people)
    overlap = batch.overlap if batch.overlap is not None else policy.overlap
    return overlap if rng.random() < policy.overlap_share else 1


def propose(
    open_tasks: Sequence[OpenTask],
    people: Sequence[Person],
    policy: PrelabelPolicy,
    rng_of: Callable[[str], random.Random],
) -> list[Proposal]:
    """Offers for everybody, each person's in rank order.

    A task goes to nobody who has held it, and where its item names a language and the person any, only to those who
    share it. Tasks that somebody has begun come first, then by priority, deadline and age, so that answers to compare
    arrive early. ``rng_of`` gives a generator by task id: who works unaided does not depend on the order of calls.
    """
    offers = []
    for person in people:
        languages = {skill.name for skill in person.skills}
        ranked = sorted(
            (
                found
                for found in open_tasks
                if found.batch.state is BatchState.OPEN
                and found.free_slots
                and person.id not in found.held_by
                and not (languages and found.language and found.language not in languages)
            ),
            key=_value,
        )
        for rank, found in enumerate(ranked, start=1):
            aided = shows_suggestions(found, policy, rng_of(found.task.id))
            offers.append(Proposal(found.task.id, person.id, rank, _reason(found), aided))
    return offers


def shows_suggestions(found: OpenTask, policy: PrelabelPolicy, rng: random.Random) -> bool:
    """Whether the next person on a task sees suggestions.

    With an overlap of two or more at most one person does, so that every pair of sets counts (a pair counts when at
    most one of the two had suggestions in view); a task for one is unaided for the project's unaided share.
    """
    if policy.show == "never":
        return False
    if len(found.slots) > 1:
        taken = [slot for slot in found.slots if slot.person_id is not None]
        return not any(slot.shows_suggestions for slot in taken)
    return rng.random() >= policy.unaided_share


def _value(found: OpenTask) -> tuple[bool, int, float, str, int]:
    begun = any(slot.person_id is not None for slot in found.slots)
    deadline = found.batch.deadline_us if found.batch.deadline_us is not None else float("inf")
    return (not begun, -found.task.priority, deadline, found.task.item_id, found.task.start_us)


def _reason(found: OpenTask) -> str:
    # The same words for a reference item and an ordinary one, and nothing about who else holds the task.
    if found.task.priority > 0:
        return "priority of the batch"
    if found.batch.deadline_us is not None:
        return "due first"
    return f"{found.language}, {UNAIDED_WORDS}" if found.language else UNAIDED_WORDS
