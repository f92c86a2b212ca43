"""Our own format, lossless: JSON lines, a header, then each item's document line followed by its elements."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from msgspec.structs import asdict

from annodesk.errors import ValidationError
from annodesk.formats.base import Document, Format, ReadResult, Report, TierInfo
from annodesk.formats.files import LATEST_US, decode, shown
from annodesk.formats.losses import is_possible, sound, tell, unsound_losses
from annodesk.model.annotations import (
    Element,
    Segment,
    Span,
    UnknownElement,
    element_from_json,
    element_to_json,
    required_fields,
)
from annodesk.model.records import Check, fault, is_int, is_str, is_str_or_none
from annodesk.model.schema import TierKind, TierRule

MARK = "annodesk"
VERSION = 1

Json = dict[str, Any]


def sniff(head: str) -> bool:
    """Whether the text begins with our header."""
    return head.lstrip().startswith(f'{{"{MARK}":')


def losses(documents: Sequence[Document]) -> list[str]:
    """What JSON cannot hold: impossible times, and values that are not JSON's."""
    odd = [e for d in documents for e in sound(d).elements if not _survives(e)]
    dropped = sum(_element_body(e) is None for e in odd)
    around = sum(not _is_plain(dict(v)) for d in documents for v in (d.metadata, d.extras))
    return [
        *unsound_losses(documents),
        *tell(dropped, "element", "left out, because one of its values cannot be written"),
        *tell(len(odd) - dropped, "element", "written with values changed to what JSON can hold"),
        *tell(around, "mapping of an item", "written with values changed to what JSON can hold"),
    ]


def render(documents: Sequence[Document]) -> bytes:
    """The header, then for each document its own line and one line per element."""
    lines = [_line({MARK: "annotations", "version": VERSION})]
    for document in map(sound, documents):
        elements = [body for e in document.elements if (body := _element_body(e)) is not None]
        lines.append(_line(_document_body(document, len(elements))))
        lines.extend(_line(body) for body in elements)
    return b"".join(lines)


def _line(body: Json) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    except UnicodeEncodeError:  # lone surrogates live on as escapes
        return json.dumps(body, allow_nan=False).encode() + b"\n"


def _document_body(document: Document, number: int) -> Json:
    body: Json = {MARK: "document", "elements": number}
    for name in ("item", "author", "media", "duration_us"):
        if (value := getattr(document, name)) is not None:
            body[name] = value
    for name in ("metadata", "extras"):
        if value := getattr(document, name):
            body[name] = _plain(dict(value))
    body["tiers"] = [{k: v for k, v in asdict(t).items() if v is not None} for t in document.tiers]
    return body


def _body(element: Element) -> Json:
    """An element's JSON, with the empty texts that a record of it must have."""
    body = element_to_json(element)
    if isinstance(element, UnknownElement):
        return body
    return {"kind": element.KIND, **{name: body.get(name, "") for name in required_fields(type(element))}, **body}


def _element_body(element: Element) -> Json | None:
    body = _body(element)
    plain = body if _is_plain(body) else _plain(body)
    return None if MARK in plain or fault(plain) else plain


def _survives(element: Element) -> bool:
    """Whether reading an element's line gives the element again."""
    body = _body(element)
    if MARK in body or not _is_plain(body) or fault(body):
        return False
    try:
        return element_from_json(body) == element
    except ValidationError:
        return False


def _is_plain(value: Any) -> bool:
    """Whether JSON gives the value back as it is."""
    if isinstance(value, float):
        return value - value == 0  # neither NaN nor infinite
    if value is None or isinstance(value, str | bool | int):
        return True
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, dict) and all(isinstance(k, str) and _is_plain(v) for k, v in value.items())


def _plain(value: Any) -> Any:
    """The value as near as JSON comes to it."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    if _is_plain(value):
        return value
    return None if isinstance(value, float) else str(value)


def parse(data: bytes, report: Report) -> ReadResult:
    """The documents of a file; each line is checked as if a stranger wrote it."""
    lines = _lines(decode(report.path, data), report)
    number, header = next(lines, (1, None))
    if header is None or header.get(MARK) != "annotations":
        hint = "Name its format, or export it again."
        raise report.error(number, "this is not annodesk's own format: its header line is missing.", hint)
    version = header.get("version")
    if not is_int(version) or version < 1:
        raise report.error(number, f"its format version is {shown(str(version))}, not a number.", "Export it again.")
    if version > VERSION:
        what = f"it has format version {version}, and this annodesk reads up to {VERSION}."
        raise report.error(number, what, "Open it with a newer annodesk.")
    return report.result(_documents(lines, report))


def _documents(lines: Iterator[tuple[int, Json]], report: Report) -> Iterator[Document]:
    values: Json | None = None
    elements: dict[str, Element] = {}
    expected, begun = 0, 0
    for number, body in lines:
        if MARK in body:
            if values is not None:
                yield _finished(values, elements, expected, begun, report)
            values, expected = _document_values(body, number, report)
            elements, begun = {}, number
            continue
        if values is None:
            report.skip(number, "an element stands before the line of its document.")
            continue
        expected -= 1
        element = _element(body, number, report)
        if element is not None and element.id in elements:
            report.skip(number, f"the id {shown(element.id)} stands twice in one document.")
        elif element is not None:
            elements[element.id] = element
    if values is not None:
        yield _finished(values, elements, expected, begun, report)


def _finished(values: Json, elements: dict[str, Element], left: int, line: int, report: Report) -> Document:
    if left and not report.skipped:
        report.skip(line, f"the file is not whole: {abs(left):,} elements too {'few' if left > 0 else 'many'}.")
    return Document(elements=tuple(elements.values()), **values)


def _lines(text: str, report: Report) -> Iterator[tuple[int, Json]]:
    number, place = 0, 0
    while place < len(text):
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        line, place, number = text[place:end].strip(), end + 1, number + 1
        if not line:
            continue
        try:
            body = json.loads(line, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            report.skip(number, f"this line is not JSON: {shown(line)} ({_first_words(error)}).")
            continue
        if isinstance(body, dict):
            yield number, body
        else:
            report.skip(number, f"this line is not a JSON object: {shown(line)}.")


def _first_words(error: ValueError | RecursionError) -> str:
    return "too deeply nested" if isinstance(error, RecursionError) else str(error)[:80]


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _document_values(body: Json, line: int, report: Report) -> tuple[Json, int]:
    """A document line's fields; a wrong one cannot be passed over, for all that follows hangs on it."""
    values: Json = {}
    for name, check in _DOCUMENT.items():
        value = body.get(name)
        if value is not None and not check(value):
            raise report.error(line, f"{name} is {shown(str(value))}.", "Export the file again.")
        if value is not None:
            values[name] = value
    expected = values.pop("elements", 0)
    try:
        values["tiers"] = tuple(_tier(tier) for tier in values.get("tiers", ()))
        Document(tiers=values["tiers"])
    except (ValueError, TypeError, ValidationError) as error:
        raise report.error(line, f"its tiers cannot be understood: {str(error)[:80]}.", "Export it again.") from error
    return values, expected


def _tier(body: Any) -> TierInfo:
    if not isinstance(body, dict) or not isinstance(body.get("name"), str) or not is_str_or_none(body.get("parent")):
        raise ValueError("a tier has no name, or a parent that is not a name")
    return TierInfo(
        body["name"], TierKind(body.get("kind", "interval")), body.get("parent"), TierRule(body.get("rule", "none"))
    )


def _element(body: Json, line: int, report: Report) -> Element | None:
    try:
        element = element_from_json(body)
    except ValidationError as error:
        report.skip(line, error.sentence)
        return None
    if isinstance(element, Segment) and not is_possible(element):
        report.skip(line, f"the segment lasts from {element.start_us} to {element.end_us} us.")
    elif isinstance(element, Span) and not 0 <= element.start <= element.end:
        report.skip(line, f"the span goes from {element.start} to {element.end}.")
    else:
        return element
    return None


_DOCUMENT: dict[str, Check] = {
    "elements": lambda v: is_int(v) and v >= 0,
    "item": is_str,
    "author": is_str,
    "media": is_str,
    "duration_us": lambda v: is_int(v) and 0 <= v <= LATEST_US,
    "metadata": lambda v: isinstance(v, dict),
    "extras": lambda v: isinstance(v, dict),
    "tiers": lambda v: isinstance(v, list),
}

FORMAT = Format(
    "native",
    "annodesk JSON lines",
    (".jsonl", ".annotations"),
    sniff,
    parse,
    render,
    losses,
    several=True,
    holds_labels=True,
)
