"""The desk's page of work: who is given what, as a manager says it of tasks and members; each step can be undone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.model.work import Skill
from annodesk.ui import theme
from annodesk.ui.dashboard.card import ScrolledPage
from annodesk.ui.dashboard.given_cards import MembersCard, TasksCard, connect_all
from annodesk.ui.notices import Tone
from annodesk.ui.parts import label
from annodesk.ui.review.pinning import run_decision
from annodesk.ui.rounds import score_and_route

if TYPE_CHECKING:
    from annodesk.model.terms import Terms
    from annodesk.services.changes import Changes
    from annodesk.services.given_out import GivenMember, GivenOutView, GivenTask
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request

SEARCH_MS = 300
Act = Callable[[], "Changes"]


class WorkPage(ScrolledPage):
    """Reads when it is told to, and again after a change.

    followed()    what can be done here is another
    """

    followed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.found: GivenOutView | None = None
        self._request: Request | None = None
        self._back: tuple[Act, str] | None = None
        self._wants_focus = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SEARCH_MS)
        self._soon.timeout.connect(self.read)
        self.setAccessibleName("Work")
        self.state = label("", "dim", wrap=True)
        self.members, self.tasks = MembersCard(), TasksCard()
        column = QVBoxLayout(self.host)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(theme.SPACE * 3)
        for part in (self.state, self.tasks, self.members):
            column.addWidget(part)
        column.addStretch()
        self.tasks.searched.connect(self._soon.start)
        for table in (self.members.table, self.tasks.table):
            table.itemSelectionChanged.connect(self.followed)
        self.members.form.given.connect(self._set_terms)
        self.members.form.left.connect(self._leave_form)
        connect_all((
            (self.tasks.keep, self.keep), (self.tasks.take, self.take_over), (self.tasks.anybody, self.for_anybody),
            (self.tasks.pause, self.pause_task), (self.members.pause, self.pause_member),
            (self.members.change, self.ask_terms),
        ))  # fmt: skip
        self._say("Looking at who is given what …")

    # Reading

    def read(self) -> None:
        """Read members and tasks anew."""
        context = self.context
        like, which = self.tasks.looked_for()
        self._request = context.jobs.background(
            partial(context.services.given_out.read, like=like, which=which),
            context.project_id,
            context.person_id,
            on_done=self._show,
            on_error=self._fail,
            key="given out",
            what="read who is given what",
        )

    def release(self) -> None:
        """Nobody looks any more."""
        self._soon.stop()
        if self._request is not None:
            self._request.cancel()
            self._request = None

    def start_afresh(self) -> None:
        """Somebody else works here, or on another project."""
        self.release()
        self.found, self._back = None, None
        self.members.form.hide()
        self.tasks.search.clear()
        self._say("Looking at who is given what …")

    def take_focus(self) -> None:
        """Give the keys to the tasks."""
        is_there = self.tasks.table.isVisibleTo(self)
        self._wants_focus = not is_there
        (self.tasks.table if is_there else self).setFocus()

    def conditions(self) -> dict[str, bool]:
        """What can be done now, by the name of its condition."""
        has_form = self.members.form.isVisible()
        return {
            "work": self.found is not None,
            "keep": self.tasks.keep.isEnabled() and not has_form,
            "take": self.tasks.take.isEnabled() and not has_form,
            "anybody": self.tasks.anybody.isEnabled() and not has_form,
            "task": self.tasks.chosen is not None and not has_form,
            "member": self.members.pause.isEnabled() and not has_form,
            "undo": self._back is not None,
        }

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            "desk.search": self.tasks.search.setFocus,
            "desk.members": self.members.table.setFocus,
            "desk.keep": self.keep,
            "desk.take": self.take_over,
            "desk.anybody": self.for_anybody,
            "desk.pause_task": self.pause_task,
            "desk.pause_member": self.pause_member,
            "desk.terms": self.ask_terms,
            "desk.undo": self.undo,
        }

    # Tasks

    def keep(self) -> None:
        """Keep the chosen task for the chosen person."""
        one, person_id = self.tasks.chosen, self.tasks.person.currentData()
        if one is not None and person_id is not None:
            name = self._name(person_id)
            self._say_of(one, person_id, False, f"{one.title} is kept for {name}.")

    def for_anybody(self) -> None:
        """Let the chosen task go to anybody again."""
        if (one := self.tasks.chosen) is not None:
            self._say_of(one, None, False, f"{one.title} goes to whoever is next.")

    def pause_task(self) -> None:
        """Pause the chosen task, or have it given out again; for whom it is kept stays."""
        if (one := self.tasks.chosen) is not None:
            words = "is given out again" if one.is_paused else "is paused: nobody is given it"
            self._say_of(one, one.kept_for, not one.is_paused, f"{one.title} {words}.")

    def take_over(self) -> None:
        """Take the chosen task from who holds it and keep it for the chosen person."""
        one, person_id, claim_id = self.tasks.chosen, self.tasks.person.currentData(), self.tasks.holder.currentData()
        if one is None or person_id is None or claim_id is None:
            return
        assigning, me = self.context.services.assigning, self.context.person_id
        self._do(
            partial(assigning.take_over, one.task_id, claim_id, person_id, me),
            f"{one.title} was taken from who held it, and is kept for {self._name(person_id)}.",
            partial(assigning.say, one.task_id, one.kept_for, me, is_paused=one.is_paused),
            f"{one.title} is kept for {self._name(person_id)} no more.",
        )

    def _say_of(self, one: GivenTask, kept_for: str | None, is_paused: bool, words: str) -> None:
        say, me = self.context.services.assigning.say, self.context.person_id
        self._do(
            partial(say, one.task_id, kept_for, me, is_paused=is_paused),
            words,
            partial(say, one.task_id, one.kept_for, me, is_paused=one.is_paused),
            f"{one.title} is as it was.",
        )

    # Members

    def pause_member(self) -> None:
        """Give the chosen member nothing new, or give them work again."""
        if (one := self.members.chosen) is not None:
            is_paused = not one.terms.is_paused
            words = "is given nothing new; what they hold stays theirs" if is_paused else "is given work again"
            self._agree(one, one.terms, replace(one.terms, is_paused=is_paused), f"{one.name} {words}.")

    def ask_terms(self) -> None:
        """Ask what is to be agreed with the chosen member."""
        one = self.members.chosen
        if one is not None and self.found is not None:
            self.members.form.ask(one, self.found.now_us, is_shared=self._is_shared, skills=self.found.known_skills)
            self.members.form.show()
            self.members.form.skills.setFocus()
            # It has its place only after the layout was made anew.
            QTimer.singleShot(0, self.members.form, lambda: self.ensureWidgetVisible(self.members.form))
            self.followed.emit()

    def _set_terms(self, person_id: str, before: Terms, after: Terms, skills: tuple[Skill, ...]) -> None:
        one = next((one for one in self.members.members if one.person_id == person_id), None)
        if one is not None:
            self._agree(one, before, after, f"It is agreed with {one.name}.", skills)

    def _agree(
        self, one: GivenMember, before: Terms, after: Terms, words: str, skills: tuple[Skill, ...] | None = None
    ) -> None:
        assigning, project_id = self.context.services.assigning, self.context.project_id
        had = tuple(Skill(name, level) for name, level in one.skills)
        known = had if skills is None else skills

        def agree(was: Terms, now: Terms, knew: tuple[Skill, ...], knows: tuple[Skill, ...]) -> Changes:
            changes = assigning.set_skills(project_id, one.person_id, knew, knows)
            return changes | assigning.agree(project_id, one.person_id, was, now) if was != now else changes

        back = partial(agree, after, before, known, had)
        self._do(
            partial(agree, before, after, had, known), words, back, f"What is agreed with {one.name} is as it was."
        )

    def _leave_form(self) -> None:
        self.members.form.hide()
        self.members.table.setFocus()
        self.followed.emit()

    # Inside

    def undo(self) -> None:
        """Take the last step back."""
        if self._back is not None:
            act, words = self._back
            self._do(act, words)

    def _do(self, act: Act, words: str, back: Act | None = None, back_words: str = "") -> None:
        def done(changes: Changes) -> None:
            context = self.context
            self._back = (back, back_words) if back is not None else None
            if self.members.form.isVisible():
                self._leave_form()
            button = "Undo" if back is not None else ""
            context.notices.show(words, "", tone=Tone.OK, button=button, on_button=self.undo)
            context.bus.changed.emit(changes)
            if self._is_shared:
                context.bus.sync_asked.emit()
            else:
                score_and_route(context, "offer what a manager said")
            self.followed.emit()
            self.read()

        run_decision(self.context, act, done, "say who is given what", self._refused)

    def _refused(self, error: Exception) -> None:
        """What is typed stays; the form says what is wrong with it."""
        if self.members.form.isVisible() and isinstance(error, AnnodeskError):
            self.members.form.say(str(error))
        else:
            self.context.notices.error(error, "say who is given what")

    def _show(self, found: GivenOutView) -> None:
        self._request, self.found = None, found
        self._say("")
        self.members.show_members(found)
        self.tasks.show_tasks(found)
        if self._wants_focus and self.isVisible():
            self.take_focus()
        self.followed.emit()

    def _fail(self, error: Exception) -> None:
        self._request = None
        if isinstance(error, AnnodeskError) and not isinstance(error, Cancelled):
            self._say(f"{error.sentence} {error.hint}".strip())
        elif not isinstance(error, Cancelled):
            self.context.notices.error(error, "read who is given what")

    def _say(self, words: str) -> None:
        """Say why there is nothing to show; an empty text shows it."""
        self.state.setText(words)
        self.state.setVisible(bool(words))
        for card in (self.tasks, self.members):
            card.setVisible(not words)

    def _name(self, person_id: str) -> str:
        return self.found.name_of(person_id) if self.found is not None else ""

    @property
    def _is_shared(self) -> bool:
        return self.context.services.sync.where is not None
