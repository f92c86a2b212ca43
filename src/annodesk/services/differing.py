"""The places of some items where people differ on a part or a label, settled or not: one of each item, to be heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from annodesk.model.work import Stage
from annodesk.quality.agreement import scored_parts
from annodesk.services.heard_as import (
    LETTERS,
    TOO_FEW,
    Answered,
    HeardAs,
    Part,
    Place,
    answered_beside,
    blind_items,
    compared,
    not_told,
)
from annodesk.services.independence import countable_sets
from annodesk.services.said_beside import is_told, keys_of, said_beside
from annodesk.store import figures, items, journal, projects, takedown, tasks

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team


def differing_places(
    desk: Desk,
    sync: Sync,
    project_id: str,
    person_id: str,
    part: str,
    label: str,
    item_ids: Sequence[str],
    *,
    cancel: CancelToken | None = None,
) -> HeardAs:
    """Of each item the longest place where people differ on a label (on anything of the part where it is empty).

    What stands is held against what each person said; where nothing stands yet, people against each other.
    """
    with desk.file.read() as db:
        why_not = not_told(db, project_id, person_id, is_shared=desk.is_shared)
        schema = projects.get_version(db, project_id).project.schema
    about = next((one for one in scored_parts(schema) if one.name == part), None)
    if why_not:
        return HeardAs(part, reason=why_not)
    if about is None:
        return HeardAs(part, reason=f"{part} is a text, or not in the project any more; it is not compared.")
    if desk.is_shared and not sync.with_team(is_told):
        return HeardAs(part, reason=TOO_FEW)
    if desk.is_shared:
        found = sync.with_team(lambda team: _longest(about, label, _pairs_of_team(team, item_ids, cancel), cancel))
    else:
        with desk.file.read() as db:
            found = _longest(about, label, _pairs_of(db, project_id, person_id, item_ids), cancel)
    places = tuple(found[item_id][1] for item_id in item_ids if item_id in found)
    cells: dict[tuple[str, str], tuple[Place, ...]] = {}
    for place in places:
        cells[place.stands, place.said] = (*cells.get((place.stands, place.said), ()), place)
    reason = "" if places else "What people said of it is the same by now, or cannot be told apart as places."
    return HeardAs(part, places=cells, items=len(places), reason=reason)


def _longest(
    about: Part, label: str, pairs: Iterator[tuple[Answered, str]], cancel: CancelToken | None
) -> dict[str, tuple[int, Place]]:
    found: dict[str, tuple[int, Place]] = {}
    for task, other in pairs:
        if cancel is not None:
            cancel.check()
        for place, weight in compared(about, task, other):
            has_label = not label or label in place.stands.split(" + ") or label in place.said.split(" + ")
            if has_label and weight > found.get(task.item_id, (-1, place))[0]:
                found[task.item_id] = weight, place
    return found


def _pairs_of(
    db: Connection, project_id: str, person_id: str, item_ids: Sequence[str]
) -> Iterator[tuple[Answered, str]]:
    """What is held against what, and by which letter the first of the two is called; empty where it stands."""
    wanted = set(item_ids) - blind_items(db, project_id, person_id) - takedown.taken_down(db, item_ids)
    keys = {item.id: item.key for item in items.list_items(db, project_id, among=wanted)}
    standing = figures.settlements(db, project_id)
    for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE):
        if task.item_id not in wanted or task.item_id not in keys:
            continue
        about = (task.item_id, keys[task.item_id], task.id, task.end_us - task.start_us)
        counting, stands = countable_sets(db, task.id), standing.get(task.id)
        if stands is not None:
            alone = [one.annotations for one in counting if not one.aided and one.set_id != stands.set_id]
            yield Answered(*about, journal.set_at(db, stands.set_id, stands.head), tuple(alone)), ""
            continue
        for (a, one), (b, other) in combinations(enumerate(counting), 2):
            if not (one.aided and other.aided):
                letters = (LETTERS[a % 26], LETTERS[b % 26])
                yield Answered(*about, one.annotations, (other.annotations,), letters[1:]), letters[0]


def _pairs_of_team(team: Team, item_ids: Sequence[str], cancel: CancelToken | None) -> Iterator[tuple[Answered, str]]:
    """The same as the server shows it."""
    keys = keys_of(team, item_ids)
    for task in said_beside(team, list(keys), cancel=cancel):
        key = keys[task.item_id]
        if task.stands is not None:
            stood = answered_beside(task, key)
            if stood is not None:
                yield stood, ""
            continue
        about = (task.item_id, key, task.task_id, task.length_us)
        for one, other in combinations(task.said, 2):
            if not (one.aided and other.aided):
                yield Answered(*about, one.annotations, (other.annotations,), (other.letter,)), one.letter
