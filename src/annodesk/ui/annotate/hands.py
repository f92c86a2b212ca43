"""What the keys of the annotate workspace do to the open task."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from annodesk.errors import AnnodeskError
from annodesk.model import edits
from annodesk.model.annotations import CHECKED_NONE, Segment
from annodesk.model.edits import Draft
from annodesk.model.schema import TierKind
from annodesk.model.times import US_PER_SECOND
from annodesk.ui import advance
from annodesk.ui.actions import shown_key
from annodesk.ui.annotate import suggestions as model_side
from annodesk.ui.annotate.suggestion_hands import SuggestionHands
from annodesk.ui.annotate.suggestions import MODEL
from annodesk.ui.timeline.commands import segment_at

if TYPE_CHECKING:
    from annodesk.ui.annotate.taskview import TaskView
    from annodesk.ui.timeline.gestures import Edge

STEP_US = 10_000
HOP, HOP_FRAMES = 0.05, 10


class TaskHands:
    """The handlers of `annotate/actions.py` that act within one task; all give the focus back to the timeline."""

    def __init__(self, view: TaskView) -> None:
        self.view = view
        self.model = SuggestionHands(self)
        self.moved_on: Callable[[], None] = lambda: None
        """Called when the view has gone on by itself."""
        self.goes_on: Callable[[], bool] = lambda: False
        """Whether it may, after the last open answer of a thing."""

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        timeline = self.view.timeline
        return {
            **self.view.video.handlers("annotate"),
            **self.model.handlers(),
            "annotate.play": self.play,
            "annotate.play_anywhere": self.play,
            "annotate.play_segment": lambda: self.play_chosen(),
            "annotate.play_around": lambda: self.play_chosen(around_us=self.view.transport.around_us),
            "annotate.loop": self.loop,
            "annotate.advance": self.turn_advance,
            "annotate.draw": lambda: self.stage(timeline.draw_here),
            "annotate.extend": lambda: self.stage(timeline.extend_from_previous),
            "annotate.split": lambda: self.stage(timeline.split_at_playhead),
            "annotate.boundary": self.set_boundary,
            "annotate.merge_next": lambda: self.stage(lambda: timeline.merge_with("next")),
            "annotate.merge_prev": lambda: self.stage(lambda: timeline.merge_with("prev")),
            "annotate.duplicate": lambda: self.stage(timeline.duplicate_selection),
            "annotate.delete": self.delete,
            "annotate.start_here": lambda: self.move_edge("start"),
            "annotate.end_here": lambda: self.move_edge("end"),
            "annotate.start_earlier": lambda: self.nudge("start", -1),
            "annotate.start_later": lambda: self.nudge("start", 1),
            "annotate.end_earlier": lambda: self.nudge("end", -1),
            "annotate.end_later": lambda: self.nudge("end", 1),
            "annotate.attributes": self.write_attributes,
            "annotate.none": self.say_none,
            "annotate.next": lambda: self.arrive(timeline.next_segment()),
            "annotate.prev": lambda: self.arrive(timeline.previous_segment()),
            "annotate.tier_up": timeline.up_tier,
            "annotate.tier_down": timeline.down_tier,
            "annotate.left": lambda: timeline.step_playhead(-2),
            "annotate.right": lambda: timeline.step_playhead(2),
            "annotate.back_1s": lambda: self.step(-US_PER_SECOND),
            "annotate.on_1s": lambda: self.step(US_PER_SECOND),
            "annotate.step_back": lambda: self.view.video.step(-1) or self.step(-STEP_US),
            "annotate.step_on": lambda: self.view.video.step(1) or self.step(STEP_US),
            "annotate.hop_back": lambda: self.view.video.step(-HOP_FRAMES) or self.hop(-HOP),
            "annotate.hop_on": lambda: self.view.video.step(HOP_FRAMES) or self.hop(HOP),
            "annotate.home": lambda: self.go_to(timeline.state.bounds.start_us),
            "annotate.end": lambda: self.go_to(timeline.state.bounds.end_us),
            "annotate.zoom_in": timeline.zoom_in,
            "annotate.zoom_out": timeline.zoom_out,
            "annotate.zoom_segment": timeline.zoom_to_selection,
            "annotate.zoom_all": timeline.zoom_all,
            "annotate.zoom_back": timeline.zoom_back,
            "annotate.page_back": lambda: timeline.pan(-0.9),
            "annotate.page_on": lambda: timeline.pan(0.9),
            "annotate.undo": lambda: self.undo("undo"),
            "annotate.redo": lambda: self.undo("redo"),
            "annotate.focus_timeline": self.escape,
            "annotate.focus_text": lambda: self.view.text.setFocus(),
        }

    # Labels and answers

    def label(self, name: str) -> bool:
        """Give a label to the selected segments, to the chosen suggestion, to the unlabelled segment at the playhead,
        or to a new one over the selected time."""
        view, tier = self.view, self.view.tier
        if tier is None:
            return False
        annotations = view.annotations
        lane, ids = view.timeline.selection
        draft: Draft | None = None
        was_open = False
        if lane == tier.name and ids:
            if tier.many_labels:
                draft = edits.toggle_label(annotations, sorted(ids), name)
            else:
                draft = edits.set_labels(annotations, sorted(ids), (name,))
            was_open = not any(s.labels for s in view.selected_segments())
        elif lane == MODEL + tier.name and ids:
            draft = self._take_as(name)
        elif view.timeline.stretch is not None:
            drawn = view.timeline.draw_here()
            if drawn is None:
                return False
            draft = _with_label(drawn, name)
        else:
            here = segment_at(annotations, tier.name, view.timeline.playhead_us)
            if here is None or here.labels:
                view.said.emit(f"Select a segment, or draw one with {shown_key('annotate.draw')}.")
                return False
            draft, was_open = edits.set_labels(annotations, [here.id], (name,)), True
        done = view.stage(draft)
        view.take_focus()
        if done and was_open and not tier.many_labels:
            self._go_on()
        return done

    def _take_as(self, name: str) -> Draft | None:
        element = self.view.focused_suggestion()
        if not isinstance(element, Segment):
            return None
        return _with_label(model_side.take(element, self.view.annotations, self.view.schema), name)

    def answer(self, question: str, value: object) -> None:
        """Answer a question; the focus goes back to the timeline."""
        view = self.view
        view.stage(edits.set_answer(view.annotations, question, value))
        block = view.side.questions.blocks.get(question)
        if block is None or block.field is None or not block.field.hasFocus():
            view.take_focus()
            if all(view.annotations.answer(one.name) is not None for one in view.schema.questions):
                self._go_on()

    def say_none(self) -> None:
        """Say that the tier in work is rightly empty, or take that back."""
        view, tier = self.view, self.view.tier
        if tier is None:
            return
        if view.annotations.segments(tier.name):
            view.said.emit(f"{tier.name} is not empty.")
            return
        value = None if view.is_none(tier.name) else CHECKED_NONE
        view.stage(edits.set_answer(view.annotations, tier.name, value))
        view.take_focus()

    def write_attributes(self) -> None:
        """Put the caret into the first attribute."""
        view, tier = self.view, self.view.tier
        if view.side.isHidden():
            view.sides.fold(1)
        if view.side.attributes.focus_first():
            return
        if tier is None or not tier.attributes:
            view.refuse_entry("This tier has no attributes.")
        elif view.editor is not None and view.editor.locked:
            view.refuse_entry(view.editor.locked)
        else:
            view.refuse_entry("Select segments to give them attributes.")

    def give_attribute(self, name: str, value: object) -> None:
        """Give the selected segments this value of an attribute."""
        self.view.stage(edits.set_attribute(self.view.annotations, self.view.selected_ids(), name, value))
        self.view.take_focus()

    # Segments

    def stage(self, make: Callable[[], Draft | None]) -> bool:
        """Make a draft and apply it; why not is said."""
        view = self.view
        if view.editor is not None and view.editor.locked:
            view.said.emit(view.editor.locked)
            return False
        try:
            draft = make()
        except AnnodeskError as error:
            view.said.emit(str(error))
            return False
        return view.stage(draft)

    def nudge(self, edge: Edge, direction: int) -> bool:
        """Move an edge by a frame or 10 ms, and play across it."""
        view = self.view
        done = self.move_edge(edge, direction * STEP_US)
        chosen = view.selected_segments()
        if done and len(chosen) == 1 and view.work is not None and view.work.can_play:
            view.transport.play_across(chosen[0].start_us if edge == "start" else chosen[0].end_us)
        return done

    def move_edge(self, edge: Edge, by_us: int | None = None) -> bool:
        """Put an edge at the playhead, or move it a little; a chosen suggestion is taken with that edge."""
        view, timeline = self.view, self.view.timeline
        lane, ids = timeline.selection
        element = view.focused_suggestion() if lane is not None and lane.startswith(MODEL) and ids else None
        if not isinstance(element, Segment):
            return self.stage(lambda: timeline.set_edge(edge) if by_us is None else timeline.nudge_edge(edge, by_us))
        to_us = timeline.here_us
        if by_us is not None:
            to_us = timeline.state.nudged(element.start_us if edge == "start" else element.end_us, by_us)
        done = self.stage(
            lambda: model_side.take_with_edge(
                element, view.annotations, view.schema, edge, to_us, timeline.state.bounds
            )
        )
        taken = [s.id for s in view.segments(element.tier) if s.origin.source == element.id]
        if done and taken:
            timeline.select(element.tier, taken)
        return done

    def set_boundary(self) -> bool:
        """A boundary, or on a point tier a point, at the playhead."""
        timeline, tier = self.view.timeline, self.view.tier
        if tier is None:
            return False
        if tier.kind is TierKind.POINT:
            return self.stage(timeline.draw_here)
        here = segment_at(self.view.annotations, tier.name, timeline.playhead_us)
        is_inside = here is not None and here.start_us < timeline.playhead_us
        return self.stage(timeline.split_at_playhead if is_inside else timeline.extend_from_previous)

    def delete(self) -> bool:
        """Delete what is selected; on a suggestion this is a rejection."""
        lane, ids = self.view.timeline.selection
        if lane is not None and lane.startswith(MODEL) and ids:
            return self.model.reject()
        return self.stage(self.view.timeline.delete_selection)

    def undo(self, which: str) -> None:
        """Take back a step, or do it again."""
        editor = self.view.editor
        if editor is not None:
            self.view.side.questions.flush()
            step = editor.next_step(which)
            if step is not None and (refused := self.view.lock_on(step)):
                self.view.said.emit(refused)
                return
            if self._show_step(step):
                return
            in_text = self.view.text.isAncestorOf(QApplication.focusWidget() or self.view)
            self.view.said.emit(editor.undo() if which == "undo" else editor.redo())
            if not in_text:
                self.view.take_focus()

    def _show_step(self, draft: Draft | None) -> bool:
        """Bring what a step would change into view where some of it is not; the step then waits for the next press."""
        view = self.view
        touched = [e for c in draft.changes for e in (c.before, c.after)] if draft is not None else []
        places = [(s.start_us, s.end_us) for s in touched if isinstance(s, Segment) and view.schema.has_tier(s.tier)]
        scale = view.timeline.state.scale
        tiers = {s.tier for s in touched if isinstance(s, Segment)}
        is_shown = not tiers & view.look.hidden
        if view.timeline.isHidden() or (
            is_shown and all(scale.meets(start, max(end, start + 1)) for start, end in places)
        ):
            return False
        assert draft is not None
        view.reveal(tiers)
        view.timeline.ensure_visible(min(start for start, _ in places), max(end for _, end in places))
        view.said.emit(f"{draft.verb.capitalize()} would change what was out of sight: here it is. Press again.")
        view.take_focus()
        return True

    # Going on

    def turn_advance(self) -> None:
        """Go on by itself from now on, or no longer; remembered."""
        advance.choose(not self.goes_on())
        self.view.said.emit("Goes on by itself." if self.goes_on() else "Stays where it is until you go on.")
        self.view.take_focus()

    def _go_on(self) -> None:
        """To the segment that is open next; nowhere where none is."""
        view, tier = self.view, self.view.tier
        if tier is None or not self.goes_on():
            return
        unlabelled = [s for s in view.segments(tier.name) if not s.labels] if tier.labels else []
        after = [s for s in unlabelled if s.start_us > view.timeline.playhead_us]
        found = next(iter(after or unlabelled), None)
        if found is not None:
            view.timeline.select(tier.name, [found.id])
            view.timeline.move_playhead(found.start_us)
            view.timeline.ensure_visible(found.start_us, found.end_us)
            self.moved_on()
            self.arrive(found)

    # Playing and moving

    def play(self) -> None:
        """Play or pause; what moves without sound stands still first."""
        if not self.view.video.shuttle.stop():
            self.view.transport.toggle()

    def chosen_stretch(self) -> tuple[int, int] | None:
        """What Shift+Space plays: the selection, else the selected time, else the segment at the playhead."""
        view = self.view
        chosen = view.timeline.selected_segments()
        if chosen:
            return chosen[0].start_us, max(s.end_us for s in chosen)
        if view.timeline.stretch is not None:
            return view.timeline.stretch.start_us, view.timeline.stretch.end_us
        tier = view.tier
        here = segment_at(view.annotations, tier.name, view.timeline.playhead_us) if tier is not None else None
        return (here.start_us, here.end_us) if here is not None else None

    def play_chosen(self, *, around_us: int = 0, loop: bool = False) -> None:
        """Play that stretch once, with a little around it, or over and over."""
        found = self.chosen_stretch()
        if found is None:
            self.view.said.emit("Nothing is selected; Space plays from the playhead.")
            return
        self.view.transport.play(found[0] - around_us, found[1] + around_us, loop)

    def arrive(self, element: object) -> None:
        """Tell what a key has just gone to."""
        if isinstance(element, Segment):
            self.view.arrived(element.start_us, element.end_us)

    def loop(self) -> None:
        """Start or end the loop."""
        if self.view.transport.is_looping:
            self.view.transport.pause()
        else:
            self.play_chosen(loop=True)

    def go_to(self, time_us: int) -> None:
        """Put the playhead somewhere within the task, in view."""
        timeline = self.view.timeline
        bounds = timeline.state.bounds
        timeline.move_playhead(max(bounds.start_us, min(bounds.end_us, time_us)))
        timeline.ensure_visible(timeline.playhead_us)

    def step(self, by_us: int) -> None:
        """Move the playhead by a time."""
        self.go_to(self.view.timeline.playhead_us + by_us)

    def hop(self, share: float) -> None:
        """Move the playhead by a share of the view."""
        start, end = self.view.timeline.visible_range
        self.step(round((end - start) * share))

    def escape(self) -> None:
        """Back to the timeline; there, let go of the gesture, else stop playing, else let go of time and selection."""
        timeline, transport = self.view.timeline, self.view.transport
        if self.view.video.shuttle.stop():
            return
        if timeline.hasFocus() and transport.is_playing and not timeline.lanes.is_busy:
            transport.pause()
        elif timeline.hasFocus():
            timeline.abort()
        else:
            self.view.take_focus()


def _with_label(draft: Draft, name: str) -> Draft:
    """The same gesture, its new segments with that label."""
    changes = tuple(
        replace(c, after=replace(c.after, labels=(name,))) if c.before is None and isinstance(c.after, Segment) else c
        for c in draft.changes
    )
    return Draft(draft.verb, changes)
