"""A stretch of a recording as it is listened to: mixed, of a band alone, slower or faster, never over full scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from annodesk.media.limit import Limiter
from annodesk.media.stretch import Stretcher, bounded_rate, stretched_samples

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

BLOCK_S = 0.2
SIDES = 2
_BAND_ORDER = 4
_NARROWEST_HZ = 1.0
# A file may have a thousand channels, all of which are read and mixed.
_MOST_SAMPLES_READ = 1 << 20


class Strip(Struct, frozen=True):
    """How one channel, or a whole recording, is mixed."""

    gain_db: float = 0.0
    is_muted: bool = False
    is_solo: bool = False

    @property
    def factor(self) -> float:
        """What its samples are multiplied by."""
        return 0.0 if self.is_muted else float(10 ** (self.gain_db / 20))


MUTED = Strip(is_muted=True)


class Mix(Struct, frozen=True):
    """How one recording is mixed, as a whole and channel by channel; channels without a strip are as they are."""

    whole: Strip = Strip()
    channels: tuple[Strip, ...] = ()


class Hearing(Struct, frozen=True):
    """How an item is listened to: ``recording`` and ``channels`` are its first recording, ``others`` the further ones.

    Channels without a strip are mixed as they are, further recordings without one are not heard. ``levelling_db`` is
    what brings the item to the others' loudness, ``band_hz`` what of it is let through.
    """

    rate: float = 1.0
    recording: Strip = Strip()
    channels: tuple[Strip, ...] = ()
    levelling_db: float = 0.0
    band_hz: tuple[float, float] | None = None
    others: tuple[Mix, ...] = ()

    def mix(self, number: int = 0) -> Mix:
        """How a recording is mixed, 0 being the first."""
        if number == 0:
            return Mix(self.recording, self.channels)
        return self.others[number - 1] if number <= len(self.others) else Mix(MUTED)

    def strip(self, channel: int | None = None, number: int = 0) -> Strip:
        """Of one channel, or of a recording as a whole."""
        mix = self.mix(number)
        if channel is None:
            return mix.whole
        return mix.channels[channel] if channel < len(mix.channels) else Strip()

    def factor(self, number: int) -> float:
        """What a recording is multiplied by: nothing, too, where another is to be heard alone."""
        everyone = (self.recording, *(mix.whole for mix in self.others))
        strip = self.mix(number).whole
        if any(one.is_solo for one in everyone) and not strip.is_solo:
            return 0.0
        return strip.factor

    def with_strip(self, strip: Strip, channel: int | None = None, number: int = 0) -> Hearing:
        """The same but for one channel, or for a recording as a whole."""
        mix = self.mix(number)
        if channel is None:
            mix = Mix(strip, mix.channels)
        else:
            strips = [*mix.channels, *(Strip() for _ in range(channel + 1 - len(mix.channels)))]
            strips[channel] = strip
            mix = Mix(mix.whole, tuple(strips))
        if number == 0:
            return replace(self, recording=mix.whole, channels=mix.channels)
        others = [*self.others, *(Mix(MUTED) for _ in range(number - len(self.others)))]
        others[number - 1] = mix
        return replace(self, others=tuple(others))


def sides_of(channels: int) -> int:
    """On how many sides a recording is heard: two of a stereo one, else one and the same."""
    return SIDES if channels == SIDES else 1


def mixing(channels: int, hearing: Hearing, number: int = 0, sides: int = 0) -> Float32:
    """What each channel of a recording adds to each side, (sides, channels); on so many sides as it has by itself.

    Of a stereo recording each channel stays on its side, unless it is the only one to be heard: that one is heard on
    both. Of more channels all that are to be heard are averaged.
    """
    sides = sides or sides_of(channels)
    strips = [hearing.strip(channel, number) for channel in range(channels)]
    is_any_solo = any(strip.is_solo for strip in strips)
    factors = np.array([0.0 if is_any_solo and not strip.is_solo else strip.factor for strip in strips])
    heard = int(np.count_nonzero(factors))
    whole = hearing.factor(number) * 10 ** (hearing.levelling_db / 20)
    if channels == sides == SIDES and heard != 1:
        return np.asarray(np.diag(factors * whole), np.float32)
    one = factors * whole / max(1, heard)
    return np.asarray(np.tile(one, (sides, 1)), np.float32)


def heard_samples(samples: int, rate_hz: int, hearing: Hearing, out_hz: int) -> int:
    """How many samples so many of the recording are heard as, exactly."""
    stretched = stretched_samples(samples, bounded_rate(hearing.rate))
    return stretched_samples(stretched, rate_hz / out_hz)


class Mixable(Protocol):
    """What can be listened to: one recording, or several as one."""

    rate_hz: int
    sides: int

    @property
    def widest(self) -> int:
        """The most channels that are read at once."""

    def mixed(self, first: int, n: int, hearing: Hearing) -> Float32:
        """Samples ``[first, first + n)``, float32 (sides, n)."""


def hear(source: Mixable, first: int, last: int, hearing: Hearing, out_hz: int) -> Iterator[Float32]:
    """Samples ``[first, last)`` as they are heard, in blocks of float32 (sides, any number), -1.0 to 1.0.

    There are ``heard_samples`` in all, evenly spread: edges are exact at every rate. Nothing from outside the stretch
    is in them.
    """
    steps = _steps(source.rate_hz, source.sides, hearing, out_hz)
    left = heard_samples(last - first, source.rate_hz, hearing, out_hz)
    block = max(1, min(round(BLOCK_S * source.rate_hz), _MOST_SAMPLES_READ // source.widest))
    for position in range(first, last, block):
        out = source.mixed(position, min(block, last - position), hearing)
        for step in steps:
            out = step.push(out)
        if out.shape[1] and left:
            yield out[:, :left]
            left -= min(left, out.shape[1])
    rest = np.zeros((source.sides, 0), np.float32)
    for step in steps:
        rest = np.concatenate([step.push(rest), step.finish()], axis=1)
    if left:
        yield np.pad(rest[:, :left], ((0, 0), (0, max(0, left - rest.shape[1]))))


class _Step(Protocol):
    """Something sound goes through in pieces."""

    def push(self, samples: Float32) -> Float32: ...

    def finish(self) -> Float32: ...


def _steps(rate_hz: int, sides: int, hearing: Hearing, out_hz: int) -> list[_Step]:
    steps: list[_Step] = []
    sections = None if hearing.band_hz is None else band_sections(*hearing.band_hz, rate_hz)
    if sections is not None:
        steps.append(_Band(sections, sides))
    rate = bounded_rate(hearing.rate)
    if rate != 1.0:
        steps.append(Stretcher(sides, rate_hz, rate))
    if out_hz != rate_hz:
        steps.append(_Resampler(rate_hz, out_hz, sides))
    return [*steps, Limiter(out_hz)]


def band_sections(low_hz: float, high_hz: float, rate_hz: int) -> Float64 | None:
    """A filter that lets a band through, as second-order sections; None where that is everything there is."""
    from scipy.signal import butter

    highest = rate_hz / 2 * 0.99
    low, high = sorted((low_hz, high_hz))
    low = max(0.0, min(low, highest - _NARROWEST_HZ))
    high = max(high, low + _NARROWEST_HZ)
    if low < _NARROWEST_HZ:
        if high >= highest:
            return None
        return np.asarray(butter(_BAND_ORDER, high, "lowpass", fs=rate_hz, output="sos"), np.float64)
    if high >= highest:
        return np.asarray(butter(_BAND_ORDER, low, "highpass", fs=rate_hz, output="sos"), np.float64)
    return np.asarray(butter(_BAND_ORDER, (low, high), "bandpass", fs=rate_hz, output="sos"), np.float64)


class _Band:
    """A filter that goes on from piece to piece, and begins as if the first sample had always been."""

    def __init__(self, sections: Float64, sides: int) -> None:
        self._sections, self._sides = sections, sides
        self._state: Float64 | None = None

    def push(self, samples: Float32) -> Float32:
        from scipy.signal import sosfilt, sosfilt_zi

        if not samples.shape[1]:
            return samples
        if self._state is None:
            self._state = sosfilt_zi(self._sections)[:, None, :] * samples[:, 0][None, :, None]
        filtered, self._state = sosfilt(self._sections, samples, zi=self._state)
        return np.asarray(filtered, np.float32)

    def finish(self) -> Float32:
        return np.zeros((self._sides, 0), np.float32)


class _Resampler:
    """Another rate, for a device that does not play the recording's own."""

    def __init__(self, rate_hz: int, out_hz: int, sides: int) -> None:
        import soxr

        self._sides = sides
        self._stream = soxr.ResampleStream(rate_hz, out_hz, sides, dtype="float32")

    def push(self, samples: Float32) -> Float32:
        return self._next(samples, is_last=False)

    def finish(self) -> Float32:
        return self._next(np.zeros((self._sides, 0), np.float32), is_last=True)

    def _next(self, samples: Float32, *, is_last: bool) -> Float32:
        packed = np.ascontiguousarray(samples.T)
        return np.asarray(self._stream.resample_chunk(packed, last=is_last), np.float32).reshape(-1, self._sides).T
