"""What the shipped model is trained with: its vocabulary and lessons, its first weights, texts it may learn from."""

from __future__ import annotations

import importlib
import random
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from annodesk.prelabel.prompts import TEXT_PROMPT, load_prompt

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


def test_the_examples_most_like_an_item_are_shown_with_the_most_alike_last(vocabulary: ModuleType) -> None:
    pytest.importorskip("torch")
    lessons = importlib.import_module("lessons")
    boats = iter(f"a boat number {k} far out at sea" for k in range(100))
    trees = iter(f"the tree {k} stands in a wood" for k in range(100, 200))
    prompt = load_prompt(TEXT_PROMPT)
    for seed in range(20):
        lesson = lessons.compose(
            random.Random(seed), prompt, [("x", lambda: next(boats)), ("y", lambda: next(trees))],
            n_examples=3, n_items=4, nearest_weight=3.0,
        )  # fmt: skip
        (item,) = lesson.items
        assert len(lesson.examples) == 3
        assert lesson.examples[-1].label == item.label
        assert lesson.examples[-1].words != item.words
        assert item.weight == 3.0


def test_before_any_training_labels_are_copied_from_examples_like_the_item(
    vocabulary: ModuleType, tmp_path: Path
) -> None:
    torch = pytest.importorskip("torch")
    lessons, tiny_llama = importlib.import_module("lessons"), importlib.import_module("tiny_llama")
    first_weights = importlib.import_module("first_weights")
    subjects = {
        "dorn": "boat sail harbour sea wave anchor",
        "plim": "cat fur paw milk mouse purr",
        "vast": "tree leaf wood root bark oak",
    }
    rng = random.Random(1)
    drawn = []
    for _ in range(4):
        texts = [
            lessons.Answered("the " + " and the ".join(rng.sample(words.split(), 4)), label)
            for label, words in subjects.items()
            for _ in range(12)
        ]
        rng.shuffle(texts)
        drawn.append(lessons.Lesson(load_prompt(TEXT_PROMPT), tuple(subjects), tuple(texts[:12]), tuple(texts[12:])))
    built = vocabulary.build_vocabulary([lesson.text() for lesson in drawn], DESCRIPTIONS, 400)
    model = tiny_llama.TinyLlama(tiny_llama.Shape(vocabulary=len(built)))
    tiny_llama.write_gguf(model, built, tmp_path / "words.gguf", "words")
    tokeniser = vocabulary.Tokeniser(tmp_path / "words.gguf")
    asked = [lesson.prompt.ask(one.words) for lesson in drawn for one in (*lesson.examples, *lesson.items)]
    first_weights.begin(model, built, [tokeniser.encode(words) for words in asked], 1)
    begins = [tokeniser.encode(f" {name}")[0] for name in subjects]
    right = 0
    for lesson in drawn:
        batch = lessons.make_batch([lesson], tokeniser)
        with torch.no_grad():
            logits = model(batch.tokens, batch.positions, batch.mask, batch.weights > 0)
        answers = (*lesson.examples, *lesson.items)
        lengths = [len(tokeniser.encode(f" {one.label}\n")) for one in answers]
        for k in range(len(lesson.examples), len(answers)):
            found = list(subjects)[int(logits[sum(lengths[:k])][begins].argmax())]
            right += found == answers[k].label
    assert right >= 48, f"{right} of 96; 32 by chance"
