"""Sound on its way to the device: decoded ahead on a thread of its own, taken in exact order, its place known."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import AnnodeskError
from annodesk.media.listen import Hearing, heard_samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annodesk.media.recordings import Further, Recordings

AHEAD_S = 1.2
# A device asks for its whole buffer at once, and what is not there then is heard as a gap: so much waits for it first.
FIRST_S = 0.3
# What is heard is heard so soon after it was changed: so much of what is ready is kept while the new is made.
KEPT_S = 0.1
FADE_S = 0.01
GRAIN_S = 0.06
GRAIN_FADE_S = 0.008
# A loop no longer than this is rendered once and then repeated as it is.
REPEATED_BYTES = 8 << 20
_SHORTEST_BLOCK_S = 0.1
_PLACES_KEPT = 1024


def _as_recorded(rate_hz: int) -> int:
    return rate_hz


class Block(Struct, frozen=True):
    """Interleaved int16; frame k is sample ``start + k * step`` of the recording."""

    sound: bytes
    start: float
    step: float


class Feed(ABC):
    """What a device is given of a recording and those beside it, by a thread; ``take`` never waits.

    ``rate_hz`` and ``channels`` of the sound are known once ``is_ready``; ``problem`` says, in a sentence, why nothing
    comes or no more does, ``remark`` which of several recordings is missed while the others are heard.

    Parameters
    ----------
    path : what time is counted by; None where only those beside it have sound
    further : the others, by when they begin after the first
    """

    def __init__(
        self, path: Path | None, hearing: Hearing, playable_hz: Callable[[int], int], further: Sequence[Further] = ()
    ) -> None:
        self.rate_hz = self.channels = 0
        self.problem = self.remark = ""
        self._path, self._further = path, tuple(further)
        self._hearing, self._playable_hz = hearing, playable_hz
        self._source_hz = 1
        self._ready = threading.Event()
        self._wake = threading.Condition()
        self._blocks: deque[Block] = deque()
        self._waiting_bytes = 0
        self._places: deque[tuple[int, float, float]] = deque(maxlen=_PLACES_KEPT)  # first frame, its sample, step
        self._is_stopped = self._is_complete = self._is_over = False
        self.taken_frames = 0
        self._thread = threading.Thread(target=self._run, name="annodesk-sound", daemon=True)

    @property
    def is_ready(self) -> bool:
        """Whether FIRST_S of sound are there, or all there will be."""
        return self._ready.is_set()

    @property
    def is_waiting(self) -> bool:
        """Whether nothing can be taken, because the file has not given what comes next."""
        with self._wake:
            return not self._is_over and not (self._blocks and self.is_ready)

    @property
    def bytes_per_frame(self) -> int:
        """Bytes of one sample of all channels."""
        return 2 * self.channels

    @property
    def has_ended(self) -> bool:
        """Whether all samples have been taken and no more will come."""
        with self._wake:
            return self._is_complete and not self._blocks

    def wait_until_ready(self, timeout_s: float) -> bool:
        """Wait until it is ready; for use off the UI thread and in tests."""
        return self._ready.wait(timeout_s)

    def take(self, n_bytes: int) -> bytes:
        """At most so many bytes, in whole frames; fewer (or none) where the decoder is behind or has ended."""
        size = max(1, self.bytes_per_frame)
        taken, left = [], n_bytes - n_bytes % size
        with self._wake:
            while left and self._blocks:
                block = self._blocks.popleft()
                if len(block.sound) > left:
                    rest = Block(block.sound[left:], block.start + left // size * block.step, block.step)
                    self._blocks.appendleft(rest)
                    block = Block(block.sound[:left], block.start, block.step)
                self._places.append((self.taken_frames, block.start, block.step))
                self.taken_frames += len(block.sound) // size
                taken.append(block.sound)
                left -= len(block.sound)
                self._waiting_bytes -= len(block.sound)
            self._wake.notify()
        return b"".join(taken)

    def time_us(self, frames: float) -> int | None:
        """Where in the recording the sound has come after so many frames were heard; None before the first."""
        with self._wake:
            k = bisect_right(self._places, frames, key=lambda place: place[0]) - 1
            if not self._places or frames < 0:
                return None
            first, start, step = self._places[max(0, k)]
        sample = start + max(0.0, min(frames, self.taken_frames) - first) * step
        return round(self._wrapped(sample) * 1_000_000 / self._source_hz)

    def stop(self) -> None:
        """Ask the thread to end; it does so after the block it is reading."""
        with self._wake:
            self._is_stopped = True
            self._wake.notify()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait for the thread to end; one that waits for a drive that is gone may never do so."""
        self._thread.join(timeout_s)

    @abstractmethod
    def _produce(self, source: Recordings) -> None:
        """Put blocks until there are no more, or it is stopped."""

    def _wrapped(self, sample: float) -> float:
        return sample

    def _run(self) -> None:
        from annodesk.media.recordings import open_recordings

        try:
            with open_recordings(self._path, self._further, self._hearing) as source:
                self._source_hz, self.channels = source.rate_hz, source.sides
                self.rate_hz = self._playable_hz(source.rate_hz)
                self._produce(source)
        except (AnnodeskError, OSError) as error:
            self.problem = str(error)
        finally:
            with self._wake:
                self._is_complete = self._is_over = True
            self._ready.set()

    def _look_at(self, source: Recordings) -> None:
        """The files must be the ones that were opened."""
        source.check()
        self.remark = source.remark

    def _append(self, block: Block) -> None:
        """Add to what can be taken; with the lock held."""
        self._blocks.append(block)
        self._waiting_bytes += len(block.sound)
        if self._waiting_bytes >= round(FIRST_S * self.rate_hz) * self.bytes_per_frame:
            self._ready.set()


class SoundFeed(Feed):
    """``[start_us, end_us)`` of a recording as it is to be heard, over and over where ``loop`` says so.

    Edges are the nearest samples, so a loop of n samples repeats after exactly as many frames as n samples are heard
    as. ``from_us`` is where the first round begins.
    """

    def __init__(
        self,
        path: Path | None,
        start_us: int,
        end_us: int,
        *,
        from_us: int | None = None,
        loop: bool = False,
        hearing: Hearing = Hearing(),  # noqa: B008 - it is frozen
        playable_hz: Callable[[int], int] = _as_recorded,
        further: Sequence[Further] = (),
    ) -> None:
        super().__init__(path, hearing, playable_hz, further)
        self._start_us, self._end_us, self._loop = start_us, end_us, loop
        self._from_us = start_us if from_us is None else from_us
        self._first = self._last = 0
        self._asked = self._done = 0  # changes of how it is to be heard, and how many have been followed
        self._next = 0.0
        self._overlap: Block | None = None
        self._repeated: list[Block] | None = None
        self._thread.start()

    def change(self, hearing: Hearing) -> None:
        """Go on in another way, after what the device already has and KEPT_S more, without a gap or a click."""
        with self._wake:
            if hearing != self._hearing and not self._is_over:
                self._hearing = hearing
                self._asked += 1
                self._is_complete = False
                self._wake.notify()

    def _produce(self, source: Recordings) -> None:
        rate_hz = source.rate_hz
        first, last = source.extent(self._hearing)
        self._first = max(first, round(self._start_us * rate_hz / 1_000_000))
        self._last = min(last, round(self._end_us * rate_hz / 1_000_000))
        at: int | None = max(self._first, round(self._from_us * rate_hz / 1_000_000))
        if self._loop and at >= self._last:
            at = self._first
        while at is not None and at < self._last:
            with self._wake:
                hearing, is_behind = self._hearing, self._asked > self._done
            at = self._go_on() if is_behind else self._play_through(source, at, hearing)

    def _play_through(self, source: Recordings, at: int, hearing: Hearing) -> int | None:
        """Put one round, or what is left of it; returns where to go on, None where nothing more is wanted."""
        is_whole = self._loop and at == self._first
        blocks: list[Block] = []
        for block in self._repeated if is_whole and self._repeated else self._blocks_from(source, at, hearing):
            self._look_at(source)
            blocks.append(block)
            if not self._put(block):
                return self._go_on()
        if is_whole and not self._repeated:
            self._repeated = _as_one_loop(blocks, round(_SHORTEST_BLOCK_S * self.rate_hz) * self.bytes_per_frame)
        return self._first if self._loop else self._wait_for_change()

    def _blocks_from(self, source: Recordings, at: int, hearing: Hearing) -> Iterator[Block]:
        from annodesk.media.listen import hear

        step = (self._last - at) / heard_samples(self._last - at, source.rate_hz, hearing, self.rate_hz)
        frame = 0
        for heard in hear(source, at, self._last, hearing, self.rate_hz):
            yield Block(_interleaved(heard), at + frame * step, step)
            frame += heard.shape[1]

    def _put(self, block: Block) -> bool:
        """Add a block once there is room; False where it is not wanted any more."""
        most, kept = (round(seconds * self.rate_hz) * self.bytes_per_frame for seconds in (AHEAD_S, KEPT_S))
        with self._wake:
            while self._waiting_bytes >= most and not self._is_stopped and self._asked == self._done:
                self._wake.wait()
            # Rather sound that is out of date than none, where changes come faster than blocks.
            if self._is_stopped or (self._asked > self._done and self._waiting_bytes >= kept):
                return False
            if self._overlap is not None:
                block, self._overlap = _faded_over(self._overlap, block, self.channels), None
            self._append(block)
            self._next = block.start + len(block.sound) // self.bytes_per_frame * block.step
        return True

    def _wait_for_change(self) -> int | None:
        with self._wake:
            self._is_complete = self._asked == self._done
            if self._is_complete:
                self._ready.set()
            while self._blocks and not self._is_stopped and self._asked == self._done:
                self._wake.wait()
            if self._asked == self._done or not self._blocks:
                return None
        return self._go_on()

    def _go_on(self) -> int | None:
        """Keep the little that is about to be taken, and say where the sound goes on behind it."""
        size = self.bytes_per_frame
        with self._wake:
            self._done, self._repeated = self._asked, None
            self._wake.notify_all()
            left, room = list(self._blocks), round(KEPT_S * self.rate_hz) * size
            self._blocks.clear()
            self._waiting_bytes = 0
            for block in left:
                if len(block.sound) <= room:
                    self._append(block)
                    room -= len(block.sound)
                    continue
                at = block.start + room // size * block.step
                if room:
                    self._append(Block(block.sound[:room], block.start, block.step))
                fade = round(FADE_S * self.rate_hz) * size
                self._overlap, self._next = Block(block.sound[room : room + fade], at, block.step), at
                break
            at_sample = round(self._wrapped(self._next))
            if self._is_stopped:
                return None
        return self._first if self._loop and at_sample >= self._last else at_sample

    def _wrapped(self, sample: float) -> float:
        length = self._last - self._first
        if not self._loop or sample < self._last or length <= 0:
            return sample
        return self._first + (sample - self._first) % length


class ScrubFeed(Feed):
    """Short grains of the recording around where a hand drags the playhead; silence while it rests."""

    def __init__(
        self,
        path: Path | None,
        *,
        hearing: Hearing = Hearing(),  # noqa: B008 - it is frozen
        playable_hz: Callable[[int], int] = _as_recorded,
        further: Sequence[Further] = (),
    ) -> None:
        super().__init__(path, hearing, playable_hz, further)
        self._aim_us: int | None = None
        self._thread.start()

    def aim(self, time_us: int) -> None:
        """Let this place be heard next."""
        with self._wake:
            self._aim_us = time_us
            self._wake.notify()

    def _produce(self, source: Recordings) -> None:
        from annodesk.media.listen import hear

        grain, hearing = max(1, round(GRAIN_S * source.rate_hz)), replace(self._hearing, rate=1.0)
        begin, end = source.extent(hearing)
        self._ready.set()
        while True:
            with self._wake:
                while (self._aim_us is None or self._blocks) and not self._is_stopped:
                    self._wake.wait()
                if self._is_stopped:
                    return
                assert self._aim_us is not None
                first, self._aim_us = round(self._aim_us * source.rate_hz / 1_000_000), None
            self._look_at(source)
            first = min(max(begin, first), end - 1)
            last = min(first + grain, end)
            heard = np.concatenate(list(hear(source, first, last, hearing, self.rate_hz)), axis=1)
            fade = min(heard.shape[1] // 2, round(GRAIN_FADE_S * self.rate_hz))
            heard[:, :fade] *= np.linspace(0, 1, fade, dtype=np.float32)
            heard[:, heard.shape[1] - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
            with self._wake:
                self._append(Block(_interleaved(heard), float(first), source.rate_hz / self.rate_hz))


def _interleaved(samples: NDArray[np.float32]) -> bytes:
    """float32 (n_channels, n), full scale -1.0 to 1.0, as interleaved int16."""
    scaled = np.clip(samples.T * 32768.0, -32768, 32767)
    return np.ascontiguousarray(np.rint(scaled).astype("<i2")).tobytes()


def _faded_over(old: Block, new: Block, channels: int) -> Block:
    """The new sound, its beginning faded in over the old one's."""
    n = min(len(old.sound), len(new.sound))
    before, after = (np.frombuffer(block.sound[:n], "<i2").reshape(-1, channels) for block in (old, new))
    rise = np.linspace(0, 1, len(after))[:, None]
    mixed = np.rint(before * (1 - rise) + after * rise).astype("<i2")
    return Block(mixed.tobytes() + new.sound[n:], new.start, new.step)


def _as_one_loop(blocks: list[Block], shortest_bytes: int) -> list[Block] | None:
    """The blocks of a round, to be put again; of a very short one several rounds at once, of a long one nothing."""
    n_bytes = sum(len(block.sound) for block in blocks)
    if not 0 < n_bytes <= REPEATED_BYTES:
        return None
    if n_bytes >= shortest_bytes:
        return blocks
    once = b"".join(block.sound for block in blocks)
    return [Block(once * -(-shortest_bytes // n_bytes), blocks[0].start, blocks[0].step)]
