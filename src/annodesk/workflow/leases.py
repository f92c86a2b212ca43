"""The right to work on a task for a while: granted, renewed and expired by a clock that is given.

In a team the clock is the database's; alone it is the workstation's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from annodesk.errors import WorkflowError
from annodesk.model.work import Lease

HOUR_US = 3_600_000_000


def grant(task_id: str, person_id: str, now_us: int, lease_hours: float) -> Lease:
    """A lease from now on."""
    return Lease(task_id, person_id, now_us + round(lease_hours * HOUR_US))


def is_expired(lease: Lease, now_us: int) -> bool:
    """Whether the lease has run out."""
    return now_us >= lease.until_us


def expired(leases: Iterable[Lease], now_us: int) -> list[Lease]:
    """The leases that have run out, the oldest first."""
    return sorted((x for x in leases if is_expired(x, now_us)), key=lambda x: (x.until_us, x.task_id, x.person_id))


def renew(lease: Lease, person_id: str, now_us: int, lease_hours: float) -> Lease:
    """The lease counted from now, never shortened; one that has run out must be claimed again."""
    if person_id != lease.person_id:
        raise WorkflowError("This task is held by somebody else.", "Choose another task.")
    if is_expired(lease, now_us):
        raise WorkflowError("The time for this task has run out.", "Your work is kept; open the task again.")
    return replace(lease, until_us=max(lease.until_us, now_us + round(lease_hours * HOUR_US)))


def is_late(lease: Lease | None, submitted_at_us: int) -> bool:
    """Whether a submission comes under no lease or one that has run out; it is kept and flagged, never dropped."""
    return lease is None or is_expired(lease, submitted_at_us)
