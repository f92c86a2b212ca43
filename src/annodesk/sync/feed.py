"""Reads the change feed from where this file stands in it, and notices a server that was set back to an older copy."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct, field

from annodesk.store import facts

if TYPE_CHECKING:
    from annodesk.store.engine import LocalFile
    from annodesk.store.link import Record
    from annodesk.sync.meeting import Team

CURSOR = "feed "
"""Fact for an audience: position of the last row taken in, and what it said."""
PAGE = 500
_NUMBERED_AT_ONCE = 1000
_TRIES, _TRY_AGAIN_S = 20, 0.05
"""How often, and after what time, it is asked whether somebody else is done with numbering; then it is left to them."""

_NEXT = """
select a.name as audience, f.position, f.kind, f.item_id, f.subject_id
  from unnest(%s::text[], %s::bigint[]) as a (name, position)
 cross join lateral (select f.position, f.kind, f.item_id, f.subject_id from annodesk.feed f
   where f.project_id = %s and f.audience = a.name and f.position >= a.position order by f.position limit %s) f
"""


class News(Struct):
    """What the feed says has changed since this file last looked, and where it stands after that.

    Parameters
    ----------
    pushes : for each own set how often Edits were sent for it, by this machine or another
    item_of_set : what those sets are about
    """

    items: set[str] = field(default_factory=set)
    claims: set[str] = field(default_factory=set)
    pushes: dict[str, int] = field(default_factory=dict)
    item_of_set: dict[str, str] = field(default_factory=dict)
    is_project: bool = False
    is_figures: bool = False
    is_set_back: bool = False
    is_more: bool = False
    cursors: dict[str, str] = field(default_factory=dict)


def read_news(file: LocalFile, team: Team, *, is_last: bool = True) -> News:
    """The next rows for each audience this person belongs to; a new audience begins at its end, after a snapshot.

    Parameters
    ----------
    is_last : False where the feed is read again in this round, so that the newest rows can wait
    """
    link, project_id = team.link, team.project_id
    if is_last:
        _number(team)
    with file.read() as db:
        cursors = facts.facts_like(db, CURSOR)
    news = News()
    known = [one for one in team.audiences if one in cursors]
    places = [int(cursors[one].partition(" ")[0]) for one in known]
    found: dict[str, list[Record]] = {}
    for row in link.ask(_NEXT, known, places, project_id, PAGE + 1) if known else ():
        found.setdefault(row["audience"], []).append(row)
    for audience in team.audiences:
        if audience not in cursors:
            news.cursors[f"{CURSOR}{audience}"] = _end(team, audience)
            continue
        rows = sorted(found.get(audience, ()), key=lambda row: int(row["position"]))
        position, _, said = cursors[audience].partition(" ")
        if int(position):
            if not rows or _said(rows[0]) != said:
                news.is_set_back = True
                continue
            rows = rows[1:]
        news.is_more |= len(rows) == PAGE
        for row in rows:
            _note(news, row)
        if rows:
            news.cursors[f"{CURSOR}{audience}"] = f"{rows[-1]['position']} {_said(rows[-1])}"
    return news


def _number(team: Team) -> None:
    """See to it that the newest rows have their positions, by this call or by somebody else's."""
    for _ in range(_TRIES):
        numbered = team.link.ask("select annodesk.number_feed(%s) as n", team.project_id)[0]["n"]
        if 0 <= numbered < _NUMBERED_AT_ONCE:
            return
        if numbered < 0:
            time.sleep(_TRY_AGAIN_S)


def _end(team: Team, audience: str) -> str:
    rows = team.link.ask(
        "select position, kind, item_id, subject_id from annodesk.feed where project_id = %s and audience = %s"
        " and position is not null order by position desc limit 1",
        *(team.project_id, audience),
    )
    return f"{rows[0]['position']} {_said(rows[0])}" if rows else "0 "


def _said(row: Record) -> str:
    return f"{row['kind']} {row['item_id'] or ''} {row['subject_id'] or ''}"


def _note(news: News, row: Record) -> None:
    if row["kind"] == "edits" and row["subject_id"] is not None and row["item_id"] is not None:
        news.pushes[row["subject_id"]] = news.pushes.get(row["subject_id"], 0) + 1
        news.item_of_set[row["subject_id"]] = row["item_id"]
    elif row["item_id"] is not None:
        news.items.add(row["item_id"])
    elif row["kind"] == "claim" and row["subject_id"] is not None:
        news.claims.add(row["subject_id"])
    else:
        news.is_figures |= row["kind"] == "figures"
        news.is_project |= row["kind"] != "figures"
