"""A process of its own that edits a set at random and acknowledges each stored Edit; it is there to be killed.

    python -m tests.store.editor FILE TASK PERSON SEED

Each line it prints is the id of an Edit that is on the disk.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable

from annodesk.errors import EditError, ValidationError
from annodesk.model import edits
from annodesk.model.annotations import AnnotationSet, Segment, Span
from annodesk.model.edits import Draft
from annodesk.model.ids import new_id
from annodesk.services import Services
from annodesk.services.tasks import TaskWork

LABELS = ("speech", "music", "advert")
STEP_US = 100_000


def gesture(work: TaskWork, rng: random.Random) -> Draft:
    """One random thing a person does."""
    annotations = work.session.annotations
    ours = annotations.segments("content")
    free = _free(annotations, work.task.end_us, rng)
    ways: list[Callable[[], Draft]] = [lambda: _answer(annotations, rng), lambda: _span(work, rng)]
    if free is not None:
        ways += [lambda: edits.add(Segment(new_id(), "content", *free, (rng.choice(LABELS),)))] * 3
    if ours:
        one = rng.choice(ours)
        middle = (one.start_us + one.end_us) // 2
        ways += [
            lambda: edits.set_labels(annotations, [one.id], (rng.choice(LABELS),)),
            lambda: edits.move_edge(annotations, one.id, "end", max(one.start_us + 1, middle)),
            lambda: edits.split(annotations, one.id, middle),
            lambda: edits.delete(annotations, [one.id]),
            lambda: edits.merge(annotations, [s.id for s in ours[:2]]),
        ]
    return rng.choice(ways)()


def _free(annotations: AnnotationSet, end_us: int, rng: random.Random) -> tuple[int, int] | None:
    start = rng.randrange(0, end_us // STEP_US) * STEP_US
    return None if annotations.segments_in("content", start, start + STEP_US) else (start, start + STEP_US)


def _answer(annotations: AnnotationSet, rng: random.Random) -> Draft:
    return edits.set_answer(annotations, "policy", rng.choice([("none",), ("violence",), ("medical",), None]))


def _span(work: TaskWork, rng: random.Random) -> Draft:
    asset = work.text.asset_id if work.text is not None else "text"
    at = rng.randrange(0, 20)
    return edits.set_span(work.session.annotations, Span(new_id(), asset, "entity", at, at + 3, ("artist",)))


def main(path: str, task: str, person: str, seed: str) -> None:
    """Edit until killed."""
    rng = random.Random(seed)
    services = Services.open(path)
    project_id = services.projects.find().id
    work = services.tasks.open(project_id, person, task)
    while True:
        kind = rng.random()
        if kind < 0.15:
            edit = work.session.undo().edit
        elif kind < 0.25:
            edit = work.session.redo().edit
        else:
            try:
                edit = work.session.stage(gesture(work, rng))
            except (EditError, ValidationError):
                continue
        if edit is not None:
            stored = services.annotate.record(edit)
            os.write(1, f"{stored.edit_id}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
