"""Segments proposed from the signal, for the tasks of a recording."""

from __future__ import annotations

from pathlib import Path

from annodesk.media import boundaries
from annodesk.progress import CancelToken


class Proposals:
    """Proposed stretches of the recording asked about last, so that its tasks do not each listen to all of it."""

    def __init__(self) -> None:
        self._of: tuple[Path, int, int] | None = None
        self._stretches: list[tuple[int, int]] = []

    def within(
        self, path: Path, start_us: int, end_us: int, *, cancel: CancelToken | None = None
    ) -> list[tuple[int, int]]:
        """Stretches ``(start_us, end_us)`` inside a part of the recording, in order and without gaps."""
        facts = path.stat()
        key = (path, facts.st_size, facts.st_mtime_ns)
        if key != self._of:
            self._stretches, self._of = boundaries.propose(path, cancel=cancel), key
        cut = [(max(start, start_us), min(end, end_us)) for start, end in self._stretches]
        return [(start, end) for start, end in cut if start < end]
