"""Chance that can be repeated by who knows the seed: numbers drawn from it and the ids they are about."""

from __future__ import annotations

import hashlib


def draw(seed: str, *ids: object) -> float:
    """A number in [0, 1), always the same for the same seed and ids."""
    text = "\x1f".join((seed, *(str(i) for i in ids)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64


def is_drawn(share: float, seed: str, *ids: object) -> bool:
    """Whether this one belongs to a share of all."""
    return draw(seed, *ids) < share
