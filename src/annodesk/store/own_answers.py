"""What a person answered last to a project's questions about items, as it stands in the sets they handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from annodesk.model.annotations import Answer, OriginKind, answer_id
from annodesk.model.work import SlotState, Stage
from annodesk.store import tables as t
from annodesk.store.journal import to_element
from annodesk.store.local_tables import element


@dataclass(frozen=True, slots=True)
class Given:
    """One answer that was handed in; ``in_bulk`` where it was taken with others and not given by itself."""

    value: object
    in_bulk: bool = False


def newest_answers(
    db: Connection, project_id: str, person_id: str, questions: Sequence[str], most: int
) -> dict[str, list[Given]]:
    """Answers by question, newest first, of the tasks a person handed in last, ``most`` at most."""
    handed_in = (
        select(t.claim.c.set_id)
        .join(t.task, t.task.c.id == t.claim.c.task_id)
        .where(
            t.claim.c.project_id == project_id,
            t.claim.c.person_id == person_id,
            t.claim.c.state == SlotState.SUBMITTED.value,
            t.claim.c.set_id.is_not(None),
            t.task.c.stage == Stage.ANNOTATE.value,
        )
        .order_by(t.claim.c.changed_at_us.desc(), t.claim.c.id.desc())
        .limit(most)
    )
    sets = list(db.execute(handed_in).scalars())
    ids = [answer_id(question) for question in questions]
    asked = select(element.c.set_id, element.c.body).where(element.c.set_id.in_(sets), element.c.id.in_(ids))
    said: dict[str, dict[str, Given]] = {}
    for set_id, body in db.execute(asked):
        one = to_element(body)
        if isinstance(one, Answer):
            said.setdefault(one.question, {})[set_id] = Given(one.value, one.origin.kind is OriginKind.BULK)
    return {question: [of[set_id] for set_id in sets if set_id in of] for question, of in said.items()}
