"""How a team's answers agree with its reference items, day by day and without who gave them.

The server keeps no figure of it: that references count for more than other items would tell which they are. So it is
counted when it is asked for, from what the server shows analysts, and managers of five people and more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.quality.agreement import CountableSet, TaskSets
from annodesk.services.counts import Counts
from annodesk.services.references import score_references
from annodesk.services.said_beside import said_beside
from annodesk.store.cells import REFERENCE_ON, SQUARED, part_of
from annodesk.store.counted_by import value_of

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema
    from annodesk.progress import CancelToken
    from annodesk.sync.meeting import Team

MOST_ITEMS = 2_000
"""So many references are looked at, the newest."""

_NEWEST = """
select item_id from annodesk.reference_item
 where project_id = %s and suspended_at_us is null order by made_at_us desc, item_id limit %s
"""
_ITEMS = (
    "select id, metadata, duration_us from annodesk.item where project_id = %s and id in (select unnest(%s::text[]))"
)


class Met(Struct, frozen=True):
    """How one answer agrees with its item's reference on one part, and on which day since 1970 it was handed in."""

    item_id: str
    day: int
    part: str
    value: float


def answers_met(team: Team, schema: LabelSchema, *, cancel: CancelToken | None = None) -> list[Met]:
    """Every answer given since its item is a reference; none of what this person has open to label."""
    found = []
    for task in said_beside(team, newest(team), are_references=True, cancel=cancel):
        if task.stands is None:
            continue
        answer = {task.task_id: CountableSet(task.stands.id, task.stands.head, task.stands, aided=False)}
        for one in task.said:
            given = CountableSet(one.annotations.id, one.annotations.head, one.annotations, one.aided)
            for row in score_references(schema, [TaskSets(task.task_id, 0, (given,))], answer):
                if row.label is None and row.value is not None:
                    found.append(Met(task.item_id, one.day, row.part, row.value))
    return found


def newest(team: Team) -> list[str]:
    """The reference items, those confirmed last first."""
    return [row["item_id"] for row in team.link.ask(_NEWEST, team.project_id, MOST_ITEMS)]


def values_of(team: Team, field: str, item_ids: Collection[str]) -> dict[str, str]:
    """What some items have in a field of their metadata."""
    rows = team.link.ask(_ITEMS, team.project_id, sorted(item_ids))
    return {row["id"]: value_of(row["metadata"], row["duration_us"], field) for row in rows}


def counts_of_met(met: Sequence[Met]) -> Counts:
    """The same as figures by day and part."""
    held: defaultdict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for one in met:
        for name, value in ((REFERENCE_ON, one.value), (REFERENCE_ON + SQUARED, one.value * one.value)):
            n, total = held[name, part_of(one.day, one.part)]
            held[name, part_of(one.day, one.part)] = n + 1, total + round(value * 1_000_000)
    return Counts(dict(held))


def counts_by_value(met: Sequence[Met], values: Mapping[str, str], wanted: Collection[str]) -> dict[str, Counts]:
    """The same for some values of a field."""
    return {value: counts_of_met([one for one in met if values.get(one.item_id) == value]) for value in wanted}
