"""A timeline under real hands: a view whose drafts go through a real editing session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.edits import Draft
from annodesk.model.schema import Label, LabelSchema, Tier, TierKind
from annodesk.model.times import Interval
from annodesk.services.editing import EditingSession
from annodesk.ui.jobs import Jobs
from annodesk.ui.parts import settings
from annodesk.ui.timeline.look import KEPT
from annodesk.ui.timeline.stack import SHARES
from annodesk.ui.timeline.view import LaneSpec, TimelineView

SECOND = 1_000_000
END_US = 100 * SECOND
LABELS = (Label("speech", "1"), Label("music", "2"), Label("advert", "3"))
CONTENT = Tier("content", labels=LABELS)
EVENTS = Tier("events", kind=TierKind.POINT, labels=(Label("click"),))
CROWD = Tier("crowd", overlap=True, labels=LABELS)


def segment(element_id: str, start_s: float, end_s: float, *labels: str, tier: str = "content") -> Segment:
    """A person's segment, in seconds."""
    return Segment(element_id, tier, round(start_s * SECOND), round(end_s * SECOND), labels=labels)


class Desk:
    """A view, the session that its drafts are staged in, and a mouse that speaks in seconds."""

    def __init__(self, view: TimelineView, session: EditingSession) -> None:
        self.view, self.session = view, session
        self.drafts: list[Draft] = []
        self.refusals: list[str] = []
        view.draft_made.connect(self.stage)
        view.refused.connect(self.refusals.append)

    def stage(self, draft: Draft | None) -> None:
        """What a workspace does with a draft."""
        if draft is None:
            return
        self.drafts.append(draft)
        self.session.stage(draft)
        for lane in self.view.state.lanes:
            self.view.set_annotations(lane.id, self.session.annotations)

    def times(self, tier: str = "content") -> list[tuple[float, float]]:
        """Starts and ends on a tier, in seconds."""
        return [(s.start_us / SECOND, s.end_us / SECOND) for s in self.session.annotations.segments(tier)]

    def point(self, seconds: float, lane_id: str = "content") -> QPointF:
        """Where a time is on a lane, in the lanes' own pixels."""
        for lane, top, height in self.view.lanes.lane_tops():
            if lane.id == lane_id:
                return QPointF(self.view.lanes.x_of(seconds * SECOND), top + height / 2)
        raise AssertionError(lane_id)

    def drag(
        self,
        start_s: float,
        end_s: float,
        lane: str = "content",
        *,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        release: bool = True,
    ) -> None:
        """Press, move in steps, release."""
        begin, end = self.point(start_s, lane), self.point(end_s, lane)
        drag(self.view.lanes, begin, end, keys, release=release)

    def click(
        self, seconds: float, lane: str = "content", *, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        """Press and release."""
        where = self.point(seconds, lane)
        drag(self.view.lanes, where, where, keys)


def send(widget: QWidget, kind: QEvent.Type, where: QPointF, keys: Qt.KeyboardModifier, *, held: bool) -> None:
    """A mouse event as the window system sends it."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    button = none if kind is QEvent.Type.MouseMove else left
    event = QMouseEvent(kind, where, widget.mapToGlobal(where), button, left if held else none, keys)
    QApplication.sendEvent(widget, event)


def drag(
    widget: QWidget,
    begin: QPointF,
    end: QPointF,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    *,
    release: bool = True,
) -> None:
    """Press, move in steps, release."""
    send(widget, QEvent.Type.MouseButtonPress, begin, keys, held=True)
    if begin != end:
        for step in range(1, 9):
            send(widget, QEvent.Type.MouseMove, begin + (end - begin) * step / 8, keys, held=True)
    if release:
        send(widget, QEvent.Type.MouseButtonRelease, end, keys, held=False)


@pytest.fixture(autouse=True)
def first_look(qapp: QApplication) -> Iterator[None]:
    """Nothing has been chosen about how sound is drawn, and nothing chosen here stays."""
    for key in (KEPT, SHARES):
        settings().remove(key)
    yield
    for key in (KEPT, SHARES):
        settings().remove(key)


@pytest.fixture
def jobs(qapp: QApplication) -> Iterator[Jobs]:
    lanes = Jobs()
    yield lanes
    lanes.close()


@pytest.fixture
def view(qtbot: QtBot, jobs: Jobs) -> TimelineView:
    """A shown timeline of 100 s, one pixel a tenth of a second."""
    shown = TimelineView(jobs)
    qtbot.addWidget(shown)
    shown.set_duration(0, END_US)
    shown.set_lanes(
        [
            LaneSpec("content", "content", CONTENT, "person", True),
            LaneSpec("events", "events", EVENTS, "person", True),
            LaneSpec("crowd", "crowd", CROWD, "person", True),
        ]
    )
    shown.resize(1000 + shown.state.gutter_px, 460)
    shown.show()
    qtbot.waitExposed(shown)
    shown.snap = False
    return shown


@pytest.fixture
def make_desk(view: TimelineView) -> Callable[..., Desk]:
    def make(*elements: Segment) -> Desk:
        schema = LabelSchema(tiers=(CONTENT, EVENTS, CROWD))
        annotations = AnnotationSet("set", elements=elements)
        session = EditingSession(
            schema,
            annotations,
            [],
            device="here",
            device_seq=count(1).__next__,
            within=Interval(0, END_US),
            clock=lambda: 0,
        )
        for lane in view.state.lanes:
            view.set_annotations(lane.id, annotations)
        return Desk(view, session)

    return make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """Three segments: 10-20 speech, 20-30 music, 50-60 advert."""
    return make_desk(
        segment("one", 10, 20, "speech"), segment("two", 20, 30, "music"), segment("three", 50, 60, "advert")
    )


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With an empty cache, 100 s at 8 kHz: silence, but for a click each 10 s and a tone from 40 to 50 s."""
    monkeypatch.setenv("ANNODESK_CACHE", str(tmp_path / "cache"))
    rate = 8000
    samples = np.zeros(100 * rate, np.float32)
    samples[:: 10 * rate] = 0.9
    time_s = np.arange(10 * rate) / rate
    samples[40 * rate : 50 * rate] = 0.5 * np.sin(2 * np.pi * 440 * time_s)
    path = tmp_path / "clicks.wav"
    soundfile.write(path, samples, rate, subtype="PCM_16")
    return path
