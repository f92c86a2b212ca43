"""Tells the server what a person did to rulings that came back to them, and to pins on returned work."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annodesk.store.outbox import Request
    from annodesk.sync.meeting import Team

WORDS = {"dispute": "dispute a ruling"}
"""What a person would call it; what is only noted is refused in the server's own words."""
SAID = ("seen", "dispute", "resolve")


def tell(team: Team, request: Request) -> str:
    """Send one of them; told twice it changes nothing."""
    link, project_id, body = team.link, team.project_id, request.body
    if request.kind == "seen":
        link.ask("select annodesk.see_rulings(%s, %s)", project_id, list(body["ids"]))
        return ""
    if request.kind == "resolve":
        statement = "update annodesk.comment set is_resolved = %s where project_id = %s and id = %s"
        link.ask(statement, bool(body["is_resolved"]), project_id, body["id"])
        return ""
    found = link.ask("select annodesk.dispute(%s, %s, %s) as said", project_id, body["id"], body["text"])
    return str(found[0]["said"])
