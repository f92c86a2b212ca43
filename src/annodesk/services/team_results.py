"""What a team has said, fetched for an export by those who may read it: a workstation holds no copy of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from annodesk.model.annotations import AnnotationSet, Author, AuthorKind, element_from_json
from annodesk.model.work import Role, SettledBy, Stage

if TYPE_CHECKING:
    from annodesk.services.server import Ask
    from annodesk.services.sync import Sync
    from annodesk.store.link import Record
    from annodesk.sync.meeting import Team

ITEMS_AT_ONCE = 50

_ITEMS = "select id, key from annodesk.item where project_id = %s and id > %s order by id limit %s"
_TASKS = """
select id, item_id, start_us from annodesk.task
 where project_id = %s and item_id = any(%s) and stage = %s order by item_id, start_us
"""
_WORK = """
select w.task_id, w.set_id, w.letter, w.author_kind, w.head, w.body
  from unnest(%s::text[]) as i (id) cross join lateral annodesk.read_work(%s, i.id) w where w.body is not null
"""
_STANDING = """
select task_id, set_id, head, settled_by from annodesk.settlement where project_id = %s and task_id = any(%s) and stands
"""
_SETTLED = "select item_id from annodesk.item_state where project_id = %s and item_id = any(%s) and state = 'settled'"


class Results(Struct):
    """Sets of each item by author ("" for what stands, letters for people), and what is to be told of them."""

    sets: dict[str, list[tuple[str, list[AnnotationSet]]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    by_machine: set[str] = field(default_factory=set)
    """Items of which something stands that no person has said."""


class TeamResults:
    """Asks the server, under the person's own login, item by item."""

    def __init__(self, sync: Sync) -> None:
        self._sync = sync

    def fetch(self, which: str, *, ask: Ask = lambda place: None) -> Results | None:
        """What stands ("gold"), what everybody handed in ("all") or the model's ("model"); None for who may not see it.

        People are letters, as a manager is shown them: in an item of several parts each part has its own.
        """
        return self._sync.with_team(lambda team: _fetch(team, which), ask=ask)


def _fetch(team: Team, which: str) -> Results | None:
    if not team.roles & {Role.MANAGER, Role.ANALYST}:
        return None
    results, after = Results(), ""
    while page := team.link.ask(_ITEMS, team.project_id, after, ITEMS_AT_ONCE):
        after = page[-1]["id"]
        read_page(team, {row["id"]: row["key"] for row in page}, which, results)
    return results


def read_page(team: Team, keys: dict[str, str], which: str, results: Results) -> None:
    """Add what is wanted of some items, by id with their keys."""
    link, project_id = team.link, team.project_id
    parts: dict[str, list[str]] = {}
    for row in link.ask(_TASKS, project_id, sorted(keys), Stage.ANNOTATE.value):
        parts.setdefault(row["item_id"], []).append(row["id"])
    work = {row["set_id"]: row for row in link.ask(_WORK, sorted(keys), project_id)}
    if which == "gold":
        tasks = [task for found in parts.values() for task in found]
        standing = {row["task_id"]: row for row in link.ask(_STANDING, project_id, tasks)}
        settled = {row["item_id"] for row in link.ask(_SETTLED, project_id, sorted(keys))}
        for item_id in sorted(settled & parts.keys()):
            answers = [standing.get(task) for task in parts[item_id]]
            found = [work[one["set_id"]] for one in answers if one is not None and one["set_id"] in work]
            if len(found) < len(answers):
                results.notes.append(f"{keys[item_id]}: what stands could not be read and is left out")
                continue
            if any(one is not None and one["head"] not in (None, work[one["set_id"]]["head"]) for one in answers):
                results.notes.append(f"{keys[item_id]}: it was corrected after it was settled; the newest is written")
            results.sets[item_id] = [("", [_set_of(team, row) for row in found])]
            if any(one is not None and one["settled_by"] == SettledBy.MACHINE for one in answers):
                results.by_machine.add(item_id)
        return
    wanted = AuthorKind.MODEL if which == "model" else AuthorKind.PERSON
    for item_id, tasks in parts.items():
        by_author: dict[str, list[AnnotationSet]] = {}
        for row in sorted(work.values(), key=lambda row: str(row["set_id"])):
            if row["task_id"] in tasks and row["author_kind"] == wanted.value:
                part = f"part {tasks.index(row['task_id']) + 1} " if len(tasks) > 1 else ""
                name = "model" if wanted is AuthorKind.MODEL else f"{part}{row['letter']}"
                by_author.setdefault(name, []).append(_set_of(team, row))
        if by_author:
            results.sets[item_id] = sorted(by_author.items())


def _set_of(team: Team, row: Record) -> AnnotationSet:
    return AnnotationSet(
        row["set_id"],
        author=Author(AuthorKind(row["author_kind"]), row["letter"] or row["author_kind"]),
        project_id=team.project_id,
        task_id=row["task_id"],
        head=row["head"],
        elements=[element_from_json(one) for one in row["body"]["elements"]],
    )
