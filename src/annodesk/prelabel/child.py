"""The engine's process seen from annodesk: starting, sending, hearing, and noticing its end."""

from __future__ import annotations

import collections
import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from typing import IO

from annodesk.prelabel.frames import FrameError, Message, read_frame, write_frame

KEPT_LOG_LINES = 40
ENGINE = "annodesk.prelabel.engine_process"


class ChildDied(Exception):
    """The engine process ended or fell silent; says how."""


class Child:
    """The process of a module with its three pipes, each served by a thread, so that none can block the caller."""

    def __init__(self, module: str = ENGINE) -> None:
        # Waiting threads must sleep, not spin: the person's window needs the core (measured: 40 % slower otherwise).
        environment = {**os.environ, "OMP_WAIT_POLICY": "passive", "PYTHONUTF8": "1"}
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            creationflags=_windows_flags(),
        )
        self._outbox: queue.Queue[Message | None] = queue.Queue()
        self._inbox: queue.Queue[Message | None] = queue.Queue()
        self._said: collections.deque[str] = collections.deque(maxlen=KEPT_LOG_LINES)
        self._n_jobs = 0
        self._ending = threading.Lock()
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._pipes = [pipe for pipe in pipes if pipe is not None]
        self._threads = [
            threading.Thread(
                target=_write_all, args=(self._pipes[0], self._outbox), name="annodesk-engine", daemon=True
            ),
            threading.Thread(target=_read_all, args=(self._pipes[1], self._inbox), name="annodesk-engine", daemon=True),
            threading.Thread(
                target=_keep_lines, args=(self._pipes[2], self._said), name="annodesk-engine", daemon=True
            ),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def process_id(self) -> int:
        return self._process.pid

    def send_job(self, job: Message) -> int:
        """Send a job under a number of its own."""
        self._n_jobs += 1
        self.send({**job, "job": self._n_jobs})
        return self._n_jobs

    def send(self, message: Message) -> None:
        self._outbox.put(message)

    def receive(self, timeout_s: float) -> Message | None:
        """The next message, or None after the time; ChildDied where the process has ended."""
        try:
            message = self._inbox.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if message is None:
            self._inbox.put(None)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1.0)
            raise ChildDied(_way_to_end(self._process.returncode))
        return message

    def end(self) -> list[str]:
        """Kill the process (it has nothing to save), close everything, and give its last words."""
        with self._ending:
            self._process.kill()
            self._process.wait()
            self._outbox.put(None)
            for thread in self._threads:
                thread.join()
            for pipe in self._pipes:
                with contextlib.suppress(OSError):
                    pipe.close()
            return list(self._said)


def _write_all(pipe: IO[bytes], outbox: queue.Queue[Message | None]) -> None:
    with contextlib.suppress(OSError, FrameError):
        while (message := outbox.get()) is not None:
            write_frame(pipe, message)


def _read_all(pipe: IO[bytes], inbox: queue.Queue[Message | None]) -> None:
    with contextlib.suppress(OSError, FrameError):
        while (message := read_frame(pipe)) is not None:
            inbox.put(message)
    inbox.put(None)


def _keep_lines(pipe: IO[bytes], said: collections.deque[str]) -> None:
    with contextlib.suppress(OSError):
        for line in pipe:
            said.append(line.decode("utf-8", errors="replace").rstrip())


def _way_to_end(returncode: int | None) -> str:
    if returncode is None:
        return "closed its pipe"
    if returncode < 0:
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended with code {returncode}"


def _windows_flags() -> int:
    flags = 0
    for name in ("CREATE_NO_WINDOW", "CREATE_NEW_PROCESS_GROUP", "BELOW_NORMAL_PRIORITY_CLASS"):
        flags |= int(getattr(subprocess, name, 0))
    return flags
