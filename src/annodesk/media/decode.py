"""Samples of a recording, in blocks or at an exact place, on one timeline per file.

soundfile reads WAV, RF64, FLAC, Ogg (Vorbis, Opus) and MP3; PyAV reads the rest (m4a, mp4, mkv, webm).
"""

from __future__ import annotations

import contextlib
import re
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from annodesk.errors import MediaError
from annodesk.media.containers import require_file, require_possible

if TYPE_CHECKING:
    import soundfile

Int16 = NDArray[np.int16]
Float32 = NDArray[np.float32]

BLOCK_FRAMES = 1 << 18
# Lengths that mean "unknown": what writes through a pipe cannot go back to state the true one.
_UNKNOWN_BYTES = frozenset({0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0x7FFFFFDB, 0xFFFFFFDB})
# A WAV whose recorder was stopped by force states no length at all; FFmpeg reads such a file to its end.
_HEADER_AT_MOST_BYTES = 1 << 12
# How an MP3 states its length; without it libsndfile guesses by the first frame's bit rate, and ends there.
_MP3_LENGTH_TAGS = (b"Xing", b"Info", b"VBRI")
# A file may claim a thousand channels: blocks of many channels are shorter.
_BLOCK_SAMPLES = 1 << 22
# Converted at once: what fits the processor's own memory goes twice as fast.
_CONVERTED = 1 << 16
# Where a decoder fails it is asked once more for so many at a time, to come close to the break.
CAREFUL_FRAMES = 1 << 12
# A lossy file may end a little before its header says; anything else that ends early was cut while it was read.
_END_SLACK_FRAMES = 1 << 13

# libsndfile 1.2.2 gives other samples of an MP3 after a seek a few frames back without a seek to 0 between (one of five
# short loops was wrong, by up to full scale; none with it). It misplaces Vorbis samples by multiples of 448 after a
# second seek without a seek to 0 between, and after any seek into the last page (measured on our own and on ESC-10
# files). A page holds at most 255 packets of 1,024 samples, so reading starts before that.
_VORBIS_LAST_PAGE_FRAMES = 255 * 1024 + 8192


# Encodings in which a place in the file follows from the place in time, or is found at once (FLAC).
_PLAIN = frozenset({"PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"})

# How libsndfile's log tells that there is less than the header says.
_PROMISES_MORE = re.compile(r"^ ?(?:data|SSND) ?: (\d+) \(should be \d+\)|frame count \d+ does not match", re.MULTILINE)


class AudioSource(ABC):
    """One recording's samples; ``samples`` counts per channel and is what ``blocks`` delivers in all.

    Sample 0 is time 0 of the file's own timeline: an audio stream that starts later begins with silence.
    Not safe to use from two threads at once.
    """

    rate_hz: int
    channels: int
    samples: int
    is_cut_off = False
    """Whether the file's own header promises more than there is: it is damaged, or still being copied."""
    reads_anywhere = False
    """Whether going on from any place costs hardly more than going on, and gives the very same samples."""

    @abstractmethod
    def blocks(
        self, start: int = 0, frames: int = BLOCK_FRAMES, *, stop: int | None = None, reuse: bool = False
    ) -> Iterator[Int16]:
        """Samples from ``start`` to ``stop`` or the end, int16 (channels, n) with n = ``frames`` but for the last.

        Samples of one moment may lie side by side in memory, as most files hold them (the array is then a view of an
        (n, channels) one), or those of one channel do. With ``reuse`` a block is overwritten by the next.
        """

    @abstractmethod
    def read(self, start: int, n: int) -> Float32:
        """Exactly these samples, float32 (channels, n), full scale -1.0 to 1.0; zeros outside the recording."""

    def glimpse(self, start: int, n: int) -> Float32:
        """Samples from about there, as ``read`` gives them, as quickly as they can be had."""
        return self.read(start, n)

    @abstractmethod
    def close(self) -> None:
        """Let go of the file; safe to call twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_audio(path: Path | str) -> AudioSource:
    """The recording's samples, through the decoder that places them exactly; MediaError where there are none."""
    found = require_file(path)
    opened = open_soundfile(found)
    if opened is not None:
        return _SoundfileSource(found, opened)
    from annodesk.media.container_audio import ContainerSource

    return ContainerSource(found)


def open_soundfile(path: Path) -> soundfile.SoundFile | None:
    """The file as libsndfile sees it; None where it is not one of its formats, or FFmpeg sees more of it."""
    import soundfile

    try:
        opened = soundfile.SoundFile(str(path))
    except soundfile.LibsndfileError:
        return None
    is_without_length = opened.frames == 0 and path.stat().st_size > _HEADER_AT_MOST_BYTES
    is_guessed = opened.subtype.startswith("MPEG_LAYER") and not _states_length(path)
    if is_without_length or is_guessed or not opened.seekable():
        opened.close()
        return None
    return opened


def _states_length(mp3: Path) -> bool:
    """Whether the first frame of an MP3 holds its number of frames."""
    with mp3.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3":
            size = 0
            for byte in head[6:10]:
                size = size << 7 | byte & 0x7F
            file.seek(size + 10)
            head = b""
        head += file.read(4096)
    return any(tag in head for tag in _MP3_LENGTH_TAGS)


def read_mono(path: Path | str, start_us: int, end_us: int, rate_hz: int) -> Float32:
    """The stretch ``[start_us, end_us)`` with its channels averaged, resampled to ``rate_hz``: float32 (n,)."""
    with open_audio(path) as source:
        start = round(start_us * source.rate_hz / 1_000_000)
        end = min(round(end_us * source.rate_hz / 1_000_000), source.samples)
        step = block_frames(source, 1 << 21)
        pieces = [source.read(at, min(step, end - at)).mean(axis=0, dtype=np.float32) for at in range(start, end, step)]
        mono = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
        if source.rate_hz == rate_hz or not mono.size:
            return mono
        import soxr

        return np.asarray(soxr.resample(mono, source.rate_hz, rate_hz), np.float32)


def block_frames(source: AudioSource, wanted: int) -> int:
    """How many samples per channel to read at once: as wanted, or fewer where there are many channels."""
    return max(1024, min(wanted, _BLOCK_SAMPLES // source.channels // 1024 * 1024))


def blocks_until_break(
    path: Path, source: AudioSource, begin: int, end: int, frames: int
) -> Generator[Int16, None, MediaError | None]:
    """The blocks of a stretch, up to its end or close to where it cannot be read on, each overwriting the last.

    Returns why it could not be read on.
    """
    at = begin
    try:
        for block in source.blocks(begin, frames, stop=end, reuse=True):
            yield block
            at += block.shape[1]
    except MediaError as error:
        with contextlib.suppress(MediaError), open_audio(path) as again:
            yield from again.blocks(at, CAREFUL_FRAMES, stop=end, reuse=True)
        return error
    return None


def stream_mono(source: AudioSource, rate_hz: int, frames: int = BLOCK_FRAMES) -> Iterator[Float32]:
    """The whole recording as consecutive pieces, channels averaged and resampled; no more than a block in memory."""
    import soxr

    resampler = soxr.ResampleStream(source.rate_hz, rate_hz, 1, dtype="float32")
    for block in source.blocks(0, block_frames(source, frames), reuse=True):
        mono = block.mean(axis=0, dtype=np.float32) / 32768
        yield mono if source.rate_hz == rate_hz else np.asarray(resampler.resample_chunk(mono), np.float32).ravel()
    if source.rate_hz != rate_hz:
        yield np.asarray(resampler.resample_chunk(np.zeros(0, np.float32), last=True), np.float32).ravel()


def to_int16(samples: Float32) -> Int16:
    """Full scale -1.0 to 1.0 as int16; louder clips, not-a-number is silence. ``samples`` lie without gaps."""
    flat = samples.reshape(-1)
    out = np.empty(flat.size, np.int16)
    scaled = np.empty(min(_CONVERTED, flat.size), np.float32)
    for start in range(0, flat.size, _CONVERTED):
        piece = flat[start : start + _CONVERTED]
        part = np.multiply(piece, 32768, out=scaled[: piece.size])
        # To ask is cheaper than to clip, and not-a-number is neither in nor out.
        if not (part.min() >= -32768 and part.max() <= 32767):
            np.nan_to_num(part, copy=False, nan=0.0, posinf=32767.0, neginf=-32768.0)
            np.clip(part, -32768, 32767, out=part)
        out[start : start + _CONVERTED] = np.rint(part, out=part)
    return out.reshape(samples.shape)


class _SoundfileSource(AudioSource):
    """WAV, RF64, FLAC, Ogg and MP3 through libsndfile."""

    def __init__(self, path: Path, opened: soundfile.SoundFile) -> None:
        self._path, self._file = path, opened
        self.rate_hz, self.channels = int(opened.samplerate), int(opened.channels)
        try:
            self.samples = require_possible(path, audible_frames(opened), max(1, self.rate_hz))
        except BaseException:
            opened.close()
            raise
        promise = _PROMISES_MORE.search(opened.extra_info)
        self.is_cut_off = promise is not None and int(promise[1] or 0) not in _UNKNOWN_BYTES
        # Read as int16, a float file gives 0 and 1, and lossy codecs wrap where they are louder than full scale.
        self._is_integer = opened.subtype.startswith(("PCM", "ALAC", "ULAW", "ALAW"))
        self.reads_anywhere = opened.subtype in _PLAIN
        self._room: NDArray[Any] | None = None

    def blocks(
        self, start: int = 0, frames: int = BLOCK_FRAMES, *, stop: int | None = None, reuse: bool = False
    ) -> Iterator[Int16]:
        position, end = max(0, start), self.samples if stop is None else min(stop, self.samples)
        if position >= end:
            return
        self._seek(position)
        frames = min(frames, end - position)
        whole = self._place(frames, reuse=reuse)
        while position < end:
            wanted = min(frames, end - position)
            place = whole[:wanted]
            got = len(self._next(wanted, str(place.dtype), out=place))
            if got < wanted and position + got < self.samples - _END_SLACK_FRAMES:
                raise MediaError(
                    f"{self._path} ended while it was read.",
                    "Check the disk or the network it lies on, or copy it anew.",
                )
            place[got:] = 0
            block = place if self._is_integer else to_int16(place)
            yield block.T.copy() if self._is_integer and not reuse else block.T
            position += wanted

    def read(self, start: int, n: int) -> Float32:
        out = np.zeros((self.channels, max(0, n)), np.float32)
        first, last = max(0, start), min(start + n, self.samples)
        if first < last:
            try:
                self._seek(first)
                got = self._next(last - first, "float32").T
            except MediaError:
                if not self._breaks_off_before(last):
                    raise
                got = self._up_to_break(first, last)
            out[:, first - start : first - start + got.shape[1]] = got
            np.nan_to_num(out, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        return out

    def close(self) -> None:
        self._file.close()

    def _up_to_break(self, first: int, last: int) -> Float32:
        """What can be read of a stretch over whose end, or before which, a FLAC breaks off: float32 (channels, n)."""
        found = np.zeros((self.channels, 0), np.float32)
        try:
            self._seek(first)
            while first + found.shape[1] < last:
                got = self._next(min(CAREFUL_FRAMES, last - first - found.shape[1]), "float32").T
                if not got.size:
                    break
                found = np.concatenate([found, got], axis=1)
        except MediaError:
            self._breaks_off_before(last)
        return found

    def _breaks_off_before(self, sample: int) -> bool:
        """Whether this is a FLAC that can be read, but not up to there: it is cut off before.

        A failed seek spoils libsndfile's handle for every later one, so the file is opened anew.
        """
        import soundfile

        if self._file.format != "FLAC":
            return False
        try:
            opened = soundfile.SoundFile(str(self._path))
        except soundfile.LibsndfileError:
            return False
        self._file.close()
        self._file = opened
        return sample > 0 and len(opened.read(1, dtype="float32", always_2d=True)) == 1

    def _place(self, frames: int, *, reuse: bool) -> NDArray[Any]:
        """Room for a block; with ``reuse`` the same for all of the file, for fresh memory costs as much as reading."""
        room = self._room
        if not reuse or room is None or len(room) < frames:
            room = np.empty((frames, self.channels), np.int16 if self._is_integer else np.float32)
            if reuse:
                self._room = room
        return room[:frames]

    def _seek(self, sample: int) -> None:
        if self._file.subtype not in ("VORBIS", "MPEG_LAYER_III"):
            self._call(self._file.seek, sample)
            return
        is_vorbis = self._file.subtype == "VORBIS"
        safe = max(0, min(sample, self.samples - _VORBIS_LAST_PAGE_FRAMES)) if is_vorbis else sample
        self._call(self._file.seek, 0)
        if safe:
            self._call(self._file.seek, safe)
        if sample > safe:
            self._next(sample - safe, "float32")

    def _next(self, n: int, kind: str, out: NDArray[Any] | None = None) -> NDArray[Any]:
        return np.asarray(self._call(self._file.read, n, dtype=kind, always_2d=True, out=out))

    def _call(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        import soundfile

        try:
            return function(*args, **kwargs)
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise MediaError(
                f"{self._path} cannot be decoded: {str(error).rstrip('.')}.",
                "It may be damaged or cut off; convert it or copy it again.",
            ) from error


def audible_frames(opened: soundfile.SoundFile) -> int:
    """Samples per channel that a decoder delivers; an MP3's header may promise a few more than there are."""
    declared = int(opened.frames)
    if opened.subtype == "MPEG_LAYER_III" and declared > 0:
        near_end = max(0, declared - 4 * 1152)
        opened.seek(near_end)
        return near_end + len(opened.read(declared - near_end, dtype="float32", always_2d=True))
    return max(0, declared)
