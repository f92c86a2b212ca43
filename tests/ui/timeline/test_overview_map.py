"""The overview tells what was said where: labels by colour, density by strength, doubts of the model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from annodesk.model.annotations import AnnotationSet, Origin, OriginKind, Segment, Suggestion
from annodesk.model.schema import colour_of
from annodesk.ui import theme
from annodesk.ui.timeline.lanes import LaneSpec
from annodesk.ui.timeline.overview import ROW_PX
from annodesk.ui.timeline.overview_map import LEAST_SHARE, covered_share, doubt_row, paint_rows, tier_row
from annodesk.ui.timeline.view import TimelineView
from tests.ui.timeline.conftest import CONTENT, EVENTS, SECOND, Desk, segment

pytestmark = pytest.mark.qt


def suggested(element_id: str, start_s: float, end_s: float, probability: float) -> Segment:
    price = Suggestion(probability=probability, model_sha256="0", model_name="m", prompt_version="1", seed=1)
    made = segment(element_id, start_s, end_s, "music")
    return Segment(
        made.id, made.tier, made.start_us, made.end_us, made.labels, origin=Origin(OriginKind.MODEL, suggestion=price)
    )


def test_each_column_has_the_label_that_covers_most_of_it_and_as_strong_as_it_is_covered() -> None:
    held = AnnotationSet(
        "set",
        elements=(segment("a", 0, 10, "speech"), segment("b", 10, 13, "music"), segment("c", 14, 16, "speech"),
                  segment("d", 40, 40.01, "advert"), segment("e", 50, 60)),
    )  # fmt: skip
    row = tier_row(held, CONTENT, "#123456", 0, 100 * SECOND, 10)
    named = [row.colours[k] if k >= 0 else "" for k in row.index]
    own = {name: colour_of(CONTENT, name) for name in ("speech", "music", "advert")}
    assert named == [own["speech"], own["music"], "", "", own["advert"], "#123456", "", "", "", ""]
    assert row.strength.tolist() == pytest.approx([1, 0.5, 0, 0, LEAST_SHARE, 1, 0, 0, 0, 0])


def test_points_are_seen_however_far_out() -> None:
    held = AnnotationSet("set", elements=(Segment("p", "events", 55 * SECOND, 55 * SECOND, ("click",)),))
    row = tier_row(held, EVENTS, "#123456", 0, 100 * SECOND, 10)
    assert np.flatnonzero(row.strength).tolist() in ([5], [5, 6])


def test_coverage_adds_up_to_what_was_covered() -> None:
    rng = np.random.default_rng(1)
    starts = np.sort(rng.uniform(0, 90, 500))
    ends = starts + rng.uniform(0, 10, 500)
    shares = covered_share(starts, ends, np.linspace(0, 100, 77))
    assert (shares >= -1e-9).all()
    assert shares.sum() * 100 / 76 == pytest.approx((ends - starts).sum())


def test_doubts_are_the_stronger_the_less_sure_and_sure_ones_are_none() -> None:
    doubts = [suggested("a", 0, 10, 0.85), suggested("b", 20, 30, 0.5), suggested("c", 40, 50, 0.95)]
    row = doubt_row(doubts, 0.9, "#ffaa00", 0, 100 * SECOND, 100)
    assert 0 < row.strength[5] < row.strength[25]
    assert row.strength[45] == 0


def test_rows_become_pixels_of_their_colour() -> None:
    row = doubt_row([suggested("a", 0, 50, 0.0)], 0.9, "#4080c0", 0, 100 * SECOND, 2)
    (pixels,) = paint_rows([row])
    assert [hex(p) for p in pixels] == ["0xff4080c0", "0x0"]


def test_the_strip_follows_the_work(qtbot: QtBot, view: TimelineView, make_desk: Callable[..., Desk]) -> None:
    make_desk(segment("one", 20, 60, "music"))
    view.set_lanes(view.state.lanes[:1])
    bottom = theme.px(4) + theme.px(ROW_PX) // 2 + 1

    def colour_at(seconds: float) -> QColor:
        image = view.overview.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        x = view.state.gutter_px + round(seconds / 100 * (view.overview.width() - view.state.gutter_px))
        return QColor(image.pixelColor(x, view.overview.height() - bottom))

    music = QColor(colour_of(CONTENT, "music"))
    qtbot.waitUntil(lambda: colour_at(40) == music)
    assert colour_at(80) != music
    view.set_annotations("content", AnnotationSet("set", elements=(segment("two", 70, 90, "music"),)))
    qtbot.waitUntil(lambda: colour_at(80) == music)
    assert colour_at(40) != music


def test_suggestions_share_one_row_under_the_tiers(qtbot: QtBot, view: TimelineView) -> None:
    without = view.overview.sizeHint().height()
    lanes = list(view.state.lanes)
    view.set_lanes([*lanes, LaneSpec("model:content", "model", CONTENT, "suggestion")])
    assert view.overview.sizeHint().height() == without + theme.px(ROW_PX)
