"""Which key gives which label or answer: the project's own first, then digits, then letters no command owns. No Qt."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from annodesk.model.annotations import NOT_SURE
from annodesk.model.schema import Label, LabelSchema, Question, QuestionKind, Tier

DIGITS = "123456789"
LETTERS = "QWTHLOP"
"""Letters that no command of a workspace owns."""


class Choice(Struct, frozen=True):
    """One answer a question offers, with its key (empty where none was left)."""

    value: object
    title: str
    key: str
    description: str = ""


def _give(labels: Iterable[Label], taken: set[str], pool: str) -> dict[str, str]:
    """A key for each label by name; a wish that is taken already goes to the pool like the rest."""
    labels = list(labels)
    keys: dict[str, str] = {}
    for label in labels:
        wish = label.key.upper()
        if wish and wish not in taken:
            keys[label.name] = wish
            taken.add(wish)
    for label in labels:
        if label.name not in keys:
            key = next((k for k in pool if k not in taken), "")
            keys[label.name] = key
            taken.add(key)
    return keys


def label_keys(schema: LabelSchema, tier: Tier) -> dict[str, str]:
    """The key of each label of a tier; digits first, never one that an answer wishes for."""
    wishes = {label.key.upper() for question in schema.questions for label in question.labels if label.key}
    own = {label.key.upper() for label in tier.labels if label.key}
    return _give(tier.labels, wishes - own, DIGITS + LETTERS)


def question_choices(schema: LabelSchema) -> dict[str, list[Choice]]:
    """What each question offers, by question, with keys that clash with no label of any tier."""
    taken = {key for tier in schema.tiers for key in label_keys(schema, tier).values() if key}
    found: dict[str, list[Choice]] = {}
    for question in schema.questions:
        keys = _give(_offers(question), taken, LETTERS + DIGITS)
        found[question.name] = [
            Choice(_value(question, label.name), label.name, keys[label.name], label.description)
            for label in _offers(question)
        ]
    return found


def _offers(question: Question) -> list[Label]:
    if question.kind is QuestionKind.RATING:
        low, high = question.scale
        offers = [Label(str(number)) for number in range(low, high + 1)]
    else:
        offers = list(question.labels)
    if question.not_sure and all(label.name != NOT_SURE for label in offers):
        offers.append(Label(NOT_SURE))
    return offers


def _value(question: Question, name: str) -> object:
    return int(name) if question.kind is QuestionKind.RATING and name != NOT_SURE else name


def answered(question: Question, value: object, chosen: object) -> object:
    """The answer after one choice was pressed: it replaces, or joins or leaves a list of labels; None for no answer."""
    if question.kind is not QuestionKind.MULTI_LABEL or chosen == NOT_SURE:
        return None if value == chosen else chosen
    before = value if isinstance(value, tuple) else ()
    after = tuple(v for v in before if v != chosen) if chosen in before else (*before, chosen)
    order = [label.name for label in question.labels]
    return tuple(sorted(after, key=order.index)) or None
