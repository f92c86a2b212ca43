"""Opens media files and container formats so that whatever is wrong with one becomes a MediaError."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from annodesk.errors import MediaError

if TYPE_CHECKING:
    from av.codec.hwaccel import HWAccel
    from av.container import InputContainer
    from av.stream import Stream

# Formats whose clock does not start at zero (a broadcast's may start at ten hours): time is counted from their start.
_RUNNING_CLOCKS = frozenset({"mpegts", "mpeg", "flv", "rtp", "asf"})
# FFmpeg reads these as "media" too; here they are not.
_NOT_MEDIA = frozenset(
    {"tty", "ass", "srt", "webvtt", "subviewer", "microdvd", "jacosub", "sami", "lrc", "image2", "ffmetadata", "concat"}
)

# Silence packs tightest: a FLAC frame of 65,535 samples takes some ten bytes.
_MOST_SAMPLES_PER_BYTE = 8192
# Containers may leave out what was silent; and no recording is longer than a month.
_LONGEST_HOLE_S = 24 * 3600
LONGEST_S = 31 * 24 * 3600
_HIGHEST_RATE_HZ = 768_000

# What FFmpeg says most, which tells nobody what is wrong.
_IN_PLAIN_WORDS = {
    "Invalid data found when processing input": "it holds no sound or video that can be made out",
    "End of file": "it ends too early",
}


def require_file(path: Path | str) -> Path:
    """The absolute path of a file that is there and readable."""
    found = Path(path).absolute()
    if found.is_dir():
        raise MediaError(f"{found} is a folder, not a recording.", "Give the files inside it.")
    try:
        str(found).encode()  # The decoders take no name that is not text.
        if found.exists() and not found.is_file():
            raise MediaError(f"{found} is not an ordinary file.", "Give an audio or video file.")
        with found.open("rb") as file:
            if not file.read(1):
                raise MediaError(f"{found} is empty.", "Copy the recording again from where it came.")
    except FileNotFoundError as error:
        raise MediaError(f"{found} is not there.", "Check the name, or say where the file was moved to.") from error
    except UnicodeEncodeError as error:
        raise MediaError("The recording's name is not UTF-8 text.", "Rename it.") from error
    except ValueError as error:
        raise MediaError("The recording's name is not one a file can have.", "Check the name.") from error
    except OSError as error:
        raise MediaError(f"{found} cannot be read: {error.strerror}.", "Check its permissions and the disk.") from error
    return found


def require_possible(path: Path, samples: int, rate_hz: int) -> int:
    """The samples a file claims, as they are; MediaError where its bytes cannot hold so many.

    A damaged or hostile header of a few bytes may claim years: cutting tasks and drawing peaks would fill the disk.
    """
    hole = _LONGEST_HOLE_S * min(rate_hz, _HIGHEST_RATE_HZ)
    if samples > path.stat().st_size * _MOST_SAMPLES_PER_BYTE + hole or samples > rate_hz * LONGEST_S:
        raise MediaError(
            f"{path} claims to last {samples / rate_hz / 3600:,.0f} hours, which it cannot hold.",
            "It may be damaged; convert it or copy it again.",
        )
    return samples


@contextmanager
def open_container(path: Path | str, card: HWAccel | None = None) -> Iterator[InputContainer]:
    """The container, opened by PyAV; what FFmpeg says against it is told as a MediaError.

    With ``card`` its pictures are decoded by the graphics card.
    """
    import av

    found = require_file(path)
    with reading(found):
        # The protocol is named, so that a file called "concat:x" or "http:x" is never more than a file.
        container = av.open(f"file:{found}", metadata_errors="replace", hwaccel=card)
    try:
        name = container.format.name
        if name in _NOT_MEDIA or name.endswith("_pipe"):
            raise MediaError(f"{found} is neither a recording nor a video.", "Give an audio or video file.")
        with reading(found):
            yield container
    finally:
        container.close()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns the decoder's errors into a MediaError about this file."""
    import av

    try:
        yield
    except (av.error.FFmpegError, EOFError, UnicodeDecodeError) as error:
        raise MediaError(
            f"{path} cannot be decoded: {_reason(error)}.", "It may be damaged or cut off; convert it or copy it again."
        ) from error


def origin_s(container: InputContainer) -> Fraction:
    """Where on the container's own clock the timeline starts, in seconds."""
    if container.start_time and set(container.format.name.split(",")) & _RUNNING_CLOCKS:
        return Fraction(container.start_time, 1_000_000)
    return Fraction(0)


def origin_pts(container: InputContainer, stream: Stream) -> int:
    """The timestamp of time zero, in ticks of this stream."""
    return round(origin_s(container) / time_base(stream))


def time_base(stream: Stream) -> Fraction:
    """Seconds per tick of a stream's timestamps."""
    return Fraction(stream.time_base) if stream.time_base else Fraction(1, 1_000_000)


def _reason(error: Exception) -> str:
    said = str(getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
    return _IN_PLAIN_WORDS.get(said, said)
