"""How late each person taps, as this workstation has learnt it; it never goes into a project."""

from __future__ import annotations

import json
from collections.abc import Mapping

from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.taps import Reaction
from annodesk.ui.parts import settings

_KEY = "taps/late"
_MOST_PEOPLE = 200
_FARTHEST_US = 1_500_000
"""An edge that was moved farther from its tap than this is another edge."""

Tapped = tuple[int | None, int | None, int, int]
"""When a segment's edges were tapped (None where nobody tapped at 1x), and where they were put."""


def reaction_of(person_id: str) -> Reaction:
    """What is known of a person's taps; the prior where nothing is."""
    return Reaction().learnt([late * 1000 for late in _known().get(person_id, [])])


def remember(person_id: str, reaction: Reaction) -> None:
    """Keep what was learnt."""
    samples = [round(late / 1000) for late in reaction.samples_us]
    others = {person: late for person, late in _known().items() if person != person_id}
    _write({**dict(list(others.items())[-_MOST_PEOPLE:]), person_id: samples})


def corrected(accepted: Mapping[str, Tapped], annotations: AnnotationSet) -> list[int]:
    """How late the taps were, in microseconds, whose edges were moved by hand since they were accepted."""
    late: list[int] = []
    for element_id, (start_tap, end_tap, start_us, end_us) in accepted.items():
        now = annotations.get(element_id)
        if not isinstance(now, Segment):
            continue
        for tapped_us, put_us, is_us in ((start_tap, start_us, now.start_us), (end_tap, end_us, now.end_us)):
            if tapped_us is not None and put_us != is_us and abs(tapped_us - is_us) < _FARTHEST_US:
                late.append(tapped_us - is_us)
    return late


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
