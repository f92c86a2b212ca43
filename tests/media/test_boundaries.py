"""Proposed segments begin and end where a listener hears something else begin."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from annodesk import paths
from annodesk.errors import Cancelled, MediaError
from annodesk.media.boundaries import SHORTEST_US, propose
from annodesk.media.probe import probe
from annodesk.progress import CancelToken

NEAR_US = 250_000


def _covers(segments: list[tuple[int, int]], duration_us: int) -> bool:
    """In order, without gaps, from the beginning to the end."""
    joined = all(before[1] == after[0] for before, after in itertools.pairwise(segments))
    return joined and segments[0][0] == 0 and segments[-1][1] == duration_us


def test_the_demo_podcast_is_cut_where_its_content_changes() -> None:
    truth = json.loads(paths.resource("demo/truth.json").read_text())["podcast.flac"]
    changes = [
        after["start_us"]
        for before, after in itertools.pairwise(truth["segments"])
        if before["label"] != after["label"]
    ]
    proposed = propose(paths.resource("demo/podcast.flac"))
    assert _covers(proposed, truth["duration_us"])
    starts = np.array([start for start, _ in proposed[1:]])
    found = [at for at in changes if np.abs(starts - at).min() <= NEAR_US]
    assert len(found) >= 0.9 * len(changes)
    assert len(proposed) <= 1.5 * len(truth["segments"])


def test_a_pause_in_a_tone_is_a_segment_of_its_own(tmp_path: Path) -> None:
    tone = 0.3 * np.sin(2 * np.pi * 330 * np.arange(3 * 16000) / 16000)
    soundfile.write(tmp_path / "pause.wav", np.concatenate([tone, np.zeros(2 * 16000), tone]), 16000)
    proposed = propose(tmp_path / "pause.wav")
    assert [start for start, _ in proposed] == [0, pytest.approx(3e6, abs=6e4), pytest.approx(5e6, abs=6e4)]


@pytest.mark.parametrize("name", ["silence_10s.mp3", "veryshort.wav", "stereo.wav"])
def test_what_never_changes_is_one_segment(shared: Path, name: str) -> None:
    path = shared / "data/audio/edge" / name
    assert propose(path) == [(0, probe(path).duration_us)]


def test_a_recording_without_samples_has_no_segments(shared: Path) -> None:
    assert propose(shared / "data/audio/edge/empty_2c.wav") == []


@pytest.mark.parametrize(
    "name", ["diarization/sample.wav", "bio/1min.wav", "speech/doccano_speech_1.mp3", "esc10/dog_bark/1-30226-A.ogg"]
)
def test_real_recordings_are_covered_by_segments_long_enough(shared: Path, name: str) -> None:
    path = shared / "data/audio" / name
    shares: list[float] = []
    proposed = propose(path, progress=lambda share, words: shares.append(share))
    assert _covers(proposed, probe(path).duration_us)
    assert all(end - start >= SHORTEST_US for start, end in proposed)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0, abs=0.1)


def test_the_sound_of_a_video_is_cut_as_well() -> None:
    proposed = propose(paths.resource("demo/trailer.mp4"))
    assert _covers(proposed, 12_000_000)
    assert min(abs(start - 5_200_000) for start, _ in proposed) <= NEAR_US


def test_listening_stops_when_asked() -> None:
    token = CancelToken()
    with pytest.raises(Cancelled):
        propose(paths.resource("demo/podcast.flac"), progress=lambda share, words: token.cancel(), cancel=token)


def test_no_recording_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="is not there"):
        propose(tmp_path / "gone.wav")
