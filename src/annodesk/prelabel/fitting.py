"""Prompts that fit into the model's memory: what is left out first, and that it is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from annodesk.errors import ModelError
from annodesk.prelabel.asked import Asked, Form
from annodesk.prelabel.passages import choose_passages
from annodesk.prelabel.prompts import Example, Prompt, one_line
from annodesk.prelabel.wording import common_words

SPARE_TOKENS = 48
"""What a model made for talking has around a prompt takes some too."""
LEAST_OWN_TOKENS = 32
GUIDELINES_SHARE = 0.3
"""Most of the model's memory that guidelines may take; what else is told of an item matters more."""
EXAMPLES_SHARE = 0.4
SIGNS_PER_TOKEN = 4
MOST_SIGNS_PER_TOKEN = 16
"""What is longer is not even looked at: the model could not read it, and counting it would take long."""
_CUT_FIRST = ("text", "transcript", "metadata", "item")
"""What is shortened where an item is longer than the model reads, in this order; always its end."""

Count = Callable[[Sequence[str]], Sequence[int]]


class Fitted(Struct, frozen=True):
    """The exact prompt of some items: ``prefix`` is shared, each of ``items`` ends where the label is written.

    ``shortened`` says of each item that only its beginning is read; ``left_out`` how many examples found no room;
    ``whole_guidelines`` whether all of the guidelines are told, where the prompt has a place for them.
    """

    prefix: str
    items: tuple[str, ...]
    shortened: tuple[bool, ...]
    left_out: int
    whole_guidelines: bool


def fit(
    prompt: Prompt,
    asked: Asked,
    owns: Sequence[Mapping[str, str]],
    *,
    guidelines: str = "",
    examples: Sequence[Sequence[Example]] = (),
    shown: Sequence[str] = (),
    n_ctx: int,
    count: Count,
) -> Fitted:
    """The prompts of some items, with as much of everything as there is room for.

    Guidelines take at most a third of the model's memory, by the passages that are about the question. Where an item
    and its examples do not fit, examples go first, the farthest before; then the item is read as far as it goes.

    Parameters
    ----------
    owns : what is known of each item, by the names of places in the prompt
    examples : of each item, nearest last; none where there are none
    shown : the labels in the order in which the model sees them
    count : tokens of some texts
    """
    most_signs = n_ctx * MOST_SIGNS_PER_TOKEN
    too_long = [any(len(value) > most_signs for value in own.values()) for own in owns]
    owns = [{name: value[:most_signs] for name, value in own.items()} for own in owns]
    labels = list(shown or asked.offered)
    ends = [f" {label}: yes\n" if asked.form is Form.EACH else f" {label}\n" for label in labels]
    most_end = max(count(ends)) if asked.form is not Form.SPANS else n_ctx // 8
    whole, told = True, ""
    if guidelines.strip() and prompt.uses("guidelines"):
        told, whole = _guidelines(guidelines, asked, round(n_ctx * GUIDELINES_SHARE), count)
    prefix = prompt.prefix(labels, (), common_words(asked, told))
    (frame,) = count([prefix + prompt.ask("")])
    room = n_ctx - frame - most_end - SPARE_TOKENS
    if room < LEAST_OWN_TOKENS and told:
        whole, told = False, ""
        prefix = prompt.prefix(labels, (), common_words(asked, told))
        (frame,) = count([prefix + prompt.ask("")])
        room = n_ctx - frame - most_end - SPARE_TOKENS
    if room < LEAST_OWN_TOKENS:
        raise ModelError(
            f"The {len(labels):,} labels of {asked.part} leave no room for an item in the model's memory.",
            "Give fewer labels or shorter descriptions, or choose a model that reads more.",
        )
    items: list[str] = []
    shortened: list[bool] = []
    left_out = 0
    for k, own in enumerate(owns):
        shots = list(examples[k]) if k < len(examples) else []
        kept = _examples_that_fit(prompt, shots, round(n_ctx * EXAMPLES_SHARE), room, own, count)
        left_out += len(shots) - len(kept)
        beginning = prompt.shots(kept)
        cut, is_cut = _shortened(prompt, own, room - (count([beginning])[0] if beginning else 0), count)
        items.append(beginning + prompt.ask(cut))
        shortened.append(is_cut or too_long[k])
    return Fitted(prefix, tuple(items), tuple(shortened), left_out, whole)


def _guidelines(guidelines: str, asked: Asked, room: int, count: Count) -> tuple[str, bool]:
    signs = room * SIGNS_PER_TOKEN
    while signs >= 40:
        passages = choose_passages(guidelines, asked, signs)
        tokens = count([passages.text])[0]
        if tokens <= room:
            return passages.text, passages.is_whole
        signs = min(signs - 1, int(min(signs, len(passages.text)) * room / tokens * 0.95))
    return "", False


def _examples_that_fit(
    prompt: Prompt, shots: list[Example], most: int, room: int, own: Mapping[str, str], count: Count
) -> list[Example]:
    """The nearest examples that leave an item whole, and take no more than their share."""
    if not shots:
        return shots
    (asked,) = count([prompt.ask(own)])
    left = min(most, room - (asked if asked <= room else room // 2))
    kept: list[Example] = []
    for shot, tokens in reversed(list(zip(shots, count([prompt.shots([shot]) for shot in shots]), strict=True))):
        if tokens <= left:
            kept.insert(0, shot)
            left -= tokens
    return kept


def _shortened(prompt: Prompt, own: Mapping[str, str], room: int, count: Count) -> tuple[Mapping[str, str], bool]:
    """What is known of an item, cut at the end of its longest words until it takes at most ``room`` tokens."""
    known = {name: one_line(value) for name, value in own.items()}
    if sum(len(value.encode("utf-8", errors="replace")) for value in known.values()) <= room:
        return known, False  # a token covers at least one byte
    (empty,) = count([prompt.ask("")])
    for name in _CUT_FIRST:
        if not known.get(name) or not prompt.uses(name):
            continue
        while (tokens := count([prompt.ask(known)])[0] - empty) > room and known[name]:
            (taken,) = count([known[name]])
            keep = max(0.0, (taken - (tokens - room)) / max(1, taken)) * 0.98
            known[name] = known[name][: int(len(known[name]) * keep)].rstrip()
        if tokens <= room:
            break
    return known, known != {name: one_line(value) for name, value in own.items()}
