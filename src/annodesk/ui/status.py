"""The status line: saved when or how many wait, how sync stands, who works, the model, and where the keys are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy

from annodesk.ui import theme
from annodesk.ui.dot import Dot
from annodesk.ui.parts import button, key_cap, label
from annodesk.ui.plain import LONGEST_NAME, entry_text, set_tip
from annodesk.ui.team.sync_lamp import SyncLamp

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

SAID_FOR_MS = 8000
NARROW_PX = 900
"""At normal text size; below it the line keeps only what stands nowhere else."""

FIXED = "This file belongs to your team: your login says who you are"


def clock_text(time_us: int) -> str:
    """Hours, minutes and seconds of the person's own clock at a time (microseconds since 1970)."""
    return datetime.fromtimestamp(time_us / 1_000_000).strftime("%H:%M:%S")


def until_text(time_us: int) -> str:
    """A time to come: of the day alone where it is within one, else with its day."""
    at = datetime.fromtimestamp(time_us / 1e6)
    is_soon = time_us / 1e6 - datetime.now().timestamp() < 12 * 3600
    return at.strftime("%H:%M" if is_soon else "%a %d %b, %H:%M")


def saved_text(saved_at_us: int | None, waiting: int) -> str:
    """What the line says about saving; never more than what is known."""
    if waiting:
        return f"Saving {waiting} change{'s' if waiting > 1 else ''} …"
    return f"All saved {clock_text(saved_at_us)}" if saved_at_us is not None else "Nothing to save yet"


class StatusLine(QFrame):
    """The line at the foot of the window."""

    person_chosen = Signal(str)
    newcomer_asked = Signal()
    people_asked = Signal()
    keys_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "status")
        theme.notifier().theme_changed.connect(self._size)
        self.dot = Dot()
        self.saved = label("Nothing to save yet", "small")
        self.saved.setAccessibleName("Saved state")
        self.sync = SyncLamp(clock_text)
        self.sync.shown.connect(self._fold)
        self.person = button("", role="flat", tip="Change who is working here")
        self.person.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.person.clicked.connect(self.people_asked)
        self.person.setEnabled(False)
        self.place_label = label("", "small")
        self.said = label("", "said")
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.speed = label("1×", "small")
        set_tip(self.speed, "Playback speed")
        self.model = label("", "small")
        self.model.setAccessibleName("Model state")
        self.keys = button("keys", role="flat", tip="Show all keys")
        self.keys.clicked.connect(self.keys_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(theme.SPACE * 2)
        row.addWidget(self.dot)
        row.addWidget(self.saved)
        row.addWidget(self.sync)
        row.addWidget(self.person)
        row.addWidget(self.place_label)
        row.addWidget(self.said, 1)
        row.addWidget(self.speed)
        row.addWidget(self.model)
        row.addWidget(key_cap("window.keys"))
        row.addWidget(self.keys)
        self._size()
        self._said_for = QTimer(self)
        self._said_for.setSingleShot(True)
        self._said_for.setInterval(SAID_FOR_MS)
        self._said_for.timeout.connect(self.said.clear)
        self._saved_at_us: int | None = None
        self._waiting = 0
        self._trouble = ""
        self._people: Sequence[tuple[str, str, str]] = ()
        self._person_id = ""

    def _size(self) -> None:
        self.setFixedHeight(theme.px(theme.STATUS_HEIGHT))
        self.dot.setFixedSize(theme.px(10), theme.px(10))
        self._fold()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, what the strip at the top says too goes first."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        is_wide = self.width() >= theme.px(NARROW_PX)
        for part in (self.place_label, self.speed):
            part.setVisible(is_wide)
        # How sync stands is said nowhere else; what the model does, the suggestions say.
        for part in (self.model, self.keys):
            part.setVisible(is_wide or self.sync.isHidden())

    def set_saved(self, saved_at_us: int) -> None:
        """An Edit is on disk since that time."""
        self._saved_at_us, self._trouble = saved_at_us, ""
        self._draw()

    def set_waiting(self, count: int) -> None:
        """So many Edits are not on disk yet."""
        self._waiting = count
        self._draw()

    def set_trouble(self, sentence: str) -> None:
        """Say that something cannot be saved, or that the file is open for reading alone."""
        self._trouble = sentence
        self._draw()

    def say(self, sentence: str) -> None:
        """A short answer to the last key."""
        self._said_for.start()
        self.said.setText(sentence)
        set_tip(self.said, sentence)

    def sentence(self) -> str:
        """What the line says about saving."""
        return self._trouble or saved_text(self._saved_at_us, self._waiting)

    def set_people(self, people: Sequence[tuple[str, str, str]], person_id: str, *, is_fixed: bool = False) -> None:
        """Who may work here, as (id, name, roles in words), and who does now; in a team's file nobody else may."""
        self._people, self._person_id = people, person_id
        name = next((name for one, name, _ in people if one == person_id), "")
        self.person.setText(f"Working as {entry_text(name, LONGEST_NAME)}" if name else "Working as nobody yet")
        self.person.setEnabled(True)
        set_tip(self.person, FIXED if is_fixed else "Change who is working here")

    def set_place(self, text: str) -> None:
        """Workspace and project."""
        self.place_label.setText(text)

    def set_model(self, sentence: str, is_ready: bool) -> None:
        """What the model does; in dim words where pre-labels are off."""
        short = sentence if len(sentence) <= 48 else f"{sentence[:46].rstrip()} …"
        self.model.setText(short)
        set_tip(self.model, sentence)
        self.model.setProperty("ready", is_ready)

    def people_menu(self) -> QMenu:
        """The menu to change who works here."""
        menu = QMenu(self)
        for person_id, name, roles in self._people:
            entry = entry_text(name)
            action = menu.addAction(f"{entry}  ({roles})" if roles else entry)
            action.setCheckable(True)
            action.setChecked(person_id == self._person_id)
            if person_id == self._person_id:
                menu.setActiveAction(action)  # the arrow keys start from here
            action.triggered.connect(self._chooser(person_id))
        menu.addSeparator()
        menu.addAction("Add a person …").triggered.connect(lambda: self.newcomer_asked.emit())
        return menu

    def open_people(self) -> None:
        """Open that menu above the line."""
        menu = self.people_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        corner = self.person.mapToGlobal(self.person.rect().topLeft())
        menu.popup(corner - QPoint(0, menu.sizeHint().height()))

    def _chooser(self, person_id: str) -> Callable[[], None]:
        return lambda: self.person_chosen.emit(person_id)

    def _draw(self) -> None:
        self.saved.setText(self.sentence())
        set_tip(self.saved, self.sentence())
        off = self._saved_at_us is None and not self._waiting
        state = "bad" if self._trouble else "waiting" if self._waiting else "off" if off else "ok"
        self.dot.show_state(state)
