"""The way into a team: an invitation's file or an address, tried before it is used; what is wrong is said in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from annodesk.errors import AnnodeskError
from annodesk.services import joining
from annodesk.services.joining import SUFFIX, Invitation, Met
from annodesk.ui import theme
from annodesk.ui.parts import button, label, restyle
from annodesk.ui.plain import set_title

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent

    from annodesk.ui.jobs import Jobs, Request

FILE_FILTER = f"Invitations (*{SUFFIX});;All files (*)"
EXAMPLE = "postgresql://LOGIN@HOST/DATABASE"
LONGEST = 2_000


class ConnectDialog(QDialog):
    """Asks where the team's database is and who enters; nothing in it ever waits for the network.

    connected(Met)   the database has let the person in

    Parameters
    ----------
    url : the address of last time, to begin with
    """

    connected = Signal(object)

    def __init__(self, jobs: Jobs, parent: QWidget, *, url: str = "") -> None:
        super().__init__(parent)
        set_title(self, "Work with a team")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self._jobs, self._request = jobs, None
        self._request: Request | None
        self.invitation: Invitation | None = None
        self._build(url)
        self._show_form()
        (self.password if url else self.address).setFocus()

    # What is asked

    def open_invitation(self, path: Path) -> None:
        """Take an invitation's file; what is no invitation is said."""
        self._stop()
        try:
            self.invitation = joining.read_invitation(path)
        except AnnodeskError as error:
            self.invitation = None
            self._show_form()
            self._fail(error)
            return
        self._show_form()
        self.password.setFocus()

    def ask_file(self) -> None:
        """Let the person choose an invitation's file."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Open an invitation", "", FILE_FILTER)
        if chosen:
            self.open_invitation(Path(chosen))

    def forget_invitation(self) -> None:
        """Go back to the address."""
        self._stop()
        self.invitation = None
        self._show_form()
        self.address.setFocus()

    def test(self) -> None:
        """Ask the server without changing anything there."""
        found = self.invitation
        if found is not None:
            self._run(partial(joining.look_at, found), self._on_looked, found.host)
        else:
            self._run(partial(_meet, *self._typed()), self._on_tested, self._place())

    def connect_now(self) -> None:
        """Enter; an invitation's password is replaced by the one that was chosen."""
        found, password = self.invitation, self.password.text()
        if found is not None:
            if password != self.again.text():
                self._say("The two passwords differ.", "Write the same one twice.", is_bad=True)
                self.again.setFocus()
                return
            self._run(partial(joining.accept, found, password), self._on_met, found.host)
        else:
            self._run(partial(_meet, *self._typed(), keep=True), self._on_met, self._place())

    @property
    def is_busy(self) -> bool:
        """Whether the server has been asked and has not answered yet."""
        return self._request is not None

    # Inside: the job

    def _typed(self) -> tuple[str, str]:
        return self.address.text(), self.password.text()

    def _place(self) -> str:
        try:
            return joining.read_url(self.address.text()).place
        except AnnodeskError:
            return "the server"

    def _run(self, work: Callable[[], object], done: Callable[[object], None], place: str) -> None:
        self._stop()
        self._say(f"Asking {place} …", "You can go on working; this takes ten seconds at most.")
        self._request = self._jobs.background(
            work,
            on_done=lambda answer: self._answered(done, answer),
            on_error=self._on_error,
            key=self,
            what="ask the shared database",
        )
        self._set_busy(True)

    def _answered(self, done: Callable[[object], None], answer: object) -> None:
        self._request = None
        self._set_busy(False)
        done(answer)

    def _on_looked(self, server: object) -> None:
        self._say(f"{server} answers.", "Choose a password, then connect.", is_good=True)

    def _on_tested(self, met: object) -> None:
        assert isinstance(met, Met)
        self._say(*_met_words(met), is_good=True)

    def _on_met(self, met: object) -> None:
        assert isinstance(met, Met)
        self.connected.emit(met)
        self.accept()

    def _on_error(self, error: Exception) -> None:
        self._request = None
        self._set_busy(False)
        self._fail(error)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, AnnodeskError):
            self._say(error.sentence, error.hint, is_bad=True)
            if self.invitation is None and joining.needs_password(error):
                self.password.setFocus()
                self.password.selectAll()
        else:
            self.reject()
            self._jobs.failed.emit(error, "ask the shared database")

    def _stop(self) -> None:
        if self._request is not None:
            self._request.cancel()
            self._request = None
        self._set_busy(False)
        self._say("", "")

    # Inside: what is shown

    def _say(self, sentence: str, hint: str, *, is_bad: bool = False, is_good: bool = False) -> None:
        restyle(self.sentence, "bad" if is_bad else "ok" if is_good else "")
        self.sentence.setText(sentence)
        self.hint.setText(hint)
        self.sentence.setVisible(bool(sentence))
        self.hint.setVisible(bool(hint))
        self.setAccessibleDescription(f"{sentence} {hint}".strip())
        self._area.ensureWidgetVisible(self.hint if hint else self.sentence)

    def _set_busy(self, is_busy: bool) -> None:
        self.progress.setVisible(is_busy)
        self.back.setText("Stop" if is_busy else "Not now")
        self._follow()

    def _follow(self) -> None:
        has_enough = self.invitation is not None or bool(self.address.text().strip())
        chosen = self.invitation is None or bool(self.password.text())
        self.tests.setEnabled(has_enough and not self.is_busy)
        self.enter.setEnabled(has_enough and chosen and not self.is_busy)

    def _on_typed(self) -> None:
        if self.is_busy or self.sentence.text():
            self._stop()
        self._follow()

    def _show_form(self) -> None:
        found = self.invitation
        self.form.setRowVisible(self.address, found is None)
        self.form.setRowVisible(self.again, found is not None)
        self.other.setVisible(found is not None)
        self.file.setVisible(found is None)
        for field in (self.password, self.again):
            field.clear()
        words = self.form.labelForField(self.password)
        assert words is not None
        words.setText("Password" if found is None else "Your own password")  # type: ignore[attr-defined]
        self.password.setPlaceholderText(
            "empty where this computer knows it" if found is None else "8 characters or more"
        )
        if found is None:
            self.explanation.setText(
                "Open the invitation that you were given, or write the address of your team's database. "
                "Without a team nothing changes: your file stays on this computer."
            )
        else:
            until = datetime.fromtimestamp(found.expires_us / 1_000_000).strftime("%d %B %Y, %H:%M")
            proof = "" if not found.certificate else " The invitation brings the certificate that the server must show."
            self.explanation.setText(
                f"{found.name}, you are invited to {found.project} on {found.host}, as {found.login}, until {until}. "
                f"Choose a password that only you know; the invitation is worth nothing afterwards.{proof}"
            )
        self._say("", "")
        self._follow()

    def _build(self, url: str) -> None:
        self.explanation = label("", "dim", wrap=True)
        self.file = button("Open an invitation …", icon=theme.icon("email-open-outline"))
        self.file.clicked.connect(self.ask_file)
        self.other = button("Write an address instead", role="flat")
        self.other.clicked.connect(self.forget_invitation)
        self.address, self.password, self.again = QLineEdit(url), QLineEdit(), QLineEdit()
        self.address.setPlaceholderText(EXAMPLE)
        self.form = QFormLayout()
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.form.setSpacing(theme.SPACE * 2)
        rows = (("Address", self.address), ("Password", self.password), ("Once more", self.again))
        for name, field in rows:
            field.setAccessibleName(name)
            field.setMaxLength(LONGEST)
            field.setMinimumWidth(theme.px(200))
            field.textChanged.connect(self._on_typed)
            self.form.addRow(label(name, "dim"), field)
        for field in (self.password, self.again):
            field.setEchoMode(QLineEdit.EchoMode.Password)
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.sentence, self.hint = label("", wrap=True), label("", "dim", wrap=True)
        inner = QWidget()
        inner.setProperty("role", "scrolled")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE * 3)
        column.addWidget(self.explanation)
        for made in (self.file, self.other):
            column.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(self.form)
        for part in (self.progress, self.sentence, self.hint):
            column.addWidget(part)
        column.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inner)
        self.back, self.tests = button("Not now"), button("Test", tip="Ask the server; nothing is changed")
        self.enter = button("Connect", role="primary")
        self.back.clicked.connect(self._back)
        self.tests.clicked.connect(self.test)
        self.enter.clicked.connect(self.connect_now)
        feet = QHBoxLayout()
        feet.setSpacing(theme.SPACE * 2)
        feet.addWidget(self.tests)
        feet.addStretch()
        feet.addWidget(self.back)
        feet.addWidget(self.enter)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 20, 16)
        outer.setSpacing(theme.SPACE * 3)
        outer.addWidget(label("Work with a team", "title"))
        outer.addWidget(self._area, 1)
        outer.addLayout(feet)
        room = self.parentWidget().window().size()
        self.resize(min(theme.px(560), room.width() - 40), min(theme.px(390), room.height() - 40))

    def _back(self) -> None:
        if self.is_busy:
            self._stop()
        else:
            self.reject()

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return goes on to the next empty field, then connects."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.isAutoRepeat():
            super().keyPressEvent(event)
            return
        focused = self.focusWidget()
        if isinstance(focused, QLineEdit):
            empty = [f for f in (self.address, self.password, self.again) if f.isVisible() and not f.text()]
            if empty and focused not in empty and (self.invitation is not None or empty != [self.password]):
                empty[0].setFocus()
            elif self.enter.isEnabled():
                self.connect_now()
        elif focused in (self.tests, self.enter, self.back, self.file, self.other):
            focused.click()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.open_invitation(Path(event.mimeData().urls()[0].toLocalFile()))

    def done(self, result: int) -> None:
        """However it ends, no answer comes home any more."""
        if self._request is not None:
            self._request.cancel()
            self._request = None
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.reject()
        super().closeEvent(event)


def _meet(url: str, password: str, *, keep: bool = False) -> Met:
    """Enter by what was typed; runs off the UI thread."""
    met = joining.meet(joining.read_url(url, password))
    return joining.keep_password(met) if keep else met


def _met_words(met: Met) -> tuple[str, str]:
    """What a test found, in two sentences."""
    if not met.projects:
        return f"{met.server} answers, and you are {met.name}.", "You are in no project yet: ask a manager."
    names = [f"{p.name} ({', '.join(sorted(role.value for role in p.roles))})" for p in met.projects[:4]]
    more = f" and {len(met.projects) - 4} more" if len(met.projects) > 4 else ""
    return f"{met.server} answers, and you are {met.name}.", f"Your projects: {', '.join(names)}{more}."
