"""A window with the annotate workspace open on a real file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.model.annotations import AnnotationSet
from annodesk.services import Services
from annodesk.ui import advance, theme
from annodesk.ui.annotate.workspace import AnnotateWorkspace
from annodesk.ui.jobs import Jobs
from annodesk.ui.window import MainWindow
from tests.ui.made import Made, make_file

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Desk:
    """A person at work: keys go where the focus is, as from a keyboard."""

    def __init__(self, qtbot: QtBot, made: Made, *, person: str = "Ann") -> None:
        self.qtbot, self.made = qtbot, made
        self.window = MainWindow(Jobs(), made.path, person=person)
        qtbot.addWidget(self.window)
        self.window.resize(1440, 900)
        self.window.show()
        self.window.activateWindow()
        self.settle()

    @property
    def workspace(self) -> AnnotateWorkspace:
        workspace = self.window.workspace
        assert isinstance(workspace, AnnotateWorkspace)
        return workspace

    @property
    def annotations(self) -> AnnotationSet:
        return self.workspace.view.annotations

    def settle(self) -> None:
        """Wait until nothing is being read, drawn or stored."""
        self.qtbot.waitUntil(lambda: self.window.is_idle(), timeout=20_000)
        if isinstance(self.window.workspace, AnnotateWorkspace):
            self.qtbot.waitUntil(self._is_at_rest, timeout=20_000)

    def _is_at_rest(self) -> bool:
        """True, or a failure that says what is still busy."""
        workspace, view = self.workspace, self.workspace.view
        parts = {
            "jobs": self.window.jobs.is_idle,
            "places": workspace.ways.places.is_idle or view.transport.is_playing,
            "taps": workspace.taps.is_idle,
            "writing": workspace.writing.is_idle,
            "video": view.video.is_idle,
            "stored": view.editor is None or view.editor.waiting == 0,
            "shown": view.is_idle(),
        }
        busy = [name for name, is_idle in parts.items() if not is_idle]
        assert not busy, f"still busy: {', '.join(busy)}"
        return workspace.is_idle()

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is."""
        workspace = self.window.workspace
        if workspace is not None:
            self.qtbot.waitUntil(lambda: not workspace.keys.is_deaf)
        self.hit(key, modifier)

    def hit(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key at once, however soon after another."""
        target = QApplication.focusWidget() or self.window
        self.qtbot.keyClick(target, key, modifier)

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        target = QApplication.focusWidget()
        assert target is not None
        self.qtbot.keyClicks(target, text)

    def on_disk(self) -> AnnotationSet:
        """The open set as another reader finds it on the disk."""
        set_id = self.annotations.id
        self.settle()
        reader = Services.open(self.made.path, read_only=True)
        try:
            return reader.annotate.reload(set_id)[0]
        finally:
            reader.close()

    def hear_everything(self) -> None:
        """The whole task has been played."""
        view = self.workspace.view
        assert view.work is not None
        view.transport.heard.emit(view.work.task.start_us, view.work.task.end_us)

    def label_everything(self) -> None:
        """One segment over the whole task that was played, and the required answer."""
        view = self.workspace.view
        assert view.work is not None
        self.hear_everything()
        view.timeline.state.set_stretch(view.timeline.state.bounds)
        self.press(Qt.Key.Key_1)
        self.press(Qt.Key.Key_Q)

    def close(self) -> None:
        """Close the window; nothing stays behind."""
        self.window.close()


@pytest.fixture
def open_desk(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Make a file and open it, with the options of `make_file`."""
    theme.apply(qapp, "dark", text_scale=1.0)
    advance.choose(True)
    opened: list[Desk] = []

    def open_it(*, person: str = "Ann", made: Made | None = None, **options: object) -> Desk:
        folder = tmp_path / f"file{len(opened)}"
        desk = Desk(qtbot, made or make_file(folder, **options), person=person)  # type: ignore[arg-type]
        opened.append(desk)
        return desk

    yield open_it
    advance.choose(None)
    for desk in opened:
        desk.close()


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """The annotate workspace with the first task open and all suggestions in view."""
    return open_desk()
