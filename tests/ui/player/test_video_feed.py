"""Frames are decoded ahead in a thread of their own; the newest wish comes first, and what fails is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from annodesk.errors import MediaError
from annodesk.media.frames import FrameIndex
from annodesk.media.picture import Shown
from annodesk.ui.player.video_feed import AHEAD_PLAYING, VideoFeed
from tests.ui.filmed import STEADY, make_video, read_barcode


class Slow:
    """A reader whose frames come when the test lets them: each is as bright as its number."""

    def __init__(self, count: int = 400, bad: frozenset[int] = frozenset()) -> None:
        pts = np.arange(count, dtype=np.int64) * 40
        self.index = FrameIndex(pts, pts[:1], Fraction(1, 1000), 0, count * 40)
        self.asked: list[int] = []
        self.prepared: list[int] = []
        self.may_go = threading.Event()
        self.may_go.set()
        self.began = threading.Event()
        self.is_closed = False
        self.note = ""
        self._bad = bad

    def show(self, number: int, within: tuple[int, int] | None = None, goes_on: Callable[[], bool] = bool) -> Shown:
        self.asked.append(number)
        self.began.set()
        self.may_go.wait(10)
        if number in self._bad:
            raise MediaError(f"Frame {number} cannot be decoded.", "")
        return np.full((4, 4, 4), 255, np.uint8)

    def prepare_back(self, number: int, within: tuple[int, int] | None, goes_on: Callable[[], bool]) -> bool:
        self.prepared.append(number)
        return False

    def speed_up(self, goes_on: Callable[[], bool] = bool) -> bool:
        self.note = "The processor decodes it."
        return False

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def make_feed(qtbot: QtBot) -> Iterator[Callable[[Slow], VideoFeed]]:
    made: list[VideoFeed] = []

    def make(reader: Slow) -> VideoFeed:
        feed = VideoFeed(Path("made.mp4"), open_with=lambda *_: reader)
        made.append(feed)
        feed.resize((64, 36))
        feed.start()
        return feed

    yield make
    for feed in made:
        feed.close()
        feed.join(5)


def test_the_newest_wish_is_decoded_before_older_ones(qtbot: QtBot, make_feed: Callable[[Slow], VideoFeed]) -> None:
    reader = Slow()
    reader.may_go.clear()
    feed = make_feed(reader)
    qtbot.waitUntil(reader.began.is_set)
    for number in (100, 200, 300):
        feed.want(number)
    reader.may_go.set()
    qtbot.waitUntil(lambda: feed.is_idle)
    assert reader.asked[1] == 300
    assert not {100, 200} & set(reader.asked)


def test_while_it_plays_frames_are_ready_before_their_time(
    qtbot: QtBot, make_feed: Callable[[Slow], VideoFeed]
) -> None:
    feed = make_feed(Slow())
    feed.want(50, is_playing=True, frames_per_s=25)
    qtbot.waitUntil(lambda: feed.is_idle)
    assert all(feed.best(number).number == number for number in range(50, 50 + AHEAD_PLAYING))  # type: ignore[union-attr]


def test_at_high_rates_frames_no_screen_could_show_are_left_out(
    qtbot: QtBot, make_feed: Callable[[Slow], VideoFeed]
) -> None:
    reader = Slow()
    feed = make_feed(reader)
    feed.want(100, is_playing=True, frames_per_s=240)
    qtbot.waitUntil(lambda: feed.is_idle)
    assert [n for n in reader.asked if n >= 100] == [100 + 4 * k for k in range(AHEAD_PLAYING + 1)]


def test_a_frame_that_cannot_be_decoded_is_told_once_and_the_next_is_shown(
    qtbot: QtBot, make_feed: Callable[[Slow], VideoFeed]
) -> None:
    feed = make_feed(Slow(bad=frozenset({7})))
    told: list[str] = []
    feed.failed.connect(told.append)
    feed.want(7)
    qtbot.waitUntil(lambda: bool(told))
    feed.want(8)
    qtbot.waitUntil(lambda: feed.best(8) is not None and feed.best(8).number == 8)  # type: ignore[union-attr]
    assert told == ["Frame 7 cannot be decoded."]


def test_steps_back_have_the_frames_before_made_ready(qtbot: QtBot, make_feed: Callable[[Slow], VideoFeed]) -> None:
    reader = Slow()
    feed = make_feed(reader)
    feed.want(100)
    qtbot.waitUntil(lambda: feed.is_idle)
    assert reader.prepared == []
    feed.want(99)
    qtbot.waitUntil(lambda: 99 in reader.prepared)


def test_closing_lets_go_of_the_file(qtbot: QtBot, make_feed: Callable[[Slow], VideoFeed]) -> None:
    reader = Slow()
    feed = make_feed(reader)
    qtbot.waitUntil(lambda: feed.is_idle)
    feed.close()
    feed.join(5)
    assert reader.is_closed
    assert not feed.is_alive


def test_the_graphics_card_is_asked_once_the_first_pictures_are_there(qtbot: QtBot) -> None:
    reader = Slow()
    feed = VideoFeed(Path("made.mp4"), open_with=lambda *_: reader, wants_card=True)
    feed.resize((64, 36))
    noted: list[tuple[str, int]] = []
    feed.noted.connect(lambda sentence: noted.append((sentence, len(reader.asked))))
    feed.start()
    qtbot.waitUntil(lambda: feed.is_idle and bool(noted))
    feed.want(50)
    qtbot.waitUntil(lambda: feed.is_idle and 50 in reader.asked)
    feed.close()
    feed.join(5)
    assert [sentence for sentence, _ in noted] == ["The processor decodes it."]
    assert noted[0][1] > 0


def test_a_read_that_hangs_is_known_to_hang(qtbot: QtBot) -> None:
    reader, now = Slow(), [100.0]
    feed = VideoFeed(Path("made.mp4"), open_with=lambda *_: reader, clock=lambda: now[0])
    feed.resize((64, 36))
    feed.start()
    qtbot.waitUntil(lambda: feed.is_idle)
    assert feed.waiting_s == 0
    reader.may_go.clear()
    reader.began.clear()
    feed.want(50)
    qtbot.waitUntil(reader.began.is_set)
    now[0] += 7
    assert feed.waiting_s == 7
    reader.may_go.set()
    qtbot.waitUntil(lambda: feed.waiting_s == 0)
    feed.close()
    feed.join(5)


def test_a_file_that_is_no_video_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.write_bytes(b"")
    feed = VideoFeed(path)
    with qtbot.waitSignal(feed.failed, timeout=10_000) as told:
        feed.start()
    feed.join(5)
    assert "empty.mp4 is empty" in told.args[0]


def test_a_real_video_gives_the_frames_that_were_wanted(qtbot: QtBot, tmp_path: Path) -> None:
    feed = VideoFeed(make_video(tmp_path / "film.mp4", STEADY))
    feed.resize((384, 216))
    feed.start()
    for number in (0, 249, 120, 119, 118, 50, 49):
        feed.want(number)
        qtbot.waitUntil(lambda n=number: feed.best(n) is not None and feed.best(n).number == n, timeout=10_000)  # type: ignore[misc,union-attr]
        assert read_barcode(feed.best(number).image) == number  # type: ignore[union-attr]
    feed.close()
    feed.join(5)
