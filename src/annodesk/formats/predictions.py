"""What a model said of many items, as JSON lines or a table of answers; annotation files hold the same and more.

JSON lines: one object a line with ``item`` (its key) and either ``answers`` (question to value) or ``question`` with
``label`` (or ``labels``, ``value``, ``score``), ``probability`` and ``probabilities`` (label to number). ``segments``
and ``spans`` are lists of objects with ``tier`` (or ``type``), ``start`` and ``end`` (seconds; code points of a span),
``label`` or ``labels`` and ``probability``. A table: ``item``, ``question`` (where the project has several), ``label``
(several joined by ``|``), ``probability``, and a column ``p:LABEL`` for each label's own. A table with ``start`` and
``end`` holds segments, as does everything that can be imported.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from annodesk import formats
from annodesk.errors import FormatError
from annodesk.formats import native, table
from annodesk.formats.base import LABEL_SEPARATOR, Document, Report
from annodesk.formats.files import decode, read_bytes, round_to_int, shown
from annodesk.model.annotations import Answer, Element, Origin, OriginKind, Segment, Span, Suggestion, answer_id
from annodesk.model.records import is_int

MOST_LINES = 5_000_000
_LONGEST_HEADER = 100_000
_ITEM, _QUESTION = ("item", "key", "id", "file"), ("question", "part")
_CHANCE = "p:"

Json = dict[str, Any]


class _Item(Struct):
    """What is gathered of one item; ``asset`` of a span is told when its item is known."""

    answers: dict[str, Element] = field(default_factory=dict)
    marks: list[Element] = field(default_factory=list)


def read_predictions(path: Path, *, only_question: str = "") -> tuple[Document, ...]:
    """One document for each item that a file tells of; an item with nothing in it was looked at in vain.

    Parameters
    ----------
    only_question : the question that is meant where the file names none; "" where a project has several
    """
    data = read_bytes(path)
    text = decode(path, data)
    if native.sniff(text[:4096]) or table.sniff(text[:65536]) or not _is_own(path, text):
        return formats.read(path).documents
    report = Report(path, False)
    items: dict[str, _Item] = {}
    rows = _lines(text, report) if text.lstrip().startswith("{") else _rows(text, report)
    for number, body in rows:
        if number > MOST_LINES:
            raise report.error(number, f"it has more than {MOST_LINES:,} lines.", "Split the file.")
        try:
            _take(body, items, only_question, number)
        except (ValueError, TypeError) as error:
            raise report.error(number, f"{error}.", "Mend that line.") from None
    return tuple(Document((*one.answers.values(), *one.marks), item=key) for key, one in items.items())


def _is_own(path: Path, text: str) -> bool:
    """Whether the text is one of the two plain forms."""
    first = text.lstrip().partition("\n")[0]
    if first.startswith("{"):
        try:
            return isinstance(json.loads(first), dict)
        except (ValueError, RecursionError):
            return path.suffix.lower() == ".jsonl"
    try:
        names = {cell.strip().lower() for cell in next(csv.reader([first[:_LONGEST_HEADER]]), [])}
    except csv.Error:
        return False
    return bool(names & set(_ITEM)) and bool(names & {"label", "value", "labels", "score"})


def _lines(text: str, report: Report) -> Iterator[tuple[int, Json]]:
    for number, line in enumerate(io.StringIO(text), start=1):
        if not line.strip():
            continue
        try:
            body = json.loads(line)
        except (ValueError, RecursionError):
            raise report.error(number, f"this line is not JSON: {shown(line.strip())}.", "Mend that line.") from None
        if not isinstance(body, dict):
            raise report.error(number, f"this line is not a JSON object: {shown(line.strip())}.", "Mend that line.")
        yield number, body


def _rows(text: str, report: Report) -> Iterator[tuple[int, Json]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader)]
        names = [cell if cell.lower().startswith(_CHANCE) else cell.lower() for cell in header]
        if len(set(names)) < len(names):
            raise report.error(1, "two of its columns have one name.", "Take one of them out.")
        for row in reader:
            if any(row):
                yield reader.line_num, _cells(dict(zip(names, row, strict=False)))
    except csv.Error as error:
        raise FormatError(report.path, reader.line_num, f"it is not a CSV table: {str(error)[:80]}.") from error


def _cells(cells: dict[str, str]) -> Json:
    """A row as a line's object."""
    body: Json = {name: cell for name, cell in cells.items() if cell.strip() and not name.startswith(_CHANCE)}
    chances = {name[len(_CHANCE) :]: cell for name, cell in cells.items() if name.startswith(_CHANCE) and cell.strip()}
    if chances:
        body["probabilities"] = {label: _number(cell, f"{_CHANCE}{label}") for label, cell in chances.items()}
    for name in ("probability", "score"):
        if name in body:
            body[name] = _number(body[name], name)
    return body


def _take(body: Json, items: dict[str, _Item], only_question: str, number: int) -> None:
    key = next((body[name] for name in _ITEM if body.get(name) not in (None, "")), None)
    if key is None:
        raise ValueError("no item is named")
    item = items.setdefault(str(key), _Item())
    for name in ("segments", "spans"):
        for place, mark in enumerate(_list(body, name)):
            if not isinstance(mark, dict):
                raise ValueError(f"one of {name} is not an object")
            item.marks.append((_segment if name == "segments" else _span)(mark, f"{number}.{place}"))
    answers = body.get("answers", {})
    if not isinstance(answers, Mapping):
        raise ValueError("answers is not an object")
    for question, value in answers.items():
        given = value if isinstance(value, Mapping) else {"value": value}
        _answer(str(question), given, item)
    if any(name in body for name in ("label", "labels", "value", "score", "probabilities")):
        question = next((str(body[name]) for name in _QUESTION if body.get(name)), only_question)
        if not question:
            raise ValueError("no question is named, and the project has several")
        _answer(question, body, item)


def _answer(question: str, body: Mapping[str, Any], item: _Item) -> None:
    if question in item.answers:
        raise ValueError(f"the question {shown(question)} is answered twice for one item")
    chances = _chances(body)
    value = next((body[name] for name in ("labels", "label", "value", "score") if body.get(name) is not None), None)
    if value is None and chances:
        value = max(chances, key=lambda label: chances[label])
    if isinstance(value, list):
        value = tuple(map(_plain, value))
    elif isinstance(value, str) and LABEL_SEPARATOR in value:
        value = tuple(value.split(LABEL_SEPARATOR))
    else:
        value = _plain(value)
    named = [value] if isinstance(value, str) else value if isinstance(value, tuple) else []
    probability = _probability(body)
    if probability is None and named and all(one in chances for one in named):
        probability = math.prod(chances[one] for one in named)
    item.answers[question] = Answer(answer_id(question), question, value, origin=_origin(probability, chances))


def _plain(value: Any) -> Any:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("an answer is not a finite number")
        return value
    raise ValueError(f"the answer is {shown(str(value))}, not a label, a list of labels or a number")


def _segment(body: Mapping[str, Any], name: str) -> Segment:
    start, end = (_time_us(body, where) for where in ("start", "end"))
    if end < start:
        raise ValueError("a segment ends before it starts")
    return Segment(name, str(body.get("tier", "")), start, end, _labels(body), origin=_origin(_probability(body), {}))


def _span(body: Mapping[str, Any], name: str) -> Span:
    start, end = body.get("start"), body.get("end")
    if not is_int(start) or not is_int(end) or not 0 <= start <= end < 2**53:
        raise ValueError("a span's start and end are not places of a text")
    told = _origin(_probability(body), {})
    return Span(name, "", str(body.get("type", "")), start, end, _labels(body), origin=told)


def _time_us(body: Mapping[str, Any], where: str) -> int:
    exact, seconds = body.get(f"{where}_us"), body.get(where)
    if is_int(exact) and 0 <= exact < 2**53:
        return exact
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds < 2**53 / 1e6:
        return round_to_int(Decimal(repr(seconds)) * 1_000_000)
    raise ValueError(f"a segment's {where} is {shown(str(seconds))}, not seconds")


def _labels(body: Mapping[str, Any]) -> tuple[str, ...]:
    labels = body.get("labels", [body["label"]] if body.get("label") is not None else [])
    if not isinstance(labels, list) or not all(isinstance(one, str) for one in labels):
        raise ValueError("labels is not a list of texts")
    return tuple(labels)


def _list(body: Json, name: str) -> list[Any]:
    found = body.get(name, [])
    if not isinstance(found, list):
        raise ValueError(f"{name} is not a list")
    return found


def _probability(body: Mapping[str, Any]) -> float | None:
    value = body.get("probability", body.get("confidence"))
    return None if value is None else _share(value, "probability")


def _chances(body: Mapping[str, Any]) -> dict[str, float]:
    given = body.get("probabilities") or {}
    if not isinstance(given, Mapping):
        raise ValueError("probabilities is not an object")
    return {str(label): _share(value, f"the probability of {shown(str(label))}") for label, value in given.items()}


def _share(value: Any, name: str) -> float:
    number = _number(value, name)
    if not 0 <= number <= 1:
        raise ValueError(f"{name} is {number:g}, not from 0 to 1")
    return number


def _number(value: Any, name: str) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{name} is {shown(str(value))}, not a number")
    return number


def _origin(probability: float | None, chances: Mapping[str, float]) -> Origin:
    if probability is None and not chances:
        return Origin(OriginKind.MODEL)
    p = -1.0 if probability is None else probability
    return Origin(OriginKind.MODEL, suggestion=Suggestion(p, "", "", "", 0, probabilities=tuple(chances.items())))
