"""Column types that refuse what another hand has put into a file: SQLite itself lets any value into any column."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, NoReturn

import sqlalchemy
import sqlalchemy.exc
from sqlalchemy import Dialect
from sqlalchemy.types import TypeDecorator

from annodesk.errors import EditError, ValidationError


class MisfitError(Exception):
    """A stored value that annodesk would not have written."""


RefusedValueError = sqlalchemy.exc.DataError
"""A database cannot take a value, or look into one: such as a text with a sign it does not know."""


@contextmanager
def understood() -> Iterator[None]:
    """Around what makes values of a row: where that fails, the row is no record of ours."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, EditError, ValidationError) as error:
        raise MisfitError(str(error)) from error


class _Checked(TypeDecorator[Any]):
    """A type whose values are looked at when they are read; nothing (NULL) passes, for a join may give it."""

    kinds: tuple[type, ...] = ()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is not None and not isinstance(value, self.kinds):
            raise MisfitError(f"{value!r:.40} is not of the kind {self.kinds[0].__name__}")
        return value


class Text(_Checked):
    """A text."""

    impl = sqlalchemy.Text
    cache_ok = True
    kinds = (str,)


class Integer(_Checked):
    """A whole number."""

    impl = sqlalchemy.Integer
    cache_ok = True
    kinds = (int,)


class BigInteger(Integer):
    """A whole number of up to 64 bits, such as a time in microseconds."""

    impl = sqlalchemy.BigInteger
    cache_ok = True


class Float(_Checked):
    """A finite number."""

    impl = sqlalchemy.Float
    cache_ok = True
    kinds = (float, int)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        found = super().process_result_value(value, dialect)
        if found is not None and not math.isfinite(found):
            raise MisfitError(f"{found} is not a finite number")
        return found


class OneOf(_Checked):
    """A text that is one of the values of an enumeration."""

    impl = sqlalchemy.Text
    cache_ok = True
    kinds = (str,)

    def __init__(self, names: type[StrEnum]) -> None:
        super().__init__()
        self.names = names

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is not None and value not in self.names._value2member_map_:
            raise MisfitError(f"{value!r:.40} is none of {', '.join(self.names)}")
        return value


class JsonObject(_Checked):
    """A JSON object; where it may be missing, None is one of its values."""

    impl = sqlalchemy.JSON
    cache_ok = True
    kinds: tuple[type, ...] = (dict,)

    def __init__(self, *, or_none: bool = False) -> None:
        super().__init__()
        self.or_none = or_none

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None and not self.or_none:
            raise MisfitError("a JSON value is missing")
        return super().process_result_value(value, dialect)


class JsonList(JsonObject):
    """A JSON array."""

    cache_ok = True
    kinds = (list,)


def to_json(value: Any) -> str:
    """A value as it is stored: the same text for the same value."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)


def from_json(text: Any) -> Any:
    """A stored value; refuses what cannot have been written by ``to_json``."""
    with understood():
        value = json.loads(text, parse_constant=_no_number)
        # Escaped surrogates are half characters, which nothing can be made of later; ours are never escaped.
        if "\\u" in text:
            to_json(value).encode()
        return value


def all_from_json(texts: Sequence[Any]) -> list[dict[str, Any]] | None:
    """Stored JSON objects read as one text, several times as fast as one by one; None where one of them is none."""
    try:
        values = from_json(f"[{','.join(texts)}]")
    except (MisfitError, TypeError):
        return None
    is_whole = len(values) == len(texts) and all(type(value) is dict for value in values)
    return values if is_whole else None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
