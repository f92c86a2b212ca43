"""Lets the model label what waits for it, beside the window; it is stopped at a key and keeps what it has done."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.progress import CancelToken, Progress
from annodesk.services.changes import Changes, Kind
from annodesk.ui.rounds import score_and_route

if TYPE_CHECKING:
    from annodesk.services import Services
    from annodesk.services.prelabel import PrelabelResult
    from annodesk.ui.bus import Context

TELLS_AFTER_S = 2.0
"""How long it takes until the time that is left can be told."""


def span_words(seconds: float) -> str:
    """How long something takes, as people say it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def speed_words(done: float, elapsed_s: float) -> str:
    """How fast it goes: items a second, or the time of one where it takes longer."""
    if done <= 0 or elapsed_s <= 0:
        return ""
    rate = done / elapsed_s
    return f"{rate:.1f} items a second" if rate >= 0.95 else f"{span_words(1 / rate)} an item"


class _Either(CancelToken):
    """Cancelled where one of two is."""

    def __init__(self, one: CancelToken, other: CancelToken) -> None:
        super().__init__()
        self._tokens = (one, other)

    @property
    def is_cancelled(self) -> bool:
        return any(token.is_cancelled for token in self._tokens)


def label_waiting(
    services: Services, project_id: str, anew: bool, cancel: CancelToken, progress: Progress, *, stop: CancelToken
) -> PrelabelResult | None:
    """Label what waits; None where it was stopped."""
    try:
        return services.prelabel_apart.run(project_id, anew=anew, progress=progress, cancel=_Either(stop, cancel))
    except Cancelled:
        return None


class Running(QObject):
    """One run at a time.

    changed()   it has begun, come further or ended
    ended()     it has ended
    """

    changed = Signal()
    ended = Signal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._stop: CancelToken | None = None
        self._began_s = 0.0
        self.items = 0
        self.share = 0.0
        self.words = ""
        self.result: PrelabelResult | None = None
        self.error: AnnodeskError | None = None
        self.was_stopped = False
        context.bus.leaving_file.connect(self.stop)

    @property
    def is_running(self) -> bool:
        """Whether the model is at work."""
        return self._stop is not None

    def start(self, items: int, *, anew: bool = False) -> None:
        """Begin with what waits, or with everything."""
        if self.is_running:
            return
        context, self._stop = self._context, CancelToken()
        self.items, self.share, self.words = items, 0.0, "loading the model"
        self.result, self.error, self.was_stopped = None, None, False
        self._began_s = time.monotonic()
        context.jobs.background(
            partial(label_waiting, stop=self._stop),
            context.services,
            context.project_id,
            anew,
            on_done=self._on_done,
            on_error=self._on_error,
            on_progress=self._on_progress,
            what="pre-label",
        )
        self.changed.emit()

    def stop(self) -> None:
        """End it; what is whole by then stays."""
        if self._stop is not None:
            self._stop.cancel()
            self.words = "stopping"
            self.changed.emit()

    def sentence(self) -> str:
        """How far it is, how fast it goes and how long it still takes; or how it ended."""
        if self.is_running:
            return self._going()
        if self.error is not None:
            return f"{self.error.sentence} {self.error.hint}".strip()
        if self.was_stopped:
            return "Stopped. What was labelled by then is kept."
        if self.result is None:
            return ""
        done = self.result
        count = "1 item" if done.labelled == 1 else f"{done.labelled:,} items"
        return f"Labelled {count} in {span_words(done.seconds)}."

    def _going(self) -> str:
        elapsed_s, done = time.monotonic() - self._began_s, self.share * self.items
        if self._stop is not None and self._stop.is_cancelled:
            return "Stopping …"
        if self.share <= 0:
            return f"{self.words[:1].upper()}{self.words[1:]} …"
        parts = [f"{int(done):,} of {self.items:,}"]
        if elapsed_s >= TELLS_AFTER_S:
            left_s = elapsed_s * (1 - self.share) / self.share
            parts += [speed_words(done, elapsed_s), f"about {span_words(left_s)} left"]
        return " · ".join(part for part in parts if part)

    def _on_progress(self, share: float, words: str) -> None:
        if self.is_running:
            self.share, self.words = share, words
            self.changed.emit()

    def _on_done(self, result: PrelabelResult | None) -> None:
        self._stop, self.result, self.was_stopped = None, result, result is None
        self.changed.emit()
        self.ended.emit()
        self._context.bus.changed.emit(result.changes if result is not None else Changes.of(Kind.PRELABELS))
        # Some of it may stand without a person, or speak against one.
        score_and_route(self._context, "score what the model says")

    def _on_error(self, error: Exception) -> None:
        self._stop = None
        if isinstance(error, AnnodeskError) and not isinstance(error, Cancelled):
            self.error = error
        elif not isinstance(error, Cancelled):
            self._context.notices.error(error, "pre-label")
        self.changed.emit()
        self.ended.emit()
        self._context.bus.changed.emit(Changes.of(Kind.PRELABELS))
