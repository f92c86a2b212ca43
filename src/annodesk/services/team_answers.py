"""What people of a team answered, as the server has it: each set as it counts, read under an analyst's own login."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.annotations import AnnotationSet, Author, AuthorKind, Element, element_from_json
from annodesk.quality.agreement import CountableSet
from annodesk.services.independence import counted_head
from annodesk.store.tasks import Submission, View

if TYPE_CHECKING:
    from annodesk.sync.meeting import Team

_HANDED_IN = """
select k.item_id, c.task_id, c.person_id, c.set_id, f.number, f.head, f.digest, f.is_late, f.made_at_us,
       v.suggestions_from_us, v.independent_head, v.independent_until_us, coalesce(v.was_finished, true) as was_finished
  from annodesk.task k
  join annodesk.claim c on c.project_id = k.project_id and c.task_id = k.id and c.state = 'submitted'
  join annodesk.slot o on o.project_id = c.project_id and o.task_id = c.task_id and o.claim_id = c.id
  join lateral (select number, head, digest, is_late, made_at_us from annodesk.submission
                 where project_id = c.project_id and set_id = c.set_id order by number limit 1) f on true
  left join annodesk.view v on v.project_id = c.project_id and v.set_id = c.set_id
 where k.project_id = %s and k.item_id in (select unnest(%s::text[])) and k.stage = 'annotate'
 order by k.item_id, k.start_us, c.id
"""
_BODIES = """
select distinct on (b.set_id) b.set_id, b.body
  from unnest(%s::text[], %s::text[]) as w (set_id, head)
  join annodesk.set_snapshot b on b.project_id = %s and b.set_id = w.set_id and b.head is not distinct from w.head
 order by b.set_id, b.number desc
"""


class TeamAnswer(Struct, frozen=True):
    """One person's answer to a task as it counts, and when it was handed in first."""

    item_id: str
    task_id: str
    counted: CountableSet
    first_at_us: int


def answers_of_team(team: Team, item_ids: Sequence[str], *, unaided_only: bool = False) -> dict[str, list[TeamAnswer]]:
    """What was handed in on some items, by task; a task of which nothing counts has none."""
    by_task: dict[str, list[tuple[str, str, str, bool, int]]] = {}
    heads: dict[str, str | None] = {}
    for row in team.link.ask(_HANDED_IN, team.project_id, list(item_ids)):
        counted = counted_head(
            Submission(row["set_id"], row["number"], row["head"], row["digest"], row["is_late"], row["made_at_us"]),
            View(row["suggestions_from_us"], row["independent_head"], row["independent_until_us"], row["was_finished"]),
        )
        if counted is not None and not (unaided_only and counted[1]):
            heads[row["set_id"]] = counted[0]
            told = (row["item_id"], row["set_id"], row["person_id"], counted[1], row["made_at_us"])
            by_task.setdefault(row["task_id"], []).append(told)
    bodies = elements_of_team(team, heads)
    found: dict[str, list[TeamAnswer]] = {}
    for task_id, given in by_task.items():
        for item_id, set_id, person, aided, at_us in given:
            if set_id in bodies or heads[set_id] is None:
                author = Author(AuthorKind.PERSON, person)
                said = AnnotationSet(set_id, author=author, elements=bodies.get(set_id, []))
                one = TeamAnswer(item_id, task_id, CountableSet(set_id, heads[set_id], said, aided), at_us)
                found.setdefault(task_id, []).append(one)
    return found


def elements_of_team(team: Team, heads: Mapping[str, str | None]) -> dict[str, list[Element]]:
    """What some sets hold at a head of each, by set; those that the server has not there are left out."""
    asked = team.link.ask(_BODIES, list(heads), list(heads.values()), team.project_id)
    return {row["set_id"]: [element_from_json(one) for one in row["body"]["elements"]] for row in asked}
