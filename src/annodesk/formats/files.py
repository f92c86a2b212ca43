"""Files on disk for all formats: bytes in under a size cap, text decoded, bytes out whole or not at all, times."""

from __future__ import annotations

import codecs
import os
import re
import secrets
import stat
from decimal import Decimal, DecimalException
from pathlib import Path

from annodesk.errors import FormatError
from annodesk.model import records
from annodesk.model.times import US_PER_SECOND

MOST_BYTES = 256 * 1024 * 1024
HEAD_BYTES = 16 * 1024
LATEST_US = records.LATEST
LAST_WRITTEN_US = 9 * 10**15
"""Times up to here are written; the rest leaves room for rounding up."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_SHOWN = 40
_SQLITE = b"SQLite format 3\0"


def read_bytes(path: Path, *, most: int = MOST_BYTES) -> bytes:
    """The file's bytes; refuses folders, devices and files larger than ``most``."""
    try:
        state = path.stat()
        if stat.S_ISDIR(state.st_mode):
            raise FormatError(path, None, "this is a folder.", "Name a file in it.")
        if not stat.S_ISREG(state.st_mode):
            raise FormatError(path, None, "this is not an ordinary file.", "Name an annotation file.")
        with path.open("rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError as error:
        raise FormatError(path, None, "there is no such file.", "Look at the name and the folder.") from error
    except (OSError, ValueError) as error:
        raise FormatError(path, None, f"it cannot be read: {_reason(error)}.", "Look at its permissions.") from error
    if len(data) > most:
        megabytes = most // (1024 * 1024)
        raise FormatError(path, None, f"it is larger than {megabytes} MB.", "Annotation files are smaller; split it.")
    return data


def read_head(path: Path) -> bytes:
    """The first bytes of a file, for telling its format."""
    try:
        if stat.S_ISREG(path.stat().st_mode):
            with path.open("rb") as file:
                return file.read(HEAD_BYTES)
    except (OSError, ValueError):
        pass
    return read_bytes(path)[:HEAD_BYTES]


def decode(path: Path, data: bytes, *, whole: bool = True) -> str:
    """UTF-8 or, with a byte order mark, UTF-16; a mark is dropped. Line ends are left as they are.

    With ``whole`` False the data is only the beginning of a file and what cannot be decoded is replaced.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
    if not whole:
        return data.decode(encoding, "replace")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        name = "UTF-16" if encoding == "utf-16" else "UTF-8"
        hint = "Save it as UTF-8 in the tool that made it."
        raise FormatError(path, line, f"the bytes from {error.start} on are not {name} text.", hint) from error


def write_atomically(path: Path, data: bytes) -> None:
    """Put a whole, durable file in place at once; a failure leaves what stood there before."""
    target = Path(os.path.realpath(path))
    temporary = target.parent / f".annodesk-{secrets.token_hex(8)}.part"
    try:
        if target.is_dir():
            raise FormatError(path, None, "there is a folder of that name.", "Name a file.")
        # A device or a pipe of that name would be gone, and with a project file all work in it.
        if target.exists() and not target.is_file():
            raise FormatError(path, None, "this is not an ordinary file.", "Name another.")
        if target.exists() and _is_database(target):
            raise FormatError(path, None, "this is a project file or another database.", "Name another file.")
        try:
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(target.parent)
    except (OSError, ValueError) as error:
        hint = "Look at the folder, its permissions and the space left."
        raise FormatError(path, None, f"it cannot be written: {_reason(error)}.", hint) from error


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _sync_folder(folder: Path) -> None:
    """Makes the new name durable where the system lets a folder be synced."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def encode(text: str) -> bytes:
    """UTF-8 bytes; lone surrogates, which are no characters, become question marks."""
    return text.encode("utf-8", "replace")


def seconds_to_us(text: str) -> int:
    """Nearest microsecond of a decimal number of seconds, halves to even; comma or point. Raises ValueError."""
    if len(text) > 400 or not _NUMBER.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a time in seconds")
    try:
        time_us = Decimal(text.replace(",", ".")) * US_PER_SECOND
    except DecimalException as error:
        raise ValueError(f"{shown(text)} is not a time in seconds") from error
    if time_us < 0 and round_to_int(time_us) != 0:
        raise ValueError(f"{shown(text)} s is before the start of the recording")
    if time_us > LATEST_US:
        raise ValueError(f"{shown(text)} s is later than any recording")
    return round_to_int(time_us)


def round_to_int(number: Decimal) -> int:
    """Nearest whole number, halves to even; a number far beyond any time counts as one past the last."""
    return int(number.to_integral_value()) if abs(number) <= LATEST_US else LATEST_US + 1


def us_to_text(time_us: int, *, decimals: int = 6) -> str:
    """Seconds with a point and six decimals, or as many as needed where ``decimals`` is 0."""
    sign, time_us = ("-" if time_us < 0 else ""), abs(time_us)
    text = f"{sign}{time_us // US_PER_SECOND}.{time_us % US_PER_SECOND:06d}"
    return text if decimals else text.rstrip("0").rstrip(".")


def shown(text: str) -> str:
    """A piece of a file, short enough for a sentence."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
