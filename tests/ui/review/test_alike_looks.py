"""Small pictures of clips: a frame of a video, and none where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from annodesk.ui.review.alike_looks import FRAME_PX, read_frame

pytestmark = pytest.mark.qt


def test_a_clip_of_a_video_has_the_frame_of_its_middle(shared: Path) -> None:
    path = next(p for p in sorted((shared / "data" / "video").iterdir()) if p.suffix in (".mp4", ".webm"))
    first, later = (read_frame(path, time_us) for time_us in (0, 2_000_000))
    assert first is not None
    assert later is not None
    assert first.shape[0] <= FRAME_PX
    assert first.shape == later.shape


def test_what_is_no_video_or_is_gone_has_no_frame(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "sound.wav", np.zeros(100, np.float32), 8000)
    assert read_frame(tmp_path / "sound.wav", 0) is None
    assert read_frame(tmp_path / "gone.mp4", 0) is None
