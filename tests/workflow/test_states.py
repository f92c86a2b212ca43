"""Slots and items move only as the design says, and only by who may move them."""

from __future__ import annotations

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.work import ItemState, Role, SettledBy, Slot, SlotState
from annodesk.workflow.states import (
    COORDINATOR,
    ITEM_MOVES,
    SLOT_MOVES,
    move_item,
    move_slot,
    require_reviewer,
)

ANALYST = frozenset({Role.ANALYST})


def slot(state: SlotState, person: str | None = "ann") -> Slot:
    return Slot("slot", "task", 1, state, person if state is not SlotState.OPEN else None, "set")


DESIGN = {
    ("open", "leased"),
    ("leased", "submitted"),
    ("leased", "skipped"),
    ("leased", "parked"),
    ("leased", "expired"),
    ("skipped", "open"),
    ("expired", "open"),
    ("parked", "leased"),
    ("submitted", "recalled"),
    ("submitted", "returned"),
    ("recalled", "leased"),
    ("returned", "leased"),
}


def actor(start: SlotState, to: SlotState) -> tuple[str, frozenset[Role]]:
    if to is SlotState.RETURNED:
        return "bob", ANALYST
    return (COORDINATOR, frozenset()) if to in (SlotState.OPEN, SlotState.EXPIRED) else ("ann", frozenset())


@pytest.mark.parametrize("to", SlotState)
@pytest.mark.parametrize("start", SlotState)
def test_a_slot_makes_the_moves_of_the_design_and_no_other(start: SlotState, to: SlotState) -> None:
    by, roles = actor(start, to)
    if (start, to) in DESIGN:
        assert move_slot(slot(start), to, by=by, roles=roles).state is to
    else:
        with pytest.raises(WorkflowError, match=f"A {start} task cannot become {to}"):
            move_slot(slot(start), to, by=by, roles=roles)


def test_every_state_has_its_moves() -> None:
    assert set(SLOT_MOVES) == set(SlotState)
    assert set(ITEM_MOVES) == set(ItemState)


def test_a_freed_place_forgets_who_held_it() -> None:
    free = move_slot(slot(SlotState.SKIPPED), SlotState.OPEN, by=COORDINATOR)
    assert (free.person_id, free.set_id) == (None, None)


def test_only_the_holder_submits_skips_parks_or_recalls() -> None:
    for start, to in (("leased", "submitted"), ("leased", "skipped"), ("leased", "parked"), ("submitted", "recalled")):
        with pytest.raises(WorkflowError, match="Only the person who holds a task"):
            move_slot(slot(SlotState(start)), SlotState(to), by="bob", roles=ANALYST)


def test_a_parked_task_waits_for_its_answer_and_its_person() -> None:
    with pytest.raises(WorkflowError, match="not answered yet"):
        move_slot(slot(SlotState.PARKED), SlotState.LEASED, by="ann", question_open=True)
    with pytest.raises(WorkflowError, match="goes back to the person who held it"):
        move_slot(slot(SlotState.PARKED), SlotState.LEASED, by="bob")


def test_a_submission_under_review_is_not_recalled() -> None:
    with pytest.raises(WorkflowError, match="its review has begun"):
        move_slot(slot(SlotState.SUBMITTED), SlotState.RECALLED, by="ann", review_begun=True)


def test_a_submission_is_returned_by_an_analyst_other_than_its_author() -> None:
    with pytest.raises(WorkflowError, match="Only an analyst"):
        move_slot(slot(SlotState.SUBMITTED), SlotState.RETURNED, by="bob")
    with pytest.raises(WorkflowError, match="your own"):
        move_slot(slot(SlotState.SUBMITTED), SlotState.RETURNED, by="ann", roles=ANALYST)


def test_an_annotator_expires_nobody() -> None:
    with pytest.raises(WorkflowError, match="Only the coordinator"):
        move_slot(slot(SlotState.LEASED), SlotState.EXPIRED, by="bob", roles={Role.ANNOTATOR})


def test_the_coordinator_holds_no_task() -> None:
    with pytest.raises(WorkflowError, match="given to a person"):
        move_slot(slot(SlotState.OPEN), SlotState.LEASED, by=COORDINATOR)


ITEM_DESIGN = {
    ("open", "scored"),
    ("scored", "settled"),
    ("scored", "escalated"),
    ("escalated", "settled"),
    ("settled", "reopened"),
    ("reopened", "scored"),
    # A submission it rests on was recalled or returned.
    ("scored", "open"),
    ("escalated", "open"),
}


@pytest.mark.parametrize("to", ItemState)
@pytest.mark.parametrize("start", ItemState)
def test_an_item_makes_the_moves_of_the_design_and_no_other(start: ItemState, to: ItemState) -> None:
    by = "rita" if to in (ItemState.SETTLED, ItemState.REOPENED) else COORDINATOR

    def move() -> ItemState:
        return move_item(start, to, by=by, roles=ANALYST, settled_by=SettledBy.ADJUDICATION)

    if (start, to) in ITEM_DESIGN:
        assert move() is to
    else:
        with pytest.raises(WorkflowError, match=f"{start} item cannot become {to}"):
            move()


def test_an_escalated_item_is_not_settled_by_consensus() -> None:
    with pytest.raises(WorkflowError, match="settled by adjudication, not by consensus"):
        move_item(ItemState.ESCALATED, ItemState.SETTLED, settled_by=SettledBy.CONSENSUS)


def test_nobody_reviews_what_they_labelled() -> None:
    with pytest.raises(WorkflowError, match="You labelled this item"):
        require_reviewer("ann", ANALYST, {"ann", "bob"})
    with pytest.raises(WorkflowError, match="Only an analyst or a manager"):
        require_reviewer("rita", {Role.ANNOTATOR}, {"ann"})
    require_reviewer("rita", ANALYST, {"ann"})
