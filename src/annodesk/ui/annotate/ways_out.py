"""The ways out of an open task: submitted, skipped, flagged for an analyst; and back by recalling it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from annodesk.errors import AnnodeskError
from annodesk.ui import advance
from annodesk.ui.actions import shown_key
from annodesk.ui.annotate.reasons import FLAG_REASONS, SKIP_REASONS, ReasonDialog
from annodesk.ui.notices import Tone

if TYPE_CHECKING:
    from annodesk.services.changes import Changes
    from annodesk.services.onboarding import Feedback
    from annodesk.services.tasks import Revealed, Submitted
    from annodesk.ui.annotate.tasklist import TaskList
    from annodesk.ui.annotate.taskview import TaskView
    from annodesk.ui.bus import Context


class WaysOut(QObject):
    """Hands the open task over through the store lane.

    left()           it is no longer this person's to change, and can be closed
    not_left()       handing in or skipping failed; it is still theirs
    recalled(str)    the task of that id is theirs again; empty where it is not in the list
    dialog_closed()  nothing is asked any more

    Parameters
    ----------
    title : what the open task is called
    commit : hands over what is being typed; False where it was refused
    refuses : whether something else is to be decided first, which it then shows
    asks_first : asks about what nobody has heard; True where the answer calls what it was given
    """

    left = Signal()
    not_left = Signal()
    recalled = Signal(str)
    dialog_closed = Signal()

    def __init__(
        self,
        view: TaskView,
        tasks: TaskList,
        context: Context,
        *,
        title: Callable[[], str],
        commit: Callable[[], bool],
        asks_first: Callable[[Callable[[], object]], bool],
        refuses: Callable[[], bool],
    ) -> None:
        super().__init__(view)
        self.view, self._tasks, self._context = view, tasks, context
        self._title, self._commit, self._asks_first = title, commit, asks_first
        self._refuses = refuses
        self._is_leaving = self._is_as_heard = False
        self._has_asked_server = False
        view.opened.connect(self._on_opened)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            "annotate.submit": self.submit,
            "annotate.skip": self.ask_skip,
            "annotate.flag": self.ask_flag,
            "annotate.recall": self.recall_last,
            "annotate.give_back": self.give_back,
        }

    def _on_opened(self) -> None:
        self._has_asked_server = False

    def submit(self, *, as_heard: bool = False) -> bool:
        """Hand the task in; what is missing is shown and the first of it brought under the keys.

        ``as_heard`` is told where no key asked for it. False where something is to be seen to or decided first.
        """
        view, context = self.view, self._context
        if view.editor is None or self._is_leaving:
            return False
        if view.editor.locked:
            view.said.emit(view.editor.locked)
            return False
        view.side.questions.flush()
        if not self._commit():
            return False
        if self._refuses():
            return False
        problems = view.editor.problems()
        view.side.show_problems(problems)
        if problems:
            view.side.questions.mark_missing([problem.part for problem in problems])
            view.go_to_problem(problems[0])
            view.take_focus()
            return False
        if self._asks_first(self.submit):
            return False
        seen = view.editor.annotations
        if view.awaits_reveal:
            context.jobs.store(
                context.services.tasks.reveal, seen, on_done=self._on_revealed, what="show the model's answer"
            )
            return False
        self._is_leaving, self._is_as_heard = True, as_heard
        view.lock("Being submitted …")
        context.jobs.store(
            context.services.tasks.submit,
            seen,
            on_done=self._on_submitted,
            on_error=self._on_not_left,
            what="submit",
        )
        return True

    def _on_revealed(self, revealed: Revealed) -> None:
        view = self.view
        if revealed.is_on_its_way and not self._has_asked_server:
            self._ask_server()
            return
        view.show_suggestions(revealed.suggestions)
        if revealed.suggestions is None:
            self._context.notices.show(
                "The model has no answer to compare with.", f"{shown_key('annotate.submit')} submits."
            )
        elif len(view.pending):
            count = len(view.pending)
            self._context.notices.show(
                f"The model sees {count} {'place' if count == 1 else 'places'} differently.",
                f"What you had is kept as your own answer. Change it, then {shown_key('annotate.submit')} submits.",
            )
        else:
            self._context.notices.show(
                "The model agrees with all of it.", f"{shown_key('annotate.submit')} submits.", tone=Tone.OK
            )
        view.take_focus()

    def _ask_server(self) -> None:
        """What the model says comes from the team's server, which is told first what was answered without it."""
        view, context = self.view, self._context
        set_id, self._has_asked_server = view.annotations.id, True
        view.show_suggestions(None)
        submits = f"{shown_key('annotate.submit')} submits without waiting."
        context.notices.show("Fetching what the model says …", f"What you have is kept as your own answer. {submits}")

        def is_open() -> bool:
            return view.work is not None and view.annotations.id == set_id and not self._is_leaving

        def fetched(_: object) -> None:
            if is_open():
                reveal = context.services.tasks.reveal
                context.jobs.store(reveal, view.annotations, on_done=shown, what="show the model's answer")

        def shown(revealed: Revealed) -> None:
            if is_open():
                self._on_revealed(revealed)

        def failed(error: Exception) -> None:
            if is_open():
                again = f"{shown_key('annotate.submit')} submits without it."
                context.notices.show("What the model says is not available offline.", again, tone=Tone.WARN)
                view.take_focus()

        context.jobs.background(
            context.services.sync.catch_up, on_done=fetched, on_error=failed, what="fetch the model's answer"
        )
        view.take_focus()

    def _on_submitted(self, submitted: Submitted) -> None:
        title = self._title()
        advance.note_done(self._context.person_id)
        done = submitted.sentence.rstrip(".")
        done = f"{done} as heard" if self._is_as_heard and not submitted.is_late else done
        self._context.notices.show(
            f"{done}: {title}",
            f"{shown_key('annotate.recall')} recalls it, until its review starts or it is settled.",
            tone=Tone.OK,
        )
        self._ask_feedback(title)
        self._go(submitted.changes)

    def _ask_feedback(self, title: str) -> None:
        """Tell a newcomer how one of their first tasks went."""
        context = self._context

        def told(feedback: Feedback | None) -> None:
            if feedback is not None:
                first, *more = feedback.sentences
                to_come = "task" if feedback.left == 1 else "tasks"
                more.append(f"{feedback.left} more first {to_come}." if feedback.left else "Now ordinary work begins.")
                tone = Tone.OK if feedback.is_right else Tone.INFO
                context.notices.show(f"{title}: {first}", " ".join(more), tone=tone)

        def unasked(error: Exception) -> None:
            # Most tasks are no first tasks: that the server is away is said by the line at the bottom, and not here.
            if not isinstance(error, AnnodeskError):
                context.notices.error(error, "compare a first task")

        def ask(is_of_team: bool) -> None:
            # The server is not asked on the lane that stores the work.
            if is_of_team:
                context.jobs.background(
                    onboarding.feedback_of_team, set_id, on_done=told, on_error=unasked, what="compare a first task"
                )
            else:
                context.jobs.store(onboarding.feedback, set_id, on_done=told, what="compare a first task")

        onboarding, set_id = context.services.onboarding, self.view.annotations.id
        context.jobs.store(onboarding.waits_for_server, set_id, on_done=ask, what="look whether it was a first task")

    def _go(self, changes: Changes) -> None:
        self._is_leaving = False
        self._context.bus.changed.emit(changes)
        self.left.emit()

    def _on_not_left(self, error: Exception) -> None:
        self._is_leaving = False
        self.view.lock("")
        self._context.notices.error(error, "hand in a task")
        self.view.take_focus()
        self.not_left.emit()

    def ask_skip(self) -> None:
        """Give the task back with a reason."""
        self._ask("Skip this task", "It goes to somebody else; what you did is kept.", SKIP_REASONS, "Skip", self._skip)

    def _skip(self, reason: str, note: str) -> None:
        if self.view.work is None or self._is_leaving:
            return
        self._is_leaving = True
        self.view.side.questions.flush()
        self._commit()
        title, context = self._title(), self._context

        def done(changes: Changes) -> None:
            context.notices.show(f"Skipped: {title}", reason)
            self._go(changes)

        context.jobs.store(
            context.services.tasks.skip,
            self.view.work.set_id,
            reason,
            note,
            on_done=done,
            on_error=self._on_not_left,
            what="skip",
        )

    def give_back(self) -> None:
        """Give a team's task to somebody else, for no reason that anybody has to hear."""
        if self.view.work is None or self._is_leaving or not self.view.can_change:
            return
        self._is_leaving = True
        self.view.side.questions.flush()
        self._commit()
        title, context = self._title(), self._context

        def done(changes: Changes) -> None:
            context.notices.show(f"Given back: {title}", "Somebody else gets it; what you did is kept.")
            self._go(changes)

        context.jobs.store(
            context.services.leases.give_back,
            self.view.work.set_id,
            on_done=done,
            on_error=self._on_not_left,
            what="give a task back",
        )

    def ask_flag(self) -> None:
        """Ask an analyst to look, with a reason; work goes on."""
        explanation = "An analyst will look at this item. You can go on working on it."
        self._ask("Flag for an analyst", explanation, FLAG_REASONS, "Flag", self._flag)

    def _flag(self, reason: str, note: str) -> None:
        if self.view.work is None:
            return
        context, title = self._context, self._title()

        def done(changes: Changes) -> None:
            context.notices.show(f"Flagged: {title}", reason, tone=Tone.OK)
            context.bus.changed.emit(changes)

        context.jobs.store(context.services.tasks.flag, self.view.work.set_id, reason, note, on_done=done, what="flag")

    def _ask(self, title: str, explanation: str, reasons: tuple[str, ...], verb: str, then: Any) -> None:
        if not self.view.can_change:
            return
        self.view.transport.pause()
        self.reason_dialog = ReasonDialog(title, explanation, reasons, verb, self.view)
        self.reason_dialog.given.connect(then)
        self.reason_dialog.finished.connect(self.dialog_closed)
        self.reason_dialog.open()

    def recall(self, set_id: str) -> None:
        """Take a submission back and open it again."""
        task_id = next((card.task_id for card in self._tasks.work if card.set_id == set_id), "")
        context = self._context

        def done(changes: Changes) -> None:
            context.notices.show("Recalled; it is yours to change.", tone=Tone.OK)
            context.bus.changed.emit(changes)
            self.recalled.emit(task_id)

        context.jobs.store(context.services.tasks.recall, set_id, on_done=done, what="recall a submission")

    def recall_last(self) -> None:
        """Take the last submission back that can be."""
        set_id = self._tasks.last_recallable()
        if set_id:
            self.recall(set_id)
        else:
            self._context.bus.status_said.emit("Nothing can be recalled now.")

    def recall_open(self) -> None:
        """Take the open task's submission back."""
        if self.view.work is not None:
            self.recall(self.view.work.set_id)
