"""When a reference item is in doubt itself: too many people miss it to hold that against them."""

from __future__ import annotations

MISSED_BY = 3
"""So many people who miss a reference put the reference in doubt."""
MISSED_SHARE, LEAST_ANSWERS = 0.40, 5
"""And so does this share of those who answered, once so many have: of fewer one alone would be a third."""
MISSED = "missed"
"""In an escalation's evidence: how many missed the reference that is in doubt."""


def is_in_doubt(missed: int, answered: int, *, by: int | None = None, share: float | None = None) -> bool:
    """Whether it is the reference that is to be looked at, and not those who missed it.

    Parameters
    ----------
    by, share : what a project says instead of so many people, and of that share
    """
    is_many = missed >= (MISSED_BY if by is None else by)
    return is_many or (answered >= LEAST_ANSWERS and missed >= (MISSED_SHARE if share is None else share) * answered)
