"""An item's way to where the coordinator puts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.model.work import ItemState, SettledBy
from annodesk.store import figures
from annodesk.workflow import states
from annodesk.workflow.states import COORDINATOR

if TYPE_CHECKING:
    from annodesk.store.engine import Connection


def move_on(db: Connection, item_id: str, after: ItemState, settled_by: SettledBy | None, now_us: int) -> None:
    """Move an item that was scored to review, or let its answer stand."""
    before = figures.item_state(db, item_id)
    if before is not ItemState.SCORED:
        states.move_item(before, ItemState.SCORED)
        figures.set_item_state(db, item_id, ItemState.SCORED, COORDINATOR, now_us)
    states.move_item(ItemState.SCORED, after, settled_by=settled_by)
    figures.set_item_state(db, item_id, after, COORDINATOR, now_us)


def queue_again(db: Connection, item_id: str, now_us: int) -> None:
    """Open an item again that stood by the machine rule."""
    after = states.move_item(figures.item_state(db, item_id), ItemState.REOPENED, settled_by=SettledBy.MACHINE)
    figures.set_item_state(db, item_id, after, COORDINATOR, now_us)
