"""Stretches of a text (names, dates) proposed by what people marked in settled texts of the project.

Two plain steps, learnt from settled texts alone by logistic regression. Where a stretch begins and goes on is told word
by word: by the word, its capitals and digits, those beside it, and how often it was marked where it stood. What the
stretch is, its words tell, those beside it, and what the same words were before. The chance of both is then held
against texts that were marked without sight of suggestions, which had no part in it, and becomes what such stretches
were right (Platt's scaling). Nothing is told of a text by itself, its copies, or texts that say the same.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from annodesk.prelabel.combine import ENOUGH, FEWEST, NO_DOUBT, NOT_ENOUGH
from annodesk.prelabel.examples import Place, families, kinship
from annodesk.prelabel.span_words import FIRST, INSIDE, UNCLEAR, Labels, Looks, Memory, Read, Stretch, as_if_new, read
from annodesk.prelabel.voices import folds_of

Float64 = NDArray[np.float64]
Ints = NDArray[np.intp]

PROPOSED_FROM = 0.5
"""A stretch is proposed where it is rather right than wrong."""
MOST_WORDS = 30_000
"""So many words of the newest texts are learnt from: ten folds of them take some ten seconds."""
_LOOKED_AT_FROM = 0.05
_LONGEST = 20
_CALM = 1e-6
_AS_IT_IS, _DRAWN = np.array([1.0, 0.0]), 0.5
"""A chance that is taken for what it says, and how strongly what few answers say is drawn to that."""
_KEPT = 4


class SettledText(Struct, frozen=True):
    """A text in which it stands what is marked.

    Parameters
    ----------
    place : what the text belongs to, and its words
    stretches : what is marked
    unclear : stretches of which it is not known: nothing is learnt there, and nothing judged
    independent : what somebody marked who had not seen what was suggested; None where nobody did
    """

    place: Place
    stretches: tuple[Stretch, ...]
    unclear: tuple[tuple[int, int], ...] = ()
    independent: tuple[Stretch, ...] | None = None


class LikelySpan(Struct, frozen=True):
    """A stretch that may be marked, and how likely it is that just this is right."""

    start: int
    end: int
    labels: Labels
    probability: float


class SpansJudged(Struct, frozen=True):
    """What would have been proposed of independent texts by others, against what is marked there.

    Parameters
    ----------
    marked, looked_at : stretches that people marked, and those that the others' texts had something to say of
    proposed, right : stretches that would have been proposed, and those of them that people marked just so
    told, guessed : the mean squared error of the probabilities, and of the share right in place of each
    """

    marked: int
    looked_at: int
    proposed: int
    right: int
    told: float
    guessed: float


class SettledSpans:
    """Proposes stretches of one kind; nothing before ``learn``, and nothing where too little is known.

    Parameters
    ----------
    texts : settled texts, the newest first; beyond ``MOST_WORDS`` words the rest is left out
    """

    def __init__(self, texts: Sequence[SettledText]) -> None:
        found: list[Read] = []
        for text in texts:
            found.append(read(text.place.words, text.stretches, text.unclear))
            if sum(len(one.words) for one in found) >= MOST_WORDS:
                break
        self.texts = tuple(texts[: len(found)])
        self._read = found
        self._places = [text.place for text in self.texts]
        self._family = families(self._places)
        self._fold_of: dict[int, int] = {}
        self._learnt: OrderedDict[frozenset[int], _Learnt] = OrderedDict()
        self._by_fold: list[_Learnt] = []
        self._candidates: list[_Candidate] = []
        self.judged: SpansJudged | None = None

    @property
    def independent(self) -> int:
        """How many texts were marked independently; copies count once."""
        return len({self._family[n] for n, text in enumerate(self.texts) if text.independent is not None})

    @property
    def can_tell(self) -> bool:
        """Whether enough is known, and what is told is better than the share that is right, or without doubt."""
        judged = self.judged
        if judged is None or min(judged.marked, judged.looked_at) < ENOUGH:
            return False
        # A handful of proposals, or such as are oftener wrong, are no ground for more of them.
        is_worth_it = judged.right >= max(FEWEST, judged.proposed / 2)
        return is_worth_it and judged.told <= max(judged.guessed, NO_DOUBT)

    @property
    def sentence(self) -> str:
        """What is known of it."""
        if self.judged is None:
            return f"{NOT_ENOUGH}: {self.independent} of {ENOUGH} independent texts"
        judged = self.judged
        if judged.marked < ENOUGH:
            return f"{NOT_ENOUGH}: {judged.marked} of {ENOUGH} stretches marked in independent texts"
        found = f"{judged.right} of {judged.marked} stretches found, {judged.proposed - judged.right} proposed wrongly"
        return f"from {self.independent} independent texts: {found}"

    def learn(self, check: Callable[[], None] = lambda: None) -> None:
        """Learn from the texts, and what that is worth from those among them that are independent.

        ``check`` is called between steps that take seconds, and may raise.
        """
        self.judged = None
        if self.independent < ENOUGH:
            return
        answers = [tuple(sorted({one.labels for one in text.stretches})) for text in self.texts]
        folds = folds_of(self._places, answers)
        self._fold_of = {int(n): number for number, fold in enumerate(folds) for n in fold}
        taggers = []
        for fold in folds:
            check()
            taggers.append(self._tagger(set(range(len(self.texts))) - set(fold.tolist())))
        self._candidates = [
            one for n, text in enumerate(self.texts) if text.independent is not None
            for one in self._held_against(n, taggers[self._fold_of[n]])
        ]  # fmt: skip
        self._by_fold = [
            _Learnt(tagger, _scaled([one for one in self._candidates if self._fold_of[one.text] != number]))
            for number, tagger in enumerate(taggers)
        ]
        check()
        self._learnt[frozenset()] = _Learnt(self._tagger(set(range(len(self.texts)))), _scaled(self._candidates))
        self.judged = self._judge()

    def find(self, place: Place) -> list[LikelySpan]:
        """What is proposed for a text, in order and apart; where ``can_tell``."""
        if not self.can_tell:
            return []
        kin = frozenset(np.flatnonzero(kinship([place], self._places)[0]).tolist())
        one = read(place.words)
        return [
            LikelySpan(one.at[first][0], one.at[behind - 1][1], labels, probability)
            for first, behind, labels, probability in self._without(kin).find(one)
            if probability >= PROPOSED_FROM
        ]

    def _without(self, kin: frozenset[int]) -> _Learnt:
        """What was learnt without some of the texts and those of their families."""
        folds = {self._fold_of[n] for n in kin}
        if len(folds) == 1:
            return self._by_fold[folds.pop()]
        if kin not in self._learnt:
            own = {self._family[n] for n in kin}
            kept = {n for n in range(len(self.texts)) if self._family[n] not in own}
            scale = _scaled([one for one in self._candidates if one.text in kept])
            self._learnt[kin] = _Learnt(self._tagger(kept), scale)
            if len(self._learnt) > _KEPT:
                self._learnt.popitem(last=False)
        self._learnt.move_to_end(kin)
        return self._learnt[kin]

    def _tagger(self, among: set[int]) -> _Tagger:
        some = sorted(among)
        return _Tagger([self._read[n] for n in some], [self._family[n] for n in some])

    def _held_against(self, n: int, tagger: _Tagger) -> list[_Candidate]:
        """What others say of an independent text, but where it is unclear, and whether that is right."""
        one, right = self._read[n], set(self.texts[n].independent or ())
        found = []
        for first, behind, labels, chance in tagger.find(one):
            if (one.marks[first:behind] != UNCLEAR).all():
                said = Stretch(one.at[first][0], one.at[behind - 1][1], labels)
                found.append(_Candidate(n, chance, said in right))
        return found

    def _judge(self) -> SpansJudged:
        marked = sum(
            not any(one.start < end and start < one.end for start, end in text.unclear)
            for text in self.texts
            for one in text.independent or ()
        )
        if not self._candidates:
            return SpansJudged(marked, 0, 0, 0, 0.0, 0.0)
        right = np.asarray([one.is_right for one in self._candidates], np.float64)
        told = np.asarray([self._by_fold[self._fold_of[one.text]].scale(one.chance) for one in self._candidates])
        proposed = told >= PROPOSED_FROM
        errors = float(((told - right) ** 2).mean()), float(((right.mean() - right) ** 2).mean())
        return SpansJudged(marked, len(right), int(proposed.sum()), int(right[proposed].sum()), *errors)


class _Candidate(Struct, frozen=True):
    text: int
    chance: float
    is_right: bool


class _Learnt(Struct, frozen=True):
    tagger: _Tagger
    scale: Callable[[float], float]

    def find(self, one: Read) -> list[tuple[int, int, Labels, float]]:
        return [(*found, self.scale(chance)) for *found, chance in self.tagger.find(one)]  # type: ignore[misc]


class _Tagger:
    """What some texts say of others: where stretches are, and of which label."""

    def __init__(self, texts: Sequence[Read], of_family: Sequence[int]) -> None:
        runs = [(one, run, family) for one, family in zip(texts, of_family, strict=True) for run in one.runs]
        self._labels = sorted({run.labels for _, run, _ in runs})
        self._longest = min(_LONGEST, max((run.behind - run.first for _, run, _ in runs), default=0))
        self._memory = Memory(texts, of_family, self._labels)
        self._where = self._what = None
        if not runs:
            return
        known = [(one, self._memory.of_words(one, family)) for one, family in zip(texts, of_family, strict=True)]
        looks = [look for one, _ in known for look in one.looks()]
        marks = np.concatenate([one.marks for one, _ in known])
        clear = marks != UNCLEAR
        rows = np.concatenate([remembered for _, remembered in known])
        self._where = _Regression([look for look, kept in zip(looks, clear, strict=True) if kept], rows[clear])
        self._where.fit(marks[clear])
        if len(self._labels) > 1:
            self._what = _Regression(
                [one.looks_of(run.first, run.behind) for one, run, _ in runs],
                np.asarray([self._memory.of_run(one, run.first, run.behind, family) for one, run, family in runs]),
            )
            self._what.fit(np.asarray([self._labels.index(run.labels) for _, run, _ in runs]))

    def find(self, one: Read) -> list[tuple[int, int, Labels, float]]:
        """Stretches that may be marked, in order and apart, each with its label and the chance of both."""
        if self._where is None or not one.words:
            return []
        shares = self._where.shares(one.looks(), self._memory.of_words(one), (FIRST, INSIDE))
        first, inside = shares[:, 0], np.append(shares[:, 1], 0.0)
        ways: list[tuple[float, int, int]] = []
        for k in np.flatnonzero(first >= _LOOKED_AT_FROM).tolist():
            chance, best = float(first[k]), (0.0, k)
            for behind in range(k + 1, min(k + self._longest, len(one.words)) + 1):
                best = max(best, (chance * (1 - float(inside[behind])), behind))
                chance *= float(inside[behind])
            ways.append((best[0], k, best[1]))
        kept: list[tuple[int, int, float]] = []
        for chance, k, behind in sorted(ways, key=lambda way: (-way[0], way[1])):
            if chance >= _LOOKED_AT_FROM and not any(k < b and a < behind for a, b, _ in kept):
                kept.append((k, behind, chance))
        return [(k, behind, *self._labelled(one, k, behind, chance)) for k, behind, chance in sorted(kept)]

    def _labelled(self, one: Read, first: int, behind: int, chance: float) -> tuple[Labels, float]:
        if self._what is None:
            return self._labels[0], chance
        remembered = self._memory.of_run(one, first, behind)[None, :]
        shares = self._what.shares([one.looks_of(first, behind)], remembered, range(len(self._labels)))[0]
        best = int(shares.argmax())
        return self._labels[best], chance * float(shares[best])


class _Regression:
    """Logistic regression on what things look like, and on numbers beside that."""

    def __init__(self, looks: Sequence[Looks], numbers: Float64) -> None:
        from sklearn.feature_extraction import DictVectorizer

        # Each thing is learnt from twice, as it is and as if its words were new: names often are, and whoever goes by
        # what is remembered alone finds none of them.
        twice = [*looks, *map(as_if_new, looks)]
        self._columns = DictVectorizer().fit(twice)
        self._rows = self._together(twice, np.concatenate([numbers, np.zeros_like(numbers)]))
        self._only: int | None = None

    def fit(self, right: NDArray[Any]) -> None:
        """Learn what each of the rows is."""
        from sklearn.linear_model import LogisticRegression

        rows, self._rows = self._rows, None
        if len(set(right.tolist())) == 1:
            self._only = int(right[0])
            return
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The number of unique classes")  # most labels have few examples
            self._model = LogisticRegression(C=1.0, max_iter=500).fit(rows, np.tile(right, 2))

    def shares(self, looks: Sequence[Looks], numbers: Float64, of: Sequence[int]) -> Float64:
        """How likely each of some answers is, (things, of)."""
        if self._only is not None:
            return np.asarray([[float(one == self._only) for one in of]] * len(looks))
        found = self._model.predict_proba(self._together(looks, numbers))
        place = {int(one): k for k, one in enumerate(self._model.classes_)}
        return np.stack([found[:, place[k]] if k in place else np.zeros(len(found)) for k in of], axis=1)

    def _together(self, looks: Sequence[Looks], numbers: Float64) -> Any:
        from scipy.sparse import csr_matrix, hstack

        return hstack([self._columns.transform(looks), csr_matrix(numbers)]).tocsr()


def _scaled(candidates: Sequence[_Candidate]) -> Callable[[float], float]:
    """What a chance is worth, by which of some were right (Platt 1999, with his targets, which few answers temper).

    Drawn towards the chance as it is, and not towards a share for all: where all were right, and all were likely, that
    says little of what is unlikely.
    """
    from scipy.optimize import minimize

    right = np.asarray([one.is_right for one in candidates], np.bool_)
    n_right, n_wrong = int(right.sum()), int((~right).sum())
    wanted = np.where(right, (n_right + 1) / (n_right + 2), 1 / (n_wrong + 2))
    values = np.asarray([_logit(one.chance) for one in candidates], np.float64)

    def unlikely(line: Float64) -> tuple[float, Float64]:
        sums = line[0] * values + line[1]
        error = 1 / (1 + np.exp(-sums)) - wanted
        drawn = line - _AS_IT_IS
        cost = float(np.logaddexp(0, sums).sum() - wanted @ sums + _DRAWN / 2 * drawn @ drawn)
        return cost, np.asarray([error @ values, error.sum()]) + _DRAWN * drawn

    slope, level = minimize(unlikely, _AS_IT_IS, jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)]).x
    return lambda chance: float(1 / (1 + np.exp(-(slope * _logit(chance) + level))))


def _logit(chance: float) -> float:
    kept = min(1 - _CALM, max(_CALM, chance))
    return float(np.log(kept / (1 - kept)))
