"""The right to work on a task for a while: granted and expired by a clock that is given.

In a team the clock is the database's; alone it is the workstation's.
"""

from __future__ import annotations

from annodesk.model.work import Lease

HOUR_US = 3_600_000_000


def grant(task_id: str, person_id: str, now_us: int, lease_hours: float) -> Lease:
    """A lease from now on."""
    return Lease(task_id, person_id, now_us + round(lease_hours * HOUR_US))


def is_expired(lease: Lease, now_us: int) -> bool:
    """Whether the lease has run out."""
    return now_us >= lease.until_us


def is_late(lease: Lease | None, submitted_at_us: int) -> bool:
    """Whether a submission comes under no lease or one that has run out; it is kept and flagged, never dropped."""
    return lease is None or is_expired(lease, submitted_at_us)
