"""The recordings of one item heard as one: each begins at its own time, all are at one rate, mixed as is asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from annodesk.errors import AnnodeskError, MediaError
from annodesk.media.decode import AudioSource, open_audio
from annodesk.media.listen import SIDES, Hearing, mixing, sides_of
from annodesk.media.unchanged import Unchanged

if TYPE_CHECKING:
    import soxr

Float32 = NDArray[np.float32]

# A resampler that begins so many samples early gives the same as one that began with the file, to 1e-6.
_LEAD = 1024
_LEAST_READ = 4096


class Further(Struct, frozen=True):
    """One more recording of an item: its file (None where it is missing), and when it begins.

    ``channels`` and ``duration_us`` are what is said of it before it is opened; 0 where nothing is known.
    """

    path: Path | None
    offset_us: int = 0
    channels: int = 0
    duration_us: int = 0


class Recordings:
    """A recording and those beside it; sample 0 is the first one's, and ``rate_hz`` its rate.

    A further one is opened when it is first to be heard. One that cannot be read is silent from then on, and
    ``remark`` says why; the others are heard all the same. Not safe to use from two threads at once.

    Parameters
    ----------
    main : what time is counted by; None where only the others have sound
    further : ``offset_us`` is when each begins after sample 0
    rate_hz : the rate where there is no ``main``
    remark : what is wrong before anything is read
    """

    def __init__(
        self,
        main: AudioSource | None,
        further: Sequence[Further] = (),
        *,
        path: Path | None = None,
        rate_hz: int = 0,
        remark: str = "",
    ) -> None:
        self._main, self._remark = main, remark
        self._identity = Unchanged(path) if main is not None and path is not None else None
        self.rate_hz = main.rate_hz if main is not None else rate_hz
        self._tracks = [_Track(one, self.rate_hz) for one in further]
        sides = [sides_of(one.channels) if one.channels else SIDES for one in further if one.path is not None]
        self.sides = max([sides_of(main.channels) if main is not None else 1, *sides])

    @property
    def remark(self) -> str:
        """Which of them cannot be heard, in sentences; empty where all can."""
        return " ".join(part for part in (self._remark, *(track.problem for track in self._tracks)) if part)

    @property
    def widest(self) -> int:
        """The most channels any of them has."""
        return max([1, self._main.channels if self._main is not None else 1, *(t.channels for t in self._tracks)])

    def extent(self, hearing: Hearing) -> tuple[int, int]:
        """From which sample to which there is sound of those that are to be heard, the first one always among them."""
        heard = [track for number, track in enumerate(self._tracks, 1) if hearing.factor(number) and not track.problem]
        length = self._main.samples if self._main is not None else 0
        return min([0, *(track.start for track in heard)]), max([length, *(track.end for track in heard)])

    def mixed(self, first: int, n: int, hearing: Hearing) -> Float32:
        """Samples ``[first, first + n)`` as they are mixed, float32 (sides, n); silence outside the recordings."""
        out = self._main_mixed(first, n, hearing)
        for number, track in enumerate(self._tracks, 1):
            read = track.read(first, n) if hearing.factor(number) else None
            if read is not None:
                out += mixing(len(read), hearing, number, self.sides) @ read
        return out

    def check(self) -> None:
        """MediaError where the file time is counted by is no longer the same; another one is only heard no more."""
        if self._identity is not None:
            self._identity.check()
        for track in self._tracks:
            track.check()

    def close(self) -> None:
        """Let go of the files; safe to call twice."""
        for opened in (self._main, *self._tracks):
            if opened is not None:
                opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _main_mixed(self, first: int, n: int, hearing: Hearing) -> Float32:
        if self._main is None:
            return np.zeros((self.sides, n), np.float32)
        read = self._main.read(first, n)
        mix = mixing(self._main.channels, hearing, 0, self.sides)
        if np.array_equal(mix, np.eye(self._main.channels)):
            return read
        return np.asarray(mix @ read, np.float32)


def open_recordings(path: Path | None, further: Sequence[Further], hearing: Hearing) -> Recordings:
    """The recording at ``path`` and those beside it; MediaError where nothing that is to be heard can be opened.

    Where the first cannot be opened, and another is to be heard, that one gives the rate.
    """
    problem: AnnodeskError | OSError | None = None
    if path is not None:
        try:
            main = open_audio(path)
            if main.samples:
                return Recordings(main, further, path=path)
            main.close()
            problem = MediaError(f"{path} holds no sound: it has no samples.", "Choose another file.")
        except (AnnodeskError, OSError) as error:
            problem = error
    for number, one in enumerate(further, 1):
        if one.path is not None and hearing.factor(number):
            try:
                with open_audio(one.path) as source:
                    rate_hz = source.rate_hz
                return Recordings(None, further, rate_hz=rate_hz, remark=str(problem or ""))
            except (AnnodeskError, OSError) as error:
                problem = problem or error
    if problem is not None:
        raise problem
    raise MediaError("Nothing of this item is to be heard.", "The sound panel says which of its recordings are muted.")


class _Track:
    """One of the further recordings, opened when it is first read."""

    def __init__(self, further: Further, rate_hz: int) -> None:
        self._path, self._rate_hz = further.path, rate_hz
        self.channels = further.channels
        self.start = round(further.offset_us * rate_hz / 1_000_000)
        self.end = self.start + -(-further.duration_us * rate_hz // 1_000_000)
        self.problem = ""
        self._source: AudioSource | None = None
        self._identity: Unchanged | None = None
        self._resampled: _Resampled | None = None

    def read(self, first: int, n: int) -> Float32 | None:
        """Samples (channels, n) from there on; None where it cannot be heard."""
        if self._path is None or self.problem:
            return None
        try:
            if self._source is None:
                self._open(self._path)
            if self._resampled is not None:
                return self._resampled.read(first - self.start, n)
            assert self._source is not None
            return self._source.read(first - self.start, n)
        except (AnnodeskError, OSError) as error:
            self._fail(error)
            return None

    def check(self) -> None:
        """Be silent from now on where the file is no longer the same."""
        try:
            if self._identity is not None:
                self._identity.check()
        except AnnodeskError as error:
            self._fail(error)

    def close(self) -> None:
        """Let go of the file."""
        if self._source is not None:
            self._source.close()
        self._source = self._identity = self._resampled = None

    def _open(self, path: Path) -> None:
        self._source = source = open_audio(path)
        self._identity = Unchanged(path)
        self.channels = source.channels
        if source.rate_hz != self._rate_hz:
            self._resampled = _Resampled(source, self._rate_hz)

    def _fail(self, error: Exception) -> None:
        self.close()
        self.problem = str(error)


class _Resampled:
    """A recording at another rate: sample k is the moment ``k / rate_hz``, wherever reading begins."""

    def __init__(self, source: AudioSource, rate_hz: int) -> None:
        shared = math.gcd(source.rate_hz, rate_hz)
        self._source, self._rate_hz = source, rate_hz
        self._up, self._down = rate_hz // shared, source.rate_hz // shared  # so many samples of either take as long
        self._stream: soxr.ResampleStream | None = None
        self._next = self._at = 0
        self._ready: Float32 = np.zeros((source.channels, 0), np.float32)

    def read(self, first: int, n: int) -> Float32:
        """Samples ``[first, first + n)``, float32 (channels, n)."""
        unused = self._begin(first) if self._stream is None or first != self._next else 0
        while self._ready.shape[1] < unused + n:
            wanted = (unused + n - self._ready.shape[1]) * self._down // self._up
            self._ready = np.concatenate([self._ready, self._push(max(_LEAST_READ, wanted))], axis=1)
        out, self._ready = self._ready[:, unused : unused + n], self._ready[:, unused + n :]
        self._next = first + n
        return out

    def _begin(self, first: int) -> int:
        """Start anew where samples of both rates meet; returns how many samples too early that is."""
        import soxr

        lead = max(_LEAD, _LEAD * self._down // self._up)
        meeting = (first * self._down // self._up - lead) // self._down
        self._stream = soxr.ResampleStream(self._source.rate_hz, self._rate_hz, self._source.channels, dtype="float32")
        self._ready, self._at = self._ready[:, :0], meeting * self._down
        return first - meeting * self._up

    def _push(self, n: int) -> Float32:
        assert self._stream is not None
        given = np.ascontiguousarray(self._source.read(self._at, n).T)
        self._at += n
        return np.asarray(self._stream.resample_chunk(given), np.float32).reshape(-1, self._source.channels).T
