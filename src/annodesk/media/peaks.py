"""A recording's peaks, kept in the cache: a sketch at once, then one pass, taken up again where it was interrupted."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from annodesk.errors import MediaError
from annodesk.media import cache
from annodesk.media.decode import BLOCK_FRAMES, AudioSource, block_frames, blocks_until_break, open_audio
from annodesk.media.files import Status, file_status
from annodesk.media.fold import BASE, FACTOR, Int16, fold_block, fold_up
from annodesk.media.peaks_file import KIND, VERSION, PeaksFile, read_final
from annodesk.media.pyramid import Peaks, Sketch
from annodesk.progress import CancelToken, Progress, silent

__all__ = ["BASE", "FACTOR", "KIND", "VERSION", "Peaks", "build", "open_or_none"]

# After how much more of a growing waveform is shown: samples, and seconds since the last time. The coarser levels are
# many small sums, and after each of them this thread waits for the window's.
_SHOWN_AFTER, _SHOWN_EVERY_S = 1 << 21, 0.1
# What one of two threads reads and folds before it looks for more; whole cells of the coarser levels.
_PIECE_SAMPLES = 1 << 21
# What is read at once where that costs little more than asking: fewer words between the threads, and it stays close by.
_PLAIN_BLOCK_FRAMES = 1 << 20
_THREADS = 2
# Shorter recordings are there before anybody has seen a sketch of them.
_SKETCHED_FROM_SAMPLES = 1 << 24
_SKETCH_PLACES = 1024
_FIRST_PLACES = 16
_SKETCH_FRAMES = BASE
_SKETCH_S = 0.5


def open_or_none(path: Path | str) -> Peaks | None:
    """The recording's finished peaks where they are in the cache; a damaged or foreign file there counts as none."""
    found = read_final(cache.derived(path, KIND, VERSION))
    if found is None:
        return None
    header, levels = found
    return Peaks(header.rate_hz, header.channels, header.samples, levels, header.known, breaks_off=header.breaks_off)


def build(
    path: Path | str,
    *,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
    on_partial: Callable[[Peaks], None] | None = None,
    threads: int | None = None,
) -> Peaks:
    """The recording's peaks, computed in one pass and kept in the cache; from there at once where they are known.

    A file that cannot be read to its end gives what comes before the break. Where the cache cannot be written, the
    peaks lie in memory. What was folded before Cancelled, or before the process ended, is taken up by the next build.

    Parameters
    ----------
    progress : told the share done after every block
    cancel : asked before every block
    on_partial : given the growing peaks once, before the first block, and again whenever more of them is known
    threads : how many read and fold; two where nothing is said, for one of them reads while the other folds
    """
    status = file_status(path)
    found: Peaks | None = None
    place: Path | None = None
    with contextlib.suppress(OSError):
        place = cache.derived(path, KIND, VERSION)
        found = open_or_none(path)
    if found is None:
        found = _build(Path(path), status, place, progress, cancel or CancelToken(), on_partial, threads or _THREADS)
        with contextlib.suppress(OSError):
            cache.trim()
    progress(1.0, "Waveform")
    return found


def _build(
    path: Path,
    status: Status | None,
    place: Path | None,
    progress: Progress,
    cancel: CancelToken,
    on_partial: Callable[[Peaks], None] | None,
    threads: int,
) -> Peaks:
    with open_audio(path) as source:
        peaks = Peaks(source.rate_hz, source.channels, source.samples, [], 0)
        kept = _sketched(peaks, source, place, cancel, on_partial)
        peaks.take(kept.levels, kept.known)
        work = _Pass(path, source, kept.levels, kept.known, cancel, threads)

        def show(known: int) -> None:
            fold_up(kept.levels, peaks.known_samples, known)
            peaks.known_samples = known
            kept.save(known)
            progress(known / max(1, peaks.samples), "Waveform")
            if on_partial:
                on_partial(peaks)

        shown_s = time.monotonic()

        def folded() -> None:
            nonlocal shown_s
            cancel.check()
            known = work.known()
            if known - peaks.known_samples >= _SHOWN_AFTER and time.monotonic() - shown_s >= _SHOWN_EVERY_S:
                show(known)
                shown_s = time.monotonic()

        try:
            if on_partial:
                on_partial(peaks)
            cancel.check()
            work.run(folded)
            cancel.check()
            if work.known() > peaks.known_samples:
                show(work.known())
            peaks.breaks_off = not peaks.is_complete or source.is_cut_off
            # A file that has grown or gone since is not what its peaks would be found by.
            if status is not None and file_status(path) == status:
                kept.finish(peaks.known_samples, breaks_off=peaks.breaks_off)
        finally:
            kept.close(peaks.known_samples if file_status(path) in (status, None) else 0)
        peaks.sketch = None
        return peaks


def _sketched(
    peaks: Peaks,
    source: AudioSource,
    place: Path | None,
    cancel: CancelToken,
    on_partial: Callable[[Peaks], None] | None,
) -> PeaksFile:
    """The file to fill; while the disk makes room for it, which may take longer than all else, a sketch is shown."""
    with ThreadPoolExecutor(1, thread_name_prefix="annodesk-peaks") as pool:
        coming = pool.submit(PeaksFile, place, source.rate_hz, source.channels, source.samples)
        try:
            if on_partial and source.samples >= _SKETCHED_FROM_SAMPLES:
                for sketch in _sketches(source, cancel):
                    peaks.sketch = sketch
                    on_partial(peaks)
        except BaseException:
            kept = coming.result()
            kept.close(kept.known)
            raise
        return coming.result()


class _Pass:
    """One pass over a recording: each thread reads what it folds, so that one reads while the other folds."""

    def __init__(
        self, path: Path, source: AudioSource, levels: list[Int16], start: int, cancel: CancelToken, threads: int
    ) -> None:
        self._path, self._source, self._levels, self._cancel = path, source, levels, cancel
        self._helpers = threads - 1
        self._start, self._end = start, source.samples
        self._step = _PIECE_SAMPLES if source.reads_anywhere else max(1, source.samples - start)
        self._lock = threading.Lock()
        self._next = start
        self._reached: dict[int, int] = {}
        self._failed: MediaError | None = None
        self._is_over = False

    def run(self, folded: Callable[[], None]) -> None:
        """Fold until the end or the break; ``folded`` is called on this thread after each of its blocks."""
        helpers = self._helpers if self._end - self._start > self._step else 0
        with ThreadPoolExecutor(max(1, helpers), thread_name_prefix="annodesk-peaks") as pool:
            others = [pool.submit(self._help) for _ in range(helpers)]
            try:
                self._work(self._source, folded)
            except BaseException:
                self._is_over = True
                raise
            for other in others:
                other.result()
        if self._failed is not None and not self.known():
            raise self._failed

    def known(self) -> int:
        """Samples from the start without a hole."""
        at = self._start
        while (reached := self._reached.get(at, at)) == min(at + self._step, self._end) and reached > at:
            at = reached
        return reached

    def _help(self) -> None:
        """Fold on another thread, where the file can still be opened and is still the same."""
        try:
            source = open_audio(self._path)
        except MediaError:
            return
        with source:
            if (source.samples, source.channels) == (self._source.samples, self._source.channels):
                self._work(source, self._cancel.check)

    def _work(self, source: AudioSource, folded: Callable[[], None]) -> None:
        frames = block_frames(source, _PLAIN_BLOCK_FRAMES if source.reads_anywhere else BLOCK_FRAMES)
        scratch = np.empty(frames, np.int16)
        while not self._is_over:
            with self._lock:
                begin, self._next = self._next, self._next + self._step
            end = min(begin + self._step, self._end)
            if begin >= end:
                return
            at = begin
            for block in self._until_break(source, begin, end, frames):
                if self._is_over:
                    return
                fold_block(self._levels[0], at // BASE, block, scratch)
                at += block.shape[1]
                self._reached[begin] = at
                folded()
            if at < end:
                self._next = self._end  # what comes behind a break is not shown

    def _until_break(self, source: AudioSource, begin: int, end: int, frames: int) -> Iterator[Int16]:
        """The blocks of a piece, up to its end or to where it cannot be read on."""
        error = yield from blocks_until_break(self._path, source, begin, end, frames)
        self._failed = error or self._failed


def _sketches(source: AudioSource, cancel: CancelToken) -> Iterator[Sketch]:
    """Ever denser sketches of the whole, for as long as somebody would rather see one than wait."""
    until_s = time.monotonic() + _SKETCH_S
    step = max(1, source.samples // _SKETCH_PLACES)
    found: dict[int, tuple[Int16, Int16]] = {}
    stride = _SKETCH_PLACES // _FIRST_PLACES
    while stride and time.monotonic() < until_s:
        for k in range(0, _SKETCH_PLACES, stride):
            cancel.check()
            if k not in found and time.monotonic() < until_s:
                with contextlib.suppress(MediaError):
                    samples = source.glimpse(k * step + step // 2, _SKETCH_FRAMES) * 32767
                    found[k] = samples.min(axis=1).astype(np.int16), samples.max(axis=1).astype(np.int16)
        if found:
            places = sorted(found)
            yield Sketch(
                np.array(places, np.int64) * step + step // 2,
                np.stack([found[k][0] for k in places], axis=1),
                np.stack([found[k][1] for k in places], axis=1),
            )
        stride //= 2
