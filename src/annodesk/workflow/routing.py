"""Which task goes to whom: places on tasks, who works without suggestions, and offers in order with their reason.

A reason never tells how many others work on a task, nor whether it is a test: see rule 7 of the design.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from annodesk.model.ids import new_id
from annodesk.model.work import Batch, BatchState, Offer, Person, Role, Skill, Slot, SlotState, Stage, Task
from annodesk.workflow.sampling import draw, is_drawn

DAY_US = 86_400_000_000
_NO_DEADLINE_US = 2**62


def overlap_of(
    item_id: str, *, seed: str, overlap: int, overlap_share: float, batch: Batch | None = None, people: int = 1
) -> int:
    """How many people label an item: everybody in a pilot batch, ``overlap`` for a share of the items, one for others.

    A batch's own overlap holds for every item of it.
    """
    if batch is not None and batch.is_pilot:
        return max(1, people)
    if batch is not None and batch.overlap is not None:
        return max(1, batch.overlap)
    return max(1, overlap) if is_drawn(overlap_share, seed, "overlap", item_id) else 1


def make_slots(
    task_id: str,
    overlap: int,
    *,
    seed: str,
    unaided_share: float,
    suggestions: bool = True,
    make_id: Callable[[], str] = new_id,
) -> tuple[Slot, ...]:
    """The places of a task.

    With two places or more exactly one drawn from them works without suggestions, whatever the share says, so that
    there is a pair of independent answers; each other one does with the probability ``unaided_share``.
    """
    always = 1 + int(draw(seed, "unaided", task_id) * overlap) if overlap > 1 else 0
    return tuple(
        Slot(
            make_id(),
            task_id,
            number,
            shows_suggestions=suggestions
            and number != always
            and not is_drawn(unaided_share, seed, "unaided", task_id, number),
        )
        for number in range(1, overlap + 1)
    )


@dataclass(frozen=True, slots=True)
class Opening:
    """A task and what routing must know of it.

    ``held_by`` are the people who ever held it, ``labelled_by`` those who labelled its item, ``seen_by`` those who saw
    others' sets of it (a reopened item is not for them). ``needs`` are the skills it takes; a language is a skill
    named by its code.
    """

    task: Task
    slots: tuple[Slot, ...]
    batch: Batch | None = None
    held_by: frozenset[str] = frozenset()
    labelled_by: frozenset[str] = frozenset()
    seen_by: frozenset[str] = frozenset()
    needs: tuple[Skill, ...] = ()

    @property
    def free(self) -> int:
        """Places not yet taken."""
        return sum(slot.state is SlotState.OPEN for slot in self.slots)

    @property
    def taken(self) -> int:
        """Places somebody holds or has submitted."""
        return len(self.slots) - self.free


def refusal(opening: Opening, person: Person, roles: Collection[Role]) -> str:
    """Why a task is not for a person, in a sentence; empty where it is."""
    task = opening.task
    if opening.batch is not None and opening.batch.state is not BatchState.OPEN:
        return f"The batch {opening.batch.name} is {opening.batch.state}."
    if not opening.free:
        return "It is not open any more."
    if person.id in opening.held_by:
        return "You have held this task before."
    if task.stage is Stage.REVIEW:
        if not {Role.ANALYST, Role.MANAGER} & set(roles):
            return "Only analysts review."
        if person.id in opening.labelled_by:
            return "You labelled this item."
    else:
        if Role.ANNOTATOR not in roles:
            return "Only annotators label."
        if person.id in opening.seen_by:
            return "You have seen others' work on this item."
    have = {skill.name: skill.level for skill in person.skills}
    for need in opening.needs:
        if have.get(need.name, 0) < need.level:
            return f"It needs {need.name}" + (f" at level {need.level}." if need.level > 1 else ".")
    return ""


class Openings:
    """Open tasks in the order in which they are offered, sorted once for all people.

    Pilot batches, then priority, then the deadline, then tasks others have begun (they are scored the sooner), then by
    lot: items lie around a ring, and each person begins at a place of their own, so that people do not all reach for
    one task; the tasks of one item in their order.
    """

    def __init__(self, openings: Iterable[Opening], *, seed: str) -> None:
        self._seed = seed
        by_rank: dict[tuple[object, ...], list[tuple[float, str, int, str, Opening]]] = {}
        for opening in openings:
            task, batch = opening.task, opening.batch
            is_pilot = batch is not None and batch.is_pilot
            rank = (not is_pilot, -_priority(opening), _deadline_us(batch), opening.taken == 0)
            lot = draw(seed, "route", task.item_id)
            by_rank.setdefault(rank, []).append((lot, task.item_id, task.start_us, task.id, opening))
        self._groups = [sorted(group, key=lambda one: one[:4]) for _, group in sorted(by_rank.items())]

    def for_person(self, person_id: str) -> Iterator[Opening]:
        """All of them, best first."""
        begin = draw(self._seed, "route", person_id)
        for group in self._groups:
            first = bisect_left(group, begin, key=lambda one: one[0])
            for one in chain(group[first:], group[:first]):
                yield one[-1]


def offers_for(
    person: Person,
    roles: Collection[Role],
    openings: Openings,
    *,
    now_us: int,
    limit: int | None = None,
) -> list[Offer]:
    """The open tasks a person may take, best first."""
    allowed = (o for o in openings.for_person(person.id) if not refusal(o, person, roles))
    ranked = islice(allowed, limit)
    return [Offer(o.task.id, person.id, rank, _reason(o, now_us), now_us) for rank, o in enumerate(ranked, start=1)]


def _priority(opening: Opening) -> int:
    return opening.task.priority + (opening.batch.priority if opening.batch is not None else 0)


def _deadline_us(batch: Batch | None) -> int:
    return batch.deadline_us if batch is not None and batch.deadline_us is not None else _NO_DEADLINE_US


def _reason(opening: Opening, now_us: int) -> str:
    """Why this task is offered, from what everybody may know."""
    batch, words = opening.batch, []
    if batch is not None and batch.is_pilot:
        words.append(f"pilot batch {batch.name}")
    if _priority(opening) > 0:
        words.append("high priority")
    if batch is not None and batch.deadline_us is not None:
        words.append(_due(batch.deadline_us - now_us))
    if opening.needs:
        words.append("you know " + ", ".join(skill.name for skill in opening.needs))
    if not words:
        words.append("waiting for review" if opening.task.stage is Stage.REVIEW else "next in line")
    sentence = "; ".join(words)
    return sentence[0].upper() + sentence[1:]


def _due(left_us: int) -> str:
    if left_us < 0:
        return "overdue"
    days = left_us // DAY_US
    return "due today" if days == 0 else "due in 1 day" if days == 1 else f"due in {days} days"


def why_nothing(openings: Sequence[Opening], person: Person, roles: Collection[Role]) -> str:
    """Why a person's list is empty, in a sentence."""
    if not openings:
        return "There is no open work in this project."
    reasons = [refusal(opening, person, roles) for opening in openings]
    commonest = max(sorted(set(reasons)), key=reasons.count)
    return f"Nothing is open for you now. {commonest}" if commonest else ""
