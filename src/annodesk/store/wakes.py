"""What wakes workstations: a channel for each audience of a project's feed; a wake-up says only that one might look."""

from __future__ import annotations

import contextlib
import hashlib
import socket


def channel(project_id: str, audience: str) -> str:
    """The name of the channel on which an audience is woken; it tells nobody whom it is for."""
    return f"annodesk_{hashlib.sha256(f'{project_id} {audience}'.encode()).hexdigest()[:24]}"


class Bell:
    """Rung by one thread, it ends another's wait for the network at once."""

    def __init__(self) -> None:
        self._here, self._there = socket.socketpair()
        self._here.setblocking(False)
        self._there.setblocking(False)

    def ring(self) -> None:
        """End the wait, or the next one; nothing happens once the bell is closed."""
        with contextlib.suppress(OSError):
            self._there.send(b".")

    def hush(self) -> None:
        """Whoever waits has heard it."""
        with contextlib.suppress(BlockingIOError):
            self._here.recv(4096)

    def fileno(self) -> int:
        """What a selector waits on."""
        return self._here.fileno()

    def close(self) -> None:
        """Let go of it."""
        self._here.close()
        self._there.close()
