"""Answers of the model to one question about some items: the label it gives, how sure it is, and where that is from."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.model.annotations import Suggestion
from annodesk.prelabel.asked import Asked, Form
from annodesk.prelabel.fitting import Fitted, fit
from annodesk.progress import CancelToken, Progress, silent

if TYPE_CHECKING:
    from annodesk.prelabel.check import ModelFacts
    from annodesk.prelabel.engine import Engine
    from annodesk.prelabel.prompts import Example, Prompt

FITS_FROM = 0.5
"""A label of several is given where it is more likely than not."""

TEXT_SHARE = 0.3
"""Of the model's memory one piece of a text may take in which stretches are marked: what it marks is written behind."""


class Said(Struct, frozen=True):
    """What the model says of one item: its labels (none where no label fits), and what that cost to believe."""

    labels: tuple[str, ...]
    suggestion: Suggestion

    @property
    def probabilities(self) -> Mapping[str, float]:
        """How likely each label is: of one list together 1, else each by itself."""
        return dict(self.suggestion.probabilities)


class Marked(Struct, frozen=True):
    """A stretch of a text in code points, and what the model says it is."""

    start: int
    end: int
    said: Said


Weigh = Callable[[int, Mapping[str, float]], Mapping[str, float]]
"""Given an item's place and what the model makes of each label, what all evidence together makes of it."""


def answer(
    engine: Engine,
    prompt: Prompt,
    asked: Asked,
    owns: Sequence[Mapping[str, str]],
    *,
    guidelines: str = "",
    examples: Sequence[Sequence[Example]] = (),
    narrowed: Sequence[Sequence[str]] | None = None,
    weigh: Weigh | None = None,
    seed: int = 0,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> list[Said]:
    """The model's answer for each of some items, in order.

    Parameters
    ----------
    owns : what is known of each item, by the names of the prompt's places
    narrowed : of each item the labels it is asked about; all where None
    seed : fixes the order in which labels are shown to the model; 0 keeps theirs
    """
    facts = engine.load(cancel=cancel)

    def scored(one: Asked, some: slice) -> list[tuple[dict[str, float], float, bool]]:
        made = fit(
            prompt, one, owns[some], guidelines=guidelines, examples=examples[some], shown=in_order(one.offered, seed),
            n_ctx=facts.n_ctx, count=engine.count_tokens,
        )  # fmt: skip
        found = _scores(engine, one, made, progress if narrowed is None else silent, cancel)
        return [(*score, cut) for score, cut in zip(found, made.shortened, strict=True)]

    if narrowed is None:
        scores = scored(asked, slice(None))
    else:
        scores = []
        for k, labels in enumerate(narrowed):
            scores += scored(among(asked, labels), slice(k, k + 1))
            progress((k + 1) / len(owns), f"{k + 1:,} of {len(owns):,} labelled")
    said = []
    for k, (found, off_format, is_cut) in enumerate(scores):
        by_model = {label: found.get(label, 0.0) for label in asked.offered}
        weighed = weigh(k, by_model) if weigh is not None else by_model
        labels, probability = chosen(asked, weighed)
        known = [label for label in asked.offered if label in found or weighed[label] > 0]
        suggestion = replace(
            _suggestion(engine, facts, prompt, seed),
            probability=probability,
            off_format_mass=off_format,
            probabilities=tuple((label, weighed[label]) for label in known),
            shortened=is_cut,
            alone=() if weigh is None else tuple(found.items()),
        )
        said.append(Said(labels, suggestion))
    return said


def mark(
    engine: Engine,
    prompt: Prompt,
    asked: Asked,
    own: Mapping[str, str],
    text: str,
    *,
    guidelines: str = "",
    cancel: CancelToken | None = None,
) -> list[Marked]:
    """The stretches of a text that the model marks, in order; a long text is gone through piece by piece.

    Parameters
    ----------
    own : what is known of the item besides its text
    """
    facts = engine.load(cancel=cancel)
    found: list[Marked] = []
    # Marks are words as they stand, written behind the text: the prompt must leave room for them.
    for start, end in pieces(text, _signs_of(engine, text, round(facts.n_ctx * TEXT_SHARE))):
        piece = text[start:end]
        made = fit(
            prompt, asked, [{**own, "item": piece}], guidelines=guidelines, n_ctx=facts.n_ctx, count=engine.count_tokens
        )
        (scores,) = engine.mark_spans(made.prefix, [f"{made.items[0]}\n"], [piece], list(asked.labels), cancel=cancel)
        for one in scores.spans:
            label = asked.labels[one.label]
            suggestion = replace(
                _suggestion(engine, facts, prompt, 0),
                probability=one.probability,
                probabilities=((label, one.probability),),
                shortened=made.shortened[0] or not scores.is_whole,
            )
            found.append(Marked(start + one.start, start + one.end, Said((label,), suggestion)))
    return found


def pieces(text: str, most: int) -> list[tuple[int, int]]:
    """A text in pieces of at most so many signs, cut where a paragraph ends, else a line, a sentence or a word."""
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + most)
        if end < len(text):
            ways = [text.rfind(sign, start + most // 2, end) + len(sign) for sign in ("\n\n", "\n", ". ", " ")]
            end = next((way for way in ways if way > start + most // 2), end)
        if text[start:end].strip():
            found.append((start, end))
        start = end
    return found


def in_order(labels: Sequence[str], seed: int) -> list[str]:
    """The labels in the order in which the model sees them under a seed; 0 leaves theirs."""
    shown = list(labels)
    if seed:
        random.Random(seed).shuffle(shown)
    return shown


def chosen(asked: Asked, probabilities: Mapping[str, float]) -> tuple[tuple[str, ...], float]:
    """The labels that are given, and how likely it is that exactly these are right.

    Of several labels that is the product over all of them: each may be wrong by itself.
    """
    if asked.form is Form.EACH:
        labels = tuple(label for label in asked.labels if probabilities[label] >= FITS_FROM)
        return labels, math.prod(max(probabilities[label], 1 - probabilities[label]) for label in asked.labels)
    best = max(asked.offered, key=lambda label: probabilities[label])
    return (() if best == asked.spare else (best,)), probabilities[best]


def among(asked: Asked, labels: Sequence[str]) -> Asked:
    """The same question with some of its labels, in their order."""
    kept = set(labels)
    described = {label: said for label, said in asked.described.items() if label in kept}
    return replace(asked, labels=tuple(label for label in asked.labels if label in kept), described=described)


def _signs_of(engine: Engine, text: str, tokens: int) -> int:
    """How many signs of a text take so many of the model's tokens, by its beginning."""
    sample = text[:4000]
    return max(40, round(tokens * len(sample) / max(1, engine.count_tokens([sample])[0])))


def _suggestion(engine: Engine, facts: ModelFacts, prompt: Prompt, seed: int) -> Suggestion:
    return Suggestion(0.0, facts.sha256, facts.name, prompt.version, seed, engine.engine_version)


def _scores(
    engine: Engine, asked: Asked, made: Fitted, progress: Progress, cancel: CancelToken | None
) -> list[tuple[dict[str, float], float]]:
    """What the model makes of each label for each item, and how much it would rather say something else."""
    if asked.form is Form.EACH:
        questions = [f" {label}:" for label in asked.labels]
        each = engine.score_each(made.prefix, made.items, questions, progress=progress, cancel=cancel)
        return [(dict(zip(asked.labels, one.probabilities, strict=True)), max(one.off_format_mass)) for one in each]
    ends = [f" {label}" for label in asked.offered]
    found = engine.score(made.prefix, made.items, ends, progress=progress, cancel=cancel)
    return [(dict(zip(asked.offered, one.probabilities, strict=True)), one.off_format_mass) for one in found]
