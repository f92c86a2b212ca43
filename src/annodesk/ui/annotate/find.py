"""The line above the table in which segments are looked for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit

from annodesk.model.search import HELP, Search, SearchError, parse_search
from annodesk.ui import theme
from annodesk.ui.parts import button, label, restyle

_OWN_KEYS = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab,
             Qt.Key.Key_Up, Qt.Key.Key_Down)  # fmt: skip


class FindBar(QFrame):
    """Holds the search; what it finds is shown by the table beneath.

    searched(object)   another Search, empty where everything is wanted
    stepped(int)       to the next found segment (1) or the one before (-1)
    all_asked()        select everything found
    left()             Tab: the keys go back, what was found stays listed
    closed()           Escape: the search is over
    """

    searched = Signal(object)
    stepped = Signal(int)
    all_asked = Signal()
    left = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.field = QLineEdit()
        self.field.setPlaceholderText(HELP)
        self.field.setAccessibleName("Find segments")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._on_text)
        self.field.installEventFilter(self)
        self.says = label("", "dim")
        self.every = button("select all", role="flat", tip="Select what is found on the tier in work (Alt+Return)")
        self.every.clicked.connect(self.all_asked)
        close = button("", role="flat", icon=theme.icon("close"), tip="End the search (Escape)")
        close.clicked.connect(self.end)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(10), 2, theme.px(6), 2)
        row.setSpacing(theme.SPACE * 2)
        row.addWidget(label("Find", "dim"))
        row.addWidget(self.field, 1)
        row.addWidget(self.says)
        row.addWidget(self.every)
        row.addWidget(close)
        self.search = Search()
        self.hide()

    def open(self) -> None:
        """Show the line, with what was looked for last selected."""
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def end(self) -> None:
        """Look for nothing any more."""
        self.field.clear()
        self.hide()
        self.closed.emit()

    def show_count(self, found: int, place: int | None) -> None:
        """How many there are, and which of them is at hand."""
        if not self.search:
            said = ""
        elif not found:
            said = "nothing found"
        else:
            said = f"{place + 1} of {found:,}" if place is not None else f"{found:,} found"
        restyle(self.says, "dim")
        self.says.setText(said)
        self.every.setVisible(bool(self.search) and found > 0)

    def _on_text(self, text: str) -> None:
        try:
            search = parse_search(text)
        except SearchError as error:
            restyle(self.says, "bad")
            self.says.setText(str(error))
            return
        self.search = search
        self.searched.emit(search)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_own = event.key() in _OWN_KEYS and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
            event.setAccepted(is_own)  # what means something in the field does not reach the window's keys
            return is_own
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key, modifiers = event.key(), event.modifiers()
            if key == Qt.Key.Key_Escape:
                self.end()
                return True
            if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                self.left.emit()
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if modifiers & Qt.KeyboardModifier.AltModifier:
                    self.all_asked.emit()
                else:
                    self.stepped.emit(-1 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1)
                return True
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self.stepped.emit(1 if key == Qt.Key.Key_Down else -1)
                return True
        return super().eventFilter(watched, event)
