"""Brings a recording's waveform to the timeline: cached peaks at once, else built while what is known is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from annodesk.errors import AnnodeskError
from annodesk.media.spectrogram import Spectrogram
from annodesk.model.times import format_us
from annodesk.progress import CancelToken, Progress
from annodesk.ui.timeline.spectrogram import coloured, draw_spectrum
from annodesk.ui.timeline.tiles import TileCache
from annodesk.ui.timeline.wave_source import WaveSource, build_source, open_source
from annodesk.ui.timeline.waveform import MediaState

if TYPE_CHECKING:
    from annodesk.ui.jobs import Jobs, Request

NO_RECORDING = "This item has no recording."
OPENING = "Opening the recording ..."
BUILDING = "Reading the recording"
BREAKS_OFF = "The file breaks off at {}: it is damaged, or still being copied"


class MediaLoad(QObject):
    """The one recording shown; ``changed`` is emitted whenever there is more of it, or it failed."""

    changed = Signal()
    tiles_ready = Signal()
    _grown = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.tiles = TileCache(jobs, self.tiles_ready.emit)
        self.spectrum_tiles = TileCache(jobs, self.tiles_ready.emit, draw_spectrum, coloured)
        self.state, self.words, self.share = MediaState.NONE, NO_RECORDING, 0.0
        self.source: WaveSource | None = None
        self._spectrum: Spectrogram | None = None
        self.gain = 1.0
        self._path: Path | None = None
        self._request: Request | None = None
        self._grown.connect(self._on_grown)

    def load(self, path: Path | None, offset_us: int, problem: str) -> None:
        """Show another recording, or say what is wrong with it."""
        if self._request is not None:
            self._request.cancel()
            self._request = None
        for opened_one in (self.source, self._spectrum):
            if opened_one is not None:
                opened_one.close()
        self._path, self.source, self._spectrum, self.gain, self.share = path, None, None, 1.0, 0.0
        self.tiles.set_source(None, 1.0)
        self.spectrum_tiles.set_source(None, 1.0)
        if problem or path is None:
            self._show(MediaState.FAILED if problem else MediaState.NONE, problem or NO_RECORDING)
            return
        self._show(MediaState.OPENING, OPENING)

        def opened(found: tuple[WaveSource, float] | None) -> None:
            if found is not None:
                self._take(*found)
            else:
                self._build(path, offset_us)

        self._request = self._jobs.compute(
            open_with_gain, path, offset_us, on_done=opened, on_error=self._failed, what="open the recording"
        )

    def _build(self, path: Path, offset_us: int) -> None:
        def make(progress: Progress, cancel: CancelToken) -> tuple[WaveSource, float]:
            made = build_source(path, offset_us, self._grown.emit, progress, cancel)
            return made, made.gain()

        self._show(MediaState.BUILDING, BUILDING)
        self._request = self._jobs.compute(
            make,
            on_done=lambda made: self._take(*made),
            on_error=self._failed,
            on_progress=self._on_progress,
            what="read the recording",
        )

    def _take(self, source: WaveSource, gain: float) -> None:
        self._request = None
        self.source, self.gain = source, gain
        self.tiles.set_source(source, gain)
        self._spectrum = Spectrogram(source.path, source.offset_us)
        self.spectrum_tiles.set_source(self._spectrum, gain)
        peaks = source.peaks
        readable = format_us(round(peaks.known_samples * 1_000_000 / peaks.rate_hz))
        self._show(MediaState.READY, BREAKS_OFF.format(readable) if peaks.breaks_off else "")

    def _on_grown(self, source: WaveSource) -> None:
        if source.path != self._path or self.state is not MediaState.BUILDING:
            return
        self.source = source
        self.tiles.set_source(source, self.gain)
        self.changed.emit()

    def _on_progress(self, share: float, words: str) -> None:
        self.share = share
        self.changed.emit()

    def _failed(self, error: Exception) -> None:
        self._request = None
        words = str(error) if isinstance(error, AnnodeskError) else f"The recording cannot be read: {error}"
        self._show(MediaState.FAILED, words)

    def _show(self, state: MediaState, words: str) -> None:
        self.state, self.words = state, words
        self.changed.emit()


def open_with_gain(path: Path, offset_us: int) -> tuple[WaveSource, float] | None:
    """The recording's picture and how much larger to draw it, where its peaks are cached."""
    found = open_source(path, offset_us)
    return None if found is None else (found, found.gain())
