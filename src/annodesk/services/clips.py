"""What one place of an item is seen and heard from; in a team also of an item that this computer does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.errors import NotFoundError
from annodesk.services.digest import Clip
from annodesk.services.opened import read_text, timeline_media
from annodesk.services.sounds import sounds_of
from annodesk.store import items, projects

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.sync.meeting import Team

_ITEM = "select id, key, metadata, duration_us from annodesk.item where project_id = %s and id = %s"
_ASSETS = """
select id, type, role, position, offset_us, root, path, url, sha256, quick_print, media from annodesk.asset
 where project_id = %s and item_id = %s order by position
"""


class Clips:
    """Items as they are seen and heard, with the media that is on this computer."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def of(self, project_id: str, item_id: str) -> Clip:
        """What to show and play of an item; one that is not here is asked of the server, and not kept."""
        desk = self._desk
        with desk.file.read() as db:
            project = projects.get_version(db, project_id).project
            found = items.list_items(db, project_id, among=[item_id])
        item = found[0] if found else self._fetched(item_id)
        path, problem = timeline_media(desk, item)
        return Clip(item, project, path, problem, sounds_of(desk, item), read_text(desk, item))

    def _fetched(self, item_id: str) -> Item:
        if not self._desk.is_shared:
            raise NotFoundError("This item is not in the project any more.", "Read the desk again.")

        def ask(team: Team) -> Item:
            rows = team.link.ask(_ITEM, team.project_id, item_id)
            if not rows:
                raise NotFoundError("This item is not shown to you.", "Hand in what you label of it first.")
            return items.item_of(rows[0], team.link.ask(_ASSETS, team.project_id, item_id))

        return self._sync.with_team(ask)
