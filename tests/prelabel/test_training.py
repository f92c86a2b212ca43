"""What the shipped model is trained with: its vocabulary, and the texts that may be learned from."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

DESCRIPTIONS = [
    f"{seconds} s, level {level} dB, voiced {share}%, pitch {low} to {2 * low} Hz, high {share}%"
    for seconds in ("1", "2.5")
    for level in range(-60, 0, 3)
    for share in (0, 10, 50, 100)
    for low in (80, 100, 200)
]


@pytest.fixture
def vocabulary(monkeypatch: pytest.MonkeyPatch, repo: Path) -> ModuleType:
    monkeypatch.syspath_prepend(str(repo / "packaging" / "train_model"))
    return importlib.import_module("vocabulary")


def test_a_measurement_with_its_value_is_one_piece(vocabulary: ModuleType) -> None:
    built = vocabulary.build_vocabulary(["the level of the sea", "a voice"], DESCRIPTIONS, 100)
    assert {"▁level▁-21▁dB,", "▁voiced▁50%,", "▁pitch▁80", "▁to▁160▁Hz,", "▁high▁100%", "▁2.5▁s,"} <= set(built.phrases)
    assert set(built.phrases) <= set(built.pieces)
    assert len(set(built.pieces)) == len(built.pieces)


def test_phrases_are_joined_after_the_words_they_are_made_of(vocabulary: ModuleType) -> None:
    built = vocabulary.build_vocabulary(["the level of the sea"], DESCRIPTIONS, 100)
    score = dict(zip(built.pieces, built.scores, strict=True))
    assert score["▁level"] > score["▁level▁-21"] > score["▁level▁-21▁dB,"]
    assert score["▁-21"] > score["▁level▁-21"]
    assert score["▁dB,"] > score["▁level▁-21▁dB,"]


def test_values_that_are_near_begin_alike_and_values_of_other_measurements_do_not(vocabulary: ModuleType) -> None:
    built = vocabulary.build_vocabulary([], DESCRIPTIONS, 100)
    rows = vocabulary.first_embedding(built, 192, 1)
    row = dict(zip(built.pieces, rows / np.linalg.norm(rows, axis=1, keepdims=True), strict=True))

    def likeness(a: str, b: str) -> float:
        return float(row[a] @ row[b])

    assert likeness("▁level▁-21▁dB,", "▁level▁-24▁dB,") > 0.8
    assert likeness("▁level▁-21▁dB,", "▁level▁-60▁dB,") < 0.4
    assert abs(likeness("▁level▁-21▁dB,", "▁voiced▁50%,")) < 0.4


def test_words_that_share_letters_begin_alike_whatever_their_case(vocabulary: ModuleType) -> None:
    built = vocabulary.build_vocabulary(["where Where station stations boat " * 3], DESCRIPTIONS, 200)
    rows = vocabulary.first_embedding(built, 192, 1)
    row = dict(zip(built.pieces, rows / np.linalg.norm(rows, axis=1, keepdims=True), strict=True))
    assert float(row["▁where"] @ row["▁Where"]) > 0.7
    assert float(row["▁station"] @ row["▁stations"]) > 0.3
    assert abs(float(row["▁station"] @ row["▁boat"])) < 0.3


def test_the_same_texts_give_the_same_vocabulary(vocabulary: ModuleType) -> None:
    first, second = (vocabulary.build_vocabulary(["one two two"], DESCRIPTIONS, 50) for _ in range(2))
    assert first == second


def test_no_text_that_measures_the_model_is_learned_from(
    vocabulary: ModuleType, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training_texts = importlib.import_module("training_texts")
    folder = shared / "data" / "text"
    opened: list[Path] = []
    read = Path.read_text

    def noting(path: Path, *arguments: object, **named: object) -> str:
        opened.append(path)
        return read(path, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "read_text", noting)
    banking, buses = training_texts.real_texts(folder)
    names = {path.relative_to(folder).as_posix() for path in opened}
    assert names == {*(f"nlupp/banking_fold{k}.json" for k in range(6)), "dstc8/Buses_1_train_5.json"}
    assert len(banking) > 500
    assert len(buses) == 35
