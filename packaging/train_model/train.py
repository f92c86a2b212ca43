"""Trains the embedded model from nothing and measures it: one command, fixed seed.

    python packaging/train_model/train.py

Needs espeak-ng, the extras ``train`` and ``llm``, and about half an hour on one core. Writes annodesk-small.gguf and
its card annodesk-small.json under resources/model/. The accuracy in the card is measured on the written file, by the
engine that annodesk itself uses, with voices and seeds that training never saw.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent))

import training_sounds
from lessons import NAMES, Lessons, make_batch, train_vocabulary
from tiny_llama import Shape, TinyLlama, write_gguf

from annodesk.prelabel.engine import Engine
from annodesk.prelabel.prompts import SEGMENT_PROMPT, load_prompt
from annodesk.prelabel.run import prelabel_segments

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "annodesk-small"
SEED = 20
N_EXAMPLES, N_HELD_OUT = 4500, 400
STEPS, LESSONS_PER_STEP = 1000, 8
LEARNING_RATE, ITEM_WEIGHT = 2e-3, 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "resources" / "model")
    parser.add_argument("--cache", type=Path, help="keep described sounds in this folder for the next run")
    wishes = parser.parse_args()
    wishes.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    prompt = load_prompt(SEGMENT_PROMPT)
    examples = _described("train", N_EXAMPLES, wishes.cache)
    lessons = Lessons(examples, prompt, SEED)
    path = wishes.out / f"{NAME}.gguf"
    with tempfile.TemporaryDirectory() as folder:
        vocabulary = train_vocabulary(lessons, Shape.vocabulary, Path(folder))
        model = TinyLlama(Shape(vocabulary=vocabulary.vocab_size()))
        _train(model, lessons, vocabulary, wishes.steps)
        write_gguf(model, vocabulary, path, NAME)
    card = {
        "name": NAME,
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "size_bytes": path.stat().st_size,
        "parameters": model.n_parameters,
        "architecture": "llama, 8-bit weights (Q8_0)",
        "vocabulary": vocabulary.vocab_size(),
        "context_tokens": model.shape.context,
        "licence": "Apache-2.0",
        "prompt": prompt.version,
        "training": {
            "data": "synthetic speech (espeak-ng), music, adverts, noise and silence of 0.5 to 8 s, as numbers; "
            "half cut from sequences with edges that miss the borders, 60 % passed through a wavering voice, a room, "
            "noise and a narrow line; made by packaging/demo_sounds.py "
            "with training voices and seeds below 9000; names of labels, their order and number vary",
            "examples": len(examples),
            "lessons": wishes.steps * LESSONS_PER_STEP,
            "seed": SEED,
            "command": "python packaging/train_model/train.py",
        },
        "measured": _measure(path, wishes.cache),
    }
    (wishes.out / f"{NAME}.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(card["measured"], indent=2))


def _described(kind: str, count: int, cache: Path | None) -> list[training_sounds.Example]:
    """Labelled descriptions, made now or read from the cache."""
    stored = cache / f"{kind}.jsonl" if cache else None
    if stored and stored.is_file():
        return [tuple(json.loads(line)) for line in stored.read_text().splitlines()][:count]
    source = {
        "train": lambda: training_sounds.training_examples(0, count),
        "segments": lambda: training_sounds.held_out_examples(count, mixed=True),
        "clips": lambda: training_sounds.held_out_examples(count, mixed=False),
    }[kind]()
    examples = []
    for example in source:
        examples.append(example)
        if len(examples) % 500 == 0:
            print(f"{kind}: {len(examples)} of {count} sounds described", flush=True)
    if stored:
        stored.parent.mkdir(parents=True, exist_ok=True)
        stored.write_text("".join(json.dumps(example) + "\n" for example in examples))
    return examples


def _train(model: TinyLlama, lessons: Lessons, vocabulary: object, steps: int) -> None:
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.95), weight_decay=0.05)
    started = time.monotonic()
    smooth = 0.0
    for step in range(steps):
        rate = LEARNING_RATE * min(1.0, (step + 1) / 30) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        batch = make_batch(lessons, vocabulary, LESSONS_PER_STEP, ITEM_WEIGHT)
        wanted = batch.weights > 0
        logits = model(batch.tokens, batch.positions, batch.mask, wanted)
        weights = batch.weights[wanted]
        losses = functional.cross_entropy(logits, batch.targets[wanted], reduction="none")
        loss = (losses * weights).sum() / weights.sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        answers = weights == 1.0
        smooth = 0.95 * smooth + 0.05 * losses.detach()[answers].mean().item()
        if (step + 1) % 50 == 0:
            shown = smooth / (1 - 0.95 ** (step + 1))
            print(f"step {step + 1} of {steps}: loss {shown:.3f}, {time.monotonic() - started:.0f} s", flush=True)


def _measure(path: Path, cache: Path | None) -> dict[str, object]:
    """Accuracy of the written file by annodesk's own engine, and of always answering the commonest label."""
    plain = [names[0] for names in NAMES.values()]
    other = [names[1] for names in NAMES.values()]
    measured: dict[str, object] = {}
    with Engine(path) as engine:
        for kind in ("clips", "segments"):
            examples = _described(kind, N_HELD_OUT, cache)
            measured[f"held_out_{kind}"] = _judged(engine, examples, plain, plain)
            measured[f"held_out_{kind}_other_names"] = _judged(engine, examples, plain, other)
    return measured


def _judged(
    engine: Engine, examples: Sequence[training_sounds.Example], kinds: Sequence[str], labels: Sequence[str]
) -> dict[str, object]:
    prompt = load_prompt(SEGMENT_PROMPT)
    suggestions = prelabel_segments(engine, prompt, [numbers for _, numbers in examples], labels, seed=SEED)
    kind_of = dict(zip(labels, kinds, strict=True))
    answers = [kind_of[suggestion.label] for suggestion in suggestions]
    truth = [label for label, _ in examples]
    right = [answer == label for answer, label in zip(answers, truth, strict=True)]
    commonest = max(Counter(truth).values()) / len(truth)
    return {
        "examples": len(truth),
        "accuracy": round(sum(right) / len(right), 4),
        "commonest_label": round(commonest, 4),
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


if __name__ == "__main__":
    main()
