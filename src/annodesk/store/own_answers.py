"""What a person answered last to a project's questions about items, as it stands in the sets they handed in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Connection, func, select

from annodesk.model.annotations import Answer, OriginKind, Segment, answer_id
from annodesk.model.work import SlotState, Stage
from annodesk.store import tables as t
from annodesk.store.journal import to_element
from annodesk.store.local_tables import element


class Given(Struct, frozen=True):
    """One answer that was handed in.

    Parameters
    ----------
    in_bulk : whether it was taken with others and not given by itself
    mostly : of each tier of that task the label that most of its labelled time bears
    """

    value: object
    in_bulk: bool = False
    mostly: frozenset[tuple[str, str]] = frozenset()


def newest_answers(
    db: Connection, project_id: str, person_id: str, questions: Sequence[str], most: int
) -> dict[str, list[Given]]:
    """Answers by question, newest first, of the tasks a person handed in last, ``most`` at most."""
    if not questions:
        return {}
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
    mostly = _mostly(db, sets)
    said: dict[str, dict[str, Given]] = {}
    for set_id, body in db.execute(asked):
        one = to_element(body)
        if isinstance(one, Answer):
            given = Given(one.value, one.origin.kind is OriginKind.BULK, mostly.get(set_id, frozenset()))
            said.setdefault(one.question, {})[set_id] = given
    return {question: [of[set_id] for set_id in sets if set_id in of] for question, of in said.items()}


def _mostly(db: Connection, sets: Sequence[str]) -> dict[str, frozenset[tuple[str, str]]]:
    """By set the label that most time bears, of each tier; of two alike the one that comes first by name."""
    label = func.json_extract(element.c.body, "$.labels[0]")
    length = func.sum(element.c.end - element.c.start)
    rows = db.execute(
        select(element.c.set_id, element.c.part, label, length)
        .where(element.c.set_id.in_(sets), element.c.kind == Segment.KIND, label.is_not(None))
        .group_by(element.c.set_id, element.c.part, label)
        .order_by(length, label.desc())
    )
    longest: dict[str, dict[str, str]] = defaultdict(dict)
    for set_id, tier, name, _ in rows:
        longest[set_id][tier] = name
    return {set_id: frozenset(of.items()) for set_id, of in longest.items()}
