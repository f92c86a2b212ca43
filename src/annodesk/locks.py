"""Locks on files between processes: whoever holds one is alone with the file until the lock or the process ends."""

from __future__ import annotations

import contextlib
import sys
from typing import IO, Any

LOCKED_BYTE = 1 << 40
"""Where Windows holds the lock, far behind the content: a byte that is locked there cannot be read."""


def lock(file: IO[Any]) -> bool:
    """Whether this process alone has the file now; the lock ends with the open file."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def unlock(file: IO[Any]) -> None:
    """Let others have the file."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            import msvcrt

            file.seek(LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_UN)
