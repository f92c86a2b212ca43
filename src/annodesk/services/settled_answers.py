"""The answers that stand for some items, each item as one, with what is known of it: what models are held against.

Left out is what the machine settled, which would be the model's own words, and items that whoever asks has open
themselves: of those they are told nothing before they have handed in (rule 7).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from annodesk.errors import WorkflowError
from annodesk.model.outcomes import excludes_item
from annodesk.model.work import ItemState, Role, SettledBy, Stage
from annodesk.progress import CancelToken, Progress, silent
from annodesk.services.independence import countable_sets
from annodesk.services.team_results import ITEMS_AT_ONCE, Results, read_page
from annodesk.services.transfer import is_bookkeeping, joined_elements
from annodesk.store import items, journal, projects, sampled, settled, takedown, tasks
from annodesk.store.holdings import TIMED

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet
    from annodesk.services.base import Desk
    from annodesk.services.server import Ask
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

_AT_ONCE = 200
_NO_DRAW = (1.0, True)


class SettledAnswer(Struct, frozen=True):
    """What stands for an item.

    Parameters
    ----------
    is_unaided : whether somebody answered all of it without suggestions in view
    parts : what its set's version asked about, None where that is not known
    probability, is_drawn : with which it was drawn to be labelled, and whether it was; (1, True) where nobody drew
    """

    item_id: str
    item: str
    truth: AnnotationSet
    duration_us: int
    metadata: Mapping[str, Any]
    is_unaided: bool
    parts: frozenset[str] | None = None
    probability: float = 1.0
    is_drawn: bool = True


class Settled(Struct):
    """The answers, and how many of the items asked about were left out for what reason."""

    answers: list[SettledAnswer] = field(default_factory=list)
    by_machine: int = 0
    excluded: int = 0
    unsettled: int = 0
    notes: list[str] = field(default_factory=list)


def settled_answers(
    desk: Desk,
    sync: Sync,
    project_id: str,
    person_id: str | None,
    keys: Collection[str],
    *,
    cancel: CancelToken | None = None,
    progress: Progress = silent,
    ask: Ask = lambda place: None,
) -> Settled:
    """What stands for the items of some keys; in a team it is asked of the server, under the person's own login.

    Parameters
    ----------
    person_id : who asks; None at the command line of a file that stands alone
    """
    if desk.is_shared:
        return sync.with_team(lambda team: settled_of_team(team, keys, cancel, progress), ask=ask)
    with desk.file.read() as db:
        return _here(db, project_id, person_id, keys, cancel, progress)


def _checked(cancel: CancelToken | None) -> None:
    if cancel is not None:
        cancel.check()


# Alone


def _here(
    db: Connection,
    project_id: str,
    person_id: str | None,
    keys: Collection[str],
    cancel: CancelToken | None,
    progress: Progress,
) -> Settled:
    found, wanted = Settled(), set(keys)
    states, gone = items.item_states(db, project_id), takedown.taken_down(db)
    held, draws = _held(db, project_id, person_id), sampled.known(db, project_id)
    asked: dict[int, frozenset[str]] = {}
    for place, item in enumerate(one for one in items.list_items(db, project_id) if one.key in wanted):
        _checked(cancel)
        if place % 50 == 0:
            progress(place / len(wanted), "reading what stands")
        if states.get(item.id) is not ItemState.SETTLED or item.id in held or item.id in gone:
            found.unsettled += 1
            continue
        stages = tasks.tasks_of_item(db, item.id, Stage.ANNOTATE)
        standing = settled.standing(db, [task.id for task in stages])
        if len(standing) < len(stages) or not stages:
            found.unsettled += 1
            continue
        if any(one.settled_by is SettledBy.MACHINE for one in standing.values()):
            found.by_machine += 1
            continue
        sets = [journal.set_at(db, standing[task.id].set_id, standing[task.id].head) for task in stages]
        if (truth := _as_one(sets)) is None:
            found.excluded += 1
            continue
        unaided = all(any(not one.aided for one in countable_sets(db, task.id)) for task in stages)
        versions = {one.project_version for one in sets}
        for version in versions - asked.keys():
            schema = projects.get_version(db, project_id, version).project.schema
            asked[version] = frozenset(part.name for part in schema.parts())
        parts = frozenset.intersection(*(asked[version] for version in versions))
        found.answers.append(
            SettledAnswer(
                item.id, item.key, truth, item.duration_us, item.metadata, unaided, parts, *draws.get(item.id, _NO_DRAW)
            )
        )
    return found


def _held(db: Connection, project_id: str, person_id: str | None) -> set[str]:
    """The items that a person is labelling, or will go on with."""
    if person_id is None:
        return set()
    stages = {task.id: task.item_id for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE)}
    claims = tasks.claims_of_person(db, project_id, person_id)
    return {stages[one.task_id] for one in claims if one.state in TIMED and one.task_id in stages}


def _as_one(sets: Sequence[AnnotationSet]) -> AnnotationSet | None:
    """The sets of an item's tasks as one; None where the whole item is left out."""
    elements, _ = joined_elements([e for one in sets for e in one if not is_bookkeeping(e)])
    return None if excludes_item(elements) else sets[0].with_elements(elements)


# In a team

_ITEMS = """
select id, key, duration_us, metadata from annodesk.item
 where project_id = %s and key in (select unnest(%s::text[])) order by id
"""
_UNAIDED = """
select k.item_id, bool_and(coalesce(u.is_there, false)) as is_unaided
  from annodesk.task k
  left join lateral (
    select true as is_there from annodesk.claim c
      join annodesk.slot o on o.project_id = c.project_id and o.task_id = c.task_id and o.claim_id = c.id
      join lateral (select made_at_us from annodesk.submission
                     where project_id = c.project_id and set_id = c.set_id order by number limit 1) f on true
      left join annodesk.view v on v.project_id = c.project_id and v.set_id = c.set_id
     where c.project_id = k.project_id and c.task_id = k.id and c.state = 'submitted'
       and coalesce(v.was_finished, true)
       and (v.suggestions_from_us is null
            or v.suggestions_from_us >= least(f.made_at_us, coalesce(v.independent_until_us, f.made_at_us)))
     limit 1) u on true
 where k.project_id = %s and k.item_id in (select unnest(%s::text[])) and k.stage = 'annotate'
 group by k.item_id
"""
_DRAWS = """
select item_id, probability, is_drawn from annodesk.sampled
 where project_id = %s and item_id in (select unnest(%s::text[]))
"""
MANAGER_ALONE = "Who saw suggestions is for analysts to know: ask one of them about calibration."


def settled_of_team(team: Team, keys: Collection[str], cancel: CancelToken | None, progress: Progress) -> Settled:
    """The same of a meeting with the server."""
    if not team.roles & {Role.ANALYST, Role.MANAGER}:
        raise WorkflowError("What stands is for the analysts and managers of a project.", "Ask one of them.")
    found, wanted = Settled(), sorted(keys)
    is_analyst = Role.ANALYST in team.roles
    for first in range(0, len(wanted), _AT_ONCE):
        progress(first / len(wanted), "reading what stands")
        rows = {row["id"]: row for row in team.link.ask(_ITEMS, team.project_id, wanted[first : first + _AT_ONCE])}
        for page in _pages(sorted(rows)):
            _checked(cancel)
            results = Results()
            read_page(team, {item_id: rows[item_id]["key"] for item_id in page}, "gold", results)
            told = team.link.ask(_UNAIDED, team.project_id, page) if is_analyst else []
            unaided = {row["item_id"] for row in told if row["is_unaided"]}
            drawn = team.link.ask(_DRAWS, team.project_id, page)
            draws = {row["item_id"]: (row["probability"], row["is_drawn"]) for row in drawn}
            found.notes += results.notes
            found.unsettled += len(set(page) - results.sets.keys())
            for item_id, ((_, sets),) in results.sets.items():
                if item_id in results.by_machine:
                    found.by_machine += 1
                    continue
                if (truth := _as_one(sets)) is None:
                    found.excluded += 1
                    continue
                row = rows[item_id]
                found.answers.append(
                    SettledAnswer(
                        item_id,
                        row["key"],
                        truth,
                        row["duration_us"],
                        row["metadata"] or {},
                        item_id in unaided,
                        None,
                        *draws.get(item_id, _NO_DRAW),
                    )
                )
    if not is_analyst:
        found.notes.append(MANAGER_ALONE)
    return found


def _pages(ids: Sequence[str]) -> Iterator[list[str]]:
    for first in range(0, len(ids), ITEMS_AT_ONCE):
        yield list(ids[first : first + ITEMS_AT_ONCE])
