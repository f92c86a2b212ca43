"""A ruling on one's work in words: where it is, what was said, what was ruled, and what came of a dispute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from annodesk.quality.told import CHANGED, NO_ANSWER, STAYS, YOURS, Place
from annodesk.ui.review.cards import Line
from annodesk.ui.review.wording import NO_ANSWER as UNANSWERED
from annodesk.ui.review.wording import NOTHING, label_colours, short_time, value_text

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema
    from annodesk.services.digest import ToldRuling

AROUND = 160
"""Characters of a text that are shown before and after a place."""
NO_ONE = "no one answer"
HIDDEN = "not shown in this project"
LONGEST = 4

_OUTCOMES = {
    YOURS: "It was ruled again: now as you said.",
    STAYS: "You disputed this. Another analyst ruled the same, and it stands.",
    NO_ANSWER: "It was ruled again: there is no one answer here.",
    CHANGED: "It was ruled again, and otherwise than before.",
}


def where(place: Place) -> str:
    """A place, short."""
    if place.start_us is not None and place.end_us is not None:
        start, end = short_time(place.start_us), short_time(place.end_us)
        return f"{place.part} {start}" if start == end else f"{place.part} {start} – {end}"
    return place.part


def lines_of(schema: LabelSchema, place: Place, said: Mapping[str, Any] | None) -> tuple[Line, ...]:
    """What somebody said at a place, for a card; None is not to be shown."""
    if said is None:
        return (Line(HIDDEN),)
    colours = dict(label_colours(schema, place.part))
    if place.kind == "answer":
        value = said.get("value")
        values = value if isinstance(value, list) else [value]
        return tuple(Line(value_text(v), colours.get(v, "") if isinstance(v, str) else "") for v in values) or (
            Line(UNANSWERED),
        )
    found = [_line(one, colours, in_time=place.start_us is not None) for one in said.get("stretches", ())]
    if len(found) > LONGEST:
        found = [*found[:LONGEST], Line(f"and {len(found) - LONGEST} more")]
    return tuple(found) or (Line(NOTHING),)


def ruled_lines(schema: LabelSchema, told: ToldRuling) -> tuple[Line, ...]:
    """What was ruled, for a card."""
    return (Line(NO_ONE),) if told.outcome == NO_ANSWER else lines_of(schema, told.place, told.ruled)


def _line(stretch: Mapping[str, Any], colours: Mapping[str, str], *, in_time: bool) -> Line:
    labels = [str(one) for one in stretch.get("labels", ())]
    words = ", ".join(labels) or "no label"
    if stretch.get("text"):
        words = f"{words} “{stretch['text']}”"
    start, end = int(stretch.get("start", 0)), int(stretch.get("end", 0))
    times = ""
    if in_time:
        times = short_time(start) if start == end else f"{short_time(start)} – {short_time(end)}"
    return Line(words, colours.get(labels[0], "") if labels else "", times)


def standing(told: ToldRuling) -> str:
    """What can or cannot be done about a ruling, and what came of it, in a sentence; empty where nothing has."""
    from annodesk.services.digest import FINAL, GOES, WAITS

    if told.is_disputed:
        return WAITS if told.waits else f"You disputed this. {GOES}"
    if told.outcome:
        return _OUTCOMES[told.outcome]
    return FINAL if told.is_final else ""


def excerpt(text: str, place: Place) -> str:
    """The words around a place of a text, what it is about between angles; empty for a place that is in no text."""
    if place.start is None or place.end is None or not text:
        return ""
    first, last = max(0, place.start - AROUND), min(len(text), place.end + AROUND)
    parts = (text[first : place.start], text[place.start : place.end], text[place.end : last])
    before, here, after = (" ".join(part.split("\n")) for part in parts)
    return f"{'…' if first else ''}{before}‹{here}›{after}{'…' if last < len(text) else ''}"
