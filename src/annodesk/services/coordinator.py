"""The loop that scores, escalates, settles and routes; alone, it runs after each submit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annodesk.model.annotations import AnnotationSet, Author, AuthorKind
from annodesk.model.ids import new_id
from annodesk.model.items import Item
from annodesk.model.project import Project
from annodesk.model.work import Batch, ItemState, Reason, SettledBy, Slot, SlotState, Stage, Task
from annodesk.progress import CancelToken
from annodesk.quality.agreement import CODE_VERSION, CountableSet, ItemScore, TaskSets, score_item
from annodesk.quality.consensus import Consensus, consensus
from annodesk.quality.model_check import least_sure, model_conflicts
from annodesk.services.base import Desk
from annodesk.services.changes import Changes, Kind
from annodesk.services.tasks import model_set, openings
from annodesk.store import figures, items, journal, projects, tasks
from annodesk.store.engine import Connection
from annodesk.store.figures import Score, Settlement
from annodesk.store.projects import ProjectVersion
from annodesk.workflow import states
from annodesk.workflow.escalation import (
    SKIPS_TO_ESCALATE,
    AskAnother,
    Decision,
    Escalate,
    ItemFacts,
    LowConfidence,
    ModelDoubt,
    Settle,
    Skip,
    Thresholds,
    decide,
    thresholds,
)
from annodesk.workflow.routing import make_slots, offers_for
from annodesk.workflow.states import COORDINATOR

SURE = 0.9
"""Least probability of a model's answer that may stand against people."""


@dataclass(frozen=True, slots=True)
class RoundResult:
    """How many items a round scored, escalated and settled, and how many offers stand now."""

    scored: int
    escalated: int
    settled: int
    routed: int
    changes: Changes


@dataclass(frozen=True, slots=True)
class _Case:
    """One item whose work may be complete."""

    item: Item
    batch: Batch
    tasks: tuple[Task, ...]


class Coordinator:
    """Looks at what was handed in and decides what happens to each item."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def round(self, project_id: str, *, cancel: CancelToken | None = None) -> RoundResult:
        """Expire leases, score and decide each item whose work is in, and make new offers.

        Items are written one transaction each, so a round that is stopped loses nothing. In the file of a workstation
        that belongs to a shared database nothing is decided: that is for the server's coordinator.
        """
        if self._desk.is_shared:
            return RoundResult(0, 0, 0, 0, Changes())
        self._expire(project_id)
        with self._desk.file.read() as db:
            version = projects.get_version(db, project_id)
            batches = {batch.id: batch for batch in projects.list_batches(db, project_id)}
            cases = self._cases(db, project_id, batches)
        scored, escalated, settled = 0, 0, 0
        touched: list[str] = []
        for case in cases:
            if cancel is not None:
                cancel.check()
            outcome = self._decide(version, case)
            if outcome is None:
                continue
            scored += 1
            escalated += outcome is ItemState.ESCALATED
            settled += outcome is ItemState.SETTLED
            touched.append(case.item.id)
        routed = self.route(project_id)
        changes = Changes.of(Kind.ITEMS, Kind.SCORES, Kind.TASKS, items=tuple(touched))
        return RoundResult(scored, escalated, settled, routed, changes)

    def route(self, project_id: str) -> int:
        """Put new offers in place of the old ones; returns how many there are."""
        if self._desk.is_shared:
            return 0
        now = self._desk.clock()
        with self._desk.file.write() as db:
            open_ones = openings(db, project_id)
            offers = [
                offer
                for person, roles in projects.members(db, project_id)
                for offer in offers_for(person, roles, open_ones, now_us=now, seed=project_id)
            ]
            tasks.replace_offers(db, project_id, offers)
        return len(offers)

    def _expire(self, project_id: str) -> None:
        now = self._desk.clock()
        with self._desk.file.write() as db:
            for claim in tasks.expired_claims(db, project_id, now):
                states.move_slot(claim.as_slot(), SlotState.EXPIRED, by=COORDINATOR)
                tasks.set_claim_state(db, claim, SlotState.EXPIRED, COORDINATOR, now)
                tasks.free_slot(db, claim.id)

    def _cases(self, db: Connection, project_id: str, batches: dict[str, Batch]) -> list[_Case]:
        states_now = items.item_states(db, project_id)
        by_item: dict[str, list[Task]] = {}
        for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE):
            by_item.setdefault(task.item_id, []).append(task)
        slots, skips = tasks.slots_of_project(db, project_id), tasks.skips_of_project(db, project_id)

        def may_be_decided(found: Sequence[Task]) -> bool:
            # Only skips can decide an item before every place on it is submitted; most items are sorted out here.
            is_in = all(slot.state is SlotState.SUBMITTED for task in found for slot in slots.get(task.id, ()))
            return is_in or sum(skips.get(task.id, 0) for task in found) >= SKIPS_TO_ESCALATE

        waiting = (ItemState.OPEN, ItemState.REOPENED, ItemState.SCORED)
        return [
            _Case(item, batches[found[0].batch_id or ""], tuple(found))
            for item in items.list_items(db, project_id)
            if states_now[item.id] in waiting and (found := by_item.get(item.id)) and may_be_decided(found)
        ]

    def _decide(self, version: ProjectVersion, case: _Case) -> ItemState | None:
        """Score one item whose work is in and act on it; None while there is nothing to decide."""
        desk, now = self._desk, self._desk.clock()
        project, project_id = version.project, version.project_id
        with desk.file.read() as db:
            found = _gather(db, project, case)
        limits = thresholds(project, case.batch)
        decision = decide(
            found.facts,
            limits,
            seed=project_id,
            audit_share=project.workflow.audit_share,
            model_votes=project.workflow.model_votes,
            extra_annotator_below=project.workflow.extra_annotator_below,
            extra_asked=found.extra_asked,
        )
        if isinstance(decision, AskAnother):
            with desk.file.write() as db:
                low = _low_tasks(found.score, limits)
                for task in case.tasks:
                    if not low or task.id in low:
                        _add_place(db, task)
            return None
        if not isinstance(decision, Settle | Escalate):
            return None
        after = ItemState.SETTLED if isinstance(decision, Settle) else ItemState.ESCALATED
        with desk.file.write() as db:
            _move(db, case.item.id, after, decision, now)
            figures.replace_scores(db, case.item.id, _score_rows(case.item.id, found.score), version.version, now)
            disputed = _disputed(case, found.score, decision, limits)
            if isinstance(decision, Escalate):
                for escalation in decision.escalations:
                    figures.add_escalation(db, escalation, None, now)
            for task in case.tasks:
                sets = found.standing[task.id]
                if task.id in disputed:
                    self._open_review(db, project_id, task, now)
                elif sets:
                    self._settle(db, project_id, task, sets, found.agreed[task.id], now)
        return after

    def _settle(
        self,
        db: Connection,
        project_id: str,
        task: Task,
        sets: Sequence[AnnotationSet],
        agreed: Consensus,
        now: int,
    ) -> None:
        if len(sets) == 1:
            figures.settle(db, Settlement(task.id, sets[0].id, sets[0].head, SettledBy.SINGLE, now))
            return
        earlier = journal.sets_of_task(db, task.id, AuthorKind.CONSENSUS)
        answer = AnnotationSet(
            new_id(),
            author=Author(AuthorKind.CONSENSUS),
            project_id=project_id,
            task_id=task.id,
            round=1 + max((s.round for s in earlier), default=0),
            project_version=max(s.project_version for s in sets),
            elements=agreed.elements,
        )
        journal.add_set(db, answer, now)
        figures.settle(db, Settlement(task.id, answer.id, None, SettledBy.CONSENSUS, now))

    def _open_review(self, db: Connection, project_id: str, task: Task, now: int) -> None:
        known = [t for t in tasks.tasks_of_item(db, task.item_id, Stage.REVIEW) if t.start_us == task.start_us]
        if not known:
            review = Task(
                new_id(), task.item_id, Stage.REVIEW, task.start_us, task.end_us, task.batch_id, task.priority
            )
            slots = make_slots(review.id, 1, seed=project_id, unaided_share=1.0, suggestions=False)
            tasks.add_task(db, project_id, review, slots, now)


def standing_sets(db: Connection, task_id: str, *, until_us: int | None = None) -> list[AnnotationSet]:
    """A task's sets as they were handed in last (until a time): what its answer is made of, and what a reviewer sees.

    Agreement is about what people said first and by themselves (``countable_sets``); the answer is what they say now.
    """
    found = []
    for claim in tasks.claims_of_task(db, task_id):
        if claim.state is SlotState.SUBMITTED and claim.set_id is not None:
            handed_in = [
                s for s in tasks.submissions_of(db, claim.set_id) if until_us is None or s.made_at_us <= until_us
            ]
            if handed_in:
                found.append(journal.set_at(db, claim.set_id, handed_in[-1].head))
    return found


def countable_sets(db: Connection, task_id: str) -> list[CountableSet]:
    """A task's submitted sets as they count: at their first submission, before any comparison was shown."""
    found = []
    for claim in tasks.claims_of_task(db, task_id):
        if claim.state is not SlotState.SUBMITTED or claim.set_id is None:
            continue
        first = tasks.submissions_of(db, claim.set_id)[0]
        view = tasks.view_of(db, claim.set_id)
        compared = view.independent_until_us is not None
        head = view.independent_head if compared else first.head
        aided = view.suggestions_from_us is not None and not compared
        found.append(CountableSet(claim.set_id, head, journal.set_at(db, claim.set_id, head), aided))
    return found


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of an item when it is decided upon."""

    facts: ItemFacts
    score: ItemScore
    standing: dict[str, list[AnnotationSet]]
    agreed: dict[str, Consensus]
    extra_asked: bool


def _gather(db: Connection, project: Project, case: _Case) -> _Found:
    sets = {task.id: countable_sets(db, task.id) for task in case.tasks}
    standing = {task.id: standing_sets(db, task.id) for task in case.tasks}
    agreed = {i: consensus(project.schema, found) for i, found in standing.items() if found}
    score = score_item(project.schema, [TaskSets(t.id, t.end_us - t.start_us, tuple(sets[t.id])) for t in case.tasks])
    waiting, extra = 0, False
    skips: list[Skip] = []
    flags: list[Skip] = []
    doubts: list[ModelDoubt] = []
    unsure: list[LowConfidence] = []
    for task in case.tasks:
        slots = tasks.slots_of(db, task.id)
        waiting += sum(slot.state is not SlotState.SUBMITTED for slot in slots)
        extra = extra or len(slots) > tasks.overlap_of(db, task.id)
        for claim in tasks.claims_of_task(db, task.id):
            if claim.state is SlotState.SKIPPED and claim.reason:
                skips.append(Skip(claim.person_id, claim.reason, claim.note))
            elif claim.flag:
                flags.append(Skip(claim.person_id, claim.flag, claim.note))
        model = model_set(db, task.id)
        if model is not None and task.id in agreed:
            # Only unaided answers say anything about the model: an aided one may repeat it (rule 8).
            unaided = [s.annotations for s in sets[task.id] if not s.aided]
            if unaided:
                people = unaided[0].with_elements(consensus(project.schema, unaided).elements)
                found = model_conflicts(project.schema, people, model, sure_from=SURE)
                doubts += [ModelDoubt(c.part, c.place, c.people, c.model, c.probability) for c in found]
            unsure += [LowConfidence(part, p) for part, p in least_sure(project.schema, model)]
    unanswered = [u.part for found in agreed.values() for u in found.unsettled if u.is_blocking]
    facts = ItemFacts(
        item_id=case.item.id,
        answers=min((len(found) for found in sets.values()), default=0),
        waiting=waiting,
        parts=tuple((part.part, part.value) for part in score.parts),
        labels=tuple((one.part, one.label, one.value) for one in score.labels if one.label and one.value is not None),
        unanswered=tuple(dict.fromkeys(unanswered)),
        doubts=tuple(doubts),
        low_confidence=tuple(unsure),
        flags=tuple(flags),
        skips=tuple(skips),
    )
    return _Found(facts, score, standing, agreed, extra)


def _move(db: Connection, item_id: str, after: ItemState, decision: Decision, now_us: int) -> None:
    before = figures.item_state(db, item_id)
    if before is not ItemState.SCORED:
        states.move_item(before, ItemState.SCORED)
        figures.set_item_state(db, item_id, ItemState.SCORED, COORDINATOR, now_us)
    settled_by = decision.by if isinstance(decision, Settle) else None
    states.move_item(ItemState.SCORED, after, settled_by=settled_by)
    figures.set_item_state(db, item_id, after, COORDINATOR, now_us)


def _add_place(db: Connection, task: Task) -> None:
    """Ask one more person, who works without suggestions: their answer must count beside all others."""
    number = len(tasks.slots_of(db, task.id)) + 1
    tasks.add_slot(db, Slot(new_id(), task.id, number, shows_suggestions=False))


def _disputed(case: _Case, score: ItemScore, decision: Settle | Escalate, limits: Thresholds) -> set[str]:
    """Tasks an analyst must look at: those below the threshold, or all where the reason is about the whole item."""
    if isinstance(decision, Settle):
        return set()
    low = _low_tasks(score, limits)
    only_agreement = all(e.reason is Reason.LOW_AGREEMENT and e.value is not None for e in decision.escalations)
    return low if low and only_agreement else {task.id for task in case.tasks}


def _low_tasks(score: ItemScore, limits: Thresholds) -> set[str]:
    """Tasks on which people agree too little for some part or label."""
    by_task: dict[tuple[str, str, str | None], list[float]] = {}
    for pair in score.pairs:
        by_task.setdefault((pair.task_id, pair.part, pair.label), []).append(pair.value)
    return {
        task for (task, part, label), values in by_task.items() if limits.is_low(part, label, sum(values) / len(values))
    }


def _score_rows(item_id: str, score: ItemScore) -> list[Score]:
    rows = [Score(item_id, "item", score.culprit, "lowest", score.value, len(score.parts), CODE_VERSION)]
    for scope, found in (("part", score.parts), ("label", score.labels)):
        rows += [Score(item_id, scope, p.part, p.metric, p.value, p.n, CODE_VERSION, label=p.label) for p in found]
    rows += [
        Score(
            item_id, "pair", p.part, p.metric, p.value, p.n, CODE_VERSION, p.task_id or None, p.label,
            p.set_a, p.set_b, p.head_a, p.head_b,
        )
        for p in score.pairs
    ]  # fmt: skip
    return rows
