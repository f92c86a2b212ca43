"""An open set: what it holds now, and the Edits still on their way to the disk.

The window stages a gesture here at once (pure, in memory) and hands the Edit to the store, which writes rows and
journal in one transaction. Nothing is shown as saved before the store has answered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from annodesk.errors import EditError, WorkflowError
from annodesk.model.alternatives import Alternatives, contested
from annodesk.model.annotations import AnnotationSet, element_to_json
from annodesk.model.branches import Branches, fold
from annodesk.model.edits import Draft, Edit, UndoState, apply, delete, heads_of, undo_state
from annodesk.model.families import carried
from annodesk.model.ids import new_id, timeless_id
from annodesk.model.rules import Problem, element_problems, overlap_problems, require, submit_problems

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema
    from annodesk.model.times import Interval

START = "begin with what all agree on"
"""The verb of the Edit that a review begins with; it is no gesture of the reviewer's, and no undo reaches it."""

DAY_US = 86_400_000_000
IDLE_US = 60_000_000
"""A pause longer than this does not count as working time of the next Edit."""


class Undone(Struct, frozen=True):
    """The Edit an undo or redo staged (None where nothing was left to do) and what to tell the person."""

    edit: Edit | None
    sentence: str


class EditingSession:
    """One person's set under their hands, with undo and redo.

    Parameters
    ----------
    schema : what the set's project version allows
    annotations : the set as it stands on disk
    journal : its Edits in order, for undo
    device_seq : gives the number of this workstation's next Edit; sessions open at one time share it
    within : the task's stretch of the item, None for no limit
    clock : microseconds since 1970, UTC
    locked : why the set cannot be changed now, empty where it can
    server_offset_us : the last known difference of the database's clock to this one
    handed_in : how often the set has been submitted
    branches : the set's history where other machines have worked on it too
    pulled : ids of the Edits in it that were made elsewhere
    keeps_times : whether the project keeps when each gesture was made, and how long after the one before
    """

    def __init__(
        self,
        schema: LabelSchema,
        annotations: AnnotationSet,
        journal: Sequence[Edit],
        *,
        device: str,
        device_seq: Callable[[], int],
        within: Interval | None,
        clock: Callable[[], int],
        locked: str = "",
        server_offset_us: Callable[[], int | None] = lambda: None,
        handed_in: int = 0,
        branches: Branches | None = None,
        pulled: Collection[str] = (),
        keeps_times: bool = True,
    ) -> None:
        self.schema, self.annotations, self.within, self.locked = schema, annotations, within, locked
        self._edits = {edit.id: edit for edit in journal}
        self._order = [(edit.id, edit.undoes) for edit in journal]
        self._device, self._device_seq, self._clock = device, device_seq, clock
        self._handed_in = handed_in
        self._server_offset_us = server_offset_us
        self._last_us = clock()
        self.alternatives: tuple[Alternatives, ...] = ()
        self._submitted: tuple[str, ...] = ()
        self._pulled = set(pulled)
        self._keeps_times = keeps_times
        if branches is not None:
            self._show(branches)

    @property
    def undo_state(self) -> UndoState:
        """What can be undone and redone now."""
        return undo_state(self._order)

    def reset(self, annotations: AnnotationSet, journal: Sequence[Edit]) -> None:
        """Start again from what is on disk, such as after an Edit could not be stored."""
        self.annotations = annotations
        self._edits = {edit.id: edit for edit in journal}
        self._order = [(edit.id, edit.undoes) for edit in journal if edit.verb != START]
        if self._pulled:
            empty = annotations.with_elements(()).with_header(head=None)
            self._show(fold(self.schema, empty, journal, self._submitted))

    def pull(self, branches: Branches) -> None:
        """Go on with what other machines did: own Edits stay, undo loses the steps on elements that were changed.

        ``branches`` may have been folded on another thread; what was done here since is added to it.
        """
        for edit in self._edits.values():
            branches.add(edit)
        self._pulled |= branches.outcomes.keys() - self._edits.keys()
        self._show(branches)

    def _show(self, branches: Branches) -> None:
        self.annotations, self.alternatives = branches.annotations, branches.alternatives()
        self._submitted = branches.submitted
        self.locked = self.locked or branches.locked
        self._edits = {edit.id: edit for edit in branches.edits() if isinstance(edit, Edit)}
        self._order = branches.steps(self._pulled)

    def decide(self, alternatives: Alternatives, draft: Draft) -> Edit:
        """Let one side of open alternatives stand, or a gesture of one's own in their place; none of them is lost.

        What was put on a contested element since follows it, as it would a gesture.
        """
        named = {change.element_id for change in draft.changes}
        gone = sorted(c.element_id for c in draft.changes if c.after is None)
        hanging = [c for c in delete(self.annotations, gone).changes if c.element_id not in named]
        draft = carried(self.schema, self.annotations, Draft(draft.verb, (*draft.changes, *hanging)))
        require(self.problems(draft))
        edit = self._stage(draft, undoes=None, resolves=alternatives.edit_ids)
        self.alternatives = tuple(one for one in self.alternatives if one != alternatives)
        return edit

    def problems(self, draft: Draft) -> list[Problem]:
        """What the schema forbids about a draft; empty where it may be staged."""
        return self._judged(draft)[0]

    def _judged(self, draft: Draft) -> tuple[list[Problem], AnnotationSet]:
        """What the schema forbids about a draft, and the set after it; as it is now where an element alone is wrong."""
        found = [
            problem
            for change in draft.changes
            if change.after is not None
            for problem in element_problems(self.schema, change.after, self.within)
        ]
        if found:
            return found, self.annotations
        after = self.annotations.with_changes(draft.changes)
        touched = [c.element_id for c in draft.changes if c.after is not None]
        return overlap_problems(self.schema, after, touched), after

    def submit_problems(self) -> list[Problem]:
        """What keeps the set from being submitted."""
        return submit_problems(self.schema, self.annotations, self.within)

    def stage(self, draft: Draft, *, note: Mapping[str, Any] | None = None) -> Edit | None:
        """Apply a gesture at once and return the Edit to be stored; None where it changes nothing.

        Segments of dependent tiers follow within the same Edit. Raises ValidationError where the schema forbids it,
        EditError where dependants cannot follow; the set is then as before.
        """
        draft = carried(self.schema, self.annotations, draft)
        if not draft:
            return None
        problems, after = self._judged(draft)
        require(problems)
        self._require_decided(draft)
        return self._stage(draft, undoes=None, note=note, after=after)

    def _require_decided(self, draft: Draft) -> None:
        open_ids = contested(self.alternatives)
        if any(change.element_id in open_ids for change in draft.changes):
            raise EditError("Two computers changed this.", "Choose between them first.")

    def next_step(self, which: str) -> Draft | None:
        """What an undo or a redo would do now, to be looked at; None where there is nothing."""
        stack = self.undo_state.undoable if which == "undo" else self.undo_state.redoable
        return _inverse(self._edits[stack[-1]], which) if stack else None

    def undo(self) -> Undone:
        """Take back the last Edit whose elements still hold what it left."""
        return self._step(self.undo_state.undoable, "undo", "Nothing to undo.")

    def redo(self) -> Undone:
        """Do again what the last undo took back."""
        return self._step(self.undo_state.redoable, "redo", "Nothing to redo.")

    def take_back(self, edit_id: str) -> Undone:
        """Take back one Edit of any age, where its elements still hold what it left."""
        if edit_id not in self.undo_state.undoable:
            return Undone(None, "It was taken back already.")
        return self._reverse(edit_id, "undo")

    def _step(self, stack: Sequence[str], word: str, nothing: str) -> Undone:
        return self._reverse(stack[-1], word) if stack else Undone(None, nothing)

    def _reverse(self, edit_id: str, word: str) -> Undone:
        target = self._edits[edit_id]
        draft = _inverse(target, word)
        verb = draft.verb.removeprefix(f"{word} ")
        held = all(self.annotations.get(c.element_id) == c.before for c in draft.changes)
        if not held:
            self._order = [(i, u) for i, u in self._order if i != target.id]
            return Undone(None, f"{verb.capitalize()} was left as it is: the same element has been changed since.")
        self._require_decided(draft)
        return Undone(self._stage(draft, undoes=target.id), f"{word.capitalize()}: {verb}.")

    def _stage(
        self,
        draft: Draft,
        *,
        undoes: str | None,
        note: Mapping[str, Any] | None = None,
        resolves: tuple[str, ...] = (),
        after: AnnotationSet | None = None,
    ) -> Edit:
        if self.locked:
            raise WorkflowError(self.locked)
        now = self._clock()
        pause = now - self._last_us
        keeps = self._keeps_times
        edit = Edit(
            id=new_id() if keeps else timeless_id(),
            set_id=self.annotations.id,
            verb=draft.verb,
            changes=draft.changes,
            device=self._device,
            device_seq=self._device_seq(),
            parents=heads_of(self.annotations.head),
            undoes=undoes,
            project_version=self.annotations.project_version,
            elapsed_us=pause if keeps and 0 <= pause <= IDLE_US else 0,
            made_at_us=now if keeps else now - now % DAY_US,
            server_offset_us=self._server_offset_us() if keeps else None,
            note=note or {},
            resolves=resolves,
            handed_in=self._handed_in,
        )
        self.annotations = apply(self.annotations, edit) if after is None else after.with_header(head=edit.id)
        self._edits[edit.id] = edit
        self._order.append((edit.id, undoes))
        self._last_us = now
        return edit

    def contents(self) -> list[dict[str, Any]]:
        """The elements as JSON values, for the clipboard and for comparison."""
        return [element_to_json(element) for element in self.annotations]


def _inverse(edit: Edit, word: str) -> Draft:
    """What takes an Edit back, called an undo or a redo of what was done first."""
    return Draft(f"{word} {edit.verb.removeprefix('undo ').removeprefix('redo ')}", edit.inverse().changes)


__all__ = ["EditError", "EditingSession", "Undone"]
