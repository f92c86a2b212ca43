"""What is known of one item for the model: its sound and picture in numbers and words, its texts, what is near."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec.structs import asdict

from annodesk.errors import AnnodeskError, MediaError
from annodesk.formats.transcripts import Line, read_transcript
from annodesk.media import features, picture_features, shots
from annodesk.model.items import Asset, AssetType, Item
from annodesk.prelabel.prompts import describe_sound
from annodesk.prelabel.wording import describe_picture, in_short, metadata_words, said_in
from annodesk.services.media import Proposals, moments_within
from annodesk.services.texts import read_text

if TYPE_CHECKING:
    from annodesk.progress import CancelToken

Stretch = tuple[int, int]
Read = TypeVar("Read")

MOMENT_BEFORE_US, MOMENT_US = 50_000, 1_500_000
"""What is described of a moment: a little before it, and until the next one or so long."""


class Finds(Protocol):
    """Whatever knows where an asset's bytes are."""

    def resolve(self, asset: Asset) -> Path:
        """Where they are; MediaError where they are not."""


class Contents:
    """One item, read as far as it is asked about; times are those of the item's timeline.

    What cannot be read of what lies beside a recording (a transcript, a text) is passed over and named in
    ``problems``; where the recording itself cannot be read MediaError says so.
    """

    def __init__(self, finds: Finds, item: Item, proposals: Proposals | None = None) -> None:
        self.item = item
        self.problems: list[str] = []
        self._finds, self._proposals = finds, proposals or Proposals()
        self._numbers: dict[Stretch, dict[str, float]] = {}
        self._text: str | None = None
        self._lines: list[Line] | None = None
        self._longest_us = 0
        self._cuts: list[shots.Shot] | None = None
        asset = item.timeline_asset
        self._asset = asset
        self.has_picture = asset is not None and asset.type is AssetType.VIDEO
        self.has_sound = asset is not None and not asset.is_silent

    @property
    def is_text(self) -> bool:
        """Whether the item is a text and nothing else."""
        return self._asset is None and self.item.text_asset is not None

    @property
    def text(self) -> str:
        """The item's text; empty where it has none."""
        if self._text is None:
            asset = self.item.text_asset
            if asset is None:
                self._text = ""
            elif self._asset is None:
                self._text = read_text(self._finds.resolve(asset))
            else:
                self._text = self._beside(lambda: read_text(self._finds.resolve(asset)), "")
        return self._text

    @property
    def transcript(self) -> list[Line]:
        """What is said when, from the transcripts beside the recording."""
        if self._lines is None:
            self._lines = []
            for asset in self.item.transcripts:
                found = self._beside(partial(self._transcript_of, asset), list[Line]())
                by = asset.offset_us
                self._lines += [Line(one.start_us + by, one.end_us + by, one.text, one.speaker) for one in found]
            self._lines.sort(key=lambda line: line.start_us)
            self._longest_us = max((one.end_us - one.start_us for one in self._lines), default=0)
        return self._lines

    def stretches(self, start_us: int, end_us: int, cancel: CancelToken | None = None) -> list[Stretch]:
        """What sound and picture propose as stretches of a part of the item."""
        asset, path = self._media()
        self._look(path, cancel)
        by = asset.offset_us
        found = self._proposals.within(
            path, start_us - by, end_us - by, has_sound=self.has_sound, has_picture=self.has_picture, cancel=cancel
        )
        return [(start + by, end + by) for start, end in found]

    def moments(self, start_us: int, end_us: int, cancel: CancelToken | None = None) -> list[int]:
        """What sound and picture propose as moments of a part of the item."""
        asset, path = self._media()
        self._look(path, cancel)
        by = asset.offset_us
        found = moments_within(
            path, start_us - by, end_us - by, has_sound=self.has_sound, has_picture=self.has_picture, cancel=cancel
        )
        return [at + by for at in found]

    def measure(self, stretches: Iterable[Stretch], cancel: CancelToken | None = None) -> None:
        """Measure some stretches at once, in order of time, so that a video is gone through once."""
        missing = sorted({one for one in stretches if one not in self._numbers})
        if not missing:
            return
        asset, path = self._media()
        self._look(path, cancel)
        by = asset.offset_us
        for start, end in missing:
            if cancel is not None:
                cancel.check()
            heard = features.describe_file(path, start - by, end - by) if self.has_sound else None
            self._numbers[start, end] = asdict(heard) if heard else {"duration_s": (end - start) / 1_000_000}
        if self.has_picture:
            there = [(start - by, end - by) for start, end in missing]
            seen = picture_features.describe_pictures(path, there, self._cuts or (), cancel=cancel)
            for stretch, picture in zip(missing, seen, strict=True):
                self._numbers[stretch] |= asdict(picture)

    def numbers(self, start_us: int, end_us: int) -> Mapping[str, float]:
        """What was measured of a stretch of sound and picture; nothing of a text."""
        if self._asset is None:
            return {}
        self.measure([(start_us, end_us)])
        return self._numbers[start_us, end_us]

    def words(self, start_us: int, end_us: int) -> dict[str, str]:
        """What a prompt may tell of a stretch, by the names of its places; of a text, the text."""
        told = {"metadata": metadata_words(self.item.metadata)}
        if self._asset is None:
            return {**told, "item": self.text}
        numbers = self.numbers(start_us, end_us)
        picture = describe_picture(numbers) if self.has_picture else ""
        sound = describe_sound(numbers) if self.has_sound else ""
        told |= {"item": sound or picture, "picture": picture if sound else ""}
        told |= {"transcript": self.said(start_us, end_us), "text": self.text}
        return told

    def said(self, start_us: int, end_us: int) -> str:
        """What the transcript says within a stretch."""
        return said_in((one.speaker, one.text) for one in self.lines(start_us, end_us))

    def lines(self, start_us: int, end_us: int) -> list[Line]:
        """The transcript's lines of which more than nothing lies within a stretch."""
        known, longest = self.transcript, self._longest_us
        last = bisect_left(known, end_us, key=lambda line: line.start_us)
        first = bisect_left(known, start_us - longest, key=lambda line: line.start_us)
        return [one for one in known[first:last] if one.end_us > start_us]

    def beside(self, stretches: list[Stretch], place: int) -> dict[str, str]:
        """What stands before and after one of some stretches, in a few words each."""
        told = {}
        for name, other in (("before", place - 1), ("after", place + 1)):
            if 0 <= other < len(stretches):
                start, end = stretches[other]
                words = [in_short(self.numbers(start, end))] if self.has_sound else []
                words += [f"“{said[:120]}”"] if (said := self.said(start, end)) else []
                told[name] = ", ".join(words)
        return told

    def _look(self, path: Path, cancel: CancelToken | None) -> None:
        """Go through the picture once; where it is damaged the sound must do, which is said."""
        if self.has_picture and self._cuts is None:
            try:
                self._cuts = shots.find(path, cancel=cancel)
            except MediaError as error:
                if not self.has_sound:
                    raise
                self.has_picture = False
                self.problems.append(f"{self.item.key}, by its sound alone: {error}")

    def _media(self) -> tuple[Asset, Path]:
        if self._asset is None:
            raise MediaError(f"{self.item.key} has neither sound nor picture.")
        return self._asset, self._finds.resolve(self._asset)

    def _transcript_of(self, asset: Asset) -> list[Line]:
        return read_transcript(self._finds.resolve(asset))

    def _beside(self, read: Callable[[], Read], otherwise: Read) -> Read:
        try:
            return read()
        except AnnodeskError as error:
            self.problems.append(f"{self.item.key}: {error}")
            return otherwise


def moment_stretches(moments: list[int], end_us: int) -> list[Stretch]:
    """What is described of each moment."""
    following = [*moments[1:], end_us][: len(moments)]
    return [
        (max(0, at - MOMENT_BEFORE_US), min(at + MOMENT_US, max(after, at + 2 * MOMENT_BEFORE_US), end_us))
        for at, after in zip(moments, following, strict=True)
    ]
