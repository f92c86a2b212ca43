"""The offers of a team's project, as the worker that keeps them does: read once, then followed by what changes.

Tasks are read in the order in which they are given out, some each turn, so that the first of them are offered at once
and a project of a million is known within minutes, in nobody's way. Nothing rests on it: ``claim`` looks again at
whatever it gives, and gives plain work where there is no offer.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from annodesk.model.terms import Standing, why_none_now
from annodesk.model.work import Batch, BatchState, Offer, Person, Role, Stage
from annodesk.services.openings import openings, standings
from annodesk.services.queue_figures import keep_starved
from annodesk.services.reference_places import known_references, put_among
from annodesk.store import projects, tasks, todo
from annodesk.workflow.offer_book import OfferBook
from annodesk.workflow.routing import NO_DEADLINE_US, gives_out

if TYPE_CHECKING:
    from annodesk.services.shared_place import SharedPlace
    from annodesk.store.engine import Connection

EACH = 20
"""A person is offered so many tasks at most."""
READ_AT_ONCE, READ_AT_LEAST, READ_S = 500, 2_000, 1.0
"""A turn reads so many tasks at a time, this many at least, and goes on for a second."""
CHANGES_AT_ONCE, HOLDERS_AT_ONCE = 2_000, 100
WRITE_EVERY_US = 30_000_000
"""While tasks are still read, lists are written this often: nearly each of them is another after each turn."""

_Told = tuple[frozenset[Role], Person, Standing]


class Offering:
    """Everybody's offers in one project.

    What a turn does is true once its transaction is: after one that failed this is to be thrown away.
    """

    def __init__(self, project_id: str) -> None:
        self._project_id = project_id
        self._book = OfferBook(project_id, each=EACH)
        self._members: dict[str, _Told] = {}
        self._batches: dict[str, Batch] = {}
        self._unread: list[str] | None = None
        self._after: tuple[int, str] | None = None
        self._lists: dict[str, list[Offer]] = {}
        self._owed: set[str] = set()
        self._written_us, self._was_whole, self._is_behind = 0, False, False
        self._references: dict[str, bool] = {}

    @property
    def is_behind(self) -> bool:
        """Whether more is to be read, or more has changed, than one turn looks at."""
        return self._is_behind or not self.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether all open tasks have been read: from then on only what changes is."""
        return self._unread is not None and not self._unread

    def turn(self, db: Connection, place: SharedPlace, lots: str) -> int:
        """Follow what has changed, and write the lists that are others now; returns how many offers stand."""
        now = place.now_us()
        agreed = self._look_at_people(db, now)
        self._look_at_batches(db)
        is_other = self._follow(db)
        is_other |= self._read_on(db)
        self._owed |= self._book.refresh(now).keys()
        references = known_references(db, self._project_id)
        if references != self._references:
            self._references = references
            self._owed |= self._members.keys()
        if is_other:
            members = [(person, roles) for roles, person, _ in self._members.values()]
            keep_starved(db, place, self._project_id, self._book.queues(), members, agreed)
        self._was_whole |= self.is_whole
        if self._owed and (self._was_whole or now - self._written_us >= WRITE_EVERY_US):
            self._write(db, place, agreed, lots, now)
        return sum(len(found) for found in self._lists.values())

    # What is known

    def _look_at_people(self, db: Connection, now: int) -> dict[str, Standing]:
        agreed = standings(db, self._project_id, now)
        before, self._members = self._members, {}
        for person, roles in projects.members(db, self._project_id):
            told = roles, person, agreed[person.id]
            self._members[person.id] = told
            if before.get(person.id) != told:
                self._book.put_person(person, roles, agreed[person.id])
            if person.id not in before:
                # What they were offered by a worker that kept the offers before may be over.
                self._owed.add(person.id)
        for person_id in before.keys() - self._members.keys():
            self._book.drop_person(person_id)
            self._lists.pop(person_id, None)
            self._owed.discard(person_id)
        if _skills(before) != _skills(self._members):
            # What tasks need: nothing while nobody's skills are entered, and the languages that somebody knows.
            self._read_anew()
        return agreed

    def _look_at_batches(self, db: Connection) -> None:
        before, self._batches = self._batches, {one.id: one for one in projects.list_batches(db, self._project_id)}
        for one in self._batches.values():
            self._book.put_batch(one)
            was = before.get(one.id)
            if was is None or _of_tasks(was) != _of_tasks(one):
                self._read_anew()

    def _read_anew(self) -> None:
        self._unread, self._after = None, None

    def _read_on(self, db: Connection) -> bool:
        """Read open tasks for a while; whether there were any."""
        if self._unread is None:
            order = sorted(self._batches.values(), key=_given_out_first)
            self._unread, self._after = [one.id for one in order], None
        began, read = time.monotonic(), 0
        while self._unread and (read < READ_AT_LEAST or time.monotonic() - began < READ_S):
            found, self._after = todo.free_tasks(db, self._unread[0], self._after, READ_AT_ONCE)
            if self._after is None:
                del self._unread[0]
            self._put(db, found)
            read += len(found)
        return read > 0

    def _follow(self, db: Connection) -> bool:
        """Look again at what has changed since; whether anything has."""
        changed, self._is_behind = todo.moved_tasks(db, CHANGES_AT_ONCE)
        self._put(db, changed)
        if self._references:
            # Who has taken one is to be offered another, which no change of ordinary work tells.
            for first in range(0, len(changed), HOLDERS_AT_ONCE):
                some = changed[first : first + HOLDERS_AT_ONCE]
                for people in tasks.holders_of_project(db, self._project_id, among=some).values():
                    self._owed |= people & self._members.keys()
        return bool(changed)

    def _put(self, db: Connection, task_ids: list[str]) -> None:
        gone = set(task_ids)
        for one in openings(db, self._project_id, among=task_ids) if task_ids else ():
            if one.free:
                self._book.put(one)
                gone.discard(one.task.id)
        for task_id in gone:
            if task_id in self._book:
                self._book.drop(task_id)

    # What is offered

    def _write(self, db: Connection, place: SharedPlace, agreed: Mapping[str, Standing], lots: str, now: int) -> None:
        people = sorted(self._owed)
        mine = {person_id: list(self._book.offers_of(person_id)) for person_id in people}
        ordinary = {o.task_id: self._book.opening(o.task_id) for found in mine.values() for o in found}
        here = [
            (person, roles)
            for roles, person, standing in (self._members[person_id] for person_id in people)
            if not why_none_now(standing, now)
        ]
        mixed = put_among(
            db, place, self._project_id, mine, ordinary, here, agreed, lots, now,
            known=self._references, others=self._lists,
        )  # fmt: skip
        self._lists |= mine | mixed
        place.offer(db, self._project_id, {person_id: self._lists[person_id] for person_id in people})
        self._owed.clear()
        self._written_us = now


def _of_tasks(one: Batch) -> tuple[object, ...]:
    """What of a batch is known of each of its tasks: their priority, what they need, and whether draws count."""
    return one.priority, one.needs, one.unsure_first is None


def _skills(members: Mapping[str, _Told]) -> set[str]:
    return {skill.name for _, person, _ in members.values() for skill in person.skills}


def _given_out_first(one: Batch) -> tuple[object, ...]:
    """The order in which work is given out, and then what is not given out yet."""
    is_closed = one.state is BatchState.CLOSED
    deadline_us = one.deadline_us if one.deadline_us is not None else NO_DEADLINE_US
    return not gives_out(one, Stage.ANNOTATE), is_closed, not one.is_pilot, -one.priority, deadline_us, one.id
