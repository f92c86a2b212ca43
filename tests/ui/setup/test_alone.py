"""What stands without a person: the price in words, and a handle that is a setting only where something stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from annodesk.quality.calibration import Bin, Reliability
from annodesk.quality.price import Estimate, Figures, Key, LabelStanding, Price
from annodesk.ui import theme
from annodesk.ui.setup.alone_page import LabelRow, error_words, figure_words, sentence_of
from annodesk.ui.setup.prices import Prices
from annodesk.ui.setup.reliability_plot import ReliabilityPlot, words_of
from tests.services.made import House
from tests.ui.setup.conftest import Page

pytestmark = pytest.mark.qt

K, Mod = Qt.Key, Qt.KeyboardModifier
CTRL = Mod.ControlModifier
Open = Callable[..., Page]
SPEECH, MUSIC = (Key("content", name, True, "model prompt") for name in ("speech", "music"))
RATE = Estimate(0.012, 0.004, 0.03)
BELIEVED = Reliability(240, (Bin(0.5, 0.9, 100, 0.8, 0.7), Bin(0.9, 1.0, 140, 0.97, 0.96)), 0.1, 0.05)
MAY = LabelStanding(SPEECH, 240, 180, RATE, may=True)
MAY_NOT = LabelStanding(MUSIC, 37, 20, None, may=False, why="37 of the 200 answers that it takes")


def price(above: float) -> Price:
    """What a threshold costs where one label of two may stand alone."""
    now = Figures(100, 30, Estimate(0.3, 0.22, 0.4), 300.0, Estimate(3.6, 1.2, 9.0), RATE, Estimate(12.0, 8.0, 16.0))
    later = Figures(100, 60, Estimate(0.6, 0.5, 0.69), 600.0, None, None, None)
    return Price(above, now, later, (MAY, MAY_NOT))


def test_every_figure_is_said_with_its_interval() -> None:
    assert figure_words(price(0.9).now) == ("30 % (22 % to 40 %)", "3.6 (1.2 to 9.0)", "12 (8.0 to 16) h")


def test_what_is_not_known_is_said_to_be_so() -> None:
    assert figure_words(price(0.9).later) == ("60 % (50 % to 69 %)", "not known", "not known yet")
    assert error_words(None) == "how often it is wrong is not known"
    assert error_words(RATE) == "1.2 % (0.4 % to 3.0 %) wrong"


def test_the_sentence_names_what_may_stand_and_what_is_wrong_of_it() -> None:
    told = "May stand alone from 90 % on: speech, and 1.2 % (0.4 % to 3.0 %) of their labels are wrong."
    assert sentence_of(price(0.9)) == told


def test_where_none_may_the_nearest_is_named_with_what_it_lacks() -> None:
    nothing = Price(0.9, Figures(100, 0), Figures(100, 60), (MAY_NOT,))
    assert sentence_of(nothing) == (
        "No label may stand alone from 90 % on. The nearest is music: 37 of the 200 answers that it takes."
    )


def test_the_parts_of_a_label_s_row_stand_side_by_side(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, "dark", text_scale=1.0)
    row = LabelRow(MAY)
    qtbot.addWidget(row)
    row.resize(760, 48)
    row.show()
    qtbot.waitUntil(lambda: all(part.isVisible() for part in row.findChildren(QWidget)))
    parts = [part.geometry() for part in row.findChildren(QWidget)]
    assert [(a, b) for n, a in enumerate(parts) for b in parts[n + 1 :] if a.intersects(b)] == []


def test_moving_the_handle_sets_nothing_while_a_person_looks_at_everything(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(K.Key_5, K.Key_T, K.Key_Left)
    assert page.workspace.alone.strip.value == pytest.approx(0.97)
    assert page.workspace.pending.isHidden()


def test_letting_the_surest_stand_is_a_change_like_any_other(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(K.Key_5)
    page.workspace.alone.ways.setFocus()
    page.press(K.Key_Down)
    assert page.workspace.pending.text() == "1 change is not set yet: labels stand alone from 98 % on."
    page.press(K.Key_T, K.Key_Right)
    page.press(K.Key_Return, mod=CTRL)
    assert page.project().project.prelabel.accept_above == 0.99
    page.press(K.Key_Z, mod=CTRL)
    assert page.project().project.prelabel.accept_above is None


def test_before_anybody_answered_blind_the_page_says_so(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(K.Key_5)
    alone = page.workspace.alone
    assert alone.found is not None
    assert alone.sentence.text()
    assert alone.ways.current == "people"


def test_figures_follow_the_handle_and_each_label_says_what_it_lacks(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(K.Key_5)
    alone = page.workspace.alone
    alone._on_read(
        Prices(tuple(price(step / 100) for step in range(50, 101)), ("content",), believed={SPEECH: BELIEVED})
    )
    assert len(alone.findChildren(ReliabilityPlot)) == 1
    assert alone.figures.isVisible()
    assert alone.sentence.text().startswith("May stand alone from 98 % on: speech")
    alone.strip.setFocus()
    page.press(K.Key_PageDown)
    assert alone.sentence.text().startswith("May stand alone from 88 % on: speech")


def test_how_far_a_label_can_be_believed_is_said_in_words_too() -> None:
    assert words_of(BELIEVED) == "said 80 %, right 70 % (n 100)\nsaid 97 %, right 96 % (n 140)\nOff by 5 % on the mean."


def test_the_price_of_each_part_is_told_by_one_key(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(K.Key_5)
    alone = page.workspace.alone
    assert alone.of.text() == "whole items"
    page.press(K.Key_O)
    assert alone.part == alone.parts[0]
    for _ in alone.parts:
        page.press(K.Key_O)
    assert alone.of.text() == "whole items"
