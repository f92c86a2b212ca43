"""Numbers of stretches of a recording, kept beside its other derived files so that each is measured once."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annodesk.media import cache

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Stretch = tuple[int, int]

_MOST_KEPT = 20_000


def measured(
    path: Path | str,
    kind: str,
    version: int,
    stretches_us: Sequence[Stretch],
    measure: Callable[[Sequence[Stretch]], Sequence[Sequence[float] | Float64]],
) -> Float64:
    """The numbers of some stretches, (stretches, n), measured where they are not kept.

    Parameters
    ----------
    kind, version : name what is measured; another version where the numbers change, so that none meets those of before
    measure : gives the numbers of stretches, in order of time, always as many
    """
    if not stretches_us:
        return np.zeros((0, 0))
    place = cache.derived(path, kind, version)
    known = _read(place)
    fresh = sorted({stretch for stretch in stretches_us if stretch not in known})
    if fresh:
        for stretch, row in zip(fresh, measure(fresh), strict=True):
            known[stretch] = np.asarray(row, np.float32)
        _keep(place, known)
    return np.asarray([known[stretch] for stretch in stretches_us], np.float64)


def _read(place: Path) -> dict[Stretch, Float32]:
    """What is kept; nothing where it cannot be read: it is measured again."""
    try:
        with place.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            stretches, rows = kept["stretches_us"], kept["rows"]
    except (OSError, ValueError, KeyError, EOFError, MemoryError, zipfile.BadZipFile):
        return {}
    if stretches.ndim != 2 or rows.ndim != 2 or len(stretches) != len(rows) or not np.isfinite(rows).all():
        return {}
    return {(int(start), int(end)): row for (start, end), row in zip(stretches, rows, strict=True)}


def _keep(place: Path, known: dict[Stretch, Float32]) -> None:
    """Keep the newest; a full disk keeps none, and they are measured again."""
    newest = list(known.items())[-_MOST_KEPT:]
    stretches = np.asarray([stretch for stretch, _ in newest], np.int64)
    with contextlib.suppress(OSError), cache.writing(place) as temporary, temporary.open("wb") as file:
        np.savez(file, stretches_us=stretches, rows=np.asarray([row for _, row in newest], np.float32))
