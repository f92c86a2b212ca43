"""Who works on what: people, batches, tasks, slots, leases, offers, escalations, and their states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace


class Role(StrEnum):
    """What a person may do in one project."""

    ANNOTATOR = "annotator"
    ANALYST = "analyst"
    MANAGER = "manager"


class Skill(Struct, frozen=True):
    """What a person can do and an item may need, such as a language at a level."""

    name: str
    level: int = 1


class Person(Struct, frozen=True):
    """Somebody who works here; history names people by id alone."""

    id: str
    name: str
    login: str | None = None
    skills: tuple[Skill, ...] = ()


class BatchState(StrEnum):
    """Whether a batch gives out work."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class Batch(Struct, frozen=True):
    """Items that share overlap, priority, deadline and thresholds; None takes the project's value.

    ``passed_at_us`` is when a manager passed a pilot; ``waits_for`` names the pilot that is to be passed first.
    ``unsure_first`` is None where items come by lot; else what the model is unsure of is drawn to come first, and that
    share of each draw is by chance alone. ``needs`` are skills that each of its items takes, beside its own.
    """

    id: str
    name: str
    state: BatchState = BatchState.OPEN
    is_pilot: bool = False
    overlap: int | None = None
    priority: int = 0
    deadline_us: int | None = None
    escalate_below: float | None = None
    unsure_below: float | None = None
    model_sure_from: float | None = None
    reference_below: float | None = None
    unsure_first: float | None = None
    needs: tuple[Skill, ...] = ()
    passed_at_us: int | None = None
    waits_for: str = ""


def behind_pilots(batches: Sequence[Batch]) -> tuple[Batch, ...]:
    """The same batches, each with the pilot it waits for.

    A pilot gates what was made after it until it is passed, or a later pilot is; pilots themselves wait for nothing.
    """
    pilots = [one for one in batches if one.is_pilot]
    open_ones = [
        one for one in pilots if one.passed_at_us is None and not any(p.passed_at_us and p.id > one.id for p in pilots)
    ]

    def gate(batch: Batch) -> str:
        before = [] if batch.is_pilot else [one.name for one in open_ones if one.id < batch.id]
        return before[-1] if before else ""

    return tuple(replace(batch, waits_for=gate(batch)) for batch in batches)


class Stage(StrEnum):
    """What is to be done in a task."""

    ANNOTATE = "annotate"
    REVIEW = "review"


class ItemState(StrEnum):
    """Where an item stands."""

    OPEN = "open"
    SCORED = "scored"
    ESCALATED = "escalated"
    SETTLED = "settled"
    REOPENED = "reopened"


class Band(StrEnum):
    """How far an item is: settled by people, by the machine alone, in review, handed in by some, or not begun."""

    DONE = "done"
    MACHINE = "machine"
    REVIEW = "review"
    BEGUN = "begun"
    LEFT = "left"


class SettledBy(StrEnum):
    """Why an item's answer stands."""

    CONSENSUS = "consensus"
    ADJUDICATION = "adjudication"
    SINGLE = "single"
    MACHINE = "machine"


class SlotState(StrEnum):
    """Where one person's place on a task stands."""

    OPEN = "open"
    LEASED = "leased"
    SUBMITTED = "submitted"
    SKIPPED = "skipped"
    PARKED = "parked"
    EXPIRED = "expired"
    RECALLED = "recalled"
    RETURNED = "returned"


class InquiryState(StrEnum):
    """Where a question from inside a task stands; ``closed`` when nobody waits for its answer any more."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class RerulingState(StrEnum):
    """What came of a ruling that another analyst rules again; ``decided`` where a third had to, ``void`` where the work
    that was ruled on changed meanwhile.
    """

    WAITING = "waiting"
    ALIKE = "alike"
    DIFFERS = "differs"
    DECIDED = "decided"
    VOID = "void"


class PrecedentSource(StrEnum):
    """What was pinned to the guidelines; an answer is its words alone, without label and clip."""

    RULING = "ruling"
    ANSWER = "answer"


class Ending(StrEnum):
    """Why a label of the model does not stand without a person any more."""

    ALARM = "alarm"
    CHANGED = "changed"


class Reason(StrEnum):
    """Why an item is in the review queue."""

    LOW_AGREEMENT = "low agreement"
    LOW_CONFIDENCE = "low confidence"
    MODEL_AGAINST_HUMANS = "model against humans"
    REFERENCE_MISS = "reference miss"
    FLAGGED = "flagged"
    SKIPPED = "skipped"
    AUDIT = "audit"
    DISPUTED = "disputed"


class Task(Struct, frozen=True):
    """A unit of assignable work: an item or a stretch ``[start_us, end_us)`` of it."""

    id: str
    item_id: str
    stage: Stage
    start_us: int
    end_us: int
    batch_id: str | None = None
    priority: int = 0


class Slot(Struct, frozen=True):
    """One person's place on a task; ``shows_suggestions`` is False on an unaided place."""

    id: str
    task_id: str
    number: int
    state: SlotState = SlotState.OPEN
    person_id: str | None = None
    set_id: str | None = None
    shows_suggestions: bool = True


class Lease(Struct, frozen=True):
    """The right to work on a task until a time by the database's clock (microseconds since 1970, UTC)."""

    task_id: str
    person_id: str
    until_us: int


class Offer(Struct, frozen=True):
    """A task put before a person, with its rank (1 first) and the reason in words."""

    task_id: str
    person_id: str
    rank: int
    reason: str
    computed_at_us: int


class Escalation(Struct, frozen=True):
    """Why an item went to review, with its evidence."""

    id: str
    item_id: str
    reason: Reason
    culprit: str = ""
    value: float | None = None
    threshold: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


class Comment(Struct, frozen=True):
    """Text at a time, an element, a place in the item's text (code points) or a whole set; readable with that set.

    A comment by ``analyst`` came with work that was returned: who it was is not told.
    """

    id: str
    set_id: str
    author_id: str
    text: str
    time_us: int | None = None
    element_id: str | None = None
    is_resolved: bool = False
    made_at_us: int = 0
    text_at: int | None = None

    @property
    def is_pin(self) -> bool:
        """Whether it came with work that was returned."""
        return self.author_id == Role.ANALYST


class Inquiry(Struct, frozen=True):
    """A question from inside a task, about a moment or an element of it, and its answer.

    ``head`` is what stood when it was asked; ``is_feedback`` says that the answer speaks of what is to be labelled.
    """

    id: str
    item_id: str
    task_id: str
    words: str
    time_us: int | None = None
    element_id: str | None = None
    place: str = ""
    head: str | None = None
    state: InquiryState = InquiryState.OPEN
    answer: str = ""
    is_feedback: bool = True
    asked_by: str | None = None
    answered_by: str | None = None
    made_at_us: int = 0
    answered_at_us: int | None = None


class Precedent(Struct, frozen=True):
    """A ruling, or an answer, pinned to a clause of the guidelines, with what is needed to hear it.

    ``quote`` is of a text.
    """

    id: str
    clause: str
    item_id: str
    words: str
    labels: tuple[str, ...] = ()
    quote: str = ""
    clip: Mapping[str, Any] = field(default_factory=dict)
    start_us: int | None = None
    end_us: int | None = None
    made_by: str | None = None
    made_at_us: int = 0
    source: PrecedentSource = PrecedentSource.RULING


class Bookmark(Struct, frozen=True):
    """A place in an item that one person wants to find again; nobody else reads it."""

    id: str
    item_id: str
    person_id: str
    time_us: int
    note: str = ""
    element_id: str | None = None
    made_at_us: int = 0
