"""Whether an item's answer stands, waits for more people, or goes to review, and with what evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from annodesk.model.ids import new_id
from annodesk.model.needs import NOT_MY_CONTENT, OTHER_LANGUAGE
from annodesk.model.schema import RelationType
from annodesk.model.work import Batch, Escalation, Reason, SettledBy
from annodesk.workflow.references import MISSED, is_in_doubt
from annodesk.workflow.sampling import is_drawn

if TYPE_CHECKING:
    from annodesk.model.project import Project

SKIPS_TO_ESCALATE = 2
_NO_DOUBT = (OTHER_LANGUAGE, NOT_MY_CONTENT)
"""Reasons that say something of the person and nothing of the item."""
NOT_INDEPENDENT = "no two answers without suggestions in view"


class ModelDoubt(Struct, frozen=True):
    """A place where the model, sure of itself, says something else than the people."""

    part: str
    place: str
    people: str
    model: str
    probability: float


class LowConfidence(Struct, frozen=True):
    """A part, and the label that it gave there, of which the model was least sure while one person answered."""

    part: str
    value: float
    label: str = ""


class ReferenceMiss(Struct, frozen=True):
    """How far a person's answer agrees with a reference's on a part, or on one label of it."""

    person_id: str
    part: str
    label: str | None
    value: float


class Skip(Struct, frozen=True):
    """A skip or flag by a person, with its reason and note."""

    person_id: str
    reason: str
    note: str = ""


class ItemFacts(Struct, frozen=True):
    """What is known of an item when it is decided upon.

    ``answers`` counts the sets that were handed in; ``waiting`` the places still to be filled or submitted; ``parts``
    holds each scored part's agreement (None where no two sets count), in the schema's order; ``labels`` that of single
    labels, as part, label and value; ``unanswered`` the parts on which the sets have no common answer at all;
    ``references`` how answers given since the item is a reference agree with its answer. ``can_ask`` says that there is
    somebody who could label it too; ``why_none`` why no two answers could be compared; ``is_stranded``
    that nobody is left who knows its language.
    """

    item_id: str
    answers: int
    waiting: int
    parts: tuple[tuple[str, float | None], ...] = ()
    labels: tuple[tuple[str, str, float], ...] = ()
    unanswered: tuple[str, ...] = ()
    doubts: tuple[ModelDoubt, ...] = ()
    low_confidence: tuple[LowConfidence, ...] = ()
    flags: tuple[Skip, ...] = ()
    skips: tuple[Skip, ...] = ()
    references: tuple[ReferenceMiss, ...] = ()
    can_ask: bool = True
    why_none: str = NOT_INDEPENDENT
    is_stranded: bool = False


class Levels(Struct, frozen=True):
    """One threshold for a project, a batch, single parts and single labels; None where none is set."""

    project: float | None = None
    batch: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def of(self, part: str, label: str | None = None) -> float | None:
        """The narrowest that is set: the label's, the part's, the batch's, the project's."""
        if label is not None and (part, label) in self.labels:
            return self.labels[part, label]
        return self.parts.get(part, self.project if self.batch is None else self.batch)


class Thresholds(Struct, frozen=True):
    """Agreement below which a part escalates: its own value, else the batch's, else the project's.

    A label escalates only where it has a value of its own. ``unsure`` and ``reference`` are the same for the model's
    probability and for agreement with a reference, as for agreement where nothing is set; from ``sure`` on the model's
    answer may stand against people's. ``missed_by`` people, or ``missed_share`` of them, put a reference in doubt.
    """

    project: float
    batch: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[tuple[str, str], float] = field(default_factory=dict)
    unsure: Levels = Levels()
    sure: Levels = Levels(0.9)
    reference: Levels = Levels()
    missed_by: int | None = None
    missed_share: float | None = None

    def of(self, part: str) -> float:
        """The threshold of one part."""
        if part in self.parts:
            return self.parts[part]
        return self.batch if self.batch is not None else self.project

    def is_low(self, part: str, label: str | None, value: float) -> bool:
        """Whether the agreement on a part, or on one label of it, is below its threshold."""
        return value < (self.of(part) if label is None else self.labels.get((part, label), 0.0))

    def unsure_below(self, part: str, label: str = "") -> float:
        """The model's probability of a label below which a single person's answer goes to review."""
        found = self.unsure.of(part, label)
        return self.labels.get((part, label), self.of(part)) if found is None else found

    def sure_from(self, part: str, label: str = "") -> float:
        """The model's probability of a label from which on it may stand against people's answers."""
        found = self.sure.of(part, label)
        return 1.0 if found is None else found

    def reference_below(self, part: str, label: str | None = None) -> float:
        """Agreement with a reference below which it is missed; of a label, 0 where it has no value of its own."""
        if label is not None:
            return self.reference.labels.get((part, label), self.labels.get((part, label), 0.0))
        found = self.reference.of(part)
        return self.of(part) if found is None else found


def thresholds(project: Project, batch: Batch | None = None) -> Thresholds:
    """Thresholds from a project's policy, its schema, and a batch."""

    def levels(name: str) -> Levels:
        scored = [part for part in project.schema.parts() if not isinstance(part, RelationType)]
        of_parts = {part.name: getattr(part, name) for part in scored}
        of_labels = {(part.name, label.name): getattr(label, name) for part in scored for label in part.labels}
        return Levels(
            getattr(project.workflow, name),
            getattr(batch, name) if batch is not None else None,
            {part: value for part, value in of_parts.items() if value is not None},
            {label: value for label, value in of_labels.items() if value is not None},
        )

    low = levels("escalate_below")
    return Thresholds(
        project.workflow.escalate_below,
        low.batch,
        low.parts,
        low.labels,
        unsure=levels("unsure_below"),
        sure=levels("model_sure_from"),
        reference=levels("reference_below"),
        missed_by=project.workflow.reference_missed_by,
        missed_share=project.workflow.reference_missed_share,
    )


class Settle(Struct, frozen=True):
    """The item's answer stands."""

    by: SettledBy


class Escalate(Struct, frozen=True):
    """The item goes to review, for these reasons."""

    escalations: tuple[Escalation, ...]


class AskAnother(Struct, frozen=True):
    """One more person should label the item before it goes to review."""

    culprit: str
    value: float


class Wait(Struct, frozen=True):
    """Nothing to decide yet; says why."""

    sentence: str


Decision = Settle | Escalate | AskAnother | Wait


class _Trigger(Struct, frozen=True):
    """One reason to send an item to review."""

    reason: Reason
    culprit: str = ""
    value: float | None = None
    threshold: float | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)


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
    several = facts.answers > 1
    found = _skipped(facts)
    if not found:
        if facts.waiting or not facts.answers:
            return Wait(f"{facts.waiting} more to submit." if facts.waiting else "Nobody has submitted yet.")
        found = _flagged(facts)
        lowest = min(((value, part) for part, value in facts.parts if value is not None), default=None)
        may_ask = several and not found and not extra_asked and facts.can_ask
        if may_ask and extra_annotator_below is not None and lowest is not None and lowest[0] < extra_annotator_below:
            return AskAnother(lowest[1], lowest[0])
        found += _of_reference(facts, limits)
        found += _disagreed(facts, limits) if several else []
        found += _doubted(facts) if model_votes == "escalate" else []
        found += [] if several else _unsure(facts, limits)
        if not found and is_drawn(audit_share, seed, "audit", facts.item_id):
            found = [_Trigger(Reason.AUDIT)]
    if not found:
        return Settle(SettledBy.CONSENSUS if several else SettledBy.SINGLE)
    return Escalate(
        tuple(
            Escalation(make_id(), facts.item_id, t.reason, t.culprit, t.value, t.threshold, t.evidence) for t in found
        )
    )


def is_skipped(skips: Iterable[Skip]) -> bool:
    """Whether so many people have passed an item on with one reason that it goes to review at once.

    One that is in another language than theirs, or content they do not work with, goes to somebody else instead.
    """
    counted = Counter(skip.reason for skip in skips if skip.reason not in _NO_DOUBT)
    return any(people >= SKIPS_TO_ESCALATE for people in counted.values())


def _skipped(facts: ItemFacts) -> list[_Trigger]:
    found = []
    for reason, people in Counter(skip.reason for skip in facts.skips).items():
        if facts.is_stranded if reason in _NO_DOUBT else people >= SKIPS_TO_ESCALATE:
            notes = [skip.note for skip in facts.skips if skip.reason == reason and skip.note]
            found.append(_Trigger(Reason.SKIPPED, value=float(people), evidence={"reason": reason, "notes": notes}))
    return found


def _flagged(facts: ItemFacts) -> list[_Trigger]:
    return [_Trigger(Reason.FLAGGED, evidence={"reason": flag.reason, "note": flag.note}) for flag in facts.flags]


def _of_reference(facts: ItemFacts, limits: Thresholds) -> list[_Trigger]:
    """That somebody missed the reference; where too many did, that the reference itself is in doubt."""
    missed, answered = _missed(facts, limits), len({one.person_id for one in facts.references})
    if not is_in_doubt(len(missed), answered, by=limits.missed_by, share=limits.missed_share):
        return missed
    parts = Counter(one.culprit for one in missed)
    why = f"{len(missed)} of {answered} people missed it, so its answer itself is in doubt"
    evidence = {"why": why, MISSED: len(missed), "answered": answered, "parts": dict(parts)}
    return [_Trigger(Reason.REFERENCE_MISS, parts.most_common(1)[0][0], evidence=evidence)]


def _missed(facts: ItemFacts, limits: Thresholds) -> list[_Trigger]:
    """Each miss of the reference, by the part or label it was missed by most; the worst first.

    Who it was is not in the evidence, which managers read too; analysts have the scores of each set.
    """
    worst: dict[str, tuple[float, _Trigger]] = {}
    for one in facts.references:
        limit = limits.reference_below(one.part, one.label)
        if one.value >= limit:
            continue
        culprit = one.part if one.label is None else f"{one.part}: {one.label}"
        evidence = {"part": one.part, **({} if one.label is None else {"label": one.label})}
        known = worst.get(one.person_id)
        if known is None or one.value - limit < known[0]:
            worst[one.person_id] = (
                one.value - limit,
                _Trigger(Reason.REFERENCE_MISS, culprit, one.value, limit, evidence),
            )
    return [trigger for _, trigger in sorted(worst.values(), key=lambda found: found[0])]


def _disagreed(facts: ItemFacts, limits: Thresholds) -> list[_Trigger]:
    """The parts and labels below their threshold, the lowest first; then what has no answer to compare."""
    low = [_low(v, p, None, limits.of(p)) for p, v in facts.parts if v is not None and limits.is_low(p, None, v)]
    low += [_low(v, p, x, limits.labels[p, x]) for p, x, v in facts.labels if limits.is_low(p, x, v)]
    found = sorted(low, key=lambda one: one.value or 0.0)
    named = {trigger.culprit for trigger in found}
    missing = {"why": "no common answer"}
    found += [_Trigger(Reason.LOW_AGREEMENT, p, evidence=missing) for p in facts.unanswered if p not in named]
    if not found and facts.parts and all(value is None for _, value in facts.parts):
        found.append(_Trigger(Reason.LOW_AGREEMENT, evidence={"why": facts.why_none}))
    return found


def _low(value: float, part: str, label: str | None, limit: float) -> _Trigger:
    if label is None:
        return _Trigger(Reason.LOW_AGREEMENT, part, value, limit, {"part": part})
    return _Trigger(Reason.LOW_AGREEMENT, f"{part}: {label}", value, limit, {"part": part, "label": label})


def _unsure(facts: ItemFacts, limits: Thresholds) -> list[_Trigger]:
    """The parts of which the model is not sure enough, each by what it is least sure of."""
    least: dict[str, _Trigger] = {}
    for one in sorted(facts.low_confidence, key=lambda found: found.value):
        limit = limits.unsure_below(one.part, one.label)
        if one.value < limit and one.part not in least:
            evidence = {"part": one.part, "model": one.label}
            least[one.part] = _Trigger(Reason.LOW_CONFIDENCE, one.part, one.value, limit, evidence)
    return list(least.values())


def _doubted(facts: ItemFacts) -> list[_Trigger]:
    return [
        _Trigger(
            Reason.MODEL_AGAINST_HUMANS,
            doubt.part,
            doubt.probability,
            evidence={"place": doubt.place, "people": doubt.people, "model": doubt.model},
        )
        for doubt in facts.doubts
    ]
