"""How long work reports how far it is, how it is asked to stop, and that it lets others go first."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from annodesk.errors import Cancelled

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and a few words on what is being done."""


def silent(share: float, words: str) -> None:
    """Progress that nobody watches."""


class CancelToken:
    """A request to stop, safe to set from another thread."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop at its next check."""
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether stopping has been asked for."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise Cancelled where stopping has been asked for."""
        if self._event.is_set():
            raise Cancelled


def step_back(steps: int) -> None:
    """Let whoever works at the computer go first where there is more to do than processors.

    On Linux of this thread and those that it starts alone, elsewhere of the whole process; nothing on Windows. Linux
    may weigh sessions against each other before it weighs their threads (sched(7), autogroup): a process that leads one
    of its own has all of it step back, or it would take half of what the window needs.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + steps)
        if os.getsid(0) == os.getpid():
            with contextlib.suppress(OSError):
                Path("/proc/self/autogroup").write_text(str(steps))
    elif sys.platform != "win32" and threading.current_thread() is threading.main_thread():
        os.nice(steps)
