"""Work off the UI thread: a store lane (one thread, in order), a compute lane and a background lane.

What the hand waits for is computed; what takes seconds or minutes, or waits for another machine, runs in the background
and keeps nobody waiting. A job is a function of plain values and never sees a widget. Every answer comes home through
one queued signal, so a callback always runs on the UI thread; what has been replaced is dropped.
"""

from __future__ import annotations

import inspect
import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from queue import SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from annodesk.errors import Cancelled
from annodesk.progress import CancelToken, step_back
from annodesk.ui.turns import AsideToken, Turns, TurnToken

log = logging.getLogger(__name__)

PROGRESS_EVERY_S = 0.04
COMPUTES, WAITS = 10, 11
"""How much nicer than the window's thread those of the two lanes are: they share its processors, and it paints.

They are all but alike: one that is put off while it holds Python's lock puts off the window.
"""
COMPUTING_THREADS = max(1, min(2, (os.cpu_count() or 1) - 1))
"""One processor is left to the window: of two that compute beside it on two, one is put off holding Python's lock."""
BACKGROUND_THREADS = 8
"""Most of them wait: for their turn, or for another machine."""
Callback = Callable[..., Any] | None


class Request:
    """One job on its way; ``cancel`` asks it to stop and drops its answer."""

    __slots__ = ("cancel_token", "is_done", "key", "number", "on_done", "on_error", "on_progress", "turns", "what")

    def __init__(
        self,
        number: int,
        key: Hashable | None,
        on_done: Callback,
        on_error: Callback,
        on_progress: Callback,
        what: str,
    ) -> None:
        self.number, self.key, self.what = number, key, what
        self.on_done, self.on_error, self.on_progress = on_done, on_error, on_progress
        self.cancel_token = CancelToken()
        self.turns: Turns | None = None
        self.is_done = False

    def cancel(self) -> None:
        """Ask the work to stop; its answer is dropped even where it was finished already."""
        self.cancel_token.cancel()
        if self.turns is not None:
            self.turns.look_again()

    def forget(self) -> None:
        """Let go of who asked: the thread that did the work may be the last to hold the request, and not a widget."""
        self.on_done = self.on_error = self.on_progress = None


class Jobs(QObject):
    """The three lanes.

    ``failed(error, what)`` is emitted where a job without an ``on_error`` raised; ``idle()`` when nothing is pending.
    """

    failed = Signal(object, str)
    idle = Signal()
    _came_home = Signal(object)

    def __init__(self, parent: QObject | None = None, *, inline: bool = False) -> None:
        super().__init__(parent)
        self._inline = inline
        self._numbers = itertools.count(1)
        self._pending: dict[int, Request] = {}
        self._newest: dict[Hashable, int] = {}
        self._store_queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._store_thread: threading.Thread | None = None
        self._pools: dict[int, ThreadPoolExecutor] = {}
        self._turns = Turns((os.cpu_count() or 1) - 1)
        self._is_closed = False
        self._came_home.connect(self._run_at_home, Qt.ConnectionType.QueuedConnection)

    @classmethod
    def inline(cls, parent: QObject | None = None) -> Jobs:
        """Lanes that run each job at once on the caller's thread, for tests."""
        return cls(parent, inline=True)

    @property
    def is_idle(self) -> bool:
        """Whether no job is running or waiting, and every answer has been delivered."""
        return not self._pending

    @property
    def is_closed(self) -> bool:
        """Whether the lanes have been closed."""
        return self._is_closed

    def store(
        self,
        fn: Callable[..., Any],
        *args: Any,
        on_done: Callback = None,
        on_error: Callback = None,
        what: str = "",
    ) -> Request:
        """Run ``fn(*args)`` after all store jobs before it; it is never cancelled."""
        request = self._new_request(None, on_done, on_error, None, what)
        if self._inline:
            self._work(request, fn, args, {})
            return request
        if self._store_thread is None:
            self._store_thread = threading.Thread(target=self._run_store, name="annodesk-store", daemon=True)
            self._store_thread.start()
        self._store_queue.put(lambda: self._work(request, fn, args, {}))
        return request

    def compute(
        self,
        fn: Callable[..., Any],
        *args: Any,
        on_done: Callback = None,
        on_error: Callback = None,
        on_progress: Callback = None,
        key: Hashable | None = None,
        what: str = "",
    ) -> Request:
        """Run ``fn(*args)`` soon.

        A function that has a parameter ``progress`` or ``cancel`` is given them; where it asks whether to stop, it lets
        the window paint. A newer request with the same key cancels the older one and drops its answer. Once the lanes
        are closed nothing is run: nobody looks any more.
        """
        return self._start(None, fn, args, key, on_done, on_error, on_progress, what)

    def background(
        self,
        fn: Callable[..., Any],
        *args: Any,
        on_done: Callback = None,
        on_error: Callback = None,
        on_progress: Callback = None,
        key: Hashable | None = None,
        what: str = "",
    ) -> Request:
        """The same for what takes long: it never holds up what is computed for the hand.

        Jobs that take a parameter ``cancel`` compute in turns, one less at once than there are processors, and change
        places where they ask it whether to stop; the others are thought to wait for somebody else.
        """
        return self._start(self._turns, fn, args, key, on_done, on_error, on_progress, what)

    def _start(
        self,
        turns: Turns | None,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        key: Hashable | None,
        on_done: Callback,
        on_error: Callback,
        on_progress: Callback,
        what: str,
    ) -> Request:
        if self._is_closed:
            request = Request(0, key, None, None, None, what)
            request.cancel()
            return request
        request = self._new_request(key, on_done, on_error, on_progress, what)
        request.turns = turns
        if key is not None:
            older = self._pending.get(self._newest.get(key, 0))
            if older is not None:
                older.cancel()
            self._newest[key] = request.number
        extras = self._extras(fn, request)
        if self._inline:
            self._work(request, fn, args, extras)
        elif turns is None:
            self._pool(COMPUTING_THREADS, COMPUTES).submit(self._work, request, fn, args, extras)
        else:
            self._pool(BACKGROUND_THREADS, WAITS).submit(self._work, request, fn, args, extras)
        return request

    def _pool(self, threads: int, steps_back: int) -> ThreadPoolExecutor:
        """The threads of a lane, made when they are first needed."""
        if steps_back not in self._pools:
            name = "annodesk-compute" if steps_back == COMPUTES else "annodesk-background"
            self._pools[steps_back] = ThreadPoolExecutor(
                threads, thread_name_prefix=name, initializer=step_back, initargs=(steps_back,)
            )
        return self._pools[steps_back]

    def close(self) -> None:
        """Stop what computes, finish the store lane, and leave no thread; answers not yet home are dropped."""
        if self._is_closed:
            return
        self._is_closed = True
        for request in list(self._pending.values()):
            request.cancel()
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)
        if self._store_thread is not None:
            self._store_queue.put(None)
            self._store_thread.join()
        self._pending.clear()
        self._newest.clear()

    def _new_request(
        self, key: Hashable | None, on_done: Callback, on_error: Callback, on_progress: Callback, what: str
    ) -> Request:
        if self._is_closed:
            raise RuntimeError("the lanes are closed")
        request = Request(next(self._numbers), key, on_done, on_error, on_progress, what)
        self._pending[request.number] = request
        return request

    def _extras(self, fn: Callable[..., Any], request: Request) -> dict[str, Any]:
        try:
            names = inspect.signature(fn).parameters
        except (TypeError, ValueError):
            return {}
        extras: dict[str, Any] = {}
        if "cancel" in names:
            extras["cancel"] = self._token_of(request)
        if "progress" in names:
            extras["progress"] = self._progress_of(request)
        return extras

    def _token_of(self, request: Request) -> CancelToken:
        if self._inline:
            return request.cancel_token
        return (
            AsideToken(request.cancel_token)
            if request.turns is None
            else TurnToken(request.cancel_token, request.turns)
        )

    def _progress_of(self, request: Request) -> Callable[[float, str], None]:
        last = 0.0

        def progress(share: float, words: str = "") -> None:
            nonlocal last
            now = time.monotonic()
            if request.on_progress is not None and (share >= 1 or now - last >= PROGRESS_EVERY_S):
                last = now
                self._send_home(lambda: self._tell(request, request.on_progress, share, words))

        return progress

    def _run_store(self) -> None:
        while (job := self._store_queue.get()) is not None:
            job()

    def _work(self, request: Request, fn: Callable[..., Any], args: tuple[Any, ...], extras: dict[str, Any]) -> None:
        turn = extras.get("cancel")
        try:
            if request.key is not None:
                request.cancel_token.check()
            if isinstance(turn, TurnToken):
                turn.wait()
            with self._turns.drawing() if request.turns is None else nullcontext():
                result = fn(*args, **extras)
        except BaseException as error:  # noqa: BLE001 - whatever a job raises is its answer
            self._send_home(lambda error=error: self._finish(request, None, error))
        else:
            self._send_home(lambda: self._finish(request, result, None))
        finally:
            if isinstance(turn, TurnToken):
                turn.end()

    def _send_home(self, call: Callable[[], None]) -> None:
        if self._inline:
            call()
        elif isValid(self):
            self._came_home.emit(call)

    def _run_at_home(self, call: Callable[[], None]) -> None:
        if not self._is_closed:
            call()

    def _finish(self, request: Request, result: Any, error: BaseException | None) -> None:
        request.is_done = True
        try:
            if error is None:
                self._tell(request, request.on_done, result)
            elif isinstance(error, Cancelled) and request.cancel_token.is_cancelled:
                pass
            elif request.on_error is not None:
                self._tell(request, request.on_error, error)
            elif not self._is_dropped(request):
                self.failed.emit(error, request.what)
        finally:
            request.forget()
            self._pending.pop(request.number, None)
            if request.key is not None and self._newest.get(request.key) == request.number:
                del self._newest[request.key]
            if not self._pending:
                self.idle.emit()

    def _is_dropped(self, request: Request) -> bool:
        return request.cancel_token.is_cancelled

    def _tell(self, request: Request, callback: Callback, *values: Any) -> None:
        if callback is None or self._is_dropped(request):
            return
        owner = getattr(callback, "__self__", None)
        if isinstance(owner, QObject) and not isValid(owner):
            return  # the view has gone while the job ran
        callback(*values)
