"""The videos of an item: where they are, when they begin, and putting one earlier or later against the others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from annodesk.errors import MediaError, WorkflowError
from annodesk.model.items import Asset, AssetType, Item
from annodesk.services.base import Desk
from annodesk.services.changes import Changes, Kind
from annodesk.store import items as rows
from annodesk.store import tasks

MOST_SHOWN = 4
LONGEST_OFFSET_US = 24 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class ItemVideo:
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


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a video begins now, and where it began before."""

    asset_id: str
    offset_us: int
    before_us: int
    changes: Changes


def videos_of(desk: Desk, item: Item) -> tuple[ItemVideo, ...]:
    """The videos of an item in their order, at most four."""
    found = []
    assets = [asset for asset in item.assets if asset.type is AssetType.VIDEO]
    for asset in assets[:MOST_SHOWN]:
        try:
            path, problem = desk.resolve(asset), ""
        except MediaError as error:
            path, problem = None, str(error)
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
            )
        )
    return tuple(found)


class Videos:
    """Moves videos against the item's time; every move is kept in the history with who made it and when."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def move(self, item_id: str, asset_id: str, offset_us: int, person_id: str) -> Moved:
        """Let a video begin at another time of the item, for everybody who works on it."""
        with self._desk.file.write() as db:
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
                tasks.note_state(db, "asset", asset_id, str(asset.offset_us), str(offset_us), person_id, now)
        return Moved(asset_id, offset_us, asset.offset_us, Changes.of(Kind.ITEMS, items=(item_id,)))
