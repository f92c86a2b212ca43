"""How sync stands, in the status line: a mark and a few words that are always true; a press opens the sync log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from annodesk.ui import theme
from annodesk.ui.dot import Dot
from annodesk.ui.plain import entry_text, set_tip

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from annodesk.services.sync_state import SyncState

LONGEST = 60
"""Letters in the line; a press or the tip says the rest."""

_FORMS = {
    "synced": "ok",
    "syncing": "waiting",
    "waiting": "waiting",
    "offline": "off",
    "conflict": "bad",
    "refused": "bad",
}


_SPARE = 4
"""Pixels more than a sentence is wide: widths of letters are no whole numbers."""


class _Words(QPushButton):
    """A sentence that gives way at its end where there is no room: what is the case comes first in it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "flat")
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.whole = ""

    def set_whole(self, whole: str) -> None:
        """Say this."""
        self.whole = whole
        self.setText(whole)
        self.updateGeometry()
        self._elide()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        missing = self.fontMetrics().horizontalAdvance(self.whole) - self.fontMetrics().horizontalAdvance(self.text())
        return QSize(hint.width() + missing + _SPARE, hint.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(60), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        around = self.sizeHint().width() - self.fontMetrics().horizontalAdvance(self.whole)
        room = self.width() - around + _SPARE
        fitting = self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideRight, max(0, room))
        if fitting != self.text():
            self.setText(fitting)


class SyncLamp(QWidget):
    """Shows a SyncState; nothing at all while the file belongs to nobody but this computer.

    pressed()   the person wants to know more
    shown()     it says something else, or nothing
    """

    pressed = Signal()
    shown = Signal()

    def __init__(self, local_time: Callable[[int], str]) -> None:
        super().__init__()
        self._local_time = local_time
        self.state: SyncState | None = None
        self.dot = Dot()
        self.words = _Words()
        self.words.clicked.connect(self.pressed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.dot)
        row.addWidget(self.words)
        theme.notifier().theme_changed.connect(self._size)
        self._size()
        self.hide()

    def show_state(self, state: SyncState) -> None:
        """Say how it stands now."""
        self.state = state
        sentence = self.sentence()
        self.words.set_whole(entry_text(sentence, LONGEST))
        self.words.setAccessibleName(f"Sync: {sentence}")
        set_tip(self.words, " ".join(part for part in (sentence, state.reason, "Press for the sync log.") if part))
        self.dot.show_state(_FORMS.get(state.standing.value, "off"))
        self.setVisible(bool(sentence))
        self.shown.emit()

    def sentence(self) -> str:
        """The whole of what is the case."""
        return self.state.sentence(self._local_time) if self.state is not None else ""

    def _size(self) -> None:
        self.dot.setFixedSize(theme.px(10), theme.px(10))
