"""What stands in the middle while no task is open: why, and the way on."""

from __future__ import annotations

from annodesk.errors import AnnodeskError
from annodesk.ui.parts import EmptyState

RECALL_HINT = "What you have submitted stands at the left, and can be recalled until review starts."


class NoTask(EmptyState):
    """Each of these cases has one sentence and at most one button."""

    def show_reading(self) -> None:
        """The lists are being read."""
        self.show_state("progress-clock", "Reading your tasks …")

    def show_nobody(self) -> None:
        """Nobody has said who works here."""
        self.show_state(
            "account-outline",
            "Nobody works in this project yet",
            "Say who you are; others can be added at the foot of the window.",
            "Add yourself …",
        )

    def show_queue(self, why: str, *, can_recall: bool) -> None:
        """There is nothing to do; ``why`` is the services' sentence for it."""
        words = " ".join(part for part in (why, RECALL_HINT if can_recall else "") if part)
        self.show_state("inbox-outline", "No tasks for you now", words, "Look again")

    def show_pause(self, title: str, *, is_parked: bool = False) -> None:
        """One task is done, or waits for an answer; the person goes on with the next when they like."""
        done = "That one waits for an answer" if is_parked else "That one is done"
        self.show_state("check-circle-outline", done, f"Next in your list: {title}", "Open the next")

    def show_not_opened(self, error: Exception) -> None:
        """The task that was asked for cannot be opened."""
        is_known = isinstance(error, AnnodeskError)
        sentence = error.sentence if is_known else "The task could not be opened."
        self.show_state("alert-circle-outline", sentence, error.hint if is_known else "Choose another from the list.")
