"""What may become of a slot and of an item, and who may bring it about."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from annodesk.errors import WorkflowError
from annodesk.model.work import ItemState, Role, SettledBy, Slot, SlotState

COORDINATOR = ""
"""Who acts where no person does."""

SLOT_MOVES: dict[SlotState, frozenset[SlotState]] = {
    SlotState.OPEN: frozenset({SlotState.LEASED}),
    SlotState.LEASED: frozenset({SlotState.SUBMITTED, SlotState.SKIPPED, SlotState.PARKED, SlotState.EXPIRED}),
    SlotState.SUBMITTED: frozenset({SlotState.RECALLED, SlotState.RETURNED}),
    SlotState.SKIPPED: frozenset({SlotState.OPEN}),
    SlotState.EXPIRED: frozenset({SlotState.OPEN}),
    SlotState.PARKED: frozenset({SlotState.LEASED}),
    SlotState.RECALLED: frozenset({SlotState.LEASED}),
    SlotState.RETURNED: frozenset({SlotState.LEASED}),
}

ITEM_MOVES: dict[ItemState, frozenset[ItemState]] = {
    ItemState.OPEN: frozenset({ItemState.SCORED}),
    ItemState.SCORED: frozenset({ItemState.SETTLED, ItemState.ESCALATED, ItemState.OPEN}),
    ItemState.ESCALATED: frozenset({ItemState.SETTLED, ItemState.OPEN}),
    ItemState.SETTLED: frozenset({ItemState.REOPENED}),
    ItemState.REOPENED: frozenset({ItemState.SCORED}),
}
"""A scored or escalated item is open again when a submission it rests on is recalled or returned."""

_HOLDERS_OWN = frozenset({SlotState.SUBMITTED, SlotState.SKIPPED, SlotState.PARKED, SlotState.RECALLED})
_JUDGES = frozenset({Role.ANALYST, Role.MANAGER})


def check_slot(before: SlotState, after: SlotState) -> None:
    """Refuse a move that no slot makes, whoever asks."""
    if after not in SLOT_MOVES[before]:
        raise WorkflowError(f"A {before} task cannot become {after}.", _next_step(before))


def check_item(before: ItemState, after: ItemState) -> None:
    """Refuse a move that no item makes, whoever asks."""
    if after not in ITEM_MOVES[before]:
        raise WorkflowError(f"{_article(before)} item cannot become {after}.")


def move_slot(
    slot: Slot,
    to: SlotState,
    *,
    by: str,
    roles: Collection[Role] = (),
    review_begun: bool = False,
    question_open: bool = False,
) -> Slot:
    """The slot in another state.

    Parameters
    ----------
    by : id of the person acting, or COORDINATOR
    roles : what that person may do in the project
    review_begun : somebody has begun to review the submission, which then cannot be recalled
    question_open : the question a parked slot waits for has no answer yet
    """
    check_slot(slot.state, to)
    if to is SlotState.LEASED:
        return _lease(slot, by, question_open=question_open)
    if to in _HOLDERS_OWN and by != slot.person_id:
        raise WorkflowError(f"Only the person who holds a task can make it {to}.", "It is held by somebody else.")
    if to is SlotState.RECALLED and review_begun:
        raise WorkflowError(
            "Your submission cannot be recalled: its review has begun.", "Make a correction with a reason instead."
        )
    if to in (SlotState.EXPIRED, SlotState.OPEN) and by != COORDINATOR and not _JUDGES & set(roles):
        raise WorkflowError(f"Only the coordinator, an analyst or a manager can make a task {to}.")
    if to is SlotState.RETURNED:
        if not _JUDGES & set(roles):
            raise WorkflowError("Only an analyst or a manager can return a submission.")
        if by == slot.person_id:
            raise WorkflowError("You cannot return your own submission.", "Recall it instead.")
    if to is SlotState.OPEN:
        # The partial work stays under its own set; the place is free for somebody else.
        return replace(slot, state=to, person_id=None, set_id=None)
    return replace(slot, state=to)


def _lease(slot: Slot, by: str, *, question_open: bool) -> Slot:
    if by == COORDINATOR:
        raise WorkflowError("A task is given to a person, not to the coordinator.")
    if slot.state is not SlotState.OPEN and by != slot.person_id:
        raise WorkflowError(f"A {slot.state} task goes back to the person who held it.", "Choose another task.")
    if slot.state is SlotState.PARKED and question_open:
        raise WorkflowError("The question this task waits for is not answered yet.", "Choose another task.")
    return replace(slot, state=SlotState.LEASED, person_id=by)


def _next_step(state: SlotState) -> str:
    steps = {
        SlotState.OPEN: "Open it first.",
        SlotState.SUBMITTED: "Recall the submission first.",
        SlotState.EXPIRED: "Your work is kept; open the task again if it is still offered.",
        SlotState.SKIPPED: "Choose another task.",
    }
    return steps.get(state, "Open it from your task list first.")


def move_item(
    state: ItemState,
    to: ItemState,
    *,
    by: str = COORDINATOR,
    roles: Collection[Role] = (),
    settled_by: SettledBy | None = None,
    labelled_by: Collection[str] = (),
) -> ItemState:
    """The item's next state; a person settles by adjudication and reopens, the coordinator does the rest."""
    check_item(state, to)
    if to is ItemState.SETTLED:
        if settled_by is None:
            raise WorkflowError("An item is settled by somebody or something.", "Say by what.")
        if state is ItemState.ESCALATED and settled_by is not SettledBy.ADJUDICATION:
            raise WorkflowError(f"An escalated item is settled by adjudication, not by {settled_by}.")
        if settled_by is SettledBy.ADJUDICATION:
            require_reviewer(by, roles, labelled_by)
    elif to is ItemState.REOPENED:
        # What stood without a person is queued again where audits say that it should not have.
        by_machine = by == COORDINATOR and settled_by is SettledBy.MACHINE
        if not by_machine and not _JUDGES & set(roles):
            raise WorkflowError("Only an analyst or a manager can reopen an item.")
    elif by != COORDINATOR:
        raise WorkflowError(f"Only the coordinator can make an item {to}.")
    return to


def _article(state: ItemState) -> str:
    return f"{'An' if state.value[0] in 'aeiou' else 'A'} {state}"


def require_reviewer(person_id: str, roles: Collection[Role], labelled_by: Collection[str]) -> None:
    """Refuse a review by somebody who may not, or who labelled the item themselves."""
    if not _JUDGES & set(roles):
        raise WorkflowError("Only an analyst or a manager can review.", "Ask a manager for the role.")
    if person_id in labelled_by:
        raise WorkflowError("You labelled this item, so somebody else reviews it.", "Choose another one.")
