"""Ratings to measure with: people who are wrong now and then, and miss a fifth of the items."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from annodesk.quality.ratings import Ratings

PEOPLE, LABELS, MISSING = 5, 5, 0.2


def make_codes(n_items: int = 100_000, *, right: float = 0.7, seed: int = 0) -> np.ndarray:
    """Codes, (n_items, 5), -1 where missing; each of the five people is worse than the one before."""
    rng = np.random.default_rng(seed)
    true = rng.integers(LABELS, size=(n_items, 1))
    other = rng.integers(LABELS, size=(n_items, PEOPLE))
    chance = right - 0.05 * np.arange(PEOPLE)
    codes = np.where(rng.random((n_items, PEOPLE)) < chance, true, other)
    return np.where(rng.random((n_items, PEOPLE)) < MISSING, -1, codes)


def as_floats(codes: np.ndarray) -> np.ndarray:
    """The same, (5, n_items), NaN where missing, as other packages take them."""
    return np.where(codes < 0, np.nan, codes).T


def as_ratings(codes: np.ndarray) -> Ratings:
    """The same as they are read from a table."""
    labels = [frozenset({f"label {k}"}) for k in range(LABELS)]
    people = tuple(f"person {p}" for p in range(PEOPLE))
    by_item = {
        f"item {n}": {people[p]: labels[code] for p, code in enumerate(row) if code >= 0}
        for n, row in enumerate(codes.tolist())
    }
    return Ratings(by_item, people)


def seconds(work: Callable[[], Any], rounds: int = 1) -> float:
    """The best wall time of some rounds."""
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


def peak_mb(work: Callable[[], Any]) -> float:
    """The most memory that was held at once by what was allocated meanwhile, in MB."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
