"""How sync stands is said in the status line, and its log is read by people."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.services.sync_state import SyncLine, SyncState
from annodesk.ui import theme
from annodesk.ui.team.sync_log import MOST_LINES
from annodesk.ui.window import MainWindow

pytestmark = pytest.mark.qt


def test_alone_nothing_is_said_of_sync(window: MainWindow) -> None:
    assert window.status.sync.isHidden()
    window.bus.sync_state.emit(SyncState())
    assert window.status.sync.isHidden()


@pytest.mark.parametrize(
    ("state", "words", "mark"),
    [
        (SyncState(True, waiting=3), "3 edits waiting", "waiting"),
        (SyncState(True, offline_since_us=1, waiting=3, reason="No network."), "Offline since", "off"),
        (SyncState(True, conflicts=1), "1 conflict to choose from", "bad"),
        (SyncState(True, synced_at_us=1), "Synced", "ok"),
        (SyncState(True, refused="You may not enter any more.", waiting=1), "Not sent, 1 edit waiting", "bad"),
    ],
)
def test_the_line_says_it_and_the_mark_too(window: MainWindow, state: SyncState, words: str, mark: str) -> None:
    window.bus.sync_state.emit(state)
    lamp = window.status.sync
    assert lamp.isVisible()
    assert words in lamp.words.text()
    assert lamp.dot.state == mark
    assert state.reason in lamp.words.toolTip()
    assert lamp.geometry().right() <= window.status.width()


def test_a_press_opens_the_log_with_what_happened_before(qtbot: QtBot, window: MainWindow) -> None:
    window.bus.sync_line.emit(SyncLine(1_000_000, "3 edits were sent."))
    window.bus.sync_state.emit(SyncState(True, offline_since_us=1, reason="Nothing answers at this address."))
    window.status.sync.words.click()
    log = window.team.log
    assert log is not None
    window.bus.sync_line.emit(SyncLine(2_000_000, "1 edit was refused.", "Ask the manager.", is_trouble=True))
    texts = log.texts()
    assert "3 edits were sent." in texts[0]
    assert "! 1 edit was refused. Ask the manager." in texts[1]
    assert log.reason.text() == "Nothing answers at this address."
    log.copy()
    assert "Ask the manager." in QGuiApplication.clipboard().text()
    asked: list[bool] = []
    window.bus.sync_asked.connect(lambda: asked.append(True))
    log.now.click()
    assert asked == [True]


def test_the_log_of_a_long_day_stays_short(window: MainWindow) -> None:
    window.team.show_log()
    log = window.team.log
    assert log is not None
    assert not log.empty.isHidden()
    for number in range(MOST_LINES + 5):
        window.bus.sync_line.emit(SyncLine(number, f"line {number}"))
    assert len(log.texts()) == MOST_LINES
    assert log.texts()[-1].endswith(f"line {MOST_LINES + 4}")


def test_in_large_text_the_line_gives_way_at_its_end_and_never_at_its_beginning(
    qtbot: QtBot, window: MainWindow, qapp: QApplication
) -> None:
    theme.apply(qapp, "light", text_scale=2.0)
    try:
        state = SyncState(True, waiting=12, refused="You are no member of this project any more, and may not enter.")
        window.bus.sync_state.emit(state)
        lamp = window.status.sync

        def fits() -> bool:
            return lamp.words.fontMetrics().horizontalAdvance(lamp.words.text()) < lamp.words.width()

        qtbot.waitUntil(fits, timeout=5_000)
        assert lamp.words.text().startswith("Not sent, 12 edits")
        assert lamp.words.text().endswith("…")
        assert window.status.person.isVisible()
        window.bus.sync_state.emit(SyncState(True, waiting=12, offline_since_us=1))
        qtbot.waitUntil(lambda: lamp.words.text().endswith("12 edits waiting"), timeout=5_000)
    finally:
        theme.apply(qapp, "dark", text_scale=1.0)
