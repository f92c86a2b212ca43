"""The page of planning over a pilot that people have labelled."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from annodesk.quality.price import Estimate
from annodesk.ui.dashboard.owed_card import NOTHING_OWED
from annodesk.ui.dashboard.plan_page import PlanPage, range_of
from tests.services.made import House
from tests.ui.dashboard.test_batches_page import Open, made, opened

__all__ = ["made", "opened"]


def test_it_plans_by_the_pilot_and_says_what_it_cannot_tell(qtbot: QtBot, opened: Open, made: House) -> None:
    page = PlanPage(opened("Cleo").context)
    qtbot.addWidget(page)
    page.resize(1000, 600)
    page.show()
    page.read()
    qtbot.waitUntil(lambda: page.report is not None and page.debt is not None, timeout=20_000)
    assert page.batch.currentText() == "pilot"
    assert page.below.value() == 70
    assert not page.held.isVisible(), "alone the file holds everything"
    words = [one.text() for one in page.findChildren(QLabel)]
    assert any("a range needs 3" in one for one in words), "one item is too little, and it says so"
    assert NOTHING_OWED in words
    assert not any("nan" in one.lower() for one in words)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "–"),
        (Estimate(0, 0, 0), "0"),
        (Estimate(1200.4, 1100.2, 1300.9), "1,100 to 1,301"),
        (Estimate(0.44, 0.31, 0.62), "0.3 to 0.6"),
        (Estimate(0.001, 0.0005, 0.002), "under 0.1"),
    ],
)
def test_a_range_is_told_as_narrow_as_its_numbers_are_worth(found: Estimate | None, words: str) -> None:
    assert range_of(found) == words
