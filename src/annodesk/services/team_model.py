"""Pre-labels for a team: the worker's model on tasks of the shared database, with media that this computer reaches."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from annodesk.media.files import find_media
from annodesk.services.base import rng_of, wall_clock_us
from annodesk.services.canary import Canary, CanaryRun
from annodesk.services.own_work import Learnt
from annodesk.services.prelabel import PrelabelResult, Prelabels, Rows
from annodesk.store import projects, snapshots, todo

if TYPE_CHECKING:
    from annodesk.model.items import Asset

TASKS_AT_ONCE, LOOKED_AT_ONCE = 20, 100
LOOK_AGAIN_S = 60.0
"""Tasks come seldom; so long after all have been looked at, they are looked at again."""


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

    def __init__(self, media: Path, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._media, self._clock_s = media.resolve(), clock_s
        self._tried: set[str] = set()
        self._learnt = Learnt()
        self.tried_last: list[str] = []
        self._places: dict[str, str] = {}
        self._rests_until_s: dict[str, float] = {}
        self._canary_places: dict[str, str] = {}
        self._canary_rests_until_s: dict[str, float] = {}

    def label_some(self, rows: Rows, project_id: str) -> PrelabelResult | None:
        """Label the next tasks that the model has not answered; None where there are none to try."""
        fresh = self._next(rows, project_id)
        if not fresh:
            return None
        self.tried_last = fresh
        done = Prelabels(TeamDesk(rows, self._media), snapshots, self._learnt).run(project_id, among=fresh)
        # Where the model itself fails they have not been tried.
        self._tried |= set(fresh)
        return done

    def rest(self, project_id: str) -> None:
        """Label nothing of a project for a while; what was not labelled is tried again some time after that."""
        self._rests_until_s[project_id] = self._clock_s() + LOOK_AGAIN_S

    def canary_some(self, rows: Rows, project_id: str) -> CanaryRun | None:
        """Let the project's canary answer some tasks more; None after all have been looked at, for a while."""
        if self._clock_s() < self._canary_rests_until_s.get(project_id, 0.0):
            return None
        with rows.read() as db:
            has_one = projects.get_version(db, project_id).project.prelabel.canary is not None
            found, place = todo.tasks_after(db, self._canary_places.get(project_id, ""), LOOKED_AT_ONCE)
        self._canary_places[project_id] = place
        if not (has_one and place):
            self._canary_rests_until_s[project_id] = self._clock_s() + LOOK_AGAIN_S
        return self.canary(rows).run(project_id, among=found) if has_one else None

    def canary(self, rows: Rows) -> Canary:
        """The canary of whatever project the rows are of."""
        desk = TeamDesk(rows, self._media)
        return Canary(desk, Prelabels(desk, snapshots, self._learnt), snapshots)

    def _next(self, rows: Rows, project_id: str) -> list[str]:
        """Tasks to try, from where the last ones ended; after all were looked at, none for a while."""
        fresh: list[str] = []
        if self._clock_s() < self._rests_until_s.get(project_id, 0.0):
            return fresh
        while not fresh:
            with rows.read() as db:
                found, place = todo.unlabelled(db, self._places.get(project_id, ""), LOOKED_AT_ONCE)
            fresh = [task_id for task_id in found if task_id not in self._tried]
            if len(fresh) > TASKS_AT_ONCE:
                fresh = fresh[:TASKS_AT_ONCE]
                place = fresh[-1]
            self._places[project_id] = place
            if not place:
                self._rests_until_s[project_id] = self._clock_s() + LOOK_AGAIN_S
                break
        return fresh
