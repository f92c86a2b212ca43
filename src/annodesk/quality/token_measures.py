"""How far people agree on the label of every token of a text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.quality.coefficients import agreement_of
from annodesk.quality.ratings import Rating, Ratings

if TYPE_CHECKING:
    from annodesk.quality.alignment import Piece

MOST_LABELS = 50
"""Only the labels used most are measured one by one."""
NOTHING, MARKED = "nothing", "marked"
"""What a token is labelled that no span covers, or only one without a label."""
_TOKEN = re.compile(r"\w+|[^\w\s]")


class ComparedText(Struct, frozen=True):
    """What several people marked in one text (None where it is not known); spans count code points."""

    text: str | None
    sides: Sequence[Sequence[Piece]]


class TokenMeasures(Struct, frozen=True):
    """How far all sides agree on the label of every token: Krippendorff's alpha, nominal, of all labels (None) or one.

    ``reason`` says why it has no value. ``tokens`` counts the units compared (single characters of texts that are not
    known, up to the last span); ``several`` counts how often somebody gives one of them more than one label, which is
    alike only to the same ones.
    """

    label: str | None
    alpha: float | None
    reason: str
    tokens: int
    several: int


def measure_tokens(texts: Sequence[ComparedText]) -> tuple[TokenMeasures, ...]:
    """Measures of all texts together: of all labels first, then of each (of many, the most used)."""
    used = Counter(label for text in texts for side in text.sides for piece in side for label in piece.labels)
    tokens = [row for text in texts for row in _token_rows(text)]
    several = sum(len(said) > 1 for row in tokens for said in row)
    found = []
    for label in (None, *sorted(label for label, _ in used.most_common(MOST_LABELS))):
        rows = tokens if label is None else [[said & {label} for said in row] for row in tokens]
        found.append(TokenMeasures(label, *_alpha(rows), len(tokens), several))
    return tuple(found)


def tokens_of(text: str) -> list[tuple[int, int]]:
    """Where the words and the single other signs of a text start and end."""
    return [found.span() for found in _TOKEN.finditer(text)]


def _token_rows(text: ComparedText) -> list[list[Rating]]:
    """The labels each side gives each token: those of all spans that cover a part of it."""
    if text.text is None:
        tokens = [(n, n + 1) for n in range(max((p.end for side in text.sides for p in side), default=0))]
    else:
        tokens = tokens_of(text.text)
    columns = [_labels_of(tokens, side) for side in text.sides]
    return [list(row) for row in zip(*columns, strict=True)]


def _labels_of(tokens: Sequence[tuple[int, int]], side: Sequence[Piece]) -> list[Rating]:
    found: list[Rating] = []
    coming = sorted(side, key=lambda p: -p.start)
    active: list[Piece] = []
    for start, end in tokens:
        while coming and coming[-1].start < end:
            active.append(coming.pop())
        active = [piece for piece in active if piece.end > start]
        found.append(frozenset(label for piece in active for label in (piece.labels or (MARKED,))))
    return found


def _alpha(rows: Sequence[Sequence[Rating]]) -> tuple[float | None, str]:
    nothing = frozenset({NOTHING})
    people = tuple(str(n) for n in range(max(map(len, rows), default=0)))
    by_item = {
        str(n): {name: said or nothing for name, said in zip(people, row, strict=False)} for n, row in enumerate(rows)
    }
    found = agreement_of(Ratings(by_item, people), "alpha-nominal")
    return found.value, found.reason
