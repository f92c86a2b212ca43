"""A person's own accuracy in a team, kept by the worker: nobody else's workstation is sent what a reference says.

Each annotator has a row, counted anew once a week and up to a week before that, whether or not anything of theirs was
held against a confirmed answer: neither the rows written nor a figure that moves tell which item was a reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from annodesk.model.work import Role
from annodesk.quality.person_accuracy import Accuracy, Drift, accuracy
from annodesk.services.accuracy import AUDITED, MOST_ITEMS, WEEK_US, PersonAccuracy, accuracy_of, confirmed_here
from annodesk.services.accuracy import held_against as held
from annodesk.store import kept_accuracy, projects, snapshots
from annodesk.store.checked import understood
from annodesk.workflow.escalation import thresholds

if TYPE_CHECKING:
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

NOT_YET = "Nothing is known yet: the team's server counts this once a week."

_OWN = "select body from annodesk.own_accuracy where project_id = %s and person_id = %s"


def keep_own(db: Connection, project_id: str, now_us: int) -> None:
    """Count everybody's accuracy as it stood a week ago, and keep it for them; for the worker."""
    project = projects.get_version(db, project_id).project
    limits = {batch.id: thresholds(project, batch) for batch in projects.list_batches(db, project_id)}
    of_any, until_us = thresholds(project), now_us - WEEK_US
    drawn = [(row.item_id, row.made_at_us) for row in db.exec_driver_sql(AUDITED, (project_id, MOST_ITEMS))]
    checked = [
        one
        for known in confirmed_here(db, project_id, drawn, None, snapshots)
        for one in held(project.schema, known, limits.get(known.batch_id, of_any))
        if one.at_us <= until_us
    ]
    checked.sort(key=lambda one: (one.at_us, one.set_id))
    bodies = {}
    for person, roles in projects.members(db, project_id):
        if Role.ANNOTATOR in roles:
            mine = [one for one in checked if one.person_id == person.id]
            bodies[person.id] = _to_json(accuracy_of(person.id, "", mine))
    kept_accuracy.keep(db, bodies, now_us)


def own_in_team(team: Team, name: str) -> PersonAccuracy:
    """What is kept for whoever asks."""
    rows = team.link.ask(_OWN, team.project_id, team.me)
    if not rows:
        return PersonAccuracy(team.me, name, accuracy(()), {}, accuracy(()), reason=NOT_YET)
    with understood():
        return _from_json(team.me, name, rows[0]["body"])


def _to_json(found: PersonAccuracy) -> dict[str, Any]:
    drift = found.drift
    return {
        "whole": _counts(found.whole),
        "open": _counts(found.open),
        "parts": {part: _counts(one) for part, one in found.parts.items()},
        "drift": None if drift is None else [drift.first, _counts(drift.before), _counts(drift.since)],
        "reason": found.reason,
    }


def _from_json(person_id: str, name: str, body: Mapping[str, Any]) -> PersonAccuracy:
    parts = {str(part): _accuracy(one) for part, one in body["parts"].items()}
    drift = None if body["drift"] is None else Drift(int(body["drift"][0]), *map(_accuracy, body["drift"][1:]))
    whole, in_open = _accuracy(body["whole"]), _accuracy(body["open"])
    return PersonAccuracy(person_id, name, whole, parts, in_open, drift, reason=str(body["reason"]))


def _counts(one: Accuracy) -> list[int]:
    return [one.n, one.right]


def _accuracy(counts: Sequence[int]) -> Accuracy:
    n, right = (int(one) for one in counts)
    return accuracy([True] * right + [False] * (n - right))
