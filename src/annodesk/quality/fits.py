"""How the segments, points or spans of a task's independent sides fit each other, kept without who made them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from annodesk.model.schema import SpanType, Tier, TierKind
from annodesk.quality.alignment import Piece, segment_pieces, span_pieces
from annodesk.quality.segment_measures import Kind, Marked, PairTally, Rules, tally_pair

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet

ALL = ""
"""Stands for all labels."""

Fits = Mapping[str, PairTally]


def kind_of_pieces(part: Tier | SpanType) -> Kind:
    """What the pieces of a part are."""
    if isinstance(part, SpanType):
        return Kind.SPANS
    return Kind.POINTS if part.kind is TierKind.POINT else Kind.SEGMENTS


def fits_of(
    part: Tier | SpanType,
    sides: Sequence[AnnotationSet],
    pairs: Iterable[tuple[int, int]],
    known: Callable[[Iterable[str]], frozenset[str]],
) -> dict[str, PairTally]:
    """What these pairs of sides add up to, by label and for ALL of them.

    ``known`` gives labels as they may be kept.
    """
    rules = Rules(kind_of_pieces(part))
    names: dict[frozenset[str], frozenset[str]] = {}
    marked = [Marked([_renamed(piece, names, known) for piece in _pieces(part, side)]) for side in sides]
    found: dict[str, PairTally] = {}
    for a, b in pairs:
        for label, counted in tally_pair(marked[a], marked[b], rules).items():
            found.setdefault(ALL if label is None else label, PairTally()).add(counted)
    return found


def _renamed(
    piece: Piece,
    names: dict[frozenset[str], frozenset[str]],
    known: Callable[[Iterable[str]], frozenset[str]],
) -> Piece:
    """The piece itself where its labels may be kept as they are."""
    if piece.labels not in names:
        names[piece.labels] = known(piece.labels)
    kept = names[piece.labels]
    return piece if kept == piece.labels else replace(piece, labels=kept)


def _pieces(part: Tier | SpanType, side: AnnotationSet) -> list[Piece]:
    if isinstance(part, Tier):
        return segment_pieces(side.segments(part.name))
    return span_pieces(span for span in side.spans() if span.type == part.name)


def to_json(fits: Fits) -> dict[str, Any]:
    """Fits as they are kept: how far apart boundaries lie to the millisecond."""
    return {
        label: {
            "n": [one.n_a, one.n_b, one.matched, one.edges, one.same, one.near],
            "iou": round(one.iou, 6),
            "off_ms": [list(pair) for pair in sorted(Counter([round(us / 1000) for us in one.off_us]).items())],
        }
        for label, one in fits.items()
    }


def from_json(body: Mapping[str, Any]) -> Fits:
    """Fits as they were kept; ValueError or what it is made of where they are none."""
    found = {}
    for label, one in body.items():
        n_a, n_b, matched, edges, same, near = map(int, one["n"])
        if sum(int(times) for _, times in one["off_ms"]) > edges + matched:
            raise ValueError("these are no fits: more boundaries are paired than there are")
        off_us = [int(ms) * 1000 for ms, times in one["off_ms"] for _ in range(int(times))]
        found[str(label)] = PairTally(n_a, n_b, matched, float(one["iou"]), edges, off_us, same, near)
    return found
