"""The text of a ruling's segment on one line."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from annodesk.model.schema import Tier
from annodesk.ui.review.textline import RulingText

pytestmark = pytest.mark.qt
WORDS = Tier("words", free_text=True)


@pytest.mark.parametrize("text", ["w" * 40_000, "two\nlines"])
def test_a_text_that_the_line_cannot_hold_is_never_stored_cut(qtbot: QtBot, text: str) -> None:
    line = RulingText()
    qtbot.addWidget(line)
    given: list[str] = []
    line.given.connect(given.append)
    line.show_text(WORDS, text, can_change=True)
    assert not line.isEnabled()
    line.setText("other")
    line.editingFinished.emit()
    assert given == []


def test_what_was_written_is_given_once(qtbot: QtBot) -> None:
    line = RulingText()
    qtbot.addWidget(line)
    given: list[str] = []
    line.given.connect(given.append)
    line.show_text(WORDS, "before", can_change=True)
    line.setText("after")
    for _ in range(2):
        line.editingFinished.emit()
    assert given == ["after"]
