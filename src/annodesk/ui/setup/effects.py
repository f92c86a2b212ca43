"""Reads what suggestions do to people, or to this person's own work where they may not know of everybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.model.work import Role

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services import Services
    from annodesk.services.anchoring import AnchoringReport


def read_effects(services: Services, project_id: str, person_id: str, cancel: CancelToken) -> AnchoringReport:
    """Compare work with suggestions and without."""
    roles = next((m.roles for m in services.people.list(project_id) if m.person.id == person_id), frozenset())
    if roles & {Role.ANALYST, Role.MANAGER}:
        return services.anchoring.report(project_id, person_id, cancel=cancel)
    return services.anchoring.own(project_id, person_id, cancel=cancel)
