"""Waveforms are made one after another: the one that is shown first, those left unfinished behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from annodesk.ui import ahead
from annodesk.ui.timeline.wave_source import WaveSource, build_source

if TYPE_CHECKING:
    from annodesk.progress import CancelToken, Progress
    from annodesk.ui.jobs import Jobs, Request


class Wanted(Struct, eq=False):
    """One waveform to be made; whoever shows it is told how far it is."""

    path: Path
    offset_us: int = 0
    on_grown: Callable[[WaveSource, float], None] | None = None
    on_done: Callable[[WaveSource, float], None] | None = None
    on_error: Callable[[Exception], None] | None = None
    on_progress: Callable[[float, str], None] | None = None


class PeaksQueue(QObject):
    """Makes one waveform at a time; what is made is kept, so that a waveform put off goes on where it was."""

    _grown = Signal(object, object, float)
    _ended = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._shown: Wanted | None = None
        self._waiting: list[Path] = []
        self._running: dict[Path, tuple[Wanted, Request]] = {}
        self._grown.connect(self._on_grown)
        self._ended.connect(self._on_ended)

    @property
    def paths(self) -> list[Path]:
        """What is being made now, then what waits, the next one first."""
        now = [path for path, (_, request) in self._running.items() if not request.cancel_token.is_cancelled]
        return now + self._waiting

    def show(self, wanted: Wanted) -> None:
        """Make this one now; what is being made waits, and goes on afterwards."""
        self._put_off_all()
        self._shown = wanted
        if wanted.path in self._waiting:
            self._waiting.remove(wanted.path)
        self._start()

    def leave(self) -> None:
        """Nothing is shown any more; the waveform that was is made all the same, unless another one comes."""
        self._shown = None

    def _put_off_all(self) -> None:
        for path, (_, request) in self._running.items():
            if not request.cancel_token.is_cancelled:
                request.cancel()
                self._waiting.insert(0, path)

    def _start(self) -> None:
        wanted = self._shown
        if wanted is not None:
            # One that is just being put off is begun again when it has ended: it holds its place in the cache.
            if wanted.path not in self._running:
                self._run(wanted)
        elif not self._running and self._waiting:
            self._run(Wanted(self._waiting.pop(0)))

    def _run(self, wanted: Wanted) -> None:
        def make(progress: Progress, cancel: CancelToken) -> tuple[WaveSource, float]:
            def grown(source: WaveSource, gain: float) -> None:
                if isValid(self):
                    self._grown.emit(wanted, source, gain)

            ahead.end()  # it may hold this one's place in the cache, and reads from the same disk
            try:
                made = build_source(wanted.path, wanted.offset_us, grown, progress, cancel)
                return made, made.gain()
            finally:
                if isValid(self):
                    self._ended.emit(wanted)

        def done(made: tuple[WaveSource, float]) -> None:
            if self._is_shown(wanted):
                self._shown = None
                if wanted.on_done is not None:
                    wanted.on_done(*made)
            self._start()

        def failed(error: Exception) -> None:
            if self._is_shown(wanted):
                self._shown = None
                if wanted.on_error is not None:
                    wanted.on_error(error)
            self._start()

        def progressed(share: float, words: str) -> None:
            if self._is_shown(wanted) and wanted.on_progress is not None:
                wanted.on_progress(share, words)

        request = self._jobs.background(
            make, on_done=done, on_error=failed, on_progress=progressed, what="read the recording"
        )
        if not request.is_done:
            self._running[wanted.path] = (wanted, request)

    def _is_shown(self, wanted: Wanted) -> bool:
        return self._shown is wanted

    def _on_grown(self, wanted: Wanted, source: WaveSource, gain: float) -> None:
        if self._is_shown(wanted) and wanted.on_grown is not None:
            wanted.on_grown(source, gain)

    def _on_ended(self, wanted: Wanted) -> None:
        self._running.pop(wanted.path, None)
        if self._shown is not wanted:
            self._start()
