"""The loop that scores, escalates, settles and routes; alone, it runs after each submit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from annodesk.model.annotations import AnnotationSet, Author, AuthorKind
from annodesk.model.ids import new_id
from annodesk.model.items import Item
from annodesk.model.project import Project
from annodesk.model.work import Batch, Escalation, ItemState, Offer, Reason, Role, SettledBy, SlotState, Stage, Task
from annodesk.progress import CancelToken
from annodesk.quality.agreement import CODE_VERSION, CountableSet, ItemScore, TaskSets, score_item
from annodesk.quality.consensus import Consensus, consensus
from annodesk.services.base import Desk
from annodesk.services.changes import Changes, Kind
from annodesk.services.tasks import model_set
from annodesk.store import figures, items, journal, projects, tasks
from annodesk.store.figures import Score, Settlement
from annodesk.workflow import states
from annodesk.workflow.escalation import Escalate, Evidence, Settle, decide, threshold_of
from annodesk.workflow.routing import OpenTask, Proposal, propose

COORDINATOR = "coordinator"


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

        Items are written one transaction each, so a round that is stopped loses nothing.
        """
        self._expire(project_id)
        with self._desk.file.read() as db:
            project = projects.get_version(db, project_id).project
            batches = {batch.id: batch for batch in projects.list_batches(db, project_id)}
            cases = self._cases(db, project_id, batches)
        scored, escalated, settled = 0, 0, 0
        touched: list[str] = []
        for case in cases:
            if cancel is not None:
                cancel.check()
            outcome = self._decide(project_id, project, case)
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
        desk, now = self._desk, self._desk.clock()
        with desk.file.write() as db:
            project = projects.get_version(db, project_id).project
            people = [p for p, roles in projects.members(db, project_id) if Role.ANNOTATOR in roles]
            offers = propose(
                _open_tasks(db, project_id), people, project.prelabel, lambda task_id: desk.rng("unaided", task_id)
            )
            tasks.replace_offers(db, project_id, [(_to_offer(o, now), o.shows_suggestions) for o in offers])
        return len(offers)

    def _expire(self, project_id: str) -> None:
        now = self._desk.clock()
        with self._desk.file.write() as db:
            for claim in tasks.expired_claims(db, project_id, now):
                states.check_slot(claim.state, SlotState.EXPIRED)
                tasks.set_claim_state(db, claim, SlotState.EXPIRED, COORDINATOR, now)
                tasks.free_slot(db, claim.id)

    def _cases(self, db: Connection, project_id: str, batches: dict[str, Batch]) -> list[_Case]:
        states_now = items.item_states(db, project_id)
        by_item: dict[str, list[Task]] = {}
        for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE):
            by_item.setdefault(task.item_id, []).append(task)
        waiting = (ItemState.OPEN, ItemState.REOPENED, ItemState.SCORED)
        return [
            _Case(item, batches[found[0].batch_id or ""], tuple(found))
            for item in items.list_items(db, project_id)
            if states_now[item.id] in waiting and (found := by_item.get(item.id))
        ]

    def _decide(self, project_id: str, project: Project, case: _Case) -> ItemState | None:
        """Score one item whose work is in and act on it; None while somebody is still at work."""
        desk, now = self._desk, self._desk.clock()
        with desk.file.read() as db:
            evidence, score, sets = self._gather(db, project, case)
        decision = decide(evidence, project, case.batch, desk.rng("audit", case.item.id))
        if not isinstance(decision, Settle | Escalate):
            return None
        agreed = {task: consensus(project.schema, [s.annotations for s in found]) for task, found in sets.items()}
        if isinstance(decision, Settle):
            decision = _unless_blocked(case, agreed) or decision
        with desk.file.write() as db:
            for after in (ItemState.SCORED, ItemState.SETTLED if isinstance(decision, Settle) else ItemState.ESCALATED):
                before = figures.item_state(db, case.item.id)
                if before is not after:
                    states.check_item(before, after)
                    figures.set_item_state(db, case.item.id, after, COORDINATOR, now)
            figures.replace_scores(db, case.item.id, _score_rows(case.item.id, score), now)
            if isinstance(decision, Settle):
                for task in case.tasks:
                    self._settle(db, project_id, task, sets[task.id], agreed[task.id], decision.by, now)
                return ItemState.SETTLED
            for escalation in decision.escalations:
                figures.add_escalation(db, escalation, None, now)
            disputed = _disputed(project, case, score, decision)
            for task in case.tasks:
                if task.id in disputed:
                    self._open_review(db, project_id, task, now)
                elif sets[task.id]:
                    by = SettledBy.CONSENSUS if len(sets[task.id]) > 1 else SettledBy.SINGLE
                    self._settle(db, project_id, task, sets[task.id], agreed[task.id], by, now)
        return ItemState.ESCALATED

    def _gather(
        self, db: Connection, project: Project, case: _Case
    ) -> tuple[Evidence, ItemScore, dict[str, list[CountableSet]]]:
        sets: dict[str, list[CountableSet]] = {}
        open_slots, skips, flags = 0, [], []
        with_model: list[TaskSets] = []
        for task in case.tasks:
            sets[task.id] = countable_sets(db, task.id)
            open_slots += sum(s.state is not SlotState.SUBMITTED for s in tasks.slots_of(db, task.id))
            for claim in tasks.claims_of_task(db, task.id):
                if claim.state is SlotState.SKIPPED and claim.reason:
                    skips.append(claim.reason)
                if claim.flag and claim.state is not SlotState.SKIPPED:
                    flags.append(claim.flag)
            if (model := model_set(db, task.id)) is not None:
                # Only unaided answers say anything about the model: an aided one may repeat it (rule 8).
                unaided = [s for s in sets[task.id] if not s.aided]
                machine = CountableSet(model.id, model.head, model, aided=True)
                length = task.end_us - task.start_us
                with_model += [TaskSets(task.id, length, (person, machine)) for person in unaided]
        score = score_item(
            project.schema, [TaskSets(t.id, t.end_us - t.start_us, tuple(sets[t.id])) for t in case.tasks]
        )
        said = _said_by_model(with_model)
        against = {p.part: p.value for p in score_item(project.schema, with_model).parts if p.part in said}
        handed_in = min((len(found) for found in sets.values()), default=0)
        evidence = Evidence(
            item_id=case.item.id,
            submitted=handed_in,
            open_slots=open_slots,
            parts={part.part: part.value for part in score.parts},
            model=against,
            skips=skips,
            flags=flags,
        )
        return evidence, score, sets

    def _settle(
        self,
        db: Connection,
        project_id: str,
        task: Task,
        sets: Sequence[CountableSet],
        agreed: Consensus,
        by: SettledBy,
        now: int,
    ) -> None:
        if len(sets) == 1:
            figures.settle(db, Settlement(task.id, sets[0].set_id, sets[0].head, by, now))
            return
        earlier = journal.sets_of_task(db, task.id, AuthorKind.CONSENSUS)
        answer = AnnotationSet(
            new_id(),
            author=Author(AuthorKind.CONSENSUS),
            project_id=project_id,
            task_id=task.id,
            round=1 + max((s.round for s in earlier), default=0),
            project_version=sets[0].annotations.project_version,
            elements=agreed.elements,
        )
        journal.add_set(db, answer, now)
        figures.settle(db, Settlement(task.id, answer.id, None, by, now))

    def _open_review(self, db: Connection, project_id: str, task: Task, now: int) -> None:
        known = [t for t in tasks.tasks_of_item(db, task.item_id, Stage.REVIEW) if t.start_us == task.start_us]
        if not known:
            review = Task(
                new_id(), task.item_id, Stage.REVIEW, task.start_us, task.end_us, task.batch_id, task.priority
            )
            tasks.add_task(db, project_id, review, 1, now)


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


def _unless_blocked(case: _Case, agreed: dict[str, Consensus]) -> Escalate | None:
    """An escalation where people agree well enough but leave something required without a majority."""
    for found in agreed.values():
        for left in found.unsettled:
            if left.is_blocking:
                evidence = {"sentence": left.sentence}
                return Escalate(
                    (Escalation(new_id(), case.item.id, Reason.LOW_AGREEMENT, left.part, evidence=evidence),)
                )
    return None


def _said_by_model(compared: Sequence[TaskSets]) -> set[str]:
    """Parts the model has said anything about; silence is no doubt."""
    return {
        str(getattr(element, name))
        for task in compared
        for element in task.sets[-1].annotations
        for name in ("tier", "question", "type")
        if hasattr(element, name)
    }


def _disputed(project: Project, case: _Case, score: ItemScore, decision: Escalate) -> set[str]:
    """Tasks an analyst must look at: those below the threshold, or all where the reason is about the whole item."""
    threshold = threshold_of(project, case.batch)
    by_task: dict[tuple[str, str], list[float]] = {}
    for pair in score.pairs:
        if pair.label is None:
            by_task.setdefault((pair.task_id, pair.part), []).append(pair.value)
    low = {task for (task, part), values in by_task.items() if sum(values) / len(values) < threshold(part)}
    only_agreement = all(e.reason is Reason.LOW_AGREEMENT for e in decision.escalations)
    return low if low and only_agreement else {task.id for task in case.tasks}


def _score_rows(item_id: str, score: ItemScore) -> list[Score]:
    rows = [Score(item_id, "item", score.culprit, "lowest", score.value, len(score.parts), CODE_VERSION)]
    rows += [Score(item_id, "part", p.part, p.metric, p.value, 1, CODE_VERSION) for p in score.parts]
    rows += [
        Score(
            item_id, "pair", p.part, p.metric, p.value, p.n, CODE_VERSION, p.task_id or None, p.label,
            p.set_a, p.set_b, p.head_a, p.head_b,
        )
        for p in score.pairs
    ]  # fmt: skip
    return rows


def _open_tasks(db: Connection, project_id: str) -> list[OpenTask]:
    batches = {batch.id: batch for batch in projects.list_batches(db, project_id)}
    known = {item.id: item for item in items.list_items(db, project_id)}
    now = items.item_states(db, project_id)
    found = []
    for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE):
        if now[task.item_id] not in (ItemState.OPEN, ItemState.REOPENED):
            continue
        held_by = frozenset(claim.person_id for claim in tasks.claims_of_task(db, task.id))
        slots = tuple(tasks.slots_of(db, task.id))
        language = str(known[task.item_id].metadata.get("language", ""))
        found.append(OpenTask(task, slots, held_by, batches[task.batch_id or ""], language))
    return found


def _to_offer(proposal: Proposal, now_us: int) -> Offer:
    return Offer(proposal.task_id, proposal.person_id, proposal.rank, proposal.reason, now_us)
