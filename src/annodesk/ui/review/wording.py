"""What the review workspace says in words: who says what where, why an item is here, and what is still to be ruled."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from annodesk.model.annotations import AnnotationSet, Answer, Element, Relation, Segment, Span, UnknownElement
from annodesk.model.outcomes import WORDS, Alternative, Outcome
from annodesk.model.schema import RESERVED_NAMES, LabelSchema, colour_of
from annodesk.ui.actions import shown_key
from annodesk.ui.plain import shown

if TYPE_CHECKING:
    from annodesk.quality.disagreements import Disagreement, Said
    from annodesk.services.review import ReviewWork

NOTHING = "nothing here"
NO_ANSWER = "no answer"
_AGES = ((86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"))


def short_time(time_us: int) -> str:
    """``MM:SS.t``, with hours only where there are some."""
    tenths = (time_us + 50_000) // 100_000
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes:02d}"
    return f"{head}:{rest // 10:02d}.{rest % 10}"


def age_text(age_us: int) -> str:
    """How long something waits: ``2.1 d``, ``3 h``, ``12 min``, ``now``."""
    for unit_us, name in _AGES:
        if age_us >= unit_us:
            amount = age_us / unit_us
            return f"{amount:.1f} {name}" if name == "d" and amount < 10 else f"{amount:.0f} {name}"
    return "now"


def value_text(value: Any) -> str:
    """An answer's value for people."""
    if value is None:
        return NO_ANSWER
    if isinstance(value, tuple | list):
        return ", ".join(str(v) for v in value) or "none of these"
    return str(value)


def reason_line(reason: str, culprit: str, value: float | None) -> str:
    """The second line of a queue card: what it is about first, as the end is cut where there is little room."""
    parts = [culprit or reason]
    if culprit and reason not in ("", "low agreement"):
        parts.append(reason)
    if value is not None:
        parts.append(f"{value:.2f}")
    return " · ".join(parts)


def place_text(disagreement: Disagreement, text: str = "") -> str:
    """Where a disagreement is, short; in a text by its words, where they are known."""
    if disagreement.start_us is not None and disagreement.end_us is not None:
        start, end = short_time(disagreement.start_us), short_time(disagreement.end_us)
        return f"{disagreement.part} {start}" if start == end else f"{disagreement.part} {start} – {end}"
    if disagreement.start is not None and text:
        return f"{disagreement.part} “{_cut(text[disagreement.start : disagreement.end])}”"
    if disagreement.start is not None:
        return f"{disagreement.part}, characters {disagreement.start} to {disagreement.end}"
    return disagreement.part


def kind_text(disagreement: Disagreement) -> str:
    """What kind of difference it is, in words."""
    from annodesk.quality.disagreements import DOUBT

    if disagreement.kind == DOUBT:
        return "nobody disagrees, and something speaks against it"
    if disagreement.start_us is not None and disagreement.start_us == disagreement.end_us:
        return "one cuts here, the other does not"
    return {
        "label": "different labels",
        "boundary": "where it changes",
        "missing": "there or not there",
        "span": "different words or labels",
        "answer": "different answers",
    }.get(disagreement.kind, disagreement.kind)


def side_phrase(
    disagreement: Disagreement, said: Said, annotations: AnnotationSet, text: str = ""
) -> list[tuple[str, str]]:
    """What one side says as (words, label) pieces; the label is empty for words between."""
    if disagreement.is_question:
        return [("answers ", ""), (value_text(said.value), _single(said.value))]
    if not said.stretches:
        return [("says ", ""), (NOTHING, "")]
    if disagreement.start is not None:
        return _span_phrase(said, annotations, text)
    pieces: list[tuple[str, str]] = [("says ", "")]
    for place, (stretch, element_id) in enumerate(zip(said.stretches, said.element_ids, strict=False)):
        if place:
            pieces.append((", then ", ""))
        pieces.append((", ".join(stretch.labels) or "a segment without a label", (*stretch.labels, "")[0]))
        if stretch.text:
            pieces.append((f" “{_cut(stretch.text)}”", ""))
        pieces.append((_edges(disagreement, annotations.get(element_id)), ""))
    return [piece for piece in pieces if piece[0]]


def _edges(disagreement: Disagreement, segment: object) -> str:
    if not isinstance(segment, Segment) or disagreement.start_us is None or disagreement.end_us is None:
        return ""
    if segment.start_us == segment.end_us:
        return f" at {short_time(segment.start_us)}"
    starts_here = disagreement.start_us <= segment.start_us < disagreement.end_us
    ends_here = disagreement.start_us < segment.end_us <= disagreement.end_us
    words = []
    if starts_here:
        words.append(f"from {short_time(segment.start_us)}")
    if ends_here:
        words.append(f"{'to' if starts_here else 'until'} {short_time(segment.end_us)}")
    return f" {' '.join(words)}" if words else ""


def _span_phrase(said: Said, annotations: AnnotationSet, text: str) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = [("marks ", "")]
    for place, stretch in enumerate(said.stretches):
        element = annotations.get(said.element_ids[place]) if place < len(said.element_ids) else None
        if place:
            pieces.append((", and ", ""))
        words = _cut(text[stretch.start : stretch.end]) if text else f"{stretch.start} to {stretch.end}"
        name = ", ".join(stretch.labels) or (element.type if isinstance(element, Span) else "")
        pieces += [(f"“{words}” ", ""), (name, (*stretch.labels, "")[0])]
    return pieces


def _cut(words: str, longest: int = 40) -> str:
    line = " ".join(words.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _single(value: Any) -> str:
    return value if isinstance(value, str) else ""


def side_words(disagreement: Disagreement, said: Said, annotations: AnnotationSet, text: str = "") -> str:
    """What one side says, without its letter and the verb: ``advert from 04:33.0``."""
    return "".join(words for words, _ in side_phrase(disagreement, said, annotations, text)[1:])


def ruled_text(ruling: str) -> str:
    """What was ruled, in words; empty where nothing is."""
    known = {"": "", "own": "your own", "neither": "neither", **{kind.value: words for kind, words in WORDS.items()}}
    return known.get(ruling, f"as {ruling} says")


def outcome_text(outcome: Outcome) -> str:
    """Why there is no one answer, with the reason or with the answers that are acceptable and how often each is."""
    said = ", ".join(f"{_alternative_text(one)} × {one.votes}" for one in outcome.alternatives)
    return f"{outcome.words}: {said}" if said else outcome.words


def _alternative_text(one: Alternative) -> str:
    if one.pieces:
        return ", then ".join(", ".join(piece.labels) or "no label" for piece in one.pieces)
    return value_text(one.value) if one.value is not None else "nothing"


def ruling_hint(ruling: str, disagreement: Disagreement) -> str:
    """What to do where the analyst rules by their own hand; empty where a side was taken or nothing is ruled."""
    if ruling not in ("own", "neither"):
        return ""
    if disagreement.is_question:
        return "Answer on the right, or press the answer's key."
    empty = "Neither: your lane is empty here. " if ruling == "neither" else ""
    if disagreement.asset is not None:
        return f"{empty}Select words in your panel and press a label's key."
    edges = f"{shown_key('review.start_here')} and {shown_key('review.end_here')}"
    return f"{empty}Drag on your lane, or press a label's key to fill the place; edges move with {edges}."


def said_html(
    disagreement: Disagreement,
    lanes: Sequence[tuple[str, AnnotationSet]],
    colours: Sequence[tuple[str, str]],
    text: str = "",
) -> str:
    """The same with each label in bold and its colour; ``colours`` are (label, ``#rrggbb``)."""
    inks = dict(colours)
    sides = []
    for said in disagreement.answers:
        letter, annotations = lanes[said.set_index]
        words = [f"<b>{html.escape(shown(letter))}</b> "]
        for piece, label in side_phrase(disagreement, said, annotations, text):
            words_html = html.escape(shown(piece, 400))
            words.append(f'<b style="color:{inks[label]}">{words_html}</b>' if label in inks else words_html)
        sides.append("".join(words))
    return " · ".join(sides)


def label_colours(schema: LabelSchema, part: str) -> list[tuple[str, str]]:
    """Every label of a part with its colour."""
    for known in schema.parts():
        if known.name == part:
            return [(label.name, colour_of(known, label.name)) for label in known.labels]
    return []


def missing_text(open_ones: Sequence[Disagreement], text: str = "") -> str:
    """What keeps the item from being settled, in a few words; empty where nothing does."""
    if not open_ones:
        return ""
    first = place_text(open_ones[0], text)
    if len(open_ones) == 1:
        return f"still to rule: {first}"
    return f"{len(open_ones)} still to rule, first {first}"


def after_text(disagreement: Disagreement, ruling: str, hidden: Sequence[tuple[str, str]], text: str = "") -> str:
    """What was ruled at a place that has just been left, and what may be seen there now, as (whose, words)."""
    later = "".join(f"; the {whose.lower()} says {words}" for whose, words in hidden)
    return f"Before: {place_text(disagreement, text)}, {ruled_text(ruling)}{later}."


def sides_text(work: ReviewWork) -> list[str]:
    """What is to be known of the sides before they are compared, a sentence each."""
    told = []
    version, schema = work.session.annotations.project_version, work.project.schema
    parts = {part.name for part in schema.parts()} | RESERVED_NAMES | {one.name for one in schema.relation_types}
    for lane in work.lanes:
        said = lane.annotations
        if said.project_version != version:
            told.append(
                f"{lane.letter} was labelled under version {said.project_version} of the project; this review goes by "
                f"version {version}."
            )
        gone = sorted({name for e in said if (name := _part_of(e)) and name not in parts})
        if gone:
            told.append(
                f"What {lane.letter} says on {shown(', '.join(gone))} is not compared: the project has it no more."
            )
        labels = sorted({name for e in said for name in _labels_gone(schema, e)})
        if labels:
            told.append(
                f"{lane.letter} uses {shown(', '.join(labels))}, which the project has no more: label that yourself."
            )
        unknown = sum(isinstance(e, UnknownElement) for e in said)
        if unknown:
            what = "1 element" if unknown == 1 else f"{unknown} elements"
            told.append(f"{lane.letter} holds {what} of a kind that this version cannot show.")
    return told


def _labels_gone(schema: LabelSchema, element: Element) -> set[str]:
    """The labels of an element that its tier or span type offers no more."""
    if not isinstance(element, Segment | Span):
        return set()
    known = {label.name for part in schema.parts() if part.name == _part_of(element) for label in part.labels}
    return set(element.labels) - known if known else set()


def _part_of(element: Element) -> str:
    if isinstance(element, Segment):
        return element.tier
    if isinstance(element, Span | Relation):
        return element.type
    return element.question if isinstance(element, Answer) else ""
