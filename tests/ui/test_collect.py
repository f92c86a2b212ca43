"""Garbage is collected where Qt's objects live."""

from __future__ import annotations

import gc
import threading

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from annodesk.ui.collect import Collector

pytestmark = pytest.mark.qt


class Cyclic:
    """A part of a cycle; tells in which thread it was collected."""

    def __init__(self, collected: list[int]) -> None:
        self.me, self.collected = self, collected
        self.window = QWidget()

    def __del__(self) -> None:
        self.collected.append(threading.get_ident())


def test_a_window_in_a_cycle_is_collected_in_its_own_thread(
    qtbot: QtBot, qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gc, "freeze", lambda: None)
    gc.enable()
    collector = Collector(full_every_s=0.0)
    collected: list[int] = []
    collector.start()
    Cyclic(collected)
    allocated: list[list[int]] = []
    thread = threading.Thread(target=lambda: allocated.extend([n] for n in range(50_000)))
    thread.start()
    thread.join()
    assert not collected
    qtbot.waitUntil(lambda: bool(collected))
    assert collected == [threading.get_ident()]
