"""Which of many places are most like one: by what they sound like, by their words, and by their length."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
_SOUND, _WORDS, _LENGTH = 0.5, 0.35, 0.15
"""What each kind of likeness counts where there are all; what is not known of both is left out."""


class Traits(Struct, frozen=True):
    """What a place is like.

    Parameters
    ----------
    length : in microseconds, or in characters of a text; 0 where it has none
    sound : numbers that describe what is heard, always the same ones in the same order; None where nothing can be heard
    words : the text there
    """

    length: int = 0
    sound: tuple[float, ...] | None = None
    words: str = ""


def likenesses(target: Traits, others: Sequence[Traits]) -> NDArray[np.float64]:
    """How much each is like the target, (n,), at most 1: the mean of the likenesses that are known of both."""
    found = np.zeros(len(others))
    weight = np.zeros(len(others))
    for share, values in (
        (_SOUND, _sound_likeness(target, others)),
        (_WORDS, _word_likeness(target, others)),
        (_LENGTH, np.asarray([_length_likeness(target.length, one.length) for one in others], np.float64)),
    ):
        known = ~np.isnan(values)
        found[known] += share * values[known]
        weight[known] += share
    known = weight > 0
    found[known] /= weight[known]
    return found


def most_alike(target: Traits, others: Sequence[Traits]) -> list[int]:
    """The places of the others in the order of their likeness to the target; equals stay as they stand."""
    values = [round(float(value), 9) for value in likenesses(target, others)]
    return sorted(range(len(others)), key=lambda place: -values[place])


def _sound_likeness(target: Traits, others: Sequence[Traits]) -> NDArray[np.float64]:
    """Cosine of the numbers, each counted in its own spread over all places; NaN where something cannot be heard."""
    found = np.full(len(others), math.nan)
    heard = [n for n, one in enumerate(others) if one.sound is not None]
    if target.sound is None or not heard:
        return found
    rows = np.asarray([target.sound, *(others[n].sound for n in heard)], np.float64)
    rows = np.nan_to_num(rows, nan=0.0, posinf=0.0, neginf=0.0)
    rows = np.sign(rows) * np.log1p(np.abs(rows))  # Hz and decibels beside shares
    spread = rows.std(axis=0)
    scaled = (rows - rows.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    # A distance, not an angle alone: two places near the middle of all are alike though they point anywhere.
    apart = np.sqrt(np.mean((scaled[1:] - scaled[0]) ** 2, axis=1))
    norms = np.linalg.norm(scaled, axis=1)
    cosine = scaled[1:] @ scaled[0] / np.maximum(norms[1:] * norms[0], 1e-9)
    found[heard] = (np.clip(cosine, -1, 1) + 1) / 4 + 0.5 / (1 + apart)
    return found


def _word_likeness(target: Traits, others: Sequence[Traits]) -> NDArray[np.float64]:
    """Cosine of the words, rare ones counting more; NaN where one has none."""
    found = np.full(len(others), math.nan)
    counts = [Counter(_WORD.findall(one.words.casefold())) for one in (target, *others)]
    if not counts[0]:
        return found
    in_how_many = Counter(word for one in counts for word in one)
    rarity = {word: math.log((1 + len(counts)) / (1 + n)) + 1 for word, n in in_how_many.items()}
    first = _weighed(counts[0], rarity)
    for place, one in enumerate(counts[1:]):
        if one:
            other = _weighed(one, rarity)
            found[place] = sum(weight * other.get(word, 0.0) for word, weight in first.items())
    return found


def _weighed(counts: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    weights = {word: (1 + math.log(count)) * rarity[word] for word, count in counts.items()}
    norm = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {word: weight / norm for word, weight in weights.items()}


def _length_likeness(one: int, other: int) -> float:
    if one <= 0 or other <= 0:
        return math.nan if one <= 0 and other <= 0 else 0.0
    return min(one, other) / max(one, other)
