"""Cuts and fades are found where they are, and not where there is only movement, noise or a flash."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from annodesk.errors import Cancelled, MediaError
from annodesk.media import cache, shots
from annodesk.media.frames import FrameIndex
from annodesk.progress import CancelToken

Image = NDArray[np.uint8]


def _scene(seed: int) -> Image:
    """A picture of coarse coloured blocks."""
    blocks = np.random.default_rng(seed).integers(30, 225, (6, 10, 3), dtype=np.uint8)
    return np.kron(blocks, np.ones((15, 16, 1), np.uint8))


def _video(path: Path, pictures: Sequence[Image], pts: Sequence[int] | None = None) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "50", "bf": "2", "sc_threshold": "0"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = pts[number] if pts else number * 40, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _found(path: Path) -> list[tuple[int, str]]:
    return [(shot.frame, shot.kind) for shot in shots.find(path)]


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("testvideo.mp4", "fade", [201, 382]),
        ("testvideo.mp4", "cut", "testvideo.mp4.ContentDetector.default.json"),
        ("counter.mp4", "cut", "counter.mp4.ContentDetector.default.json"),
        ("counter.mp4", "fade", "counter.mp4.ThresholdDetector.default.json"),
    ],
)
def test_other_peoples_references_are_met(shared: Path, name: str, kind: str, expected: str | list[int]) -> None:
    folder = shared / "data/video"
    if isinstance(expected, str):
        expected = json.loads((folder / "goldens" / expected).read_text())["cuts"]
    found = [shot.frame for shot in shots.find(folder / name) if shot.kind == kind]
    assert len(found) == len(expected)
    assert all(abs(a - b) <= (1 if kind == "fade" else 0) for a, b in zip(found, expected, strict=True))


def test_a_film_has_its_hard_cuts(shared: Path) -> None:
    assert _found(shared / "data/video/big_buck_bunny_0_30.webm") == [(283, "cut"), (376, "cut"), (551, "cut")]


def test_a_cut_is_told_by_its_frames_own_time_at_a_variable_rate(tmp_path: Path) -> None:
    pts = [k * 40 + (k // 3) * 80 for k in range(120)]
    path = _video(tmp_path / "cut.mp4", [_scene(1 + (k >= 47)) for k in range(120)], pts)
    (shot,) = shots.find(path)
    assert (shot.frame, shot.kind, shot.time_us) == (47, "cut", FrameIndex.of(path).time_us(47))
    assert shot.time_us == pts[47] * 1000


def test_movement_and_noise_are_no_cuts(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    wide = np.concatenate([_scene(3), _scene(4), _scene(5)], axis=1)
    moving = [wide[:, 2 * k : 2 * k + 160] for k in range(120)]
    assert _found(_video(tmp_path / "moving.mp4", moving)) == []
    noise = [rng.integers(0, 255, (90, 160, 3), dtype=np.uint8) for _ in range(60)]
    assert _found(_video(tmp_path / "noise.mp4", noise)) == []


def test_a_flash_is_no_cut_and_a_dissolve_is_none_either(tmp_path: Path) -> None:
    flash = [np.full_like(_scene(6), 250) if k in (50, 51) else _scene(6) for k in range(100)]
    assert _found(_video(tmp_path / "flash.mp4", flash)) == []
    share = [min(1.0, max(0.0, (k - 40) / 25)) for k in range(100)]
    dissolve = [(_scene(7) * (1 - a) + _scene(8) * a).astype(np.uint8) for a in share]
    assert _found(_video(tmp_path / "dissolve.mp4", dissolve)) == []


def test_a_picture_between_two_shots_makes_one_cut(tmp_path: Path) -> None:
    path = _video(tmp_path / "between.mp4", [_scene(9 + (k >= 50) + (k >= 53)) for k in range(100)])
    assert [kind for _, kind in _found(path)] == ["cut"]
    assert _found(path)[0][0] in (50, 53)


def test_a_fade_lies_in_its_darkness_and_tells_where_that_is(tmp_path: Path) -> None:
    light = [1.0] * 40 + [1 - k / 20 for k in range(20)] + [0.0] * 16 + [k / 20 for k in range(20)] + [1.0] * 40
    path = _video(tmp_path / "fade.mp4", [(_scene(12) * a).astype(np.uint8) for a in light])
    (fade,) = (shot for shot in shots.find(path) if shot.kind == "fade")
    assert fade.dark_from is not None
    assert fade.dark_to is not None
    assert abs(fade.dark_from - 59) <= 2
    assert abs(fade.dark_to - 78) <= 2
    assert fade.dark_from < fade.frame < fade.dark_to


def test_darkness_at_the_ends_is_no_fade(tmp_path: Path) -> None:
    light = [0.0] * 20 + [k / 10 for k in range(10)] + [1.0] * 40 + [1 - k / 10 for k in range(10)] + [0.0] * 20
    path = _video(tmp_path / "ends.mp4", [(_scene(13) * a).astype(np.uint8) for a in light])
    assert [shot for shot in shots.find(path) if shot.kind == "fade"] == []


def test_what_was_found_is_kept_and_a_damaged_note_is_made_anew(tmp_path: Path) -> None:
    path = _video(tmp_path / "kept.mp4", [_scene(14 + (k >= 30)) for k in range(60)])
    assert shots.known(path) is None
    first = shots.find(path)
    assert shots.known(path) == first
    assert [shot.frame for shot in first] == [30]
    for nonsense in ('[{"frame": ', "5", '[{"place": 3}]', "[[1]]"):
        cache.derived(path, "shots", 1).write_text(nonsense)
        assert shots.known(path) is None
        assert shots.find(path) == first


def test_looking_can_be_stopped_and_tells_how_far_it_is(tmp_path: Path) -> None:
    path = _video(tmp_path / "stopped.mp4", [_scene(16 + (k >= 60)) for k in range(120)])
    token = CancelToken()
    told: list[float] = []

    def progress(share: float, words: str) -> None:
        told.append(share)
        if share > 0.4:
            token.cancel()

    with pytest.raises(Cancelled):
        shots.find(path, progress=progress, cancel=token)
    assert 0.4 < told[-1] < 0.7
    assert shots.known(path) is None


def test_a_recording_without_pictures_is_refused(recordings: dict[str, Path]) -> None:
    with pytest.raises(MediaError, match="has no pictures"):
        shots.find(recordings["m4a"])
