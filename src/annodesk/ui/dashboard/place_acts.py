"""What can be done about a place that is heard: discuss it, send its item to review, pin it to the guidelines."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from annodesk.ui.dashboard.discuss_dialog import DiscussDialog
from annodesk.ui.dashboard.playlist import as_text, where
from annodesk.ui.dashboard.words_dialog import WordsDialog
from annodesk.ui.notices import Tone
from annodesk.ui.plain import shown
from annodesk.ui.review.pinning import PinDialog, run_decision

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from annodesk.services.heard_as import Place
    from annodesk.ui.bus import Context
    from annodesk.ui.dashboard.playlist_page import PlaylistPage


class PlaceActs:
    """Asks for the words in a dialog and does it; what came of it is said in a notice."""

    def __init__(self, context: Context, page: PlaylistPage) -> None:
        self.context, self._page = context, page
        self.dialog: QDialog | None = None

    def discuss(self) -> None:
        """Ask those who judge about the place, or tell whoever gave the answer; with what was said of it so far."""
        place, opened = self._page.place, self._page.opened
        if place is None or opened is None:
            return
        self._page.player.stop()
        # In a team words to an author come with a return.
        has_author = bool(place.set_id) and self.context.services.sync.where is None
        about = as_text(place, self._page.part_of(place))
        dialog = DiscussDialog(about, opened.said, self._page, has_author=has_author)
        dialog.given.connect(partial(self._say, place, about))
        self._open(dialog)

    def _say(self, place: Place, about: str, words: str, to_author: bool) -> None:
        discussing, me = self.context.services.discussing, self.context.person_id
        if to_author:
            work = partial(discussing.tell_author, place.set_id, me, words, time_us=place.start_us)
        else:
            work = partial(discussing.ask, place.item_id, me, words, time_us=place.start_us, place=about)
        self._decide(work, "discuss a place", self._page.read_again)

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
        dialog = PinDialog(opened.guidelines, "", f"{self._page.part_of(place)} at {where(place)}", labels, self._page)

        def send(clause: str, words: str) -> None:
            pin = partial(self.context.services.precedents.pin, place.item_id, self.context.person_id, clause, words)
            within = {"start_us": place.start_us, "end_us": place.end_us}
            self._decide(partial(pin, labels=labels, quote=quote, **within), "pin a place")

        dialog.given.connect(send)
        self._open(dialog)

    def _ask(self, title: str, says: str, send: str, given: Callable[[str], object]) -> None:
        dialog = WordsDialog(title, says, send, self._page)
        dialog.given.connect(given)
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(self._page.take_focus)
        dialog.open()

    def _decide(self, work: Callable[[], Any], what: str, then: Callable[[], object] = lambda: None) -> None:
        context = self.context

        def done(decided: Any) -> None:
            context.notices.show(decided.sentence, tone=Tone.OK)
            context.bus.changed.emit(decided.changes)
            then()

        run_decision(context, work, done, what)
