"""What a server really did with each statement, and with each that a function or a policy made of it: its own words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from annodesk.store.private_server import PrivateServer
from tests.team import Team

LIBRARY = "auto_explain"
SETTINGS = {
    "session_preload_libraries": LIBRARY,
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
    "auto_explain.log_parameter_max_length": "0",
}
"""What makes a server tell; the planner is left as it is."""
SAY_NOTHING = f"set {LIBRARY}.log_min_duration = -1"
"""What a test asks for itself is not told."""
PREFIX = "<%u|%d> "
"""``log_line_prefix`` of a server whose log can be read here."""

_RECORD = re.compile(r"^<([^|\n]*)\|([^>\n]*)> LOG:  duration: .*?plan:\n((?:\t.*\n?)+)", re.MULTILINE)


class Read(Struct, frozen=True):
    """What one step of a plan looked at: rows it went through, those it left out among them."""

    table: str
    how: str
    rows: int
    by: str
    """The conditions it went by."""


class Asked(Struct, frozen=True):
    """One statement as it was run, by which login."""

    login: str
    text: str
    plan: dict[str, Any]

    def reads(self) -> Iterator[Read]:
        """Each scan of a table that was really run: what stands in a plan and is never reached costs nothing."""
        waiting = [self.plan]
        while waiting:
            node = waiting.pop()
            waiting += node.get("Plans", [])
            loops = int(node.get("Actual Loops", 0))
            if "Relation Name" in node and loops and node["Node Type"] != "ModifyTable":
                left_out = sum(int(value) for name, value in node.items() if name.startswith("Rows Removed by"))
                rows = (int(node["Actual Rows"]) + left_out) * loops
                yield Read(node["Relation Name"], node["Node Type"], rows, " ".join(_conditions(node)))


def _conditions(node: dict[str, Any]) -> Iterator[str]:
    """Those of a step itself, and of the searches of an index below it."""
    yield from (str(value) for name, value in node.items() if name.endswith(("Cond", "Filter")))
    for part in node.get("Plans", []):
        if "Bitmap" in part["Node Type"]:
            yield from _conditions(part)


def tell_plans(team: Team) -> None:
    """From now on every session in a team's database has its statements explained in the server's log."""
    with team.administrator() as db:
        for name, value in SETTINGS.items():
            db.execute(f"alter database {team.database} set {name} = '{value}'".encode())


def log_of(server: PrivateServer) -> Path:
    """The file into which a server writes."""
    return server.folder / "server.log"


def read_plans(log: Path, begin: int, database: str) -> list[Asked]:
    """What a log says since a place in it about one database."""
    with log.open("rb") as file:
        file.seek(begin)
        text = file.read().decode()
    found = []
    for login, where, body in _RECORD.findall(text):
        if where == database:
            told = json.loads(body.replace("\n\t", "\n"))
            found.append(Asked(login, told["Query Text"], told["Plan"]))
    return found
