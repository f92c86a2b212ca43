"""The manager's desk in the rail: its pages on tabs, and the clips behind a number in front of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.model.work import Role
from annodesk.services.changes import Changes, Kind
from annodesk.ui.actions import Action, KeyMap
from annodesk.ui.dashboard.actions import ACTIONS, PAGES
from annodesk.ui.dashboard.batches_page import BatchesPage
from annodesk.ui.dashboard.charted import Chart, Point, point_words
from annodesk.ui.dashboard.charting import Places, read_agreement, read_savings
from annodesk.ui.dashboard.charts import ChartCard, load_pyqtgraph
from annodesk.ui.dashboard.desk_acts import DeskActs
from annodesk.ui.dashboard.evaluate_page import EvaluatePage
from annodesk.ui.dashboard.figure_reads import FigureReads
from annodesk.ui.dashboard.figures_page import FiguresPage
from annodesk.ui.dashboard.hearing import Heard, read_playlist
from annodesk.ui.dashboard.plan_page import PlanPage
from annodesk.ui.dashboard.playlist import Playlist
from annodesk.ui.dashboard.playlist_page import PlaylistPage
from annodesk.ui.dashboard.reading import Today, read_drift, read_heard, read_today
from annodesk.ui.dashboard.reads import Reads
from annodesk.ui.dashboard.reference_page import ReferencePage
from annodesk.ui.dashboard.tabs import PageTabs
from annodesk.ui.dashboard.today_page import TodayPage
from annodesk.ui.dashboard.work_page import WorkPage
from annodesk.ui.dashboard.you_page import YouPage, read_you
from annodesk.ui.news import tell_news
from annodesk.ui.notices import Tone
from annodesk.ui.parts import EmptyState, line

if TYPE_CHECKING:
    from annodesk.services.heard_as import HeardAs
    from annodesk.services.today import Need
    from annodesk.ui.bus import Context

TITLE = "Desk"
RESTS_ON = frozenset({Kind.ITEMS, Kind.TASKS, Kind.SCORES, Kind.FIGURES, Kind.PEOPLE, Kind.PROJECT, Kind.PRELABELS})
MEASURE_EVERY_S = 60.0
"""What reads answers themselves is read again no oftener than this, but where somebody asks for it."""
SETTLE_MS = 400
"""So long after a change the desk reads again: a round changes many things at once."""


class DeskWorkspace(QWidget):
    """Reads when it is shown and where something changed since; what is open stays open."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(TITLE)
        self.context = context
        self.found: Today | None = None
        self.heard: HeardAs | None = None
        self.shown = "today"
        self._is_stale, self._has_charts = True, False
        self._came_from: QWidget | None = None
        self._reads = Reads(context, self._on_error)
        self._measured_s = -MEASURE_EVERY_S
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SETTLE_MS)
        self._soon.timeout.connect(self._read_where_shown)
        self.acts = DeskActs(self)
        self._build()
        self.keys = KeyMap(self, TITLE)
        self.keys.bind(ACTIONS, self._handlers())
        context.bus.changed.connect(self._on_changed)
        context.bus.person_changed.connect(self._start_afresh)

    # What the window asks

    def title(self) -> str:
        """What is worked on: the page, or the clips that are heard."""
        return self.clips.playlist.title if self.is_hearing else dict(PAGES)[self.shown]

    def item_key(self) -> str:
        """The item that is heard."""
        place = self.clips.place if self.is_hearing else None
        return place.item if place is not None else ""

    def note(self) -> str:
        """What is told of."""
        count = len(self.found.bands) if self.found is not None else 0
        return "" if not count else "1 project" if count == 1 else f"{count} projects"

    def actions(self) -> list[Action]:
        """Everything that can be done here, with its keys."""
        return self.keys.actions()

    def is_idle(self) -> bool:
        """Whether nothing is being read or stored."""
        return self.context.jobs.is_idle and not self._soon.isActive()

    def open_task(self, task_id: str) -> None:
        """Tasks are opened elsewhere."""

    def take_focus(self) -> None:
        """Give the keys to what is shown."""
        if self.is_hearing:
            self.clips.take_focus()
        elif self._stack.currentWidget() is self.empty and self.empty.button.isVisible():
            self.empty.button.setFocus()
        elif self.shown == "today" and self.today.needs.buttons:
            self.today.needs.buttons[0].setFocus()
        elif hasattr(page := self._pages[self.shown], "take_focus"):
            page.take_focus()
        else:
            self.setFocus()

    def refresh(self) -> None:
        """Read where something changed since it was read last."""
        if self._is_stale:
            self.read()

    def release(self) -> None:
        """Be quiet; what is being read is given up."""
        self._soon.stop()
        self.clips.release()
        for page in self._pages.values():
            if hasattr(page, "release"):
                page.release()
        self._is_stale |= self._reads.give_up()

    @property
    def is_hearing(self) -> bool:
        """Whether the clips behind a number are in front."""
        return self._stack.currentWidget() is self.clips

    # Reading

    def read(self) -> None:
        """Read all that is shown anew."""
        self._is_stale = False
        context = self.context
        if self.found is None:
            self._say("progress-clock", "Looking at the projects …")
        self._reads.ask("today", read_today, self._show_today)
        tell_news(context)
        if not self._has_charts:
            self._reads.load(load_pyqtgraph, self._on_charts, "load what charts are drawn with")

    def read_all(self) -> None:
        """Read all anew, also what takes long."""
        self._measured_s = -MEASURE_EVERY_S
        self.read()

    def _read_heard(self, part: str) -> None:
        if part:
            self._reads.ask("confusion", read_heard, self._show_heard, part)

    def _show_today(self, found: Today) -> None:
        self.found = found
        for name, made in self.tabs.items():
            is_there = found.may_open(name)
            made.setVisible(is_there)
            self.keys.set_condition(f"page {name}", is_there)
        if not found.may_read:
            self.show_page("you")  # of the project only what is theirs
            return
        if not self.is_hearing:
            self._stack.setCurrentWidget(self._pages[self.shown])
        self.read_page()
        self.today.show_today(found)
        self.acts.note_look()
        if time.monotonic() - self._measured_s < MEASURE_EVERY_S:
            self.context.bus.title_changed.emit()
            self._follow()
            return  # what follows reads answers and not rolled-up figures
        self._measured_s = time.monotonic()
        self._reads.ask("agreement", read_agreement, self.today.agreement.show_chart)
        self._reads.ask("savings", read_savings, self.today.savings.show_chart)
        if Role.ANALYST in found.roles:
            self._reads.ask("drift", read_drift, self._show_drift)
        chosen = self.heard.part if self.heard is not None and self.heard.part in found.parts else ""
        part = chosen or next(iter(found.parts), "")
        self.today.confusion.set_parts(found.parts, part)
        self.keys.set_condition("parts", len(found.parts) > 1)
        self._read_heard(part)
        self.context.bus.title_changed.emit()
        self._follow()

    def _show_drift(self, found: tuple[Need, ...]) -> None:
        self.today.show_drift(found)
        self.acts.note_look()

    def _show_heard(self, found: HeardAs) -> None:
        self.heard = found
        self.today.confusion.show_found(found)
        self._follow()

    def hear_of(self, wanted: Places, title: str = "") -> None:
        """Find the places behind a number, and hear them."""
        self.context.bus.status_said.emit("Looking for the clips …")
        self._reads.ask("clips", read_playlist, self._on_clips, wanted, title)

    def _on_clips(self, found: Heard) -> None:
        self.context.bus.status_said.emit("")
        if self.isVisible():
            self.hear(found.playlist, found.reason)

    def read_page(self) -> None:
        """Read what only the shown page shows."""
        if self.shown == "you":
            self._reads.ask("you", read_you, self.you.show_you)
        elif self.shown == "figures":
            self._figures.read()
        elif hasattr(page := self._pages[self.shown], "read"):
            page.read()

    def _on_charts(self, _module: object) -> None:
        self._has_charts = True
        for card in self._cards():
            card.be_loaded()

    def _on_error(self, name: str, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self._is_stale = True
            return
        if name == "load":
            for card in self._cards():
                card.say("Charts cannot be drawn here: pyqtgraph could not be loaded. The tables are as they are.")
            return
        known = isinstance(error, AnnodeskError)
        if not known:
            self.context.notices.error(error, "read the desk")
        sentence = error.sentence if isinstance(error, AnnodeskError) else "The desk could not be read."
        hint = error.hint if isinstance(error, AnnodeskError) else "The report says what went wrong."
        if name in ("clips", "you", "figures", "values"):
            self.context.notices.show(sentence, hint, tone=Tone.INFO)
        elif name == "confusion":
            self.today.confusion.say(f"{sentence} {hint}".strip())
        elif self.found is None:
            self._is_stale = True
            self._say("alert-circle-outline", sentence, hint, "Try again")
        else:  # what was read before is worth more than a sentence in its place
            self._is_stale = True
            self.context.bus.status_said.emit(f"{sentence} The desk shows what was read before.")

    def _on_changed(self, changes: Changes) -> None:
        if changes.kinds & RESTS_ON:
            self._is_stale = True
            if self.isVisible():
                self._soon.start()

    def _read_where_shown(self) -> None:
        if self.isVisible():
            self.read()

    def _start_afresh(self) -> None:
        self.release()
        self.found = self.heard = None
        self._figures.start_afresh()
        self._measured_s = -MEASURE_EVERY_S
        for page in (*self._pages.values(), self.clips):
            if hasattr(page, "start_afresh"):
                page.start_afresh()
        self._is_stale = True
        self._say("progress-clock", "Looking at the projects …")
        if self.isVisible():
            self.read()

    # What is done

    def show_page(self, name: str) -> None:
        """Show one of the pages."""
        self.clips.player.stop()
        self.shown = name
        self._tabs.check(name)
        if self.found is not None and (self.found.may_read or name == "you"):
            self._stack.setCurrentWidget(self._pages[name])
            self.read_page()
            self.acts.note_look()
        self._follow()
        self.context.bus.title_changed.emit()
        self.take_focus()

    def hear(self, playlist: Playlist, reason: str = "") -> None:
        """Hear the clips behind a number."""
        if not playlist.places:
            hint = reason or "What is settled of it everybody said alike, or it is not settled yet."
            self.context.notices.show("There is no clip of this to hear.", hint, tone=Tone.INFO)
            return
        if not self.is_hearing:
            self._came_from = self._stack.focusWidget()
        self._stack.setCurrentWidget(self.clips)
        self.clips.show_playlist(playlist)
        self.clips.take_focus()
        self._follow()
        self.context.bus.title_changed.emit()

    def leave_clips(self) -> None:
        """Back to where the number stands."""
        self._stack.setCurrentWidget(self._pages[self.shown])
        self._follow()
        self.context.bus.title_changed.emit()
        came_from, self._came_from = self._came_from, None
        if came_from is not None and isValid(came_from) and came_from.isVisible():
            came_from.setFocus()
        else:
            self.take_focus()

    def _play_point(self, chart: Chart, point: Point) -> None:
        if isinstance(point.key, Playlist):
            self.hear(point.key)
        elif isinstance(point.key, Places):
            series = next(one for one in chart.series if point in one.points)
            self.hear_of(point.key, f"{chart.title} · {point_words(chart, series, point)}")

    # Inside

    def _take_in(self, card: ChartCard) -> None:
        card.saving.connect(self.acts.save)
        card.asked.connect(self._play_point)
        if self._has_charts:
            card.be_loaded()

    def _cards(self) -> list[ChartCard]:
        return [card for page in self._pages.values() for card in page.findChildren(ChartCard)]

    def _follow(self) -> None:
        is_page = self._stack.currentWidget() is self._pages.get(self.shown)
        has_table = is_page and self.shown == "today" and bool(self.heard is not None and not self.heard.reason)
        self.keys.set_condition("clips", self.is_hearing)
        self.keys.set_condition("confusion", has_table)
        for name, holds in self.work.conditions().items():
            self.keys.set_condition(name, holds and is_page and self.shown == "work")

    def _say(self, icon: str, title: str, sentence: str = "", button: str = "") -> None:
        self.empty.show_state(icon, title, sentence, button)
        self._stack.setCurrentWidget(self.empty)
        self._follow()

    def _handlers(self) -> dict[str, Callable[[], object]]:
        return {
            "desk.read": self.read_all,
            **{f"desk.page.{name}": partial(self.show_page, name) for name, _ in PAGES},
            "desk.confusion": self.today.confusion.table.setFocus,
            "desk.unit": self.today.confusion.turn_unit,
            "desk.part": self.today.confusion.next_part,
            **self.clips.handlers(),
            **self.work.handlers(),
        }

    def _build(self) -> None:
        self.today, self.you = TodayPage(), YouPage()
        self.clips, self.empty = PlaylistPage(self.context), EmptyState()
        self.figures, self.batches, self.models = FiguresPage(), BatchesPage(self.context), EvaluatePage(self.context)
        self.references, self.plan = ReferencePage(self.context), PlanPage(self.context)
        self.work = WorkPage(self.context)
        self._pages: dict[str, Any] = {
            "today": self.today,
            "figures": self.figures,
            "batches": self.batches,
            "work": self.work,
            "models": self.models,
            "references": self.references,
            "plan": self.plan,
            "you": self.you,
        }
        self.work.followed.connect(self._follow)
        self.plan.led.connect(self.acts.lead)
        self.you.declined.connect(self.acts.decline)
        self._figures = FigureReads(self.figures, self.context, self._reads)
        self.figures.made.connect(self._take_in)
        self.models.played.connect(self.hear)
        self.you.switched.connect(self.acts.switch)
        self.you.needs.asked.connect(self.acts.answer)
        self.empty.pressed.connect(self.read)
        self.today.needs.asked.connect(self.acts.answer)
        self.today.project_asked.connect(self.acts.open_project)
        self.today.confusion.played.connect(self.hear)
        self.today.confusion.part_asked.connect(self._read_heard)
        self.clips.left.connect(self.leave_clips)
        self._stack = QStackedWidget()
        for widget in (self.empty, *self._pages.values(), self.clips):
            self._stack.addWidget(widget)
        self._tabs = PageTabs(self.shown)
        self._tabs.chosen.connect(self.show_page)
        self.tabs = self._tabs.tabs
        for card in self._cards():
            self._take_in(card)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._tabs)
        rows.addWidget(line())
        rows.addWidget(self._stack, 1)
