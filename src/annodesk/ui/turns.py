"""Turns at the processors: the window paints first, and of all the long work beside it only so much computes at once.

With more of it than there are processors beside the window's, one would hold Python's lock while it waits for a
processor, and the window would wait with it. A paint lets go of that lock at each call of the painter: where others
compute beside it, it waits for each to hand it back.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from annodesk.errors import Cancelled
from annodesk.progress import CancelToken

ASIDE_S = 0.05
"""How long one waits before each of its pieces while something is drawn: it gets on, but slowly."""
TURN_S = 0.05
"""How long one computes before it lets another go on."""
STUCK_S = 2.0
"""Who has not asked for so long whether to stop waits for something else, a drive that does not answer for one."""
PAINT_S, BETWEEN_PAINTS_S = 0.05, 0.001
"""How long a part of the window is thought to paint at most, and how soon after it the next one begins."""
MOST_ASIDE_S, ON_S = 0.03, 0.005
"""Where painting does not end, one computes for the second after each of the first."""
LOOK_EVERY_S = 0.0005


class Painting:
    """Whether the window paints just now."""

    def __init__(self) -> None:
        self._until_s = self._on_until_s = 0.0

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Painted within; who computes waits before its next piece."""
        self._until_s = time.monotonic() + PAINT_S
        try:
            yield
        finally:
            self._until_s = time.monotonic() + BETWEEN_PAINTS_S

    def let_by(self) -> None:
        """Wait until nothing is painted; not for long where there is no end of it."""
        began = now = time.monotonic()
        while max(self._on_until_s, now) < self._until_s:
            if now - began >= MOST_ASIDE_S:
                self._on_until_s = now + ON_S
                return
            time.sleep(LOOK_EVERY_S)
            now = time.monotonic()


painting = Painting()
"""That of the one thread that paints."""


class Turns:
    """So many turns for any number of jobs, in the order in which they came for one."""

    def __init__(self, at_once: int) -> None:
        self._at_once = max(1, at_once)
        self._having: set[TurnToken] = set()
        self._waiting: deque[TurnToken] = deque()
        self._changed = threading.Condition()
        self._drawing = 0

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """What is computed for the hand goes first for as long as it takes."""
        with self._changed:
            self._drawing += 1
        try:
            yield
        finally:
            with self._changed:
                self._drawing -= 1
                self._changed.notify_all()

    def pass_on(self, token: TurnToken) -> None:
        """Let the next one go on where this one has had its time, and wait to be the next again."""
        with self._changed:
            now = time.monotonic()
            token.seen_s = now
            if token in self._having and self._waiting and now - token.since_s >= TURN_S:
                self._give(token)
            # A job of several threads waits with all of them; the first to be woken takes the turn for the others.
            while token not in self._having and not token.is_unwanted:
                if token not in self._waiting:
                    self._waiting.append(token)
                self._take_from_the_stuck()
                if len(self._having) < self._at_once and self._waiting[0] is token:
                    self._waiting.popleft()
                    self._having.add(token)
                    token.seen_s = token.since_s = time.monotonic()
                    self._changed.notify_all()
                else:
                    self._changed.wait(STUCK_S)
            if token.is_unwanted and token in self._waiting:
                self._waiting.remove(token)
                self._changed.notify_all()
            self._changed.wait_for(lambda: not self._drawing or token.is_unwanted, ASIDE_S)
            token.seen_s = time.monotonic()

    def end(self, token: TurnToken) -> None:
        """The job is over: the turn goes to the next."""
        with self._changed:
            self._give(token)

    def look_again(self) -> None:
        """Whoever waits sees whether it is still wanted."""
        with self._changed:
            self._changed.notify_all()

    def _give(self, token: TurnToken) -> None:
        self._having.discard(token)
        self._changed.notify_all()

    def _take_from_the_stuck(self) -> None:
        now = time.monotonic()
        for token in [one for one in self._having if now - one.seen_s >= STUCK_S]:
            self._give(token)


class AsideToken(CancelToken):
    """What a job asks whether to stop: where it asks, it lets the window paint."""

    def __init__(self, asked: CancelToken) -> None:
        super().__init__()
        self._asked = asked

    def cancel(self) -> None:
        """Ask the work to stop at its next check."""
        self._asked.cancel()

    def wait(self) -> None:
        """Until nothing is painted."""
        painting.let_by()

    @property
    def is_cancelled(self) -> bool:
        """Whether stopping has been asked for; waits before it tells."""
        self.wait()
        return self._asked.is_cancelled

    def check(self) -> None:
        """Raise Cancelled where stopping has been asked for; waits before it tells."""
        if self.is_cancelled:
            raise Cancelled


class TurnToken(AsideToken):
    """The same where it may also have to wait until the others had their turn."""

    def __init__(self, asked: CancelToken, turns: Turns) -> None:
        super().__init__(asked)
        self._turns = turns
        self.since_s = self.seen_s = 0.0

    def cancel(self) -> None:
        """Ask the work to stop at its next check."""
        super().cancel()
        self._turns.look_again()

    def end(self) -> None:
        """The job is over; the next one may go on."""
        self._turns.end(self)

    @property
    def is_unwanted(self) -> bool:
        """Whether stopping has been asked for, without waiting."""
        return self._asked.is_cancelled

    def wait(self) -> None:
        """Until it is this job's turn and nothing is painted, or it is to stop."""
        self._turns.pass_on(self)
        super().wait()
