"""The coordinator of a team, on the shared database: many may run at once, each stops anywhere without harm."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import MediaError, StoreError
from annodesk.model.ids import new_id
from annodesk.services.accuracy import WEEK_US
from annodesk.services.alarms import alarm_sentence
from annodesk.services.coordinator import Coordinator
from annodesk.services.machine import MachineRule, Memory
from annodesk.services.offering import Offering
from annodesk.services.opened import model_set, shown_suggestions
from annodesk.services.own_accuracy import keep_own
from annodesk.services.shared_place import STRANGE, SharedPlace, tell_figures
from annodesk.services.takedown import WorkersPart
from annodesk.services.unsure_first import Memory as DrawMemory
from annodesk.services.unsure_first import UnsureFirst
from annodesk.store import figures, folding, projects, remote, rollup, snapshots, todo
from annodesk.store.entrance import require_fitting
from annodesk.workflow.review import rank_of, severity

if TYPE_CHECKING:
    from annodesk.services.team_model import TeamModel
    from annodesk.store.engine import Connection
    from annodesk.store.projects import ProjectVersion
    from annodesk.store.remote import Address

log = logging.getLogger(__name__)

SECOND_US = 1_000_000
ROUTE_EVERY_US, ROLL_UP_EVERY_US, LOOK_AGAIN_EVERY_US = 5 * SECOND_US, 30 * SECOND_US, 60 * SECOND_US
OFFERS_LEFT_AFTER_US = 30 * SECOND_US
"""The offers of a worker that has not been seen for so long are another's to keep."""
DRAW_EVERY_US, DRAWS_LEFT_AFTER_US = 5 * SECOND_US, 120 * SECOND_US
"""What the model is unsure of is drawn by one worker, until it has not been seen for so long."""
SUGGEST_EVERY_US, SHOWN_AT_ONCE, PAGES_AT_ONCE = 5 * SECOND_US, 100, 20
FOLD_EVERY_US, PUSHES_AT_ONCE = 10 * SECOND_US, 500
COUNT_CANARY_EVERY_US = 300 * SECOND_US
RANK_EVERY_US, RANKED_AT_ONCE = 600 * SECOND_US, 2_000
"""What waits for review longer is more urgent; so many of a batch are put in order anew."""
JUDGED_AT_ONCE = 500
"""Of the model's answers to more items the rest is judged in the next rounds: what people hand in does not wait."""
WAKE_EVERY_S = 0.1
COUNTED_AT_ONCE = 1_000
MACHINE_EVERY_US = 10 * SECOND_US
PUT_OFF_S = 60.0
"""A project in which a round failed is left for so long; the others go on."""


class Rounds(Struct, frozen=True):
    """What a worker did: items scored, escalated, settled and put aside, and offers that stand now."""

    scored: int = 0
    escalated: int = 0
    settled: int = 0
    routed: int = 0
    put_aside: int = 0
    seen: int = 0
    """Items looked at, whatever came of it."""
    labelled: int = 0
    """Items that the model has labelled."""

    def __add__(self, other: Rounds) -> Rounds:
        return Rounds(
            self.scored + other.scored,
            self.escalated + other.escalated,
            self.settled + other.settled,
            self.routed + other.routed,
            self.put_aside + other.put_aside,
            self.seen + other.seen,
            self.labelled + other.labelled,
        )


class Worker:
    """Goes round the projects of a shared database, under the worker's login."""

    def __init__(self, address: Address, *, model: TeamModel | None = None, rng: random.Random | None = None) -> None:
        self._address, self._model, self._rng = address, model, rng or random.Random()
        self._engine = remote.open_shared(address)
        self._owed: dict[str, set[str]] = {}
        self._woke: dict[str, float] = {}
        self._takedowns = WorkersPart()
        self._memories: dict[str, Memory] = {}
        self._name, self._offerings = new_id(), dict[str, Offering]()
        self._draws: dict[str, DrawMemory] = {}
        self._rests_until: dict[str, float] = {}

    def once(self) -> Rounds:
        """One round over all projects that leaves nothing undone; raises StoreError where the server fails."""
        total = Rounds()
        with self._entered() as db:
            for project_id in self._projects(db):
                total += self._project(db, project_id, at_once=True)
        return total

    def run(self, stop: Event, *, pause_s: float = 1.0, done: Callable[[Rounds], None] = lambda rounds: None) -> None:
        """Round after round until told to stop; a server that goes away is asked again, ever more seldom."""
        away_s, started = pause_s, False
        while not stop.is_set():
            try:
                with self._entered() as db:
                    while not stop.is_set():
                        did = Rounds()
                        for project_id in self._projects(db):
                            did += self._project_apart(db, project_id)
                        away_s, started = pause_s, True
                        done(did)
                        if not did.seen:
                            stop.wait(pause_s)
            except StoreError as error:
                if not started:
                    raise
                log.warning("%s", error)
                stop.wait(away_s * self._rng.uniform(0.5, 1.5))
                away_s = min(60.0, 2 * away_s)

    @contextmanager
    def _entered(self) -> Iterator[Connection]:
        """A connection to a shared database of this version."""
        with remote.told(self._address), self._engine.connect() as db:
            require_fitting(db)
            db.rollback()
            yield db

    def _projects(self, db: Connection) -> list[str]:
        with db.begin():
            if not todo.is_worker(db):
                hint = "Make one with: annodesk server add-user NAME --role worker"
                raise StoreError("This login is not a worker's.", hint)
            known = todo.published_projects(db)
        # Workers that start together do not all begin with the same project.
        self._rng.shuffle(known)
        return known

    def _project_apart(self, db: Connection, project_id: str) -> Rounds:
        """A project's part of a round; what fails there while the server answers holds up no other project."""
        if self._rests_until.get(project_id, 0.0) > time.monotonic():
            return Rounds()
        try:
            return self._project(db, project_id)
        except (remote.FAILED, *STRANGE):
            if not remote.answers(db):
                raise
            log.exception("project %s is left for %d seconds", project_id, PUT_OFF_S)
            self._rests_until[project_id] = time.monotonic() + PUT_OFF_S
            return Rounds()

    def _project(self, db: Connection, project_id: str, *, at_once: bool = False) -> Rounds:
        place = SharedPlace(db, self._address, project_id)
        coordinator = Coordinator(place)
        total = Rounds()
        try:
            self._takedowns.look(place, project_id)
        except (MediaError, OSError) as error:
            log.warning("%s", error)
        with place.write() as one:
            if todo.take_duty(one, "look again", LOOK_AGAIN_EVERY_US, place.now_us()):
                todo.make_due(one, snapshots.faulty_items(one))
        seen = -1
        while seen < place.seen and (seen < 0 or at_once):
            seen = place.seen
            decided = coordinator.decide_all(project_id)
            total += Rounds(decided.scored, decided.escalated, decided.settled)
        labelled = self._prelabel(place, project_id, at_once=at_once)
        total += self._let_machine_stand(place, project_id, at_once=at_once)
        with place.write() as one:
            if todo.take_duty(one, "suggest", 0 if at_once else SUGGEST_EVERY_US, place.now_us()):
                _look_for_suggestions(one, project_id, pages=None if at_once else PAGES_AT_ONCE)
        self._draw(place, project_id, at_once=at_once)
        routed = self._offer(place, project_id, at_once=at_once)
        with place.write() as one:
            if todo.take_duty(one, "rank reviews", 0 if at_once else RANK_EVERY_US, place.now_us()):
                _rank_reviews(one, project_id, place.now_us())
        with place.write() as one:
            if todo.take_duty(one, "roll up", 0 if at_once else ROLL_UP_EVERY_US, place.now_us()):
                _roll_up(one, project_id, pages=None if at_once else PAGES_AT_ONCE)
        with place.write() as one:
            if todo.take_duty(one, "own accuracy", WEEK_US, place.now_us()):
                _keep_own(one, project_id, place.now_us())
        with place.write() as one:
            if todo.take_duty(one, "fold", 0 if at_once else FOLD_EVERY_US, place.now_us()):
                _fold_long_sets(one)
        with place.read() as one:
            self._owed.setdefault(project_id, set()).update(todo.unheard(one))
        numbered = 1
        while numbered > 0:
            with place.write() as one:
                numbered = todo.number_feed(one, project_id)
        self._wake(place, project_id, at_once=at_once)
        return total + Rounds(
            settled=place.settled, routed=routed, put_aside=place.put_aside, seen=place.seen, labelled=labelled
        )

    def _draw(self, place: SharedPlace, project_id: str, *, at_once: bool) -> None:
        """Draw what comes first where batches ask for it; one worker alone does."""
        every_us, patience_us = (0, 0) if at_once else (DRAW_EVERY_US, DRAWS_LEFT_AFTER_US)
        with place.write() as one:
            if todo.keep_duty(one, "draw", self._name, every_us, patience_us, place.now_us()) is None:
                return
        draws = UnsureFirst(place, self._draws.setdefault(project_id, DrawMemory()))
        draws.round(project_id, most=None if at_once else JUDGED_AT_ONCE)

    def _offer(self, place: SharedPlace, project_id: str, *, at_once: bool) -> int:
        """Keep everybody's offers, where no other worker does; returns how many stand."""
        lots, known = place.lots(project_id), self._offerings.get(project_id)
        every_us = 0 if at_once or (known is not None and known.is_behind) else ROUTE_EVERY_US
        patience_us = 0 if at_once else OFFERS_LEFT_AFTER_US
        try:
            with place.write() as one:
                was_ours = todo.keep_duty(one, "route", self._name, every_us, patience_us, place.now_us())
                if was_ours is None:
                    return 0
                if known is None or not was_ours:
                    known = self._offerings[project_id] = Offering(project_id)
                return known.turn(one, place, lots)
        except BaseException:
            # What was not written is not known either.
            self._offerings.pop(project_id, None)
            raise

    def _wake(self, place: SharedPlace, project_id: str, *, at_once: bool) -> None:
        """Wake those who are concerned, at most ten times a second; what is owed comes with the next round."""
        if self._owed[project_id] and (at_once or time.monotonic() - self._woke.get(project_id, 0.0) >= WAKE_EVERY_S):
            with place.write() as one:
                todo.wake(one, project_id, self._owed.pop(project_id))
            self._woke[project_id] = time.monotonic()

    def _let_machine_stand(self, place: SharedPlace, project_id: str, *, at_once: bool) -> Rounds:
        """Let answers of the model stand that may, and look at the audits."""
        with place.write() as one:
            if not todo.take_duty(one, todo.MACHINE, 0 if at_once else MACHINE_EVERY_US, place.now_us()):
                return Rounds()
        rule, did = MachineRule(place, self._memories.setdefault(project_id, Memory())), 0
        while True:
            done = rule.round(project_id, most=None if at_once else JUDGED_AT_ONCE)
            for alarm in done.alarms:
                log.warning("%s", alarm_sentence(alarm))
            did += len(done.settled)
            if not at_once or not place.has_more_answers:
                return Rounds(settled=did)

    def _prelabel(self, place: SharedPlace, project_id: str, *, at_once: bool) -> int:
        """Let the model label some tasks: all of them at once, else some a round, so that people's work goes first."""
        labelled = 0
        if self._model is None:
            return labelled
        try:
            while (done := self._model.label_some(place, project_id)) is not None:
                labelled += done.labelled
                with place.write() as one:
                    _show_suggestions(one, projects.get_version(one, project_id), self._model.tried_last)
                for problem in done.problems:
                    log.warning("left out: %s", problem)
                if not at_once:
                    break
        except StoreError:
            raise
        except (*STRANGE, OSError) as error:
            self._model.rest(project_id)
            log.warning("the model rests: %s", error)
        self._canary(self._model, place, project_id, at_once=at_once)
        return labelled

    def _canary(self, model: TeamModel, place: SharedPlace, project_id: str, *, at_once: bool) -> None:
        """Let the project's canary answer its share, and count how it does beside the model in use."""
        try:
            while (done := model.canary_some(place, project_id)) is not None:
                for problem in done.problems:
                    log.warning("the canary left out: %s", problem)
                if not at_once:
                    break
            if not model.canary(place).is_here(project_id):
                return
            with place.write() as one:
                is_due = todo.take_duty(one, "canary", 0 if at_once else COUNT_CANARY_EVERY_US, place.now_us())
            if is_due and model.canary(place).count(project_id):
                with place.write() as one:
                    tell_figures(one, project_id)
        except StoreError:
            raise
        except (*STRANGE, OSError) as error:
            log.warning("the canary rests: %s", error)


def _fold_long_sets(db: Connection) -> None:
    """Fold sets that have grown long while they are worked on; one that cannot be folded now is not in the way."""
    for set_id in folding.take_unfolded(db, PUSHES_AT_ONCE):
        try:
            with db.begin_nested():
                snapshots.fold_further(db, set_id)
        except StoreError:
            raise
        except STRANGE as error:
            log.info("set %s is not folded yet: %s", set_id, error)


def _keep_own(db: Connection, project_id: str, now_us: int) -> None:
    """Keep for each annotator how often they met confirmed answers; where that cannot be read, what was kept stays."""
    try:
        with db.begin_nested():
            keep_own(db, project_id, now_us)
    except StoreError:
        raise
    except STRANGE:
        log.exception("people's own accuracy in project %s cannot be counted", project_id)


def _rank_reviews(db: Connection, project_id: str, now_us: int) -> None:
    """Put the reviews that nobody has taken in order again: what has waited longer is more urgent than it was."""
    for page in todo.open_reviews(db, RANKED_AT_ONCE):
        found = figures.open_escalations(db, project_id, among={one.item_id for one in page})
        for one in page:
            if raised := found.get(one.item_id):
                grave, since_us = severity([e for e, _ in raised]), min(at_us for _, at_us in raised)
                rank = rank_of(grave, one.priority, now_us - since_us)
                if rank != one.rank:
                    todo.set_rank(db, one.slot_id, rank)


def _roll_up(db: Connection, project_id: str, *, pages: int | None) -> None:
    """Count what has changed into the project's figures; where something cannot be counted, what was counted stays."""
    counted, is_other, is_more = 0, False, True
    while is_more and (pages is None or counted < pages):
        try:
            with db.begin_nested():
                changed, is_more = rollup.roll_up(db, COUNTED_AT_ONCE)
        except StoreError:
            raise
        except STRANGE:
            log.exception("the figures of project %s cannot be counted", project_id)
            break
        is_other |= changed
        counted += 1
    if is_other:
        tell_figures(db, project_id)


def _look_for_suggestions(db: Connection, project_id: str, *, pages: int | None) -> None:
    """Show what came by publishing, or may be shown since the project has another version."""
    version = projects.get_version(db, project_id)
    if version.project.prelabel.show == "never":
        return
    looked_at, is_more = 0, True
    while is_more and (pages is None or looked_at < pages):
        unshown, is_more = todo.unshown(db, SHOWN_AT_ONCE, version.version)
        _show_suggestions(db, version, unshown)
        looked_at += 1


def _show_suggestions(db: Connection, version: ProjectVersion, task_ids: Iterable[str]) -> None:
    """Write what of the model's answers may be shown; what a project never shows is not even written."""
    project = version.project
    if project.prelabel.show == "never":
        return
    for task_id in task_ids:
        found = shown_suggestions(model_set(db, task_id, snapshots), project, project.prelabel.show)
        if found is not None:
            todo.show(db, task_id, found, version.version)
