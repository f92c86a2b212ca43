"""What a manager is told of a task that nobody is offered: what holds it back, and how many could take it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from annodesk.model.terms import Standing, Terms
from annodesk.model.work import Batch, BatchState, Person, Role, Skill, Slot, SlotState, Stage, Task
from annodesk.workflow.not_offered import why_not_offered
from annodesk.workflow.routing import Opening

LABELS = frozenset({Role.ANNOTATOR})
ADA, BEN, EVA = Person("ada", "Ada"), Person("ben", "Ben"), Person("eva", "Eva", skills=(Skill("pt"),))
THREE = [(one, LABELS) for one in (ADA, BEN, EVA)]
FREE = Opening(Task("t", "i", Stage.ANNOTATE, 0, 1), (Slot("s", "t", 1),))


def said(one: Opening, **standings: Standing) -> str:
    return why_not_offered(one, THREE, standings, 0)


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (FREE, "It is offered to 3 people."),
        (replace(FREE, kept_for="eva"), "It is offered to 1 person."),
        (
            replace(FREE, slots=(Slot("s", "t", 1, SlotState.LEASED, "ada"),)),
            "All its places are taken: raise the overlap of its batch for one more answer.",
        ),
        (replace(FREE, batch=Batch("b", "May", BatchState.PAUSED)), "Its batch May is paused: open the batch."),
        (
            replace(FREE, batch=Batch("b", "May", waits_for="first")),
            "It waits until the pilot first is passed: read its report.",
        ),
        (replace(FREE, is_paused=True), "It is paused: release it."),
        (replace(FREE, kept_for="zoe"), "It is kept for somebody who is no member any more: release it."),
        (replace(FREE, needs=(Skill("pt"),)), "It is offered to 1 person."),
    ],
)
def test_what_holds_a_task_back_is_told_with_what_would_change_it(one: Opening, sentence: str) -> None:
    assert said(one) == sentence


def test_those_who_cannot_take_it_are_counted_by_why_and_never_named() -> None:
    one = replace(FREE, needs=(Skill("pt", 2),), held_by=frozenset({"ada"}))
    found = said(one)
    assert found == (
        "It is offered to nobody: 1 person had it before or saw others' work on it;"
        " 2 people lack what it needs (pt:2). Invite somebody who can, or enter their skills."
    ) or found.startswith("It is offered to nobody: 2 people lack what it needs (pt:2); 1 person had it before")
    assert not any(name in found for name in ("Ada", "Ben", "Eva"))


def test_what_somebody_declines_looks_like_their_being_away() -> None:
    one = replace(FREE, sensitive=("violence",), held_by=frozenset({"ada", "ben"}))
    declines = Standing(Terms(declined=frozenset({"violence"})))
    away = Standing(Terms(absent_until_us=9))
    assert said(one, eva=declines) == said(one, eva=away)
    assert "1 person is given nothing like it just now" in said(one, eva=away)


def test_a_project_without_annotators_says_whom_to_invite() -> None:
    assert why_not_offered(FREE, [(ADA, {Role.ANALYST})], {}, 0) == (
        "Nobody labels in this project: invite an annotator."
    )
