"""Praat's TextGrid, long and short text form, UTF-8 or UTF-16: read by Praat's own rule, written long in UTF-8.

Praat takes from a text file only free-standing numbers, quoted texts and flags such as ``<exists>``; all other words
and everything after ``!`` are decoration. That one rule reads both forms and any label, whatever words it holds.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import FormatError
from annodesk.formats.base import Document, Format, ReadResult, Report, TierInfo, flat_text
from annodesk.formats.files import decode, encode, seconds_to_us, shown, us_to_text
from annodesk.formats.losses import Holds, Lane, by_tier, common_losses, is_point_tier, lane_losses, lanes, sound, tell
from annodesk.model.annotations import Segment
from annodesk.model.schema import TierKind
from annodesk.model.times import US_PER_SECOND

KINDS = {"IntervalTier": TierKind.INTERVAL, "TextTier": TierKind.POINT}
_TOKEN = re.compile(r'"((?:[^"]|"")*+)"|(")|<([^>\s]*+)>|!.*+|([^\s"]++)')
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?%?|[+-]?(?:nan|inf)\w*|--undefined--", re.I | re.A)
_BREAK = re.compile(r"\r\n?")
_HOLDS = Holds(tiers=True, duration=True, extras="textgrid")


def sniff(head: str) -> bool:
    """Whether the text begins like Praat's and holds a TextGrid."""
    begin = head.lstrip()[:200]
    return "ooTextFile" in begin and '"TextGrid"' in begin


def parse(data: bytes, report: Report) -> ReadResult:
    """One document; intervals without text are gaps, points without text are points."""
    if data.startswith(b"ooBinaryFile"):
        raise report.error(None, "it is a binary TextGrid.", "In Praat, save it as a text file.")
    reader = _Reader(decode(report.path, data), report)
    kind = reader.text("the file type")
    what = reader.text("the object class")
    if not kind.startswith("ooTextFile") or what != "TextGrid":
        raise report.error(1, f"it holds {shown(what)}, not a TextGrid.", "In Praat, save the TextGrid alone.")
    segments: list[Segment] = []
    tiers: dict[str, TierInfo] = {}
    start_us, end_us = 0, 0
    try:
        start_us, end_us = reader.time("the start"), reader.time("the end")
        if reader.flag() == "exists":
            for _ in range(reader.number_of("tiers")):
                _read_tier(reader, tiers, segments)
        if (line := reader.rest()) is not None:
            report.skip(line, "there is more in it than the number of tiers it gives.")
    except FormatError as error:
        if not report.lenient or error.line is None:
            raise
        report.skip(error.line, f"{error.what.rstrip('.')}; nothing after that was read.")
    extras = {"textgrid": {"start_us": start_us}} if start_us else {}
    return report.result([Document(tuple(segments), tuple(tiers.values()), duration_us=end_us, extras=extras)])


class _Reader:
    """The numbers, texts and flags of a file, one after the other, with the line of each."""

    def __init__(self, text: str, report: Report) -> None:
        self.report = report
        self._tokens = _TOKEN.finditer(text)
        self._breaks = [m.start() for m in re.finditer(r"\r\n?|\n", text)]
        self._size = len(text.rstrip())
        self.line = 1

    def _next(self, wanted: str, name: str) -> str:
        """The next token, which must be of the wanted kind: number, text or flag."""
        for match in self._tokens:
            text, quote, flag, word = match.groups()
            if word is not None and not _NUMBER.fullmatch(word):
                continue
            if (text, quote, flag, word) == (None, None, None, None):
                continue  # a comment
            self.line = bisect_right(self._breaks, match.start() - 1) + 1
            if quote:
                raise self.error("a quotation mark is opened and never closed")
            found = "number" if word is not None else "text" if text is not None else "flag"
            if found == wanted:
                return word if word is not None else text if text is not None else flag
            raise self.error(f"expected {name}, a {wanted}, found {shown(match.group())}")
        self.line = bisect_left(self._breaks, self._size) + 1
        raise self.error(f"the file ends where {name} is expected")

    def error(self, what: str) -> FormatError:
        """An error at the last token."""
        return self.report.error(self.line, f"{what}.", "Open and save it in Praat, or take it from a backup.")

    def text(self, name: str) -> str:
        """A quoted text, its line ends as ``\\n``."""
        return _BREAK.sub("\n", self._next("text", name).replace('""', '"'))

    def flag(self) -> str:
        """A flag's word."""
        return self._next("flag", "<exists>")

    def number(self, name: str) -> str:
        """A number as written."""
        return self._next("number", name)

    def time(self, name: str) -> int:
        """A time in microseconds."""
        try:
            return seconds_to_us(self.number(name))
        except ValueError as error:
            raise self.error(str(error)) from error

    def number_of(self, name: str) -> int:
        """A count."""
        found = self.number(f"the number of {name}")
        if not re.fullmatch(r"\d{1,9}", found, re.A):
            raise self.error(f"the number of {name} is {shown(found)}")
        return int(found)

    def rest(self) -> int | None:
        """The line of the next text, None at the end."""
        try:
            self._next("text", "nothing")
        except FormatError as error:
            return error.line if "expected nothing" in error.what else None
        return self.line


def _read_tier(reader: _Reader, tiers: dict[str, TierInfo], segments: list[Segment]) -> None:
    kind = KINDS.get(given := reader.text("the class of a tier"))
    if kind is None:
        raise reader.error(f"expected IntervalTier or TextTier, found {shown(given)}")
    name, line = reader.text("the name of a tier"), reader.line
    if name in tiers:
        free = next(f"{name}_{n}" for n in range(2, len(tiers) + 3) if f"{name}_{n}" not in tiers)
        reader.report.skip(line, f"two tiers are called {shown(name)}; the later one is read as {shown(free)}.")
        name = free
    tiers[name] = TierInfo(name, kind)
    reader.number("the start of a tier")
    reader.number("the end of a tier")
    for place in range(1, reader.number_of("entries of a tier") + 1):
        begin = reader.number(f"the time of entry {place}")
        line = reader.line
        end = reader.number(f"the end of entry {place}") if kind is TierKind.INTERVAL else begin
        text = reader.text(f"the text of entry {place}")
        if kind is TierKind.INTERVAL and not text.strip():
            continue
        try:
            start_us, end_us = seconds_to_us(begin), seconds_to_us(end)
            if kind is TierKind.INTERVAL and end_us <= start_us:
                where = "before" if end_us < start_us else "at"
                raise ValueError(f"end {shown(end)} s is {where} start {shown(begin)} s")
        except ValueError as error:
            reader.report.skip(line, f"{error}.")
            continue
        segments.append(Segment(f"s{len(segments) + 1}", name, start_us, end_us, text=text))


class _Plan(Struct, frozen=True):
    """What will be written, and what that loses."""

    start_us: int
    end_us: int
    lanes: tuple[Lane, ...]
    losses: tuple[str, ...]


def _plan(document: Document) -> _Plan:
    lost: list[str] = []
    document = sound(document)
    segments = by_tier(document)
    tiers = document.all_tiers()
    taken = {tier.name for tier in tiers}
    found: list[Lane] = []
    dull, stretched, unclean = 0, 0, 0
    for tier in tiers:
        own = segments.get(tier.name, [])
        unclean += _clean(tier.name) != tier.name
        points = is_point_tier(tier)
        if points:
            stretched += sum(s.end_us > s.start_us for s in own)
            own = [replace(s, end_us=s.start_us) for s in own]
        else:
            kept = [s for s in own if s.end_us > s.start_us and flat_text(s).strip()]
            dull += len(own) - len(kept)
            own = kept
        unclean += sum(_clean(flat_text(s)) != flat_text(s) for s in own)
        found.extend(lanes(tier, own, taken, points=points))
    lost += tell(dull, "segment without text or length", "left out: an interval tier shows it as a gap")
    lost += tell(stretched, "stretch on a point tier", "written as the point where it starts")
    lost += tell(unclean, "text with broken characters or other line ends", "written with those replaced")
    lost += lane_losses(found)
    if len({_clean(lane.tier.name) for lane in found}) < len(found):
        lost.append("Tier names that differ in broken characters alone become the same.")
    start_us = _start_us(document)
    first = min((s.start_us for lane in found for s in lane.segments), default=start_us)
    last = max((s.end_us for lane in found for s in lane.segments), default=0)
    if first < start_us:
        lost.append("The start of the grid is moved to that of its first segment.")
    start_us = min(start_us, first)
    end_us = max(document.duration_us or 0, last)
    if end_us <= start_us:
        end_us = start_us + US_PER_SECOND
    if end_us != document.duration_us:
        known = "not known" if document.duration_us is None else "shorter than the annotations"
        lost.append(f"The recording's length is {known}; {us_to_text(end_us, decimals=0)} s is written.")
    told = document.extras.get("textgrid")
    if told and not (_start_us(document) and told == {"start_us": _start_us(document)}):
        lost.append("What the document tells of its TextGrid cannot be understood and is not kept.")
    return _Plan(start_us, end_us, tuple(found), tuple(lost))


def _start_us(document: Document) -> int:
    own = document.extras.get("textgrid")
    start = own.get("start_us") if isinstance(own, dict) else None
    return start if isinstance(start, int) and not isinstance(start, bool) and 0 < start < 2**53 else 0


def _clean(text: str) -> str:
    return encode(_BREAK.sub("\n", text)).decode()


def losses(documents: Sequence[Document]) -> list[str]:
    """What a TextGrid cannot hold."""
    return [*common_losses(documents, _HOLDS), *(sentence for d in documents for sentence in _plan(d).losses)]


def render(documents: Sequence[Document]) -> bytes:
    """The long text form; gaps on interval tiers are filled with intervals without text, as Praat wants it."""
    return encode("\n".join(_lines(_plan(documents[0]))) + "\n")


def _lines(plan: _Plan) -> Iterator[str]:
    start, end = us_to_text(plan.start_us, decimals=0), us_to_text(plan.end_us, decimals=0)
    yield 'File type = "ooTextFile"'
    yield 'Object class = "TextGrid"'
    yield ""
    yield f"xmin = {start}"
    yield f"xmax = {end}"
    if not plan.lanes:
        yield "tiers? <absent>"
        return
    yield "tiers? <exists>"
    yield f"size = {len(plan.lanes)}"
    yield "item []:"
    for number, lane in enumerate(plan.lanes, 1):
        points = is_point_tier(lane.tier)
        yield f"    item [{number}]:"
        yield f'        class = "{"TextTier" if points else "IntervalTier"}"'
        yield f"        name = {_quoted(lane.tier.name)}"
        yield f"        xmin = {start}"
        yield f"        xmax = {end}"
        yield from _points(lane) if points else _intervals(lane, plan)


def _points(lane: Lane) -> Iterator[str]:
    yield f"        points: size = {len(lane.segments)}"
    for number, segment in enumerate(lane.segments, 1):
        yield f"        points [{number}]:"
        yield f"            number = {us_to_text(segment.start_us, decimals=0)}"
        yield f"            mark = {_quoted(flat_text(segment))}"


def _intervals(lane: Lane, plan: _Plan) -> Iterator[str]:
    entries: list[tuple[int, int, str]] = []
    reached = plan.start_us
    for segment in lane.segments:
        if segment.start_us > reached:
            entries.append((reached, segment.start_us, ""))
        entries.append((segment.start_us, segment.end_us, flat_text(segment)))
        reached = segment.end_us
    if reached < plan.end_us:
        entries.append((reached, plan.end_us, ""))
    yield f"        intervals: size = {len(entries)}"
    for number, (start_us, end_us, text) in enumerate(entries, 1):
        yield f"        intervals [{number}]:"
        yield f"            xmin = {us_to_text(start_us, decimals=0)}"
        yield f"            xmax = {us_to_text(end_us, decimals=0)}"
        yield f"            text = {_quoted(text)}"


def _quoted(text: str) -> str:
    return '"' + _clean(text).replace('"', '""') + '"'


FORMAT = Format("textgrid", "Praat TextGrid", (".textgrid",), sniff, parse, render, losses)
