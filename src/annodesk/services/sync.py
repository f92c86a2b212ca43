"""Keeps this file and its team's shared database together: joining, rounds, and the thread that makes them.

What speaks to a server is imported when a file of a team first does: one that stands alone starts without it.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import AnnodeskError, StoreError, WorkflowError
from annodesk.model.work import Stage
from annodesk.services.ahead import ask_ahead, last_asked
from annodesk.services.changes import Changes, Kind
from annodesk.services.sync_state import SyncLine, SyncState
from annodesk.store import facts, outbox, projects
from annodesk.store.facts import Joined
from annodesk.store.line import ANSWER_S, Refused, ShutOut, Unreachable, sorted_out
from annodesk.store.outbox import Asked
from annodesk.store.wakes import Bell

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services.base import Desk
    from annodesk.services.server import Ask
    from annodesk.services.takedown import Following
    from annodesk.store.link import Link
    from annodesk.store.remote import Address
    from annodesk.sync.meeting import Team
    from annodesk.sync.round import RoundResult

POLL_S = 30.0
"""The longest a workstation that nobody wakes goes without looking."""
WOKEN_EVERY_S = 1.0
"""About how long after a round others wake this workstation to the next one."""
REFUSED_S = 300.0
SOONEST_S, LATEST_S = 1.0, 300.0
ATTENDED_S = 900.0
"""So long after the last sign of somebody their leases are still renewed."""
_LINES = 500

T = TypeVar("T")


class Synced(Struct, frozen=True):
    """What one round came to: counts, what views must look at anew, and how things stand now."""

    result: RoundResult
    changes: Changes
    state: SyncState


def wait_before(attempt: int, rng: random.Random) -> float:
    """Seconds until the next try after so many in vain: twice as long each time, and never all at once."""
    return min(LATEST_S, SOONEST_S * 2.0 ** min(attempt - 1, 20)) * rng.uniform(0.5, 1.0)


class Sync:
    """The way between this file and a shared database; ``round`` and the thread's own rounds never run at one time."""

    def __init__(self, desk: Desk, *, rng: random.Random | None = None, limit_s: float = ANSWER_S) -> None:
        self._desk, self._rng, self.limit_s = desk, rng or random.Random(), limit_s
        self._link: Link | None = None
        self._address: Address | None = None
        self._is_thorough = True
        self._turn, self._told = threading.Lock(), threading.Condition()
        self._begun, self._ended = 0, 0
        self._error: AnnodeskError | None = None
        self.after_round: Callable[[bool], None] = lambda is_out: None
        """Called after each round, on its thread; True where this person is in the project no more."""
        self._attended_s = -math.inf
        self._stopped, self._nudged = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._bell: Bell | None = None
        self._lines: deque[SyncLine] = deque(maxlen=_LINES)
        self._state = SyncState(is_shared=desk.is_shared)
        self._takedowns: Following | None = None

    # Joining

    def join(self, url: str, project: str | None = None, *, ask: Ask = lambda place: None) -> Joined:
        """Tie this file to a project of a shared database and to the person who signs in; nothing is fetched yet.

        The password is kept by the keyring, or in memory; the file holds the address alone.
        """
        return self.join_at(_enter(url, ask), project)

    def join_at(self, address: Address, project: str | None = None) -> Joined:
        """The same, for an address that has let this person in already."""
        from annodesk.store.link import Link
        from annodesk.sync.meeting import who_am_i

        link = Link(address, limit_s=self.limit_s)
        try:
            me, _, _ = who_am_i(link)
            rows = link.ask("select id, name from annodesk.project order by name")
        finally:
            link.close()
        found = [row for row in rows if project in (None, row["id"], row["name"])]
        if not rows:
            raise WorkflowError("You are in no project on this server yet.", "Ask its manager to let you in.")
        if len(found) != 1:
            names = ", ".join(str(row["name"]) for row in rows)
            raise WorkflowError("Say which project to join.", f"You are in: {names}.")
        where = Joined(address.url, str(found[0]["id"]), me)
        with self._desk.file.write() as db:
            before = facts.joined(db)
            if before is not None and (before.project_id, before.person_id) != (where.project_id, where.person_id):
                raise WorkflowError("This file belongs to another project or person already.", "Take a new file.")
            others = [name for project_id, name, _ in projects.list_projects(db) if project_id != where.project_id]
            if others:
                hint = "Take a new file, or publish the project that is in this one."
                raise WorkflowError(f"This file holds a project of its own, {others[0]}.", hint)
            facts.note_joined(db, where)
        self.belong(where, address, str(found[0]["name"]))
        return where

    def belong(self, where: Joined, address: Address, name: str) -> None:
        """Know where the file belongs from now on, and how to enter there."""
        self._desk.belonging.where, self._address = where, address
        self._state = SyncState(is_shared=True)
        self._say(f"Joined {name} at {address.place} as {address.login}.")

    def address(self, *, ask: Ask = lambda place: None) -> tuple[Address, str]:
        """Where this file belongs and which project it is, for a question of one's own."""
        where = self._desk.belonging.where
        if where is None:
            raise WorkflowError("This file belongs to no shared database.", "Join one with: annodesk sync --join URL")
        if self._address is None:
            self._address = _enter(where.url, ask)
        return self._address, where.project_id

    # How things stand

    @property
    def where(self) -> Joined | None:
        """Which project the file belongs to, and as whom; None while it stands alone."""
        return self._desk.belonging.where

    def state(self) -> SyncState:
        """How this workstation stands, as of now."""
        with self._desk.file.read() as db:
            waiting = sum(outbox.count_waiting(db)) if self._desk.is_shared else 0
        return replace(self._state, waiting=waiting, is_shared=self._desk.is_shared)

    def log(self) -> list[SyncLine]:
        """What happened, oldest first."""
        return list(self._lines)

    def attend(self) -> None:
        """Somebody works here just now: what they hold is kept for them."""
        self._attended_s = time.monotonic()

    def with_team(self, work: Callable[[Team], T], *, ask: Ask = lambda place: None) -> T:
        """Something that needs the server now, on a connection of its own; raises what keeps it from that, in words."""
        where = self._desk.belonging.where
        if where is None:
            raise WorkflowError("This file belongs to no shared database.", "Join one with: annodesk sync --join URL")
        address = self._address or _enter(where.url, ask)
        from annodesk.sync.meeting import meet

        link = self._dial(address)
        try:
            return work(meet(self._desk.file, link, self._desk.clock))
        finally:
            link.close()

    def catch_up(self, *, ask: Ask = lambda place: None, cancel: CancelToken | None = None) -> None:
        """A whole round that begins now, by the thread where one runs; raises what keeps it from that."""
        if self._thread is None:
            self.round(ask=ask)
            return
        with self._told:
            wanted = self._begun + 1
            self.nudge()
            while self._ended < wanted and not self._stopped.is_set():
                self._told.wait(0.5)
                if cancel is not None:
                    cancel.check()
            error = self._error
        if error is not None:
            raise error

    # One round

    def round(self, *, pages: int | None = None, ask: Ask = lambda place: None) -> Synced:
        """Send what waits and fetch what changed, until all is here; raises what keeps it from that, in words."""
        with self._turn:
            result = self._round(pages, ask)
            while result.is_more:
                result = _joint(result, self._round(pages, ask))
        return self._sum_up(result)

    def first_round(self, *, ask: Ask = lambda place: None) -> Synced:
        """One round that brings a new file this person's own tasks; the thread's rounds bring the rest."""
        with self._turn:
            result = self._round(0, ask)
        return self._sum_up(result)

    def ask_for_task(self, stage: str = "annotate") -> None:
        """Ask for one more task; without a connection the wish waits like everything else, and is made once."""
        with self._desk.file.write() as db:
            last = last_asked(db, Stage(stage))
            if last is None or last.state not in (Asked.WAITING, Asked.SENT) or last.body.get("ahead"):
                outbox.ask(db, "claim", None, self._desk.clock(), stage=stage)
        self.nudge()

    def ask_ahead(self, stage: Stage = Stage.ANNOTATE, *, is_wanted: bool = False) -> None:
        """Have the next task lie ready before it is needed; ``is_wanted`` where somebody waits for it."""
        if ask_ahead(self._desk, stage, is_wanted=is_wanted):
            self.nudge()

    def _round(self, pages: int | None, ask: Ask) -> RoundResult:
        from annodesk.services.takedown import Following
        from annodesk.sync.round import run_round

        where = self._desk.belonging.where
        if where is None:
            raise WorkflowError("This file belongs to no shared database.", "Join one with: annodesk sync --join URL")
        self._takedowns = self._takedowns or Following(self._desk, self._say)
        self._state = replace(self._state, is_busy=True)
        self._begun += 1
        self._error = None
        try:
            link = self._open(where, ask)
            is_attended = time.monotonic() - self._attended_s < ATTENDED_S
            result = run_round(
                self._desk.file,
                link,
                self._desk.clock,
                thorough=self._is_thorough,
                is_attended=is_attended,
                pages=pages,
                take_down=self._takedowns.carry_out,
            )
        except AnnodeskError as error:
            self._error = error
            self._break_off(error)
            raise
        except BaseException:
            self._close()
            raise
        finally:
            self._state = replace(self._state, is_busy=False)
            with self._told:
                self._ended = self._begun
                self._told.notify_all()
        self._is_thorough = False
        self._desk.server_clock.offset_us = result.offset_us
        self._tell_of(result)
        self.after_round(False)
        return result

    def _open(self, where: Joined, ask: Ask) -> Link:
        if self._address is None:
            try:
                self._address = _enter(where.url, ask)
            except StoreError as error:
                # A password that is wrong or missing is no matter of the line: nobody would look for it offline.
                raise sorted_out(error) from None
        if self._link is not None and self._link.is_cut():
            # By sleep, or by a restart, since the last round: the server itself may well be there.
            self._close()
        if self._link is None:
            self._link = self._dial(self._address)
        return self._link

    def _dial(self, address: Address) -> Link:
        from annodesk.store.link import Link

        return Link(address, limit_s=self.limit_s, is_stopped=self._stopped.is_set)

    def _break_off(self, error: AnnodeskError) -> None:
        self._close()
        now, was = self._desk.clock(), self._state
        if isinstance(error, Refused) or not (isinstance(error, Unreachable) or _is_about_the_line(error)):
            if isinstance(error, ShutOut):
                self._address = None
                if error.is_removal:
                    self.after_round(True)
            if was.refused != error.sentence:
                self._say(error.sentence, error.hint, is_trouble=True)
            self._state = replace(was, refused=error.sentence, reason="", offline_since_us=None)
            return
        if was.offline_since_us is None:
            self._say(error.sentence, error.hint)
        since = now if was.offline_since_us is None else was.offline_since_us
        self._state = replace(was, offline_since_us=since, reason=error.sentence, refused="")
        self.after_round(False)

    def _tell_of(self, result: RoundResult) -> None:
        if self._state.offline_since_us is not None:
            self._say("Connected again.")
        refused = result.refused[-1] if result.refused else ""
        for sentence in result.notes:
            self._say(sentence)
        for sentence in result.refused:
            self._say(sentence, is_trouble=True)
        for gone in result.ended:
            self._say(gone.sentence, gone.hint)
        if result.pushed or result.pulled:
            self._say(f"Sent {result.pushed}, fetched {result.pulled}.")
        if result.conflicts and result.conflicts != self._state.conflicts:
            count = f"{result.conflicts} choice{'s' * (result.conflicts != 1)}"
            self._say(f"Two computers changed the same thing: {count} to make.", is_trouble=True)
        synced = self._desk.clock() if not result.waiting and not result.is_more else self._state.synced_at_us
        self._state = replace(
            self._state,
            waiting=result.waiting,
            conflicts=result.conflicts,
            synced_at_us=synced,
            offline_since_us=None,
            reason="",
            refused=refused if result.waiting else "",
        )

    def _sum_up(self, result: RoundResult) -> Synced:
        kinds = [Kind.PROJECT, Kind.PEOPLE] if result.is_project else []
        kinds += [Kind.ITEMS, Kind.TASKS, Kind.SCORES, Kind.COMMENTS] if result.items else []
        kinds += [Kind.EDITS] if result.sets else []
        kinds += [Kind.FIGURES] if result.is_figures else []
        changes = Changes.of(*kinds, items=tuple(result.items), sets=tuple(result.sets))
        return Synced(result, changes, self.state())

    def _say(self, sentence: str, hint: str = "", *, is_trouble: bool = False) -> None:
        self._lines.append(SyncLine(self._desk.clock(), sentence, hint, is_trouble))

    def _close(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    # The thread

    def start(self, on_round: Callable[[Synced | None], None] = lambda synced: None) -> None:
        """Make rounds on a thread of its own until stopped; ``on_round`` is called on it after each, None in vain."""
        if self._thread is not None or not self._desk.is_shared:
            return
        self._stopped.clear()
        self._bell = Bell()
        self._thread = threading.Thread(target=self._run, args=(on_round,), name="annodesk-sync", daemon=True)
        self._thread.start()

    def nudge(self) -> None:
        """Have the thread look at once: something waits here."""
        self._nudged.set()
        if (bell := self._bell) is not None:
            bell.ring()

    def stop(self) -> None:
        """End the thread, and let go of the connection; what is on its way is sent again another time."""
        self._stopped.set()
        self.nudge()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._bell is not None:
            self._bell.close()
            self._bell = None
        self._close()
        self._stopped.clear()

    def say_goodbye(self, seconds: float, is_more: Callable[[], bool] = lambda: False) -> None:
        """End the thread with one last round where the server is there now; no answer is awaited for longer than that.

        ``is_more`` is asked after it whether it has brought something that the server has to be told of yet.
        """
        is_there = self._link is not None
        self.stop()
        if not is_there:
            return
        limit_s, self.limit_s = self.limit_s, seconds
        try:
            self.first_round()
            if is_more():
                self.first_round()
        except AnnodeskError:
            pass  # it waits for the next time
        finally:
            self.limit_s = limit_s
            self._close()

    def _run(self, on_round: Callable[[Synced | None], None]) -> None:
        attempt = 0
        while not self._stopped.is_set():
            self._nudged.clear()
            was_open = self._link is not None
            try:
                with self._turn:
                    result = self._round(_PAGES, lambda place: None)
                synced, attempt = self._sum_up(result), 0
                pause = 0.0 if result.is_more else POLL_S
            except AnnodeskError as error:
                if self._stopped.is_set():
                    return
                synced, attempt = None, attempt + 1
                pause = REFUSED_S if isinstance(error, Refused) else wait_before(attempt, self._rng)
                if was_open and isinstance(error, Unreachable) and attempt == 1:
                    pause = 0.0  # the line was cut, as by sleep: the server itself may well be there
            except BaseException:
                # A fault of ours: the thread ends, and the status line says so.
                self._state = replace(self._state, refused="Syncing has stopped by a fault of annodesk.")
                raise
            on_round(synced)
            self._rest(pause)

    def _rest(self, seconds: float) -> None:
        """Wait until somebody nudges or wakes, or the time is over."""
        began = time.monotonic()
        until = began + seconds
        while (left := until - time.monotonic()) > 0 and not self._nudged.is_set():
            link, bell = self._link, self._bell
            if link is None or bell is None:
                self._nudged.wait(left)
                continue
            try:
                if link.wait_for_wake(left, bell):
                    # Those who are woken together do not all come at once, nor once for each who wakes them.
                    until = min(until, began + WOKEN_EVERY_S * self._rng.uniform(0.5, 1.5))
                    self._nudged.wait(max(0.0, until - time.monotonic()))
                    link.is_woken()  # by now the round to come answers these too
                    return
            except AnnodeskError:
                self._close()
                return


_PAGES = 10


def _enter(url: str, ask: Ask) -> Address:
    from annodesk.services.server import enter
    from annodesk.store import remote

    return enter(remote.read_address(url), ask)


def _is_about_the_line(error: AnnodeskError) -> bool:
    """Whether an error is the network's or the server's, not this disk's."""
    return isinstance(error, StoreError) and "cannot be written" not in error.sentence


def _joint(first: RoundResult, then: RoundResult) -> RoundResult:
    return replace(
        then,
        pushed=first.pushed + then.pushed,
        pulled=first.pulled + then.pulled,
        refused=[*first.refused, *(s for s in then.refused if s not in first.refused)],
        notes=[*first.notes, *then.notes],
        ended=[*first.ended, *then.ended],
        items=first.items | then.items,
        taken_down=first.taken_down | then.taken_down,
        sets=first.sets | then.sets,
        branches={**first.branches, **then.branches},
        is_project=first.is_project or then.is_project,
        is_figures=first.is_figures or then.is_figures,
    )
