"""Long recordings for the benchmarks: noise whose loudness changes, one minute over and over."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 44100
_FRAME_BYTES = 4


def minute_of_noise() -> NDArray[np.int16]:
    """One minute that swells and fades, stereo: (n, 2)."""
    rng = np.random.default_rng(1)
    n = 60 * RATE_HZ
    swell = 0.1 + 0.9 * np.sin(np.arange(n) * np.pi / n) ** 2
    return np.asarray(rng.integers(-24000, 24000, (n, 2)) * swell[:, None], np.int16)


def write_rf64(path: Path, hours: float) -> Path:
    """So many hours of 16-bit stereo as RF64, which has no four-gigabyte limit."""
    minute, minutes = minute_of_noise(), round(hours * 60)
    data_bytes = minutes * minute.nbytes
    header = b"WAVEds64" + struct.pack("<IQQQI", 28, data_bytes + 72, data_bytes, data_bytes // _FRAME_BYTES, 0)
    header += b"fmt " + struct.pack("<IHHIIHH", 16, 1, 2, RATE_HZ, RATE_HZ * _FRAME_BYTES, _FRAME_BYTES, 16)
    with path.open("wb") as file:
        file.write(b"RF64" + b"\xff" * 4 + header + b"data" + b"\xff" * 4)
        for k in range(minutes):
            # Every tenth minute is quieter, so that the whole has a shape.
            file.write((minute >> (k // 10 % 5)).tobytes())
    return path
