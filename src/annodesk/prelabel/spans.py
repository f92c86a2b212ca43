"""Spans a model marks in a text: their labels are chosen by exact probability, their words written under a grammar.

Runs in the engine process only. The model goes on with lines of ``label: words`` and ends with ``end``. Which label
comes next, or the end, is scored as any label is; the words are then written token by token, each time the most
probable of those the grammar allows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.errors import ModelError
from annodesk.prelabel.grammar import Copying, Marked, first_of

if TYPE_CHECKING:
    from annodesk.prelabel.scorer import LabelScorer

END_OF_SPANS = "end\n"
MOST_SPANS = 200


class Found(Struct, frozen=True):
    """A span in code points of the text, the place of its label, and the probability that the model writes just this
    where the grammar is kept and what it marked before stands."""

    start: int
    end: int
    label: int
    probability: float


class SpanMarker:
    """Marks spans with one loaded model."""

    def __init__(self, scorer: LabelScorer) -> None:
        self._scorer = scorer
        self._pieces: dict[bytes, int] = {}

    def mark(self, prefix: str, asked: str, text: str, labels: Sequence[str]) -> tuple[list[Found], bool]:
        """The spans of a text, in order and apart from each other, and whether the model came to the end of its list.

        Parameters
        ----------
        asked : the item in the prompt, up to where the first line of the answer begins
        text : what may be copied
        """
        copying = Copying(text)
        found: list[Found] = []
        lines, first_word = "", 0
        ways = [*(f"{label}:" for label in labels), END_OF_SPANS]
        while first_word < len(copying.words) and len(found) < MOST_SPANS:
            try:
                log_probs = np.array(self._scorer.score(prefix, asked + lines, ways, end=""))
                shares = log_probs - _log_sum(log_probs)
                best = int(shares.argmax())
                if best == len(labels):
                    return found, True
                written = self._quote(prefix, f"{asked}{lines}{labels[best]}:", copying, first_word)
            except ModelError:
                if not found:
                    raise
                return found, False
            if written is None:
                return found, False
            marked, log_prob = written
            start, end = copying.span(marked)
            found.append(Found(start, end, best, math.exp(float(shares[best]) + log_prob)))
            lines += f"{labels[best]}: {copying.quoted(marked)}\n"
            first_word = marked.last + 1
        return found, len(found) < MOST_SPANS

    def _quote(self, prefix: str, text: str, copying: Copying, first_word: int) -> tuple[Marked, float] | None:
        """The words the model copies behind a label and their log-probability; None where its vocabulary cannot."""
        if not self._pieces:
            self._pieces = self._scorer.pieces()
        places = copying.beginnings(first_word)
        total = 0.0
        log_probs = self._scorer.begin(prefix, text)
        try:
            while steps := copying.allowed(places, self._pieces):
                tokens = list(steps)
                allowed = log_probs[tokens]
                best = int(allowed.argmax())
                total += float(allowed[best]) - _log_sum(allowed)
                step = steps[tokens[best]]
                if step.spans:
                    return first_of(step.spans), min(0.0, total)
                places = step.places
                log_probs = self._scorer.go_on(tokens[best])
        finally:
            self._scorer.leave()
        return None


def _log_sum(values: np.ndarray) -> float:
    highest = float(values.max())
    return highest + math.log(float(np.exp(values - highest).sum()))
