"""Open disagreements of one kind over all items that wait for an analyst: found, put in order, and ruled together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from annodesk.errors import AnnodeskError, WorkflowError
from annodesk.model.ids import new_id
from annodesk.model.rules import submit_problems
from annodesk.model.work import SlotState, Task
from annodesk.quality.disagreements import Disagreement, find_disagreements
from annodesk.quality.disputes import HALF_WAY, Choice, Dispute, dispute_of, side_that_says
from annodesk.quality.likeness import Traits, most_alike
from annodesk.services.alike_team import Elsewhere, fetch, waiting_elsewhere
from annodesk.services.alike_team import take as take_on_server
from annodesk.services.changes import Changes, Kind
from annodesk.services.decisions import average, ruled_keys, ruling, take, unruled
from annodesk.services.editing import EditingSession
from annodesk.services.open_places import OpenPlace, places_of, sources_of, traits_of
from annodesk.services.opened import from_elsewhere, known_edits
from annodesk.services.standing import annotate_task, as_lanes, review_lanes
from annodesk.store import holdings, items, journal, projects, tasks

if TYPE_CHECKING:
    from annodesk.model.edits import Draft
    from annodesk.progress import CancelToken
    from annodesk.services.base import Desk
    from annodesk.services.review import Review, ReviewWork
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.store.projects import ProjectVersion


class Found(Struct, frozen=True):
    """What is open over all items; ``unknown`` are reviews of which only a server has what people said."""

    places: tuple[OpenPlace, ...] = ()
    unknown: tuple[str, ...] = ()

    def of(self, dispute: Dispute) -> tuple[OpenPlace, ...]:
        """The places of one kind, by item and place."""
        return tuple(place for place in self.places if place.dispute == dispute)


class Ruled(Struct, frozen=True):
    """One ruling of a batch: the place, and the Edit it is in the analyst's own set."""

    place: OpenPlace
    choice: Choice
    set_id: str
    edit_id: str


class ItemRuled(Struct, frozen=True):
    """What came of the rulings in one item.

    Parameters
    ----------
    problems : what could not be ruled and why, in sentences
    is_whole : whether everything is ruled and nothing else keeps the item from being settled
    is_held : whether the review is held for this batch, and is to be let go of where it is not settled
    """

    task_id: str
    title: str
    ruled: tuple[Ruled, ...] = ()
    problems: tuple[str, ...] = ()
    is_whole: bool = False
    is_held: bool = False
    changes: Changes = field(default_factory=Changes)


class TakenBack(Struct, frozen=True):
    """What came of taking a batch back: the places that are open again, and what was left, in sentences."""

    places: tuple[OpenPlace, ...]
    problems: tuple[str, ...]
    changes: Changes


class _Known(Struct, frozen=True):
    """The places of one review, as of the heads of what was compared."""

    heads: tuple[object, ...]
    places: tuple[OpenPlace, ...]


class Alike:
    """Finds and rules places of one kind; what was compared is kept until one of its sets has another head."""

    def __init__(self, desk: Desk, review: Review, sync: Sync) -> None:
        self._desk, self._review, self._sync = desk, review, sync
        self._elsewhere: dict[str, Elsewhere] = {}
        self._known: dict[str, _Known] = {}
        self._traits: dict[tuple[str, str], Traits] = {}

    def forget(self) -> None:
        """Let go of all that was read, such as after something was taken down: words and labels of items are in it."""
        self._elsewhere, self._known, self._traits = {}, {}, {}

    # Finding

    def look(self, project_id: str, person_id: str, cancel: CancelToken | None = None) -> Found:
        """All that is open in the items that wait for this analyst; only what has changed is compared again."""
        cards = self._review.cards(project_id, person_id)
        known: dict[str, _Known] = {}
        with self._desk.file.read() as db:
            version = projects.get_version(db, project_id)
        for card in cards:
            if cancel is not None:
                cancel.check()
            with self._desk.file.read() as db:
                known[card.task_id] = self._places(db, card.task_id, card.title, person_id, version)
        with self._desk.file.read() as db:
            waiting = waiting_elsewhere(db, project_id, person_id) if self._desk.is_shared else []
        self._elsewhere = {
            one.review.id: self._elsewhere.get(one.review.id, one) for one in waiting if one.review.id not in known
        }
        for task_id, one in self._elsewhere.items():
            if cancel is not None:
                cancel.check()
            if one.sets is not None:
                with self._desk.file.read() as db:
                    known[task_id] = self._fetched(db, one, version)
        self._known = known
        places = tuple(place for one in known.values() for place in one.places)
        open_ones = {place.key for place in places}
        self._traits = {key: traits for key, traits in self._traits.items() if key in open_ones}
        return Found(places, tuple(task_id for task_id, one in self._elsewhere.items() if one.sets is None))

    def _fetched(self, db: Connection, one: Elsewhere, version: ProjectVersion) -> _Known:
        before, heads = self._known.get(one.review.id), (version.version, "fetched", *one.heads)
        if before is not None and before.heads == heads:
            return before
        lanes = as_lanes(one.labelled, one.sets or ())
        found = find_disagreements(version.project.schema, [lane.annotations for lane in lanes])
        item = items.get_item(db, one.review.item_id)
        return _Known(heads, places_of(one.title, one.review, lanes, found, lambda: sources_of(self._desk, item)))

    def fetch(self, project_id: str, task_ids: Sequence[str]) -> int:
        """Fetch what people said in reviews that are not here; kept in memory alone. Returns how many came."""
        wanted = [self._elsewhere[task_id] for task_id in task_ids if task_id in self._elsewhere]
        found = fetch(self._sync, project_id, wanted)
        self._elsewhere |= {one.review.id: one for one in found}
        return len(found)

    def prepare(self, project_id: str, person_id: str, task_ids: Sequence[str]) -> dict[str, str]:
        """Take reviews where a server gives them out; returns why not, by review. Alone there is nothing to do."""
        if not self._desk.is_shared:
            return {}
        with self._desk.file.read() as db:
            claims = {task_id: tasks.claim_of(db, task_id, person_id) for task_id in task_ids}
        free = [i for i, claim in claims.items() if claim is None or claim.state is not SlotState.LEASED]
        return take_on_server(self._sync, project_id, free) if free else {}

    def _places(self, db: Connection, task_id: str, title: str, person_id: str, version: ProjectVersion) -> _Known:
        review = tasks.get_task(db, task_id)
        labelled = annotate_task(db, review)
        claim = tasks.claim_of(db, task_id, person_id)
        own = journal.header(db, claim.set_id).head if claim is not None and claim.set_id is not None else None
        heads = (version.version, own, *_heads(db, labelled))
        before = self._known.get(task_id)
        if before is not None and before.heads == heads:
            return before
        lanes = review_lanes(db, labelled, claim)
        ruled = ruled_keys(journal.get_set(db, claim.set_id)) if claim is not None and claim.set_id else frozenset()
        found = find_disagreements(version.project.schema, [lane.annotations for lane in lanes])
        left = [d for d in found if d.key not in ruled]
        item = items.get_item(db, review.item_id)
        return _Known(heads, places_of(title, review, lanes, left, lambda: sources_of(self._desk, item)))

    def in_order(
        self, like: OpenPlace, places: Sequence[OpenPlace], cancel: CancelToken | None = None
    ) -> list[OpenPlace]:
        """The places, those most like one of them first: by their sound, their words and their length."""

        traits = []
        for place in (like, *places):
            if cancel is not None:
                cancel.check()
            found = self._traits.get(place.key) or traits_of(place)
            self._traits[place.key] = found
            traits.append(found)
        return [places[n] for n in most_alike(traits[0], traits[1:])]

    # Ruling

    def rule(
        self, project_id: str, person_id: str, batch: str, wanted: Sequence[tuple[OpenPlace, Choice]]
    ) -> ItemRuled:
        """Rule places of one item, each by an Edit of its own in the analyst's set; takes the review where it is free.

        What cannot be ruled is told in the answer; only a failure of ours is raised.
        """
        task_id, title = wanted[0][0].task_id, wanted[0][0].title
        with self._desk.file.read() as db:
            claim = tasks.claim_of(db, task_id, person_id)
        is_new = claim is None or claim.state is not SlotState.LEASED
        try:
            work = self._review.open(project_id, person_id, task_id)
        except AnnodeskError as error:
            return ItemRuled(task_id, title, problems=(f"{title}: {error.sentence}",))
        if work.session.locked:
            return ItemRuled(task_id, title, problems=(f"{title}: {work.session.locked}",))
        ruled, problems = list[Ruled](), list[str]()
        for place, choice in wanted:
            try:
                ruled.append(self._rule_one(work, place, choice, batch))
            except AnnodeskError as error:
                problems.append(f"{title}: {error.sentence}")
        if not ruled:
            if is_new:
                self.let_go(person_id, [task_id])
            return ItemRuled(task_id, title, problems=tuple(problems))
        session = work.session
        is_whole = not unruled(work.disagreements, session.annotations) and not submit_problems(
            session.schema, session.annotations, session.within
        )
        changes = Changes.of(Kind.EDITS, Kind.TASKS, items=(work.item.id,), sets=(work.set_id,))
        return ItemRuled(task_id, title, tuple(ruled), tuple(problems), is_whole, is_new, changes)

    def _rule_one(self, work: ReviewWork, place: OpenPlace, choice: Choice, batch: str) -> Ruled:
        session = work.session
        found = next((d for d in work.disagreements if d.key == place.disagreement.key), None)
        if found is None or dispute_of(found) != place.dispute:
            raise WorkflowError("What people say there has changed meanwhile.", "Look again.")
        if ruling(session.annotations, found):
            raise WorkflowError("It is ruled already.", "Open the item to rule it otherwise.")
        edit = session.stage(_draft(work, found, choice), note={"batch": batch})
        if edit is None:
            raise WorkflowError("Nothing is changed by that.", "Open the item to rule it.")
        with self._desk.file.write() as db:
            journal.record(db, edit)
        return Ruled(place, choice, work.set_id, edit.id)

    def let_go(self, person_id: str, task_ids: Sequence[str]) -> Changes:
        """Give reviews back that were taken for a batch and are not settled; the rulings stay in the analyst's set."""
        now, given = self._desk.clock(), list[str]()
        for task_id in task_ids:
            with self._desk.file.write() as db:
                claim = tasks.claim_of(db, task_id, person_id)
                if claim is None or claim.state is not SlotState.LEASED:
                    continue
                if self._desk.is_shared:
                    project_id = tasks.project_of_task(db, task_id)
                    for held in holdings.holdings(db, project_id, person_id, SlotState.LEASED):
                        if held.claim_id == claim.id:
                            holdings.give_back(db, held, now)
                else:
                    tasks.set_claim_state(db, claim, SlotState.EXPIRED, person_id, now)
                    tasks.free_slot(db, claim.id)
                given.append(task_id)
        return Changes.of(Kind.TASKS) if given else Changes()

    def settle(self, set_id: str) -> Changes:
        """Let an item whose places are all ruled stand as it is; raises what keeps it from that."""
        with self._desk.file.read() as db:
            annotations = journal.get_set(db, set_id)
        return self._review.settle(annotations).changes

    # Taking back

    def take_back(self, ruled: Sequence[Ruled]) -> TakenBack:
        """Undo a batch, the last ruling first, each by an Edit of its own; what was changed since is left and told."""
        places, problems, changes = list[OpenPlace](), list[str](), Changes()
        for one in reversed(ruled):
            try:
                self._take_back(one)
            except AnnodeskError as error:
                problems.append(f"{one.place.title}: {error.sentence}")
                continue
            places.append(one.place)
            changes |= Changes.of(Kind.EDITS, sets=(one.set_id,))
        return TakenBack(tuple(reversed(places)), tuple(problems), changes)

    def _take_back(self, ruled: Ruled) -> None:
        desk = self._desk
        with desk.file.read() as db:
            claim = tasks.claim_of_set(db, ruled.set_id)
            if claim.state not in (SlotState.LEASED, SlotState.EXPIRED):
                raise WorkflowError("It is settled.", "Open the item again instead.")
            annotations = journal.get_set(db, ruled.set_id)
            version = projects.get_version(db, annotations.project_id, annotations.project_version)
            edits, unknown = known_edits(db, ruled.set_id)
            session = EditingSession(
                version.project.schema,
                annotations,
                edits,
                device=desk.device,
                device_seq=desk.numbers.after(journal.next_device_seq(db, desk.device)),
                within=None,
                clock=desk.clock,
                locked=unknown,
                server_offset_us=desk.server_clock,
                keeps_times=version.project.workflow.record_times,
                handed_in=len(tasks.submissions_of(db, ruled.set_id)),
                **from_elsewhere(db, ruled.set_id, version.project.schema),
            )
        undone = session.take_back(ruled.edit_id)
        if undone.edit is None:
            raise WorkflowError(undone.sentence)
        with desk.file.write() as db:
            journal.record(db, undone.edit)


def new_batch() -> str:
    """The name of a batch, by which its Edits are known to belong together."""
    return new_id()


def _draft(work: ReviewWork, found: Disagreement, choice: Choice) -> Draft:
    if choice == HALF_WAY:
        return average(work, found)
    side = side_that_says(found, choice)
    if side is None:
        raise WorkflowError("Nobody says that there any more.", "Look again.")
    return take(work, found, work.lanes[side].letter)


def _heads(db: Connection, labelled: Task) -> tuple[object, ...]:
    """What a task's sets are compared as: each with the head it was handed in with."""
    handed_in = []
    for claim in tasks.submitted_claims(db, labelled.id):
        if claim.set_id is not None:
            handed_in.append((claim.set_id, tuple(s.head for s in tasks.submissions_of(db, claim.set_id))))
    return tuple(handed_in)
