"""Changed guidelines: shown once to each annotator, who says that they have read them before the next task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.model.guideline_changes import GuidelineChange, change_between
from annodesk.store import facts, projects, tasks

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.store.engine import Connection

_FACT = "guidelines read:"


class GuidelineChanges:
    """Which version of the guidelines each person has read."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def unread(self, project_id: str, person_id: str) -> GuidelineChange | None:
        """What has changed since a person read the guidelines last; None where nothing has that they must know.

        Who has not worked here yet reads them as they are. What they have read is kept in this file: on another
        computer the last version they handed work in under counts as read.
        """
        if self._desk.file.is_read_only:
            return None
        with self._desk.file.read() as db:
            newest = projects.newest_version(db, project_id)
            read = _read_last(db, project_id, person_id)
            if read is not None and read >= newest:
                return None
            if read is not None:
                before, now = (projects.get_version(db, project_id, number) for number in (read, newest))
                found = change_between(
                    read, before.guidelines, before.project.schema, newest, now.guidelines, now.project.schema
                )
                if not found.is_empty:
                    return found
        self.acknowledge(project_id, person_id, newest)
        return None

    def acknowledge(self, project_id: str, person_id: str, version: int) -> None:
        """Note that a person has read the guidelines of a version."""
        with self._desk.file.write() as db:
            facts.note_fact(db, _name(project_id, person_id), str(version))


def _name(project_id: str, person_id: str) -> str:
    return f"{_FACT}{project_id}:{person_id}"


def _read_last(db: Connection, project_id: str, person_id: str) -> int | None:
    known = facts.fact(db, _name(project_id, person_id))
    if known is not None and known.isdigit():
        return int(known)
    return tasks.newest_version_handed_in(db, project_id, person_id)
