"""A real conversation segmented in the fashion of each preset, by keys and mouse on the real window."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from annodesk.model.work import Role
from annodesk.services import Services
from annodesk.ui.keys import bindings
from annodesk.ui.keys.choice import Choice
from tests.ui.made import Made

from .conftest import CTRL, SHIFT, Desk

pytestmark = pytest.mark.qt

ALT = Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier
Key = Qt.Key
S = 1_000_000
PROJECT = """
name = "conversation"
languages = ["en"]

[[tier]]
name = "speaker"
labels = [ { name = "speaker90", key = "1" }, { name = "speaker91", key = "2" } ]

[workflow]
overlap = 1
overlap_share = 0.0
audit_share = 0.0
rerule_share = 0.0

[prelabel]
show = "never"
"""
TURNS = [(6.69, 7.12, "speaker90"), (7.55, 8.32, "speaker91"), (8.32, 9.92, "speaker90"), (9.92, 10.57, "speaker91"),
         (10.57, 14.49, "speaker90")]  # fmt: skip
"""Turns of the conversation as its reference has them, where two speak at once up to the next one's start."""


@pytest.fixture
def work(open_desk: Callable[..., Desk], shared: Path, tmp_path: Path) -> Iterator[Worker]:
    """The conversation open, nothing said yet."""
    (tmp_path / "project.toml").write_text(PROJECT, encoding="utf-8")
    sound = shutil.copy(shared / "data/audio/diarization/sample.wav", tmp_path / "sample.wav")
    path = tmp_path / "work.annodesk"
    services = Services.open(path, create=True)
    project = services.projects.init(tmp_path / "project.toml")
    ann = services.people.add(project.id, "Ann", Role.ANNOTATOR)
    services.items.add(project.id, [Path(sound)])
    services.coordinator.round(project.id)
    services.close()
    yield Worker(open_desk(made=Made(path, project.id, ann.id, "", "")))
    bindings.current().save(Choice())


class Worker:
    """Somebody who knows another tool: keys and mouse, and what the store has in the end."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.press, self.type = desk.press, desk.type

    @property
    def timeline(self):
        return self.desk.workspace.view.timeline

    def as_in(self, preset: str) -> None:
        """Choose the preset in the key window."""
        self.press(Key.Key_F1, CTRL)
        window = self.desk.window.over.key_window
        window.preset.setCurrentIndex(window.preset.findData(preset))
        window.close()
        self.desk.window.activateWindow()
        self.desk.qtbot.waitUntil(self.desk.window.isActiveWindow)
        self.desk.workspace.take_focus()

    def go_to(self, seconds: float) -> None:
        """Ctrl+G, the time, Return."""
        self.press(Key.Key_G, CTRL)
        self.type(f"{seconds} s")
        self.press(Key.Key_Return)
        assert self.timeline.playhead_us == round(seconds * S)

    def mouse(self, widget: QWidget, start: QPointF, end: QPointF, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press, move in steps, release."""
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        moves = [start + (end - start) * step / 6 for step in range(1, 7)] if start != end else []
        for kind, where, button, held in (
            (QEvent.Type.MouseButtonPress, start, left, left),
            *((QEvent.Type.MouseMove, where, none, left) for where in moves),
            (QEvent.Type.MouseButtonRelease, end, left, none),
        ):
            QApplication.sendEvent(widget, QMouseEvent(kind, where, widget.mapToGlobal(where), button, held, keys))

    def on_wave(self, seconds: float) -> QPointF:
        """A place on the waveform."""
        wave = self.timeline.waveform
        return QPointF(wave.x_of(round(seconds * S)), wave.height() / 2)

    def on_tier(self, seconds: float) -> QPointF:
        """A place on the tier."""
        lanes = self.timeline.lanes
        _, top, height = lanes.lane_tops()[0]
        return QPointF(lanes.x_of(round(seconds * S)), top + height / 2)

    def drag_wave(self, start: float, end: float) -> None:
        """Select time on the waveform."""
        self.mouse(self.timeline.waveform, self.on_wave(start), self.on_wave(end))

    def drag_tier(self, start: float, end: float, keys: Qt.KeyboardModifier = NONE) -> None:
        """Drag on the tier."""
        self.mouse(self.timeline.lanes, self.on_tier(start), self.on_tier(end), keys)

    def wheel(self, seconds: float, notches: int) -> None:
        """Turn the wheel over the waveform."""
        wave, where = self.timeline.waveform, self.on_wave(seconds)
        turned = QWheelEvent(
            where, wave.mapToGlobal(where), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, NONE,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(wave, turned)

    @property
    def is_playing(self) -> bool:
        return self.desk.workspace.view.transport.is_playing

    def stored(self) -> list[tuple[float, float, str]]:
        """Segments as another reader finds them on the disk."""
        found = self.desk.on_disk().segments("speaker")
        return [(round(s.start_us / S, 3), round(s.end_us / S, 3), s.label) for s in found]

    def has(self, wanted: list[tuple[float, float, str]], within_s: float = 0.0) -> bool:
        """Whether the disk has these segments, edges within a tolerance."""
        found = self.stored()
        pairs = [(one[edge], other[edge]) for one, other in zip(found, wanted, strict=False) for edge in (0, 1)]
        is_close = all(abs(one - other) <= within_s for one, other in pairs)
        return is_close and [one[2] for one in found] == [one[2] for one in wanted]

    def choose(self, seconds: float, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
        """Go to a time, let go of what was selected, and on to the segment there."""
        if self.is_playing:  # as across an edge that was just moved
            self.press(Key.Key_Escape)
        self.go_to(seconds)
        self.press(Key.Key_Escape)
        self.press(key, modifier)
        chosen = self.desk.workspace.view.selected_segments()
        assert [s.start_us <= seconds * S <= s.end_us for s in chosen] == [True]


def test_as_in_annodesk(work: Worker) -> None:
    for start, end, label in TURNS[:2]:
        work.go_to(start)
        work.press(Key.Key_N)
        work.go_to(end)
        work.press(Key.Key_BracketRight)
        work.press(Key.Key_1 if label == "speaker90" else Key.Key_2)
    for _, end, label in TURNS[2:]:
        work.go_to(end)
        work.press(Key.Key_E)
        work.press(Key.Key_1 if label == "speaker90" else Key.Key_2)
    assert work.has(TURNS)
    work.press(Key.Key_Tab, SHIFT)
    work.press(Key.Key_Space, SHIFT)
    assert work.is_playing
    work.press(Key.Key_Escape)
    assert not work.is_playing
    work.press(Key.Key_M)
    assert len(work.stored()) == len(TURNS) - 1
    work.press(Key.Key_Z, CTRL)
    assert work.has(TURNS)


def test_as_in_elan(work: Worker) -> None:
    """Boundaries by Enter, gaps taken out, edges by Ctrl+J and Ctrl+U, on by Alt and the arrows."""
    work.as_in("elan")
    for time in (6.69, 7.12, 7.55, 8.32, 9.92, 10.57, 14.52):
        work.go_to(time)
        work.press(Key.Key_Return)
    for silence in (3, 7.2):
        work.choose(silence, Key.Key_Right, ALT)
        work.press(Key.Key_D, ALT)
    work.choose(6.9, Key.Key_Right, ALT)
    for _, _, label in TURNS:
        work.press(Key.Key_1 if label == "speaker90" else Key.Key_2)  # and on to the next by itself
    for _ in range(3):
        work.press(Key.Key_J, CTRL | SHIFT)
    assert work.has(TURNS)
    work.press(Key.Key_Space, SHIFT)
    assert work.is_playing
    work.press(Key.Key_Space, CTRL)
    assert not work.is_playing
    work.press(Key.Key_B, CTRL)
    assert work.timeline.playhead_us == 0
    before = work.timeline.state.scale
    work.press(Key.Key_Equal, CTRL)
    zoomed = work.timeline.state.scale
    assert zoomed.span_us < before.span_us
    work.wheel(1, -2)
    assert work.timeline.state.scale.span_us == zoomed.span_us
    assert work.timeline.state.scale.start_us > zoomed.start_us


def test_as_in_praat(work: Worker) -> None:
    """The cursor by the mouse, boundaries by Enter, Tab plays and stops, boundaries taken out and moved by keys."""
    work.as_in("praat")
    work.mouse(work.timeline.waveform, work.on_wave(6), work.on_wave(6))
    work.press(Key.Key_Return)
    for time in (6.69, 7.12, 7.4, 7.58, 8.32, 9.92, 10.57, 14.49):
        work.go_to(time)
        work.press(Key.Key_Return)
    for time in (6.3, 7.45):  # no boundary there after all
        work.choose(time, Key.Key_Right, ALT)
        work.press(Key.Key_Backspace, ALT)
    assert [round(start, 2) for start, _, _ in work.stored()] == [0, 6.69, 7.12, 7.58, 8.32, 9.92, 10.57]
    for silence in (7.2, 3):
        work.choose(silence, Key.Key_Right, ALT)
        work.press(Key.Key_Delete)
    work.choose(7.7, Key.Key_Right, ALT)
    for _ in range(3):
        work.press(Key.Key_Up, SHIFT)
    for at, (_, _, label) in zip((6.8, 7.7, 8.4, 10, 11), TURNS, strict=True):
        work.choose(at, Key.Key_Right, ALT)
        work.press(Key.Key_1 if label == "speaker90" else Key.Key_2)
    assert work.has(TURNS)
    work.press(Key.Key_Tab)
    assert work.is_playing
    work.press(Key.Key_Tab)
    assert not work.is_playing
    work.press(Key.Key_N, CTRL)
    assert work.timeline.state.scale.span_us < 8 * S
    work.press(Key.Key_A, CTRL)
    assert work.timeline.state.scale.span_us >= 29 * S


def test_as_in_audacity(work: Worker) -> None:
    """Time selected by dragging on the waveform, Ctrl+B makes the label, Tab goes on, the wheel scrolls."""
    work.as_in("audacity")
    for start, end, label in TURNS:
        work.drag_wave(start, end)
        work.press(Key.Key_B, CTRL)
        work.press(Key.Key_1 if label == "speaker90" else Key.Key_2)
    assert work.has(TURNS, within_s=0.06)
    work.press(Key.Key_Escape)
    work.press(Key.Key_Home)
    work.press(Key.Key_Tab)
    assert work.desk.workspace.view.selected_segments()[0].start_us / S == pytest.approx(6.69, abs=0.06)
    work.press(Key.Key_Tab)
    assert work.desk.workspace.view.selected_segments()[0].start_us / S == pytest.approx(7.55, abs=0.06)
    work.press(Key.Key_Space)
    assert work.is_playing
    work.press(Key.Key_Space)
    work.press(Key.Key_E, CTRL)
    close = work.timeline.state.scale
    assert close.span_us < 2 * S
    work.wheel(7.9, -1)
    assert work.timeline.state.scale.span_us == close.span_us
    work.press(Key.Key_3, CTRL)
    assert work.timeline.state.scale.span_us > close.span_us


def test_as_in_cvat(work: Worker) -> None:
    """N draws, the mouse drags edges onto neighbours, Shift moves a joint, Alt+M splits, the wheel zooms."""
    work.as_in("cvat")
    work.wheel(10, 3)
    assert work.timeline.state.scale.span_us < 20 * S
    work.go_to(6.69)
    work.press(Key.Key_N)
    work.go_to(7.12)
    work.press(Key.Key_BracketRight)
    work.press(Key.Key_1)
    work.drag_tier(7.55, 8.3)
    work.press(Key.Key_2)
    work.go_to(10.57)
    work.press(Key.Key_E, SHIFT)
    work.go_to(9.9)
    work.press(Key.Key_M, ALT)
    assert [label for _, _, label in work.stored()] == ["speaker90", "speaker91", "", ""]
    work.drag_tier(9.9, 9.92, SHIFT)  # both sides of the boundary
    work.choose(9, Key.Key_Tab)
    work.press(Key.Key_1)
    work.choose(10.2, Key.Key_Tab)
    work.press(Key.Key_2)
    work.go_to(14.49)
    work.press(Key.Key_E, SHIFT)
    work.press(Key.Key_1)
    assert work.has(TURNS, within_s=0.06)
    stored = work.stored()
    assert stored[2][0] == stored[1][1]
    assert stored[2][1] == stored[3][0]
    where = work.on_tier(12).toPoint()
    QTest.mouseDClick(work.timeline.lanes, Qt.MouseButton.LeftButton, NONE, where)
    assert work.is_playing
    work.press(Key.Key_Space)
    work.press(Key.Key_D, SHIFT)
    assert work.timeline.playhead_us == 0
    work.press(Key.Key_F)
    assert work.timeline.playhead_us == 10_000
