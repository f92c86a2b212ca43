"""Brings a recording's waveform to the timeline: cached peaks at once, else built while what is known is shown."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from annodesk.errors import AnnodeskError, MediaError
from annodesk.media.curves import CurveSource
from annodesk.media.files import Status, file_status
from annodesk.media.spectrogram import Spectrogram
from annodesk.model.items import Asset, AssetType
from annodesk.model.times import Interval, format_us
from annodesk.services.copies import copy_warning
from annodesk.ui.timeline.look import SoundLook
from annodesk.ui.timeline.media_watch import MediaWatch
from annodesk.ui.timeline.peaks_queue import PeaksQueue, Wanted
from annodesk.ui.timeline.spectrogram import coloured, draw_spectrum
from annodesk.ui.timeline.tiles import QUICK_AT_ONCE, TileCache, draw_wave, tinted
from annodesk.ui.timeline.wave_source import LOUDEST_SHARE, WaveSource, open_source
from annodesk.ui.timeline.waveform import MediaState

if TYPE_CHECKING:
    from annodesk.ui.jobs import Jobs, Request

log = logging.getLogger(__name__)

NO_RECORDING = "This item has no recording."
OPENING = "Opening the recording ..."
BUILDING = "Reading the recording"
BREAKS_OFF = "The file breaks off at {}: it is damaged, or still being copied"
GONE = "The recording is no longer there: check the drive it lies on; what was read of it stays in view"


class MediaLoad(QObject):
    """The one recording shown; ``changed`` is emitted whenever there is more of it, or it failed."""

    changed = Signal()
    tiles_ready = Signal()

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.tiles = TileCache(jobs, self.tiles_ready.emit, at_once=QUICK_AT_ONCE)
        self.spectrum_tiles = TileCache(jobs, self._on_spectrum, draw_spectrum, coloured, keeps_values=True)
        self._look, self._wave_zoom = SoundLook(), 1.0
        self.state, self.words, self.share = MediaState.NONE, NO_RECORDING, 0.0
        self.source: WaveSource | None = None
        self._spectrum: Spectrogram | None = None
        self._learning: Request | None = None
        self.curves: CurveSource | None = None
        self.gain = 1.0
        self._path: Path | None = None
        self._offset_us = 0
        self._asset: Asset | None = None
        self._warning = ""
        self._request: Request | None = None
        self._queue = PeaksQueue(jobs, self)
        self._watch = MediaWatch(self)
        self._watch.changed.connect(self._read_again)
        self._watch.returned.connect(self._read_again)
        self._watch.vanished.connect(self._say_gone)

    def show_look(self, look: SoundLook, wave_zoom: float) -> None:
        """Draw it so from now on."""
        before, self._look = self._look, look
        if (look.each_channel, look.in_db) != (before.each_channel, before.in_db):
            self.tiles.set_drawing(partial(draw_wave, each_channel=look.each_channel, in_db=look.in_db), tinted)
        self._wave_zoom = wave_zoom
        self.tiles.set_gain(self._wave_gain)
        if look.of_spectrum != before.of_spectrum:
            paint = partial(coloured, colours=look.colours, inverted=look.inverted)
            self.spectrum_tiles.set_drawing(partial(draw_spectrum, look=look), paint)

    @property
    def _wave_gain(self) -> float:
        """How much larger than it is the waveform is drawn; decibels are drawn as they are, they need no fit."""
        return self._wave_zoom * (1.0 if self._look.in_db else self.gain)

    @property
    def lost(self) -> Interval | None:
        """What the file promises behind the place where it breaks off, once that is known."""
        source = self.source
        if source is None or self.state is not MediaState.READY or not source.peaks.breaks_off:
            return None
        start_us = round(source.peaks.known_samples * 1_000_000 / source.rate_hz)
        if source.duration_us <= start_us:
            return None
        return Interval(self._offset_us + start_us, self._offset_us + source.duration_us)

    def load(self, path: Path | None, offset_us: int, problem: str, asset: Asset | None = None) -> None:
        """Show another recording, or say what is wrong with it; ``asset`` is what the file should be a copy of."""
        if self._request is not None:
            self._request.cancel()
            self._request = None
        if self._learning is not None:
            self._learning.cancel()
            self._learning = None
        self._queue.leave()
        if path != self._path or problem:
            self._watch.watch(None)
        opened_ones = [one for one in (self.source, self._spectrum, self.curves) if one is not None]
        if opened_ones:  # one that is being read would keep the UI thread waiting
            self._jobs.compute(close_all, opened_ones, what="let go of the recording")
        self._path, self._offset_us, self.source, self._spectrum = path, offset_us, None, None
        self._asset, self._warning = asset, ""
        self.curves = None
        self.gain, self.share = 1.0, 0.0
        self.tiles.set_source(None, 1.0)
        self.spectrum_tiles.set_source(None, 1.0)
        if problem or path is None:
            self._show(MediaState.FAILED if problem else MediaState.NONE, problem or NO_RECORDING)
            return
        self._show(MediaState.OPENING, OPENING)
        self._open(path)

    def _open(self, path: Path) -> None:
        def opened(found: Opened) -> None:
            self._watch.watch(path, found.status)
            self._warning = found.warning
            if found.error is not None:
                self._failed(found.error)
            elif found.source is not None:
                self._take(found.source, found.gain)
            else:
                self._build(path)

        self._request = self._jobs.compute(
            open_with_gain,
            path,
            self._offset_us,
            self._asset,
            on_done=opened,
            on_error=self._failed,
            what="open the recording",
        )

    def _build(self, path: Path) -> None:
        self._request = None
        self._show(MediaState.BUILDING, BUILDING)
        self._queue.show(Wanted(path, self._offset_us, self._on_grown, self._take, self._failed, self._on_progress))

    def _read_again(self) -> None:
        """The file has changed, or is back: what is drawn of it is made anew; a moment before is not shown as now."""
        if self._path is not None:
            self.load(self._path, self._offset_us, "", self._asset)

    @property
    def _is_of_video(self) -> bool:
        """Whether the file is seen too: what befalls it is said beside its picture, once."""
        return self._asset is not None and self._asset.type is AssetType.VIDEO

    def _say_gone(self) -> None:
        if self.state is MediaState.READY and not self._is_of_video:
            self._show(MediaState.READY, GONE)

    def _take(self, source: WaveSource, gain: float) -> None:
        self._request = None
        self.source, self.gain = source, gain
        self.tiles.set_source(source, self._wave_gain)
        self._spectrum = Spectrogram(source.path, source.offset_us)
        self.curves = CurveSource(source.path, source.offset_us, LOUDEST_SHARE / gain)
        self.spectrum_tiles.set_source(self._spectrum, gain)
        peaks = source.peaks
        readable = format_us(round(peaks.known_samples * 1_000_000 / peaks.rate_hz))
        words = BREAKS_OFF.format(readable) if peaks.breaks_off else self._warning
        self._show(MediaState.READY, GONE if self._watch.is_gone and not self._is_of_video else words)

    def _on_spectrum(self) -> None:
        """Tiles of the spectrum are there; where they would be better for an overview, that is made now."""
        spectrum = self._spectrum
        if spectrum is not None and spectrum.lacks_overview and self._learning is None:

            def learnt(_: None) -> None:
                self.spectrum_tiles.set_source(spectrum, self.gain)
                self.tiles_ready.emit()

            self._learning = self._jobs.background(
                spectrum.learn_overview, on_done=learnt, on_error=log_error, what="draw the sound"
            )
        self.tiles_ready.emit()

    def _on_grown(self, source: WaveSource, gain: float) -> None:
        self.source, self.gain = source, gain
        self.tiles.set_source(source, self._wave_gain)
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


class Opened(Struct, frozen=True):
    """How a file is now, and its picture and how much larger to draw it, where its peaks are cached."""

    status: Status | None
    source: WaveSource | None = None
    gain: float = 1.0
    error: MediaError | None = None
    warning: str = ""


def open_with_gain(path: Path, offset_us: int, asset: Asset | None = None) -> Opened:
    """Look at a recording, and open its picture where there is one."""
    status = file_status(path)
    # Of a video it is said beside its picture.
    warning = copy_warning(asset, path) if asset is not None and asset.type is AssetType.AUDIO else ""
    try:
        source = open_source(path, offset_us)
    except MediaError as error:
        return Opened(status, error=error)
    gain = 1.0 if source is None else source.gain()
    return Opened(status, source, gain, warning=warning)


def log_error(error: Exception) -> None:
    """What stands in for a better picture stays."""
    log.info("no overview of the spectrum: %s", error)


def close_all(sources: list[WaveSource | Spectrogram | CurveSource]) -> None:
    """Let go of files, each once whoever reads it is done."""
    for source in sources:
        source.close()
