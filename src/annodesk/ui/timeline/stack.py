"""The lanes of sound over the lanes of segments, each as high as the person dragged it; remembered."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QWidget

from annodesk.ui import theme
from annodesk.ui.parts import settings

SHARES = "timeline/shares"
"""Where this workstation keeps how the room is shared."""
USUAL = {"waveform": 3.0, "spectrogram": 2.0, "pitch": 1.2, "loudness": 1.0, "tiers": 1.0}
"""Shares of the room that the tiers leave; that of the tiers is the part of their whole height they have at most."""
LEAST_TIERS_PX, LEAST_SOUND_PX = 44, 28


class LaneStack(QSplitter):
    """Shares its height among named lanes, top to bottom; the last, ``tiers``, has the height it needs first.

    ``fitted()`` is emitted where heights changed.
    """

    fitted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setChildrenCollapsible(False)
        self._names: list[str] = []
        self._tiers_px = 0
        self._shares = recalled_shares()
        self.splitterMoved.connect(self._on_moved)

    def add(self, name: str, lane: QWidget) -> None:
        """Put a lane below the others."""
        self._names.append(name)
        self.addWidget(lane)
        self.setStretchFactor(len(self._names) - 1, 0 if name == "tiers" else 1)

    def fit(self, tiers_px: int | None = None) -> None:
        """Share the height anew; ``tiers_px`` is what the tiers need to be seen whole."""
        self._tiers_px = self._tiers_px if tiers_px is None else tiers_px
        shown = [name for name in self._names if not self._lane(name).isHidden() and name != "tiers"]
        total = self.height() - self.handleWidth() * len(shown)
        if total <= 0:
            return
        wanted = round(self._tiers_px * self._shares["tiers"])
        least = min(self._tiers_px, theme.px(LEAST_TIERS_PX))
        tiers = max(least, min(wanted, total - theme.px(LEAST_SOUND_PX) * max(1, len(shown))))
        whole = sum(self._shares[name] for name in shown) or 1.0
        sound = max(1, total - tiers)
        sizes = {name: round(sound * self._shares[name] / whole) for name in shown}
        self.setSizes([tiers if name == "tiers" else sizes.get(name, 0) for name in self._names])
        self.fitted.emit()

    def least_px(self, tiers_px: int) -> int:
        """The height at which tiers of a height are whole beside the lanes of sound that are shown."""
        shown = [name for name in self._names if not self._lane(name).isHidden() and name != "tiers"]
        least = sum(max(theme.px(LEAST_SOUND_PX), self._lane(name).minimumSizeHint().height()) for name in shown)
        return tiers_px + least + self.handleWidth() * len(shown)

    def _lane(self, name: str) -> QWidget:
        return self.widget(self._names.index(name))

    def _on_moved(self, _position: int, _index: int) -> None:
        heights = dict(zip(self._names, self.sizes(), strict=True))
        shown = [name for name in self._names if heights[name] and name != "tiers"]
        whole, room = sum(heights[name] for name in shown), sum(self._shares[name] for name in shown)
        for name in shown:
            self._shares[name] = heights[name] / max(1, whole) * room
        if self._tiers_px:
            self._shares["tiers"] = min(1.0, heights["tiers"] / self._tiers_px)
        settings().setValue(SHARES, json.dumps(self._shares))
        self.fitted.emit()


def recalled_shares() -> dict[str, float]:
    """How the room was shared last."""
    try:
        kept = json.loads(str(settings().value(SHARES) or "{}"))
        found = {name: float(kept.get(name, usual)) for name, usual in USUAL.items()}
    except (ValueError, TypeError, AttributeError):
        return dict(USUAL)
    is_sound = all(0.02 < share < 50 for share in found.values())
    return found if is_sound else dict(USUAL)
