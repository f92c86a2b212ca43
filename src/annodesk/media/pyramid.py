"""The waveform's shape: minimum and maximum of the samples at ever coarser zoom, read at any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.media.fold import BASE, FACTOR, Int16

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A column is drawn from at least this many cells, so that an edge is off by at most a quarter of a column.
_CELLS_PER_COLUMN = 4


class Sketch(Struct, frozen=True):
    """A recording's shape by samples taken here and there: what is shown where the peaks are not known yet.

    ``positions`` (n,) are sorted samples, ``mins`` and ``maxs`` (channels, n) what was found around them.
    """

    positions: NDArray[np.int64]
    mins: Int16
    maxs: Int16

    def columns(self, edges: NDArray[np.float64], channel: int | None) -> tuple[Int16, Int16]:
        """Minimum and maximum of each column between edges (n + 1,), in samples; between places it is interpolated."""
        mins = self.mins.min(axis=0) if channel is None else self.mins[channel]
        maxs = self.maxs.max(axis=0) if channel is None else self.maxs[channel]
        middles = (edges[:-1] + edges[1:]) / 2
        low = np.rint(np.interp(middles, self.positions, mins)).astype(np.int16)
        high = np.rint(np.interp(middles, self.positions, maxs)).astype(np.int16)
        first = np.searchsorted(self.positions, edges)
        inside = first[:-1] < first[1:]
        if inside.any():
            end = int(first[1:][inside][-1])
            low[inside] = np.minimum.reduceat(mins[:end], first[:-1][inside])
            high[inside] = np.maximum.reduceat(maxs[:end], first[:-1][inside])
        return low, high


class Peaks:
    """A recording's peaks; while they are being built, those up to ``known_samples``, and behind them a sketch.

    Reading is safe from any thread, also during the build.
    """

    def __init__(
        self,
        rate_hz: int,
        channels: int,
        samples: int,
        levels: list[Int16],
        known_samples: int,
        *,
        breaks_off: bool = False,
    ) -> None:
        self.rate_hz, self.channels, self.samples = rate_hz, channels, samples
        self.known_samples = known_samples
        self.breaks_off = breaks_off
        """Whether the file is cut off or damaged behind ``known_samples``, or still being copied."""
        self.sketch: Sketch | None = None
        self._levels = levels  # each (2, channels, columns): minima, maxima; none before there is room for them

    def take(self, levels: list[Int16], known_samples: int) -> None:
        """Be drawn from these levels from now on."""
        self._levels = levels
        self.known_samples = known_samples

    @property
    def is_complete(self) -> bool:
        """Whether the whole recording is known."""
        return self.known_samples >= self.samples

    def columns(
        self, start_sample: float, samples_per_column: float, n_columns: int, channel: int | None = None
    ) -> tuple[Int16, Int16]:
        """Minimum and maximum of each column to be drawn.

        Parameters
        ----------
        start_sample : where the first column begins; may lie outside the recording
        samples_per_column : the zoom; below BASE the samples themselves tell more
        n_columns : how many columns
        channel : one channel, or None for all together

        Returns
        -------
        mins, maxs : int16, (n_columns,)
            Every sample belongs to exactly one column, the one in which its cell of the level begins; the level is
            fine enough that this is off by at most a quarter of a column (or by BASE samples). What the sketch says,
            or 0, where nothing is known.
        """
        level = 0
        known_samples, sketch = self.known_samples, self.sketch
        while level + 1 < len(self._levels) and BASE * FACTOR ** (level + 1) * _CELLS_PER_COLUMN <= samples_per_column:
            level += 1
        cell_samples = BASE * FACTOR**level
        known = -(-known_samples // cell_samples)
        fractions = start_sample + samples_per_column * np.arange(n_columns + 1, dtype=np.float64)
        edges = np.ceil(fractions / cell_samples).astype(np.int64)
        first, last = np.searchsorted(edges[:-1], 0), np.searchsorted(edges[:-1], known)
        if first > 0 and edges[first] > 0:
            first -= 1  # this column begins before the recording and ends inside it
        mins, maxs = np.zeros(n_columns, np.int16), np.zeros(n_columns, np.int16)
        if sketch is not None and known_samples < self.samples:
            begins, ends = (int(k) for k in np.searchsorted(fractions[:-1], (known_samples, self.samples)))
            if begins < ends:
                mins[begins:ends], maxs[begins:ends] = sketch.columns(fractions[begins : ends + 1], channel)
        if first >= last:
            return mins, maxs
        starts = np.maximum(edges[first:last], 0)
        low, high = int(starts[0]), min(max(int(edges[last]), int(starts[-1]) + 1), known)
        cells = self._levels[level]
        part = cells[:, :, low:high] if channel is None else cells[:, channel : channel + 1, low:high]
        one = (part[0].min(axis=0), part[1].max(axis=0)) if part.shape[1] > 1 else (part[0, 0], part[1, 0])
        mins[first:last] = np.minimum.reduceat(one[0], starts - low)
        maxs[first:last] = np.maximum.reduceat(one[1], starts - low)
        return mins, maxs
