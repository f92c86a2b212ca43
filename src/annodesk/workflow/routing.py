"""Which task goes to whom: places on tasks, who works without suggestions, and offers in order with their reason.

A reason never tells how many others work on a task, nor whether it is a test: see rule 7 of the design.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from msgspec import Struct
from msgspec.structs import replace

from annodesk.model.ids import new_id
from annodesk.model.terms import DAY_US, Standing, why_none_now
from annodesk.model.work import Batch, BatchState, Offer, Person, Role, Skill, Slot, SlotState, Stage, Task
from annodesk.workflow.sampling import draw, is_drawn

NO_DEADLINE_US = 2**62
NEXT_IN_LINE = "Next in line"
_NOTHING_AGREED = Standing()
_NOBODY: frozenset[str] = frozenset()


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


class Opening(Struct, frozen=True):
    """A task and what routing must know of it.

    ``held_by`` are the people who ever held it, ``labelled_by`` those who labelled its item, ``seen_by`` those who saw
    others' sets of it (a reopened item is not for them). ``needs`` are the skills it takes; a language is a skill
    named by its code. ``not_in`` are the skills of those who found it in another language than theirs: it is for
    somebody who has another one. A manager may keep it for one person, or pause it. ``is_drawn`` says that it was drawn
    to come first in its batch, where that asks for it.
    """

    task: Task
    slots: tuple[Slot, ...]
    batch: Batch | None = None
    held_by: frozenset[str] = frozenset()
    labelled_by: frozenset[str] = frozenset()
    seen_by: frozenset[str] = frozenset()
    needs: tuple[Skill, ...] = ()
    not_in: frozenset[str] = frozenset()
    sensitive: tuple[str, ...] = ()
    kept_for: str | None = None
    is_paused: bool = False
    is_drawn: bool = False

    @property
    def free(self) -> int:
        """Places not yet taken."""
        return sum(slot.state is SlotState.OPEN for slot in self.slots)

    @property
    def taken(self) -> int:
        """Places somebody holds or has submitted."""
        return len(self.slots) - self.free

    @property
    def waits_for(self) -> str:
        """The pilot that is to be passed before it is labelled; empty where it waits for none."""
        return _pilot_before(self.batch, self.task.stage)

    @property
    def is_given_out(self) -> bool:
        """Whether anybody may be given a place of it now."""
        return gives_out(self.batch, self.task.stage) and not self.is_paused and self.free > 0


def gives_out(batch: Batch | None, stage: Stage) -> bool:
    """Whether a batch gives out work, as the server's function says: it is open, and no pilot is to be passed first.

    Only what is to be labelled waits for one. What is in no batch is given out.
    """
    is_open = batch is None or batch.state is BatchState.OPEN
    return is_open and not _pilot_before(batch, stage)


def _pilot_before(batch: Batch | None, stage: Stage) -> str:
    return "" if batch is None or stage is not Stage.ANNOTATE else batch.waits_for


Kind = tuple[object, ...]
"""What decides, apart from their past, for whom a task may be."""


def kind_of(opening: Opening) -> Kind:
    """What it asks of whoever does it: tasks of one kind are for the same people."""
    return opening.task.stage, opening.needs, opening.not_in, opening.sensitive


def met_by_nobody(opening: Opening) -> Opening:
    """A task as it is for somebody who has never met it."""
    return replace(opening, held_by=_NOBODY, labelled_by=_NOBODY, seen_by=_NOBODY)


def refusal(opening: Opening, person: Person, roles: Collection[Role], standing: Standing = _NOTHING_AGREED) -> str:
    """Why a task is not for a person just now, in a sentence; empty where it is."""
    if opening.batch is not None and opening.batch.state is not BatchState.OPEN:
        return f"The batch {opening.batch.name} is {opening.batch.state}."
    if opening.waits_for:
        return f"It is given out once the pilot {opening.waits_for} is passed."
    if not opening.free:
        return "It is not open any more."
    if opening.is_paused:
        return "A manager has paused it."
    if opening.kept_for not in (None, person.id):
        return "It is kept for somebody else."
    return lasting_refusal(opening, person, roles, standing) or _too_much(opening, standing)


def lasting_refusal(
    opening: Opening, person: Person, roles: Collection[Role], standing: Standing = _NOTHING_AGREED
) -> str:
    """Why a task is not for a person, whenever they would take it; empty where it is or may be later."""
    task = opening.task
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
    if opening.not_in and have.keys() <= opening.not_in:
        return "It is in another language than yours."
    if declined := [one for one in opening.sensitive if one in standing.terms.declined]:
        return f"It holds {declined[0]}, which you do not work with."
    return ""


def _too_much(opening: Opening, standing: Standing) -> str:
    """That a day's share of sensitive content is reached; a task that would go beyond it waits for the next day."""
    most = standing.sensitive_most_us
    if not opening.sensitive or most is None:
        return ""
    length = opening.task.end_us - opening.task.start_us
    if standing.load.sensitive_us == 0 or standing.load.sensitive_us + length <= most:
        # The first one of a day may be longer than the share: else nobody could ever take it.
        return ""
    return "It is sensitive, and you have worked with as much of that as a day allows."


Rank = tuple[bool, int, int, bool, int, bool]
"""Pilots first, then by priority, the deadline, what waits for a draw last, how few can do it, whether it is begun."""
Entry = tuple[float, str, int, str]
"""Where a task lies on the ring: its item's lot, the item, the task's beginning, the task."""


def rank_of(opening: Opening, rare: int = 0) -> Rank:
    """What decides before the lot which task is offered first; the lowest is.

    ``rare`` is low where few can do it.
    """
    batch = opening.batch
    is_pilot = batch is not None and batch.is_pilot
    waits = batch is not None and batch.unsure_first is not None and not is_pilot and not opening.is_drawn
    return not is_pilot, -_priority(opening), _deadline_us(batch), waits, rare, opening.taken == 0


def entry_of(opening: Opening, seed: str) -> Entry:
    """Where a task lies on the ring."""
    task = opening.task
    return draw(seed, "route", task.item_id), task.item_id, task.start_us, task.id


class Openings:
    """Open tasks in the order in which they are offered, sorted once for all people.

    What is kept for a person comes to them first and to nobody else.

    Pilot batches, then priority, then the deadline, then what was drawn where a batch goes by draws, then what few
    people can do, then tasks others have begun (they are scored the sooner), then by lot: items lie around a ring, and
    each person begins at a place of their own, so that people do not all reach for one task; the tasks of one item in
    their order.

    Parameters
    ----------
    rare : of kinds of task how rare those are who can do them, as ``able.rarities`` tells
    """

    def __init__(self, openings: Iterable[Opening], *, seed: str, rare: Mapping[Kind, int] = {}) -> None:
        self._seed = seed
        self._kept: dict[str, list[Opening]] = {}
        by_rank: dict[Rank, list[tuple[float, str, int, str, Opening]]] = {}
        for opening in openings:
            if opening.kept_for is not None:
                self._kept.setdefault(opening.kept_for, []).append(opening)
                continue
            rank = rank_of(opening, rare.get(kind_of(opening), 0))
            by_rank.setdefault(rank, []).append((*entry_of(opening, seed), opening))
        for kept in self._kept.values():
            kept.sort(key=lambda one: entry_of(one, seed))
        self._groups = [sorted(group, key=lambda one: one[:4]) for _, group in sorted(by_rank.items())]

    def for_person(self, person_id: str) -> Iterator[Opening]:
        """All of them, best first."""
        yield from self._kept.get(person_id, ())
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
    standing: Standing = _NOTHING_AGREED,
) -> list[Offer]:
    """The open tasks a person may take, best first: what is kept for them before all else."""
    if why_none_now(standing, now_us):
        return []
    allowed = (o for o in openings.for_person(person.id) if not refusal(o, person, roles, standing))
    ranked = islice(allowed, limit)
    return [
        Offer(o.task.id, person.id, rank, why_this(o, person.id, now_us), now_us)
        for rank, o in enumerate(ranked, start=1)
    ]


def _priority(opening: Opening) -> int:
    return opening.task.priority + (opening.batch.priority if opening.batch is not None else 0)


def _deadline_us(batch: Batch | None) -> int:
    return batch.deadline_us if batch is not None and batch.deadline_us is not None else NO_DEADLINE_US


def why_this(opening: Opening, person_id: str, now_us: int) -> str:
    """Why a person is given this task, from what everybody may know: nothing of it tells a test from other work."""
    batch, words = opening.batch, []
    if opening.kept_for == person_id:
        words.append("a manager chose you for it")
    if batch is not None and batch.is_pilot:
        words.append(f"pilot batch {batch.name}")
    if _priority(opening) > 0:
        words.append("high priority")
    if batch is not None and batch.deadline_us is not None:
        words.append(_due(batch.deadline_us - now_us))
    if opening.needs:
        words.append("you know " + ", ".join(skill.name for skill in opening.needs))
    if not words:
        words.append("waiting for review" if opening.task.stage is Stage.REVIEW else NEXT_IN_LINE)
    sentence = "; ".join(words)
    return sentence[0].upper() + sentence[1:]


def _due(left_us: int) -> str:
    if left_us < 0:
        return "overdue"
    days = left_us // DAY_US
    return "due today" if days == 0 else "due in 1 day" if days == 1 else f"due in {days} days"


_HELD, _LOST = "You have held this task before.", "It is not open any more."
_SEEN, _KEPT = "You have seen others' work on this item.", "It is kept for somebody else."
_COUNTED = {
    _HELD: "{0} you have had already",
    _LOST: "{0} others have or have finished",
    _SEEN: "{0} you have seen others' work on",
    _KEPT: "{0} others have or have finished",
    "It is in another language than yours.": "{0} in another language than yours",
    "It is sensitive, and you have worked with as much of that as a day allows.": (
        "{0} sensitive, of which you have had as much as a day allows"
    ),
    "A manager has paused it.": "{0} paused by a manager",
}
"""How many tasks a reason keeps away; those kept for others look like those that others have."""


def why_nothing(
    openings: Sequence[Opening],
    person: Person,
    roles: Collection[Role],
    standing: Standing = _NOTHING_AGREED,
    *,
    now_us: int = 0,
) -> str:
    """Why a person's list is empty, in a sentence or two, with what would change it; empty where it need not be."""
    if why := why_none_now(standing, now_us):
        return why
    if not openings:
        return "There is no open work in this project."
    reasons = Counter(refusal(opening, person, roles, standing) for opening in openings)
    if "" in reasons:
        return ""
    only = next(iter(reasons))
    if len(openings) == 1 or (len(reasons) == 1 and only not in _COUNTED):
        return f"Nothing is open for you now. {only}{_next_step(only)}"
    said: Counter[str] = Counter()
    for reason, count in reasons.items():
        said[_COUNTED.get(reason, "{0}: " + reason[0].lower() + reason[1:].rstrip("."))] += count
    parts = [words.format(f"{count:,}") for words, count in said.most_common()]
    step = next((step for reason, _ in reasons.most_common() if (step := _next_step(reason))), "")
    total = f"{len(openings):,} task{'s' * (len(openings) != 1)}"
    return f"Nothing is open for you now: of {total} {'; '.join(parts)}.{step}"


def _next_step(reason: str) -> str:
    if reason.startswith("It needs "):
        return " If that is yours, ask a manager to enter it among your skills."
    if reason.startswith("The batch "):
        return " It comes when a manager opens it again."
    if reason in ("Only annotators label.", "Only analysts review."):
        return " A manager gives roles."
    return ""
