"""The tap pass: label a recording by tapping keys while it plays, then look at what is doubtful and take it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from annodesk.model.annotations import Segment
from annodesk.model.schema import TierKind
from annodesk.model.tap_drafts import draft_of
from annodesk.model.taps import Tap
from annodesk.services.taps import Refined, TapFile, refine, tap_line
from annodesk.ui.annotate import tappass_lag
from annodesk.ui.annotate.nextline import Run
from annodesk.ui.annotate.tappass_keys import TapKeys
from annodesk.ui.annotate.tappass_line import runs_of
from annodesk.ui.annotate.tappass_paint import Drawing, TapOverlay
from annodesk.ui.annotate.tappass_state import EdgeKey, TapsState

if TYPE_CHECKING:
    from annodesk.ui.actions import KeyMap
    from annodesk.ui.annotate.taskview import TaskView
    from annodesk.ui.bus import Context

Mode = Literal["off", "tapping", "review"]

HOLD_S = 0.35
"""A key that is down for so long is held, and what it says ends with the hand."""
LISTEN_US = 600_000
_LOOK_US = 2_000_000
_COARSE_US_PER_PX = 20_000
"""Farther away two changes near a tap cannot be told apart."""
_REFINE_MS = 400
_LIVE_US = 30_000_000
"""While it plays only edges of the last while are looked at; all of them at the end."""
_HEARD_EVERY_US = 5_000_000
_BACK_US, _ON_US = 1_000_000, 3_000_000
"""A playhead that moves so far at once was put there by a hand."""
_LABEL, _NONE, _START = "annotate.label.", "annotate.none", "annotate.tap_pass"
_CHANGING = ("Segments", "Suggestions", "Answers")
"""Groups of actions that would change the set: during a pass their keys do nothing."""


class TapPass(QObject):
    """One pass over the open task. Nothing of it is in the set before it is accepted, as one Edit.

    changed()   the mode, the taps or what they became are others now
    """

    changed = Signal()

    def __init__(self, view: TaskView, keys: KeyMap, context: Context) -> None:
        super().__init__(view)
        self.view, self._keys, self._context = view, keys, context
        self.mode: Mode = "off"
        self.state = TapsState()
        self._file: TapFile | None = None
        self._held: dict[int, tuple[int, float]] = {}
        self._clock: Callable[[], float] = _monotonic
        self._last_us = self._told_us = 0
        self._bin: TapsState | None = None
        self._corrections: dict[str, tappass_lag.Tapped] = {}
        self._listener = TapKeys(self._window, keys, self, self)
        self.overlay = TapOverlay(view.timeline.lanes, view.timeline.state, self._drawings)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_REFINE_MS)
        self._later.timeout.connect(self._refine)
        self._is_refining = False
        view.transport.position_changed.connect(self._on_position)
        view.transport.state_changed.connect(self._on_playing)

    # Ways in and out

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            "annotate.tap_pass": self.toggle,
            "annotate.tap_accept": self.accept,
            "annotate.tap_next": lambda: self.visit(1),
            "annotate.tap_prev": lambda: self.visit(-1),
            "annotate.tap_earlier": lambda: self.choose(-1),
            "annotate.tap_later": lambda: self.choose(1),
            "annotate.tap_raw": self.choose_raw,
            "annotate.tap_listen": self.listen,
            "annotate.tap_back": self.take_back,
            "annotate.tap_discard": self.discard,
            "annotate.tap_leave": self.leave,
            "annotate.tap_forget": self.forget_lag,
        }

    @property
    def is_idle(self) -> bool:
        """Whether everything shown is what the taps came to."""
        return not self._later.isActive() and not self._is_refining

    def open(self) -> None:
        """A task was opened: look whether taps of an earlier pass wait for it."""
        self.close()
        work = self.view.work
        if work is None or not work.set_id:
            return
        self.state = self._no_taps()
        file = self._file = TapFile(work.set_id)

        def read(found: tuple[list[Tap], int]) -> None:
            if self._file is file and self.mode == "off" and found[0]:
                self.state.load(*found)
                count = len(found[0])
                words = "A tap pass waits" if count == 1 else f"A pass of {count} taps waits"
                self._context.notices.show(f"{words} to be accepted.", f"{self._told_key()} goes on with it.")
                self.changed.emit()

        self._context.jobs.store(file.read, on_done=read, what="look for taps that wait")

    def close(self) -> None:
        """The task is closed; its taps wait on the disk."""
        self.leave()
        self._learn_corrections()
        self.state, self._file, self._bin = self._no_taps(), None, None

    def toggle(self) -> None:
        """Begin a pass; end it and look at it; go on tapping."""
        if self.mode == "tapping":
            self.finish()
        elif self.mode == "off" and self.state.taps:
            self._enter("review")
            self._refine_soon(0)
            self.view.take_focus()
        else:
            self.begin()

    def begin(self) -> None:
        """Play from the playhead and listen for label keys."""
        view = self.view
        if view.work is None or view.work.media_path is None:
            view.said.emit("There is nothing to listen to in this task.")
            return
        if not view.can_change:
            view.said.emit(view.editor.locked if view.editor is not None else "")
            return
        tier = view.tier
        if tier is None or not tier.labels:
            view.said.emit("A tap pass needs a tier with labels; choose one with Up and Down.")
            return
        self._learn_corrections()
        view.timeline.select(None, ())
        view.timeline.clear_stretch()
        self._last_us = self._told_us = view.timeline.playhead_us
        self._enter("tapping")
        if view.timeline.playhead_us >= view.timeline.state.bounds.end_us:
            view.timeline.move_playhead(view.timeline.state.bounds.start_us)
            self._last_us = view.timeline.playhead_us
        view.transport.play(view.timeline.playhead_us, view.timeline.state.bounds.end_us)
        view.take_focus()

    def finish(self) -> None:
        """End the listening: what runs ends here, and the edges are shown where they would be put."""
        self.let_all_go(pauses=False)
        at_us = self._heard_us(0.0)
        if self.view.transport.is_playing:
            self.view.transport.pause()
        if not self.state.taps:
            self._enter("off")
            self.view.said.emit("Nothing was tapped.")
            return
        self._break_off(at_us)
        self._enter("review")
        self._refine_soon(0)

    def leave(self) -> None:
        """Out of the pass; its taps wait, here and on the disk, until the next one."""
        if self.mode == "off":
            return
        was_tapping = self.mode == "tapping"
        self.let_all_go(pauses=False)
        if was_tapping and self.state.taps:
            self._break_off(self._heard_us(0.0))
        if self.view.transport.is_playing:
            self.view.transport.pause()
        self._enter("off")
        count = len(self.state.taps)
        self.view.said.emit(f"{count} taps wait; {self._told_key()} goes on with them." if count else "")

    def discard(self) -> None:
        """Throw the taps away; Ctrl+Z brings them back until the pass is left."""
        if self.mode != "review" or not self.state.taps:
            return
        self._bin = self.state
        self.state = self._no_taps()
        self._on_disk(lambda file: file.remove)
        self._changed()

    def accept(self) -> None:
        """Take all segments as one Edit."""
        view, state = self.view, self.state
        if self.mode != "review":
            return
        if not self.is_idle:
            self._refine_soon(0, then=self.accept)
            return
        made = self._fitted()
        draft = draft_of({tier: [segment for segment, _ in pairs] for tier, pairs in made.items()})
        if not draft:
            view.said.emit("There is no room left for any of these; Del throws the taps away.")
            return
        if not view.stage(draft, note=self._note()):
            return
        self._learn_from(state.lateness())
        for tier, pairs in made.items():
            for segment, one in pairs:
                self._corrections[segment.id] = state.raw_of(tier, one, segment)
        left_out = sum(len(wanted) for wanted in self.state.wanted(self.view.timeline.state.bounds).values()) - sum(
            len(pairs) for pairs in made.values()
        )
        self.state = self._no_taps()
        self._on_disk(lambda file: file.remove)
        self._enter("off")
        words = f"{draft.verb.removeprefix('tap ')} from taps; Ctrl+Z takes them back together."
        words += f" {left_out} lie on what is there already and were left out." if left_out else ""
        view.said.emit(words[0].upper() + words[1:])

    # Keys while tapping and while looking (see TapKeys)

    def takes(self, chord: str, owner: str) -> bool:
        """Whether the pass has this key now."""
        if owner.startswith(_LABEL) or owner == _NONE or chord in self._own_keys():
            return True
        action = next((one for one in self._keys.actions() if one.id == owner), None) if owner else None
        return action is not None and action.group in _CHANGING

    def press(self, chord: str, owner: str, key: int, delay_s: float) -> None:
        """Tap a label, do what a key of the pass does, or say why another does nothing."""
        own = self._own_keys().get(chord)
        if own is not None:
            own()
        elif self.mode == "tapping" and (owner.startswith(_LABEL) or owner == _NONE):
            self._tap(owner.removeprefix(_LABEL) if owner != _NONE else "", key, delay_s)
        else:
            self.view.said.emit("The set stays as it is during a tap pass; Enter takes the taps, Esc leaves them.")

    def release(self, key: int, delay_s: float) -> None:
        """A label key was let go: held for long, its segment ends here."""
        held = self._held.pop(key, None)
        if held is not None and self._clock() - delay_s - held[1] >= HOLD_S:
            self._end_hold(held[0], self._heard_us(delay_s), self.view.transport.rate)

    def let_all_go(self, *, pauses: bool = True) -> None:
        """The window or the focus is elsewhere: what is held ends at the playhead, and playing waits."""
        at_us = self._heard_us(0.0)
        for place, _ in self._held.values():
            self._end_hold(place, at_us, 0.0)
        self._held.clear()
        if pauses and self.mode == "tapping" and self.view.transport.is_playing:
            self.view.transport.pause()

    def _own_keys(self) -> dict[str, Callable[[], object]]:
        if self.mode == "tapping":
            return {
                "Return": self.finish, "Enter": self.finish, "Esc": self.leave,
                "Ctrl+Z": self.take_back, "Backspace": self.take_back,
            }  # fmt: skip
        return {
            "Return": self.accept, "Enter": self.accept, "Esc": self.leave, "Del": self.discard,
            "Tab": lambda: self.visit(1), "Shift+Tab": lambda: self.visit(-1), "Shift+Backtab": lambda: self.visit(-1),
            "Left": lambda: self.choose(-1), "Right": lambda: self.choose(1), "Down": self.choose_raw,
            "Space": self.listen, "Ctrl+Z": self.take_back, "Backspace": self.take_back,
        }  # fmt: skip

    def _tap(self, label: str, key: int, delay_s: float) -> None:
        view, tier = self.view, self.view.tier
        transport = view.transport
        if not transport.is_playing or not transport.has_started:
            view.said.emit("Taps count while it plays; Space plays on.")
            return
        if view.timeline.selection[1]:
            view.said.emit("Taps count while nothing is selected; a click beside the segments lets go.")
            return
        if tier is None:
            return
        tap = Tap(tier.name, label, self._heard_us(delay_s), transport.rate)
        self._held[key] = (len(self.state.taps), self._clock() - delay_s)
        self.state.add(tap)
        self._on_disk(lambda file: file.append, tap_line(tap))
        self._changed()
        self._refine_soon()

    def _end_hold(self, place: int, at_us: int, rate: float) -> None:
        if place >= len(self.state.taps):
            return
        tap = self.state.taps[place]
        if not tap.label or at_us <= tap.at_us or self._is_point(tap.tier):
            return
        held = replace(tap, until_us=at_us, until_rate=rate)
        self.state.put(place, held)
        self._on_disk(lambda file: file.append, {"held": place, "now": tap_line(held)["tap"]})
        self._changed()
        self._refine_soon()

    def take_back(self) -> None:
        """Take the last tap back; of an edge that was moved by hand, that; of taps thrown away, all."""
        if self.mode == "off":
            return
        if self.mode == "review" and self.state.choices:
            self.state.unchoose()
        elif self.state.taps:
            self._held.clear()
            self._on_disk(lambda file: file.append, *[{"back": 1}] * self.state.drop_last())
        elif self._bin is not None:
            self.state, self._bin = self._bin, None
            self._on_disk(lambda file: file.append, *(tap_line(tap) for tap in self.state.taps))
        else:
            self.view.said.emit("There is no tap to take back.")
            return
        self._changed()
        self._refine_soon(0)

    # Looking at the edges

    def visit(self, step: int) -> None:
        """Go to the next edge to be asked about, and play across it."""
        if self.mode != "review":
            return
        found = self.state.step(step, self.view.timeline.playhead_us)
        if found is None:
            self.state.focus = None
            self.view.said.emit("No other edge is in doubt; Enter takes them all.")
            self._changed()
            return
        self._look_at(found)

    def choose(self, step: int) -> None:
        """Put the edge that is looked at to the change before or after."""
        if self.mode == "review" and self._has_focus() and self.state.choose(step):
            self._chosen()

    def choose_raw(self) -> None:
        """Put the edge that is looked at where it was tapped, less the lag."""
        if self.mode == "review" and self._has_focus():
            self.state.choose_raw()
            self._chosen()

    def listen(self) -> None:
        """Play across the edge that is looked at once more."""
        if self.mode == "review" and self._has_focus():
            assert self.state.focus is not None
            self.view.transport.play_across(self.state.time_of(self.state.focus), LISTEN_US)

    def _has_focus(self) -> bool:
        if self.state.focus is None:
            self.visit(1)
        return self.state.focus is not None

    def _chosen(self) -> None:
        assert self.state.focus is not None
        self._look_at(self.state.focus)
        self._refine_soon(0)

    def _look_at(self, edge: EdgeKey) -> None:
        self.state.focus = edge
        timeline, at_us = self.view.timeline, self.state.time_of(edge)
        timeline.active_lane = edge[0]
        timeline.move_playhead(at_us)
        start_us, end_us = max(timeline.state.bounds.start_us, at_us - _LOOK_US), at_us + _LOOK_US
        if timeline.state.scale.us_per_px > _COARSE_US_PER_PX:
            timeline.zoom_to(start_us, end_us)
        timeline.ensure_visible(start_us, end_us)
        self._changed()
        self.listen()

    # What is heard

    def _heard_us(self, delay_s: float) -> int:
        """What was heard so long ago."""
        transport = self.view.transport
        if not transport.is_playing:
            return self._last_us if self.mode == "tapping" else transport.position_us
        return max(0, transport.position_us - round(delay_s * transport.rate * 1_000_000))

    def _on_position(self, time_us: int) -> None:
        if self.mode != "tapping":
            return
        if not -_BACK_US < time_us - self._last_us < _ON_US and self.state.taps:
            self._break_off(self._last_us)
            self._told_us = time_us
        self._last_us = time_us
        if self.state.taps and time_us - self._told_us >= _HEARD_EVERY_US:
            self._told_us = time_us
            self._on_disk(lambda file: file.append, {"heard_us": time_us})
        if self.state.taps:
            self.overlay.update()

    def _on_playing(self) -> None:
        transport = self.view.transport
        if self.mode != "tapping" or transport.is_playing:
            return
        if transport.position_us >= self.view.timeline.state.bounds.end_us - 1000:
            self.finish()

    def _break_off(self, at_us: int) -> None:
        """Listening went on elsewhere: what runs ends where it was heard last."""
        tiers = self.state.running_tiers()
        for tier in tiers:
            self.state.add(Tap(tier, "", at_us, 0.0))
            self._on_disk(lambda file: file.append, tap_line(self.state.taps[-1]))
        if tiers:
            self._changed()

    # Bringing edges to the changes

    def _refine_soon(self, after_ms: int = _REFINE_MS, then: Callable[[], None] | None = None) -> None:
        self._then = then
        if after_ms == 0:
            self._later.stop()
            self._refine()
        elif not self._later.isActive():
            self._later.start(after_ms)

    _then: Callable[[], None] | None = None

    def _refine(self) -> None:
        work, state = self.view.work, self.state
        is_live = self.mode == "tapping"
        edges = state.edges(self._last_us - _LIVE_US if is_live else 0)
        if work is None or not any(edges.values()):
            self._changed()
            return
        asset = work.item.timeline_asset
        self._is_refining = True
        self._context.jobs.compute(
            refine,
            work.media_path,
            asset.offset_us if asset is not None else 0,
            edges,
            {} if is_live else state.chosen_places(),
            tappass_lag.reaction_of(self._context.person_id),
            state.heard,
            state.cuts(self.view.timeline.state.snap_points.get("cut")),
            on_done=lambda refined: self._on_refined(state, refined),
            on_error=lambda error: self._on_not_refined(state, error),
            key=("taps", id(self)),
            what="bring taps to the changes of sound",
        )

    def _on_refined(self, state: TapsState, refined: Refined) -> None:
        self._is_refining = False
        if state is not self.state:
            return
        state.take(refined)
        self._changed()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _on_not_refined(self, state: TapsState, error: Exception) -> None:
        """The recording cannot be read: the taps are kept where they were tapped, less the lag."""
        self._is_refining = False
        if state is self.state:
            state.is_blind = True
            self.view.said.emit(f"The recording could not be looked at; edges stay at the taps. {error}")
            self._changed()

    # The person's lag

    def forget_lag(self) -> None:
        """Forget how late this person taps."""
        tappass_lag.forget(self._context.person_id)
        self.view.said.emit("How late you tap is forgotten; it is learnt again from your next taps.")
        if self.state.taps:
            self._refine_soon(0)

    def _learn_corrections(self) -> None:
        """Learn from edges of accepted taps that were moved by hand afterwards."""
        late = tappass_lag.corrected(self._corrections, self.view.annotations)
        self._corrections.clear()
        self._learn_from(late)

    def _learn_from(self, late: Sequence[int]) -> None:
        if late:
            person = self._context.person_id
            tappass_lag.remember(person, tappass_lag.reaction_of(person).learnt(late))

    def _note(self) -> dict[str, Any]:
        """What the journal keeps of how the segments came to be."""
        return {"taps": len(self.state.taps), "doubtful": len(self.state.doubtful())}

    # What is shown

    def runs(self) -> list[Run]:
        """What the line of keys says while a pass is on; empty while there is none."""
        return runs_of(self, self._keys.first_key(_START))

    @property
    def lag_us(self) -> int:
        """How late the taps of this pass were, by the person's own clock."""
        found = self.state.reaction
        return (found or tappass_lag.reaction_of(self._context.person_id)).lag_us

    def _drawings(self) -> Sequence[Drawing]:
        if self.mode == "off":
            return ()
        until_us = self._last_us if self.mode == "tapping" else self.view.timeline.state.bounds.end_us
        segments = {
            tier: [
                segment if one.end_edge is not None else replace(segment, end_us=min(segment.end_us, until_us))
                for segment, one in pairs
                if one.end_edge is not None or segment.start_us < until_us
            ]
            for tier, pairs in self._fitted().items()
        }
        return self.state.drawings(segments, self.lag_us)

    def _fitted(self) -> dict[str, list[tuple[Segment, Any]]]:
        return self.state.fitted(self.view.annotations, self.view.timeline.state.bounds)

    def _changed(self) -> None:
        self.state.forget_shape()
        self.overlay.update()
        self.changed.emit()

    def _enter(self, mode: Mode) -> None:
        self.mode = mode
        self._held.clear()
        self.state.focus = None
        self._listener.turn(mode != "off")
        self.overlay.setVisible(mode != "off")
        self.view.timeline.lanes.says_hints = mode == "off"
        self.view.timeline.lanes.update()
        self.overlay.raise_()
        self.view.bar.tap.setChecked(mode != "off")
        self._changed()

    # Small things

    def _window(self) -> QWidget:
        return self.view.window()

    def _told_key(self) -> str:
        return next(iter(self._keys.keys_of(_START)), "The palette")

    def _no_taps(self) -> TapsState:
        return TapsState({tier.name: tier for tier in self.view.schema.tiers})

    def _is_point(self, tier: str) -> bool:
        return self.view.schema.has_tier(tier) and self.view.schema.tier(tier).kind is TierKind.POINT

    def _on_disk(self, make: Callable[[TapFile], Callable[..., object]], *args: object) -> None:
        if self._file is not None:
            self._context.jobs.store(make(self._file), *args, what="keep the taps")


def _monotonic() -> float:
    import time

    return time.monotonic()
