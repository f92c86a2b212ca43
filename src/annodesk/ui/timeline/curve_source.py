"""Pitch and loudness in pieces that are computed once, and their pictures at any zoom. No Qt."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from annodesk.media.curves import LOUDNESS_STEP_US, PITCH_STEP_US, Curve, CurveSource

if TYPE_CHECKING:
    from annodesk.progress import CancelToken

Float32 = NDArray[np.float32]
MOST_PIECES = 400
LINE_PX = 2.0


class CurveKind(Struct, frozen=True):
    """What one curve is: its name, its axis, and how much of it is computed at a time.

    ``most_us`` is the longest view it is shown in: more would take long to compute, and show nothing.
    """

    name: str
    title: str
    unit: str
    low: float
    high: float
    is_log: bool
    marks: tuple[float, ...]
    step_us: int
    piece_us: int
    most_us: int
    compute: Callable[[CurveSource, int, int, CancelToken], Curve]

    def share_of(self, values: Float32 | float) -> Float32:
        """How far up the axis values lie, 0 at the bottom; NaN stays."""
        found = np.asarray(values, np.float32)
        if not self.is_log:
            return np.asarray((found - self.low) / (self.high - self.low), np.float32)
        whole = math.log(self.high / self.low)
        return np.asarray(np.log(np.maximum(found, 1e-3) / self.low) / whole, np.float32)


PITCH = CurveKind(
    "pitch", "Pitch", "Hz", 60.0, 800.0, True, (75, 100, 150, 200, 300, 400, 600),
    PITCH_STEP_US, 20_000_000, 240_000_000, CurveSource.pitch,
)  # fmt: skip
LOUDNESS = CurveKind(
    "loudness", "Loudness", "LUFS", -70.0, 0.0, False, (-60, -50, -40, -30, -20, -10),
    LOUDNESS_STEP_US, 60_000_000, 1_800_000_000, CurveSource.loudness,
)  # fmt: skip


class CurvePieces:
    """One curve of one recording; what has been computed is kept."""

    def __init__(self, source: CurveSource, kind: CurveKind) -> None:
        self.path, self.kind, self._source = source.path, kind, source
        self._pieces: OrderedDict[int, Curve] = OrderedDict()

    def values(self, start_us: float, end_us: float, cancel: CancelToken) -> tuple[int, Float32]:
        """The index of the first value at or after a time, in steps from time 0, and all values up to another."""
        step, piece = self.kind.step_us, self.kind.piece_us
        first, last = math.floor(start_us / step), math.ceil(end_us / step) + 1
        per_piece = piece // step
        numbers = range(first // per_piece, (last - 1) // per_piece + 1)
        found = [self._piece(number, cancel).values for number in numbers]
        whole = np.concatenate(found) if found else np.zeros(0, np.float32)
        begin = first - first // per_piece * per_piece
        return first, whole[begin : begin + last - first]

    def known_at(self, time_us: int) -> float | None:
        """The value nearest to a time, where it has been computed; None where not, or where there is none."""
        number, within = divmod(time_us + self.kind.step_us // 2, self.kind.piece_us)
        piece = self._pieces.get(number)
        if piece is None:
            return None
        at = within // self.kind.step_us
        value = float(piece.values[at]) if at < len(piece.values) else math.nan
        return value if math.isfinite(value) else None

    def _piece(self, number: int, cancel: CancelToken) -> Curve:
        found = self._pieces.get(number)
        if found is None:
            size = self.kind.piece_us
            found = self._pieces[number] = self.kind.compute(self._source, number * size, (number + 1) * size, cancel)
            while len(self._pieces) > MOST_PIECES:
                self._pieces.popitem(last=False)
        return found


def draw_curve(
    source: CurvePieces,
    level: tuple[float, int],
    numbers: list[int],
    gain: float,
    cancel: CancelToken,
    *,
    tile_px: int,
) -> list[tuple[int, NDArray[np.uint8]]]:
    """The coverage of some tiles of a curve, for the compute lane; ``gain`` changes nothing."""
    us_per_px, height = level
    kind, found = source.kind, []
    for number in numbers:
        start = number * tile_px * us_per_px
        first, values = source.values(start, start + tile_px * us_per_px, cancel)
        cancel.check()
        shares = kind.share_of(values)
        lows, highs = fold_line(shares, (start / kind.step_us) - first, us_per_px / kind.step_us, tile_px)
        found.append((number, draw_line(lows, highs, height)))
    return found


def fold_line(values: Float32, start: float, per_column: float, n: int) -> tuple[Float32, Float32]:
    """Lowest and highest value of each column of a line that may have gaps (NaN); NaN where a column has nothing."""
    edges = start + per_column * np.arange(n + 1)
    at_edges = np.interp(edges, np.arange(len(values)), values).astype(np.float32)
    lows, highs = np.fmin(at_edges[:-1], at_edges[1:]), np.fmax(at_edges[:-1], at_edges[1:])
    inside = np.arange(len(values))
    column = np.floor((inside - start) / per_column).astype(np.int64)
    used = (column >= 0) & (column < n)
    np.fmin.at(lows, column[used], values[used])
    np.fmax.at(highs, column[used], values[used])
    return lows, highs


def draw_line(lows: Float32, highs: Float32, height_px: int) -> NDArray[np.uint8]:
    """How much of each pixel a line covers: ``lows`` and ``highs`` (n,) are shares of the height, NaN for gaps."""
    tops = (1 - highs) * height_px - LINE_PX / 2
    bottoms = (1 - lows) * height_px + LINE_PX / 2
    rows = np.arange(height_px, dtype=np.float32)[:, None]
    covered = np.minimum(bottoms, rows + 1) - np.maximum(tops, rows)
    return (np.clip(np.nan_to_num(covered, nan=0.0), 0, 1) * 255).astype(np.uint8)
