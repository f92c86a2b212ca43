"""Asks whom to invite, and writes the file: logins are made by the administrator, so their address is asked for."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from annodesk.errors import AnnodeskError
from annodesk.services import joining, server
from annodesk.services.joining import DAYS_OPEN, MOST_DAYS_OPEN, SUFFIX, Invited
from annodesk.ui import theme
from annodesk.ui.newcomer import ROLES
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_tip, set_title

if TYPE_CHECKING:
    from annodesk.ui.jobs import Jobs, Request


class InviteDialog(QDialog):
    """invited(Invited)   the file is written"""

    invited = Signal(object)

    def __init__(self, jobs: Jobs, project: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Invite somebody")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._jobs, self._project = jobs, project
        self._request: Request | None = None
        self.admin, self.password, self.login, self.name = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.admin.setPlaceholderText("postgresql://ADMIN@HOST/DATABASE, or empty for this computer")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setPlaceholderText("empty where this computer knows it")
        self.days = QSpinBox()
        self.days.setRange(1, MOST_DAYS_OPEN)
        self.days.setValue(DAYS_OPEN)
        self.days.setFixedWidth(theme.px(64))
        self.days.lineEdit().setTextMargins(theme.px(4), 0, 0, 0)
        self.roles = {role: QCheckBox(role.value) for role, _ in ROLES}
        self.sentence = label("", "bad", wrap=True)
        self.write, back = button("Write the invitation …", role="primary"), button("Not now")
        self.write.clicked.connect(self.ask_file)
        back.clicked.connect(self.reject)
        form = QFormLayout()
        form.setSpacing(theme.SPACE * 2)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        rows = (("Administrator", self.admin), ("Password", self.password), ("Login", self.login), ("Name", self.name))
        for title, field in rows:
            field.setAccessibleName(title)
            field.setMaxLength(2_000 if field is self.admin else 200)
            field.textChanged.connect(self._follow)
            form.addRow(label(title, "dim"), field)
        chosen = QHBoxLayout()
        chosen.setSpacing(theme.SPACE * 4)
        for role, what in ROLES:
            box = self.roles[role]
            set_tip(box, what)
            box.setChecked(role.value == "annotator")
            box.toggled.connect(self._follow)
            chosen.addWidget(box)
        chosen.addStretch()
        form.addRow(label("As", "dim"), chosen)
        form.addRow(label("Open for days", "dim"), self.days)
        feet = QHBoxLayout()
        feet.addStretch()
        feet.addWidget(back)
        feet.addWidget(self.write)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(label(f"Invite somebody to {project}", "title", wrap=True))
        says = (
            "The file lets its bearer in once, to choose a password of their own. Logins are made by the administrator."
        )
        column.addWidget(label(says, "dim", wrap=True))
        column.addLayout(form)
        column.addWidget(self.sentence)
        column.addLayout(feet)
        self.setMinimumWidth(min(theme.px(520), parent.window().width()))
        self.login.setFocus(Qt.FocusReason.OtherFocusReason)
        self._follow()

    def ask_file(self) -> None:
        """Ask where the file goes, then make it."""
        name = f"{self.login.text().strip()}{SUFFIX}"
        chosen, _ = QFileDialog.getSaveFileName(self, "Write the invitation", name, f"Invitations (*{SUFFIX})")
        if chosen:
            self.invite(Path(chosen))

    def invite(self, path: Path) -> None:
        """Make the login and the file."""
        roles = tuple(role.value for role, box in self.roles.items() if box.isChecked())
        work = partial(
            _invite, self.admin.text(), self.password.text(), self.login.text().strip(), path,
            project=self._project, name=self.name.text().strip(), roles=roles, days=self.days.value(),
        )  # fmt: skip
        self._say("")
        self._request = self._jobs.background(
            work, on_done=self._on_done, on_error=self._on_error, key=self, what="invite somebody"
        )
        self._follow()

    def _on_done(self, made: Invited) -> None:
        self._request = None
        self.invited.emit(made)
        self.accept()

    def _on_error(self, error: Exception) -> None:
        self._request = None
        self._follow()
        if isinstance(error, AnnodeskError):
            self._say(str(error))
        else:
            self._say("The invitation could not be written.")
            self._jobs.failed.emit(error, "invite somebody")

    def _say(self, sentence: str) -> None:
        self.sentence.setText(sentence)

    def _follow(self) -> None:
        has_role = any(box.isChecked() for box in self.roles.values())
        self.write.setEnabled(bool(self.login.text().strip()) and has_role and self._request is None)

    def done(self, result: int) -> None:
        """No answer comes home any more."""
        if self._request is not None:
            self._request.cancel()
            self._request = None
        super().done(result)


def _invite(admin: str, password: str, login: str, path: Path, **how: object) -> Invited:
    """Runs off the UI thread; a file of that name was agreed to be replaced."""
    address = joining.read_url(admin, password) if admin.strip() else server.find(None, None, ask=lambda place: None)
    path.unlink(missing_ok=True)
    return joining.invite(address, login, path, **how)  # type: ignore[arg-type]
