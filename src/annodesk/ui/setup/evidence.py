"""Reads how much the project's own settled work helps, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annodesk.progress import CancelToken, Progress
    from annodesk.services import Services
    from annodesk.services.evidence import EvidenceReport


def read_evidence(
    services: Services, project_id: str, cancel: CancelToken, progress: Progress
) -> tuple[EvidenceReport, ...]:
    """What helps to label each part, by independent answers alone."""
    return services.evidence_reports.of_project(project_id, progress=progress, cancel=cancel)
