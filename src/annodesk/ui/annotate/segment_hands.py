"""What the keys do to many segments at once, to the clipboard, and to how edges behave."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QApplication

from annodesk.errors import AnnodeskError
from annodesk.media.zero import nearest_crossing
from annodesk.model.edits import delete
from annodesk.ui.annotate.hands import STEP_US, TaskHands
from annodesk.ui.parts import settings
from annodesk.ui.timeline import clipping
from annodesk.ui.timeline.commands import nearer_edge

if TYPE_CHECKING:
    from annodesk.model.annotations import Segment
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.timeline.gestures import Edge

SNAP, SNAP_SOUND, PUSH = "timeline/snaps", "timeline/snaps-to-sound", "timeline/pushes"
"""Where this workstation keeps whether edges snap, to the sound too, and whether they push."""


class SegmentHands:
    """The handlers of `annotate/segment_actions.py`."""

    def __init__(self, hands: TaskHands, jobs: Jobs) -> None:
        self._hands, self._jobs = hands, jobs
        state = hands.view.timeline.state
        state.set_snap(bool(settings().value(SNAP, True, type=bool)))
        state.set_snaps_to_sound(bool(settings().value(SNAP_SOUND, False, type=bool)))
        state.set_pushes(bool(settings().value(PUSH, False, type=bool)))
        state.snap_changed.connect(self._show_snap)
        hands.view.bar.snap_pressed.connect(self.turn_snap)
        self._show_snap()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        timeline = self._hands.view.timeline
        return {
            "annotate.zero": self.to_zero,
            "annotate.fill_gap": lambda: self._hands.stage(timeline.fill_gap),
            "annotate.earlier": lambda: self.shift(-1),
            "annotate.later": lambda: self.shift(1),
            "annotate.snap": self.turn_snap,
            "annotate.snap_sound": self.turn_snap_to_sound,
            "annotate.push": self.turn_push,
            "annotate.select_all": lambda: self._say_selected(timeline.select_all()),
            "annotate.select_alike": lambda: self._say_selected(timeline.select_alike()),
            "annotate.copy": self.copy,
            "annotate.cut": self.cut,
            "annotate.paste": lambda: self.paste(timeline.playhead_us),
            "annotate.paste_same": lambda: self.paste(None),
        }

    def _say(self, sentence: str) -> None:
        self._hands.view.said.emit(sentence)

    def _say_selected(self, count: int) -> None:
        if count:
            self._say(f"{count} selected." if count > 1 else "1 selected; there is no other.")

    def _show_snap(self) -> None:
        state = self._hands.view.timeline.state
        self._hands.view.bar.show_snap(state.snap, pushes=state.pushes)

    def turn_snap(self) -> None:
        """Let edges snap from now on, or no longer; remembered."""
        state = self._hands.view.timeline.state
        state.set_snap(not state.snap)
        settings().setValue(SNAP, state.snap)
        self._say("Edges snap." if state.snap else "Edges do not snap; Alt while dragging makes them.")

    def turn_snap_to_sound(self) -> None:
        """Let edges snap to onsets, ends of sound and zero crossings too, or no longer; remembered."""
        state = self._hands.view.timeline.state
        state.set_snaps_to_sound(not state.snaps_to_sound)
        settings().setValue(SNAP_SOUND, state.snaps_to_sound)
        self._say("Edges snap to the sound too." if state.snaps_to_sound else "Edges do not snap to the sound.")

    def turn_push(self) -> None:
        """Let edges push their neighbours from now on, or no longer; remembered."""
        state = self._hands.view.timeline.state
        state.set_pushes(not state.pushes)
        settings().setValue(PUSH, state.pushes)
        self._say("Edges push their neighbours." if state.pushes else "Edges stop at their neighbours.")

    def shift(self, direction: int) -> bool:
        """Move what is selected by a frame or 10 ms."""
        view = self._hands.view
        chosen = view.selected_segments()
        from_us = chosen[0].start_us if chosen else 0
        by_us = view.timeline.state.nudged(from_us, direction * STEP_US) - from_us
        return self._hands.stage(lambda: view.timeline.shift_selection(by_us))

    # Zero crossings

    def to_zero(self) -> None:
        """Put the edge nearer to the playhead on the nearest zero crossing."""
        view = self._hands.view
        chosen = view.selected_segments()
        file = view.work.heard_file if view.work is not None else None
        if len(chosen) != 1 or file is None:
            self._say("Select one segment to move its edge to a zero crossing.")
            return
        segment, (path, offset_us) = chosen[0], file
        edge = nearer_edge(segment, view.timeline.playhead_us)
        at_us = segment.start_us if edge == "start" else segment.end_us
        self._jobs.compute(
            partial(nearest_crossing, path, at_us - offset_us, channel=segment.channel),
            on_done=lambda found: self._on_crossing(segment, edge, None if found is None else found + offset_us),
            on_error=lambda error: self._say(str(error)),
            key="zero crossing",
            what="find a zero crossing",
        )

    def _on_crossing(self, segment: Segment, edge: Edge, found_us: int | None) -> None:
        view = self._hands.view
        if view.annotations.get(segment.id) != segment:
            return  # it has been changed since, or is gone: the answer is to an old question
        if found_us is None:
            self._say(f"There is no zero crossing near the {edge}.")
        elif found_us == (segment.start_us if edge == "start" else segment.end_us):
            self._say(f"The {edge} is on a zero crossing.")
        elif self._hands.stage(lambda: view.timeline.put_edge_at(segment, edge, found_us)):
            self._say(f"The {edge} is on a zero crossing now.")

    # Clipboard

    def copy(self) -> bool:
        """Put what is selected, with all that depends on it, on the clipboard."""
        view = self._hands.view
        ids = view.selected_ids()
        if not ids:
            self._say("Nothing is selected.")
            return False
        family = clipping.family_of(view.annotations, ids)
        data = QMimeData()
        data.setData(clipping.MIME, clipping.clip(family))
        data.setText(clipping.rows(family))
        QApplication.clipboard().setMimeData(data)
        self._say(f"{len(family)} copied.")
        return True

    def cut(self) -> bool:
        """Copy what is selected and take it out."""
        view = self._hands.view
        if not view.can_change or not self.copy():
            return False
        ids = view.selected_ids()
        done = self._hands.stage(lambda: delete(view.annotations, ids))
        if done:
            self._say(f"{len(ids)} cut; Ctrl+Z brings them back.")
        return done

    def paste(self, at_us: int | None) -> bool:
        """Put in what was copied, at a time or at the times it had."""
        view, tier = self._hands.view, self._hands.view.tier
        data = QApplication.clipboard().mimeData()
        if tier is None or data is None or not data.hasFormat(clipping.MIME):
            self._say("No segments have been copied.")
            return False
        try:
            segments = clipping.unclip(bytes(data.data(clipping.MIME).data()))
            pasted = clipping.paste(view.schema, view.annotations, tier, segments, at_us)
        except AnnodeskError as error:
            self._say(str(error))
            return False
        done = self._hands.stage(lambda: pasted.draft)
        if done:
            homes = {view.annotations.segment(i).tier for i in pasted.ids}
            if len(homes) == 1:
                view.timeline.select(homes.pop(), pasted.ids)
                chosen = view.selected_segments()
                view.timeline.ensure_visible(chosen[0].start_us, max(s.end_us for s in chosen))
            self._say(pasted.note)
        return done
