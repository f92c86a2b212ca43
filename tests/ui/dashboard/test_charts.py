"""Charts: what is drawn, said and saved of plain values."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.ui import theme
from annodesk.ui.dashboard.chart_drawing import HEIGHT
from annodesk.ui.dashboard.charted import Change, Chart, Point, Series, Shape, Unit, as_csv, in_words
from annodesk.ui.dashboard.charts import ChartCard, load_pyqtgraph

pytestmark = pytest.mark.qt
DAY_US = 86_400_000_000
START_US = 1_790_000_000_000_000


def falling() -> Chart:
    """Agreement of ten weeks, one of them without a value, with a change of the guidelines."""
    values = [0.8, 0.81, 0.79, None, 0.82, 0.8, 0.7, 0.66, 0.65, 0.64]
    points = tuple(
        Point(START_US + place * 7 * DAY_US, value, value and value - 0.04, value and value + 0.04, 100, key=place)
        for place, value in enumerate(values)
    )
    change = Change(START_US + 38 * DAY_US, "guidelines v4")
    return Chart("advert", "Agreement on advert", "F1 · n 900 · 95 % interval", (Series("advert", points, "#b779c9"),),
                 Unit.SCORE, changes=(change,))  # fmt: skip


@pytest.fixture
def card(qtbot: QtBot, qapp: QApplication) -> Iterator[ChartCard]:
    theme.apply(qapp, "dark", text_scale=1.0)
    load_pyqtgraph()
    made = ChartCard()
    qtbot.addWidget(made)
    made.resize(600, 320)
    made.show()
    made.be_loaded()
    made.show_chart(falling())
    yield made
    made.close()


def test_a_value_that_is_not_defined_is_no_zero(card: ChartCard) -> None:
    drawn = [one for one in card.plot.listDataItems() if one.opts["symbol"] == "o"]
    assert [len(one.xData) for one in drawn] == [3, 6]
    assert "not defined" in in_words(card.chart)
    assert "nan" not in in_words(card.chart).lower()


def test_the_days_of_its_axis_have_their_month_and_the_first_its_year(card: ChartCard) -> None:
    axis = card.plot.getPlotItem().getAxis("bottom")
    low, high = axis.range
    ((_, days),) = axis.tickValues(low, high, 560)
    names = axis.tickStrings(days, 1.0, 1.0)
    assert len(names) > 1
    assert names[0].split()[1:] == ["Sep", "2026"]
    assert all(len(name.split()) == 2 for name in names[1:])


def test_words_below_its_plot_make_it_no_higher_than_they_are(qtbot: QtBot, card: ChartCard) -> None:
    card.show_chart(replace(falling(), foot="Waiting: 59 for 14 days and more."))
    least, most = theme.px(HEIGHT + 50), theme.px(HEIGHT + 150)
    qtbot.waitUntil(lambda: least < card.heightForWidth(600) < most)


def test_keys_go_along_the_points_and_play_them(qtbot: QtBot, card: ChartCard) -> None:
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_Left)
    assert "0.64 (0.60 to 0.68), n 100" in card.said.text()
    qtbot.keyClick(card, Qt.Key.Key_Left)
    with qtbot.waitSignal(card.asked) as heard:
        qtbot.keyClick(card, Qt.Key.Key_Return)
    assert heard.args[1].key == 8


def test_a_chart_is_saved_as_table_drawing_and_picture(qtbot: QtBot, card: ChartCard, tmp_path) -> None:
    found: dict[str, bytes] = {}
    card.saving.connect(lambda path, data: found.__setitem__(path.suffix, data))
    for name in ("a.csv", "a.svg", "a.png"):
        card.save_to(tmp_path / name)
    rows = list(csv.DictReader(io.StringIO(found[".csv"].decode("utf-8-sig"))))
    assert (rows[0]["value"], rows[0]["n"], rows[3]["value"]) == ("0.8", "100", "")
    assert rows[-1]["where"].endswith("guidelines v4")
    assert b"<svg" in found[".svg"]
    assert b"Agreement on advert" in found[".svg"]
    assert found[".png"].startswith(b"\x89PNG")


def test_without_a_value_it_says_why(card: ChartCard) -> None:
    card.show_chart(Chart("x", "Agreement", series=(Series("a", (Point(START_US, math.nan),)),), reason="Nobody yet."))
    assert card.reason.text() == "Nobody yet."
    assert card.plot is None
    assert card.save.isHidden()


@pytest.mark.parametrize("shape", Shape)
def test_every_shape_is_drawn_with_one_point_and_with_none(card: ChartCard, shape: Shape) -> None:
    names = ("one", "two") if shape in (Shape.BARS, Shape.STACKED) else ()
    for points in ((Point(0, 0.5, 0.4, 0.6, 3),), (), (Point(0, 0.0), Point(1, 0.0))):
        card.show_chart(Chart("x", "X", series=(Series("a", points), Series("b", points)), shape=shape, names=names))
        assert (card.plot is None) == (not points)


def test_names_of_others_are_no_formulas_of_a_spreadsheet() -> None:
    made = Chart("x", "=1+1", series=(Series("@a", (Point(0, 1.0),)),), names=("+b",))
    assert "'=1+1,'@a,'+b" in as_csv(made)


def test_it_is_drawn_again_in_another_theme(qapp: QApplication, card: ChartCard) -> None:
    before = card.plot
    theme.apply(qapp, "light", text_scale=2.0)
    assert card.plot is not before
    theme.apply(qapp, "dark", text_scale=1.0)
