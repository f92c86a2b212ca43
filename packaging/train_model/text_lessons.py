"""Lessons about texts: generated ones about subjects and turns of speech, and real ones that may be learned from."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from lessons import (
    Lesson,
    Part,
    Sampler,
    any_word,
    compose,
    invented_word,
    random_names,
    reworded,
    spare_names,
)
from lexicon import ABOUT, NUMBERS, PLACES, SUBJECTS, TIMES, TURNS
from training_texts import Marked

from annodesk.prelabel.prompts import Prompt

_LEAST_OF_A_LABEL = 4
_OPENINGS = ("well, ", "hi, ", "please ", "ok ", "so ", "um ", "and ", "listen, ", "sorry, ", "thanks, ")


class TextLessons:
    """Draws lessons from subjects, turns of speech and real texts; what is drawn depends on the generator alone."""

    def __init__(self, collections: Sequence[Sequence[Marked]], prompt: Prompt) -> None:
        self._collections = collections
        self._prompt = prompt

    def draw(self, rng: random.Random, part: Part) -> Lesson:
        """Generated texts three times of five."""
        if rng.random() < 0.4:
            return self._real(rng, part)
        return self._generated(rng, part)

    def _generated(self, rng: random.Random, part: Part) -> Lesson:
        count = rng.randint(2, 10)
        named: list[tuple[str, Sampler]]
        kind = rng.random()
        if kind < 0.5:
            named = [(name, _about(rng, words)) for name, words in rng.sample(sorted(SUBJECTS.items()), count)]
        elif kind < 0.6:
            shared = SUBJECTS[rng.choice(sorted(SUBJECTS))] if rng.random() < 0.6 else None
            named = [(name, _turn(rng, turns, shared)) for name, turns in rng.sample(sorted(TURNS.items()), count)]
        else:
            named = _made_up(rng, count)
        is_known = kind < 0.6 and rng.random() < 0.5
        if not is_known:
            named = [(name, source) for name, (_, source) in zip(random_names(rng, count), named, strict=True)]
        spare = spare_names(rng)
        n_examples = 0 if is_known and rng.random() < 0.35 else rng.randint(min(count, 4), max(12, min(3 * count, 24)))
        prompt = reworded(rng, self._prompt)
        is_nearest = n_examples > 0 and rng.random() < part.nearest_share
        return compose(
            rng, prompt, named, n_examples=rng.randint(3, 12) if is_nearest else n_examples,
            n_items=14 if not n_examples else 8, spare=spare, is_known=is_known,
            nearest_weight=part.nearest_weight * is_nearest,
        )  # fmt: skip

    def _real(self, rng: random.Random, part: Part) -> Lesson:
        """Some marks of one collection as labels, and texts that have exactly one of them."""
        collection = self._collections[0] if rng.random() < 0.95 else self._collections[1]
        sources = _alone(rng, collection, rng.randint(2, 10))
        if len(sources) < 2:
            return self._generated(rng, part)
        is_named = rng.random() < 0.5
        spoken = rng.random() < 0.6
        names = (
            [mark.replace("_", " ") if spoken else mark for mark in sources]
            if is_named
            else random_names(rng, len(sources))
        )
        classes = [(name, _from(rng, texts)) for name, texts in zip(names, sources.values(), strict=True)]
        n_examples = rng.randint(len(sources), min(4 * len(sources), 24))
        prompt = reworded(rng, self._prompt)
        is_nearest = rng.random() < part.nearest_share
        return compose(
            rng, prompt, classes, n_examples=rng.randint(3, 12) if is_nearest else n_examples, n_items=8,
            is_known=is_named, nearest_weight=part.nearest_weight * is_nearest,
        )  # fmt: skip


def _alone(rng: random.Random, collection: Sequence[Marked], most: int) -> Mapping[str, list[str]]:
    """Texts by mark, of those that have one of the chosen marks alone."""
    marks = sorted({mark for _, found in collection for mark in found})
    chosen = frozenset(rng.sample(marks, min(len(marks), 2 * most)))
    sources: dict[str, list[str]] = {}
    for text, found in collection:
        if len(common := found & chosen) == 1:
            sources.setdefault(next(iter(common)), []).append(text)
    enough = sorted(mark for mark, texts in sources.items() if len(texts) >= _LEAST_OF_A_LABEL)
    return (
        {mark: sources[mark] for mark in enough[:most]}
        if len(enough) <= most
        else {mark: sources[mark] for mark in rng.sample(enough, most)}
    )


def _from(rng: random.Random, texts: Sequence[str]) -> Sampler:
    """Each text once before any comes again."""
    left: list[str] = []

    def sample() -> str:
        if not left:
            left.extend(rng.sample(list(texts), len(texts)))
        return left.pop()

    return sample


def _about(rng: random.Random, words: Sequence[str]) -> Sampler:
    own = rng.sample(list(words), rng.randint(min(4, len(words)), len(words)))
    stray = rng.choice((0.0, 0.1, 0.3))

    def sample() -> str:
        turn = rng.choice(ABOUT) if rng.random() < 0.5 else rng.choice(TURNS[rng.choice(sorted(TURNS))])
        if "{a}" not in turn:
            turn += " {a}"
        first = rng.choice(own)
        others = [any_word(rng) if rng.random() < stray else rng.choice(own) for _ in range(2)]
        return _spoken(rng, turn, (first, *others))

    return sample


def _made_up(rng: random.Random, count: int) -> list[tuple[str, Sampler]]:
    """Classes known by a few words each, of a language or of none; now and then they share most of them."""
    make = invented_word if rng.random() < 0.5 else any_word
    shared = [make(rng) for _ in range(rng.choice((0, 0, 0, 3)))]
    return [("", _about(rng, [*shared, *(make(rng) for _ in range(rng.randint(3, 7)))])) for _ in range(count)]


def _turn(rng: random.Random, turns: Sequence[str], shared: Sequence[str] | None) -> Sampler:
    def sample() -> str:
        words = [rng.choice(shared) if shared else any_word(rng) for _ in range(3)]
        return _spoken(rng, rng.choice(turns), words)

    return sample


def _spoken(rng: random.Random, turn: str, words: Sequence[str]) -> str:
    a, b, c = words
    text = turn.format(a=a, b=b, c=c, t=rng.choice(TIMES), p=rng.choice(PLACES), n=rng.choice(NUMBERS))
    if rng.random() < 0.15:
        text = rng.choice(_OPENINGS) + text
    if rng.random() < 0.12:
        text += f" {rng.choice(TIMES)}"
    if rng.random() < 0.4:
        text = text[0].upper() + text[1:]
    return text + rng.choice(("", "", "", ".", "?", "!"))
