"""The loop that scores, escalates, settles and routes; alone, it runs after each submit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.model.annotations import AnnotationSet, Author, AuthorKind
from annodesk.model.ids import new_id
from annodesk.model.terms import why_none_now
from annodesk.model.work import Batch, ItemState, Reason, SettledBy, Slot, Stage, Task
from annodesk.quality import beside, verdicts
from annodesk.quality.tally import to_json
from annodesk.services.alarms import alarm_sentence
from annodesk.services.changes import Changes, Kind
from annodesk.services.gathered import Case, Gathered, can_ask, gather, score_rows
from annodesk.services.machine import MachineRule
from annodesk.services.openings import openings, standings
from annodesk.services.pilot_places import widen_pilots
from annodesk.services.places import UNDECIDED, Place
from annodesk.services.queue_figures import keep_starved
from annodesk.services.reference_doubts import Doubt, doubt_of
from annodesk.services.reference_places import known_references, put_among
from annodesk.services.references import without_references
from annodesk.services.settling import move_on
from annodesk.services.unsure_first import UnsureFirst
from annodesk.store import figures, projects, settled, tallies, tasks
from annodesk.store.figures import Settlement
from annodesk.workflow.able import rarities
from annodesk.workflow.escalation import (
    AskAnother,
    Decision,
    Escalate,
    ItemFacts,
    Settle,
    Thresholds,
    decide,
    thresholds,
)
from annodesk.workflow.references import MISSED
from annodesk.workflow.review import severity
from annodesk.workflow.routing import Openings, make_slots, offers_for

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.quality.agreement import ItemScore
    from annodesk.quality.consensus import Consensus
    from annodesk.store.engine import Connection
    from annodesk.store.projects import ProjectVersion


class RoundResult(Struct, frozen=True):
    """How many items a round scored, escalated and settled, and how many offers stand now."""

    scored: int
    escalated: int
    settled: int
    routed: int
    changes: Changes
    stood: int = 0
    """Of the settled ones those that stand without a person."""
    is_more: bool = False
    """Whether more answers of the model are to be looked at than ``most``."""
    alarms: tuple[str, ...] = ()
    """Labels that do not stand without a person any more, in words."""


class _Looked(Struct, frozen=True):
    """What came of a look at an item."""


class _Doubted(_Looked, frozen=True):
    """A reference that too many miss."""

    doubt: Doubt


class _Judged(_Looked, frozen=True):
    """What is to become of an item, with all it rests on."""

    version: ProjectVersion
    case: Case
    found: Gathered
    limits: Thresholds
    decision: Decision


class Coordinator:
    """Looks at what was handed in and decides what happens to each item, in the local file or in a shared database."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._machine, self._unsure = MachineRule(place), UnsureFirst(place)

    def round(self, project_id: str, *, cancel: CancelToken | None = None, most: int | None = None) -> RoundResult:
        """Expire leases, decide each item whose work is in, let the model's answers stand that may, and make offers.

        Items are written one transaction each, so a round that is stopped loses nothing. In the file of a workstation
        that belongs to a shared database nothing is decided: that is for the server's coordinator.
        """
        if not self._place.decides:
            return RoundResult(0, 0, 0, 0, Changes())
        result = self.decide_all(project_id, cancel=cancel)
        done = self._machine.round(project_id, cancel=cancel, most=most)
        is_unread = self._unsure.round(project_id, cancel=cancel, most=most)
        moved = Changes.of(Kind.ITEMS, Kind.TASKS, items=(*done.settled, *done.queued))
        return replace(
            result,
            settled=result.settled + len(done.settled),
            routed=self.route(project_id),
            changes=result.changes | moved if done.settled or done.queued else result.changes,
            stood=len(done.settled),
            is_more=done.is_more or is_unread,
            alarms=tuple(alarm_sentence(one) for one in done.alarms),
        )

    def decide_all(self, project_id: str, *, cancel: CancelToken | None = None) -> RoundResult:
        """Expire leases, then score and decide each item whose work is in."""
        self._place.expire(project_id)
        widen_pilots(self._place, project_id)
        with self._place.read() as db:
            version = projects.get_version(db, project_id)
            batches = {batch.id: batch for batch in projects.list_batches(db, project_id)}
        scored, escalated, settled = 0, 0, 0
        touched: list[str] = []
        waiting = [*self._place.waiting(project_id), *self._place.answered_references(project_id)]
        lots = self._place.lots(project_id) if waiting else ""
        for item_id in waiting:
            if cancel is not None:
                cancel.check()
            outcome = self._decide(version, batches, item_id, lots)
            if outcome is None:
                continue
            scored += 1
            escalated += outcome is ItemState.ESCALATED
            settled += outcome is ItemState.SETTLED
            touched.append(item_id)
        changes = Changes.of(Kind.ITEMS, Kind.SCORES, Kind.TASKS, items=tuple(touched))
        return RoundResult(scored, escalated, settled, 0, changes)

    def route(self, project_id: str) -> int:
        """Put new offers in place of the old ones; returns how many there are. A team's worker keeps them otherwise."""
        if not self._place.decides:
            return 0
        lots = self._place.lots(project_id)
        with self._place.write() as db:
            offered = self._route(db, project_id, lots)
        self._place.roll_up()
        return offered

    def _route(self, db: Connection, project_id: str, lots: str) -> int:
        now, found, members = self._place.now_us(), openings(db, project_id), projects.members(db, project_id)
        agreed = standings(db, project_id, now)
        in_order = Openings(found, seed=project_id, rare=rarities(found, members, agreed))
        offers = {
            person.id: offers_for(person, roles, in_order, now_us=now, standing=agreed[person.id])
            for person, roles in members
        }
        here = [(person, roles) for person, roles in members if not why_none_now(agreed[person.id], now)]
        ordinary = {one.task.id: one for one in found}
        known = known_references(db, project_id)
        offers |= put_among(db, self._place, project_id, offers, ordinary, here, agreed, lots, now, known=known)
        keep_starved(db, self._place, project_id, ((one, 1) for one in found), members, agreed)
        self._place.offer(db, project_id, offers)
        return sum(len(found) for found in offers.values())

    def _decide(self, version: ProjectVersion, batches: dict[str, Batch], item_id: str, lots: str) -> ItemState | None:
        """Score one item whose work is in and act on it; None while there is nothing to decide."""

        def judge(db: Connection) -> _Looked | None:
            state = figures.item_state(db, item_id)
            if state is ItemState.SETTLED:
                doubt = doubt_of(db, version, batches, item_id, self._place.sets)
                return None if doubt is None else _Doubted(doubt)
            if state not in UNDECIDED:
                return None
            stages = tuple(tasks.tasks_of_item(db, item_id, Stage.ANNOTATE))
            if not stages:
                return None
            return self._judge(db, version, Case(item_id, batches[stages[0].batch_id or ""], stages), lots)

        judged = self._place.one_item(item_id, judge, self._act, clears_due=True)
        if not isinstance(judged, _Judged) or isinstance(judged.decision, AskAnother):
            return None
        return _state_after(judged.decision)

    def _judge(self, db: Connection, version: ProjectVersion, case: Case, lots: str) -> _Judged | None:
        project = version.project
        limits = thresholds(project, case.batch)
        found = gather(db, version, case, limits, self._place.sets, is_watched=self._place.is_watched)
        if found is None:
            return None
        flow, extra_asked = project.workflow, found.extra_asked

        def decision_on(facts: ItemFacts) -> Decision:
            return decide(
                facts,
                limits,
                seed=lots,
                audit_share=flow.audit_share,
                model_votes=flow.model_votes,
                extra_annotator_below=flow.extra_annotator_below,
                extra_asked=extra_asked,
            )

        decision = decision_on(found.facts)
        if isinstance(decision, AskAnother) and not can_ask(db, version.project_id, _to_ask_about(case, found, limits)):
            decision = decision_on(replace(found.facts, can_ask=False))
        if not isinstance(decision, AskAnother | Settle | Escalate):
            return None
        return _Judged(version, case, found, limits, decision)

    def _act(self, db: Connection, judged: _Looked) -> None:
        if isinstance(judged, _Doubted):
            settled.suspend_reference(db, judged.doubt.item_id, self._place.now_us())
            self._place.tell_doubt(db, judged.doubt.item_id)
            return
        assert isinstance(judged, _Judged)
        case, found, decision, now = judged.case, judged.found, judged.decision, self._place.now_us()
        if isinstance(decision, AskAnother):
            wanted = _to_ask_about(case, found, judged.limits)
            for task in case.tasks:
                if task.id in wanted:
                    self._add_place(db, task)
            return
        assert isinstance(decision, Settle | Escalate)
        version, after = judged.version, _state_after(decision)
        move_on(db, case.item_id, after, decision.by if isinstance(decision, Settle) else None, now)
        escalations = decision.escalations if isinstance(decision, Escalate) else ()
        rows = score_rows(case.item_id, found.scored)
        if any(MISSED in one.evidence for one in escalations):
            settled.suspend_reference(db, case.item_id, now)
            rows = without_references(rows)
        figures.replace_scores(db, case.item_id, rows, version.version, now)
        told = [(one.part, to_json(one)) for one in found.tallies]
        told.append((verdicts.NAME, verdicts.to_json(found.said)))
        told.append((beside.PART, beside.to_json(found.beside)))
        tallies.replace_tallies(db, case.item_id, told, now)
        disputed = _disputed(case, found.score, decision, judged.limits)
        for escalation in escalations:
            figures.add_escalation(db, escalation, None, now)
        for task in case.tasks:
            sets = found.standing[task.id]
            if task.id in disputed:
                self._open_review(db, version.project_id, task, severity(escalations))
            elif sets:
                self._settle(db, version.project_id, task, sets, found.agreed[task.id], now)
        self._place.tell(db, case.item_id, after)

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
        earlier = self._place.sets.sets_of_task(db, task.id, AuthorKind.CONSENSUS)
        answer = AnnotationSet(
            new_id(),
            author=Author(AuthorKind.CONSENSUS),
            project_id=project_id,
            task_id=task.id,
            round=1 + max((s.round for s in earlier), default=0),
            project_version=max(s.project_version for s in sets),
            elements=agreed.elements,
        )
        self._place.sets.add_set(db, answer, now)
        figures.settle(db, Settlement(task.id, answer.id, None, SettledBy.CONSENSUS, now))

    def _open_review(self, db: Connection, project_id: str, task: Task, how_severe: float) -> None:
        known = [t for t in tasks.tasks_of_item(db, task.item_id, Stage.REVIEW) if t.start_us == task.start_us]
        if not known:
            review = Task(
                new_id(), task.item_id, Stage.REVIEW, task.start_us, task.end_us, task.batch_id, task.priority
            )
            slots = make_slots(review.id, 1, seed=project_id, unaided_share=1.0, suggestions=False)
            self._place.add_task(db, project_id, review, slots, how_severe)

    def _add_place(self, db: Connection, task: Task) -> None:
        """Ask one more person, who works without suggestions: their answer must count beside all others."""
        number = len(tasks.slots_of(db, task.id)) + 1
        self._place.add_slot(db, task, Slot(new_id(), task.id, number, shows_suggestions=False))


def _state_after(decision: Decision) -> ItemState:
    return ItemState.SETTLED if isinstance(decision, Settle) else ItemState.ESCALATED


def _disputed(case: Case, score: ItemScore, decision: Settle | Escalate, limits: Thresholds) -> set[str]:
    """Tasks an analyst must look at: those below the threshold, or all where the reason is about the whole item."""
    if isinstance(decision, Settle):
        return set()
    low = _low_tasks(score, limits)
    only_agreement = all(e.reason is Reason.LOW_AGREEMENT and e.value is not None for e in decision.escalations)
    return low if low and only_agreement else {task.id for task in case.tasks}


def _to_ask_about(case: Case, found: Gathered, limits: Thresholds) -> list[str]:
    """Tasks that one more person should label: those people agree too little on, or all."""
    low = _low_tasks(found.score, limits)
    return [task.id for task in case.tasks if not low or task.id in low]


def _low_tasks(score: ItemScore, limits: Thresholds) -> set[str]:
    """Tasks on which people agree too little for some part or label."""
    by_task: dict[tuple[str, str, str | None], list[float]] = {}
    for pair in score.pairs:
        by_task.setdefault((pair.task_id, pair.part, pair.label), []).append(pair.value)
    return {
        task for (task, part, label), values in by_task.items() if limits.is_low(part, label, sum(values) / len(values))
    }
