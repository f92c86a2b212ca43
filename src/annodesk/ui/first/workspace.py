"""The first steps, one after the other: keys, sound, recordings where they are missed, three clips, the first task."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from annodesk.model.work import Role, Stage
from annodesk.ui import theme
from annodesk.ui.actions import Action, KeyMap
from annodesk.ui.first.end_pages import EndPage, FolderPage
from annodesk.ui.first.keys_page import KeysPage
from annodesk.ui.first.practice import CLIPS, PracticePage
from annodesk.ui.first.sound_page import SoundPage
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import button, label, settings

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from annodesk.services import Services
    from annodesk.services.folders import Looked
    from annodesk.ui.bus import Context
    from annodesk.ui.first.page import Page

_TAKEN = "first-steps"


def has_taken(person_id: str) -> bool:
    """Whether this person has been through the first steps, or has left them, on this workstation."""
    return bool(settings().value(f"{_TAKEN}/{person_id}"))


class FirstSteps(QWidget):
    """A workspace like the others; leaving it by any way is the end of it, and it can be begun again.

    left()    the person goes to their work
    """

    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setAccessibleName("First steps")
        self._context = context
        self.keys_page, self.sound_page = KeysPage(), SoundPage(context.jobs)
        self.folder_page, self.end_page = FolderPage(context), EndPage()
        self.practice = [PracticePage(number, context) for number in range(CLIPS)]
        self.pages: list[Page | PracticePage] = [
            self.keys_page, self.sound_page, self.folder_page, *self.practice, self.end_page
        ]  # fmt: skip
        self._own_keys = KeyMap(self, "First steps")
        self._at = 0
        self._is_begun = self._misses_recordings = False
        self._labels = True
        self._build()

    # What the window asks

    @property
    def keys(self) -> KeyMap:
        """The clip's keys while one is practised on."""
        page = self.page
        if isinstance(page, PracticePage) and page.workspace is not None and not page.is_judged:
            return page.workspace.keys
        return self._own_keys

    @property
    def page(self) -> Page | PracticePage:
        """The step that is shown."""
        return self.pages[self._at]

    def title(self) -> str:
        """Which step it is."""
        return self.head.text().capitalize()

    def note(self) -> str:
        """What is still required of a clip."""
        page = self.page
        is_open = isinstance(page, PracticePage) and page.workspace is not None and not page.is_judged
        return page.workspace.note() if is_open else ""  # type: ignore[union-attr]

    def actions(self) -> list[Action]:
        """What the keys do here."""
        return self.keys.actions()

    def is_idle(self) -> bool:
        """Whether nothing is being made, read or stored."""
        page = self.page
        return self._context.jobs.is_idle and (not isinstance(page, PracticePage) or page.is_idle())

    def refresh(self) -> None:
        """Begin with the first step, or go on with the one that was left."""
        if not self._is_begun:
            self.begin()

    def open_task(self, task_id: str) -> None:
        """Tasks are opened elsewhere."""

    def take_focus(self) -> None:
        """Give the keys to the step."""
        self.page.take_focus()

    def release(self) -> None:
        """The window shows something else: that is the end of it."""
        for page in self.pages:
            page.release()
        self._is_begun = False

    # The way through

    def begin(self) -> None:
        """Start with the first step."""
        self._is_begun = True
        context = self._context
        context.bus.task_asked.emit(Stage.ANNOTATE.value, False)  # the first task lies ready when it is wanted
        context.jobs.store(
            _look, context.services, context.project_id, context.person_id, on_done=self._on_looked,
            what="look what a newcomer needs",
        )  # fmt: skip
        self._show(0)

    def go_on(self) -> None:
        """To the next step; after the last one to the work."""
        self.page.release()
        following = [at for at in range(self._at + 1, len(self.pages)) if self._is_needed(self.pages[at])]
        if following:
            self._show(following[0])
        else:
            self.leave()

    def leave(self) -> None:
        """To the work; this person is not asked again."""
        settings().setValue(f"{_TAKEN}/{self._context.person_id}", 1)
        self.left.emit()

    # Inside

    def _on_looked(self, answer: tuple[Looked, Collection[Role]]) -> None:
        looked, roles = answer
        self._misses_recordings = looked.found < looked.files
        self._labels = not roles or Role.ANNOTATOR in roles
        self.end_page.show_work("Open your first task" if self._labels else "Go to your work")
        self._show_head()

    def _is_needed(self, page: Page | PracticePage) -> bool:
        if page is self.folder_page:
            return self._misses_recordings
        return self._labels or not isinstance(page, PracticePage)

    def _show(self, at: int) -> None:
        self._at = at
        page = self.page
        page.begin()
        self._stack.setCurrentWidget(page)
        self._show_head()
        page.take_focus()
        self._context.bus.status_said.emit("")
        self._context.bus.title_changed.emit()

    def _show_head(self) -> None:
        shown = [page for page in self.pages if page is self.page or self._is_needed(page)]
        place = shown.index(self.page) + 1
        self.head.setText(f"FIRST STEPS · {place} OF {len(shown)}")

    def _build(self) -> None:
        self.head = label("", "head")
        self.skip = KeyButton("Skip this step", "window.skip_step", role="flat")
        self.skip.clicked.connect(self.go_on)
        self.leave_button = button("Skip them all", role="flat", tip="They are found again by their name, First steps")
        self.leave_button.clicked.connect(self.leave)
        strip = QFrame()
        strip.setProperty("role", "strip")
        row = QHBoxLayout(strip)
        row.setContentsMargins(16, 2, 8, 2)
        row.setSpacing(theme.SPACE * 2)
        row.addWidget(self.head)
        row.addStretch()
        row.addWidget(self.skip)
        row.addWidget(self.leave_button)
        self._stack = QStackedWidget()
        self._stack.setProperty("role", "ground")
        for page in self.pages:
            self._stack.addWidget(page)
            page.passed.connect(self.go_on)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(strip)
        column.addWidget(self._stack, 1)

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves a step out; on a clip it has its own meaning."""
        if event.key() == Qt.Key.Key_Escape and not event.isAutoRepeat():
            self.go_on()
        else:
            super().keyPressEvent(event)


def _look(services: Services, project_id: str, person_id: str) -> tuple[Looked, Collection[Role]]:
    """Whether the recordings are found, and what the person does here; runs on the store lane."""
    roles = [member.roles for member in services.people.list(project_id) if member.person.id == person_id]
    return services.folders.look(project_id), roles[0] if roles else ()
