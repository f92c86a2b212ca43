"""What wakes workstations: a channel for each audience of a project's feed; a wake-up says only that one might look."""

from __future__ import annotations

import hashlib


def channel(project_id: str, audience: str) -> str:
    """The name of the channel on which an audience is woken; it tells nobody whom it is for."""
    return f"annodesk_{hashlib.sha256(f'{project_id} {audience}'.encode()).hexdigest()[:24]}"
