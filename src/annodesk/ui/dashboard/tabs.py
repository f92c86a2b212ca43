"""The row of tabs above the desk's pages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.dashboard.actions import PAGES
from annodesk.ui.key_button import KeyButton

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent


class PageTabs(QWidget):
    """A tab for each page; where there is little room they show their names alone.

    chosen(str)    a page is to be shown
    """

    chosen = Signal(str)

    def __init__(self, shown: str) -> None:
        super().__init__()
        self.tabs: dict[str, KeyButton] = {}
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(theme.SPACE)
        for name, title in PAGES:
            made = KeyButton(title, f"desk.page.{name}", role="flat", by_tab=True)
            made.setCheckable(True)
            made.setChecked(name == shown)
            made.clicked.connect(partial(self.chosen.emit, name))
            self._group.addButton(made)
            self.tabs[name] = made
            row.addWidget(made)
        row.addStretch()
        theme.notifier().theme_changed.connect(self._fit)

    def check(self, name: str) -> None:
        """Mark the page that is shown."""
        for known, made in self.tabs.items():
            made.setChecked(known == name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        for made in self.tabs.values():
            made.show_cap(self.width() >= theme.px(110) * len(self.tabs))
