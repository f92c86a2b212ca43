"""Going on by itself: after the last open answer of a thing the view moves to the next; never hands anything in."""

from __future__ import annotations

from annodesk.ui.parts import settings

FIRST_ITEMS = 20
"""So many items a person does at their own pace before the view goes on by itself."""
_MODE, _DONE = "advance/mode", "advance/done"


def is_on(person_id: str, *, from_start: bool = False) -> bool:
    """Whether the view goes on by itself for this person: as they chose, else once they know the work.

    Where it goes on ``from_start``, as an analyst's desk does, only their own choice keeps it still.
    """
    mode = str(settings().value(_MODE) or "")
    return mode == "on" or (mode != "off" and (from_start or items_done(person_id) >= FIRST_ITEMS))


def choose(is_on: bool | None) -> None:
    """Go on by itself from now on, or not; None goes by how much the person has done."""
    settings().setValue(_MODE, "" if is_on is None else "on" if is_on else "off")


def items_done(person_id: str) -> int:
    """How many items this person has handed in or settled on this workstation."""
    known = str(settings().value(f"{_DONE}/{person_id}") or 0)
    return int(known) if known.isdecimal() else 0


def note_done(person_id: str) -> None:
    """One more item was handed in or settled."""
    settings().setValue(f"{_DONE}/{person_id}", items_done(person_id) + 1)
