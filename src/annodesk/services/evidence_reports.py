"""What helps to label a project, part by part, for people to read: by independent answers alone, without the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.model.schema import Question, SpanType, Tier
from annodesk.prelabel.asked import Form, asked_of
from annodesk.progress import CancelToken, Progress, silent
from annodesk.services.evidence import Evidence, EvidenceReport
from annodesk.services.settled_texts import text_evidence
from annodesk.store import journal, projects

if TYPE_CHECKING:
    from annodesk.services.model_desk import ModelDesk


class EvidenceReports:
    """Reads sounds that were never measured, so it is asked for in the background lane; nothing of it is written."""

    def __init__(self, desk: ModelDesk) -> None:
        self._desk, self._evidence = desk, Evidence(desk)

    def of_project(
        self, project_id: str, *, progress: Progress = silent, cancel: CancelToken | None = None
    ) -> tuple[EvidenceReport, ...]:
        """A report for each part that the model is asked about and settled places can help with."""
        with self._desk.file.read() as db:
            schema = projects.get_version(db, project_id).project.schema
        by_name = {part.name: part for part in schema.parts()}
        asks = [one for one in asked_of(schema) if not one.is_point]
        found = []
        for place, asked in enumerate(asks):
            part = by_name[asked.part]
            progress(place / len(asks), f"looking at what is settled of {asked.part}")
            if isinstance(part, SpanType):
                found.append(text_evidence(self._desk, journal, project_id, part, cancel).report())
            if not isinstance(part, Tier | Question):
                continue
            evidence = self._evidence.of_part(
                project_id,
                part,
                asked.labels,
                described=asked.described,
                is_each=asked.form is Form.EACH,
                cancel=cancel,
            )
            evidence.learn()
            found.append(evidence.report())
        return tuple(found)
