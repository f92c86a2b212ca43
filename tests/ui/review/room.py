"""The review workspace in a window, driven as a person would drive it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from annodesk.model.annotations import AnnotationSet
from annodesk.ui.bus import Bus, Context
from annodesk.ui.jobs import Jobs
from annodesk.ui.notices import Notices
from annodesk.ui.review.workspace import ReviewWorkspace
from tests.ui.review.planted import hears_keys

if TYPE_CHECKING:
    from tests.ui.review.conftest import Desk

Key, Mod = Qt.Key, Qt.KeyboardModifier
S = 1_000_000
LEFT = Qt.MouseButton.LeftButton


class Room:
    """A shown workspace with what is needed to drive it as a person would."""

    def __init__(self, qtbot, desk: Desk, person_id: str = "") -> None:
        self.qtbot, self.desk = qtbot, desk
        self.jobs, self.bus, self.notices = Jobs(), Bus(), Notices()
        self.said: list[str] = []
        self.bus.status_said.connect(self.said.append)
        context = Context(desk.services, self.jobs, self.bus, desk.project_id, person_id or desk.analyst, self.notices)
        self.space = ReviewWorkspace(context)
        qtbot.addWidget(self.space)
        self.space.resize(1388, 838)
        with qtbot.waitActive(self.space):
            self.space.show()
            self.space.activateWindow()
        self.space.refresh()
        self.wait()

    def wait(self) -> None:
        """Until nothing is being read, stored or drawn."""
        view = self.space.desk.view
        self.qtbot.waitUntil(
            lambda: self.space.is_idle() and (self.space.work is None or view.is_settled), timeout=20_000
        )

    def open(self) -> ReviewWorkspace:
        """Open the first item of the queue by its button."""
        self.qtbot.mouseClick(self.space.waiting.page.button, LEFT)
        self.wait()
        assert self.space.work is not None
        return self.space

    def press(self, *keys: Key, mod: Mod = Mod.NoModifier) -> None:
        """Press keys where the focus is."""
        for key in keys:
            self.qtbot.waitUntil(hears_keys)
            self.qtbot.keyClick(QApplication.focusWidget() or self.space, key, mod)
            self.wait()

    def own(self) -> list[tuple[str, float, float]]:
        """The analyst's segments in seconds."""
        found = self.space.editor.annotations.segments("content")
        return [(s.label, s.start_us / S, s.end_us / S) for s in found]

    def stored(self) -> AnnotationSet:
        """The analyst's set as it is on the disk."""
        return self.desk.services.annotate.reload(self.space.work.set_id)[0]

    def letter_of(self, label: str, at_s: float) -> str:
        """The side that says a label at a time."""
        for lane in self.space.work.lanes:
            if any(
                s.label == label for s in lane.annotations.segments_in("content", round(at_s * S), round(at_s * S) + 1)
            ):
                return lane.letter
        raise AssertionError(label)

    def close(self) -> None:
        self.space.release()
        self.jobs.close()
