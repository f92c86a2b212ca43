"""What waits for review: reads the queue, and says what to do while no item is open."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from annodesk.errors import AnnodeskError
from annodesk.model.work import Role, Stage
from annodesk.ui.parts import EmptyState
from annodesk.ui.review.queue import ReviewQueue

if TYPE_CHECKING:
    from annodesk.services import Services
    from annodesk.services.review import ReviewCard
    from annodesk.ui.bus import Context

HOW_SHOWN = "Names are hidden and the order of the sides is shuffled for each."
NOTHING_WAITS = (
    "Nothing waits for a decision. Items come here by themselves when annotators disagree, "
    "when one is flagged, or when the model is sure of something else."
)

FOR_ANALYSTS = (
    "Reviews are for analysts and managers. To work as one, choose another name; it stands at the foot of the window."
)

FOR_ANALYSTS_OF_A_TEAM = "Reviews are for analysts and managers. Who is one is said by the team's administrator."


def _read(services: Services, project_id: str, person_id: str) -> tuple[list[ReviewCard], str]:
    """The cards for a person, and the person's name where they may not review."""
    me = next((member for member in services.people.list(project_id) if member.person.id == person_id), None)
    may_review = me is None or bool(me.roles & {Role.ANALYST, Role.MANAGER})
    return services.review.cards(project_id, person_id), "" if may_review else me.person.name


class Waiting(QObject):
    """The queue's cards, and the page that stands where no item is open.

    ``opened`` is the task that is open, ``asked`` the one that is being opened; both empty where there is none.

    open_asked(str)   a task to open
    page_shown()      the page has something to say in place of an item
    """

    open_asked = Signal(str)
    page_shown = Signal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.queue, self.page = ReviewQueue(), EmptyState()
        self.opened = self.asked = ""
        self._cards: list[ReviewCard] = []
        self._said = self._not_reviewing = ""
        self._on_button: Callable[[], object] = self._look_again
        self.queue.chosen.connect(self.open_asked)
        self.page.pressed.connect(lambda: self._on_button())
        self.page.show_state("progress-clock", "Reading the review queue …")

    def refresh(self) -> None:
        """Read the queue again."""
        if not self._cards:
            self.queue.say("Reading the queue …")
        context = self._context
        context.bus.task_asked.emit(Stage.REVIEW.value, False)
        context.jobs.store(
            partial(_read, context.services, context.project_id, context.person_id),
            on_done=self._on_cards,
            on_error=self._on_no_cards,
            what="read the review queue",
        )

    def _look_again(self) -> None:
        self._context.bus.task_asked.emit(Stage.REVIEW.value, True)
        self.refresh()

    def begin_opening(self, task_id: str) -> None:
        """An item is being opened."""
        self.asked = task_id
        self.queue.show_opened(task_id)
        self.queue.say("Opening …")
        if not self.opened:
            self.say("progress-clock", "Opening the item …")

    def show_opened(self, task_id: str) -> None:
        """An item is open now; an empty id where it has been closed."""
        self.asked, self.opened, self._said = "", task_id, ""
        self.queue.say("")
        self.queue.show_opened(task_id)

    def show_failed(self, error: Exception) -> None:
        """An item could not be opened: the one that is open stays, else the sentence stands in its place."""
        self.asked = ""
        self.queue.say("")
        self.queue.show_opened(self.opened)
        if not self.opened:
            self._say_error(error, "The item could not be opened.", "Look again")

    def take_out(self, task_id: str, said: str) -> None:
        """An item is settled: its card goes, and what comes next is offered."""
        self.opened, self._said = "", said
        self._cards = [card for card in self._cards if card.task_id != task_id]
        self.queue.set_cards(self._cards)
        self.show_what_waits()

    def start_afresh(self) -> None:
        """Another person or project: what was known of the queue is forgotten."""
        self.opened = self.asked = self._said = ""
        self._cards = []
        self.queue.set_cards(())
        self.queue.show_batch("")
        self.say("progress-clock", "Reading the review queue …")

    def step(self, by: int) -> None:
        """Ask for the next or the previous item of the queue."""
        ids = self.queue.task_ids()
        if ids:
            place = ids.index(self.opened) + by if self.opened in ids else 0
            self.open_asked.emit(ids[place % len(ids)])

    def show_what_waits(self) -> None:
        """Say how many items wait and offer the first; or that there is none."""
        if not self._cards and self._not_reviewing:
            title, ask = f"{self._not_reviewing} does not review here", self._context.bus.people_asked.emit
            if self._context.is_fixed:
                self.say("account-switch-outline", title, FOR_ANALYSTS_OF_A_TEAM)
                return
            self.say("account-switch-outline", title, FOR_ANALYSTS, "Change who works here …", ask)
            return
        if not self._cards:
            title = self._said or "The review queue is empty"
            self.say("check-all", title, NOTHING_WAITS, "Look again")
            return
        ids = self.queue.task_ids()
        count, first = len(self._cards), next(card for card in self._cards if card.task_id == ids[0])
        waits = "1 item waits for a decision" if count == 1 else f"{count} items wait for a decision"
        self.say(
            "check-circle-outline" if self._said else "scale-balance",
            self._said or waits,
            f"{waits}. {HOW_SHOWN}" if self._said else HOW_SHOWN,
            f"Open {first.title}",
            partial(self.open_asked.emit, first.task_id),
        )

    def say(
        self,
        icon: str,
        title: str,
        sentence: str = "",
        button: str = "",
        on_button: Callable[[], object] | None = None,
    ) -> None:
        """Show a state in place of an item; the button reads the queue again where nothing else is given."""
        self._on_button = on_button or self._look_again
        self.page.show_state(icon, title, sentence, button)
        self.page_shown.emit()

    def _on_cards(self, answer: tuple[list[ReviewCard], str]) -> None:
        cards, self._not_reviewing = answer
        self._cards = list(cards)
        self.queue.say("")
        self.queue.set_cards(cards, self.opened or self.asked)
        if not self.opened and not self.asked:
            self.show_what_waits()

    def _on_no_cards(self, error: Exception) -> None:
        self.queue.say("")
        if not isinstance(error, AnnodeskError):
            self._context.notices.error(error, "read the review queue")
        if not self.opened:
            self._say_error(error, "The review queue could not be read.", "Try again")

    def _say_error(self, error: Exception, otherwise: str, button: str) -> None:
        is_known = isinstance(error, AnnodeskError)
        self.say(
            "alert-circle-outline",
            error.sentence if isinstance(error, AnnodeskError) else otherwise,
            error.hint if isinstance(error, AnnodeskError) and is_known else "The report says what went wrong.",
            button,
        )
