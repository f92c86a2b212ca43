"""From a number to what is heard of it: the clips that are behind a sentence, a bar or a point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.ui.dashboard.playlist import Playlist, places_about

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services import Services
    from annodesk.ui.dashboard.charting import Places


class Heard(Struct, frozen=True):
    """What is to be heard; ``reason`` says why that is nothing."""

    playlist: Playlist
    reason: str = ""


def read_playlist(
    services: Services, project_id: str, person_id: str, wanted: Places, title: str, cancel: CancelToken
) -> Heard:
    """The clips behind a number; of what a chart counts, one of each item."""
    part, label, behind = wanted.part, wanted.label, wanted.behind
    if behind is not None:
        clips = services.quality.clips(project_id, person_id, behind, part, label, cancel=cancel)
        of = f"one of each of the newest {clips.items:,} items"
        note = (of if len(clips.places) == clips.items else f"{of}, what differs first") if clips.items > 1 else ""
        return Heard(Playlist(title, part, clips.places, note), clips.reason)
    if wanted.items is not None:
        found = services.quality.differing_places(project_id, person_id, part, label, wanted.items, cancel=cancel)
    else:
        found = services.quality.heard_as(project_id, person_id, part, cancel=cancel)
    return Heard(places_about(found, label), found.reason)
