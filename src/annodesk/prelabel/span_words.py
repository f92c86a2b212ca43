"""Words of texts in which people mark stretches: what each looks like, and what was marked where it stood before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from annodesk.prelabel.grammar import words

Float64 = NDArray[np.float64]
Labels = tuple[str, ...]
Looks = dict[str, float | str]

OUTSIDE, FIRST, INSIDE, UNCLEAR = 0, 1, 2, -1
"""What a word is to the stretches of its text; of an unclear one it is not known, and nothing is learnt."""
_ENDS = frozenset(".!?:…")
_LAST_SIGNS = 3
_OWN_WORDS, _HAS = frozenset({"word", "words", "end"}), "has "


class Stretch(NamedTuple):
    """A marked stretch of a text in code points, with its labels."""

    start: int
    end: int
    labels: Labels


class Run(NamedTuple):
    """A marked stretch by its first word and the one behind its last."""

    first: int
    behind: int
    labels: Labels


class Read(Struct, frozen=True):
    """A text as words.

    Parameters
    ----------
    at : where each word begins and ends, in code points
    marks : (words,), OUTSIDE, FIRST, INSIDE or UNCLEAR
    runs : the stretches that begin and end with words; of overlapping ones the first, and of these the longest
    """

    words: tuple[str, ...]
    at: tuple[tuple[int, int], ...]
    marks: NDArray[np.int8]
    runs: tuple[Run, ...]

    def looks(self) -> list[Looks]:
        """What each word and those beside it look like."""
        shapes = [_shape(word) for word in self.words]
        found = []
        for k, word in enumerate(self.words):
            one: Looks = {
                "word": word.casefold(),
                "shape": shapes[k],
                "end": word.casefold()[-_LAST_SIGNS:],
                "begins": self.words[k - 1] in _ENDS if k else True,
            }
            for step in (-2, -1, 1, 2):
                one |= self._beside(k + step, step, shapes)
            found.append(one)
        return found

    def looks_of(self, first: int, behind: int) -> Looks:
        """What a stretch of words and those beside it look like."""
        inside = self.words[first:behind]
        shapes = [_shape(word) for word in self.words]
        found: Looks = {
            "words": " ".join(inside).casefold(),
            "shape": " ".join(shapes[first:behind]),
            "end": inside[-1].casefold()[-_LAST_SIGNS:],
            "length": min(5, len(inside)) / 5,
        }
        found |= {f"{_HAS}{word.casefold()}": 1.0 for word in inside}
        for step, place in ((-3, first - 3), (-2, first - 2), (-1, first - 1), (1, behind), (2, behind + 1)):
            found |= self._beside(place, step, shapes)
        return found

    def _beside(self, place: int, step: int, shapes: Sequence[str]) -> Looks:
        if not 0 <= place < len(self.words):
            return {f"word {step}": "", f"shape {step}": ""}
        return {f"word {step}": self.words[place].casefold(), f"shape {step}": shapes[place]}


def read(text: str, stretches: Sequence[Stretch] = (), unclear: Sequence[tuple[int, int]] = ()) -> Read:
    """A text with what is marked in it; what is marked across the middle of a word is unclear."""
    at = words(text)
    marks = np.full(len(at), OUTSIDE, np.int8)
    begins, ends = {start: k for k, (start, _) in enumerate(at)}, {end: k + 1 for k, (_, end) in enumerate(at)}
    runs: list[Run] = []
    blurred = list(unclear)
    for one in sorted(stretches, key=lambda one: (one.start, -one.end)):
        first, behind = begins.get(one.start), ends.get(one.end)
        if first is None or behind is None or behind <= first:
            blurred.append((one.start, one.end))
        elif not runs or first >= runs[-1].behind:
            runs.append(Run(first, behind, one.labels))
    for run in runs:
        marks[run.first] = FIRST
        marks[run.first + 1 : run.behind] = INSIDE
    for start, end in blurred:
        for k, (a, b) in enumerate(at):
            if a < end and start < b:
                marks[k] = UNCLEAR
    clear = tuple(run for run in runs if (marks[run.first : run.behind] != UNCLEAR).all())
    return Read(tuple(text[a:b] for a, b in at), tuple(at), marks, clear)


class Memory:
    """Which words were marked in some texts, as which labels, and how often they stood there.

    Words count as they are written, capitals and all. Of the texts themselves each is told by the others alone: by
    those of other families.
    """

    def __init__(self, texts: Sequence[Read], families: Sequence[int], labels: Sequence[Labels]) -> None:
        self._number = {one: n for n, one in enumerate(labels)}
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        phrases = {one.words[run.first : run.behind] for one in texts for run in one.runs}
        for phrase in sorted(phrases, key=len, reverse=True):
            self._by_first.setdefault(phrase[0], []).append(phrase)
        self._stood: Counter[tuple[str, ...]] = Counter()
        self._marked: Counter[tuple[tuple[str, ...], Labels]] = Counter()
        self._stood_in: dict[int, Counter[tuple[str, ...]]] = {}
        self._marked_in: dict[int, Counter[tuple[tuple[str, ...], Labels]]] = {}
        for one, family in zip(texts, families, strict=True):
            stood = self._stood_in.setdefault(family, Counter())
            marked = self._marked_in.setdefault(family, Counter())
            stood.update(phrase for k, phrase in self._met(one) if one.marks[k] != UNCLEAR)
            marked.update((one.words[run.first : run.behind], run.labels) for run in one.runs)
        for stood in self._stood_in.values():
            self._stood.update(stood)
        for marked in self._marked_in.values():
            self._marked.update(marked)

    def of_words(self, one: Read, family: int | None = None) -> Float64:
        """What is remembered of each word of a text, (words, 4).

        Whether words that were marked begin here, the logarithm of how often they were to how often not, and both for
        words that began before.
        """
        found = np.zeros((len(one.words), 4))
        for k, phrase in self._met(one):
            odds = self._odds(phrase, sum(self._counts(phrase, family).values()), family)
            if odds is None:
                continue
            found[k, :2] = 1.0, odds if not found[k, 0] else max(odds, found[k, 1])
            for inside in range(k + 1, k + len(phrase)):
                found[inside, 2:] = 1.0, odds if not found[inside, 2] else max(odds, found[inside, 3])
        return found

    def of_run(self, one: Read, first: int, behind: int, family: int | None = None) -> Float64:
        """Of just these words, for each label, the logarithm of how often they were marked so to how often not."""
        found = np.zeros(len(self._number))
        phrase = one.words[first:behind]
        for labels, count in self._counts(phrase, family).items():
            found[self._number[labels]] = self._odds(phrase, count, family) or 0.0
        return found

    def _met(self, one: Read) -> Iterator[tuple[int, tuple[str, ...]]]:
        for k, word in enumerate(one.words):
            for phrase in self._by_first.get(word, ()):
                if one.words[k : k + len(phrase)] == phrase:
                    yield k, phrase

    def _counts(self, phrase: tuple[str, ...], family: int | None) -> Mapping[Labels, int]:
        of_family = self._marked_in.get(family, Counter()) if family is not None else Counter()
        counts = {labels: self._marked[phrase, labels] - of_family[phrase, labels] for labels in self._number}
        return {labels: count for labels, count in counts.items() if count > 0}

    def _odds(self, phrase: tuple[str, ...], marked: int, family: int | None) -> float | None:
        if marked <= 0:
            return None
        of_family = self._stood_in.get(family, Counter()) if family is not None else Counter()
        stood = max(marked, self._stood[phrase] - of_family[phrase])
        return float(np.log((marked + 0.5) / (stood - marked + 0.5)))


def as_if_new(looks: Looks) -> Looks:
    """What something would look like of which only its capitals, its digits and what is beside it are known."""
    return {name: value for name, value in looks.items() if name not in _OWN_WORDS and not name.startswith(_HAS)}


def _shape(word: str) -> str:
    """Capitals, small letters, digits and signs, runs of one kind as one or two: "Xx" of "Leith", "d:d" of "7:30"."""
    found = ""
    for sign in word:
        kind = "X" if sign.isupper() else "x" if sign.isalpha() else "d" if sign.isdigit() else sign
        if not found.endswith(kind * 2):
            found += kind
    return found
