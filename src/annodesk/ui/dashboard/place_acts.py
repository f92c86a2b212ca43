"""What can be done about a place that is heard: discuss it, send its item to review, pin it to the guidelines."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog

from annodesk.services.heard_as import Place
from annodesk.ui.dashboard.playlist import as_text, where
from annodesk.ui.dashboard.words_dialog import WordsDialog
from annodesk.ui.notices import Tone
from annodesk.ui.plain import shown
from annodesk.ui.review.pinning import PinDialog, run_decision

if TYPE_CHECKING:
    from annodesk.ui.bus import Context
    from annodesk.ui.dashboard.playlist_page import PlaylistPage


class PlaceActs:
    """Asks for the words in a dialog and does it; what came of it is said in a notice."""

    def __init__(self, context: Context, page: PlaylistPage) -> None:
        self.context, self._page = context, page
        self.dialog: QDialog | None = None

    def discuss(self) -> None:
        """Say something about the place: beside the answer in this file, or to be sent to somebody."""
        place = self._page.place
        if place is None:
            return
        self._page.player.stop()
        if self.context.services.sync.where is not None or not place.set_id:
            QGuiApplication.clipboard().setText(as_text(place, self._page.playlist.part))
            hint = "Send it to whoever you want to discuss it with."
            if place.set_id:
                hint += " In a team comments on others' work go with a return."
            self.context.notices.show("The place and both answers are on the clipboard.", hint, tone=Tone.OK)
            return
        says = "It stands as a comment beside the answer, at this place, for its author and the analysts."
        self._ask("Discuss this place", says, "Say it", partial(self._comment, place))

    def _comment(self, place: Place, words: str) -> None:
        context = self.context
        context.jobs.store(
            context.services.annotate.comment,
            place.set_id,
            context.person_id,
            words,
            place.start_us,
            on_done=lambda _: context.notices.show("The comment stands beside the answer.", tone=Tone.OK),
            on_error=lambda error: context.notices.error(error, "comment on a place"),
            what="comment on a place",
        )

    def send_to_review(self) -> None:
        """Open the item again: somebody labels it who has not seen it, else an analyst judges it anew."""
        place = self._page.place
        if place is None:
            return
        self._page.player.stop()
        if place.other:
            self.context.notices.show("Nothing stands here yet.", "It waits for review already, or for its answers.")
            return
        says = (
            "The item is opened again. Somebody labels it who has not seen others' work on it; where there is nobody, "
            "it waits for an analyst. Say why."
        )
        work = self.context.services.judging.reopen
        self._ask(
            f"Send {shown(place.item, 60)} to review",
            says,
            "Send",
            lambda words: self._decide(partial(work, place.item_id, self.context.person_id, words), "send to review"),
        )

    def pin(self) -> None:
        """Pin the place to a clause of the guidelines."""
        place, opened = self._page.place, self._page.opened
        if place is None or opened is None:
            return
        self._page.player.stop()
        if place.other:
            self.context.notices.show("Nothing stands here yet.", "Settle it first, then pin it.")
            return
        quote = opened.text[place.start : place.end] if place.start is not None and place.end is not None else ""
        labels = tuple(filter(None, place.stands.split(" + ")))
        self.dialog = PinDialog(
            opened.guidelines, "", f"{self._page.playlist.part} at {where(place)}", labels, self._page
        )

        def send(clause: str, words: str) -> None:
            pin = partial(self.context.services.precedents.pin, place.item_id, self.context.person_id, clause, words)
            within = {"start_us": place.start_us, "end_us": place.end_us}
            self._decide(partial(pin, labels=labels, quote=quote, **within), "pin a place")

        self.dialog.given.connect(send)
        self.dialog.finished.connect(self._page.take_focus)
        self.dialog.open()

    def _ask(self, title: str, says: str, send: str, given: Callable[[str], object]) -> None:
        self.dialog = WordsDialog(title, says, send, self._page)
        self.dialog.given.connect(given)
        self.dialog.finished.connect(self._page.take_focus)
        self.dialog.open()

    def _decide(self, work: Callable[[], Any], what: str) -> None:
        context = self.context

        def done(decided: Any) -> None:
            context.notices.show(decided.sentence, tone=Tone.OK)
            context.bus.changed.emit(decided.changes)

        run_decision(context, work, done, what)
