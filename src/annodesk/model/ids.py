"""Identifiers: random, ordered by the time they were made (UUID version 7)."""

from __future__ import annotations

from uuid6 import uuid7


def new_id() -> str:
    """A fresh identifier; cannot be guessed from another."""
    return str(uuid7())
