"""Recording what a person did: Edits and comments, durable when a call returns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.annotations import AnnotationSet, AuthorKind
from annodesk.model.ids import new_id
from annodesk.model.work import Comment, SlotState
from annodesk.services.changes import Changes, Kind
from annodesk.store import figures, journal, outbox, projects, takedown, tasks

if TYPE_CHECKING:
    from annodesk.model.branches import Branches
    from annodesk.model.edits import Edit, SealedEdit
    from annodesk.services.base import Desk


class Recorded(Struct, frozen=True):
    """An Edit that is on the disk, and since when."""

    edit_id: str
    saved_at_us: int
    changes: Changes


class Annotate:
    """Writes Edits to the journal."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def record(self, edit: Edit) -> Recorded:
        """Write an Edit's rows and journal in one transaction, synced to disk before this returns.

        An Edit that comes after its lease has run out is kept like any other.
        """
        with self._desk.file.write() as db:
            annotations = journal.header(db, edit.set_id)
            if annotations.author.kind not in (AuthorKind.PERSON, AuthorKind.ADJUDICATOR):
                raise WorkflowError(f"A set by {annotations.author.kind} cannot be edited.")
            claim = tasks.claim_of_set(db, edit.set_id)
            if claim.state not in (SlotState.LEASED, SlotState.EXPIRED):
                raise WorkflowError(f"This set is {claim.state.value}.", "Recall it to change it.")
            takedown.require_here(db, edit.set_id)
            journal.record(db, edit)
        return Recorded(edit.id, self._desk.clock(), Changes.of(Kind.EDITS, sets=(edit.set_id,)))

    def receive(self, set_id: str, edits: Iterable[Edit | SealedEdit]) -> tuple[Branches, Changes]:
        """Keep what another machine of the author did; an open session goes on by ``pull`` with the history returned.

        The Edits that this computer made, and that an open session has not stored yet, become a branch of their own.
        """
        with self._desk.file.write() as db:
            annotations = journal.header(db, set_id)
            version = projects.get_version(db, annotations.project_id, annotations.project_version)
            branches, fresh = journal.receive(db, set_id, edits, version.project.schema)
        return branches, Changes.of(Kind.EDITS, sets=(set_id,)) if fresh else Changes()

    def reload(self, set_id: str) -> tuple[AnnotationSet, list[Edit]]:
        """A set and its journal as they are on the disk."""
        with self._desk.file.read() as db:
            return journal.get_set(db, set_id), journal.edits_of(db, set_id)

    def comment(
        self, set_id: str, author_id: str, text: str, time_us: int | None = None, element_id: str | None = None
    ) -> Comment:
        """Put a comment at a time, at an element or beside the whole set."""
        if not text.strip():
            raise WorkflowError("The comment is empty.", "Write something, or press Escape.")
        comment = Comment(new_id(), set_id, author_id, text.strip(), time_us, element_id, made_at_us=self._desk.clock())
        with self._desk.file.write() as db:
            takedown.require_here(db, set_id)
            figures.add_comment(db, comment)
            body = {"id": comment.id, "set_id": set_id, "text": comment.text, "made_at_us": comment.made_at_us}
            place = {"time_us": time_us, "element_id": element_id, "is_resolved": False}
            outbox.ask(db, "comment", None, comment.made_at_us, **body, **place)
        return comment

    def resolve(self, comment_id: str, *, is_resolved: bool) -> Changes:
        """Note that what a comment asks for is done, or that it is not."""
        now = self._desk.clock()
        with self._desk.file.write() as db:
            set_id = figures.resolve_comment(db, comment_id, is_resolved=is_resolved)
            if set_id is None:
                return Changes()
            outbox.ask(db, "resolve", None, now, id=comment_id, set_id=set_id, is_resolved=is_resolved)
        return Changes.of(Kind.COMMENTS, sets=(set_id,))
