"""Keeps on disk that a person let a further microphone begin at another time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annodesk.services.review import ReviewWork
    from annodesk.services.tasks import TaskWork
    from annodesk.services.videos import Moved
    from annodesk.ui.bus import Context
    from annodesk.ui.player.mixer import Mixer


def keep_move(
    context: Context, mixer: Mixer, work: TaskWork | ReviewWork | None, asset_id: str, offset_us: int, before_us: int
) -> None:
    """Write it down; where that is refused it goes back to where it began, and the person is told why."""
    if work is None:
        return

    def done(moved: Moved) -> None:
        context.bus.changed.emit(moved.changes)

    def failed(error: Exception) -> None:
        mixer.move(asset_id, before_us)
        context.notices.error(error, "move a recording")

    context.jobs.store(
        context.services.videos.move_sound,
        work.item.id,
        asset_id,
        offset_us,
        context.person_id,
        on_done=done,
        on_error=failed,
        what="move a recording",
    )
