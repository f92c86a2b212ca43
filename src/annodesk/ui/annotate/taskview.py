"""One open task: its text, timeline, suggestions, table and side panel, always showing what the set holds now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError
from annodesk.model.annotations import CHECKED_NONE, AnnotationSet, Segment
from annodesk.model.edits import Draft, combine, set_answer
from annodesk.model.families import carried
from annodesk.model.rules import Problem
from annodesk.model.schema import LabelSchema, Tier
from annodesk.ui import theme
from annodesk.ui.actions import key_of
from annodesk.ui.annotate import suggestions as model_side
from annodesk.ui.annotate.find import FindBar
from annodesk.ui.annotate.keys import label_keys, question_choices
from annodesk.ui.annotate.nextkey import next_runs
from annodesk.ui.annotate.nextline import NextKeyLine, Run
from annodesk.ui.annotate.required import Progress, progress
from annodesk.ui.annotate.side import SidePanel
from annodesk.ui.annotate.suggestions import Pending, Suggested
from annodesk.ui.annotate.table import SegmentTable
from annodesk.ui.annotate.tier_look import TierLook, depth_of
from annodesk.ui.annotate.tier_look import read as read_look
from annodesk.ui.annotate.tier_look import remember as remember_look
from annodesk.ui.annotate.transport_bar import TransportBar
from annodesk.ui.frame import Banner
from annodesk.ui.keys import bindings
from annodesk.ui.parts import Splitter
from annodesk.ui.player.transport import Transport
from annodesk.ui.player.video import VideoDeck, sound_of
from annodesk.ui.text.document import TextPanel
from annodesk.ui.timeline.lanes import LaneSpec
from annodesk.ui.timeline.view import TimelineView
from annodesk.ui.undo import Editor

if TYPE_CHECKING:
    from annodesk.services.tasks import TaskWork
    from annodesk.ui.bus import Context

MODEL = "model:"
"""Prefix of the lanes that show suggestions; the rest of the id is the tier's name."""
MOST_WHOLE_LANES, LEAST_WAVE_PX = 4, 28
"""So many lanes stay whole in a low window, under a waveform of that height; more are reached by scrolling."""
MANY = 2000
"""From so many elements on, table and side panel follow a moment after the timeline."""


class TaskView(QWidget):
    """Shows a TaskWork; every change goes through `stage`.

    changed()          the set, the selection or the suggestions are others now
    said(str)          a sentence for the status line
    opened()           a task is shown
    closing()          the task shown is about to be let go of
    recall_asked()     the person wants a submitted task back
    """

    changed = Signal()
    said = Signal(str)
    opened = Signal()
    closing = Signal()
    recall_asked = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None, *, silent: bool = False) -> None:
        super().__init__(parent)
        self._context = context
        self.work: TaskWork | None = None
        self.editor: Editor | None = None
        self.suggestions: AnnotationSet | None = None
        self.pending = Pending()
        self.chosen_suggestion: str | None = None
        self.is_revealed = False
        self.found: list[Segment] = []
        self.label_keys: dict[str, dict[str, str]] = {}
        self.look = TierLook()
        self.key_of = key_of
        self.mode_runs: Callable[[], list[Run]] = list
        """What the line of keys says first: a mode's own keys while it is on."""
        self._is_moving = False
        self._progress: tuple[AnnotationSet, Progress] | None = None
        self._listed: tuple[AnnotationSet, dict[str, list[Segment]]] | None = None
        self._build(silent)
        self._connect()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(60)
        self._later.timeout.connect(self._show_rest)

    # What is open

    @property
    def schema(self) -> LabelSchema:
        """What may be said here."""
        return self.work.project.schema if self.work is not None else LabelSchema()

    @property
    def annotations(self) -> AnnotationSet:
        """The set as it is shown now."""
        return self.editor.annotations if self.editor is not None else AnnotationSet("")

    @property
    def can_change(self) -> bool:
        """Whether the set may be changed now."""
        return self.editor is not None and not self.editor.locked

    @property
    def tier(self) -> Tier | None:
        """The tier that keys act on."""
        name = self.timeline.active_lane or ""
        return self.schema.tier(name) if self.schema.has_tier(name) else None

    @property
    def awaits_reveal(self) -> bool:
        """Whether pressing Done shows the model's answer before the task can be submitted."""
        return self.work is not None and self.work.show == "after-commit" and not self.is_revealed

    def is_idle(self) -> bool:
        """Whether everything shown is up to date and on the disk."""
        return not self._later.isActive() and self.video.is_idle and (self.editor is None or self.editor.waiting == 0)

    def progress(self) -> Progress:
        """How much of what is required has been answered."""
        annotations = self.annotations
        if self._progress is None or self._progress[0] is not annotations:
            self._progress = (annotations, progress(self.schema, annotations))
        return self._progress[1]

    def segments(self, tier: str) -> list[Segment]:
        """The person's segments on a tier, listed once for each state of the set: 20,000 of them take 5 ms."""
        annotations = self.annotations
        if self._listed is None or self._listed[0] is not annotations:
            self._listed = (annotations, {})
        if tier not in self._listed[1]:
            self._listed[1][tier] = annotations.segments(tier)
        return self._listed[1][tier]

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
        has_time = task.end_us > task.start_us and (bool(schema.tiers) or work.media_path is not None)
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
        self.bar.set_has_media(work.media_path is not None)
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
        self._show_text(work)
        self._show_lock()
        self._show_tier()
        self._on_annotations(editor.annotations)
        self._make_room_soon()
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

    def lock(self, reason: str) -> None:
        """Refuse changes, and say why; an empty reason allows them again."""
        if self.editor is not None:
            self.editor.lock(reason)
            self._show_lock()
            self._show_rest()

    def set_look(self, look: TierLook) -> None:
        """Show the tiers so, now and the next time this person works in this project."""
        if look == self.look or self.work is None:
            return
        self.look = look
        remember_look(self._context.project_id, self._context.person_id, look)
        self._set_lanes()
        for tier in self.schema.tiers:
            self._fill_lane(tier)
        self._make_room_soon()

    def reveal(self, tiers: Iterable[str]) -> None:
        """Show tiers that are hidden."""
        self.set_look(replace(self.look, hidden=self.look.hidden - set(tiers)))

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
        done = self.editor.stage(combine(draft.verb, draft, *emptied) if emptied else draft, note)
        if done:
            self.said.emit("")  # why the key before did nothing is no news now
        if done and self.side.problems:
            self.side.show_problems(self.editor.problems())
        return done

    def is_none(self, tier: str) -> bool:
        """Whether the person said that there is nothing on the tier."""
        answer = self.annotations.answer(tier)
        return answer is not None and answer.value == CHECKED_NONE

    # Suggestions

    def focused_suggestion(self) -> Suggested | None:
        """The suggestion that Y and X act on."""
        return self.pending.focused(self.chosen_suggestion, self.timeline.playhead_us)

    def go_to_suggestion(self, element: Suggested | None) -> None:
        """Bring a suggestion under the keys; None lets go."""
        self.chosen_suggestion = element.id if element is not None else None
        if isinstance(element, Segment):
            self.reveal([element.tier])
            self.timeline.select(MODEL + element.tier, [element.id])
            self.timeline.move_playhead(element.start_us)
            self.timeline.ensure_visible(element.start_us, element.end_us)
        elif (self.timeline.selection[0] or "").startswith(MODEL):
            self.timeline.select(None, ())
        self.show_next_key()

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

    def take_focus(self) -> None:
        """Give the keys to the timeline, or to the view itself where there is none."""
        (self.timeline if not self.timeline.isHidden() else self).setFocus(Qt.FocusReason.OtherFocusReason)

    def keep_lanes_whole(self) -> None:
        """Where there is little room the table gives way before a lane does, then the text, then the overview."""
        timeline = self.timeline
        if self.work is None or timeline.isHidden() or not self.stack.height():
            return
        lanes = sum(height for _, _, height in timeline.lanes.lane_tops()[:MOST_WHOLE_LANES])
        above = [part for part in timeline.above_lanes() if not part.isHidden() or part is timeline.overview]
        parts = [self.bar, *above, self.next_line]
        wanted = lanes + theme.px(LEAST_WAVE_PX) + sum(part.sizeHint().height() for part in parts)
        sizes = self.stack.sizes()
        for place in (2, 0):
            part = self.stack.widget(place)
            spare = sizes[place] - part.minimumSizeHint().height() if not part.isHidden() else 0
            given = max(0, min(spare, wanted - sizes[1]))
            sizes[place], sizes[1] = sizes[place] - given, sizes[1] + given
        timeline.overview.setVisible(sizes[1] >= wanted)
        if sizes != self.stack.sizes():
            self.stack.setSizes(sizes)

    def _make_room_soon(self) -> None:
        QTimer.singleShot(0, self, self.keep_lanes_whole)  # once the parts have their sizes

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.video.resume()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room_soon()

    # Inside: building

    def _build(self, silent: bool) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.banner = Banner()
        self.timeline = TimelineView(self._context.jobs)
        self.transport = Transport(self, silent=silent)
        self.bar, self.next_line, self.table = TransportBar(), NextKeyLine(), SegmentTable()
        self.text, self.side = TextPanel(), SidePanel()
        self.video = VideoDeck(self.timeline, self.transport, self._context.jobs, self, window_key="Ctrl+F9")
        self.top = Splitter("annotate-top", Qt.Orientation.Horizontal, (440, 420))
        for part in (self.video.home, self.text):
            self.top.addWidget(part)
        self.top.restore()
        self._middle = middle = QWidget()
        rows = QVBoxLayout(middle)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for widget, stretch in ((self.bar, 0), (self.timeline, 1), (self.next_line, 0)):
            rows.addWidget(widget, stretch)
        middle.setProperty("role", "ground")
        self.find, self.below = FindBar(), QWidget()
        found = QVBoxLayout(self.below)
        found.setContentsMargins(0, 0, 0, 0)
        found.setSpacing(0)
        found.addWidget(self.find)
        found.addWidget(self.table, 1)
        self.stack = Splitter("annotate-stack", Qt.Orientation.Vertical, (175, 515, 150))
        for part in (self.top, middle, self.below):
            self.stack.addWidget(part)
        self.stack.setStretchFactor(1, 1)
        self.stack.restore()
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.stack, 1)
        self.sides = Splitter("annotate-side", Qt.Orientation.Horizontal, (860, theme.SIDE_RIGHT_WIDTH))
        self.sides.addWidget(centre)
        self.sides.addWidget(self.side)
        self.sides.setStretchFactor(0, 1)
        self.sides.restore()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.sides)

    def _connect(self) -> None:
        timeline, transport = self.timeline, self.transport
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
        self.table.chosen.connect(self._on_rows_chosen)
        self.table.activated_id.connect(lambda element_id: self._play_element("", element_id))
        self.side.problem_pressed.connect(self.go_to_problem)
        self.banner.pressed.connect(self.recall_asked)
        theme.notifier().theme_changed.connect(self._make_room_soon)
        bindings.current().changed.connect(self.show_next_key)

    def _set_lanes(self) -> None:
        assert self.work is not None
        lanes = []
        for tier in self.look.shown(self.schema):
            locked = tier.name in self.look.locked
            lanes.append(
                LaneSpec(
                    tier.name,
                    tier.name,
                    tier,
                    "person",
                    editable=self.can_change and not locked,
                    height=self.look.height_of(tier),
                    locked=locked,
                    depth=depth_of(self.schema, tier),
                )
            )
            if self.suggestions is not None and self.suggestions.segments(tier.name):
                lanes.append(LaneSpec(MODEL + tier.name, "model", tier, "suggestion", editable=False))
        active = self.timeline.active_lane
        self.timeline.lanes.set_hidden_count(len(self.schema.tiers) - len(self.look.shown(self.schema)))
        self.timeline.set_lanes(lanes)
        if active in [lane.id for lane in lanes]:
            self.timeline.active_lane = active

    def _on_video(self) -> None:
        self._show_top()
        self.changed.emit()

    def fold_text(self) -> None:
        """Fold the text away, or bring it back."""
        self.text.setVisible(self.text.isHidden())
        self._show_top()

    def _show_top(self) -> None:
        """Pictures and text stand beside each other; where there is neither, the lanes have the room."""
        is_shown = not (self.video.home.isHidden() and self.text.isHidden())
        name, height = ("annotate-stack-video", 260) if not self.video.home.isHidden() else ("annotate-stack", 175)
        self.stack.use(name, (height, 690 - height, 150))
        if is_shown == self.top.isHidden():
            self.top.setVisible(is_shown)
        self._make_room_soon()

    def _show_text(self, work: TaskWork) -> None:
        self.text.setVisible(work.text is not None)
        self.video.load(work.videos)
        self._show_top()
        if work.text is not None:
            self.text.set_schema(work.project.schema)
            if work.text.asset_id:
                self.text.set_document(work.text.text, work.text.asset_id, work.text.title)
            else:
                self.text.show_message(work.text.text)

    def _show_lock(self) -> None:
        assert self.editor is not None
        reason = self.editor.locked
        is_told = self._context.services.read_only  # the window says so above every workspace
        self.banner.say("" if is_told else reason, button="Recall" if "Recall" in reason else "")
        self.text.set_editable(not reason, reason)
        self._set_lanes()

    # Inside: following

    def _on_annotations(self, annotations: AnnotationSet) -> None:
        self.pending = model_side.pending(self.suggestions, annotations, self.schema)
        shown = {segment.id for segment in self.pending.segments()}
        for tier in self.schema.tiers:
            self._fill_lane(tier, shown)
        if self.work is not None and self.work.text is not None:
            self.text.set_spans(annotations)
        if self.chosen_suggestion is not None and self.pending.find(self.chosen_suggestion) is None:
            self.chosen_suggestion = None
        if len(annotations) < MANY:
            self._show_rest()
        elif not self._later.isActive():
            self._later.start()

    def _fill_lane(self, tier: Tier, shown: Collection[str] | None = None) -> None:
        """Give a tier's lanes what they show; what is hidden cannot be selected either."""
        if self.timeline.state.lane(tier.name) is None:
            return
        if shown is None:
            shown = {segment.id for segment in self.pending.segments()}
        self.timeline.set_annotations(tier.name, self.annotations, None)
        if self.suggestions is not None and self.suggestions.segments(tier.name):
            self.timeline.set_annotations(MODEL + tier.name, self.suggestions, shown)

    def _show_rest(self) -> None:
        if self.work is None:
            return
        self._show_table()
        self.side.questions.show_answers(self.annotations, self.pending.answers(), can_change=self.can_change)
        word, tip = (
            ("Done", "Show the model's answer for comparison") if self.awaits_reveal else ("Submit", "Hand it in")
        )
        self.side.set_way_out(word, tip, can_submit=self.can_change, can_leave=self.can_change)
        self._show_labels()
        self.changed.emit()

    def _show_table(self) -> None:
        tier = self.tier
        self.table.rows.can_change = self.can_change
        if self.find.search:
            names = [one.name for one in self.schema.tiers]
            self.found = self.find.search.find(self.annotations, names, self.side.comments.shown)
            self.table.show_segments(self.schema, None, self.found, self.suggestions)
            self.find.show_count(len(self.found), None)
        else:
            self.found = []
            segments = self.segments(tier.name) if tier is not None else []
            self.table.show_segments(self.schema, tier, segments, self.suggestions)
        self.table.follow(self.selected_segments())

    def show_found(self) -> None:
        """Show in the table what the search finds now, or everything again."""
        if self.work is not None:
            self._show_table()

    def _show_tier(self) -> None:
        tier = self.tier
        self.side.labels.set_tier(tier, self.label_keys.get(tier.name, {}) if tier is not None else {})
        self._show_table()
        self._show_labels()
        self.changed.emit()

    def _show_labels(self) -> None:
        tier, chosen = self.tier, self.selected_segments()
        if tier is not None:
            self.side.labels.show_state(
                chosen[0].labels if chosen and len({s.labels for s in chosen}) == 1 else (),
                is_none=self.is_none(tier.name),
                has_segments=bool(self.segments(tier.name)),
                can_change=self.can_change,
            )
        self.side.attributes.show_for(tier, chosen, can_change=self.can_change)
        focused = self.focused_suggestion()
        names = [chosen[0].label] if chosen else [getattr(focused, "label", "")] if focused is not None else []
        self.side.guidelines.show_for(*(n for n in (*names, tier.name if tier is not None else "") if n))
        self._show_selected()
        self.show_next_key()

    def selected_ids(self) -> list[str]:
        """Ids of the person's own selected segments."""
        lane, ids = self.timeline.selection
        return [] if lane is None or lane.startswith(MODEL) else [i for i in ids if i in self.annotations]

    def selected_segments(self) -> list[Segment]:
        """The person's own selected segments, in time order."""
        return sorted((self.annotations.segment(i) for i in self.selected_ids()), key=lambda s: (s.start_us, s.id))

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
        if isinstance(element, Segment) and self.work is not None and self.work.media_path is not None:
            self.transport.play(element.start_us, element.end_us)

    def _show_selected(self) -> None:
        chosen, stretch = self.selected_segments(), self.timeline.stretch
        if chosen:
            self.bar.show_selected(sum(s.end_us - s.start_us for s in chosen))
        else:
            self.bar.show_selected(stretch.duration_us if stretch is not None else None)

    def show_next_key(self) -> None:
        """Say what the next key does."""
        if self.work is not None:
            tier, focused = self.tier, self.focused_suggestion() if self.can_change else None
            self.next_line.show_runs(tier.name if tier is not None else "", self.mode_runs() or next_runs(self))
            if isinstance(focused, Segment):
                self.timeline.point_at(MODEL + focused.tier, focused.id)
            else:
                self.timeline.point_at(None)
