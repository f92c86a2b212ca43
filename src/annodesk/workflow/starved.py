"""Queues that the people there are cannot finish: tasks with more free places than anybody is left to take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from annodesk.model.terms import Standing
from annodesk.model.work import Person, Role, Stage
from annodesk.workflow.routing import Opening, lasting_refusal

_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Starved:
    """Tasks that need the same skills and cannot be finished; ``people`` may do them, ``missing`` more are needed.

    ``needs`` is empty where the tasks need nothing in particular.
    """

    needs: tuple[str, ...]
    tasks: int
    people: int
    missing: int


def starved(
    openings: Iterable[Opening],
    members: Collection[tuple[Person, Collection[Role]]],
    standings: Mapping[str, Standing] | None = None,
) -> list[Starved]:
    """Those queues, the longest first; who has held a task, or seen others' work on it, cannot take it again.

    Who is away only for a while is counted: what they leave is taken when they are back. What waits for a pilot to be
    passed is nobody's queue yet.
    """
    able: dict[tuple[object, ...], frozenset[str]] = {}
    found: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for one in openings:
        if one.task.stage is not Stage.ANNOTATE or not one.is_given_out or one.kept_for is not None:
            continue
        kind = (one.needs, one.not_in, one.sensitive)
        if kind not in able:
            able[kind] = _who_may(one, members, standings or {})
        people = able[kind]
        missing = one.free - len(people - one.held_by - one.seen_by)
        if missing > 0:
            names = tuple(sorted(need.name for need in one.needs))
            tasks, most_people, most = found.get(names, (0, 0, 0))
            found[names] = (tasks + 1, max(most_people, len(people)), max(most, missing))
    rows = [Starved(names, tasks, people, missing) for names, (tasks, people, missing) in found.items()]
    return sorted(rows, key=lambda row: (-row.tasks, row.needs))


def _who_may(
    one: Opening, members: Collection[tuple[Person, Collection[Role]]], standings: Mapping[str, Standing]
) -> frozenset[str]:
    """Who could take such a task, had they never met it."""
    fresh = replace(one, held_by=_NOBODY, seen_by=_NOBODY, labelled_by=_NOBODY)
    return frozenset(
        person.id
        for person, roles in members
        if not lasting_refusal(fresh, person, roles, standings.get(person.id, Standing()))
    )
