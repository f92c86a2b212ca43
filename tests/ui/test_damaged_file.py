"""A window on a damaged file: it can be read, nothing is written to it, and what could be saved is a press away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.ui import theme
from annodesk.ui.jobs import Jobs
from annodesk.ui.window import MainWindow
from tests.services.made import make_house
from tests.store.test_salvage import journal_pages, spoil

pytestmark = pytest.mark.qt


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path, rng) -> Iterator[MainWindow]:
    house = make_house(tmp_path, items=2)
    house.submit("Ada", task=0)
    path = house.services.path
    house.services.close()
    content = path.read_bytes()
    (tmp_path / "aside").mkdir()
    path.write_bytes(spoil(content, journal_pages(content, tmp_path / "aside")[:1], rng))
    theme.apply(qapp, "dark", text_scale=1.0)
    made = MainWindow(Jobs(), path)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    yield made
    made.close()


def test_a_damaged_file_opens_for_reading_and_what_was_saved_is_a_press_away(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    before = (tmp_path / "work.annodesk").read_bytes()
    qtbot.waitUntil(lambda: window.context is not None, timeout=30_000)
    assert window.context is not None
    assert window.context.services.read_only
    words = window.banner.sentence.text()
    assert "work.annodesk is damaged, and can only be read." in words
    assert "work.salvaged.annodesk" in words
    assert window.banner.button.text() == "Open what was saved"
    qtbot.mouseClick(window.banner.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.context is not None and not window.context.services.read_only, timeout=30_000)
    assert window.context is not None
    assert window.context.services.path.name == "work.salvaged.annodesk"
    assert window.banner.isHidden()
    assert (tmp_path / "work.annodesk").read_bytes() == before
