"""What is known of an item when it is decided upon: its sets, its scores, and what else may send it to review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.model.needs import OTHER_LANGUAGE
from annodesk.model.work import Batch, Slot, SlotState, Stage, Task
from annodesk.quality.agreement import (
    CODE_VERSION,
    CountableSet,
    ItemScore,
    PairScore,
    PartScore,
    TaskSets,
    metric_of,
    score_beside,
    score_item,
    scored_parts,
)
from annodesk.quality.consensus import Consensus, consensus
from annodesk.quality.model_check import least_sure, model_conflicts
from annodesk.quality.tally import Tally, tally_item
from annodesk.quality.verdicts import ItemSaid, TaskSaid, task_said
from annodesk.services.beside import beside_of
from annodesk.services.independence import countable_sets
from annodesk.services.kept_verdicts import kept_of
from annodesk.services.opened import model_set
from annodesk.services.openings import openings
from annodesk.services.references import reference_answers, score_references, since_confirmed, stand_ins
from annodesk.services.standing import standing_sets
from annodesk.store import projects, tasks
from annodesk.store.figures import Score
from annodesk.workflow.escalation import (
    NOT_INDEPENDENT,
    ItemFacts,
    LowConfidence,
    ModelDoubt,
    ReferenceMiss,
    Skip,
    Thresholds,
    is_skipped,
)
from annodesk.workflow.routing import lasting_refusal, refusal

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet
    from annodesk.model.schema import LabelSchema
    from annodesk.quality.beside import TaskBeside
    from annodesk.store.engine import Connection
    from annodesk.store.projects import ProjectVersion
    from annodesk.store.snapshots import Sets

UNFINISHED = "no two answers that were finished without feedback"
OF_VERSIONS = "no two answers under versions of the project that have anything in common"


class Case(Struct, frozen=True):
    """One item whose work may be complete."""

    item_id: str
    batch: Batch
    tasks: tuple[Task, ...]


class Scored(Struct, frozen=True):
    """An item's sets that count, and every score made of them: among people, beside the model, beside a reference.

    Where people watch, ``references`` has a row for each set and part of any item, without a value where there is
    nothing to be compared with: whoever counts rows from outside learns nothing.
    """

    tasks: tuple[TaskSets, ...]
    models: dict[str, CountableSet]
    score: ItemScore
    beside_model: tuple[PairScore, ...]
    references: tuple[Score, ...]
    missed: tuple[ReferenceMiss, ...]
    versions: dict[int, LabelSchema]


class Gathered(Struct, frozen=True):
    """What is known of an item when it is decided upon."""

    facts: ItemFacts
    scored: Scored
    standing: dict[str, list[AnnotationSet]]
    agreed: dict[str, Consensus]
    extra_asked: bool
    tallies: tuple[Tally, ...]
    said: ItemSaid
    """What the model says, judged by those who had not seen it."""
    beside: tuple[TaskBeside, ...]
    """What became of the model's suggestions in the work on it."""

    @property
    def score(self) -> ItemScore:
        """Agreement among people."""
        return self.scored.score


def gather(
    db: Connection, version: ProjectVersion, case: Case, limits: Thresholds, sets: Sets, *, is_watched: bool
) -> Gathered | None:
    """Everything that is known of an item; None while somebody is still at it, so that there is nothing to decide.

    Parameters
    ----------
    is_watched : people who must not know can see from outside how long this takes: reference items and all others
        are worked on alike
    """
    project, waiting, extra = version.project, 0, False
    skips: list[Skip] = []
    flags: list[Skip] = []
    for task in case.tasks:
        slots = tasks.slots_of(db, task.id)
        waiting += sum(slot.state is not SlotState.SUBMITTED for slot in slots)
        extra = extra or len(slots) > tasks.overlap_of(db, task.id)
        for claim in tasks.claims_of_task(db, task.id):
            if claim.state is SlotState.SKIPPED and claim.reason:
                skips.append(Skip(claim.person_id, claim.reason, claim.note))
            elif claim.flag:
                flags.append(Skip(claim.person_id, claim.flag, claim.note))
    is_stranded = bool(waiting) and _is_stranded(db, version, case, skips)
    if waiting and not is_skipped(skips) and not is_stranded:
        return None
    once = _Once(sets)
    scored = score_case(db, version, case, once, again=sets if is_watched else None)
    counted = {task.task_id: task.sets for task in scored.tasks}
    standing = {task.id: standing_sets(db, task.id, sets=once) for task in case.tasks}
    agreed = {i: consensus(project.schema, found) for i, found in standing.items() if found}
    doubts: list[ModelDoubt] = []
    unsure: list[LowConfidence] = []
    for task in case.tasks:
        model = scored.models.get(task.id)
        if model is not None and task.id in agreed:
            doubts += _doubts(project.schema, counted[task.id], model.annotations, limits)
            unsure += [
                LowConfidence(part, p, label) for part, label, p in least_sure(project.schema, model.annotations)
            ]
    asked_of_all = _asked_of_all(project.schema, versions_of(db, version, scored.tasks, ()))
    unanswered = [u.part for found in agreed.values() for u in found.unsettled if u.is_blocking]
    facts = ItemFacts(
        item_id=case.item_id,
        answers=min((len(found) for found in standing.values()), default=0),
        waiting=waiting,
        parts=tuple((part.part, part.value) for part in scored.score.parts),
        labels=tuple(
            (one.part, one.label, one.value) for one in scored.score.labels if one.label and one.value is not None
        ),
        unanswered=tuple(part for part in dict.fromkeys(unanswered) if part in asked_of_all),
        doubts=tuple(doubts),
        low_confidence=tuple(unsure),
        flags=tuple(flags),
        skips=tuple(skips),
        references=scored.missed,
        is_stranded=is_stranded,
        why_none=_why_none(scored, is_unfinished=any(len(counted[i]) < len(found) for i, found in standing.items())),
    )
    parts = scored_parts(project.schema)
    tallies = tally_item(parts, scored.tasks, scored.models, scored.score, versions=scored.versions)
    said = item_said(project.schema, scored.tasks, scored.models, scored.versions, kept_of(db, case.item_id))
    suggested = beside_of(db, version.project_id, case.tasks, once)
    return Gathered(facts, scored, standing, agreed, extra, tallies, said, suggested)


def score_case(db: Connection, version: ProjectVersion, case: Case, sets: Sets, *, again: Sets | None = None) -> Scored:
    """Score an item from the sets that count as they are now; nothing but the item itself is read.

    Parameters
    ----------
    again : where to read what an item that is no reference is compared with for nothing; None where nobody watches
    """
    schema = version.project.schema
    found = tuple(
        TaskSets(task.id, task.end_us - task.start_us, tuple(countable_sets(db, task.id, sets=sets)))
        for task in case.tasks
    )
    models = {}
    for task in case.tasks:
        model = model_set(db, task.id, sets)
        if model is not None:
            models[task.id] = CountableSet(model.id, model.head, model, aided=False)
    answers, since_us = reference_answers(db, case.item_id, case.tasks, sets)
    versions = versions_of(db, version, found, (*models.values(), *answers.values()))
    # Only unaided answers say anything about the model: an aided one may repeat it (rule 8).
    unaided = [replace(task, sets=tuple(one for one in task.sets if not one.aided)) for task in found]
    beside_model = score_beside(schema, unaided, models, versions=versions, only_said=True)
    people = {one.set_id: one.annotations.author.id for task in found for one in task.sets}
    beside = answers or ({} if again is None else stand_ins(db, found, again))
    rows, missed = since_confirmed(db, score_references(schema, found, beside, versions=versions), people, since_us)
    if not answers:
        rows, missed = [], ()
    return Scored(
        found,
        models,
        score_item(schema, found, versions=versions),
        beside_model,
        _reference_rows(case.item_id, schema, found, rows) if answers or again is not None else (),
        missed,
        versions,
    )


def item_said(
    schema: LabelSchema,
    found: Sequence[TaskSets],
    models: Mapping[str, CountableSet],
    versions: Mapping[int, LabelSchema],
    kept: ItemSaid | None,
) -> ItemSaid:
    """What the model says on an item, judged by those who had not seen it; an audit stays one."""
    asked = {number: {part.name for part in one.parts()} for number, one in versions.items()}
    told = list[TaskSaid]()
    for task in found:
        model = models.get(task.task_id)
        unaided = [one.annotations for one in task.sets if not one.aided]
        said = None if model is None else model.annotations
        told.append(task_said(scored_parts(schema), said, unaided, asked=asked))
    answer = max((one.set_id for one in models.values()), default="")
    return ItemSaid(tuple(told), drawn_us=None if kept is None else kept.drawn_us, answer=answer)


def said_now(db: Connection, version: ProjectVersion, item_id: str, sets: Sets, kept: ItemSaid | None) -> ItemSaid:
    """The same of an item as its sets are now."""
    found, models = list[TaskSets](), dict[str, CountableSet]()
    for task in tasks.tasks_of_item(db, item_id, Stage.ANNOTATE):
        counted = tuple(countable_sets(db, task.id, sets=sets))
        found.append(TaskSets(task.id, task.end_us - task.start_us, counted))
        if (model := model_set(db, task.id, sets)) is not None:
            models[task.id] = CountableSet(model.id, model.head, model, aided=False)
    versions = versions_of(db, version, found, models.values())
    return item_said(version.project.schema, found, models, versions, kept)


def _why_none(scored: Scored, *, is_unfinished: bool) -> str:
    """What to say where no two answers could be compared."""
    if is_unfinished:
        return UNFINISHED
    return OF_VERSIONS if scored.score.left_out else NOT_INDEPENDENT


def score_rows(item_id: str, scored: Scored) -> list[Score]:
    """An item's scores as they are kept, each kind under a scope of its own."""
    score = scored.score
    rows = [Score(item_id, "item", score.culprit, "lowest", score.value, len(score.parts), CODE_VERSION)]
    for scope, parts in (("part", score.parts), ("label", score.labels), ("aided", score.aided)):
        rows += [_part_row(item_id, scope, one) for one in parts]
    for scope, pairs in (("pair", score.pairs), ("aided pair", score.aided_pairs), ("model", scored.beside_model)):
        rows += [_pair_row(item_id, scope, one) for one in pairs]
    rows += [
        Score(
            item_id, "left out", one.part, "not in both versions", None, 0, CODE_VERSION, one.task_id, one.label,
            one.set_a, one.set_b,
        )
        for one in score.left_out
    ]  # fmt: skip
    return [*rows, *scored.references]


def _part_row(item_id: str, scope: str, one: PartScore) -> Score:
    return Score(item_id, scope, one.part, one.metric, one.value, one.n, CODE_VERSION, label=one.label)


def _pair_row(item_id: str, scope: str, p: PairScore) -> Score:
    return Score(
        item_id, scope, p.part, p.metric, p.value, p.n, CODE_VERSION, p.task_id or None, p.label,
        p.set_a, p.set_b, p.head_a, p.head_b,
    )  # fmt: skip


def _reference_rows(
    item_id: str, schema: LabelSchema, found: Iterable[TaskSets], rows: Iterable[PairScore]
) -> tuple[Score, ...]:
    known = {(row.task_id, row.set_a, row.part): row for row in rows if row.label is None}
    made = []
    for task in found:
        for one in task.sets:
            for part in scored_parts(schema):
                row = known.get((task.task_id, one.set_id, part.name))
                empty = Score(
                    item_id, "reference", part.name, metric_of(part), None, 0, CODE_VERSION, task.task_id,
                    set_a=one.set_id, head_a=one.head,
                )  # fmt: skip
                made.append(empty if row is None else _pair_row(item_id, "reference", row))
    return tuple(made)


class _Once:
    """Sets that are read once each, however often they are asked for at one head."""

    def __init__(self, sets: Sets) -> None:
        self._sets = sets
        self._known: dict[tuple[str, str | None], AnnotationSet] = {}
        self.sets_of_task, self.add_set = sets.sets_of_task, sets.add_set

    def set_at(self, db: Connection, set_id: str, head: str | None) -> AnnotationSet:
        """A set as it stood at a head."""
        if (set_id, head) not in self._known:
            self._known[set_id, head] = self._sets.set_at(db, set_id, head)
        return self._known[set_id, head]


def _doubts(
    schema: LabelSchema, counted: Sequence[CountableSet], model: AnnotationSet, limits: Thresholds
) -> list[ModelDoubt]:
    unaided = [one.annotations for one in counted if not one.aided]
    if not unaided:
        return []
    people = unaided[0].with_elements(consensus(schema, unaided).elements)
    found = model_conflicts(schema, people, model, sure_from=limits.sure_from)
    return [ModelDoubt(c.part, c.place, c.people, c.model, c.probability) for c in found]


def versions_of(
    db: Connection, version: ProjectVersion, found: Iterable[TaskSets], more: Iterable[CountableSet]
) -> dict[int, LabelSchema]:
    """The schemas that the sets were made under; none where all are of the newest."""
    sets = [one for task in found for one in task.sets] + list(more)
    numbers = {one.annotations.project_version for one in sets} - {version.version}
    if not numbers:
        return {}
    schemas = {n: projects.get_version(db, version.project_id, n).project.schema for n in sorted(numbers)}
    return {**schemas, version.version: version.project.schema}


def _asked_of_all(schema: LabelSchema, versions: dict[int, LabelSchema]) -> set[str]:
    """The parts that everybody who answered was asked for."""
    asked = {part.name for part in schema.parts()}
    return asked.intersection(*({part.name for part in one.parts()} for one in versions.values()))


def _is_stranded(db: Connection, version: ProjectVersion, case: Case, skips: Iterable[Skip]) -> bool:
    """Whether somebody found an item in another language than theirs, and nobody is left who could label it."""
    if all(skip.reason != OTHER_LANGUAGE for skip in skips):
        return False
    members = projects.members(db, version.project_id)
    waiting = [one for one in openings(db, version.project_id, among=[task.id for task in case.tasks]) if one.free]
    return any(all(lasting_refusal(one, person, roles) for person, roles in members) for one in waiting)


def can_ask(db: Connection, project_id: str, task_ids: Sequence[str]) -> bool:
    """Whether for each of some tasks there is somebody who could label it too."""
    members = projects.members(db, project_id)
    for opening in openings(db, project_id, among=task_ids):
        one_more = replace(opening, slots=(*opening.slots, Slot("", opening.task.id, 0)))
        if all(refusal(one_more, person, roles) for person, roles in members):
            return False
    return True
