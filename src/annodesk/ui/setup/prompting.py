"""What the section about prompts asks for: the prompts in use, one of them on a real item, and the model's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import ModelError
from annodesk.prelabel.asked import Purpose
from annodesk.prelabel.prompts import COMMON, FULL, OWN, SIMPLE, shipped_prompts
from annodesk.services.prompting import check_prompt
from annodesk.ui.quality.figures import percent
from annodesk.ui.setup.words import EMBEDDED

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.progress import CancelToken
    from annodesk.services import Services

TABS: Mapping[Purpose, str] = {
    Purpose.SEGMENT: "Sound and pictures",
    Purpose.TEXT: "Texts",
    Purpose.EACH: "Yes or no",
    Purpose.SPANS: "Words in a text",
}


class PromptInUse(Struct, frozen=True):
    """A prompt of the project: for what, its words as they stand, and as they are shipped."""

    purpose: str
    title: str
    tip: str
    name: str
    text: str
    shipped: str


class Asking(Struct, frozen=True):
    """A prompt's words, to be shown on the item at a place, for a model."""

    purpose: str
    text: str
    place: int
    model: str


class Seen(Struct, frozen=True):
    """What the model would read, or why it cannot be shown.

    Parameters
    ----------
    place, items : which of so many items it is shown on
    tokens : how long it is; ``is_counted`` where the model itself counted them
    note : what was left out or shortened
    fault : what the prompt lacks, empty where it is complete
    places : what may stand in braces, in words
    """

    asking: Asking
    place: int = 0
    items: int = 0
    item_key: str = ""
    part: str = ""
    text: str = ""
    tokens: int = 0
    is_counted: bool = False
    note: str = ""
    fault: str = ""
    places: str = ""


def read_prompts(
    services: Services, project_id: str, written: Mapping[str, str], model: str, cancel: CancelToken
) -> tuple[PromptInUse, ...]:
    """The prompts that the project's labels need; ``written`` are those of the project's own as they would stand."""
    wanted = {purpose for _, _, purpose in _asked(services, project_id)}
    texts, defaults = shipped_prompts(), SIMPLE if model in ("", EMBEDDED) else FULL
    cancel.check()
    found = []
    for card in services.prompting.cards(project_id):
        if wanted and card.purpose not in wanted:
            continue
        name = defaults.get(card.purpose, "")
        shipped = texts.get(name, card.text)
        own = written.get(card.purpose.value, "")
        text = texts.get(own.strip(), own) or shipped
        found.append(PromptInUse(card.purpose.value, TABS[card.purpose], card.title, name, text, shipped))
    return tuple(found)


def see_prompt(services: Services, project_id: str, asking: Asking, cancel: CancelToken) -> Seen:
    """The exact prompt of a real item."""
    places = _places()
    try:
        check_prompt(Purpose(asking.purpose), asking.text)
    except ModelError as error:
        return Seen(asking, asking.place, fault=f"{error.sentence} {error.hint}".strip(), places=places)
    items = _places_of(services, project_id, asking.purpose)
    if not items:
        return Seen(asking, places=places, text=asking.text)
    place = asking.place % len(items)
    item, part = items[place]
    found = services.prompting.preview(project_id, item.id, part, text=asking.text, cancel=cancel)
    return Seen(
        asking,
        place,
        len(items),
        item.key,
        part,
        found.text,
        found.tokens,
        found.is_counted,
        " ".join(found.notes),
        places=places,
    )


def ask_model(
    services: Services, project_id: str, person_id: str, asking: Asking, cancel: CancelToken
) -> tuple[str, tuple[tuple[str, float], ...]]:
    """What the model answers to it, in words and with its probabilities."""
    items = _places_of(services, project_id, asking.purpose)
    if not items:
        raise ModelError("There is no item to ask about yet.", "Add some first.")
    item, part = items[asking.place % len(items)]
    model = asking.model or None
    said = services.prompting.answer(project_id, person_id, item.id, part, text=asking.text, model=model, cancel=cancel)
    off = said.suggestion.off_format_mass
    spare = f" It would rather say something else by {percent(off)}." if off > 0.1 else ""
    return f"{part}: {', '.join(said.labels) or 'none of the labels'}.{spare}", said.suggestion.probabilities


def _places_of(services: Services, project_id: str, purpose: str) -> list[tuple[Item, str]]:
    """What a prompt is asked of: all items about one part, then all about the next."""
    found = [(item, part) for item, part, of in _asked(services, project_id) if of == purpose]
    parts = list(dict.fromkeys(part for _, part in found))
    return sorted(found, key=lambda one: parts.index(one[1]))


def _asked(services: Services, project_id: str) -> list[tuple[Item, str, Purpose]]:
    """Each item with each part that the model is asked about, in the order of items; alike items are asked alike."""
    known: dict[tuple[bool, bool], list[tuple[str, Purpose]]] = {}
    found = []
    for item in services.items.every(project_id):
        kind = (item.timeline_asset is None, item.text_asset is None)
        if kind not in known:
            known[kind] = services.prompting.asked(project_id, item.id)
        found += [(item, part, purpose) for part, purpose in known[kind]]
    return found


def _places() -> str:
    above, below = (" ".join(f"{{{name}}}" for name in half) for half in (COMMON, OWN))
    return f"Above the line of %% stands what all items share: {above}. Below it what is asked of each: {below}."


def places_told() -> str:
    """What each place in braces is filled with, a line for each."""
    return "\n".join(f"{{{name}}}  {words}" for name, words in (*COMMON.items(), *OWN.items()))
