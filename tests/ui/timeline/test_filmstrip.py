"""The film strip shows what the video shows at each place, and never asks for more than is in view."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from annodesk.media.frames import FrameIndex
from annodesk.progress import CancelToken
from annodesk.ui.jobs import Jobs
from annodesk.ui.timeline.filmstrip import IN_FLIGHT, FilmSource, FilmStrip
from annodesk.ui.timeline.view import TimelineView
from tests.ui.filmed import STEADY, make_video, read_barcode
from tests.ui.timeline.conftest import drag

SECOND = 1_000_000


@pytest.fixture
def strip(qtbot: QtBot, view: TimelineView, jobs: Jobs, tmp_path: Path) -> Iterator[FilmStrip]:
    """The strip of ten seconds, key frames every two, over a timeline of as long."""
    path = make_video(tmp_path / "film.mp4", STEADY)
    made = FilmStrip(view.state, jobs, view)
    view.scrubber.watch_plain(made)
    view.layout().insertWidget(2, made)  # type: ignore[attr-defined]
    view.set_duration(0, 10 * SECOND)
    made.set_film(path, FrameIndex.of(path))
    made.show()
    qtbot.waitUntil(lambda: made.height() > 20 and made.is_complete, timeout=20_000)
    yield made
    made.set_film(None)
    qtbot.waitUntil(lambda: jobs.is_idle, timeout=20_000)


def shown_numbers(strip: FilmStrip) -> list[int]:
    """The barcodes of the pictures that are wholly in view."""
    found = []
    for slot in strip.slots():
        left, right = strip.x_of(slot.start_us), strip.x_of(slot.end_us) - 1
        if left >= strip.time_rect().left() and right <= strip.width() and slot.end_us < 10 * SECOND:
            picture = strip.grab().toImage().copy(round(left), 0, round(right - left), strip.height() - 1)
            found.append((slot.number, read_barcode(picture)))
    assert [number for number, _ in found] == [seen for _, seen in found]
    return [number for number, _ in found]


def test_coarse_places_show_the_key_frame_within_them(strip: FilmStrip, view: TimelineView) -> None:
    numbers = shown_numbers(strip)
    assert len(numbers) > 5
    assert any(number % 50 == 0 for number in numbers)


def test_zoomed_in_each_place_shows_the_very_frame(qtbot: QtBot, strip: FilmStrip, view: TimelineView) -> None:
    view.zoom_to(4 * SECOND, 4_600_000)
    qtbot.waitUntil(lambda: strip.is_complete, timeout=20_000)
    numbers = shown_numbers(strip)
    assert numbers == sorted(numbers)
    starts = [slot.start_us for slot in strip.slots()]
    assert all(strip.slots()[n].number == start // 40_000 for n, start in enumerate(starts) if slot_is_exact(start))


def slot_is_exact(start_us: int) -> bool:
    """Whether no key frame, of which there is one every two seconds, begins within a tenth of a second."""
    return start_us % (2 * SECOND) < 1_800_000 and start_us % (2 * SECOND) != 0


def test_panning_shows_the_same_pictures_elsewhere(qtbot: QtBot, strip: FilmStrip, view: TimelineView) -> None:
    view.zoom_to(2 * SECOND, 5 * SECOND)
    before = {slot.start_us: slot.number for slot in strip.slots()}
    view.pan(0.2)
    after = {slot.start_us: slot.number for slot in strip.slots()}
    same = before.keys() & after.keys()
    assert len(same) > 3
    assert all(before[place] == after[place] for place in same)


def test_only_a_few_are_asked_for_and_only_of_what_is_in_view(
    qtbot: QtBot, strip: FilmStrip, view: TimelineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[int]] = []
    read = FilmSource.pictures

    def note(source: FilmSource, numbers: list[int], height_px: int, *, cancel: CancelToken) -> object:
        asked.append(list(numbers))
        return read(source, numbers, height_px, cancel=cancel)

    monkeypatch.setattr(FilmSource, "pictures", note)
    view.zoom_to(1 * SECOND, 2 * SECOND)
    view.zoom_to(8 * SECOND, 8_500_000)
    qtbot.waitUntil(lambda: strip.is_complete, timeout=20_000)
    assert max(map(len, asked)) <= IN_FLIGHT
    later = asked[1:]
    assert all(number >= 190 for numbers in later for number in numbers)


def test_a_click_on_the_strip_moves_the_playhead(strip: FilmStrip, view: TimelineView) -> None:
    where = QPointF(strip.x_of(7 * SECOND), 10)
    drag(strip, where, where)
    assert abs(view.playhead_us - 7 * SECOND) < 20_000


def test_an_offset_moves_the_pictures_along(qtbot: QtBot, strip: FilmStrip, view: TimelineView, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    strip.set_film(path, FrameIndex.of(path), 3 * SECOND)
    assert strip.slots()[0].end_us > 3 * SECOND


def test_cuts_lie_over_the_pictures(strip: FilmStrip, view: TimelineView) -> None:
    before = strip.grab().toImage()
    view.set_snap_points("cut", [5 * SECOND])
    after = strip.grab().toImage()
    x = round(strip.x_of(5 * SECOND))
    assert after.pixelColor(x, strip.height() - 10) != before.pixelColor(x, strip.height() - 10)
    assert after.pixelColor(x + 30, 5) == before.pixelColor(x + 30, 5)
