"""The set under a person's hands: each gesture is shown at once, stored as one Edit, and can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from annodesk.errors import AnnodeskError, EditError

if TYPE_CHECKING:
    from annodesk.model.alternatives import Alternatives
    from annodesk.model.annotations import AnnotationSet
    from annodesk.model.branches import Branches
    from annodesk.model.edits import Draft, Edit
    from annodesk.model.rules import Problem
    from annodesk.services import Services
    from annodesk.services.editing import EditingSession
    from annodesk.ui.jobs import Jobs

RELOADING = "The last change could not be saved; reading again what is on disk."
CATCHING_UP = "Reading what was changed outside this view …"


class Editor(QObject):
    """Wraps an EditingSession for the UI thread and sends its Edits to the store lane.

    annotations_changed(AnnotationSet)  after a gesture, an undo, a redo or a reload
    saved(int)                          microseconds since 1970; the Edit is durable
    refused(str)                        a sentence; nothing changed
    waiting_changed(int)                Edits not yet on disk
    recorded(object)                    the store's answer to an Edit, with its Changes
    """

    annotations_changed = Signal(object)
    saved = Signal(object)
    refused = Signal(str)
    waiting_changed = Signal(int)
    recorded = Signal(object)

    def __init__(self, session: EditingSession, services: Services, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._services, self._jobs = session, services, jobs
        self._waiting = 0
        self._is_reloading, self._reading_words = False, ""
        self.saved_at_us: int | None = None

    @property
    def session(self) -> EditingSession:
        """The session itself, for pure questions about the set."""
        return self._session

    @property
    def annotations(self) -> AnnotationSet:
        """The set as it is shown now."""
        return self._session.annotations

    @property
    def waiting(self) -> int:
        """Edits not yet on disk."""
        return self._waiting

    @property
    def locked(self) -> str:
        """Why the set cannot be changed now; empty where it can."""
        return self._reading_words if self._is_reloading else self._session.locked

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return not self.locked and bool(self._session.undo_state.undoable)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return not self.locked and bool(self._session.undo_state.redoable)

    def lock(self, reason: str) -> None:
        """Refuse changes from now on, such as after submit."""
        self._session.locked = reason

    def problems(self) -> list[Problem]:
        """What keeps the set from being submitted."""
        return self._session.submit_problems()

    def stage(self, draft: Draft | None, note: Mapping[str, Any] | None = None) -> bool:
        """Apply a gesture at once and send it to the store; False where it changed nothing or was refused."""
        if draft is None:
            return False
        if self._is_reloading:
            self.refused.emit(self._reading_words)
            return False
        try:
            edit = self._session.stage(draft, note=note)
        except AnnodeskError as error:
            self.refused.emit(str(error))
            return False
        if edit is None:
            return False
        self._show_and_store(edit)
        return True

    @property
    def alternatives(self) -> tuple[Alternatives, ...]:
        """What two computers did to the same thing, and nobody has chosen between."""
        return self._session.alternatives

    def pull(self, branches: Branches) -> None:
        """Go on with what the person's other computers did; what was done here and is on its way stays."""
        if self._is_reloading:
            return  # the reload reads what was pulled too
        self._session.pull(branches)
        self.annotations_changed.emit(self.annotations)

    def decide(self, alternatives: Alternatives, draft: Draft) -> None:
        """Let one side stand, as one Edit; raises AnnodeskError where it does not fit any more."""
        if self._is_reloading:
            raise EditError(self._reading_words)
        self._show_and_store(self._session.decide(alternatives, draft))

    def next_step(self, which: str) -> Draft | None:
        """What an undo or a redo would do now; None where there is nothing."""
        return self._session.next_step(which)

    def undo(self) -> str:
        """Take back the last step; the sentence says what happened."""
        return self._step("undo")

    def redo(self) -> str:
        """Do again what was taken back last; the sentence says what happened."""
        return self._step("redo")

    def _step(self, which: str) -> str:
        if self._is_reloading:
            return self._reading_words
        try:
            undone = self._session.undo() if which == "undo" else self._session.redo()
        except AnnodeskError as error:
            self.refused.emit(str(error))
            return str(error)
        if undone.edit is not None:
            self._show_and_store(undone.edit)
        return undone.sentence

    def _show_and_store(self, edit: Edit) -> None:
        self._set_waiting(self._waiting + 1)
        self.annotations_changed.emit(self.annotations)
        self._jobs.store(
            self._services.annotate.record,
            edit,
            on_done=self._on_recorded,
            on_error=self._on_failed,
            what="save a change",
        )

    def _set_waiting(self, count: int) -> None:
        self._waiting = count
        self.waiting_changed.emit(count)

    def _on_recorded(self, recorded: Any) -> None:
        self.saved_at_us = recorded.saved_at_us
        self._set_waiting(self._waiting - 1)
        self.saved.emit(recorded.saved_at_us)
        self.recorded.emit(recorded)

    def reload(self) -> None:
        """Go on with what is on the disk, after the set was written to from elsewhere in the program."""
        if not self._is_reloading:
            self._read_again("")

    def _on_failed(self, error: Exception) -> None:
        self._set_waiting(self._waiting - 1)
        if self._is_reloading:
            return  # queued behind the one that failed; the reload shows what is on disk
        self._read_again(str(error) if isinstance(error, AnnodeskError) else f"The change could not be saved: {error}.")

    def _read_again(self, sentence: str) -> None:
        self._is_reloading, self._reading_words = True, RELOADING if sentence else CATCHING_UP

        def reloaded(answer: tuple[AnnotationSet, list[Edit]]) -> None:
            self._is_reloading = False
            self._session.reset(*answer)
            self.annotations_changed.emit(self.annotations)
            if sentence:
                self.refused.emit(f"{sentence} Shown is what is on disk.")

        def failed_again(again: Exception) -> None:
            self._is_reloading = False
            self.lock(f"{sentence} The file cannot be read either: {again}")
            self.refused.emit(self.locked)

        self._jobs.store(
            self._services.annotate.reload,
            self.annotations.id,
            on_done=reloaded,
            on_error=failed_again,
            what="read the set again",
        )
