"""What every service holds: the open file, the workstation, the clock."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from annodesk import settings
from annodesk.errors import MediaError, WorkflowError
from annodesk.media.files import find_media, home_of
from annodesk.model.ids import new_id
from annodesk.model.items import Asset, AssetType, Location
from annodesk.model.work import Role
from annodesk.store import projects

if TYPE_CHECKING:
    from annodesk.store.engine import LocalFile
    from annodesk.store.facts import Joined


def wall_clock_us() -> int:
    """Microseconds since 1970, UTC, by this workstation."""
    return time.time_ns() // 1000


def rng_of(*names: str) -> random.Random:
    """A generator that gives the same numbers for the same names, on every machine."""
    digest = hashlib.sha256("\x1f".join(names).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))


class EditNumbers:
    """Numbers this workstation's Edits of one file in the order they are made, whichever session makes them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 1

    def __call__(self) -> int:
        with self._lock:
            number, self._next = self._next, self._next + 1
            return number

    def after(self, stored: int) -> EditNumbers:
        """The same numbers, from no lower than the one that follows those on disk."""
        with self._lock:
            self._next = max(self._next, stored)
        return self


class ServerClock:
    """How far the database's clock is ahead of this one, as it was last known; None before the first meeting."""

    def __init__(self, offset_us: int | None = None) -> None:
        self.offset_us = offset_us

    def __call__(self) -> int | None:
        return self.offset_us


class Belonging:
    """Which shared project the open file belongs to; None while it stands alone and decides everything itself."""

    def __init__(self, where: Joined | None = None) -> None:
        self.where = where


class Desk(Struct, frozen=True):
    """The open file and who works at it."""

    file: LocalFile
    device: str
    clock: Callable[[], int]
    numbers: EditNumbers = field(default_factory=EditNumbers)
    server_clock: ServerClock = field(default_factory=ServerClock)
    belonging: Belonging = field(default_factory=Belonging)

    @property
    def is_shared(self) -> bool:
        """Whether a server decides who holds what; this file only tells it."""
        return self.belonging.where is not None

    def server_us(self) -> int:
        """What the database's clock says now, as far as is known; this workstation's where the file stands alone."""
        return self.clock() + (self.server_clock.offset_us or 0)

    def require_alone(self, what: str, hint: str = "Ask the project's manager.") -> None:
        """Refuse what this file may not decide, since it would never reach the team."""
        if self.is_shared:
            raise WorkflowError(f"{what} for the whole team, on the server.", hint)

    def require_manager(self, what: str) -> None:
        """In a team's file, refuse at once what the server takes from a manager alone; alone nothing is refused."""
        where = self.belonging.where
        if where is None:
            return
        with self.file.read() as db:
            roles = projects.roles_of(db, where.project_id, where.person_id)
        if Role.MANAGER not in roles:
            raise WorkflowError(f"{what} by a manager of the team alone.", "Ask the project's manager.")

    def rng(self, *names: str) -> random.Random:
        """A generator that gives the same numbers for the same names, on every machine."""
        return rng_of(*names)

    def place(self, path: Path) -> Location:
        """How a file is written down: below the project file's folder, else below a named media root."""
        path, home = path.resolve(), self.file.path.resolve().parent
        if path.is_relative_to(home):
            return Location(path=path.relative_to(home).as_posix())
        folder = path.parent
        known = settings.load().media_roots
        for root, mapped in known.items():
            if path.is_relative_to(mapped):
                return Location(root, path.relative_to(mapped).as_posix())
        root = f"{folder.name or 'media'}-{hashlib.sha256(str(folder).encode()).hexdigest()[:6]}"
        settings.change(media_roots={**known, root: str(folder)})
        return Location(root, path.relative_to(folder).as_posix())

    @property
    def home(self) -> Path:
        """The folder that paths without a media root count from: the project file's, or what a team's is here."""
        where = self.belonging.where
        return home_of(self.file.path, "" if where is None else where.project_id)

    def resolve(self, asset: Asset) -> Path:
        """Where an asset's bytes are on this workstation; MediaError where they are not."""
        try:
            return find_media(asset, self.home)
        except MediaError as error:
            if self.is_shared and asset.location.url:
                raise MediaError(
                    f"{_WHAT[asset.type]} is not here yet.", "It comes with the next connection."
                ) from None
            if self.is_shared:
                raise MediaError(error.sentence, "Say where the recordings are: in the menu, or by Ctrl+K.") from None
            raise

    def find(self, asset: Asset) -> tuple[Path | None, str]:
        """The same, or why they cannot be shown."""
        try:
            return self.resolve(asset), ""
        except MediaError as error:
            return None, str(error)


_WHAT = {
    AssetType.AUDIO: "The recording",
    AssetType.VIDEO: "The video",
    AssetType.TEXT: "The text",
    AssetType.IMAGE: "The picture",
}


def device_id() -> str:
    """This workstation's own id, made at first use."""
    known = settings.load().device
    return known or settings.change(device=new_id()).device
