"""Small pictures of the clips in view: their loudness, and a frame where there is a video; read off the UI thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from annodesk.errors import MediaError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from annodesk.progress import CancelToken
    from annodesk.services.open_places import OpenPlace
    from annodesk.ui.jobs import Jobs

COLUMNS = 160
FRAME_PX = 90
MOST_KEPT = 600
AT_ONCE = 2

Key = tuple[str, str]


class Look(Struct, frozen=True):
    """What is seen of a clip: lowest and highest sample of each column, and a frame; None for what there is not."""

    wave: NDArray[np.float32] | None = None
    frame: QImage | None = None


def read_wave(place: OpenPlace) -> Look:
    """How loud a clip is over its time; nothing where it cannot be read."""
    from annodesk.media.clips import wave_of

    heard = place.heard
    if place.sound is None or heard is None:
        return Look()
    try:
        return Look(wave_of(place.sound, *(t - place.sound_from_us for t in (heard.start_us, heard.end_us)), COLUMNS))
    except (MediaError, OSError):
        return Look()


def read_frame(path: Path, time_us: int, cancel: CancelToken | None = None) -> NDArray[np.uint8] | None:
    """The frame of a video at a time of its own; None where it cannot be decoded."""
    from annodesk.media.frame_index import FrameIndex
    from annodesk.media.thumbnails import Thumbnails

    try:
        index = FrameIndex.of(path, cancel=cancel)
        made = next(iter(Thumbnails(path, index, FRAME_PX).make([index.number_at(max(0, time_us))])), None)
    except (MediaError, OSError):
        return None
    return None if made is None else made.picture


class Looks(QObject):
    """Reads what is in view, the nearest first, a few at a time; what was read is kept while there is room.

    came(object)    the key of a clip that has a picture now
    """

    came = Signal(object)

    def __init__(self, jobs: Jobs, in_view: Callable[[], Sequence[OpenPlace]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._in_view = jobs, in_view
        self._known: OrderedDict[Key, Look] = OrderedDict()
        self._asked: set[Key] = set()
        self._frames: set[Key] = set()
        self._is_on = False

    @property
    def known(self) -> Mapping[Key, Look]:
        """What was read so far."""
        return self._known

    def turn(self, is_on: bool) -> None:
        """Read, or no longer."""
        self._is_on = is_on
        if is_on:
            self.look()

    def forget(self) -> None:
        """Let go of all pictures."""
        self._known.clear()
        self._frames.clear()

    def look(self) -> None:
        """Read what is in view and not known; asked again whenever something came, or the view has moved."""
        if not self._is_on:
            return
        for place in self._in_view():
            if place.key in self._known:
                self._ask_frame(place)
            elif place.key not in self._asked and len(self._asked) < AT_ONCE:
                self._asked.add(place.key)
                self._jobs.compute(read_wave, place, on_done=partial(self._on_wave, place), what="draw a clip")

    def _on_wave(self, place: OpenPlace, look: Look) -> None:
        self._asked.discard(place.key)
        self._keep(place.key, look)
        self.look()

    def _ask_frame(self, place: OpenPlace) -> None:
        stretch = place.stretch
        if place.video is None or stretch is None or place.is_sensitive or place.key in self._frames:
            return
        self._frames.add(place.key)
        middle_us = (stretch.start_us + stretch.end_us) // 2 - place.video_from_us
        self._jobs.background(
            read_frame, place.video, middle_us, on_done=partial(self._on_frame, place), what="show a frame of a clip"
        )

    def _on_frame(self, place: OpenPlace, picture: NDArray[np.uint8] | None) -> None:
        if picture is None:
            return
        height, width = picture.shape[:2]
        image = QImage(picture.data, width, height, picture.strides[0], QImage.Format.Format_ARGB32).copy()
        known = self._known.get(place.key, Look())
        self._keep(place.key, Look(known.wave, image))

    def _keep(self, key: Key, look: Look) -> None:
        self._known[key] = look
        self._known.move_to_end(key)
        while len(self._known) > MOST_KEPT:
            self._frames.discard(self._known.popitem(last=False)[0])
        self.came.emit(key)
