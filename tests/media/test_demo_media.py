"""The shipped demo recordings are what their truth says."""

from __future__ import annotations

import json

import numpy as np
import pytest

from annodesk import paths
from annodesk.media.decode import read_mono
from annodesk.media.features import describe_file
from annodesk.media.frames import FrameIndex, frame_at
from annodesk.media.probe import probe

LABELS = {"speech", "music", "advert", "silence", "noise"}


@pytest.fixture(scope="module")
def truth() -> dict[str, dict]:
    return json.loads(paths.resource("demo/truth.json").read_text())


def _recordings(truth: dict[str, dict]) -> list[str]:
    return [name for name, told in truth.items() if isinstance(told, dict) and "segments" in told]


def test_the_podcast_the_trailer_and_ten_clips_are_small_and_there(truth: dict[str, dict]) -> None:
    names = _recordings(truth)
    assert len(names) == 12
    assert sum(path.stat().st_size for path in paths.resource("demo").iterdir()) < 6_000_000
    for name in names:
        info = probe(paths.resource(f"demo/{name}"))
        assert info.duration_us == pytest.approx(truth[name]["duration_us"], abs=1)
    assert 60_000_000 <= truth["podcast.flac"]["duration_us"] <= 120_000_000


def test_every_class_is_in_the_podcast_and_twice_among_the_clips(truth: dict[str, dict]) -> None:
    assert {segment["label"] for segment in truth["podcast.flac"]["segments"]} == LABELS
    clips = [truth[name]["segments"][0]["label"] for name in _recordings(truth) if name.startswith("clip")]
    assert {label: clips.count(label) for label in clips} == dict.fromkeys(LABELS, 2)
    durations = [truth[name]["duration_us"] for name in _recordings(truth) if name.startswith("clip")]
    assert all(3_000_000 <= duration_us <= 8_000_000 for duration_us in durations)


def test_silence_is_quiet_and_the_rest_is_not(truth: dict[str, dict]) -> None:
    for name in _recordings(truth):
        for segment in truth[name]["segments"]:
            described = describe_file(paths.resource(f"demo/{name}"), segment["start_us"], segment["end_us"])
            assert (described.loudness_db < -55) == (segment["label"] == "silence")


def test_the_names_in_the_transcript_are_where_the_truth_says(truth: dict[str, dict]) -> None:
    text = paths.resource("demo/podcast.txt").read_text()
    spans = truth["podcast.txt"]["spans"]
    assert {span["label"] for span in spans} == {"artist", "track", "place"}
    assert all(text[span["start"] : span["end"]] == span["text"] for span in spans)
    said = [segment["text"] for segment in truth["podcast.flac"]["segments"] if "text" in segment]
    assert text.splitlines() == said


def test_the_trailer_cuts_where_the_truth_says(truth: dict[str, dict]) -> None:
    path = paths.resource("demo/trailer.mp4")
    index = FrameIndex.of(path)
    assert index.count == 300
    for cut in truth["trailer.mp4"]["cuts"]:
        assert index.time_us(cut["frame"]) == cut["time_us"]
        before, at, after = (frame_at(path, index, number=cut["frame"] + k)[0].astype(int) for k in (-1, 0, 1))
        assert np.abs(at - before).mean() > 3 * np.abs(after - at).mean()


def test_the_trailer_has_sound(truth: dict[str, dict]) -> None:
    assert np.abs(read_mono(paths.resource("demo/trailer.mp4"), 0, 2_000_000, 22050)).max() > 0.05
