"""Tiles of a recording's picture: drawn off the UI thread, kept as pixmaps, never waited for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPixmap

from annodesk.ui.timeline.wave_source import WaveSource, draw_columns

if TYPE_CHECKING:
    from annodesk.ui.jobs import Jobs

TILE_PX = 256
MOST_BYTES = 96 << 20

Level = tuple[float, int]
"""Microseconds per device pixel, and height in device pixels."""
Drawn = list[tuple[int, NDArray[np.uint8]]]


class Source(Protocol):
    """What tiles are drawn of: a recording's waveform or spectrum."""

    path: Path


def draw_tiles(source: WaveSource, level: Level, numbers: list[int], gain: float) -> Drawn:
    """The coverage of some tiles, for the compute lane."""
    us_per_px, height = level
    found = []
    for number in numbers:
        lows, highs = source.columns(number * TILE_PX, us_per_px, TILE_PX)
        found.append((number, draw_columns(lows, highs, height, gain)))
    return found


def tinted(coverage: NDArray[np.uint8], colour: QColor) -> QPixmap:
    """A pixmap of one colour, as opaque as the coverage says.

    Parameters
    ----------
    coverage : uint8 (height, width), 255 is opaque
    """
    height, width = coverage.shape
    share = coverage.astype(np.uint16)
    pixels = np.empty((height, width, 4), np.uint8)
    for place, value in enumerate((colour.blue(), colour.green(), colour.red(), 255)):
        pixels[..., place] = share * value // 255  # premultiplied, in the byte order of a little-endian machine
    image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
    return QPixmap.fromImage(image.copy())


class TileCache:
    """Pixmaps of one recording by zoom and place; asks for missing ones and says when they are there.

    One request is on its way at a time: a newer one would drop the older one's answer, and a view that keeps moving
    would never see any.
    """

    def __init__(
        self,
        jobs: Jobs,
        on_ready: Callable[[], None],
        draw: Callable[[Any, Level, list[int], float], Drawn] = draw_tiles,
        paint: Callable[[NDArray[np.uint8], QColor], QPixmap] = tinted,
    ) -> None:
        self._jobs, self._on_ready = jobs, on_ready
        self._draw, self._paint = draw, paint
        self._source: Source | None = None
        self._gain = 1.0
        self._colour = QColor("white")
        self._images: OrderedDict[tuple[Level, int], QPixmap] = OrderedDict()
        self._stale: set[tuple[Level, int]] = set()
        self._bytes = 0
        self._generation = 0
        self._is_asking = False

    def set_source(self, source: Source | None, gain: float) -> None:
        """Draw another recording, or the same with more of it known; tiles are kept until newer ones come."""
        if self._source is None or source is None or source.path != self._source.path:
            self.clear()
        self._source, self._gain = source, gain
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
        self._stale.clear()
        self._bytes = 0
        self._generation += 1

    def get(self, level: Level, number: int) -> QPixmap | None:
        """The tile, None while it is not there."""
        found = self._images.get((level, number))
        if found is not None:
            self._images.move_to_end((level, number))
        return found

    def is_fresh(self, level: Level, numbers: Iterable[int]) -> bool:
        """Whether all of them are there and show what is known now."""
        return all((level, n) in self._images and (level, n) not in self._stale for n in numbers)

    def numbers(self, level: Level) -> list[int]:
        """The tiles kept of a level."""
        return sorted(n for kept, n in self._images if kept == level)

    def ask(self, level: Level, numbers: Iterable[int]) -> None:
        """Have the missing ones drawn; ``on_ready`` is called once they are there."""
        if self._is_asking or self._source is None:
            return
        missing = [n for n in numbers if (level, n) not in self._images or (level, n) in self._stale]
        if not missing:
            return
        self._is_asking = True
        generation = self._generation

        def done(drawn: Drawn) -> None:
            self._is_asking = False
            if generation == self._generation:
                for number, coverage in drawn:
                    self._keep((level, number), coverage)
            self._on_ready()

        def failed(error: Exception) -> None:
            self._is_asking = False
            if generation == self._generation:
                for number in missing:  # a stretch that cannot be read is drawn empty, once
                    self._keep((level, number), np.zeros((level[1], TILE_PX), np.uint8))
            self._on_ready()

        self._jobs.compute(
            self._draw,
            self._source,
            level,
            missing,
            self._gain,
            on_done=done,
            on_error=failed,
            what="draw the sound",
        )

    def _keep(self, key: tuple[Level, int], coverage: NDArray[np.uint8]) -> None:
        old = self._images.pop(key, None)
        if old is not None:
            self._bytes -= old.width() * old.height() * 4
        pixmap = self._paint(coverage, self._colour)
        self._images[key] = pixmap
        self._stale.discard(key)
        self._bytes += pixmap.width() * pixmap.height() * 4
        while self._bytes > MOST_BYTES and len(self._images) > 1:
            _, dropped = self._images.popitem(last=False)
            self._bytes -= dropped.width() * dropped.height() * 4
