"""Places as rows of numbers among the settled ones: what sounds alike, or is said in like words, lies near."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annodesk.prelabel.examples import Place, kinship

Float64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

_LONGEST_WORDS = 4_000
_PART_OF_NAME = re.compile(r"[^\W_]+?(?=[A-Z][a-z]|[\W_]|$)")
_FARTHEST = 5.0
"""A number that lies so many spreads from the middle lies no farther than that: one odd recording tells no more."""


class Space:
    """Rows of places, measured by the settled ones; what they are labelled with has no part in it."""

    def __init__(self, settled: Sequence[Place], labels: Mapping[str, str]) -> None:
        """``labels`` are names with words about them, or nothing where there are none."""
        self.settled = list(settled)
        self.label_words = [f"{words_in(label)} {about}".strip() for label, about in labels.items()]
        heard = [np.asarray(place.sound, np.float64) for place in settled if place.sound is not None]
        self._middle, self._spread = np.zeros(0), np.zeros(0)
        if heard:
            rows = np.stack(heard)
            known = np.isfinite(rows)
            rows, n = np.where(known, rows, 0.0), np.maximum(known.sum(axis=0), 1)
            self._middle = rows.sum(axis=0) / n
            self._spread = np.sqrt((np.where(known, rows - self._middle, 0.0) ** 2).sum(axis=0) / n)
        read = [place.words[:_LONGEST_WORDS] for place in settled if place.words]
        self._vectors = _vectors([*read, *self.label_words]) if read else []
        self.has_sound, self.has_words = bool(heard), bool(self._vectors)
        self.settled_sound = self.sound(self.settled) if self.has_sound else None
        self.settled_words = self.words(self.settled) if self.has_words else None

    def sound(self, places: Sequence[Place]) -> tuple[Float64, Bools]:
        """Numbers in spreads of the settled places around their middle, (places, n), and which places have any."""
        width = len(self._middle)
        is_there = np.asarray([p.sound is not None and len(p.sound) == width > 0 for p in places], np.bool_)
        rows = np.zeros((len(places), width))
        for number, place in enumerate(places):
            if is_there[number]:
                rows[number] = place.sound
        is_known = np.isfinite(rows) & is_there[:, None] & (self._spread > 1e-9)
        scaled = np.where(is_known, (rows - self._middle) / np.maximum(self._spread, 1e-9), 0.0)
        return np.clip(scaled, -_FARTHEST, _FARTHEST), is_there

    def words(self, places: Sequence[Place]) -> tuple[Any, Bools]:
        """Texts as sparse rows of length 1: words and pieces of words, rare ones counting more; and who has any."""
        is_there = np.asarray([bool(place.words) for place in places], np.bool_)
        return self._turned([place.words[:_LONGEST_WORDS] for place in places]), is_there

    def label_rows(self) -> Any:
        """The words about the labels, in the space of the texts."""
        return self._turned(self.label_words)

    def likeness(self, place: Place) -> Float64:
        """How much each settled place is like one, (settled,), at most 1; not a number for its kin."""
        found, parts = np.zeros(len(self.settled)), np.zeros(len(self.settled))
        if self.settled_sound is not None and place.sound is not None:
            (row,), (is_heard,) = self.sound([place])
            rows, heard = self.settled_sound
            if is_heard:
                found += np.where(heard, 1 / (1 + np.sqrt(np.mean((rows - row) ** 2, axis=1))), 0.0)
                parts += heard
        if self.settled_words is not None and place.words:
            texts, read = self.settled_words
            found += np.where(read, cosine(self.words([place])[0], texts)[0], 0.0)
            parts += read
        found = found / np.maximum(parts, 1)
        return np.where(kinship([place], self.settled)[0], np.nan, found)

    def _turned(self, texts: Sequence[str]) -> Any:
        from scipy.sparse import hstack

        share = 1 / np.sqrt(max(1, len(self._vectors)))
        return hstack([vectors.transform(texts) * share for vectors in self._vectors]).tocsr()


def cosine(a: Any, b: Any) -> Float64:
    """Of sparse rows that have the length 1 already, (rows of a, rows of b)."""
    return np.asarray((a @ b.T).toarray(), np.float64)


def words_in(label: str) -> str:
    """A label's name as words: ``card_arrival`` and ``cardArrival`` are two."""
    return " ".join(_PART_OF_NAME.findall(label))


def _vectors(texts: Sequence[str]) -> list[Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    kinds: tuple[dict[str, Any], ...] = (
        {"analyzer": "word", "token_pattern": r"(?u)\w+", "ngram_range": (1, 2)},
        {"analyzer": "char_wb", "ngram_range": (3, 5)},
    )
    fitted = []
    for kind in kinds:
        try:
            fitted.append(TfidfVectorizer(sublinear_tf=True, dtype=np.float64, **kind).fit(texts))
        except ValueError:  # not a single word
            continue
    return fitted
