"""Committing one Edit to a set of 20,000 segments: rows and journal, on the disk; the limit is 20 ms at p99."""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.edits import Draft, add, delete, move_edge, set_labels, split
from annodesk.model.ids import new_id
from tests.benchmarks._figures import quantile, tell
from tests.services.made import House, make_house

SEGMENTS, EDITS = 20_000, 400
STEP_US = 100_000
LIMIT_MS = 20.0
LABELS = ("speech", "music", "advert")


def open_house(folder: Path) -> House:
    """A project whose only set holds that many segments, stored by Edits of a thousand."""
    house = make_house(folder, seconds=SEGMENTS * STEP_US // 1_000_000, task_seconds=10_000, overlap=1)
    work = house.open("Ada")
    for first in range(0, SEGMENTS, 1000):
        house.do(work, add(*(_segment(n) for n in range(first, first + 1000))))
    return house


def _segment(number: int) -> Segment:
    start = number * STEP_US
    return Segment(new_id(), "content", start, start + STEP_US // 2, (LABELS[number % 3],))


def gesture(annotations: AnnotationSet, rng: random.Random) -> Draft:
    """A random gesture on a random segment."""
    places = annotations.places("content")
    start, end, element_id = places[rng.randrange(len(places))]
    return rng.choice(
        [
            lambda: move_edge(annotations, element_id, "end", end - rng.randrange(1, max(2, (end - start) // 4))),
            lambda: set_labels(annotations, [element_id], [rng.choice(LABELS)]),
            lambda: split(annotations, element_id, (start + end) // 2),
            lambda: delete(annotations, [element_id]),
        ]
    )()


def milliseconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def plain_commits(path: Path) -> list[float]:
    """One row a commit into an empty table by sqlite3 alone, as durable as ours."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE one (id INTEGER PRIMARY KEY, body TEXT)")

    def commit() -> None:
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO one (body) VALUES (?)", ("x" * 300,))
        db.execute("COMMIT")

    found = [milliseconds(commit) for _ in range(EDITS)]
    db.close()
    return found


def main() -> None:
    """Commit random gestures one after the other, the baseline before and after them."""
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = plain_commits(folder / "before.db")
        house = open_house(folder)
        work, ours, staging = house.open("Ada"), [], []
        while len(ours) < EDITS:
            draft = gesture(work.session.annotations, rng)
            if not draft:
                continue
            began = time.perf_counter()
            edit = work.session.stage(draft)
            staging.append((time.perf_counter() - began) * 1000)
            assert edit is not None
            ours.append(milliseconds(lambda edit=edit: house.services.annotate.record(edit)))
        house.services.close()
        plain += plain_commits(folder / "after.db")
    value = quantile(ours, 0.99)
    tell(
        "commit.edit_p99",
        value,
        "ms",
        quantile(plain, 0.99),
        baseline_is="sqlite3 alone committing one row, synchronous=FULL",
        limit=LIMIT_MS,
        ok=value <= LIMIT_MS,
        median=round(quantile(ours, 0.5), 3),
        staging_p99=round(quantile(staging, 0.99), 3),
        segments=SEGMENTS,
        edits=EDITS,
    )
