"""The list of places: what is still open is seen by its colour, in the chosen row too."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.ui import theme
from annodesk.ui.review.placelist import PlaceList, PlaceRow

pytestmark = pytest.mark.qt


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_chosen_row_keeps_the_colour_of_what_is_open(qtbot: QtBot, qapp: QApplication, name: str) -> None:
    tokens = theme.apply(qapp, name, text_scale=1.0)
    made = PlaceList()
    qtbot.addWidget(made)
    made.resize(600, 120)
    made.set_rows("AB", [PlaceRow("one", "policy", ("none", "violence"), "")], 0)
    made.show()
    cell = made.visualItemRect(made.item(0, 4))
    image = made.viewport().grab(cell).toImage()
    inks = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert QColor(tokens.raised).name() in inks, "the row is the chosen one"
    assert any(_near(QColor(ink), QColor(tokens.warn_text)) for ink in inks)
    theme.apply(qapp, "dark")


def _near(one: QColor, other: QColor) -> bool:
    return all(abs(a - b) <= 24 for a, b in zip(one.getRgb(), other.getRgb(), strict=True))
