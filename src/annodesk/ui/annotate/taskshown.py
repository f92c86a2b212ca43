"""What the parts of an open task show: the set as it is now, the selection, and what the next key does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer, Signal

from annodesk.model.annotations import CHECKED_NONE, AnnotationSet, Segment
from annodesk.model.schema import LabelSchema, Tier
from annodesk.ui.actions import key_of
from annodesk.ui.annotate.nextkey import next_runs
from annodesk.ui.annotate.others_said import lanes_of
from annodesk.ui.annotate.required import Progress, progress
from annodesk.ui.annotate.suggestions import MODEL, Pending, Suggested
from annodesk.ui.annotate.taskparts import TaskParts
from annodesk.ui.annotate.tier_look import TierLook, depth_of
from annodesk.ui.annotate.tier_look import remember as remember_look
from annodesk.ui.timeline.lanes import LaneSpec

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from annodesk.services.tasks import TaskWork
    from annodesk.ui.annotate.nextline import Run
    from annodesk.ui.bus import Context
    from annodesk.ui.undo import Editor


class TaskShown(TaskParts):
    """Reads the set and shows it; never changes it.

    changed()          the set, the selection or the suggestions are others now
    said(str)          a sentence for the status line
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, context: Context, parent: QWidget | None = None, *, silent: bool = False) -> None:
        super().__init__(context, parent, silent=silent)
        self.editor: Editor | None = None
        self.suggestions: AnnotationSet | None = None
        self.pending = Pending()
        self.chosen_suggestion: str | None = None
        self.is_revealed = False
        self.found: list[Segment] = []
        self.label_keys: dict[str, dict[str, str]] = {}
        self.look = TierLook()
        self.key_of = key_of
        self.arrived: Callable[[int, int], object] = lambda start_us, end_us: None
        """Called with what the person has just gone to."""
        self.mode_runs: Callable[[], list[Run]] = list
        """What the line of keys says first: a mode's own keys while it is on."""
        self._progress: tuple[AnnotationSet, Progress] | None = None
        self._listed: tuple[AnnotationSet, dict[str, list[Segment]]] | None = None
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

    def is_none(self, tier: str) -> bool:
        """Whether the person said that there is nothing on the tier."""
        answer = self.annotations.answer(tier)
        return answer is not None and answer.value == CHECKED_NONE

    def selected_ids(self) -> list[str]:
        """Ids of the person's own selected segments."""
        lane, ids = self.timeline.selection
        return [] if lane is None or lane.startswith(MODEL) else [i for i in ids if i in self.annotations]

    def selected_segments(self) -> list[Segment]:
        """The person's own selected segments, in time order."""
        return sorted((self.annotations.segment(i) for i in self.selected_ids()), key=lambda s: (s.start_us, s.id))

    def focused_suggestion(self) -> Suggested | None:
        """The suggestion that Y and X act on."""
        return self.pending.focused(self.chosen_suggestion, self.timeline.playhead_us)

    # What is shown of it

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

    def show_found(self) -> None:
        """Show in the table what the search finds now, or everything again."""
        if self.work is not None:
            self._show_table()

    def show_next_key(self) -> None:
        """Say what the next key does."""
        if self.work is not None:
            tier, focused = self.tier, self.focused_suggestion() if self.can_change else None
            self.next_line.show_runs(tier.name if tier is not None else "", self.mode_runs() or next_runs(self))
            if isinstance(focused, Segment):
                self.timeline.point_at(MODEL + focused.tier, focused.id)
            else:
                self.timeline.point_at(None)

    def take_focus(self) -> None:
        """Give the keys to the timeline, or to the view itself where there is none."""
        (self.timeline if not self.timeline.isHidden() else self).setFocus(Qt.FocusReason.OtherFocusReason)

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
            lanes += [lane for lane, _ in lanes_of(self.work, tier)]
        active = self.timeline.active_lane
        self.timeline.lanes.set_hidden_count(len(self.schema.tiers) - len(self.look.shown(self.schema)))
        self.timeline.set_lanes(lanes)
        if active in [lane.id for lane in lanes]:
            self.timeline.active_lane = active

    def _fill_lane(self, tier: Tier, shown: Collection[str] | None = None) -> None:
        """Give a tier's lanes what they show; what is hidden cannot be selected either."""
        if self.timeline.state.lane(tier.name) is None:
            return
        if shown is None:
            shown = {segment.id for segment in self.pending.segments()}
        self.timeline.set_annotations(tier.name, self.annotations, None)
        if self.suggestions is not None and self.suggestions.segments(tier.name):
            self.timeline.set_annotations(MODEL + tier.name, self.suggestions, shown)
        if self.work is not None:
            for lane, said in lanes_of(self.work, tier):
                self.timeline.set_annotations(lane.id, said, None)

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
        self.side.model.follow(self)
        self._show_selected()
        self.show_next_key()

    def _show_selected(self) -> None:
        chosen, stretch = self.selected_segments(), self.timeline.stretch
        if chosen:
            self.bar.show_selected(sum(s.end_us - s.start_us for s in chosen))
        else:
            self.bar.show_selected(stretch.duration_us if stretch is not None else None)
