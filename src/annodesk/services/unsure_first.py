"""Batches in which what the model is unsure of comes first: drawn a little at a time, as what was drawn is taken up.

Each draw goes by what the model says then, so that what it learns counts from the next one on; what was drawn stays
drawn. An order by uncertainty alone would leave labels from which nothing can be estimated (see ``workflow.drawing``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import nsmallest
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct, field

from annodesk.model.annotations import AnnotationSet, AuthorKind
from annodesk.model.work import Batch, Role, Stage
from annodesk.quality.model_check import least_sure
from annodesk.store import answered, batches, projects, sampled
from annodesk.workflow.drawing import Candidate, draw_further, uncertainty
from annodesk.workflow.routing import gives_out
from annodesk.workflow.sampling import draw

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema
    from annodesk.progress import CancelToken
    from annodesk.services.places import Place
    from annodesk.store.engine import Connection

HOW = "unsure first"
LEAST, FOR_EACH = 20, 2
"""More is drawn once fewer drawn ones are left that nobody has begun, in all or for each annotator; as many at once."""
PART = 20
"""A draw takes one in so many of those that are left, where that is more."""
MOST = 20_000
"""Of a larger batch so many by lot are drawn from, then others."""
REST_US = 60_000_000
"""Where nothing could be drawn, a batch is looked at again after so long."""
_LOOKED_UP_AT_ONCE = 100


class Memory(Struct):
    """What need not be looked at again.

    Parameters
    ----------
    worths : of each task the model's newest set, and how unsure the model is
    left : of each batch what was drawn and nobody had begun
    rests : until when a batch is not looked at
    """

    worths: dict[str, tuple[str, float | None]] = field(default_factory=dict)
    left: dict[str, set[str]] = field(default_factory=dict)
    rests: dict[str, int] = field(default_factory=dict)


class _Looked(Struct):
    """Of a batch what could have been drawn before, what may be drawn now, and what was drawn and nobody has begun."""

    before: dict[str, tuple[float, bool]] = field(default_factory=dict)
    free: list[str] = field(default_factory=list)
    left: set[str] = field(default_factory=set)


def unsure_of(schema: LabelSchema, model: AnnotationSet) -> float | None:
    """How unsure a model is of what it said, 0 to 1; None where it said nothing with a probability."""
    return uncertainty([{f"{part}: {label}": p} for part, label, p in least_sure(schema, model)])


class UnsureFirst:
    """Draws for the batches that ask for it, in the local file or in a shared database."""

    def __init__(self, place: Place, memory: Memory | None = None) -> None:
        self._place, self._memory = place, memory or Memory()

    def round(self, project_id: str, *, cancel: CancelToken | None = None, most: int | None = None) -> bool:
        """Draw where what was drawn is nearly taken up; returns whether more is to be read before it can be.

        Parameters
        ----------
        most : so many of the model's answers are read at once; a draw waits until all are known
        """
        with self._place.read() as db:
            now, known = self._place.now_us(), projects.list_batches(db, project_id)
            found = [one for one in known if _asks(one) and self._memory.rests.get(one.id, 0) <= now]
            people = sum(Role.ANNOTATOR in roles for _, roles in projects.members(db, project_id)) if found else 0
            least = max(LEAST, FOR_EACH * people)
            wanting = [one for one in found if self._is_wanting(db, project_id, one.id, least)]
        is_behind = False
        for batch in wanting:
            is_behind |= not self._draw(project_id, batch, least, cancel, most)
        return is_behind

    def _is_wanting(self, db: Connection, project_id: str, batch_id: str, least: int) -> bool:
        """Whether less than enough is left of what was drawn, as far as that is known."""
        left = self._memory.left.get(batch_id)
        if left is None:
            return True
        for page in _pages(sorted(left)):
            left -= set(page) - answered.unbegun(db, project_id, page)
        return len(left) < least

    def _draw(self, project_id: str, batch: Batch, least: int, cancel: CancelToken | None, most: int | None) -> bool:
        """Draw for one batch; False where more is to be read before."""
        lots, share = self._place.lots(project_id), batch.unsure_first
        assert share is not None
        with self._place.read() as db:
            schema = projects.get_version(db, project_id).project.schema
            looked = self._look(db, project_id, batch.id)
            self._memory.left[batch.id] = looked.left
            if len(looked.left) >= least:
                return True
            pool = _pool(looked, lots)
            members = [*pool, *(item_id for item_id, (_, is_drawn) in looked.before.items() if is_drawn)]
            is_whole, worth = self._read(db, schema, project_id, members if pool else [], cancel, most)
        if not any(item_id in worth for item_id in pool):
            if is_whole:
                self._memory.rests[batch.id] = self._place.now_us() + REST_US
            return is_whole
        candidates = [Candidate(item_id, worth.get(item_id)) for item_id in members]
        rng = np.random.default_rng(int(draw(lots, HOW, batch.id, len(members) - len(pool)) * 2**53))
        done = draw_further(candidates, looked.before, max(least, len(pool) // PART), share, rng=rng)
        with self._place.write() as db:
            sampled.record(db, done.probabilities, done.chosen, HOW, self._place.now_us(), before=looked.before)
            self._place.put_first(db, done.chosen)
        looked.left.update(done.chosen)
        return True

    def _look(self, db: Connection, project_id: str, batch_id: str) -> _Looked:
        """Look at all items of a batch, a page at a time."""
        found, page = _Looked(), batches.items_after(db, project_id, batch_id, "", _LOOKED_UP_AT_ONCE)
        while page:
            before = sampled.known(db, project_id, among=page)
            free = answered.unbegun(db, project_id, page)
            drawn = {item_id for item_id, (_, is_drawn) in before.items() if is_drawn}
            found.before |= before
            found.free += sorted(free - drawn)
            found.left |= free & drawn
            page = batches.items_after(db, project_id, batch_id, page[-1], _LOOKED_UP_AT_ONCE)
        return found

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
        for some in _pages(item_ids):
            for item_id, task_id, set_id in answered.newest_of(db, project_id, some):
                if cancel is not None:
                    cancel.check()
                known = self._memory.worths.get(task_id)
                if known is None or known[0] != set_id:
                    if most is not None and read >= most:
                        return False, {}
                    read += 1
                    sets = self._place.sets.sets_of_task(db, task_id, AuthorKind.MODEL)
                    model = next((one for one in sets if one.id == set_id), None)
                    known = set_id, None if model is None else unsure_of(schema, model)
                    self._memory.worths[task_id] = known
                if known[1] is not None:
                    found[item_id] = max(known[1], found.get(item_id, 0.0))
        return True, found


def _pages(item_ids: Sequence[str]) -> Iterator[list[str]]:
    for first in range(0, len(item_ids), _LOOKED_UP_AT_ONCE):
        yield list(item_ids[first : first + _LOOKED_UP_AT_ONCE])


def _pool(looked: _Looked, lots: str) -> list[str]:
    """What may be drawn: what nobody has begun, of a large batch some by lot."""
    known = [one for one in looked.free if one in looked.before]
    fresh = [one for one in looked.free if one not in looked.before]
    room = max(0, MOST - len(known))
    return known + (fresh if len(fresh) <= room else nsmallest(room, fresh, key=lambda one: draw(lots, HOW, one)))


def _asks(batch: Batch) -> bool:
    """Whether something is to be drawn for a batch: a pilot goes to everybody, whatever comes first in it."""
    return batch.unsure_first is not None and not batch.is_pilot and gives_out(batch, Stage.ANNOTATE)
