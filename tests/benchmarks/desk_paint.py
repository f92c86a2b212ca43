"""The data of the desk: a project of a million sets, and fifty projects; beside it, counting the items at that moment.

``ANNODESK_TASKS`` names another number of sets.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from annodesk.model.work import Role
from annodesk.services import Services
from annodesk.services.over_time import Measure
from annodesk.store import figures, items, rollup_here, tables
from annodesk.store.local_tables import counted, figure, recount
from tests.benchmarks._figures import quantile, tell
from tests.services.made import make_house, write_project

SETS, PROJECTS, ROUNDS = int(os.environ.get("ANNODESK_TASKS", "1000000")), 50, 20
DAYS = 365
_AT_ONCE = 20_000
_STATES = ("settled", "settled", "settled", "escalated", "open")


def main() -> None:
    """Fill a file, then open its desk again and again."""
    with tempfile.TemporaryDirectory() as folder:
        house = make_house(Path(folder), items=1)
        try:
            _measure(house.services, house.project_id, house.people["Cleo"].id, Path(folder))
        finally:
            house.services.close()


def _measure(services: Services, project_id: str, person_id: str, folder: Path) -> None:
    began = time.perf_counter()
    fill(services, project_id)
    filled_s = time.perf_counter() - began

    def paint() -> None:
        services.desk_figures.glance(person_id)
        services.desk_figures.series(project_id, person_id, Measure.AGREEMENT)
        services.desk_figures.series(project_id, person_id, Measure.HANDED_IN)

    def by_counting() -> None:
        with services.file.read() as db:
            items.item_states(db, project_id)
            figures.current_scores(db, project_id, scope="item")

    ours, (plain,) = _times_ms(paint, ROUNDS), _times_ms(by_counting, 1)
    more = {"sets": SETS, "filled_s": round(filled_s)}
    tell("first paint of the desk", quantile(ours, 0.95), "ms p95", plain, limit_ms=300, **more)
    one = _first_item(services, project_id)

    def submission_shows() -> None:
        with services.file.write() as db:
            db.execute(insert(recount).values(item_id=one))
        services.desk_figures.completion(project_id)

    shown = _times_ms(submission_shows, ROUNDS)
    tell("a new submission on an open desk", quantile(shown, 0.95), "ms p95", plain, limit_ms=2_000)
    _fifty(services, project_id, person_id, folder, plain)


def _fifty(services: Services, project_id: str, person_id: str, folder: Path, plain_ms: float) -> None:
    with services.file.read() as db:
        rows = [dict(r._mapping) for r in db.execute(select(figure).where(figure.c.project_id == project_id))]
    for number in range(PROJECTS - 1):
        place = folder / f"project-{number}"
        place.mkdir()
        made = services.projects.init(write_project(place, name=f"project-{number}"))
        with services.file.write() as db:
            db.execute(
                insert(tables.membership).values(project_id=made.id, person_id=person_id, role=Role.ANALYST.value)
            )
            db.execute(insert(figure), [row | {"project_id": made.id} for row in rows])

    def refresh() -> None:
        assert len(services.desk_figures.glance(person_id).projects) == PROJECTS

    tell("fifty projects on one desk", quantile(_times_ms(refresh, 5), 0.95), "ms p95", 50 * plain_ms, limit_ms=1_000)


def _times_ms(work: Callable[[], Any], rounds: int) -> list[float]:
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        found.append(1000 * (time.perf_counter() - began))
    return found


def _first_item(services: Services, project_id: str) -> str:
    with services.file.read() as db:
        return str(db.execute(select(tables.item.c.id).where(tables.item.c.project_id == project_id).limit(1)).scalar())


def fill(services: Services, project_id: str) -> None:
    """Half as many items as there are sets, as two people would have left them within a year.

    They are rolled up as they come.
    """
    with services.file.read() as db:
        batch = db.execute(select(tables.batch.c.id)).scalar()
    whole = SETS // 2
    for first in range(0, whole, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, whole))
        rows = [(f"b{n:07}", _STATES[n % len(_STATES)], (20_000 + n % DAYS) * 86_400_000_000) for n in numbers]
        with services.file.write() as db:
            db.execute(
                insert(tables.item),
                [
                    {"id": i, "project_id": project_id, "batch_id": batch, "key": i, "duration_us": 60_000_000,
                     "metadata": {"language": "pt"}, "made_at_us": at}
                    for i, _, at in rows
                ],
            )  # fmt: skip
            db.execute(
                insert(tables.item_state),
                [{"item_id": i, "state": state, "changed_at_us": at} for i, state, at in rows],
            )
            db.execute(
                insert(tables.score),
                [
                    {"id": f"{i}-{scope}-{label}", "item_id": i, "scope": scope, "part": part, "label": label,
                     "metric": "m", "value": (n % 11) / 10, "n": 1, "project_version": 1, "code_version": "1",
                     "is_current": True, "made_at_us": at}
                    for n, (i, state, at) in enumerate(rows)
                    if state != "open"
                    for scope, part, label in (
                        ("item", "content", None), ("part", "content", None), ("label", "content", "music"),
                        ("label", "content", "speech"),
                    )
                ],
            )  # fmt: skip
            db.execute(insert(recount), [{"item_id": i} for i, _, _ in rows])
            is_more = True
            while is_more:
                is_more = rollup_here.roll_up(db, 5_000, 1)
    with services.file.read() as db:
        assert db.execute(select(counted.c.item_id).limit(1)).first() is not None


if __name__ == "__main__":
    main()
