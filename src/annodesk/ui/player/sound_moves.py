"""Keeps on disk that a person let a further microphone begin at another time, and takes it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from annodesk.model.times import format_us

if TYPE_CHECKING:
    from annodesk.services.review import ReviewWork
    from annodesk.services.tasks import TaskWork
    from annodesk.services.videos import Moved
    from annodesk.ui.bus import Context
    from annodesk.ui.player.playing import Playing

_WHAT = "move a recording"
NOTHING = {"undo": "There is no move of yours to take back.", "redo": "There is no move to make again."}


class SoundMoves:
    """What the sound panel says of when recordings begin goes to the store, and so does what is taken back there."""

    def __init__(self, context: Context, playing: Playing, work: Callable[[], TaskWork | ReviewWork | None]) -> None:
        self._context, self._mixer, self._panel, self._work = context, playing.mixer, playing.panel, work
        playing.mixer.moved.connect(self.keep)
        playing.panel.step_asked.connect(self.step)

    def keep(self, asset_id: str, offset_us: int, before_us: int) -> None:
        """Write it down; where that is refused it goes back to where it began, and the person is told why."""
        work, context = self._work(), self._context
        if work is None:
            return

        def failed(error: Exception) -> None:
            self._mixer.move(asset_id, before_us)
            context.notices.error(error, _WHAT)

        context.jobs.store(
            context.services.videos.move_sound,
            work.item.id,
            asset_id,
            offset_us,
            context.person_id,
            on_done=lambda moved: context.bus.changed.emit(moved.changes),
            on_error=failed,
            what=_WHAT,
        )

    def step(self, which: str) -> None:
        """Take back the person's last move ("undo"), or make it again ("redo"), and say what was done."""
        work, context = self._work(), self._context
        if work is None:
            return

        def done(moved: Moved | None) -> None:
            if moved is None:
                self._panel.say(NOTHING[which])
                return
            self._mixer.move(moved.asset_id, moved.offset_us)
            name = next((one.name for one in work.sounds if one.asset_id == moved.asset_id), "The recording")
            self._panel.say(f"{name} begins at {format_us(moved.offset_us)} again.")
            context.bus.changed.emit(moved.changes)

        context.jobs.store(
            context.services.videos.take_sound_step,
            work.item.id,
            context.person_id,
            which,
            on_done=done,
            on_error=lambda error: context.notices.error(error, _WHAT),
            what=_WHAT,
        )
