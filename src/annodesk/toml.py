"""Reads TOML, and checks what it says against a ``msgspec.Struct``: what is wrong is told by its place and in words."""

from __future__ import annotations

import re
import tomllib
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar

import msgspec.structs
from msgspec import Struct

T = TypeVar("T")
Place = tuple[str | int, ...]
"""The keys that lead to a value, such as ``("tier", 0, "name")``."""

_MOST_DOTS = 100
_LONGEST_SHOWN = 200
_GOT = re.compile(r"Expected `([^`]*)`, got .*")
_RANGE = re.compile(r"Expected `(?:int|float)` (>=|<=|>|<) (\S+)")
_LENGTH = re.compile(r"Expected `(str|array|object)` of length (>= |<= |)(\d+).*")
_TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
_COUNTED = {"str": "character", "array": "item", "object": "key"}


class Table(Struct, frozen=True):
    """What a table may say; the types are read when it is checked, and so are not imported for types alone."""


class NotToml(ValueError):
    """A text that is no TOML; ``line`` is 1 for the first, None where it cannot be told."""

    def __init__(self, line: int | None, what: str) -> None:
        super().__init__(what)
        self.line = line


class WrongValue(ValueError):
    """A value that may not stand where it does: the keys that lead to it, and what it must be.

    Parameters
    ----------
    what : the end of a sentence that begins with the key
    known : for a key that is not known, those that are
    """

    def __init__(self, place: Place, what: str, known: Sequence[str] = ()) -> None:
        super().__init__(f"{dotted(place)} {what}" if place else what)
        self.place, self.what, self.known = place, what, known


def read(text: str) -> dict[str, Any]:
    """What a TOML text says; raises NotToml.

    Python's own reader comes first, for it is had at once. What it does not know is left to tomlkit: TOML 1.1, and to
    say what is wrong. So are long keys of many parts, for which it takes time by the square of their number.
    """
    if all(line.count(".") <= _MOST_DOTS for line in text.splitlines()):
        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError):
            pass
    import tomlkit
    from tomlkit.exceptions import ParseError, TOMLKitError

    try:
        return tomlkit.parse(text).unwrap()
    except ParseError as error:
        raise NotToml(error.line, _plain(error)) from error
    except (TOMLKitError, ValueError, RecursionError) as error:
        raise NotToml(None, _plain(error)) from error


def _plain(error: Exception) -> str:
    return str(error).split(" at line ")[0].rstrip(".")


def check(values: Mapping[str, Any], kind: type[T], *, strict: bool = True) -> T:
    """The values as a Struct; raises WrongValue for the first that may not be.

    Not strict, numbers may stand in quotes.
    """
    try:
        return msgspec.convert(values, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise _first_fault((), values, kind, strict) from error


def dotted(place: Place) -> str:
    """A place as people write it; the first of a list is 1."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else _shown_key(part) for part in place)
    return ".".join(parts).replace(".[", "[")


def _shown_key(key: str) -> str:
    return key[:_LONGEST_SHOWN] if key.isprintable() else repr(key[:_LONGEST_SHOWN])


def _first_fault(place: Place, value: Any, kind: Any, strict: bool) -> WrongValue:
    """What is wrong with a value, or with the first part of it that does not fit.

    msgspec names a place too, but keys stand in it as they were given, and those of mappings not at all.
    """
    for key, part, its in _parts(value, kind):
        if _fault(part, its, strict):
            return _first_fault((*place, key), part, its, strict)
    if isinstance(value, Mapping):
        known, required = _keys_of(kind)
        for key in value:
            if known and key not in known:
                return WrongValue((*place, str(key)), "is not a known key.", known)
        for key in required:
            if key not in value:
                return WrongValue((*place, key), "is missing.")
    shown = f", not {repr(value)[:_LONGEST_SHOWN]}" if isinstance(value, str | int | float) else ""
    return WrongValue(place, f"{_must_be(_fault(value, kind, strict), kind)}{shown}.")


def _fault(value: object, kind: Any, strict: bool) -> str:
    """What msgspec says is wrong with a value; empty where it fits."""
    try:
        msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _parts(value: Any, kind: Any) -> Iterator[tuple[str | int, Any, Any]]:
    """What a value is made of, where its type has parts: key or number, part, and the type of the part."""
    for member in _members(kind):
        origin, inner = typing.get_origin(member), typing.get_args(member)
        if _is_struct(member) and isinstance(value, Mapping):
            types = typing.get_type_hints(member, include_extras=True)
            yield from ((key, part, types[key]) for key, part in value.items() if key in types)
        elif origin is dict and isinstance(value, Mapping):
            yield from ((key, part, inner[1]) for key, part in value.items())
        elif origin is list and isinstance(value, list):
            yield from ((number, part, inner[0]) for number, part in enumerate(value))
        elif origin is tuple and isinstance(value, list) and len(value) == len(inner):
            yield from ((number, part, inner[number]) for number, part in enumerate(value))


def _keys_of(kind: Any) -> tuple[list[str], list[str]]:
    """The keys that a table may have, none where any will do, and those that it must have."""
    for member in _members(kind):
        if _is_struct(member):
            fields = msgspec.structs.fields(member)
            known = sorted(one.encode_name for one in fields) if member.__struct_config__.forbid_unknown_fields else []
            return known, [one.encode_name for one in fields if one.required]
        if typing.get_origin(member) is dict:
            return _choices(typing.get_args(member)[0]), []
    return [], []


def _must_be(said: str, kind: Any) -> str:
    """What msgspec says of a value, as the end of a sentence; a field's own title comes first."""
    if title := next((meta.title for meta in getattr(kind, "__metadata__", ()) if meta.title), ""):
        return f"must be {title}"
    if choices := _choices(kind):
        return f"must be {' or '.join(map(repr, choices))}"
    if found := _GOT.fullmatch(said):
        return f"must be {' or '.join(_TYPES.get(name, name) for name in found[1].split(' | ') if name != 'null')}"
    if found := _RANGE.fullmatch(said):
        return f"must be {_BOUNDS[found[1]]} {found[2].removesuffix('.0')}"
    if found := _LENGTH.fullmatch(said):
        bound, number = _BOUNDS.get(found[2].strip(), "exactly"), int(found[3])
        return f"must have {bound} {number} {_COUNTED[found[1]]}{'s' * (number != 1)}"
    if "matching regex" in said:
        return "holds a character that may not stand there"
    return "is out of range" if said == "Number out of range" else "is not allowed there"


def _members(kind: Any) -> tuple[Any, ...]:
    """The types that a value may have, each without what is said of it."""
    while hasattr(kind, "__metadata__"):
        kind = kind.__origin__
    if (
        typing.get_origin(kind) is Literal
        or not typing.get_args(kind)
        or typing.get_origin(kind) in (dict, list, tuple)
    ):
        return (kind,)
    return tuple(member for one in typing.get_args(kind) for member in _members(one))


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _choices(kind: Any) -> list[str]:
    return [c for member in _members(kind) if typing.get_origin(member) is Literal for c in typing.get_args(member)]
