"""Places to be heard behind a number, as plain values, and each of them in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.ui.annotate.digest_words import AROUND
from annodesk.ui.dashboard.heat import name_of
from annodesk.ui.review.wording import short_time

if TYPE_CHECKING:
    from annodesk.services.heard_as import HeardAs, Place


class Playlist(Struct, frozen=True):
    """Places to be heard: what they are the places of, where they were found, and by what labels are coloured."""

    title: str
    part: str
    places: tuple[Place, ...]
    note: str = ""


def playlist_of(found: HeardAs, stands: str, said: str) -> Playlist:
    """The places of one cell of a confusion table."""
    places = found.places.get((stands, said), ())
    whole = found.count.get((stands, said), 0)
    verb = "said to be" if found.unit == "answers" else "heard as"
    note = f"the {len(places)} longest of {whole:,}" if whole > len(places) else ""
    return Playlist(f"{name_of(stands)} {verb} {name_of(said)}", found.part, places, note)


def places_about(found: HeardAs, name: str) -> Playlist:
    """The longest places where somebody took a label for another, or another for it; of each cell some."""
    cells = [cell for cell in found.places if name in cell or not name]
    mixed = [found.places[cell][at] for at in range(12) for cell in cells if at < len(found.places[cell])]
    title = f"where people differ on {name or found.part}"
    return Playlist(title, found.part, tuple(mixed[:12]))


def where(place: Place) -> str:
    """Where a place is, in words."""
    if place.start_us is not None and place.end_us is not None:
        if place.start_us == place.end_us:
            return short_time(place.start_us)
        return f"{short_time(place.start_us)} – {short_time(place.end_us)}"
    return (
        f"characters {place.start:,} to {place.end:,}"
        if place.start is not None and place.end is not None
        else "whole item"
    )


def around(text: str, start: int | None, end: int | None) -> str:
    """The words around a place of a text, what it is about between angles; the beginning of a text without a place."""
    if start is None or end is None:
        return text if len(text) <= 4 * AROUND else f"{text[: 4 * AROUND]}…"
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    before, after = "…" if first else "", "…" if last < len(text) else ""
    return f"{before}{text[first:start]}‹{text[start:end]}›{text[end:last]}{after}"


def who(place: Place, *, within: bool = False) -> str:
    """Who said it: a person by a letter; a model, which has no set of its own here, by its name."""
    if not place.set_id:
        return place.letter
    return f"{'annotator' if within else 'Annotator'} {place.letter}"


def as_text(place: Place, part: str) -> str:
    """A place with both answers, in words."""
    head, said = f"{part} {where(place)}", f"{who(place, within=True)} says {name_of(place.said)}"
    if place.other:
        return (
            f"{head}: {said}"
            if place.other == place.letter
            else (f"{head}: annotator {place.other} says {name_of(place.stands)}, {said}")
        )
    return f"{head}: {name_of(place.stands)} stands, {said}"
