"""How loud a recording is as a whole: integrated loudness by ITU-R BS.1770-4 and EBU R128, kept in the cache."""

from __future__ import annotations

import contextlib
import json
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annodesk.media import cache
from annodesk.media.decode import block_frames, open_audio
from annodesk.progress import CancelToken, Progress, silent

Float64 = NDArray[np.float64]

TARGET_LUFS = -23.0
"""Where EBU R128 puts a programme."""
MOST_GAIN_DB = 20.0

KIND, VERSION = "loudness", 1

_HOP_S = 0.1
_HOPS_PER_BLOCK = 4
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_READ_FRAMES = 1 << 17
# BS.1770's two filters as their analogue models, from which they follow for every rate.
_SHELF_HZ, _SHELF_Q, _SHELF_DB = 1681.974450955533, 0.7071752369554196, 3.999843853973347
_HIGH_PASS_HZ, _HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773


def measure(path: Path | str, *, progress: Progress = silent, cancel: CancelToken | None = None) -> float | None:
    """Integrated loudness in LUFS, None where all is silent; from the cache where it was measured before.

    A recording shorter than 0.4 s is one block as long as it is. All channels count alike.
    """
    place = cache.derived(path, KIND, VERSION)
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        known = json.loads(place.read_text())["lufs"]
        return None if known is None else float(known)
    found = gated_mean(_powers(path, progress, cancel or CancelToken()))
    with contextlib.suppress(OSError), cache.writing(place) as temporary:
        temporary.write_text(json.dumps({"lufs": found}))
    return found


def levelling_gain_db(lufs: float | None) -> float:
    """What brings a recording to TARGET_LUFS, at most MOST_GAIN_DB up or down; nothing for a silent one."""
    return 0.0 if lufs is None else min(MOST_GAIN_DB, max(-MOST_GAIN_DB, TARGET_LUFS - lufs))


def gated_mean(powers: Float64) -> float | None:
    """Loudness of blocks of weighted power (n,): mean of those above -70 LUFS and above their own mean less 10 LU."""
    over = powers[powers > _power(_ABSOLUTE_GATE_LUFS)]
    if not over.size:
        return None
    over = over[over > over.mean() * 10 ** (_RELATIVE_GATE_LU / 10)]
    return float(lufs(over.mean()))


def lufs(power: Float64 | float) -> Float64:
    """The loudness that weighted power has, summed over channels; -120 for silence."""
    return np.asarray(-0.691 + 10 * np.log10(np.maximum(power, 10 ** ((0.691 - 120) / 10))), np.float64)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _powers(path: Path | str, progress: Progress, cancel: CancelToken) -> Float64:
    """Weighted power of every 400 ms, 100 ms apart, summed over channels."""
    from scipy.signal import sosfilt

    with open_audio(path) as source:
        sections = weighting(source.rate_hz)
        state = np.zeros((len(sections), source.channels, 2))
        hop = max(1, round(_HOP_S * source.rate_hz))
        frames = max(hop, block_frames(source, _READ_FRAMES) // hop * hop)
        hops, position, rest = [np.zeros(0)], 0, 0.0
        for block in source.blocks(0, frames, reuse=True):
            cancel.check()
            heard, state = sosfilt(sections, block / 32768.0, zi=state)
            energy = np.einsum("ij,ij->j", heard, heard)
            whole = energy.size // hop * hop
            hops.append(energy[:whole].reshape(-1, hop).sum(axis=1))
            rest = float(energy[whole:].sum())
            position += energy.size
            progress(position / max(1, source.samples), "Loudness")
    sums = np.concatenate(hops)
    if sums.size >= _HOPS_PER_BLOCK:
        blocks = np.lib.stride_tricks.sliding_window_view(sums, _HOPS_PER_BLOCK).sum(axis=1)
        return np.asarray(blocks / (hop * _HOPS_PER_BLOCK), np.float64)
    return np.array([(float(sums.sum()) + rest) / position]) if position else np.zeros(0)


def weighting(rate_hz: int) -> Float64:
    """BS.1770's head and low-frequency filters as second-order sections; a rate below the first's needs none of it."""
    sections = []
    if rate_hz > 2.2 * _SHELF_HZ:
        k = math.tan(math.pi * _SHELF_HZ / rate_hz)
        high = 10 ** (_SHELF_DB / 20)
        band = high**0.4996667741545416
        b = (high + band * k / _SHELF_Q + k * k, 2 * (k * k - high), high - band * k / _SHELF_Q + k * k)
        sections.append(_section(b, k, _SHELF_Q))
    if rate_hz > 2.2 * _HIGH_PASS_HZ:
        k = math.tan(math.pi * _HIGH_PASS_HZ / rate_hz)
        whole = 1 + k / _HIGH_PASS_Q + k * k
        sections.append(_section((whole, -2 * whole, whole), k, _HIGH_PASS_Q))
    return np.array(sections or [(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)])


def _section(b: tuple[float, float, float], k: float, q: float) -> tuple[float, ...]:
    whole = 1 + k / q + k * k
    return (*(value / whole for value in b), 1.0, 2 * (k * k - 1) / whole, (1 - k / q + k * k) / whole)
