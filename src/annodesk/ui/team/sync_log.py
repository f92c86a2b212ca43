"""The sync log, for people: what was sent and fetched, what went wrong and what to do, line by line."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_tip, set_title, shown

if TYPE_CHECKING:
    from annodesk.services.sync_state import SyncLine

MOST_LINES = 1_000
EMPTY = "Nothing has been synced yet."


def line_text(line: SyncLine) -> str:
    """A line as it is shown and copied."""
    when = datetime.fromtimestamp(line.at_us / 1_000_000).strftime("%d %b %H:%M:%S")
    return f"{when}  {'! ' if line.is_trouble else ''}{line.sentence} {line.hint}".rstrip()


class SyncLog(QDialog):
    """Shows what happened since the program was started; work goes on behind it.

    sync_asked()   the person does not want to wait for the next round
    """

    sync_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Sync log")
        self.setModal(False)
        self.state = label("", "strong", wrap=True)
        self.reason = label("", "dim", wrap=True)
        self.lines = QListWidget()
        self.lines.setAccessibleName("Sync log")
        self.lines.setWordWrap(True)
        self.lines.setUniformItemSizes(False)
        self.lines.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.empty = label(EMPTY, "dim")
        copy, self.now = button("Copy"), button("Sync now", role="primary")
        copy.clicked.connect(self.copy)
        self.now.clicked.connect(self.sync_asked)
        feet = QHBoxLayout()
        feet.addWidget(copy)
        feet.addStretch()
        feet.addWidget(self.now)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        for part in (self.state, self.reason, self.empty):
            column.addWidget(part)
        column.addWidget(self.lines, 1)
        column.addLayout(feet)
        room = parent.window().size()
        self.resize(min(theme.px(620), room.width() - 40), min(theme.px(400), room.height() - 40))

    def show_state(self, sentence: str, reason: str) -> None:
        """How it stands now."""
        self.state.setText(sentence or "This file belongs to this computer alone.")
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        self.now.setEnabled(bool(sentence))

    def show_lines(self, lines: Iterable[SyncLine]) -> None:
        """Show these lines, the newest at the end and in sight."""
        self.lines.clear()
        for line in deque(lines, maxlen=MOST_LINES):
            self.add(line)

    def add(self, line: SyncLine) -> None:
        """One line more; whoever reads further up is not disturbed."""
        bar = self.lines.verticalScrollBar()
        is_at_end = bar.value() >= bar.maximum() - 2
        entry = QListWidgetItem(shown(line_text(line)))
        set_tip(entry, line_text(line))
        if line.is_trouble:
            entry.setForeground(theme.mix(theme.current().bad, theme.current().bad, 1.0))
        self.lines.addItem(entry)
        while self.lines.count() > MOST_LINES:
            self.lines.takeItem(0)
        self.empty.hide()
        if is_at_end:
            self.lines.scrollToBottom()

    def texts(self) -> list[str]:
        """The lines shown now."""
        return [self.lines.item(i).text() for i in range(self.lines.count())]

    def copy(self) -> None:
        """Put all lines on the clipboard, such as for whoever helps."""
        QGuiApplication.clipboard().setText("\n".join([self.state.text(), *self.texts()]))
