"""Which state may follow which, for slots and for items."""

from __future__ import annotations

from annodesk.errors import WorkflowError
from annodesk.model.work import ItemState, SlotState

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
    ItemState.REOPENED: frozenset({ItemState.SCORED, ItemState.SETTLED}),
}
"""Scored and escalated items fall back to open when a submission they rest on is recalled or returned."""


def check_slot(before: SlotState, after: SlotState) -> None:
    """Raise WorkflowError where a slot may not go from one state to the other."""
    if after not in SLOT_MOVES[before]:
        raise WorkflowError(f"A {before.value} task cannot become {after.value}.", "Open the task list again.")


def check_item(before: ItemState, after: ItemState) -> None:
    """Raise WorkflowError where an item may not go from one state to the other."""
    if after not in ITEM_MOVES[before]:
        raise WorkflowError(f"An item that is {before.value} cannot become {after.value}.")
