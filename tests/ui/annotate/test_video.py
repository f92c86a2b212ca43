"""Videos in the annotate workspace: the frame on the screen is the playhead's, and keys step by frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QPushButton

from annodesk.media.frames import frame_at
from annodesk.services import Services
from annodesk.ui.parts import settings
from annodesk.ui.player.video import VideoDeck
from annodesk.ui.player.video_moves import NOTHING
from annodesk.ui.player.video_offsets import OffsetsDialog
from annodesk.ui.player.video_panel import VideoWindow
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk
from tests.ui.filmed import STEADY, UNEVEN, make_filmed, read_barcode
from tests.ui.made import PROJECT

Open = Callable[..., Desk]
STEADY_US = [at * 100 // 9 for at in STEADY]
UNEVEN_US = [round(at * 100 / 9) for at in UNEVEN]


@pytest.fixture(autouse=True)
def as_at_first(qapp: QApplication) -> Iterator[None]:
    """Nothing remembered, before and after."""
    settings().clear()
    yield
    settings().clear()


def on_screen(desk: Desk, number: int = 0) -> int:
    """The frame number that the picture itself shows."""
    screen = desk.workspace.view.video.panel.screens[number]
    rect = screen.picture_rect().toRect()
    image: QImage = screen.grab(rect).toImage()
    return read_barcode(image)


def video(desk: Desk) -> VideoDeck:
    return desk.workspace.view.video


@pytest.fixture
def steady(open_desk: Open, tmp_path: Path) -> Desk:
    """A video of ten seconds at 25 frames a second."""
    return open_desk(made=make_filmed(tmp_path / "steady", {"talk.mp4": STEADY}))


@pytest.fixture
def uneven(open_desk: Open, tmp_path: Path) -> Desk:
    """A video whose frames follow each other at three intervals."""
    return open_desk(made=make_filmed(tmp_path / "uneven", {"talk.mp4": UNEVEN}))


@pytest.mark.parametrize("time_us", [0, 39_999, 40_000, 2_000_000, 5_019_999, 9_999_999])
def test_the_picture_is_the_frame_whose_time_holds_the_playhead(steady: Desk, time_us: int) -> None:
    steady.workspace.view.timeline.move_playhead(time_us)
    steady.settle()
    assert on_screen(steady) == video(steady).numbers()[0] == time_us // 40_000


def test_keys_step_to_the_exact_times_of_frames_at_a_variable_rate(uneven: Desk) -> None:
    timeline = uneven.workspace.view.timeline
    for expected in (1, 2, 3, 4):
        uneven.press(Qt.Key.Key_F)
        assert timeline.playhead_us == UNEVEN_US[expected]
    uneven.press(Qt.Key.Key_V)
    assert timeline.playhead_us == UNEVEN_US[14]
    uneven.press(Qt.Key.Key_Left, CTRL)
    assert timeline.playhead_us == UNEVEN_US[13]
    uneven.press(Qt.Key.Key_C)
    uneven.press(Qt.Key.Key_D)
    uneven.settle()
    assert timeline.playhead_us == UNEVEN_US[2]
    assert on_screen(uneven) == 2


def test_the_caption_tells_frame_time_and_a_variable_rate(uneven: Desk) -> None:
    uneven.press(Qt.Key.Key_F)
    uneven.settle()
    screen = video(uneven).panel.screens[0]
    assert screen.caption == ("00:00:00.055 f 1", "variable")


def test_an_edge_put_at_the_playhead_lies_on_the_start_of_the_frame_on_show(uneven: Desk) -> None:
    view = uneven.workspace.view
    view.timeline.move_playhead(UNEVEN_US[9])
    uneven.press(Qt.Key.Key_N)
    view.timeline.move_playhead((UNEVEN_US[20] + UNEVEN_US[21]) // 2)
    uneven.press(Qt.Key.Key_BracketRight)
    segment = view.annotations.segments("content")[0]
    assert (segment.start_us, segment.end_us) == (UNEVEN_US[9], UNEVEN_US[20])
    uneven.press(Qt.Key.Key_Up, CTRL | SHIFT)
    assert view.annotations.segments("content")[0].end_us == UNEVEN_US[21]


def test_playing_shows_frames_at_the_time_that_is_heard(steady: Desk) -> None:
    view = steady.workspace.view
    seen: list[tuple[int, int]] = []

    def note(time_us: int) -> None:
        number = video(steady).numbers()[0]
        if number is not None:
            seen.append((time_us // 40_000, number))

    steady.press(Qt.Key.Key_Space)
    view.transport.position_changed.connect(note)
    steady.qtbot.waitUntil(lambda: view.timeline.playhead_us > 2_000_000, timeout=20_000)
    steady.press(Qt.Key.Key_Space)
    steady.settle()
    assert len({number for _, number in seen}) > 20
    late = [wanted - number for wanted, number in seen]
    assert min(late) >= 0
    assert sorted(late)[len(late) // 2] <= 1
    assert on_screen(steady) == view.timeline.playhead_us // 40_000


def test_a_loop_goes_back_to_its_first_frame(steady: Desk) -> None:
    view = steady.workspace.view
    view.transport.play(4_000_000, 4_400_000, True)
    numbers: set[int | None] = set()
    view.transport.position_changed.connect(lambda _: numbers.update(video(steady).numbers()))
    loops: list[object] = []
    view.transport.heard.connect(lambda *stretch: loops.append(stretch))
    steady.qtbot.waitUntil(lambda: len(loops) > 2, timeout=20_000)
    view.transport.pause()
    steady.settle()
    assert {100, 105} <= numbers
    assert max(n for n in numbers if n is not None) <= 110


@pytest.mark.parametrize("name", ["counter.mp4", "testvideo.mp4", "cvat_test.mp4", "-video-with-dash-.mp4",
                                  "big_buck_bunny_0_30.webm", "transparent.webm"])  # fmt: skip
def test_what_is_on_the_screen_is_the_frame_exported_under_its_number(
    open_desk: Open, shared: Path, tmp_path: Path, name: str
) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / name).write_bytes((shared / "data/video" / name).read_bytes())
    desk = open_desk(made=make_filmed(tmp_path / "file", media))
    view = desk.workspace.view
    view.timeline.move_playhead(view.timeline.state.bounds.end_us // 2)
    desk.press(Qt.Key.Key_F)
    desk.settle()
    screen = video(desk).panel.screens[0]
    assert screen.message == ""
    assert screen.frame is not None
    assert view.timeline.playhead_us == video(desk).times.starts_us[screen.frame.number]  # type: ignore[union-attr]
    exported, time_us = frame_at(media / name, number=screen.frame.number)
    assert time_us == view.timeline.playhead_us
    if name != "transparent.webm":
        whole = QImage(
            exported.data, exported.shape[1], exported.shape[0], exported.shape[1] * 3, QImage.Format.Format_RGB888
        )
        assert difference(whole, screen.frame.image) < 12


def difference(one: QImage, other: QImage) -> float:
    """Mean difference of the pictures' grey at a small size."""
    a, b = (
        i.scaled(32, 18, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
        for i in (one, other)
    )
    spots = [(x, y) for x in range(32) for y in range(18)]
    return sum(abs(a.pixelColor(*s).lightness() - b.pixelColor(*s).lightness()) for s in spots) / len(spots)


def test_a_video_that_cannot_be_decoded_says_so_and_the_work_goes_on(open_desk: Open, tmp_path: Path) -> None:
    made = make_filmed(tmp_path / "file", {"talk.mp4": STEADY})
    path = tmp_path / "file/media/talk.mp4"
    path.write_bytes(b"\0" * 4000)
    desk = open_desk(made=made)
    screen = video(desk).panel.screens[0]
    assert "talk.mp4" in screen.message
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_1)
    assert [s.label for s in desk.annotations.segments("content")] == ["speech"]
    desk.press(Qt.Key.Key_F)
    assert desk.workspace.view.timeline.playhead_us == 10_000


def test_a_key_folds_the_picture_and_it_stays_folded_next_time(open_desk: Open, tmp_path: Path) -> None:
    made = make_filmed(tmp_path / "file", {"talk.mp4": STEADY})
    desk = open_desk(made=made)
    height = desk.workspace.view.timeline.height()
    desk.press(Qt.Key.Key_F9, SHIFT)
    desk.settle()
    assert video(desk).home.isHidden()
    assert desk.workspace.view.timeline.height() > height
    desk.close()
    again = open_desk(made=made)
    assert video(again).home.isHidden()
    again.press(Qt.Key.Key_F9, SHIFT)
    again.settle()
    assert video(again).numbers() == [0]


def test_the_picture_goes_to_a_window_of_its_own_and_back(steady: Desk) -> None:
    steady.press(Qt.Key.Key_F9, CTRL)
    steady.settle()
    window = video(steady).panel.window()
    assert isinstance(window, VideoWindow)
    assert window.isVisible()
    assert video(steady).home.isHidden()
    steady.press(Qt.Key.Key_F)
    steady.settle()
    assert on_screen(steady) == 1
    window.close()
    steady.qtbot.waitUntil(lambda: video(steady).panel.window() is steady.window)
    steady.settle()
    assert not video(steady).home.isHidden()
    assert on_screen(steady) == 1


def test_leaving_the_workspace_lets_go_of_the_files_and_coming_back_shows_the_frame(steady: Desk) -> None:
    steady.workspace.view.timeline.move_playhead(3_000_000)
    steady.settle()
    steady.press(Qt.Key.Key_F6)
    steady.settle()
    steady.press(Qt.Key.Key_F5)
    steady.settle()
    assert video(steady).numbers() == [75]
    assert on_screen(steady) == 75


def test_the_shuttle_goes_back_without_sound_until_space(steady: Desk) -> None:
    view = steady.workspace.view
    view.timeline.move_playhead(8_000_000)
    steady.press(Qt.Key.Key_C, SHIFT)
    steady.press(Qt.Key.Key_C, SHIFT)
    steady.qtbot.waitUntil(lambda: view.timeline.playhead_us < 7_500_000, timeout=20_000)
    assert not view.transport.is_playing
    steady.press(Qt.Key.Key_Space)
    assert video(steady).shuttle.rate == 0
    assert not view.transport.is_playing
    steady.settle()
    assert on_screen(steady) == view.timeline.playhead_us // 40_000


def test_an_item_without_a_video_has_no_room_for_one(desk: Desk) -> None:
    assert video(desk).home.isHidden()
    assert video(desk).strip.isHidden()
    desk.press(Qt.Key.Key_F)
    assert desk.workspace.view.timeline.playhead_us == 10_000


def test_several_videos_stand_side_by_side_and_one_alone_by_key(open_desk: Open, tmp_path: Path) -> None:
    made = make_filmed(tmp_path / "file", {"talk.mp4": STEADY, "talk.left.mp4": UNEVEN, "talk.right.mp4": STEADY[:100]})
    desk = open_desk(made=made)
    desk.workspace.view.timeline.move_playhead(2_000_000)
    desk.settle()
    deck = video(desk)
    expected = [50, max(n for n, at in enumerate(UNEVEN_US) if at <= 2_000_000), 50]
    assert deck.numbers() == expected
    assert [on_screen(desk, n) for n in range(3)] == expected
    desk.press(Qt.Key.Key_F11, SHIFT)
    desk.press(Qt.Key.Key_F11, SHIFT)
    desk.settle()
    assert [screen.isVisible() for screen in deck.panel.screens] == [False, True, False]
    desk.press(Qt.Key.Key_F)
    assert desk.workspace.view.timeline.playhead_us == UNEVEN_US[expected[1] + 1]
    desk.press(Qt.Key.Key_F11, SHIFT)
    desk.press(Qt.Key.Key_F11, SHIFT)
    assert all(screen.isVisible() for screen in deck.panel.screens)


def test_a_double_click_shows_one_video_alone(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk(made=make_filmed(tmp_path / "file", {"talk.mp4": STEADY, "talk.left.mp4": STEADY}))
    screens = video(desk).panel.screens
    desk.qtbot.mouseDClick(screens[1], Qt.MouseButton.LeftButton)
    assert [screen.isVisible() for screen in screens] == [False, True]
    desk.qtbot.mouseDClick(screens[1], Qt.MouseButton.LeftButton)
    assert [screen.isVisible() for screen in screens] == [True, True]


def offsets(desk: Desk) -> OffsetsDialog:
    """The window that asks when each video begins, opened by its key."""
    desk.press(Qt.Key.Key_F9, CTRL | SHIFT)
    dialog = desk.workspace.video_moves.dialog
    assert dialog is not None
    return dialog


def test_another_beginning_typed_for_a_video_shows_at_once_and_is_kept(open_desk: Open, tmp_path: Path) -> None:
    made = make_filmed(tmp_path / "file", {"talk.mp4": STEADY, "talk.left.mp4": STEADY})
    desk = open_desk(made=made)
    desk.workspace.view.timeline.move_playhead(2_000_000)
    dialog = offsets(desk)
    field = next(iter(dialog.fields.values()))
    desk.qtbot.waitUntil(field.hasFocus)
    desk.qtbot.keyClick(field, Qt.Key.Key_Up)
    desk.settle()
    assert [on_screen(desk, n) for n in range(2)] == [50, 49]
    field.selectAll()
    desk.qtbot.keyClicks(field, "-1.000")
    desk.qtbot.keyClick(field, Qt.Key.Key_Tab)
    desk.settle()
    assert on_screen(desk, 1) == 75
    dialog.accept()
    desk.close()
    again = open_desk(made=made)
    assert [one.offset_us for one in video(again).videos] == [0, -1_000_000]


def test_a_moved_video_is_taken_back_a_gesture_at_a_time_even_after_a_restart(open_desk: Open, tmp_path: Path) -> None:
    made = make_filmed(tmp_path / "file", {"talk.mp4": STEADY, "talk.left.mp4": STEADY})
    desk = open_desk(made=made)
    dialog = offsets(desk)
    field = next(iter(dialog.fields.values()))
    desk.qtbot.waitUntil(field.hasFocus)
    for _ in range(3):
        desk.qtbot.keyClick(field, Qt.Key.Key_Up)
    dialog.accept()
    desk.close()

    again = open_desk(made=made)
    deck = video(again)
    assert deck.videos[1].offset_us == 120_000
    dialog = offsets(again)
    field = next(iter(dialog.fields.values()))
    again.qtbot.waitUntil(field.hasFocus)
    again.qtbot.keyClick(field, Qt.Key.Key_Z, CTRL)
    again.qtbot.waitUntil(lambda: deck.videos[1].offset_us == 0)
    assert field.value() == 0
    again.settle()
    again.qtbot.keyClick(field, Qt.Key.Key_Z, CTRL)
    again.qtbot.waitUntil(lambda: dialog.words.text() == NOTHING["undo"])
    again.qtbot.keyClick(field, Qt.Key.Key_Z, CTRL | SHIFT)
    again.qtbot.waitUntil(lambda: deck.videos[1].offset_us == 120_000)
    again.settle()
    assert field.value() == pytest.approx(0.12)
    dialog.accept()


def test_taking_a_move_back_shows_the_video_first_where_it_is_out_of_sight(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk(made=make_filmed(tmp_path / "file", {"talk.mp4": STEADY, "talk.left.mp4": STEADY}))
    deck = video(desk)
    dialog = offsets(desk)
    field = next(iter(dialog.fields.values()))
    field.setValue(0.5)
    deck.toggle_alone(0)
    desk.settle()
    assert not deck.panel.screens[1].isVisible()
    desk.qtbot.mouseClick(dialog.undo, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(deck.panel.screens[1].isVisible)
    assert deck.videos[1].offset_us == 500_000
    desk.settle()
    desk.qtbot.mouseClick(dialog.undo, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: deck.videos[1].offset_us == 0)
    dialog.accept()


def test_a_move_made_just_before_the_item_is_left_is_kept(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk(made=make_filmed(tmp_path / "file", {"talk.mp4": STEADY, "talk.left.mp4": STEADY}))
    dialog = offsets(desk)
    next(iter(dialog.fields.values())).setValue(0.25)
    item_id = video(desk).videos[0].item_id
    desk.workspace.view.video.release()
    desk.settle()
    reader = Services.open(desk.made.path, read_only=True)
    try:
        item = next(one for one in reader.items.every(desk.made.project_id) if one.id == item_id)
        assert [asset.offset_us for asset in item.assets] == [0, 250_000]
    finally:
        reader.close()


@pytest.fixture
def nothing_derived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cuts are known from before."""
    monkeypatch.setenv("ANNODESK_CACHE", str(tmp_path / "cache"))


def test_cuts_are_looked_for_in_the_background_and_keys_go_to_them(
    open_desk: Open, shared: Path, tmp_path: Path, nothing_derived: None
) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "film.mp4").write_bytes((shared / "data/video/testvideo.mp4").read_bytes())
    desk = open_desk(made=make_filmed(tmp_path / "file", media))
    view, deck = desk.workspace.view, video(desk)
    assert not desk.workspace.keys.is_enabled("annotate.next_cut")
    desk.workspace.keys.trigger("annotate.find_cuts")
    desk.qtbot.waitUntil(lambda: deck.has_cuts, timeout=60_000)
    desk.settle()
    desk.press(Qt.Key.Key_PageDown, SHIFT)
    first = view.timeline.playhead_us
    desk.press(Qt.Key.Key_PageDown, SHIFT)
    assert 0 < first < view.timeline.playhead_us
    desk.press(Qt.Key.Key_PageUp, SHIFT)
    assert view.timeline.playhead_us == first
    assert deck.times is not None
    assert first in deck.times.starts_us


def test_looking_for_cuts_is_told_under_the_picture_and_stopped_there(
    open_desk: Open, shared: Path, tmp_path: Path, nothing_derived: None
) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "film.webm").write_bytes((shared / "data/video/big_buck_bunny_0_30.webm").read_bytes())
    desk = open_desk(made=make_filmed(tmp_path / "file", media))
    deck = video(desk)
    desk.workspace.keys.trigger("annotate.find_cuts")
    desk.qtbot.waitUntil(deck.panel.going_on.isVisible, timeout=20_000)
    desk.qtbot.mouseClick(deck.panel.going_on.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert not deck.edges.shots.is_looking
    assert not deck.panel.going_on.isVisible()
    desk.settle()
    assert not deck.has_cuts


def test_in_a_low_window_the_tiers_are_whole_beside_a_film(open_desk: Open, tmp_path: Path) -> None:
    toml = PROJECT.replace("[[tier]]", '[[tier]]\nname = "scene"\nlabels = ["in", "out"]\n\n[[tier]]', 1)
    desk = open_desk(made=make_filmed(tmp_path / "file", {"talk.mp4": STEADY[:50]}, toml=toml))
    desk.window.resize(1280, 720)
    desk.settle()
    timeline = desk.workspace.view.timeline
    tiers = sum(height for _, _, height in timeline.lanes.lane_tops())
    assert len(timeline.state.lanes) == 3
    desk.qtbot.waitUntil(lambda: timeline._scroll.height() >= tiers)
    assert timeline.waveform.height() >= 28
    assert desk.workspace.view.video.home.height() >= 200
