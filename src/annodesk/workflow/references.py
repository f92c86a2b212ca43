"""When a reference item is in doubt itself: too many people miss it to hold that against them."""

from __future__ import annotations

MISSED_BY = 3
"""So many people who miss a reference put the reference in doubt."""
MISSED_SHARE, LEAST_ANSWERS = 0.40, 5
"""And so does this share of those who answered, once so many have: of fewer one alone would be a third."""
MISSED = "missed"
"""In an escalation's evidence: how many missed the reference that is in doubt."""


def is_in_doubt(missed: int, answered: int) -> bool:
    """Whether it is the reference that is to be looked at, and not those who missed it."""
    return missed >= MISSED_BY or (answered >= LEAST_ANSWERS and missed >= MISSED_SHARE * answered)
