"""What a model said about one item: how likely each label of the list is."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annodesk.errors import ModelError


@dataclass(frozen=True)
class LabelScores:
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
        raise ModelError("Two labels have the same name.", "Rename one of them.")


@dataclass(frozen=True)
class Prelabel:
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
