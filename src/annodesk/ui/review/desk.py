"""The review desk: lanes of every side over one waveform, the place that is looked at, and the rulings under it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from annodesk.model.times import Interval
from annodesk.quality.disagreements import DOUBT, Disagreement
from annodesk.ui import theme
from annodesk.ui.parts import Splitter
from annodesk.ui.player.video import sound_of
from annodesk.ui.review.bars import PlaceBar, RulingBar
from annodesk.ui.review.cards import Line, Side, SideCards, side_lines
from annodesk.ui.review.compare import TextCompare
from annodesk.ui.review.heat import HeatStrip, heat_places
from annodesk.ui.review.placelist import PlaceList, PlaceRow
from annodesk.ui.review.places import Places, where_ruled, with_context
from annodesk.ui.review.questions import OPEN, OWN_TITLE, QuestionTable, question_rows
from annodesk.ui.review.wording import kind_text, label_colours, place_text, ruled_text, said_html, side_words
from annodesk.ui.timeline.lanes import LaneSpec, LaneStyle
from annodesk.ui.timeline.view import TimelineView

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet
    from annodesk.model.schema import Tier
    from annodesk.services.review import ReviewWork
    from annodesk.ui.jobs import Jobs

OWN, MODEL, EARLIER = "yours", "model", "earlier"
MODEL_TITLE, EARLIER_TITLE = "Model", "Earlier ruling"
About = Literal["time", "text", "question"]
LISTED = 5
"""Rows of the list of disagreements that find room; more are reached by scrolling."""
LOW_PX, LOWEST_PX, TIGHT_PX = 600, 460, 360
"""Heights, at normal text size, below which the list, then the cards, then the ruler give way to the lanes."""


_GO = "Go through it with Tab, change what is wrong on your lane, then settle."
_NOTHING_DISPUTED = (
    ("No answer yet", "Nobody has answered: draw on your lane, answer the questions, then settle."),
    ("One answer to check", f"Only one person has answered. {_GO}"),
    ("No disagreement", f"All say the same. {_GO}"),
)
"""What is said where there is no place to rule, by the number of sides."""

LEAST_LANES_PX = 130
"""Overview, ruler and a lane: what the rulings leave of the lanes where the text is large and the window low."""


class ReviewDesk(QWidget):
    """Shows one ReviewWork; it never changes a set itself.

    draft_made(Draft), refused(str)   a gesture on the analyst's lane or in their text
    """

    draft_made = Signal(object)
    refused = Signal(str)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "ground")
        self.place_bar, self.heat, self.rulings = PlaceBar(), HeatStrip(), RulingBar()
        self.view = TimelineView(jobs)
        self.cards, self.questions, self.compare = SideCards(), QuestionTable(), TextCompare()
        self.list = PlaceList()
        below = _Below(self.rulings)
        rows = QVBoxLayout(below)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for part, share in (
            (self.rulings, 0),
            (self.cards, 0),
            (self.questions, 0),
            (self.compare, 3),
            (self.list, 1),
        ):
            rows.addWidget(part, share)
        rows.addStretch(0)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.upper = Splitter("review-picture", Qt.Orientation.Horizontal, (340, 640))
        self.upper.addWidget(self.view)
        self.splitter.addWidget(self.upper)
        self.splitter.addWidget(below)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.place_bar)
        column.addWidget(self.heat)
        column.addWidget(self.splitter, 1)
        self._work: ReviewWork | None = None
        self._about: About = "time"
        self.tier: Tier | None = None
        self.splitter.installEventFilter(self)
        self.heat.margins = self._heat_margins
        self.heat.hide()
        self.view.draft_made.connect(self.draft_made)
        self.view.refused.connect(self.refused)
        self.compare.draft_made.connect(self.draft_made)
        self.compare.refused.connect(self.refused)

    def _heat_margins(self) -> tuple[int, int]:
        """The strip's axis lies over the waveform's."""
        if self.view.isHidden():
            return theme.px(12), theme.px(12)
        left = self.view.mapTo(self, self.view.rect().topLeft()).x()
        return left + self.view.state.gutter_px, max(0, self.width() - left - self.view.width())

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

    @property
    def text(self) -> str:
        """The item's text; empty where it has none."""
        return self._work.text.text if self._work is not None and self._work.text is not None else ""

    def sides(self) -> list[tuple[str, AnnotationSet]]:
        """Every side as (letter, set)."""
        return [(lane.letter, lane.annotations) for lane in self._work.lanes] if self._work is not None else []

    def hidden(self) -> list[tuple[str, str, AnnotationSet]]:
        """What is shown at a place only once it is ruled, as (title, lane name, set): the model's, earlier rulings."""
        work = self._work
        if work is None:
            return []
        model = [(MODEL_TITLE, MODEL, work.model)] if work.model is not None else []
        many = len(work.earlier) > 1
        return model + [
            (f"{EARLIER_TITLE} {n}" if many else EARLIER_TITLE, f"{EARLIER}{n}", one)
            for n, one in enumerate(work.earlier, start=1)
        ]

    def hidden_lines(self, disagreement: Disagreement, places: Places) -> list[tuple[str, str]]:
        """What they say at a place, as (title, words); nothing while it is open."""
        if self._work is None or disagreement.key not in places.ruled:
            return []
        schema, text = self._work.project.schema, self.text
        found = [(title, where_ruled(said, places)) for title, _, said in self.hidden()]
        lines = [(title, side_lines(schema, disagreement, said, text)) for title, said in found]
        return [(title, ", ".join(line.words for line in told)) for title, told in lines if told]

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
            self.compare.set_text(
                work.project.schema,
                work.text.text,
                work.text.asset_id,
                self.sides(),
                hidden=[title for title, _, _ in self.hidden()],
            )
        self._about = "time" if self.has_timeline else "text" if work.text is not None else "question"
        self._share_room()

    def show_tier(self, tier: Tier | None) -> None:
        """Stack the lanes of one tier: each side's, the analyst's, and what is seen there once it is ruled."""
        if tier == self.tier or self._work is None:
            return
        self.tier = tier
        if tier is None:
            self.view.set_lanes(())
            return
        can_change = not self._work.session.locked
        lanes = [LaneSpec(f"{letter}:{tier.name}", letter, tier, "other") for letter, _ in self.sides()]
        lanes.append(LaneSpec(self.own_lane, "your ruling", tier, "ruling", editable=can_change, height=44))
        for title, name, _ in self.hidden():
            style: LaneStyle = "suggestion" if name == MODEL else "other"
            lanes.append(LaneSpec(f"{name}:{tier.name}", title.lower(), tier, style, height=30, says_hidden=True))
        self.view.set_lanes(lanes)
        for letter, said in self.sides():
            self.view.set_annotations(f"{letter}:{tier.name}", said)
        self.view.active_lane = self.own_lane
        self._share_room()

    def show_annotations(self, places: Places, annotations: AnnotationSet, *, can_change: bool) -> None:
        """Show the analyst's set, and of the hidden ones what may be seen by now."""
        if self._work is None:
            return
        seen = [(title, name, where_ruled(said, places)) for title, name, said in self.hidden()]
        if self.tier is not None:
            self.view.set_annotations(self.own_lane, annotations)
            for _, name, said in seen:
                self.view.set_annotations(f"{name}:{self.tier.name}", said)
            self.view.set_marks(places.marks(self.tier.name))
            self.view.set_current_mark(places.current.key if places.current else None)
        by_title = {title: said for title, _, said in seen}
        if self._work.text is not None:
            self.compare.show_places(places, annotations, by_title, can_change=can_change)
        self._show_heat(places)
        self._show_questions(places, annotations, by_title)
        self._show_sides(places, annotations, by_title)
        self._show_place(places)

    def go_to(self, disagreement: Disagreement | None) -> None:
        """Bring a place into view: zoomed to it with what is around, its words selected, or its row marked."""
        if disagreement is None or self._work is None:
            return
        has_text = self._work.text is not None
        is_text = disagreement.asset is not None and has_text
        self._turn_to("question" if disagreement.is_question else "text" if is_text else "time")
        if disagreement.start_us is not None:
            self.view.select(None, ())
            self.view.clear_stretch()
            self.fit(disagreement)
            self.view.move_playhead(disagreement.start_us)
            self.view.active_lane = self.own_lane
        elif disagreement.asset is not None:
            self.compare.go_to(disagreement)

    def fit(self, disagreement: Disagreement | None) -> None:
        """Zoom to a place with what is around it; whatever plays goes on."""
        stretch = with_context(disagreement, self.bounds) if disagreement is not None and self._work else None
        if stretch is not None:
            self.view.zoom_to(stretch.start_us, stretch.end_us)

    def show_text(self) -> None:
        """Show the text's panels under the lanes."""
        self._turn_to("text")

    def _turn_to(self, about: About) -> None:
        if about != self._about:
            self._about = about
            self._share_room()

    def share_room(self) -> None:
        """Share the room anew, after what stands under the lanes has grown or gone."""
        self._share_room()

    def _share_room(self) -> None:
        """Most of the room to what is disputed: the lanes, the text or the questions; in a low window the lists go."""
        total, work = self.splitter.height(), self._work
        has_text = work is not None and work.text is not None
        reads = has_text and (self._about == "text" or (self._about == "question" and not self.has_timeline))
        self.compare.setVisible(reads)
        self.compare.show_alone(self._about == "question")
        self.questions.setVisible(self._about == "question" and bool(self.questions.rows))
        room_for_list = total >= theme.px(LOW_PX) and len(self.list.rows) > 1
        self.list.setVisible(room_for_list and (self._about == "time" or not reads))
        self.cards.setVisible(self._about == "time" and total >= theme.px(LOWEST_PX))
        is_tight = self.height() < theme.px(TIGHT_PX)
        self.place_bar.set_tight(is_tight and self._about == "time" and bool(self.heat.places))
        self.view.ruler.setHidden(is_tight)
        self.heat.setVisible(bool(self.heat.places) and self.height() >= theme.px(LOWEST_PX))
        if not self.has_timeline:
            self.splitter.setSizes([0, total])
            return
        self.view.overview.setVisible(total >= theme.px(LOWEST_PX))
        self.view.setHidden(reads and total < theme.px(LOWEST_PX))
        if reads:
            upper = total * (2 if total >= theme.px(LOW_PX) else 1) // 5
            self.splitter.setSizes([upper, total - upper])
            return
        rows = min(LISTED, len(self.list.rows)) + 1
        least = self.rulings.heightForWidth(self.width()) + 1  # the lanes scroll, the rulings do not
        wanted = least + (theme.px(100) if not self.cards.isHidden() else 0)
        wanted += self.questions.wanted_px() if not self.questions.isHidden() else 0
        wanted += rows * theme.px(27) if not self.list.isHidden() else 0
        least_lanes = min(theme.px(LEAST_LANES_PX), self.view.minimumSizeHint().height())
        lower = min(max(least, min(wanted, total // 2)), max(total - least_lanes, total // 2))
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

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.splitter and event.type() == QEvent.Type.Resize:
            self._share_room()  # also where only the bars above need another height now
        return super().eventFilter(watched, event)

    def take_focus(self, disagreement: Disagreement | None) -> None:
        """Give the focus to where the present place is worked on."""
        own = self.compare.own
        if not self.compare.isHidden() and own is not None:
            own.view.setFocus()
        else:
            self.view.setFocus()

    def _show_heat(self, places: Places) -> None:
        work = self._work
        assert work is not None
        of_text = not self.has_timeline and work.text is not None
        limits = (0, len(work.text.text)) if of_text and work.text else (work.task.start_us, work.task.end_us)
        shown = heat_places(places, partial(self._words_of, places), of_text=of_text)
        self.heat.show_places(shown, limits, places.current.key if places.current is not None else "")
        self.heat.setVisible(bool(shown) and self.height() >= theme.px(LOWEST_PX))

    def _words_of(self, places: Places, one: Disagreement) -> str:
        ruled = ruled_text(places.rulings.get(one.key, "")) if one.key in places.ruled else "still open"
        return f"{place_text(one, self.text)}: {kind_text(one)}, {ruled}"

    def _show_questions(self, places: Places, annotations: AnnotationSet, hidden: dict[str, AnnotationSet]) -> None:
        work = self._work
        assert work is not None
        sides = self.sides()
        rows = question_rows(
            work.project.schema.questions, [said for _, said in sides], annotations, places, list(hidden.values())
        )
        titles = [*(letter for letter, _ in sides), OWN_TITLE, *(title.lower() for title in hidden)]
        was_empty = not self.questions.rows
        self.questions.show_rows(titles, rows, places.current.key if places.current is not None else "")
        if was_empty and rows and self._about == "question":
            self._share_room()

    def _show_sides(self, places: Places, annotations: AnnotationSet, hidden: dict[str, AnnotationSet]) -> None:
        work, current = self._work, places.current
        if work is not None:
            self._show_list(work, places, annotations)
        if work is None or current is None or current.asset is not None or current.is_question:
            self.cards.set_sides(())
            return
        schema = work.project.schema
        sides = [Side(letter, side_lines(schema, current, said)) for letter, said in self.sides()]
        ruled = places.outcomes.get(current.key, "")
        mine = (Line(ruled),) if ruled else side_lines(schema, current, annotations)
        sides.append(Side("Your ruling", mine if places.is_ruled else (Line(OPEN),), "ruling"))
        if places.is_ruled:
            sides += [Side(title, side_lines(schema, current, said), "model") for title, said in hidden.items()]
        self.cards.set_sides(sides)

    def _show_list(self, work: ReviewWork, places: Places, annotations: AnnotationSet) -> None:
        text = self.text
        rows = []
        for one in places.disagreements:
            said = tuple(side_words(one, side, self.sides()[side.set_index][1], text) for side in one.answers)
            ruled = ruled_text(places.rulings.get(one.key, ""))
            rows.append(PlaceRow(one.key, place_text(one, text), said, ruled))
        is_first = not self.list.rows
        self.list.set_rows([letter for letter, _ in self.sides()], rows, places.at)
        if is_first != (not rows):
            self._share_room()

    def _show_place(self, places: Places) -> None:
        assert self._work is not None
        current, count = places.current, len(places.disagreements)
        if current is None:
            head, words = _NOTHING_DISPUTED[min(2, len(self._work.lanes))]
            self.place_bar.show_place(head, "", words, is_ruled=False, can_hear=False, many=False)
            return
        schema, text = self._work.project.schema, self.text
        inks = [(name, readable(colour)) for name, colour in label_colours(schema, current.part)]
        self.place_bar.show_place(
            f"{'Doubt' if current.kind == DOUBT else 'Disagreement'} {places.at + 1} of {count}",
            f"{place_text(current, text)} · {kind_text(current)}",
            said_html(current, self.sides(), inks, text),
            is_ruled=places.is_ruled,
            can_hear=current.start_us is not None,
            many=count > 1,
        )

    def tiers(self) -> Sequence[Tier]:
        """The tiers of the open item's schema."""
        return self._work.project.schema.tiers if self._work is not None else ()


class _Below(QWidget):
    """What stands below the lanes: the rulings are always whole, and what is under them gives way."""

    def __init__(self, rulings: RulingBar) -> None:
        super().__init__()
        self._rulings = rulings

    def minimumSizeHint(self) -> QSize:
        return self._rulings.minimumSizeHint()


def readable(colour: str) -> str:
    """A label's colour, drawn towards the text's until words in it can be read on a panel (4.5 to 1)."""
    look = theme.current()
    for share in (0.0, 0.15, 0.3, 0.45, 0.6):
        ink = theme.mix(colour, look.text, share)
        if theme.contrast(ink, look.panel) >= 4.5:
            return ink.name()
    return look.text
