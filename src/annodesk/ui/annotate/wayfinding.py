"""Finding one's way within the open task: the search, times typed and read, bookmarks, comments, the place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from annodesk.errors import AnnodeskError, EditError
from annodesk.model.annotations import Segment
from annodesk.model.edits import set_attribute
from annodesk.model.times import seconds_to_us
from annodesk.services.changes import Changes, Kind
from annodesk.ui.annotate.attributes import typed_value
from annodesk.ui.annotate.goto import GoToField
from annodesk.ui.annotate.notation import ItemNotation
from annodesk.ui.annotate.places import Place, Places, begin_close, place_in
from annodesk.ui.annotate.table import OF_ATTRIBUTE, TYPED
from annodesk.ui.timeline.commands import put_edge
from annodesk.ui.timeline.lanes import Flag

if TYPE_CHECKING:
    from annodesk.model.search import Search
    from annodesk.model.work import Bookmark, Comment
    from annodesk.services.tasks import TaskWork
    from annodesk.ui.annotate.hands import TaskHands
    from annodesk.ui.bus import Context
    from annodesk.ui.timeline.scale import TimeScale

BOOKMARK_REACH_US = 20_000
"""A bookmark so near the playhead is the one that the key takes away."""


class Wayfinding(QObject):
    """The handlers of `annotate/actions.py` that find something, and what they need to know of the open task."""

    def __init__(self, context: Context, hands: TaskHands) -> None:
        super().__init__(hands.view)
        self._context, self._hands, self.view = context, hands, hands.view
        self.bookmarks: tuple[Bookmark, ...] = ()
        self.pins: tuple[Comment, ...] = ()
        self.notation = ItemNotation(self)
        self.goto = GoToField(self.view)
        self.places = Places(self._now, self._beside, self)
        view, timeline, bar = self.view, self.view.timeline, self.view.find
        self.notation.changed.connect(self._show_notation)
        view.video.changed.connect(lambda: self.notation.set_frames(view.video.times))
        self.goto.given.connect(self._on_time_given)
        self.goto.left.connect(view.take_focus)
        bar.searched.connect(self._on_searched)
        bar.stepped.connect(self.step_found)
        bar.all_asked.connect(self.select_found)
        bar.left.connect(view.take_focus)
        bar.closed.connect(self._on_search_closed)
        view.table.typed.connect(self._on_typed)
        view.table.left.connect(view.take_focus)
        for signal in (timeline.playhead_moved, timeline.view_changed, timeline.selection_changed):
            signal.connect(self.places.keep_soon)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            "annotate.find": self.open_search,
            "annotate.find_next": lambda: self.step_found(1),
            "annotate.find_prev": lambda: self.step_found(-1),
            "annotate.go_to_time": self.ask_time,
            "annotate.time_unit": self.turn_unit,
            "annotate.type_times": self.type_times,
            "annotate.type_attributes": self.type_attributes,
            "annotate.attribute_columns": self.turn_attribute_columns,
            "annotate.comment": self.focus_comment,
            "annotate.bookmark": self.turn_bookmark,
            "annotate.next_bookmark": lambda: self.step_bookmark(1),
            "annotate.prev_bookmark": lambda: self.step_bookmark(-1),
        }

    # A task opens and closes

    def open_task(self) -> None:
        """Follow the task that has just been opened, and go on where the person was in it."""
        work, person = self.view.work, self._context.person_id
        assert work is not None
        self.notation.open_item(work.item)
        self.notation.set_frames(self.view.video.times)
        place = place_in(person, work.task.id)
        if not self.view.timeline.isHidden():
            if place is not None:
                place.show(self.view.timeline)
            else:
                begun = begin_close(self.view.timeline)
                QTimer.singleShot(0, self, lambda: self._begin_again(work, begun))  # once the parts have their sizes
        self.bookmarks = ()
        self._context.jobs.store(
            lambda: (work.set_id, self._context.services.bookmarks.of(work.item.id, person)),
            on_done=self._on_bookmarks,
            what="read bookmarks",
        )
        self.show_flags()

    def _begin_again(self, work: TaskWork, begun: TimeScale) -> None:
        scale = self.view.timeline.state.scale
        if self.view.work is work and (scale.start_us, scale.us_per_px) == (begun.start_us, begun.us_per_px):
            begin_close(self.view.timeline)

    def _beside(self, write: Callable[[], None]) -> None:
        if not self._context.jobs.is_closed:  # the window goes, and has kept the place with the task
            self._context.jobs.store(write, what="keep the place in the task")

    def keep(self) -> None:
        """Keep where the person is; before the task closes."""
        self.places.keep()

    def show_flags(self, pins: Sequence[Comment] | None = None) -> None:
        """Draw comments, bookmarks and pins; the pins as they were where none are given."""
        self.pins = self.pins if pins is None else tuple(pins)
        flags = [Flag(b.time_us, "bookmark", b.note) for b in self.bookmarks]
        for comment in (*self.view.side.comments.shown, *self.pins):
            element = self.view.annotations.get(comment.element_id) if comment.element_id else None
            time_us = element.start_us if isinstance(element, Segment) else comment.time_us
            if time_us is not None:
                kind = "comment" if not comment.is_pin else "done" if comment.is_resolved else "pin"
                flags.append(Flag(time_us, kind, comment.text))
        self.view.timeline.state.set_flags(flags)

    def _now(self) -> tuple[str, str, Place] | None:
        work, person = self.view.work, self._context.person_id
        if work is None or not person or self.view.timeline.isHidden():
            return None
        return person, work.task.id, Place.of(self.view.timeline)

    # Comments

    def comment(self, text: str) -> None:
        """Put a comment at the selected segment, or at the playhead."""
        work, context, chosen = self.view.work, self._context, self.view.selected_ids()
        if work is None:
            return
        element = chosen[0] if len(chosen) == 1 else None

        def done(comment: Comment) -> None:
            if self.view.work is work:
                self.view.side.comments.set_comments([*self.view.side.comments.shown, comment], context.person_id)
                self.show_flags()
            context.bus.changed.emit(Changes.of(Kind.COMMENTS, sets=(work.set_id,)))

        context.jobs.store(
            context.services.annotate.comment,
            work.set_id,
            context.person_id,
            text,
            self.view.timeline.playhead_us if element is None else None,
            element,
            on_done=done,
            what="comment",
        )

    def focus_comment(self) -> None:
        """Put the caret into the field for a new comment."""
        if self.view.side.isHidden():
            self.view.sides.fold(1)
        self.view.side.comments.focus_field()
        self.view.side.area.ensureWidgetVisible(self.view.side.comments.field)

    # The search

    def open_search(self) -> None:
        """Ask what is looked for."""
        view = self.view
        if view.below.isHidden():
            view.stack.fold(2)
        view.find.open()

    def step_found(self, step: int) -> None:
        """Go to the found segment after or before the one at hand."""
        view, found = self.view, self.view.found
        if not view.find.search:
            self.open_search()
            return
        if not found:
            view.said.emit("Nothing is found.")
            return
        chosen = view.selected_segments()
        at = next((place for place, s in enumerate(found) if chosen and s.id == chosen[0].id), None)
        if at is None:
            later = [place for place, s in enumerate(found) if s.start_us >= view.timeline.playhead_us]
            place = (later[0] if later else 0) if step > 0 else ((later[0] if later else len(found)) - 1) % len(found)
        else:
            place = (at + step) % len(found)
        self._go_to_segment(found[place])
        self._hands.arrive(found[place])
        view.find.show_count(len(found), place)

    def select_found(self) -> None:
        """Select everything found on the tier in work; where there is nothing, on the first tier with something."""
        view = self.view
        found = list(view.found)
        if not found:
            return
        tier = view.tier
        here = [s for s in found if tier is not None and s.tier == tier.name]
        chosen = here or [s for s in found if s.tier == found[0].tier]
        view.reveal([chosen[0].tier])
        view.timeline.select(chosen[0].tier, [s.id for s in chosen])
        view.timeline.ensure_visible(chosen[0].start_us, chosen[0].end_us)
        others = len(found) - len(chosen)
        more = f"; {others:,} more on other tiers" if others else ""
        view.said.emit(f"{len(chosen):,} selected on {chosen[0].tier}{more}. A label's key labels them all.")
        view.take_focus()

    def _on_searched(self, _search: Search) -> None:
        self.view.show_found()

    def _on_search_closed(self) -> None:
        self.view.show_found()
        self.view.take_focus()

    def _go_to_segment(self, segment: Segment) -> None:
        timeline = self.view.timeline
        self.view.reveal([segment.tier])
        timeline.select(segment.tier, [segment.id])
        timeline.move_playhead(segment.start_us)
        timeline.ensure_visible(segment.start_us, segment.end_us)

    # Times

    def ask_time(self) -> None:
        """Ask where to go."""
        now_us = self.view.timeline.playhead_us
        notation = self.notation.now
        self.goto.ask(notation.write(now_us), lambda text: self._inside(notation.read(text, now_us)))

    def _inside(self, time_us: int) -> int:
        limits = self.view.timeline.limits
        if not limits.start_us <= time_us <= limits.end_us:
            write = self.notation.now.write
            raise AnnodeskError(
                f"{write(time_us)} is outside of what is shown.",
                f"It goes from {write(limits.start_us)} to {write(limits.end_us)}.",
            )
        return time_us

    def _on_time_given(self, time_us: int) -> None:
        self.view.take_focus()
        timeline = self.view.timeline
        timeline.move_playhead(time_us)
        timeline.ensure_visible(time_us)

    def turn_unit(self) -> None:
        """Write times in the next unit."""
        self.view.said.emit(f"Times are written as {self.notation.turn().value}.")
        self.view.take_focus()

    def type_times(self) -> None:
        """Type the start, the end or the length of the selected segment."""
        view = self.view
        chosen = view.selected_segments()
        if len(chosen) != 1:
            view.refuse_entry("Select one segment to type its times.")
            return
        if view.below.isHidden():
            view.stack.fold(2)
        if not view.table.type_times(chosen[0]):
            view.refuse_entry((view.editor.locked if view.editor is not None else "") or "Its times cannot be changed.")

    def turn_attribute_columns(self) -> None:
        """Show the attributes as columns of the table, or no longer; remembered."""
        view = self.view
        view.table.show_attributes(not view.table.rows.shows_attributes)
        view.show_found()
        is_on, names = view.table.rows.shows_attributes, len(view.table.rows.written) - len(TYPED)
        view.said.emit(("" if names else "This tier has no attributes.") if is_on else "Attributes are in no columns.")
        view.take_focus()

    def type_attributes(self) -> None:
        """Type the attributes of the selected segment into its row."""
        view, chosen = self.view, self.view.selected_segments()
        if len(chosen) != 1:
            view.refuse_entry("Select one segment to type its attributes.")
            return
        if view.below.isHidden():
            view.stack.fold(2)
        if not view.table.rows.shows_attributes:
            view.table.show_attributes(True)
            view.show_found()
        if not view.table.type_attributes(chosen[0]):
            locked = view.editor.locked if view.editor is not None else ""
            view.refuse_entry(locked or f"{chosen[0].tier} has no attributes.")

    def _on_typed(self, segment_id: str, column: str, text: str) -> None:
        view = self.view
        segment = view.annotations.get(segment_id)
        if not isinstance(segment, Segment) or not view.schema.has_tier(segment.tier):
            return
        if column.startswith(OF_ATTRIBUTE):
            self._on_attribute_typed(segment, column.removeprefix(OF_ATTRIBUTE), text)
            return
        try:
            if column == "s":
                to_us = segment.start_us + self._length_us(text)
            else:
                to_us = self.notation.now.read(text, segment.start_us if column == "start" else segment.end_us)
            edge = "start" if column == "start" else "end"
            tier, bounds = view.schema.tier(segment.tier), view.timeline.state.bounds
            draft = put_edge(view.annotations, tier, segment, edge, to_us, bounds)
        except AnnodeskError as error:
            view.said.emit(str(error))
            return
        if draft and not view.stage(draft):
            return
        after = view.annotations.segment(segment_id)
        reached_us = after.start_us if edge == "start" else after.end_us
        if reached_us != to_us:
            view.said.emit(f"It is stopped at {self.notation.now.write(reached_us)} by what is beside it.")

    def _on_attribute_typed(self, segment: Segment, name: str, text: str) -> None:
        view = self.view
        attribute = next((one for one in view.schema.tier(segment.tier).attributes if one.name == name), None)
        if attribute is None:
            return
        try:
            value = typed_value(attribute, text)
        except EditError as error:
            view.said.emit(str(error))
            return
        view.stage(set_attribute(view.annotations, [segment.id], name, value))

    def _length_us(self, text: str) -> int:
        length = text.strip().removesuffix("s").strip().replace(",", ".")
        try:
            return seconds_to_us(float(length))
        except (ValueError, OverflowError):
            raise EditError(f"{text[:40]!r} is no length.", "Write seconds, such as 1.25.") from None

    def _show_notation(self) -> None:
        view = self.view
        view.table.show_times(self.notation.now)
        view.bar.show_notation(self.notation.now)

    # Bookmarks

    def turn_bookmark(self) -> None:
        """Set a bookmark at the playhead, or take the one that is there away."""
        work, person = self.view.work, self._context.person_id
        if work is None or self._context.services.read_only:
            return
        at_us = self.view.timeline.playhead_us
        here = [b for b in self.bookmarks if abs(b.time_us - at_us) <= BOOKMARK_REACH_US]
        services = self._context.services.bookmarks
        chosen = self.view.selected_ids()
        element = chosen[0] if len(chosen) == 1 else None

        def change() -> tuple[str, tuple[Bookmark, ...]]:
            kept = services.remove(here[0]) if here else services.add(work.item.id, person, at_us, "", element)
            return work.set_id, kept

        self._context.jobs.store(change, on_done=self._on_bookmarks, what="keep a bookmark")
        self.view.said.emit("Bookmark taken away." if here else "Bookmark set; only you see it.")

    def step_bookmark(self, step: int) -> None:
        """Go to the bookmark after or before the playhead, around the end."""
        at_us, times = self.view.timeline.playhead_us, sorted({b.time_us for b in self.bookmarks})
        if not times:
            self.view.said.emit("There is no bookmark yet.")
            return
        later, earlier = [t for t in times if t > at_us], [t for t in times if t < at_us]
        self._hands.go_to((later or times)[0] if step > 0 else (earlier or times)[-1])

    def _on_bookmarks(self, answer: tuple[str, Sequence[Bookmark]]) -> None:
        set_id, kept = answer
        if self.view.work is not None and self.view.work.set_id == set_id:
            self.bookmarks = tuple(kept)
            self.show_flags()
