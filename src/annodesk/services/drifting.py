"""Whose answers meet confirmed ones less often than they did, as a sentence for whoever may know it.

That is the person, of whom nobody else is told here, and the analysts of the project; a manager is told nothing by name
and nothing of a group of one (rule 12). So these sentences are made for one reader at a time and are kept nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.model.work import Role
from annodesk.services.today import Act, Need
from annodesk.store import projects

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services.accuracy import Accuracies, PersonAccuracy
    from annodesk.services.base import Desk

RESTS_ON = "It rests on hidden references and audits drawn by lot alone, so hard items do not count against anybody."
_WEIGHT = 86
"""Before a backlog, after what stops all work."""


class Drifting:
    """Drift alarms of one project."""

    def __init__(self, desk: Desk, accuracy: Accuracies) -> None:
        self._desk, self._accuracy = desk, accuracy

    def needs(self, project_id: str, person_id: str, *, cancel: CancelToken | None = None) -> tuple[Need, ...]:
        """For an analyst a sentence for each person who drifts; nothing for anybody else. May read for long."""
        with self._desk.file.read() as db:
            name = projects.get_version(db, project_id).project.name
            if Role.ANALYST not in projects.roles_of(db, project_id, person_id):
                return ()
        found = self._accuracy.of_people(project_id, person_id, cancel=cancel)
        return tuple(need_of(one, project_id, name, is_own=False) for one in found if one.drift is not None)


def need_of(one: PersonAccuracy, project_id: str, project: str, *, is_own: bool) -> Need:
    """A drift alarm as a sentence with its evidence and one thing to do."""
    whose, button = ("Your", "Read the guidelines") if is_own else (f"{one.name}'s", "See the answers")
    sentence = f"{project}: {whose} answers meet confirmed ones less often than they did."
    evidence = (one.sentence, RESTS_ON)
    return Need(project_id, project, Act.GUIDELINES if is_own else Act.DRIFT, sentence, evidence, button, _WEIGHT)
