"""Tables of segments, CSV or TSV: a header names the columns, times are seconds, cells are kept as they are.

Columns written: item, annotator, tier, start, end, label, text, then those of channel, low_hz, high_hz, labels,
attributes (JSON), parent, outcome and ruled (JSON) that are used, then id. A row with an outcome (several, undecided,
excluded) is no segment: it says of a place, a question or the whole item that there is no one answer, and ``ruled``
holds the reason and the answers that are acceptable. Several labels are joined by ``|`` in ``label``; ``labels`` holds
them as JSON only where that would be misread. On reading, other names for a column are understood (onset, offset,
file ...), and a column that is not known is kept as an attribute.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.formats.base import LABEL_SEPARATOR, Document, Format, ReadResult, Report, TierInfo
from annodesk.formats.files import decode, encode, seconds_to_us, shown, us_to_text
from annodesk.formats.losses import Holds, by_tier, common_losses, is_point_tier, sound, tell
from annodesk.model.annotations import BY_PERSON, Answer, Segment, answer_id
from annodesk.model.outcomes import WHOLE, OutcomeKind, is_outcome, outcome_of
from annodesk.model.schema import RULING, TierKind

DELIMITERS = (",", ";", "\t", "|")
ALWAYS = ("item", "annotator", "tier", "start", "end", "label", "text")
SOMETIMES = ("channel", "low_hz", "high_hz", "labels", "attributes", "parent", "outcome", "ruled")
_NAMES = {
    "item": ("item", "file", "filename", "file_name", "notated_path", "audio"),
    "annotator": ("annotator", "author", "coder"),
    "tier": ("tier", "layer"),
    "start": (
        "start",
        "start_s",
        "start_time",
        "start_seconds",
        "time_start",
        "onset",
        "onset_s",
        "begin",
        "tmin",
        "xmin",
    ),
    "end": ("end", "end_s", "end_time", "end_seconds", "time_end", "offset", "offset_s", "stop", "tmax"),
    "label": ("label",),
    "text": ("text", "transcription"),
    "low_hz": ("low_hz", "low_freq"),
    "high_hz": ("high_hz", "high_freq"),
    **{name: (name,) for name in ("channel", "labels", "attributes", "parent", "outcome", "ruled", "id")},
}
_FIELD = {alias: name for name, aliases in _NAMES.items() for alias in aliases}
_MOST_CELL = 16 * 1024 * 1024
_HOLDS = Holds(labels=True, attributes="", parents=True, channels=True, bands=True, author=True, outcomes=True)

Cells = dict[str, str]


def sniff(head: str) -> bool:
    """Whether the first line is a header with columns for start and end."""
    return _delimiter(head) is not None


def _header(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _delimiter(text: str) -> str | None:
    """What separates the header's columns; None where no way of reading it gives a start and an end."""
    line = text.lstrip("\r\n")[:_MOST_CELL].partition("\n")[0].rstrip("\r")
    for delimiter in DELIMITERS:
        fields = {_FIELD.get(cell.lower()) for cell in _header(line, delimiter)}
        if {"start", "end"} <= fields:
            return delimiter
    return None


def parse(data: bytes, report: Report) -> ReadResult:
    """One document per item and annotator, in the order in which they first appear."""
    text = decode(report.path, data)
    delimiter = _delimiter(text)
    if delimiter is None:
        first = text.lstrip("\r\n").partition("\n")[0].strip()
        what = f"its first line names no columns for start and end: {shown(first)}." if first else "it is empty."
        raise report.error(1, what, "A table needs a header such as item,tier,start,end,label,text.")
    limit = csv.field_size_limit(_MOST_CELL)
    try:
        return _parse(text, delimiter, report)
    finally:
        csv.field_size_limit(limit)


def _parse(text: str, delimiter: str, report: Report) -> ReadResult:
    rows = _rows(text, delimiter, report)
    first, header = next(rows)
    names = _columns(header, first, report)
    builders: dict[tuple[str, str], _Builder] = {}
    for line, row in rows:
        if len(row) > len(names) and any(cell.strip() for cell in row[len(names) :]):
            report.skip(line, f"the row has {len(row)} cells, and the header {len(names)}.")
            continue
        cells = {name: cell for name, cell in zip(names, row, strict=False) if cell}
        builder = builders.setdefault((cells.pop("item", ""), cells.pop("annotator", "")), _Builder())
        try:
            builder.add(cells)
        except ValueError as error:
            report.skip(line, f"{error}.")
    documents = [builder.document(item or None, author or None) for (item, author), builder in builders.items()]
    return report.result(documents or [Document()])


def _rows(text: str, delimiter: str, report: Report) -> Iterator[tuple[int, list[str]]]:
    """Rows with anything in them and the line each begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            report.skip(line, f"the row cannot be read: {str(error)[:80]}.")
            continue
        if any(row):
            yield line, row


def _columns(header: Sequence[str], line: int, report: Report) -> list[str]:
    """A field's name per column; columns of an unknown name keep it after a star."""
    header = [cell.strip() or f"column {number}" for number, cell in enumerate(header, 1)]
    names = [_FIELD.get(cell.lower(), f"*{cell}") for cell in header]
    for place, name in enumerate(names):
        if (before := names.index(name)) < place:
            what = f"two of its columns, {shown(header[before])} and {shown(header[place])}, could be the same."
            raise report.error(line, what, "Take one of them out.")
    return names


class _Builder(Struct):
    """Gathers one document's rows."""

    segments: dict[str, Segment] = field(default_factory=dict)
    rulings: dict[str, Answer] = field(default_factory=dict)
    pending: int = 0

    def add(self, cells: Cells) -> None:
        self.pending += 1
        if cells.get("outcome", "").strip() in set(OutcomeKind):
            ruling = _ruling(cells)
            if ruling.id in self.rulings:
                raise ValueError(f"the place {shown(ruling.target)} is ruled twice for one item")
            self.rulings[ruling.id] = ruling
            return
        for name in ("outcome", "ruled"):  # somebody else's columns of these names
            if name in cells:
                cells[f"*{name}"] = cells.pop(name)
        segment = _segment(cells, cells.get("id") or self._free_id())
        if segment.id in self.segments:
            raise ValueError(f"the id {shown(segment.id)} stands twice for one item")
        self.segments[segment.id] = segment

    def _free_id(self) -> str:
        while (name := f"s{self.pending}") in self.segments:
            self.pending += 1
        return name

    def document(self, item: str | None, author: str | None) -> Document:
        points: dict[str, bool] = {}
        for segment in self.segments.values():
            points[segment.tier] = points.get(segment.tier, True) and segment.start_us == segment.end_us
        tiers = tuple(TierInfo(n, TierKind.POINT if p else TierKind.INTERVAL) for n, p in points.items())
        return Document((*self.segments.values(), *self.rulings.values()), tiers, author=author, item=item)


def _ruling(cells: Cells) -> Answer:
    """A row that says why there is no one answer; its place is told by tier, start and end where it is in time."""
    value: dict[str, Any] = _json(cells["ruled"], "ruled", dict) if "ruled" in cells else {}
    value = {**value, "outcome": cells["outcome"].strip()}
    if "tier" in cells:
        value["part"] = cells["tier"]
    for name, cell in (("start_us", cells.get("start")), ("end_us", cells.get("end"))):
        if cell is not None:
            value[name] = seconds_to_us(cell.strip())
    outcome = outcome_of(value)
    if outcome is None:
        raise ValueError(f"ruled is {shown(cells.get('ruled', ''))}, which tells no ruling")
    target = cells.get("id") or (f"{outcome.part}@{outcome.start_us}-{outcome.end_us}" if outcome.part else WHOLE)
    return Answer(answer_id(RULING, target), RULING, outcome.to_value(), target)


def _ruling_cells(ruling: Answer) -> Cells:
    outcome = outcome_of(ruling.value)
    assert outcome is not None
    left = {k: v for k, v in outcome.to_value().items() if k not in ("outcome", "part", "start_us", "end_us")}
    return {
        "tier": outcome.part,
        "start": "" if outcome.start_us is None else us_to_text(outcome.start_us),
        "end": "" if outcome.end_us is None else us_to_text(outcome.end_us),
        "outcome": outcome.kind.value,
        "ruled": json.dumps(left, ensure_ascii=False, sort_keys=True) if left else "",
        "id": ruling.target,
    }


def _reread_ruling(ruling: Answer) -> Answer | None:
    """The ruling as its own row gives it again; None where it gives none."""
    cells = {n: encode(c).decode() for n, c in _ruling_cells(ruling).items() if c}
    try:
        return _ruling(cells)
    except ValueError:
        return None


def _segment(cells: Cells, segment_id: str) -> Segment:
    for name in ("start", "end"):
        if name not in cells:
            raise ValueError(f"the row has no {name}")
    start_us, end_us = seconds_to_us(cells["start"].strip()), seconds_to_us(cells["end"].strip())
    if end_us < start_us:
        raise ValueError(f"end {shown(cells['end'])} s is before start {shown(cells['start'])} s")
    label = cells.get("label", "")
    labels = tuple(label.split(LABEL_SEPARATOR)) if label else ()
    if "labels" in cells:
        given = _json(cells["labels"], "labels", list)
        if not all(isinstance(name, str) for name in given):
            raise ValueError("labels is not a list of texts")
        labels = tuple(given)
    attributes = _json(cells["attributes"], "attributes", dict) if "attributes" in cells else {}
    attributes = {name[1:]: cell for name, cell in cells.items() if name.startswith("*")} | attributes
    return Segment(
        segment_id,
        cells.get("tier", ""),
        start_us,
        end_us,
        labels,
        cells.get("text", ""),
        attributes,
        cells.get("parent"),
        _number(cells, "channel", int),
        _number(cells, "low_hz", float),
        _number(cells, "high_hz", float),
    )


def _number(cells: Cells, name: str, kind: Callable[[str], Any]) -> Any:
    if name not in cells:
        return None
    try:
        number = kind(cells[name].strip())
    except ValueError as error:
        raise ValueError(f"{name} is {shown(cells[name])}, not a number") from error
    if not math.isfinite(number):
        raise ValueError(f"{name} is {shown(cells[name])}, not a number")
    return number


def _json(cell: str, name: str, kind: type) -> Any:
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is {shown(cell)}, not JSON") from error
    if not isinstance(value, kind):
        raise ValueError(f"{name} is {shown(cell)}, not a JSON {'list' if kind is list else 'object'}")
    return value


def losses(documents: Sequence[Document]) -> list[str]:
    """What a table of segments cannot hold."""
    lost = common_losses(documents, _HOLDS)
    whole = [sound(d) for d in documents]
    rulings = [e for d in whole for e in d.elements if is_outcome(e)]
    odd = sum(_reread_ruling(e) != replace(e, origin=BY_PERSON) for e in rulings)
    lost += tell(odd, "ruling", "changed, because a cell cannot hold one of its values")
    bare = sum(not d.segments and not any(map(is_outcome, d.elements)) for d in whole)
    lost += tell(bare, "item without segments", "not in the table")
    keys = [(d.item or "", d.author or "") for d in documents]
    lost += tell(len(keys) - len(set(keys)), "document", "written into another's: same item, same author")
    if any(d.author == "" for d in documents):
        lost.append("An empty author's name is not kept.")
    lost += tell(
        sum(map(_misjudged, whole)),
        "tier",
        "of the other kind (interval, point) when read again, judged by its segments",
    )
    lost += tell(sum(_order(d) != _reread_order(d) for d in whole), "item with tiers", "in another order when read")
    segments = [s for d in whole for s in d.segments]
    odd = sum(_cells(s) is None or _reread(s) != _comparable(s) for s in segments)
    return lost + tell(odd, "segment", "changed, because a cell cannot hold one of its values")


def _misjudged(document: Document) -> int:
    """How many tiers look like the other kind, judged by their segments."""
    used = by_tier(document)
    tiers = [t for t in document.all_tiers() if t.name in used]
    return sum(is_point_tier(t) != all(s.start_us == s.end_us for s in used[t.name]) for t in tiers)


def _order(document: Document) -> list[str]:
    used = by_tier(document)
    return [t.name for t in document.all_tiers() if t.name in used]


def _reread_order(document: Document) -> list[str]:
    return list(dict.fromkeys(s.tier for s in _sorted(document)))


def _comparable(segment: Segment) -> tuple[Any, ...]:
    return (
        segment.id,
        segment.tier,
        segment.start_us,
        segment.end_us,
        segment.labels,
        segment.text,
        dict(segment.attributes),
        segment.parent,
        segment.channel,
        segment.low_hz,
        segment.high_hz,
    )


def _reread(segment: Segment) -> tuple[Any, ...] | None:
    """The segment as its own row gives it again; None where it gives none."""
    cells = {n: encode(c).decode() for n, c in (_cells(segment) or {}).items() if c}
    try:
        return _comparable(_segment(cells, cells.get("id", "")))
    except ValueError:
        return None


def _cells(segment: Segment) -> Cells | None:
    """A segment's cells; None where a value is not of its kind."""
    labels = LABEL_SEPARATOR.join(segment.labels)
    plain = segment.labels == (tuple(labels.split(LABEL_SEPARATOR)) if labels else ())
    try:
        attributes = json.dumps(dict(segment.attributes), ensure_ascii=False, allow_nan=False, sort_keys=True)
    except (ValueError, TypeError):
        return None
    return {
        "tier": segment.tier,
        "start": us_to_text(segment.start_us),
        "end": us_to_text(segment.end_us),
        "label": labels,
        "text": segment.text,
        "channel": "" if segment.channel is None else str(segment.channel),
        "low_hz": "" if segment.low_hz is None else repr(float(segment.low_hz)),
        "high_hz": "" if segment.high_hz is None else repr(float(segment.high_hz)),
        "labels": "" if plain else json.dumps(list(segment.labels), ensure_ascii=False),
        "attributes": attributes if segment.attributes else "",
        "parent": segment.parent or "",
        "id": segment.id,
    }


def _sorted(document: Document) -> list[Segment]:
    place: Mapping[str, int] = {t.name: n for n, t in enumerate(document.all_tiers())}
    return sorted(document.segments, key=lambda s: (place[s.tier], s.start_us, s.end_us))


def render(documents: Sequence[Document]) -> bytes:
    """All documents' segments as CSV, tier by tier and in time order; then the rulings without one answer."""
    rows: list[Cells] = []
    for document in map(sound, documents):
        of_it = {"item": document.item or "", "annotator": document.author or ""}
        rows += [{**of_it, **_written_cells(s)} for s in _sorted(document)]
        rows += [{**of_it, **_ruling_cells(e)} for e in document.elements if is_outcome(e)]
    used = [name for name in SOMETIMES if any(row.get(name) for row in rows)]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, (*ALWAYS, *used, "id"), extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return encode(out.getvalue())


def _written_cells(segment: Segment) -> Cells:
    """A segment's cells; only its times, labels and text where another value could not be read again."""
    cells = _cells(segment)
    if cells is not None and _reread(segment) is not None:
        return cells
    bare = Segment(segment.id, segment.tier, segment.start_us, segment.end_us, segment.labels, segment.text)
    cells = _cells(bare)
    assert cells is not None
    return cells


FORMAT = Format(
    "csv",
    "table",
    (".csv", ".tsv"),
    sniff,
    parse,
    render,
    losses,
    several=True,
    holds_labels=True,
)
