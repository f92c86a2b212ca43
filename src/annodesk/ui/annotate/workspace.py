"""The annotate workspace: my tasks at the left, the open one in the middle, and the ways in and out of a task."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from annodesk.model.guideline_changes import GuidelineChange
from annodesk.model.work import SlotState, Stage
from annodesk.services.changes import Changes, Kind
from annodesk.services.half_typed import HalfTypedFile
from annodesk.services.tasks import first_card
from annodesk.ui import advance, last_time, theme
from annodesk.ui.actions import Action, KeyMap
from annodesk.ui.annotate.actions import ACTIONS
from annodesk.ui.annotate.another import AnotherTask
from annodesk.ui.annotate.apart import Apart
from annodesk.ui.annotate.asking import Asking
from annodesk.ui.annotate.digest import Rulings
from annodesk.ui.annotate.digest_page import DigestPage
from annodesk.ui.annotate.guideline_page import ChangedGuidelines, GuidelinePage
from annodesk.ui.annotate.hands import TaskHands
from annodesk.ui.annotate.hearing import HearingPass
from annodesk.ui.annotate.hearing_line import runs_of as hearing_runs
from annodesk.ui.annotate.listening import Listening
from annodesk.ui.annotate.missing import MissingMedia
from annodesk.ui.annotate.newly_suggested import NewlySuggested
from annodesk.ui.annotate.no_task import NoTask
from annodesk.ui.annotate.pins import Pins
from annodesk.ui.annotate.projectkeys import ProjectKeys
from annodesk.ui.annotate.recording import Recording
from annodesk.ui.annotate.segment_hands import SegmentHands
from annodesk.ui.annotate.segment_menu import SegmentMenu
from annodesk.ui.annotate.sensitive import SensitiveContent, SensitivePage
from annodesk.ui.annotate.tappass import TapPass
from annodesk.ui.annotate.tasklist import TaskList
from annodesk.ui.annotate.taskview import TaskView
from annodesk.ui.annotate.textmode import TextMode
from annodesk.ui.annotate.tier_hands import TierHands
from annodesk.ui.annotate.wayfinding import Wayfinding
from annodesk.ui.annotate.ways_out import WaysOut
from annodesk.ui.news import tell_news
from annodesk.ui.notices import Tone
from annodesk.ui.parts import Splitter
from annodesk.ui.player.playing import Playing
from annodesk.ui.player.sound_moves import SoundMoves
from annodesk.ui.player.video_moves import VideoMoves
from annodesk.ui.precedents import Pinned
from annodesk.ui.review.pinning import run_decision
from annodesk.ui.rounds import score_and_route
from annodesk.ui.timeline.sound_actions import sound_handlers

if TYPE_CHECKING:
    from annodesk.model.branches import Branches
    from annodesk.services.tasks import TaskCard, TaskWork, WorkCard
    from annodesk.ui.bus import Context


class AnnotateWorkspace(QWidget):
    """Reads lists and tasks through the store lane; while something is read, what is shown stays usable."""

    def __init__(self, context: Context, parent: QWidget | None = None, *, silent: bool = False) -> None:
        super().__init__(parent)
        self._context = context
        self._asked_task = ""
        self._wants_task = True
        self._goes_on = False
        self._has_asked = False
        self._is_first = True
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        # Frames first: Qt styles all of a part anew whenever it comes into another.
        self.sides = Splitter("annotate-list", Qt.Orientation.Horizontal, (theme.SIDE_LEFT_WIDTH, 1144))
        layout.addWidget(self.sides)
        self.list, self._pages = TaskList(), QStackedWidget()
        for part in (self.list, self._pages):
            self.sides.addWidget(part)
        self.sides.setStretchFactor(1, 1)
        self.sides.restore()
        self.empty, self.view = NoTask(), TaskView(context, self._pages, silent=silent)
        self._rulings_page, self._guideline_page = DigestPage(silent=silent), GuidelinePage()
        sensitive_page = SensitivePage()
        for page in (self.empty, self.view, self._rulings_page, sensitive_page, self._guideline_page):
            self._pages.addWidget(page)
        self.hands = TaskHands(self.view)
        self.many = SegmentHands(self.hands, context.jobs)
        self.tiers = TierHands(self.view)
        self.listening = Listening(self.view, context)
        self.missing = MissingMedia(self.view, context, partial(self.open_task, anew=True))
        self.suggested = NewlySuggested(self.view, context, partial(self.open_task, anew=True))
        self.ways = Wayfinding(context, self.hands)
        self.pins = Pins(context, self.view, follow=self._on_pins)
        self.playing = Playing(
            self.view.transport,
            context.jobs,
            self.view.timeline,
            self.view.bar.sound_button,
            context.bus.status_said.emit,
            context.bus.speed_said.emit,
        )
        self.view.arrived = self.playing.arrive
        self.keys = KeyMap(self, "Annotate")
        self.rulings = Rulings(
            context,
            self.keys,
            self._rulings_page,
            show=self._show_rulings,
            go_on=self._after_rulings,
            is_open=lambda: self.view.work is not None,
        )
        self.guidelines = ChangedGuidelines(context, self.keys, self._guideline_page, go_on=self.open_task)
        self.sensitive = SensitiveContent(context, self.view, sensitive_page, go_on=self.open_task, left=self._on_left)
        self.taps = TapPass(self.view, self.keys, context)
        self.writing = TextMode(self.view, context)
        self.hearing = HearingPass(
            self.view, self.listening, context, asks=self._asks_for_person, hand_in=self._hand_in_as_heard
        )
        self.view.mode_runs = lambda: self.taps.runs() or self.writing.runs() or hearing_runs(self.hearing)
        self.apart = Apart(self.view, context)
        self.out = WaysOut(
            self.view,
            self.list,
            context,
            title=self.title,
            commit=self.writing.commit,
            asks_first=self.listening.ask,
            refuses=self.apart.refuses,
        )
        modes = (self.hands, self.many, self.tiers, self.ways, self.taps, self.writing, self.apart, self.out)
        self.another = AnotherTask(context, self.list, self.open_task)
        self.asking = Asking(self.view, context, title=self.title, commit=self.writing.commit)
        self.pinned = Pinned(self.view.side.precedents, context, self.view.transport.pause)
        modes = (*modes, Recording(self.hands), self.asking, self.pinned)
        self.keys.bind(
            ACTIONS,
            {k: act for mode in modes for k, act in mode.handlers().items()}
            | self.playing.handlers("annotate")
            | self.rulings.handlers()
            | self._handlers(),
        )
        self.view.key_of = self.keys.first_key
        self.hands.moved_on = self.keys.hold_off
        self.hands.goes_on = lambda: advance.is_on(context.person_id)
        self._project_keys = ProjectKeys(self.keys, self.hands, context.notices)
        self.menu = SegmentMenu(self.keys, self.hands, self)
        self._connect()
        self._show_empty(self.empty.show_reading)

    # What the window asks

    def title(self) -> str:
        """The open item, and which part of it where it is cut into several."""
        if self.view.work is None:
            return ""
        return self.list.title_of(self.view.work.task.id) or self.view.work.item.key

    def item_key(self) -> str:
        """The open item's key; empty where none is open."""
        return self.view.work.item.key if self.view.work is not None else ""

    def note(self) -> str:
        """How many of the required answers are given."""
        return self.view.progress().sentence if self.view.work is not None else ""

    def actions(self) -> list[Action]:
        """All actions of this workspace."""
        return self.keys.actions()

    def is_idle(self) -> bool:
        """Whether nothing is being read, drawn or stored; while it plays, its place is kept once it stops."""
        parts = (self._context.jobs, self.taps, self.writing)
        has_place = self.ways.places.is_idle or self.view.transport.is_playing
        return has_place and self.view.is_idle() and all(part.is_idle for part in parts)

    def take_focus(self) -> None:
        """Give the keys to the timeline."""
        if self._pages.currentWidget() is self.view:
            self.view.take_focus()
        elif self.rulings.is_shown:
            self._rulings_page.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.sensitive.is_shown:
            self.sensitive.page.button.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.guidelines.is_shown:
            self._guideline_page.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            (self.empty.button if not self.empty.button.isHidden() else self).setFocus(Qt.FocusReason.OtherFocusReason)

    def release(self) -> None:
        """Stop playback and hand over what is being typed."""
        self.view.side.questions.flush()
        self.ways.keep()
        self.hearing.end()
        self.apart.release()
        self._close_modes()
        self.playing.release()
        self.view.video.release()
        self.rulings.leave()
        self.listening.release()
        self.pinned.release()

    def refresh(self) -> None:
        """Read the lists again; the first task is opened where none is."""
        self.playing.tell()
        person, project = self._context.person_id, self._context.project_id
        if not person:
            self._show_empty(self.empty.show_nobody)
            return
        self._context.bus.task_asked.emit(Stage.ANNOTATE.value, False)
        self.asking.tell_of_ended()
        tell_news(self._context)
        self.suggested.look()
        tasks = self._context.services.tasks
        self._context.jobs.store(
            lambda: (person, tasks.cards(project, person), tasks.my_work(project, person)),
            on_done=self._on_lists,
            what="read my tasks",
        )

    def open_task(self, task_id: str, *, anew: bool = False) -> None:
        """Open a task; one that is only offered becomes mine. The open one is only read again with ``anew``."""
        is_open = self.view.work is not None and self.view.work.task.id == task_id
        if is_open and not anew and self.view.work is not None and not self.view.work.session.locked:
            self.take_focus()
            return
        self.view.side.questions.flush()
        self.writing.commit()
        self.ways.keep()
        self._asked_task, self._wants_task = task_id, False
        context = self._context
        if not is_open and self.sensitive.holds_up(self.list.card_of(task_id)):
            self._pages.setCurrentWidget(self.sensitive.page)
            self.hearing.end("The next one is sensitive, and plays nothing by itself.")
            self._set_conditions()
            if self.isVisible():
                self.take_focus()
            return
        context.jobs.store(
            partial(self.guidelines.open_after, task_id, is_open=is_open),
            on_done=lambda work: self._on_opened(work, task_id),
            on_error=self._on_not_opened,
            what="open a task",
        )

    # Lists

    def _on_lists(self, answer: tuple[str, list[TaskCard], list[WorkCard]]) -> None:
        person, cards, work = answer
        if person != self._context.person_id:
            return
        self.list.show_lists(cards, work)
        self.another.look(cards)
        if not cards and self.view.work is None:
            self.rulings.nothing_to_do()
        if self.guidelines.is_shown or self.sensitive.is_shown or (self.view.work is None and self.rulings.holds_up()):
            return
        ready = [card for card in cards if card.state is not SlotState.PARKED]
        first = first_card(cards, last_time.tasks().get(person, ""))
        if self._wants_task and first is not None:
            self.open_task(first.task_id)
        elif self.view.work is None and not ready:
            self.hearing.end("There is nothing left to hear.")
            self._show_queue("")
            self._ask_why_empty()
            self._set_conditions()
            self._context.bus.title_changed.emit()
        elif self.view.work is None and not self._asked_task:
            self._show_empty(lambda: self.empty.show_pause(ready[0].title, is_parked=self._has_asked))
            if self.isVisible():
                self.take_focus()

    def _show_empty(self, show: Callable[[], None]) -> None:
        show()
        if not self.rulings.is_shown and not self.guidelines.is_shown:
            self._pages.setCurrentWidget(self.empty)

    def _show_queue(self, why: str) -> None:
        self._show_empty(lambda: self.empty.show_queue(why, can_recall=bool(self.list.work)))

    def _ask_why_empty(self) -> None:
        context = self._context

        def done(sentence: str) -> None:
            if self.view.work is None and all(card.state is SlotState.PARKED for card in self.list.cards):
                self._show_queue(sentence)

        context.jobs.store(
            context.services.tasks.why_empty,
            context.project_id,
            context.person_id,
            on_done=done,
            what="look why the queue is empty",
        )

    def _on_empty_pressed(self) -> None:
        if self._context.person_id:
            self._wants_task = True
            self._context.bus.task_asked.emit(Stage.ANNOTATE.value, True)
            self.refresh()
        else:
            self._context.bus.newcomer_asked.emit()

    # A task opens and closes

    def _on_opened(self, work: TaskWork | GuidelineChange, task_id: str) -> None:
        if task_id != self._asked_task:
            return
        if isinstance(work, GuidelineChange):
            self._show_change(work, task_id)
            return
        self.guidelines.leave()
        self._context.bus.status_said.emit("")  # what was said was about the task before
        self._close_modes()
        self.rulings.leave()
        self.sensitive.leave()
        self.view.open_work(work)
        self.sensitive.soften()
        self.playing.is_quiet = self.sensitive.is_soft
        self.pins.open_task()
        self.ways.open_task()
        self.asking.open_task()
        self.pinned.read()
        self.taps.open()
        self.writing.open_task()
        self._pages.setCurrentWidget(self.view)
        if asked := self.list.returned_for(task_id):
            self._context.notices.show(f"Returned to you: {asked}", "Change it, then submit it again.", tone=Tone.WARN)
        self.list.set_open(task_id)
        self._context.bus.task_opened.emit(task_id)
        if self._goes_on:
            self._goes_on = False
            self.keys.hold_off(all_keys=self.hearing.is_on)
        self._project_keys.bind_answers()
        self._project_keys.bind_marks()
        self._set_conditions()
        self._context.bus.title_changed.emit()
        if self.isVisible():
            self.take_focus()
            self._arrive()
        self.refresh()

    def _show_change(self, change: GuidelineChange, task_id: str) -> None:
        """The guidelines are read before the next task; what was open is put away as before any other."""
        self._close_task()
        self.rulings.leave()
        self._asked_task, self._wants_task = task_id, False
        self.guidelines.show(change, task_id)
        self._pages.setCurrentWidget(self._guideline_page)
        self._set_conditions()
        if self.isVisible():
            self.take_focus()

    def _arrive(self) -> None:
        """Play the segment that is selected, else from the playhead; the first task opens by itself, and in peace."""
        is_first, self._is_first = self._is_first, False
        if self.hearing.is_on:
            if self.sensitive.is_soft:
                self.hearing.end("This one is sensitive, and plays nothing by itself.")
            self.hearing.open_task()
        elif not is_first and not self.sensitive.is_soft:
            chosen, at_us = self.view.selected_segments(), self.view.timeline.playhead_us
            self.playing.arrive(*((chosen[0].start_us, chosen[-1].end_us) if chosen else (at_us, None)))

    def _on_not_opened(self, error: Exception) -> None:
        self._context.notices.error(error, "open a task")
        self.refresh()
        if self.view.work is None:
            self._show_empty(lambda: self.empty.show_not_opened(error))

    def _close_task(self) -> None:
        self._close_modes()
        self.view.close_work()
        self._asked_task = ""
        self.list.set_open("")
        self._context.bus.task_opened.emit("")
        self._project_keys.clear()
        self._wants_task = True
        self._show_empty(self.empty.show_reading)
        self._set_conditions()
        self._context.bus.title_changed.emit()

    def _on_asked(self) -> None:
        self._on_left()
        self._has_asked = True

    def _on_left(self) -> None:
        self._has_asked = False
        context = self._context
        self._close_task()
        self.rulings.after_task()
        self._wants_task = self._goes_on = self.hearing.is_on or advance.is_on(context.person_id)
        score_and_route(context, "score and route")
        self.refresh()

    def _show_rulings(self) -> None:
        self._pages.setCurrentWidget(self._rulings_page)
        self._set_conditions()
        if self.isVisible():
            self.take_focus()

    def _after_rulings(self) -> None:
        if self.view.work is None:
            self._show_empty(self.empty.show_reading)
        self.refresh()

    def _on_pins(self) -> None:
        self.ways.show_flags(self.pins.pins)
        self._set_conditions()

    def _on_recalled(self, task_id: str) -> None:
        if task_id == (self.view.work.task.id if self.view.work is not None else ""):
            self.view.close_work()
        if task_id:
            self.open_task(task_id)
        self.refresh()

    def _after_dialog(self) -> None:
        self.window().activateWindow()
        self.take_focus()

    # Small things

    def _asks_for_person(self) -> str:
        """Why the open task is handed in by its person alone, whatever is suggested; empty where nothing says so."""
        view, mixer = self.view, self.playing.mixer
        if not view.can_change:
            return view.editor.locked.rstrip(".") if view.editor is not None else ""
        if view.work is not None and view.work.slot_state not in (SlotState.OPEN, SlotState.LEASED):
            return "This one was with you before"
        if self.apart.open_ones:
            return self.apart.sentence().rstrip(".")
        if self.taps.mode != "off" or self.taps.state.taps:
            return "Taps wait to be accepted"
        is_muted = bool(mixer.recordings) and not mixer.heard() and not view.video.has_videos
        return "Its sound is muted" if is_muted else ""

    def _hand_in_as_heard(self) -> bool:
        return self.hands.model.take_rest() and self.out.submit(as_heard=True)

    def _tell_why(self) -> None:
        """Say why the open task was given to this person."""
        context, work = self._context, self.view.work
        if work is not None:
            why = partial(context.services.assigning.why_this, context.project_id, context.person_id, work.task.id)
            say = partial(context.notices.show, "Why you got this")
            run_decision(context, why, say, "look why a task was given")

    def step_task(self, step: int) -> None:
        """Open the task after or before this one in the list; after the last of a team's another is asked for."""
        task_id = self.list.neighbour(step) or (self.list.untouched() if step > 0 else "")
        if task_id:
            self.open_task(task_id)
        elif step > 0 and self._context.is_fixed:
            self.another.ask()

    def _handlers(self) -> dict[str, Any]:
        view = self.view
        return {
            "annotate.why": self._tell_why,
            "annotate.reveal": self.sensitive.reveal,
            "annotate.fold_tasks": lambda: self._fold(self.sides, 0),
            "annotate.fold_labels": lambda: self._fold(view.sides, 1),
            "annotate.fold_text": self._fold_text,
            "annotate.fold_table": lambda: self._fold(view.stack, 2),
            **sound_handlers("annotate", view.timeline),
            "annotate.hearing_pass": self.hearing.toggle,
            "annotate.next": lambda: self.hearing.go_to_open() or self.hands.arrive(view.timeline.next_segment()),
            "annotate.next_suggestion": lambda: self.pins.step(1) or self.hands.model.step(1),
            "annotate.prev_suggestion": lambda: self.pins.step(-1) or self.hands.model.step(-1),
            "annotate.take_and_submit": lambda: self.hands.model.take_rest() and self.out.submit(),
            "annotate.pin_done": self.pins.turn,
            "annotate.next_task": lambda: self.step_task(1),
            "annotate.prev_task": lambda: self.step_task(-1),
        }

    def _fold_text(self) -> None:
        self.view.fold_text()
        self.take_focus()

    def _fold(self, splitter: Splitter, place: int) -> None:
        splitter.fold(place)
        QTimer.singleShot(0, self.view, self.view.keep_lanes_whole)
        self.take_focus()

    def _connect(self) -> None:
        view, side, bus = self.view, self.view.side, self._context.bus
        self.list.task_chosen.connect(self.open_task)
        self.list.recall_asked.connect(self.out.recall)
        self.empty.pressed.connect(self._on_empty_pressed)
        view.said.connect(bus.status_said)
        view.opened.connect(self._on_shown)
        self.playing.mixer.changed.connect(self._show_sound)
        self.playing.panel.finished.connect(self._after_dialog)
        self.out.left.connect(self._on_left)
        self.out.not_left.connect(lambda: self.hearing.end("This one could not be handed in."))
        self.out.recalled.connect(self.hearing.keep)
        self.out.recalled.connect(self._on_recalled)
        self.out.dialog_closed.connect(self._after_dialog)
        self.asking.left.connect(self._on_asked)
        self.asking.resumed.connect(lambda task_id: self.open_task(task_id, anew=True))
        self.asking.dialog_closed.connect(self._after_dialog)
        self.pinned.changed.connect(self._set_conditions)
        side.asked.time_chosen.connect(self.hands.go_to)
        view.changed.connect(self._on_view_changed)
        self.apart.left.connect(self._after_dialog)
        bus.pulled.connect(self._on_pulled)
        bus.taken_down.connect(self._on_taken_down)
        view.recall_asked.connect(self.out.recall_open)
        self.video_moves = VideoMoves(self._context, view.video)
        mixer = self.playing.mixer
        self.sound_moves = SoundMoves(self._context, self.playing, lambda: view.work)
        view.video.changed.connect(lambda: mixer.place(view.video.offsets_us()))
        view.timeline.menu_asked.connect(self.menu.open)
        view.timeline.tier_menu_asked.connect(lambda lane, where: self.tiers.open_menu(self.keys, lane, where))
        view.bar.play_pressed.connect(lambda: self.keys.trigger("annotate.play"))
        view.bar.segment_pressed.connect(lambda: self.keys.trigger("annotate.play_segment"))
        view.bar.loop_pressed.connect(lambda: self.keys.trigger("annotate.loop"))
        view.bar.arrival_pressed.connect(lambda: self.keys.trigger("annotate.arrival"))
        view.bar.hearing_pressed.connect(lambda: self.keys.trigger("annotate.hearing_pass"))
        view.bar.tap_pressed.connect(lambda: self.keys.trigger("annotate.tap_pass"))
        for mode in (self.taps, self.writing, self.hearing):
            mode.changed.connect(self._on_mode)
        view.changed.connect(self.writing.follow)
        view.transport.hearing_changed.connect(view.show_next_key)
        side.labels.chosen.connect(self.hands.label)
        side.labels.none_chosen.connect(self.hands.say_none)
        side.attributes.given.connect(self.hands.give_attribute)
        side.attributes.refused.connect(view.said)
        side.labels.text_asked.connect(lambda: self.keys.trigger("annotate.text"))
        side.questions.answered.connect(self.hands.answer)
        side.comments.comment_given.connect(self.ways.comment)
        side.comments.time_chosen.connect(self.hands.go_to)
        side.comments.left.connect(self.take_focus)
        side.submit.clicked.connect(self.out.submit)
        side.skip.clicked.connect(self.out.ask_skip)
        side.flag.clicked.connect(self.out.ask_flag)
        bus.person_changed.connect(self._on_person_changed)
        bus.changed.connect(self._on_changes)

    def _on_shown(self) -> None:
        if self.view.work is not None:
            work = self.view.work
            self.playing.open(work.item.timeline_asset, work.media_path, work.sounds, problem=work.media_problem)

    def _show_sound(self) -> None:
        self.view.bar.show_arrival(self.playing.mixer.plays_on_arrival)
        self.view.bar.show_sound(self.playing.mixer.words(), is_quiet=self.playing.mixer.is_quiet)

    def _on_person_changed(self) -> None:
        self.rulings.leave()
        self.guidelines.leave()
        self._close_task()
        self.list.show_lists((), ())
        if self.isVisible():
            self.refresh()

    def _on_changes(self, changes: Changes) -> None:
        if Kind.ITEMS in changes:
            self.rulings.look_again()
        if self.isVisible() and (Kind.TASKS in changes or Kind.ITEMS in changes):
            self.refresh()

    def _on_pulled(self, branches: Branches) -> None:
        view = self.view
        if view.editor is not None and view.annotations.id == branches.annotations.id:
            view.editor.pull(branches)

    def _on_taken_down(self, items: frozenset[str]) -> None:
        """What is open of an item that was taken down is let go of, with what was typed and computed meanwhile."""
        work, jobs = self.view.work, self._context.jobs
        if work is None or work.item.id not in items:
            return
        from annodesk.services.takedown import erase_media

        self._close_task()
        jobs.store(HalfTypedFile(work.set_id).remove, what="forget a text half typed")
        jobs.background(erase_media, work.item.assets, on_error=lambda _: None, what="delete copies")
        self._context.notices.show(f"{work.item.key} was taken down.", "Its labels are kept, without content.")
        self.refresh()

    def _close_modes(self) -> None:
        self.writing.close_task()
        self.taps.close()

    def _on_mode(self) -> None:
        self._set_conditions()
        self.view.show_next_key()

    def _on_view_changed(self) -> None:
        self._set_conditions()
        if self.view.work is not None:
            self.list.set_share(self.view.work.task.id, self.view.share_done())
        self._context.bus.title_changed.emit()

    def _set_conditions(self) -> None:
        work = self.view.work
        if work is not None:
            self._project_keys.bind_labels()
        is_open = work is not None and self._pages.currentWidget() is self.view
        self.keys.set_condition("open", is_open)
        self.keys.set_condition("sensitive", is_open and self.sensitive.is_soft)
        self.keys.set_condition("team", is_open and self._context.is_fixed)
        self.keys.set_condition("asked", is_open and self.asking.waits)
        self.keys.set_condition("precedents", is_open and self.pinned.has_any)
        self.keys.set_condition("sides", is_open and bool(self.apart.open_ones))
        self.keys.set_condition("timeline", is_open and not self.view.timeline.isHidden())
        self.keys.set_condition("media", is_open and work is not None and work.can_play)
        self.keys.set_condition("tapping", is_open and self.taps.mode != "off")
        self.keys.set_condition("writing", is_open and self.writing.is_on)
        self.keys.set_condition("taps", is_open and self.taps.mode == "review")
        self.keys.set_condition("text", is_open and work is not None and work.text is not None)
        self.keys.set_condition("video", is_open and self.view.video.has_videos)
        self.keys.set_condition("videos", is_open and len(self.view.video.videos) > 1)
        self.keys.set_condition("cuts", is_open and self.view.video.has_cuts)
        can_suggest = is_open and self.view.can_change and len(self.view.pending) > 0
        self.keys.set_condition("suggestion", can_suggest)
        self.keys.set_condition("pins", is_open and bool(self.pins.pins))
        self.keys.set_condition("steps", can_suggest or (is_open and self.pins.left > 0))
