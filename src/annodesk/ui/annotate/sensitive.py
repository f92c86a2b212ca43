"""Sensitive content: a warning before it opens, the way out, and a task that begins muted, blurred and silent."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from annodesk.model.needs import NOT_MY_CONTENT, sensitive_of
from annodesk.ui.actions import shown_key
from annodesk.ui.parts import EmptyState, button
from annodesk.ui.review.pinning import run_decision
from annodesk.ui.review.softening import in_words

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from annodesk.services.tasks import TaskCard
    from annodesk.ui.annotate.taskview import TaskView
    from annodesk.ui.bus import Context


class SensitivePage(EmptyState):
    """What a task holds, before anything of it is seen or heard."""

    def __init__(self) -> None:
        super().__init__()
        self.decline = button("Give me no such tasks")
        self.decline.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        rows = self.layout()
        assert isinstance(rows, QVBoxLayout)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.decline)
        row.addStretch()
        rows.insertLayout(rows.count() - 1, row)

    def show_warning(self, card: TaskCard) -> None:
        """Warn of a task."""
        kinds = in_words(card.sensitive)
        self.show_state(
            "eye-off-outline",
            f"This one holds {kinds}",
            "It opens without a sound and blurred, and plays nothing by itself. You may say that you do not work with "
            "such content: nobody is told, no figure of yours knows of it, and you are given other tasks.",
            "Open it",
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.decline.hasFocus():
            self.decline.click()
            return
        super().keyPressEvent(event)


class SensitiveContent(QObject):
    """Holds a task up until its warning was read; ``go_on`` opens it, ``left`` tells that it was declined."""

    def __init__(
        self,
        context: Context,
        view: TaskView,
        page: SensitivePage,
        *,
        go_on: Callable[[str], None],
        left: Callable[[], None],
    ) -> None:
        super().__init__()
        self._context, self._view, self.page = context, view, page
        self._go_on, self._left = go_on, left
        self._card: TaskCard | None = None
        self._read: set[str] = set()
        page.pressed.connect(self._on_open)
        page.decline.clicked.connect(self._on_decline)

    @property
    def is_shown(self) -> bool:
        """Whether a warning waits to be read."""
        return self._card is not None

    @property
    def is_soft(self) -> bool:
        """Whether the open task is sensitive, so that nothing of it plays by itself."""
        return self._view.work is not None and bool(sensitive_of(self._view.work.item.metadata))

    def holds_up(self, card: TaskCard | None) -> bool:
        """Whether a task waits for its warning to be read, which is shown then."""
        self._card = card if card is not None and card.sensitive and card.task_id not in self._read else None
        if self._card is not None:
            self.page.show_warning(self._card)
            self._ask_for_share()
        return self._card is not None

    def _ask_for_share(self) -> None:
        """Say how much of a day's share is taken, where the project has one."""
        card, context = self._card, self._context
        work = context.services.assigning.share_taken

        def done(words: str) -> None:
            if words and self._card is card:
                self.page.say(f"{self.page.sentence.text()} {words}")

        context.jobs.store(work, context.project_id, context.person_id, on_done=done, what="count sensitive content")

    def leave(self) -> None:
        """Another task was opened."""
        self._card = None

    def soften(self) -> None:
        """Let the open task begin without a sound and blurred, where it is sensitive."""
        self._blur(self.is_soft)
        if self.is_soft:
            self._hear(is_muted=True)
            key = shown_key("annotate.reveal")
            self._context.bus.status_said.emit(f"Muted and blurred: {key} lets it be seen and heard.")

    def reveal(self) -> None:
        """Let the open task be seen and heard, or blurred and muted again."""
        if self.is_soft:
            is_blurred = not self._view.video.is_blurred
            self._blur(is_blurred)
            self._hear(is_muted=is_blurred)

    def _blur(self, is_blurred: bool) -> None:
        self._view.video.set_blurred(is_blurred)
        self._view.text.set_blurred(is_blurred)

    def _hear(self, *, is_muted: bool) -> None:
        # Not by way of the mixer, which would remember it of the recording.
        transport = self._view.transport
        transport.set_strip(replace(transport.strip(), is_muted=is_muted))

    def _on_open(self) -> None:
        card, self._card = self._card, None
        if card is not None:
            self._read.add(card.task_id)
            self._go_on(card.task_id)

    def _on_decline(self) -> None:
        card, context = self._card, self._context
        if card is None:
            return
        services, project, person = context.services, context.project_id, context.person_id

        def decline() -> frozenset[str]:
            before = services.assigning.declined_by(project, person)
            services.assigning.set_declined(project, person, {*card.sensitive, *before})
            if card.state is not None and card.set_id is not None:
                services.tasks.skip(card.set_id, NOT_MY_CONTENT)
            return before

        def done(before: frozenset[str]) -> None:
            self._card = None
            words = f"You are given no more tasks with {in_words(card.sensitive)}."
            context.notices.show(words, button="Undo", on_button=lambda: self._decline_only(before))
            self._left()

        run_decision(context, decline, done, "decline a kind of content")

    def _decline_only(self, kinds: frozenset[str]) -> None:
        context = self._context
        decline = partial(context.services.assigning.set_declined, context.project_id, context.person_id, kinds)
        run_decision(context, decline, lambda _: self._left(), "take it back")
