"""Identifiers: random, ordered by the time they were made (UUID version 7)."""

from __future__ import annotations

from uuid import uuid4


def new_id() -> str:
    """A fresh identifier; cannot be guessed from another."""
    from uuid6 import uuid7  # it reads its own version from what is installed, and nothing is made at the start

    return str(uuid7())


def timeless_id() -> str:
    """A fresh identifier that does not tell when it was made."""
    return str(uuid4())
