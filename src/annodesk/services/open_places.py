"""Places where people differ, as they are looked through outside their item: what is said, heard, seen and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import astuple

from annodesk.errors import MediaError
from annodesk.media import features
from annodesk.model.items import AssetType, Item
from annodesk.model.needs import sensitive_of
from annodesk.model.times import Interval
from annodesk.quality.disputes import Choice, Dispute, choices_of, dispute_of
from annodesk.quality.likeness import Traits
from annodesk.services.opened import read_text

if TYPE_CHECKING:
    from annodesk.model.work import Task
    from annodesk.quality.disagreements import Disagreement
    from annodesk.services.base import Desk
    from annodesk.services.review import ReviewWork
    from annodesk.services.standing import ReviewLane

HEARD_US = 10_000_000
"""So much is played and described of a question, which is about no place of its own."""
CONTEXT_US = 1_000_000
AROUND_WORDS = 60
"""Characters of a text that are shown before and after a disputed one."""
LONGEST_WORDS = 400


class OpenPlace(Struct, frozen=True):
    """One disagreement of some item that nobody has ruled yet.

    Parameters
    ----------
    sides : what each side says, with its letter, in the item's own shuffled order
    within : the stretch of the item that its review is about
    sound, video : files of the item that are here, and when they begin on its timeline
    before, words, after : the disputed words of a text with those around them; of a question the text's beginning
    is_sensitive : nothing of it is seen or heard unless that is asked for
    """

    task_id: str
    item_id: str
    title: str
    disagreement: Disagreement
    dispute: Dispute
    sides: tuple[tuple[str, Choice], ...]
    within: Interval
    sound: Path | None = None
    sound_from_us: int = 0
    video: Path | None = None
    video_from_us: int = 0
    before: str = ""
    words: str = ""
    after: str = ""
    is_sensitive: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by: its review, and its key there."""
        return self.task_id, self.disagreement.key

    @property
    def length(self) -> int:
        """How long it is, in microseconds or characters; 0 of a question, which is about no place of its own."""
        d = self.disagreement
        if d.start is not None and d.end is not None:
            return d.end - d.start
        return d.end_us - d.start_us if d.start_us is not None and d.end_us is not None else 0

    @property
    def stretch(self) -> Interval | None:
        """What is disputed, in time; the beginning of the task where a question is about all of it."""
        start, end = self.disagreement.start_us, self.disagreement.end_us
        if start is not None and end is not None:
            return Interval(start, end)
        if self.disagreement.asset is not None or not self.within.duration_us:
            return None
        return Interval(self.within.start_us, min(self.within.end_us, self.within.start_us + HEARD_US))

    @property
    def heard(self) -> Interval | None:
        """What is played: the stretch with a second of context, inside the task."""
        stretch = self.stretch
        if stretch is None:
            return None
        pad = CONTEXT_US if self.disagreement.start_us is not None else 0
        start, end = max(self.within.start_us, stretch.start_us - pad), min(self.within.end_us, stretch.end_us + pad)
        return Interval(start, end) if end > start else None


class Sources(Struct, frozen=True):
    """The files of an item that are here, when they begin on its timeline, and its text."""

    sound: Path | None = None
    sound_from_us: int = 0
    video: Path | None = None
    video_from_us: int = 0
    text: str = ""
    is_sensitive: bool = False


def sources_of(desk: Desk, item: Item) -> Sources:
    """Where an item is heard, seen and read on this computer."""
    timeline = item.timeline_asset
    video = next((asset for asset in item.assets if asset.type is AssetType.VIDEO), None)
    document = read_text(desk, item)
    return Sources(
        desk.find(timeline)[0] if timeline is not None and not timeline.is_silent else None,
        timeline.offset_us if timeline is not None else 0,
        desk.find(video)[0] if video is not None else None,
        video.offset_us if video is not None else 0,
        document.text if document is not None and document.asset_id else "",
        bool(sensitive_of(item.metadata)),
    )


def sources_in(work: ReviewWork) -> Sources:
    """The same of an item that is open."""
    timeline, video = work.item.timeline_asset, next(iter(work.videos), None)
    return Sources(
        work.media_path if timeline is not None and not timeline.is_silent else None,
        timeline.offset_us if timeline is not None else 0,
        video.path if video is not None else None,
        video.offset_us if video is not None else 0,
        work.text.text if work.text is not None and work.text.asset_id else "",
        bool(sensitive_of(work.item.metadata)),
    )


def place_in(work: ReviewWork, disagreement: Disagreement) -> OpenPlace | None:
    """A place of an item that is open; None where it is of no kind."""
    found = places_of(work.item.key, work.task, work.lanes, (disagreement,), lambda: sources_in(work))
    return found[0] if found else None


def places_of(
    title: str,
    review: Task,
    lanes: Sequence[ReviewLane],
    disagreements: Sequence[Disagreement],
    find_sources: Callable[[], Sources],
) -> tuple[OpenPlace, ...]:
    """Those of an item's disagreements that are of a kind, with where they are to be heard, seen and read."""
    of_a_kind = [(d, kind, said) for d in disagreements if (kind := dispute_of(d)) and (said := choices_of(d))]
    if not of_a_kind:
        return ()
    sources = find_sources()
    places = []
    for disagreement, dispute, said in of_a_kind:
        before, words, after = _words(disagreement, sources.text)
        places.append(
            OpenPlace(
                review.id,
                review.item_id,
                title,
                disagreement,
                dispute,
                tuple((lanes[a.set_index].letter, c) for a, c in zip(disagreement.answers, said, strict=True)),
                Interval(review.start_us, review.end_us),
                sound=sources.sound,
                sound_from_us=sources.sound_from_us,
                video=sources.video,
                video_from_us=sources.video_from_us,
                before=before,
                words=words,
                after=after,
                is_sensitive=sources.is_sensitive,
            )
        )
    return tuple(places)


def traits_of(place: OpenPlace) -> Traits:
    """What a place is like; what cannot be read is left out, for then its length and words still count."""
    stretch = place.stretch
    sound: tuple[float, ...] | None = None
    if place.sound is not None and stretch is not None:
        start, end = stretch.start_us, stretch.end_us
        if end - start > HEARD_US:  # enough to tell what it sounds like
            middle = (start + end) // 2
            start, end = middle - HEARD_US // 2, middle + HEARD_US // 2
        if end - start < CONTEXT_US // 2:  # a cut has no sound of its own: what is around it
            start, end = start - CONTEXT_US // 2, end + CONTEXT_US // 2
        try:
            described = features.describe_file(place.sound, start - place.sound_from_us, end - place.sound_from_us)
            sound = tuple(float(value) for value in astuple(described)[1:])  # all but its length
        except (MediaError, OSError):
            sound = None
    return Traits(place.length, sound, " ".join((place.before, place.words, place.words, place.after)).strip())


def _words(disagreement: Disagreement, text: str) -> tuple[str, str, str]:
    if disagreement.start is None or disagreement.end is None:
        return "", text[:LONGEST_WORDS] if disagreement.is_question else "", ""
    start, end = disagreement.start, disagreement.end
    shown = text[start : min(end, start + LONGEST_WORDS)]
    return text[max(0, start - AROUND_WORDS) : start], shown, text[end : end + AROUND_WORDS]
