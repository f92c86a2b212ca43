"""The recordings of an item that can be heard beside the one time is counted by: where they are, when they begin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.items import AssetType, Item

if TYPE_CHECKING:
    from annodesk.services.base import Desk


class ItemSound(Struct, frozen=True):
    """A further microphone, or the sound of a video; ``problem`` says why it cannot be heard."""

    asset_id: str
    name: str
    offset_us: int
    path: Path | None
    problem: str = ""
    channels: int = 0
    duration_us: int = 0
    is_video: bool = False


def sounds_of(desk: Desk, item: Item) -> tuple[ItemSound, ...]:
    """All of an item's recordings with sound but the one time is counted by, in their order."""
    found = []
    for asset in item.assets:
        if asset.type not in (AssetType.AUDIO, AssetType.VIDEO) or asset.is_silent or asset is item.timeline_asset:
            continue
        path, problem = desk.find(asset)
        found.append(
            ItemSound(
                asset.id,
                Path(asset.location.path or asset.location.url).name,
                asset.offset_us,
                path,
                problem,
                channels=asset.media.audio[0].channels if asset.media is not None else 0,
                duration_us=asset.media.duration_us if asset.media is not None else 0,
                is_video=asset.type is AssetType.VIDEO,
            )
        )
    return tuple(found)
