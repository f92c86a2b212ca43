"""The annotate workspace: my tasks at the left, the open one in the middle, and the ways in and out of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError
from annodesk.services.changes import Changes, Kind
from annodesk.ui import advance, theme
from annodesk.ui.actions import Action, KeyMap, shown_key
from annodesk.ui.annotate.actions import ACTIONS
from annodesk.ui.annotate.hands import TaskHands
from annodesk.ui.annotate.listening import Listening
from annodesk.ui.annotate.places import last_task
from annodesk.ui.annotate.projectkeys import ProjectKeys
from annodesk.ui.annotate.reasons import FLAG_REASONS, SKIP_REASONS, ReasonDialog
from annodesk.ui.annotate.segment_hands import SegmentHands
from annodesk.ui.annotate.segment_menu import SegmentMenu
from annodesk.ui.annotate.tappass import TapPass
from annodesk.ui.annotate.tasklist import TaskList
from annodesk.ui.annotate.taskview import TaskView
from annodesk.ui.annotate.textmode import TextMode
from annodesk.ui.annotate.tier_hands import TierHands
from annodesk.ui.annotate.wayfinding import Wayfinding
from annodesk.ui.notices import Tone
from annodesk.ui.parts import EmptyState, Splitter
from annodesk.ui.player.playing import Playing
from annodesk.ui.player.video_moves import keep_move
from annodesk.ui.timeline.sound_actions import sound_handlers

if TYPE_CHECKING:
    from annodesk.services.tasks import Revealed, Submitted, TaskCard, TaskWork, WorkCard
    from annodesk.ui.bus import Context

RECALL_HINT = "What you have submitted stands at the left, and can be recalled until review starts."


class AnnotateWorkspace(QWidget):
    """Reads lists and tasks through the store lane; while something is read, what is shown stays usable."""

    def __init__(self, context: Context, *, silent: bool = False) -> None:
        super().__init__()
        self._context = context
        self._asked_task = ""
        self._is_leaving = False
        self._wants_task = True
        self._goes_on = False
        self.list, self.empty = TaskList(), EmptyState()
        self.view = TaskView(context, silent=silent)
        self.hands = TaskHands(self.view)
        self.many = SegmentHands(self.hands, context.jobs)
        self.tiers = TierHands(self.view)
        self.listening = Listening(self.view, context)
        self.ways = Wayfinding(context, self.hands)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.view)
        self.sides = Splitter("annotate-list", Qt.Orientation.Horizontal, (theme.SIDE_LEFT_WIDTH, 1144))
        self.sides.addWidget(self.list)
        self.sides.addWidget(self._pages)
        self.sides.setStretchFactor(1, 1)
        self.sides.restore()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.sides)
        self.playing = Playing(
            self.view.transport,
            context.jobs,
            self.view.timeline,
            self.view.bar.sound_button,
            context.bus.status_said.emit,
            context.bus.speed_said.emit,
        )
        self.keys = KeyMap(self, "Annotate")
        self.taps = TapPass(self.view, self.keys, context)
        self.writing = TextMode(self.view, context)
        self.view.mode_runs = lambda: self.taps.runs() or self.writing.runs()
        modes = (self.hands, self.many, self.tiers, self.ways, self.taps, self.writing)
        self.keys.bind(
            ACTIONS,
            {k: act for mode in modes for k, act in mode.handlers().items()}
            | self.playing.handlers("annotate")
            | self._handlers(),
        )
        self.view.key_of = self.keys.first_key
        self.hands.moved_on = self.keys.hold_off
        self.hands.goes_on = lambda: advance.is_on(context.person_id)
        self._project_keys = ProjectKeys(self.keys, self.hands, context.notices)
        self.menu = SegmentMenu(self.keys, self.hands, self)
        self._connect()
        self._show_empty_reading()

    # What the window asks

    def title(self) -> str:
        """The open item, and which part of it where it is cut into several."""
        if self.view.work is None:
            return ""
        return self.list.title_of(self.view.work.task.id) or self.view.work.item.key

    def note(self) -> str:
        """How many of the required answers are given."""
        return self.view.progress().sentence if self.view.work is not None else ""

    def actions(self) -> list[Action]:
        """All actions of this workspace."""
        return self.keys.actions()

    def is_idle(self) -> bool:
        """Whether nothing is being read, drawn or stored."""
        parts = (self._context.jobs, self.ways.places, self.taps, self.writing)
        return self.view.is_idle() and all(part.is_idle for part in parts)

    def take_focus(self) -> None:
        """Give the keys to the timeline."""
        if self._pages.currentWidget() is self.view:
            self.view.take_focus()
        else:
            (self.empty.button if not self.empty.button.isHidden() else self).setFocus(Qt.FocusReason.OtherFocusReason)

    def release(self) -> None:
        """Stop playback and hand over what is being typed."""
        self.view.side.questions.flush()
        self.ways.keep()
        self._close_modes()
        self.playing.release()
        self.view.video.release()
        self.listening.release()

    def refresh(self) -> None:
        """Read the lists again; the first task is opened where none is."""
        self.playing.tell()
        person, project = self._context.person_id, self._context.project_id
        if not person:
            self.empty.show_state(
                "account-outline",
                "Nobody works in this project yet",
                "Say who you are; others can be added at the foot of the window.",
                "Add yourself …",
            )
            self._pages.setCurrentWidget(self.empty)
            return
        tasks = self._context.services.tasks
        self._context.jobs.store(
            lambda: (person, tasks.cards(project, person), tasks.my_work(project, person)),
            on_done=self._on_lists,
            what="read my tasks",
        )

    def open_task(self, task_id: str) -> None:
        """Open a task; one that is only offered becomes mine."""
        if self.view.work is not None and self.view.work.task.id == task_id and not self.view.work.session.locked:
            self.take_focus()
            return
        self.view.side.questions.flush()
        self.writing.commit()
        self.ways.keep()
        self._asked_task, self._wants_task = task_id, False
        context = self._context
        context.jobs.store(
            context.services.tasks.open,
            context.project_id,
            context.person_id,
            task_id,
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
        if self._wants_task and cards:
            last = last_task(person)
            self.open_task(last if any(card.task_id == last for card in cards) else cards[0].task_id)
        elif self.view.work is None and not cards:
            self._show_empty_queue()
        elif self.view.work is None and not self._asked_task:
            self._show_pause(cards[0].title)

    def _show_empty_reading(self) -> None:
        self.empty.show_state("progress-clock", "Reading your tasks …")
        self._pages.setCurrentWidget(self.empty)

    def _show_empty_queue(self) -> None:
        self.empty.show_state(
            "inbox-outline",
            "No tasks for you now",
            RECALL_HINT if self.list.work else "",
            "Look again",
        )
        self._ask_why_empty()
        self._pages.setCurrentWidget(self.empty)
        self._set_conditions()
        self._context.bus.title_changed.emit()

    def _show_pause(self, title: str) -> None:
        """The person goes on when they like."""
        self.empty.show_state(
            "check-circle-outline", "That one is done", f"Next in your list: {title}", "Open the next"
        )
        self._pages.setCurrentWidget(self.empty)
        if self.isVisible():
            self.take_focus()

    def _ask_why_empty(self) -> None:
        context = self._context

        def done(sentence: str) -> None:
            if self.view.work is None and not self.list.cards:
                self.empty.say(" ".join(part for part in (sentence, RECALL_HINT if self.list.work else "") if part))

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
            self.refresh()
        else:
            self._context.bus.newcomer_asked.emit()

    # A task opens and closes

    def _on_opened(self, work: TaskWork, task_id: str) -> None:
        if task_id != self._asked_task:
            return
        self._context.bus.status_said.emit("")  # what was said was about the task before
        self._close_modes()
        self.view.open_work(work)
        self.ways.open_task()
        self.taps.open()
        self.writing.open_task()
        self._pages.setCurrentWidget(self.view)
        self.list.set_open(task_id)
        if self._goes_on:
            self._goes_on = False
            self.keys.hold_off()
        self._project_keys.bind_answers()
        self._project_keys.bind_marks()
        self._set_conditions()
        self._context.bus.title_changed.emit()
        if self.isVisible():
            self.take_focus()
        self.refresh()

    def _on_not_opened(self, error: Exception) -> None:
        self._context.notices.error(error, "open a task")
        self.refresh()
        if self.view.work is None:
            sentence = error.sentence if isinstance(error, AnnodeskError) else "The task could not be opened."
            hint = error.hint if isinstance(error, AnnodeskError) else "Choose another from the list."
            self.empty.show_state("alert-circle-outline", sentence, hint)
            self._pages.setCurrentWidget(self.empty)

    def _close_task(self) -> None:
        self._close_modes()
        self.view.close_work()
        self._asked_task = ""
        self.list.set_open("")
        self._project_keys.clear()
        self._wants_task = True
        self._show_empty_reading()
        self._set_conditions()
        self._context.bus.title_changed.emit()

    # Ways out of a task

    def submit(self) -> None:
        """Hand the task in; what is missing is shown and the first of it brought under the keys."""
        view, context = self.view, self._context
        if view.editor is None or self._is_leaving:
            return
        if view.editor.locked:
            view.said.emit(view.editor.locked)
            return
        view.side.questions.flush()
        if not self.writing.commit():
            return
        problems = view.editor.problems()
        view.side.show_problems(problems)
        if problems:
            view.side.questions.mark_missing([problem.part for problem in problems])
            view.go_to_problem(problems[0])
            self.take_focus()
            return
        if self.listening.ask(self.submit):
            return
        seen = view.editor.annotations
        if view.awaits_reveal:
            context.jobs.store(
                context.services.tasks.reveal, seen, on_done=self._on_revealed, what="show the model's answer"
            )
            return
        self._is_leaving = True
        view.lock("Being submitted …")
        context.jobs.store(
            context.services.tasks.submit,
            seen,
            on_done=self._on_submitted,
            on_error=self._on_not_left,
            what="submit",
        )

    def _on_revealed(self, revealed: Revealed) -> None:
        self.view.show_suggestions(revealed.suggestions)
        self._set_conditions()
        if revealed.suggestions is None:
            self._context.notices.show(
                "The model has no answer to compare with.", f"{shown_key('annotate.submit')} submits."
            )
        elif len(self.view.pending):
            count = len(self.view.pending)
            self._context.notices.show(
                f"The model sees {count} {'place' if count == 1 else 'places'} differently.",
                f"What you had is kept as your own answer. Change it, then {shown_key('annotate.submit')} submits.",
            )
        else:
            self._context.notices.show(
                "The model agrees with all of it.", f"{shown_key('annotate.submit')} submits.", tone=Tone.OK
            )
        self.take_focus()

    def _on_submitted(self, submitted: Submitted) -> None:
        title = self.title()
        advance.note_done(self._context.person_id)
        self._context.notices.show(
            f"{submitted.sentence.rstrip('.')}: {title}",
            f"{shown_key('annotate.recall')} recalls it, until its review starts or it is settled.",
            tone=Tone.OK,
        )
        self._left(submitted.changes)

    def _left(self, changes: Changes) -> None:
        self._is_leaving = False
        context = self._context
        context.bus.changed.emit(changes)
        self._close_task()
        self._wants_task = self._goes_on = advance.is_on(context.person_id)
        context.jobs.store(
            context.services.coordinator.round,
            context.project_id,
            on_done=lambda result: context.bus.changed.emit(result.changes),
            what="score and route",
        )
        self.refresh()

    def _on_not_left(self, error: Exception) -> None:
        self._is_leaving = False
        self.view.lock("")
        self._context.notices.error(error, "hand in a task")
        self.take_focus()

    def ask_skip(self) -> None:
        """Give the task back with a reason."""
        self._ask("Skip this task", "It goes to somebody else; what you did is kept.", SKIP_REASONS, "Skip", self._skip)

    def _skip(self, reason: str, note: str) -> None:
        if self.view.work is None or self._is_leaving:
            return
        self._is_leaving = True
        self.view.side.questions.flush()
        self.writing.commit()
        title, context = self.title(), self._context

        def done(changes: Changes) -> None:
            context.notices.show(f"Skipped: {title}", reason)
            self._left(changes)

        context.jobs.store(
            context.services.tasks.skip,
            self.view.work.set_id,
            reason,
            note,
            on_done=done,
            on_error=self._on_not_left,
            what="skip",
        )

    def ask_flag(self) -> None:
        """Ask an analyst to look, with a reason; work goes on."""
        explanation = "An analyst will look at this item. You can go on working on it."
        self._ask("Flag for an analyst", explanation, FLAG_REASONS, "Flag", self._flag)

    def _flag(self, reason: str, note: str) -> None:
        if self.view.work is None:
            return
        context, title = self._context, self.title()

        def done(changes: Changes) -> None:
            context.notices.show(f"Flagged: {title}", reason, tone=Tone.OK)
            context.bus.changed.emit(changes)

        context.jobs.store(context.services.tasks.flag, self.view.work.set_id, reason, note, on_done=done, what="flag")

    def _ask(self, title: str, explanation: str, reasons: tuple[str, ...], verb: str, then: Any) -> None:
        if not self.view.can_change:
            return
        self.view.transport.pause()
        self.reason_dialog = ReasonDialog(title, explanation, reasons, verb, self)
        self.reason_dialog.given.connect(then)
        self.reason_dialog.finished.connect(self._after_dialog)
        self.reason_dialog.open()

    def _after_dialog(self) -> None:
        self.window().activateWindow()
        self.take_focus()

    def recall(self, set_id: str) -> None:
        """Take a submission back and open it again."""
        task_id = next((card.task_id for card in self.list.work if card.set_id == set_id), "")
        context = self._context

        def done(changes: Changes) -> None:
            context.notices.show("Recalled; it is yours to change.", tone=Tone.OK)
            context.bus.changed.emit(changes)
            open_id = self.view.work.task.id if self.view.work is not None else ""
            if task_id == open_id:
                self.view.close_work()
            if task_id:
                self.open_task(task_id)
            self.refresh()

        context.jobs.store(context.services.tasks.recall, set_id, on_done=done, what="recall a submission")

    def recall_last(self) -> None:
        """Take the last submission back that can be."""
        set_id = self.list.last_recallable()
        if set_id:
            self.recall(set_id)
        else:
            self._context.bus.status_said.emit("Nothing can be recalled now.")

    # Small things

    def comment(self, text: str) -> None:
        """Put a comment at the selected segment, or at the playhead."""
        work, context, chosen = self.view.work, self._context, self.view.selected_ids()
        if work is None:
            return
        element = chosen[0] if len(chosen) == 1 else None

        def done(comment: Any) -> None:
            if self.view.work is work:
                self.view.side.comments.set_comments([*self.view.side.comments.shown, comment], context.person_id)
                self.ways.show_flags()
            context.bus.changed.emit(Changes.of(Kind.COMMENTS, sets=(work.set_id,)))

        context.jobs.store(
            context.services.annotate.comment,
            work.set_id,
            context.person_id,
            text,
            self.view.timeline.playhead_us if element is None else None,
            element,
            on_done=done,
            what="comment",
        )

    def step_task(self, step: int) -> None:
        """Open the task after or before this one in the list."""
        task_id = self.list.neighbour(step)
        if task_id:
            self.open_task(task_id)

    def _handlers(self) -> dict[str, Any]:
        view = self.view
        return {
            "annotate.fold_tasks": lambda: self._fold(self.sides, 0),
            "annotate.fold_labels": lambda: self._fold(view.sides, 1),
            "annotate.fold_text": self._fold_text,
            "annotate.fold_table": lambda: self._fold(view.stack, 2),
            **sound_handlers("annotate", view.timeline),
            "annotate.submit": self.submit,
            "annotate.skip": self.ask_skip,
            "annotate.flag": self.ask_flag,
            "annotate.comment": self.focus_comment,
            "annotate.recall": self.recall_last,
            "annotate.next_task": lambda: self.step_task(1),
            "annotate.prev_task": lambda: self.step_task(-1),
        }

    def focus_comment(self) -> None:
        """Put the caret into the field for a new comment."""
        if self.view.side.isHidden():
            self.view.sides.fold(1)
        self.view.side.comments.focus_field()
        self.view.side.area.ensureWidgetVisible(self.view.side.comments.field)

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
        self.list.recall_asked.connect(self.recall)
        self.empty.pressed.connect(self._on_empty_pressed)
        view.said.connect(bus.status_said)
        view.opened.connect(self._on_shown)
        self.playing.mixer.changed.connect(self._show_sound)
        self.playing.panel.finished.connect(self._after_dialog)
        view.changed.connect(self._on_view_changed)
        view.recall_asked.connect(self._recall_open)
        view.video.moved.connect(lambda *how: keep_move(self._context, view.video, view.work, *how))
        view.timeline.menu_asked.connect(self.menu.open)
        view.timeline.tier_menu_asked.connect(lambda lane, where: self.tiers.open_menu(self.keys, lane, where))
        view.bar.play_pressed.connect(lambda: self.keys.trigger("annotate.play"))
        view.bar.segment_pressed.connect(lambda: self.keys.trigger("annotate.play_segment"))
        view.bar.loop_pressed.connect(lambda: self.keys.trigger("annotate.loop"))
        view.bar.arrival_pressed.connect(lambda: self.keys.trigger("annotate.arrival"))
        view.bar.tap_pressed.connect(lambda: self.keys.trigger("annotate.tap_pass"))
        for mode in (self.taps, self.writing):
            mode.changed.connect(self._on_mode)
        view.changed.connect(self.writing.follow)
        view.transport.hearing_changed.connect(view.show_next_key)
        side.labels.chosen.connect(self.hands.label)
        side.labels.none_chosen.connect(self.hands.say_none)
        side.attributes.given.connect(self.hands.give_attribute)
        side.attributes.refused.connect(view.said)
        side.labels.text_asked.connect(lambda: self.keys.trigger("annotate.text"))
        side.questions.answered.connect(self.hands.answer)
        side.comments.comment_given.connect(self.comment)
        side.comments.time_chosen.connect(self.hands.go_to)
        side.comments.left.connect(self.take_focus)
        side.submit.clicked.connect(self.submit)
        side.skip.clicked.connect(self.ask_skip)
        side.flag.clicked.connect(self.ask_flag)
        bus.person_changed.connect(self._on_person_changed)
        bus.changed.connect(self._on_changes)

    def _on_shown(self) -> None:
        if self.view.work is not None:
            self.playing.open(self.view.work.item.timeline_asset, self.view.work.media_path)

    def _show_sound(self) -> None:
        self.view.bar.show_sound(self.playing.mixer.words(), is_quiet=self.playing.mixer.is_quiet)

    def _recall_open(self) -> None:
        if self.view.work is not None:
            self.recall(self.view.work.set_id)

    def _on_person_changed(self) -> None:
        self._close_task()
        self.list.show_lists((), ())
        if self.isVisible():
            self.refresh()

    def _on_changes(self, changes: Changes) -> None:
        if self.isVisible() and (Kind.TASKS in changes or Kind.ITEMS in changes):
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
        self.keys.set_condition("timeline", is_open and not self.view.timeline.isHidden())
        self.keys.set_condition("media", is_open and work is not None and work.media_path is not None)
        self.keys.set_condition("tapping", is_open and self.taps.mode != "off")
        self.keys.set_condition("writing", is_open and self.writing.is_on)
        self.keys.set_condition("taps", is_open and self.taps.mode == "review")
        self.keys.set_condition("text", is_open and work is not None and work.text is not None)
        self.keys.set_condition("video", is_open and self.view.video.has_videos)
        self.keys.set_condition("videos", is_open and len(self.view.video.videos) > 1)
        self.keys.set_condition("cuts", is_open and self.view.video.has_cuts)
        self.keys.set_condition("suggestion", is_open and self.view.can_change and len(self.view.pending) > 0)
