"""Agreement of annotation files, one per annotator or one table of several, without a project."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from annodesk import formats
from annodesk.formats.base import Document, flat_text
from annodesk.progress import Progress, silent
from annodesk.quality.alignment import ONSET_WINDOW_US, Piece
from annodesk.quality.gamma import SEED, LaneGamma, gamma_of, value_of
from annodesk.quality.segment_measures import (
    BOUNDARY_WINDOW_US,
    ComparedPair,
    Fit,
    Kind,
    Marked,
    PairTally,
    Rules,
    fit_of,
    measure_pairs,
    tally_pair,
)
from annodesk.quality.token_measures import ComparedText, measure_tokens

FILE_METRICS = ("segment-f1", "boundary", "onset-f1", "gamma")

MOST_LABELS = 200
"""Only the labels used most are told of one by one: of transcripts every text is one."""
_NO_TWO = "No item is labelled by two annotators."
_Json = dict[str, Any]


class _Lane(Struct, frozen=True):
    """A tier of one item, or a span type in one of its texts."""

    item: str
    name: str
    text: str | None = None


class _Read(Struct, frozen=True):
    """What all annotators marked: each one's pieces, the items, who labelled each, and its length where it is known."""

    sides: tuple[list[Piece], ...]
    items: dict[str, list[int]]
    lengths_us: dict[str, int]

    def lanes(self) -> dict[_Lane, list[list[Piece]]]:
        """Every lane that anybody used, by item, name and text, with what each annotator marked there."""
        found: dict[_Lane, list[list[Piece]]] = {}
        for number, side in enumerate(self.sides):
            for piece in side:
                assert isinstance(piece.lane, _Lane)
                found.setdefault(piece.lane, [[] for _ in self.sides])[number].append(piece)
        places = {item: place for place, item in enumerate(self.items)}
        return {
            lane: found[lane] for lane in sorted(found, key=lambda one: (places[one.item], one.name, one.text or ""))
        }

    def pairs(self, lane: _Lane, sides: Sequence[Sequence[Piece]]) -> list[ComparedPair]:
        """Each two annotators of a lane's item."""
        length = self.lengths_us.get(lane.item) if lane.text is None else None
        bounds = None if length is None else (0, length)
        return [ComparedPair(sides[a], sides[b], (a, b), bounds) for a, b in combinations(self.items[lane.item], 2)]


def agreement_of_documents(
    paths: Sequence[Path],
    metric: str,
    *,
    iou: float = 0.5,
    window_us: int | None = None,
    progress: Progress = silent,
) -> _Json:
    """Agreement of annotation files by one of FILE_METRICS.

    Several files are one annotator's each; one file holds the annotators that it names. Documents belong together by
    the item they name; several files of one document each are of one item whatever it is called. Of several items
    each is compared between those who have a document of it.

    Returns
    -------
    dict with ``metric, value, items, annotators, per_item``, ``reason`` where the value is None, ``per_tier`` (span
    types too, each with its labels), and what is told of that metric besides
    """
    read = _read(paths)
    found = {"metric": metric, "value": None, "items": len(read.items), "annotators": len(read.sides)}
    if len(read.sides) < 2:
        why = f"{paths[0].name} holds one annotator's work, so there is nobody to agree with."
        return {**found, "per_item": dict.fromkeys(read.items), "reason": why}
    if metric == "gamma":
        return {**found, **_by_gamma(read, progress)}
    rules = Rules(
        Kind.POINTS if metric == "onset-f1" else Kind.SEGMENTS,
        iou=iou,
        onset_window_us=ONSET_WINDOW_US if window_us is None or metric != "onset-f1" else window_us,
        boundary_window_us=BOUNDARY_WINDOW_US if window_us is None or metric != "boundary" else window_us,
    )
    return {**found, **_by_pairs(read, metric, rules)}


def _read(paths: Sequence[Path]) -> _Read:
    files = [formats.read(path).documents for path in paths]
    if len(files) == 1:
        by_author: dict[str | None, list[Document]] = {}
        for document in files[0]:
            by_author.setdefault(document.author, []).append(document)
        files = [tuple(documents) for documents in by_author.values()]
    is_one_item = len(paths) > 1 and all(len(documents) <= 1 for documents in files)
    title = paths[0].stem
    items: dict[str, list[int]] = {title: list(range(len(files)))} if is_one_item else {}
    lengths_us: dict[str, int] = {}
    sides: list[list[Piece]] = [[] for _ in files]
    for number, (side, documents) in enumerate(zip(sides, files, strict=True)):
        for document in documents:
            item = title if is_one_item else document.item or title
            if number not in (labelled_by := items.setdefault(item, [])):
                labelled_by.append(number)
            if document.duration_us is not None:
                lengths_us[item] = max(lengths_us.get(item, 0), document.duration_us)
            side += _pieces(document, item)
    return _Read(tuple(sides), items, lengths_us)


def _pieces(document: Document, item: str) -> Iterator[Piece]:
    """A document's segments and spans, segments with whatever string each carries as its label."""
    for segment in document.segments:
        said = flat_text(segment)
        yield Piece(segment.start_us, segment.end_us, frozenset({said} if said else ()), _Lane(item, segment.tier))
    for span in document.spans:
        yield Piece(span.start, span.end, frozenset(span.labels), _Lane(item, span.type, span.asset))


def _by_pairs(read: _Read, metric: str, rules: Rules) -> _Json:
    """The mean over the items of the mean over the pairs of annotators, and what all pairs together say."""
    lanes = read.lanes()
    if metric != "segment-f1":
        lanes = {lane: sides for lane, sides in lanes.items() if lane.text is None}
        if not lanes and any(read.sides):
            why = f"{metric} compares times, and only stretches of texts are marked here."
            return {"per_item": dict.fromkeys(read.items), "reason": why}
    counted = {item: [PairTally() for _ in combinations(who, 2)] for item, who in read.items.items()}
    for lane, sides in lanes.items():
        for tally, pair in zip(counted[lane.item], read.pairs(lane, sides), strict=True):
            tally.add(tally_pair(Marked(pair.a), Marked(pair.b), _rules_of(lane, rules))[None])
    whole = PairTally()
    per_item: dict[str, float | None] = {}
    for item, tallies in counted.items():
        found = [fit_of(tally, rules.kind) for tally in tallies]
        values = [(m.boundary_f1 or 0.0) if metric == "boundary" else m.f1 for m in found]
        per_item[item] = sum(values) / len(values) if values else None
        for tally in tallies:
            whole.add(tally)
    known = [value for value in per_item.values() if value is not None]
    if not known:
        return {"per_item": per_item, "reason": _NO_TWO}
    names = dict.fromkeys(sorted(lane.name for lane in lanes))
    return {
        "value": sum(known) / len(known),
        "per_item": per_item,
        **_told(fit_of(whole, rules.kind), whole),
        "per_tier": {
            name: _tier(read, {lane: sides for lane, sides in lanes.items() if lane.name == name}, rules)
            for name in names
        },
    }


def _rules_of(lane: _Lane, rules: Rules) -> Rules:
    return rules if lane.text is None else replace(rules, kind=Kind.SPANS)


def _told(measures: Fit, tally: PairTally) -> _Json:
    return {
        "f1": measures.f1,
        "precision": measures.precision,
        "recall": measures.recall,
        "matched": tally.matched,
        "mean_iou": measures.mean_iou,
        "boundary_f1": measures.boundary_f1,
        "deviation_median_ms": measures.boundary_median_ms,
        "deviation_p95_ms": measures.boundary_p95_ms,
        "exact_f1": measures.exact_f1,
        "partial_f1": measures.partial_f1,
    }


def _tier(read: _Read, lanes: Mapping[_Lane, list[list[Piece]]], rules: Rules) -> _Json:
    """Everything about one tier or span type, over all items and pairs, and about each of its labels."""
    pairs = [pair for lane, sides in lanes.items() for pair in read.pairs(lane, sides)]
    rules = _rules_of(next(iter(lanes)), rules)
    measured = measure_pairs(pairs, rules)
    often = {one.label for one in sorted(measured, key=lambda one: -one.counts.n_a - one.counts.n_b)[: MOST_LABELS + 1]}
    told = {
        one.label: _told(one.fit, one.counts) | {"kappa": one.kappa, "kappa_reason": one.reason}
        for one in measured
        if one.label in often
    }
    if rules.kind is Kind.SPANS:
        for one in measure_tokens([ComparedText(None, sides) for sides in lanes.values()]):
            if one.label in told:
                told[one.label] |= {
                    "token_alpha": one.alpha,
                    "token_alpha_reason": one.reason,
                    "tokens": one.tokens,
                    "tokens_with_several_labels": one.several,
                }
    return told[None] | {"per_label": {label: one for label, one in told.items() if label is not None}}


def _by_gamma(read: _Read, progress: Progress) -> _Json:
    if not any(len(who) > 1 for who in read.items.values()):
        return {"per_item": dict.fromkeys(read.items), "reason": _NO_TWO}

    def asked(lane: Hashable) -> list[int]:
        assert isinstance(lane, _Lane)
        return read.items[lane.item]

    def kind(lane: Hashable) -> Hashable:
        assert isinstance(lane, _Lane)
        return lane.name

    found = gamma_of(read.sides, asked=asked, kind=kind, progress=progress)
    of_item: dict[str, list[LaneGamma]] = {item: [] for item in read.items}
    of_tier: dict[str, list[LaneGamma]] = {}
    for one in found.lanes:
        assert isinstance(one.lane, _Lane)
        of_item[one.lane.item].append(one)
        of_tier.setdefault(one.lane.name, []).append(one)
    told: _Json = {
        "value": found.value,
        "per_item": {item: value_of(lanes) for item, lanes in of_item.items()},
        "observed_disorder": found.observed,
        "expected_disorder": found.expected,
        "interval": None if found.value is None else [found.low, found.high],
        "samples": found.samples,
        "seed": SEED,
        "pieces": found.pieces,
        "per_tier": {
            name: {"value": (value := value_of(lanes)), "pieces": sum(one.pieces for one in lanes)}
            | (
                {}
                if value is not None
                else {"reason": "points are marked there, or too little varies to know what chance would make of it"}
            )
            for name, lanes in sorted(of_tier.items())
        },
    }
    return told if found.value is not None else {**told, "reason": found.reason}
