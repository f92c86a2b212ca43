"""Tiles of a recording's picture: drawn off the UI thread, kept as pixmaps, never waited for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPixmap

from annodesk.progress import CancelToken
from annodesk.ui.timeline.wave_source import WaveSource, draw_channels

if TYPE_CHECKING:
    from annodesk.ui.jobs import Jobs

TILE_PX = 256
MOST_BYTES = 96 << 20

Level = tuple[float, int]
"""Microseconds per device pixel, and height in device pixels."""
Drawn = list[tuple[int, NDArray[np.uint8]]]
Draw = Callable[[Any, Level, list[int], float, CancelToken], Drawn]
"""What draws some tiles; between two pieces of its work it asks the token whether to stop."""
Paint = Callable[[NDArray[np.uint8], QColor], QImage]
AT_ONCE, QUICK_AT_ONCE = 3, 8
"""Tiles of one request: the first are shown while the others are drawn, where that takes longer than to paint a lane
once more.
"""


class Source(Protocol):
    """What tiles are drawn of: a recording's waveform or spectrum."""

    path: Path


def draw_wave(
    source: WaveSource,
    level: Level,
    numbers: list[int],
    gain: float,
    cancel: CancelToken,
    *,
    each_channel: bool = False,
    in_db: bool = False,
) -> Drawn:
    """The coverage of some tiles, for the compute lane: all channels in one, or each below the other."""
    us_per_px, height = level
    found = []
    for number in numbers:
        cancel.check()
        lows, highs = source.channel_columns(number * TILE_PX, us_per_px, TILE_PX)
        if not each_channel:
            lows, highs = lows.min(axis=0, keepdims=True), highs.max(axis=0, keepdims=True)
        cancel.check()
        found.append((number, draw_channels(lows, highs, height, gain, in_db=in_db)))
    return found


def tinted(coverage: NDArray[np.uint8], colour: QColor) -> QImage:
    """A picture of one colour, as opaque as the coverage says.

    Parameters
    ----------
    coverage : uint8 (height, width), 255 is opaque
    """
    share = np.arange(256, dtype=np.uint32)
    table = (share << 24) | sum(
        (share * value // 255) << shift
        for shift, value in ((0, colour.blue()), (8, colour.green()), (16, colour.red()))
    )  # premultiplied
    return as_image(table.astype(np.uint32)[coverage], QImage.Format.Format_ARGB32_Premultiplied)


def as_image(pixels: NDArray[np.uint32], form: QImage.Format) -> QImage:
    """A picture of its own of these pixels, uint32 (height, width)."""
    whole = np.ascontiguousarray(pixels)  # kept by its name until the copy is made
    return image_over(whole, form).copy()


def image_over(pixels: NDArray[np.uint32], form: QImage.Format) -> QImage:
    """A picture that lies on contiguous pixels, uint32 (height, width), and keeps none of them: to be set down while
    the caller does.
    """
    height, width = pixels.shape
    return QImage(pixels.data, width, height, width * 4, form)


def pixels_of(image: QImage) -> NDArray[np.uint32]:
    """A view of a picture's pixels, uint32 (height, width); it holds only as long as the picture does."""
    assert image.depth() == 32, "one number to a pixel"
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return rows[:, : image.width()]


def _draw_and_paint(
    draw: Draw,
    paint: Paint,
    source: Any,
    level: Level,
    numbers: list[int],
    gain: float,
    colour: QColor,
    cancel: CancelToken,
) -> list[tuple[int, NDArray[np.uint8], QImage]]:
    """Everything about a tile that need not happen on the UI thread."""
    found = []
    for number, covered in draw(source, level, numbers, gain, cancel):
        cancel.check()
        found.append((number, covered, paint(covered, colour)))
    return found


class TileCache:
    """Pixmaps of one recording by zoom and place; asks for missing ones and says when they are there.

    One request is on its way at a time: a newer one would drop the older one's answer, and a view that keeps moving
    would never see any.
    """

    def __init__(
        self,
        jobs: Jobs,
        on_ready: Callable[[], None],
        draw: Draw = draw_wave,
        paint: Paint = tinted,
        *,
        keeps_values: bool = False,
        at_once: int = AT_ONCE,
    ) -> None:
        self._jobs, self._on_ready, self._at_once = jobs, on_ready, at_once
        self._draw, self._paint, self._keeps_values = draw, paint, keeps_values
        self._source: Source | None = None
        self._gain = 1.0
        self._colour = QColor("white")
        self._images: OrderedDict[tuple[Level, int], QPixmap] = OrderedDict()
        self._kept: dict[Level, set[int]] = {}
        self._values: dict[tuple[Level, int], NDArray[np.uint8]] = {}
        self._stale: set[tuple[Level, int]] = set()
        self._bytes = 0
        self._generation = 0
        self._is_asking = False

    def set_source(self, source: Source | None, gain: float) -> None:
        """Draw another recording, or the same with more of it known; tiles are kept until newer ones come."""
        if self._source is None or source is None or source.path != self._source.path:
            self.clear()
        self._source, self._gain = source, gain
        self._refresh()

    def set_gain(self, gain: float) -> None:
        """Draw so much larger from now on."""
        if gain != self._gain:
            self._gain = gain
            self._refresh()

    def set_drawing(self, draw: Draw, paint: Paint) -> None:
        """Draw in another way from now on; the tiles there are stand in until newer ones come."""
        self._draw, self._paint = draw, paint
        self._refresh()

    @property
    def generation(self) -> int:
        """Another number wherever what was drawn before shows something else."""
        return self._generation

    def _refresh(self) -> None:
        self._generation += 1
        self._stale = set(self._images)

    def set_colour(self, colour: QColor) -> None:
        """Draw in another colour from now on."""
        if colour != self._colour:
            self._colour = colour
            self.clear()

    def clear(self) -> None:
        """Forget all tiles."""
        self._images.clear()
        self._kept.clear()
        self._values.clear()
        self._stale.clear()
        self._bytes = 0
        self._generation += 1

    def get(self, level: Level, number: int) -> QPixmap | None:
        """The tile, None while it is not there."""
        found = self._images.get((level, number))
        if found is not None:
            self._images.move_to_end((level, number))
        return found

    def value(self, level: Level, number: int) -> NDArray[np.uint8] | None:
        """What a tile was painted of, where that is kept: uint8 (height, TILE_PX)."""
        return self._values.get((level, number))

    def is_fresh(self, level: Level, numbers: Iterable[int]) -> bool:
        """Whether all of them are there and show what is known now."""
        return all((level, n) in self._images and (level, n) not in self._stale for n in numbers)

    def numbers(self, level: Level, first: int, last: int) -> list[int]:
        """The tiles kept of a level, from one number to another."""
        return sorted(n for n in self._kept.get(level, ()) if first <= n <= last)

    def ask(self, level: Level, numbers: Iterable[int]) -> None:
        """Have the missing ones drawn; ``on_ready`` is called once they are there."""
        if self._is_asking or self._source is None:
            return
        missing = [n for n in numbers if (level, n) not in self._images or (level, n) in self._stale][: self._at_once]
        if not missing:
            return
        self._is_asking = True
        generation = self._generation

        def done(drawn: list[tuple[int, NDArray[np.uint8], QImage]]) -> None:
            self._is_asking = False
            if generation == self._generation:
                for number, coverage, image in drawn:
                    self._keep((level, number), coverage, image)
            self._on_ready()

        def failed(error: Exception) -> None:
            self._is_asking = False
            if generation == self._generation:
                for number in missing:  # a stretch that cannot be read is drawn empty, once
                    empty = np.zeros((level[1], TILE_PX), np.uint8)
                    self._keep((level, number), empty, self._paint(empty, self._colour))
            self._on_ready()

        self._jobs.compute(
            _draw_and_paint,
            self._draw,
            self._paint,
            self._source,
            level,
            missing,
            self._gain,
            QColor(self._colour),
            on_done=done,
            on_error=failed,
            what="draw the sound",
        )

    def _keep(self, key: tuple[Level, int], coverage: NDArray[np.uint8], image: QImage) -> None:
        old = self._images.pop(key, None)
        if old is not None:
            self._bytes -= old.width() * old.height() * 4
        self._images[key] = pixmap = QPixmap.fromImage(image)
        self._kept.setdefault(key[0], set()).add(key[1])
        if self._keeps_values:
            self._values[key] = coverage
        self._stale.discard(key)
        self._bytes += pixmap.width() * pixmap.height() * 4
        while self._bytes > MOST_BYTES and len(self._images) > 1:
            oldest, dropped = self._images.popitem(last=False)
            self._forget(oldest)
            self._values.pop(oldest, None)
            self._stale.discard(oldest)
            self._bytes -= dropped.width() * dropped.height() * 4

    def _forget(self, key: tuple[Level, int]) -> None:
        level, number = key
        self._kept[level].discard(number)
        if not self._kept[level]:
            del self._kept[level]
