"""The tap pass: label a recording by tapping keys while it plays, then look at what is doubtful and take it all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from annodesk.model.schema import TierKind
from annodesk.model.tap_drafts import draft_of
from annodesk.services.taps import TapFile, tap_line
from annodesk.ui.actions import effective_keys, shown_key
from annodesk.ui.annotate import tappass_lag
from annodesk.ui.annotate.mode_actions import TAP_ACTIONS
from annodesk.ui.annotate.tappass_edges import EdgeVisits
from annodesk.ui.annotate.tappass_hand import TapHand
from annodesk.ui.annotate.tappass_keys import TapKeys
from annodesk.ui.annotate.tappass_line import runs_of
from annodesk.ui.annotate.tappass_paint import TapOverlay
from annodesk.ui.annotate.tappass_refine import Refining
from annodesk.ui.annotate.tappass_state import Drawing, TapsState

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from annodesk.model.annotations import Segment
    from annodesk.model.taps import Tap
    from annodesk.ui.actions import KeyMap
    from annodesk.ui.annotate.nextline import Run
    from annodesk.ui.annotate.taskview import TaskView
    from annodesk.ui.bus import Context

Mode = Literal["off", "tapping", "review"]

_START, _FORGET = "annotate.tap_pass", "annotate.tap_forget"


class TapPass(QObject):
    """One pass over the open task. Nothing of it is in the set before it is accepted, as one Edit.

    changed()   the mode, the taps or what they became are others now
    """

    changed = Signal()

    def __init__(self, view: TaskView, keys: KeyMap, context: Context) -> None:
        super().__init__(view)
        self.view, self._keys, self.context = view, keys, context
        self.mode: Mode = "off"
        self.state = TapsState()
        self._file: TapFile | None = None
        self._bin: TapsState | None = None
        self._corrections: dict[str, tappass_lag.Tapped] = {}
        self.overlay = TapOverlay(view.timeline.lanes, view.timeline.state, self._drawings)
        self.hand, self.refining, self.edges = TapHand(self, keys), Refining(self), EdgeVisits(self)
        self._listener = TapKeys(self._window, keys, self.hand, self)

    # Ways in and out

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            _START: self.toggle,
            "tap.accept": self.end_or_accept,
            "tap.next": lambda: self.edges.visit(1),
            "tap.prev": lambda: self.edges.visit(-1),
            "tap.earlier": lambda: self.edges.choose(-1),
            "tap.later": lambda: self.edges.choose(1),
            "tap.raw": self.edges.choose_raw,
            "tap.listen": self.edges.listen,
            "tap.back": self.take_back,
            "tap.discard": self.discard,
            "tap.leave": self.leave,
            _FORGET: self.forget_lag,
        }

    @property
    def is_idle(self) -> bool:
        """Whether everything shown is what the taps came to."""
        return self.refining.is_idle

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
                self.context.notices.show(f"{words} to be accepted.", f"{self._told_key()} goes on with it.")
                self.changed.emit()

        self.context.jobs.store(file.read, on_done=read, what="look for taps that wait")

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
            self.refining.soon(0)
            self.view.take_focus()
        else:
            self.begin()

    def begin(self) -> None:
        """Play from the playhead and listen for label keys."""
        view = self.view
        if view.work is None or not view.work.can_play:
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
        self._enter("tapping")
        if view.timeline.playhead_us >= view.timeline.state.bounds.end_us:
            view.timeline.move_playhead(view.timeline.state.bounds.start_us)
        self.hand.begin()
        view.transport.play(view.timeline.playhead_us, view.timeline.state.bounds.end_us)
        view.take_focus()

    def finish(self) -> None:
        """End the listening: what runs ends here, and the edges are shown where they would be put."""
        self.hand.let_all_go(pauses=False)
        at_us = self.hand.heard_us(0.0)
        if self.view.transport.is_playing:
            self.view.transport.pause()
        if not self.state.taps:
            self._enter("off")
            self.view.said.emit("Nothing was tapped.")
            return
        self.hand.break_off(at_us)
        self._enter("review")
        self.refining.soon(0)

    def leave(self) -> None:
        """Out of the pass; its taps wait, here and on the disk, until the next one."""
        if self.mode == "off":
            return
        was_tapping = self.mode == "tapping"
        self.hand.let_all_go(pauses=False)
        if was_tapping and self.state.taps:
            self.hand.break_off(self.hand.heard_us(0.0))
        if self.view.transport.is_playing:
            self.view.transport.pause()
        self._enter("off")
        count = len(self.state.taps)
        self.view.said.emit(f"{count} taps wait; {self._told_key()} goes on with them." if count else "")

    def discard(self) -> None:
        """Throw the taps away; taking back brings them back until the pass is left."""
        if self.mode != "review" or not self.state.taps:
            return
        self._bin = self.state
        self.state = self._no_taps()
        self._drop_file()
        self.show()

    def accept(self) -> None:
        """Take all segments as one Edit."""
        view, state = self.view, self.state
        if self.mode != "review":
            return
        if not self.is_idle:
            self.refining.soon(0, then=self.accept)
            return
        made = self._fitted()
        draft = draft_of({tier: [segment for segment, _ in pairs] for tier, pairs in made.items()})
        if not draft:
            view.said.emit(f"There is no room left for any of these; {shown_key('tap.discard')} throws the taps away.")
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
        self._drop_file()
        self._enter("off")
        words = f"{draft.verb.removeprefix('tap ')} from taps; {shown_key('annotate.undo')} takes them back together."
        words += f" {left_out} lie on what is there already and were left out." if left_out else ""
        view.said.emit(words[0].upper() + words[1:])

    # Keys while tapping and while looking (see TapHand)

    def own_keys(self) -> dict[str, Callable[[], object]]:
        """What keys besides those of labels do now."""
        acts = self.handlers()
        now = [one for one in TAP_ACTIONS if self.mode == "review" or one.when == "tapping"]
        return {key: acts[one.id] for one in now for key in effective_keys(one)}

    def end_or_accept(self) -> None:
        """End the listening where it goes on, else take all taps."""
        if self.mode == "tapping":
            self.finish()
        else:
            self.accept()

    def take_back(self) -> None:
        """Take the last tap back; of an edge that was moved by hand, that; of taps thrown away, all."""
        if self.mode == "off":
            return
        if self.mode == "review" and self.state.choices:
            self.state.unchoose()
        elif self.state.taps:
            self.hand.drop()
            self.keep(*[{"back": 1}] * self.state.drop_last())
        elif self._bin is not None:
            self.state, self._bin = self._bin, None
            self.keep(*(tap_line(tap) for tap in self.state.taps))
        else:
            self.view.said.emit("There is no tap to take back.")
            return
        self.show()
        self.refining.soon(0)

    # The person's lag

    def forget_lag(self) -> None:
        """Forget how late this person taps."""
        tappass_lag.forget(self.context.person_id)
        self.view.said.emit("How late you tap is forgotten; it is learnt again from your next taps.")
        if self.state.taps:
            self.refining.soon(0)

    def _learn_corrections(self) -> None:
        """Learn from edges of accepted taps that were moved by hand afterwards."""
        late = tappass_lag.corrected(self._corrections, self.view.annotations)
        self._corrections.clear()
        self._learn_from(late)

    def _learn_from(self, late: Sequence[int]) -> None:
        if late:
            person = self.context.person_id
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
        return (found or tappass_lag.reaction_of(self.context.person_id)).lag_us

    def _drawings(self) -> Sequence[Drawing]:
        if self.mode == "off":
            return ()
        until_us = self.hand.last_us if self.mode == "tapping" else self.view.timeline.state.bounds.end_us
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

    def show(self) -> None:
        """The taps or what they came to are others now."""
        self.state.forget_shape()
        self.overlay.update()
        self.changed.emit()

    def _enter(self, mode: Mode) -> None:
        self.mode = mode
        self.hand.drop()
        self.state.focus = None
        self._listener.turn(mode != "off")
        self.overlay.setVisible(mode != "off")
        self.view.timeline.lanes.says_hints = mode == "off"
        self.view.timeline.lanes.update()
        self.overlay.raise_()
        self.view.bar.tap.setChecked(mode != "off")
        self.show()

    # Small things

    def _window(self) -> QWidget:
        return self.view.window()

    def _told_key(self) -> str:
        return next(iter(self._keys.keys_of(_START)), "The palette")

    def _no_taps(self) -> TapsState:
        return TapsState({tier.name: tier for tier in self.view.schema.tiers})

    def is_point(self, tier: str) -> bool:
        """Whether a tier holds points."""
        return self.view.schema.has_tier(tier) and self.view.schema.tier(tier).kind is TierKind.POINT

    def keep(self, *lines: Mapping[str, object]) -> None:
        """Write what happened to the disk."""
        if self._file is not None:
            self.context.jobs.store(self._file.append, *lines, what="keep the taps")

    def _drop_file(self) -> None:
        if self._file is not None:
            self.context.jobs.store(self._file.remove, what="throw the taps away")
