"""Places whose answer is known, and which of them are shown to the model as examples of another one.

Nothing is ever told of a place by what belongs to the same item or to a duplicate of it: such places are kin.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

MOST_EXAMPLES = 4
"""Shown to the model for one place: each costs as much reading as the place itself."""
_WORD = re.compile(r"\w+")
_SAME_TIME_US = 100_000
_SAME_SOUND = 0.05
"""Root mean square distance, in spreads of all places, below which one recording was made from the other."""


class Place(Struct, frozen=True):
    """What a place is like that is to be labelled, or was.

    Parameters
    ----------
    keys : what it belongs to: its item, the contents of its files; places that share one are kin
    sound : numbers that describe what is heard or seen, always the same ones in the same order
    words : its text, or what is said in it
    at_us : where it begins in its item and how long that is; a copy of it in another recording lies at the same
    """

    keys: frozenset[str]
    sound: tuple[float, ...] | None = None
    words: str = ""
    at_us: tuple[int, int] | None = None


class Shot(Struct, frozen=True):
    """A place whose answer is known.

    Parameters
    ----------
    labels : the answer; none or several where each label is said yes or no of
    independent : the answer of somebody who had not seen what the model says of it; None where nobody gave one
    """

    place: Place
    labels: tuple[str, ...]
    independent: tuple[str, ...] | None = None


def key_of_words(words: str) -> str:
    """What texts are known by that say the same, whatever their case, spaces and marks."""
    plain = " ".join(_WORD.findall(words.casefold()))
    return "words:" + hashlib.sha256(plain.encode(errors="replace")).hexdigest()[:32] if plain else ""


def kinship(places: Sequence[Place], shots: Sequence[Place]) -> Bools:
    """Which of the shots must not tell of which places, (places, shots)."""
    found = np.zeros((len(places), len(shots)), np.bool_)
    owners: dict[str, list[int]] = {}
    for number, shot in enumerate(shots):
        for key in shot.keys:
            owners.setdefault(key, []).append(number)
    for number, place in enumerate(places):
        for key in place.keys:
            found[number, owners.get(key, [])] = True
    return found | _copies(places, shots)


def _copies(places: Sequence[Place], shots: Sequence[Place]) -> Bools:
    """Which sound the same at the same time of recordings of the same length: copies that were stored anew."""
    found = np.zeros((len(places), len(shots)), np.bool_)
    asked = [n for n, place in enumerate(places) if place.sound is not None and place.at_us is not None]
    known = [n for n, shot in enumerate(shots) if shot.sound is not None and shot.at_us is not None]
    if not asked or not known:
        return found
    times = np.asarray([shots[n].at_us for n in known], np.int64)
    rows = np.nan_to_num(np.asarray([shots[n].sound for n in known], np.float64))
    spread = np.maximum(rows.std(axis=0), 1e-6)
    for number in asked:
        near = np.flatnonzero((np.abs(times - np.asarray(places[number].at_us)) < _SAME_TIME_US).all(axis=1))
        if near.size:
            apart = np.sqrt(
                np.mean(((rows[near] - np.nan_to_num(np.asarray(places[number].sound))) / spread) ** 2, axis=1)
            )
            found[number, [known[n] for n in near[apart < _SAME_SOUND]]] = True
    return found


def families(places: Sequence[Place]) -> list[int]:
    """A number for each place, the same for all that are kin by any chain of others."""
    parent = list(range(len(places)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    first: dict[str, int] = {}
    for number, place in enumerate(places):
        for key in place.keys:
            parent[root(number)] = root(first.setdefault(key, number))
    for a, b in zip(*np.nonzero(_copies(places, places)), strict=True):
        parent[root(int(a))] = root(int(b))
    return [root(number) for number in range(len(places))]


def nearest(likeness: Float64, shots: Sequence[Shot], *, most: int = MOST_EXAMPLES) -> list[int]:
    """Places of the shots to show, the most alike last, where a model looks most closely.

    Not all of one label, however like they are: an example of the next label tells where the border lies. Of two that
    say the same in the same words one is enough.

    Parameters
    ----------
    likeness : (shots,), how much each is like what is asked about; not a number for one that must not be shown
    """
    usable = [n for n in range(len(shots)) if np.isfinite(likeness[n])]
    each = max(1, (most + 1) // 2)
    chosen: list[int] = []
    counts: Counter[tuple[str, ...]] = Counter()
    said: set[tuple[str, tuple[str, ...]]] = set()
    for number in sorted(usable, key=lambda n: (-round(float(likeness[n]), 9), n)):
        shot = shots[number]
        words = key_of_words(shot.place.words)
        if len(chosen) < most and counts[shot.labels] < each and not (words and (words, shot.labels) in said):
            chosen.append(number)
            counts[shot.labels] += 1
            said.add((words, shot.labels))
    return chosen[::-1]
