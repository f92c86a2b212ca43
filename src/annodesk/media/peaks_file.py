"""The file that peaks lie in: mapped, filled while it grows, taken up again where an interrupted build stopped."""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import time
from pathlib import Path
from typing import BinaryIO

import numpy as np
from msgspec import Struct

from annodesk.locks import lock, unlock
from annodesk.media.fold import BASE, Int16, level_shapes

KIND, VERSION = "peaks", 4
"""What these files are called in the cache, and the version of their layout."""
_MAGIC = b"ANNOPEAK"
# magic, version, rate, channels, levels, samples, those known, bytes of the whole file, breaks off, is final
_HEADER = struct.Struct("<8sIIIIQQQ??")
_HEADER_BYTES = 4096
_MOST_CHANNELS = 1024
# What is known is put down this often: first the cells, then how many of them there are.
_SAVED_EVERY_S = 1.0


class Header(Struct, frozen=True):
    """What a file of peaks says of itself; ``known`` samples of ``samples`` have been folded."""

    rate_hz: int
    channels: int
    samples: int
    known: int = 0
    breaks_off: bool = False
    is_final: bool = False

    @property
    def file_bytes(self) -> int:
        """How large the file is."""
        cells = sum(channels * columns for channels, columns in level_shapes(self.channels, self.samples))
        return _HEADER_BYTES + 2 * cells * np.dtype(np.int16).itemsize

    def packed(self) -> bytes:
        """The header as it is written."""
        return _HEADER.pack(
            _MAGIC,
            VERSION,
            self.rate_hz,
            self.channels,
            len(level_shapes(self.channels, self.samples)),
            self.samples,
            self.known,
            self.file_bytes,
            self.breaks_off,
            self.is_final,
        )


def read_final(place: Path) -> tuple[Header, list[Int16]] | None:
    """A finished file's header and levels, mapped; None where there is none, or it is damaged or foreign."""
    try:
        with place.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    header = _read_header(mapped)
    if header is None or not header.is_final:
        return None
    return header, _levels(mapped, header)


class PeaksFile:
    """Levels that are being filled: in the cache where one can write there, else in memory alone.

    One builder at a time holds a place, by a lock that ends with its process; another one builds in memory.
    """

    def __init__(self, place: Path | None, rate_hz: int, channels: int, samples: int) -> None:
        self._header = Header(rate_hz, channels, samples)
        self._file: BinaryIO | None = None
        self._saved_s = time.monotonic()
        self._mapped = self._map_place(place) if place is not None else None
        if self._mapped is None:
            self._let_go()
            self._mapped = mmap.mmap(-1, self._header.file_bytes)
        self.known = self._header.known // BASE * BASE
        """Samples that an earlier, interrupted build had folded."""
        self.levels = _levels(self._mapped, self._header)

    @property
    def is_kept(self) -> bool:
        """Whether what is filled in lies in the cache."""
        return self._file is not None

    def save(self, known: int) -> None:
        """Put down what is known, now and then: after a power cut no cell counts that was not written."""
        if self._file is not None and time.monotonic() - self._saved_s >= _SAVED_EVERY_S:
            self._write(known, breaks_off=False, is_final=False)

    def finish(self, known: int, *, breaks_off: bool) -> None:
        """From now on the file is found by who looks for these peaks."""
        if self._file is not None:
            self._write(known, breaks_off=breaks_off, is_final=True)

    def close(self, known: int) -> None:
        """Let another builder have the place; an unfinished build is taken up from what is known now."""
        if self._file is not None and not self._header.is_final:
            self._write(known, breaks_off=False, is_final=False)
        self._let_go()

    def _write(self, known: int, *, breaks_off: bool, is_final: bool) -> None:
        assert self._mapped is not None
        header = self._header
        self._mapped.flush()
        self._header = Header(header.rate_hz, header.channels, header.samples, known, breaks_off, is_final)
        packed = self._header.packed()
        self._mapped[: len(packed)] = packed
        self._saved_s = time.monotonic()

    def _map_place(self, place: Path) -> mmap.mmap | None:
        try:
            self._file = _open_or_make(place)
            if not lock(self._file):
                return None
            found = _map_whole(self._file)
            before = None if found is None else _read_header(found)
            if found is not None and before is not None and self._is_same(before):
                self._header = before
                return found
            if found is not None:
                # Another file takes the place: the old one may still be mapped by who shows it.
                found.close()
                self._let_go()
                place.unlink()
                self._file = _open_or_make(place)
                if not lock(self._file):
                    return None
            _reserve(self._file.fileno(), self._header.file_bytes)
            mapped = mmap.mmap(self._file.fileno(), self._header.file_bytes)
        except (OSError, ValueError):
            if self._file is not None:
                self._let_go()
                with contextlib.suppress(OSError):
                    place.unlink()
            return None
        packed = self._header.packed()
        mapped[: len(packed)] = packed
        return mapped

    def _is_same(self, before: Header) -> bool:
        mine = self._header
        return (before.rate_hz, before.channels, before.samples) == (mine.rate_hz, mine.channels, mine.samples)

    def _let_go(self) -> None:
        if self._file is not None:
            unlock(self._file)  # not left to closing: the map keeps the file open
            self._file.close()
            self._file = None


def _open_or_make(place: Path) -> BinaryIO:
    place.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(place, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600), "r+b")


def _map_whole(file: BinaryIO) -> mmap.mmap | None:
    """The file as it is, None where it is empty."""
    return mmap.mmap(file.fileno(), 0) if os.fstat(file.fileno()).st_size else None


def _reserve(file: int, n_bytes: int) -> None:
    """Room on the disk for the whole file: a map over a hole ends the process where the disk is full."""
    os.ftruncate(file, n_bytes)
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, n_bytes)


def _levels(mapped: mmap.mmap, header: Header) -> list[Int16]:
    """Each (2, channels, columns): minima, maxima."""
    levels, at = [], _HEADER_BYTES
    for channels, columns in level_shapes(header.channels, header.samples):
        n = 2 * channels * columns
        levels.append(np.frombuffer(mapped, np.int16, n, at).reshape(2, channels, columns))
        at += n * 2
    return levels


def _read_header(mapped: mmap.mmap) -> Header | None:
    """What a whole and sound file says of itself, else None."""
    if len(mapped) < _HEADER_BYTES:
        return None
    magic, version, rate_hz, channels, n_levels, samples, known, whole_bytes, breaks_off, is_final = (
        _HEADER.unpack_from(mapped)
    )
    if magic != _MAGIC or version != VERSION or not 0 < channels <= _MOST_CHANNELS or rate_hz == 0 or known > samples:
        return None
    header = Header(rate_hz, channels, samples, known, breaks_off, is_final)
    is_whole = n_levels == len(level_shapes(channels, samples)) and whole_bytes == header.file_bytes == len(mapped)
    return header if is_whole else None
