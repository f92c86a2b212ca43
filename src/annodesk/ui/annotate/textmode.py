"""Text mode: write the text of segment after segment with both hands on the keys while it plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer, Signal
from PySide6.QtGui import QTextCursor

from annodesk import settings as workstation
from annodesk.model import edits
from annodesk.model.annotations import Segment
from annodesk.services.half_typed import HalfTyped, HalfTypedFile
from annodesk.ui import theme
from annodesk.ui.actions import effective_keys, shown_key
from annodesk.ui.annotate.mode_actions import WRITING_ACTIONS
from annodesk.ui.annotate.textmode_field import SegmentField
from annodesk.ui.annotate.textmode_words import ExpansionsDialog
from annodesk.ui.keys import bindings
from annodesk.ui.timeline.commands import segment_at

if TYPE_CHECKING:
    from annodesk.ui.annotate.nextline import Run
    from annodesk.ui.annotate.taskview import TaskView
    from annodesk.ui.bus import Context

BACK_US = 2_000_000
_RESUME_US = 500_000
_KEEP_MS = 800
_LEAST_PX, _GAP_PX = 420, 2


class TextMode(QObject):
    """Shows the field under the segment that is written, commits each text as one Edit, and goes on to the next.

    changed()   writing began, went on or ended
    """

    changed = Signal()

    def __init__(self, view: TaskView, context: Context) -> None:
        super().__init__(view)
        self.view, self._context = view, context
        self.segment_id = ""
        self._before = ""
        self._half: HalfTyped | None = None
        self._file: HalfTypedFile | None = None
        self._own: dict[str, str] = {}
        self._is_leaving = False
        self.field = SegmentField(view.timeline)
        self.field.left.connect(self._on_left)
        self.field.grown.connect(self._place)
        self.field.textChanged.connect(self._on_typed)
        bindings.current().changed.connect(self._take_keys)
        self._take_keys()
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.setInterval(_KEEP_MS)
        self._keep.timeout.connect(self._keep_half)
        state = view.timeline.state
        for moved in (state.scale_changed, state.lanes_changed, view.timeline.splitter.splitterMoved):
            moved.connect(self._place)
        theme.notifier().theme_changed.connect(self._place)

    @property
    def is_on(self) -> bool:
        """Whether a text is being written."""
        return bool(self.segment_id)

    @property
    def is_idle(self) -> bool:
        """Whether nothing typed waits to be kept."""
        return not self._keep.isActive()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            "annotate.text": self.open,
            "writing.next": lambda: self.step(1),
            "writing.prev": lambda: self.step(-1),
            "writing.done": self.finish,
            "writing.restore": self.restore,
            "writing.line": self._new_line,
            "writing.play": self.play,
            "writing.whole": self.play_whole,
            "writing.loop": self.loop,
            "writing.back": self.back,
            "writing.slower": self._slower,
            "writing.faster": self._faster,
            "writing.rate": self._as_recorded,
            "annotate.expansions": self.edit_expansions,
        }

    def _take_keys(self) -> None:
        """Listen for the keys that the actions have now."""
        acts = self.handlers()
        self.field.set_keys({key: acts[one.id] for one in WRITING_ACTIONS for key in effective_keys(one)})

    # A task opens and closes

    def open_task(self) -> None:
        """A task was opened: look whether a text was being written when annodesk ended."""
        self.close_task()
        work = self.view.work
        if work is None or not work.set_id:
            return
        file = self._file = HalfTypedFile(work.set_id)

        def read(kept: HalfTyped | None) -> None:
            segment = self.view.annotations.get(kept.segment) if kept is not None else None
            if self._file is not file or not isinstance(segment, Segment) or kept is None or self.is_on:
                return
            self._half = kept
            self.view.timeline.select(segment.tier, [segment.id])
            self.view.timeline.move_playhead(segment.start_us)
            self.view.timeline.ensure_visible(segment.start_us, segment.end_us)
            self._context.notices.show(
                "The text you were writing was kept.", f"{shown_key('annotate.text')} goes on with it."
            )

        person = self._context.person_id

        def known(table: dict[str, str]) -> None:
            self._own = table

        self._context.jobs.store(file.read, on_done=read, what="look for a text half typed")
        self._context.jobs.store(
            lambda: dict(workstation.load().expansions.get(person, {})), on_done=known, what="read your short words"
        )

    def close_task(self) -> None:
        """The task is closed: what was written is committed first."""
        self.commit()
        self._hide()
        self._file = self._half = None

    # Writing

    def open(self) -> None:
        """Write the text of the selected segment, or of the one at the playhead, the next, the one before."""
        view, timeline = self.view, self.view.timeline
        tier = view.tier
        if tier is None or not tier.free_text:
            view.refuse_entry(f"{tier.name} has no text." if tier is not None else "There is no tier to write on.")
            return
        if view.editor is None or not view.can_change or tier.name in view.look.locked:
            locked = view.editor.locked if view.editor is not None else ""
            view.refuse_entry(locked or f"{tier.name} is locked: the lock beside its name opens it.")
            return
        chosen = view.selected_segments()
        segment = chosen[0] if chosen else segment_at(view.annotations, tier.name, timeline.playhead_us)
        segment = segment or timeline.next_segment() or timeline.previous_segment()
        if segment is None:
            view.refuse_entry(f"There is no segment to write in; {shown_key('annotate.draw')} draws one.")
            return
        self._show(segment)
        view.arrived(segment.start_us, segment.end_us)

    def commit(self) -> bool:
        """Store what was written as one Edit, where it is another text; False where that was refused."""
        if not self.is_on:
            return True
        segment = self.view.annotations.get(self.segment_id)
        text = self.field.toPlainText().rstrip()
        if isinstance(segment, Segment) and text != segment.text and (text or segment.text):
            if not self.view.stage(edits.set_text(self.view.annotations, segment.id, text)):
                return False
            self._before = text
        self._forget_half()
        return True

    def step(self, step: int) -> None:
        """Commit, go to the next segment, play it and write its text."""
        if not self.is_on or not self.commit():
            return
        timeline = self.view.timeline
        timeline.select(self.view.annotations.segment(self.segment_id).tier, [self.segment_id])
        found = timeline.next_segment() if step > 0 else timeline.previous_segment()
        if found is None or found.id == self.segment_id:
            self.view.said.emit("That was the last segment." if step > 0 else "That was the first segment.")
            return
        self._show(found)
        self.play_whole()

    def finish(self) -> None:
        """Commit, and go back to the timeline."""
        if self.is_on and self.commit():
            self._hide()
            self.view.take_focus()

    def restore(self) -> None:
        """Leave the text as it was before this segment was opened."""
        if self.is_on:
            self._forget_half()
            self._hide()
            self.view.take_focus()

    def _new_line(self) -> None:
        self.field.insertPlainText("\n")
        self.field.ensureCursorVisible()

    def _on_left(self) -> None:
        if self.is_on and not self._is_leaving and self.commit():
            self._hide()

    def follow(self) -> None:
        """The set is another now: a segment that is gone has no text to be written."""
        if self.is_on and not isinstance(self.view.annotations.get(self.segment_id), Segment):
            self._hide()
            self.view.refuse_entry("The segment that was written is gone.")
        self._place()

    # Playing

    def _stretch(self) -> tuple[int, int] | None:
        segment = self.view.annotations.get(self.segment_id)
        if not isinstance(segment, Segment) or self.view.work is None or not self.view.work.can_play:
            return None
        return segment.start_us, segment.end_us

    def play(self) -> None:
        """Pause; else play on to the segment's end from a little before, or the whole of it where it is over."""
        stretch, transport = self._stretch(), self.view.transport
        if stretch is None:
            return
        if transport.is_playing:
            transport.pause()
            return
        at_us = transport.position_us
        inside = stretch[0] < at_us < stretch[1] - 50_000
        transport.play(max(stretch[0], at_us - _RESUME_US) if inside else stretch[0], stretch[1])

    def play_whole(self) -> None:
        """Play the segment from its start."""
        stretch = self._stretch()
        if stretch is not None:
            self.view.transport.play(*stretch)

    def loop(self) -> None:
        """Play the segment over and over, or no longer."""
        stretch, transport = self._stretch(), self.view.transport
        if transport.is_looping:
            transport.pause()
        elif stretch is not None:
            transport.play(*stretch, True)

    def back(self) -> None:
        """Play from 2 s before, on to the segment's end."""
        stretch, transport = self._stretch(), self.view.transport
        if stretch is not None:
            start_us = max(0, transport.position_us - BACK_US)
            transport.play(start_us, max(stretch[1], start_us + BACK_US))

    def _slower(self) -> None:
        self.view.transport.slower()

    def _faster(self) -> None:
        self.view.transport.faster()

    def _as_recorded(self) -> None:
        self.view.transport.set_rate(1.0)

    # Expansions

    def edit_expansions(self) -> None:
        """Show the project's short words, and let the person change their own."""
        work = self.view.work
        if work is None:
            return
        self.commit()
        dialog = ExpansionsDialog(dict(work.project.expansions), self._own, self.view)
        dialog.given.connect(self._keep_expansions)
        dialog.finished.connect(self._after_dialog)
        self.dialog = dialog
        dialog.open()

    def _after_dialog(self) -> None:
        self.view.window().activateWindow()
        self.view.take_focus()

    def _keep_expansions(self, table: dict[str, str]) -> None:
        person, self._own = self._context.person_id, table

        def keep() -> None:
            known = dict(workstation.load().expansions)
            workstation.change(expansions={**known, person: table})

        self._context.jobs.store(keep, what="keep your short words")

    # The field

    def _show(self, segment: Segment) -> None:
        view = self.view
        self._forget_half(only_timer=True)
        self.segment_id, self._before = segment.id, segment.text
        half, self._half = self._half, None
        is_kept = half is not None and half.segment == segment.id and half.before == segment.text
        view.timeline.select(segment.tier, [segment.id])
        view.timeline.ensure_visible(segment.start_us, segment.end_us)
        project = view.work.project if view.work is not None else None
        self.field.expansions = {**dict(project.expansions if project else ()), **self._own}
        self.field.blockSignals(True)
        self.field.setPlainText(half.text if is_kept and half is not None else segment.text)
        self.field.document().clearUndoRedoStacks()
        self.field.blockSignals(False)
        self.field.moveCursor(QTextCursor.MoveOperation.End)
        self.field.show()
        self.field.raise_()
        self._place()
        self.field.setFocus()
        self.changed.emit()

    def _hide(self) -> None:
        if not self.is_on:
            return
        self._is_leaving, self.segment_id = True, ""
        self.field.hide()
        self._is_leaving = False
        self.changed.emit()

    def _place(self) -> None:
        """Put the field under its segment, as wide as that and as its words need, inside the timeline."""
        segment = self.view.annotations.get(self.segment_id) if self.is_on else None
        if not isinstance(segment, Segment):
            return
        timeline, lanes = self.view.timeline, self.view.timeline.lanes
        rows = {lane.id: (top, height) for lane, top, height in lanes.lane_tops()}
        if segment.tier not in rows:
            return
        top, height = rows[segment.tier]
        gutter, right = timeline.state.gutter_px, timeline.width() - theme.px(8)
        start, end = lanes.x_of(segment.start_us), lanes.x_of(segment.end_us)
        width = int(min(right - gutter, max(theme.px(_LEAST_PX), min(end, right) - max(start, gutter))))
        left = int(max(gutter, min(start, right - width)))
        self.field.setFixedWidth(width)
        wanted = self.field.wanted_height()
        gap = theme.px(_GAP_PX)
        below = lanes.mapTo(timeline, QPoint(0, top + height)).y() + gap
        above = lanes.mapTo(timeline, QPoint(0, top)).y() - gap
        is_below = below + wanted <= timeline.height() or timeline.height() - below >= above
        tall = max(theme.px(26), min(wanted, timeline.height() - below if is_below else above))
        self.field.setGeometry(left, below if is_below else max(0, above - tall), width, tall)

    # Half-typed text

    def _on_typed(self) -> None:
        if self.is_on:
            self._keep.start()

    def _keep_half(self) -> None:
        text = self.field.toPlainText()
        if self.is_on and self._file is not None and text != self._before:
            kept = HalfTyped(self.segment_id, self._before, text)
            self._context.jobs.store(self._file.write, kept, what="keep what is being typed")

    def _forget_half(self, *, only_timer: bool = False) -> None:
        self._keep.stop()
        if not only_timer and self._file is not None:
            self._half = None
            self._context.jobs.store(self._file.remove, what="forget what was being typed")

    # What is shown

    def runs(self) -> list[Run]:
        """What the line of keys says while a text is written."""
        if not self.is_on:
            return []
        rate = self.view.transport.rate
        return [("key", "writing.next"), ("text", "store, next"), ("key", "writing.play"), ("text", "play"),
                ("key", "writing.back"), ("text", "back 2 s"), ("key", "writing.loop"), ("text", "loop"),
                ("key", "writing.slower"), ("key", "writing.faster"), ("dim", f"{rate:g}×"), ("key", "writing.done"),
                ("text", "done"), ("key", "writing.restore"), ("text", "as it was")]  # fmt: skip
