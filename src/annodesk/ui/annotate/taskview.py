"""One open task: its text, timeline, suggestions, table and side panel, always showing what the set holds now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from annodesk.errors import AnnodeskError
from annodesk.model.annotations import AnnotationSet, Segment, Span
from annodesk.model.edits import Draft, combine, set_answer
from annodesk.model.families import carried
from annodesk.ui import theme
from annodesk.ui.annotate import suggestions as model_side
from annodesk.ui.annotate.keys import label_keys, question_choices
from annodesk.ui.annotate.seen import SuggestionsSeen
from annodesk.ui.annotate.suggestions import MODEL, Pending, Suggested
from annodesk.ui.annotate.taskshown import TaskShown
from annodesk.ui.annotate.tier_look import read as read_look
from annodesk.ui.keys import bindings
from annodesk.ui.player.video import sound_of
from annodesk.ui.undo import Editor

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from annodesk.model.rules import Problem
    from annodesk.services.tasks import TaskWork
    from annodesk.ui.bus import Context

MANY = 2000
"""From so many elements on, table and side panel follow a moment after the timeline."""


class TaskView(TaskShown):
    """Shows a TaskWork; every change goes through `stage`.

    opened()           a task is shown
    closing()          the task shown is about to be let go of
    recall_asked()     the person wants a submitted task back
    """

    opened = Signal()
    closing = Signal()
    recall_asked = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None, *, silent: bool = False) -> None:
        super().__init__(context, parent, silent=silent)
        self._is_moving = False
        self.seen = SuggestionsSeen(self)
        self._connect()

    # What is open

    def is_idle(self) -> bool:
        """Whether everything shown is up to date and on the disk."""
        return not self._later.isActive() and self.video.is_idle and (self.editor is None or self.editor.waiting == 0)

    def share_done(self) -> float:
        """Share of the task's time that the fullest tier covers."""
        assert self.work is not None
        length = self.work.task.end_us - self.work.task.start_us
        covered = [sum(s.end_us - s.start_us for s in self.segments(t.name)) for t in self.schema.tiers]
        return min(1.0, max(covered, default=0) / length) if length else 0.0

    def open_work(self, work: TaskWork) -> None:
        """Show a task."""
        self.close_work()
        self.work, self.suggestions = work, work.suggestions
        self.is_revealed = work.suggestions is not None
        self.editor = editor = Editor(work.session, self._context.services, self._context.jobs, self)
        editor.annotations_changed.connect(self._on_annotations)
        editor.refused.connect(self._on_refused)
        editor.saved.connect(self._context.bus.saved)
        editor.waiting_changed.connect(self._context.bus.waiting)
        editor.recorded.connect(lambda recorded: self._context.bus.changed.emit(recorded.changes))
        task, schema = work.task, work.project.schema
        has_time = task.end_us > task.start_us and (bool(schema.tiers) or work.can_play)
        for part in (self.bar, self.timeline, self.below):
            part.setVisible(has_time)
        self._middle.setMaximumHeight(16_777_215 if has_time else self.next_line.sizeHint().height())
        asset = work.item.timeline_asset
        offset_us = asset.offset_us if asset is not None else 0
        self.timeline.set_duration(task.start_us, task.end_us, work.context)
        self.timeline.set_media(sound_of(work), offset_us=offset_us, problem=work.media_problem, asset=asset)
        length_us = asset.media.duration_us if asset is not None and asset.media is not None else None
        self.transport.set_source(work.media_path, offset_us=offset_us, duration_us=length_us)
        self.transport.set_bounds(self.timeline.state.bounds)
        self.bar.set_has_media(work.can_play)
        self.label_keys = {tier.name: label_keys(schema, tier) for tier in schema.tiers}
        self.look = read_look(self._context.project_id, self._context.person_id)
        self._set_lanes()
        shown = self.look.shown(schema)
        self.timeline.active_lane = shown[0].name if shown else None
        self.timeline.move_playhead(task.start_us)
        self.side.questions.set_questions(schema.questions, question_choices(schema))
        self.side.guidelines.set_guidelines(work.guidelines, work.project.guidelines)
        self.side.comments.set_comments(work.comments, self._context.person_id)
        self.side.show_problems(())
        self.side.others.show_work(work)
        self._show_text(work)
        self._show_lock()
        self._show_tier()
        self._on_annotations(editor.annotations)
        self._make_room_soon()
        if work.suggestions is not None:
            self.seen.begin()
        self.opened.emit()

    def close_work(self) -> None:
        """Let go of the task; what is on its way to the disk still gets there."""
        self.side.questions.flush()
        self.transport.close()
        self.closing.emit()
        self._later.stop()
        if self.editor is not None:
            self.editor.annotations_changed.disconnect(self._on_annotations)
            self.editor.refused.disconnect(self._on_refused)
            self.editor.setParent(self._context.bus)  # its answers still say what is saved
        self.work = self.editor = self.suggestions = None
        self.pending, self.chosen_suggestion, self.is_revealed = Pending(), None, False

    def show_suggestions(self, suggestions: AnnotationSet | None) -> None:
        """The person pressed Done: show what the model says beside what they said."""
        self.suggestions, self.is_revealed = suggestions, True
        self._set_lanes()
        self._on_annotations(self.annotations)
        if suggestions is not None:
            self.seen.begin()

    def lock(self, reason: str) -> None:
        """Refuse changes, and say why; an empty reason allows them again."""
        if self.editor is not None:
            self.editor.lock(reason)
            self._show_lock()
            self._show_rest()

    def lock_on(self, draft: Draft) -> str:
        """Why a draft is refused: a tier that it would change is locked. Empty where none is."""
        if not self.look.locked:
            return ""
        try:
            whole = carried(self.schema, self.annotations, draft)
        except AnnodeskError:
            whole = draft  # the editor refuses it with its own sentence
        touched = {e.tier for c in whole.changes for e in (c.before, c.after) if isinstance(e, Segment)}
        locked = sorted(touched & self.look.locked)
        return f"{locked[0]} is locked: the lock beside its name opens it." if locked else ""

    # Changing

    def stage(self, draft: Draft | None, note: Mapping[str, Any] | None = None) -> bool:
        """Apply a gesture; drawing on a tier that was said to be empty takes that answer back."""
        if draft is None or self.editor is None:
            return False
        if refused := self.lock_on(draft):
            self.said.emit(refused)
            return False
        drawn = {c.after.tier for c in draft.changes if c.before is None and isinstance(c.after, Segment)}
        emptied = [set_answer(self.annotations, tier, None) for tier in sorted(drawn) if self.is_none(tier)]
        noted = {**(note or {}), **self.seen.note(draft)}
        done = self.editor.stage(combine(draft.verb, draft, *emptied) if emptied else draft, noted)
        if done:
            self.said.emit("")  # why the key before did nothing is no news now
        if done and self.side.problems:
            self.side.show_problems(self.editor.problems())
        return done

    def refuse_entry(self, sentence: str) -> None:
        """Say why nothing can be written here, and let what is written all the same do nothing."""
        self.said.emit(sentence)
        self.refused.say(sentence)

    # Suggestions

    def go_to_suggestion(self, element: Suggested | None) -> None:
        """Bring a suggestion under the keys; None lets go."""
        self.chosen_suggestion = element.id if element is not None else None
        if element is not None:
            self.seen.visit(element.id)
        if isinstance(element, Segment):
            self.reveal([element.tier])
            self.timeline.select(MODEL + element.tier, [element.id])
            self.timeline.move_playhead(element.start_us)
            self.timeline.ensure_visible(element.start_us, element.end_us)
        elif (self.timeline.selection[0] or "").startswith(MODEL):
            self.timeline.select(None, ())
        self.text.focus_suggestion(element.id if isinstance(element, Span) else None)
        self.side.model.follow(self)
        self.show_next_key()
        if isinstance(element, Span):
            self.changed.emit()  # no selection on the timeline says so

    def go_to_problem(self, problem: Problem) -> None:
        """Bring what is missing under the eyes and the keys."""
        block = self.side.questions.blocks.get(problem.part)
        if block is not None:
            block.set_missing(True)
        element = self.annotations.get(problem.element_id) if problem.element_id else None
        self.reveal([problem.part])
        if isinstance(element, Segment):
            self.timeline.select(element.tier, [element.id])
            self.timeline.move_playhead(element.start_us)
            self.timeline.ensure_visible(element.start_us, element.end_us)
        elif self.schema.has_tier(problem.part):
            self.timeline.active_lane = problem.part
            self._show_tier()
        elif block is not None:
            self.side.area.ensureWidgetVisible(block)
        self.said.emit(problem.sentence)

    # Inside: building

    def _connect(self) -> None:
        timeline, transport = self.timeline, self.transport
        timeline.lanes.completes = lambda draft: carried(self.schema, self.annotations, draft)
        timeline.draft_made.connect(self._on_drawn)
        timeline.selection_changed.connect(self._on_selection)
        timeline.playhead_moved.connect(self._on_playhead)
        timeline.stretch_selected.connect(lambda *_: self._show_selected())
        timeline.refused.connect(self.said)
        timeline.view_changed.connect(self._on_view)
        timeline.segment_activated.connect(self._play_element)
        timeline.state.lanes_changed.connect(self._show_tier)
        transport.position_changed.connect(self._on_position)
        transport.state_changed.connect(self._show_playing)
        self.video.changed.connect(self._on_video)
        self.video.said.connect(self.said)
        self.text.draft_made.connect(self.stage)
        self.text.refused.connect(self.said)
        self.text.left.connect(self.take_focus)
        self.text.span_focused.connect(self._on_span_focused)
        self.refused.left.connect(self.take_focus)
        self.table.chosen.connect(self._on_rows_chosen)
        self.table.activated_id.connect(lambda element_id: self._play_element("", element_id))
        self.side.problem_pressed.connect(self.go_to_problem)
        self.banner.pressed.connect(self.recall_asked)
        theme.notifier().theme_changed.connect(self._make_room_soon)
        bindings.current().changed.connect(self.show_next_key)

    def _on_video(self) -> None:
        self._show_top()
        self.changed.emit()

    # Inside: following

    def _on_annotations(self, annotations: AnnotationSet) -> None:
        self.pending = model_side.pending(self.suggestions, annotations, self.schema)
        shown = {segment.id for segment in self.pending.segments()}
        for tier in self.schema.tiers:
            self._fill_lane(tier, shown)
        if self.work is not None and self.work.text is not None:
            self.text.set_spans(annotations, self.pending.spans())
        if self.chosen_suggestion is not None and self.pending.find(self.chosen_suggestion) is None:
            self.chosen_suggestion = None
        if len(annotations) < MANY:
            self._show_rest()
        elif not self._later.isActive():
            self._later.start()

    def _on_span_focused(self, span_id: str) -> None:
        """A suggested span that is clicked, or gone to by Tab, is the one that keys answer."""
        span = self.pending.find(span_id)
        if isinstance(span, Span) and self.chosen_suggestion != span_id:
            self.go_to_suggestion(span)

    def _on_selection(self) -> None:
        lane, ids = self.timeline.selection
        if lane is not None and lane.startswith(MODEL):
            self.chosen_suggestion = next(iter(ids), None)
        elif ids:
            self.chosen_suggestion = None
        if self.work is not None:
            tier = self.tier
            if tier is not None and self.side.labels.rows.keys() != {one.name for one in tier.labels}:
                self._show_tier()
            else:
                self._show_table()
                self._show_labels()
            self.changed.emit()

    def _on_rows_chosen(self, ids: Any) -> None:
        first = self.annotations.get(ids[0]) if ids else None
        if not isinstance(first, Segment):
            return
        self.reveal([first.tier])
        self.timeline.select(first.tier, [i for i in ids if self.annotations.segment(i).tier == first.tier])
        chosen = self.selected_segments()
        if chosen:
            self.timeline.move_playhead(chosen[0].start_us)
            self.timeline.ensure_visible(chosen[0].start_us, chosen[-1].end_us)
        self.take_focus()
        if len(chosen) == 1:
            self.arrived(chosen[0].start_us, chosen[0].end_us)

    def _on_view(self) -> None:
        if not self.below.isHidden() and not self.selected_ids():
            self.table.bring(*self.timeline.visible_range)

    def _on_drawn(self, draft: Draft) -> None:
        self.stage(draft)
        self.take_focus()

    def _on_refused(self, sentence: str) -> None:
        self._context.notices.show(sentence, tone="warn")
        self.said.emit(sentence)

    def _on_playhead(self, time_us: int) -> None:
        if not self._is_moving:
            self.transport.seek(time_us)
        self.bar.show_time(time_us)
        self.show_next_key()

    def _on_position(self, time_us: int) -> None:
        self._is_moving = True
        self.timeline.follow_playhead(time_us)
        self._is_moving = False

    def _show_playing(self) -> None:
        self.bar.show_playing(self.transport.is_playing, self.transport.is_looping)

    def _play_element(self, lane: str, element_id: str) -> None:
        source = self.suggestions if lane.startswith(MODEL) else self.annotations
        element = source.get(element_id) if source is not None else None
        if isinstance(element, Segment) and self.work is not None and self.work.can_play:
            self.transport.play(element.start_us, element.end_us)
