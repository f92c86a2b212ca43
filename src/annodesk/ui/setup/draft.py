"""What is changed on the project page and not set yet: it shows at once, and nothing changes for anybody until set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from annodesk.errors import Cancelled
from annodesk.services.changes import Changes, Kind
from annodesk.ui.notices import Tone
from annodesk.ui.setup.words import change_words, policy_value

if TYPE_CHECKING:
    from annodesk.services.projects import PolicySet
    from annodesk.store.projects import ProjectVersion
    from annodesk.ui.bus import Context

FROM_NOW_ON = "It holds for whatever is opened or pre-labelled from now on."


class Draft(QObject):
    """The settings that stand, and what would stand instead; setting makes one version of the project.

    changed()   something else stands, or would
    """

    changed = Signal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._changes: dict[str, object] = {}
        self._is_writing = False
        self.version: ProjectVersion | None = None
        self.may_set = False
        self.why_not = ""
        self.last: PolicySet | None = None
        """What was set here last, and not set back."""

    @property
    def changes(self) -> Mapping[str, object]:
        """By setting, what is not set yet."""
        return self._changes

    def show_version(self, version: ProjectVersion, *, may_set: bool, why_not: str) -> None:
        """These settings stand now; what is changed and stands already is no change any more."""
        self.version, self.may_set, self.why_not = version, may_set, "" if may_set else why_not
        kept = {name: value for name, value in self._changes.items() if value != self.stands(name)}
        self._changes = kept if may_set else {}
        self.changed.emit()

    def forget(self) -> None:
        """Somebody else works here: nothing of what was changed is kept."""
        self._changes, self.last, self.may_set, self.version = {}, None, False, None
        self.changed.emit()

    def stands(self, name: str) -> object:
        """What the project says of a setting."""
        return policy_value(self.version.project, name) if self.version is not None else None

    def value(self, name: str) -> object:
        """What would stand once everything is set."""
        return self._changes[name] if name in self._changes else self.stands(name)

    def share(self, name: str, default: float = 0.0) -> float:
        """The same of a share."""
        found = self.value(name)
        return float(found) if isinstance(found, float | int) else default

    def put(self, name: str, value: object) -> None:
        """Change a setting; what stands already is no change."""
        if not self.may_set or value == self.value(name):
            return
        if value == self.stands(name):
            del self._changes[name]
        else:
            self._changes[name] = value
        self.changed.emit()

    def put_back(self) -> None:
        """Let go of what is not set yet."""
        if self._changes:
            self._changes = {}
            self.changed.emit()

    def set(self, then: Callable[[], object] | None = None) -> None:
        """Make a version of the project with all that was changed."""
        if self._changes and self.may_set:
            self._write(dict(self._changes), is_undo=False, then=then)

    def undo(self) -> None:
        """Set back what was set here last."""
        if self.last is not None and self.may_set:
            self._write(dict(self.last.before), is_undo=True)

    def _write(self, changes: dict[str, object], *, is_undo: bool, then: Callable[[], object] | None = None) -> None:
        context = self._context
        if self._is_writing:
            return
        self._is_writing = True
        projects, who = context.services.projects, (context.project_id, context.person_id, changes)

        def store(_: object) -> None:
            context.jobs.store(
                projects.set_policy,
                *who,
                on_done=partial(self._on_set, is_undo=is_undo, then=then),
                on_error=self._on_not_set,
                what="set what the model does",
            )

        # Reading a large model through would hold up whatever else is stored.
        context.jobs.background(
            projects.hash_named, *who, on_done=store, on_error=self._on_not_set, what="look at the model"
        )

    def _on_set(self, done: PolicySet, *, is_undo: bool, then: Callable[[], object] | None) -> None:
        self._is_writing = False
        self.last = None if is_undo else done
        self._changes = {name: value for name, value in self._changes.items() if done.now.get(name) != value}
        told = "; ".join(change_words(name, value) for name, value in done.now.items())
        where = "It is sent with the next round." if done.info.is_waiting else f"Version {done.info.version}."
        self._context.notices.show(f"Set{' back' if is_undo else ''}: {told}.", f"{where} {FROM_NOW_ON}", tone=Tone.OK)
        self.changed.emit()
        self._context.bus.changed.emit(Changes.of(Kind.PROJECT))
        if then is not None:
            then()

    def _on_not_set(self, error: Exception) -> None:
        self._is_writing = False
        if not isinstance(error, Cancelled):
            self._context.notices.error(error, "set what the model does")
