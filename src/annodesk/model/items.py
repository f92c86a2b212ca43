"""What is annotated: items, the assets that belong to them, and what is known about their media."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

TRANSCRIPT = "transcript"
"""Role of a text that is no content by itself: it says what is said when in a recording."""


class AssetType(StrEnum):
    """What an asset is made of."""

    AUDIO = "audio"
    VIDEO = "video"
    TEXT = "text"
    IMAGE = "image"


class AudioInfo(Struct, frozen=True):
    """One audio stream; ``samples`` counts per channel, as decoded."""

    codec: str
    rate_hz: int
    channels: int
    samples: int


class VideoInfo(Struct, frozen=True):
    """One video stream; ``start_us`` is the time of its first frame in presentation order."""

    codec: str
    width: int
    height: int
    frames: int
    start_us: int
    variable_rate: bool


class MediaInfo(Struct, frozen=True):
    """What a probe found in one media file."""

    duration_us: int
    audio: tuple[AudioInfo, ...] = ()
    video: tuple[VideoInfo, ...] = ()


class Location(Struct, frozen=True):
    """Where an asset's bytes are: a POSIX path below a named media root, or a URL.

    Each workstation maps root names to folders in its own settings. The path never leaves its root.
    """

    root: str = ""
    path: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        parts = self.path.split("/")
        odd = "\0" in self.path or "\\" in self.path or ":" in parts[0]
        if self.path and (self.path.startswith("/") or ".." in parts or odd):
            raise ValueError(f"{self.path!r} does not stay inside its media root")
        if bool(self.path) == bool(self.url):
            raise ValueError("a location is either a path below a media root or a URL")


TAKEN_DOWN = Location(path="taken-down")
"""Where the files of an item that was taken down are: nowhere."""


class Asset(Struct, frozen=True):
    """One media or text file of an item, placed on the item's timeline by ``offset_us``.

    ``sha256`` is None until its background pass is done; ``quick_print`` is known when the file was added.
    """

    id: str
    type: AssetType
    location: Location
    role: str = "main"
    order: int = 0
    offset_us: int = 0
    sha256: str | None = None
    quick_print: str | None = None
    media: MediaInfo | None = None

    @property
    def is_silent(self) -> bool:
        """Whether it is known to have no sound."""
        return self.media is not None and not self.media.audio


class Item(Struct, frozen=True):
    """One piece of content: an external key, free metadata, and its assets in order."""

    id: str
    key: str
    duration_us: int
    assets: tuple[Asset, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)

    @property
    def timeline_asset(self) -> Asset | None:
        """The asset whose waveform is drawn: the first audio, else the first video."""
        for kind in (AssetType.AUDIO, AssetType.VIDEO):
            for asset in self.assets:
                if asset.type is kind:
                    return asset
        return None

    @property
    def text_asset(self) -> Asset | None:
        """The text shown beside the timeline, where there is one."""
        texts = (asset for asset in self.assets if asset.type is AssetType.TEXT)
        return next((asset for asset in texts if asset.role != TRANSCRIPT), None)

    @property
    def transcripts(self) -> tuple[Asset, ...]:
        """Files that say what is said when in its recordings."""
        return tuple(asset for asset in self.assets if asset.type is AssetType.TEXT and asset.role == TRANSCRIPT)
