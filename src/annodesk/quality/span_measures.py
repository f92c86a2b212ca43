"""How far people agree on stretches of a text: spans that are equal or overlap, and the label of every token."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from annodesk.quality.alignment import Piece, f1, match_pieces
from annodesk.quality.coefficients import agreement_of
from annodesk.quality.ratings import Rating, Ratings
from annodesk.quality.segment_measures import ANY_OVERLAP

MOST_LABELS = 50
"""Only the labels used most are measured one by one."""
NOTHING, MARKED = "nothing", "marked"
"""What a token is labelled that no span covers, or only one without a label."""
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class ComparedText:
    """What several people marked in one text (None where it is not known); spans count code points."""

    text: str | None
    sides: Sequence[Sequence[Piece]]


@dataclass(frozen=True, slots=True)
class SpanMeasures:
    """How far all pairs of sides agree, of all labels (None) or of one.

    ``exact_f1`` pairs spans with the same ends and labels, ``partial_f1`` spans that share a character and have the
    same labels. ``alpha`` is Krippendorff's, nominal, of the label of every token; ``reason`` says why it has no
    value. ``tokens`` counts the units compared (single characters of texts that are not known, up to the last span);
    ``several`` counts how often somebody gives one of them more than one label, which is alike only to the same ones.
    """

    label: str | None
    exact_f1: float
    partial_f1: float
    alpha: float | None
    reason: str
    tokens: int
    several: int


def measure_spans(texts: Sequence[ComparedText]) -> tuple[SpanMeasures, ...]:
    """Measures of all texts together: of all labels first, then of each (of many, the most used)."""
    used = Counter(label for text in texts for side in text.sides for piece in side for label in piece.labels)
    labels = sorted(label for label, _ in used.most_common(MOST_LABELS))
    exact, partial = (_paired(texts, iou) for iou in (1.0, ANY_OVERLAP))
    tokens = [row for text in texts for row in _token_rows(text)]
    several = sum(len(said) > 1 for row in tokens for said in row)
    found = []
    for label in (None, *labels):
        rows = tokens if label is None else [[said & {label} for said in row] for row in tokens]
        alpha, reason = _alpha(rows)
        n, same, near = (counts.get(label, 0) for counts in (exact[0], exact[1], partial[1]))
        found.append(SpanMeasures(label, f1(same, n, 0), f1(near, n, 0), alpha, reason, len(tokens), several))
    return tuple(found)


def _paired(texts: Sequence[ComparedText], iou: float) -> tuple[dict[str | None, int], dict[str | None, int]]:
    """Of each label and of all: the spans of all pairs of sides, and how often two were paired."""
    spans: dict[str | None, int] = {}
    pairs: dict[str | None, int] = {}
    for text in texts:
        for place, a in enumerate(text.sides):
            for b in text.sides[place + 1 :]:
                for piece in (*a, *b):
                    for label in (None, *piece.labels):
                        spans[label] = spans.get(label, 0) + 1
                for match in match_pieces(a, b, iou):
                    for label in (None, *a[match.a].labels):
                        pairs[label] = pairs.get(label, 0) + 1
    return spans, pairs


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
