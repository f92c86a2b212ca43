"""What a person holds of a team's tasks, from this workstation: kept while they work, given back when they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.errors import WorkflowError
from annodesk.model.work import SlotState, Stage
from annodesk.services.changes import Changes, Kind
from annodesk.store import holdings

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.holdings import Holding

GOODBYE_S = 3.0
"""The longest that closing waits for the server; what it has not heard by then it hears next time."""


class Leases:
    """Tells the server what is not worked on any more."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def held(self, *states: SlotState, stage: Stage | None = Stage.ANNOTATE) -> list[Holding]:
        """What the person of this file holds to label, or at all; nothing where the file stands alone."""
        where = self._desk.belonging.where
        if where is None:
            return []
        with self._desk.file.read() as db:
            return holdings.holdings(db, where.project_id, where.person_id, *states, stage=stage)

    def give_back(self, set_id: str) -> Changes:
        """Give a task to others, without a reason; what was done is kept, and it is not given to this person again."""
        found = next((one for one in self.held() if one.set_id == set_id), None)
        if found is None:
            raise WorkflowError("This task is not open with you.", "Choose another from the list.")
        with self._desk.file.write() as db:
            holdings.give_back(db, found, self._desk.clock(), keep_away=True)
        self._sync.nudge()
        return Changes.of(Kind.TASKS, items=(found.item_id,), sets=(set_id,))

    def put_down(self) -> int:
        """The person closes the window: what they have not begun goes back at once, but for what they take offline.

        What they have begun stays theirs until its time is over. Returns how many went back.
        """
        if self._desk.file.is_read_only or not self._desk.is_shared:
            return 0
        given = self._give_back_untouched()

        def is_more() -> bool:
            # A task that was on its way here when the window was closed.
            nonlocal given
            more = self._give_back_untouched()
            given += more
            return more > 0

        self._sync.say_goodbye(GOODBYE_S, is_more)
        return given

    def _give_back_untouched(self) -> int:
        held = self.held(SlotState.LEASED, stage=None)
        untouched = [one for one in held if not one.is_begun and one.pack_until_us is None]
        with self._desk.file.write() as db:
            holdings.withdraw_wishes(db)
            for one in untouched:
                holdings.give_back(db, one, self._desk.clock())
        return len(untouched)
