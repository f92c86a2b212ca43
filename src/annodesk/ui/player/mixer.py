"""How an item's recordings are heard: device, levelling and strips as the person left them, and that in a few words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from annodesk.media.listen import MUTED, Mix, Strip
from annodesk.media.recordings import Further
from annodesk.ui.parts import settings
from annodesk.ui.plain import shown

if TYPE_CHECKING:
    from annodesk.model.items import Asset
    from annodesk.services.sounds import ItemSound
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.player.transport import Transport

DEVICE, DEVICE_NAME, LEVELS, STRIPS = "sound/device", "sound/device-name", "sound/levels", "sound/strips"
ARRIVAL = "sound/plays-on-arrival"
"""Where this workstation keeps what was chosen."""
MOST_KEPT = 200
LEAST_GAIN_DB, MOST_GAIN_DB = -24, 12
LONGEST_NAME = 40


class Recording(Struct, frozen=True):
    """One of an item's recordings; ``problem`` says why it cannot be heard, ``usual`` is its mix before any choice."""

    asset_id: str
    name: str
    channels: int
    path: Path | None
    problem: str = ""
    usual: Mix = Mix()


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
    moved(str, int, int)    the person let a recording (its asset) begin at another time: now, and before
    """

    changed = Signal()
    moved = Signal(str, object, object)

    def __init__(self, transport: Transport, jobs: Jobs) -> None:
        super().__init__(transport)
        self.transport, self._jobs = transport, jobs
        self.arrival_key, self.arrives_at_first = ARRIVAL, False
        self.recordings: tuple[Recording, ...] = ()  # the first is the one that time is counted by
        self.measured = ""  # what levelling found, or that it is still listening
        self._sounds: tuple[ItemSound, ...] = ()
        self.has_own_sound = True
        for signal in (transport.state_changed, transport.hearing_changed, transport.outputs_changed):
            signal.connect(self.changed)
        _told().changed.connect(self._follow_habits)
        transport.set_device(str(settings().value(DEVICE) or ""))

    def open(
        self, asset: Asset | None, path: Path | None, sounds: Sequence[ItemSound] = (), *, problem: str = ""
    ) -> None:
        """The transport has this recording now, and these beside it: mix them as they were mixed last time.

        Before any choice only the first is heard, or where that has no sound or is missing the next one that can be.
        """
        self._sounds, self.has_own_sound = tuple(sounds), asset is None or not asset.is_silent
        audio = asset.media.audio if asset is not None and asset.media is not None else ()
        name = "" if asset is None else Path(asset.location.path or asset.location.url).name
        first = Recording(asset.id if asset is not None else "", name, audio[0].channels if audio else 0, path, problem)
        instead = (
            None if self.has_own_sound and not problem else next((one for one in sounds if one.path is not None), None)
        )
        self.recordings = (
            first,
            *(
                Recording(s.asset_id, s.name, s.channels, s.path, s.problem, Mix() if s is instead else Mix(MUTED))
                for s in sounds
            ),
        )
        self._place()
        kept = _kept_strips()
        hearing = self.transport.hearing
        for number, recording in enumerate(self.recordings):
            whole, channels = kept.get(recording.asset_id, (recording.usual.whole, []))
            hearing = hearing.with_strip(whole, number=number)
            for channel, strip in enumerate(channels[: recording.channels]):
                hearing = hearing.with_strip(strip, channel, number)
        self.transport.hear(hearing)
        self._level()
        if self.can_play:
            self.transport.look_for_device()
        self.changed.emit()

    def place(self, offsets_us: Mapping[str, int]) -> None:
        """These assets begin at these times of the item from now on."""
        self._sounds = tuple(replace(s, offset_us=offsets_us.get(s.asset_id, s.offset_us)) for s in self._sounds)
        self._place()

    def move(self, asset_id: str, offset_us: int) -> None:
        """A recording begins at another time now."""
        self.place({asset_id: offset_us})
        self.changed.emit()

    def begin_at(self, number: int, offset_us: int) -> None:
        """Let a further recording begin there; asks by ``moved`` that this is kept."""
        sound = self._sounds[number - 1]
        if offset_us != sound.offset_us:
            self.move(sound.asset_id, offset_us)
            self.moved.emit(sound.asset_id, offset_us, sound.offset_us)

    def offset_us(self, number: int) -> int | None:
        """When a further recording begins; None where that is not said here: of the first one, and of videos."""
        sound = self._sounds[number - 1] if number else None
        return sound.offset_us if sound is not None and not sound.is_video else None

    def _place(self) -> None:
        further = tuple(Further(s.path, s.offset_us, s.channels, s.duration_us) for s in self._sounds)
        self.transport.set_further(further, has_own_sound=self.has_own_sound)

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

    @property
    def plays_on_arrival(self) -> bool:
        """Whether what the person goes to is played at once."""
        return bool(settings().value(self.arrival_key, self.arrives_at_first, type=bool))

    def turn_arrival(self) -> None:
        """Play what is gone to from now on, or no longer, in every workspace that shares this setting."""
        settings().setValue(self.arrival_key, not self.plays_on_arrival)
        _told().changed.emit()

    def set_strip(self, strip: Strip, channel: int | None = None, number: int = 0) -> None:
        """Mix a channel, or the whole of a recording, in this way; remembered with the recording."""
        self.transport.set_strip(strip, channel, number)
        self._keep()

    def turn_mute(self) -> None:
        """Mute the recording, or let it be heard again."""
        strip = self.transport.strip()
        self.set_strip(replace(strip, is_muted=not strip.is_muted))

    def next_recording(self) -> str:
        """Let the next of the item's recordings be heard alone, after the last all of them; what is heard now."""
        able = [number for number, one in enumerate(self.recordings) if one.path and (number or self.has_own_sound)]
        if len(able) < 2:
            return "This item has one recording that can be heard."
        heard = self.heard()
        later = [number for number in able if len(heard) == 1 and number > heard[0]]
        wanted = later[:1] if later else able if len(heard) == 1 else able[:1]
        hearing = self.transport.hearing
        for number in range(len(self.recordings)):
            strip = replace(hearing.strip(number=number), is_muted=number not in wanted, is_solo=False)
            hearing = hearing.with_strip(strip, number=number)
        self.transport.hear(hearing)
        self._keep()
        return f"Heard is {self._heard_words()}."

    def _keep(self) -> None:
        hearing, kept = self.transport.hearing, _kept_strips()
        for number, recording in enumerate(self.recordings):
            kept.pop(recording.asset_id, None)
            mix = hearing.mix(number)
            if mix.whole != recording.usual.whole or any(one != Strip() for one in mix.channels):
                kept[recording.asset_id] = (mix.whole, list(mix.channels))
        _keep_strips(kept)

    # What is said of it

    def rate_words(self) -> str:
        """How fast it plays."""
        return f"{self.transport.rate:g}×"

    @property
    def can_play(self) -> bool:
        """Whether there is anything to be played."""
        return any(recording.path is not None for recording in self.recordings)

    def heard(self) -> list[int]:
        """Which of the recordings are to be heard, by number."""
        return [
            number
            for number, one in enumerate(self.recordings)
            if (number or self.has_own_sound) and not one.problem and self.transport.hearing.factor(number)
        ]

    def words(self) -> str:
        """What a person must know of how it is heard: why it is not, band, what is muted, the device."""
        transport, problem = self.transport, self.transport.problem
        if problem and not problem.endswith("."):
            problem = f"{problem[0].upper()}{problem[1:]}: plays in silence"
        hearing, heard = transport.hearing, self.heard()
        is_usual = heard == [0] and not hearing.mix().whole.is_solo
        channels = self.recordings[0].channels if self.recordings else 0
        quiet = [f"{channel_name(k, channels)} muted" for k, s in enumerate(hearing.channels) if s.is_muted]
        alone = [f"{channel_name(k, channels)} alone" for k, s in enumerate(hearing.channels) if s.is_solo]
        parts = [
            problem,
            transport.remark,
            band_words(hearing.band_hz) if hearing.band_hz is not None else "",
            "" if is_usual or not self.recordings else self._heard_words() if heard else "muted",
            *((alone or quiet) if 0 in heard else ()),
            "" if problem else transport.heard_on,
        ]
        return " · ".join(part for part in parts if part)

    def _heard_words(self) -> str:
        heard = self.heard()
        if len(heard) == 1:
            return f"{shown(self.recordings[heard[0]].name, LONGEST_NAME)} alone"
        return f"{len(heard)} of {len(self.recordings) - (not self.has_own_sound)} recordings together"

    @property
    def is_quiet(self) -> bool:
        """Whether nothing can be heard now."""
        return bool(self.transport.problem) or (bool(self.recordings) and not self.heard())

    # Inside

    def _follow_habits(self) -> None:
        self.transport.set_device(str(settings().value(DEVICE) or ""))
        self._level()
        self.changed.emit()

    def _measured_path(self) -> Path | None:
        """What the item's loudness is measured by."""
        named = next(
            (one for one in self.recordings if one.channels and one.path and not one.usual.whole.is_muted), None
        )
        return named.path if named is not None else None

    def _level(self) -> None:
        from annodesk.media import loudness

        path = self._measured_path()
        if not self.levels or path is None:
            self.transport.level(None)
            self.measured = ""
            return
        self.measured = "listening to all of it …"

        def done(lufs: float | None) -> None:
            if path == self._measured_path() and self.levels:
                self.transport.level(lufs)
                self.measured = f"{self.transport.hearing.levelling_db:+.1f} dB" if lufs is not None else "silent"
                self.changed.emit()

        def failed(error: Exception) -> None:
            if path == self._measured_path():
                self.measured = "its loudness could not be measured"
                self.changed.emit()

        self._jobs.background(
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
