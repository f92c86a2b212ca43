"""Fetches the others' work on items that are settled for this person, where their project lets them see it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from annodesk.model.annotations import AnnotationSet, Author, AuthorKind, element_from_json
from annodesk.model.work import Role
from annodesk.store import facts, mirror

if TYPE_CHECKING:
    from annodesk.store.engine import Connection, LocalFile
    from annodesk.sync.meeting import Clock, Team

WANTED = "settled "
"""Fact about an item: it was pulled, and the others' work on it has not been asked for since."""
_ITEMS_AT_ONCE = 50
_WORK = """
select w.task_id, w.set_id, w.letter, w.author_kind, w.head, w.body
  from unnest(%s::text[]) as i (id) cross join lateral annodesk.read_work(%s, i.id) w where w.body is not null
"""


def note_pulled(db: Connection, team: Team, items: Collection[str]) -> None:
    """Note, with the pull of these items, that the others' work on them is to be asked for.

    Only of items on which this person's own work is handed in: whether they are settled is for the server to say, and
    it says nothing of any other.
    """
    if Role.ANNOTATOR not in team.roles or team.roles & {Role.ANALYST, Role.MANAGER}:
        return  # who judges has whole sets of what they open; who manages asks when they look
    for item_id in sorted(mirror.items_handed_in(db, team.project_id, team.me) & set(items)):
        facts.note_fact(db, f"{WANTED}{item_id}", "")


def bring_settled(file: LocalFile, team: Team, clock: Clock) -> int:
    """Fetch what the server shows now of the others' sets on the items noted; returns how many sets came.

    Authors are letters. Where the server shows nothing any more, the copies have gone with the item's pull.
    """
    with file.read() as db:
        asked = sorted(facts.facts_like(db, WANTED))
        own = set(mirror.own_sets(db, team.project_id, team.me)) if asked else set()
    count = 0
    for first in range(0, len(asked), _ITEMS_AT_ONCE):
        some = asked[first : first + _ITEMS_AT_ONCE]
        rows = team.link.ask(_WORK, some, team.project_id)
        with file.read() as db:
            # Of an item cut into several tasks a person's file holds their own.
            here = mirror.tasks_here(db, {row["task_id"] for row in rows})
        for row in rows:
            is_model = row["author_kind"] == AuthorKind.MODEL.value
            if row["set_id"] in own or row["task_id"] not in here or is_model:
                continue
            kind = AuthorKind(row["author_kind"])
            made = AnnotationSet(
                row["set_id"],
                author=Author(kind, row["letter"] or kind.value),
                project_id=team.project_id,
                task_id=row["task_id"],
                head=row["head"],
                elements=[element_from_json(one) for one in row["body"]["elements"]],
            )
            with file.write() as db:
                mirror.put_copy(db, made, clock())
            count += 1
        with file.write() as db:
            for item_id in some:
                facts.forget_facts(db, f"{WANTED}{item_id}")
    return count
