"""Whether the file behind an item is the one that the item was made with: segments made on another may not fit it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from annodesk.errors import MediaError
from annodesk.media import cache

if TYPE_CHECKING:
    from annodesk.model.items import Asset

ANOTHER_COPY = "Another copy than this item was made with; segments may not fit it: {}"


def copy_warning(asset: Asset, path: Path) -> str:
    """What to say where the file is another copy; empty where it is the same one or cannot be read.

    Compares the quick print, which may read a megabyte, and the whole file's hash where both are known. Touches no
    database: for any thread but the window's.
    """
    try:
        print_, sha256 = cache.known_print(path), cache.known_sha256(path)
    except MediaError:
        return ""
    is_other = asset.quick_print is not None and asset.quick_print != print_
    is_other |= asset.sha256 is not None and sha256 is not None and asset.sha256 != sha256
    return ANOTHER_COPY.format(path.name) if is_other else ""
