"""Measures a model file by annodesk's own engine, on what training never saw; also run alone:

    python packaging/train_model/measure.py resources/model/annodesk-small.gguf

With labels it has never seen the model is given the twelve examples most like each item. Beside it stand the examples'
own vote, a logistic regression on the same examples, and the mean of its and the model's logarithms.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from msgspec import Struct
from msgspec.structs import asdict
from numpy.typing import NDArray

from annodesk.media.features import describe_file
from annodesk.prelabel.engine import Engine
from annodesk.prelabel.prompts import SEGMENT_PROMPT, TEXT_PROMPT, Prompt, describe_sound, load_prompt
from annodesk.prelabel.run import prelabel_segments

Example = tuple[str, dict[str, float]]
Float64 = NDArray[np.float64]
Content = TypeVar("Content")
Marked = tuple[str, frozenset[str]]

SEED = 6
KIND_NAMES = {
    "speech": "talk", "music": "song", "advert": "ad", "silence": "silent", "noise": "background noise",
}  # fmt: skip
"""Other names of the five kinds."""

SHOTS, SHOWN, NEIGHBOURS = 4, 12, 5
ESC10_FOLDS, ESC10_SHOTS = 8, 6
MOST_QUERIES, MOST_LABELS, LEAST_OF_A_LABEL = 60, 10, 8
RESAMPLES = 2000


class Task(Struct, frozen=True):
    """Examples, and questions with the labels that fit, any of which is right; rows are what likeness is told by."""

    labels: tuple[str, ...]
    shots: Sequence[tuple[str, str]]
    queries: Sequence[tuple[str, frozenset[str]]]
    shot_rows: Float64
    query_rows: Float64


def measured(path: Path, sounds: Mapping[str, Sequence[Example]], data: Path) -> dict[str, object]:
    """What the card says: the five kinds under two sets of names, and labels never seen, shown by examples.

    Parameters
    ----------
    sounds : described sounds by kind of measuring, none of them trained on
    data : the test data made by others
    """
    figures: dict[str, object] = {}
    unseen: dict[str, object] = {}
    with Engine(path) as engine:
        for kind, examples in sounds.items():
            figures[f"held_out_{kind}"] = _kinds(engine, examples, list(KIND_NAMES))
            figures[f"held_out_{kind}_other_names"] = _kinds(engine, examples, list(KIND_NAMES.values()))
        segment, text = load_prompt(SEGMENT_PROMPT), load_prompt(TEXT_PROMPT)
        unseen["five_kinds_called_A_to_E"] = _judged(engine, segment, [_renamed(sounds["clips"])])
        unseen["esc10"] = _judged(engine, segment, list(_esc10(data / "audio" / "esc10")))
        for name, texts in _held_out_texts(data / "text").items():
            unseen[name] = _judged(engine, text, list(_drawn(texts, name)))
    return {"measured": figures, "unseen_labels": unseen}


def words_of(sounds: Sequence[Example]) -> list[dict[str, object]]:
    """A few sounds with the words the model was taught for them: other words would need another training."""
    return [{"numbers": numbers, "words": describe_sound(numbers)} for _, numbers in sounds[:5]]


def _kinds(engine: Engine, examples: Sequence[Example], labels: Sequence[str]) -> dict[str, object]:
    """Right answers without any example in the prompt."""
    kinds = list(KIND_NAMES)
    prompt = load_prompt(SEGMENT_PROMPT)
    suggestions = prelabel_segments(engine, prompt, [numbers for _, numbers in examples], labels, seed=20)
    kind_of = dict(zip(labels, kinds, strict=True))
    answers = [kind_of[suggestion.label] for suggestion in suggestions]
    truth = [label for label, _ in examples]
    right = [answer == label for answer, label in zip(answers, truth, strict=True)]
    return {
        "examples": len(truth),
        "accuracy": round(sum(right) / len(right), 4),
        "commonest_label": round(max(Counter(truth).values()) / len(truth), 4),
        "mean_probability": round(sum(suggestion.probability for suggestion in suggestions) / len(suggestions), 4),
        "per_label": {
            kind: round(sum(ok for ok, label in zip(right, truth, strict=True) if label == kind) / truth.count(kind), 4)
            for kind in kinds
        },
        "confused": {
            f"{label} taken for {answer}": count
            for (label, answer), count in Counter(
                (label, answer) for label, answer in zip(truth, answers, strict=True) if label != answer
            ).most_common(5)
        },
    }


def _judged(engine: Engine, prompt: Prompt, tasks: Sequence[Task]) -> dict[str, object]:
    """Shares of right answers over all tasks, with intervals from resampled questions."""
    right: dict[str, list[bool]] = defaultdict(list)
    for task in tasks:
        model = _by_model(engine, prompt, task)
        voted, regressed = _by_neighbours(task), _by_regression(task)
        both = np.log(model + 1e-9) + np.log(regressed + 1e-9)
        for name, found in (("model", model), ("neighbours", voted), ("regression", regressed), ("together", both)):
            answers = [task.labels[at] for at in found.argmax(axis=1)]
            right[name] += [answer in fits for answer, (_, fits) in zip(answers, task.queries, strict=True)]
    rng = np.random.default_rng(SEED)
    n = len(right["model"])
    picks = rng.integers(n, size=(RESAMPLES, n))
    chance = np.mean([len(fits) / len(task.labels) for task in tasks for _, fits in task.queries])
    said: dict[str, object] = {
        "questions": n,
        "labels": round(float(np.mean([len(task.labels) for task in tasks])), 1),
        "chance": round(float(chance), 4),
    }
    for name, found in right.items():
        resampled = np.asarray(found, float)[picks].mean(axis=1)
        low, high = np.percentile(resampled, (2.5, 97.5))
        said[name] = {"accuracy": round(float(np.mean(found)), 4), "interval": [round(low, 4), round(high, 4)]}
    return said


def _by_model(engine: Engine, prompt: Prompt, task: Task) -> Float64:
    """Probabilities (questions, labels); the examples most like each item are shown, the most alike last."""
    likeness = task.query_rows @ task.shot_rows.T
    found = []
    for k, (words, _) in enumerate(task.queries):
        order = np.argsort(likeness[k], kind="stable")[-SHOWN:]
        prefix = prompt.prefix(task.labels, [task.shots[at] for at in order])
        scores = engine.score(prefix, [prompt.ask(words)], [f" {label}" for label in task.labels])
        found.append(scores[0].probabilities)
    return np.asarray(found, np.float64)


def _by_neighbours(task: Task) -> Float64:
    """The votes of the nearest examples, by likeness."""
    likeness = task.query_rows @ task.shot_rows.T
    votes = np.zeros((len(task.queries), len(task.labels)))
    for k, row in enumerate(likeness):
        for at in np.argsort(row, kind="stable")[-NEIGHBOURS:]:
            votes[k, task.labels.index(task.shots[at][1])] += max(0.0, float(row[at])) + 1e-6
    return votes


def _by_regression(task: Task) -> Float64:
    from sklearn.linear_model import LogisticRegression

    answers = [task.labels.index(label) for _, label in task.shots]
    model = LogisticRegression(C=10.0, max_iter=1000).fit(task.shot_rows, answers)
    found = np.zeros((len(task.queries), len(task.labels)))
    found[:, model.classes_] = model.predict_proba(task.query_rows)
    return found


def _renamed(sounds: Sequence[Example]) -> Task:
    """The five kinds under names that say nothing, each shown by four examples."""
    rng = random.Random(SEED)
    mixed = rng.sample(list(sounds), len(sounds))
    name_of = dict(zip(KIND_NAMES, "ABCDE", strict=True))
    shots, queries = _split(mixed, SHOTS)
    return _sound_task(
        [(numbers, name_of[label]) for label, numbers in shots],
        [(numbers, name_of[label]) for label, numbers in queries[: 2 * MOST_QUERIES]],
    )


def _esc10(folder: Path) -> Iterator[Task]:
    """Stratified folds; at most six examples of each label from the other folds."""
    clips: list[tuple[dict[str, float], str, int]] = []
    for kind in sorted(path for path in folder.iterdir() if path.is_dir()):
        for k, path in enumerate(sorted(kind.glob("*.ogg"))):
            clips.append((asdict(describe_file(path, 0, 5_000_000)), kind.name.replace("_", " "), k % ESC10_FOLDS))
    rng = random.Random(SEED)
    for fold in range(ESC10_FOLDS):
        others: dict[str, list[tuple[dict[str, float], str]]] = defaultdict(list)
        for numbers, label, own in rng.sample(clips, len(clips)):
            if own != fold:
                others[label].append((numbers, label))
        shots = [shot for label in sorted(others) for shot in others[label][:ESC10_SHOTS]]
        yield _sound_task(shots, [(numbers, label) for numbers, label, own in clips if own == fold])


def _sound_task(shots: Sequence[tuple[dict[str, float], str]], queries: Sequence[tuple[dict[str, float], str]]) -> Task:
    """Rows are the measurements on even scales; the likeness of two is the cosine around the examples' mean."""
    raw = np.asarray([_even(numbers) for numbers, _ in shots])
    mean, spread = raw.mean(axis=0), raw.std(axis=0) + 1e-6
    rows = [_unit((np.asarray([_even(numbers) for numbers, _ in part]) - mean) / spread) for part in (shots, queries)]
    return Task(
        tuple(sorted({label for _, label in shots})),
        [(describe_sound(numbers), label) for numbers, label in shots],
        [(describe_sound(numbers), frozenset({label})) for numbers, label in queries],
        *rows,
    )


def _even(numbers: Mapping[str, float]) -> list[float]:
    return [
        float(np.log2(1 + value)) if name.endswith(("_hz", "_bpm")) else value
        for name, value in numbers.items()
        if name != "duration_s"
    ]


def _unit(rows: Float64) -> Float64:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float64)


def _held_out_texts(folder: Path) -> dict[str, list[Marked]]:
    """Texts with the labels that fit each, from collections that training never reads."""
    hotels: list[Marked] = []
    for path in sorted(folder.glob("nlupp/hotels_*.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            hotels.append((row["text"], frozenset(row.get("intents", ()))))
    buses: list[Marked] = []
    for path in sorted(folder.glob("dstc8/*_test*.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            buses.append((row["userInput"]["text"], frozenset(label["slot"] for label in row.get("labels", ()))))
    with (folder / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
        banking = [(row["text"], frozenset({row["category"]})) for row in csv.DictReader(file)]
    return {"nlupp_hotels": hotels, "dstc8_test": buses, "banking77": banking}


def _drawn(texts: Sequence[Marked], name: str, draws: int = 3) -> Iterator[Task]:
    """Ten labels at a time, four examples of each (the rarest label first), and the rest asked about."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    counts = Counter(label for _, labels in texts for label in labels)
    enough = sorted(label for label, count in counts.items() if count >= LEAST_OF_A_LABEL)
    for draw in range(draws):
        rng = random.Random(f"{SEED}/{name}/{draw}")
        labels = frozenset(rng.sample(enough, min(len(enough), MOST_LABELS)))
        left = [(text, fits & labels) for text, fits in rng.sample(list(texts), len(texts)) if fits & labels]
        shots: list[tuple[str, str]] = []
        for label in sorted(labels, key=lambda label: (counts[label], label)):
            taken = [text for text, fits in left if label in fits][:SHOTS]
            shots += [(text, label) for text in taken]
            left = [(text, fits) for text, fits in left if text not in taken]
        queries = left[:MOST_QUERIES]
        vectors = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b").fit([text for text, _ in shots])
        yield Task(
            tuple(sorted(label.replace("_", " ") for label in labels)),
            [(text, label.replace("_", " ")) for text, label in shots],
            [(text, frozenset(label.replace("_", " ") for label in fits)) for text, fits in queries],
            vectors.transform([text for text, _ in shots]).toarray(),
            vectors.transform([text for text, _ in queries]).toarray(),
        )


def _split(
    mixed: Sequence[tuple[str, Content]], count: int
) -> tuple[list[tuple[str, Content]], list[tuple[str, Content]]]:
    """The first so many of each label, and the rest."""
    taken: Counter[str] = Counter()
    shots, rest = [], []
    for label, content in mixed:
        taken[label] += 1
        (shots if taken[label] <= count else rest).append((label, content))
    return shots, rest


def main() -> None:
    import training_sounds

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--cache", type=Path, help="described sounds of an earlier training")
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("ANNODESK_SHARED", "../shared")))
    wishes = parser.parse_args()
    sounds: dict[str, Sequence[Example]] = {}
    for kind in ("clips", "segments"):
        stored = wishes.cache / f"{kind}.jsonl" if wishes.cache else None
        if stored and stored.is_file():
            sounds[kind] = [tuple(json.loads(line)) for line in stored.read_text().splitlines()]
        else:
            sounds[kind] = list(training_sounds.held_out_examples(400, mixed=kind == "segments"))
    print(json.dumps(measured(wishes.model, sounds, wishes.shared / "data"), indent=2))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    main()
