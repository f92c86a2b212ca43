"""Whether an item's answer stands, waits for more people, or goes to review, and with what evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from annodesk.model.ids import new_id
from annodesk.model.work import Batch, Escalation, Reason, SettledBy
from annodesk.workflow.sampling import is_drawn

SKIPS_TO_ESCALATE = 2


@dataclass(frozen=True, slots=True)
class ModelDoubt:
    """A place where the model, sure of itself, says something else than the people."""

    part: str
    place: str
    people: str
    model: str
    probability: float


@dataclass(frozen=True, slots=True)
class LowConfidence:
    """A part a single person answered while the model was unsure, or of which they were not sure themselves."""

    part: str
    value: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """A skip or flag by a person, with its reason and note."""

    person_id: str
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What is known of an item when it is decided upon.

    ``answers`` counts the sets that count; ``waiting`` the places still to be filled or submitted; ``parts`` holds each
    scored part's agreement (None where no two sets count), in the schema's order; ``unanswered`` the parts on which
    the sets have no common answer at all.
    """

    item_id: str
    answers: int
    waiting: int
    parts: tuple[tuple[str, float | None], ...] = ()
    unanswered: tuple[str, ...] = ()
    doubts: tuple[ModelDoubt, ...] = ()
    low_confidence: tuple[LowConfidence, ...] = ()
    flags: tuple[Skip, ...] = ()
    skips: tuple[Skip, ...] = ()
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Agreement below which a part escalates: its own value, else the batch's, else the project's."""

    project: float
    batch: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)

    def of(self, part: str) -> float:
        """The threshold of one part."""
        if part in self.parts:
            return self.parts[part]
        return self.batch if self.batch is not None else self.project


def thresholds(project: float, batch: Batch | None, parts: Mapping[str, float | None]) -> Thresholds:
    """Thresholds from the project's value, the batch's and those of the parts that have one."""
    own = {name: value for name, value in parts.items() if value is not None}
    return Thresholds(project, batch.escalate_below if batch is not None else None, own)


@dataclass(frozen=True, slots=True)
class Settle:
    """The item's answer stands."""

    by: SettledBy


@dataclass(frozen=True, slots=True)
class Escalate:
    """The item goes to review; the gravest reason first."""

    escalations: tuple[Escalation, ...]


@dataclass(frozen=True, slots=True)
class AskAnother:
    """One more person should label the item before it goes to review."""

    culprit: str
    value: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to decide yet; says why."""

    sentence: str


Decision = Settle | Escalate | AskAnother | Wait


def decide(
    facts: ItemFacts,
    limits: Thresholds,
    *,
    seed: str,
    audit_share: float = 0.05,
    model_votes: str = "escalate",
    extra_annotator_below: float | None = None,
    extra_asked: bool = False,
    make_id: Callable[[], str] = new_id,
) -> Decision:
    """What becomes of an item now.

    Two skips with one reason send it to review at once. Otherwise it waits for every place to be submitted; work
    already begun is not made worthless by a colleague's flag. Then each trigger that fires becomes an escalation with
    its evidence; where none does the answer stands, by consensus or, with one answer, as single. ``extra_asked`` says
    that another person has been asked already.
    """

    def escalation(
        reason: Reason,
        culprit: str = "",
        value: float | None = None,
        threshold: float | None = None,
        /,
        **evidence: object,
    ) -> Escalation:
        return Escalation(make_id(), facts.item_id, reason, culprit, value, threshold, {**facts.evidence, **evidence})

    found: list[Escalation] = []
    for reason, people in Counter(skip.reason for skip in facts.skips).items():
        if people >= SKIPS_TO_ESCALATE:
            notes = [skip.note for skip in facts.skips if skip.reason == reason and skip.note]
            found.append(escalation(Reason.SKIPPED, "", float(people), reason=reason, notes=notes))
    if found:
        return Escalate(tuple(found))
    if facts.waiting or not facts.answers:
        return Wait(f"{facts.waiting} more to submit." if facts.waiting else "Nobody has submitted yet.")

    found += [escalation(Reason.FLAGGED, person=f.person_id, reason=f.reason, note=f.note) for f in facts.flags]
    low = [(p, v) for p, v in facts.parts if v is not None and v < limits.of(p)] if facts.answers > 1 else []
    if extra_annotator_below is not None and not extra_asked and not found and facts.answers > 1:
        lowest = min(((v, p) for p, v in facts.parts if v is not None), default=None)
        if lowest is not None and lowest[0] < extra_annotator_below:
            return AskAnother(lowest[1], lowest[0])
    for part, value in sorted(low, key=lambda found: found[1]):
        found.append(escalation(Reason.LOW_AGREEMENT, part, value, limits.of(part)))
    if facts.answers > 1:
        named = {part for part, _ in low}
        for part in facts.unanswered:
            if part not in named:
                found.append(escalation(Reason.LOW_AGREEMENT, part, why="no common answer"))
        if not found and facts.parts and all(value is None for _, value in facts.parts):
            found.append(escalation(Reason.LOW_AGREEMENT, why="no two answers without suggestions in view"))
    if model_votes == "escalate":
        found += [
            escalation(
                Reason.MODEL_AGAINST_HUMANS,
                doubt.part,
                doubt.probability,
                place=doubt.place,
                people=doubt.people,
                model=doubt.model,
            )
            for doubt in facts.doubts
        ]
    if facts.answers == 1:
        for doubtful in facts.low_confidence:
            limit = limits.of(doubtful.part)
            if doubtful.value < limit:
                found.append(escalation(Reason.LOW_CONFIDENCE, doubtful.part, doubtful.value, limit, why=doubtful.why))
    if not found and is_drawn(audit_share, seed, "audit", facts.item_id):
        found.append(escalation(Reason.AUDIT))
    if found:
        return Escalate(tuple(found))
    return Settle(SettledBy.CONSENSUS if facts.answers > 1 else SettledBy.SINGLE)
