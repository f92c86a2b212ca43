"""Times as people write them: seconds, milliseconds, samples, frames, h:m:s and SMPTE time code."""

from __future__ import annotations

import re
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import AnnodeskError
from annodesk.model.times import US_PER_SECOND, format_us

STANDARD_RATES = (
    Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(48),
    Fraction(50), Fraction(60000, 1001), Fraction(60), Fraction(100), Fraction(120),
)  # fmt: skip
_RATE_TOLERANCE = Fraction(1, 2000)
_LONGEST_US = 10_000 * 3600 * US_PER_SECOND
_NUMBER = r"\d{1,15}(?:[.,]\d{0,9})?"
_UNITS = {
    "s": "s", "sec": "s", "second": "s", "seconds": "s", "ms": "ms", "sample": "samples", "samples": "samples",
    "smp": "samples", "f": "frames", "fr": "frames", "frame": "frames", "frames": "frames",
}  # fmt: skip
_PLAIN = re.compile(rf"({_NUMBER})\s*([a-z]*)", re.IGNORECASE)
_CLOCK = re.compile(rf"(?:(\d{{1,5}}):)?(\d{{1,5}}):({_NUMBER})")
_SMPTE = re.compile(r"(\d{1,5}):(\d{1,2}):(\d{1,2})[:;](\d{1,3})")


class TimeUnit(StrEnum):
    """How times are shown, and how a number without a unit is read."""

    CLOCK = "h:m:s"
    SECONDS = "s"
    MILLISECONDS = "ms"
    SAMPLES = "samples"
    FRAMES = "frames"
    SMPTE = "smpte"


class FrameClock(Protocol):
    """Where the frames of a video lie: number to time and back, by its own timestamps."""

    @property
    def count(self) -> int:
        """How many frames there are."""

    def time_us(self, number: int) -> int:
        """When a frame begins, in the video's own time."""

    def number_at(self, time_us: int) -> int:
        """The frame on show at a time."""


class TimeError(AnnodeskError):
    """A time that cannot be read, or a unit that this item does not have."""


class TimeNotation(Struct, frozen=True):
    """Writes and reads the times of one item in one unit.

    Parameters
    ----------
    unit : in what times are written
    rate_hz : samples per second of the recording; 0 where there is none
    sound_offset_us, video_offset_us : where recording and video begin on the item's timeline
    frames : the video's frames; None where there is no video
    fps : frames per second where they are constant; None where they are not, and SMPTE has no meaning
    """

    unit: TimeUnit = TimeUnit.CLOCK
    rate_hz: int = 0
    sound_offset_us: int = 0
    frames: FrameClock | None = None
    video_offset_us: int = 0
    fps: Fraction | None = None

    def units(self) -> list[TimeUnit]:
        """The units that mean something for this item."""
        lacking = set()
        if not self.rate_hz:
            lacking.add(TimeUnit.SAMPLES)
        if self.frames is None or not self.frames.count:
            lacking |= {TimeUnit.FRAMES, TimeUnit.SMPTE}
        elif self.fps is None:
            lacking.add(TimeUnit.SMPTE)
        return [unit for unit in TimeUnit if unit not in lacking]

    def within(self, unit: TimeUnit) -> TimeNotation:
        """The same item in another unit; in h:m:s where it does not have that one."""
        return replace(self, unit=unit if unit in self.units() else TimeUnit.CLOCK)

    def write(self, time_us: int) -> str:
        """A time in the unit."""
        match self.unit:
            case TimeUnit.CLOCK:
                return format_us(time_us)
            case TimeUnit.SECONDS:
                return f"{time_us / US_PER_SECOND:.3f} s"
            case TimeUnit.MILLISECONDS:
                return f"{round(time_us / 1000)} ms"
            case TimeUnit.SAMPLES:
                return f"{self._sample_at(time_us)}"
            case TimeUnit.FRAMES:
                return f"{self._frame_at(time_us)} f"
            case TimeUnit.SMPTE:
                assert self.fps is not None
                return smpte_label(self._frame_at(time_us), self.fps)

    def read(self, text: str, now_us: int = 0) -> int:
        """The time that is meant, in microseconds; after ``+`` or ``-`` counted from ``now_us``.

        A number without a unit is in this notation's unit (in seconds where that is h:m:s or SMPTE). Raises TimeError
        where it is no time, or in a unit that the item does not have.
        """
        given = text.strip()
        if given[:1] in ("+", "-", "\N{MINUS SIGN}"):
            return self._shifted_us(given[1:].strip(), now_us, 1 if given[0] == "+" else -1)
        return self._absolute_us(given)

    def _absolute_us(self, given: str) -> int:
        if found := _SMPTE.fullmatch(given):
            return self._frame_us(self._smpte_frame(found))
        if found := _CLOCK.fullmatch(given):
            return _clock_us(found)
        number, unit = self._plain(given)
        match unit:
            case TimeUnit.SAMPLES:
                return self.sound_offset_us + _rounded(number * US_PER_SECOND / self.rate_hz)
            case TimeUnit.FRAMES:
                return self._frame_us(_whole(number, given))
            case TimeUnit.MILLISECONDS:
                return _bounded(number * 1000)
            case _:
                return _bounded(number * US_PER_SECOND)

    def _shifted_us(self, given: str, now_us: int, sign: int) -> int:
        if found := _CLOCK.fullmatch(given):
            return now_us + sign * _clock_us(found)
        number, unit = self._plain(given)
        match unit:
            case TimeUnit.SAMPLES:
                sample = self._sample_at(now_us) + sign * _whole(number, given)
                return self.sound_offset_us + _rounded(Fraction(sample * US_PER_SECOND, self.rate_hz))
            case TimeUnit.FRAMES:
                return self._frame_us(self._frame_at(now_us) + sign * _whole(number, given))
            case TimeUnit.MILLISECONDS:
                return now_us + sign * _bounded(number * 1000)
            case _:
                return now_us + sign * _bounded(number * US_PER_SECOND)

    def _plain(self, given: str) -> tuple[Fraction, TimeUnit]:
        found = _PLAIN.fullmatch(given)
        name = found[2].lower() if found is not None else ""
        if found is None or (name and name not in _UNITS):
            raise TimeError(f"{given[:40]!r} is not a time.", "Write for example 1:02:03.5, 12.5 s, 1500 ms or +2 s.")
        unit = TimeUnit(_UNITS[name]) if name else self.unit
        if unit not in self.units():
            raise TimeError(*_LACKING[unit])
        return Fraction(found[1].rstrip(".,").replace(",", ".")), unit

    def _sample_at(self, time_us: int) -> int:
        return _rounded(Fraction((time_us - self.sound_offset_us) * self.rate_hz, US_PER_SECOND))

    def _frame_at(self, time_us: int) -> int:
        assert self.frames is not None
        return self.frames.number_at(time_us - self.video_offset_us)

    def _frame_us(self, number: int) -> int:
        if self.frames is None or not self.frames.count:
            raise TimeError(*_LACKING[TimeUnit.FRAMES])
        if not 0 <= number < self.frames.count:
            raise TimeError(f"The video has no frame {number}.", f"Its frames are 0 to {self.frames.count - 1}.")
        return self.video_offset_us + self.frames.time_us(number)

    def _smpte_frame(self, found: re.Match[str]) -> int:
        if TimeUnit.SMPTE not in self.units() or self.fps is None:
            raise TimeError(*_LACKING[TimeUnit.SMPTE])
        return smpte_frame(*(int(part) for part in found.groups()), fps=self.fps)


_LACKING = {
    TimeUnit.SAMPLES: ("This item has no recording whose samples could be counted.", "Write seconds instead."),
    TimeUnit.FRAMES: ("This item has no video whose frames could be counted.", "Write seconds instead."),
    TimeUnit.SMPTE: ("There is no video with a constant frame rate here, so SMPTE means nothing.", "Write h:m:s."),
}


def frame_rate(first_us: int, last_us: int, count: int) -> Fraction | None:
    """Frames per second from the first and last of ``count`` frames at equal intervals, a standard rate where near."""
    if count < 2 or last_us <= first_us:
        return None
    measured = Fraction((count - 1) * US_PER_SECOND, last_us - first_us)
    nearest = min(STANDARD_RATES, key=lambda rate: abs(rate - measured))
    return nearest if abs(nearest - measured) <= nearest * _RATE_TOLERANCE else measured.limit_denominator(1001)


def smpte_label(frame: int, fps: Fraction) -> str:
    """``HH:MM:SS:FF`` of a frame; drop-frame, with a semicolon, at 29.97 and 59.94 (SMPTE ST 12-1)."""
    nominal, dropped = round(fps) or 1, _dropped(fps)
    if dropped:
        tens, rest = divmod(frame, nominal * 600 - 9 * dropped)
        minutes = max(0, (rest - dropped) // (nominal * 60 - dropped))
        frame += dropped * (9 * tens + minutes)
    seconds, part = divmod(frame, nominal)
    mark = ";" if dropped else ":"
    width = len(str(nominal - 1)) if nominal > 10 else 2
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{part:0{width}d}"


def smpte_frame(hours: int, minutes: int, seconds: int, frames: int, *, fps: Fraction) -> int:
    """The frame of a time code; TimeError where no frame has it."""
    nominal, dropped = round(fps) or 1, _dropped(fps)
    if minutes > 59 or seconds > 59 or frames >= nominal:
        raise TimeError(
            f"There is no time code {hours:02d}:{minutes:02d}:{seconds:02d}:{frames:02d}.",
            f"Minutes and seconds end at 59, frames at {nominal - 1}.",
        )
    if dropped and minutes % 10 and not seconds and frames < dropped:
        raise TimeError(
            f"Drop-frame time code leaves {hours:02d}:{minutes:02d}:00;{frames:02d} out.",
            f"The minute begins with ;{dropped:02d}.",
        )
    whole_minutes = hours * 60 + minutes
    return (whole_minutes * 60 + seconds) * nominal + frames - dropped * (whole_minutes - whole_minutes // 10)


def _dropped(fps: Fraction) -> int:
    return {Fraction(30000, 1001): 2, Fraction(60000, 1001): 4}.get(fps, 0)


def _clock_us(found: re.Match[str]) -> int:
    hours, minutes = int(found[1] or 0), int(found[2])
    seconds = Fraction(found[3].rstrip(".,").replace(",", "."))
    return _bounded((Fraction(hours * 3600 + minutes * 60) + seconds) * US_PER_SECOND)


def _bounded(time_us: Fraction) -> int:
    if time_us > _LONGEST_US:
        raise TimeError("That is more than ten thousand hours.", "Write a time within the recording.")
    return _rounded(time_us)


def _rounded(value: Fraction) -> int:
    return int(value + Fraction(1, 2)) if value >= 0 else -int(-value + Fraction(1, 2))


def _whole(number: Fraction, given: str) -> int:
    if number.denominator != 1:
        raise TimeError(f"{given!r} is no whole number.", "Frames and samples are counted whole.")
    return int(number)
