"""Garbage is collected where Qt's objects live."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from annodesk.ui.collect import MASSES, Collector

pytestmark = pytest.mark.qt


class Cyclic:
    """A part of a cycle; tells in which thread it was collected."""

    def __init__(self, collected: list[int]) -> None:
        self.me, self.collected = self, collected
        self.window = QWidget()

    def __del__(self) -> None:
        self.collected.append(threading.get_ident())


@pytest.fixture
def collector(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector at work; what the suite has put aside stays there."""
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(gc, "unfreeze", lambda: None)
    gc.enable()
    made = Collector(qapp, full_every_s=0.0)
    made.start()
    yield made
    made.deleteLater()


def test_a_window_in_a_cycle_is_collected_in_its_own_thread(qtbot: QtBot, collector: Collector) -> None:
    collected: list[int] = []
    Cyclic(collected)
    allocated: list[list[int]] = []
    thread = threading.Thread(target=lambda: allocated.extend([n] for n in range(5_000)))
    thread.start()
    thread.join()
    assert not collected
    qtbot.waitUntil(lambda: bool(collected))
    assert collected == [threading.get_ident()]


def test_what_comes_in_masses_is_put_aside_and_not_walked(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(gc, "freeze", lambda: done.append("put aside"))
    monkeypatch.setattr(gc, "collect", lambda generation=2: done.append("walked") or 0)
    read = [[n] for n in range(2 * MASSES)]
    collector.look()
    assert read
    assert done == ["put aside"]


def test_what_came_in_masses_over_a_few_looks_is_put_aside_and_not_walked(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    gc.collect(1)
    read = [[n] for n in range(2 * MASSES)]
    gc.collect(0)
    done: list[str] = []
    monkeypatch.setattr(gc, "freeze", lambda: done.append("put aside"))
    monkeypatch.setattr(gc, "collect", lambda generation=2: done.append("walked") or 0)
    monkeypatch.setattr(gc, "get_count", lambda: (0, 1_000, 0))
    collector.look()
    assert read
    assert done == ["put aside"]


def test_all_is_walked_while_the_person_is_in_another_program(qapp: QApplication, collector: Collector) -> None:
    collected: list[int] = []
    Cyclic(collected)
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
    assert collected == [threading.get_ident()]
