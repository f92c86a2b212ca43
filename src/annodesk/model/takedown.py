"""What is left of an item's words once it is taken down: labels, times and numbers, and no content.

The rule works on JSON records, because the shared database applies the same one in SQL: both sides come to the same
digests. A word of an answer or an attribute stays only where it stands, in quotes, in the project's own file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from annodesk.model.annotations import CHECKED_NONE, NOT_SURE
from annodesk.model.edits import EDIT_FORMAT
from annodesk.model.schema import CODED_NAMES

Json = dict[str, Any]
Known = Callable[[str], bool]
"""Whether a word is the project's own."""

UNKNOWN_DIGEST = "purged"
"""Stands where a digest was of what is gone, and nobody has folded what is left."""

_SCALARS = (
    *("asset", "channel", "end", "end_us", "high_hz", "id", "kind", "low_hz", "parent", "question", "source"),
    *("start", "start_us", "target", "tier", "type"),
)
_OF_SUGGESTION = (
    *("engine_version", "model_name", "model_sha256", "off_format_mass", "probability", "prompt_version", "seed"),
)
_OWN_WORD = re.compile(r"[A-Za-z]{1,16}")


def words_of(files: str) -> Known:
    """The words that stand in quotes in a project's file, all its versions together."""
    seen: dict[str, bool] = {NOT_SURE: True, CHECKED_NONE: True}

    def known(word: str) -> bool:
        if word not in seen:
            seen[word] = json.dumps(word, ensure_ascii=False) in files or f"'{word}'" in files
        return seen[word]

    return known


def blank_element(element: Any, known: Known) -> Json:
    """An element's record without content."""
    if not isinstance(element, Mapping):
        return {}
    left = {name: element[name] for name in _SCALARS if name in element and _is_scalar(element[name])}
    if isinstance(element.get("labels"), list):
        left["labels"] = [one for one in element["labels"] if isinstance(one, str)]
    attributes = _blank_attributes(element.get("attributes"), known)
    if attributes:
        left["attributes"] = attributes
    if isinstance(element.get("origin"), Mapping):
        left["origin"] = _blank_origin(element["origin"])
    if "value" in element:
        reserved = element.get("question") in CODED_NAMES
        left["value"] = _blank_value(element["value"], known, reserved=reserved)
    return left


def blank_edit(body: Any, format: int, known: Known) -> Json:
    """An Edit's body without content, marked; of a format that is not known nothing is left."""
    nothing: Json = {"changes": [], "purged": True, "verb": ""}
    changes = body.get("changes") if isinstance(body, Mapping) else None
    if format != EDIT_FORMAT or not isinstance(changes, list):
        return nothing
    left = []
    for change in changes:
        if not isinstance(change, Mapping):
            return nothing
        sides = {side: change.get(side) for side in ("after", "before")}
        if not all(one is None or isinstance(one, Mapping) for one in sides.values()):
            return nothing
        left.append({side: None if one is None else blank_element(one, known) for side, one in sides.items()})
    blank: Json = {"changes": left, "purged": True, "verb": body["verb"] if isinstance(body.get("verb"), str) else ""}
    if _is_number(body.get("handed_in")):
        blank["handed_in"] = body["handed_in"]
    if isinstance(body.get("resolves"), list):
        blank["resolves"] = [one for one in body["resolves"] if isinstance(one, str)]
    return blank


def texts_in(value: Any) -> set[str]:
    """Every text in a record, to be looked for where it may have been copied to."""
    if isinstance(value, str):
        return {value}
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return set().union(*(texts_in(one) for one in inner))


def _blank_value(value: Any, known: Known, *, reserved: bool) -> Any:
    if isinstance(value, list):
        return [one for one in value if isinstance(one, str) and known(one)]
    if isinstance(value, str):
        return value if known(value) or (reserved and _OWN_WORD.fullmatch(value)) else ""
    return value if isinstance(value, bool) or _is_number(value) else ""


def _blank_attributes(attributes: Any, known: Known) -> Json:
    if not isinstance(attributes, Mapping):
        return {}
    return {
        name: value
        for name, value in attributes.items()
        if known(name) and (isinstance(value, bool) or _is_number(value) or (isinstance(value, str) and known(value)))
    }


def _blank_origin(origin: Mapping[str, Any]) -> Json:
    left: Json = {name: origin[name] for name in ("kind", "source") if name in origin and _is_scalar(origin[name])}
    suggestion = origin.get("suggestion")
    if isinstance(suggestion, Mapping):
        kept: Json = {n: suggestion[n] for n in _OF_SUGGESTION if n in suggestion and _is_scalar(suggestion[n])}
        if isinstance(suggestion.get("probabilities"), list):
            kept["probabilities"] = suggestion["probabilities"]
        left["suggestion"] = kept
    return left


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | bool) or _is_number(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
