"""The review desk: lanes of every side over one waveform, the place that is looked at, and the rulings under it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from annodesk.model.annotations import AnnotationSet
from annodesk.model.schema import Tier
from annodesk.model.times import Interval
from annodesk.quality.disagreements import Disagreement
from annodesk.ui import theme
from annodesk.ui.parts import Splitter
from annodesk.ui.player.video import sound_of
from annodesk.ui.review.bars import PlaceBar, RulingBar
from annodesk.ui.review.cards import Side, SideCards, side_lines
from annodesk.ui.review.compare import TextCompare
from annodesk.ui.review.placelist import PlaceList, PlaceRow
from annodesk.ui.review.places import Places, model_where_ruled, with_context
from annodesk.ui.review.wording import kind_text, label_colours, place_text, ruled_text, said_html, side_words
from annodesk.ui.timeline.lanes import LaneSpec
from annodesk.ui.timeline.view import TimelineView

if TYPE_CHECKING:
    from annodesk.services.review import ReviewWork
    from annodesk.ui.jobs import Jobs

OWN, MODEL = "yours", "model"
LISTED = 5
"""Rows of the list of disagreements that find room; more are reached by scrolling."""
LOW_PX, LOWEST_PX = 600, 460
"""Heights, at normal text size, below which the list and then the cards give way to the lanes."""


LEAST_LANES_PX = 130
"""Overview, ruler and a lane: what the rulings leave of the lanes where the text is large and the window low."""


class ReviewDesk(QWidget):
    """Shows one ReviewWork; it never changes a set itself."""

    draft_made = Signal(object)
    refused = Signal(str)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "ground")
        self.place_bar, self.rulings = PlaceBar(), RulingBar()
        self.view = TimelineView(jobs)
        self.cards, self.compare = SideCards(), TextCompare()
        self.list = PlaceList()
        said = QWidget()
        under = QVBoxLayout(said)
        under.setContentsMargins(0, 0, 0, 0)
        under.setSpacing(0)
        under.addWidget(self.cards)
        under.addWidget(self.list, 1)
        self._lower = QStackedWidget()
        self._lower.addWidget(said)
        self._lower.addWidget(self.compare)
        ignored = QSizePolicy.Policy.Ignored
        self._lower.setSizePolicy(ignored, ignored)  # the page that is not shown must not keep the lanes small
        below = QWidget()
        rows = QVBoxLayout(below)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.rulings)
        rows.addWidget(self._lower, 1)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.upper = Splitter("review-picture", Qt.Orientation.Horizontal, (340, 640))
        self.upper.addWidget(self.view)
        self.splitter.addWidget(self.upper)
        self.splitter.addWidget(below)
        self._is_text_shown = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.place_bar)
        column.addWidget(self.splitter, 1)
        self._work: ReviewWork | None = None
        self.tier: Tier | None = None
        self.view.draft_made.connect(self.draft_made)
        self.view.refused.connect(self.refused)
        self.compare.draft_made.connect(self.draft_made)
        self.compare.refused.connect(self.refused)

    def add_picture(self, picture: QWidget) -> None:
        """Give the item's videos their place before the lanes."""
        self.upper.insertWidget(0, picture)
        self.upper.setStretchFactor(1, 1)
        self.upper.restore()

    @property
    def bounds(self) -> Interval:
        """The stretch of the item this review is about."""
        assert self._work is not None
        return Interval(self._work.task.start_us, self._work.task.end_us)

    @property
    def own_lane(self) -> str:
        """The lane the analyst draws on."""
        return f"{OWN}:{self.tier.name}" if self.tier is not None else ""

    @property
    def has_timeline(self) -> bool:
        """Whether the item has something in time to look at."""
        work = self._work
        return work is not None and (bool(work.project.schema.tiers) or work.item.timeline_asset is not None)

    def sides(self) -> list[tuple[str, AnnotationSet]]:
        """Every side as (letter, set)."""
        return [(lane.letter, lane.annotations) for lane in self._work.lanes] if self._work is not None else []

    def show_work(self, work: ReviewWork) -> None:
        """Show an item: its media, its text, its lanes."""
        self._work, self.tier = work, None
        asset = work.item.timeline_asset
        self.view.setVisible(self.has_timeline)
        self.view.set_lanes(())
        self.view.set_duration(work.task.start_us, work.task.end_us)
        offset_us = asset.offset_us if asset is not None else 0
        self.view.set_media(sound_of(work), offset_us=offset_us, problem=work.media_problem, asset=asset)
        self.rulings.set_letters([letter for letter, _ in self.sides()])
        if work.text is not None:
            schema, has_model = work.project.schema, work.model is not None
            self.compare.set_text(schema, work.text.text, work.text.asset_id, self.sides(), has_model=has_model)
        self._is_text_shown = False
        self._share_room()

    def show_tier(self, tier: Tier | None) -> None:
        """Stack the lanes of one tier: each side's, the analyst's, and the model's where it is ruled."""
        if tier == self.tier or self._work is None:
            return
        self.tier = tier
        if tier is None:
            self.view.set_lanes(())
            return
        can_change = not self._work.session.locked
        lanes = [LaneSpec(f"{letter}:{tier.name}", letter, tier, "other") for letter, _ in self.sides()]
        lanes.append(LaneSpec(self.own_lane, "your ruling", tier, "ruling", editable=can_change, height=44))
        if self._work.model is not None:
            lanes.append(LaneSpec(f"{MODEL}:{tier.name}", "model", tier, "suggestion", height=30))
        self.view.set_lanes(lanes)
        for letter, said in self.sides():
            self.view.set_annotations(f"{letter}:{tier.name}", said)
        self.view.active_lane = self.own_lane
        self._share_room()

    def show_annotations(self, places: Places, annotations: AnnotationSet, *, can_change: bool) -> None:
        """Show the analyst's set, and of the model's what may be seen by now."""
        if self._work is None:
            return
        model = model_where_ruled(self._work.model, places)
        if self.tier is not None:
            self.view.set_annotations(self.own_lane, annotations)
            if self._work.model is not None:
                self.view.set_annotations(f"{MODEL}:{self.tier.name}", model)
            self.view.set_marks(places.marks(self.tier.name))
            self.view.set_current_mark(places.current.key if places.current else None)
        if self._work.text is not None:
            self.compare.show_places(places, annotations, model, can_change=can_change)
        self._show_sides(places, annotations, model)
        self._show_place(places)

    def go_to(self, disagreement: Disagreement | None) -> None:
        """Bring a place into view: zoomed to it with what is around, or its words selected."""
        if disagreement is None or self._work is None:
            return
        stretch = with_context(disagreement, self.bounds)
        self._show_page(is_text=disagreement.asset is not None and self._work.text is not None)
        if stretch is not None and disagreement.start_us is not None:
            self.view.select(None, ())
            self.view.clear_stretch()
            self.view.zoom_to(stretch.start_us, stretch.end_us)
            self.view.move_playhead(disagreement.start_us)
            self.view.active_lane = self.own_lane
        elif disagreement.asset is not None:
            self.compare.go_to(disagreement)

    def show_text(self) -> None:
        """Show the text's panels under the lanes."""
        self._show_page(is_text=True)

    def _show_page(self, *, is_text: bool) -> None:
        self._lower.setCurrentIndex(1 if is_text else 0)
        if is_text != self._is_text_shown:
            self._is_text_shown = is_text
            self._share_room()

    def _share_room(self) -> None:
        """Most of the room to what is disputed: the lanes, or the text; in a low window the lists give way."""
        total = self.splitter.height()
        if not self.has_timeline:
            self.splitter.setSizes([0, total])
            return
        self.list.setHidden(not self.list.rows or total < theme.px(LOW_PX))
        self.cards.setVisible(total >= theme.px(LOWEST_PX))
        self.view.overview.setVisible(total >= theme.px(LOWEST_PX))
        self.view.setHidden(self._is_text_shown and total < theme.px(LOWEST_PX))
        if self._is_text_shown:
            upper = total * (2 if total >= theme.px(LOW_PX) else 1) // 5
            self.splitter.setSizes([upper, total - upper])
            return
        rows = min(LISTED, len(self.list.rows)) + 1
        wanted = self.rulings.heightForWidth(self.width()) + (theme.px(100) if not self.cards.isHidden() else 0)
        wanted += rows * theme.px(27) if not self.list.isHidden() else 0
        least = self.rulings.heightForWidth(self.width()) + 1  # the lanes scroll, the rulings do not
        lower = min(max(least, min(wanted, total // 2)), max(total - theme.px(LEAST_LANES_PX), total // 2))
        self.splitter.setSizes([total - lower, lower])
        self._keep_lanes_whole(total - lower)

    def _keep_lanes_whole(self, height: int) -> None:
        """Let the waveform give way before a lane is hidden; the ruling lane is one of the last."""
        tops = self.view.lanes.lane_tops()
        if not tops:
            return
        lanes = tops[-1][1] + tops[-1][2] + 1
        room = height - sum(part.height() for part in self.view.above_lanes() if not part.isHidden())
        self.view.splitter.setSizes([max(1, room - lanes), lanes])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def take_focus(self, disagreement: Disagreement | None) -> None:
        """Give the focus to where the present place is worked on."""
        own = self.compare.own
        if self._lower.currentIndex() == 1 and own is not None:
            own.view.setFocus()
        else:
            self.view.setFocus()

    def _show_sides(self, places: Places, annotations: AnnotationSet, model: AnnotationSet) -> None:
        work, current = self._work, places.current
        if work is not None:
            self._show_list(work, places, annotations)
        if work is None or current is None or current.asset is not None:
            self.cards.set_sides(())
            return
        schema = work.project.schema
        sides = [Side(letter, side_lines(schema, current, said)) for letter, said in self.sides()]
        sides.append(Side("Your ruling", side_lines(schema, current, annotations), "ruling"))
        if work.model is not None and places.is_ruled:
            sides.append(Side("Model", side_lines(schema, current, model), "model"))
        self.cards.set_sides(sides)

    def _show_list(self, work: ReviewWork, places: Places, annotations: AnnotationSet) -> None:
        from annodesk.services.review import ruling

        text = work.text.text if work.text else ""
        rows = []
        for one in places.disagreements:
            said = tuple(side_words(one, side, self.sides()[side.set_index][1], text) for side in one.answers)
            rows.append(PlaceRow(one.key, place_text(one), said, ruled_text(ruling(annotations, one))))
        is_first = not self.list.rows
        self.list.set_rows([letter for letter, _ in self.sides()], rows, places.at)
        if is_first != (not rows):
            self._share_room()

    def _show_place(self, places: Places) -> None:
        assert self._work is not None
        current, count = places.current, len(places.disagreements)
        if current is None:
            alone = len(self._work.lanes) < 2
            words = (
                "Only one answer is here to compare: change what is wrong, then settle."
                if alone
                else ("All say the same: change what is wrong, then settle.")
            )
            self.place_bar.show_place("No disagreement", "", words, is_ruled=False, can_hear=False, many=False)
            return
        schema, text = self._work.project.schema, self._work.text.text if self._work.text else ""
        inks = [(name, readable(colour)) for name, colour in label_colours(schema, current.part)]
        self.place_bar.show_place(
            f"Disagreement {places.at + 1} of {count}",
            f"{place_text(current)} · {kind_text(current)}",
            said_html(current, self.sides(), inks, text),
            is_ruled=places.is_ruled,
            can_hear=current.start_us is not None,
            many=count > 1,
        )

    def tiers(self) -> Sequence[Tier]:
        """The tiers of the open item's schema."""
        return self._work.project.schema.tiers if self._work is not None else ()


def readable(colour: str) -> str:
    """A label's colour, drawn towards the text's until words in it can be read on a panel (4.5 to 1)."""
    look = theme.current()
    for share in (0.0, 0.15, 0.3, 0.45, 0.6):
        ink = theme.mix(colour, look.text, share)
        if theme.contrast(ink, look.panel) >= 4.5:
            return ink.name()
    return look.text
