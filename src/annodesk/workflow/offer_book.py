"""Everybody's offers, kept up by what changes: after a change only those are looked at whom it may concern.

The order is that of ``routing.Openings``, which makes all of it anew. A change that nobody's list reaches costs a
comparison with the end of each; a list is put together from the tasks a person may take, the best first. A batch that
is opened, paused or put before others moves no task: its tasks lie together, and only their order is worked out anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from heapq import merge

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.model.terms import Standing, why_none_now
from annodesk.model.work import Batch, Offer, Person, Role
from annodesk.workflow.able import how_rare
from annodesk.workflow.rings import Ring
from annodesk.workflow.routing import (
    NO_DEADLINE_US,
    Entry,
    Kind,
    Opening,
    Rank,
    entry_of,
    gives_out,
    kind_of,
    lasting_refusal,
    met_by_nobody,
    rank_of,
    refusal,
    why_this,
)
from annodesk.workflow.sampling import draw

_PRIORITY, _DEADLINE_BITS, _RARE_BITS = 2**15, 36, 5
_LAST = 2**62

_Group = tuple[str | None, int, bool, Kind, bool]
"""What lies on one ring: tasks of one batch and priority of their own, begun or drawn or not, for the same people."""


class _Known(Struct):
    """A person, and what was offered to them last."""

    person: Person
    roles: frozenset[Role]
    standing: Standing
    place: int
    begin: float
    offers: tuple[Offer, ...] = ()
    is_away: bool = False
    may: dict[Kind, bool] = field(default_factory=dict)


class _Alike(Struct):
    """Free tasks that nobody has met, so many of a kind and batch with as many places, and one of them."""

    one: Opening
    tasks: int = 0


class OfferBook:
    """The offers of all people of a project.

    Parameters
    ----------
    each : a person has so many offers at most
    """

    def __init__(self, seed: str, *, each: int = 20) -> None:
        self._seed, self._each = seed, each
        self._people: dict[str, _Known] = {}
        self._order: list[str] = []
        self._openings: dict[str, Opening] = {}
        self._batches: dict[str, Batch] = {}
        self._where: dict[str, _Group] = {}
        self._rings: dict[_Group, Ring] = {}
        self._like: dict[Kind, Opening] = {}
        self._rare: dict[Kind, int] = {}
        self._ranks: list[tuple[Rank, list[_Group]]] | None = None
        self._kept: dict[str, dict[str, Entry]] = {}
        self._offered: dict[str, set[str]] = {}
        self._alike: dict[tuple[str | None, Kind, int], _Alike] = {}
        self._met: set[str] = set()
        self._changed: set[str] = set()
        self._worst = np.empty(0, dtype=np.int64)
        self._far, self._begins = np.empty(0), np.empty(0)

    def __contains__(self, task_id: str) -> bool:
        return task_id in self._openings

    def __len__(self) -> int:
        return len(self._openings)

    def put_person(
        self,
        person: Person,
        roles: Collection[Role],
        standing: Standing = Standing(),  # noqa: B008 (a value)
    ) -> None:
        """Somebody new, or what is otherwise about them now."""
        known = self._people.get(person.id)
        if known is None:
            place, begin = len(self._order), draw(self._seed, "route", person.id)
            self._order.append(person.id)
            self._worst, self._far = np.append(self._worst, _LAST), np.append(self._far, 1.0)
            self._begins = np.append(self._begins, begin)
            self._people[person.id] = _Known(person, frozenset(roles), standing, place, begin)
        else:
            if _can(known.person, known.roles, known.standing) != _can(person, roles, standing):
                known.may = {}
            known.person, known.roles, known.standing = person, frozenset(roles), standing
        self._changed.add(person.id)

    def drop_person(self, person_id: str) -> None:
        """Somebody who is no member any more."""
        known = self._people.pop(person_id)
        self._worst[known.place] = -_LAST
        self._changed.discard(person_id)
        for offer in known.offers:
            self._offered[offer.task_id].discard(person_id)

    @property
    def people(self) -> Collection[str]:
        """Everybody whose offers are kept."""
        return self._people.keys()

    def put_batch(self, batch: Batch) -> None:
        """A batch as it is now, whose tasks stay where they are."""
        before = self._batches.get(batch.id)
        if before is batch or before == batch:
            return
        self._batches[batch.id] = batch
        self._ranks = None
        if before is not None:
            self._changed |= self._people.keys()

    def put(self, opening: Opening) -> None:
        """A task as it is now: new, taken, free again, kept for somebody, paused or over."""
        task_id = opening.task.id
        if opening.batch is not None:
            self.put_batch(opening.batch)
        before = self._openings.get(task_id)
        self._take_out(task_id)
        self._openings[task_id] = opening
        self._changed |= self._offered.get(task_id, set())
        if before is not None and before.kept_for is not None:
            self._is_other_for(before.kept_for)
        if not opening.free or opening.is_paused:
            return
        entry = entry_of(opening, self._seed)
        if opening.kept_for is not None:
            self._kept.setdefault(opening.kept_for, {})[task_id] = entry
            self._is_other_for(opening.kept_for)
            return
        self._put_in(opening, entry)

    def drop(self, task_id: str) -> None:
        """A task that is not given out any more."""
        self._take_out(task_id)
        gone = self._openings.pop(task_id, None)
        if gone is not None and gone.kept_for is not None:
            self._is_other_for(gone.kept_for)
        self._changed |= self._offered.get(task_id, set())

    def refresh(self, now_us: int) -> dict[str, tuple[Offer, ...]]:
        """The offers of those whose list is another than at the last call."""
        found: dict[str, tuple[Offer, ...]] = {}
        self._count_able()
        for known in self._people.values():
            if known.is_away != bool(why_none_now(known.standing, now_us)):
                self._changed.add(known.person.id)
        for person_id in sorted(self._changed & self._people.keys()):
            known = self._people[person_id]
            offers = self._offers(known, now_us)
            if [o.task_id for o in offers] != [o.task_id for o in known.offers]:
                found[person_id] = offers
            for one in known.offers:
                self._offered[one.task_id].discard(person_id)
                if not self._offered[one.task_id]:
                    del self._offered[one.task_id]
            for one in offers:
                self._offered.setdefault(one.task_id, set()).add(person_id)
            known.offers = offers
        self._changed.clear()
        return found

    def offers_of(self, person_id: str) -> tuple[Offer, ...]:
        """What a person was offered at the last refresh."""
        return self._people[person_id].offers

    def opening(self, task_id: str) -> Opening:
        """A task as it is known, in its batch as that is now."""
        one = self._openings[task_id]
        if one.batch is None or (now := self._batches[one.batch.id]) is one.batch:
            return one
        return replace(one, batch=now)

    def queues(self) -> Iterator[tuple[Opening, int]]:
        """What is given out to whoever may have it: a task, and how many are just like it."""
        for alike in self._alike.values():
            one = alike.one
            yield (replace(one, batch=self._batches[one.batch.id]) if one.batch is not None else one), alike.tasks
        for task_id in self._met:
            yield self.opening(task_id), 1

    def _is_other_for(self, person_id: str) -> None:
        """Have a list made anew; who is no member has none, and is not to be counted among those whose list is."""
        if person_id in self._people:
            self._changed.add(person_id)

    # Where tasks lie

    def _put_in(self, opening: Opening, entry: Entry) -> None:
        kind, batch_id = kind_of(opening), None if opening.batch is None else opening.batch.id
        group: _Group = batch_id, opening.task.priority, opening.taken == 0, kind, opening.is_drawn
        if kind not in self._like:
            self._like[kind] = met_by_nobody(opening)
            self._rare[kind] = self._how_rare(kind)
        ring = self._rings.get(group)
        if ring is None:
            ring = self._rings[group] = Ring()
            self._ranks = None
        ring.add(entry)
        self._where[opening.task.id] = group
        if opening.held_by or opening.seen_by:
            self._met.add(opening.task.id)
        else:
            self._alike.setdefault((batch_id, kind, opening.free), _Alike(opening)).tasks += 1
        # While a book is filled, everybody's list is to be made anyway.
        if len(self._changed) < len(self._people) and gives_out(opening.batch, opening.task.stage):
            self._changed |= self._concerned(rank_of(opening, self._rare[kind]), entry[0])

    def _take_out(self, task_id: str) -> None:
        opening = self._openings.get(task_id)
        if opening is None:
            return
        if opening.kept_for is not None:
            self._kept.get(opening.kept_for, {}).pop(task_id, None)
        group = self._where.pop(task_id, None)
        if group is None:
            return
        ring = self._rings[group]
        ring.remove(entry_of(opening, self._seed))
        if not ring:
            del self._rings[group]
            self._ranks = None
        if task_id in self._met:
            self._met.remove(task_id)
            return
        key = group[0], group[3], opening.free
        self._alike[key].tasks -= 1
        if not self._alike[key].tasks:
            del self._alike[key]

    def _concerned(self, rank: Rank, lot: float) -> set[str]:
        """Whose list a task of this rank at this place would reach."""
        number = _as_number(rank)
        far = (lot - self._begins) % 1.0
        reached = (number < self._worst) | ((number == self._worst) & (far <= self._far + 1e-9))
        if rank[2] != NO_DEADLINE_US:
            # Deadlines within one second are one number here, and decide before what comes after them.
            reached |= number >> (_RARE_BITS + 2) == self._worst >> (_RARE_BITS + 2)
        return {self._order[place] for place in np.flatnonzero(reached)}

    def _in_order(self) -> list[tuple[Rank, list[_Group]]]:
        """What is given out, the best first; what is of one rank lies on one ring for whoever looks through it."""
        if self._ranks is None:
            found: dict[Rank, list[_Group]] = {}
            for group, ring in self._rings.items():
                like = self.opening(ring.any()[-1])
                if gives_out(like.batch, like.task.stage):
                    found.setdefault(rank_of(like, self._rare[group[3]]), []).append(group)
            self._ranks = sorted(found.items())
        return self._ranks

    def _how_rare(self, kind: Kind) -> int:
        return how_rare(sum(self._may_kind(known, kind) for known in self._people.values()))

    def _count_able(self) -> None:
        """Whether other people are there who may do what: where that puts another kind first, all lists are others."""
        now = {kind: self._how_rare(kind) for kind in self._like}
        if now != self._rare:
            self._rare, self._ranks = now, None
            self._changed |= self._people.keys()

    # One person's list

    def _offers(self, known: _Known, now_us: int) -> tuple[Offer, ...]:
        known.is_away = bool(why_none_now(known.standing, now_us))
        taken: list[Opening] = []
        self._worst[known.place], self._far[known.place] = _LAST, 1.0
        if not known.is_away:
            for opening in self._allowed(known):
                taken.append(opening)
                if len(taken) == self._each:
                    break
        if known.is_away:
            self._worst[known.place] = -_LAST
        elif len(taken) == self._each and (last := taken[-1]).kept_for is None:
            self._worst[known.place] = _as_number(rank_of(last, self._rare[kind_of(last)]))
            self._far[known.place] = (entry_of(last, self._seed)[0] - known.begin) % 1.0
        return tuple(
            Offer(one.task.id, known.person.id, place, why_this(one, known.person.id, now_us), now_us)
            for place, one in enumerate(taken, start=1)
        )

    def _allowed(self, known: _Known) -> Iterator[Opening]:
        for entry in sorted(self._kept.get(known.person.id, {}).values()):
            if self._may(known, opening := self.opening(entry[-1])):
                yield opening
        for _, groups in self._in_order():
            rings = [self._rings[group] for group in groups if self._may_kind(known, group[3])]
            for _, entry in merge(*(ring.around(known.begin) for ring in rings)):
                if self._may(known, opening := self.opening(entry[-1])):
                    yield opening

    def _may(self, known: _Known, opening: Opening) -> bool:
        return not refusal(opening, known.person, known.roles, known.standing)

    def _may_kind(self, known: _Known, kind: Kind) -> bool:
        """Whether any task of a kind may be for a person, whatever they did before."""
        found = known.may.get(kind)
        if found is None:
            like = self._like[kind]
            found = known.may[kind] = not lasting_refusal(like, known.person, known.roles, known.standing)
        return found


def _can(person: Person, roles: Collection[Role], standing: Standing) -> tuple[object, ...]:
    """What decides which kinds of task are for a person."""
    return person.skills, frozenset(roles), standing.terms.declined


def _as_number(rank: Rank) -> int:
    """A rank as one number, in the same order but for deadlines within one second."""
    not_pilot, priority, deadline_us, waits, rare, is_untouched = rank
    urgent = min(max(priority + _PRIORITY, 0), 2 * _PRIORITY - 1)
    seconds = min(max(deadline_us // 1_000_000, 0), (1 << _DEADLINE_BITS) - 1)
    number = (int(not_pilot) * 2 * _PRIORITY + urgent) << _DEADLINE_BITS | seconds
    number = number << 1 | int(waits)
    return (number << _RARE_BITS | min(rare, (1 << _RARE_BITS) - 1)) << 1 | int(is_untouched)
