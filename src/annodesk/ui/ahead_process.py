"""The process that reads the recording likely seen first. It ends with the pipe it is asked through, at the latest."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from annodesk.errors import AnnodeskError
from annodesk.media import peaks
from annodesk.media.files import find_media, home_of
from annodesk.progress import Cancelled, CancelToken
from annodesk.store.glance import first_recording


def main() -> None:
    """Make the peaks of what is asked for; whatever is wrong with it is said by whoever shows it."""
    path, project, person, last_tasks = json.loads(sys.stdin.buffer.readline())
    cancel = CancelToken()
    threading.Thread(target=_cancel_at_end, args=(cancel,), daemon=True).start()
    with contextlib.suppress(AnnodeskError, Cancelled, OSError):
        read_first(Path(path), project, person, last_tasks, cancel)


def read_first(
    path: Path, project: str | None, person: str | None, last_tasks: Mapping[str, str], cancel: CancelToken
) -> None:
    """Put the peaks of a project file's first recording into the cache; on one thread, for the window needs another."""
    glance = first_recording(path, project, person, last_tasks)
    if glance is not None:
        peaks.build(find_media(glance.asset, home_of(path, glance.team_project)), cancel=cancel, threads=1)


def _cancel_at_end(cancel: CancelToken) -> None:
    # Not by Python's own file: it must not be held by this thread when the process ends.
    while os.read(sys.stdin.fileno(), 1):
        pass
    cancel.cancel()


if __name__ == "__main__":
    main()
