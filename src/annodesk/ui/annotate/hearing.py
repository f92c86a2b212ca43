"""The hearing pass: a task plays as it opens, and is handed in once it was heard to its end and asks for nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer, QVariantAnimation, Signal
from PySide6.QtWidgets import QApplication

from annodesk.model.times import length_words
from annodesk.ui.actions import is_text_field, shown_key
from annodesk.ui.annotate.hearing_open import Open, first_open
from annodesk.ui.annotate.presence import Presence

if TYPE_CHECKING:
    from annodesk.ui.annotate.listening import Listening
    from annodesk.ui.annotate.taskview import TaskView
    from annodesk.ui.bus import Context

Phase = Literal["off", "hearing", "paused", "open", "grace", "kept", "away", "asleep", "leaving"]

GRACE_MS = 1000
"""After its end a task stays so long, for a hand that wants to keep it."""
MOST_IN_A_ROW = 10
"""After so many tasks without a key or a click nobody may be there any more."""
LOOKS_AGAIN_MS = 250
BY_HAND = "In this project nothing is handed in by itself"
NEAR_US = 200_000
"""A recording that was played up to so far before its end was played to its end."""


class HearingPass(QObject):
    """Off until a person turns it on, and off again with the window.

    changed()   what the pass does now is another thing

    Parameters
    ----------
    asks : why a task is not handed in whatever is suggested, as a sentence without its stop; empty where nothing is
    hand_in : takes what is suggested and hands the task in; False where something was asked or said instead
    """

    changed = Signal()

    def __init__(
        self,
        view: TaskView,
        listening: Listening,
        context: Context,
        *,
        asks: Callable[[], str],
        hand_in: Callable[[], bool],
    ) -> None:
        super().__init__(view)
        self.view, self._listening, self._context = view, listening, context
        self._asks, self._hand_in = asks, hand_in
        self.phase: Phase = "off"
        self.open_thing: Open | None = None
        self.in_a_row = 0
        self._has_ended = self._plays_on = self._was_gone_to = self._is_asleep = False
        self._kept: set[str] = set()
        self.presence = Presence(view.window, self)
        self.presence.pressed.connect(self._on_hand)
        self.presence.left.connect(self._on_away)
        self.presence.came_back.connect(self._on_back)
        self.grace = self._timer(GRACE_MS, self._on_grace_over)
        self._again = self._timer(0, self._look)
        self._sweep = QVariantAnimation(self)
        self._sweep.setStartValue(0.0)
        self._sweep.setEndValue(1.0)
        self._sweep.valueChanged.connect(view.next_line.set_share)
        view.transport.state_changed.connect(self._on_playing)
        view.changed.connect(self._look_soon)
        context.notices.noticed.connect(lambda notice: self._on_told(notice.tone))
        context.notices.reported.connect(lambda _: self._keep_here())

    @property
    def is_on(self) -> bool:
        """Whether the next task plays as it opens."""
        return self.phase != "off"

    def toggle(self) -> None:
        """Begin with the open task, from its first sound; or end, and leave everything as it is."""
        if self.is_on:
            self.end()
            return
        work = self.view.work
        if work is None or not work.can_play:
            self._refuse("There is nothing to listen to in this task.")
            return
        if not work.project.prelabel.hand_in_heard:
            self._refuse(f"{BY_HAND}: {shown_key('annotate.take_and_submit')} takes what is suggested and submits.")
            return
        self.in_a_row = 0
        self._kept.discard(work.task.id)
        self.presence.turn(True)
        self.phase = "hearing"
        self.open_task()
        self.view.take_focus()

    def _refuse(self, sentence: str) -> None:
        self.view.bar.hearing.setChecked(False)  # a click has pressed it in
        self.view.said.emit(sentence)

    def end(self, why: str = "") -> None:
        """No pass any more; ``why`` is told where nobody asked for it."""
        if not self.is_on:
            return
        self.presence.turn(False)
        self._again.stop()
        self._enter("off")
        if why:
            self._context.notices.show(why, "The hearing pass has ended; nothing more is handed in by itself.")

    def open_task(self) -> None:
        """A task was opened: play it from its beginning, where somebody is there."""
        self._has_ended = self._plays_on = False
        work = self.view.work
        if work is None or not self.is_on:
            return
        self._is_asleep = self.in_a_row >= MOST_IN_A_ROW
        self._enter("hearing")
        if self._is_asleep:
            self._enter("asleep")
        elif not self.presence.is_there:
            self._plays_on = True
            self._enter("away")
        else:
            self.view.transport.play(work.task.start_us, work.task.end_us)
            self._look()

    def go_to_open(self) -> bool:
        """Go to what the task waits for, once; False where it waits for nothing that can be gone to."""
        view, found = self.view, self.open_thing
        if self.phase != "open" or found is None or not found.leads_somewhere or self._was_gone_to:
            return False
        self._was_gone_to = True
        if found.piece is not None:
            view.transport.play(found.piece.start_us, found.piece.end_us)
        elif found.problem is not None:
            view.go_to_problem(found.problem)
        else:
            view.go_to_suggestion(found.element)
        view.take_focus()
        self.changed.emit()
        return True

    @property
    def leads(self) -> bool:
        """Whether the next key goes to what the task waits for."""
        return self.open_thing is not None and self.open_thing.leads_somewhere and not self._was_gone_to

    # What happens

    def _on_playing(self) -> None:
        transport, part = self.view.transport, self._listening.playable
        if not self.is_on:
            return
        if transport.is_playing:
            self._is_asleep = False
        elif part is not None and transport.position_us >= part.end_us - NEAR_US:
            self._has_ended = True
        self._look()

    def _look_soon(self) -> None:
        """Look once the key or click that made this change is over, so that it does not pass for a hand that keeps."""
        if self.is_on:
            self._again.start(0)

    def _look(self) -> None:
        """What the pass does now: it follows from what plays, what was heard and what is open."""
        work, transport = self.view.work, self.view.transport
        if not self.is_on or self.phase == "leaving" or work is None:
            return
        if not self.presence.is_there:
            self._enter("away")
        elif transport.is_playing:
            self._enter("hearing")
        elif self._is_asleep:
            self._enter("asleep")
        elif work.task.id in self._kept:
            self._enter("kept")
        elif work.can_play and not self._has_ended:
            self._enter("paused")
        elif (found := self._what_is_open()) is not None:
            self._was_gone_to = self._was_gone_to and found == self.open_thing
            self._enter("open", found)
        elif self._is_busy():
            self._enter("hearing")
            self._again.start(LOOKS_AGAIN_MS)
        elif self.phase != "grace":
            self._enter("grace")

    def _what_is_open(self) -> Open | None:
        """The first thing that keeps the task here until a person has seen to it."""
        view = self.view
        work = view.work
        assert work is not None
        if not work.project.prelabel.hand_in_heard:
            return Open(BY_HAND)
        if asked := self._asks():
            return Open(asked)
        if not work.can_play:
            return Open("There is nothing to hear in this one")
        if work.show == "after-commit" or view.suggestions is None or not len(view.suggestions):
            return Open("Nothing is suggested here")
        if unheard := self._listening.unheard():
            length = length_words(sum(piece.duration_us for piece in unheard))
            return Open(f"{length} of it {'was' if len(unheard) == 1 else 'were'} not played", piece=unheard[0])
        assert view.editor is not None
        prelabel = work.project.prelabel
        above = max(work.show_above, prelabel.accept_above or 0.0)
        within, hides = view.editor.session.within, work.show == "above-threshold"
        return first_open(view.pending, view.annotations, view.schema, within, above, hides=hides)

    def _is_busy(self) -> bool:
        """Whether a hand is at something that is not over yet."""
        app, timeline = QApplication.instance(), self.view.timeline
        assert isinstance(app, QApplication)
        has_over = app.activePopupWidget() is not None or app.activeModalWidget() is not None
        draws = bool(timeline.state.preview) or timeline.lanes.is_busy or timeline.stretch is not None
        return has_over or draws or is_text_field(app.focusWidget()) or not self.view.is_idle()

    def _on_grace_over(self) -> None:
        self._enter("hearing")
        if self._what_is_open() is not None or self._is_busy() or not self.presence.is_there:
            self._look()
            return
        self._enter("leaving")
        if self._hand_in():
            self.in_a_row += 1
        else:
            self.end("This one was not handed in.")

    def _on_hand(self) -> None:
        self.in_a_row = 0
        if self.phase == "grace":
            self._keep_here()

    def keep(self, task_id: str) -> None:
        """This task is handed in by its person alone, in every pass that is not begun with it."""
        self._kept.add(task_id)

    def _keep_here(self) -> None:
        if self.is_on and self.phase != "leaving" and self.view.work is not None:
            self.keep(self.view.work.task.id)
            self._look()

    def _on_told(self, tone: str) -> None:
        if tone in ("warn", "bad"):
            self._keep_here()

    def _on_away(self) -> None:
        if self.is_on and self.phase != "leaving":
            self._plays_on = self._plays_on or self.view.transport.is_playing
            self.view.transport.pause()
            self._enter("away")

    def _on_back(self) -> None:
        if self.phase != "away" or self.view.work is None:
            return
        plays_on, self._plays_on = self._plays_on, False
        if plays_on and not self._is_asleep:
            self.view.transport.toggle()
        self._look()

    # Inside

    def _enter(self, phase: Phase, found: Open | None = None) -> None:
        """Be at this; the grace runs while it is entered, and nowhere else."""
        before, self.phase = (self.phase, self.open_thing), phase
        self.open_thing = found if phase == "open" and found is not None else None
        if phase == "grace":
            self.grace.start()
            self._sweep.setDuration(self.grace.interval())
            self._sweep.start()
        else:
            self.grace.stop()
            self._sweep.stop()
            self.view.next_line.set_share(0.0)
        self.view.bar.hearing.setChecked(self.is_on)
        if before != (self.phase, self.open_thing):
            self.changed.emit()

    def _timer(self, after_ms: int, then: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after_ms)
        timer.timeout.connect(then)
        return timer
