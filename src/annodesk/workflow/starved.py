"""Queues that the people there are cannot finish: tasks with more free places than anybody is left to take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.work import Stage
from annodesk.workflow.able import Members, who_may
from annodesk.workflow.routing import Kind, Opening, kind_of

if TYPE_CHECKING:
    from annodesk.model.terms import Standings


class Starved(Struct, frozen=True):
    """Tasks that need the same skills and cannot be finished; ``people`` may do them, ``missing`` more are needed.

    ``needs`` is empty where the tasks need nothing in particular.
    """

    needs: tuple[str, ...]
    tasks: int
    people: int
    missing: int


def starved(
    queues: Iterable[tuple[Opening, int]], members: Members, standings: Standings | None = None
) -> list[Starved]:
    """Those queues, the longest first; who has held a task, or seen others' work on it, cannot take it again.

    Who is away only for a while is counted: what they leave is taken when they are back. What waits for a pilot to be
    passed is nobody's queue yet.

    Parameters
    ----------
    queues : tasks, and how many are just like each
    """
    able: dict[Kind, frozenset[str]] = {}
    found: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for one, count in queues:
        if one.task.stage is not Stage.ANNOTATE or not one.is_given_out or one.kept_for is not None:
            continue
        kind = kind_of(one)
        if kind not in able:
            able[kind] = who_may(one, members, standings or {})
        people = able[kind]
        missing = one.free - len(people - one.held_by - one.seen_by)
        if missing > 0:
            names = tuple(sorted(need.name for need in one.needs))
            tasks, most_people, most = found.get(names, (0, 0, 0))
            found[names] = (tasks + count, max(most_people, len(people)), max(most, missing))
    rows = [Starved(names, tasks, people, missing) for names, (tasks, people, missing) in found.items()]
    return sorted(rows, key=lambda row: (-row.tasks, row.needs))
