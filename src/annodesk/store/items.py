"""Rows of items and their assets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, update

from annodesk.errors import NotFoundError
from annodesk.model.items import Asset, AssetType, AudioInfo, Item, Location, MediaInfo, VideoInfo
from annodesk.model.work import ItemState
from annodesk.store import changed
from annodesk.store import tables as t
from annodesk.store.checked import understood


def add_item(db: Connection, project_id: str, batch_id: str, item: Item, now_us: int) -> None:
    """An item with its assets, open."""
    db.execute(
        t.item.insert().values(
            id=item.id,
            project_id=project_id,
            batch_id=batch_id,
            key=item.key,
            duration_us=item.duration_us,
            metadata=dict(item.metadata),
            made_at_us=now_us,
        )
    )
    for asset in item.assets:
        db.execute(
            t.asset.insert().values(
                id=asset.id,
                item_id=item.id,
                type=asset.type.value,
                role=asset.role,
                position=asset.order,
                offset_us=asset.offset_us,
                root=asset.location.root,
                path=asset.location.path,
                url=asset.location.url,
                sha256=asset.sha256,
                quick_print=asset.quick_print,
                media=msgspec.to_builtins(asset.media) if asset.media else None,
            )
        )
    db.execute(t.item_state.insert().values(item_id=item.id, state=ItemState.OPEN.value, changed_at_us=now_us))
    changed.note_item(db, item.id)


def get_item(db: Connection, item_id: str) -> Item:
    """One item with its assets."""
    row = db.execute(select(t.item).where(t.item.c.id == item_id)).first()
    if row is None:
        raise NotFoundError(f"There is no item {item_id}.")
    return _to_item(row, _assets(db, [item_id]).get(item_id, []))


def list_items(db: Connection, project_id: str, *, among: Collection[str] | None = None) -> list[Item]:
    """All items of a project (or some of them), by key."""
    query = select(t.item).where(t.item.c.project_id == project_id).order_by(t.item.c.key)
    if among is not None:
        query = query.where(t.item.c.id.in_(list(among)))
    rows = db.execute(query).all()
    assets = _assets(db, among, project_id)
    return [_to_item(row, assets.get(row.id, [])) for row in rows]


def metadata_of(
    db: Connection, project_id: str, item_ids: Collection[str] | None = None
) -> dict[str, Mapping[str, Any]]:
    """What is known of a project's items (or of some of them), by id."""
    query = select(t.item.c.id, t.item.c.metadata).where(t.item.c.project_id == project_id)
    if item_ids is not None:
        query = query.where(t.item.c.id.in_(list(item_ids)))
    return {row.id: row._mapping["metadata"] for row in db.execute(query)}


def known_prints(db: Connection, project_id: str) -> dict[str, str]:
    """Item key by the quick print of its first asset, to find what was added before."""
    rows = db.execute(
        select(t.asset.c.quick_print, t.item.c.key)
        .join(t.item)
        .where(t.item.c.project_id == project_id, t.asset.c.position == 0, t.asset.c.quick_print.is_not(None))
    )
    return {row.quick_print: row.key for row in rows}


def set_sha256(db: Connection, asset_id: str, sha256: str) -> None:
    """Note the content hash found by the background pass."""
    db.execute(update(t.asset).where(t.asset.c.id == asset_id).values(sha256=sha256))


def set_offset(db: Connection, asset_id: str, offset_us: int) -> None:
    """Let an asset begin at another time of its item."""
    db.execute(update(t.asset).where(t.asset.c.id == asset_id).values(offset_us=offset_us))


def unhashed_assets(db: Connection, project_id: str) -> list[Asset]:
    """Assets whose content hash is not known yet."""
    rows = db.execute(select(t.asset).join(t.item).where(t.item.c.project_id == project_id, t.asset.c.sha256.is_(None)))
    return [to_asset(row) for row in rows]


def item_states(db: Connection, project_id: str, *, among: Collection[str] | None = None) -> dict[str, ItemState]:
    """State of every item of a project (or of some) by id."""
    query = select(t.item_state.c.item_id, t.item_state.c.state).join(t.item).where(t.item.c.project_id == project_id)
    if among is not None:
        query = query.where(t.item_state.c.item_id.in_(list(among)))
    rows = db.execute(query)
    return {row.item_id: ItemState(row.state) for row in rows}


def _assets(db: Connection, item_ids: Iterable[str] | None, project_id: str = "") -> dict[str, list[Asset]]:
    query = select(t.asset).order_by(t.asset.c.item_id, t.asset.c.position)
    if item_ids is not None:
        query = query.where(t.asset.c.item_id.in_(list(item_ids)))
    else:
        query = query.join(t.item).where(t.item.c.project_id == project_id)
    found: dict[str, list[Asset]] = {}
    for row in db.execute(query):
        found.setdefault(row.item_id, []).append(to_asset(row))
    return found


def _to_item(row: Row[Any], assets: list[Asset]) -> Item:
    return Item(row.id, row.key, row.duration_us, tuple(assets), row._mapping["metadata"])


def item_of(row: Mapping[str, Any], assets: Iterable[Mapping[str, Any]]) -> Item:
    """The item of a server's rows."""
    found = [to_asset(SimpleNamespace(**asset)) for asset in assets]
    return Item(row["id"], row["key"], row["duration_us"], tuple(found), row["metadata"])


def to_asset(row: Row[Any] | SimpleNamespace) -> Asset:
    """The asset of a row."""
    with understood():
        return Asset(
            id=row.id,
            type=AssetType(row.type),
            location=Location(row.root, row.path, row.url),
            role=row.role,
            order=row.position,
            offset_us=row.offset_us,
            sha256=row.sha256,
            quick_print=row.quick_print,
            media=_to_media(row.media) if row.media else None,
        )


def _to_media(body: Mapping[str, Any]) -> MediaInfo:
    return MediaInfo(
        body["duration_us"],
        tuple(AudioInfo(**stream) for stream in body["audio"]),
        tuple(VideoInfo(**stream) for stream in body["video"]),
    )
