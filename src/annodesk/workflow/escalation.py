"""When an item's answer may stand, and when a person must decide."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from annodesk.model.ids import new_id
from annodesk.model.project import Project
from annodesk.model.work import Batch, Escalation, Reason, SettledBy

SKIPS_TO_ESCALATE = 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of an item once all its work is in.

    ``parts`` holds agreement by part (None where no independent pair exists); ``model`` the people's agreement with
    the model by part; ``skips`` and ``flags`` the reasons people gave; ``lowest_confidence`` the model's least certain
    answer.
    """

    item_id: str
    submitted: int
    open_slots: int
    parts: Mapping[str, float | None] = field(default_factory=dict)
    model: Mapping[str, float | None] = field(default_factory=dict)
    skips: Sequence[str] = ()
    flags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """Work is still under way."""


@dataclass(frozen=True, slots=True)
class Settle:
    """The answer stands."""

    by: SettledBy


@dataclass(frozen=True, slots=True)
class Escalate:
    """A person must decide, for these reasons."""

    escalations: tuple[Escalation, ...]


Decision = Wait | Settle | Escalate


def decide(evidence: Evidence, project: Project, batch: Batch, rng: random.Random) -> Decision:
    """What becomes of an item; ``rng`` must depend on the item alone, so that an audit is drawn once."""
    common = Counter(evidence.skips).most_common(1)
    if common and common[0][1] >= SKIPS_TO_ESCALATE:
        words = {"reason": common[0][0], "times": common[0][1]}
        return Escalate((Escalation(new_id(), evidence.item_id, Reason.SKIPPED, evidence=words),))
    if evidence.open_slots or not evidence.submitted:
        return Wait()
    is_audited = rng.random() < project.workflow.audit_share
    found = [*low_agreement(evidence, threshold_of(project, batch))]
    if project.workflow.model_votes == "escalate":
        found += against_model(evidence, threshold_of(project, batch))
    for reason in dict.fromkeys(evidence.flags):
        found.append(Escalation(new_id(), evidence.item_id, Reason.FLAGGED, evidence={"reason": reason}))
    if not found and is_audited:
        found.append(Escalation(new_id(), evidence.item_id, Reason.AUDIT))
    if found:
        return Escalate(tuple(found))
    return Settle(SettledBy.CONSENSUS if evidence.submitted > 1 else SettledBy.SINGLE)


def threshold_of(project: Project, batch: Batch) -> Callable[[str], float]:
    """Agreement below which a part escalates: the part's own threshold, else the batch's, else the project's."""

    def threshold(part: str) -> float:
        own = next((p for p in project.schema.parts() if p.name == part), None)
        if own is not None and getattr(own, "escalate_below", None) is not None:
            return project.threshold(part)
        return batch.escalate_below if batch.escalate_below is not None else project.workflow.escalate_below

    return threshold


def low_agreement(evidence: Evidence, threshold: Callable[[str], float]) -> list[Escalation]:
    """One escalation for the part furthest below its threshold; the other low parts are its evidence."""
    low = {p: v for p, v in evidence.parts.items() if v is not None and v < threshold(p)}
    if not low:
        return []
    culprit = min(low, key=lambda part: low[part] - threshold(part))
    facts = {part: round(value, 4) for part, value in low.items()}
    limit = threshold(culprit)
    return [
        Escalation(new_id(), evidence.item_id, Reason.LOW_AGREEMENT, culprit, low[culprit], limit, {"parts": facts})
    ]


def against_model(evidence: Evidence, threshold: Callable[[str], float]) -> list[Escalation]:
    """One escalation where the model stands against people who otherwise agree (or against a single one)."""
    low = {
        part: value
        for part, value in evidence.model.items()
        if value is not None and value < threshold(part) and _people_agree(evidence, part, threshold)
    }
    if not low:
        return []
    culprit = min(low, key=lambda part: low[part])
    limit = threshold(culprit)
    return [Escalation(new_id(), evidence.item_id, Reason.MODEL_AGAINST_HUMANS, culprit, low[culprit], limit)]


def _people_agree(evidence: Evidence, part: str, threshold: Callable[[str], float]) -> bool:
    value = evidence.parts.get(part)
    return value is None or value >= threshold(part)
