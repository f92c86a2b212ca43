"""Where a project's recordings are on this workstation: the folders that media roots and a team's project stand for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk import settings
from annodesk.errors import MediaError
from annodesk.store import items

if TYPE_CHECKING:
    from annodesk.model.items import Asset
    from annodesk.services.base import Desk

MOST_LOOKED_AT = 200
"""Files that are looked for; a folder on the network answers slowly."""


class Looked(Struct, frozen=True):
    """How many of a project's files were looked for, how many are here, and one that is not."""

    files: int
    found: int
    missing: str = ""


class Folders:
    """Finds and names the folders that recordings lie in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def look(self, project_id: str) -> Looked:
        """Whether this project's files are where they are looked for."""
        found, files, missing = 0, 0, ""
        for asset in islice(self._files(project_id), MOST_LOOKED_AT):
            files += 1
            try:
                self._desk.resolve(asset)
                found += 1
            except MediaError:
                missing = missing or asset.location.path
        return Looked(files, found, missing)

    def name(self, project_id: str, folder: Path) -> Looked:
        """Say that the recordings lie in a folder, or somewhere above or inside of it as their paths tell.

        Nothing is changed for files that are not there; where no file is known yet, the folder is taken on trust.
        """
        now = settings.load()
        roots, teams = dict(now.media_roots), dict(now.team_media)
        files = list(islice(self._files(project_id), MOST_LOOKED_AT))
        for asset in files:
            root, path = asset.location.root, asset.location.path
            if not (root or self._desk.is_shared) or (place := _place_of(path, folder)) is None:
                continue
            if root:
                roots[root] = str(place)
            else:
                teams[project_id] = str(place)
        if not files and self._desk.is_shared:
            teams[project_id] = str(folder)
        settings.change(media_roots=roots, team_media=teams)
        return self.look(project_id)

    def _files(self, project_id: str) -> Iterator[Asset]:
        with self._desk.file.read() as db:
            for item in items.list_items(db, project_id):
                yield from (asset for asset in item.assets if not asset.location.url)


def _place_of(path: str, folder: Path) -> Path | None:
    """The folder that a file's path begins in: the one named, or one around it where it is itself part of the path."""
    inner = path.split("/")[:-1]
    folder = folder.absolute()
    for depth in range(len(inner) + 1):
        place = folder.parents[depth - 1] if 0 < depth <= len(folder.parents) else folder
        if place.joinpath(*inner[:depth]) == folder and (place / path).is_file():
            return place
    return None
