"""Plays a clip of some item, such as a precedent or the place of a question, whatever is open beside it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from annodesk.ui.player.transport import Transport


class ClipPlayer(QObject):
    """Plays one clip at a time; asked for the one that plays, it stops.

    changed()    a clip began or ended
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None, *, silent: bool = False) -> None:
        super().__init__(parent)
        self.transport = Transport(self, silent=silent)
        self.transport.state_changed.connect(self.changed)
        self._clip = ""

    @property
    def playing(self) -> str:
        """The name of the clip that plays; empty where none does."""
        return self._clip if self.transport.is_playing else ""

    def turn(self, name: str, path: Path, start_us: int, end_us: int, *, offset_us: int = 0) -> bool:
        """Play the clip of that name, or stop it where it plays; returns whether it plays now."""
        if self.playing == name:
            self.stop()
            return False
        self._clip = name
        self.transport.set_source(path, offset_us=offset_us)
        self.transport.play(start_us, end_us)
        return self.transport.is_playing

    def stop(self) -> None:
        """Be quiet."""
        self.transport.pause()

    def release(self) -> None:
        """Be quiet and let go of the file."""
        self.transport.close()
