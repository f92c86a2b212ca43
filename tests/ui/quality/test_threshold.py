"""The threshold preview: what it says, and that keys alone move it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.ui.quality.threshold import ENOUGH, GRID, Foretold, ThresholdPanel, bars_of, hours_words, sentence_of
from annodesk.workflow.preview import PastItem, Preview, preview

pytestmark = pytest.mark.qt

WEEK = 7 * 86_400 * 1_000_000
Key, Mod = Qt.Key, Qt.KeyboardModifier


def foretold(values: list[float], *, own: float | None = 0.7, review_us: float | None = 600_000_000) -> Foretold:
    """What thresholds would have sent of items with these scores, one a day."""
    history = [PastItem(value, n * WEEK // 7) for n, value in enumerate(values)]
    return Foretold(preview(GRID, history, review_us=review_us), own, 0.7)


SCORES = [n / 100 for n in range(100)]


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> Iterator[ThresholdPanel]:
    made = ThresholdPanel()
    qtbot.addWidget(made)
    made.show_found(foretold(SCORES), whole=False, may_set=True, why_not="")
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.strip.setFocus()
    yield made
    made.hide()


def test_it_says_what_would_have_gone_to_review_and_what_that_takes() -> None:
    said = sentence_of(foretold(SCORES).at(0.14))
    assert said.startswith("At 0.14, 14 % of the items so far would have gone to review (9 % to 22 % of what comes)")
    assert said.endswith("about 10 min a week.")


def test_of_many_items_the_range_is_not_said() -> None:
    said = sentence_of(foretold([n / 5000 for n in range(5000)]).at(0.5))
    assert said.startswith("At 0.50, 50 % of the items so far would have gone to review, ")


@pytest.mark.parametrize("count", [1, ENOUGH - 1])
def test_of_few_items_nothing_is_foretold(count: int) -> None:
    said = sentence_of(foretold([0.5] * count).at(0.7))
    assert said.startswith("Not enough to know")
    assert "%" not in said


def test_of_no_item_that_is_said() -> None:
    assert sentence_of(foretold([]).at(0.7)) == sentence_of(None)


def test_where_nobody_has_reviewed_the_hours_are_not_known() -> None:
    assert "is not known before" in sentence_of(foretold(SCORES, review_us=None).at(0.5))


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0.001, "under a minute a week"),
        (0.25, "about 15 min a week"),
        (1.53, "about 1.5 h a week"),
        (6.2, "about 6 h a week"),
    ],
)
def test_hours_are_said_as_people_do(hours: float, words: str) -> None:
    assert hours_words(hours) == words


def test_the_bars_hold_every_item_once() -> None:
    values = [0.0, 0.04, 0.05, 0.5, 0.999, 1.0, 1.0]
    bars = bars_of(foretold(values).previews)
    assert sum(bars) == len(values)
    assert (bars[0], bars[1], bars[10], bars[-1]) == (2, 1, 1, 3)
    assert bars_of(()) == [0] * 20


def test_items_that_go_at_any_threshold_are_in_the_first_bar() -> None:
    assert bars_of(foretold([-1.0, 0.9]).previews)[0] == 1


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ([(Key.Key_Right, Mod.NoModifier)], 0.71),
        ([(Key.Key_Left, Mod.NoModifier)] * 2, 0.68),
        ([(Key.Key_Right, Mod.ShiftModifier)], 0.75),
        ([(Key.Key_PageDown, Mod.NoModifier)], 0.60),
        ([(Key.Key_Home, Mod.NoModifier), (Key.Key_Left, Mod.NoModifier)], 0.0),
        ([(Key.Key_End, Mod.NoModifier), (Key.Key_Right, Mod.NoModifier)], 1.0),
    ],
)
def test_keys_move_it_and_what_it_says(
    qtbot: QtBot, panel: ThresholdPanel, keys: list[tuple[Qt.Key, Qt.KeyboardModifier]], value: float
) -> None:
    for key, modifier in keys:
        qtbot.keyClick(panel.strip, key, modifier)
    assert panel.strip.value == pytest.approx(value)
    assert panel.sentence.text().startswith(f"At {value:.2f}, ")


def test_the_wheel_never_moves_it(panel: ThresholdPanel) -> None:
    at = QPointF(50, 50)
    wheel = QWheelEvent(
        at, at, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, Mod.NoModifier, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(panel.strip, wheel)
    assert panel.strip.value == 0.7


def test_the_hand_moves_it_too(qtbot: QtBot, panel: ThresholdPanel) -> None:
    qtbot.mousePress(panel.strip, Qt.MouseButton.LeftButton, pos=QPoint(panel.strip.width() // 2, 60))
    qtbot.mouseRelease(panel.strip, Qt.MouseButton.LeftButton)
    assert panel.strip.value == pytest.approx(0.5, abs=0.02)


def test_what_stands_already_is_not_set_again(qtbot: QtBot, panel: ThresholdPanel) -> None:
    asked: list[object] = []
    panel.set_asked.connect(asked.append)
    panel.ask_set()
    assert (asked, panel.sets.isEnabled()) == ([], False)
    qtbot.keyClick(panel.strip, Key.Key_Right)
    panel.ask_set()
    panel.ask_follow()
    assert asked == [0.71, None]


def test_who_may_not_set_it_sees_it_and_is_told_why(panel: ThresholdPanel) -> None:
    panel.show_found(foretold(SCORES), whole=True, may_set=False, why_not="Ask Max.")
    assert panel.sets.isHidden()
    assert panel.why_not.text() == "Ask Max."
    assert panel.strip.isEnabled()


def test_a_label_without_one_is_said_to_send_nothing() -> None:
    found = Foretold((Preview(0.0, 0, 0),), None, None)
    made = ThresholdPanel()
    made.show_found(found, whole=False, may_set=True, why_not="")
    assert "sends nothing to review" in made.stands.text()
    assert made.strip.value == 0.0
