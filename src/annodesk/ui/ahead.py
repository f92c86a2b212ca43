"""Has the recording that is likely seen first read while the window is still being made, by a process of its own.

The window's imports hold Python's lock nearly all of that time: a thread beside them would wait for most of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

MODULE = "annodesk.ui.ahead_process"
_PATIENCE_S = 5.0

_ending = threading.Lock()
_running: subprocess.Popen[bytes] | None = None


def begin(path: Path, project: str | None, person: str | None, last_tasks: Mapping[str, str]) -> None:
    """Read it until it is read, or ``end`` is called; not where the window has only one processor to itself.

    Parameters
    ----------
    path : the project file
    project, person : name or id, where that is known
    last_tasks : what people had open last, by id
    """
    global _running
    end()
    if (os.cpu_count() or 1) < 2:
        return
    asked = json.dumps([str(path), project, person, dict(last_tasks)]).encode() + b"\n"
    with contextlib.suppress(OSError):
        _running = subprocess.Popen(
            [sys.executable, "-P", "-m", MODULE],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=int(getattr(subprocess, "CREATE_NO_WINDOW", 0)),
        )
        threading.Thread(target=_serve, args=(_running, asked), name="annodesk-ahead", daemon=True).start()


def end() -> None:
    """Let what is read ahead stop where it is, and wait until it has; not for the window's thread.

    What it has read is kept, and whoever reads the same recording goes on from there.
    """
    global _running
    with _ending:
        process, _running = _running, None
        if process is not None:
            _close(process)
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:  # a disk that does not answer
                process.kill()


def _serve(process: subprocess.Popen[bytes], asked: bytes) -> None:
    """Say what is asked, which may be more than the pipe holds, and leave nothing behind once it has ended."""
    assert process.stdin is not None
    with contextlib.suppress(OSError, ValueError):
        process.stdin.write(asked)
    process.wait()
    _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
