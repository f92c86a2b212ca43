"""Turns labelled descriptions into what the model is trained on: prompts with many label lists, and one answer each.

A lesson has the form in which the engine asks: one beginning (task and label list), and several items that each see
the beginning and themselves, never one another.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sentencepiece
import torch
from torch import Tensor

from annodesk.prelabel.prompts import Prompt, describe_sound

NAMES: Mapping[str, tuple[str, ...]] = {
    "speech": ("speech", "talk", "talking", "voice", "spoken word", "conversation", "dialogue", "narration", "host"),
    "music": ("music", "song", "instrumental", "melody", "tune", "track", "musical piece"),
    "advert": ("advert", "ad", "commercial", "advertisement", "promo", "sponsor message", "advertising"),
    "silence": ("silence", "silent", "quiet", "pause", "no sound", "nothing", "dead air"),
    "noise": ("noise", "background noise", "ambience", "ambient", "hiss", "static", "environment", "room noise"),
}
"""What people call each kind of sound; the first is the common one."""

NEVER_RIGHT = ("dog", "violence", "medical", "place", "artist", "blue", "chapter", "number", "unusable", "alarm")
"""Labels that are sometimes listed and never fit, so that a model does not choose a label for being listed."""

JITTER = 0.06
ITEMS_PER_LESSON = 8


@dataclass(frozen=True)
class Batch:
    """Tokens of several lessons, (n_lessons, n_tokens); weights are 0 where nothing is to be learned."""

    tokens: Tensor
    positions: Tensor
    mask: Tensor
    targets: Tensor
    weights: Tensor


class Lessons:
    """Draws lessons; what is drawn depends on ``seed`` alone."""

    def __init__(self, examples: Sequence[tuple[str, dict[str, float]]], prompt: Prompt, seed: int) -> None:
        self._by_label = {name: [numbers for label, numbers in examples if label == name] for name in NAMES}
        self._prompt = prompt
        self._rng = random.Random(seed)

    def draw(self) -> tuple[str, list[tuple[str, str]]]:
        """A beginning, and items with their answers."""
        rng = self._rng
        kinds = list(NAMES) if rng.random() < 0.6 else rng.sample(list(NAMES), rng.randint(2, 4))
        plain = rng.random() < 0.5
        labels = {kind: NAMES[kind][0] if plain else rng.choice(NAMES[kind]) for kind in kinds}
        if rng.random() < 0.15:
            labels = {kind: name.capitalize() for kind, name in labels.items()}
        listed = list(labels.values())
        if rng.random() < 0.3:
            listed += rng.sample(NEVER_RIGHT, rng.randint(1, 3))
        rng.shuffle(listed)
        items = []
        for _ in range(ITEMS_PER_LESSON):
            kind = rng.choice(kinds)
            items.append((self._prompt.ask(self._described(kind)), f" {labels[kind]}\n"))
        return self._prompt.prefix(listed), items

    def text(self) -> str:
        """A lesson as plain text, for the vocabulary."""
        beginning, items = self.draw()
        return beginning + "".join(item + answer for item, answer in items)

    def _described(self, kind: str) -> str:
        """One example's words, its numbers changed a little and now and then some left out."""
        rng = self._rng
        numbers = {key: _changed(key, value, rng) for key, value in rng.choice(self._by_label[kind]).items()}
        words = describe_sound(numbers).split(", ")
        if rng.random() < 0.3:
            words = words[:1] + [word for word in words[1:] if rng.random() > 0.1]
        return ", ".join(words)


def _changed(key: str, value: float, rng: random.Random) -> float:
    if value == 0.0 or (key == "loudness_db" and value <= -99.0):
        return value
    if key.endswith("_db"):
        return value + rng.gauss(0, 1.0)
    if key.endswith(("_hz", "_bpm", "_s")) or key == "pitch_change":
        return value * (1 + rng.gauss(0, JITTER))
    return min(1.0, max(0.0, value * (1 + rng.gauss(0, JITTER)) + rng.gauss(0, 0.01)))


def train_vocabulary(lessons: Lessons, size: int, folder: Path) -> sentencepiece.SentencePieceProcessor:
    """A byte-pair vocabulary that can write any text: what it does not know goes byte by byte."""
    text = folder / "vocabulary.txt"
    text.write_text("".join(lessons.text() for _ in range(1500)), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(folder / "vocabulary"),
        vocab_size=size,
        model_type="bpe",
        byte_fallback=True,
        character_coverage=1.0,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=False,
        hard_vocab_limit=False,
        num_threads=1,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        user_defined_symbols=["\n"],
        minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_file=str(folder / "vocabulary.model"))


def make_batch(
    lessons: Lessons, vocabulary: sentencepiece.SentencePieceProcessor, n_lessons: int, item_weight: float
) -> Batch:
    """Lessons side by side; answers weigh 1, the items' own words ``item_weight``."""
    drawn = [_encoded(*lessons.draw(), vocabulary, item_weight) for _ in range(n_lessons)]
    longest = max(len(tokens) for tokens, *_ in drawn)
    tokens = torch.zeros(n_lessons, longest, dtype=torch.long)
    positions = torch.zeros(n_lessons, longest, dtype=torch.long)
    groups = torch.full((n_lessons, longest), -1)
    targets = torch.zeros(n_lessons, longest, dtype=torch.long)
    weights = torch.zeros(n_lessons, longest)
    for k, (ids, places, group, next_ids, weight) in enumerate(drawn):
        n = len(ids)
        tokens[k, :n], positions[k, :n], groups[k, :n] = torch.tensor(ids), torch.tensor(places), torch.tensor(group)
        targets[k, :n], weights[k, :n] = torch.tensor(next_ids), torch.tensor(weight)
    same = groups[:, :, None] == groups[:, None, :]
    beginning = (groups == 0)[:, None, :]
    mask = (same | beginning) & torch.ones(longest, longest).tril().bool()
    return Batch(tokens, positions, mask[:, None], targets, weights)


def _encoded(
    beginning: str,
    items: Sequence[tuple[str, str]],
    vocabulary: sentencepiece.SentencePieceProcessor,
    item_weight: float,
) -> tuple[list[int], list[int], list[int], list[int], list[float]]:
    """Tokens, positions, group (0 for the beginning, then one per item), next tokens and their weights."""
    shared = [vocabulary.bos_id(), *vocabulary.encode(beginning)]
    tokens, positions, groups = list(shared), list(range(len(shared))), [0] * len(shared)
    targets, weights = [0] * len(shared), [0.0] * len(shared)
    for group, (item, answer) in enumerate(items, start=1):
        question, reply = vocabulary.encode(item), vocabulary.encode(answer)
        ids = [*question, *reply]
        tokens += ids
        positions += range(len(shared), len(shared) + len(ids))
        groups += [group] * len(ids)
        targets += [*ids[1:], 0]
        weights += [item_weight] * (len(question) - 1) + [1.0] * len(reply) + [0.0]
    return tokens, positions, groups, targets, weights
