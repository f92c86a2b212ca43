"""Publishing the open project: where to, as whom, how far it is; afterwards the file belongs to the team."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.progress import CancelToken
from annodesk.ui import theme
from annodesk.ui.parts import button, label
from annodesk.ui.plain import entry_text, set_title
from annodesk.ui.team.busy_dialog import STEPS, BusyDialog

if TYPE_CHECKING:
    from annodesk.progress import Progress
    from annodesk.services.joining import Met
    from annodesk.services.publishing import Handed
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.opening import Opened

WHAT_HAPPENS = (
    "Its recordings' list, its labels and guidelines, and all work with its whole history go to the team's database. "
    "Nothing is given out before all of it is there. This file stays, with a copy of what it was beside it, and syncs "
    "from then on; of others' work it keeps only what a manager may see."
)
NOBODY = "nobody of these"


class PublishDialog(BusyDialog):
    """Nothing in it waits for the network; what was interrupted goes on when it is asked for again.

    ``is_busy`` while the project is on its way.

    published(Handed)   the project is there
    elsewhere()         the person wants another database

    Parameters
    ----------
    opened : the open file
    person_id : who works in it now
    """

    published = Signal(object)
    elsewhere = Signal()

    def __init__(self, jobs: Jobs, opened: Opened, person_id: str, met: Met, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Publish this project")
        self._jobs, self._opened, self._met = jobs, opened, met
        self._build(person_id)

    def publish(self) -> None:
        """Bring it there; what was just written is on the disk first."""
        if self.is_busy:
            return
        services, project_id = self._opened.services, self._opened.project.project_id
        address, person = self._met.address, self.person.currentData() or None

        # A token of its own: whatever came of it is to be told, also where it was done before it could be stopped.
        self._cancel = cancel = CancelToken()

        def work(progress: Progress) -> Handed:
            return services.publishing.publish(project_id, address, as_person=person, progress=progress, cancel=cancel)

        self._say("Waiting until all is on the disk …")
        self._set_busy(True)
        self._jobs.store(lambda: None, on_done=lambda _: self._begin(work), what="publish the project")

    def _begin(self, work: Callable[..., Handed]) -> None:
        self._jobs.background(
            work,
            on_done=self._on_done,
            on_error=self._on_error,
            on_progress=self._on_progress,
            key=self,
            what="publish the project",
        )

    def stop(self) -> None:
        """End it where it is; what was brought lies there, given out to nobody, until it is asked for again."""
        super().stop()
        self._say("Stopping …")

    # What comes of it

    def _on_progress(self, share: float, words: str) -> None:
        self.progress.setValue(round(share * STEPS))
        self._say(f"{words.capitalize()} …")

    def _on_done(self, handed: Handed) -> None:
        self._set_busy(False)
        self.published.emit(handed)
        self.accept()

    def _on_error(self, error: Exception) -> None:
        self._set_busy(False)
        if isinstance(error, Cancelled):
            self._say("Stopped; nothing was given out.", "Publish goes on where it stopped.", role="warn")
        elif isinstance(error, AnnodeskError):
            self._say(error.sentence, error.hint, role="bad")
        else:
            self._say("The project could not be published.", "Nothing was given out.", role="bad")
            self._jobs.failed.emit(error, "publish the project")

    # Inside

    def _set_busy(self, is_busy: bool) -> None:
        super()._set_busy(is_busy)
        self.back.setText("Stop" if is_busy else "Not now")
        for part in (self.go, self.other, self.person):
            part.setEnabled(not is_busy)

    def _people(self) -> Sequence[tuple[str, str]]:
        return [(entry_text(member.person.name), member.person.id) for member in self._opened.people]

    def _build(self, person_id: str) -> None:
        met, project = self._met, self._opened.project.project
        self.person = QComboBox()
        self.person.setAccessibleName("You are")
        self.person.setProperty("role", "steady")
        for name, one in self._people():
            self.person.addItem(name, one)
        self.person.addItem(NOBODY, "")
        self.person.setCurrentIndex(max(0, self.person.findData(person_id)))
        self.other = button("Another …", tip="Choose another database, or another login")
        self.other.clicked.connect(self._on_other)
        where = QHBoxLayout()
        where.setSpacing(theme.SPACE * 2)
        where.addWidget(label(f"{met.address.place}, as {met.name}", wrap=True), 1)
        where.addWidget(self.other, 0, Qt.AlignmentFlag.AlignTop)
        form = QFormLayout()
        form.setSpacing(theme.SPACE * 2)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow(label("To", "dim"), where)
        form.addRow(label("In this file you are", "dim"), self.person)
        self.back, self.go = button("Not now"), button("Publish", role="primary")
        self.back.clicked.connect(self.leave)
        self.go.clicked.connect(self.publish)
        self.go.setDefault(True)
        feet = QHBoxLayout()
        feet.setSpacing(theme.SPACE * 2)
        feet.addStretch()
        feet.addWidget(self.back)
        feet.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 3)
        column.addWidget(label(f"Publish {project.name}", "title", wrap=True))
        column.addWidget(label(WHAT_HAPPENS, "dim", wrap=True))
        column.addLayout(form)
        says = "Your work becomes your login's; what others did stays theirs, under their names."
        column.addWidget(label(says, "dim", wrap=True))
        column.addStretch(1)
        self._add_said(column)
        column.addLayout(feet)
        room = self.parentWidget().window().size()
        self.resize(min(theme.px(560), room.width() - 40), min(theme.px(380), room.height() - 40))
        self.go.setFocus()

    def _on_other(self) -> None:
        self.elsewhere.emit()
        self.reject()
