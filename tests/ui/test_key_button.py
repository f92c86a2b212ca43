"""The button with its key beside its words."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.ui import theme
from annodesk.ui.key_button import KeyButton

pytestmark = pytest.mark.qt


@pytest.mark.parametrize("name", ["dark", "light"])
def test_words_upon_the_accent_can_be_read(qtbot: QtBot, qapp: QApplication, name: str) -> None:
    tokens = theme.apply(qapp, name, text_scale=2.0)
    made = KeyButton("Set it", "", role="primary")
    qtbot.addWidget(made)
    made.show()
    image = made.grab().toImage()
    inks = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert QColor(tokens.accent).name() in inks
    assert QColor(tokens.on_accent).name() in inks
    theme.apply(qapp, "dark", text_scale=1.0)


@pytest.mark.parametrize("role", ["", "flat", "primary"])
def test_its_words_are_never_cut(qtbot: QtBot, qapp: QApplication, role: str) -> None:
    theme.apply(qapp, "dark", text_scale=1.0)
    made = KeyButton("Follow the project", "Ctrl+Backspace", role=role)
    qtbot.addWidget(made)
    wide = made.sizeHint().width()
    assert wide >= made.fontMetrics().horizontalAdvance(made.text()) + made.cap_width() + theme.px(6 + 6 + 6)
    made.show_cap(False)
    assert wide - made.sizeHint().width() == made.cap_width() + theme.px(6)
