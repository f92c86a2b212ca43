"""How this workstation stands to the shared database, in plain values and in words that are true."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct


class Standing(StrEnum):
    """In which of a few ways; ``sync --json`` names it too."""

    ALONE = "alone"
    SYNCING = "syncing"
    SYNCED = "synced"
    WAITING = "waiting"
    OFFLINE = "offline"
    CONFLICT = "conflict"
    REFUSED = "refused"


class SyncState(Struct, frozen=True):
    """What is known now; times in microseconds since 1970, None where it never happened.

    Parameters
    ----------
    is_shared : whether this file belongs to a shared database at all
    waiting : Edits and submissions that the server has not acknowledged
    conflicts : places where two computers changed the same thing and nobody has chosen yet
    synced_at_us : when client and server last agreed
    offline_since_us : since when the server cannot be reached, None while it can
    refused : why the server takes nothing more from this login, empty where it does
    is_busy : whether something is being sent or fetched just now
    reason : why the server could not be reached, in one sentence
    """

    is_shared: bool = False
    waiting: int = 0
    conflicts: int = 0
    synced_at_us: int | None = None
    offline_since_us: int | None = None
    refused: str = ""
    is_busy: bool = False
    reason: str = ""

    @property
    def standing(self) -> Standing:
        """The one word for it: what a person must act on comes first, and nothing waiting is ever called synced."""
        if not self.is_shared:
            return Standing.ALONE
        if self.refused:
            return Standing.REFUSED
        if self.conflicts:
            return Standing.CONFLICT
        if self.offline_since_us is not None:
            return Standing.OFFLINE
        if self.is_busy:
            return Standing.SYNCING
        return Standing.WAITING if self.waiting or self.synced_at_us is None else Standing.SYNCED

    def sentence(self, local_time: Callable[[int], str]) -> str:
        """What the status line says; ``local_time`` writes a time as the person reads it."""
        waiting = f"{self.waiting} edit{'s' * (self.waiting != 1)} waiting"
        also = f", {waiting}" if self.waiting else ""
        match self.standing:
            case Standing.ALONE:
                return ""
            case Standing.REFUSED:
                return f"Not sent{also}: {self.refused}"
            case Standing.CONFLICT:
                offline = ", offline" if self.offline_since_us is not None else ""
                return f"{self.conflicts} conflict{'s' * (self.conflicts != 1)} to choose from{also}{offline}"
            case Standing.OFFLINE:
                return f"Offline since {local_time(self.offline_since_us or 0)}{also}"
            case Standing.SYNCING:
                return f"Syncing{also} …"
            case Standing.WAITING:
                return waiting.capitalize() if self.waiting else "Not synced yet"
            case Standing.SYNCED:
                return f"Synced {local_time(self.synced_at_us or 0)}"


class SyncLine(Struct, frozen=True):
    """One line of the sync log: when, what happened in one sentence, and whether somebody has to do something."""

    at_us: int
    sentence: str
    hint: str = ""
    is_trouble: bool = False
