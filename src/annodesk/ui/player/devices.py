"""The audio devices a transport may play on: the one that was chosen, and those that come and go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from annodesk.ui.player.output import NoSound, Output, find_device, list_outputs, playable_hz, watch_devices


def as_recorded(rate_hz: int) -> int:
    """The rate at which a recording is prepared where nothing plays it."""
    return rate_hz


class Devices(QObject):
    """Looks for devices when asked to, and from then on tells by ``changed`` that one has come or gone.

    ``device`` is Qt's own, None where there is none; ``problem`` says so in a few words.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.chosen_id = ""  # empty for the system's own choice
        self.device: Any = None
        self.problem = ""
        self._watched: Any = None

    @property
    def is_watching(self) -> bool:
        """Whether devices have been looked for."""
        return self._watched is not None

    @property
    def name(self) -> str:
        """What the device is called that it is or will be heard on; empty where there is none, or it is not known."""
        return "" if self.device is None else str(self.device.description())

    def find(self) -> Any:
        """The chosen device where it is there, the system's own choice else; None where there is none."""
        if self._watched is None:
            self._watched = watch_devices(self, self._tell)
        try:
            self.device, self.problem = find_device(self.chosen_id), ""
        except NoSound as reason:
            self.device, self.problem = None, str(reason)
        return self.device

    def playable(self) -> Callable[[int], int]:
        """Find the device, and say at which rate it plays a recording of a given one."""
        device = self.find()
        if device is None:
            return as_recorded
        return lambda rate_hz: playable_hz(device, rate_hz)

    def all(self) -> list[Output]:
        """Those there are now."""
        return list_outputs()

    def _tell(self) -> None:
        self.changed.emit()
