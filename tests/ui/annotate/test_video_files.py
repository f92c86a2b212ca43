"""A video's file vanishes, changes, hangs, or takes long to be understood: it is told, and the work goes on."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from annodesk import settings as workstation
from annodesk.media.frame_card import NO_CARD
from annodesk.media.frames import FrameReader
from annodesk.media.picture import Shown
from annodesk.progress import CancelToken, Progress
from annodesk.ui.parts import settings
from annodesk.ui.player import video_shown
from annodesk.ui.player.video import BY_CARD, VideoDeck
from annodesk.ui.player.video_feed import NOT_COUNTED
from annodesk.ui.timeline import media_watch
from annodesk.ui.timeline.waveform import MediaState
from tests.media.videos import write_video
from tests.ui.annotate.conftest import Desk
from tests.ui.annotate.test_video import on_screen, video
from tests.ui.filmed import STEADY, make_filmed, make_video

Open = Callable[..., Desk]


@pytest.fixture(autouse=True)
def as_at_first(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing remembered; files are looked at often, so that no test has to wait for seconds."""
    monkeypatch.setenv("ANNODESK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(media_watch, "LOOK_EVERY_MS", 50)
    monkeypatch.setattr(video_shown, "LOOK_EVERY_MS", 50)
    settings().clear()
    yield
    settings().clear()


def warned(desk: Desk) -> str:
    """What stands under the picture."""
    panel = video(desk).panel
    return "" if panel.warning.isHidden() else panel.warning.text().replace("\u200b", "")


def can_work(desk: Desk) -> bool:
    """Whether a segment can be drawn, labelled and kept."""
    before = len(desk.annotations.segments("content"))
    desk.workspace.view.timeline.move_playhead(desk.workspace.view.timeline.playhead_us + 400_000)
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_1)
    return len(desk.on_disk().segments("content")) == before + 1


def test_a_video_that_vanishes_while_it_plays_is_missed_in_words_and_shown_again_when_it_is_back(
    open_desk: Open, tmp_path: Path
) -> None:
    desk = open_desk(made=make_filmed(tmp_path / "file", {"talk.mp4": STEADY}))
    path, away = tmp_path / "file/media/talk.mp4", tmp_path / "away.mp4"
    desk.press(Qt.Key.Key_Space)
    desk.qtbot.waitUntil(lambda: desk.workspace.view.timeline.playhead_us > 300_000, timeout=20_000)
    path.rename(away)
    desk.qtbot.waitUntil(lambda: "talk.mp4 is no longer there" in warned(desk), timeout=20_000)
    desk.press(Qt.Key.Key_Space)
    assert can_work(desk)
    away.rename(path)
    desk.qtbot.waitUntil(lambda: warned(desk) == "", timeout=20_000)
    desk.workspace.view.timeline.move_playhead(6_000_000)
    desk.settle()
    assert on_screen(desk) == 150


def test_that_a_video_with_sound_has_gone_is_said_once(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk(made=make_filmed(tmp_path / "file", {"talk.mp4": STEADY[:100]}))
    timeline = desk.workspace.view.timeline
    desk.qtbot.waitUntil(lambda: timeline.media_state is MediaState.READY)
    (tmp_path / "file/media/talk.mp4").rename(tmp_path / "away.mp4")
    desk.qtbot.waitUntil(lambda: timeline._media._watch.is_gone, timeout=20_000)
    desk.qtbot.waitUntil(lambda: "talk.mp4 is no longer there" in warned(desk), timeout=20_000)
    assert "no longer there" not in timeline.waveform.accessibleDescription()


def test_a_video_replaced_while_it_is_open_is_opened_anew_and_said_to_be_another(
    open_desk: Open, tmp_path: Path
) -> None:
    desk = open_desk(made=make_filmed(tmp_path / "file", {"talk.mp4": STEADY}))
    desk.workspace.view.timeline.move_playhead(2_000_000)
    desk.settle()
    assert on_screen(desk) == 50
    make_video(tmp_path / "other.mp4", STEADY[:200], first=1000).replace(tmp_path / "file/media/talk.mp4")
    desk.qtbot.waitUntil(lambda: "Another copy than this item was made with" in warned(desk), timeout=20_000)
    desk.settle()
    assert on_screen(desk) == 1050
    deck = video(desk)
    assert deck.times is not None
    assert deck.times.index.count == 200
    assert can_work(desk)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_video_replaced_by_what_is_none_is_told_and_the_right_one_comes_back_by_itself(
    open_desk: Open, tmp_path: Path
) -> None:
    desk = open_desk(made=make_filmed(tmp_path / "file", {"talk.mp4": STEADY}))
    path, away = tmp_path / "file/media/talk.mp4", tmp_path / "away.mp4"
    path.rename(away)
    os.mkfifo(path)
    screen = video(desk).panel.screens[0]
    desk.qtbot.waitUntil(lambda: "is not an ordinary file" in screen.message, timeout=20_000)
    assert can_work(desk)
    away.replace(path)
    desk.qtbot.waitUntil(lambda: screen.message == "", timeout=20_000)
    desk.workspace.view.timeline.move_playhead(4_000_000)
    desk.settle()
    assert on_screen(desk) == 100


class Hanging(FrameReader):
    """Reads as the drive does: no frame comes while it hangs."""

    def __init__(self, path: Path, progress: Progress, cancel: CancelToken) -> None:
        super().__init__(path, progress=progress, cancel=cancel)
        self.answers = threading.Event()
        self.answers.set()

    def show(
        self, number: int, within: tuple[int, int] | None = None, goes_on: Callable[[], bool] = lambda: True
    ) -> Shown:
        self.answers.wait(60)
        return super().show(number, within, goes_on)


def reopened_with(desk: Desk, open_with: Callable[..., FrameReader]) -> VideoDeck:
    """The same item, whose videos are read in this way."""
    deck = video(desk)
    deck.open_with = open_with
    deck.load(deck.videos)
    return deck


def test_a_drive_that_does_not_answer_is_told_of_while_the_work_goes_on(
    open_desk: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_shown, "SILENT_AFTER_S", 0.2)
    desk = open_desk(made=make_filmed(tmp_path / "file", {"talk.mp4": STEADY}))
    made: list[Hanging] = []

    def open_with(path: Path, progress: Progress, cancel: CancelToken) -> Hanging:
        made.append(Hanging(path, progress, cancel))
        return made[-1]

    reopened_with(desk, open_with)
    desk.settle()
    made[0].answers.clear()
    desk.workspace.view.timeline.move_playhead(5_000_000)
    assert not video(desk).strip.is_waiting
    desk.qtbot.waitUntil(lambda: "talk.mp4 does not answer" in warned(desk), timeout=20_000)
    assert video(desk).strip.is_waiting
    assert can_work(desk)
    desk.workspace.view.timeline.move_playhead(8_000_000)
    made[0].answers.set()
    desk.qtbot.waitUntil(lambda: warned(desk) == "", timeout=20_000)
    desk.settle()
    assert on_screen(desk) == 200
    assert not video(desk).strip.is_waiting


def test_a_file_that_does_not_even_open_is_told_of_and_left_without_waiting(
    open_desk: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_shown, "SILENT_AFTER_S", 0.2)
    desk = open_desk(made=make_filmed(tmp_path / "file", {"talk.mp4": STEADY}))
    answers = threading.Event()

    def open_with(path: Path, progress: Progress, cancel: CancelToken) -> FrameReader:
        answers.wait(60)
        return FrameReader(path)

    deck = reopened_with(desk, open_with)
    desk.qtbot.waitUntil(lambda: "talk.mp4 does not answer" in deck.panel.screens[0].message, timeout=20_000)
    assert can_work(desk)
    answers.set()
    desk.qtbot.waitUntil(lambda: deck.panel.screens[0].message == "", timeout=20_000)


def test_frames_that_have_to_be_counted_tell_how_far_it_is_and_can_be_left(open_desk: Open, tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    write_video(media / "raw.mkv", STEADY[:100])
    desk = open_desk(made=make_filmed(tmp_path / "file", media))
    may_go = threading.Event()

    def open_with(path: Path, progress: Progress, cancel: CancelToken) -> FrameReader:
        def told(share: float, words: str) -> None:
            progress(0.34, words)
            while not (may_go.wait(0.02) or cancel.is_cancelled):
                progress(0.34, words)

        told(0.0, "Counting the frames")
        cancel.check()
        return FrameReader(path, progress=progress, cancel=cancel)

    deck = reopened_with(desk, open_with)
    screen, row = deck.panel.screens[0], deck.panel.going_on
    desk.qtbot.waitUntil(row.isVisible, timeout=20_000)
    assert screen.message == "Counting the frames: 34 %"
    button = row.findChild(QPushButton)
    assert isinstance(button, QPushButton)
    assert button.text() == "Go on without it"
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: screen.message == NOT_COUNTED, timeout=20_000)
    assert can_work(desk)
    assert button.text() == "Find its frames"
    may_go.set()
    desk.workspace.keys.trigger("annotate.video_read")
    desk.qtbot.waitUntil(lambda: deck.times is not None, timeout=20_000)
    desk.settle()
    assert not row.isVisible()
    assert screen.message == ""


def test_without_a_graphics_card_automatic_shows_the_right_frames_and_says_so_once(
    open_desk: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNODESK_CONFIG", str(tmp_path / "config"))
    monkeypatch.setattr("annodesk.media.frames.ways_here", tuple)
    desk = open_desk(made=make_filmed(tmp_path / "file", {"talk.mp4": STEADY, "talk.left.mp4": STEADY}))
    said: list[str] = []
    video(desk).said.connect(said.append)
    desk.workspace.keys.trigger("annotate.video_card")
    assert workstation.load().hardware_decoding == "automatic"
    desk.qtbot.waitUntil(lambda: NO_CARD in said, timeout=20_000)
    desk.workspace.view.timeline.move_playhead(3_000_000)
    desk.settle()
    assert [on_screen(desk, n) for n in range(2)] == [75, 75]
    assert [one for one in said if one] == [BY_CARD, NO_CARD]
    desk.workspace.keys.trigger("annotate.video_card")
    assert workstation.load().hardware_decoding == "off"
    desk.settle()
    assert on_screen(desk) == 75


def with_sound(path: Path, seconds: float, *, size: tuple[int, int] = (64, 48), film_s: float = 4.0) -> Path:
    """A film of this size and length whose sound lasts ``seconds``."""
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv444p"
        sound = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        for _ in range(round(film_s * 25)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((*size[::-1], 3), 200, np.uint8))))
        container.mux(stream.encode(None))
        piece = av.AudioFrame.from_ndarray(np.full((1, round(seconds * 8000)), 500, np.int16), "s16", "mono")
        piece.sample_rate = 8000
        container.mux(sound.encode(piece))
        container.mux(sound.encode(None))
    return path


@pytest.mark.parametrize("seconds", [1.0, 9.0])
def test_sound_shorter_or_longer_than_its_film_leaves_both_to_their_ends(
    open_desk: Open, tmp_path: Path, seconds: float
) -> None:
    media = tmp_path / "media"
    media.mkdir()
    with_sound(media / "talk.mkv", seconds)
    desk = open_desk(made=make_filmed(tmp_path / "file", media))
    view, deck = desk.workspace.view, video(desk)
    assert view.timeline.state.bounds.end_us == pytest.approx(max(seconds, 4.0) * 1_000_000, abs=50_000)
    view.timeline.move_playhead(3_500_000)
    desk.settle()
    assert deck.numbers() == [87]
    if seconds > 4:
        view.timeline.move_playhead(6_000_000)
        desk.settle()
        assert deck.numbers() == [99]
        assert deck.panel.screens[0].caption[1] == "ended"
    assert can_work(desk)
    view.transport.play(3_800_000, 4_000_000)
    desk.qtbot.waitUntil(lambda: not view.transport.is_playing, timeout=20_000)
    assert warned(desk) == ""


def test_a_video_of_one_pixel_is_shown_with_its_strip(open_desk: Open, tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    with_sound(media / "dot.mkv", 4.0, size=(1, 1))
    desk = open_desk(made=make_filmed(tmp_path / "file", media))
    desk.workspace.view.timeline.move_playhead(2_000_000)
    desk.settle()
    screen = video(desk).panel.screens[0]
    assert screen.message == ""
    assert video(desk).numbers() == [50]
    middle = screen.grab().toImage().pixelColor(screen.picture_rect().center().toPoint())
    assert middle.lightness() > 150
    assert can_work(desk)


@pytest.mark.skipif(os.name == "nt", reason="such names cannot be given here")
@pytest.mark.parametrize("name", ["-y.mp4", "two\nlines.mp4", "\U0001f3ac né.mp4"])
def test_odd_names_are_only_names(open_desk: Open, tmp_path: Path, name: str) -> None:
    desk = open_desk(made=make_filmed(tmp_path / "file", {name: STEADY[:50]}))
    desk.workspace.view.timeline.move_playhead(1_000_000)
    desk.settle()
    assert on_screen(desk) == 25
    (tmp_path / "file/media" / name).unlink()
    desk.qtbot.waitUntil(lambda: "is no longer there" in warned(desk), timeout=20_000)
    assert "\n" not in warned(desk)
    assert can_work(desk)
