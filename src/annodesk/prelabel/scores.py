"""What a model said about one item: how likely each label of the list is."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence

from msgspec import Struct

from annodesk.errors import ModelError

NARROW_ABOVE = 40
"""With more labels than these the model is asked about the nearest alone (``narrowing``)."""


class LabelScores(Struct, frozen=True):
    """The answer for one item, in the order of the labels asked about.

    ``log_probs`` are natural logarithms of the probability that the model writes exactly that label and
    ends the line. ``probabilities`` sum to 1 over the list. ``off_format_mass`` is the probability that
    the model would write something that is not in the list at all.
    """

    log_probs: tuple[float, ...]
    probabilities: tuple[float, ...]
    off_format_mass: float

    @property
    def best(self) -> int:
        """The place of the most probable label; the first of equals."""
        return max(range(len(self.probabilities)), key=self.probabilities.__getitem__)


class EachScores(Struct, frozen=True):
    """The answers to several questions about one item, each by itself.

    ``probabilities`` is for each question how probable the first answer is among the answers; ``off_format_mass`` the
    probability that the model would write none of them.
    """

    probabilities: tuple[float, ...]
    off_format_mass: tuple[float, ...]


class SpanScore(Struct, frozen=True):
    """A stretch of a text in code points, the place of its label in the list, and how probable it is that the model
    marks just this where what it marked before stands."""

    start: int
    end: int
    label: int
    probability: float


class SpanScores(Struct, frozen=True):
    """The spans of one text, in order and apart; ``is_whole`` says that the model came to the end of its list."""

    spans: tuple[SpanScore, ...]
    is_whole: bool


def label_scores(log_probs: Sequence[float]) -> LabelScores:
    """Probabilities among the labels, and the mass outside them."""
    values = tuple(float(value) for value in log_probs)
    if not values or not all(math.isfinite(value) for value in values):
        raise ModelError("The model answers with something that is no number.", "The file is damaged; choose another.")
    highest = max(values)
    weights = [math.exp(value - highest) for value in values]
    total = sum(weights)
    mass = math.exp(highest) * total
    return LabelScores(
        log_probs=values,
        probabilities=tuple(weight / total for weight in weights),
        off_format_mass=min(1.0, max(0.0, 1.0 - mass)),
    )


def each_scores(log_probs: Sequence[Sequence[float]]) -> EachScores:
    """Of each question the share of its first answer, from the log-probabilities of all its answers."""
    scores = [label_scores(one) for one in log_probs]
    return EachScores(
        tuple(score.probabilities[0] for score in scores), tuple(score.off_format_mass for score in scores)
    )


def span_scores(spans: Sequence[Sequence[float]], is_whole: bool) -> SpanScores:
    """Spans as they come from the engine."""
    found = [SpanScore(int(start), int(end), int(label), float(share)) for start, end, label, share in spans]
    if not all(math.isfinite(one.probability) for one in found):
        raise ModelError("The model answers with something that is no number.", "The file is damaged; choose another.")
    return SpanScores(tuple(found), bool(is_whole))


def check_labels(labels: Sequence[str]) -> None:
    """Refuse labels that the model could not be asked about: none, twice the same, or with hidden characters."""
    if not labels:
        raise ModelError("There are no labels to choose from.", "Add labels to the tier or question.")
    for label in labels:
        if not label.strip():
            raise ModelError("A label is empty.", "Give every label a name.")
        if label != label.strip() or any(
            unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") for sign in label
        ):
            raise ModelError(
                f"The label {label!a} holds a line break, a hidden character or a space at its edge.",
                "Rename it; a label is one line of visible text.",
            )
    if len(set(labels)) != len(labels):
        twice = next(label for k, label in enumerate(labels) if label in labels[:k])
        raise ModelError(f"Two labels have the same name: {twice[:80]}.", "Rename one of them.")


class Prelabel(Struct, frozen=True):
    """A suggestion with everything needed to judge and to repeat it.

    ``probabilities`` holds every label asked about; ``was_shortened`` says that the model read only the
    beginning of a text too long for it.
    """

    label: str
    probability: float
    probabilities: Mapping[str, float]
    off_format_mass: float
    model_sha256: str
    model_name: str
    prompt_version: str
    seed: int
    engine_version: str
    was_shortened: bool = False
