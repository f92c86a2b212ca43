"""A lesson has the form in which the engine asks: one beginning (task, label list, answered examples), and several
items that each see the beginning and themselves, never one another.

Most label names are drawn at random for each lesson: what a label means is then known from its examples alone, and the
way to a right answer is to find the examples that are like the item and to copy their label.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import torch
from lexicon import GUIDANCE, REWORDED, SOUND_NAMES, SUBJECTS
from msgspec import Struct
from msgspec.structs import replace
from torch import Tensor
from vocabulary import BEGIN, Tokeniser

from annodesk.prelabel.prompts import Prompt

UNKNOWABLE_WEIGHT = 0.2
"""Of an answer whose label has no example yet and a name that says nothing: only the list can be learned from it."""


class Part(Struct, frozen=True):
    """A part of the course.

    Parameters
    ----------
    known_share : of the lessons about sound, the five kinds by name without examples; each of them asks ``known_items``
    nearest_share : of the lessons with examples that are the most like an item, the most alike last, as the engine
        asks; that item's answer weighs ``nearest_weight``
    """

    known_share: float
    known_items: int
    nearest_share: float
    nearest_weight: float


FIRST_PART, SECOND_PART = Part(0.5, 14, 0.5, 1.0), Part(0.6, 18, 0.75, 3.0)

_WORDS = sorted({word for words in SUBJECTS.values() for word in words} | set(SUBJECTS))
_ONSETS = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "z",
)
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ou", "ea")
_CODES = ("A", "B", "C", "D", "E", "F", "G", "H", "K", "M", "X", "Y", "Z")

Sampler = Callable[[], str]
"""Gives the words of one more item of a class."""


def _plain_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


class Answered(Struct, frozen=True):
    """Words of an item, its label, and how much the answer weighs in learning."""

    words: str
    label: str
    weight: float = 1.0


class Lesson(Struct, frozen=True):
    """A prompt's beginning without its examples; examples; items that are asked about after them."""

    prompt: Prompt
    labels: tuple[str, ...]
    examples: tuple[Answered, ...]
    items: tuple[Answered, ...]

    def text(self) -> str:
        """All of it, as it would be read."""
        asked = (*self.examples, *self.items)
        return self.prompt.prefix(self.labels) + "".join(f"{self.prompt.ask(a.words)} {a.label}\n" for a in asked)


class Batch(Struct, frozen=True):
    """Tokens of several lessons, (n_lessons, n_tokens); weights are 0 where nothing is to be learned."""

    tokens: Tensor
    positions: Tensor
    mask: Tensor
    targets: Tensor
    weights: Tensor


def compose(
    rng: random.Random,
    prompt: Prompt,
    classes: Sequence[tuple[str, Sampler]],
    *,
    n_examples: int,
    n_items: int,
    spare: Sequence[str] = (),
    is_known: bool = False,
    nearest_weight: float = 0.0,
    often: Mapping[str, float] | None = None,
    parts: Callable[[str], Sequence[str]] = _plain_words,
) -> Lesson:
    """A lesson about some classes, each a label and a source of items.

    Parameters
    ----------
    nearest_weight : above 0 one item, after those of many examples that are most like it, the most alike last, as the
        engine asks; what its answer weighs
    often : how often a label's items are asked about, 1 where nothing is said
    parts : what likeness is told by
    spare : labels that are listed and never right
    is_known : the names say what is meant, so that an item may be asked about without an example of its label
    """
    labels = [label for label, _ in classes] + [label for label in spare if label not in {name for name, _ in classes}]
    rng.shuffle(labels)
    if nearest_weight:
        pool = [(label, sample()) for label, sample in classes for _ in range(rng.randint(2, 6))]
        label, sample = rng.choice(classes)
        words = sample()
        nearest = _nearest(words, [pair for pair in pool if pair[1] != words], n_examples, parts)
        examples, (item,) = _weighed(nearest, [(label, words)], is_known=is_known)
        if item.weight == 1.0:
            item = replace(item, weight=nearest_weight)
        return Lesson(prompt, tuple(labels), examples, (item,))
    shown = [classes[k % len(classes)] for k in range(n_examples)] if rng.random() < 0.6 else []
    shown += [rng.choice(classes) for _ in range(n_examples - len(shown))]
    rng.shuffle(shown)
    told = [(label, sample()) for label, sample in shown]
    askable = [pair for pair in classes if is_known or pair[0] in dict(told)] or list(classes)
    shares = [(often or {}).get(label, 1.0) for label, _ in askable]
    asked = [(label, sample()) for label, sample in rng.choices(askable, shares, k=n_items)]
    return Lesson(prompt, tuple(labels), *_weighed(told, asked, is_known=is_known))


def _weighed(
    told: Sequence[tuple[str, str]], asked: Sequence[tuple[str, str]], *, is_known: bool
) -> tuple[tuple[Answered, ...], tuple[Answered, ...]]:
    """Examples and items of (label, words); an answer weighs little whose label has no example before it."""
    seen: set[str] = set()
    examples: list[Answered] = []
    for label, words in told:
        examples.append(Answered(words, label, 1.0 if is_known or label in seen else UNKNOWABLE_WEIGHT))
        seen.add(label)
    items = [Answered(words, label, 1.0 if is_known or label in seen else UNKNOWABLE_WEIGHT) for label, words in asked]
    return tuple(examples), tuple(items)


def _nearest(
    words: str, pool: Sequence[tuple[str, str]], most: int, parts: Callable[[str], Sequence[str]]
) -> list[tuple[str, str]]:
    """Those of the pool of (label, words) that share most of their parts with the words, rare ones most; best last."""
    split = [frozenset(parts(other)) for _, other in pool]
    counts = Counter(part for found in split for part in found)
    weight = {part: math.log((1 + len(pool)) / count) ** 2 for part, count in counts.items()}
    own = frozenset(parts(words))

    def likeness(k: int) -> float:
        length = math.sqrt(math.fsum(weight[part] for part in split[k])) + 1e-6
        return math.fsum(weight[part] for part in split[k] & own) / length

    order = sorted(range(len(pool)), key=likeness)
    return [pool[k] for k in order[-most:]]


def reworded(rng: random.Random, shipped: Prompt) -> Prompt:
    """The shipped prompt mostly; now and then another wording, with guidelines or without."""
    if rng.random() < 0.75:
        return shipped
    sentences = [rng.choice(REWORDED), *rng.sample(GUIDANCE, rng.choice((0, 0, 1, 2, 4)))]
    name = rng.choice((shipped.item.split(":")[0], "Item", "Clip" if "Sound" in shipped.item else "Input"))
    ending = rng.choice(("Label:", "Label:", "Answer:"))
    return Prompt("reworded", "reworded", " ".join(sentences) + "\nLabels: {labels}", name + ": {item}\n" + ending)


def random_names(rng: random.Random, count: int) -> list[str]:
    """Label names that tell nothing of what they stand for here, all of one style or mixed."""
    styles = (_word, _word, _word_pair, _invented, _code, _snake, _sound_name)
    style = rng.choice(styles) if rng.random() < 0.7 else None
    names: list[str] = []
    while len(names) < count:
        name = (style or rng.choice(styles))(rng)
        if name not in names:
            names.append(name)
    return [name.capitalize() for name in names] if rng.random() < 0.15 else names


def spare_names(rng: random.Random) -> list[str]:
    """Labels that are listed and never right: mostly none, sometimes some, now and then most of a long list."""
    kind = rng.random()
    count = 0 if kind < 0.55 else rng.randint(1, 4) if kind < 0.9 else rng.randint(5, 15)
    return random_names(rng, count)


def invented_word(rng: random.Random) -> str:
    """A word that no language has, or hardly."""
    return "".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(rng.randint(1, 3))) + rng.choice(
        ("", "n", "s")
    )


def any_word(rng: random.Random) -> str:
    """A word of any subject."""
    return rng.choice(_WORDS)


def _word(rng: random.Random) -> str:
    return any_word(rng)


def _word_pair(rng: random.Random) -> str:
    return f"{any_word(rng)} {any_word(rng)}"


def _invented(rng: random.Random) -> str:
    return invented_word(rng)


def _snake(rng: random.Random) -> str:
    return "_".join(any_word(rng) for _ in range(rng.randint(2, 3)))


def _sound_name(rng: random.Random) -> str:
    return rng.choice(SOUND_NAMES)


def _code(rng: random.Random) -> str:
    code = rng.choice(_CODES)
    return rng.choice((code, f"class {code}", f"{code}{rng.randint(1, 9)}", f"type {rng.randint(1, 30)}"))


def make_batch(lessons: Sequence[Lesson], tokeniser: Tokeniser) -> Batch:
    """Lessons side by side."""
    drawn = [_encoded(lesson, tokeniser) for lesson in lessons]
    longest = max(len(tokens) for tokens, *_ in drawn)
    tokens = torch.zeros(len(drawn), longest, dtype=torch.long)
    positions = torch.zeros(len(drawn), longest, dtype=torch.long)
    groups = torch.full((len(drawn), longest), -1)
    targets = torch.zeros(len(drawn), longest, dtype=torch.long)
    weights = torch.zeros(len(drawn), longest)
    for k, (ids, places, group, next_ids, weight) in enumerate(drawn):
        n = len(ids)
        tokens[k, :n], positions[k, :n], groups[k, :n] = torch.tensor(ids), torch.tensor(places), torch.tensor(group)
        targets[k, :n], weights[k, :n] = torch.tensor(next_ids), torch.tensor(weight)
    same = groups[:, :, None] == groups[:, None, :]
    beginning = (groups == 0)[:, None, :]
    mask = (same | beginning) & torch.ones(longest, longest).tril().bool()
    return Batch(tokens, positions, mask[:, None], targets, weights)


def _encoded(lesson: Lesson, tokeniser: Tokeniser) -> tuple[list[int], list[int], list[int], list[int], list[float]]:
    """Tokens, positions, group (0 for the beginning, then one per item), next tokens and their weights."""
    tokens = [BEGIN, *tokeniser.encode(lesson.prompt.prefix(lesson.labels))]
    targets, weights = [0] * len(tokens), [0.0] * len(tokens)
    groups, positions = [0] * len(tokens), list(range(len(tokens)))
    n_shared = 0
    for number, answered in enumerate((*lesson.examples, *lesson.items)):
        group = max(0, number + 1 - len(lesson.examples))
        if group == 1:
            n_shared = len(tokens)
        question = tokeniser.encode(lesson.prompt.ask(answered.words))
        reply = tokeniser.encode(f" {answered.label}\n")
        ids = [*question, *reply]
        start = n_shared if group else len(tokens)
        tokens += ids
        positions += range(start, start + len(ids))
        groups += [group] * len(ids)
        targets += [*ids[1:], 0]
        weights += [0.0] * (len(question) - 1) + [answered.weight] * len(reply) + [0.0]
    return tokens, positions, groups, targets, weights
