"""What a newcomer is told after each of their first tasks: how it compares with the confirmed answer.

Only of open references, and only after it was handed in; from then on the item says nothing about that person any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.annotations import AnnotationSet, element_from_json
from annodesk.model.work import SlotState, Stage
from annodesk.quality.disagreements import Disagreement, Said, find_disagreements
from annodesk.services.independence import note_seen
from annodesk.services.references import reference_answers
from annodesk.store import confirmed, journal, projects, tasks
from annodesk.workflow.reference_offers import ONBOARDING_TASKS

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema
    from annodesk.progress import CancelToken
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync

_FEEDBACK = "select body, still_to_come from annodesk.first_feedback(%s, %s)"

MOST_TOLD = 5
NOTHING = "nothing"


class Feedback(Struct, frozen=True):
    """How a first task went, in sentences; the first sums up, and ``left`` is how many such tasks are still to come."""

    is_right: bool
    sentences: tuple[str, ...]
    left: int


class Onboarding:
    """First tasks with feedback; in a team the server gives the answer of one that its person has handed in."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def waits_for_server(self, set_id: str) -> bool:
        """Whether it is the server that says how this work went: in a team, of somebody's first tasks."""
        if not self._desk.is_shared or self._desk.file.is_read_only:
            return False
        with self._desk.file.read() as db:
            claim = tasks.claim_of_set(db, set_id)
            project_id = tasks.project_of_task(db, claim.task_id)
            return confirmed.taken_by(db, project_id, claim.person_id) <= ONBOARDING_TASKS

    def feedback_of_team(self, set_id: str, *, cancel: CancelToken | None = None) -> Feedback | None:
        """The same of a team: hands in what waits, asks the server, and may take long; None where it tells nothing.

        From then on the server gives the item to this person no more.
        """
        self._sync.catch_up(cancel=cancel)
        with self._desk.file.read() as db:
            claim = tasks.claim_of_set(db, set_id)
            version = projects.get_version(db, tasks.project_of_task(db, claim.task_id))
            handed_in = tasks.submissions_of(db, set_id)
            given = journal.set_at(db, set_id, handed_in[0].head) if handed_in else None
        if given is None:
            return None
        rows = self._sync.with_team(lambda team: team.link.ask(_FEEDBACK, team.project_id, claim.id))
        if not rows:
            return None
        elements = [element_from_json(one) for one in rows[0]["body"].get("elements", [])]
        found = compared(version.project.schema, given, AnnotationSet("", elements=elements))
        with self._desk.file.write() as db:
            note_seen(db, set_id, self._desk.clock())
        return Feedback(not found, _summed_up(found), int(rows[0]["still_to_come"]))

    def feedback(self, set_id: str) -> Feedback | None:
        """How somebody's own submitted work compares with an open reference; None where there is nothing to tell."""
        if self._desk.is_shared:
            return None
        with self._desk.file.read() as db:
            claim = tasks.claim_of_set(db, set_id)
            task = tasks.get_task(db, claim.task_id)
            known = confirmed.open_reference(db, task.item_id)
            if not known or claim.state is not SlotState.SUBMITTED or self._desk.file.is_read_only:
                return None
            stages = tasks.tasks_of_item(db, task.item_id, Stage.ANNOTATE)
            answers, since_us = reference_answers(db, task.item_id, stages, journal)
            first = tasks.submissions_of(db, set_id)[0]
            if task.id not in answers or first.made_at_us <= since_us:
                return None
            given = journal.set_at(db, set_id, first.head)
            project_id = tasks.project_of_task(db, task.id)
            schema = projects.get_version(db, project_id).project.schema
            done = confirmed.open_taken_by(db, project_id, claim.person_id)
            there = confirmed.count_open(db, project_id)
        found = compared(schema, given, answers[task.id].annotations)
        with self._desk.file.write() as db:
            note_seen(db, set_id, self._desk.clock())
        return Feedback(not found, _summed_up(found), max(0, min(ONBOARDING_TASKS, there) - done))


def compared(schema: LabelSchema, given: AnnotationSet, answer: AnnotationSet) -> tuple[str, ...]:
    """Where work differs from the confirmed answer, a sentence each."""
    return tuple(_sentence(one) for one in find_disagreements(schema, [given, answer]))


def _summed_up(found: tuple[str, ...]) -> tuple[str, ...]:
    if not found:
        return ("All as in the confirmed answer.",)
    places = "1 place differs" if len(found) == 1 else f"{len(found)} places differ"
    more = (f"And {len(found) - MOST_TOLD} more.",) if len(found) > MOST_TOLD else ()
    return (f"{places} from the confirmed answer.", *found[:MOST_TOLD], *more)


def _sentence(one: Disagreement) -> str:
    sides = {said.set_index: _words(said) for said in one.answers}
    ours, theirs = sides.get(0, NOTHING), sides.get(1, NOTHING)
    where = one.where[0].upper() + one.where[1:]
    if ours == theirs:
        return f"{where}: the edges lie elsewhere."
    return f"{where}: you said {ours}; it is {theirs}."


def _words(said: Said) -> str:
    if said.labels is not None:
        return " + ".join(said.labels) or "no label"
    if said.value is None:
        return NOTHING
    return ", ".join(map(str, said.value)) if isinstance(said.value, list | tuple | frozenset) else str(said.value)
