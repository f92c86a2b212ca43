"""A few seconds of a recording as a small picture of its loudness, read straight from the file."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annodesk.media.decode import open_audio

Float32 = NDArray[np.float32]

_WHOLE_S = 20.0
"""Up to this length every sample is looked at; of longer stretches a glimpse for each column."""
_GLIMPSE_S = 0.05


def wave_of(path: Path | str, start_us: int, end_us: int, columns: int) -> Float32:
    """Lowest and highest sample of each column of the stretch, float32 (columns, 2), full scale -1.0 to 1.0.

    Columns outside the recording are zero.
    """
    found = np.zeros((columns, 2), np.float32)
    with open_audio(path) as source:
        first, last = (round(t * source.rate_hz / 1_000_000) for t in (start_us, end_us))
        if last <= first or columns < 1:
            return found
        edges = np.linspace(first, last, columns + 1).astype(np.int64)
        if last - first <= _WHOLE_S * source.rate_hz:
            mono = source.read(first, last - first).mean(axis=0, dtype=np.float32)
            pieces = [mono[a - first : max(b - first, a - first + 1)] for a, b in pairwise(edges)]
        else:
            length = round(_GLIMPSE_S * source.rate_hz)
            pieces = [source.glimpse(int(at), length).mean(axis=0, dtype=np.float32) for at in edges[:-1]]
    for column, piece in enumerate(pieces):
        if piece.size:
            found[column] = piece.min(), piece.max()
    return np.clip(np.nan_to_num(found), -1.0, 1.0)
