"""How recordings are heard: device, levelling and strips as the person left them, and all of it in a few words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from annodesk.media.listen import Strip
from annodesk.model.items import Asset
from annodesk.ui.jobs import Jobs
from annodesk.ui.parts import settings
from annodesk.ui.player.transport import Transport

DEVICE, DEVICE_NAME, LEVELS, STRIPS = "sound/device", "sound/device-name", "sound/levels", "sound/strips"
"""Where this workstation keeps what was chosen."""
MOST_KEPT = 200
LOOK_AFTER_MS = 800
LEAST_GAIN_DB, MOST_GAIN_DB = -24, 12


class _Habits(QObject):
    changed = Signal()


_habits: list[_Habits] = []


def _told() -> _Habits:
    """By which the workspaces hear of each other's choices."""
    if not _habits:
        _habits.append(_Habits())
    return _habits[0]


class Mixer(QObject):
    """Beside a transport; what is changed here is remembered, the mix of a recording with the recording.

    changed()    something in ``words`` or in how it is heard is another now
    """

    changed = Signal()

    def __init__(self, transport: Transport, jobs: Jobs) -> None:
        super().__init__(transport)
        self.transport, self._jobs = transport, jobs
        self.channels = 0
        self.measured = ""  # what levelling found, or that it is still listening
        self._asset_id = ""
        self._path: Path | None = None
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(LOOK_AFTER_MS)
        self._look.timeout.connect(transport.look_for_device)
        for signal in (transport.state_changed, transport.hearing_changed, transport.outputs_changed):
            signal.connect(self.changed)
        _told().changed.connect(self._follow_habits)
        transport.set_device(str(settings().value(DEVICE) or ""))

    def open(self, asset: Asset | None, path: Path | None) -> None:
        """The transport has this recording now: mix it as it was mixed last time."""
        self._asset_id, self._path = asset.id if asset is not None else "", path
        audio = asset.media.audio if asset is not None and asset.media is not None else ()
        self.channels = audio[0].channels if audio else 0
        recording, channels = _kept_strips().get(self._asset_id, (Strip(), []))
        self.transport.set_strip(recording)
        for channel, strip in enumerate(channels[: self.channels]):
            self.transport.set_strip(strip, channel)
        self._level()
        if path is not None:
            self._look.start()
        self.changed.emit()

    # What can be changed

    @property
    def device_id(self) -> str:
        """The device that was chosen; empty for the system's own choice."""
        return self.transport.device_id

    @property
    def device_name(self) -> str:
        """What the device that was chosen is called, also while it is not there."""
        return str(settings().value(DEVICE_NAME) or "") if self.device_id else ""

    def set_device(self, device_id: str, name: str = "") -> None:
        """Play on this device in every workspace from now on; empty for the system's own choice."""
        kept = settings()
        kept.setValue(DEVICE, device_id)
        kept.setValue(DEVICE_NAME, name if device_id else "")
        _told().changed.emit()

    @property
    def levels(self) -> bool:
        """Whether recordings are brought to one loudness."""
        return bool(settings().value(LEVELS, False, type=bool))

    def set_levels(self, on: bool) -> None:
        """Bring recordings to one loudness from now on, or leave them as they are."""
        settings().setValue(LEVELS, on)
        _told().changed.emit()

    def set_strip(self, strip: Strip, channel: int | None = None) -> None:
        """Mix a channel, or the recording as a whole, in this way; remembered with the recording."""
        self.transport.set_strip(strip, channel)
        hearing, kept = self.transport.hearing, _kept_strips()
        kept.pop(self._asset_id, None)
        if hearing.recording != Strip() or any(one != Strip() for one in hearing.channels):
            kept[self._asset_id] = (hearing.recording, list(hearing.channels))
        _keep_strips(kept)

    def turn_mute(self) -> None:
        """Mute the recording, or let it be heard again."""
        strip = self.transport.strip()
        self.set_strip(replace(strip, is_muted=not strip.is_muted))

    # What is said of it

    def rate_words(self) -> str:
        """How fast it plays."""
        return f"{self.transport.rate:g}×"

    def words(self) -> str:
        """What a person must know of how it is heard: why it is not, band, what is muted, the device."""
        transport, problem = self.transport, self.transport.problem
        if problem and not problem.endswith("."):
            problem = f"{problem[0].upper()}{problem[1:]}: plays in silence"
        hearing = transport.hearing
        quiet = [f"{channel_name(k, self.channels)} muted" for k, s in enumerate(hearing.channels) if s.is_muted]
        alone = [f"{channel_name(k, self.channels)} alone" for k, s in enumerate(hearing.channels) if s.is_solo]
        parts = [
            problem,
            band_words(hearing.band_hz) if hearing.band_hz is not None else "",
            "muted" if hearing.recording.is_muted else "",
            *(alone or quiet),
            "" if problem else transport.heard_on,
        ]
        return " · ".join(part for part in parts if part)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing can be heard now."""
        return bool(self.transport.problem) or self.transport.strip().is_muted

    # Inside

    def _follow_habits(self) -> None:
        self.transport.set_device(str(settings().value(DEVICE) or ""))
        self._level()
        self.changed.emit()

    def _level(self) -> None:
        from annodesk.media import loudness

        if not self.levels or self._path is None or not self.channels:
            self.transport.level(None)
            self.measured = ""
            return
        self.measured, path = "listening to all of it …", self._path

        def done(lufs: float | None) -> None:
            if path == self._path and self.levels:
                self.transport.level(lufs)
                self.measured = f"{self.transport.hearing.levelling_db:+.1f} dB" if lufs is not None else "silent"
                self.changed.emit()

        def failed(error: Exception) -> None:
            if path == self._path:
                self.measured = "its loudness could not be measured"
                self.changed.emit()

        self._jobs.compute(
            loudness.measure, path, on_done=done, on_error=failed, key=("loudness", id(self)), what="measure loudness"
        )


def channel_name(channel: int, channels: int) -> str:
    """What a channel is called: sides of a stereo recording, else numbers."""
    return ("left", "right")[channel] if channels == 2 else f"channel {channel + 1}"


def band_words(band_hz: tuple[float, float]) -> str:
    """A band as it is said in the bar."""
    low, high = (f"{hz / 1000:g} kHz" if hz >= 10_000 else f"{hz:.0f} Hz" for hz in band_hz)
    return f"only {low} to {high}"


def _kept_strips() -> dict[str, tuple[Strip, list[Strip]]]:
    """By asset; nothing where the note makes no sense."""
    try:
        kept = json.loads(str(settings().value(STRIPS) or "{}"))
        return {str(asset): (_strip(whole), [_strip(one) for one in parts]) for asset, (whole, parts) in kept.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _keep_strips(strips: dict[str, tuple[Strip, list[Strip]]]) -> None:
    newest = list(strips.items())[-MOST_KEPT:]
    kept = {asset: (_as_list(whole), [_as_list(one) for one in parts]) for asset, (whole, parts) in newest}
    settings().setValue(STRIPS, json.dumps(kept))


def _strip(values: Any) -> Strip:
    gain_db, is_muted, is_solo = values
    return Strip(min(MOST_GAIN_DB, max(LEAST_GAIN_DB, float(gain_db))), bool(is_muted), bool(is_solo))


def _as_list(strip: Strip) -> list[float | bool]:
    return [strip.gain_db, strip.is_muted, strip.is_solo]
