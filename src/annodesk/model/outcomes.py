"""What is ruled where there is no one answer: several are acceptable, none can be found, or the place is left out.

An outcome is the value of an answer to the reserved question ``ruling``; its target is the disagreement's key, or
WHOLE. It is plain JSON, so that it is journaled, undone and synced like all else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeGuard

from msgspec import Struct

from annodesk.model.annotations import Answer, Element
from annodesk.model.records import LATEST
from annodesk.model.schema import RULING

WHOLE = "@item"
"""Target of a ruling that is about the whole item; no disagreement's key reads so."""


class OutcomeKind(StrEnum):
    """Why there is no one answer."""

    SEVERAL = "several"
    UNDECIDED = "undecided"
    EXCLUDED = "excluded"


WORDS = {
    OutcomeKind.SEVERAL: "several acceptable",
    OutcomeKind.UNDECIDED: "cannot be decided",
    OutcomeKind.EXCLUDED: "excluded",
}
"""Each kind as people read it."""


class Piece(Struct, frozen=True):
    """A stretch of one alternative: microseconds on a tier, code points in a text."""

    start: int
    end: int
    labels: tuple[str, ...] = ()
    text: str = ""


class Alternative(Struct, frozen=True):
    """One of several acceptable answers and how many gave it: stretches (none means nothing there), or a value."""

    votes: int
    pieces: tuple[Piece, ...] = ()
    value: Any = None


class Outcome(Struct, frozen=True):
    """What was ruled at a place; an empty ``part`` means the whole item.

    ``start_us`` and ``end_us`` bound a place in time, ``asset``, ``start`` and ``end`` one in a text; a question has
    neither.
    """

    kind: OutcomeKind
    part: str = ""
    start_us: int | None = None
    end_us: int | None = None
    asset: str | None = None
    start: int | None = None
    end: int | None = None
    reason: str = ""
    alternatives: tuple[Alternative, ...] = ()

    @property
    def words(self) -> str:
        """The kind as people read it, with its reason."""
        return f"{WORDS[self.kind]}: {self.reason}" if self.reason else WORDS[self.kind]

    def to_value(self) -> dict[str, Any]:
        """The value of the answer that holds it; what is not said is left out."""
        body: dict[str, Any] = {"outcome": self.kind.value}
        for name in ("part", "reason"):
            if text := getattr(self, name):
                body[name] = text
        for name in ("start_us", "end_us", "asset", "start", "end"):
            if (value := getattr(self, name)) is not None:
                body[name] = value
        if self.alternatives:
            body["alternatives"] = [_alternative_to_json(one) for one in self.alternatives]
        return body


def outcome_of(value: Any) -> Outcome | None:
    """The outcome that an answer's value holds; None where it holds none that can be understood."""
    if not isinstance(value, Mapping):
        return None
    try:
        numbers = {name: _number(value.get(name)) for name in ("start_us", "end_us", "start", "end")}
        asset = value.get("asset")
        return Outcome(
            OutcomeKind(value["outcome"]),
            _text(value.get("part", "")),
            **numbers,
            asset=None if asset is None else _text(asset),
            reason=_text(value.get("reason", "")),
            alternatives=tuple(_alternative_from_json(one) for one in value.get("alternatives", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def is_outcome(element: Element | None) -> TypeGuard[Answer]:
    """Whether an element says that there is no one answer."""
    return isinstance(element, Answer) and element.question == RULING and outcome_of(element.value) is not None


def outcomes_in(elements: Iterable[Element]) -> dict[str, Outcome]:
    """Every outcome by the key of its place, ``WHOLE`` for the whole item."""
    found = {}
    for element in elements:
        if isinstance(element, Answer) and element.question == RULING:
            outcome = outcome_of(element.value)
            if outcome is not None:
                found[element.target] = outcome
    return found


def excludes_item(elements: Iterable[Element]) -> bool:
    """Whether the whole item is left out."""
    outcome = outcomes_in(elements).get(WHOLE)
    return outcome is not None and outcome.kind is OutcomeKind.EXCLUDED


def ruling_word(value: Any) -> str:
    """A ruling in one word: a side's letter, ``own``, ``neither``, or an outcome's kind; empty for anything else."""
    if isinstance(value, str):
        return "" if value in set(OutcomeKind) else value
    outcome = outcome_of(value)
    return outcome.kind.value if outcome is not None else ""


def _alternative_to_json(one: Alternative) -> dict[str, Any]:
    body: dict[str, Any] = {"votes": one.votes}
    if one.pieces:
        body["pieces"] = [[p.start, p.end, list(p.labels), p.text] for p in one.pieces]
    if one.value is not None:
        body["value"] = list(one.value) if isinstance(one.value, tuple) else one.value
    return body


def _alternative_from_json(body: Mapping[str, Any]) -> Alternative:
    value = body.get("value")
    pieces = []
    for start, end, labels, text in body.get("pieces", ()):
        pieces.append(Piece(_whole(start), _whole(end), tuple(_text(one) for one in labels), _text(text)))
    if isinstance(value, list | tuple):
        value = tuple(_text(one) for one in value)
    elif isinstance(value, Mapping):
        raise TypeError(value)
    return Alternative(_whole(body["votes"]), tuple(pieces), value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LATEST:
        raise TypeError(value)
    return value


def _number(value: Any) -> int | None:
    return None if value is None else _whole(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
