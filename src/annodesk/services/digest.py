"""Rulings that come back to those who labelled, as a digest between tasks; and what they dispute, once each.

Nobody is named, and nothing of a colleague's work is in it: a person's own answer is set against the ruling alone. It
is written when an item is settled, alike for reference items and all others, for those whose work was ruled on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.annotations import ITEM, AnnotationSet
from annodesk.model.ids import new_id
from annodesk.model.outcomes import WHOLE, Outcome, outcomes_in
from annodesk.model.schema import TOLD
from annodesk.model.times import US_PER_SECOND, Interval
from annodesk.model.work import Escalation, ItemState, Reason, Role, Stage
from annodesk.quality.disagreements import find_disagreements
from annodesk.quality.told import YOURS, Earlier, Otherwise, Place, ruled_otherwise, told_again
from annodesk.services.changes import Changes, Kind
from annodesk.services.independence import note_seen
from annodesk.services.opened import TextDocument, read_text, timeline_media
from annodesk.services.sounds import ItemSound, sounds_of
from annodesk.services.standing import ReviewLane, annotate_task, review_lanes, standing_sets
from annodesk.store import figures, items, journal, outbox, projects, settled, takedown, tasks, told
from annodesk.workflow.states import COORDINATOR

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.model.project import Project
    from annodesk.services.base import Desk
    from annodesk.store.engine import Connection
    from annodesk.store.snapshots import Sets
    from annodesk.store.told import ToldRow

CONTEXT_US = US_PER_SECOND
"""So much is heard before and after a place."""
MOST_WORDS = 2_000
RECENT = 200

ONCE = "You have disputed this ruling already."
FINAL = "This was ruled a second time, by another analyst, and that stands."
AGAIN = "This is being looked at again already."
GOES = "Another analyst rules it; you are told in a later digest what came of it."
WAITS = "There is no other analyst yet, so it waits until there is one."


class ToldRuling(Struct, frozen=True):
    """One place at which it was ruled otherwise than the person had said.

    ``said`` and ``ruled`` are ``{"value": ...}`` or ``{"stretches": [...]}``, empty where nothing is there; ``ruled``
    is None where the project does not show what stands. ``outcome`` is ``yours``, ``stays``, ``changed`` or ``no
    answer`` after a second ruling.
    """

    id: str
    item_id: str
    title: str
    place: Place
    said: Mapping[str, Any]
    ruled: Mapping[str, Any] | None
    outcome: str
    words: str
    made_at_us: int
    is_final: bool
    is_disputed: bool
    waits: bool
    objection: str

    @property
    def can_dispute(self) -> bool:
        """Whether the person may still say that they see it otherwise."""
        return not (self.is_final or self.is_disputed)


class Clip(Struct, frozen=True):
    """What an item's places are seen and heard from."""

    item: Item
    project: Project
    media_path: Path | None
    media_problem: str
    sounds: tuple[ItemSound, ...]
    text: TextDocument | None

    def stretch(self, place: Place) -> Interval | None:
        """What to hear of a place: with a second of context on either side; None where it is not in time."""
        if place.start_us is None or place.end_us is None or (self.media_path is None and not self.sounds):
            return None
        end_us = min(self.item.duration_us, place.end_us + CONTEXT_US)
        start_us = max(0, min(place.start_us - CONTEXT_US, end_us))
        return Interval(start_us, end_us)


class Disputed(Struct, frozen=True):
    """What came of saying otherwise, in one sentence; ``waits`` until there is somebody to rule it."""

    sentence: str
    changes: Changes
    waits: bool


class Digest:
    """What an annotator may ask for about rulings on their own work."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def unseen(self, project_id: str, person_id: str) -> list[ToldRuling]:
        """What a person was told of and has not looked at yet: item by item, the oldest first."""
        with self._desk.file.read() as db:
            return _by_item(_read(db, told.unseen(db, project_id, person_id)))

    def recent(self, project_id: str, person_id: str) -> list[ToldRuling]:
        """What a person was told of last, newest first."""
        with self._desk.file.read() as db:
            return _read(db, told.of_person(db, project_id, person_id, most=RECENT))

    def clip(self, project_id: str, item_id: str) -> Clip:
        """What to show and play of an item while its rulings are looked through."""
        desk = self._desk
        with desk.file.read() as db:
            item, project = items.get_item(db, item_id), projects.get_version(db, project_id).project
        path, problem = timeline_media(desk, item)
        return Clip(item, project, path, problem, sounds_of(desk, item), read_text(desk, item))

    def note_seen(self, told_ids: Sequence[str], person_id: str) -> Changes:
        """Note that a person is being shown rulings; from then on what they say of these items is no first answer."""
        if self._desk.file.is_read_only:
            return Changes()
        now = self._desk.clock()
        with self._desk.file.write() as db:
            mine = [row for one in told_ids if (row := told.get(db, one)) is not None and row.person_id == person_id]
            fresh = told.note_seen(db, [row.id for row in mine], now)
            for set_id in sorted({row.set_id for row in mine if row.id in fresh}):
                note_seen(db, set_id, now)
            if fresh:
                outbox.ask(db, "seen", None, now, ids=sorted(fresh))
        return Changes.of(Kind.COMMENTS) if fresh else Changes()

    def dispute(self, told_id: str, person_id: str, words: str) -> Disputed:
        """Say that a ruling is wrong, once: the item is ruled again by an analyst who neither ruled nor labelled it."""
        words = words.strip()[:MOST_WORDS]
        if not words:
            raise WorkflowError("Say why you see it otherwise.", "A few words are enough.")
        now = self._desk.clock()
        with self._desk.file.write() as db:
            row = told.get(db, told_id)
            if row is None or row.person_id != person_id:
                raise WorkflowError("There is no such ruling on your work.", "Choose another.")
            if takedown.taken_down(db, [row.item_id]):
                raise WorkflowError("This item was taken down.", "Its labels are kept.")
            if row.disputed_at_us is not None:
                raise WorkflowError(ONCE, "What came of it is in a later digest.")
            if row.is_final:
                raise WorkflowError(FINAL, "Ask a manager to open the item again if it matters.")
            waits = False
            if self._desk.is_shared:
                outbox.ask(db, "dispute", None, now, id=row.id, set_id=row.set_id, text=words)
            else:
                waits = _reopen(db, row, words, now)
            told.note_dispute(db, row.id, words, now, waits=waits)
        return Disputed(WAITS if waits else GOES, Changes.of(Kind.ITEMS, Kind.COMMENTS, items=(row.item_id,)), waits)


def tell_rulings(
    db: Connection, project: Project, item_id: str, now_us: int, *, sets: Sets = journal
) -> frozenset[str]:
    """Tell everybody whose work an item's rulings say otherwise, each of their own alone; returns who is told.

    Call it in the transaction that settles the item. What was told of before is told again only where it changed, or to
    who had disputed it.
    """
    people: set[str] = set()
    for review in tasks.tasks_of_item(db, item_id, Stage.REVIEW):
        labelled = annotate_task(db, review)
        stands = told.adjudicated(db, labelled.id)
        claims = {claim.set_id: claim for claim in tasks.claims_of_task(db, review.id)}
        before = told.of_task(db, item_id, labelled.id)
        if stands is None or stands[0] not in claims or any(row.made_at_us >= stands[2] for row in before):
            continue
        answer = sets.set_at(db, stands[0], stands[1])
        lanes = review_lanes(db, labelled, claims[stands[0]], sets=sets)
        is_final = any(told.disputes(db, item_id, labelled.id))
        # The rules of now say what is shown, whichever version the work was done by.
        newest = projects.get_version(db, tasks.project_of_task(db, labelled.id)).project
        # Whoever decided between two rulings had those for sides; told are those who labelled.
        for own in standing_sets(db, labelled.id, sets=sets):
            person_id = own.author.id
            earlier = _last_told([row for row in before if row.person_id == person_id])
            found = _told(project, own, answer, lanes, earlier if before else None)
            rows = [
                told.new_row(
                    item_id, labelled.id, own.id, person_id, _body(one, newest), one.words, now_us,
                    is_final=is_final,
                )
                for one in found
            ]  # fmt: skip
            told.add(db, rows)
            people |= {person_id} if rows else set()
    return frozenset(people)


def _told(
    project: Project,
    own: AnnotationSet,
    answer: AnnotationSet,
    lanes: Sequence[ReviewLane],
    earlier: Sequence[Earlier] | None,
) -> list[Otherwise]:
    """What one person is told; ``earlier`` is what they were told of before, None where nobody was."""
    outcomes = outcomes_in(answer)
    is_whole = WHOLE in outcomes  # of the whole there is no answer, so that nobody was wrong
    left_out = [Place(one.part, "", *_ends(one)) for one in outcomes.values()]
    words = {one.target: str(one.value) for one in answer.answers() if one.question == TOLD}
    found: list[Otherwise] = []
    if not is_whole:
        disputed = find_disagreements(project.schema, [lane.annotations for lane in lanes])
        for_all = words.get(ITEM, "")
        found = ruled_otherwise(project.schema, own, answer, disputed, words=words, for_all=for_all, left_out=left_out)
    if earlier is None:
        return found
    return told_again(earlier, found, left_out=left_out, is_left_out_whole=is_whole)


def _ends(outcome: Outcome) -> tuple[int | None, int | None, str | None, int | None, int | None]:
    return outcome.start_us, outcome.end_us, outcome.asset, outcome.start, outcome.end


def _body(one: Otherwise, project: Project) -> dict[str, Any]:
    place = {name: getattr(one.place, name) for name in Place.__struct_fields__ if getattr(one.place, name) is not None}
    body: dict[str, Any] = {**place, "said": one.said}
    if project.workflow.see_others == "settled":
        body["ruled"] = one.ruled
    if one.outcome:
        body["outcome"] = one.outcome
    return body


def _place(body: Mapping[str, Any]) -> Place:
    return Place(**{"part": "", "kind": "", **{name: body[name] for name in Place.__struct_fields__ if name in body}})


def _last_told(rows: Sequence[ToldRow]) -> list[Earlier]:
    """What somebody was told last of each place, of all they were told."""
    found: list[Earlier] = []
    for row in rows:
        body, is_disputed = row.body, row.disputed_at_us is not None
        is_theirs = body.get("outcome") == YOURS
        told_now = Earlier(_place(body), body.get("said", {}), body.get("ruled"), is_disputed, is_theirs)
        found = [*(one for one in found if not one.place.meets(told_now.place)), told_now]
    return found


def _read(db: Connection, rows: Sequence[ToldRow]) -> list[ToldRuling]:
    titles: dict[str, str] = {}
    for row in rows:
        if row.item_id not in titles:
            titles[row.item_id] = items.get_item(db, row.item_id).key
    return [
        ToldRuling(
            row.id,
            row.item_id,
            titles[row.item_id],
            _place(row.body),
            row.body.get("said", {}),
            row.body.get("ruled"),
            str(row.body.get("outcome", "")),
            row.words,
            row.made_at_us,
            row.is_final,
            row.disputed_at_us is not None,
            row.waits,
            row.objection,
        )
        for row in rows
    ]


def _by_item(found: Sequence[ToldRuling]) -> list[ToldRuling]:
    """Those of one item together, items in the order of their oldest; in one those in time first, then in its text."""
    order: dict[str, int] = {}
    for one in found:
        order.setdefault(one.item_id, len(order))

    def at(one: ToldRuling) -> tuple[int, int, int]:
        place = one.place
        kind = 0 if place.start_us is not None else 1 if place.start is not None else 2
        return order[one.item_id], kind, place.start_us or place.start or 0

    return sorted(found, key=at)


def _reopen(db: Connection, row: ToldRow, words: str, now_us: int) -> bool:
    """Let a disputed answer be ruled again, alone; returns whether there is nobody who could.

    In a team the server does the same (``dispute`` in store/sql/digest.sql).
    """
    waiting, ruled = told.disputes(db, row.item_id, row.task_id)
    if ruled:
        raise WorkflowError(FINAL, "Ask a manager to open the item again if it matters.")
    labelled = tasks.get_task(db, row.task_id)
    review = next(
        one for one in tasks.tasks_of_item(db, row.item_id, Stage.REVIEW) if one.start_us == labelled.start_us
    )
    if not waiting:
        if told.adjudicated(db, row.task_id) is None:
            raise WorkflowError(AGAIN, "You are told when it is settled.")
        settled.withdraw(db, [row.task_id])
        settled.forget_reference(db, row.item_id)
        for slot in tasks.slots_of(db, review.id):
            if slot.person_id is not None:
                tasks.free_slot(db, tasks.claim_of_set(db, slot.set_id or "").id)
        if figures.item_state(db, row.item_id) is ItemState.SETTLED:
            # Whoever disputes is not named in the item's history, which analysts read.
            figures.set_item_state(db, row.item_id, ItemState.REOPENED, COORDINATOR, now_us)
            figures.set_item_state(db, row.item_id, ItemState.ESCALATED, COORDINATOR, now_us)
    raised = Escalation(new_id(), row.item_id, Reason.DISPUTED, str(row.body.get("part", "")), evidence={"note": words})
    figures.add_escalation(db, raised, row.task_id, now_us)
    project_id, biased = tasks.project_of_task(db, row.task_id), tasks.labellers(db, row.item_id)
    known = {claim.person_id for claim in tasks.claims_of_task(db, review.id)}
    judges = {p.id for p, roles in projects.members(db, project_id) if roles & {Role.ANALYST, Role.MANAGER}}
    return not judges - biased - known
