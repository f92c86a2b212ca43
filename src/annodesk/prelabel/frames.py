"""Messages between annodesk and its engine process: a length in four bytes, then that much JSON."""

from __future__ import annotations

import json
import struct
from typing import IO, Any

MAX_FRAME_BYTES = 256 << 20

Message = dict[str, Any]

_LENGTH = struct.Struct("<I")


class FrameError(Exception):
    """The other side sent something that is no message."""


def write_frame(stream: IO[bytes], message: Message) -> None:
    """Send one message and flush it."""
    body = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_FRAME_BYTES:
        raise FrameError("a message is too long")
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def read_frame(stream: IO[bytes]) -> Message | None:
    """The next message; None where the other side has gone."""
    head = _read_exactly(stream, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MAX_FRAME_BYTES:
        raise FrameError("a message is too long")
    body = _read_exactly(stream, length)
    if body is None:
        return None
    try:
        message = json.loads(body)
    except ValueError as error:
        raise FrameError("a message is not JSON") from error
    if not isinstance(message, dict):
        raise FrameError("a message is not an object")
    return message


def _read_exactly(stream: IO[bytes], n_bytes: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < n_bytes:
        chunk = stream.read(n_bytes - len(parts))
        if not chunk:
            return None
        parts += chunk
    return bytes(parts)
