"""Where two computers of one person changed the same thing: said above the task, chosen between, never submitted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from annodesk.errors import AnnodeskError
from annodesk.model.annotations import Answer, Element, Segment
from annodesk.model.edits import Draft
from annodesk.ui.actions import shown_key
from annodesk.ui.annotate.side_words import before_lines, place_words, side_lines, stretch_of
from annodesk.ui.annotate.two_sides import NEITHER, SideCard, TwoSides
from annodesk.ui.plain import set_tip
from annodesk.ui.timeline.lanes import Mark

if TYPE_CHECKING:
    from annodesk.model.alternatives import Alternatives
    from annodesk.model.alternatives import Side as Taken
    from annodesk.ui.annotate.taskview import TaskView
    from annodesk.ui.bus import Context


class Apart(QObject):
    """Follows the open task's alternatives.

    left()   the window is closed; the keys belong to the timeline again
    """

    left = Signal()

    def __init__(self, view: TaskView, context: Context) -> None:
        super().__init__(view)
        self._view, self._context = view, context
        self._shown: tuple[Alternatives, ...] = ()
        self._count = 0
        self.window: TwoSides | None = None
        view.apart.pressed.connect(self.choose)
        view.changed.connect(self._follow)
        view.closing.connect(self._close)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {"annotate.sides": self.choose}

    @property
    def open_ones(self) -> tuple[Alternatives, ...]:
        """What nobody has decided between."""
        return self._view.editor.alternatives if self._view.editor is not None else ()

    def refuses(self) -> bool:
        """Whether the task cannot be handed in yet; says so, and opens the first place."""
        if not self.open_ones:
            return False
        self._view.said.emit(self.sentence())
        self.choose()
        return True

    def sentence(self) -> str:
        """What is still to be chosen."""
        count = len(self.open_ones)
        if not count:
            return ""
        places = "the same thing" if count == 1 else f"the same thing in {count} places"
        return f"Two computers changed {places}; choose before you submit."

    def choose(self) -> None:
        """Show the first place, side by side."""
        if not self.open_ones or not self._view.can_change:
            return
        if self.window is None:
            self._view.transport.pause()
            self._count = len(self.open_ones)
            self.window = TwoSides(self._view)
            self.window.chosen.connect(self._on_chosen)
            self.window.play_asked.connect(self._play)
            self.window.finished.connect(self._on_finished)
            self._show_first()
            self.window.open()
        else:
            self._show_first()
            self.window.activateWindow()

    def release(self) -> None:
        """Close the window; nothing is chosen."""
        if self.window is not None:
            self.window.reject()

    # Inside

    def _follow(self) -> None:
        if self.open_ones == self._shown:
            return
        self._shown = self.open_ones
        count = len(self._shown)
        places = "1 place" if count == 1 else f"{count} places"
        self._view.apart.say(
            f"Your two computers differ in {places}." if count else "", icon="source-branch", button="Choose …"
        )
        tip = f"{self.sentence()} ({shown_key('annotate.sides')})"
        set_tip(self._view.apart.sentence, tip)
        set_tip(self._view.apart.button, tip)
        self._view.timeline.set_marks([mark for one in self._shown for mark in self._marks(one)])
        if self.window is not None:
            self._count = max(self._count, len(self._shown))
            self._show_first()

    def _marks(self, alternatives: Alternatives) -> list[Mark]:
        stretch = stretch_of(alternatives, self._now(alternatives))
        return (
            [] if stretch is None else [Mark(stretch.start_us, max(stretch.end_us, stretch.start_us), "disagreement")]
        )

    def _now(self, alternatives: Alternatives) -> list[Element]:
        found = (self._view.annotations.get(i) for i in sorted(alternatives.element_ids))
        return [element for element in found if element is not None]

    def _show_first(self) -> None:
        assert self.window is not None
        if not self.open_ones:
            self.window.accept()
            return
        view, first = self._view, self.open_ones[0]
        schema, now = view.schema, self._now(first)
        text = view.work.text.text if view.work is not None and view.work.text is not None else ""
        sides = [SideCard(*self._title(side), side_lines(schema, side, text)) for side in first.sides]
        place = self._count - len(self.open_ones) + 1
        progress = f"{place} of {self._count}. " if self._count > 1 else ""
        has_sound = view.work is not None and view.work.media_path is not None
        self.window.show_sides(
            place_words(schema, first, now),
            progress,
            SideCard("Before", "what stands until you choose", before_lines(schema, now, text), "before"),
            sides,
            can_play=has_sound and stretch_of(first, now) is not None,
        )
        self._go_to(first)

    def _title(self, side: Taken) -> tuple[str, str]:
        last = side.edits[-1]
        own = last.device == self._context.services.device
        when = datetime.fromtimestamp(last.made_at_us / 1_000_000).strftime("%d %b %H:%M")
        return "This computer" if own else "Another computer", when

    def _go_to(self, alternatives: Alternatives) -> None:
        now, view = self._now(alternatives), self._view
        stretch = stretch_of(alternatives, now)
        if stretch is not None:
            tiers = {e.tier for e in now if isinstance(e, Segment)}
            view.reveal(sorted(tiers))
            view.timeline.move_playhead(stretch.start_us)
            view.timeline.ensure_visible(stretch.start_us, stretch.end_us)
        else:
            asked = [e.question for e in now if isinstance(e, Answer)]
            block = next((view.side.questions.blocks[q] for q in asked if q in view.side.questions.blocks), None)
            if block is not None:
                view.side.area.ensureWidgetVisible(block)

    def _on_chosen(self, number: int) -> None:
        if not self.open_ones or self._view.editor is None:
            return
        first = self.open_ones[0]
        draft = Draft("decide", ()) if number == NEITHER else first.sides[number].draft
        if refused := self._view.lock_on(draft):
            self._refuse(refused)
            return
        try:
            self._view.editor.decide(first, draft)
        except AnnodeskError as error:
            self._refuse(str(error))
            return
        left = len(self.open_ones)
        self._view.said.emit("Chosen." if not left else f"Chosen; {left} more to choose.")

    def _refuse(self, sentence: str) -> None:
        if self.window is not None:
            self.window.refuse(sentence)

    def _play(self) -> None:
        if self.open_ones:
            stretch = stretch_of(self.open_ones[0], self._now(self.open_ones[0]))
            if stretch is not None:
                self._view.transport.play(stretch.start_us, stretch.end_us)

    def _on_finished(self) -> None:
        self.window = None
        self._view.transport.pause()
        self.left.emit()

    def _close(self) -> None:
        self.release()
        self._shown = ()
        self._view.apart.say("")
        self._view.timeline.set_marks(())
