"""What settled places say of others: several plain ways to tell, each a voice that gives every label a number.

A voice's numbers are compared among the labels of one place only; how much each voice counts is learnt in ``combine``.
All of them are functions of the settled places alone and give the same each time.
"""

from __future__ import annotations

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
        self._sound = space.sound(space.settled) if space.has_sound else None
        self._words = space.words(space.settled) if space.has_words else None

    def about(self, places: Sequence[Place]) -> Float64:
        """What is said of places, of each by those that are not its kin."""
        kin = kinship(places, self._space.settled)
        sound = self._space.sound(places) if self._sound is not None else None
        words = self._space.words(places) if self._words is not None else None
        found = np.zeros((len(places), len(self.names), self.n_labels))
        parties: dict[bytes, list[int]] = {}
        for number in range(len(places)):
            parties.setdefault(kin[number].tobytes(), []).append(number)
        for members in parties.values():
            some = np.asarray(members, np.intp)
            found[some] = self._say(np.flatnonzero(~kin[some[0]]), _some(sound, some), _some(words, some), len(some))
        return found

    def out_of_sample(self, folds: Sequence[Ints]) -> Float64:
        """What the settled places say of each other, (settled, voices, labels): of each fold those of the others."""
        n = len(self._answers)
        found = np.zeros((n, len(self.names), self.n_labels))
        for fold in folds:
            others = np.setdiff1d(np.arange(n), fold)
            found[fold] = self._say(others, _some(self._sound, fold), _some(self._words, fold), len(fold))
        return found

    def _say(self, told: Ints, sound: Any, words: Any, n_asked: int) -> Float64:
        """What some of the settled places say of rows that are not among them."""
        told = told[self._answers[told] >= 0]
        y = self._answers[told]
        said: dict[str, Float64] = {}
        if len(y):
            said[HOW_OFTEN] = np.tile(_how_often(y, self.n_labels), (n_asked, 1))
            if sound is not None and self._sound is not None:
                said |= self._by_sound(self._sound[0][told], self._sound[1][told], y, *sound)
            if words is not None and self._words is not None:
                said |= self._by_words(self._words[0][told], self._words[1][told], y, *words)
        found = np.zeros((n_asked, len(self.names), self.n_labels))
        for place, name in enumerate(self.names):
            if name in said:
                found[:, place] = said[name] - said[name].mean(axis=1, keepdims=True)
        return found

    def _by_sound(self, x: Float64, heard: Bools, y: Ints, asked: Float64, can_be_heard: Bools) -> dict[str, Float64]:
        if not heard.any() or not can_be_heard.any():
            return {}
        x, y, queries = x[heard], y[heard], asked[can_be_heard]
        lens = _Lens(x, y)
        said = {
            SOUND_NEIGHBOURS: _nearest_of_each(lens.near(queries, x), y, self.n_labels),
            SOUND_KINDS: lens.kinds(queries, x, y, self.n_labels),
        }
        if SOUND_TREES in self.names:
            said[SOUND_TREES] = _trees(x, y, queries, self.n_labels)
        return {name: _put(values, can_be_heard) for name, values in said.items()}

    def _by_words(self, x: Any, read: Bools, y: Ints, asked: Any, can_be_read: Bools) -> dict[str, Float64]:
        if not can_be_read.any():
            return {}
        x, y, queries = x[read], y[read], asked[can_be_read]
        said = {}
        if self._label_rows is not None:
            said[LABEL_NAMES] = cosine(queries, self._label_rows)
        if len(y):
            said[TEXT_NEIGHBOURS] = _nearest_of_each(cosine(queries, x), y, self.n_labels)
            said[TEXT_KINDS] = _text_kinds(x, y, queries, self.n_labels)
        return {name: _put(values, can_be_read) for name, values in said.items()}


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


def _trees(x: Float64, y: Ints, queries: Float64, n_labels: int) -> Float64:
    from sklearn.ensemble import ExtraTreesClassifier

    known = np.unique(y)
    if len(known) < 2:
        return np.zeros((len(queries), n_labels))
    trees = ExtraTreesClassifier(n_estimators=_TREES, max_features="sqrt", random_state=0, class_weight="balanced")
    share = trees.fit(x, y).predict_proba(queries)
    return _spread_out(np.log(share + 0.5 / len(known)), known, n_labels)


def _text_kinds(x: Any, y: Ints, queries: Any, n_labels: int) -> Float64:
    from sklearn.linear_model import LogisticRegression

    known = np.unique(y)
    if len(known) < 2:
        return np.zeros((queries.shape[0], n_labels))
    # The same answer as with a column for each word, by as many columns as there are texts.
    values, vectors = np.linalg.eigh(cosine(x, x))
    kept = values > _LEAST_SHARE
    turn = vectors[:, kept] / np.sqrt(values[kept])
    fitted = LogisticRegression(C=10.0, class_weight="balanced", max_iter=500).fit(cosine(x, x) @ turn, y)
    return _spread_out(np.log(fitted.predict_proba(cosine(queries, x) @ turn) + _LEAST_SHARE), known, n_labels)


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
