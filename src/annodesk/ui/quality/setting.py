"""What thresholds would have sent to review of the chosen row, and setting one for everybody, which can be set back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.services.changes import Changes, Kind
from annodesk.ui.quality.figures import Row, number
from annodesk.ui.quality.reading import foretell

if TYPE_CHECKING:
    from annodesk.services.projects import ThresholdSet
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request
    from annodesk.ui.quality.table import FigureTable
    from annodesk.ui.quality.threshold import Foretold, ThresholdPanel

NOT_YOURS = "Thresholds are set by the project's manager."
READ_ONLY = "This file can only be read here."


class Setting(QObject):
    """Reads beside the window, once for each row, and writes in the store lane.

    told()   something else is known, or may be done
    """

    told = Signal()

    def __init__(self, context: Context, table: FigureTable, panel: ThresholdPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._table, self._panel = context, table, panel
        self._known: dict[tuple[str, str | None], Foretold] = {}
        self._request: Request | None = None
        self._may_set = self._is_writing = self.is_telling = False
        self.last: ThresholdSet | None = None
        """What was set here last, and not set back."""
        panel.set_asked.connect(self._set)
        panel.undo_asked.connect(self.undo)

    def forget(self, *, may_set: bool) -> None:
        """The items were measured anew: what was foretold of them is no more."""
        self._known.clear()
        self._may_set = may_set

    def forget_last(self) -> None:
        """Somebody else works here: nothing is set back."""
        self.last = None
        self._panel.show_undo("")

    def release(self) -> None:
        """Nobody looks any more."""
        if self._request is not None:
            self._request.cancel()
        self._request = None

    def foretell(self, *, keep: bool = False) -> None:
        """Show what thresholds would have sent of the chosen row; ``keep`` leaves the handle where it is."""
        row, context = self._table.current, self._context
        if row is None or self._table.figures.is_own:
            return
        if row.key in self._known:
            self._show(row, self._known[row.key], keep=keep)
            return
        if not keep:
            self._panel.show_waiting()
        self._request = context.jobs.background(
            foretell,
            context.services,
            context.project_id,
            row.part,
            row.label,
            on_done=partial(self._on_foretold, row, keep=keep),
            on_error=self._on_not_foretold,
            key="foretell",
            what="read what thresholds would do",
        )
        self.told.emit()

    def _on_foretold(self, row: Row, told: Foretold, *, keep: bool) -> None:
        self._known[row.key] = told
        if self._table.current is not None and self._table.current.key == row.key:
            self._show(row, told, keep=keep)

    def _show(self, row: Row, told: Foretold, *, keep: bool) -> None:
        why_not = READ_ONLY if self._context.services.read_only else NOT_YOURS
        self._panel.show_found(told, whole=not row.part, may_set=self._may_set, why_not=why_not, keep=keep)
        self.told.emit()

    def _on_not_foretold(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            return
        if not isinstance(error, AnnodeskError):
            self._context.notices.error(error, "read what thresholds would do")
        self._panel.show_waiting(str(error) if isinstance(error, AnnodeskError) else "It could not be read.")
        self.told.emit()

    # Setting

    def _set(self, value: object) -> None:
        row = self._table.current
        if row is not None and (value is None or isinstance(value, float)):
            self._write(value, row.part, row.label)

    def undo(self) -> None:
        """Set the threshold back that was set here last."""
        if self.last is not None:
            self._write(self.last.before, self.last.part, self.last.label, is_undo=True)

    def _write(self, value: float | None, part: str, label: str | None, *, is_undo: bool = False) -> None:
        context = self._context
        if self._is_writing:
            return
        self._is_writing = True
        context.jobs.store(
            partial(
                context.services.projects.set_threshold,
                context.project_id,
                context.person_id,
                value,
                part=part,
                label=label,
            ),
            on_done=partial(self._on_set, is_undo=is_undo),
            on_error=self._on_not_set,
            what="set a threshold",
        )

    def _on_set(self, done: ThresholdSet, *, is_undo: bool) -> None:
        self._is_writing = False
        self.last = None if is_undo else done
        self._panel.show_undo("" if is_undo else f"Back to {_words(done.before)}")
        where = "It is sent with the next round" if done.info.is_waiting else f"Version {done.info.version}"
        self._context.notices.show(_sentence(done), f"{where}; it holds for what is handed in from now on.")
        self._known.clear()
        self.told.emit()
        self.is_telling = True
        self._context.bus.changed.emit(Changes.of(Kind.PROJECT))
        self.is_telling = False
        self.foretell()

    def _on_not_set(self, error: Exception) -> None:
        self._is_writing = False
        self._context.notices.error(error, "set a threshold")


def _sentence(done: ThresholdSet) -> str:
    of = "the project" if not done.part else done.part if done.label is None else f"{done.part}: {done.label}"
    if done.value is not None:
        return f"Below {number(done.value)} on {of} items go to review now."
    return f"{of} has no threshold of its own any more."


def _words(value: float | None) -> str:
    return "none of its own" if value is None else number(value)
