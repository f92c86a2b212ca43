"""Where several people's sets of one item say different things: what a reviewer must rule before it can be settled."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from annodesk.model.annotations import AnnotationSet, Segment, Span
from annodesk.model.schema import LabelSchema, Question, SpanType, Tier, TierKind
from annodesk.model.times import format_us
from annodesk.quality.agreement import answer_value
from annodesk.quality.alignment import (
    ONSET_WINDOW_US,
    Piece,
    clusters,
    join_pairs,
    match_onsets,
    segment_pieces,
    span_pieces,
)
from annodesk.quality.timelines import is_exclusive, lay_over

TOLERANCE_US = 250_000
"""Boundaries closer than this are one boundary; points use the window of their score."""

_SAME_PLACE_IOU = 0.3
"""Pieces on a tier with overlaps, and spans, are ruled together from this IoU on."""

DOUBT = "doubt"
"""The kind of a place where all sides agree and something speaks against it (`quality.doubts`)."""

WEIGHTS = {"answer": 1.0, "label": 1.0, "span": 0.8, "missing": 0.8, "boundary": 0.4, DOUBT: 0.5}


class Saying(Struct, frozen=True):
    """A stretch as one side labels it, cut to the disagreement."""

    start: int
    end: int
    labels: tuple[str, ...]
    text: str = ""


class Said(Struct, frozen=True):
    """What one side says at a place: its stretches (none means nothing there), or its answer to a question."""

    set_index: int
    stretches: tuple[Saying, ...] = ()
    element_ids: tuple[str, ...] = ()
    value: Any = None

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The labels said, each once and in order; None where the side says nothing."""
        found = tuple(dict.fromkeys(label for s in self.stretches for label in s.labels))
        return found if self.stretches else None


class Disagreement(Struct, frozen=True):
    """One place where the sides differ.

    ``kind`` is ``label``, ``boundary``, ``missing``, ``span``, ``answer`` or ``doubt``. ``start_us`` and ``end_us``
    bound a place in time (equal where only a cut between two equal labels is in doubt), ``asset``, ``start`` and
    ``end`` one in a text (code points); a question has neither. ``severity`` runs from 0 to 1. ``key`` is the same
    whenever the same sets are compared.
    """

    key: str
    part: str
    kind: str
    severity: float
    answers: tuple[Said, ...]
    start_us: int | None = None
    end_us: int | None = None
    asset: str | None = None
    start: int | None = None
    end: int | None = None
    is_stretch: bool = False
    """Whether the place is a stretch of a tier without overlaps, so that a ruling fills it whole."""

    @property
    def is_question(self) -> bool:
        """Whether this is about the answer to a question."""
        return self.start_us is None and self.start is None

    @property
    def where(self) -> str:
        """The place in words."""
        if self.start_us is not None:
            return f"{self.part} at {format_us(self.start_us)}"
        return f"{self.part}, characters {self.start} to {self.end}" if self.start is not None else self.part


class Agreed(Struct, frozen=True):
    """A stretch, point, span or answer all sides share; ``members`` are the (side, element id) it stands for."""

    part: str
    members: tuple[tuple[int, str], ...]
    start: int = 0
    end: int = 0
    labels: frozenset[str] = frozenset()
    value: Any = None


class Comparison(Struct, frozen=True):
    """What several sets share, and where they differ."""

    agreed: tuple[Agreed, ...]
    disagreements: tuple[Disagreement, ...]


def find_disagreements(
    schema: LabelSchema, sets: Sequence[AnnotationSet], *, tolerance_us: int = TOLERANCE_US
) -> tuple[Disagreement, ...]:
    """The places where the sets differ: those in time first, in order, then those in texts, then questions."""
    return compare_sets(schema, sets, tolerance_us=tolerance_us).disagreements


def compare_sets(schema: LabelSchema, sets: Sequence[AnnotationSet], *, tolerance_us: int = TOLERANCE_US) -> Comparison:
    """What the sets share and where they differ; once every difference is ruled, the whole item is answered."""
    agreed: list[Agreed] = []
    found: list[Disagreement] = []
    for tier in schema.tiers:
        lanes = [side.segments(tier.name) for side in sets]
        exclusive = tier.kind is TierKind.INTERVAL and not tier.overlap
        if exclusive and all(is_exclusive(segment_pieces(lane)) for lane in lanes):
            shared, differ = _compare_stretches(tier, lanes, tolerance_us)
        else:
            shared, differ = _compare_groups(tier, lanes, tolerance_us)
        agreed += shared
        found += differ
    for span_type in schema.span_types:
        shared, differ = _compare_groups(
            span_type, [[s for s in a.spans() if s.type == span_type.name] for a in sets], 0
        )
        agreed += shared
        found += differ
    for question in schema.questions:
        _compare_answers(question, sets, agreed, found)
    return Comparison(tuple(agreed), _ordered(found))


def in_place(found: Sequence[Disagreement]) -> tuple[Disagreement, ...]:
    """Those in time first, in order, then those in texts, then questions."""

    def place(d: Disagreement) -> tuple[object, ...]:
        if d.start_us is not None:
            return (0, d.start_us, d.end_us, d.part)
        return (1, d.asset, d.start, d.end, d.part) if d.start is not None else (2,)

    return tuple(sorted(found, key=place))


def _ordered(found: Sequence[Disagreement]) -> tuple[Disagreement, ...]:
    """By place, with keys made distinct."""
    seen: dict[str, int] = {}
    ordered = []
    for disagreement in in_place(found):
        count = seen[disagreement.key] = seen.get(disagreement.key, 0) + 1
        ordered.append(disagreement if count == 1 else replace(disagreement, key=f"{disagreement.key}#{count}"))
    return tuple(ordered)


def _compare_stretches(
    tier: Tier, lanes: Sequence[Sequence[Segment]], tolerance_us: int
) -> tuple[list[Agreed], list[Disagreement]]:
    stretches, disputed = lay_over([_sayings(tier, lane) for lane in lanes], tolerance_us)
    at = _Lanes(lanes)
    found = [
        _in_time(tier, "boundary" if d.kind == "break" else d.kind, d.start, d.end, at.said(d.start, d.end))
        for d in disputed
    ]
    agreed = []
    for stretch in stretches:
        members = tuple((side, lanes[side][place].id) for side, place in stretch.members)
        labels = frozenset(label for label in stretch.labels if not label.startswith(_TEXT))
        agreed.append(Agreed(tier.name, members, stretch.start, stretch.end, labels))
    return agreed, found


_TEXT = "\x00"
"""Marks a text among the labels it is compared with; no label holds this character."""


def _sayings(tier: Tier, lane: Sequence[Segment]) -> list[Piece]:
    """A lane's pieces; where people write freely, the text is as much what is said as the labels are."""
    pieces = segment_pieces(lane)
    if not tier.free_text:
        return pieces
    return [
        replace(piece, labels=piece.labels | {_TEXT + segment.text.strip()})
        for piece, segment in zip(pieces, lane, strict=True)
    ]


class _Lanes:
    """Every side's segments on a tier without overlaps, looked up by time."""

    def __init__(self, lanes: Sequence[Sequence[Segment]]) -> None:
        self.lanes = lanes
        self.starts = [[s.start_us for s in lane] for lane in lanes]
        self.ends = [[s.end_us for s in lane] for lane in lanes]

    def said(self, start_us: int, end_us: int) -> tuple[Said, ...]:
        """What each side says in a stretch; at a moment, the segments that hold it or touch it."""
        found = []
        for side, lane in enumerate(self.lanes):
            if start_us == end_us:
                first = bisect_left(self.ends[side], start_us)
                inside = lane[first : bisect_right(self.starts[side], end_us)]
            else:
                first = bisect_right(self.ends[side], start_us)
                inside = lane[first : bisect_left(self.starts[side], end_us)]
            sayings = tuple(Saying(max(s.start_us, start_us), min(s.end_us, end_us), s.labels, s.text) for s in inside)
            found.append(Said(side, sayings, tuple(s.id for s in inside)))
        return tuple(found)


def said_at(part: str, sets: Sequence[AnnotationSet], start_us: int, end_us: int) -> tuple[Said, ...]:
    """What each set says in a stretch of a tier."""
    return _Lanes([one.segments(part) for one in sets]).said(start_us, end_us)


def _in_time(tier: Tier, kind: str, start_us: int, end_us: int, said: tuple[Said, ...]) -> Disagreement:
    return Disagreement(
        f"{tier.name}@{start_us}-{end_us}",
        tier.name,
        kind,
        _severity(kind, end_us - start_us),
        said,
        start_us=start_us,
        end_us=end_us,
        is_stretch=True,
    )


def _severity(kind: str, length_us: int | None = None) -> float:
    """The kind's weight; in time it grows with the length, half of it at one second."""
    if length_us is None:
        return WEIGHTS[kind]
    return WEIGHTS[kind] * (0.2 + 0.8 * length_us / (length_us + 1_000_000))


_Mark = Segment | Span


def _compare_groups(
    part: Tier | SpanType, lanes: Sequence[Sequence[_Mark]], tolerance: int
) -> tuple[list[Agreed], list[Disagreement]]:
    """Pieces that may overlap: agreed where all sides have the same one, the others grouped by place."""
    points = isinstance(part, Tier) and part.kind is TierKind.POINT
    sides = [_pieces(lane) for lane in lanes]
    agreed: list[Agreed] = []
    disputed: list[tuple[int, int]] = []
    groups = _point_clusters(sides) if points else clusters(sides)
    for members in groups:
        pieces = [sides[side][place] for side, place in members]
        texts = {getattr(lanes[side][place], "text", "").strip() for side, place in members}
        same_text = len(texts) == 1 or not (isinstance(part, Tier) and part.free_text)
        limit = ONSET_WINDOW_US if points else min([tolerance, *((p.end - p.start) // 4 for p in pieces)])
        starts, ends = [p.start for p in pieces], [p.end for p in pieces]
        near = max(starts) - min(starts) <= limit and max(ends) - min(ends) <= limit
        if len(members) == len(lanes) and near and same_text:
            ids = tuple((side, lanes[side][place].id) for side, place in members)
            start, end = sum(starts) // len(starts), sum(ends) // len(ends)
            agreed.append(Agreed(part.name, ids, start, end, pieces[0].labels))
        else:
            disputed += members
    return agreed, [_group_disagreement(part, lanes, group) for group in _by_place(sides, disputed, points=points)]


def _pieces(lane: Sequence[_Mark]) -> list[Piece]:
    return [
        piece
        for mark in lane
        for piece in (segment_pieces([mark]) if isinstance(mark, Segment) else span_pieces([mark]))
    ]


def _point_clusters(sides: Sequence[Sequence[Piece]]) -> list[tuple[tuple[int, int], ...]]:
    pairs = []
    for one, other in combinations(range(len(sides)), 2):
        for i, j in match_onsets(sides[one], sides[other]):
            pairs.append((abs(sides[one][i].start - sides[other][j].start), (one, i), (other, j)))
    return join_pairs([len(side) for side in sides], [(a, b) for _, a, b in sorted(pairs)])


def _by_place(
    sides: Sequence[Sequence[Piece]], disputed: Sequence[tuple[int, int]], *, points: bool
) -> list[list[tuple[int, int]]]:
    """Disputed pieces of any side that lie at one place, kept together."""
    order = sorted(disputed, key=lambda m: (str(sides[m[0]][m[1]].lane), sides[m[0]][m[1]].start, m))
    done: list[list[tuple[int, int]]] = []
    near: list[list[tuple[int, int]]] = []
    for member in order:
        piece = sides[member[0]][member[1]]
        joined, rest = [], []
        for group in near:
            others = [sides[side][place] for side, place in group]
            if any(_same_place(other, piece, points=points) for other in others):
                joined.append(group)
            elif all(o.lane != piece.lane or o.end + ONSET_WINDOW_US < piece.start for o in others):
                done.append(group)
            else:
                rest.append(group)
        near = [*rest, [*(m for group in joined for m in group), member]]
    return done + near


def _same_place(a: Piece, b: Piece, *, points: bool) -> bool:
    if a.lane != b.lane:
        return False
    return abs(a.start - b.start) <= ONSET_WINDOW_US if points else a.iou(b) >= _SAME_PLACE_IOU


def _group_disagreement(
    part: Tier | SpanType, lanes: Sequence[Sequence[_Mark]], group: Sequence[tuple[int, int]]
) -> Disagreement:
    said, marks = [], []
    for side in range(len(lanes)):
        ours = [lanes[side][place] for s, place in sorted(group) if s == side]
        marks += ours
        said.append(Said(side, tuple(_saying(m) for m in ours), tuple(m.id for m in ours)))
    if isinstance(part, SpanType):
        spans = [m for m in marks if isinstance(m, Span)]
        start, end, asset = min(s.start for s in spans), max(s.end for s in spans), spans[0].asset
        key = f"{part.name}@{asset}:{start}-{end}"
        return Disagreement(key, part.name, "span", _severity("span"), tuple(said), asset=asset, start=start, end=end)
    segments = [m for m in marks if isinstance(m, Segment)]
    start, end = min(s.start_us for s in segments), max(s.end_us for s in segments)
    if any(not one.stretches for one in said):
        kind = "missing"
    else:
        same = len({frozenset(m.labels) for m in segments}) == 1 and len(segments) == len(lanes)
        kind = "boundary" if same else "label"
    return replace(_in_time(part, kind, start, end, tuple(said)), is_stretch=False)


def _saying(mark: _Mark) -> Saying:
    if isinstance(mark, Segment):
        return Saying(mark.start_us, mark.end_us, mark.labels, mark.text)
    return Saying(mark.start, mark.end, mark.labels)


def _compare_answers(
    question: Question, sets: Sequence[AnnotationSet], agreed: list[Agreed], found: list[Disagreement]
) -> None:
    answers = [side.answer(question.name) for side in sets]
    values = [answer_value(question, side) for side in sets]
    if any(value != values[0] for value in values):
        said = tuple(
            Said(n, element_ids=(a.id,) if a else (), value=a.value if a else None) for n, a in enumerate(answers)
        )
        found.append(Disagreement(question.name, question.name, "answer", _severity("answer"), said))
    elif sets and answers[0] is not None:
        members = tuple((n, a.id) for n, a in enumerate(answers) if a is not None)
        agreed.append(Agreed(question.name, members, value=answers[0].value))
