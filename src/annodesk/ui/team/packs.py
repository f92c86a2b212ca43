"""Taking tasks offline with their media and bringing them back: how many, for how long, how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.progress import CancelToken
from annodesk.ui import theme
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_tip, set_title
from annodesk.ui.status import until_text
from annodesk.ui.team.busy_dialog import STEPS, BusyDialog

if TYPE_CHECKING:
    from annodesk.progress import Progress
    from annodesk.services import Services
    from annodesk.services.packs import Brought, PackState, Taken
    from annodesk.ui.jobs import Jobs

WHAT_HAPPENS = (
    "The tasks are yours for these days, and their recordings are kept on this computer until then. "
    "What you do is sent when there is a connection again."
)
USUAL, MOST = 10, 500
PROBLEMS_SHOWN = 4


def tasks_text(count: int) -> str:
    """So many tasks."""
    return f"{count} task{'s' * (count != 1)}"


def state_text(state: PackState) -> str:
    """What is offline with this person now."""
    if not state.tasks:
        return f"Nothing is offline; you hold {tasks_text(state.held)}." if state.held else "Nothing is offline."
    begun = f"; {state.begun} of them begun" if state.begun else ""
    until = f" until {until_text(state.until_us)}" if state.until_us is not None else ""
    return f"{tasks_text(state.tasks)} offline{until}{begun}."


class PackDialog(BusyDialog):
    """Nothing in it waits for the network, and work goes on beside it.

    ``is_busy`` while tasks are on their way.

    changed()   what this person holds is other now
    """

    changed = Signal()

    def __init__(self, jobs: Jobs, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Take tasks offline")
        self.setModal(False)
        self._jobs, self._services = jobs, services
        self._is_open = True
        self._pack: PackState | None = None
        self._build()
        self.look()

    def look(self) -> None:
        """Ask how the pack stands."""
        self._jobs.store(self._services.packs.state, on_done=self._on_state, what="look at what is offline")

    def take(self) -> None:
        """Take so many tasks for so many days."""
        if self.is_busy or not self.go.isEnabled():
            return
        packs, count, days = self._services.packs, self.count.value(), float(self.days.value())
        # A token of its own: what was whole before it was stopped is to be told.
        self._cancel = cancel = CancelToken()

        def work(progress: Progress) -> Taken:
            return packs.take(count, days, progress=progress, cancel=cancel)

        self._begin(work, self._on_taken, "Asking the server …", "take tasks offline")

    def bring_back(self) -> None:
        """Give back what is not begun."""
        if not self.is_busy:
            work = self._services.packs.bring_back
            self._begin(work, self._on_brought, "Giving back …", "bring tasks back")

    def stop(self) -> None:
        """End it; what is whole by then stays."""
        self._cancel.cancel()
        self._say("Stopping; what is not whole goes back …")

    # What comes of it

    def _begin(self, work: Callable[..., object], on_done: Callable[..., None], words: str, what: str) -> None:
        self._say(words)
        self._set_busy(True)
        self._jobs.background(
            work,
            on_done=on_done,
            on_error=lambda error: self._on_error(error, what),
            on_progress=self._on_progress,
            key=self,
            what=what,
        )

    def _on_state(self, state: PackState) -> None:
        if not self._is_open:
            return
        self._pack = state
        self.stands.setText(state.why_not or state_text(state))
        self.days.setMaximum(max(1, int(state.most_days)))
        set_tip(self.days, f"This project lets work be taken offline for {state.most_days:g} days at most")
        self._follow()

    def _on_progress(self, share: float, words: str) -> None:
        if self._is_open and self.is_busy and not self._cancel.is_cancelled:
            self.progress.setValue(round(share * STEPS))
            self._say(words)

    def _on_taken(self, taken: Taken) -> None:
        self._end()
        if not self._is_open:
            return
        problems = list(taken.problems)
        more = len(problems) - PROBLEMS_SHOWN
        shown = [*problems[:PROBLEMS_SHOWN], *([f"And {more} more like these."] if more > 0 else [])]
        if taken.tasks:
            until = f" until {until_text(taken.until_us)}" if taken.until_us is not None else ""
            lead = "Stopped: " if taken.is_cancelled else ""
            are = "is" if taken.tasks == 1 else "are"
            sentence = f"{lead}{tasks_text(taken.tasks)} {are} ready{until}."
            self._say(sentence, "\n".join(shown), role="warn" if problems or taken.is_cancelled else "ok")
        elif taken.is_cancelled:
            self._say("Stopped; nothing was taken offline.", "\n".join(shown), role="warn")
        else:
            self._say("Nothing was taken offline.", "\n".join(shown), role="bad")

    def _on_brought(self, back: Brought) -> None:
        self._end()
        if not self._is_open:
            return
        kept = f"{tasks_text(back.kept)} you have begun: yours to go on with." if back.kept else ""
        self._say(f"{tasks_text(back.returned)} went back to the team.", kept, role="ok")

    def _on_error(self, error: Exception, what: str) -> None:
        self._end()
        if not self._is_open:
            return
        if isinstance(error, Cancelled):
            self._say("Stopped; nothing was taken offline.", role="warn")
        elif isinstance(error, AnnodeskError):
            self._say(error.sentence, error.hint, role="bad")
        else:
            self._say("It could not be done.", "The report says what went wrong.", role="bad")
            self._jobs.failed.emit(error, what)

    def _end(self) -> None:
        self.changed.emit()
        if self._is_open:
            self._set_busy(False)
            self.look()

    # Inside

    def _set_busy(self, is_busy: bool) -> None:
        super()._set_busy(is_busy)
        self.close_button.setText("Stop" if is_busy else "Close")
        self._follow()

    def _follow(self) -> None:
        state = self._pack
        may = state is not None and not state.why_not and not self.is_busy
        for part in (self.go, self.count, self.days):
            part.setEnabled(may)
        self.back.setEnabled(not self.is_busy and state is not None and state.tasks > 0)

    def _build(self) -> None:
        self.count, self.days = QSpinBox(), QSpinBox()
        for field, most, usual, name in ((self.count, MOST, USUAL, "Tasks"), (self.days, 3660, 3, "Days")):
            field.setRange(1, most)
            field.setValue(usual)
            field.setAccessibleName(name)
            field.setFixedWidth(theme.px(80))
        set_tip(self.count, "With those in hand, which go first")
        form = QFormLayout()
        form.setSpacing(theme.SPACE * 2)
        form.addRow(label("Tasks", "dim"), self.count)
        form.addRow(label("For days", "dim"), self.days)
        self.stands = label("", wrap=True)
        self.go = button("Take offline", role="primary")
        self.back = button("Bring back", tip="What is not begun goes back to the team")
        self.close_button = button("Close")
        self.go.clicked.connect(self.take)
        self.back.clicked.connect(self.bring_back)
        self.close_button.clicked.connect(self.leave)
        self.go.setDefault(True)
        feet = QHBoxLayout()
        feet.setSpacing(theme.SPACE * 2)
        feet.addWidget(self.back)
        feet.addStretch()
        feet.addWidget(self.close_button)
        feet.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 3)
        column.addWidget(label("Take tasks offline", "title", wrap=True))
        column.addWidget(label(WHAT_HAPPENS, "dim", wrap=True))
        column.addLayout(form)
        column.addWidget(self.stands)
        column.addStretch(1)
        self._add_said(column)
        column.addLayout(feet)
        room = self.parentWidget().window().size()
        self.resize(min(theme.px(480), room.width() - 40), min(theme.px(360), room.height() - 40))
        self.count.setFocus()
        self.count.selectAll()
        self._follow()

    # Qt

    def done(self, result: int) -> None:
        """No answer is shown any more."""
        self._is_open = False
        super().done(result)
