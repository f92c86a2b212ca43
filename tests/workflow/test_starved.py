"""Queues that the people there cannot finish: who counts, and what is left out."""

from __future__ import annotations

from msgspec.structs import replace

from annodesk.model.work import Batch, BatchState, Person, Role, Skill, Slot, SlotState, Stage, Task
from annodesk.workflow.routing import Opening
from annodesk.workflow.starved import Starved
from annodesk.workflow.starved import starved as starved_of

ADA, BEN, EVA = Person("ada", "Ada"), Person("ben", "Ben"), Person("eva", "Eva", skills=(Skill("pt"),))
THREE = tuple((person, {Role.ANNOTATOR}) for person in (ADA, BEN, EVA))


def opening(number: int, *, places: int = 2, taken: int = 0, **more: object) -> Opening:
    slots = tuple(
        Slot(f"s{number}-{n}", f"t{number}", n, SlotState.SUBMITTED if n < taken else SlotState.OPEN)
        for n in range(places)
    )
    return Opening(Task(f"t{number}", f"i{number}", Stage.ANNOTATE, 0, 1), slots, **more)  # type: ignore[arg-type]


def starved(openings: list[Opening], members: object) -> list[Starved]:
    return starved_of([(one, 1) for one in openings], members)  # type: ignore[arg-type]


def test_what_people_can_finish_is_not_told() -> None:
    assert starved([opening(1), opening(2, taken=2)], THREE) == []


def test_more_places_than_people_are_told() -> None:
    assert starved([opening(1, places=5), opening(2, places=4), opening(3)], THREE) == [Starved((), 2, 3, 2)]


def test_who_has_held_a_task_cannot_take_it_again() -> None:
    held = opening(1, places=3, taken=1, held_by=frozenset({"ada", "ben"}))
    assert starved([held], THREE) == [Starved((), 1, 3, 1)]
    assert starved([replace(held, seen_by=frozenset({"eva"}))], THREE) == [Starved((), 1, 3, 2)]


def test_a_language_is_told_apart_with_those_who_know_it() -> None:
    portuguese = [opening(n, needs=(Skill("pt"),)) for n in range(3)]
    assert starved([*portuguese, opening(9)], THREE) == [Starved(("pt",), 3, 1, 1)]
    assert starved(portuguese, THREE[:2]) == [Starved(("pt",), 3, 0, 2)]


def test_what_is_not_given_out_starves_nobody() -> None:
    paused = Batch("b", "second", BatchState.PAUSED)
    assert starved([opening(1, places=9, batch=paused), opening(2, places=9, is_paused=True)], THREE) == []
    gated = Batch("b", "second", waits_for="first")
    assert starved([opening(1, places=9, batch=gated)], THREE) == []
    assert starved([opening(1, places=9, batch=replace(gated, waits_for=""))], THREE) == [Starved((), 1, 3, 6)]
    analysts = [(ADA, {Role.ANALYST})]
    assert starved([opening(1, places=1)], analysts) == [Starved((), 1, 0, 1)]
