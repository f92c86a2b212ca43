"""Going through a video faster and faster, on or back, without sound; frame by frame it is only the playhead moving."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

TICK_MS = 33
FASTEST = 32.0


class Shuttle(QObject):
    """Moves a playhead by the clock; ``rate`` is 0 at rest and negative backwards."""

    rate_changed = Signal(float)

    def __init__(
        self, move_by: Callable[[int], bool], parent: QObject | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._move_by, self._clock = move_by, clock
        self.rate, self._last_s = 0.0, 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def push(self, way: int) -> None:
        """One press more in this direction: twice as fast, or half as fast where it goes the other way."""
        if self.rate * way > 0:
            self._set(max(-FASTEST, min(FASTEST, self.rate * 2)))
        elif self.rate:
            self._set(self.rate / 2 if abs(self.rate) > 1 else 0.0)
        else:
            self._set(2.0 if way > 0 else -1.0)

    def stop(self) -> bool:
        """Stand still; False where it did."""
        was_moving = self.rate != 0
        self._set(0.0)
        return was_moving

    def _set(self, rate: float) -> None:
        if rate == self.rate:
            return
        self.rate = rate
        self._last_s = self._clock()
        if rate:
            self._timer.start()
        else:
            self._timer.stop()
        self.rate_changed.emit(rate)

    def _tick(self) -> None:
        now = self._clock()
        by_us = round((now - self._last_s) * 1_000_000 * self.rate)
        self._last_s = now
        if by_us and not self._move_by(by_us):
            self.stop()
