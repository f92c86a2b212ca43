"""What has changed in the guidelines since a person read them last: shown once, before their next task."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.annotate.guideline_actions import ACTIONS
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import label

if TYPE_CHECKING:
    from annodesk.model.guideline_changes import ClauseChange, GuidelineChange
    from annodesk.services.tasks import TaskWork
    from annodesk.ui.actions import KeyMap
    from annodesk.ui.bus import Context

WIDEST_PX = 720
MOST_SHOWN = 60
"""Lines of one clause; the rest is read in the guidelines themselves."""
_WITHOUT_HEADING = "Before the first heading"


class GuidelinePage(QWidget):
    """Shows the difference, clause by clause, with what went above what came."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("The guidelines have changed")
        self.setProperty("role", "ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.read = KeyButton("I have read it", "guidelines.read", role="primary")
        self._told = QWidget()
        rows = QVBoxLayout(self._told)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.SPACE * 2)
        self.head = label("", "title", wrap=True)
        self.begun = label("Tasks you have begun stay under the version you began them with.", "small", wrap=True)
        card = QFrame()
        card.setProperty("role", "card")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(20, 16, 20, 16)
        inner.addWidget(self._told)
        feet = QHBoxLayout()
        feet.addWidget(self.begun, 1)
        feet.addWidget(self.read)
        self._middle = QWidget()
        middle = QVBoxLayout(self._middle)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(theme.SPACE * 3)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QWidget()
        whole.setProperty("role", "scrolled")
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)
        column.addStretch()
        self.area.setWidget(whole)
        middle.addWidget(self.head)
        middle.addWidget(self.area, 1)
        middle.addLayout(feet)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(20, 20, 20, 20)
        outer.addStretch(1)
        outer.addWidget(self._middle, 30)
        outer.addStretch(1)
        theme.notifier().theme_changed.connect(self._size)
        self._size()

    def show_change(self, change: GuidelineChange) -> None:
        """Show what is different."""
        self.head.setText(f"The guidelines have changed: version {change.before} → {change.version}")
        clear_rows(self._told)
        rows = self._told.layout()
        assert rows is not None
        for words in change.labels:
            rows.addWidget(label(words, "strong", wrap=True))
        for clause in change.clauses:
            self._show_clause(clause)
        self.area.verticalScrollBar().setValue(0)

    def _show_clause(self, clause: ClauseChange) -> None:
        rows = self._told.layout()
        assert rows is not None
        heading = clause.heading or _WITHOUT_HEADING
        rows.addWidget(
            label(heading if clause.kind == "changed" else f"{heading} ({clause.kind})", "strong", wrap=True)
        )
        for sign, role, lines in (("−", "dim", clause.gone), ("+", "", clause.new)):
            for words in lines[:MOST_SHOWN]:
                line = label(f"{sign} {words}", role, wrap=True)
                if sign == "−":
                    font = line.font()
                    font.setStrikeOut(True)
                    line.setFont(font)
                line.setAccessibleName(f"{'no more' if sign == '−' else 'new'}: {words}")
                rows.addWidget(line)
            if len(lines) > MOST_SHOWN:
                rows.addWidget(label(f"and {len(lines) - MOST_SHOWN} more lines", "small"))

    def _size(self) -> None:
        self._middle.setMaximumWidth(theme.px(WIDEST_PX))


class ChangedGuidelines(QObject):
    """Has the next task of one workspace wait until its person has read what changed.

    Parameters
    ----------
    go_on : open the task that waited
    """

    def __init__(self, context: Context, keys: KeyMap, page: GuidelinePage, *, go_on: Callable[[str], None]) -> None:
        super().__init__(page)
        self._context, self._keys, self.page, self._go_on = context, keys, page, go_on
        self._change: GuidelineChange | None = None
        self._task_id = ""
        page.read.clicked.connect(self.acknowledge)

    @property
    def is_shown(self) -> bool:
        """Whether a change waits to be read."""
        return self._change is not None

    def open_after(self, task_id: str, *, is_open: bool) -> TaskWork | GuidelineChange:
        """A task, or what is to be read before it; one that is open already is never held up. In the store lane."""
        context, services = self._context, self._context.services
        if not is_open:
            change = services.guideline_changes.unread(context.project_id, context.person_id)
            if change is not None:
                return change
        return services.tasks.open(context.project_id, context.person_id, task_id)

    def show(self, change: GuidelineChange, task_id: str) -> None:
        """Show what is to be read before a task."""
        if self._change is None:
            self._keys.bind(ACTIONS, {"guidelines.read": self.acknowledge}, wins=True)
        self._change, self._task_id = change, task_id
        self.page.show_change(change)

    def acknowledge(self) -> None:
        """The person has read it: note that, then open what waited."""
        change, task_id, context = self._change, self._task_id, self._context
        if change is None:
            return
        self.leave()
        context.jobs.store(
            context.services.guideline_changes.acknowledge,
            context.project_id,
            context.person_id,
            change.version,
            what="note that the guidelines were read",
        )
        self._go_on(task_id)

    def leave(self) -> None:
        """Something else is shown now."""
        if self._change is not None:
            self._change = None
            self._keys.unbind("guidelines.")
