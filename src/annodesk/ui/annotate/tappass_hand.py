"""The hand and the ear of a tap pass: which label was tapped or held, at what was heard just then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject

from annodesk.model.taps import Tap
from annodesk.services.taps import tap_line
from annodesk.ui.actions import shown_key

if TYPE_CHECKING:
    from annodesk.ui.actions import KeyMap
    from annodesk.ui.annotate.tappass import TapPass

HOLD_S = 0.35
"""A key that is down for so long is held, and what it says ends with the hand."""
_HEARD_EVERY_US = 5_000_000
_BACK_US, _ON_US = 1_000_000, 3_000_000
"""A playhead that moves so far at once was put there by a hand."""

_LABEL, _NONE = "annotate.label.", "annotate.none"
_CHANGING = ("Segments", "Suggestions", "Answers")
"""Groups of actions that would change the set: during a pass their keys do nothing."""


class TapHand(QObject):
    """Puts taps into the pass's state, and each on the disk at once."""

    def __init__(self, taps: TapPass, keys: KeyMap, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(taps)
        self._taps, self._keys, self.clock = taps, keys, clock
        self._held: dict[int, tuple[int, float]] = {}
        self.last_us = self.told_us = 0
        """What was heard last, and what the disk knows of that."""
        taps.view.transport.position_changed.connect(self._on_position)
        taps.view.transport.state_changed.connect(self._on_playing)

    def begin(self) -> None:
        """Listening begins at the playhead."""
        self.last_us = self.told_us = self._taps.view.timeline.playhead_us

    def drop(self) -> None:
        """No key is held any more, whatever the hand does."""
        self._held.clear()

    def takes(self, chord: str, owner: str) -> bool:
        """Whether the pass has this key now."""
        if owner.startswith(_LABEL) or owner == _NONE or chord in self._taps.own_keys():
            return True
        action = next((one for one in self._keys.actions() if one.id == owner), None) if owner else None
        return action is not None and action.group in _CHANGING

    def press(self, chord: str, owner: str, key: int, delay_s: float) -> None:
        """Tap a label, do what a key of the pass does, or say why another does nothing."""
        own = self._taps.own_keys().get(chord)
        if self._taps.mode == "tapping" and (owner.startswith(_LABEL) or owner == _NONE):
            self.tap(owner.removeprefix(_LABEL) if owner != _NONE else "", key, delay_s)
        elif own is not None:
            own()
        else:
            take, leave = shown_key("tap.accept"), shown_key("tap.leave")
            self._taps.view.said.emit(
                f"The set stays as it is during a tap pass; {take} takes the taps, {leave} leaves them."
            )

    def release(self, key: int, delay_s: float) -> None:
        """A label key was let go: held for long, its segment ends here."""
        held = self._held.pop(key, None)
        if held is not None and self.clock() - delay_s - held[1] >= HOLD_S:
            self._end_hold(held[0], self.heard_us(delay_s), self._taps.view.transport.rate)

    def let_all_go(self, *, pauses: bool = True) -> None:
        """The window or the focus is elsewhere: what is held ends at the playhead, and playing waits."""
        at_us = self.heard_us(0.0)
        for place, _ in self._held.values():
            self._end_hold(place, at_us, 0.0)
        self._held.clear()
        if pauses and self._taps.mode == "tapping" and self._taps.view.transport.is_playing:
            self._taps.view.transport.pause()

    def tap(self, label: str, key: int, delay_s: float) -> None:
        """A label key went down so long ago; an empty label ends what runs."""
        view, tier = self._taps.view, self._taps.view.tier
        transport = view.transport
        if not transport.is_playing or not transport.has_started:
            view.said.emit(f"Taps count while it plays; {shown_key('annotate.play')} plays on.")
            return
        if view.timeline.selection[1]:
            view.said.emit("Taps count while nothing is selected; a click beside the segments lets go.")
            return
        if tier is None:
            return
        tap = Tap(tier.name, label, self.heard_us(delay_s), transport.rate)
        self._held[key] = (len(self._taps.state.taps), self.clock() - delay_s)
        self._taps.state.add(tap)
        self._taps.keep(tap_line(tap))
        self._taps.show()
        self._taps.refining.soon()

    def _end_hold(self, place: int, at_us: int, rate: float) -> None:
        if place >= len(self._taps.state.taps):
            return
        tap = self._taps.state.taps[place]
        if not tap.label or at_us <= tap.at_us or self._taps.is_point(tap.tier):
            return
        held = replace(tap, until_us=at_us, until_rate=rate)
        self._taps.state.put(place, held)
        self._taps.keep({"held": place, "now": tap_line(held)["tap"]})
        self._taps.show()
        self._taps.refining.soon()

    def heard_us(self, delay_s: float) -> int:
        """What was heard so long ago."""
        transport = self._taps.view.transport
        if not transport.is_playing:
            return self.last_us if self._taps.mode == "tapping" else transport.position_us
        return max(0, transport.position_us - round(delay_s * transport.rate * 1_000_000))

    def _on_position(self, time_us: int) -> None:
        if self._taps.mode != "tapping":
            return
        if not -_BACK_US < time_us - self.last_us < _ON_US and self._taps.state.taps:
            self.break_off(self.last_us)
            self.told_us = time_us
        self.last_us = time_us
        if self._taps.state.taps and time_us - self.told_us >= _HEARD_EVERY_US:
            self.told_us = time_us
            self._taps.keep({"heard_us": time_us})
        if self._taps.state.taps:
            self._taps.overlay.update()

    def _on_playing(self) -> None:
        transport = self._taps.view.transport
        if self._taps.mode != "tapping" or transport.is_playing:
            return
        if transport.position_us >= self._taps.view.timeline.state.bounds.end_us - 1000:
            self._taps.finish()

    def break_off(self, at_us: int) -> None:
        """Listening went on elsewhere: what runs ends where it was heard last."""
        tiers = self._taps.state.running_tiers()
        for tier in tiers:
            self._taps.state.add(Tap(tier, "", at_us, 0.0))
            self._taps.keep(tap_line(self._taps.state.taps[-1]))
        if tiers:
            self._taps.show()
