"""How late each person taps, as this workstation has learnt it; it never goes into a project."""

from __future__ import annotations

import json

from annodesk.model.taps import Reaction
from annodesk.ui.parts import settings

_KEY = "taps/late"
_MOST_PEOPLE = 200


def reaction_of(person_id: str) -> Reaction:
    """What is known of a person's taps; the prior where nothing is."""
    return Reaction().learnt([late * 1000 for late in _known().get(person_id, [])])


def remember(person_id: str, reaction: Reaction) -> None:
    """Keep what was learnt."""
    samples = [round(late / 1000) for late in reaction.samples_us]
    others = {person: late for person, late in _known().items() if person != person_id}
    _write({**dict(list(others.items())[-_MOST_PEOPLE:]), person_id: samples})


def forget(person_id: str) -> None:
    """Begin again with the prior."""
    _write({person: late for person, late in _known().items() if person != person_id})


def _write(known: dict[str, list[int]]) -> None:
    settings().setValue(_KEY, json.dumps(known))


def _known() -> dict[str, list[int]]:
    """Milliseconds late by person; nothing where the note makes no sense."""
    try:
        read = json.loads(str(settings().value(_KEY) or "{}"))
        return {
            str(person): [late for late in samples if isinstance(late, int) and abs(late) < 5000]
            for person, samples in read.items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}
