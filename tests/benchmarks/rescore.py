"""Rescoring one item after a submission: 200 segments by each of three people, in processor time; the limit is 10 ms.

What is measured is all of it: the three sets are read from the file, compared pair by pair on every tier and question,
and the scores are written, in one transaction. The sets alone, in memory, are told beside it.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np

from annodesk.model.annotations import Segment
from annodesk.model.edits import add, set_answer
from annodesk.quality.agreement import ItemScore, score_item
from annodesk.services.gathered import Case, Scored, score_case, score_rows
from annodesk.store import figures, journal, projects, tasks
from tests.benchmarks._figures import quantile, tell
from tests.services.made import House, make_house

PEOPLE, SEGMENTS, ROUNDS = ("Ada", "Ben", "Eve"), 200, 40
STEP_US = 3_000_000
LIMIT_MS = 10.0
LABELS = ("speech", "music", "advert")


def open_house(folder: Path) -> House:
    """A project whose only item three people have labelled and handed in, each a little differently."""
    seconds = SEGMENTS * STEP_US // 1_000_000
    house = make_house(folder, people=PEOPLE, seconds=seconds, task_seconds=seconds, overlap=len(PEOPLE))
    rng = random.Random(1)
    for name in PEOPLE:
        work = house.open(name)
        drawn = []
        for n in range(SEGMENTS):
            start = n * STEP_US + rng.randrange(0, 400_000)
            end = (n + 1) * STEP_US - rng.randrange(0, 400_000)
            label = LABELS[n % 3] if rng.random() < 0.9 else rng.choice(LABELS)
            drawn.append(Segment(f"{name}-{n}", "content", start, end, (label,)))
        house.do(work, add(*drawn))
        house.do(work, set_answer(work.session.annotations, "policy", ("none",)))
        house.do(work, set_answer(work.session.annotations, "quality", rng.randrange(1, 6)))
        house.services.tasks.submit(work.session.annotations)
    return house


def processor_ms(work: Callable[[], object]) -> list[float]:
    """Processor time of each of some calls, the first left out: it imports."""
    found = []
    for _ in range(ROUNDS + 1):
        began = time.process_time()
        work()
        found.append((time.process_time() - began) * 1000)
    return found[1:]


def plain(found: Scored) -> float:
    """The tier alone: each pair by a whole matrix of overlaps and scipy's assignment."""
    from scipy.optimize import linear_sum_assignment

    sides = []
    for one in found.tasks[0].sets:
        segments = one.annotations.segments("content")
        times = np.array([(s.start_us, s.end_us) for s in segments], float)
        sides.append((times, np.array([s.label for s in segments])))
    values = []
    for (a, said_a), (b, said_b) in combinations(sides, 2):
        both = np.minimum(a[:, None, 1], b[None, :, 1]) - np.maximum(a[:, None, 0], b[None, :, 0])
        both = np.clip(both, 0, None)
        either = (a[:, 1] - a[:, 0])[:, None] + (b[:, 1] - b[:, 0])[None, :] - both
        worth = np.where((both / either >= 0.5) & (said_a[:, None] == said_b[None, :]), both / either, 0.0)
        rows, columns = linear_sum_assignment(np.where(worth > 0, 1000 + worth, 0), maximize=True)
        values.append(2 * float((worth[rows, columns] > 0).sum()) / (len(a) + len(b)))
    return float(np.mean(values))


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        house = open_house(Path(name))
        file = house.services.file
        with file.read() as db:
            version = projects.get_version(db, house.project_id)
            task = tasks.get_task(db, house.tasks()[0])
            batch = projects.list_batches(db, house.project_id)[0]
            case = Case(task.item_id, batch, (task,))
            found = score_case(db, version, case, journal)

        def rescore() -> None:
            with file.read() as db:
                scored = score_case(db, version, case, journal)
            with file.write() as db:
                rows = score_rows(task.item_id, scored)
                figures.replace_scores(db, task.item_id, rows, version.version, house.clock())

        def in_memory() -> ItemScore:
            return score_item(version.project.schema, found.tasks)

        assert abs((in_memory().part("content") or 0) - plain(found)) < 1e-9, "both pair the same segments"
        ours, alone, theirs = processor_ms(rescore), processor_ms(in_memory), processor_ms(lambda: plain(found))
        house.services.close()
    for what, values in (("rescore.item", ours), ("rescore.sets_in_memory", alone)):
        value = quantile(values, 0.5)
        tell(
            what,
            value,
            "ms",
            quantile(theirs, 0.5),
            baseline_is="a matrix of overlaps and scipy's assignment for each pair, one tier, sets in memory",
            limit=LIMIT_MS,
            ok=value <= LIMIT_MS,
            best=round(min(values), 3),
            p90=round(quantile(values, 0.9), 3),
            segments=SEGMENTS,
            people=len(PEOPLE),
        )


if __name__ == "__main__":
    main()
