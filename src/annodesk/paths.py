"""Where things lie: the person's data and cache folders, and the resources shipped with annodesk."""

from __future__ import annotations

import os
from pathlib import Path

from annodesk.errors import NotFoundError


def data_dir() -> Path:
    """The person's own data; $ANNODESK_DATA wins."""
    return _folder("ANNODESK_DATA", "data")


def cache_dir() -> Path:
    """Derived files, safe to delete; $ANNODESK_CACHE wins."""
    return _folder("ANNODESK_CACHE", "cache")


def config_dir() -> Path:
    """Settings and shortcuts; $ANNODESK_CONFIG wins."""
    return _folder("ANNODESK_CONFIG", "config")


def resource(name: str) -> Path:
    """A shipped file or folder such as ``demo`` or ``prompts/segment.toml``."""
    package = Path(__file__).resolve().parent
    for root in (package / "resources", package.parent.parent / "resources"):
        path = root / name
        if path.exists():
            return path
    raise NotFoundError(f"The shipped file {name} is missing.", "Install annodesk again.")


def for_owner_alone(path: str, flags: int) -> int:
    """An ``opener`` of files that only the person may read, where the system knows such files."""
    return os.open(path, flags, 0o600)


def _folder(variable: str, kind: str) -> Path:
    if given := os.environ.get(variable):
        path = Path(given)
    else:
        import platformdirs

        path = Path(getattr(platformdirs, f"user_{kind}_dir")("annodesk", appauthor=False))
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
