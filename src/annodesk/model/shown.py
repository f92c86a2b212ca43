"""What was shown of the model's answer when a person answered: kept in the note of the Edit that answered it.

The note is part of the Edit, so it is as durable, as invertible and as readable as the answer itself; a snapshot of the
set, which is what peers may see, does not hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

from annodesk.model.annotations import AnnotationSet, Answer, Json, OriginKind, Segment, Span, UnknownElement
from annodesk.model.schema import SUGGESTION

NOTE = "suggestions"
"""Where it stands in an Edit's note."""

Suggested = Segment | Answer | Span


class How(StrEnum):
    """What became of a suggestion in a person's hands.

    ``own``: answered by a gesture of the person's own beside it, alike or otherwise; ``left``: by none.
    """

    TAKEN = "taken"
    MOVED = "moved"
    RENAMED = "renamed"
    BULK = "in bulk"
    REFUSED = "refused"
    OWN = "own"
    LEFT = "left"


TOOK = (How.TAKEN, How.MOVED, How.RENAMED, How.BULK)


class Played(StrEnum):
    """How much of a suggestion's stretch had been played before it was answered; times are not kept (rule 12)."""

    ALL = "all"
    PART = "part"
    NONE = "none"


class Shown(Struct, frozen=True):
    """One suggestion that a gesture answered.

    Parameters
    ----------
    suggestion : id of the model's element
    in_view_us : how long it had been in view by then; None where it never was, or nobody looked
    played : None where there is nothing to be played, or the project does not record it
    """

    suggestion: str
    how: How
    in_view_us: int | None = None
    played: Played | None = None


class ShownNote(Struct, frozen=True):
    """What one gesture answered: of which set of the model's, under which show mode."""

    source: str
    mode: str
    answered: tuple[Shown, ...]


def to_note(note: ShownNote) -> Json:
    """What is put into an Edit's note; nothing where nothing was answered."""
    if not note.answered:
        return {}
    return {
        NOTE: {
            "of": note.source,
            "mode": note.mode,
            "answered": [[s.suggestion, s.how.value, s.in_view_us, s.played] for s in note.answered],
        }
    }


def from_note(note: Mapping[str, Any]) -> ShownNote | None:
    """What an Edit's note says of suggestions; None where it says nothing, or nothing that can be understood."""
    try:
        body = note[NOTE]
        answered = tuple(
            Shown(str(i), How(how), None if us is None else max(0, int(us)), None if played is None else Played(played))
            for i, how, us, played in body["answered"]
        )
        return ShownNote(str(body["of"]), str(body["mode"]), answered)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def how_taken(suggestion: Suggested, mine: Suggested) -> How:
    """How an element that was taken from a suggestion differs from it; what was mended since counts as mended."""
    if isinstance(suggestion, Answer) or isinstance(mine, Answer):
        same_label = getattr(suggestion, "value", None) == getattr(mine, "value", None)
    else:
        same_label = suggestion.labels == mine.labels
    if not same_label:
        return How.RENAMED
    if _place(suggestion) != _place(mine):
        return How.MOVED
    return How.BULK if mine.origin.kind is OriginKind.BULK else How.TAKEN


def _place(element: Suggested) -> tuple[int, int] | None:
    if isinstance(element, Segment):
        return element.start_us, element.end_us
    return (element.start, element.end) if isinstance(element, Span) else None


def suggestions_in(suggestions: Iterable[Any]) -> list[Suggested]:
    """The elements of the model's answer that can be shown and answered."""
    return [e for e in suggestions if isinstance(e, Segment | Answer | Span)]


def as_it_stands(suggestions: AnnotationSet, said: AnnotationSet, noted: Sequence[Shown] = ()) -> dict[str, How]:
    """What became of each suggestion in a set as it stands, by id.

    What was taken shows in the element that was made of it, what was refused in the answer that says so; ``noted`` (in
    order) tells what was answered by the person's own gesture, and is believed where the set itself does not say.
    """
    taken: dict[str, Suggested] = {}
    for element in said:
        if not isinstance(element, UnknownElement) and element.origin.source and isinstance(element, Suggested):
            taken.setdefault(element.origin.source, element)
    own = {shown.suggestion for shown in noted if shown.how is How.OWN}
    found: dict[str, How] = {}
    for suggestion in suggestions_in(suggestions):
        if suggestion.id in taken:
            found[suggestion.id] = how_taken(suggestion, taken[suggestion.id])
        elif said.answer(SUGGESTION, suggestion.id) is not None:
            found[suggestion.id] = How.REFUSED
        else:
            found[suggestion.id] = How.OWN if suggestion.id in own else How.LEFT
    return found
