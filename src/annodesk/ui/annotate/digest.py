"""When rulings on one's work are shown: after a task has been left and before the next opens, never within one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject

from annodesk import settings
from annodesk.errors import AnnodeskError
from annodesk.ui.annotate.digest_actions import ACTIONS
from annodesk.ui.parts import settings as remembered

if TYPE_CHECKING:
    from annodesk.services.digest import Clip, Disputed, ToldRuling
    from annodesk.ui.actions import KeyMap
    from annodesk.ui.annotate.digest_page import DigestPage
    from annodesk.ui.bus import Context

_LAST = "rulings/shown"
WHEN = ("after each task", "once a day", "never")
_SAYS = {
    "after each task": "Rulings on your work come after each task.",
    "once a day": "Rulings on your work come once a day, after a task.",
    "never": "Rulings on your work come only when you ask for them.",
}


class Rulings(QObject):
    """Holds up the next task of one workspace while rulings are looked through.

    Parameters
    ----------
    show : bring the page to the front
    go_on : open what comes next
    is_open : whether a task is open
    today : the date, as a text
    """

    def __init__(
        self,
        context: Context,
        keys: KeyMap,
        page: DigestPage,
        *,
        show: Callable[[], None],
        go_on: Callable[[], None],
        is_open: Callable[[], bool],
        today: Callable[[], str] = lambda: time.strftime("%Y-%m-%d"),
    ) -> None:
        super().__init__(page)
        self._context, self._keys, self.page = context, keys, page
        self._show, self._go_on, self._is_open, self._today = show, go_on, is_open, today
        self.found: list[ToldRuling] = []
        self.at = 0
        self._clips: dict[str, Clip] = {}
        self._is_due = self._is_asked = self._is_review = self._has_looked = False
        self.is_shown = False
        page.objected.connect(self._object)
        page.left_field.connect(page.close_field)
        for made, act in (
            (page.hear, self.hear),
            (page.next, self.next),
            (page.before, self.previous),
            (page.dispute, self.ask_dispute),
            (page.later, self.later),
        ):
            made.clicked.connect(act)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id, of those that are always there."""
        return {"annotate.rulings": self.ask, "annotate.rulings_when": self.turn_when}

    # When

    def after_task(self) -> None:
        """A task has been left: what has come meanwhile is shown before the next one opens."""
        self._is_due = self._when() != "never" and not (self._when() == "once a day" and self._was_today())

    def nothing_to_do(self) -> None:
        """No task is open and none is there: what has come is shown then too, unless it was put off."""
        if not self._has_looked:
            self.after_task()

    def look_again(self) -> None:
        """Something has changed, so that rulings may have come."""
        if not self.is_shown:
            self._has_looked = False

    def holds_up(self) -> bool:
        """Whether the next task has to wait; asks, once, whether there is anything to be shown."""
        if self.is_shown or self._is_asked:
            return True
        if not self._is_due:
            return False
        self._is_due, self._is_asked, self._has_looked = False, True, True
        context = self._context
        context.jobs.store(
            context.services.digest.unseen,
            context.project_id,
            context.person_id,
            on_done=partial(self._on_found, context.person_id, is_review=False),
            on_error=self._on_error,
            what="look for rulings",
        )
        return True

    def ask(self) -> None:
        """Show rulings because the person wants to see them: what is new, else those of late."""
        if self._is_open():
            self._context.bus.status_said.emit("Rulings come between tasks: hand this one in first.")
            return
        context = self._context

        def read() -> tuple[list[ToldRuling], bool]:
            fresh = context.services.digest.unseen(context.project_id, context.person_id)
            return (fresh, False) if fresh else (context.services.digest.recent(context.project_id, person), True)

        def done(answer: tuple[list[ToldRuling], bool]) -> None:
            found, is_review = answer
            if not found:
                context.bus.status_said.emit("No ruling says otherwise than you did.")
            elif not self._is_open():
                self._on_found(person, found, is_review=is_review)

        person = context.person_id
        context.jobs.store(read, on_done=done, what="read rulings")

    def turn_when(self) -> None:
        """Show them at another time from now on; remembered."""
        chosen = WHEN[(WHEN.index(self._when()) + 1) % len(WHEN)]
        settings.change(rulings=chosen)
        self._context.bus.status_said.emit(_SAYS[chosen])

    def _when(self) -> str:
        with contextlib.suppress(AnnodeskError):  # told when the program starts
            return settings.load().rulings
        return WHEN[0]

    def _was_today(self) -> bool:
        return str(remembered().value(f"{_LAST}/{self._context.person_id}") or "") == self._today()

    # Looking through

    def _on_found(self, person: str, found: list[ToldRuling], *, is_review: bool) -> None:
        self._is_asked = False
        if person != self._context.person_id or not found or self._is_open():
            self._go_on()
            return
        self.found, self.at, self._is_review, self.is_shown = found, 0, is_review, True
        self._clips = {}
        remembered().setValue(f"{_LAST}/{person}", self._today())
        handlers: dict[str, Callable[[], object]] = {
            "digest.hear": self.hear,
            "digest.next": self.next,
            "digest.previous": self.previous,
            "digest.dispute": self.ask_dispute,
            "digest.later": self.later,
        }
        self._keys.bind(ACTIONS, handlers, wins=True)
        self._show()
        self._show_one()

    def _on_error(self, error: Exception) -> None:
        self._is_asked = False
        self._context.notices.error(error, "look for rulings")
        self._go_on()

    @property
    def current(self) -> ToldRuling:
        """The one that is looked at."""
        return self.found[self.at]

    def _show_one(self) -> None:
        context, told = self._context, self.current
        self.page.transport.pause()
        self.page.show_count(self.at, len(self.found), is_review=self._is_review)
        clip = self._clips.get(told.item_id)
        self.page.show_told(told, clip)
        if clip is not None:
            self._bring(clip)
        else:
            context.jobs.store(
                context.services.digest.clip,
                context.project_id,
                told.item_id,
                on_done=partial(self._on_clip, told.item_id),
                what="find the clip of a ruling",
            )
        context.jobs.store(
            partial(context.services.digest.note_seen, [told.id], context.person_id),
            on_done=context.bus.changed.emit,
            what="note that a ruling was seen",
        )

    def _on_clip(self, item_id: str, clip: Clip) -> None:
        self._clips[item_id] = clip
        if self.is_shown and self.current.item_id == item_id:
            self.page.show_told(self.current, clip)
            self._bring(clip)

    def _bring(self, clip: Clip) -> None:
        asset, path, offset_us = clip.item.timeline_asset, clip.media_path, 0
        if path is not None and asset is not None:
            offset_us = asset.offset_us
        elif clip.sounds:
            path, offset_us = clip.sounds[0].path, clip.sounds[0].offset_us
        self.page.transport.set_source(path, offset_us=offset_us)

    def hear(self) -> None:
        """Play the clip; again stops it."""
        clip = self._clips.get(self.current.item_id)
        stretch = clip.stretch(self.current.place) if clip is not None else None
        if self.page.transport.is_playing:
            self.page.transport.pause()
        elif stretch is not None:
            self.page.transport.play(stretch.start_us, stretch.end_us)

    def next(self) -> None:
        """The next one; after the last, on to the tasks."""
        if self.at + 1 < len(self.found):
            self.at += 1
            self._show_one()
        else:
            self.later()

    def previous(self) -> None:
        """The one before."""
        if self.at > 0:
            self.at -= 1
            self._show_one()

    def later(self) -> None:
        """On to the tasks; what was not looked at comes again."""
        if self.is_shown:
            self.leave()
            self._go_on()

    def leave(self) -> None:
        """Something else is shown now."""
        self._is_due, self._has_looked = False, True
        if self.is_shown:
            self.is_shown = False
            self.page.transport.close()
            self._keys.unbind("digest.")

    # Disputing

    def ask_dispute(self) -> None:
        """Ask why the person sees it otherwise."""
        if self.current.can_dispute:
            self.page.transport.pause()
            self.page.open_field()
        else:
            self._context.bus.status_said.emit("You have disputed this." if self.current.is_disputed else "It stands.")

    def _object(self, words: str) -> None:
        context, told = self._context, self.current
        context.jobs.store(
            context.services.digest.dispute,
            told.id,
            context.person_id,
            words,
            on_done=partial(self._on_disputed, told.id, words),
            on_error=lambda error: context.notices.error(error, "dispute a ruling"),
            what="dispute a ruling",
        )

    def _on_disputed(self, told_id: str, words: str, disputed: Disputed) -> None:
        self.found = [
            replace(one, is_disputed=True, objection=words, waits=disputed.waits) if one.id == told_id else one
            for one in self.found
        ]
        if self.is_shown and self.current.id == told_id:
            self.page.show_told(self.current, self._clips.get(self.current.item_id))
        self._context.bus.status_said.emit(disputed.sentence)
        self._context.bus.changed.emit(disputed.changes)
