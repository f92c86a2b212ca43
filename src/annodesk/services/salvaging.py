"""Saves what can be read of a damaged project file, so that work goes on in a new one."""

from __future__ import annotations

import glob
from pathlib import Path

from annodesk.store import facts
from annodesk.store.engine import open_local
from annodesk.store.salvage import Salvaged, salvage
from annodesk.sync import feed, round, snapshot


def salvage_file(path: Path, into: Path | None = None) -> Salvaged:
    """Put what can be read of a damaged file into a new one beside it; the damaged one stays as it is.

    In a team the new file begins again at what the server has: the next sync fetches what is missing, and sends what
    was not sent.
    """
    found = salvage(path, free_name(path) if into is None else into)
    file = open_local(found.path)
    try:
        with file.write() as db:
            for name in (feed.CURSOR, snapshot.PLACE, round.LIFE):
                facts.forget_facts(db, name)
    finally:
        file.close()
    return found


def salvage_once(path: Path) -> tuple[Path, str]:
    """A file with what can be read of a damaged one, and words about it; one that was saved since is taken again."""
    since = path.stat().st_mtime
    known = [one for one in path.parent.glob(f"{glob.escape(path.stem)}.salvaged*{path.suffix}") if one.is_file()]
    fresh = [one for one in known if one.stat().st_mtime >= since]
    if fresh:
        newest = max(fresh, key=lambda one: one.stat().st_mtime)
        return newest, f"What could be read was saved to {newest.name} before."
    found = salvage_file(path)
    return found.path, found.sentence


def free_name(path: Path) -> Path:
    """Where what is saved of a file goes: beside it, under a name that nothing has."""
    number = 1
    while True:
        again = f"-{number}" if number > 1 else ""
        found = path.with_name(f"{path.stem}.salvaged{again}{path.suffix}")
        if not found.exists():
            return found
        number += 1


__all__ = ["Salvaged", "free_name", "salvage_file", "salvage_once"]
