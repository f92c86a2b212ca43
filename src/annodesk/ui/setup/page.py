"""What every section of the project page is made of: a head, a sentence on what it is for, and cards one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.parts import Label, key_cap, label
from annodesk.ui.setup.sections import SECTIONS, State

if TYPE_CHECKING:
    from annodesk.ui.bus import Context
    from annodesk.ui.setup.draft import Draft

WIDEST = 880
"""At ordinary text: lines of more are hard to read."""


class Card(QFrame):
    """A part of a section with a head of its own; ``column`` holds what is in it."""

    def __init__(self, title: str = "", key: str = "") -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(18, 14, 18, 16)
        self.column.setSpacing(theme.SPACE * 2)
        self.title = label(title, "strong")
        self.aside = label("", "dim")
        if title:
            head = QHBoxLayout()
            head.setSpacing(theme.SPACE * 2)
            head.addWidget(self.title)
            if key:
                head.addWidget(key_cap(key))
            head.addStretch()
            head.addWidget(self.aside)
            self.column.addLayout(head)

    def add(self, *parts: QWidget) -> None:
        """Put widgets under each other."""
        for part in parts:
            self.column.addWidget(part)


class SectionPage(QScrollArea):
    """Scrolls as a whole, so that nothing is lost at large text.

    told(State)   what the section's line in the list says
    """

    told = Signal(object)
    id = ""
    widest = WIDEST
    reads_soon = False
    """Whether its line in the list is worth reading it for before it is seen; only what is quick."""

    def __init__(self, context: Context, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context, self.draft = context, draft
        self.section = next(one for one in SECTIONS if one.id == self.id)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.section.title)
        self.is_stale = True
        self._host = QWidget()
        self._host.setProperty("role", "scrolled")
        self._inner = QWidget()
        self.column = QVBoxLayout(self._inner)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme.SPACE * 3)
        outer = QHBoxLayout(self._host)
        outer.setContentsMargins(28, 22, 28, 24)
        outer.addWidget(self._inner, 100)
        outer.addStretch(1)
        self.column.addWidget(label(self.section.title, "title"))
        self.column.addWidget(label(self.section.intro, "dim", wrap=True))
        self.column.addSpacing(theme.SPACE)
        self.build()
        self.column.addStretch()
        self.setWidget(self._host)
        theme.notifier().theme_changed.connect(self._size)
        self._size()

    # What each section says

    def build(self) -> None:
        """Put the section's cards into ``column``."""

    def show_policy(self) -> None:
        """Follow the settings, as they would stand."""

    def read(self) -> None:
        """Read what the section shows; called when it is seen, and again where something it rests on changed."""

    def release(self) -> None:
        """Nobody looks any more."""

    def take_focus(self) -> None:
        """Give what is changed here the keys."""

    # Inside

    def refresh(self) -> None:
        """Read where that is due."""
        if self.is_stale:
            self.is_stale = False
            self.read()

    def scroll_by(self, pages: int) -> None:
        """Read on or back by half of what is seen."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + pages * self.viewport().height() // 2)

    def tell(self, words: str, tone: str = "") -> None:
        """Say the one thing to know about this section."""
        self.told.emit(State(words, tone))

    def add(self, *parts: QWidget) -> None:
        """Put widgets under each other."""
        for part in parts:
            self.column.addWidget(part)

    def _size(self) -> None:
        self._inner.setMaximumWidth(theme.px(self.widest))


def say(where: Label, words: str) -> None:
    """Show words; without any the label takes no room."""
    where.setText(words)
    where.setVisible(bool(words))


def facts_line(*facts: str) -> str:
    """Facts beside each other, those there are."""
    return " · ".join(fact for fact in facts if fact)
