"""Batches in which what the model is unsure of comes first: drawn a little at a time, as what was drawn is taken up.

Each draw goes by what the model says then, so that what it learns counts from the next one on; what was drawn stays
drawn. An order by uncertainty alone would leave labels from which nothing can be estimated (see ``workflow.drawing``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest

import numpy as np

from annodesk.model.annotations import AnnotationSet, AuthorKind
from annodesk.model.schema import LabelSchema
from annodesk.model.work import Batch, Role, Stage
from annodesk.progress import CancelToken
from annodesk.quality.model_check import least_sure
from annodesk.services.places import Place
from annodesk.store import answered, batches, projects, sampled
from annodesk.store.engine import Connection
from annodesk.workflow.drawing import Candidate, draw_further, uncertainty
from annodesk.workflow.routing import gives_out
from annodesk.workflow.sampling import draw

HOW = "unsure first"
LEAST, FOR_EACH = 20, 2
"""More is drawn once fewer drawn ones are left that nobody has begun, in all or for each annotator; as many at once."""
PART = 20
"""A draw takes one in so many of those that are left, where that is more."""
MOST = 20_000
"""Of a larger batch so many by lot are drawn from, then others."""
_LOOKED_UP_AT_ONCE = 500


@dataclass(slots=True)
class Worths:
    """What was found of the model's answers: of each task its newest set, and how unsure the model is."""

    known: dict[str, tuple[str, float | None]] = field(default_factory=dict)


def unsure_of(schema: LabelSchema, model: AnnotationSet) -> float | None:
    """How unsure a model is of what it said, 0 to 1; None where it said nothing with a probability."""
    return uncertainty([{f"{part}: {label}": p} for part, label, p in least_sure(schema, model)])


class UnsureFirst:
    """Draws for the batches that ask for it, in the local file or in a shared database."""

    def __init__(self, place: Place, worths: Worths | None = None) -> None:
        self._place, self._worths = place, worths or Worths()

    def round(self, project_id: str, *, cancel: CancelToken | None = None, most: int | None = None) -> bool:
        """Draw where what was drawn is nearly taken up; returns whether more is to be read before it can be.

        Parameters
        ----------
        most : so many of the model's answers are read at once; a draw waits until all are known
        """
        with self._place.read() as db:
            found = [one for one in projects.list_batches(db, project_id) if _asks(one)]
            people = sum(Role.ANNOTATOR in roles for _, roles in projects.members(db, project_id)) if found else 0
            least = max(LEAST, FOR_EACH * people)
            wanting = [one for one in found if sampled.left_of(db, project_id, one.id, least) < least]
        is_behind = False
        for batch in wanting:
            is_behind |= not self._draw(project_id, batch, least, cancel, most)
        return is_behind

    def _draw(self, project_id: str, batch: Batch, least: int, cancel: CancelToken | None, most: int | None) -> bool:
        """Draw for one batch; False where more is to be read before."""
        lots, share = self._place.lots(project_id), batch.unsure_first
        assert share is not None
        with self._place.read() as db:
            schema = projects.get_version(db, project_id).project.schema
            before = sampled.of_batch(db, project_id, batch.id)
            pool = self._pool(db, project_id, batch.id, before, lots)
            if not pool:
                return True
            members = [*pool, *(item_id for item_id, (_, is_drawn) in before.items() if is_drawn)]
            is_whole, worth = self._read(db, schema, project_id, members, cancel, most)
        if not any(item_id in worth for item_id in pool):
            return is_whole
        candidates = [Candidate(item_id, worth.get(item_id)) for item_id in members]
        rng = np.random.default_rng(int(draw(lots, HOW, batch.id, len(members) - len(pool)) * 2**53))
        done = draw_further(candidates, before, max(least, len(pool) // PART), share, rng=rng)
        with self._place.write() as db:
            sampled.record(db, done.probabilities, done.chosen, HOW, self._place.now_us(), before=before)
            self._place.put_first(db, done.chosen)
        return True

    def _pool(
        self,
        db: Connection,
        project_id: str,
        batch_id: str,
        before: Mapping[str, tuple[float, bool]],
        lots: str,
    ) -> list[str]:
        """What may be drawn: what nobody has begun, of a large batch some by lot."""
        left = [one for one in batches.open_items(db, project_id, batch_id) if not before.get(one, (0.0, False))[1]]
        known = [one for one in left if one in before]
        fresh = [one for one in left if one not in before]
        pool = known + nsmallest(max(0, MOST - len(known)), fresh, key=lambda one: draw(lots, HOW, one))
        free: set[str] = set()
        for first in range(0, len(pool), _LOOKED_UP_AT_ONCE):
            free |= answered.unbegun(db, project_id, pool[first : first + _LOOKED_UP_AT_ONCE])
        return sorted(free)

    def _read(
        self,
        db: Connection,
        schema: LabelSchema,
        project_id: str,
        item_ids: Sequence[str],
        cancel: CancelToken | None,
        most: int | None,
    ) -> tuple[bool, dict[str, float]]:
        """Whether all of the model's answers are known, and how unsure it is of each item: of its worst task."""
        found: dict[str, float] = {}
        read = 0
        for first in range(0, len(item_ids), _LOOKED_UP_AT_ONCE):
            page = answered.newest_of(db, project_id, item_ids[first : first + _LOOKED_UP_AT_ONCE])
            for item_id, task_id, set_id in page:
                if cancel is not None:
                    cancel.check()
                known = self._worths.known.get(task_id)
                if known is None or known[0] != set_id:
                    if most is not None and read >= most:
                        return False, {}
                    read += 1
                    sets = self._place.sets.sets_of_task(db, task_id, AuthorKind.MODEL)
                    model = next((one for one in sets if one.id == set_id), None)
                    known = set_id, None if model is None else unsure_of(schema, model)
                    self._worths.known[task_id] = known
                if known[1] is not None:
                    found[item_id] = max(known[1], found.get(item_id, 0.0))
        return True, found


def _asks(batch: Batch) -> bool:
    """Whether something is to be drawn for a batch: a pilot goes to everybody, whatever comes first in it."""
    return batch.unsure_first is not None and not batch.is_pilot and gives_out(batch, Stage.ANNOTATE)
