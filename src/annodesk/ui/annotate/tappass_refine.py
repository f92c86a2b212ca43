"""Brings the edges of a tap pass to the changes of sound near them, while it goes on and at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from annodesk.services.taps import Refined, refine
from annodesk.ui.annotate import tappass_lag

if TYPE_CHECKING:
    from annodesk.ui.annotate.tappass import TapPass
    from annodesk.ui.annotate.tappass_state import TapsState

_REFINE_MS = 400
_LIVE_US = 30_000_000
"""While it plays only edges of the last while are looked at; all of them at the end."""


class Refining(QObject):
    """Runs on the compute lane; an answer about taps that are gone is dropped."""

    def __init__(self, taps: TapPass) -> None:
        super().__init__(taps)
        self._taps = taps
        self._then: Callable[[], None] | None = None
        self._is_refining = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_REFINE_MS)
        self._later.timeout.connect(self._refine)

    @property
    def is_idle(self) -> bool:
        """Whether everything shown is what the taps came to."""
        return not self._later.isActive() and not self._is_refining

    def soon(self, after_ms: int = _REFINE_MS, then: Callable[[], None] | None = None) -> None:
        """Look at the edges soon, or at once; ``then`` is called when what they came to is shown."""
        self._then = then
        if after_ms == 0:
            self._later.stop()
            self._refine()
        elif not self._later.isActive():
            self._later.start(after_ms)

    def _refine(self) -> None:
        work, state = self._taps.view.work, self._taps.state
        is_live = self._taps.mode == "tapping"
        edges = state.edges(self._taps.hand.last_us - _LIVE_US if is_live else 0)
        if work is None or not any(edges.values()):
            self._taps.show()
            return
        path, offset_us = work.heard_file or (None, 0)
        self._is_refining = True
        self._taps.context.jobs.compute(
            refine,
            path,
            offset_us,
            edges,
            {} if is_live else state.chosen_places(),
            tappass_lag.reaction_of(self._taps.context.person_id),
            state.heard,
            state.cuts(self._taps.view.timeline.state.snap_points.get("cut")),
            on_done=lambda refined: self._on_refined(state, refined),
            on_error=lambda error: self._on_not_refined(state, error),
            key=("taps", id(self)),
            what="bring taps to the changes of sound",
        )

    def _on_refined(self, state: TapsState, refined: Refined) -> None:
        self._is_refining = False
        if state is not self._taps.state:
            return
        state.take(refined)
        self._taps.show()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _on_not_refined(self, state: TapsState, error: Exception) -> None:
        """The recording cannot be read: the taps are kept where they were tapped, less the lag."""
        self._is_refining = False
        if state is self._taps.state:
            state.is_blind = True
            self._taps.view.said.emit(f"The recording could not be looked at; edges stay at the taps. {error}")
            self._taps.show()
