"""How long the UI thread keeps events waiting: gaps between the ticks of a 1 ms timer, while something is done.

Limits: p99 under 16 ms; the longest under 50 ms, or twice that of an empty window under the same load.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer

from tests.benchmarks._figures import quantile, tell

P99_LIMIT_MS, MAX_LIMIT_MS = 16.0, 50.0


class StallMeter(QObject):
    """Collects the gaps, in milliseconds, while it is entered."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps_ms: list[float] = []
        self._last_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)

    def __enter__(self) -> Self:
        self._last_s = time.perf_counter()
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.stop()
        self._tick()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps_ms.append((now - self._last_s) * 1000)
        self._last_s = now


def gaps_while(steps: Iterator[None], is_over: Callable[[], bool], *, every_ms: int) -> list[float]:
    """Gaps in ms while one step is made every few milliseconds, and after the last until the rest is over too."""
    loop, timer = QEventLoop(), QTimer()

    def step() -> None:
        if next(steps, loop) is loop and is_over():
            timer.stop()
            loop.quit()

    timer.timeout.connect(step)
    with StallMeter() as meter:
        timer.start(every_ms)
        loop.exec()
    return meter.gaps_ms


def tell_gaps(name: str, gaps_ms: list[float], base_ms: list[float], *, baseline_is: str, **facts: Any) -> None:
    """Print both figures of a run beside those of an empty window."""
    facts["baseline_is"] = baseline_is
    p99, base = quantile(gaps_ms, 0.99), quantile(base_ms, 0.99)
    tell(f"{name}.stall_p99", p99, "ms", base, limit=P99_LIMIT_MS, ok=p99 < P99_LIMIT_MS, **facts)
    worst, base = max(gaps_ms), max(base_ms)
    limit = max(MAX_LIMIT_MS, 2 * base)
    tell(f"{name}.stall_max", worst, "ms", base, limit=round(limit, 1), ok=worst < limit, **facts)
