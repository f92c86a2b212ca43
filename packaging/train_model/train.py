"""Trains the embedded model from nothing and measures it: one command, fixed seed.

    python packaging/train_model/train.py

Needs espeak-ng, the extras ``train`` and ``llm``, the texts of ``$ANNODESK_SHARED`` and forty minutes on one core.
Writes annodesk-small.gguf, its card annodesk-small.json and its curve annodesk-small.csv under resources/model/. What
the card says is measured on the written file, by the engine that annodesk itself uses, with voices, seeds and texts
that training never saw.

The rate of learning is held, and falls over the last part of the steps: a run that was stopped can be ended well from
any of its checkpoints (``--resume``), and is then the same as a shorter run from the beginning.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent))

import measure
import training_sounds
from first_weights import begin
from lessons import FIRST_PART, SECOND_PART, Batch, Lesson, make_batch
from sound_lessons import SoundLessons
from text_lessons import TextLessons
from tiny_llama import Shape, TinyLlama, write_gguf
from training_texts import LEARNED_FROM, real_texts
from vocabulary import Tokeniser, Vocabulary, build_vocabulary, check

from annodesk.prelabel.prompts import SEGMENT_PROMPT, TEXT_PROMPT, describe_sound, load_prompt

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "annodesk-small"
SEED = 21
N_EXAMPLES, N_HELD_OUT = 4500, 400
STEPS, SECOND_PART_FROM, WARMING_STEPS, FALLING_SHARE = 1800, 400, 20, 0.3
TOKENS_PER_BATCH = 800
LEARNING_RATE, SECOND_RATE, LAST_RATE_SHARE = 2e-3, 1.5, 0.02
RATE_SHARES = (
    ("embedding", 0.15), (".q.", 0.1), (".k.", 0.1), (".v.", 0.15), (".out.", 0.15), ("norm", 0.5), ("output", 1.0),
    ("", 0.4),
)  # fmt: skip
"""Of the rate of learning, by the part of a weight's name."""
N_JOINS = 2600
CHECKPOINT_EVERY = 50
EXAMPLES_SHOWN = 12
"""In a prompt of annodesk's; lessons have up to 24."""


class Course:
    """The lessons of a whole training; those of a step depend on the seed and the step alone."""

    def __init__(self, sounds: SoundLessons, texts: TextLessons) -> None:
        self._sounds, self._texts = sounds, texts

    def lessons(self, step: int, tokeniser: Tokeniser) -> tuple[list[Lesson], list[Lesson]]:
        """As many lessons about sounds, and about texts, as make a batch."""
        found: list[list[Lesson]] = []
        for number, source in enumerate((self._sounds, self._texts)):
            rng = random.Random(f"{SEED}/{step}/{number}")
            drawn: list[Lesson] = []
            n_tokens = 0
            while n_tokens < TOKENS_PER_BATCH:
                lesson = source.draw(rng, FIRST_PART if step < SECOND_PART_FROM else SECOND_PART)
                drawn.append(lesson)
                n_tokens += len(tokeniser.encode(lesson.text()))
            found.append(drawn)
        return found[0], found[1]

    def some(self, count: int) -> list[Lesson]:
        """Lessons to learn the vocabulary from."""
        rng = random.Random(f"{SEED}/vocabulary")
        return [source.draw(rng, FIRST_PART) for _ in range(count) for source in (self._sounds, self._texts)]

    def items(self, tokeniser: Tokeniser) -> list[list[int]]:
        """Tokens of many items, to see which are rare."""
        lessons = self.some(600)
        return [tokeniser.encode(one.prompt.ask(a.words)) for one in lessons for a in (*one.examples, *one.items)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "resources" / "model")
    parser.add_argument(
        "--shared", type=Path, default=Path(os.environ.get("ANNODESK_SHARED", REPOSITORY / "../shared"))
    )
    parser.add_argument("--cache", type=Path, help="keep described sounds in this folder for the next run")
    parser.add_argument("--checkpoints", type=Path, help="keep the state in this folder every fifty steps")
    parser.add_argument("--resume", type=Path, help="go on from a checkpoint")
    parser.add_argument("--no-measure", action="store_true", help="write the file and the curve only")
    wishes = parser.parse_args()
    wishes.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    examples = described("train", N_EXAMPLES, wishes.cache)
    segment_prompt, text_prompt = load_prompt(SEGMENT_PROMPT), load_prompt(TEXT_PROMPT)
    real = real_texts(wishes.shared / "data" / "text")
    course = Course(SoundLessons(examples, segment_prompt), TextLessons(real, text_prompt))
    vocabulary = _vocabulary(course, examples, [text for collection in real for text, _ in collection])
    shape = Shape(vocabulary=len(vocabulary))
    model = TinyLlama(shape)
    print(
        f"{model.n_parameters:,} parameters, {len(vocabulary):,} pieces, {len(vocabulary.phrases)} phrases", flush=True
    )
    path = wishes.out / f"{NAME}.gguf"
    with tempfile.TemporaryDirectory() as folder:
        write_gguf(model, vocabulary, Path(folder) / "untrained.gguf", NAME)
        tokeniser = Tokeniser(Path(folder) / "untrained.gguf")
        check(vocabulary, tokeniser, [lesson.text() for lesson in course.some(50)])
        begin(model, vocabulary, course.items(tokeniser), SEED)
        curve = _train(model, course, tokeniser, wishes.steps, wishes.checkpoints, wishes.resume)
    write_gguf(model, vocabulary, path, NAME)
    if curve:
        with (wishes.out / f"{NAME}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(curve[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(curve)
    if wishes.no_measure:
        return
    card = _card(path, model, segment_prompt.version, text_prompt.version, wishes.steps)
    clips, segments = (described(kind, N_HELD_OUT, wishes.cache) for kind in ("clips", "segments"))
    card["words"] = measure.words_of(clips)
    card |= measure.measured(path, {"clips": clips, "segments": segments}, wishes.shared / "data")
    (wishes.out / f"{NAME}.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(card, indent=2))


def described(kind: str, count: int, cache: Path | None) -> list[training_sounds.Example]:
    """Labelled descriptions of sounds, made now or read from the cache."""
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


def _vocabulary(course: Course, examples: Sequence[training_sounds.Example], texts: Sequence[str]) -> Vocabulary:
    lessons = course.some(1500)
    descriptions = [describe_sound(numbers) for _, numbers in examples]
    for lesson in lessons:
        if lesson.prompt.item.startswith("Sound"):
            descriptions += [answered.words for answered in (*lesson.examples, *lesson.items)]
    words = [lesson.prompt.prefix(lesson.labels) for lesson in lessons]
    words += [lesson.text() for lesson in lessons if not lesson.prompt.item.startswith("Sound")]
    return build_vocabulary([*words, *(f" {text}" for text in texts)], descriptions, N_JOINS)


def _train(
    model: TinyLlama,
    course: Course,
    tokeniser: Tokeniser,
    steps: int,
    checkpoints: Path | None,
    resume: Path | None,
) -> list[dict[str, float]]:
    """Train to the end; the curve is the loss, and the share of answers begun right, every fifty steps."""
    optimiser = _optimiser(model)
    first, curve = 0, []
    if resume:
        state = torch.load(resume)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        first, curve = state["step"], state["curve"]
    sums = [0.0] * 4
    started = time.monotonic()
    for step in range(first, steps):
        for group in optimiser.param_groups:
            group["lr"] = group["highest"] * _rate(step, steps)
        optimiser.zero_grad(set_to_none=True)
        for k, lessons in enumerate(course.lessons(step, tokeniser)):
            loss, right = _judged(model, make_batch(lessons, tokeniser))
            (loss / 2).backward()
            sums[2 * k] += loss.item()
            sums[2 * k + 1] += right
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if (step + 1) % 50 == 0:
            names = ("sound_loss", "sound_begun_right", "text_loss", "text_begun_right")
            curve.append({"step": step + 1} | {name: round(s / 50, 4) for name, s in zip(names, sums, strict=True)})
            sums = [0.0] * 4
            print(f"{curve[-1]}, {time.monotonic() - started:.0f} s", flush=True)
        if checkpoints and (step + 1) % CHECKPOINT_EVERY == 0:
            checkpoints.mkdir(parents=True, exist_ok=True)
            state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step + 1, "curve": curve}
            torch.save(state, checkpoints / f"step-{step + 1}.pt")
    return curve


def _optimiser(model: TinyLlama) -> torch.optim.AdamW:
    """Each part of the network at a rate of its own: what finds examples works already, and is soon spoilt."""
    groups: dict[float, list[Tensor]] = {}
    for name, weight in model.named_parameters():
        share = next(share for part, share in RATE_SHARES if part in name)
        groups.setdefault(share, []).append(weight)
    return torch.optim.AdamW(
        [{"params": weights, "highest": share * LEARNING_RATE} for share, weights in groups.items()],
        lr=LEARNING_RATE,
        betas=(0.9, 0.98),
        weight_decay=0.0,
    )


def _rate(step: int, steps: int) -> float:
    """The rate at a step in shares of the first part's: rising, held, more in the second part, falling in a line."""
    held = 1.0 if step < SECOND_PART_FROM else SECOND_RATE
    left = (steps - step) / max(1, round(FALLING_SHARE * steps))
    return held * min(1.0, (step + 1) / WARMING_STEPS, LAST_RATE_SHARE + (1 - LAST_RATE_SHARE) * left)


def _judged(model: TinyLlama, batch: Batch) -> tuple[Tensor, float]:
    """The loss of a batch, and the share of knowable answers whose first token would have been right."""
    wanted = batch.weights > 0
    logits = model(batch.tokens, batch.positions, batch.mask, wanted)
    weights, targets = batch.weights[wanted], batch.targets[wanted]
    losses = functional.cross_entropy(logits, targets, reduction="none")
    begins = functional.pad(batch.weights[:, :-1], (1, 0)) == 0
    counted = begins[wanted] & (weights >= 1.0)
    right = (logits.detach().argmax(-1) == targets)[counted].float().mean().item() if counted.any() else 0.0
    return (losses * weights).sum() / weights.sum(), right


def _card(path: Path, model: TinyLlama, segment: str, text: str, steps: int) -> dict[str, object]:
    return {
        "name": NAME,
        "edition": 2,
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "size_bytes": path.stat().st_size,
        "parameters": model.n_parameters,
        "architecture": "llama, 8-bit weights (Q8_0)",
        "vocabulary": model.shape.vocabulary,
        "context_tokens": model.shape.context,
        "licence": "Apache-2.0",
        "prompt": segment,
        "text_prompt": text,
        "answers": ["tier"],
        "examples_shown": EXAMPLES_SHOWN,
        "training": {
            "data": "sounds: synthetic speech (espeak-ng), music, adverts, noise and silence of 0.5 to 8 s as numbers; "
            "half cut from sequences with edges that miss the borders, 60 % passed through a wavering voice, a room, "
            "noise and a narrow line; made by packaging/demo_sounds.py with training voices and seeds below 9000; "
            "and classes made up between and beside these numbers. Texts: generated from the words and sentences in "
            f"packaging/train_model/lexicon.py, and {' and '.join(LEARNED_FROM)} (NLU++ by PolyAI, CC BY 4.0; "
            "DSTC8 in the task-specific datasets of PolyAI, CC BY 4.0)",
            "lessons": "labels drawn for each lesson, most under random names, in random order, with 0 to 24 examples "
            "in the prompt; half of those with examples, and three quarters in the second part, show the ones most "
            "like a single item, the most alike last, as annodesk asks; a quarter of the prompts worded otherwise",
            "first_weights": "set by hand, so that the label of the example most like the item is copied before any "
            "training (packaging/train_model/first_weights.py)",
            "examples": N_EXAMPLES,
            "steps": steps,
            "tokens_per_step": 2 * TOKENS_PER_BATCH,
            "seed": SEED,
            "curve": f"{NAME}.csv",
            "command": "python packaging/train_model/train.py",
        },
    }


if __name__ == "__main__":
    main()
