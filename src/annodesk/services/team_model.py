"""Pre-labels for a team: the worker's model on tasks of the shared database, with media that this computer reaches."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from annodesk.model.items import Asset
from annodesk.services.base import find_media, rng_of, wall_clock_us
from annodesk.services.prelabel import PrelabelResult, Prelabels, Rows
from annodesk.store import snapshots, todo

TASKS_AT_ONCE = 20


class TeamDesk:
    """What the model needs, on a worker's computer."""

    clock: Callable[[], int] = staticmethod(wall_clock_us)

    def __init__(self, rows: Rows, media: Path) -> None:
        self.file, self.home = rows, media

    def rng(self, *names: str) -> random.Random:
        """A generator that gives the same numbers for the same names, on every machine."""
        return rng_of(*names)

    def resolve(self, asset: Asset) -> Path:
        """Where an asset's bytes are on this computer; MediaError where they are not."""
        return find_media(asset, self.home)


class TeamModel:
    """Labels some tasks at a time; what cannot be read here is left to others and not tried again."""

    def __init__(self, media: Path) -> None:
        self._media = media.resolve()
        self._tried: set[str] = set()

    def label_some(self, rows: Rows, project_id: str) -> PrelabelResult | None:
        """Label the next tasks that the model has not answered; None where there are none to try."""
        with rows.read() as db:
            found = todo.unlabelled(db, TASKS_AT_ONCE + len(self._tried))
        fresh = [task_id for task_id in found if task_id not in self._tried][:TASKS_AT_ONCE]
        if not fresh:
            return None
        self._tried |= set(fresh)
        return Prelabels(TeamDesk(rows, self._media), snapshots).run(project_id, among=fresh)
