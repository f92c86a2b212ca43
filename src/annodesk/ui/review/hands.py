"""What the keys of the review workspace do: moving about, drawing on the ruling lane, labels, answers and notes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from annodesk.model import edits
from annodesk.model.annotations import CHECKED_NONE, Segment
from annodesk.ui import advance
from annodesk.ui.actions import shown_key
from annodesk.ui.annotate.keys import label_keys, question_choices
from annodesk.ui.review.actions import answer_action, label_action, take_action
from annodesk.ui.timeline.commands import segment_at
from annodesk.ui.timeline.sound_actions import sound_handlers

if TYPE_CHECKING:
    from annodesk.model.schema import Tier
    from annodesk.model.work import Comment
    from annodesk.ui.review.workspace import ReviewWorkspace

SECOND_US, STEP_US = 1_000_000, 10_000


class Hands:
    """The handlers of one workspace's actions."""

    def __init__(self, workspace: ReviewWorkspace) -> None:
        self._desk_of = workspace
        side = workspace.side
        side.labels.chosen.connect(self.label)
        side.labels.none_chosen.connect(self.say_none)
        side.text.given.connect(self.write)
        side.questions.answered.connect(self.answer)
        side.notes.comment_given.connect(self.leave_note)
        side.notes.left.connect(workspace.take_focus)
        side.notes.time_chosen.connect(self.go_to_time)
        self._notes: list[Comment] = []

    def handlers(self) -> dict[str, Callable[[], object]]:
        """A handler for every action of the workspace."""
        own, view = self._desk_of, self._desk_of.desk.view
        step = {"next": 1, "previous": -1}
        made: dict[str, Callable[[], object]] = {f"review.{name}": partial(self._step, by) for name, by in step.items()}
        made |= own.video.handlers("review")
        made |= {
            "review.step_back": lambda: own.video.step(-1) or self.go_to_time(view.playhead_us - STEP_US),
            "review.step_on": lambda: own.video.step(1) or self.go_to_time(view.playhead_us + STEP_US),
            "review.next_open": lambda: own.go_to(own.places.next_open()),
            "review.advance": self.turn_advance,
            "review.play": own.transport.toggle,
            "review.left": lambda: view.step_playhead(-1),
            "review.right": lambda: view.step_playhead(1),
            "review.second_back": lambda: self.go_to_time(view.playhead_us - SECOND_US),
            "review.second_on": lambda: self.go_to_time(view.playhead_us + SECOND_US),
            "review.next_segment": lambda: self._arrive(view.next_segment()),
            "review.previous_segment": lambda: self._arrive(view.previous_segment()),
            "review.up": view.up_tier,
            "review.down": view.down_tier,
            "review.settle": lambda: own.settling.settle(),
            "review.undo": lambda: self._say(own.editor.undo()) if own.editor else None,
            "review.redo": lambda: self._say(own.editor.redo()) if own.editor else None,
            "review.note": own.side.notes.focus_field,
            "review.text": self.write_text,
            "review.next_item": lambda: own.waiting.step(1),
            "review.previous_item": lambda: own.waiting.step(-1),
            "review.draw": self.draw,
            "review.split": self._drawing(view.split_at_playhead),
            "review.merge_next": self._drawing(lambda: view.merge_with("next")),
            "review.merge_previous": self._drawing(lambda: view.merge_with("prev")),
            "review.start_here": self._drawing(lambda: view.set_edge("start")),
            "review.end_here": self._drawing(lambda: view.set_edge("end")),
            "review.delete": self._drawing(view.delete_selection),
            "review.none": self.say_none,
            "review.fit": lambda: own.desk.fit(own.places.current),
            "review.zoom_all": view.zoom_all,
            "review.zoom_back": view.zoom_back,
            "review.zoom_in": view.zoom_in,
            "review.zoom_out": view.zoom_out,
            "review.page_back": lambda: view.pan(-0.9),
            "review.page_on": lambda: view.pan(0.9),
            "review.fold_queue": lambda: own.splitter.fold(0),
            "review.fold_side": lambda: own.splitter.fold(2),
            **sound_handlers("review", view),
            "review.focus": self._escape,
        }
        return made

    # Keys that belong to the open item

    def bind_work(self) -> None:
        """Give the open item's lanes and answers their keys."""
        own = self._desk_of
        assert own.work is not None
        actions = [take_action(lane.letter) for lane in own.work.lanes]
        handlers: dict[str, Callable[[], object]] = {
            action.id: partial(own.decisions.rule, action.id.rsplit(".", 1)[-1]) for action in actions
        }
        for question, choices in question_choices(own.work.project.schema).items():
            for choice in choices:
                action = answer_action(question, choice.title, choice.key)
                actions.append(action)
                handlers[action.id] = partial(own.side.questions.choose, question, choice.value)
        own.keys.bind(actions, handlers)
        self._notes = list(own.work.comments)
        own.side.notes.set_comments(self._notes, own.context.person_id)
        self.bind_labels(None)

    def unbind_work(self) -> None:
        """Take those keys away again."""
        for prefix in ("review.take.", "review.answer.", "review.label."):
            self._desk_of.keys.unbind(prefix)

    def bind_labels(self, tier: Tier | None) -> None:
        """Give the labels of the tier in work their keys."""
        own = self._desk_of
        own.keys.unbind("review.label.")
        if own.work is None:
            return
        schema = own.work.project.schema
        own.side.show_tier(schema, tier)
        if tier is not None:
            actions = [label_action(name, key) for name, key in label_keys(schema, tier).items()]
            names = [label.name for label in tier.labels]
            own.keys.bind(actions, {a.id: partial(self.label, n) for a, n in zip(actions, names, strict=True)})

    # Drawing

    def draw(self) -> None:
        """A segment over the selected time, else over the place that is still open, else from the playhead."""
        own, view = self._desk_of, self._desk_of.desk.view
        view.active_lane = own.desk.own_lane
        heard = own.hearing.place if not own.places.is_ruled else None
        if view.stretch is None and heard is not None and heard.start_us <= view.playhead_us <= heard.end_us:
            own.decisions.prepare_own()
        own.decisions.stage(view.draw_here())

    def label(self, name: str) -> None:
        """Label what is selected on the ruling lane; over selected time, or an open place, draw with that label."""
        own, view, editor = self._desk_of, self._desk_of.desk.view, self._desk_of.editor
        if editor is None or own.desk.tier is None:
            return
        lane, ids = view.selection
        chosen = list(ids) if lane == own.desk.own_lane else []
        current = own.places.current
        if not chosen and view.stretch is None and current is not None and not own.places.is_ruled:
            if current.is_stretch and current.start_us != current.end_us:
                own.decisions.fill(name)
                return
            own.decisions.prepare_own()
        if not chosen and view.stretch is not None:
            view.active_lane = own.desk.own_lane
            view.set_draw_labels((name,))
            own.decisions.stage(view.draw_here())
            view.set_draw_labels(())
            return
        if not chosen:
            here = segment_at(editor.annotations, own.desk.tier.name, view.playhead_us)
            if here is not None and current is not None and current.start_us is not None and current.end_us is not None:
                # What plays before the place is agreed on: no key of the place may change it.
                is_there = here.start_us < max(current.end_us, current.start_us + 1) and here.end_us > current.start_us
                here = here if is_there else None
            chosen = [here.id] if here is not None else []
        if not chosen:
            self._say(f"Select a segment on your lane, or press {shown_key('review.neither')} and draw one.")
            return
        own.decisions.stage(edits.set_labels(editor.annotations, chosen, [name]))

    def write_text(self) -> None:
        """Put the caret into the text of the selected segment."""
        own, tier = self._desk_of, self._desk_of.desk.tier
        lane, ids = own.desk.view.selection
        if own.side.text.isEnabled() and not own.side.text.isHidden():
            if own.side.isHidden():
                own.splitter.fold(2)
            own.side.text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif own.editor is not None and own.editor.locked:
            self._refuse(own.editor.locked)
        elif tier is None or not tier.free_text:
            self._refuse(f"{tier.name} has no text." if tier is not None else "There is no tier to write on.")
        elif lane == own.desk.own_lane and len(ids) == 1:
            self._refuse("This text has several lines, or is too long for one; the annotate workspace writes it.")
        else:
            self._refuse("Select one segment on your lane to write its text.")

    def _refuse(self, sentence: str) -> None:
        self._say(sentence)
        self._desk_of.refused.say(sentence)

    def write(self, text: str) -> None:
        """Give the selected segment of the ruling lane its text."""
        own = self._desk_of
        lane, ids = own.desk.view.selection
        if own.editor is not None and lane == own.desk.own_lane and len(ids) == 1:
            own.decisions.stage(edits.set_text(own.editor.annotations, next(iter(ids)), text))

    def say_none(self) -> None:
        """Say that the tier is rightly empty."""
        own = self._desk_of
        if own.editor is None or own.desk.tier is None:
            return
        if own.editor.annotations.segments(own.desk.tier.name):
            self._say(f"There are segments on {own.desk.tier.name}; delete them first.")
            return
        own.decisions.stage(edits.set_answer(own.editor.annotations, own.desk.tier.name, CHECKED_NONE))

    def answer(self, question: str, value: object) -> None:
        """Answer a question in the analyst's own words; a disputed one is ruled by that."""
        from annodesk.services import decisions

        own = self._desk_of
        if own.editor is None or own.work is None:
            return
        draft = edits.set_answer(own.editor.annotations, question, value)
        disputed = next((d for d in own.places.disagreements if d.is_question and d.part == question), None)
        before = decisions.ruling(own.editor.annotations, disputed) if disputed is not None else ""
        if disputed is not None and draft:
            draft = decisions.own(own.work, disputed, draft)
        own.editor.stage(draft)
        own.decisions.go_on_if_whole(disputed, before)
        own.take_focus()

    def show_labels(self) -> None:
        """Show on the label palette what the selected segments have."""
        own, view = self._desk_of, self._desk_of.desk.view
        if own.editor is None or own.desk.tier is None:
            return
        lane, _ = view.selection
        chosen = view.selected_segments() if lane == own.desk.own_lane else []
        labels = set.intersection(*(set(s.labels) for s in chosen)) if chosen else set()
        confirmed = own.editor.annotations.answer(own.desk.tier.name)
        own.side.labels.show_state(
            labels,
            is_none=confirmed is not None and confirmed.value == CHECKED_NONE,
            has_segments=bool(own.editor.annotations.segments(own.desk.tier.name)),
            can_change=not own.editor.locked,
        )
        text = chosen[0].text if len(chosen) == 1 else None
        own.side.text.show_text(own.desk.tier, text, can_change=not own.editor.locked)

    # Hearing, notes, moving

    def turn_advance(self) -> None:
        """Go on by itself from now on, or no longer; remembered."""
        is_on = not advance.is_on(self._desk_of.context.person_id, from_start=True)
        advance.choose(is_on)
        self._say("Goes on by itself." if is_on else "Stays where it is until you go on.")

    def _arrive(self, segment: Segment | None) -> None:
        if segment is not None:
            self._desk_of.playing.arrive(segment.start_us, segment.end_us)

    def go_to_time(self, time_us: int) -> None:
        """Put the playhead somewhere and bring it into view."""
        view = self._desk_of.desk.view
        view.move_playhead(time_us)
        view.ensure_visible(view.playhead_us)

    def leave_note(self, text: str) -> None:
        """Put a note at the present place; it is stored beside the review."""
        own = self._desk_of
        if own.work is None:
            return
        current = own.places.current
        at = current.start_us if current is not None and current.start_us is not None else None
        own.context.jobs.store(
            own.context.services.annotate.comment,
            own.work.set_id,
            own.context.person_id,
            text,
            at,
            on_done=self._on_note,
            what="leave a note",
        )

    def _on_note(self, comment: Comment) -> None:
        own = self._desk_of
        if own.work is not None and comment.set_id == own.work.set_id:
            self._notes.append(comment)
            own.side.notes.set_comments(self._notes, own.context.person_id)
            self._say("The note is kept.")

    def _step(self, by: int) -> None:
        self._desk_of.go_to(self._desk_of.places.step(by))

    def _drawing(self, command: Callable[[], edits.Draft | None]) -> Callable[[], object]:
        def act() -> None:
            self._desk_of.desk.view.active_lane = self._desk_of.desk.own_lane
            self._desk_of.decisions.stage(command())

        return act

    def _escape(self) -> None:
        if not self._desk_of.video.shuttle.stop() and not self._desk_of.desk.view.abort():
            self._desk_of.take_focus()

    def _say(self, sentence: str) -> None:
        self._desk_of.say(sentence)
