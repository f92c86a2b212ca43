"""Weighs what the model says of a place against what settled places say of it, by how much each proved to help.

One number for each voice, none below 0, the same for all labels: the logarithm of a label's chance is the weighted sum
of what the voices give it (a conditional logit). The weights are those at which independent answers are most likely,
drawn towards none, so few answers make small weights and modest probabilities. What is told of them is told of answers
that had no part in the weights they were judged with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from annodesk.prelabel.examples import MOST_EXAMPLES, Place, Shot, families, nearest
from annodesk.prelabel.spaces import Space
from annodesk.prelabel.voices import MODEL, SOUND_TREES, Voices, folds_of

Float64 = NDArray[np.float64]
Ints = NDArray[np.intp]

ENOUGH = 20
"""Fewer independent answers say nothing about what helps."""
NOT_ENOUGH = "not enough to know"
HELPS_FROM = 0.05
NO_DOUBT = 0.02
"""A squared error over labels up to this is none: twenty answers alike leave as much."""
FEWEST = 6
"""With fewer settled places the model's word stands."""
_ALIKE = 1.5
"""What all voices together count, each as much as the next, while nothing is known of what helps."""
_UNKNOWN_SPREAD = 2.0
_DRAWN = 0.5
"""How strongly weights are drawn towards none."""
_MOST = 20.0
_LEAST_LOG = float(np.log(1e-4))
_MOST_TREES = 12
"""Of more labels that are each said yes or no of, no trees are grown: it takes too long for what it gives."""


class Weights(Struct, frozen=True):
    """How much each voice counts.

    Parameters
    ----------
    scales : what a voice's numbers are divided by: their spread among the answers it was learnt from
    doubt : the share of belief that is spread over all labels evenly, since few answers make nothing certain
    """

    voices: tuple[str, ...]
    values: tuple[float, ...]
    scales: tuple[float, ...]
    doubt: float

    def __call__(self, said: Float64) -> Float64:
        """Probabilities (places, labels), rows with the sum 1, from what the voices say (places, voices, labels)."""
        sums = np.einsum("k,pkl->pl", np.asarray(self.values) / np.asarray(self.scales), said)
        return np.asarray((1 - self.doubt) * _softmax(sums) + self.doubt / said.shape[2])


class Help(Struct, frozen=True):
    """How much a voice helps.

    Parameters
    ----------
    weight : what it counts, in spreads of what it says; 0 for one that is not listened to
    right_alone : the share of answers for which it gives the right label most, ties broken at random
    lost_without : how much less likely an answer is without it, in bits; about 0 or less for one that is not needed
    """

    voice: str
    weight: float
    right_alone: float
    lost_without: float


class Judged(Struct, frozen=True):
    """Independent answers beside what was said of them by weights they had no part in.

    Where each label is said yes or no of, there is a row for each answer and label, and ``labels`` are yes and no.

    Parameters
    ----------
    right : (n,), the place of the answer among the labels
    family : (n,), the same for answers on one item or its copies, which are no witnesses of their own
    combined : (n, labels), the probabilities of all voices together
    settled : (n, labels), those of all voices but the language model
    model : (n, labels), those of the language model alone; None where it was not asked
    """

    labels: tuple[str, ...]
    right: Ints
    family: Ints
    combined: Float64
    settled: Float64
    model: Float64 | None
    helps: tuple[Help, ...]


class Combination:
    """What the settled places of one part, and the model, say together of others; until ``learn``, what the model says.

    Where too little is known to tell what helps, all voices count alike and little; hardly any settled places say
    nothing at all.

    Parameters
    ----------
    shots : settled places with their answers
    labels : what can be answered, also what no shot has
    described : words about some labels
    is_each : whether of each label yes or no is said, so that several may fit, or none
    """

    def __init__(
        self,
        shots: Sequence[Shot],
        labels: Sequence[str],
        described: Mapping[str, str] | None = None,
        *,
        is_each: bool = False,
    ) -> None:
        self.shots, self.labels, self.is_each = tuple(shots), tuple(labels), is_each
        about = {label: (described or {}).get(label, "") for label in labels}
        self._space = Space([shot.place for shot in shots], about)
        self._weights: Weights | None = None
        self.judged: Judged | None = None
        self.independent = 0
        rows = self._space.label_rows() if self._space.has_words and labels else None
        if not is_each:
            number = {label: n for n, label in enumerate(labels)}
            answers = [number.get(shot.labels[0], -1) if shot.labels else -1 for shot in shots]
            self._voices: tuple[Voices, ...] = (Voices(self._space, np.asarray(answers, np.intp), len(labels), rows),)
            return
        without = (SOUND_TREES,) if len(labels) > _MOST_TREES else ()
        made = []
        for n, label in enumerate(labels):
            says_no = np.asarray([label not in shot.labels for shot in shots], np.intp)
            names = None if rows is None else _above_nothing(rows[n])
            made.append(Voices(self._space, says_no, 2, names, without=without))
        self._voices = tuple(made)

    @property
    def is_enough(self) -> bool:
        """Whether enough is known to say what helps."""
        return self.judged is not None

    @property
    def is_no_guess(self) -> bool:
        """Whether answers are told better, by squared error, than by how often each occurs, or without any doubt."""
        if self.judged is None:
            return False
        judged, n_labels = self.judged, len(self.judged.labels)
        right = np.eye(n_labels)[judged.right].reshape(len(self._voices), -1, n_labels)
        shares = np.broadcast_to(right.mean(axis=1, keepdims=True), right.shape)
        guessed = float(((shares - right) ** 2).sum(axis=2).mean())
        told = float(((judged.combined.reshape(right.shape) - right) ** 2).sum(axis=2).mean())
        return told <= max(guessed, NO_DOUBT)

    @property
    def weights(self) -> Weights | None:
        """How much each voice counts; None where too little is known."""
        return self._weights

    @property
    def sentence(self) -> str:
        """What is known of what helps."""
        if self.judged is None:
            return f"{NOT_ENOUGH}: {self.independent} of {ENOUGH} independent answers"
        by_weight = sorted(self.judged.helps, key=lambda one: -one.weight)
        helping = ", ".join(one.voice for one in by_weight if one.weight >= HELPS_FROM)
        return f"from {self.independent} independent answers: {helping or 'nothing'} helps"

    def examples(self, place: Place, most: int = MOST_EXAMPLES) -> list[int]:
        """Which shots to show the model for a place, nearest last; never its kin."""
        if not self.shots:
            return []
        return nearest(self._space.likeness(place), self.shots, most=most)

    def independent_shots(self) -> list[int]:
        """The shots from whose answers can be learnt what helps."""
        known = set(self.labels)
        found = [n for n, shot in enumerate(self.shots) if shot.independent is not None]
        return [n for n in found if known >= set(one := self.shots[n].independent or ()) and (self.is_each or one)]

    def learn(self, model: Mapping[int, Mapping[str, float]] | None = None) -> None:
        """Learn what helps from the shots whose answers are independent.

        Parameters
        ----------
        model : what the model says of shots, by their place, without having been told their answers or those of
            their kin; where it is given only these are learnt from
        """
        used = [n for n in self.independent_shots() if model is None or n in model]
        self.independent, self.judged = len(used), None
        if len(used) < ENOUGH or len(self.labels) < (1 if self.is_each else 2):
            self._weights = self._modest(list((model or {}).values()))
            return
        places = [shot.place for shot in self.shots]
        folds = folds_of(places, [shot.labels for shot in self.shots])
        answers = [self.shots[n].independent or () for n in used]
        said = np.concatenate([voices.out_of_sample(folds)[used] for voices in self._voices])
        given = None if model is None else self._rows([model[n] for n in used])
        names = (*self._voices[0].names, MODEL) if given is not None else self._voices[0].names
        said = _with_model(said, given, is_expected=given is not None)
        if self.is_each:
            right = np.concatenate([[int(label not in one) for one in answers] for label in self.labels])
        else:
            number = {label: n for n, label in enumerate(self.labels)}
            right = np.asarray([number[one[0]] for one in answers])
        right = right.astype(np.intp)
        asked = [places[n] for n in used]
        again, family = folds_of(asked, answers), np.tile(families(asked), len(self._voices)).astype(np.intp)
        rows = [np.concatenate([fold + len(used) * n for n in range(len(self._voices))]) for fold in again]
        self._weights = fit(names, said, right)
        labels = ("yes", "no") if self.is_each else self.labels
        self.judged = _judge(self._weights, said, right, family, rows, given, labels)

    def weigh(self, places: Sequence[Place], model: Sequence[Mapping[str, float]] | None) -> list[dict[str, float]]:
        """How likely each label is of places by all voices together; by the model where hardly any are settled.

        Parameters
        ----------
        model : of each place, how likely the model says each label is; None where there is no model
        """
        if self._weights is None:
            even = {label: 0.5 if self.is_each else 1 / len(self.labels) for label in self.labels}
            return [dict(one) for one in (model if model is not None else [even] * len(places))]
        if not places:
            return []
        said = np.concatenate([voices.about(places) for voices in self._voices])
        given = None if model is None else self._rows(model)
        found = self._weights(_with_model(said, given, is_expected=MODEL in self._weights.voices))
        if self.is_each:
            found = found[:, 0].reshape(len(self.labels), len(places)).T
        return [dict(zip(self.labels, row.tolist(), strict=True)) for row in found]

    def _modest(self, model: Sequence[Mapping[str, float]]) -> Weights | None:
        """All voices alike and none of them loud, where too little is known; none where next to nothing is settled."""
        answers = [shot.labels for shot in self.shots]
        if len(answers) < FEWEST or len(set(answers)) < 2 or not self.labels:
            return None
        folds = folds_of([shot.place for shot in self.shots], answers)
        said = np.concatenate([voices.out_of_sample(folds) for voices in self._voices])
        spreads = said.std(axis=2).mean(axis=0)
        of_model = _UNKNOWN_SPREAD
        if model:
            rows = self._rows(model)
            of_model = float(_with_model(rows[:, None, :][:, :0], rows, is_expected=True).std(axis=2).mean())
        scales = np.maximum([*spreads, of_model], 1e-9)
        values = np.where(scales > 1e-6, _ALIKE / max(1, int((scales > 1e-6).sum())), 0.0)
        names = (*self._voices[0].names, MODEL)
        return Weights(names, tuple(values.tolist()), tuple(scales.tolist()), 1.0 / (len(answers) + 2))

    def _rows(self, model: Sequence[Mapping[str, float]]) -> Float64:
        """What the model says, in the rows of what the voices say."""
        table = np.asarray([[one.get(label, 0.0) for label in self.labels] for one in model], np.float64)
        if not self.is_each:
            return table
        yes = table.T.reshape(-1)
        return np.stack([yes, 1 - yes], axis=1)


def fit(names: Sequence[str], said: Float64, right: Ints) -> Weights:
    """The weights at which the right labels are most likely.

    Parameters
    ----------
    said : (answers, voices, labels), of each by what does not know it
    right : (answers,), the right label's place
    """
    from scipy.optimize import minimize

    n, n_voices, n_labels = said.shape
    scales = np.maximum(said.std(axis=2).mean(axis=0), 1e-9) if n else np.ones(n_voices)
    scaled = said / scales[None, :, None]
    doubt = 1.0 / (n + 2)
    rows = np.arange(n)

    def unlikely(values: Float64) -> tuple[float, Float64]:
        shares = _softmax(np.einsum("k,pkl->pl", values, scaled))
        of_right = shares[rows, right]
        believed = (1 - doubt) * of_right + doubt / n_labels
        # Belief that is spread evenly does not move with the weights.
        moves = (1 - doubt) * of_right / believed
        pull = scaled[rows, :, right] - np.einsum("pl,pkl->pk", shares, scaled)
        slope = _DRAWN * values - (moves[:, None] * pull).sum(axis=0)
        return float(_DRAWN / 2 * values @ values - np.log(believed).sum()), slope

    start = np.full(n_voices, 0.5 / n_voices)
    best = minimize(unlikely, start, jac=True, method="L-BFGS-B", bounds=[(0.0, _MOST)] * n_voices)
    return Weights(tuple(names), tuple(float(v) for v in best.x), tuple(float(s) for s in scales), doubt)


def _judge(
    weights: Weights,
    said: Float64,
    right: Ints,
    family: Ints,
    folds: Sequence[Ints],
    given: Float64 | None,
    labels: Sequence[str],
) -> Judged:
    names, rows = weights.voices, np.arange(len(right))

    def fitted(kept: Sequence[int]) -> Float64:
        if not kept:
            return np.full((len(right), said.shape[2]), 1 / said.shape[2])
        return _cross_fitted([names[n] for n in kept], said[:, kept], right, folds)

    whole, helps = fitted(range(len(names))), []
    settled = whole
    for place, name in enumerate(names):
        without = fitted([n for n in range(len(names)) if n != place])
        settled = without if name == MODEL else settled
        best = said[:, place] >= said[:, place].max(axis=1, keepdims=True) - 1e-12
        alone = float((best[rows, right] / best.sum(axis=1)).mean())
        lost = float(np.mean(np.log2(whole[rows, right]) - np.log2(without[rows, right])))
        helps.append(Help(name, weights.values[place], alone, lost))
    model = None if given is None else given / np.maximum(given.sum(axis=1, keepdims=True), 1e-12)
    return Judged(tuple(labels), right, family, whole, settled, model, tuple(helps))


def _cross_fitted(names: Sequence[str], said: Float64, right: Ints, folds: Sequence[Ints]) -> Float64:
    """Probabilities (answers, labels), each by weights learnt from answers of other families."""
    found = np.full((said.shape[0], said.shape[2]), 1 / said.shape[2])
    for fold in folds:
        others = np.setdiff1d(np.arange(len(right)), fold)
        found[fold] = fit(names, said[others], right[others])(said[fold])
    return found


def _with_model(said: Float64, given: Float64 | None, *, is_expected: bool) -> Float64:
    """What the model says as one voice more: logarithms of its probabilities, around their middle."""
    if not is_expected:
        return said
    more = np.zeros((said.shape[0], 1, said.shape[2]))
    if given is not None:
        logs = np.maximum(np.log(np.maximum(given, 1e-300)), _LEAST_LOG)
        more = (logs - logs.mean(axis=1, keepdims=True))[:, None, :]
    return np.concatenate([said, more], axis=1)


def _above_nothing(row: object) -> object:
    """The words about a label for yes, none for no."""
    from scipy.sparse import csr_matrix, vstack

    return vstack([row, csr_matrix(row.shape)]).tocsr()  # type: ignore[attr-defined]


def _softmax(sums: Float64) -> Float64:
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
