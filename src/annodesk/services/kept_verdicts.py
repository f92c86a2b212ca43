"""What the model said on items, judged by people who had not seen it, as it is kept beside the items' tallies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from annodesk.quality import verdicts
from annodesk.quality.price import Judged, JudgedItem, judged_item
from annodesk.quality.verdicts import ItemSaid
from annodesk.store import tallies
from annodesk.store.engine import Connection

MOST_ITEMS = 5_000
"""So many items are looked at, those that were decided about last."""


class KeptItem(NamedTuple):
    """An item with what is kept of it."""

    item_id: str
    judged: JudgedItem

    @property
    def at_us(self) -> int:
        """Since when it is kept."""
        return self.judged.at_us

    @property
    def said(self) -> ItemSaid:
        """What the model says on it."""
        return self.judged.said


def kept_of(db: Connection, item_id: str) -> ItemSaid | None:
    """What is kept of one item, None where nothing is."""
    body = tallies.of_item(db, item_id, verdicts.NAME)
    return None if body is None else _understood(body)


def keep(db: Connection, item_id: str, said: ItemSaid, now_us: int) -> None:
    """Keep this alone of an item that nobody has labelled."""
    tallies.replace_tallies(db, item_id, [(verdicts.NAME, verdicts.to_json(said))], now_us)


def keep_beside(db: Connection, item_id: str, said: ItemSaid, now_us: int) -> None:
    """Keep this of an item that people have labelled, beside its tallies and as of when it was scored.

    A moment later, so that whoever has read it before reads it again.
    """
    since_us = tallies.made_at(db, item_id, verdicts.NAME)
    tallies.replace_tally(
        db, item_id, verdicts.NAME, verdicts.to_json(said), now_us if since_us is None else since_us + 1
    )


def kept_among(db: Connection, item_ids: Sequence[str]) -> dict[str, ItemSaid]:
    """What is kept of some items."""
    found = {item_id: _understood(body) for item_id, body in tallies.of_items(db, item_ids, verdicts.NAME).items()}
    return {item_id: said for item_id, said in found.items() if said is not None}


def kept_items(
    db: Connection, project_id: str, *, known: Mapping[str, KeptItem], since_us: int | None = None
) -> list[KeptItem]:
    """What is kept of the items that were decided about last, newest first; of all since a time where one is given.

    What is ``known`` and has not changed is not read again.
    """
    most = MOST_ITEMS if since_us is None else None
    times = tallies.newest_items(db, project_id, verdicts.NAME, most, since_us=since_us or 0)
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


def judged(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> Judged:
    """Kept rows as they are reckoned with; what is none was made by another hand and is left out."""
    found = ((at_us, _understood(body)) for at_us, body in rows)
    return Judged(tuple(judged_item(at_us, said) for at_us, said in found if said is not None))


def _understood(body: Mapping[str, Any]) -> ItemSaid | None:
    try:
        return verdicts.from_json(body)
    except ValueError:
        return None
