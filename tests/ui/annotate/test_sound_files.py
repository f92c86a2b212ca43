"""A recording that goes, is exchanged or does not answer while it plays: a sentence, and the work goes on."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from annodesk.media import recordings
from annodesk.ui.player import transport as transports
from annodesk.ui.player.transport import UNANSWERED
from tests.ui.annotate.conftest import Desk
from tests.ui.player import sounding
from tests.ui.player.sounding import SoundServer, scene

pytestmark = pytest.mark.qt

S = 1_000_000
Opener = Callable[..., Desk]


def can_work(desk: Desk) -> bool:
    """Whether a segment can be drawn, and is on the disk."""
    before = len(desk.annotations.segments("content"))
    desk.workspace.view.timeline.move_playhead((before + 1) * 3 * S)
    desk.workspace.view.take_focus()
    desk.press(Qt.Key.Key_N)
    return len(desk.on_disk().segments("content")) == before + 1


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Recordings are opened once this is set, as from a drive that does not answer."""
    answers, open_audio = threading.Event(), recordings.open_audio

    def open_late(path: Path) -> Any:
        answers.wait(60)
        return open_audio(path)

    monkeypatch.setattr(recordings, "open_audio", open_late)
    monkeypatch.setattr(transports, "UNANSWERED_S", 0.2)
    yield answers
    answers.set()


def test_a_drive_that_does_not_answer_is_told_of_and_it_plays_once_it_does(
    desk: Desk, hanging: threading.Event
) -> None:
    view, mixer = desk.workspace.view, desk.workspace.playing.mixer
    view.timeline.move_playhead(5 * S)
    desk.press(Qt.Key.Key_Space)
    desk.qtbot.waitUntil(lambda: UNANSWERED in mixer.words())
    assert UNANSWERED in view.bar.sound.whole()
    assert view.transport.is_playing
    assert view.timeline.playhead_us == 5 * S
    hanging.set()
    desk.qtbot.waitUntil(lambda: view.timeline.playhead_us > 5 * S)
    assert UNANSWERED not in mixer.words()


def test_while_a_drive_does_not_answer_one_can_work_and_close(desk: Desk, hanging: threading.Event) -> None:
    desk.press(Qt.Key.Key_Space)
    desk.qtbot.waitUntil(lambda: UNANSWERED in desk.workspace.playing.mixer.words())
    desk.press(Qt.Key.Key_Space)
    assert not desk.workspace.view.transport.is_playing
    assert can_work(desk)
    desk.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_in_the_place_of_a_recording_is_told_and_the_playhead_moves_in_silence(desk: Desk) -> None:
    view = desk.workspace.view
    work = view.work
    assert work is not None
    assert work.media_path is not None
    away = work.media_path.with_suffix(".away")
    work.media_path.rename(away)
    os.mkfifo(work.media_path)
    desk.press(Qt.Key.Key_Space)
    desk.qtbot.waitUntil(lambda: "is not an ordinary file" in desk.workspace.playing.mixer.words())
    desk.qtbot.waitUntil(lambda: view.timeline.playhead_us > 0)
    desk.press(Qt.Key.Key_Space)
    assert can_work(desk)
    away.replace(work.media_path)
    desk.press(Qt.Key.Key_Space)
    desk.qtbot.waitUntil(lambda: "ordinary file" not in desk.workspace.playing.mixer.words())


needs_server = pytest.mark.skipif(not sounding.is_installed(), reason=sounding.ABSENT)


@needs_server
@pytest.mark.parametrize(
    ("harm", "words"), [("goes", "is no longer there"), ("replaced", "was replaced while it played")]
)
def test_a_file_that_goes_or_is_exchanged_while_it_is_heard_stops_with_a_sentence_and_plays_on_when_it_is_back(
    harm: str, words: str
) -> None:
    with SoundServer("nul") as server:
        found = scene("file goes", server, harm=harm)
    assert words in found["problem"]
    assert found["stopped_at_us"] > 500_000
    assert found["segments_on_disk"] == 1
    assert found["problem_when_back"] == ""
    assert found["played_on_us"] > found["stopped_at_us"]
    assert found["heard"]
