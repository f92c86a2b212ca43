"""Looks for the shots of videos in the background, on request; those found before are there at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from annodesk.errors import AnnodeskError
from annodesk.media import shots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annodesk.media.frames import FrameIndex
    from annodesk.media.shots import Shot
    from annodesk.ui.jobs import Jobs, Request

STOPPED = "Looking for shots was stopped."
WHAT = "look for shots"


class ShotFinder(QObject):
    """The shots of each video by its file.

    changed()     more is known
    said(str)     how far it is, what was found, or why nothing can be
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._found: dict[Path, list[Shot]] = {}
        self._request: Request | None = None

    @property
    def is_looking(self) -> bool:
        """Whether a video is being looked through."""
        return self._request is not None

    def times_us(self, path: Path) -> NDArray[np.int64]:
        """Where new shots begin, in the video's own time, (n,)."""
        return np.array([shot.time_us for shot in self._found.get(path, ())], np.int64)

    def recall(self, path: Path) -> None:
        """Take what was found in this file before."""

        def done(found: list[Shot] | None) -> None:
            if found is not None:
                self._found[path] = found
                self.changed.emit()

        self._jobs.compute(shots.known, path, on_done=done, on_error=lambda _error: None, what=WHAT)

    def forget(self, path: Path) -> None:
        """What was found in this file no longer counts."""
        self._found.pop(path, None)

    def toggle(self, path: Path, index: FrameIndex) -> None:
        """Look through this video from its beginning; while that goes on, stop it."""
        if self._request is not None:
            self.stop()
            self.said.emit(STOPPED)
            return

        def done(found: list[Shot]) -> None:
            self._request = None
            self._found[path] = found
            cuts = sum(shot.kind == "cut" for shot in found)
            fades = len(found) - cuts
            self.said.emit(f"{_counted(cuts, 'cut')} and {_counted(fades, 'fade')} found.".capitalize())
            self.changed.emit()

        def failed(error: Exception) -> None:
            self._request = None
            self.said.emit(str(error) if isinstance(error, AnnodeskError) else f"Shots cannot be found: {error}")

        def told(share: float, words: str) -> None:
            if self._request is not None:
                self.said.emit(f"{words}: {round(100 * share)} %")

        self._request = self._jobs.background(
            shots.find, path, index, on_done=done, on_error=failed, on_progress=told, what=WHAT
        )

    def stop(self) -> None:
        """Look no further; what is not found to the end is forgotten."""
        if self._request is not None:
            self._request.cancel()
            self._request = None


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
