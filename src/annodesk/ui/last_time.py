"""What this workstation had open last: project files, newest first, who worked in each, and at which task."""

from __future__ import annotations

import json
from pathlib import Path

from annodesk.ui.parts import settings

MOST_FILES, MOST_PEOPLE = 8, 300
_KEY, _TASKS = "window/last", "annotate/last-task"


def newest_file() -> Path | None:
    """The project file opened last that is still there."""
    return next(iter(files()), None)


def files() -> list[Path]:
    """The project files opened lately that are still there, newest first."""
    return [path for path in map(Path, _known()) if path.is_file()]


def person_in(path: Path) -> str:
    """The id of who worked in a file last; empty where nobody did."""
    return _known().get(str(path.absolute()), "")


def remember(path: Path, person_id: str) -> None:
    """This file is open now, and this person works in it."""
    name = str(path.absolute())
    known = {name: person_id} | {other: who for other, who in _known().items() if other != name}
    settings().setValue(_KEY, json.dumps(list(known.items())[:MOST_FILES]))


def tasks() -> dict[str, str]:
    """The tasks that people had open last, by person; nothing where the note makes no sense."""
    try:
        known = json.loads(str(settings().value(_TASKS) or "{}"))
    except ValueError:
        return {}
    return {who: str(task) for who, task in known.items()} if isinstance(known, dict) else {}


def remember_task(person_id: str, task_id: str) -> None:
    """This person has this task open now."""
    last = {person_id: task_id} | {who: task for who, task in tasks().items() if who != person_id}
    settings().setValue(_TASKS, json.dumps(dict(list(last.items())[:MOST_PEOPLE])))


def _known() -> dict[str, str]:
    """Files to people, newest first; nothing where the note makes no sense."""
    try:
        pairs = json.loads(str(settings().value(_KEY) or "[]"))
        return {name: who for name, who in pairs if isinstance(name, str) and isinstance(who, str)}
    except (ValueError, TypeError):
        return {}
