"""The samples of a stretch, decoded ahead on a thread of their own and taken in exact order."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annodesk.errors import AnnodeskError

BLOCK_S = 0.2
AHEAD_BLOCKS = 6
MOST_CHANNELS = 2


class SoundFeed:
    """Interleaved int16 of ``[start_us, end_us)`` of a file, over and over where ``loop`` says so.

    Edges are the nearest samples, so a loop of n samples repeats after exactly n samples. ``rate_hz`` and
    ``channels`` are known once ``is_ready``; ``problem`` says why nothing comes. ``take`` never waits.
    """

    def __init__(self, path: Path, start_us: int, end_us: int, *, loop: bool = False) -> None:
        self.rate_hz = self.channels = 0
        self.problem = ""
        self._path, self._start_us, self._end_us, self._loop = path, start_us, end_us, loop
        self._ready = threading.Event()
        self._wake = threading.Condition()
        self._blocks: deque[bytes] = deque()
        self._is_stopped = self._is_complete = False
        self._thread = threading.Thread(target=self._run, name="annodesk-sound", daemon=True)
        self._thread.start()

    @property
    def is_ready(self) -> bool:
        """Whether the first samples are there, or it is known that none will come."""
        return self._ready.is_set()

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
        """Wait for the first samples; for use off the UI thread and in tests."""
        return self._ready.wait(timeout_s)

    def take(self, n_bytes: int) -> bytes:
        """At most so many bytes, in whole frames; fewer (or none) where the decoder is behind or has ended."""
        taken, left = [], n_bytes - n_bytes % max(1, self.bytes_per_frame)
        with self._wake:
            while left and self._blocks:
                block = self._blocks.popleft()
                if len(block) > left:
                    self._blocks.appendleft(block[left:])
                    block = block[:left]
                taken.append(block)
                left -= len(block)
            self._wake.notify()
        return b"".join(taken)

    def stop(self) -> None:
        """Ask the thread to end; it does so after the block it is reading."""
        with self._wake:
            self._is_stopped = True
            self._wake.notify()

    def join(self) -> None:
        """Wait for the thread to end."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._decode()
        except (AnnodeskError, OSError) as error:
            self.problem = str(error)
        finally:
            with self._wake:
                self._is_complete = True
            self._ready.set()

    def _decode(self) -> None:
        from annodesk.media.decode import open_audio

        with open_audio(self._path) as source:
            rate_hz = source.rate_hz
            self.channels = min(MOST_CHANNELS, source.channels)
            self.rate_hz = rate_hz
            first = max(0, round(self._start_us * rate_hz / 1_000_000))
            last = min(source.samples, round(self._end_us * rate_hz / 1_000_000))
            block = max(1, round(BLOCK_S * rate_hz))
            position = first
            while position < last:
                n = min(block, last - position)
                if not self._put(_interleaved(source.read(position, n), self.channels)):
                    return
                position += n
                if position >= last and self._loop:
                    position = first

    def _put(self, block: bytes) -> bool:
        with self._wake:
            while len(self._blocks) >= AHEAD_BLOCKS and not self._is_stopped:
                self._wake.wait()
            if self._is_stopped:
                return False
            self._blocks.append(block)
        self._ready.set()
        return True


def _interleaved(samples: NDArray[np.float32], channels: int) -> bytes:
    """float32 (n_channels, n), full scale -1.0 to 1.0, as interleaved int16 of the first channels."""
    scaled = np.clip(samples[:channels].T * 32768.0, -32768, 32767)
    return np.ascontiguousarray(np.rint(scaled).astype("<i2")).tobytes()
