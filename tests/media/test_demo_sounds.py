"""Synthesised sounds are the same for the same seed, new for another, and demo voices stay out of training."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture(scope="module")
def sounds(repo: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo_sounds", repo / "packaging" / "demo_sounds.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_demo_voice_or_variant_is_among_the_training_voices(sounds: ModuleType) -> None:
    trained = {voice.split("+")[1] for voice in sounds.TRAIN_VOICES}
    assert trained.isdisjoint(voice.split("+")[1] for voice in sounds.DEMO_VOICES)


@pytest.mark.parametrize("label", ["music", "noise", "silence", "speech", "advert"])
def test_a_clip_depends_on_its_seed_alone(sounds: ModuleType, label: str) -> None:
    if label in ("speech", "advert") and not shutil.which("espeak-ng"):
        pytest.skip("espeak-ng is not installed")
    first, again, other = (sounds.clip(label, seed, 1.5) for seed in (3, 3, 4))
    assert first.dtype == np.float32
    assert first.shape == (round(1.5 * sounds.RATE_HZ),)
    assert np.abs(first).max() <= 1
    np.testing.assert_array_equal(first, again)
    assert label == "silence" or not np.array_equal(first, other)


def test_an_unknown_label_is_refused(sounds: ModuleType) -> None:
    with pytest.raises(ValueError, match="is none of speech, music"):
        sounds.clip("jingle", 1, 1.0)
