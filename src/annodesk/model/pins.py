"""Pins: what a reviewer says of a place in work that may go back, kept in the reviewer's own set until it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import ValidationError
from annodesk.model.edits import Draft, combine, set_answer
from annodesk.model.schema import PIN

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet

_AT, _ELEMENT, _TEXT = "@", "#", ":"
_OF_NOBODY = "answer:"
"""An answer has the same id in everybody's set, so that a pin to it is bound to no side."""


class Pin(Struct, frozen=True):
    """Words at a moment (microseconds), at an element, or at a place in the item's text (code points)."""

    text: str
    time_us: int | None = None
    element_id: str | None = None
    text_at: int | None = None

    @property
    def key(self) -> str:
        """Its place in one word: there is one pin to a place."""
        if self.element_id is not None:
            return f"{_ELEMENT}{self.element_id}"
        return f"{_AT}{self.time_us}" if self.time_us is not None else f"{_TEXT}{self.text_at or 0}"

    def belongs_to(self, annotations: AnnotationSet) -> bool:
        """Whether it can go with this set: a pin to an element goes only with the set that holds it."""
        return self.element_id is None or self.element_id.startswith(_OF_NOBODY) or self.element_id in annotations


def pins_in(annotations: AnnotationSet) -> tuple[Pin, ...]:
    """The pins in a reviewer's set, by place."""
    found = [_read(one.target, str(one.value)) for one in annotations.answers() if one.question == PIN]
    return tuple(sorted(found, key=lambda pin: (pin.time_us is None, pin.time_us or 0, pin.text_at or 0, pin.key)))


def put_pin(annotations: AnnotationSet, pin: Pin) -> Draft:
    """Pin words to a place, in place of what was pinned there."""
    if not pin.text.strip():
        raise ValidationError("There are no words to pin.", "Write what is to be done here.")
    return set_answer(annotations, PIN, pin.text.strip(), target=pin.key)


def take_pins(annotations: AnnotationSet, *pins: Pin) -> Draft:
    """Take pins away again, or because they have gone."""
    return combine("take pins", *(set_answer(annotations, PIN, None, target=pin.key) for pin in pins))


def _read(target: str, text: str) -> Pin:
    kind, place = target[:1], target[1:]
    if kind == _ELEMENT:
        return Pin(text, element_id=place)
    number = int(place) if place.isdecimal() else 0
    return Pin(text, text_at=number) if kind == _TEXT else Pin(text, time_us=number)
