"""How often each annotator of a team met confirmed answers, kept for them alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql import insert

from annodesk.store.shared_tables import own_accuracy

if TYPE_CHECKING:
    from sqlalchemy import Connection


def keep(db: Connection, bodies: Mapping[str, Mapping[str, Any]], now_us: int) -> None:
    """Write everybody's row anew, whether or not it says anything else than before."""
    rows = [{"person_id": person_id, "at_us": now_us, "body": dict(body)} for person_id, body in sorted(bodies.items())]
    if rows:
        fresh = insert(own_accuracy)
        again = {"at_us": fresh.excluded.at_us, "body": fresh.excluded.body}
        db.execute(fresh.on_conflict_do_update(index_elements=["project_id", "person_id"], set_=again), rows)
