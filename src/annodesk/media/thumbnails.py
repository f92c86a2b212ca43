"""Small pictures of a video for its film strip: key frames where it is coarse, exact frames where it is fine.

Pictures once made are kept on disk, by frame, beside what else was derived from the video.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.media import cache
from annodesk.media.containers import reading, require_file
from annodesk.media.frame_decode import FrameDecoder
from annodesk.media.frame_index import FrameIndex
from annodesk.media.frames import FrameReader, always
from annodesk.media.picture import Shown, to_shown

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_KIND, _VERSION = "strip", 1
_RECORD = struct.Struct("<qI")  # the frame's number, and the bytes of its picture that follow
_QUALITY = 88
_MOST_KEPT_BYTES = 64 << 20
_WIDEST = 8
"""No picture is wider than so many times its height, nor kept so."""


class Thumbnail(Struct, frozen=True):
    """A small picture: which frame it is of, and since when that is shown."""

    number: int
    time_us: int
    picture: Shown


def is_coarse(index: FrameIndex, spacing_us: int) -> bool:
    """Whether pictures so far apart may be key frames: no two of them would be the same one, or nearly none."""
    keys = index.keyframes_us
    return keys.size < 2 or spacing_us >= (int(keys[-1]) - int(keys[0])) / (keys.size - 1)


def numbers_for(index: FrameIndex, times_us: Sequence[int], *, exact: bool) -> list[int]:
    """For each time the frame on show then, or the key frame on show last before it."""
    shown = [index.number_at(time_us) for time_us in times_us]
    if exact:
        return shown
    last = index.count - 1
    return [min(last, int(index.key_numbers[index.key_of(number)])) for number in shown]


class Thumbnails:
    """The small pictures of one video, ``height`` pixels high; made when asked for, then kept. For one thread."""

    def __init__(self, path: Path | str, index: FrameIndex | None = None, height: int = 90) -> None:
        self._path = require_file(path)
        self.index = index or FrameIndex.of(path)
        self.height = height
        self._place = cache.derived(path, f"{_KIND}{height}-", _VERSION)
        self._known = _places(self._place)

    def known(self, number: int) -> Thumbnail | None:
        """The picture of a frame, where it has been made before."""
        if number not in self._known:
            return None
        import cv2

        start, size = self._known[number]
        with contextlib.suppress(OSError), self._place.open("rb") as file:
            file.seek(start)
            picture = cv2.imdecode(np.frombuffer(file.read(size), np.uint8), cv2.IMREAD_COLOR)
            if picture is not None:
                shown = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA), np.uint8)
                return Thumbnail(number, self.index.time_us(number), shown)
        return None

    def make(self, numbers: Sequence[int], *, goes_on: Callable[[], bool] = always) -> Iterator[Thumbnail]:
        """The pictures of these frames, each once: first those known, then key frames, then the others in order.

        It ends early once ``goes_on`` says False; what was made until then is kept.
        """
        missing: list[int] = []
        for number in sorted(set(numbers)):
            found = self.known(number)
            if found is not None:
                yield found
            else:
                missing.append(number)
        keys = set(self.index.key_numbers.tolist())
        made: dict[int, Thumbnail] = {}
        try:
            for one in self._of_keys([n for n in missing if n in keys], goes_on):
                made[one.number] = one
                yield one
            for one in self._exact([n for n in missing if n not in made], goes_on):
                made[one.number] = one
                yield one
        finally:
            self._keep(list(made.values()))

    def _of_keys(self, numbers: Sequence[int], goes_on: Callable[[], bool]) -> Iterator[Thumbnail]:
        """Key frames alone, sixteen times as fast as others; one that does not come out is left to be read exactly."""
        if not numbers or self.index.is_counted:
            return
        index = self.index
        with FrameDecoder(self._path, keys_only=True) as decoder:
            for number in numbers:
                if not goes_on():
                    return
                key = index.key_of(number)
                if not decoder.start_at(int(index.keyframes[key]), int(index.key_dts[key])):
                    continue
                frame = next(decoder, None)
                if frame is not None and frame.pts == index.pts[number]:
                    yield self._of(number, frame, decoder)

    def _exact(self, numbers: Sequence[int], goes_on: Callable[[], bool]) -> Iterator[Thumbnail]:
        if not numbers:
            return
        with FrameReader(self._path, self.index) as reader:
            for number in numbers:
                if not goes_on():
                    return
                yield Thumbnail(number, self.index.time_us(number), reader.show(number, self._within()))

    def _of(self, number: int, frame: VideoFrame, decoder: FrameDecoder) -> Thumbnail:
        with reading(self._path):
            picture = to_shown(frame, decoder.stream.sample_aspect_ratio, self._within())
        return Thumbnail(number, self.index.time_us(number), picture)

    def _within(self) -> tuple[int, int]:
        return self.height * _WIDEST, self.height

    def _keep(self, made: Sequence[Thumbnail]) -> None:
        """Add pictures to those on disk; where that fails they are made again another time."""
        import cv2

        opaque = [one for one in made if int(one.picture[..., 3].min()) == 255]
        if not opaque:
            return
        with contextlib.suppress(OSError):
            self._place.parent.mkdir(parents=True, exist_ok=True)
            with self._place.open("ab") as file:
                file.seek(0, os.SEEK_END)
                for one in opaque:
                    is_made, body = cv2.imencode(".jpg", one.picture[..., :3], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
                    if not is_made or file.tell() + body.size > _MOST_KEPT_BYTES:
                        continue
                    # One write a record: two programs may add to the file at once.
                    file.write(_RECORD.pack(one.number, body.size) + body.tobytes())
                    file.flush()
                    self._known[one.number] = (file.tell() - body.size, int(body.size))


def _places(place: Path) -> dict[int, tuple[int, int]]:
    """Where in the file the picture of each frame lies: (start, bytes). A damaged file is read to the damage."""
    found: dict[int, tuple[int, int]] = {}
    try:
        size = place.stat().st_size
        with place.open("rb") as file:
            while len(head := file.read(_RECORD.size)) == _RECORD.size:
                number, n_bytes = _RECORD.unpack(head)
                start = file.tell()
                if number < 0 or start + n_bytes > size:
                    break
                found[number] = (start, n_bytes)
                file.seek(n_bytes, os.SEEK_CUR)
    except OSError:
        return {}
    return found
