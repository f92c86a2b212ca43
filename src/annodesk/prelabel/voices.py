"""What settled places say of others: several plain ways to tell, each a voice that gives every label a number.

A voice's numbers are compared among the labels of one place only; how much each voice counts is learnt in ``combine``.
All of them are functions of the settled places alone and give the same each time.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annodesk.prelabel.examples import Place, families, kinship
from annodesk.prelabel.spaces import Space, cosine

Float64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

SOUND_NEIGHBOURS, SOUND_KINDS, SOUND_TREES = "sounds like its neighbours", "sounds like its kind", "decision trees"
TEXT_NEIGHBOURS, TEXT_KINDS, LABEL_NAMES = "reads like its neighbours", "reads like its kind", "words of the labels"
HOW_OFTEN = "how often it occurs"
MODEL = "language model"

VOICES = (SOUND_NEIGHBOURS, SOUND_KINDS, SOUND_TREES, TEXT_NEIGHBOURS, TEXT_KINDS, LABEL_NAMES, HOW_OFTEN)

FOLDS = 10
_NEAREST = 3
_TREES = 150
_LEAST_SHARE = 1e-6
_MOST_KINDS = 150
"""Of more labels no trees are grown and no borders drawn between kinds of texts: it would take minutes."""
_KEPT = 4
"""So many ways to leave kin out are kept as they were learnt: an item's places are asked about one after another."""


class Voices:
    """What settled places with known answers say, as (places, voices, labels).

    Parameters
    ----------
    space : the settled places
    answers : (settled,), the answer of each as its place among the labels; -1 where it is none of them
    n_labels : how many labels there are
    label_rows : words about each label in the space's rows of texts, None where there are none
    without : voices that are not asked
    """

    def __init__(
        self, space: Space, answers: Ints, n_labels: int, label_rows: Any | None = None, *, without: Sequence[str] = ()
    ) -> None:
        self._space, self._answers, self.n_labels, self._label_rows = space, answers, n_labels, label_rows
        silent = set(without)
        if not space.has_sound:
            silent |= {SOUND_NEIGHBOURS, SOUND_KINDS, SOUND_TREES}
        if not space.has_words:
            silent |= {TEXT_NEIGHBOURS, TEXT_KINDS, LABEL_NAMES}
        if label_rows is None:
            silent |= {LABEL_NAMES}
        self.names = tuple(voice for voice in VOICES if voice not in silent)
        self._sound, self._words = space.settled_sound, space.settled_words
        self._heard: OrderedDict[bytes, tuple[_Heard | None, _Read | None, Float64 | None]] = OrderedDict()

    def about(self, places: Sequence[Place]) -> Float64:
        """What is said of places, of each by those that are not its kin."""
        kin = kinship(places, self._space.settled)
        sound = self._space.sound(places) if self._sound is not None else None
        words = self._space.words(places) if self._words is not None else None
        found = np.zeros((len(places), len(self.names), self.n_labels))
        parties: dict[bytes, list[int]] = {}
        for number in range(len(places)):
            parties.setdefault(kin[number].tobytes(), []).append(number)
        for key, members in parties.items():
            some = np.asarray(members, np.intp)
            if key not in self._heard:
                self._heard[key] = self._hear(np.flatnonzero(~kin[some[0]]))
            self._heard.move_to_end(key)
            if len(self._heard) > _KEPT:
                self._heard.popitem(last=False)
            found[some] = self._say(self._heard[key], _some(sound, some), _some(words, some), len(some))
        return found

    def out_of_sample(self, folds: Sequence[Ints]) -> Float64:
        """What the settled places say of each other, (settled, voices, labels): of each fold those of the others."""
        n = len(self._answers)
        found = np.zeros((n, len(self.names), self.n_labels))
        for fold in folds:
            others = self._hear(np.setdiff1d(np.arange(n), fold))
            found[fold] = self._say(others, _some(self._sound, fold), _some(self._words, fold), len(fold))
        return found

    def _hear(self, told: Ints) -> tuple[_Heard | None, _Read | None, Float64 | None]:
        """What some of the settled places know, by sound, by words and by numbers."""
        told = told[self._answers[told] >= 0]
        y = self._answers[told]
        if not len(y):
            return None, None, None
        by_sound = by_words = None
        if self._sound is not None and (heard := self._sound[1][told]).any():
            by_sound = _Heard(self._sound[0][told][heard], y[heard], self.n_labels, SOUND_TREES in self.names)
        if self._words is not None:
            read = self._words[1][told]
            by_words = _Read(self._words[0][told][read], y[read], self.n_labels, self._label_rows)
        return by_sound, by_words, _how_often(y, self.n_labels)

    def _say(
        self, told: tuple[_Heard | None, _Read | None, Float64 | None], sound: Any, words: Any, n_asked: int
    ) -> Float64:
        """What some of the settled places say of rows that are not among them."""
        by_sound, by_words, how_often = told
        said: dict[str, Float64] = {}
        if how_often is not None:
            said[HOW_OFTEN] = np.tile(how_often, (n_asked, 1))
        if by_sound is not None and sound is not None and sound[1].any():
            said |= {name: _put(values, sound[1]) for name, values in by_sound.say(sound[0][sound[1]]).items()}
        if by_words is not None and words is not None and words[1].any():
            said |= {name: _put(values, words[1]) for name, values in by_words.say(words[0][words[1]]).items()}
        found = np.zeros((n_asked, len(self.names), self.n_labels))
        for place, name in enumerate(self.names):
            if name in said:
                found[:, place] = said[name] - said[name].mean(axis=1, keepdims=True)
        return found


class _Heard:
    """What places with a sound know of others."""

    def __init__(self, x: Float64, y: Ints, n_labels: int, has_trees: bool) -> None:
        from sklearn.ensemble import ExtraTreesClassifier

        self._x, self._y, self._n_labels, self._lens, self._trees = x, y, n_labels, _Lens(x, y), None
        if has_trees and 1 < len(np.unique(y)) <= _MOST_KINDS:
            trees = ExtraTreesClassifier(
                n_estimators=_TREES, max_features="sqrt", random_state=0, class_weight="balanced"
            )
            self._trees = trees.fit(x, y)

    def say(self, queries: Float64) -> dict[str, Float64]:
        """What they say of rows."""
        said = {
            SOUND_NEIGHBOURS: _nearest_of_each(self._lens.near(queries, self._x), self._y, self._n_labels),
            SOUND_KINDS: self._lens.kinds(queries, self._x, self._y, self._n_labels),
        }
        if self._trees is not None:
            known = self._trees.classes_
            shares = np.log(self._trees.predict_proba(queries) + 0.5 / len(known))
            said[SOUND_TREES] = _spread_out(shares, known, self._n_labels)
        return said


class _Read:
    """What places with words, and the words of the labels, know of others."""

    def __init__(self, x: Any, y: Ints, n_labels: int, label_rows: Any | None) -> None:
        from sklearn.linear_model import LogisticRegression

        self._x, self._y, self._n_labels, self._label_rows, self._kinds = x, y, n_labels, label_rows, None
        if 1 < len(np.unique(y)) <= _MOST_KINDS:
            # The same answer as with a column for each word, by as many columns as there are texts.
            likeness = cosine(x, x)
            values, vectors = np.linalg.eigh(likeness)
            kept = values > _LEAST_SHARE
            self._turn = vectors[:, kept] / np.sqrt(values[kept])
            kinds = LogisticRegression(C=10.0, class_weight="balanced", max_iter=500)
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "The number of unique classes")  # most labels have few examples
                self._kinds = kinds.fit(likeness @ self._turn, y)

    def say(self, queries: Any) -> dict[str, Float64]:
        """What they say of rows."""
        said = {}
        if self._label_rows is not None:
            said[LABEL_NAMES] = cosine(queries, self._label_rows)
        if not len(self._y):
            return said
        near = cosine(queries, self._x)
        said[TEXT_NEIGHBOURS] = _nearest_of_each(near, self._y, self._n_labels)
        if self._kinds is not None:
            shares = np.log(self._kinds.predict_proba(near @ self._turn) + _LEAST_SHARE)
            said[TEXT_KINDS] = _spread_out(shares, self._kinds.classes_, self._n_labels)
        return said


def folds_of(places: Sequence[Place], answers: Sequence[Any]) -> list[Ints]:
    """The places in parts of whole families, each answer spread over all parts as evenly as that goes; none of one."""
    members: dict[int, list[int]] = {}
    for number, family in enumerate(families(places)):
        members.setdefault(family, []).append(number)
    n_folds = min(FOLDS, len(members))
    if n_folds < 2:
        return []
    folds: list[list[int]] = [[] for _ in range(n_folds)]
    ordered = sorted(members.values(), key=lambda some: (answers[some[0]], some[0]))
    for place, some in enumerate(ordered):
        folds[place % n_folds].extend(some)
    return [np.asarray(sorted(fold), np.intp) for fold in folds]


def _some(rows: tuple[Any, Bools] | None, some: Ints) -> tuple[Any, Bools] | None:
    return None if rows is None else (rows[0][some], rows[1][some])


def _put(values: Float64, asked: Bools) -> Float64:
    """Values of some places in rows of all of them; nothing is said of the others."""
    found = np.zeros((len(asked), values.shape[1]))
    found[asked] = values
    return found


def _how_often(y: Ints, n_labels: int) -> Float64:
    counts = np.bincount(y, minlength=n_labels) + 0.5
    return np.asarray(np.log(counts / counts.sum()))


class _Lens:
    """Directions in which places of one label lie close together count more (Ledoit and Wolf's shrunk covariance)."""

    def __init__(self, x: Float64, y: Ints) -> None:
        from sklearn.covariance import ledoit_wolf

        within = x - _middles(x, y)[y]
        spare = len(x) - len(np.unique(y))
        self._turn = np.eye(x.shape[1]) / np.sqrt(x.shape[1])
        if spare >= 2:  # else nothing is known of how places of one label differ
            covariance = ledoit_wolf(within, assume_centered=True)[0] * len(x) / spare
            values, vectors = np.linalg.eigh(covariance)
            self._turn = vectors / np.sqrt(np.maximum(values, 1e-6))

    def near(self, queries: Float64, x: Float64) -> Float64:
        """How near each of x is to each query, (queries, x): the negative distance."""
        return -np.sqrt(_apart(queries @ self._turn, x @ self._turn))

    def kinds(self, queries: Float64, x: Float64, y: Ints, n_labels: int) -> Float64:
        """How near each label's middle is to each query: the logarithm of a normal density, but for a constant."""
        counts = np.bincount(y, minlength=n_labels)
        known = np.flatnonzero(counts)
        # A middle of few places is known badly: it is drawn to the middle of all, and its distance counts less.
        middles = _middles(x, y)[known] * (counts[known] / (counts[known] + 1.0))[:, None]
        apart = _apart(queries @ self._turn, middles @ self._turn) / (1 + 1 / counts[known])
        return _spread_out(-apart / 2, known, n_labels)


def _middles(x: Float64, y: Ints) -> Float64:
    """The mean of the rows of each label, (labels up to the highest, n)."""
    sums = np.zeros((int(y.max()) + 1, x.shape[1]))
    np.add.at(sums, y, x)
    return np.asarray(sums / np.maximum(np.bincount(y), 1)[:, None])


def _apart(a: Float64, b: Float64) -> Float64:
    return np.asarray(np.maximum(0.0, (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T))


def _nearest_of_each(near: Float64, y: Ints, n_labels: int) -> Float64:
    """For each label how near the nearest of it are: the very nearest, and the mean of some, one half each."""
    known = np.unique(y)
    values = np.zeros((len(near), len(known)))
    for place, label in enumerate(known):
        ordered = -np.sort(-near[:, y == label], axis=1)
        values[:, place] = ordered[:, 0] / 2 + ordered[:, :_NEAREST].mean(axis=1) / 2
    return _spread_out(values, known, n_labels)


def _spread_out(values: Float64, known: Ints, n_labels: int) -> Float64:
    """Values of some labels in columns of all; a label that nothing is known of is as good as the worst."""
    found = np.tile(values.min(axis=1, keepdims=True), (1, n_labels))
    found[:, known] = values
    return np.asarray(found)
