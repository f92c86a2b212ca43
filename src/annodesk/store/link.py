"""One person's connection to the shared database: no call waits longer than its limit, and refusals come in words."""

from __future__ import annotations

import contextlib
import selectors
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from annodesk import __version__
from annodesk.errors import AnnodeskError, StoreError
from annodesk.store import remote
from annodesk.store.line import ANSWER_S, Refused, Unreachable, sorted_out
from annodesk.store.wakes import Bell, channel

if TYPE_CHECKING:
    from annodesk.store.remote import Address

Record = dict[str, Any]


WORDS: dict[str, tuple[str, str]] = {
    "AN002": ("You hold as many tasks as one person may.", "Hand some in or give some back first."),
    "AN003": ("You have taken as many tasks as agreed for a day.", "Go on tomorrow, or ask the manager for more."),
    "AN004": ("Some of this work has not arrived at the server.", "It is sent again."),
    "AN005": ("The server has this task in another state.", "Your work is kept; open the task again."),
    "AN006": ("A correction needs a reason.", "Give one and hand it in again."),
    "AN007": ("The server does not take this as it is.", "Your work is kept here; tell the manager."),
    "AN008": ("It cannot be recalled any more.", "Make a correction with a reason instead."),
    "AN009": ("The task is not open any more.", "Your work on it is kept; hand it in and it counts as late."),
    "AN010": ("There is no such login.", "Check the name."),
    "AN031": ("The work of this project is not taken offline.", "Work on it while you are connected."),
    "AN051": ("There is no such item in this project.", "Name its key, as the list of items shows it."),
    "AN052": ("This item was not taken down.", "Take it down first."),
    "AN053": ("You have as many workstations as one person may.", "Ask the project's manager."),
    "AN011": ("This project is published already.", "Join it instead."),
    "AN040": ("This project is not published yet.", "Publish it first."),
    "AN041": ("This recording cannot be moved so.", "Type another time."),
    "AN042": ("Only what is settled can be opened again.", "Read the list again."),
    "AN043": ("A reason is needed.", "A few words are enough."),
    "AN046": ("Only what was handed in can be returned.", "Wait until it is handed in again."),
    "AN047": ("It is settled.", "Open the item again instead."),
    "AN048": ("There is no such work any more.", "Open the item again."),
    "AN068": ("Nobody holds this task.", "Keep it for somebody instead."),
    "AN070": ("Another batch has this name.", "Give it another."),
    "AN049": ("Only an answer that an analyst has settled becomes a reference.", "Choose another item."),
}
"""What each refusal of the server's functions means, and what to do."""

_NEXT_STEPS = {
    "You are marked as absent.": "End your absence, then take work again.",
    "It is outside your working hours.": "What you hold stays open to you; a manager changes the hours.",
}
"""What to do after refusals that share a code and say in their own words why."""


class Link:
    """An open connection as one person; rows are dicts."""

    def __init__(
        self, address: Address, *, limit_s: float = ANSWER_S, is_stopped: Callable[[], bool] = lambda: False
    ) -> None:
        self.address = address
        with self._judged():
            self._db = remote.connect(
                address,
                limit_s=limit_s,
                is_stopped=is_stopped,
                autocommit=True,
                row_factory=dict_row,
                prepare_threshold=None,
            )
        self._channels: set[str] = set()
        self.ask("select set_config('application_name', %s, false)", f"annodesk {__version__}")

    def ask(self, statement: str, *values: Any) -> list[Record]:
        """The rows of one statement."""
        with self._judged():
            found = self._db.execute(statement, values)
            return found.fetchall() if found.description else []

    def ask_all(self, asked: Iterable[tuple[str, tuple[Any, ...]]]) -> list[list[Record]]:
        """The rows of several statements that go to the server together: the way there is paid for once."""
        with self._judged():
            with self._db.pipeline():
                found = [self._db.execute(statement, values) for statement, values in asked]
            return [one.fetchall() if one.description else [] for one in found]

    @contextmanager
    def transaction(self, *, one_view: bool = False) -> Iterator[None]:
        """One transaction; with ``one_view`` all its statements read the database as of one moment."""
        with self._judged(), self._db.transaction():
            if one_view:
                self._db.execute("set transaction isolation level repeatable read, read only")
            yield

    def listen(self, project_id: str, audiences: Iterable[str]) -> None:
        """Be woken when something happens in a project for one of these, and for nobody else."""
        wanted = {channel(project_id, audience) for audience in audiences}
        for name in sorted(self._channels - wanted):
            self.ask(f"unlisten {name}")
        for name in sorted(wanted - self._channels):
            self.ask(f"listen {name}")
        self._channels = wanted

    def wake(self, project_id: str, audiences: Iterable[str]) -> None:
        """Wake the others; it says nothing but that they might look."""
        names = sorted(channel(project_id, audience) for audience in audiences)
        # Nobody has to wait for the disk for this.
        self.ask(
            "select set_config('synchronous_commit', 'off', true), pg_notify(name, '') from unnest(%s::text[]) name",
            names,
        )

    def wait_for_wake(self, seconds: float, bell: Bell) -> bool:
        """Whether somebody else woke this connection within a time; the bell ends the wait."""
        if self.is_woken():
            return True
        with self._judged(), selectors.DefaultSelector() as selector:
            selector.register(self._db.fileno(), selectors.EVENT_READ)
            selector.register(bell, selectors.EVENT_READ)
            rung = [key.fileobj is bell for key, _ in selector.select(seconds)]
        bell.hush()
        return False in rung and self.is_woken()

    def is_woken(self) -> bool:
        """Whether somebody else woke this connection since it was last asked."""
        with self._judged():
            callers = {one.pid for one in self._db.notifies(timeout=0)}
            return bool(callers - {self._db.info.backend_pid})

    def is_cut(self) -> bool:
        """Whether the other side has hung up, as far as is known here; asks nobody."""
        try:
            for _ in range(3):  # what it said last is read first, then that it has hung up
                self._db.pgconn.consume_input()
        except psycopg.Error:
            return True
        return self._db.closed

    def close(self) -> None:
        """Let go of the connection."""
        with contextlib.suppress(psycopg.Error, OSError):
            self._db.close()

    @contextmanager
    def _judged(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise _told(self.address, error) from None


def _told(address: Address, error: psycopg.Error) -> AnnodeskError:
    code = error.sqlstate or ""
    if code in WORDS:
        return Refused(*WORDS[code], code)
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        # The words of our functions are for people; those of PostgreSQL are not.
        said = str(error.diag.message_primary or "")
        own = said if said.startswith("You ") else "This login may not do this in this project."
        return Refused(own, "Ask the project's manager.", code)
    if code.startswith(remote.OURS):
        said = str(error.diag.message_primary)
        return Refused(said, str(error.diag.message_hint or "") or _NEXT_STEPS.get(said, ""), code)
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedFunction):
        return Refused("This database is not one of this annodesk.", "Check the URL, or ask for an upgrade.", code)
    if isinstance(error, psycopg.errors.DiskFull):
        return Unreachable("The server's disk is full.", "Nothing is lost here; tell its administrator.")
    try:
        with remote.told(address):
            raise error
    except StoreError as told:
        return sorted_out(told, code)
    except psycopg.Error:
        return Refused("The server does not take this as it is.", "Your work is kept here; tell the manager.", code)
