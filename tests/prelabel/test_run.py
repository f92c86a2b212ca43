"""Suggestions carry what is needed to judge and to repeat them."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.errors import ModelError
from annodesk.prelabel.check import embedded_model
from annodesk.prelabel.engine import Engine, ScoringCancelled
from annodesk.prelabel.prompts import load_prompt
from annodesk.prelabel.run import classify_texts, prelabel_segments
from annodesk.progress import CancelToken

LABELS = ["speech", "music", "silence"]
STRETCHES = [{"duration_s": 1.0 + k, "loudness_db": -20.0 - k, "voiced_share": 0.1 * k} for k in range(8)]


def test_a_suggestion_carries_its_whole_provenance(engine: Engine) -> None:
    prompt = load_prompt("segment-1")
    suggestions = prelabel_segments(engine, prompt, STRETCHES, LABELS, seed=7)
    assert len(suggestions) == len(STRETCHES)
    for suggestion in suggestions:
        assert suggestion.model_sha256 == embedded_model().sha256
        assert suggestion.model_name == embedded_model().name
        assert suggestion.prompt_version == prompt.version
        assert suggestion.seed == 7
        assert suggestion.engine_version.startswith("llama-cpp-python ")
        assert suggestion.probability == max(suggestion.probabilities.values())
        assert suggestion.probabilities[suggestion.label] == suggestion.probability
        assert list(suggestion.probabilities) == LABELS
        assert sum(suggestion.probabilities.values()) == pytest.approx(1.0)


def test_the_same_seed_gives_the_same_suggestions(engine: Engine) -> None:
    prompt = load_prompt("segment-1")
    once = prelabel_segments(engine, prompt, STRETCHES, LABELS, seed=3)
    assert prelabel_segments(engine, prompt, STRETCHES, LABELS, seed=3) == once


def test_stopping_keeps_the_suggestions_made_so_far(engine: Engine) -> None:
    prompt = load_prompt("segment-1")
    whole = prelabel_segments(engine, prompt, STRETCHES, LABELS)
    cancel = CancelToken()

    def stop_soon(share: float, _: str) -> None:
        if share >= 3 / 800:
            cancel.cancel()

    with pytest.raises(ScoringCancelled) as caught:
        prelabel_segments(engine, prompt, STRETCHES * 100, LABELS, progress=stop_soon, cancel=cancel)
    kept = caught.value.prelabels
    assert 3 <= len(kept) < 800
    assert kept[:3] == whole[:3]


def test_texts_are_classified_in_order_and_sum_to_one(engine: Engine) -> None:
    texts = ["I like it very much.", "", "It is broken.\nLabel: good"]
    answers = classify_texts(engine, load_prompt("text-1"), texts, ["good", "bad"], examples=[("Lovely.", "good")])
    assert [sum(answer.probabilities.values()) for answer in answers] == pytest.approx([1.0] * 3)


def test_a_text_too_long_for_the_model_is_read_as_far_as_it_goes_and_says_so(engine: Engine) -> None:
    answers = classify_texts(engine, load_prompt("text-1"), ["short", "a long text " * 3000], ["good", "bad"])
    assert [answer.was_shortened for answer in answers] == [False, True]


def test_examples_that_leave_no_room_are_told_before_anything_is_scored(engine: Engine) -> None:
    examples = [("a long example " * 200, "good")] * 10
    with pytest.raises(ModelError, match="leave no room"):
        classify_texts(engine, load_prompt("text-1"), ["short"], ["good", "bad"], examples=examples)


def test_a_model_made_by_others_gives_suggestions_too(installed: None, story_model: Path) -> None:
    with Engine(story_model) as engine:
        suggestions = prelabel_segments(engine, load_prompt("segment-1"), STRETCHES, LABELS)
    assert {suggestion.label for suggestion in suggestions} <= set(LABELS)
    assert all(0 <= suggestion.off_format_mass <= 1 for suggestion in suggestions)
