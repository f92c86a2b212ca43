"""Answers of the model to one question about some items: the label it gives, how sure it is, and where that is from."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from annodesk.model.annotations import Suggestion
from annodesk.prelabel.asked import Asked, Form
from annodesk.prelabel.engine import Engine
from annodesk.prelabel.fitting import Fitted, fit
from annodesk.prelabel.prompts import Example, Prompt
from annodesk.prelabel.scores import LabelScores
from annodesk.progress import CancelToken, Progress, silent

FITS_FROM = 0.5
"""A label of several is given where it is more likely than not."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the model says of one item: its labels (none where no label fits), and what that cost to believe."""

    labels: tuple[str, ...]
    suggestion: Suggestion

    @property
    def probabilities(self) -> Mapping[str, float]:
        """How likely each label is: of one list together 1, else each by itself."""
        return dict(self.suggestion.probabilities)


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
    weigh: Weigh | None = None,
    seed: int = 0,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> list[Said]:
    """The model's answer for each of some items, in order.

    Parameters
    ----------
    owns : what is known of each item, by the names of the prompt's places
    seed : fixes the order in which labels are shown to the model; 0 keeps theirs
    """
    facts = engine.load(cancel=cancel)
    shown = in_order(asked.offered, seed)
    made = fit(
        prompt, asked, owns, guidelines=guidelines, examples=examples, shown=shown, n_ctx=facts.n_ctx,
        count=engine.count_tokens,
    )  # fmt: skip
    scores = _scores(engine, asked, made, progress, cancel)
    said = []
    for k, (by_model, off_format) in enumerate(scores):
        weighed = weigh(k, by_model) if weigh is not None else by_model
        labels, probability = chosen(asked, weighed)
        suggestion = Suggestion(
            probability=probability,
            model_sha256=facts.sha256,
            model_name=facts.name,
            prompt_version=prompt.version,
            seed=seed,
            engine_version=engine.engine_version,
            off_format_mass=off_format,
            probabilities=tuple((label, weighed[label]) for label in asked.offered),
            shortened=made.shortened[k],
            alone=() if weigh is None else tuple((label, by_model[label]) for label in asked.offered),
        )
        said.append(Said(labels, suggestion))
    return said


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


def _scores(
    engine: Engine, asked: Asked, made: Fitted, progress: Progress, cancel: CancelToken | None
) -> list[tuple[dict[str, float], float]]:
    """What the model makes of each label for each item, and how much it would rather say something else."""
    if asked.form is Form.EACH:
        ends = [f" {label}: {word}" for label in asked.labels for word in ("yes", "no")]
        found = engine.score(made.prefix, made.items, ends, progress=progress, cancel=cancel)
        return [_each(asked.labels, score) for score in found]
    ends = [f" {label}" for label in asked.offered]
    found = engine.score(made.prefix, made.items, ends, progress=progress, cancel=cancel)
    return [(dict(zip(asked.offered, one.probabilities, strict=True)), one.off_format_mass) for one in found]


def _each(labels: Sequence[str], scores: LabelScores) -> tuple[dict[str, float], float]:
    """Yes against no, label by label; both end alike, so nothing else enters."""
    found = {}
    for k, label in enumerate(labels):
        yes, no = scores.log_probs[2 * k : 2 * k + 2]
        found[label] = 1 / (1 + math.exp(min(700.0, no - yes)))
    return found, scores.off_format_mass
