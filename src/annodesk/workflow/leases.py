"""How long a person may hold a task."""

from __future__ import annotations

from annodesk.model.project import WorkflowPolicy

US_PER_HOUR = 3_600_000_000


def until(policy: WorkflowPolicy, now_us: int) -> int:
    """When a lease taken or renewed now runs out."""
    return now_us + round(policy.lease_hours * US_PER_HOUR)


def is_expired(lease_until_us: int | None, now_us: int) -> bool:
    """Whether a lease has run out; a hold without a time never does."""
    return lease_until_us is not None and lease_until_us < now_us
