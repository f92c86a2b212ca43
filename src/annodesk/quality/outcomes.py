"""Places without one answer: the answers that were given there, and comparing with an answer that has such places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from annodesk.model.annotations import AnnotationSet, Answer, Element, Segment, Span, answer_id
from annodesk.model.outcomes import Alternative, Outcome, OutcomeKind, Piece, excludes_item, outcomes_in
from annodesk.model.schema import RESERVED_NAMES
from annodesk.quality.alignment import ONSET_WINDOW_US
from annodesk.quality.disagreements import TOLERANCE_US, Disagreement, Said


def distribution(disagreement: Disagreement) -> tuple[Alternative, ...]:
    """What the sides say at a place and how many say it, the most said first; near boundaries are one answer."""
    found: list[Alternative] = []
    in_time = TOLERANCE_US if disagreement.is_stretch else ONSET_WINDOW_US
    near = in_time if disagreement.start_us is not None else 0
    for said in disagreement.answers:
        one = _alternative(said)
        known = next((n for n, other in enumerate(found) if _same(other, one, near)), None)
        if known is None:
            found.append(one)
        else:
            found[known] = replace(found[known], votes=found[known].votes + 1)
    return tuple(sorted(found, key=lambda one: -one.votes))


def outcome_at(disagreement: Disagreement, kind: OutcomeKind, reason: str = "") -> Outcome:
    """The outcome for a place; where several answers are acceptable it keeps them with how often each was given."""
    return Outcome(
        kind,
        disagreement.part,
        disagreement.start_us,
        disagreement.end_us,
        disagreement.asset,
        disagreement.start,
        disagreement.end,
        reason,
        distribution(disagreement) if kind is OutcomeKind.SEVERAL else (),
    )


def against_reference(reference: AnnotationSet, work: AnnotationSet) -> tuple[AnnotationSet, AnnotationSet] | None:
    """The two sets as they are to be compared; None where the reference leaves the whole item out.

    Where the reference has no one answer nothing is compared. Where it accepts several, one of them is as good as
    another; anything else is compared with the one most people gave.
    """
    outcomes = outcomes_in(reference)
    if not outcomes:
        return reference, work
    if excludes_item(reference):
        return None
    known: list[Element] = [e for e in reference if not _is_note(e)]
    given: list[Element] = [e for e in work if not _is_note(e)]
    for key, outcome in outcomes.items():
        said = _said_at(given, outcome)
        known, ours = _without(known, outcome, key), _without(given, outcome, key)
        near = TOLERANCE_US if outcome.start_us is not None else 0
        accepted = any(_same(one, said, near) for one in outcome.alternatives)
        if outcome.kind is OutcomeKind.SEVERAL and outcome.alternatives and not accepted:
            known += _elements(outcome, outcome.alternatives[0], key)
        else:
            given = ours
    return reference.with_elements(known), work.with_elements(given)


def _is_note(element: Element) -> bool:
    return isinstance(element, Answer) and element.question in RESERVED_NAMES


def _alternative(said: Said) -> Alternative:
    pieces = tuple(Piece(s.start, s.end, s.labels, s.text) for s in said.stretches)
    return Alternative(1, pieces, None if said.stretches else said.value)


def _same(one: Alternative, other: Alternative, near: int) -> bool:
    """Whether two answers say the same; a list of labels is a set, and boundaries that are ``near`` are one."""
    if len(one.pieces) != len(other.pieces):
        return False
    if not one.pieces:
        return _plain(one.value) == _plain(other.value)
    return all(
        set(a.labels) == set(b.labels)
        and a.text.strip() == b.text.strip()
        and abs(a.start - b.start) <= near
        and abs(a.end - b.end) <= near
        for a, b in zip(one.pieces, other.pieces, strict=True)
    )


def _plain(value: object) -> object:
    return frozenset(value) if isinstance(value, tuple) else value


def _said_at(elements: Iterable[Element], outcome: Outcome) -> Alternative:
    """What a set says at the place of an outcome."""
    if outcome.start_us is not None and outcome.end_us is not None:
        start, end = outcome.start_us, outcome.end_us
        inside = [
            Piece(max(e.start_us, start), min(e.end_us, end), e.labels, e.text)
            for e in elements
            if isinstance(e, Segment) and e.tier == outcome.part and _meets(e.start_us, e.end_us, start, end)
        ]
        return Alternative(1, tuple(sorted(inside, key=lambda p: (p.start, p.end))))
    if outcome.start is not None and outcome.end is not None:
        spans = [e for e in elements if isinstance(e, Span) and _is_span_at(e, outcome)]
        return Alternative(1, tuple(Piece(s.start, s.end, s.labels) for s in sorted(spans, key=lambda s: s.start)))
    answer = next((e for e in elements if isinstance(e, Answer) and e.question == outcome.part), None)
    return Alternative(1, value=answer.value if answer is not None else None)


def _meets(start: int, end: int, low: int, high: int) -> bool:
    """Whether a stretch lies in a place; points lie where they are."""
    return low <= start <= high if start == end or low == high else start < high and end > low


def _is_span_at(span: Span, outcome: Outcome) -> bool:
    assert outcome.start is not None
    assert outcome.end is not None
    is_there = span.type == outcome.part and outcome.asset in (None, span.asset)
    return is_there and span.start < outcome.end and span.end > outcome.start


def _without(elements: Sequence[Element], outcome: Outcome, key: str) -> list[Element]:
    """The elements without what is said at the place of an outcome; segments that run across it are cut."""
    kept: list[Element] = []
    for element in elements:
        if isinstance(element, Answer) and outcome.start_us is None and outcome.start is None:
            kept += [element] if element.question != outcome.part else []
        elif isinstance(element, Span) and outcome.start is not None:
            kept += [element] if not _is_span_at(element, outcome) else []
        elif isinstance(element, Segment) and element.tier == outcome.part and outcome.start_us is not None:
            kept += _cut(element, outcome.start_us, outcome.end_us or outcome.start_us, key)
        else:
            kept.append(element)
    return kept


def _cut(segment: Segment, start_us: int, end_us: int, key: str) -> list[Element]:
    if not _meets(segment.start_us, segment.end_us, start_us, end_us):
        return [segment]
    left = [replace(segment, end_us=start_us)] if segment.start_us < start_us else []
    after = replace(segment, id=f"{segment.id}/{key}" if left else segment.id, start_us=end_us)
    return [*left, *([after] if segment.end_us > end_us else [])]


def _elements(outcome: Outcome, said: Alternative, key: str) -> list[Element]:
    """An alternative as elements."""
    made: list[Element] = []
    for number, piece in enumerate(said.pieces):
        name = f"{key}/{number}"
        if outcome.start_us is not None:
            made.append(Segment(name, outcome.part, piece.start, piece.end, piece.labels, piece.text))
        else:
            made.append(Span(name, outcome.asset or "", outcome.part, piece.start, piece.end, piece.labels))
    if not said.pieces and said.value is not None:
        made.append(Answer(answer_id(outcome.part), outcome.part, said.value))
    return made
