"""The review queue's order, and what must be ruled before an item can be settled."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.outcomes import OutcomeKind
from annodesk.model.work import Escalation, Reason

RULINGS = frozenset({"own", "average", "neither", *OutcomeKind})
"""Besides a side's letter: the reviewer's own answer, the middle between two boundaries, none of them, or that there
is no one answer (`model.outcomes`)."""

_DAY_US = 86_400_000_000
_SEVERITY = {
    Reason.REFERENCE_MISS: 0.9,
    Reason.DISPUTED: 0.85,
    Reason.FLAGGED: 0.8,
    Reason.SKIPPED: 0.7,
    Reason.MODEL_AGAINST_HUMANS: 0.6,
    Reason.LOW_AGREEMENT: 0.5,
    Reason.LOW_CONFIDENCE: 0.4,
    Reason.AUDIT: 0.2,
}


class Waiting(Struct, frozen=True):
    """An item in the review queue."""

    item_id: str
    escalations: tuple[Escalation, ...]
    priority: int
    since_us: int


def severity(escalations: Iterable[Escalation]) -> float:
    """How grave an item's reasons are, 0 to 1: the gravest one's weight, more the further it is below its threshold."""
    found = [0.0]
    for escalation in escalations:
        weight = _SEVERITY[escalation.reason]
        value, threshold = escalation.value, escalation.threshold
        if value is not None and threshold:
            short = max(0.0, min(1.0, (threshold - value) / threshold))
            weight += (1 - weight) * 0.8 * short
        found.append(weight)
    return max(found)


def urgency(waiting: Waiting, now_us: int) -> float:
    """Severity times priority times age; a step of priority doubles it, and so does each day of waiting at first."""
    return _urgency(severity(waiting.escalations), waiting.priority, now_us - waiting.since_us)


def _urgency(how_severe: float, priority: int, age_us: int) -> float:
    days = max(0, age_us) / _DAY_US
    steps = max(-16, min(16, priority))
    return how_severe * 2.0**steps * (1 + days)


def rank_of(how_severe: float, priority: int, age_us: int) -> int:
    """A place in the queue as a whole number, the most urgent lowest: 100 less where it is twice as urgent."""
    return -round(100 * math.log2(max(_urgency(how_severe, priority, age_us), 2.0**-40)))


def queue(waiting: Iterable[Waiting], now_us: int) -> list[Waiting]:
    """The items to review, the most urgent first; equals by age, then by id."""
    return sorted(waiting, key=lambda w: (-urgency(w, now_us), w.since_us, w.item_id))


def unruled(keys: Sequence[str], rulings: Mapping[str, str], letters: Collection[str]) -> list[str]:
    """The disagreements without a valid ruling, in their order.

    Parameters
    ----------
    keys : the disagreements' keys
    rulings : key to what was ruled: a side's letter or one of RULINGS
    letters : the sides' letters
    """
    valid = {*letters, *RULINGS}
    return [key for key in keys if rulings.get(key) not in valid]


def require_ruled(places: Mapping[str, str], rulings: Mapping[str, str], letters: Collection[str]) -> None:
    """Refuse to settle while a disagreement is not ruled; ``places`` maps each key to its place in words."""
    left = unruled(list(places), rulings, letters)
    if left:
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        raise WorkflowError(
            f"Not ruled yet: {places[left[0]]}{more}.", "Go to it with J, then take a side or draw your own."
        )
