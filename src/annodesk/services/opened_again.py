"""Many settled items opened again in one step, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import AnnodeskError
from annodesk.progress import CancelToken, Progress, silent
from annodesk.services.changes import Changes, Kind

if TYPE_CHECKING:
    from annodesk.services.judging import Judging


class OpenedAgain(Struct, frozen=True):
    """How many items were opened again; ``refused`` says why others were not, by title."""

    opened: int
    refused: tuple[tuple[str, str], ...]
    changes: Changes

    @property
    def sentence(self) -> str:
        """What came of it."""
        opened = "1 item is" if self.opened == 1 else f"{self.opened:,} items are"
        left = f" {len(self.refused):,} stay as they are: {self.refused[0][1]}" if self.refused else ""
        return f"{opened} open again.{left}"


def open_again(
    judging: Judging,
    person_id: str,
    wanted: Iterable[tuple[str, str, str]],
    *,
    beside: Iterable[tuple[str, str]] = (),
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> OpenedAgain:
    """Open items again one by one: somebody labels them who has not seen others' work, else an analyst does.

    Parameters
    ----------
    wanted : id, title and reason of each
    beside : titles of those that are not tried, each with why
    """
    found = list(wanted)
    opened: list[str] = []
    refused: list[tuple[str, str]] = []
    for place, (item_id, title, words) in enumerate(found):
        progress(place / len(found), f"opening {title}")
        if cancel is not None:
            cancel.check()
        try:
            judging.reopen(item_id, person_id, words)
        except AnnodeskError as error:
            refused.append((title, error.sentence))
        else:
            opened.append(item_id)
    changes = Changes.of(Kind.ITEMS, Kind.TASKS, items=tuple(opened))
    return OpenedAgain(len(opened), (*refused, *beside), changes)
