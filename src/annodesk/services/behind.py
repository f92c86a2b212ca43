"""What a value of a chart was counted from: its items, found again by what each is counted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.services.by_field import Where
from annodesk.store import counted_by
from annodesk.store.cells import DAY_US, SEP, WAITS_BY, WORK_ON, day_of

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

AIDED = "aided"
ITEMS_AT_ONCE = 5_000

_COUNTED = """
select item_id, next_item from annodesk.items_counted(%s, %s, %s, %s, %s::text[], %s, %s, %s, %s, %s)
"""


class Beside(StrEnum):
    """Whose two answers are heard at each place."""

    PEOPLE = "people"
    MODEL = "model"
    REFERENCE = "reference"


class Behind(Struct, frozen=True):
    """The items that a value of a chart counts.

    Parameters
    ----------
    name : the figure that the value is made of (``store.cells``)
    between_us : of the days that begin from one time to before another; None for all
    about : what the figure's part begins with besides the day: a reason, or a part and a label
    where : the value of a field that the chart is told of
    aided : of what work took, with suggestions in view or without; None for both
    probability : of the model, what it said with a probability from one to another
    """

    name: str
    between_us: tuple[int, int] | None = None
    about: tuple[str, ...] = ()
    where: Where | None = None
    beside: Beside = Beside.PEOPLE
    aided: bool | None = None
    probability: tuple[float, float] | None = None

    def counts(self, said: Mapping[str, tuple[int, int]], now_us: int) -> bool:
        """Whether an item that is counted for this is one of them."""
        return any(self._fits(key, said, now_us) for key in said)

    def _fits(self, key: str, said: Mapping[str, tuple[int, int]], now_us: int) -> bool:
        name, _, part = key.partition(":")
        if name != self.name:
            return False
        about = part.split(SEP)
        if name != WAITS_BY:
            # What a clock gone wrong has dated later counts as of today.
            day = min(int(about.pop(0)), day_of(now_us))
            if self.between_us is not None and not self.between_us[0] <= day * DAY_US < self.between_us[1]:
                return False
        if name == WORK_ON and self.aided is not None:
            n, total = said[key]
            # A set counts 100 where suggestions were in view, and else nothing.
            return about == [AIDED] and (total > 0 if self.aided else total < 100 * n)
        return tuple(about[: len(self.about)]) == self.about


def items_behind(
    db: Connection, project_id: str, behind: Behind, now_us: int, *, cancel: CancelToken | None = None
) -> Iterator[str]:
    """Ids of those items, the newest first; may read for long."""
    where = behind.where or Where("", "")
    for page in counted_by.newest_said(db, project_id, where.field, where.value):
        if cancel is not None:
            cancel.check()
        yield from (item_id for item_id, said in page if behind.counts(said, now_us))


def items_behind_of_team(team: Team, behind: Behind, *, cancel: CancelToken | None = None) -> Iterator[str]:
    """The same as the server finds them: none of what this person has open to label or is to rule again unknowingly."""
    where, (since_us, until_us) = behind.where or Where("", ""), behind.between_us or (None, None)
    asked = (behind.name, since_us, until_us, list(behind.about), behind.aided, where.field, where.value)
    first: str | None = None
    while True:
        if cancel is not None:
            cancel.check()
        *found, ends = team.link.ask(_COUNTED, team.project_id, *asked, first, ITEMS_AT_ONCE) or [{"next_item": None}]
        yield from (row["item_id"] for row in found)
        first = ends["next_item"]
        if first is None:
            return
