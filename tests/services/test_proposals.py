"""Stretches and moments are proposed where sound and picture change."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import soundfile

from annodesk.services.media import Proposals, cut_at, moments_within
from tests.services.made import us


def test_a_cut_divides_a_stretch() -> None:
    assert cut_at([(0, us(10))], [us(4)]) == [(0, us(4)), (us(4), us(10))]


def test_a_change_of_sound_beside_a_cut_is_the_same_change() -> None:
    assert cut_at([(0, us(4.2)), (us(4.2), us(10))], [us(4)]) == [(0, us(4)), (us(4), us(10))]


def test_a_change_of_sound_away_from_any_cut_stays() -> None:
    assert cut_at([(0, us(6)), (us(6), us(10))], [us(4)]) == [(0, us(4)), (us(4), us(6)), (us(6), us(10))]


def test_no_stretch_gets_too_short() -> None:
    assert cut_at([(0, us(10))], [us(0.1), us(5), us(5.1), us(9.95)]) == [(0, us(5)), (us(5), us(10))]


def test_without_a_recording_nothing_is_proposed() -> None:
    assert cut_at([], [us(4)]) == []


def test_a_silent_video_is_proposed_by_its_cuts_alone(shared: Path) -> None:
    found = Proposals().within(shared / "data/video/counter.mp4", 0, us(10), has_sound=False, has_picture=True)
    assert found[0][0] == 0
    assert found[-1][1] == us(10)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(found))


def test_moments_are_where_something_begins_to_sound(tmp_path: Path) -> None:
    rate_hz, rng = 22_050, np.random.default_rng(1)
    sound = rng.normal(0, 0.001, 6 * rate_hz)
    for second in (1, 3, 4.5):
        start = round(second * rate_hz)
        sound[start : start + 4000] += rng.normal(0, 0.3, 4000) * np.exp(-np.arange(4000) / 1500)
    soundfile.write(tmp_path / "a.wav", sound.astype(np.float32), rate_hz)
    found = moments_within(tmp_path / "a.wav", 0, us(6))
    assert [round(at / 1e6, 1) for at in found] == [1.0, 3.0, 4.5]
