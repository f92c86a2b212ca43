"""Whether a file that led to an error is itself to blame: rows that annodesk would not have written."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from annodesk.model.edits import EDIT_FORMAT
from annodesk.store import tables as t
from annodesk.store.checked import MisfitError
from annodesk.store.items import to_asset
from annodesk.store.journal import to_edit, to_element
from annodesk.store.local_tables import element, journal

_MISSING = (
    "SELECT 1 FROM item WHERE id NOT IN (SELECT item_id FROM item_state)",
    "SELECT 1 FROM item JOIN batch ON batch.id = item.batch_id WHERE batch.project_id <> item.project_id",
    "SELECT 1 FROM item JOIN task ON task.item_id = item.id WHERE task.project_id <> item.project_id",
    "SELECT 1 FROM task WHERE id NOT IN (SELECT task_id FROM task_plan)",
    "SELECT 1 FROM batch WHERE id NOT IN (SELECT batch_id FROM batch_plan)",
    "SELECT 1 FROM person WHERE id NOT IN (SELECT person_id FROM person_name)",
    "SELECT 1 FROM claim WHERE set_id IS NULL",
    "SELECT 1 FROM claim WHERE state = 'submitted' AND set_id NOT IN (SELECT set_id FROM submission)",
    "SELECT 1 FROM item_state s JOIN task ON task.item_id = s.item_id WHERE s.state = 'settled' AND stage = 'annotate' "
    "AND task.id NOT IN (SELECT task_id FROM settlement WHERE stands IS 1)",
)
"""Each finds rows without those that are always written together with them."""


def is_damaged(db: Connection) -> bool:
    """Whether any row cannot be understood, refers to nothing, or lacks another; reads the whole file."""
    if db.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        return True
    try:
        for table in t.metadata.sorted_tables:
            required = [place for place, column in enumerate(table.columns) if not column.nullable]
            for row in db.execute(select(table)):
                if any(row[place] is None for place in required):
                    return True
        for row in db.execute(select(t.asset)):
            to_asset(row)
        for row in db.execute(select(element)):
            to_element(row.body)
        for row in db.execute(select(journal)):
            if row.format == EDIT_FORMAT:
                to_edit(row)
        return any(db.exec_driver_sql(query).first() is not None for query in _MISSING)
    except (MisfitError, DatabaseError):
        return True
