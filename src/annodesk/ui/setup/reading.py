"""Reads what the project page shows; in the background lane, for some of it takes long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import AnnodeskError
from annodesk.quality.price import NEEDED

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services import Services
    from annodesk.services.model_choice import ModelStatus
    from annodesk.services.prelabelled import Coverage
    from annodesk.store.projects import ProjectVersion

NOT_YOURS = "What the model does here is set by the project's manager; you see it as it stands."
READ_ONLY = "This file can only be read here."
ENOUGH_SETTLED = 20


class Standing(Struct, frozen=True):
    """The project as it stands, and whether this person may change it."""

    version: ProjectVersion
    may_set: bool
    why_not: str
    is_shared: bool


def read_standing(services: Services, project_id: str, person_id: str) -> Standing:
    """Read the newest version; runs on the store lane."""
    may_set = services.projects.may_set(project_id, person_id)
    why_not = "" if may_set else READ_ONLY if services.read_only else NOT_YOURS
    return Standing(services.projects.get(project_id), may_set, why_not, services.sync.where is not None)


class Sureness(Struct, frozen=True):
    """How sure the model was of each thing it said, in its newest answer to each task."""

    probabilities: tuple[float, ...]


def read_sureness(services: Services, project_id: str, cancel: CancelToken) -> Sureness:
    """Read the probabilities of what the model said."""
    found = services.prelabelled.probabilities(project_id)
    cancel.check()
    return Sureness(found)


class Milestone(Struct, frozen=True):
    """Something that is needed before figures mean something: what, how much of it there is, how much is enough."""

    title: str
    have: int
    enough: int
    then: str
    section: str


class Start(Struct, frozen=True):
    """How far the model has come, and whether it can go on."""

    coverage: Coverage
    model: ModelStatus
    is_shared: bool
    milestones: tuple[Milestone, ...] = ()


def read_start(services: Services, project_id: str, person_id: str, cancel: CancelToken) -> Start:
    """Look at what waits, and at the model."""
    coverage = services.prelabelled.coverage(project_id)
    cancel.check()
    model = services.model_choice.status(project_id)
    cancel.check()
    needs = _milestones(services, project_id, person_id)
    return Start(coverage, model, services.sync.where is not None, needs)


def _milestones(services: Services, project_id: str, person_id: str) -> tuple[Milestone, ...]:
    """What makes the model better and its figures sure, as far as this person may know it."""
    settled = next((int(one["done"]) for one in services.dashboard.status(project_id)), 0)
    found = [
        Milestone(
            "Settled items",
            settled,
            ENOUGH_SETTLED,
            "The model is shown them as examples of the next ones; how much that helps is known from 20 answers that "
            "were given without sight of a suggestion.",
            "examples",
        )
    ]
    try:
        priced = services.pricing.report(project_id, person_id, (0.9,))
    except AnnodeskError:  # the server is away, or this person may not know
        return tuple(found)
    labels = [one for one in priced.prices[0].labels if one.key.label] if priced.prices else []
    if labels:
        most = max(labels, key=lambda one: one.answers)
        found.append(
            Milestone(
                f"Answers to {most.name} without sight of a suggestion",
                most.answers,
                NEEDED,
                "From there on it may be let stand without a person, where it has proved right.",
                "alone",
            )
        )
    return tuple(found)
