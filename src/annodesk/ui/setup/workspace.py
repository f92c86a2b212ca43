"""The project page: sections with what there is to know of each, and below them what is changed and not set yet."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from annodesk.services.changes import Changes, Kind
from annodesk.ui import theme
from annodesk.ui.actions import Action, KeyMap
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import Splitter, label
from annodesk.ui.setup.actions import ACTIONS
from annodesk.ui.setup.alone_page import AlonePage
from annodesk.ui.setup.draft import Draft
from annodesk.ui.setup.effects_page import EffectsPage
from annodesk.ui.setup.examples_page import ExamplesPage
from annodesk.ui.setup.labels_page import LabelsPage
from annodesk.ui.setup.model_page import ModelPage
from annodesk.ui.setup.page import SectionPage, say
from annodesk.ui.setup.reading import Standing, read_standing
from annodesk.ui.setup.sections import SECTIONS, SectionList, State
from annodesk.ui.setup.show_page import ShowPage
from annodesk.ui.setup.start_page import StartPage
from annodesk.ui.setup.told_page import ToldPage
from annodesk.ui.setup.words import CANARY, changes_sentence

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from annodesk.ui.bus import Context
    from annodesk.ui.handle_strip import HandleStrip

TITLE = "Pre-labels of this project"
NARROW = 1_000
"""Of less room than this, at ordinary text, the sections stand above what they show."""
RESTS_ON = {Kind.PROJECT, Kind.PRELABELS, Kind.SCORES, Kind.FIGURES, Kind.ITEMS, Kind.TASKS}
"""What a section may have to read again after."""


class SetupWorkspace(QWidget):
    """Reads the project when it is shown, and each section when it is seen."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(TITLE)
        self.context = context
        self.draft = Draft(context, self)
        self.is_shared = False
        self._is_read = False
        self._build()
        self.keys = KeyMap(self, TITLE)
        self.keys.bind(ACTIONS, self._handlers())
        self.draft.changed.connect(self._follow_draft)
        context.bus.changed.connect(self._on_changed)
        context.bus.person_changed.connect(self._start_afresh)
        theme.notifier().theme_changed.connect(self._fit)
        self.sections.choose("start")
        self._follow_draft()

    # What the window asks

    def title(self) -> str:
        """What the page is about."""
        return TITLE

    def item_key(self) -> str:
        """No item is open here."""
        return ""

    def note(self) -> str:
        """Which version of the project stands."""
        version = self.draft.version
        return f"version {version.version}" if version is not None else ""

    def actions(self) -> list[Action]:
        """Everything that can be done here, with its keys."""
        return self.keys.actions()

    def is_idle(self) -> bool:
        """Whether nothing is being read or stored."""
        return self.context.jobs.is_idle

    def open_task(self, task_id: str) -> None:
        """Tasks are opened elsewhere."""

    def open_first(self, item_key: str = "") -> bool:
        """Nothing is opened here."""
        return False

    def take_focus(self) -> None:
        """Give the list of sections the keys."""
        self.sections.setFocus()

    def refresh(self) -> None:
        """Read the project, and what the section in sight rests on."""
        self.context.jobs.store(
            read_standing,
            self.context.services,
            self.context.project_id,
            self.context.person_id,
            on_done=self._on_standing,
            what="read the project",
        )

    def release(self) -> None:
        """Nobody looks any more; a run of the model goes on."""
        for page in self.pages.values():
            page.release()

    @property
    def page(self) -> SectionPage:
        """The section in sight."""
        return self.pages[self.sections.current]

    # Inside

    def _on_standing(self, found: Standing) -> None:
        self._is_read, self.is_shared = True, found.is_shared
        self.draft.show_version(found.version, may_set=found.may_set, why_not=found.why_not)
        self.context.bus.title_changed.emit()
        # All of them say their line in the list; what takes long is read once it is seen.
        for page in self.pages.values():
            if page is self.page or page.reads_soon:
                page.refresh()

    def _on_changed(self, changes: Changes) -> None:
        if not any(kind in changes for kind in RESTS_ON):
            return
        for page in self.pages.values():
            page.is_stale = True
        if self.isVisible():
            self.refresh()

    def _start_afresh(self) -> None:
        self.release()
        self.draft.forget()
        for page in self.pages.values():
            page.is_stale = True
        if self.isVisible():
            self.refresh()

    def _on_chosen(self, section_id: str) -> None:
        self._stack.setCurrentWidget(self.pages[section_id])
        if self._is_read:
            self.page.refresh()
        self._follow()

    def show_section(self, section_id: str) -> None:
        """Choose a section, and give the list the keys."""
        self.sections.choose(section_id)
        self.sections.setFocus()

    def _read_again(self) -> None:
        self.page.is_stale = True
        self.refresh()

    def _follow_draft(self) -> None:
        for page in self.pages.values():
            page.show_policy()
        draft = self.draft
        say(self.pending, changes_sentence(draft.changes))
        say(self.why_not, draft.why_not)
        self.sets.setVisible(bool(draft.changes))
        self.backs.setVisible(bool(draft.changes))
        self.undoes.setVisible(draft.last is not None and not draft.changes and draft.may_set)
        if self.undoes.isVisibleTo(self.foot) and draft.last is not None:
            say(self.pending, f"Set a moment ago. {_stands(draft.last.info.version, draft.last.info.is_waiting)}")
        self.foot.setVisible(bool(draft.changes or draft.why_not) or not self.undoes.isHidden())
        self._follow()

    def _follow(self) -> None:
        if not hasattr(self, "keys"):
            return
        here, draft = self.sections.current, self.draft
        running = self.start.running.is_running
        holds = {
            "run": self.start.can_run,
            "anew": self.start.can_run,
            "running": running,
            "changes": bool(draft.changes) and draft.may_set,
            "undo": draft.last is not None and draft.may_set,
            "alone": here == "alone",
            "threshold": here in ("show", "alone"),
            "model": here == "model" and draft.may_set,
            "other model": here == "model" and self.model.is_other,
            "promote": here == "model" and self.model.can_promote,
            "canary": here == "model" and draft.may_set and draft.value(CANARY) is not None,
            "prompt": here == "told",
        }
        for name, is_so in holds.items():
            self.keys.set_condition(name, is_so)

    def _handlers(self) -> dict[str, Callable[[], object]]:
        sections = {f"setup.{one.id}": partial(self.show_section, one.id) for one in SECTIONS}
        return sections | {
            "setup.focus": self.take_focus,
            "setup.read": self._read_again,
            "setup.scroll_down": lambda: self.page.scroll_by(1),
            "setup.scroll_up": lambda: self.page.scroll_by(-1),
            "setup.run": self.start.run,
            "setup.anew": self.start.run_anew,
            "setup.stop": self.start.stop,
            "setup.set": self.draft.set,
            "setup.put_back": self.draft.put_back,
            "setup.undo": self.draft.undo,
            "setup.threshold": self._to_threshold,
            "setup.part": self.alone.next_part,
            "setup.lower": lambda: self._strip().move_by(-1),
            "setup.higher": lambda: self._strip().move_by(1),
            "setup.model_file": self.model.ask_file,
            "setup.model_name": self.model.to_name,
            "setup.trial": self.model.try_it,
            "setup.canary": self.model.run_beside,
            "setup.promote": self.model.promote,
            "setup.end_canary": self.model.end_canary,
            "setup.prompt": self.told.edit.setFocus,
            "setup.shipped": self.told.back_to_shipped,
            "setup.next_item": partial(self.told.step, 1),
            "setup.prev_item": partial(self.told.step, -1),
            "setup.ask": self.told.ask,
        }

    def _strip(self) -> HandleStrip:
        return self.alone.strip if self.sections.current == "alone" else self.show_page.above

    def _to_threshold(self) -> None:
        strip = self._strip()
        strip.setFocus()
        self.page.ensureWidgetVisible(strip)

    def _build(self) -> None:
        context, draft = self.context, self.draft
        self.start, self.model, self.told = (
            StartPage(context, draft),
            ModelPage(context, draft),
            ToldPage(context, draft),
        )
        self.show_page, self.alone = ShowPage(context, draft), AlonePage(context, draft)
        self.labels = LabelsPage(context, draft)
        others = (ExamplesPage(context, draft), EffectsPage(context, draft), self.labels)
        pages = (self.start, self.model, self.told, self.show_page, self.alone, *others)
        self.pages: dict[str, SectionPage] = {page.id: page for page in pages}
        self.sections = SectionList()
        self.start.running.changed.connect(self._follow)
        self._stack = QStackedWidget()
        for page in self.pages.values():
            self.sections.show_state(page.id, State("measured when it is opened"))
            page.told.connect(partial(self.sections.show_state, page.id))
            page.told.connect(lambda _: self._follow())
            self._stack.addWidget(page)
        self.sections.chosen.connect(self._on_chosen)
        self.sections.entered.connect(lambda: self.page.take_focus())
        side = QFrame()
        side.setProperty("role", "panel")
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 14, 0, 8)
        column.setSpacing(theme.SPACE * 2)
        head = label("Pre-labels", "head")
        head.setContentsMargins(16, 0, 12, 0)
        column.addWidget(head)
        column.addWidget(self.sections, 1)
        self._split = Splitter("setup", Qt.Orientation.Horizontal, (280, 900))
        self._split.addWidget(side)
        self._split.addWidget(self._stack)
        self._split.setStretchFactor(1, 1)
        self._split.restore()
        self._build_foot()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._split, 1)
        rows.addWidget(self.foot)

    def _build_foot(self) -> None:
        self.foot = QFrame()
        self.foot.setProperty("role", "status")
        self.pending, self.why_not = label("", wrap=True), label("", "dim", wrap=True)
        self.sets = KeyButton("Set for everybody", "setup.set", role="primary", by_tab=True)
        self.backs = KeyButton("Put back", "setup.put_back", role="flat", by_tab=True)
        self.undoes = KeyButton("Undo", "setup.undo", by_tab=True)
        self.sets.clicked.connect(lambda: self.draft.set())
        self.backs.clicked.connect(self.draft.put_back)
        self.undoes.clicked.connect(self.draft.undo)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.pending)
        words.addWidget(self.why_not)
        row = QHBoxLayout(self.foot)
        row.setContentsMargins(20, 10, 20, 10)
        row.setSpacing(theme.SPACE * 2)
        row.addLayout(words, 1)
        for way in (self.undoes, self.backs, self.sets):
            row.addWidget(way)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Too narrow for two columns: the sections go above."""
        is_narrow = self.width() < theme.px(NARROW)
        wanted = Qt.Orientation.Vertical if is_narrow else Qt.Orientation.Horizontal
        if self._split.orientation() != wanted:
            self._split.setOrientation(wanted)
            self._split.use("setup-above" if is_narrow else "setup", (200, 420) if is_narrow else (280, 900))


def _stands(version: int, is_waiting: bool) -> str:
    return "Your team has it with the next round of sync." if is_waiting else f"Version {version} of the project."
