"""How the project stands: what is settled, what waits, how far people agree; for managers and analysts of a team."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from annodesk.services.changes import Changes, Kind
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_title

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from annodesk.services import Services
    from annodesk.store.figures import TeamFigures
    from annodesk.ui.bus import Context

NOT_YOURS = "The figures of a team are for its managers and analysts; here is what is on this computer."
STEPS = 1_000


def read(services: Services, project_id: str) -> tuple[dict[str, Any], TeamFigures | None, bool]:
    """The project's figures, the team's own where there are some, and whether it is a team's; on the store lane."""
    is_shared = services.sync.where is not None
    return services.dashboard.status(project_id)[0], services.dashboard.team(project_id), is_shared


def lines_of(status: dict[str, Any], team: TeamFigures | None) -> list[tuple[str, str, float | None]]:
    """What is said: name, words, and a share from 0 to 1 where it is one."""
    items, settled = status["items"], status["settled"]
    lines: list[tuple[str, str, float | None]] = [
        ("Settled", f"{settled} of {items}", settled / items if items else 0.0),
        ("By people", f"{status['done']} of {settled}", status["done"] / settled if settled else 0.0),
        ("In review", str(status["escalated"]), status["escalated"] / items if items else 0.0),
    ]
    agreement = status["agreement"]
    scored = f" over {team.scored} items" if team is not None and agreement is not None else ""
    lines.append(("Agreement", "not known yet" if agreement is None else f"{agreement:.2f}{scored}", agreement))
    if team is not None:
        lines += [(f"… on {part}", f"{value:.2f} over {n}", value) for part, (value, n) in sorted(team.parts.items())]
    people = ", ".join(f"{n} {role}{'s' * (n != 1)}" for role, n in status["people"].items() if n)
    lines.append(("People", people or "nobody yet", None))
    return lines


class StandingWindow(QDialog):
    """Reads itself again as sync brings other figures; work goes on behind it."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "How the project stands")
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context = context
        self.shown: list[tuple[str, str, float | None]] = []
        self.name, self.when = label("", "title", wrap=True), label("", "dim", wrap=True)
        self._host = QWidget()
        self._host.setProperty("role", "scrolled")
        self._rows = QGridLayout(self._host)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setHorizontalSpacing(theme.SPACE * 4)
        self._rows.setVerticalSpacing(theme.SPACE * 2)
        self._rows.setColumnStretch(2, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._host)
        again = button("Read again", role="flat")
        again.clicked.connect(self.read)
        feet = QHBoxLayout()
        feet.addWidget(self.when, 1)
        feet.addWidget(again)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 3)
        column.addWidget(self.name)
        column.addWidget(area, 1)
        column.addLayout(feet)
        room = parent.window().size()
        self.resize(min(theme.px(520), room.width() - 40), min(theme.px(340), room.height() - 40))
        context.bus.changed.connect(self._on_changed)
        self.read()

    def read(self) -> None:
        """Read the figures again."""
        context = self._context
        context.jobs.store(
            read, context.services, context.project_id, on_done=self._show, what="read how the project stands"
        )

    def _on_changed(self, changes: Changes) -> None:
        if any(kind in changes for kind in (Kind.FIGURES, Kind.ITEMS, Kind.SCORES, Kind.PEOPLE, Kind.PROJECT)):
            self.read()

    def _show(self, found: tuple[dict[str, Any], TeamFigures | None, bool]) -> None:
        status, team, is_shared = found
        self.name.setText(status["name"])
        self.shown = lines_of(status, team)
        clear_rows(self._host)
        for row, (name, words, share) in enumerate(self.shown):
            self._rows.addWidget(label(name, "dim"), row, 0)
            self._rows.addWidget(label(words, "strong"), row, 1, 1, 1 if share is not None else 2)
            if share is not None:
                bar = QProgressBar()
                bar.setRange(0, STEPS)
                bar.setValue(round(max(0.0, min(1.0, share)) * STEPS))
                bar.setTextVisible(False)
                bar.setAccessibleName(f"{name}: {words}")
                self._rows.addWidget(bar, row, 2, Qt.AlignmentFlag.AlignVCenter)
        self._rows.setRowStretch(len(self.shown), 1)
        if team is not None:
            when = datetime.fromtimestamp(team.at_us / 1_000_000).strftime("%d %b %H:%M")
            self.when.setText(f"The whole team, as the server counted on {when}.")
        else:
            self.when.setText(NOT_YOURS if is_shared else "All that is in this file.")

    def closeEvent(self, event: QCloseEvent) -> None:
        self.reject()
        super().closeEvent(event)
