"""A project: label schema, guidelines, workflow and pre-label policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema


class WorkflowPolicy(Struct, frozen=True):
    """How many people see an item, and when it goes to review.

    ``escalate_below`` is about agreement; ``unsure_below`` about the model's probability where one person answered,
    ``reference_below`` about agreement with a reference's answer, both as the former where None; from
    ``model_sure_from`` on the model's answer may stand against people's. ``record_times`` keeps when each gesture was
    made and how long work took, ``record_looks`` who was shown figures of single people. From ``reference_missed_by``
    people on who miss a reference, or that share of those who answered it, the reference itself is in doubt.
    """

    overlap: int = 2
    overlap_share: float = 0.20
    task_seconds: int = 1200
    context_seconds: int = 10
    escalate_below: float = 0.70
    extra_annotator_below: float | None = None
    model_votes: str = "escalate"
    audit_share: float = 0.05
    rerule_share: float = 0.02
    reference_share: float = 0.05
    see_others: str = "settled"
    lease_hours: float = 24
    pack_days: float = 7
    offline_media: bool = True
    offline_suggestions: bool = True
    unsure_below: float | None = None
    model_sure_from: float = 0.90
    reference_below: float | None = None
    sensitive_minutes_a_day: float | None = None
    reference_missed_by: int | None = None
    reference_missed_share: float | None = None
    record_times: bool = True
    record_looks: bool = True


class CanaryPolicy(Struct, frozen=True):
    """A model that answers a share of the items beside the one in use, before it may take its place.

    ``model`` is empty where only the prompts are new, ``prompts`` where only the model is. It is promoted when its
    agreement with people is, at that ``confidence``, not worse than that of the one in use by more than ``margin``.
    """

    model: str = ""
    prompts: tuple[tuple[str, str], ...] = ()
    share: float = 0.10
    confidence: float = 0.95
    margin: float = 0.05


class PrelabelPolicy(Struct, frozen=True):
    """Which model suggests, and when a person sees it.

    ``prompts`` are those of the project's own, by purpose: a shipped one's name, or a whole text.
    ``record_suggestions`` keeps with each answer to a suggestion what became of it and how long it had been in view,
    ``record_played`` how much of its stretch had been played: all, part, none.
    ``hand_in_heard`` lets a hearing pass hand in what was heard to its end; without it only people do, by a key.
    ``own_answers`` proposes what a person answered most before, to questions of which the model says nothing.
    """

    model: str = "embedded"
    show: str = "above-threshold"
    show_above: float = 0.90
    unaided_share: float = 0.20
    accept_above: float | None = None
    prompts: tuple[tuple[str, str], ...] = ()
    canary: CanaryPolicy | None = None
    record_played: bool = True
    record_suggestions: bool = True
    own_answers: bool = False
    hand_in_heard: bool = True


class Project(Struct, frozen=True):
    """Everything a project file says; immutable, one per project version."""

    name: str
    schema: LabelSchema
    guidelines: str = ""
    languages: tuple[str, ...] = ()
    workflow: WorkflowPolicy = field(default_factory=WorkflowPolicy)
    prelabel: PrelabelPolicy = field(default_factory=PrelabelPolicy)
    expansions: tuple[tuple[str, str], ...] = ()
    """Short words, and what they become as somebody types."""
