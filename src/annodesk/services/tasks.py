"""An annotator's tasks: what is offered, opening one, handing it in, and getting it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import WorkflowError
from annodesk.model.annotations import AnnotationSet, Author, AuthorKind, Segment
from annodesk.model.ids import new_id
from annodesk.model.items import AssetType, Item
from annodesk.model.needs import sensitive_of
from annodesk.model.rules import require, submit_problems
from annodesk.model.terms import why_none_now
from annodesk.model.times import US_PER_SECOND, Interval, format_us
from annodesk.model.work import Comment, Inquiry, InquiryState, ItemState, Reason, Role, Slot, SlotState, Stage, Task
from annodesk.services import ahead
from annodesk.services.changes import Changes, Kind
from annodesk.services.editing import EditingSession
from annodesk.services.independence import note_seen
from annodesk.services.opened import (
    TextDocument,
    from_elsewhere,
    known_edits,
    model_set,
    read_text,
    require_whole,
    shown_suggestions,
    timeline_media,
)
from annodesk.services.openings import free_again, openings, resume, standings
from annodesk.services.others import OthersLane, others_lanes
from annodesk.services.own_answers import with_own_answers
from annodesk.services.reference_places import is_offered_here
from annodesk.services.sounds import ItemSound, sounds_of
from annodesk.services.videos import ItemVideo, videos_of
from annodesk.services.why_empty import known_reasons
from annodesk.store import (
    figures,
    inquiries,
    items,
    journal,
    listening,
    outbox,
    projects,
    state_changes,
    takedown,
    tasks,
)
from annodesk.store.holdings import DECLINED
from annodesk.store.outbox import Asked
from annodesk.sync.outbox import NOTHING_NOW
from annodesk.workflow import leases, states
from annodesk.workflow.routing import refusal, why_nothing

if TYPE_CHECKING:
    from annodesk.model.project import Project
    from annodesk.services.base import Desk
    from annodesk.store.engine import Connection

ASKED, ANSWERED = "waits for an answer", "your question is answered"


class TaskCard(Struct, frozen=True):
    """A task as the list shows it; ``state`` is None while it is only offered."""

    task_id: str
    item_id: str
    title: str
    subtitle: str
    state: SlotState | None
    reason: str
    duration_us: int
    share_done: float | None
    set_id: str | None
    lease_until_us: int | None
    part: str = ""
    """Which stretch of a longer item it is, as the title ends with it; empty for a whole one."""
    comes_first: bool = False
    """Whether it stands before all others in its person's list, wherever it stood before."""
    sensitive: tuple[str, ...] = ()
    """Kinds of sensitive content it holds, of which a person is warned before it opens."""

    @property
    def name(self) -> str:
        """The title without the part."""
        return self.title.removesuffix(f", {self.part}") if self.part else self.title


class TaskWork(Struct, frozen=True):
    """Everything the annotate workspace needs to open a task."""

    task: Task
    item: Item
    project: Project
    guidelines: str
    set_id: str
    session: EditingSession
    context: Interval
    show: str
    show_above: float
    suggestions: AnnotationSet | None
    media_path: Path | None
    media_problem: str
    text: TextDocument | None
    comments: tuple[Comment, ...]
    share_done: float
    slot_state: SlotState
    heard: tuple[Interval, ...] = ()
    videos: tuple[ItemVideo, ...] = ()
    sounds: tuple[ItemSound, ...] = ()
    others: tuple[OthersLane, ...] = ()
    """What others said, once it is settled and the project shows it."""
    questions: tuple[Inquiry, ...] = ()
    """What was asked from here, oldest first, with the answers."""
    fresh_answer: Inquiry | None = None
    """The answer that is shown for the first time."""

    @property
    def can_play(self) -> bool:
        """Whether any of the item's recordings is there to be played."""
        return self.media_path is not None or any(sound.path is not None for sound in self.sounds)

    @property
    def heard_file(self) -> tuple[Path, int] | None:
        """A file in which changes of sound are to be found, and when it begins; the first recording's if it can be."""
        asset = self.item.timeline_asset
        if self.media_path is not None and asset is not None and not asset.is_silent:
            return self.media_path, asset.offset_us
        return next(((sound.path, sound.offset_us) for sound in self.sounds if sound.path is not None), None)


class Revealed(Struct, frozen=True):
    """The suggestions a person may now compare with.

    With ``is_on_its_way`` the server hands them out once it knows what was answered without: after a round of sync, ask
    again.
    """

    suggestions: AnnotationSet | None
    changes: Changes
    is_on_its_way: bool = False


class Submitted(Struct, frozen=True):
    """What handing in did, in one sentence."""

    sentence: str
    changes: Changes
    is_late: bool = False


class WorkCard(Struct, frozen=True):
    """One piece of a person's submitted work."""

    set_id: str
    task_id: str
    title: str
    submitted_at_us: int
    can_recall: bool
    why_not: str


def context_of(task: Task, duration_us: int, context_seconds: int) -> Interval:
    """What is shown around a task's part of an item: to be seen and heard, not to be changed."""
    around_us = context_seconds * US_PER_SECOND
    start_us, end_us = max(0, task.start_us - around_us), min(duration_us, task.end_us + around_us)
    return Interval(min(start_us, task.start_us), max(end_us, task.end_us))


def first_card(cards: Sequence[TaskCard], last_task: str) -> TaskCard | None:
    """What is opened by itself: the task of last time unless another one comes first, else the first in the list."""
    ready = [card for card in cards if card.state is not SlotState.PARKED]
    last = next((card for card in ready if card.task_id == last_task), None)
    return last if last is not None and not ready[0].comes_first else next(iter(ready), None)


class Tasks:
    """What an annotator may ask for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def cards(self, project_id: str, person_id: str) -> list[TaskCard]:
        """A person's tasks: what was answered or returned, what they hold, last touched first, what is offered in rank
        order, and what waits for an answer.

        In a team what lies ready and is not begun comes after what is.
        """
        with self._desk.file.read() as db:
            gone = takedown.taken_down(db)
            there = tasks.list_tasks(db, project_id, Stage.ANNOTATE)
            stages = {task.id: task for task in there if task.item_id not in gone}
            titles = _titles(db, project_id)
            cards, ready, fresh = [], list[TaskCard](), inquiries.fresh_answers(db, project_id, person_id)
            for claim in tasks.claims_of_person(db, project_id, person_id):
                task = stages.get(claim.task_id)
                held = (SlotState.LEASED, SlotState.PARKED, SlotState.RETURNED)
                lost = claim.state is SlotState.EXPIRED
                if task is None or not (claim.state in held or (lost and self._may_go_on(db, claim))):
                    continue
                held_set = None if claim.set_id is None else journal.get_set(db, claim.set_id)
                share = None if held_set is None else share_done(held_set, task)
                until = None if lost else claim.lease_until_us
                said = claim.note if claim.state is SlotState.RETURNED else ""
                card = _card(task, titles, claim.state, said, share, claim.set_id, until)
                if task.id in fresh:
                    card = replace(card, comes_first=True, subtitle=" · ".join(filter(None, (card.subtitle, ANSWERED))))
                if claim.state is SlotState.RETURNED:
                    card = replace(card, comes_first=True)
                if self._desk.is_shared and held_set is not None and held_set.head is None:
                    ready.insert(0, card)
                else:
                    cards.append(card)
            cards += ready
            mine = {claim.task_id for claim in tasks.claims_of_person(db, project_id, person_id)}
            for offer in tasks.offers_of(db, project_id, person_id):
                if offer.task_id in stages and offer.task_id not in mine:
                    cards.append(_card(stages[offer.task_id], titles, None, offer.reason, None, None, None))
        return sorted(cards, key=lambda card: (not card.comes_first, card.state is SlotState.PARKED))

    def media_of(self, item: Item) -> dict[str, tuple[Path | None, str]]:
        """Where each of the item's recordings and texts is now, or why it cannot be shown, by asset."""
        kinds = (AssetType.AUDIO, AssetType.VIDEO, AssetType.TEXT)
        return {asset.id: self._desk.find(asset) for asset in item.assets if asset.type in kinds}

    def why_empty(self, project_id: str, person_id: str) -> str:
        """Why a person has nothing to do, in one sentence that betrays nobody else's work."""
        with self._desk.file.read() as db:
            if self._desk.is_shared:
                why = ahead.why_none(db, Stage.ANNOTATE, projects.roles_of(db, project_id, person_id))
                if NOTHING_NOW not in why:
                    return why
                return f"{NOTHING_NOW} {known_reasons(db, project_id, person_id, self._desk.server_us())}".strip()
            if not items.list_items(db, project_id):
                return "There is nothing in this project yet: add recordings, or ask the manager to."
            person = projects.find_person(db, person_id)
            roles = projects.roles_of(db, project_id, person_id)
            now = self._desk.clock()
            standing = standings(db, project_id, now)[person.id]
            return why_nothing(openings(db, project_id), person, roles, standing, now_us=now)

    def why_no_other(self) -> str:
        """Why the server had no task when it was asked last; empty where it had one, or has not answered."""
        with self._desk.file.read() as db:
            last = ahead.last_asked(db, Stage.ANNOTATE)
        return last.answer if last is not None and last.state is Asked.REFUSED else ""

    def open(self, project_id: str, person_id: str, task_id: str) -> TaskWork:
        """A task with the person's set on it; claims the task where it was only offered."""
        desk, now = self._desk, self._desk.clock()
        with desk.file.read() as db:
            claim = tasks.claim_of(db, task_id, person_id)
            lost = claim is not None and claim.state is SlotState.EXPIRED and self._may_go_on(db, claim)
            asked = None if claim is None else inquiries.open_one(db, task_id, person_id)
        waits = (SlotState.RETURNED, SlotState.RECALLED, *(() if asked is not None else (SlotState.PARKED,)))
        if claim is None or claim.state in waits or (lost and not desk.file.is_read_only):
            self._take(project_id, person_id, task_id, now)
        elif claim.state is SlotState.LEASED and not desk.file.is_read_only and not desk.is_shared:
            with desk.file.write() as db:
                hours = projects.get_version(db, project_id).project.workflow.lease_hours
                tasks.set_lease(db, claim.id, leases.grant(task_id, person_id, now, hours).until_us)
        with desk.file.read() as db:
            task = tasks.get_task(db, task_id)
            claim = tasks.claim_of(db, task_id, person_id)
            if claim is None or claim.set_id is None:
                raise WorkflowError("This task is not open to you.", "Choose another from the list.")
            annotations = journal.get_set(db, claim.set_id)
            version = projects.get_version(db, project_id, annotations.project_version)
            item = items.get_item(db, task.item_id)
            view = tasks.view_of(db, claim.set_id)
            show = version.project.prelabel.show if claim.shows_suggestions else "never"
            suggestions = None
            if show in ("before", "above-threshold") or (show == "after-commit" and view.suggestions_from_us):
                suggestions = shown_suggestions(model_set(db, task_id), version.project, show)
                suggestions = with_own_answers(db, project_id, person_id, version.project, suggestions)
            edits, unknown = known_edits(db, claim.set_id)
            session = EditingSession(
                version.project.schema,
                annotations,
                edits,
                device=desk.device,
                device_seq=desk.numbers.after(journal.next_device_seq(db, desk.device)),
                within=Interval(task.start_us, task.end_us),
                clock=desk.clock,
                locked=unknown
                or _why_locked(db, task, SlotState.LEASED if lost else claim.state, desk.file.is_read_only),
                server_offset_us=desk.server_clock,
                keeps_times=version.project.workflow.record_times,
                handed_in=len(tasks.submissions_of(db, claim.set_id)),
                **from_elsewhere(db, claim.set_id, version.project.schema),
            )
            comments = tuple(figures.comments_of(db, claim.set_id))
            heard = listening.heard_of(db, claim.set_id)
            questions = tuple(inquiries.of_task(db, task_id, person_id))
            last = questions[-1] if questions else None
            is_fresh = last is not None and last.state is InquiryState.ANSWERED and not inquiries.is_seen(db, last.id)
            others = others_lanes(db, task, claim, version.project, is_shared=desk.is_shared)
        if suggestions is not None and len(suggestions) and view.suggestions_from_us is None and not session.locked:
            with desk.file.write() as db:
                tasks.note_suggestions_seen(db, claim.set_id, now)
        if last is not None and is_fresh and not desk.file.is_read_only:
            with desk.file.write() as db:
                inquiries.note_seen(db, last.id)
        media_path, media_problem = timeline_media(desk, item)
        return TaskWork(
            task=task,
            item=item,
            project=version.project,
            guidelines=version.guidelines,
            set_id=claim.set_id,
            session=session,
            context=context_of(task, item.duration_us, version.project.workflow.context_seconds),
            show=show,
            show_above=version.project.prelabel.show_above,
            suggestions=suggestions,
            media_path=media_path,
            media_problem=media_problem,
            videos=videos_of(desk, item),
            sounds=sounds_of(desk, item),
            text=read_text(desk, item),
            comments=comments,
            share_done=share_done(annotations, task),
            slot_state=claim.state,
            heard=heard,
            others=others,
            questions=questions,
            fresh_answer=last if is_fresh else None,
        )

    def _may_go_on(self, db: Connection, claim: tasks.Claim) -> bool:
        """Whether somebody whose lease ran out may go on: where a place is free, or on what they began in a team."""
        if takedown.is_gone(db, claim.task_id):
            return False
        if free_again(db, claim) is not None:
            return True
        if claim.reason == DECLINED:
            return False
        begun = claim.set_id is not None and self._desk.is_shared and journal.header(db, claim.set_id).head is not None
        return begun and not tasks.submissions_of(db, claim.set_id or "")

    def _take(self, project_id: str, person_id: str, task_id: str, now: int) -> None:
        with self._desk.file.write() as db:
            if takedown.is_gone(db, task_id):
                raise WorkflowError("This item was taken down.", "Its labels are kept; choose another task.")
            version = projects.get_version(db, project_id)
            until = leases.grant(task_id, person_id, now, version.project.workflow.lease_hours).until_us
            claim = tasks.claim_of(db, task_id, person_id)
            if claim is not None and claim.state is SlotState.EXPIRED:
                if not resume(db, claim, until, now):
                    # Only the server knows whether there is a place again; without one the work is handed in late.
                    outbox.ask_once(db, "resume", claim.id, now)
                return
            if claim is not None:
                if claim.state is SlotState.RETURNED and claim.set_id is not None:
                    note_seen(db, claim.set_id, now)
                states.move_slot(claim.as_slot(), SlotState.LEASED, by=person_id)
                outbox.ask(db, "resume", claim.id, now)
                tasks.set_claim_state(db, claim, SlotState.LEASED, person_id, now, lease_until_us=until)
                return
            roles = projects.roles_of(db, project_id, person_id)
            if Role.ANNOTATOR not in roles:
                raise WorkflowError("Only annotators of this project may take its tasks.")
            # Offers are made in rounds; what they rest on may have changed since.
            opening = next((o for o in openings(db, project_id) if o.task.id == task_id), None)
            opening = opening or is_offered_here(db, project_id, person_id, task_id)
            if opening is None:
                raise WorkflowError("This task is not open any more.", "Choose another from the list.")
            standing = standings(db, project_id, now)[person_id]
            if why_not := why_none_now(standing, now):
                raise WorkflowError(why_not, "Finish what you hold, or ask a manager.")
            if why_not := refusal(opening, projects.find_person(db, person_id), roles, standing):
                raise WorkflowError(f"This task is not open to you. {why_not}", "Choose another from the list.")
            slot = _open_slot(tasks.slots_of(db, task_id))
            assert slot is not None
            annotations = AnnotationSet(
                new_id(),
                author=Author(AuthorKind.PERSON, person_id),
                project_id=project_id,
                task_id=task_id,
                project_version=version.version,
            )
            journal.add_set(db, annotations, now)
            tasks.add_claim(
                db,
                project_id,
                slot.id,
                task_id,
                person_id,
                set_id=annotations.id,
                shows_suggestions=slot.shows_suggestions,
                lease_until_us=until,
                now_us=now,
            )

    def reveal(self, seen: AnnotationSet) -> Revealed:
        """Show the model's answers beside a finished one; what stands now is noted as the unaided version."""
        set_id = seen.id
        now = self._desk.clock()
        with self._desk.file.write() as db:
            annotations = journal.get_seen(db, seen)
            version = projects.get_version(db, annotations.project_id, annotations.project_version)
            claim = tasks.claim_of_set(db, set_id)
            if version.project.prelabel.show != "after-commit" or not claim.shows_suggestions:
                return Revealed(None, Changes())
            suggestions = model_set(db, annotations.task_id)
            # In a team the server hands out what may be compared with, once it knows what was answered without.
            if self._desk.is_shared or suggestions is not None:
                note_seen(db, set_id, now)
            if suggestions is not None:
                tasks.note_suggestions_seen(db, set_id, now)
        is_on_its_way = suggestions is None and self._desk.is_shared
        return Revealed(suggestions, Changes.of(Kind.TASKS, sets=(set_id,)), is_on_its_way)

    def submit(self, seen: AnnotationSet) -> Submitted:
        """Hand a set in as its author sees it; raises the first problem that keeps it from being finished.

        Work under a lease that has run out is kept and flagged, never dropped. It counts where its place on the task
        is still free; where somebody else has taken that, it stays beside the task and counts for nothing.
        """
        now, set_id = self._desk.clock(), seen.id
        with self._desk.file.write() as db:
            annotations = journal.get_seen(db, seen)
            claim = tasks.claim_of_set(db, set_id)
            task = tasks.get_task(db, annotations.task_id)
            project = projects.get_version(db, annotations.project_id, annotations.project_version).project
            require_whole(db, set_id, project.schema)
            is_late = leases.is_late(claim.lease(), self._desk.server_us())
            if claim.state is SlotState.EXPIRED and resume(db, claim, now, now):
                claim = tasks.claim_of_set(db, set_id)
            if has_place := claim.state is not SlotState.EXPIRED:
                states.move_slot(claim.as_slot(), SlotState.SUBMITTED, by=claim.person_id)
            require(submit_problems(project.schema, annotations, Interval(task.start_us, task.end_us)))
            if has_place:
                tasks.set_claim_state(db, claim, SlotState.SUBMITTED, claim.person_id, now)
            digest = annotations.digest()
            tasks.add_submission(db, set_id, annotations.head, digest, is_late=is_late, reason="", now_us=now)
            outbox.ask(db, "submit", claim.id, now, head=annotations.head, digest=digest)
        changes = Changes.of(Kind.TASKS, items=(task.item_id,), sets=(set_id,))
        return Submitted("Submitted late; it is kept and marked." if is_late else "Submitted.", changes, is_late)

    def skip(self, set_id: str, reason: str, note: str = "") -> Changes:
        """Give a task back with a reason; the partial work is kept."""
        if not reason.strip():
            raise WorkflowError("Skipping needs a reason.")
        return self._leave(set_id, SlotState.SKIPPED, reason, note)

    def flag(self, set_id: str, reason: str, note: str = "") -> Changes:
        """Ask an analyst to look at the item, and go on working."""
        if not reason.strip():
            raise WorkflowError("Flagging needs a reason.")
        now = self._desk.clock()
        with self._desk.file.write() as db:
            claim = tasks.claim_of_set(db, set_id)
            task = tasks.get_task(db, claim.task_id)
            tasks.set_flag(db, claim.id, reason.strip(), note.strip())
            outbox.ask(db, "flag", claim.id, now, reason=reason.strip(), note=note.strip())
            state_changes.note_state(db, "flag", claim.id, None, Reason.FLAGGED.value, claim.person_id, now)
        return Changes.of(Kind.TASKS, items=(task.item_id,), sets=(set_id,))

    def _leave(self, set_id: str, state: SlotState, reason: str, note: str) -> Changes:
        now = self._desk.clock()
        with self._desk.file.write() as db:
            claim = tasks.claim_of_set(db, set_id)
            task = tasks.get_task(db, claim.task_id)
            states.move_slot(claim.as_slot(), state, by=claim.person_id)
            tasks.set_claim_state(db, claim, state, claim.person_id, now, reason=reason.strip(), note=note.strip())
            tasks.free_slot(db, claim.id)
            outbox.ask(db, "skip", claim.id, now, reason=reason.strip(), note=note.strip())
        return Changes.of(Kind.TASKS, items=(task.item_id,), sets=(set_id,))

    def my_work(self, project_id: str, person_id: str) -> list[WorkCard]:
        """What a person has handed in, newest first, and whether it can still be recalled."""
        with self._desk.file.read() as db:
            stages = {task.id: task for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE)}
            titles = _titles(db, project_id)
            cards = []
            for claim in tasks.claims_of_person(db, project_id, person_id):
                if claim.state is not SlotState.SUBMITTED or claim.set_id is None or claim.task_id not in stages:
                    continue
                task = stages[claim.task_id]
                why_not = _why_no_recall(db, task)
                title = _title(task, titles)
                last = tasks.submissions_of(db, claim.set_id)[-1]
                cards.append(WorkCard(claim.set_id, task.id, title, last.made_at_us, not why_not, why_not))
        return cards

    def recall(self, set_id: str) -> Changes:
        """Take a submission back, as long as nobody has begun to review it."""
        now = self._desk.clock()
        with self._desk.file.write() as db:
            claim = tasks.claim_of_set(db, set_id)
            task = tasks.get_task(db, claim.task_id)
            if why_not := _why_no_recall(db, task):
                raise WorkflowError(why_not, "Ask an analyst to return it to you.")
            project = projects.get_version(db, tasks.project_of_task(db, task.id)).project
            states.move_slot(claim.as_slot(), SlotState.RECALLED, by=claim.person_id)
            tasks.set_claim_state(db, claim, SlotState.RECALLED, claim.person_id, now)
            outbox.ask(db, "recall", claim.id, now)
            outbox.ask(db, "resume", claim.id, now)
            recalled = tasks.claim_of_set(db, set_id)
            until = leases.grant(task.id, claim.person_id, now, project.workflow.lease_hours).until_us
            tasks.set_claim_state(db, recalled, SlotState.LEASED, claim.person_id, now, lease_until_us=until)
            # Not a move of the item's own: what it was scored on has been taken back, so it is as before.
            figures.set_item_state(db, task.item_id, ItemState.OPEN, claim.person_id, now)
            figures.close_escalations(db, task.item_id, now)
        return Changes.of(Kind.TASKS, Kind.ITEMS, items=(task.item_id,), sets=(set_id,))


def share_done(annotations: AnnotationSet, task: Task) -> float:
    """Share of the task's time the fullest tier covers, 0 to 1; answers alone count as nothing."""
    length = task.end_us - task.start_us
    covered: dict[str, int] = {}
    for element in annotations:
        if isinstance(element, Segment):
            covered[element.tier] = covered.get(element.tier, 0) + element.end_us - element.start_us
    return min(1.0, max(covered.values(), default=0) / length) if length else 0.0


def _open_slot(slots: list[Slot]) -> Slot | None:
    return next((slot for slot in slots if slot.person_id is None), None)


def _why_locked(db: Connection, task: Task, state: SlotState, is_read_only: bool) -> str:
    if is_read_only:
        return "This file is open for writing elsewhere; here it can only be read."
    if state is SlotState.LEASED:
        return ""
    if state is SlotState.PARKED:
        return "Your question waits for an answer. Withdraw it to go on without one."
    if state is SlotState.SUBMITTED:
        return f"You have submitted this. {_why_no_recall(db, task) or 'Recall it to change it.'}"
    return f"This task is {state.value}; your work on it is kept."


def _why_no_recall(db: Connection, task: Task) -> str:
    if takedown.is_gone(db, task.id):
        return "It was taken down."
    for review in tasks.tasks_of_item(db, task.item_id, Stage.REVIEW):
        if review.start_us == task.start_us and tasks.claims_of_task(db, review.id):
            return "Its review has begun."
    if figures.item_state(db, task.item_id) is ItemState.SETTLED:
        return "It is settled."
    return ""


def _titles(db: Connection, project_id: str) -> dict[str, Item]:
    return {item.id: item for item in items.list_items(db, project_id)}


def _title(task: Task, titles: dict[str, Item]) -> str:
    part = _part(task, titles)
    return f"{titles[task.item_id].key}, {part}" if part else titles[task.item_id].key


def _part(task: Task, titles: dict[str, Item]) -> str:
    if task.start_us == 0 and task.end_us >= titles[task.item_id].duration_us:
        return ""
    return f"{format_us(task.start_us, decimals=0)} to {format_us(task.end_us, decimals=0)}"


def _returned(words: str) -> str:
    return f"returned: {words}" if words else "returned"


def _card(
    task: Task,
    titles: dict[str, Item],
    state: SlotState | None,
    reason: str,
    share: float | None,
    set_id: str | None,
    lease_until_us: int | None,
) -> TaskCard:
    item = titles[task.item_id]
    length = task.end_us - task.start_us
    minutes = format_us(length, decimals=0)[3:] if length < 3600 * US_PER_SECOND else format_us(length, decimals=0)
    counts = Counter(asset.type.value for asset in item.assets if asset.type.value != "audio")
    kinds = [kind if count == 1 else f"{count} {kind}s" for kind, count in counts.items()]
    title, part = _title(task, titles), _part(task, titles)
    over = "its time is over" if state is SlotState.EXPIRED else ""
    words = [over, part or (minutes if length else ""), str(item.metadata.get("language", "")), *kinds]
    if state is SlotState.RETURNED:
        words.append(_returned(reason))
    if state is SlotState.PARKED:
        words.append(ASKED)
    subtitle = " · ".join(word for word in words if word)
    warned = sensitive_of(item.metadata)
    return TaskCard(
        task.id,
        task.item_id,
        title,
        subtitle,
        state,
        reason,
        length,
        share,
        set_id,
        lease_until_us,
        part,
        sensitive=warned,
    )
