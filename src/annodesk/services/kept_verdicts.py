"""What the model said on items, judged by people who had not seen it, as it is kept beside the items' tallies.

Of items that nobody has labelled it is kept apart: these may be many times as many, and would push the judged ones out
of what is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from annodesk.quality import verdicts
from annodesk.quality.price import Judged, JudgedItem, judged_item
from annodesk.store import tallies

if TYPE_CHECKING:
    from annodesk.quality.verdicts import ItemSaid
    from annodesk.store.engine import Connection

MOST_ITEMS = 5_000
"""So many items are looked at, those that were decided about last."""
_READ_AT_ONCE = 500

KeptRows = Sequence[tuple[int, Mapping[str, Any]]]
"""When items were scored, and what is kept of them, newest first."""

PARTS = (verdicts.NAME, verdicts.ALONE)
"""Under which names it is kept: of items that people labelled, and of all others; ``MOST_ITEMS`` of each are read."""


class KeptItem(NamedTuple):
    """An item with what is kept of it."""

    item_id: str
    judged: JudgedItem

    @property
    def at_us(self) -> int:
        """Since when it is kept."""
        return self.judged.at_us


def kept_of(db: Connection, item_id: str) -> ItemSaid | None:
    """What is kept of one item, None where nothing is."""
    body = tallies.of_item(db, item_id, verdicts.NAME)
    if body is None:
        body = tallies.of_item(db, item_id, verdicts.ALONE)
    return None if body is None else _understood(body)


def keep(db: Connection, item_id: str, said: ItemSaid, now_us: int) -> None:
    """Keep this alone of an item that nobody has labelled."""
    tallies.replace_tallies(db, item_id, [(verdicts.ALONE, verdicts.to_json(said))], now_us)


def keep_beside(db: Connection, item_id: str, said: ItemSaid, now_us: int) -> None:
    """Keep this of an item that people have labelled, beside its tallies and as of when it was scored.

    A moment later, so that whoever has read it before reads it again.
    """
    since_us = tallies.made_at(db, item_id, verdicts.NAME)
    tallies.replace_tally(
        db, item_id, verdicts.NAME, verdicts.to_json(said), now_us if since_us is None else since_us + 1
    )
    tallies.forget_tally(db, item_id, verdicts.ALONE)


def kept_among(db: Connection, item_ids: Sequence[str]) -> dict[str, ItemSaid]:
    """What is kept of some items."""
    bodies = tallies.of_items(db, item_ids, verdicts.NAME)
    bodies |= tallies.of_items(db, [i for i in item_ids if i not in bodies], verdicts.ALONE)
    found = {item_id: _understood(body) for item_id, body in bodies.items()}
    return {item_id: said for item_id, said in found.items() if said is not None}


def kept_items(db: Connection, project_id: str, *, known: Mapping[str, KeptItem]) -> list[KeptItem]:
    """What is kept of the items that people labelled and that were decided about last, newest first.

    What is ``known`` and has not changed is not read again.
    """
    times = tallies.newest_items(db, project_id, verdicts.NAME, MOST_ITEMS)
    other = [i for i, at_us in times if i not in known or known[i].at_us != at_us]
    bodies = tallies.of_items(db, other, verdicts.NAME)
    found = []
    for item_id, at_us in times:
        if item_id in bodies:
            said = _understood(bodies[item_id])
            found += [] if said is None else [KeptItem(item_id, judged_item(at_us, said))]
        elif item_id in known:
            found.append(known[item_id])
    return found


def stood_between(db: Connection, project_id: str, since_us: int, until_us: int) -> Iterator[tuple[str, ItemSaid]]:
    """Items whose answer by the model began to stand in a time and has stood since, with what it says, newest first."""
    times = tallies.newest_items(db, project_id, verdicts.ALONE, None, since_us=since_us, until_us=until_us)
    ids = [item_id for item_id, _ in times]
    for first in range(0, len(ids), _READ_AT_ONCE):
        page = ids[first : first + _READ_AT_ONCE]
        bodies = tallies.of_items(db, page, verdicts.ALONE)
        for item_id in page:
            said = _understood(bodies[item_id]) if item_id in bodies else None
            if said is not None and said.stands:
                yield item_id, said


def together(kinds: Sequence[KeptRows]) -> tuple[KeptRows, int]:
    """Rows of several kinds, newest first, and since when none of them is missing."""
    since_us = max((rows[-1][0] for rows in kinds if len(rows) >= MOST_ITEMS), default=0)
    return sorted((row for rows in kinds for row in rows), key=_newest_first), since_us


def _newest_first(row: tuple[int, Mapping[str, Any]]) -> int:
    return -row[0]


def judged(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> Judged:
    """Kept rows as they are reckoned with; what is none was made by another hand and is left out."""
    found = ((at_us, _understood(body)) for at_us, body in rows)
    return Judged(tuple(judged_item(at_us, said) for at_us, said in found if said is not None))


def _understood(body: Mapping[str, Any]) -> ItemSaid | None:
    try:
        return verdicts.from_json(body)
    except ValueError:
        return None
