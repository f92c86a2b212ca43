"""Pre-labels in a process of their own: it reads the project's file, asks the model, and sends each set home.

Measuring sound keeps Python's lock for long, and the window's thread would wait for it. Nothing is written here: the
file has one writer, which is whoever started this process. It ends by itself when that one does.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from annodesk.errors import AnnodeskError, ModelError
from annodesk.model.annotations import AnnotationSet, AuthorKind, element_to_json
from annodesk.prelabel.engine_process import own_pipes
from annodesk.prelabel.frames import FrameError, Message, read_frame, write_frame
from annodesk.progress import step_back
from annodesk.services import Services
from annodesk.services.canary import Canary, CanaryRun
from annodesk.services.prelabel import Prelabels
from annodesk.store import journal

if TYPE_CHECKING:
    from annodesk.model.items import Asset
    from annodesk.services.model_desk import ModelDesk
    from annodesk.store.engine import Connection

STEPS_BACK = 10


def main() -> None:
    """Do what is asked for once, and end."""
    incoming, outgoing = own_pipes()
    faulthandler.enable(sys.stderr)
    step_back(STEPS_BACK)
    order = read_frame(incoming)
    if order is None:
        return
    threading.Thread(target=_end_with, args=(incoming,), daemon=True).start()
    post = _Post(outgoing)
    post.send(_done(order, post))


def _end_with(incoming: BinaryIO) -> None:
    """End at once where whoever started this has gone."""
    with contextlib.suppress(FrameError, OSError):
        while read_frame(incoming) is not None:
            pass
    os._exit(0)


def _done(order: Message, post: _Post) -> Message:
    try:
        with Services.open(Path(order["path"]), read_only=True) as services:
            desk, sets = _ReadingDesk(services.prelabel.desk), _PostedSets(post)
            prelabels = Prelabels(desk, sets)
            found = prelabels.run(
                order["project"], anew=bool(order["anew"]), limit=order["limit"], progress=post.progress
            )
            canary = Canary(desk, prelabels, sets)
            try:
                beside = canary.run(order["project"], limit=order["limit"], progress=post.progress)
            except ModelError as error:
                beside = CanaryRun(problems=(f"the canary: {error}",))
    except AnnodeskError as error:
        return {"failed": error.sentence, "hint": error.hint}
    return {
        "done": True,
        "items": found.items,
        "labelled": found.labelled,
        "left": found.left,
        "seconds": found.seconds,
        "model_sha256": found.model_sha256,
        "problems": [*found.problems, *beside.problems],
        "notes": list(found.notes),
        "item_ids": sorted(found.changes.items),
    }


class _Post:
    """What is sent home; where nobody takes it any more the process ends."""

    def __init__(self, outgoing: BinaryIO) -> None:
        self._outgoing = outgoing

    def send(self, message: Message) -> None:
        try:
            write_frame(self._outgoing, message)
        except OSError:
            os._exit(0)

    def progress(self, share: float, words: str) -> None:
        self.send({"share": share, "words": words})


class _ReadingRows:
    """The project's file where nothing is written: what would be, is sent home."""

    def __init__(self, desk: ModelDesk) -> None:
        self._rows = desk.file

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._rows.read() as db:
            yield db

    write = read


class _ReadingDesk:
    """The same desk without a way to write."""

    def __init__(self, desk: ModelDesk) -> None:
        self._desk, self.file = desk, _ReadingRows(desk)

    @property
    def home(self) -> Path:
        return self._desk.home

    @property
    def clock(self) -> Callable[[], int]:
        return self._desk.clock

    def rng(self, *names: str) -> random.Random:
        return self._desk.rng(*names)

    def resolve(self, asset: Asset) -> Path:
        return self._desk.resolve(asset)


class _PostedSets:
    """Sets of the local file; a new one is sent home."""

    def __init__(self, post: _Post) -> None:
        self._post = post

    def set_at(self, db: Connection, set_id: str, head: str | None) -> AnnotationSet:
        return journal.set_at(db, set_id, head)

    def sets_of_task(self, db: Connection, task_id: str, *kinds: AuthorKind) -> list[AnnotationSet]:
        return journal.sets_of_task(db, task_id, *kinds)

    def add_set(self, db: Connection, annotations: AnnotationSet, now_us: int) -> None:
        self._post.send(
            {
                "set": annotations.id,
                "kind": annotations.author.kind.value,
                "author": annotations.author.id,
                "task": annotations.task_id,
                "round": annotations.round,
                "version": annotations.project_version,
                "elements": [element_to_json(one) for one in annotations],
            }
        )


if __name__ == "__main__":
    main()
