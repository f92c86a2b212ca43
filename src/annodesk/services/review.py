"""The review desk: what waits for a decision, both sides of it, rulings, and settling."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import WorkflowError
from annodesk.model.annotations import AnnotationSet, Author, AuthorKind
from annodesk.model.edits import add
from annodesk.model.ids import new_id
from annodesk.model.rules import element_problems
from annodesk.model.times import Interval
from annodesk.model.work import Comment, Escalation, ItemState, Role, SlotState, Stage, Task
from annodesk.quality.consensus import merge_agreed
from annodesk.quality.disagreements import Disagreement, find_disagreements, in_place
from annodesk.quality.doubts import doubts
from annodesk.services.again import go_on
from annodesk.services.changes import Changes, Kind
from annodesk.services.digest import tell_rulings
from annodesk.services.editing import START, EditingSession
from annodesk.services.opened import (
    TextDocument,
    from_elsewhere,
    known_edits,
    model_set,
    read_text,
    require_whole,
    timeline_media,
)
from annodesk.services.openings import resume
from annodesk.services.review_batches import memberships
from annodesk.services.sounds import ItemSound, sounds_of
from annodesk.services.standing import (
    LETTERS,
    ReviewLane,
    annotate_task,
    let_stand,
    require_all_ruled,
    review_lanes,
)
from annodesk.services.videos import ItemVideo, videos_of
from annodesk.store import figures, items, journal, lots, outbox, projects, rerulings, tasks
from annodesk.workflow import leases, states
from annodesk.workflow.review import Waiting, severity
from annodesk.workflow.review import queue as in_order

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.model.project import Project
    from annodesk.services.base import Desk
    from annodesk.store.engine import Connection
    from annodesk.store.projects import ProjectVersion


class ReviewCard(Struct, frozen=True):
    """One item in the review queue, with the strongest reason it is there.

    ``batch`` names the review batch it was put into, ``batched_us`` says when.
    """

    task_id: str
    item_id: str
    title: str
    reason: str
    culprit: str
    value: float | None
    age_us: int
    mine: bool
    batch: str = ""
    batched_us: int = 0


class ReviewWork(Struct, frozen=True):
    """Everything the review workspace needs to settle one task."""

    task: Task
    item: Item
    project: Project
    guidelines: str
    set_id: str
    session: EditingSession
    lanes: tuple[ReviewLane, ...]
    disagreements: tuple[Disagreement, ...]
    escalations: tuple[Escalation, ...]
    media_path: Path | None
    media_problem: str
    text: TextDocument | None
    model: AnnotationSet | None
    earlier: tuple[AnnotationSet, ...] = ()
    comments: tuple[Comment, ...] = ()
    videos: tuple[ItemVideo, ...] = ()
    sounds: tuple[ItemSound, ...] = ()

    def lane(self, letter: str) -> ReviewLane:
        """The lane of a letter."""
        return self.lanes[LETTERS.index(letter)]


class Settled(Struct, frozen=True):
    """What settling did, in one sentence."""

    sentence: str
    changes: Changes


class Review:
    """What an analyst may ask for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def cards(self, project_id: str, person_id: str) -> list[ReviewCard]:
        """Items that wait for this analyst, most urgent first; never one they labelled themselves."""
        with self._desk.file.read() as db:
            if not projects.roles_of(db, project_id, person_id) & {Role.ANALYST, Role.MANAGER}:
                return []
        cards = []
        for card in self.queue(project_id):
            with self._desk.file.read() as db:
                claim = tasks.claim_of(db, card.task_id, person_id)
                is_open = any(slot.person_id is None for slot in tasks.slots_of(db, card.task_id))
                mine = claim is not None and claim.state is SlotState.LEASED
                lost = claim is not None and claim.state is SlotState.EXPIRED
                can_take = mine or (is_open and (claim is None or lost))
                if can_take and person_id not in tasks.labellers(db, card.item_id):
                    cards.append(replace(card, mine=mine))
        return sorted(cards, key=lambda card: not card.mine)

    def queue(self, project_id: str) -> list[ReviewCard]:
        """All items that wait for review, by value: severity times priority times age."""
        now = self._desk.clock()
        with self._desk.file.read() as db:
            escalations = figures.open_escalations(db, project_id)
            known = {item.id: item for item in items.list_items(db, project_id)}
            now_states = items.item_states(db, project_id)
            standing = figures.settlements(db, project_id)
            waiting: dict[str, tuple[Waiting, Task]] = {}
            for task in tasks.list_tasks(db, project_id, Stage.REVIEW):
                found = escalations.get(task.item_id, [])
                is_escalated = now_states[task.item_id] is ItemState.ESCALATED
                if not found or not is_escalated or annotate_task(db, task).id in standing:
                    continue
                raised = min(at for _, at in found)
                waiting[task.id] = (Waiting(task.id, tuple(e for e, _ in found), task.priority, raised), task)
            held = memberships(db, project_id)
        cards = []
        for place in in_order((w for w, _ in waiting.values()), now):
            task = waiting[place.item_id][1]
            worst = max(place.escalations, key=lambda e: severity([e]))
            age, title = max(0, now - place.since_us), known[task.item_id].key
            reason = worst.reason.value
            card = ReviewCard(task.id, task.item_id, title, reason, worst.culprit, worst.value, age, False)
            batch = held.get(task.item_id)
            cards.append(card if batch is None else replace(card, batch=batch.name, batched_us=batch.at_us))
        return cards

    def open(self, project_id: str, person_id: str, task_id: str) -> ReviewWork:
        """A review with the analyst's own set, begun with what all sides share; claims it where it is free."""
        desk, now = self._desk, self._desk.clock()
        with desk.file.read() as db:
            review = tasks.get_task(db, task_id)
            claim = tasks.claim_of(db, task_id, person_id)
            labelled = annotate_task(db, review)
            lanes = review_lanes(db, labelled, claim)
        if claim is None:
            self._take(project_id, person_id, review, lanes, now)
        elif claim.state in (SlotState.LEASED, SlotState.EXPIRED) and not desk.file.is_read_only:
            with desk.file.write() as db:
                version = projects.get_version(db, project_id)
                until = leases.grant(task_id, person_id, now, version.project.workflow.lease_hours).until_us
                if desk.is_shared:
                    # The server gave the review with an empty set, and says itself how long it is held.
                    if claim.state is SlotState.LEASED and claim.set_id is not None:
                        self._begin(db, journal.get_set(db, claim.set_id), version, lanes)
                    elif claim.state is SlotState.EXPIRED:
                        # Only the server knows whether there is a place again.
                        outbox.ask_once(db, "resume", claim.id, now)
                elif claim.state is SlotState.LEASED:
                    tasks.set_lease(db, claim.id, until)
                else:
                    resume(db, claim, until, now)
                if claim.state is SlotState.LEASED:
                    go_on(db, desk, review, claim, lanes, version.project.schema)
        with desk.file.read() as db:
            claim = tasks.claim_of(db, task_id, person_id)
            if claim is None or claim.set_id is None:
                raise WorkflowError("This review is not open to you.", "Choose another from the queue.")
            annotations = journal.get_set(db, claim.set_id)
            version = projects.get_version(db, project_id, annotations.project_version)
            item = items.get_item(db, review.item_id)
            edits, unknown = known_edits(db, claim.set_id)
            history = from_elsewhere(db, claim.set_id, version.project.schema)
            if history and edits and edits[0].verb == START:
                history["pulled"] |= {edits[0].id}
            session = EditingSession(
                version.project.schema,
                annotations,
                edits[1:] if edits and edits[0].verb == START else edits,
                device=desk.device,
                device_seq=desk.numbers.after(journal.next_device_seq(db, desk.device)),
                within=Interval(review.start_us, review.end_us),
                clock=desk.clock,
                locked=unknown or _why_locked(claim.state, desk.file.is_read_only, is_shared=desk.is_shared),
                server_offset_us=desk.server_clock,
                keeps_times=version.project.workflow.record_times,
                handed_in=len(tasks.submissions_of(db, claim.set_id)),
                **history,
            )
            found = figures.open_escalations(db, project_id).get(item.id, [])
            model = model_set(db, labelled.id)
            earlier = _earlier(db, review, claim.set_id)
            sides = [claim.set_id, *(lane.annotations.id for lane in lanes)]
            comments = [comment for set_id in sides for comment in figures.comments_of(db, set_id)]
        media_path, media_problem = timeline_media(desk, item)
        schema, sets = version.project.schema, [lane.annotations for lane in lanes]
        disputed = find_disagreements(schema, sets)
        asked = doubts(schema, sets, model, disputed, [escalation for escalation, _ in found])
        return ReviewWork(
            task=review,
            item=item,
            project=version.project,
            guidelines=version.guidelines,
            set_id=claim.set_id,
            session=session,
            lanes=lanes,
            disagreements=in_place([*disputed, *asked]),
            escalations=tuple(_told_blind(escalation) for escalation, _ in found),
            media_path=media_path,
            media_problem=media_problem,
            videos=videos_of(desk, item),
            sounds=sounds_of(desk, item),
            text=read_text(desk, item),
            model=model,
            earlier=earlier,
            comments=tuple(replace(c, author_id=c.author_id if c.author_id == person_id else "") for c in comments),
        )

    def _take(self, project_id: str, person_id: str, review: Task, lanes: Sequence[ReviewLane], now: int) -> None:
        desk = self._desk
        with desk.file.write() as db:
            roles = projects.roles_of(db, project_id, person_id)
            states.require_reviewer(person_id, roles, tasks.labellers(db, review.item_id))
            if figures.item_state(db, review.item_id) is not ItemState.ESCALATED:
                raise WorkflowError("This item does not wait for review any more.", "Choose another from the queue.")
            slot = next((s for s in tasks.slots_of(db, review.id) if s.person_id is None), None)
            if slot is None:
                raise WorkflowError("Somebody else has just taken this review.", "Choose another from the queue.")
            version = projects.get_version(db, project_id)
            annotations = AnnotationSet(
                new_id(),
                author=Author(AuthorKind.ADJUDICATOR, person_id),
                project_id=project_id,
                task_id=review.id,
                project_version=version.version,
            )
            journal.add_set(db, annotations, now)
            tasks.add_claim(
                db,
                project_id,
                slot.id,
                review.id,
                person_id,
                set_id=annotations.id,
                shows_suggestions=False,
                lease_until_us=leases.grant(review.id, person_id, now, version.project.workflow.lease_hours).until_us,
                now_us=now,
            )
            self._begin(db, annotations, version, lanes)

    def _begin(
        self, db: Connection, annotations: AnnotationSet, version: ProjectVersion, lanes: Sequence[ReviewLane]
    ) -> None:
        """Put what all sides share into a reviewer's set that holds nothing yet."""
        if annotations.head is not None:
            return
        desk = self._desk
        schema = version.project.schema
        agreed = merge_agreed(schema, [lane.annotations for lane in lanes])
        # What was said under an earlier version of the project may not be said any more.
        shared = [element for element in agreed if not element_problems(schema, element)]
        session = EditingSession(
            version.project.schema,
            annotations,
            [],
            device=desk.device,
            device_seq=desk.numbers.after(journal.next_device_seq(db, desk.device)),
            within=None,
            clock=desk.clock,
            server_offset_us=desk.server_clock,
            keeps_times=version.project.workflow.record_times,
        )
        edit = session.stage(replace(add(*shared), verb=START)) if shared else None
        if edit is not None:
            journal.record(db, edit)

    def settle(self, seen: AnnotationSet) -> Settled:
        """Let the answer stand as the analyst sees it; raises WorkflowError naming what is not ruled yet."""
        now, set_id = self._desk.clock(), seen.id
        with self._desk.file.write() as db:
            annotations = journal.get_seen(db, seen)
            claim = tasks.claim_of_set(db, set_id)
            review = tasks.get_task(db, annotations.task_id)
            labelled = annotate_task(db, review)
            project_id = annotations.project_id
            project = projects.get_version(db, project_id, annotations.project_version).project
            require_whole(db, set_id, project.schema)
            late = leases.is_late(claim.lease(), now)
            if claim.state is SlotState.EXPIRED and resume(db, claim, now, now):
                claim = tasks.claim_of_set(db, set_id)
            states.move_slot(claim.as_slot(), SlotState.SUBMITTED, by=claim.person_id)
            lanes = review_lanes(db, labelled, claim)
            require_all_ruled(project, annotations, lanes, review)
            digest = annotations.digest()
            tasks.add_submission(db, set_id, annotations.head, digest, is_late=late, reason="", now_us=now)
            outbox.ask(db, "submit", claim.id, now, head=annotations.head, digest=digest)
            tasks.set_claim_state(db, claim, SlotState.SUBMITTED, claim.person_id, now)
            secret = None if self._desk.is_shared else lots.make_local_secret(db, project_id)
            waiting = let_stand(db, project_id, review, labelled, claim, annotations.head, now, lots=secret)
            is_settled = figures.item_state(db, review.item_id) is ItemState.SETTLED
            if is_settled and not self._desk.is_shared:
                tell_rulings(db, project, review.item_id, now)
        changes = Changes.of(Kind.ITEMS, Kind.TASKS, items=(review.item_id,), sets=(set_id,))
        sentence = f"Settled; {waiting} more parts of it wait for review." if waiting else "Settled."
        return Settled(sentence, changes)


def _earlier(db: Connection, review: Task, own_id: str) -> tuple[AnnotationSet, ...]:
    """What was ruled on this task before, oldest first: an item that was settled has been opened again."""
    found = []
    for one in tasks.tasks_of_item(db, review.item_id, Stage.REVIEW):
        if one.start_us != review.start_us:
            continue
        unseen = {own_id, *rerulings.open_sets(db, one.id)}
        for made in journal.sets_of_task(db, one.id, AuthorKind.ADJUDICATOR):
            handed_in = tasks.submissions_of(db, made.id) if made.id not in unseen else []
            if handed_in:
                found.append((handed_in[-1].made_at_us, journal.set_at(db, made.id, handed_in[-1].head)))
    return tuple(made for _, made in sorted(found, key=lambda one: one[0]))


_NOT_TOLD = frozenset({"person", "model"})


def _told_blind(escalation: Escalation) -> Escalation:
    """The reason for a review without who gave it, and without what the model says: neither is told beforehand."""
    return replace(escalation, evidence={k: v for k, v in escalation.evidence.items() if k not in _NOT_TOLD})


def _why_locked(state: SlotState, is_read_only: bool, *, is_shared: bool) -> str:
    if is_read_only:
        return "This file is open for writing elsewhere; here it can only be read."
    if is_shared and state is SlotState.EXPIRED:
        return "This review was given back, and is asked for again; open it anew in a moment."
    return "" if state is SlotState.LEASED else f"This review is {state.value}."
