"""PySide6 keeps count of None, True and False.

Some versions lose one reference per call on Python before 3.12, where these are not immortal, and the program aborts
after a few thousand calls with no word about the cause.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QCheckBox, QWidget
from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.qt

CALLS = 50
AnyIndex = QModelIndex | QPersistentModelIndex


class Signals(QObject):
    """Signals that carry a flag and an object."""

    flagged = Signal(bool)
    carried = Signal(object)


class PaintedWidget(QWidget):
    """Overrides that Qt calls, each returning what Python returns."""

    def event(self, event: QEvent) -> bool:
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.drawLine(0, 0, 5, 5)
        painter.end()


class FlagTable(QAbstractTableModel):
    """A table whose cells are True or None."""

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 3

    def columnCount(self, parent: AnyIndex | None = None) -> int:
        return 3

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> bool | None:
        return True if role == Qt.ItemDataRole.DisplayRole else None


def ignore(value: object) -> None:
    """A slot that does nothing."""


@pytest.fixture
def calls(qapp: QApplication, qtbot: QtBot) -> dict[str, Callable[[], object]]:
    """Calls of every kind: void, flag returned, flag passed, signal, override, event."""
    plain, painted, box = QWidget(), PaintedWidget(), QCheckBox()
    for widget in (plain, painted, box):
        qtbot.addWidget(widget)
    plain.installEventFilter(painted)
    painted.resize(20, 20)
    painted.show()
    signals, table, pen = Signals(), FlagTable(), QPen()
    signals.flagged.connect(ignore)
    signals.carried.connect(ignore)
    box.toggled.connect(ignore)
    return {
        "isVisible": plain.isVisible,
        "setEnabled": lambda: plain.setEnabled(True),
        "setVisible": lambda: plain.setVisible(False),
        "update": plain.update,
        "blockSignals": lambda: plain.blockSignals(False),
        "property": lambda: plain.property("absent"),
        "setCosmetic": lambda: pen.setCosmetic(True),
        "contains": lambda: QRectF(0, 0, 1, 1).contains(0.5, 0.5),
        "emit True": lambda: signals.flagged.emit(True),
        "emit False": lambda: signals.flagged.emit(False),
        "emit object": lambda: signals.carried.emit(True),
        "toggle": box.toggle,
        "model data": lambda: table.index(0, 0).data(),
        "repaint": painted.repaint,
        "grab": painted.grab,
        "sendEvent": lambda: qapp.sendEvent(plain, QEvent(QEvent.Type.User)),
        "processEvents": qapp.processEvents,
    }


def test_no_call_loses_references_of_none_true_or_false(calls: dict[str, Callable[[], object]]) -> None:
    constants = (True, False, None)
    losses = {}
    for name, call in calls.items():
        before = [sys.getrefcount(constant) for constant in constants]
        for _ in range(CALLS):
            call()
        lost = {
            str(constant): count - sys.getrefcount(constant) for constant, count in zip(constants, before, strict=True)
        }
        if max(lost.values()) >= CALLS // 2:
            losses[name] = lost
    assert losses == {}
