"""What is told apart by more than colour, and what large text and many segments do."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PySide6.QtGui import QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.model.annotations import AnnotationSet, Origin, OriginKind, Segment, Suggestion
from annodesk.ui import theme
from annodesk.ui.timeline.segment_paint import fitting_words, look_of, paint_point, percent
from annodesk.ui.timeline.view import LaneSpec, TimelineView

from .conftest import CONTENT, END_US, SECOND, Desk, segment

pytestmark = pytest.mark.qt
MINE = LaneSpec("content", "content", CONTENT, "person", True)
MODEL = LaneSpec("model", "suggestions", CONTENT, "suggestion")


def suggested(probability: float) -> Segment:
    origin = Origin(OriginKind.MODEL, None, Suggestion(probability, "0" * 64, "embedded", "1", 0))
    return Segment("s", "content", 0, SECOND, labels=("speech",), origin=origin)


def test_a_suggestion_is_dashed_and_tells_its_probability() -> None:
    look = look_of(suggested(0.97), MODEL, is_selected=False)
    assert look.is_dashed
    assert look.text == "speech 97 %"


def test_a_persons_segment_is_filled_and_a_missing_label_is_said() -> None:
    assert not look_of(segment("a", 0, 1, "music"), MINE, is_selected=False).is_dashed
    look = look_of(segment("a", 0, 1), MINE, is_selected=False)
    assert look.is_unlabelled
    assert look.text == "no label"


def test_what_was_taken_in_bulk_stays_dashed() -> None:
    bulk = Segment("b", "content", 0, SECOND, labels=("speech",), origin=Origin(OriginKind.BULK))
    assert look_of(bulk, MINE, is_selected=False).is_dashed


@pytest.mark.parametrize(("p", "text"), [(0.9999, "99 %"), (1.0, "100 %"), (0.005, "0 %"), (0.914, "91 %")])
def test_certainty_is_only_claimed_where_it_is_exact(p: float, text: str) -> None:
    assert percent(p) == text


def test_twice_the_text_size_makes_higher_lanes_and_cuts_nothing_off(view: TimelineView, qtbot: QtBot) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = [height for _, _, height in view.lanes.lane_tops()]
    try:
        theme.apply(app, "dark", text_scale=2.0)
        qtbot.waitUntil(lambda: view.ruler.height() >= view.ruler.sizeHint().height())
        assert all(after >= 2 * was - 1 for (_, _, after), was in zip(view.lanes.lane_tops(), before, strict=True))
    finally:
        theme.apply(app, "dark", text_scale=1.0)


def test_time_runs_left_to_right_in_a_right_to_left_interface(view: TimelineView, qtbot: QtBot) -> None:
    from PySide6.QtCore import Qt

    app = QApplication.instance()
    assert isinstance(app, QApplication)
    try:
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        assert view.ruler.x_of(10 * SECOND) < view.ruler.x_of(20 * SECOND)
        assert view.lanes.layoutDirection() is Qt.LayoutDirection.LeftToRight
    finally:
        app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_the_selection_is_told_to_screen_readers(desk: Desk) -> None:
    desk.view.select("content", ["two"])
    assert desk.view.accessibleDescription() == "content: music, 00:00:20.000 to 00:00:30.000"


def test_twenty_thousand_segments_in_view_are_painted_in_a_frame_or_two(view: TimelineView) -> None:
    step = END_US // 20_000
    labels = ("speech", "music", "advert")
    many = AnnotationSet(
        "many",
        elements=[
            Segment(f"{n:05}", "content", n * step, n * step + step - 10, (labels[n % 3],)) for n in range(20_000)
        ],
    )
    view.set_annotations("content", many)
    view.lanes.grab()
    times = []
    for _ in range(5):
        began = time.perf_counter()
        view.lanes.grab()
        times.append(time.perf_counter() - began)
    assert min(times) < 0.1
    view.zoom_to(50 * SECOND, 50 * SECOND + 100_000)
    shown = view.state.segments_in(view.state.lanes[0], *view.visible_range)
    assert 20 <= len(shown) <= 30


def test_only_the_elements_asked_for_are_shown(view: TimelineView, make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(segment("a", 0, 10, "speech"), segment("b", 10, 20, "music"))
    view.set_annotations("content", desk.session.annotations, only={"b"})
    assert [s.id for s in view.state.segments_in(view.state.lanes[0], 0, END_US)] == ["b"]
    assert desk.view.lanes.hit(desk.point(5).x(), desk.point(5).y()).segment is None  # type: ignore[union-attr]


def test_the_lane_that_keys_act_on_is_scrolled_into_view(view: TimelineView, qtbot: QtBot) -> None:
    view.set_lanes([LaneSpec(f"lane {n}", f"lane {n}", CONTENT, "person", True) for n in range(30)])
    bar = view._scroll.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    view.active_lane = "lane 29"
    assert bar.value() == bar.maximum()
    view.active_lane = "lane 0"
    assert bar.value() == 0


def test_a_narrow_suggestion_keeps_its_label_whole_before_its_probability(qapp: QApplication) -> None:
    metrics = QFontMetrics(theme.font("small"))
    look = look_of(suggested(0.97), MODEL, is_selected=False)
    room = metrics.horizontalAdvance("speech") + 2
    assert fitting_words(look, metrics, 500) == "speech 97 %"
    assert fitting_words(look, metrics, room) == "speech"
    assert fitting_words(look, metrics, room // 2).endswith("…")


def test_a_narrow_suggestion_that_waits_for_a_key_says_its_words_beside_it(view: TimelineView) -> None:
    origin = Origin(OriginKind.MODEL, None, Suggestion(0.97, "0" * 64, "embedded", "1", 0))
    narrow = Segment("s", "content", 40 * SECOND, 41 * SECOND, labels=("speech",), origin=origin)
    view.set_lanes([MINE, MODEL])
    view.set_annotations("model", AnnotationSet("m", elements=[narrow]))
    plain = view.lanes.grab().toImage()
    view.point_at("model", "s")
    pointed = view.lanes.grab().toImage()
    box = view.lanes.segment_rect("model", narrow)
    beside = (int(box.left()) - 12, int(box.center().y()))
    assert plain.pixelColor(*beside) != pointed.pixelColor(*beside)


def test_dots_alone_are_not_written_on_a_segment(qapp: QApplication) -> None:
    metrics = QFontMetrics(theme.font("small"))
    look = look_of(Segment("s", "content", 0, SECOND, labels=("speech",)), MINE, is_selected=False)
    rooms = range(metrics.horizontalAdvance("speech"))
    assert "\N{HORIZONTAL ELLIPSIS}" not in {fitting_words(look, metrics, room) for room in rooms}
    assert fitting_words(look, metrics, rooms[-1]).endswith("\N{HORIZONTAL ELLIPSIS}")


def test_the_words_of_a_point_end_before_the_next_point(qapp: QApplication) -> None:
    def painted(next_x: float | None) -> int:
        picture = QImage(200, 40, QImage.Format.Format_RGB32)
        picture.fill(0)
        painter = QPainter(picture)
        painter.setFont(theme.font("small"))
        look = look_of(Segment("p", "content", 0, 0, labels=("speech",)), MINE, is_selected=False)
        paint_point(painter, 20, 0, 40, look, next_x)
        painter.end()
        columns = [x for x in range(200) for y in range(40) if picture.pixel(x, y) & 0xFFFFFF]
        return max(columns)

    whole = painted(None)
    assert painted(whole - 8) < whole - 8
    assert painted(28) < 28
