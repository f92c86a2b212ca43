"""What an analyst decides about others' work from the desk: it goes back, or a settled item is opened again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from annodesk.ui.annotate.reasons import ReasonDialog
from annodesk.ui.notices import Tone

if TYPE_CHECKING:
    from annodesk.model.pins import Pin
    from annodesk.services.changes import Decided
    from annodesk.ui.review.settled import SettledDialog
    from annodesk.ui.review.workspace import ReviewWorkspace

SAYS = (
    "It goes back to who made it, with your words; the item waits until it is handed in again. "
    "Which side it was stays hidden from you."
)


def _pins_text(counts: Sequence[int]) -> str:
    """What goes along, of pins."""
    most = max(counts, default=0)
    if not most:
        return ""
    if min(counts) == most:
        return "1 pin goes with it." if most == 1 else f"{most} pins go with it."
    return f"Up to {most} pins go with it: those that belong to the side you choose."


class OthersWork:
    """The handlers of one workspace."""

    def __init__(self, workspace: ReviewWorkspace) -> None:
        self._room = workspace
        self.dialog: ReasonDialog | None = None
        self.list: SettledDialog | None = None

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {"review.return": self.ask_return, "review.settled": self.show_settled}

    def ask_return(self) -> None:
        """Ask which side goes back, and what is to be done."""
        room = self._room
        if room.work is None or not room.work.lanes:
            return
        room.transport.pause()
        room.telling.keep()
        sides = [f"Side {lane.letter}" for lane in room.work.lanes]
        counts = [len(room.telling.pins_for(lane.annotations)) for lane in room.work.lanes]
        says = f"{SAYS} {_pins_text(counts)}".strip()
        note = "" if all(counts) else "What is to be done"
        self.dialog = ReasonDialog("Return work", says, sides, "Return", room, note=note)
        self.dialog.given.connect(self._return)
        self.dialog.finished.connect(lambda: room.take_focus())
        self.dialog.open()

    def show_settled(self) -> None:
        """Show what was settled last."""
        from annodesk.ui.review.settled import SettledDialog

        self._room.transport.pause()
        self.list = SettledDialog(self._room.context, self._room)
        self.list.decided.connect(lambda decided: self._room.context.bus.changed.emit(decided.changes))
        self.list.finished.connect(lambda: self._room.take_focus())
        self.list.open()

    def _return(self, side: str, words: str) -> None:
        room, context = self._room, self._room.context
        if room.work is None:
            return
        lane = room.work.lane(side.removeprefix("Side ")).annotations
        pins = room.telling.pins_for(lane)
        work = partial(context.services.judging.return_work, lane.id, context.person_id, words, pins)
        done = partial(self._on_returned, pins)
        if context.services.sync.where is None:
            context.jobs.store(work, on_done=done, what="return work")
            return
        context.jobs.background(
            work,
            on_done=done,
            on_error=lambda error: context.notices.error(error, "return work"),
            key="return work",
            what="return work",
        )

    def _on_returned(self, pins: tuple[Pin, ...], decided: Decided) -> None:
        room = self._room
        room.telling.let_go(pins)
        title, task_id = room.title(), room.waiting.opened
        room.close_work()
        room.waiting.take_out(task_id, f"{title}: {decided.sentence}")
        room.show_conditions()
        room.context.notices.show(decided.sentence, "The item comes back once it is handed in again.", tone=Tone.OK)
        room.context.bus.changed.emit(decided.changes)
