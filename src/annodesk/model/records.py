"""What an element's record must look like: checked whenever one is read, because a stranger may have written it."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

LATEST = 2**53
"""As a time about 285 years: what is later is damage, and would not be exact as a number of seconds."""

DEEPEST = 32
"""How deeply lists and mappings may lie in each other; what is nested without end cannot be read back."""

RECORDED = frozenset({"ruling"})
"""Reserved questions whose answer may be a record (see `model.outcomes`); no other answer may."""

_LARGEST = 1e300

Check = Callable[[Any], bool]


def fault(body: Any) -> str:
    """What is wrong with an element's record, or nothing; a kind that is not known only has to be storable."""
    if not isinstance(body, Mapping):
        return f"it is {reprlib.repr(body)}, not a record"
    if not isinstance(body.get("id"), str):
        return "an element has no id"
    if body.get("kind") not in KINDS:
        return "" if _is_storable(body) else f"{body['id'][:40]!r} is nested too deeply, or holds an infinite number"
    for name, value in body.items():
        check = _FIELDS.get(name)
        if check is not None and not check(value):
            return f"{name} is {reprlib.repr(value)}{_EXPECTED.get(check, '')}"
    if isinstance(body.get("value"), Mapping) and body.get("question") not in RECORDED:
        return f"value is {reprlib.repr(body['value'])}, not an answer"
    return ""


def is_str(value: Any) -> bool:
    """Whether it is a text."""
    return isinstance(value, str)


def is_str_or_none(value: Any) -> bool:
    """Whether it is a text or nothing."""
    return value is None or isinstance(value, str)


def is_int(value: Any) -> TypeGuard[int]:
    """Whether it is a whole number, not a truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_place(value: Any) -> bool:
    return is_int(value) and abs(value) <= LATEST


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST


def _is_storable(value: Any, depth: int = DEEPEST) -> bool:
    """Whether JSON can hold the value and give it back wherever it is read."""
    if isinstance(value, float):
        return value - value == 0  # neither NaN nor infinite
    if not isinstance(value, Mapping | list | tuple):
        return True
    inner = value.values() if isinstance(value, Mapping) else value
    return depth > 0 and all(_is_storable(v, depth - 1) for v in inner)


def _is_attributes(value: Any) -> bool:
    return isinstance(value, dict) and _is_storable(value)


def _is_labels(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _is_answer(value: Any) -> bool:
    if isinstance(value, Mapping):
        return _is_storable(value)
    return isinstance(value, str) or _is_number(value) or isinstance(value, bool) or _is_labels(value)


def _is_origin(value: Any) -> bool:
    if not isinstance(value, dict) or not is_str_or_none(value.get("source")):
        return False
    suggestion = value.get("suggestion")
    return suggestion is None or (isinstance(suggestion, dict) and all(c(suggestion.get(n)) for n, c in _PRICE.items()))


def _is_pairs(value: Any) -> bool:
    return value is None or (
        isinstance(value, list)
        and all(isinstance(p, list) and len(p) == 2 and isinstance(p[0], str) and _is_number(p[1]) for p in value)
    )


KINDS = frozenset({"segment", "span", "answer", "relation"})
_EXPECTED: dict[Check, str] = {_is_place: ", expected a whole number"}
_PRICE: dict[str, Check] = {
    "probability": _is_number,
    "model_sha256": is_str,
    "model_name": is_str,
    "prompt_version": is_str,
    "seed": is_int,
    "engine_version": is_str_or_none,
    "off_format_mass": lambda v: v is None or _is_number(v),
    "probabilities": _is_pairs,
    "alone": _is_pairs,
    "shortened": lambda v: v is None or isinstance(v, bool),
}
_FIELDS: dict[str, Check] = {
    **dict.fromkeys(("id", "tier", "asset", "type", "question", "source", "target", "text", "parent"), is_str),
    **dict.fromkeys(("start_us", "end_us", "start", "end"), _is_place),
    "labels": _is_labels,
    "attributes": _is_attributes,
    "channel": is_int,
    "low_hz": _is_number,
    "high_hz": _is_number,
    "value": _is_answer,
    "origin": _is_origin,
}
