"""Reads what the page about agreement shows; in the background lane, for it reads and counts for long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import AnnodeskError
from annodesk.model.project_edit import threshold_of
from annodesk.model.work import Role
from annodesk.ui.quality.threshold import GRID, Foretold

if TYPE_CHECKING:
    from annodesk.progress import CancelToken, Progress
    from annodesk.services import Services
    from annodesk.services.agreeing import AgreementReport, OwnReport


class Read(Struct, frozen=True):
    """What a person is shown: how people agree, or how their own answers compare; one of both.

    ``analysts`` says how often rulings were ruled alike again; empty where that is not known just now.
    """

    agreement: AgreementReport | None
    own: OwnReport | None
    may_set: bool = False
    is_shared: bool = False
    is_analyst: bool = False
    analysts: str = ""


def read(services: Services, project_id: str, person_id: str, cancel: CancelToken, progress: Progress) -> Read:
    """Measure the project for whoever may know, else compare the person's own answers."""
    roles = next((m.roles for m in services.people.list(project_id) if m.person.id == person_id), frozenset())
    is_shared = services.sync.where is not None
    if not roles & {Role.ANALYST, Role.MANAGER}:
        return Read(None, services.quality.own(project_id, person_id, cancel=cancel), is_shared=is_shared)
    may_set = services.projects.may_set(project_id, person_id)
    found = services.quality.agreement(project_id, person_id, cancel=cancel, progress=progress)
    try:
        analysts = services.rerulings.figures(project_id).sentence
    except AnnodeskError:  # the server is away: what else was measured is shown all the same
        analysts = ""
    return Read(found, None, may_set, is_shared, Role.ANALYST in roles, analysts)


def foretell(services: Services, project_id: str, part: str, label: str | None, cancel: CancelToken) -> Foretold:
    """What each threshold would have sent to review of a part, of one of its labels, or of the items as a whole."""
    previews = services.quality.would_escalate(project_id, GRID, part=part, label=label)
    cancel.check()
    project = services.projects.get(project_id).project
    own = threshold_of(project, part, label)
    inherited = None if label is not None or not part else project.workflow.escalate_below
    return Foretold(previews, own, inherited)
