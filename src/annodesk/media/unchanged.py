"""Whether a file is still the one that was opened: gone, replaced and changed each have their sentence."""

from __future__ import annotations

import os
from pathlib import Path

from annodesk.errors import MediaError


class Unchanged:
    """Remembers a file as it is now; one that is still being written may grow."""

    def __init__(self, path: Path) -> None:
        self._path, self._before = path, os.stat(path)

    def check(self) -> None:
        """MediaError where it is another file now, or none."""
        try:
            now = os.stat(self._path)
        except OSError as error:
            raise MediaError(
                f"{self._path} is no longer there.", "Bring it back, or connect its drive; nothing was lost."
            ) from error
        before = self._before
        if now.st_ino != before.st_ino or now.st_size < before.st_size:
            raise MediaError(f"{self._path} was replaced while it played.", "Open the task again to see what it holds.")
        if now.st_size == before.st_size and now.st_mtime_ns != before.st_mtime_ns:
            raise MediaError(f"{self._path} was changed while it played.", "Open the task again to see what it holds.")
        self._before = now
