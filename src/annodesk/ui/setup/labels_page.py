"""The section about groups of labels: for each label a line in which the group is written that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from annodesk.model.needs import LONGEST_SKILL
from annodesk.model.project_edit import GROUPS
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.parts import label
from annodesk.ui.plain import shown
from annodesk.ui.setup.page import Card, SectionPage, say
from annodesk.ui.setup.words import group_words

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

NOT_IN_A_NAME = ",;|:"
FAULT = f"The name of a group has none of {' '.join(NOT_IN_A_NAME)} in it: write another."
NO_LABELS = "No part of this project has labels: name them in the project's file."


class LabelsPage(SectionPage):
    """Follows the draft; what is written goes into it at once, and holds once it is set."""

    id = "labels"

    def build(self) -> None:
        self.edits: dict[tuple[str, str], GroupEdit] = {}
        self._parts = QWidget()
        self._grid = QGridLayout(self._parts)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.SPACE * 4)
        self._grid.setColumnStretch(2, 1)
        self.fault = label("", "bad", wrap=True)
        card = Card("Each label's group")
        card.add(self._parts, self.fault)
        self.add(card)

    def take_focus(self) -> None:
        if self.edits:
            next(iter(self.edits.values())).setFocus()

    def show_policy(self) -> None:
        version = self.draft.version
        wanted = [(p.name, one.name) for p in version.project.schema.parts() for one in p.labels] if version else []
        if list(self.edits) != wanted:
            self._make(wanted)
        groups = self._groups()
        known = tuple(dict.fromkeys(group for labels in groups.values() for group in labels.values()))
        for (part, name), edit in self.edits.items():
            edit.show_group(groups.get(part, {}).get(name, ""), known)
            edit.setReadOnly(not self.draft.may_set)
        say(self.fault, "" if wanted or version is None else NO_LABELS)
        self.tell(group_words(groups).removeprefix("groups of labels: "))

    def _groups(self) -> Mapping[str, Mapping[str, str]]:
        found = self.draft.value(GROUPS)
        return found if isinstance(found, Mapping) else {}

    def _make(self, labels: list[tuple[str, str]]) -> None:
        clear_rows(self._parts)
        self.edits = {}
        parts = len({part for part, _ in labels})
        row, last = 0, ""
        for part, name in labels:
            if parts > 1 and part != last:
                self._grid.addWidget(label(shown(part, 60), "small"), row, 0, 1, 2)
                row, last = row + 1, part
            edit = GroupEdit()
            edit.setAccessibleName(f"Group of {name} of {part}")
            edit.textEdited.connect(partial(self._on_typed, part, name))
            edit.completed.connect(partial(self._on_typed, part, name))
            self.edits[part, name] = edit
            self._grid.addWidget(label(shown(name, 60)), row, 0)
            self._grid.addWidget(edit, row, 1)
            row += 1

    def _on_typed(self, part: str, name: str, text: str) -> None:
        written = text.strip()
        is_bad = any(one in NOT_IN_A_NAME or not one.isprintable() for one in written)
        say(self.fault, FAULT if is_bad else "")
        if is_bad:
            return
        groups = {one: dict(labels) for one, labels in self._groups().items()}
        groups.setdefault(part, {})[name] = written
        kept = {one: {key: group for key, group in labels.items() if group} for one, labels in groups.items()}
        self.draft.put(GROUPS, {one: labels for one, labels in kept.items() if labels})


class GroupEdit(QLineEdit):
    """A line for one group; Down and Up put groups there that are named already.

    completed(str)    a known group was put in
    """

    completed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setMaxLength(LONGEST_SKILL)
        self.setMinimumWidth(theme.px(220))
        self.setPlaceholderText("no group")
        self._known: tuple[str, ...] = ()

    def show_group(self, group: str, known: tuple[str, ...]) -> None:
        """Show a group; what somebody is writing just now stays as they write it."""
        self._known = known
        if self.text().strip() != group:
            self.setText(group)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None or event.modifiers() or self.isReadOnly():
            super().keyPressEvent(event)
        elif self._known:
            now = self.text().strip()
            place = self._known.index(now) + step if now in self._known else 0 if step > 0 else -1
            self.setText(self._known[place % len(self._known)])
            self.completed.emit(self.text())
