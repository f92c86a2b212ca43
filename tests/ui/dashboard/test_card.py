"""Cards and tables of the desk in little room: no words are cut that need not be."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from annodesk.services.heard_as import HeardAs
from annodesk.ui import theme
from annodesk.ui.dashboard.card import Card
from annodesk.ui.dashboard.confusion_card import ConfusionCard
from annodesk.ui.dashboard.heat import head_words

pytestmark = pytest.mark.qt

NOTE = "the four agreed on least · n 5 to 22 · 95 % interval"
SOUNDS = ("Baby cry", "Fire crackling", "Helicopter", "Person sneeze", "Sea waves")


def test_a_note_stands_below_the_title_where_it_has_no_room_beside_it(qtbot: QtBot) -> None:
    card = Card("Agreement on labels over time", NOTE)
    qtbot.addWidget(card)
    card.resize(900, 120)
    card.show()
    assert (card.note.isVisible(), card.below.isVisible()) == (True, False)
    assert card.note.text() == NOTE
    card.resize(420, 120)
    assert (card.note.isVisible(), card.below.isVisible()) == (False, True)
    assert card.below.text().replace("\u200b", "") == NOTE


def test_a_head_of_several_words_stands_on_two_lines(qtbot: QtBot) -> None:
    metrics = QFontMetrics(theme.font("small"))
    room = metrics.horizontalAdvance("crackling") + 2
    assert head_words("Fire crackling", metrics, room) == "Fire\ncrackling"
    assert head_words("Sea", metrics, room) == "Sea"
    assert head_words("Fire crackling in a wide and empty hall", metrics, room).endswith("…")


def test_the_words_of_a_wide_table_stand_below_it_and_its_worst_cell_is_seen(qtbot: QtBot) -> None:
    labels = tuple(f"{one} {n}" for n in range(3) for one in SOUNDS)
    count = {(one, one): 5 for one in labels} | {(labels[-2], labels[-1]): 4}
    card = ConfusionCard()
    qtbot.addWidget(card)
    card.resize(QSize(640, 420))
    card.show()
    card.show_found(HeardAs("sound", labels, dict(count), dict(count), unit="answers", items=9, answers=79))
    assert card.table.cell == (labels[-2], labels[-1])
    qtbot.waitUntil(lambda: card.words.mapTo(card, QPoint()).y() > card.height() / 2)
    worst = card.table.rect_of(*card.table.place).center().toPoint()
    qtbot.waitUntil(lambda: card.table.visibleRegion().boundingRect().contains(worst))
