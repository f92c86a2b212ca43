"""Questions from inside a task: asked, answered, withdrawn; the task is parked and comes back with the answer.

What was asked about an item from the desk (``discussing``) is answered here too; no task waits for it.

Asking waits in the outbox like all else an annotator does. Answering does not: whoever answers is to know whether
somebody still waits for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.ids import new_id
from annodesk.model.work import Inquiry, InquiryState, Role, SlotState, Task
from annodesk.services.changes import Changes, Decided, Kind
from annodesk.services.independence import note_seen
from annodesk.services.opened import timeline_media
from annodesk.store import inquiries, items, journal, outbox, projects, takedown, tasks
from annodesk.workflow import leases, states

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection

MOST_OPEN = 20
"""So many questions of one person wait at most; a queue is no place to park all work in."""
LONGEST, LONGEST_ANSWER, LONGEST_PLACE = 2_000, 4_000, 200
BEFORE_US, AFTER_US = 2_000_000, 6_000_000
"""What is heard around the moment a question is about."""
_DAY_HOURS = 24


class OpenQuestion(Struct, frozen=True):
    """A question that waits for an answer, with what is needed to hear the place; never with who asked."""

    id: str
    item_id: str
    title: str
    words: str
    place: str
    asked_at_us: int
    start_us: int | None
    end_us: int | None
    media_path: Path | None
    offset_us: int
    problem: str


class Asking:
    """What an annotator may ask, and an analyst or manager answer."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def ask(
        self, set_id: str, words: str, *, time_us: int | None = None, element_id: str | None = None, place: str = ""
    ) -> Changes:
        """Ask about a moment or an element of an open task, which is parked until there is an answer."""
        words = words.strip()
        if not words:
            raise WorkflowError("The question is empty.", "Write what you want to know.")
        if len(words) > LONGEST:
            raise WorkflowError(f"A question has {LONGEST:,} characters at most.", "Say it in fewer words.")
        now = self._desk.clock()
        with self._desk.file.write() as db:
            takedown.require_here(db, set_id)
            claim, made = tasks.claim_of_set(db, set_id), journal.header(db, set_id)
            task = tasks.get_task(db, claim.task_id)
            states.move_slot(claim.as_slot(), SlotState.PARKED, by=claim.person_id)
            known = inquiries.of_person(db, made.project_id, claim.person_id).values()
            if sum(one.state is InquiryState.OPEN for one in known) >= MOST_OPEN:
                raise WorkflowError(f"{MOST_OPEN} of your questions wait already.", "Withdraw one first.")
            asked = Inquiry(
                new_id(),
                task.item_id,
                task.id,
                words,
                time_us,
                element_id,
                place[:LONGEST_PLACE],
                made.head,
                asked_by=claim.person_id,
                made_at_us=now,
            )
            inquiries.add(db, made.project_id, asked)
            tasks.set_claim_state(db, claim, SlotState.PARKED, claim.person_id, now, note=claim.note)
            body = {"id": asked.id, "words": words, "time_us": time_us, "element_id": element_id, "head": made.head}
            outbox.ask(db, "ask", claim.id, now, **body, place=asked.place)
        self._sync.nudge()
        return Changes.of(Kind.TASKS, Kind.QUESTIONS, items=(task.item_id,), sets=(set_id,))

    def withdraw(self, set_id: str) -> Changes:
        """Go on with a parked task without an answer."""
        now = self._desk.clock()
        with self._desk.file.write() as db:
            claim = tasks.claim_of_set(db, set_id)
            asked = inquiries.open_one(db, claim.task_id, claim.person_id)
            if asked is None:
                raise WorkflowError("Nothing of yours waits for an answer here.")
            task = tasks.get_task(db, claim.task_id)
            inquiries.set_state(db, asked.id, InquiryState.WITHDRAWN, now)
            if claim.state is SlotState.PARKED:
                hours = projects.get_version(db, tasks.project_of_task(db, task.id)).project.workflow.lease_hours
                _lease(db, claim, task, hours, now)
            outbox.ask(db, "withdraw", claim.id, now, id=asked.id)
        self._sync.nudge()
        return Changes.of(Kind.TASKS, Kind.QUESTIONS, items=(task.item_id,), sets=(set_id,))

    def ended(self, project_id: str, person_id: str) -> list[str]:
        """Titles of tasks that are not open to a person any more though their questions waited; each is told once."""
        if self._desk.file.is_read_only:
            return []
        with self._desk.file.read() as db:
            found = inquiries.of_person(db, project_id, person_id).values()
            fresh = [one for one in found if one.state is InquiryState.CLOSED and not inquiries.is_seen(db, one.id)]
            titles = [items.get_item(db, one.item_id).key for one in fresh]
        if fresh:
            with self._desk.file.write() as db:
                for one in fresh:
                    inquiries.note_seen(db, one.id)
        return titles

    def open_questions(self, project_id: str, person_id: str) -> list[OpenQuestion]:
        """What waits for an answer that this person may give, longest waiting first."""
        desk, found = self._desk, []
        with desk.file.read() as db:
            if not projects.roles_of(db, project_id, person_id) & {Role.ANALYST, Role.MANAGER}:
                return []
            gone = takedown.taken_down(db)
            for asked in inquiries.open_ones(db, project_id):
                if asked.item_id in gone or person_id in (asked.asked_by, *tasks.labellers(db, asked.item_id)):
                    continue
                item, task = items.get_item(db, asked.item_id), tasks.get_task(db, asked.task_id)
                path, problem = timeline_media(desk, item)
                asset, at_us = item.timeline_asset, asked.time_us
                found.append(
                    OpenQuestion(
                        asked.id,
                        item.id,
                        item.key,
                        asked.words,
                        asked.place,
                        asked.made_at_us,
                        None if at_us is None else max(task.start_us, at_us - BEFORE_US),
                        None if at_us is None else min(task.end_us, at_us + AFTER_US),
                        path,
                        asset.offset_us if asset is not None else 0,
                        problem,
                    )
                )
        return found

    def answer(self, inquiry_id: str, person_id: str, words: str, *, is_feedback: bool = True) -> Decided:
        """Answer in words; the task goes back to who asked, first in their list.

        ``is_feedback``: the answer speaks of what is to be labelled. Then what is changed after it was asked counts for
        no agreement.
        """
        words = words.strip()
        if not words:
            raise WorkflowError("The answer is empty.", "Say something.")
        if len(words) > LONGEST_ANSWER:
            raise WorkflowError(f"An answer has {LONGEST_ANSWER:,} characters at most.", "Say it in fewer words.")
        if self._desk.is_shared:
            ask = "select annodesk.answer_question(%s, %s, %s, %s)"
            self._sync.with_team(lambda team: team.link.ask(ask, team.project_id, inquiry_id, words, is_feedback))
            self._sync.nudge()
        else:
            with self._desk.file.write() as db:
                self._answer(db, inquiry_id, person_id, words, is_feedback=is_feedback)
        return Decided("Answered; whoever asked is told.", Changes.of(Kind.TASKS, Kind.QUESTIONS))

    def _answer(self, db: Connection, inquiry_id: str, person_id: str, words: str, *, is_feedback: bool) -> None:
        now, asked = self._desk.clock(), inquiries.get(db, inquiry_id)
        project_id = tasks.project_of_task(db, asked.task_id)
        away = {*tasks.labellers(db, asked.item_id), asked.asked_by or ""}
        states.require_reviewer(person_id, projects.roles_of(db, project_id, person_id), away)
        if asked.state is InquiryState.ANSWERED:
            raise WorkflowError("Somebody has answered it already.", "Look at the list again.")
        claim = tasks.claim_of(db, asked.task_id, asked.asked_by or "")
        # No claim waits for what was asked about an item from the desk.
        if asked.state is not InquiryState.OPEN or (claim is not None and claim.state is not SlotState.PARKED):
            raise WorkflowError("Nobody waits for the answer any more.", "Look at the list again.")
        answered = {"answer": words, "is_feedback": is_feedback, "answered_by": person_id}
        inquiries.set_state(db, asked.id, InquiryState.ANSWERED, now, **answered)
        if claim is None:
            return
        if is_feedback and claim.set_id is not None:
            note_seen(db, claim.set_id, now, was_finished=False)
        task = tasks.get_task(db, asked.task_id)
        days = projects.get_version(db, project_id).project.workflow.pack_days
        _lease(db, claim, task, days * _DAY_HOURS, now)


def _lease(db: Connection, claim: tasks.Claim, task: Task, hours: float, now_us: int) -> None:
    states.move_slot(claim.as_slot(), SlotState.LEASED, by=claim.person_id)
    until_us = leases.grant(task.id, claim.person_id, now_us, hours).until_us
    tasks.set_claim_state(
        db, claim, SlotState.LEASED, claim.person_id, now_us, note=claim.note, lease_until_us=until_us
    )
