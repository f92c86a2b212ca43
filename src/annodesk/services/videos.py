"""The videos of an item: where they are, when they begin, and putting one earlier or later against the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.items import Asset, AssetType, Item
from annodesk.services.changes import Changes, Kind
from annodesk.store import items as rows
from annodesk.store import outbox, state_changes

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.store.engine import Connection

MOST_SHOWN = 4
_MOVE = "asset"
_SOUND = "sound"
LONGEST_OFFSET_US = 24 * 3600 * 1_000_000


class ItemVideo(Struct, frozen=True):
    """One video of an item; ``problem`` says why it cannot be shown.

    The first of an item is what time is counted by, unless a recording without pictures is.
    """

    asset_id: str
    name: str
    role: str
    offset_us: int
    path: Path | None
    problem: str = ""
    keeps_time: bool = False
    has_sound: bool = False
    asset: Asset | None = None
    item_id: str = ""


class Moved(Struct, frozen=True):
    """Where a video begins now, and where it began before."""

    asset_id: str
    offset_us: int
    before_us: int
    changes: Changes


class Step(Struct, frozen=True):
    """What taking a move back, or making it again, would do: which video would begin when."""

    asset_id: str
    offset_us: int


def videos_of(desk: Desk, item: Item) -> tuple[ItemVideo, ...]:
    """The videos of an item in their order, at most four."""
    found = []
    assets = [asset for asset in item.assets if asset.type is AssetType.VIDEO]
    for asset in assets[:MOST_SHOWN]:
        path, problem = desk.find(asset)
        found.append(
            ItemVideo(
                asset.id,
                Path(asset.location.path or asset.location.url).name,
                asset.role,
                asset.offset_us,
                path,
                problem,
                keeps_time=item.timeline_asset is asset,
                has_sound=not asset.is_silent,
                asset=asset,
                item_id=item.id,
            )
        )
    return tuple(found)


class Videos:
    """Moves videos against the item's time; every move is kept in the history with who made it and when."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def move(self, item_id: str, asset_id: str, offset_us: int, person_id: str) -> Moved:
        """Let a video begin at another time of the item, for everybody who works on it."""
        self._desk.require_manager("Where a video begins is decided")
        with self._desk.file.write() as db:
            return self._move(db, item_id, asset_id, offset_us, person_id, _MOVE)

    def move_sound(self, item_id: str, asset_id: str, offset_us: int, person_id: str) -> Moved:
        """The same for a further microphone; what is taken back of it is no step of the videos'."""
        self._desk.require_manager("Where a recording begins is decided")
        with self._desk.file.write() as db:
            return self._move(db, item_id, asset_id, offset_us, person_id, _SOUND)

    def next_step(self, item_id: str, person_id: str, which: str) -> Step | None:
        """What ``take_step`` would do now; None where there is nothing."""
        with self._desk.file.read() as db:
            return self._next_step(db, item_id, person_id, which)

    def take_step(self, item_id: str, person_id: str, which: str) -> Moved | None:
        """Take back this person's last move of the item's videos ("undo"), or make it again ("redo").

        The steps are those of the history, so that they outlive the program; a video that somebody else has moved
        since has none any more.
        """
        self._desk.require_manager("Where a video begins is decided")
        with self._desk.file.write() as db:
            step = self._next_step(db, item_id, person_id, which)
            if step is None:
                return None
            return self._move(db, item_id, step.asset_id, step.offset_us, person_id, f"{_MOVE}-{which}")

    def take_sound_step(self, item_id: str, person_id: str, which: str) -> Moved | None:
        """The same of the further microphones."""
        self._desk.require_manager("Where a recording begins is decided")
        with self._desk.file.write() as db:
            step = self._next_step(db, item_id, person_id, which, _SOUND)
            if step is None:
                return None
            return self._move(db, item_id, step.asset_id, step.offset_us, person_id, f"{_SOUND}-{which}")

    def _next_step(self, db: Connection, item_id: str, person_id: str, which: str, kind: str = _MOVE) -> Step | None:
        offsets_us = {asset.id: asset.offset_us for asset in rows.get_item(db, item_id).assets}
        undoable, redoable = _steps(state_changes.states_of(db, offsets_us), person_id, kind)
        return next(iter(reversed(undoable if which == "undo" else redoable)), None)

    def _move(self, db: Connection, item_id: str, asset_id: str, offset_us: int, person_id: str, subject: str) -> Moved:
        item = rows.get_item(db, item_id)
        asset = next((one for one in item.assets if one.id == asset_id), None)
        if asset is None:
            raise WorkflowError("That video does not belong to this item.", "Open the item again.")
        if asset is item.timeline_asset:
            raise WorkflowError(
                "Time is counted by this recording: moving it would move every segment.", "Move the others."
            )
        if abs(offset_us) > LONGEST_OFFSET_US:
            raise WorkflowError("A video cannot begin more than a day away.", "Type the time again.")
        if offset_us != asset.offset_us:
            rows.set_offset(db, asset_id, offset_us)
            now = self._desk.clock()
            state_changes.note_state(db, subject, asset_id, str(asset.offset_us), str(offset_us), person_id, now)
            outbox.ask(db, "place_asset", None, now, asset=asset_id, offset_us=offset_us)
        return Moved(asset_id, offset_us, asset.offset_us, Changes.of(Kind.ITEMS, items=(item_id,)))


def _steps(history: Sequence[state_changes.StateChange], person_id: str, kind: str) -> tuple[list[Step], list[Step]]:
    """What this person can take back and make again of the moves of a kind, the next one last."""
    done: list[tuple[str, int, int]] = []  # asset, before, after
    undone: list[tuple[str, int, int]] = []
    for row in history:
        if row.subject.split("-")[0] != kind:
            continue
        if row.by != person_id:
            done = [one for one in done if one[0] != row.subject_id]
            undone = [one for one in undone if one[0] != row.subject_id]
        elif row.subject == kind:
            done.append((row.subject_id, int(row.before or 0), int(row.after)))
            undone = []
        elif row.subject == f"{kind}-undo" and done:
            undone.append(done.pop())
        elif row.subject == f"{kind}-redo" and undone:
            done.append(undone.pop())
    return [Step(asset, before) for asset, before, _ in done], [Step(asset, after) for asset, _, after in undone]
