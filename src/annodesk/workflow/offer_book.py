"""Everybody's offers, kept up by what changes: after a change only those are looked at whom it may concern.

The order is that of ``routing.Openings``, which makes all of it anew. A change that nobody's list reaches costs a
comparison with the end of each; a list is put together from the tasks a person may take, the best first.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from heapq import merge
from itertools import islice

import numpy as np

from annodesk.model.terms import Standing, why_none_now
from annodesk.model.work import Offer, Person, Role
from annodesk.workflow.routing import (
    NO_DEADLINE_US,
    Entry,
    Opening,
    Rank,
    entry_of,
    lasting_refusal,
    rank_of,
    refusal,
    why_this,
)
from annodesk.workflow.sampling import draw

_MOST_IN_A_CHUNK = 1_000
_PRIORITY, _DEADLINE_BITS = 2**15, 40
_LAST = 2**62


class _Sorted:
    """Entries in order, in chunks, so that putting one in or taking it out moves only its neighbours."""

    def __init__(self) -> None:
        self._chunks: list[list[Entry]] = []
        self._firsts: list[Entry] = []

    def __bool__(self) -> bool:
        return bool(self._chunks)

    def add(self, entry: Entry) -> None:
        if not self._chunks:
            self._chunks, self._firsts = [[entry]], [entry]
            return
        place = self._place(entry)
        chunk = self._chunks[place]
        insort(chunk, entry)
        if len(chunk) > _MOST_IN_A_CHUNK:
            half = len(chunk) // 2
            self._chunks[place : place + 1] = [chunk[:half], chunk[half:]]
            self._firsts.insert(place + 1, chunk[half])
        self._firsts[place] = self._chunks[place][0]

    def remove(self, entry: Entry) -> None:
        place = self._place(entry)
        chunk = self._chunks[place]
        del chunk[bisect_left(chunk, entry)]
        if chunk:
            self._firsts[place] = chunk[0]
        else:
            del self._chunks[place], self._firsts[place]

    def _place(self, entry: Entry) -> int:
        return max(0, bisect_left(self._firsts, (*entry, "")) - 1)

    def around(self, begin: float) -> Iterator[tuple[bool, Entry]]:
        """All of them from a place on the ring on, and whether it came round."""
        start: Entry = (begin, "", 0, "")
        first = self._place(start)
        if first >= len(self._chunks):
            return
        within = bisect_left(self._chunks[first], start)
        for entry in islice(self._chunks[first], within, None):
            yield False, entry
        for place in range(first + 1, len(self._chunks)):
            for entry in self._chunks[place]:
                yield False, entry
        for place in range(first):
            for entry in self._chunks[place]:
                yield True, entry
        for entry in islice(self._chunks[first], within):
            yield True, entry


_Kind = tuple[object, ...]


@dataclass(slots=True)
class _Known:
    """A person, and what was offered to them last."""

    person: Person
    roles: frozenset[Role]
    standing: Standing
    place: int
    begin: float
    offers: tuple[Offer, ...] = ()
    is_away: bool = False
    may: dict[_Kind, bool] = field(default_factory=dict)


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
        self._where: dict[str, tuple[Rank, _Kind]] = {}
        self._ranks: list[Rank] = []
        self._groups: dict[Rank, dict[_Kind, _Sorted]] = {}
        self._like: dict[_Kind, Opening] = {}
        self._kept: dict[str, dict[str, Entry]] = {}
        self._offered: dict[str, set[str]] = {}
        self._changed: set[str] = set()
        self._worst = np.empty(0, dtype=np.int64)
        self._far, self._begins = np.empty(0), np.empty(0)

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
            known.person, known.roles, known.standing, known.may = person, frozenset(roles), standing, {}
        self._changed.add(person.id)

    def put(self, opening: Opening) -> None:
        """A task as it is now: new, taken, free again, kept for somebody, paused or over."""
        task_id = opening.task.id
        before = self._openings.get(task_id)
        self._take_out(task_id)
        self._openings[task_id] = opening
        self._changed |= self._offered.get(task_id, set())
        if before is not None and before.kept_for is not None:
            self._changed.add(before.kept_for)
        if not opening.is_given_out:
            return
        entry = entry_of(opening, self._seed)
        if opening.kept_for is not None:
            self._kept.setdefault(opening.kept_for, {})[task_id] = entry
            self._changed.add(opening.kept_for)
            return
        rank, kind = rank_of(opening), _kind(opening)
        if rank not in self._groups:
            insort(self._ranks, rank)
            self._groups[rank] = {}
        self._groups[rank].setdefault(kind, _Sorted()).add(entry)
        self._like.setdefault(kind, opening)
        self._where[task_id] = rank, kind
        self._changed |= self._concerned(rank, entry[0])

    def drop(self, task_id: str) -> None:
        """A task that is not given out any more."""
        self._take_out(task_id)
        gone = self._openings.pop(task_id, None)
        if gone is not None and gone.kept_for is not None:
            self._changed.add(gone.kept_for)
        self._changed |= self._offered.get(task_id, set())

    def refresh(self, now_us: int) -> dict[str, tuple[Offer, ...]]:
        """The offers of those whose list is another than at the last call."""
        found: dict[str, tuple[Offer, ...]] = {}
        for known in self._people.values():
            if known.is_away != bool(why_none_now(known.standing, now_us)):
                self._changed.add(known.person.id)
        for person_id in sorted(self._changed & self._people.keys()):
            known = self._people[person_id]
            offers = self._offers(known, now_us)
            if [o.task_id for o in offers] != [o.task_id for o in known.offers]:
                found[person_id] = offers
            for one in known.offers:
                self._offered.get(one.task_id, set()).discard(person_id)
            for one in offers:
                self._offered.setdefault(one.task_id, set()).add(person_id)
            known.offers = offers
        self._changed.clear()
        return found

    def offers_of(self, person_id: str) -> tuple[Offer, ...]:
        """What a person was offered at the last refresh."""
        return self._people[person_id].offers

    def _take_out(self, task_id: str) -> None:
        opening = self._openings.get(task_id)
        if opening is None:
            return
        if opening.kept_for is not None:
            self._kept.get(opening.kept_for, {}).pop(task_id, None)
        where = self._where.pop(task_id, None)
        if where is None:
            return
        rank, kind = where
        ring = self._groups[rank][kind]
        ring.remove(entry_of(opening, self._seed))
        if not ring:
            del self._groups[rank][kind]
        if not self._groups[rank]:
            del self._groups[rank]
            del self._ranks[bisect_left(self._ranks, rank)]

    def _concerned(self, rank: Rank, lot: float) -> set[str]:
        """Whose list a task of this rank at this place would reach."""
        number = _as_number(rank)
        far = (lot - self._begins) % 1.0
        reached = (number < self._worst) | ((number == self._worst) & (far <= self._far + 1e-9))
        if rank[2] != NO_DEADLINE_US:
            # Deadlines within one second are one number here, and decide before whether somebody has begun.
            reached |= number >> 1 == self._worst >> 1
        return {self._order[place] for place in np.flatnonzero(reached)}

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
            self._worst[known.place] = _as_number(rank_of(last))
            self._far[known.place] = (entry_of(last, self._seed)[0] - known.begin) % 1.0
        return tuple(
            Offer(one.task.id, known.person.id, place, why_this(one, known.person.id, now_us), now_us)
            for place, one in enumerate(taken, start=1)
        )

    def _allowed(self, known: _Known) -> Iterator[Opening]:
        for entry in sorted(self._kept.get(known.person.id, {}).values()):
            if self._may(known, opening := self._openings[entry[-1]]):
                yield opening
        for rank in self._ranks:
            rings = [ring for kind, ring in self._groups[rank].items() if self._may_kind(known, kind)]
            for _, entry in merge(*(ring.around(known.begin) for ring in rings)):
                if self._may(known, opening := self._openings[entry[-1]]):
                    yield opening

    def _may(self, known: _Known, opening: Opening) -> bool:
        return not refusal(opening, known.person, known.roles, known.standing)

    def _may_kind(self, known: _Known, kind: _Kind) -> bool:
        """Whether any task of a kind may be for a person, whatever they did before."""
        found = known.may.get(kind)
        if found is None:
            nobody = frozenset[str]()
            like = replace(self._like[kind], held_by=nobody, labelled_by=nobody, seen_by=nobody)
            found = known.may[kind] = not lasting_refusal(like, known.person, known.roles, known.standing)
        return found


def _kind(opening: Opening) -> _Kind:
    """What decides, apart from their past, for whom a task may be."""
    return opening.task.stage, opening.needs, opening.not_in, opening.sensitive


def _as_number(rank: Rank) -> int:
    """A rank as one number, in the same order but for deadlines within one second."""
    not_pilot, priority, deadline_us, is_untouched = rank
    urgent = min(max(priority + _PRIORITY, 0), 2 * _PRIORITY - 1)
    seconds = min(max(deadline_us // 1_000_000, 0), (1 << _DEADLINE_BITS) - 1)
    return ((int(not_pilot) * 2 * _PRIORITY + urgent) << (_DEADLINE_BITS + 1)) + (seconds << 1) + int(is_untouched)
