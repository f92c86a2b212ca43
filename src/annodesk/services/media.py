"""Stretches and moments proposed from sound and picture, for the tasks of a recording."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from annodesk.media import boundaries, edges, shots

if TYPE_CHECKING:
    from annodesk.progress import CancelToken

NEAR_CUT_US = 250_000
"""A change of sound so near to a cut of the picture is the same change, and the cut says when."""

LEAST_RISE_DB, LEAST_NATS = 6.0, 3.0
"""A moment is proposed where the sound rises at least so much, and two sounds explain it so much better than one."""

NEAREST_MOMENTS_US = 150_000
MOST_MOMENTS = 300
"""Of one task; the clearest are kept."""


class Proposals:
    """What is proposed of the recording asked about last, so that its tasks do not each listen to all of it."""

    def __init__(self) -> None:
        self._of: tuple[Path, int, int] | None = None
        self._heard: list[tuple[int, int]] | None = None

    def within(
        self,
        path: Path,
        start_us: int,
        end_us: int,
        *,
        has_sound: bool = True,
        has_picture: bool = False,
        cancel: CancelToken | None = None,
    ) -> list[tuple[int, int]]:
        """Stretches ``(start_us, end_us)`` inside a part of the recording, in order and without gaps.

        They end where silence begins or ends, where the sound changes, and where the picture is cut or fades.
        """
        facts = path.stat()
        key = (path, facts.st_size, facts.st_mtime_ns)
        if key != self._of:
            self._heard, self._of = None, key
        if has_sound and self._heard is None:
            self._heard = boundaries.propose(path, cancel=cancel)
        heard = (self._heard or []) if has_sound else [(start_us, end_us)]
        seen = [shot.time_us for shot in shots.find(path, cancel=cancel)] if has_picture else []
        cut = [(max(start, start_us), min(end, end_us)) for start, end in cut_at(heard, seen)]
        return [(start, end) for start, end in cut if start < end]


def moments_within(
    path: Path,
    start_us: int,
    end_us: int,
    *,
    has_sound: bool = True,
    has_picture: bool = False,
    cancel: CancelToken | None = None,
) -> list[int]:
    """Times inside a part of a recording at which something begins to sound, or the picture is cut, in order."""
    found: list[tuple[float, int]] = []
    if has_sound:
        heard = edges.find_changes(path, [(start_us, end_us)], cancel=cancel)
        found += [(one.gain, one.time_us) for one in heard if one.rise_db >= LEAST_RISE_DB and one.gain >= LEAST_NATS]
    if has_picture:
        cuts = shots.find(path, cancel=cancel)
        found += [(float("inf"), shot.time_us) for shot in cuts if start_us <= shot.time_us < end_us]
    kept: list[int] = []
    for _, at_us in sorted(found, key=lambda one: (-one[0], one[1])):
        place = bisect_left(kept, at_us)
        near = [other for other in kept[max(0, place - 1) : place + 1] if abs(other - at_us) < NEAREST_MOMENTS_US]
        if not near and len(kept) < MOST_MOMENTS:
            kept.insert(place, at_us)
    return kept


def cut_at(stretches: Sequence[tuple[int, int]], cuts_us: Iterable[int]) -> list[tuple[int, int]]:
    """Stretches that touch, cut anew at some times; an edge near to a cut moves there, and none gets too short."""
    if not stretches:
        return []
    first, last = stretches[0][0], stretches[-1][1]
    shortest = boundaries.SHORTEST_US
    cuts: list[int] = []
    for at in sorted(cuts_us):
        if first + shortest <= at <= last - shortest and (not cuts or at - cuts[-1] >= shortest):
            cuts.append(at)
    edges_us = set(cuts)
    for _, end in stretches[:-1]:
        place = bisect_left(cuts, end)
        if all(abs(cut - end) >= max(NEAR_CUT_US, shortest) for cut in cuts[max(0, place - 1) : place + 1]):
            edges_us.add(end)
    times = [first, *sorted(edges_us), last]
    return [(start, end) for start, end in itertools.pairwise(times) if start < end]
