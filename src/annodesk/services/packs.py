"""Packs: tasks taken offline for some days with their media, and brought back; and the media of what is held."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk import settings
from annodesk.errors import AnnodeskError, Cancelled, MediaError, WorkflowError
from annodesk.media.fetch import Wanted, fetch
from annodesk.media.files import find_media, media_folder
from annodesk.model.project import WorkflowPolicy
from annodesk.model.work import SlotState
from annodesk.progress import CancelToken, Progress, silent
from annodesk.store import holdings, items, projects, takedown
from annodesk.store.line import Refused

if TYPE_CHECKING:
    from annodesk.model.items import Asset
    from annodesk.services.base import Desk
    from annodesk.services.leases import Leases
    from annodesk.services.server import Ask
    from annodesk.services.sync import Sync
    from annodesk.store.holdings import Holding
    from annodesk.sync.meeting import Team

DAY_US = 86_400_000_000
MOST_TASKS = 500
NOTHING_MORE = "There is nothing more for you just now."


class PackState(Struct, frozen=True):
    """What is offline with this person now.

    Parameters
    ----------
    tasks, begun : how many tasks are in the pack, and how many of them are begun
    until_us : when the first of their leases ends; None where there is no pack
    held : how many tasks this person holds, in the pack or not
    most_days : for how long the project lets work be taken offline
    why_not : why none may be taken, empty where it may
    """

    tasks: int = 0
    begun: int = 0
    until_us: int | None = None
    held: int = 0
    most_days: float = 0.0
    why_not: str = ""


class Taken(Struct, frozen=True):
    """What was taken offline: how many tasks are ready, until when, and what was not to be had, in sentences."""

    tasks: int
    until_us: int | None
    problems: tuple[str, ...] = ()
    is_cancelled: bool = False


class Brought(Struct, frozen=True):
    """What was brought back: so many tasks went to others, and so many that are begun stay."""

    returned: int
    kept: int


class Packs:
    """Leases tasks for days and fetches their media, deletes these with the leases."""

    def __init__(self, desk: Desk, sync: Sync, leases: Leases) -> None:
        self._desk, self._sync, self._leases = desk, sync, leases
        self.open_task = ""
        """What somebody works on just now keeps its media until it is left."""
        sync.after_round = self.tidy

    @property
    def most_days(self) -> float:
        """For how long the project lets work be taken offline."""
        return self._rules().pack_days

    def state(self) -> PackState:
        """How the pack stands."""
        if not self._desk.is_shared:
            return PackState(why_not="Only a team's work is taken offline; this file is all here.")
        held = self._leases.held(SlotState.LEASED)
        pack = [one for one in held if one.pack_until_us is not None and one.is_live(self._desk.server_us())]
        return PackState(
            len(pack),
            sum(one.is_begun for one in pack),
            min((one.lease_until_us for one in pack), default=None),
            len(held),
            self.most_days,
            self._why_not(),
        )

    def take(
        self,
        count: int,
        days: float,
        *,
        ask: Ask = lambda place: None,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> Taken:
        """Lease so many tasks for some days, those in hand first, and fetch their media; what has none goes back.

        Stopped on request it keeps what is whole, and gives back the rest of what it has taken.
        """
        cancel = cancel or CancelToken()
        if not 1 <= count <= MOST_TASKS:
            raise WorkflowError(f"A pack holds 1 to {MOST_TASKS} tasks.", "Name another number.")
        if not days > 0:
            raise WorkflowError("A pack is taken for a day or more, or a part of one.", "Name another number.")
        if why_not := self._why_not():
            raise WorkflowError(why_not, "Work on it while you are connected.")
        progress(0.0, "Asking the server for tasks …")
        self._sync.catch_up(ask=ask, cancel=cancel)
        if why_not := self._why_not():  # as the server has it now
            raise WorkflowError(why_not, "Work on it while you are connected.")
        known = [one.claim_id for one in self._leases.held(SlotState.LEASED)][:count]
        fresh, problems = self._lease(known, count, days, ask, cancel)
        self._sync.catch_up(ask=ask)
        pack = [one for one in self._leases.held(SlotState.LEASED) if one.claim_id in {*known, *fresh}]
        pack.sort(key=lambda one: one.claim_id in fresh)
        if not self._rules().offline_suggestions:
            with self._desk.file.write() as db:
                holdings.drop_suggestions(db, [one.task_id for one in pack])
        ready, is_cancelled = [], False
        for number, one in enumerate(pack):
            said = f"{number + 1} of {len(pack)}: {one.key}"
            try:
                self._fetch(one, _part(progress, number, len(pack), said), cancel)
            except Cancelled:
                is_cancelled = True
                break
            except (MediaError, OSError) as error:
                problems.append(f"{one.key}: {error}")
                continue
            ready.append(one)
        left = [one for one in pack if one not in ready]
        self._let_go([one for one in left if one.claim_id in fresh], [one for one in left if one.claim_id in known])
        progress(1.0, "done")
        until = min((one.lease_until_us for one in ready), default=None)
        return Taken(len(ready), until, tuple(problems), is_cancelled)

    def bring_back(self) -> Brought:
        """Give back what of the pack is not begun, and go on with the rest under ordinary leases.

        Without a connection others get it as soon as there is one again.
        """
        if not self._desk.is_shared:
            raise WorkflowError("This file belongs to no shared database.", "Nothing of it was taken offline.")
        pack = [one for one in self._leases.held(SlotState.LEASED) if one.pack_until_us is not None]
        untouched = [one for one in pack if not one.is_begun]
        self._let_go(untouched, [one for one in pack if one.is_begun])
        return Brought(len(untouched), len(pack) - len(untouched))

    def fetch_ahead(self, progress: Progress = silent, cancel: CancelToken | None = None) -> tuple[str, ...]:
        """Fetch what the open task and those that lie ready lack; returns what could not be had, in sentences.

        Where the project forbids media offline only the open task's are fetched.
        """
        cancel = cancel or CancelToken()
        held = self._leases.held(SlotState.LEASED, SlotState.RETURNED)
        held.sort(key=lambda one: one.task_id != self.open_task)
        if not self._rules().offline_media:
            held = [one for one in held if one.task_id == self.open_task]
        problems = []
        for number, one in enumerate(held):
            try:
                self._fetch(one, _part(progress, number, len(held), one.key), cancel)
            except (MediaError, OSError) as error:
                problems.append(f"{one.key}: {error}")
        return tuple(problems)

    def is_lacking(self) -> bool:
        """Whether there is something that ``fetch_ahead`` would fetch."""
        held = self._leases.held(SlotState.LEASED, SlotState.RETURNED)
        if held and not self._rules().offline_media:
            held = [one for one in held if one.task_id == self.open_task]
        return any(self._lacks(asset) for one in held for asset in self._assets(one) if asset.location.url)

    def close(self) -> None:
        """The person closes the window; what may not be kept without a connection goes."""
        self.open_task = ""
        self.tidy(self._desk.is_shared and not self._rules().offline_media)

    def tidy(self, is_out: bool = False) -> None:
        """Delete the media of leases that have ended; of all, where this person is out."""
        if not self._desk.is_shared or self._desk.file.is_read_only:
            return
        with self._desk.file.read() as db:
            kept = holdings.keeps_media(db)
        if not kept:
            return
        now_us, folder = self._desk.server_us(), media_folder()
        live = {one.claim_id for one in self._leases.held() if one.is_live(now_us) or one.task_id == self.open_task}
        for claim_id in kept:
            if is_out or claim_id not in live:
                folder.delete_pack(claim_id)
                with self._desk.file.write() as db:
                    holdings.forget_media(db, claim_id)

    # Inside

    def _rules(self) -> WorkflowPolicy:
        """What the project says, as far as it is known here; what is usual where it is not."""
        where = self._desk.belonging.where
        with self._desk.file.read() as db:
            if where is None or all(where.project_id != project_id for project_id, _, _ in projects.list_projects(db)):
                return WorkflowPolicy()
            return projects.get_version(db, where.project_id).project.workflow

    def _why_not(self) -> str:
        if not self._desk.is_shared:
            return "Only a team's work is taken offline; this file is all here."
        return "" if self._rules().offline_media else "The work of this project is not taken offline."

    def _lease(
        self, known: Sequence[str], count: int, days: float, ask: Ask, cancel: CancelToken
    ) -> tuple[set[str], list[str]]:
        """Lease what is in hand, and as many more as are wanted; what keeps from that is said."""
        fresh, problems = set[str](), list[str]()

        def work(team: Team) -> None:
            try:
                while len(known) + len(fresh) < count:
                    cancel.check()
                    found = team.link.ask("select claim_id from annodesk.claim(%s)", team.project_id)
                    if not found:
                        problems.append(NOTHING_MORE)
                        break
                    fresh.update(row["claim_id"] for row in found)
            except Refused as error:
                problems.append(str(error))
            try:
                cancel.check()
                team.link.ask("select annodesk.renew(%s, %s, %s)", team.project_id, [*known, *fresh], float(days))
            except (Cancelled, Refused):
                team.link.ask("select annodesk.give_back(%s, %s)", team.project_id, [*fresh])
                raise

        self._sync.with_team(work, ask=ask)
        return fresh, problems

    def _fetch(self, one: Holding, progress: Progress, cancel: CancelToken) -> None:
        """Have a task's media here, held by its lease; what lies on this computer anyway is left where it is."""
        wanted = [found for asset in self._assets(one) if (found := self._wanted(asset)) is not None]
        if not wanted:
            cancel.check()
            return
        with self._desk.file.write() as db:
            holdings.note_media(db, one.claim_id)
        folder, roots = media_folder(), [Path(root) for root in settings.load().media_roots.values()]
        for number, (media, home) in enumerate(wanted):
            fetch(
                folder,
                media,
                lease_id=one.claim_id,
                roots=[*roots, *home],
                progress=_part(progress, number, len(wanted)),
                cancel=cancel,
            )

    def _assets(self, one: Holding) -> Sequence[Asset]:
        """The files of a task; none where they were taken down."""
        with self._desk.file.read() as db:
            if takedown.taken_down(db, [one.item_id]):
                return ()
            return items.get_item(db, one.item_id).assets

    def _lacks(self, asset: Asset) -> bool:
        try:
            self._desk.resolve(asset)
        except MediaError:
            return True
        return False

    def _wanted(self, asset: Asset) -> tuple[Wanted, list[Path]] | None:
        """Where a file comes from, and the folder it may be read from; None for one that stays here by itself."""
        if asset.location.url:
            return Wanted(asset.location.url, asset.sha256), []
        path = find_media(asset, self._desk.home)
        folder = media_folder()
        if path.is_relative_to(folder.folder):
            return None
        # A folder on the network is another device, and is not there offline.
        if os.stat(path).st_dev == os.stat(folder.folder).st_dev:
            return None
        return Wanted(path.as_uri(), asset.sha256), [path.parent]

    def _let_go(self, gone: Sequence[Holding], kept: Sequence[Holding]) -> None:
        """Some go back to others, some stay under ordinary leases; the server is told now, or when it is there."""
        if not gone and not kept:
            return
        with self._desk.file.write() as db:
            for one in gone:
                holdings.give_back(db, one, self._desk.clock())
            for one in kept:
                holdings.unpack(db, one, self._desk.clock())
        self.tidy()
        try:
            self._sync.catch_up()
        except AnnodeskError:
            return  # it waits; the status line says so


def _part(progress: Progress, number: int, of: int, said: str = "") -> Progress:
    """The progress of one of several parts."""
    return lambda share, words: progress((number + share) / of, said or words)
