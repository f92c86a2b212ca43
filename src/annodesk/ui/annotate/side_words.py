"""What one of two computers did to a set, in a few lines: what it adds, changes, takes away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from annodesk.model.annotations import Answer, Change, Element, Relation, Segment, Span
from annodesk.model.times import Interval
from annodesk.ui.review.cards import Line
from annodesk.ui.review.wording import label_colours, short_time, value_text

if TYPE_CHECKING:
    from annodesk.model.alternatives import Alternatives, Side
    from annodesk.model.schema import LabelSchema

LONGEST = 6
"""Lines of one side; the rest is counted."""
_NAMES = {"low_hz": "from frequency", "high_hz": "to frequency", "channel": "channel", "parent": "belongs elsewhere"}


def side_lines(schema: LabelSchema, side: Side, text: str = "") -> tuple[Line, ...]:
    """What a side would make of the set as it is now."""
    lines = [_change_line(schema, change, text) for change in side.changes]
    if len(lines) > LONGEST:
        lines = [*lines[: LONGEST - 1], Line(f"and {len(lines) - LONGEST + 1} more changes")]
    return tuple(lines) or (Line("leaves it as it was"),)


def before_lines(schema: LabelSchema, elements: Sequence[Element], text: str = "") -> tuple[Line, ...]:
    """What stands now, before anybody has chosen."""
    lines = [Line(_words(e, text), _colour(schema, e), _where(e)) for e in elements[:LONGEST]]
    return tuple(lines) or (Line("nothing"),)


def place_words(schema: LabelSchema, alternatives: Alternatives, now: Sequence[Element]) -> str:
    """Where it is: the tier or question, and the time."""
    found = [*now, *(c.after for side in alternatives.sides for c in side.changes if c.after is not None)]
    parts = list(dict.fromkeys(_part(element) for element in found))
    where = ", ".join(parts[:3]) or "this task"
    stretch = stretch_of(alternatives, now)
    return where if stretch is None else f"{where}, {short_time(stretch.start_us)} – {short_time(stretch.end_us)}"


def stretch_of(alternatives: Alternatives, now: Sequence[Element]) -> Interval | None:
    """The time that both sides together are about, None where it is not about time."""
    found = [*now, *(c.after for side in alternatives.sides for c in side.changes)]
    segments = [e for e in found if isinstance(e, Segment)]
    if not segments:
        return None
    return Interval(min(s.start_us for s in segments), max(s.end_us for s in segments))


def _change_line(schema: LabelSchema, change: Change, text: str) -> Line:
    before, after = change.before, change.after
    if after is None:
        assert before is not None
        if isinstance(before, Answer):
            return Line(f"takes the answer to {before.question} back")
        return Line(f"deletes {_words(before, text)}", _colour(schema, before), _where(before))
    if before is None:
        verb = "" if isinstance(after, Answer) else "adds "
        return Line(f"{verb}{_words(after, text)}", _colour(schema, after), _where(after))
    changed = _differences(before, after)
    words = _words(after, text)
    return Line(f"{words} ({changed})" if changed else words, _colour(schema, after), _where(after))


def _differences(before: Element, after: Element) -> str:
    """What else than labels and text is another, by name."""
    said = []
    if isinstance(before, Segment) and isinstance(after, Segment):
        if before.tier != after.tier:
            said.append(f"from {before.tier}")
        if before.start_us != after.start_us:
            said.append("starts elsewhere")
        if before.end_us != after.end_us:
            said.append("ends elsewhere")
        if before.text and not after.text:
            said.append("without its text")
        said += [words for name, words in _NAMES.items() if getattr(before, name) != getattr(after, name)]
    if isinstance(before, Segment | Span) and isinstance(after, Segment | Span):
        names = sorted({*before.attributes, *after.attributes})
        for name in names:
            if before.attributes.get(name) != after.attributes.get(name):
                said.append(f"{name}: {value_text(after.attributes.get(name))}")
    return ", ".join(said)


def _words(element: Element, text: str) -> str:
    if isinstance(element, Answer):
        return f"{element.question}: {value_text(element.value)}"
    if isinstance(element, Segment):
        words = ", ".join(element.labels) or "a segment without a label"
        return f"{words} “{_cut(element.text)}”" if element.text else words
    if isinstance(element, Span):
        marked = _cut(text[element.start : element.end]) if text else ""
        return f"{', '.join(element.labels) or element.type} “{marked}”" if marked else f"{element.type}"
    return f"the relation {element.type}" if isinstance(element, Relation) else "something this version cannot show"


def _where(element: Element) -> str:
    if isinstance(element, Segment):
        start = short_time(element.start_us)
        return start if element.end_us == element.start_us else f"{start} – {short_time(element.end_us)}"
    return f"{element.start} to {element.end}" if isinstance(element, Span) else ""


def _part(element: Element) -> str:
    if isinstance(element, Segment):
        return element.tier
    if isinstance(element, Answer):
        return element.question
    return element.type if isinstance(element, Span | Relation) else "other elements"


def _colour(schema: LabelSchema, element: Element) -> str:
    labels = getattr(element, "labels", ())
    value = element.value if isinstance(element, Answer) else labels[0] if labels else ""
    return dict(label_colours(schema, _part(element))).get(value, "") if isinstance(value, str) else ""


def _cut(words: str, longest: int = 60) -> str:
    line = " ".join(words.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
