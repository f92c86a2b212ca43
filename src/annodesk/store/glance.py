"""What a project file shows first, told by SQLite alone: before what the file is opened with is even imported.

It is a guess by the rule that tasks are opened by, for whoever would rather begin with it than wait: a wrong one costs
a look at another recording. A file that cannot be read so is left to whoever opens it, and says why.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from annodesk.model.items import Asset, AssetType, Location

_PATIENCE_S = 0.2
_TEAM = "select value from file_fact where name = 'team_person'"
_PROJECT = "select id from project where :project is null or :project in (id, name) order by name"
_PERSON = """
select person_id from person_name join membership using (person_id) where project_id = :project
order by :person in (person_id, name) desc, role = 'annotator' desc, name
"""
_ITEM = """
with mine as (select * from claim where project_id = :project and person_id = :person),
card as (
    select task_id, state = 'returned' as comes_first, 0 as is_offered, -changed_at_us as place from mine
    where state in ('leased', 'returned')
    union all
    select task_id, 0, 1, rank from offer_rank
    where person_id = :person and task_id not in (select task_id from mine)
)
select item_id from card join task on id = task_id
where project_id = :project and stage = 'annotate' and item_id not in (select item_id from takedown)
order by comes_first desc, not comes_first and task_id = :last desc, is_offered, place
"""
_ASSET = """
select id, type, root, path, url, role, position, offset_us, sha256, quick_print from asset
where item_id = :item and type in ('audio', 'video')
and typeof(root) || typeof(path) || typeof(url) || typeof(offset_us) = 'texttexttextinteger'
and typeof(sha256) in ('text', 'null')
order by type, position
"""


class Glance(Struct, frozen=True):
    """The asset on the timeline of what is opened first; ``team_project`` is empty where the file stands alone."""

    asset: Asset
    team_project: str = ""


def first_recording(
    path: Path, project: str | None, person: str | None, last_tasks: Mapping[str, str]
) -> Glance | None:
    """The recording seen first once a file is open; None where there is none, or it cannot be told.

    Parameters
    ----------
    project, person : name or id; None or empty for the first that fits
    last_tasks : what people had open last, by their id
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with (
        contextlib.suppress(sqlite3.Error, ValueError),
        contextlib.closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE_S)) as db,
    ):
        db.execute("pragma trusted_schema=off")
        member = _one(db, _TEAM)
        known = {"project": _one(db, _PROJECT, project=project)}
        known["person"] = _one(db, _PERSON, person=member or person, **known)
        item = _one(db, _ITEM, last=last_tasks.get(str(known["person"]), ""), **known)
        row = db.execute(_ASSET, {"item": item}).fetchone()
        if row is not None:
            kind, (root, place, url), rest = AssetType(row[1]), row[2:5], row[5:]
            return Glance(
                Asset(row[0], kind, Location(root, place, url), *rest), str(known["project"]) if member else ""
            )
    return None


def _one(db: sqlite3.Connection, query: str, **values: str | None) -> str | None:
    row = db.execute(f"{query} limit 1", values).fetchone()
    return None if row is None else str(row[0])
