"""The header of a GGUF model file: read with bounds on everything, because the file may be damaged or hostile.

Reads from the file, never from a memory map: a file that shrinks under a map ends the whole process. Holds one piece of
the file at a time and keeps little of what it reads, so that a header which claims much takes no memory.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

Value = int | float | bool | str

MAGIC = b"GGUF"
VERSIONS = (2, 3)
CHUNK_BYTES = 1 << 20
MAX_HEADER_BYTES = 256 << 20
MAX_KEYS = 4_096
MAX_TENSORS = 65_536
MAX_STRINGS = 4_000_000
MAX_LISTED = 4_096
MAX_KEPT_BYTES = 256
MAX_DIMENSIONS = 4

_STRING, _ARRAY = 8, 9
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_INTEGERS = (0, 1, 2, 3, 4, 5, 10, 11)


class HeaderError(Exception):
    """What is wrong with the header, as the end of a sentence that begins with the file's name."""


class Tensor(Struct, frozen=True):
    """Where one array of weights lies."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int

    @property
    def n_values(self) -> int:
        """How many weights the tensor holds."""
        count = 1
        for side in self.shape:
            count *= side
        return count


class Header(Struct, frozen=True):
    """The facts a model file states about itself.

    ``values`` holds numbers, the first 256 bytes of texts, and of short lists of whole numbers the largest one; of
    every list (such as the vocabulary) the length is kept, in ``lengths``.
    """

    version: int
    values: Mapping[str, Value]
    lengths: Mapping[str, int]
    tensors: tuple[Tensor, ...]
    data_start: int

    def number(self, key: str, default: int = 0) -> int:
        """A whole number stated under ``key``; for a list of them the largest."""
        value = self.values.get(key, default)
        return int(value) if isinstance(value, (int, float)) and value == value and abs(value) < 2**63 else default

    def text(self, key: str, default: str = "") -> str:
        """A text stated under ``key``."""
        value = self.values.get(key, default)
        return value if isinstance(value, str) else default


def read_header(path: Path) -> Header:
    """Everything before the weights.

    Raises
    ------
    HeaderError
        Where the file is no GGUF file, ends too early or states impossible counts.
    """
    with path.open("rb") as file:
        file.seek(0, 2)
        size = file.tell()
        file.seek(0)
        return _Reader(file, size).header()


class _Reader:
    """Walks through the header; asks for bytes before it touches them."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._piece, self._piece_start = b"", 0
        self._at = 0
        self._texts_left = MAX_STRINGS

    def header(self) -> Header:
        if self._size == 0:
            raise HeaderError("is empty")
        if self._size < len(MAGIC) or self._take(len(MAGIC)) != MAGIC:
            raise HeaderError("is not a model in GGUF format")
        version = self._scalar(4)
        if version not in VERSIONS:
            raise HeaderError(f"has GGUF version {version}, and annodesk reads versions 2 and 3")
        n_tensors, n_keys = self._count("tensors", MAX_TENSORS, 24), self._count("keys", MAX_KEYS, 13)
        values: dict[str, Value] = {}
        lengths: dict[str, int] = {}
        for _ in range(n_keys):
            self._key(values, lengths)
        tensors = tuple(self._tensor() for _ in range(n_tensors))
        alignment = values.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 20 or alignment & (alignment - 1):
            raise HeaderError("states an impossible alignment")
        data_start = -(-self._at // alignment) * alignment
        return Header(version=int(version), values=values, lengths=lengths, tensors=tensors, data_start=data_start)

    def _check_room(self, n_bytes: int) -> None:
        if n_bytes > self._size - self._at:
            raise HeaderError("ends in the middle of its header: it is damaged or was not copied to the end")

    def _skip(self, n_bytes: int) -> None:
        self._check_room(n_bytes)
        self._at += n_bytes
        if self._at > MAX_HEADER_BYTES:
            raise HeaderError("has a header of more than 256 MiB, which no model needs")

    def _take(self, n_bytes: int) -> bytes:
        start = self._at
        self._skip(n_bytes)
        if self._at > self._piece_start + len(self._piece) or start < self._piece_start:
            self._file.seek(start)
            self._piece, self._piece_start = self._file.read(max(CHUNK_BYTES, n_bytes)), start
            if len(self._piece) < n_bytes:
                raise HeaderError("became shorter while it was read")
        return self._piece[start - self._piece_start : self._at - self._piece_start]

    def _scalar(self, kind: int) -> int | float | bool:
        form = _SCALARS.get(kind)
        if form is None:
            raise HeaderError(f"holds a value of unknown kind {kind}")
        number: int | float | bool
        (number,) = struct.unpack(form, self._take(struct.calcsize(form)))
        return number

    def _count(self, what: str, most: int, least_bytes: int) -> int:
        count = int(self._scalar(10))
        if count > most:
            raise HeaderError(f"states {count:,} {what}, which cannot be")
        self._check_room(count * least_bytes)
        return count

    def _text(self) -> str:
        length = int(self._scalar(10))
        kept = self._take(min(length, MAX_KEPT_BYTES)).decode("utf-8", errors="replace")
        self._skip(length - min(length, MAX_KEPT_BYTES))
        return kept

    def _key(self, values: dict[str, Value], lengths: dict[str, int]) -> None:
        name = self._text()
        kind = int(self._scalar(4))
        if kind == _STRING:
            values[name] = self._text()
        elif kind == _ARRAY:
            item_kind, length = int(self._scalar(4)), int(self._scalar(10))
            lengths[name] = length
            self._array(name, item_kind, length, values)
        else:
            values[name] = self._scalar(kind)

    def _array(self, name: str, kind: int, length: int, values: dict[str, Value]) -> None:
        if kind == _STRING:
            self._skip_texts(name, length)
            return
        form = _SCALARS.get(kind)
        if form is None:
            raise HeaderError(f"holds a list of unknown kind {kind} under {name[:60]}")
        n_bytes = length * struct.calcsize(form)
        if kind in _INTEGERS and 0 < length <= MAX_LISTED:
            values[name] = max(struct.unpack(f"<{length}{form[1]}", self._take(n_bytes)))
        else:
            self._skip(n_bytes)

    def _skip_texts(self, name: str, length: int) -> None:
        if length > self._texts_left:
            raise HeaderError(f"states {length:,} texts under {name[:60]}, which cannot be")
        self._check_room(length * 8)
        self._texts_left -= length
        for _ in range(length):
            self._skip(int.from_bytes(self._take(8), "little"))

    def _tensor(self) -> Tensor:
        name = self._text()
        n_dimensions = int(self._scalar(4))
        if n_dimensions > MAX_DIMENSIONS:
            raise HeaderError(f"states a tensor of {n_dimensions:,} dimensions, which cannot be")
        shape = tuple(int(self._scalar(10)) for _ in range(n_dimensions))
        return Tensor(name=name, shape=shape, kind=int(self._scalar(4)), offset=int(self._scalar(10)))
