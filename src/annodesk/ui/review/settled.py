"""The items that were settled last: looked through, opened again with a reason, or made references."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from annodesk.errors import AnnodeskError
from annodesk.ui import theme
from annodesk.ui.parts import button, label, restyle
from annodesk.ui.plain import set_tip, set_title, shown

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from annodesk.services.changes import Decided
    from annodesk.services.judging import SettledItem
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request

_WAYS = {
    "consensus": "people agreed",
    "adjudication": "an analyst settled it",
    "single": "one person labelled it",
    "machine": "by the model",
}
EMPTY = "Nothing is settled yet."


def line_of(item: SettledItem) -> str:
    """An item as the list says it."""
    when = datetime.fromtimestamp(item.at_us / 1_000_000).strftime("%d %b %H:%M")
    how = ", ".join(_WAYS[way.value] for way in item.ways)
    words = [item.title, when, how, "reference" if item.is_reference else ""]
    return "  ·  ".join(word for word in words if word)


class SettledDialog(QDialog):
    """In a team the server is asked, and says at once what it does not allow.

    decided(Decided)   an item is open again, or a reference
    """

    decided = Signal(object)

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Settled items")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context = context
        self._request: Request | None = None
        self.items: list[SettledItem] = []
        self._build()
        self.read()

    @property
    def is_busy(self) -> bool:
        """Whether something has been asked and is not answered yet."""
        return self._request is not None

    def chosen(self) -> SettledItem | None:
        """The item whose line is selected."""
        entry = self.list.currentItem()
        item_id = entry.data(Qt.ItemDataRole.UserRole) if entry is not None and not entry.isHidden() else None
        return next((item for item in self.items if item.item_id == item_id), None)

    def read(self) -> None:
        """Read the list again."""
        self._ask(partial(self._context.services.judging.settled, self._context.project_id), self._show, "Reading …")

    def reopen(self) -> None:
        """Open the chosen item again; the reason goes with it."""
        item = self.chosen()
        if item is not None:
            services, person_id = self._context.services, self._context.person_id
            work = partial(services.judging.reopen, item.item_id, person_id, self.why.text())
            self._ask(work, self._on_decided, "Opening it again …")

    def confirm(self) -> None:
        """Make the chosen item's answer a reference."""
        item = self.chosen()
        if item is not None:
            services, person_id = self._context.services, self._context.person_id
            work = partial(services.judging.confirm, item.item_id, person_id, is_hidden=self.hidden.isChecked())
            self._ask(work, self._on_decided, "Making it a reference …")

    # Inside

    def _ask(self, work: Callable[[], object], done: Callable[..., None], words: str) -> None:
        if self.is_busy:
            return
        self._say(words)
        jobs, is_shared = self._context.jobs, self._context.services.sync.where is not None

        def came(answer: object) -> None:
            self._request = None
            self._say("")
            done(answer)
            self._follow()

        # A file of one's own is written in the store lane; a server is asked beside it.
        if is_shared:
            self._request = jobs.background(
                work, on_done=came, on_error=self._on_error, key=self, what="ask about items"
            )
        else:
            self._request = jobs.store(work, on_done=came, on_error=self._on_error, what="decide about items")
        self._follow()

    def _on_error(self, error: Exception) -> None:
        self._request = None
        if isinstance(error, AnnodeskError):
            self._say(error.sentence, error.hint, role="bad")
        else:
            self._say("That did not work.", "The report says what went wrong.", role="bad")
            self._context.jobs.failed.emit(error, "decide about settled items")
        self._follow()

    def _on_decided(self, decided: Decided) -> None:
        self.why.clear()
        self.decided.emit(decided)
        self.read()
        self._context.bus.status_said.emit(decided.sentence)

    def _show(self, items: list[SettledItem]) -> None:
        known = self.chosen()
        self.items = items
        self.list.clear()
        for item in items:
            entry = QListWidgetItem(shown(line_of(item)))
            entry.setData(Qt.ItemDataRole.UserRole, item.item_id)
            set_tip(entry, item.title)
            self.list.addItem(entry)
            if known is not None and item.item_id == known.item_id:
                self.list.setCurrentItem(entry)
        if self.list.currentItem() is None and items:
            self.list.setCurrentRow(0)
        self._search()

    def _search(self) -> None:
        wanted = self.search.text().casefold().strip()
        for row, item in enumerate(self.items):
            self.list.item(row).setHidden(wanted not in item.title.casefold())
        self.empty.setVisible(not self.items and not self.is_busy)
        self._follow()

    def _follow(self) -> None:
        has_one = self.chosen() is not None and not self.is_busy
        self.opens.setEnabled(has_one and bool(self.why.text().strip()))
        item = self.chosen()
        can_be = item is not None and any(way.value == "adjudication" for way in item.ways) and not item.is_reference
        self.confirms.setEnabled(has_one and can_be)
        self.hidden.setEnabled(has_one and can_be)
        set_tip(self.confirms, "" if can_be else "Only an answer that an analyst has settled becomes a reference.")

    def _say(self, sentence: str, hint: str = "", *, role: str = "dim") -> None:
        restyle(self.sentence, role)
        self.sentence.setText(f"{sentence} {hint}".strip())

    def _build(self) -> None:
        self.search, self.why = QLineEdit(), QLineEdit()
        self.search.setPlaceholderText("Search by name")
        self.search.setAccessibleName("Search by name")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._search)
        self.why.setPlaceholderText("Why it is opened again")
        self.why.setAccessibleName("Why it is opened again")
        self.why.setMaxLength(2_000)
        self.why.textChanged.connect(self._follow)
        self.why.returnPressed.connect(lambda: self.opens.click())
        self.list = QListWidget()
        self.list.setAccessibleName("Settled items")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.currentItemChanged.connect(lambda *_: self._follow())
        self.empty, self.sentence = label(EMPTY, "dim"), label("", "dim", wrap=True)
        self.opens = button("Open again", role="primary", tip="Somebody labels it who has not seen it")
        self.confirms = button("Make it a reference")
        self.hidden = QCheckBox("hidden among ordinary work")
        self.hidden.setChecked(True)
        self.opens.clicked.connect(self.reopen)
        self.confirms.clicked.connect(self.confirm)
        again, back = button("Read again", role="flat"), button("Back to work")
        again.clicked.connect(self.read)
        back.clicked.connect(self.reject)
        opening, making, feet = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row, parts in ((opening, (self.why, self.opens)), (making, (self.confirms, self.hidden))):
            row.setSpacing(theme.SPACE * 2)
            for part in parts:
                row.addWidget(part)
        making.addStretch()
        feet.addWidget(again)
        feet.addStretch()
        feet.addWidget(back)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(label("Settled items", "title"))
        says = (
            "An item that is opened again is labelled by somebody who has not seen others' work on it; where there is "
            "nobody, an analyst looks. What an analyst settled, somebody else may make a reference."
        )
        column.addWidget(label(says, "dim", wrap=True))
        column.addWidget(self.search)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addLayout(opening)
        column.addLayout(making)
        column.addWidget(self.sentence)
        column.addLayout(feet)
        self.empty.hide()
        room = self.parentWidget().window().size()
        self.resize(min(theme.px(620), room.width() - 40), min(theme.px(480), room.height() - 40))
        self.search.setFocus()

    # Qt

    def done(self, result: int) -> None:
        """No answer comes home any more."""
        if self._request is not None:
            self._request.cancel()
            self._request = None
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.reject()
        super().closeEvent(event)
