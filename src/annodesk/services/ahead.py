"""The next task of a team: asked for before it is needed, so that nobody waits for the network between two tasks."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from annodesk.model.work import Role, SlotState, Stage
from annodesk.store import outbox, projects, tasks
from annodesk.store.outbox import Asked, Request

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.store.engine import Connection

AHEAD = {Stage.ANNOTATE: 2, Stage.REVIEW: 1}
"""So many tasks lie ready, the open one among them; a review that one person holds keeps it from the others."""
AGAIN_AFTER_US = 20_000_000
"""A server that had nothing is asked again no sooner than this, unless the person asks."""

_ROLES = {Stage.ANNOTATE: Role.ANNOTATOR, Stage.REVIEW: Role.ANALYST}
_TO_DO = (SlotState.LEASED, SlotState.RETURNED)


def ask_ahead(desk: Desk, stage: Stage, *, is_wanted: bool = False) -> bool:
    """Ask for another task where fewer lie ready than should; returns whether one was asked for.

    Parameters
    ----------
    is_wanted : a person wants it now: the server is asked again though it had nothing a moment ago
    """
    where = desk.belonging.where
    if where is None or desk.file.is_read_only:
        return False
    now = desk.clock()
    with desk.file.read() as db:
        if _ROLES[stage] not in projects.roles_of(db, where.project_id, where.person_id):
            return False
        if ready(db, where.project_id, where.person_id, stage) >= AHEAD[stage]:
            return False
        last = last_asked(db, stage)
        if last is not None and last.state is Asked.DONE and now - last.made_at_us < AGAIN_AFTER_US:
            is_on_its_way = tasks.claim_of(db, last.answer, where.person_id) is None
        else:
            is_on_its_way = last is not None and last.state in (Asked.WAITING, Asked.SENT)
    if is_on_its_way:
        return False
    was_refused = last is not None and last.state is Asked.REFUSED
    if last is not None and was_refused and not is_wanted and now - last.made_at_us < AGAIN_AFTER_US:
        return False
    with desk.file.write() as db:
        if last is not None and was_refused:
            outbox.forget(db, last)
        outbox.ask(db, "claim", None, now, stage=stage.value, ahead=True)
    return True


def ready(db: Connection, project_id: str, person_id: str, stage: Stage) -> int:
    """How many tasks of a stage a person can work on now."""
    held = [claim for claim in tasks.claims_of_person(db, project_id, person_id) if claim.state in _TO_DO]
    return sum(tasks.get_task(db, claim.task_id).stage is stage for claim in held)


def last_asked(db: Connection, stage: Stage) -> Request | None:
    """The last time a task of a stage was asked for."""
    asked = outbox.requests(db, *Asked, kind="claim")
    return next((one for one in reversed(asked) if one.body.get("stage", Stage.ANNOTATE.value) == stage.value), None)


def why_none(db: Connection, stage: Stage, roles: Collection[Role]) -> str:
    """Why no task lies ready, in the server's words where it has answered."""
    if _ROLES[stage] not in roles:
        return f"Tasks of this project go to its {_ROLES[stage].value}s."
    last = last_asked(db, stage)
    if last is None or last.state is Asked.DONE:
        return "The next one comes from the server."
    if last.state is Asked.REFUSED:
        return last.answer
    return "The server is asked for one; without a connection it comes when that is back."
