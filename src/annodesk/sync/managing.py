"""Tells the server of what a manager decided for the whole team: items, versions, batches, where videos begin; and of
who looked at figures by person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.store import publishing
from annodesk.store.checked import to_json

if TYPE_CHECKING:
    from annodesk.store.engine import LocalFile
    from annodesk.store.outbox import Request
    from annodesk.sync.meeting import Team

WORDS = {
    "add_items": "add recordings for the team",
    "add_version": "make another version of the project",
    "place_asset": "move a recording for the team",
    "set_batch": "make or change a batch",
    "look": "note who looked at figures by person",
}
"""What each kind of request is about; each may be sent again where its answer was lost."""


def tell(file: LocalFile, team: Team, request: Request) -> None:
    """Send one request; a refusal is raised in the server's words."""
    if request.kind == "add_items":
        with file.read() as db:
            rows = publishing.rows_of_items(db, team.project_id, request.body["items"])
        team.link.ask("select annodesk.add_items(%s, %s::json)", team.project_id, to_json(rows))
    elif request.kind == "add_version":
        # A wish that an older program made says less.
        said = {name: request.body[name] for name in publishing.VERSION_PARTS if name in request.body}
        as_json = [name for name in publishing.VERSION_JSON if name in said]
        said |= {name: to_json(said[name]) for name in as_json}
        names = ", ".join(f"{name} => %s::json" if name in as_json else f"{name} => %s" for name in said)
        team.link.ask(f"select annodesk.add_version(p => %s, {names})", team.project_id, *said.values())
    elif request.kind == "set_batch":
        team.link.ask("select annodesk.set_batch(%s, %s::json)", team.project_id, to_json(request.body))
    elif request.kind == "look":
        team.link.ask("select annodesk.note_look(%s, %s)", team.project_id, request.body["what"])
    else:
        said = request.body
        team.link.ask("select annodesk.place_asset(%s, %s, %s)", team.project_id, said["asset"], said["offset_us"])
