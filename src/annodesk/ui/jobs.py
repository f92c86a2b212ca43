"""Work off the UI thread: a store lane (one thread, in order) and a compute lane (a pool that can be stopped).

A job is a function of plain values and never sees a widget. Every answer comes home through one queued signal, so a
callback always runs on the UI thread; the answer of a request that has been replaced is dropped.
"""

from __future__ import annotations

import inspect
import itertools
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from annodesk.errors import Cancelled
from annodesk.progress import CancelToken

log = logging.getLogger(__name__)

PROGRESS_EVERY_S = 0.04
STEPS_BACK = 10
"""How much nicer than the window's thread those are that compute: they share its processors, and it paints."""
Callback = Callable[..., Any] | None


class Request:
    """One job on its way; ``cancel`` asks it to stop and drops its answer."""

    __slots__ = ("cancel_token", "is_done", "key", "number", "on_done", "on_error", "on_progress", "what")

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
        self.is_done = False

    def cancel(self) -> None:
        """Ask the work to stop; its answer is dropped even where it was finished already."""
        self.cancel_token.cancel()

    def forget(self) -> None:
        """Let go of who asked: the thread that did the work may be the last to hold the request, and not a widget."""
        self.on_done = self.on_error = self.on_progress = None


class Jobs(QObject):
    """The two lanes.

    ``failed(error, what)`` is emitted where a job without an ``on_error`` raised; ``idle()`` when nothing is pending.
    """

    failed = Signal(object, str)
    idle = Signal()
    _came_home = Signal(object)

    def __init__(self, parent: QObject | None = None, *, workers: int = 2, inline: bool = False) -> None:
        super().__init__(parent)
        self._inline, self._workers = inline, workers
        self._numbers = itertools.count(1)
        self._pending: dict[int, Request] = {}
        self._newest: dict[Hashable, int] = {}
        self._store_queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._store_thread: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None
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
        """Run ``fn(*args)`` in the pool.

        A function that has a parameter ``progress`` or ``cancel`` is given them. A newer request with the same key
        cancels the older one and drops its answer. Once the lanes are closed nothing is run: nobody looks any more.
        """
        if self._is_closed:
            request = Request(0, key, None, None, None, what)
            request.cancel()
            return request
        request = self._new_request(key, on_done, on_error, on_progress, what)
        if key is not None:
            older = self._pending.get(self._newest.get(key, 0))
            if older is not None:
                older.cancel()
            self._newest[key] = request.number
        extras = self._extras(fn, request)
        if self._inline:
            self._work(request, fn, args, extras)
            return request
        if self._pool is None:
            self._pool = ThreadPoolExecutor(
                self._workers, thread_name_prefix="annodesk-compute", initializer=_step_back
            )
        self._pool.submit(self._work, request, fn, args, extras)
        return request

    def close(self) -> None:
        """Stop the compute lane, finish the store lane, and leave no thread; answers not yet home are dropped."""
        if self._is_closed:
            return
        self._is_closed = True
        for request in list(self._pending.values()):
            request.cancel_token.cancel()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
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
            extras["cancel"] = request.cancel_token
        if "progress" in names:
            extras["progress"] = self._progress_of(request)
        return extras

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
        try:
            if request.key is not None:
                request.cancel_token.check()
            result = fn(*args, **extras)
        except BaseException as error:  # noqa: BLE001 - whatever a job raises is its answer
            self._send_home(lambda error=error: self._finish(request, None, error))
        else:
            self._send_home(lambda: self._finish(request, result, None))

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


def _step_back() -> None:
    """Let the window's thread go first where there is more to do than processors; only Linux lets a thread do so."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + STEPS_BACK)
