"""Asks who else works in a project: a name and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from annodesk.model.work import Role
from annodesk.ui import theme
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_title

if TYPE_CHECKING:
    from annodesk.services import Services
    from annodesk.services.projects import Member

ROLES = (
    (Role.ANNOTATOR, "labels"),
    (Role.ANALYST, "settles disagreements, never on what they labelled themselves"),
    (Role.MANAGER, "sets projects up"),
)


def add_person(services: Services, project_id: str, name: str, roles: Sequence[Role]) -> tuple[list[Member], str]:
    """Everybody in the project once the person is in, and that person's id; runs on the store lane."""
    person = services.people.add(project_id, name, *roles)
    services.coordinator.route(project_id)
    return services.people.list(project_id), person.id


class NewcomerDialog(QDialog):
    """Gives a name and roles.

    given(str, tuple)    the name and the roles chosen
    """

    given = Signal(str, object)

    def __init__(self, parent: QWidget, *, is_first: bool) -> None:
        super().__init__(parent)
        title = "Who are you?" if is_first else "Who else works here?"
        set_title(self, title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(420))
        self.name = QLineEdit()
        self.name.setPlaceholderText("Name")
        self.name.setAccessibleName("Name")
        self.name.setMaxLength(100)
        self.name.textChanged.connect(self._on_changed)
        self.name.returnPressed.connect(self._send)
        self.roles = {role: QCheckBox(f"{role.value} ({what})") for role, what in ROLES}
        self.add = button("Add", role="primary")
        self.add.clicked.connect(self._send)
        back = button("Back to work")
        back.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(label(title, "title"))
        says = "Work is kept under a name. In this file names are not guarded: anybody who opens it may choose any."
        column.addWidget(label(says, "dim", wrap=True))
        column.addWidget(self.name)
        for role, box in self.roles.items():
            box.setChecked(is_first or role is Role.ANNOTATOR)
            box.toggled.connect(self._on_changed)
            column.addWidget(box)
        feet = QHBoxLayout()
        feet.addStretch()
        feet.addWidget(back)
        feet.addWidget(self.add)
        column.addLayout(feet)
        self._on_changed()
        self.name.setFocus()

    def chosen(self) -> tuple[Role, ...]:
        """The roles ticked."""
        return tuple(role for role, box in self.roles.items() if box.isChecked())

    def _on_changed(self) -> None:
        self.add.setEnabled(bool(self.name.text().strip()) and bool(self.chosen()))

    def _send(self) -> None:
        if self.add.isEnabled():
            self.given.emit(self.name.text().strip(), self.chosen())
            self.accept()
