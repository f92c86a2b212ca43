"""What was said in a team beside what stands, as the server shows it to who judges or manages: authors are letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from annodesk.model.annotations import AnnotationSet, Author, AuthorKind, element_from_json
from annodesk.model.work import Role

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.store.link import Record
    from annodesk.sync.meeting import Team

ITEMS_AT_ONCE = 50

_NEWEST = """
select s.item_id as id, i.key
  from (select project_id, item_id from annodesk.item_state
         where project_id = %s and state = 'settled' order by changed_at_us desc limit %s) s
  cross join lateral (select key from annodesk.item where project_id = s.project_id and id = s.item_id limit 1) i
"""
_KEYS = "select id, key from annodesk.item where project_id = %s and id in (select unnest(%s::text[]))"
_SETTLED = """
select item_id as id from annodesk.item_state
 where project_id = %s and item_id in (select unnest(%s::text[])) and state = 'settled'
"""
_IS_TOLD = "select %s = any (annodesk.projects_of_five()) as is_told"
_SAID = "select * from annodesk.said_beside(%s, %s::text[], %s)"
_MODEL = "select task_id, set_id, body from annodesk.model_beside(%s, %s::text[])"


class Said(Struct, frozen=True):
    """One person's answer as it counts: by which letter they are called, whether aided, on what day handed in."""

    letter: str
    aided: bool
    day: int
    annotations: AnnotationSet


class Beside(Struct):
    """A task: what stands for it, None where nothing does, and what people said on it."""

    item_id: str
    task_id: str
    length_us: int
    stands: AnnotationSet | None = None
    said: list[Said] = field(default_factory=list)


def is_told(team: Team) -> bool:
    """Whether the server tells this person what people said: analysts, and managers of five who have labelled."""
    return Role.ANALYST in team.roles or bool(team.link.ask(_IS_TOLD, team.project_id)[0]["is_told"])


def newest_settled(team: Team, most: int) -> dict[str, str]:
    """The items settled last, but those that this person has open to label, with their keys."""
    return {row["id"]: row["key"] for row in team.link.ask(_NEWEST, team.project_id, most)}


def keys_of(team: Team, item_ids: Sequence[str], *, only_settled: bool = False) -> dict[str, str]:
    """The keys of those items that this person may read of."""
    found = {row["id"]: row["key"] for row in team.link.ask(_KEYS, team.project_id, list(item_ids))}
    if only_settled:
        settled = {row["id"] for row in team.link.ask(_SETTLED, team.project_id, list(found))}
        found = {item_id: key for item_id, key in found.items() if item_id in settled}
    return found


def said_beside(
    team: Team, item_ids: Sequence[str], *, are_references: bool = False, cancel: CancelToken | None = None
) -> Iterator[Beside]:
    """The tasks of some items; of ``are_references`` what was answered since each is one, beside its answer.

    What a worker has not folded yet is left out. The server notes that this person has seen others' work on them.
    """
    for first in range(0, len(item_ids), ITEMS_AT_ONCE):
        if cancel is not None:
            cancel.check()
        page = list(item_ids[first : first + ITEMS_AT_ONCE])
        found: dict[str, Beside] = {}
        for row in team.link.ask(_SAID, team.project_id, page, are_references):
            task = found.setdefault(row["task_id"], Beside(row["item_id"], row["task_id"], row["length_us"]))
            if row["body"] is None and (row["head"] is not None or row["stands"]):
                continue
            if row["stands"]:
                task.stands = _set_of(row)
            else:
                task.said.append(Said(row["letter"], row["aided"], row["day"], _set_of(row)))
        for task in found.values():
            task.said.sort(key=lambda one: one.letter)
            yield task


def model_beside(team: Team, item_ids: Sequence[str]) -> dict[str, AnnotationSet]:
    """What the model says of the tasks of a page of items, by task."""
    return {
        row["task_id"]: AnnotationSet(
            row["set_id"],
            author=Author(AuthorKind.MODEL, AuthorKind.MODEL.value),
            task_id=row["task_id"],
            elements=[element_from_json(one) for one in row["body"]["elements"]],
        )
        for row in team.link.ask(_MODEL, team.project_id, list(item_ids))
    }


def _set_of(row: Record) -> AnnotationSet:
    kind = AuthorKind.CONSENSUS if row["stands"] else AuthorKind.PERSON
    elements = [element_from_json(one) for one in (row["body"] or {"elements": ()})["elements"]]
    author = Author(kind, row["letter"] or kind.value)
    return AnnotationSet(row["set_id"], author=author, task_id=row["task_id"], head=row["head"], elements=elements)
