"""How a transport's recordings are heard: speed, strips, band and loudness, and on which device."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from annodesk.media.listen import Hearing, Strip, bounded_rate
from annodesk.media.loudness import levelling_gain_db
from annodesk.ui.player.devices import Devices

if TYPE_CHECKING:
    from annodesk.ui.player.output import Output

RATES = (0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)


class Heard(QObject):
    """What every change of how it is heard goes through; what plays follows at once."""

    hearing_changed = Signal()
    outputs_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hearing = Hearing()
        self._devices = Devices(self)
        self._devices.changed.connect(self._follow_devices)
        self._devices.changed.connect(self.outputs_changed)

    @property
    def hearing(self) -> Hearing:
        """How the recordings are heard now."""
        return self._hearing

    @property
    def rate(self) -> float:
        """How fast, 1.0 being as recorded; the pitch stays."""
        return self._hearing.rate

    def set_rate(self, rate: float) -> None:
        """Play so fast, between 0.1 and 4, at once where something plays."""
        self.hear(replace(self._hearing, rate=bounded_rate(rate)))

    def slower(self) -> None:
        """The next slower of RATES."""
        self.set_rate(max((rate for rate in RATES if rate < self.rate - 1e-6), default=RATES[0]))

    def faster(self) -> None:
        """The next faster of RATES."""
        self.set_rate(min((rate for rate in RATES if rate > self.rate + 1e-6), default=RATES[-1]))

    def strip(self, channel: int | None = None, number: int = 0) -> Strip:
        """Gain, mute and solo of a channel or of the whole of a recording, 0 being the one time is counted by."""
        return self._hearing.strip(channel, number)

    def set_strip(self, strip: Strip, channel: int | None = None, number: int = 0) -> None:
        """Change gain, mute and solo of a channel, or of the whole of a recording."""
        self.hear(self._hearing.with_strip(strip, channel, number))

    def set_band(self, band_hz: tuple[float, float] | None) -> None:
        """Let only these frequencies be heard, lowest and highest in Hz, or all."""
        self.hear(replace(self._hearing, band_hz=band_hz))

    def level(self, lufs: float | None) -> None:
        """Bring the item, which is so loud as a whole, to the loudness of all others; None leaves it as it is."""
        self.hear(replace(self._hearing, levelling_db=levelling_gain_db(lufs)))

    @property
    def device_id(self) -> str:
        """The device that was chosen; empty for the system's own choice."""
        return self._devices.chosen_id

    @property
    def heard_on(self) -> str:
        """The name of the device that it is or will be heard on; empty where there is none or it is not known yet."""
        return self._devices.name

    def outputs(self) -> list[Output]:
        """The audio devices there are now."""
        return self._devices.all()

    def set_device(self, device_id: str) -> None:
        """Play on this device, where it is there; on the system's own choice else, and where it is empty."""
        self._devices.chosen_id = device_id
        self._follow_devices()

    @abstractmethod
    def hear(self, hearing: Hearing) -> None:
        """Take all of it at once."""

    @abstractmethod
    def _follow_devices(self) -> None: ...
