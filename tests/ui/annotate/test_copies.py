"""A file that is another copy, or breaks off, is shown and said to be so, in annotate and in review."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.media.videos import write_video
from tests.ui.annotate.conftest import Desk
from tests.ui.filmed import STEADY, make_filmed, make_video
from tests.ui.made import make_file

Open = Callable[..., Desk]
OTHER = "Another copy than this item was made with"


def test_a_recording_that_is_as_it_was_is_not_warned_of(desk: Desk) -> None:
    assert OTHER not in desk.workspace.view.timeline.waveform.accessibleDescription()


def test_another_recording_is_shown_with_a_warning(open_desk: Open, tmp_path: Path) -> None:
    made = make_file(tmp_path / "other")
    for path in tmp_path.glob("other/**/*.wav"):
        with path.open("r+b") as file:
            file.seek(2000)
            file.write(b"\x55" * 4000)
    waveform = open_desk(made=made).workspace.view.timeline.waveform
    assert OTHER in waveform.accessibleDescription()
    assert waveform.is_complete


def test_another_video_is_shown_with_a_warning_and_the_right_one_without(open_desk: Open, tmp_path: Path) -> None:
    made = make_filmed(tmp_path / "same", {"talk.mp4": STEADY})
    right = open_desk(made=made)
    assert right.workspace.view.video.panel.warning.isHidden()
    made = make_filmed(tmp_path / "other", {"talk.mp4": STEADY})
    make_video(tmp_path / "other/media/talk.mp4", STEADY, first=7)
    desk = open_desk(made=made)
    panel = desk.workspace.view.video.panel
    desk.qtbot.waitUntil(lambda: not panel.warning.isHidden(), timeout=10_000)
    assert f"{OTHER}; segments may not fit it: talk.mp4" in panel.warning.text().replace("\u200b", "")
    assert desk.workspace.view.video.numbers() == [0]


def test_a_video_that_breaks_off_is_shown_up_to_there_and_says_so(open_desk: Open, tmp_path: Path) -> None:
    folder = tmp_path / "cut"
    folder.mkdir()
    whole = write_video(tmp_path / "whole.mkv", STEADY)
    (folder / "talk.mkv").write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    desk = open_desk(made=make_filmed(tmp_path / "file", folder))
    panel = desk.workspace.view.video.panel
    desk.qtbot.waitUntil(lambda: not panel.warning.isHidden(), timeout=10_000)
    assert "talk.mkv breaks off at 00:00:" in panel.warning.text().replace("\u200b", "")
