"""How long work reports how far it is, how it is asked to stop, and that it lets others go first."""

from __future__ import annotations

import collections
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from annodesk.errors import Cancelled

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and a few words on what is being done."""

PACE_OVER_S = 30.0
PACE_KNOWN_AFTER_S = 0.5


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


class Pace:
    """How fast one item after another gets done, in words: ``12 of 64 labelled, 3.2 a second, 16 s left``.

    Counted over the last half minute, since long items and short ones come in turns, from the first item on: what was
    prepared before it says nothing about the rest.

    Parameters
    ----------
    total : how many there are in all
    doing : what is done with one
    """

    def __init__(self, total: int, doing: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._doing, self._clock = total, doing, clock
        self._told: collections.deque[tuple[float, int]] = collections.deque()

    def words(self, done: int) -> str:
        """The sentence after so many items."""
        now = self._clock()
        if not self._told or now - self._told[-1][0] >= 0.1:
            self._told.append((now, done))
        while len(self._told) > 2 and now - self._told[1][0] >= PACE_OVER_S:
            self._told.popleft()
        said = f"{done:,} of {self._total:,} {self._doing}"
        since, before = self._told[0]
        if done <= before or now - since < PACE_KNOWN_AFTER_S:
            return said
        rate = (done - before) / (now - since)
        speed = f"{rate:.1f} a second" if rate >= 0.95 else f"{1 / rate:.1f} s each"
        return f"{said}, {speed}, {_duration((self._total - done) / rate)} left"


def _duration(seconds: float) -> str:
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    if seconds < 99.5 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
