"""Why a task is not offered, for managers: what holds it back, and how many people could take it.

How many is told, never who. What somebody declines is theirs alone: it counts among those who are given nothing like it
just now, whatever the reason.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from annodesk.model.needs import needs_words
from annodesk.model.terms import Standing, Standings, why_none_now
from annodesk.model.work import BatchState, Person, Role, Stage
from annodesk.workflow.routing import Opening, refusal

if TYPE_CHECKING:
    from annodesk.workflow.able import Members


class _Hindrance(StrEnum):
    """Why one person is not given a task, in words about ``{0}`` of them."""

    MET = "{0} had it before or saw others' work on it"
    UNSKILLED = "{0} {1} what it needs ({2})"
    NOT_NOW = "{0} {1} given nothing like it just now"


def why_not_offered(one: Opening, members: Members, standings: Standings, now_us: int) -> str:
    """Why nobody is offered a task, in a sentence and what would change it; else to how many it is offered."""
    if held_back := _held_back(one, {person.id: person.name for person, _ in members}):
        return held_back
    people = [
        (person, roles) for person, roles in members if Role.ANNOTATOR in roles and one.kept_for in (None, person.id)
    ]
    if not people:
        return "Nobody labels in this project: invite an annotator."
    why = Counter(_hindrance(one, person, standings.get(person.id, Standing()), now_us) for person, _ in people)
    free = why.pop(None, 0)
    if free:
        return f"It is offered to {_many(free)}."
    needs = needs_words(one.needs)
    parts = [
        hindrance.value.format(_many(n), _verb(hindrance, n), needs or "another language")
        for hindrance, n in why.most_common()
        if hindrance is not None
    ]
    return f"It is offered to nobody: {'; '.join(parts)}. {_step(why)}"


def _held_back(one: Opening, names: dict[str, str]) -> str:
    """What keeps it from everybody."""
    batch = one.batch
    if not one.free:
        return "All its places are taken: raise the overlap of its batch for one more answer."
    if batch is not None and batch.state is not BatchState.OPEN:
        return f"Its batch {batch.name} is {batch.state}: open the batch."
    if one.waits_for:
        return f"It waits until the pilot {one.waits_for} is passed: read its report."
    if one.is_paused:
        return "It is paused: release it."
    if one.kept_for is not None and one.kept_for not in names:
        return "It is kept for somebody who is no member any more: release it."
    return ""


def _hindrance(one: Opening, person: Person, standing: Standing, now_us: int) -> _Hindrance | None:
    roles = {Role.ANNOTATOR}
    if person.id in one.held_by or (one.task.stage is Stage.ANNOTATE and person.id in one.seen_by):
        return _Hindrance.MET
    if not refusal(one, person, roles, standing):
        return _Hindrance.NOT_NOW if why_none_now(standing, now_us) else None
    # Without what was agreed with them: what is left is what they cannot do.
    return _Hindrance.UNSKILLED if refusal(one, person, roles) else _Hindrance.NOT_NOW


def _many(n: int) -> str:
    return "1 person" if n == 1 else f"{n:,} people"


def _verb(hindrance: _Hindrance, n: int) -> str:
    if hindrance is _Hindrance.UNSKILLED:
        return "lacks" if n == 1 else "lack"
    return "is" if n == 1 else "are"


def _step(why: Counter[_Hindrance | None]) -> str:
    if why[_Hindrance.UNSKILLED]:
        return "Invite somebody who can, or enter their skills."
    return "Wait for those who are away." if why[_Hindrance.NOT_NOW] else "Invite somebody, or lower the overlap."
