"""Taking an item's content down: asked for by a manager, carried out on the server and on every workstation."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import socket
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk import log
from annodesk.errors import AnnodeskError, MediaError, NotFoundError, WorkflowError
from annodesk.media import cache
from annodesk.media.files import media_folder
from annodesk.model.ids import new_id
from annodesk.model.work import Role, SlotState, Stage
from annodesk.prelabel.prefixes import forget_prefixes
from annodesk.progress import Progress, silent
from annodesk.services.changes import Changes, Kind
from annodesk.services.half_typed import HalfTypedFile
from annodesk.store import facts, items, projects, tasks
from annodesk.store import takedown as rows
from annodesk.store.line import Refused
from annodesk.store.link import Link
from annodesk.store.takedown import Takedown
from annodesk.workflow.states import COORDINATOR

if TYPE_CHECKING:
    from annodesk.model.items import Asset
    from annodesk.services.base import Desk
    from annodesk.services.places import Place
    from annodesk.store.engine import Connection
    from annodesk.store.remote import Address
    from annodesk.sync.meeting import Team

LOOK_EVERY_US = 10_000_000
TRIES, TRY_AGAIN_S = 20, 0.25
PATIENCE_S = 1800.0
"""The longest the server may take to blank one item of many hours."""
WHAT_HAPPENS = (
    "Media copies, text, comments, notes, metadata, pictures and everything computed from the content are deleted"
    " here, on the server, and on every workstation when it next syncs. Labels stay, without content."
    " This cannot be undone."
)
NOT_REACHED = (
    "Not reached: the original files outside annodesk's folders, exports, and backups of files and of the server."
)

_DAY_US = 86_400_000_000
_HELD = (SlotState.LEASED, SlotState.PARKED, SlotState.RECALLED, SlotState.RETURNED)


class Unconfirmed(Struct, frozen=True):
    """A workstation that has not said yet that it carried a takedown out; ``seen_us`` is the day it came last."""

    copy_id: str
    person: str
    is_member: bool
    seen_us: int


class Standing(Struct, frozen=True):
    """How far a takedown is: whether the server is done, and who is still waited for."""

    item_id: str
    key: str
    number: int
    made_at_us: int
    is_blank: bool
    waiting: tuple[Unconfirmed, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is left anywhere that annodesk knows of."""
        return self.is_blank and not self.waiting


class TeamTakedowns:
    """Asks the server, as one of its managers; every call may take as long as the network does."""

    def __init__(self, address: Address, project: str) -> None:
        self._address, self._project = address, project

    def take_down(self, item: str, *, progress: Progress = silent) -> Standing:
        """Take an item down on the server; workstations follow at their next sync. Asked again it goes on."""
        with _Open(self._address) as link:
            project_id = self._find(link)
            item_id = self._item(link, project_id, item)
            progress(0.1, "closing the item")
            link.ask("select annodesk.take_down(%s, %s)", project_id, item_id)
            progress(0.3, "blanking what the server holds")
            standing = _blank(link, project_id, item_id)
            link.wake(project_id, ["members"])
            progress(1.0, "done")
            return standing

    def standings(self) -> list[Standing]:
        """Everything that was taken down, and who is waited for."""
        with _Open(self._address) as link:
            return _standings(link, self._find(link))

    def give_up(self, copy_id: str) -> None:
        """Wait no longer for a workstation that nobody will ever open again."""
        with _Open(self._address) as link:
            (found,) = link.ask("select annodesk.give_up_copy(%s, %s) as n", self._find(link), copy_id)
        if not found["n"]:
            raise NotFoundError(f"No workstation {copy_id!r:.80} is waited for.", "Look at: annodesk purge --status")

    def _find(self, link: Link) -> str:
        query = "select id from annodesk.project where id = %s or name = %s"
        found = link.ask(query, self._project, self._project)
        if not found:
            raise NotFoundError(f"You are in no project {self._project!r:.80} here.", "Check its name.")
        return str(found[0]["id"])

    def _item(self, link: Link, project_id: str, item: str) -> str:
        query = "select id from annodesk.item where project_id = %s and (id = %s or key = %s) order by id <> %s"
        found = link.ask(query, project_id, item, item, item)
        # What a manager labels themselves is hidden from them, but not that it is to go.
        return str(found[0]["id"]) if found else item


class Takedowns:
    """Takes items of the open file down: here where it stands alone, else on its team's server.

    Parameters
    ----------
    address : where the team's server is, and which project
    """

    def __init__(self, desk: Desk, address: Callable[[], tuple[Address, str]]) -> None:
        self._desk, self._address = desk, address

    @property
    def asks_server(self) -> bool:
        """Whether a server decides, so that a call may take as long as the network does."""
        return self._desk.is_shared

    def standings(self, project_id: str) -> list[Standing]:
        """Everything that was taken down, and who is waited for."""
        if self.asks_server:
            return self._team().standings()
        with self._desk.file.read() as db:
            keys = {one.id: one.key for one in items.list_items(db, project_id)}
            is_blank = not rows.needs_wipe(db)
            found = rows.known(db)
        return [
            Standing(one.item_id, keys[one.item_id], one.number, one.made_at_us, is_blank)
            for one in found
            if one.item_id in keys
        ]

    def take_down(
        self, project_id: str, item: str, *, by_person: str = "", progress: Progress = silent
    ) -> tuple[Standing, Changes]:
        """Take an item down, by its key or id; asked again it goes on where something kept it from its end.

        In a team the server is done when this returns; this workstation follows at its next round like all others.
        """
        if self.asks_server:
            return self._team().take_down(item, progress=progress), Changes()
        item_id, desk = self.find(project_id, item), self._desk
        with desk.file.write() as db:
            known = {one.item_id: one for one in rows.known(db)}
            what = known.get(item_id)
            if what is None:
                version = projects.get_version(db, project_id).version
                what = Takedown(item_id, rows.next_number(db), version, desk.clock(), by_person)
                rows.note(db, what)
                self._give_back(db, item_id)
            files = rows.files_until(db, project_id, what.version)
        progress(0.2, "deleting copies")
        sets = carry_out(desk, what, files)
        progress(0.5, "writing the file anew")
        rows.wipe(desk.file)
        progress(1.0, "done")
        kinds = (Kind.ITEMS, Kind.TASKS, Kind.EDITS, Kind.COMMENTS)
        (standing,) = [one for one in self.standings(project_id) if one.item_id == item_id]
        return standing, Changes.of(*kinds, items=(item_id,), sets=tuple(sets))

    def copies(self) -> str:
        """What to say of older copies beside the file; empty where there are none."""
        return copies_beside(self._desk.file.path)

    def give_up(self, copy_id: str) -> None:
        """Wait no longer for a workstation that nobody will ever open again."""
        if not self.asks_server:
            raise WorkflowError("This file belongs to no team.", "No workstation is waited for.")
        self._team().give_up(copy_id)

    def find(self, project_id: str, item: str) -> str:
        """The id of an item by its key or id."""
        with self._desk.file.read() as db:
            for one in items.list_items(db, project_id):
                if item in (one.id, one.key):
                    return one.id
        raise NotFoundError(f"There is no item {item!r:.80} in this project.", "Name its key, as the list shows it.")

    def _team(self) -> TeamTakedowns:
        return TeamTakedowns(*self._address())

    def _give_back(self, db: Connection, item_id: str) -> None:
        """Nobody goes on labelling what cannot be heard any more; what they did stays."""
        for task in tasks.tasks_of_item(db, item_id, Stage.ANNOTATE):
            for claim in tasks.claims_of_task(db, task.id):
                if claim.state in _HELD:
                    tasks.set_claim_state(db, claim, SlotState.EXPIRED, COORDINATOR, self._desk.clock())
                    tasks.free_slot(db, claim.id)


class Following:
    """What one workstation of a team does about takedowns, in each of its rounds."""

    def __init__(self, desk: Desk, say: Callable[[str, str], None]) -> None:
        self._desk, self._say = desk, say
        self._life: str | None = None
        self._day = 0
        self._told = ""

    def carry_out(self, team: Team) -> set[str]:
        """Carry out what was taken down since, tell the server, and return the items; before anything is sent."""
        desk, link, project_id = self._desk, team.link, team.project_id
        with desk.file.read() as db:
            copy, done = facts.fact(db, rows.COPY), int(facts.fact(db, rows.DONE) or 0)
            needs_wipe = rows.needs_wipe(db)
        if copy is None:
            copy = new_id()
            with desk.file.write() as db:
                facts.note_fact(db, rows.COPY, copy)
        is_anew, today = team.life != self._life, desk.clock() // _DAY_US
        if team.takedown == done and not needs_wipe and not is_anew and today == self._day:
            return set()
        newest, self._day = _check_in(link, project_id, copy, done), today
        # After a restart the server may be an older one, which has forgotten some.
        after, told = 0 if is_anew or newest < done else done, done
        asked = link.ask(
            "select item_id, number, version, made_at_us from annodesk.takedown"
            " where project_id = %s and number > %s order by number",
            *(project_id, after),
        )
        there = {str(row["item_id"]): Takedown(**row) for row in asked}
        if after == 0:
            there |= self._bring_back(team, there)
            told = min(done, newest)
            newest = max(newest, _check_in(link, project_id, copy, told))
        with desk.file.read() as db:
            here = rows.taken_down(db)
        fresh = [one for one in there.values() if one.item_id not in here or one.number > done]
        try:
            for one in fresh:
                carry_out(desk, one, _files(link, project_id, one.version))
            if is_anew:
                self._erase_again(here - {one.item_id for one in fresh})
            if fresh or needs_wipe:
                rows.wipe(desk.file)
        except AnnodeskError as error:
            if error.sentence != self._told:
                self._say(error.sentence, error.hint)
            self._told = error.sentence
            return {one.item_id for one in fresh}
        self._life = team.life
        with desk.file.write() as db:
            facts.note_fact(db, rows.DONE, str(newest))
        if newest != told:
            _check_in(link, project_id, copy, newest)
        if fresh:
            what = "1 item was" if len(fresh) == 1 else f"{len(fresh)} items were"
            self._say(f"{what} taken down; nothing of the content is left in this file.", copies_beside(desk.file.path))
        return {one.item_id for one in fresh}

    def _bring_back(self, team: Team, there: Collection[str]) -> dict[str, Takedown]:
        """A server that was set back to an older copy has forgotten takedowns; a manager's workstation repeats them."""
        with self._desk.file.read() as db:
            lost = [one for one in rows.known(db) if one.item_id not in there]
        if not lost:
            return {}
        if Role.MANAGER not in team.roles:
            self._say("The server was set back and holds what was taken down.", "Tell the project's manager.")
            return {}
        for one in lost:
            # An item younger than the copy is not there at all.
            with contextlib.suppress(Refused):
                team.link.ask("select annodesk.take_down(%s, %s)", team.project_id, one.item_id)
                _blank(team.link, team.project_id, one.item_id)
        self._say("The server was set back; what had been taken down is taken down again.", "")
        found = team.link.ask(
            "select item_id, number, version, made_at_us from annodesk.takedown"
            " where project_id = %s and item_id = any(%s)",
            *(team.project_id, [one.item_id for one in lost]),
        )
        return {str(row["item_id"]): Takedown(**row) for row in found}

    def _erase_again(self, item_ids: Iterable[str]) -> None:
        """What a window that was open then may have computed once more."""
        for item_id in item_ids:
            with self._desk.file.read() as db:
                assets = rows.assets_of(db, item_id)
            erase_media(assets)


class WorkersPart:
    """What a coordinator does about takedowns: it finishes what broke off, and deletes the copies of its computer."""

    def __init__(self) -> None:
        self._copy = f"worker-{hashlib.sha256(socket.gethostname().encode()).hexdigest()[:16]}"
        self._done: dict[str, int] = {}
        self._next_us: dict[str, int] = {}

    def look(self, place: Place, project_id: str) -> None:
        """Look whether something was taken down; now and then, for a takedown is rare."""
        with place.read() as db:
            now_us = place.now_us()
            if now_us < self._next_us.get(project_id, 0):
                return
            self._next_us[project_id] = now_us + LOOK_EVERY_US
            done = self._done.get(project_id, 0)
            newest = rows.check_in(db, project_id, self._copy, done)
            unfinished = rows.unblanked(db)
        for item_id in unfinished:
            with place.write() as db:
                rows.blank_on_server(db, project_id, item_id)
        if newest == done:
            return
        with place.read() as db:
            assets = [a for one in rows.known(db) if one.number > done for a in rows.assets_of(db, one.item_id)]
        erase_media(assets)
        with place.write() as db:
            rows.check_in(db, project_id, self._copy, newest)
        self._done[project_id] = newest


def carry_out(desk: Desk, what: Takedown, files: str) -> list[str]:
    """Delete what was copied or computed of an item and blank its rows; returns its sets.

    Raises MediaError where a copy is in use: the words are gone then too, and it is to be done again.
    """
    with desk.file.read() as db:
        assets = rows.assets_of(db, what.item_id)
    trouble: MediaError | None = None
    try:
        erase_media(assets)
        for asset in assets:
            # Another copy than the item was made with has computed files of its own.
            with contextlib.suppress(MediaError):
                cache.erase(cache.known_print(desk.resolve(asset)))
    except MediaError as error:
        trouble = error
    with desk.file.write() as db:
        found = rows.blank_item(db, what.item_id, files, keep_places=trouble is not None)
        rows.note(db, what)
    try:
        for set_id in found.sets:
            HalfTypedFile(set_id).remove()
        log.forget(found.texts)
    except OSError as error:
        trouble = MediaError(f"The log cannot be written: {error.strerror}.", "It is tried again.")
    if trouble is not None:
        raise trouble
    return found.sets


def copies_beside(path: Path) -> str:
    """What to say of older copies that annodesk has put beside a file and that still hold everything."""
    names = sorted(one.name for one in path.parent.glob(f"{glob.escape(path.stem)}.*{path.suffix}") if one != path)
    return f"Older copies beside it still hold it, delete them: {', '.join(names)}." if names else ""


def erase_media(assets: Iterable[Asset]) -> None:
    """Delete what annodesk keeps of these files, and what it put before a model; never the originals."""
    forget_prefixes()
    packs = media_folder()
    for asset in assets:
        try:
            if asset.quick_print:
                cache.erase(asset.quick_print)
            if asset.sha256:
                packs.erase(asset.sha256)
            if asset.location.url:
                fetched = packs.find(asset.location.url, asset.sha256)
                if fetched is not None:
                    cache.erase(cache.known_print(fetched))
                packs.delete(asset.location.url, asset.sha256)
                if fetched is not None and fetched.exists():
                    raise MediaError("A copy of what was taken down is in use.", "Close it; it is tried again.")
        except OSError as error:
            sentence = f"A copy of what was taken down cannot be deleted: {error.strerror}."
            raise MediaError(sentence, "Close what uses it; it is tried again.") from error


class _Open:
    """A connection for one question that may take long."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def __enter__(self) -> Link:
        self._link = Link(self._address, limit_s=PATIENCE_S)
        self._link.ask("set statement_timeout = 0")
        return self._link

    def __exit__(self, *_: object) -> None:
        self._link.close()


def _blank(link: Link, project_id: str, item_id: str) -> Standing:
    """Blank an item until whoever was bringing something in just then has ended; a worker waits for the slow."""
    for _ in range(TRIES):
        link.ask("select annodesk.blank_item(%s, %s)", project_id, item_id)
        standing = next(one for one in _standings(link, project_id) if one.item_id == item_id)
        if standing.is_blank:
            break
        time.sleep(TRY_AGAIN_S)
    return standing


def _standings(link: Link, project_id: str) -> list[Standing]:
    found: dict[int, Standing] = {}
    for row in link.ask("select * from annodesk.takedowns(%s)", project_id):
        number = int(row["number"])
        one = found.get(number)
        if one is None:
            one = Standing(row["item_id"], row["key"], number, row["made_at_us"], row["is_blank"])
        if row["copy_id"] is not None:
            waited = Unconfirmed(row["copy_id"], row["person_name"], row["is_member"], row["seen_us"])
            one = replace(one, waiting=(*one.waiting, waited))
        found[number] = one
    return list(found.values())


def _check_in(link: Link, project_id: str, copy: str, done: int) -> int:
    (found,) = link.ask("select annodesk.check_in(%s, %s, %s) as n", project_id, copy, done)
    return int(found["n"])


def _files(link: Link, project_id: str, version: int) -> str:
    query = "select string_agg(file, E'\\n' order by version) as files from annodesk.project_version"
    (found,) = link.ask(f"{query} where project_id = %s and version <= %s", project_id, version)
    return str(found["files"] or "")
