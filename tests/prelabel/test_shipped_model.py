"""The shipped model means something: on the demo, whose voices and seeds it has never heard."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from annodesk.media.features import describe_file
from annodesk.paths import resource
from annodesk.prelabel.check import embedded_model
from annodesk.prelabel.engine import Engine
from annodesk.prelabel.prompts import SEGMENT_PROMPT, load_prompt
from annodesk.prelabel.run import prelabel_segments

ABOVE_COMMONEST = 0.20


@pytest.fixture(scope="module")
def demo_truth() -> list[tuple[str, dict[str, float]]]:
    """Every labelled stretch of the demo's recordings, with its description."""
    truth = json.loads(resource("demo/truth.json").read_text(encoding="utf-8"))
    return [
        (segment["label"], asdict(describe_file(resource(f"demo/{name}"), segment["start_us"], segment["end_us"])))
        for name, content in truth.items()
        if name.endswith(".flac")
        for segment in content["segments"]
    ]


def _accuracy(engine: Engine, truth: list[tuple[str, dict[str, float]]], labels: list[str], seed: int) -> float:
    prompt = load_prompt(SEGMENT_PROMPT)
    suggestions = prelabel_segments(engine, prompt, [numbers for _, numbers in truth], labels, seed=seed)
    return sum(suggestion.label == label for suggestion, (label, _) in zip(suggestions, truth, strict=True)) / len(
        truth
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_on_the_demo_it_beats_the_commonest_label_by_twenty_points_in_any_order_of_labels(
    engine: Engine, demo_truth: list[tuple[str, dict[str, float]]], seed: int
) -> None:
    labels = ["speech", "music", "advert", "silence", "noise"]
    commonest = max(Counter(label for label, _ in demo_truth).values()) / len(demo_truth)
    assert _accuracy(engine, demo_truth, labels, seed) >= commonest + ABOVE_COMMONEST


def test_two_labels_are_told_apart_as_well_as_five(
    engine: Engine, demo_truth: list[tuple[str, dict[str, float]]]
) -> None:
    two = [(label, numbers) for label, numbers in demo_truth if label in ("speech", "silence")]
    assert _accuracy(engine, two, ["silence", "speech"], 0) >= 0.9


def test_its_card_tells_the_truth_about_the_file() -> None:
    shipped = embedded_model()
    card = json.loads(resource("model/annodesk-small.json").read_text(encoding="utf-8"))
    assert hashlib.sha256(shipped.path.read_bytes()).hexdigest() == card["sha256"]
    assert shipped.path.stat().st_size == card["size_bytes"] <= 20 << 20
    for measured in card["measured"].values():
        assert measured["accuracy"] >= measured["commonest_label"] + ABOVE_COMMONEST


def test_its_card_names_the_prompt_it_was_trained_with() -> None:
    card = json.loads(resource("model/annodesk-small.json").read_text(encoding="utf-8"))
    assert card["prompt"] == load_prompt(SEGMENT_PROMPT).version


def test_training_refuses_the_seeds_of_the_demo(repo: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import training_sounds as t\n"
        "print(max(t.TRAINING_SEEDS) < t.sounds.DEMO_FIRST_SEED)\n"
        "print(set(t.sounds.TRAIN_VOICES) & set(t.sounds.DEMO_VOICES))\n"
        "next(t.training_examples(5 * 3000, 1))"
    )
    folder = str(repo / "packaging" / "train_model")
    run = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, timeout=120)
    assert run.stdout.split() == ["True", "set()"]
    assert "belong to the demo" in run.stderr
