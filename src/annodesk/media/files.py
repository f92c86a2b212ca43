"""Where an asset's bytes are on this computer, and how a file is now."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from annodesk import settings
from annodesk.errors import MediaError
from annodesk.media.pack_folder import PackFolder
from annodesk.model.items import TAKEN_DOWN

if TYPE_CHECKING:
    from annodesk.model.items import Asset

Status = tuple[int, int, int]
"""Size, time of change and number of a file."""

_SAY_WHERE = "Say where the recordings are: in the window's menu, or under [media_roots] in settings.toml."


def media_folder() -> PackFolder:
    """Where fetched media lie on this workstation."""
    return PackFolder(cap_bytes=round(settings.load().offline_media_gb * 1024**3))


def home_of(project_file: Path, team_project: str = "") -> Path:
    """The folder that paths without a media root count from: the project file's, or what a team's is here."""
    named = settings.load().team_media.get(team_project) if team_project else None
    return Path(named).resolve() if named else project_file.resolve().parent


def find_media(asset: Asset, beside: Path) -> Path:
    """Where an asset's bytes are on this computer; paths without a media root count from a folder."""
    where = asset.location
    if where == TAKEN_DOWN:
        raise MediaError("It was taken down: nothing of it can be shown any more.", "Its labels are kept.")
    if where.url:
        if (fetched := media_folder().find(where.url, asset.sha256)) is not None:
            return fetched
        raise MediaError(f"{where.url} is not on this computer.", "Download it and add the file.")
    if where.root:
        mapped = settings.load().media_roots.get(where.root)
        if mapped is None:
            raise MediaError(f"The media folder {where.root} is not known here.", _SAY_WHERE)
        home = Path(mapped).resolve()
    else:
        home = beside
    path = (home / where.path).resolve()
    if not path.is_relative_to(home):
        raise MediaError(f"{where.path} leaves its media folder.", "Add the file again.")
    if not path.is_file():
        if (packed := media_folder().find(path.as_uri(), asset.sha256)) is not None:
            return packed
        raise MediaError(f"{where.path} is not in {home}.", f"Put it back. {_SAY_WHERE if where.root else ''}".rstrip())
    return path


def file_status(path: Path | str) -> Status | None:
    """What changes where a file is written to, or another one takes its name; None where it is gone."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino
