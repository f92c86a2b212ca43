"""Pre-labels beside a window: a process of their own works them out, and what it sends is written here."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from annodesk.errors import Cancelled, ModelError
from annodesk.model.annotations import AnnotationSet, Author, AuthorKind, element_from_json
from annodesk.prelabel.child import Child, ChildDied
from annodesk.progress import CancelToken, Progress, silent
from annodesk.services.changes import Changes, Kind
from annodesk.services.prelabel import PrelabelResult
from annodesk.store import journal

if TYPE_CHECKING:
    from annodesk.prelabel.frames import Message
    from annodesk.services.base import Desk

log = logging.getLogger(__name__)

PROCESS = "annodesk.services.prelabel_process"
LOOKS_EVERY_S = 0.05
"""How soon a wish to stop is seen."""
ENDED = "What was labelled by then is kept; try again."


class PrelabelsApart:
    """Runs the model over a project's tasks in a process of its own; the caller's thread only waits and writes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def run(
        self,
        project_id: str,
        *,
        limit: int | None = None,
        anew: bool = False,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> PrelabelResult:
        """What `Prelabels.run` does; stopped, it raises Cancelled at once and keeps what was written."""
        child = Child(PROCESS)
        try:
            child.send({"path": str(self._desk.file.path), "project": project_id, "anew": anew, "limit": limit})
            while True:
                if cancel is not None and cancel.is_cancelled:
                    raise Cancelled
                message = child.receive(LOOKS_EVERY_S)
                if message is None:
                    continue
                if "set" in message:
                    self._write(project_id, message)
                elif "share" in message:
                    progress(float(message["share"]), str(message["words"]))
                elif "failed" in message:
                    raise ModelError(message["failed"], message["hint"])
                elif "done" in message:
                    return _result(message)
        except ChildDied as error:
            log.warning("pre-labelling %s: %s", error, " | ".join(child.end()[-10:]))
            raise ModelError(f"The process that asks the model {error}.", ENDED) from error
        finally:
            child.end()

    def _write(self, project_id: str, message: Message) -> None:
        annotations = AnnotationSet(
            message["set"],
            author=Author(AuthorKind(message["kind"]), message["author"]),
            project_id=project_id,
            task_id=message["task"],
            round=message["round"],
            project_version=message["version"],
            elements=[element_from_json(one) for one in message["elements"]],
        )
        with self._desk.file.write() as db:
            journal.add_set(db, annotations, self._desk.clock())


def _result(message: Message) -> PrelabelResult:
    return PrelabelResult(
        message["items"],
        message["labelled"],
        message["left"],
        message["seconds"],
        message["model_sha256"],
        tuple(message["problems"]),
        Changes.of(Kind.PRELABELS, items=tuple(message["item_ids"])),
        tuple(message["notes"]),
    )
