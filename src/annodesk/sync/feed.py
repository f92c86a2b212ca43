"""Reads the change feed from where this file stands in it, and notices a server that was set back to an older copy."""

from __future__ import annotations

from dataclasses import dataclass, field

from annodesk.store import facts
from annodesk.store.engine import LocalFile
from annodesk.store.link import Record
from annodesk.sync.meeting import Team

CURSOR = "feed "
"""Fact for an audience: position of the last row taken in, and what it said."""
PAGE = 500
_NUMBERED_AT_ONCE = 1000


@dataclass
class News:
    """What the feed says has changed since this file last looked, and where it stands after that."""

    items: set[str] = field(default_factory=set)
    claims: set[str] = field(default_factory=set)
    is_project: bool = False
    is_set_back: bool = False
    is_more: bool = False
    cursors: dict[str, str] = field(default_factory=dict)


def read_news(file: LocalFile, team: Team) -> News:
    """The next rows for each audience this person belongs to; a new audience begins at its end, after a snapshot."""
    link, project_id = team.link, team.project_id
    while link.ask("select annodesk.number_feed(%s) as n", project_id)[0]["n"] >= _NUMBERED_AT_ONCE:
        pass
    audiences = link.ask("select annodesk.audiences(%s) as names", project_id)[0]["names"] or []
    with file.read() as db:
        cursors = facts.facts_like(db, CURSOR)
    news = News()
    for audience in audiences:
        known = cursors.get(audience)
        if known is None:
            news.cursors[f"{CURSOR}{audience}"] = _end(team, audience)
            continue
        position, _, said = known.partition(" ")
        rows = link.ask(
            "select position, kind, item_id, subject_id from annodesk.feed"
            " where project_id = %s and audience = %s and position >= %s order by position limit %s",
            *(project_id, audience, int(position), PAGE + 1),
        )
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
    if row["item_id"] is not None:
        news.items.add(row["item_id"])
    elif row["kind"] == "claim" and row["subject_id"] is not None:
        news.claims.add(row["subject_id"])
    else:
        news.is_project = True
