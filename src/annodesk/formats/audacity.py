"""Audacity's label tracks: a start, an end and a label per line, and a line ``\\`` with frequencies below it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from annodesk.formats.base import Document, Format, ReadResult, Report, flat_text
from annodesk.formats.files import decode, encode, seconds_to_us, shown, us_to_text
from annodesk.formats.losses import Holds, common_losses, is_point_tier, sound, tell
from annodesk.model.annotations import Segment

TIER = ""
"""A label track does not say its name."""

_FIRST = re.compile(r"-?\d+(?:[.,]\d+)?\t-?\d+(?:[.,]\d+)?(?:\t|\r?\n|$)")
_BREAKS = re.compile(r"\r\n|[\r\n\t]")
_HOLDS = Holds(bands=True)
_UNDEFINED = -1.0
HIGHEST_HZ = 1e12


def sniff(head: str) -> bool:
    """Whether the first line with anything in it is two times with a tab between."""
    return _FIRST.match(head.lstrip("\r\n")) is not None


def parse(data: bytes, report: Report) -> ReadResult:
    """One document with one nameless tier."""
    found: list[Segment] = []
    banded = True
    lines = io.StringIO(decode(report.path, data), newline=None)
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\n")
        if not line.strip():
            continue
        try:
            if line.startswith("\\"):
                if banded:
                    raise ValueError("a frequency line stands without a label before it")
                found[-1], banded = _with_band(found[-1], line), True
            else:
                found.append(_segment(line, f"s{len(found) + 1}"))
                banded = False
        except ValueError as error:
            report.skip(number, f"{error}.")
    return report.result([Document(tuple(found))])


def _segment(line: str, segment_id: str) -> Segment:
    start, _, rest = line.partition("\t")
    end, _, text = rest.partition("\t")
    if not rest:
        raise ValueError(f"expected a start, an end and a label with tabs between, found {shown(line)}")
    start_us, end_us = seconds_to_us(start.strip()), seconds_to_us(end.strip())
    if end_us < start_us:
        raise ValueError(f"end {shown(end)} s is before start {shown(start)} s")
    return Segment(segment_id, TIER, start_us, end_us, text=text)


def _with_band(segment: Segment, line: str) -> Segment:
    cells = line.split("\t")
    try:
        _, low, high = (float(cell.replace(",", ".")) if n else 0.0 for n, cell in enumerate(cells))
    except ValueError as error:
        raise ValueError(f"expected two frequencies, found {shown(line)}") from error
    if not (abs(low) < HIGHEST_HZ and abs(high) < HIGHEST_HZ):
        raise ValueError(f"expected two frequencies, found {shown(line)}")
    return replace(segment, low_hz=low if low >= 0 else None, high_hz=high if high >= 0 else None)


def losses(documents: Sequence[Document]) -> list[str]:
    """What a label track cannot hold."""
    lost = common_losses(documents, _HOLDS)
    tiers = [t for d in documents for t in d.all_tiers()]
    named = [t for t in tiers if t.name != TIER]
    lost += tell(len(named), "tier name", "not kept: a label track has none")
    if len(tiers) > len(documents):
        lost.append(f"{len(tiers)} tiers are written into one label track.")
    lost += tell(sum(map(is_point_tier, tiers)), "point tier", "written among labels that may last")
    segments = [s for d in documents for s in sound(d).segments]
    breaks = sum(_clean(t) != t for s in segments for t in [flat_text(s)])
    lost += tell(breaks, "text with line breaks, tabs or broken characters", "written with spaces and question marks")
    odd = sum(not _fits(f) for s in segments for f in (s.low_hz, s.high_hz))
    return lost + tell(odd, "impossible frequency", "not kept")


def _fits(frequency: float | None) -> bool:
    return frequency is None or 0 <= frequency < HIGHEST_HZ


def _clean(text: str) -> str:
    return encode(_BREAKS.sub(" ", text)).decode()


def render(documents: Sequence[Document]) -> bytes:
    """All segments in time order as one label track."""
    return encode("".join(_lines(documents[0])))


def _lines(document: Document) -> Iterator[str]:
    for segment in sorted(sound(document).segments, key=lambda s: (s.start_us, s.end_us)):
        yield f"{us_to_text(segment.start_us)}\t{us_to_text(segment.end_us)}\t{_clean(flat_text(segment))}\n"
        low, high = (f if f is not None and _fits(f) else _UNDEFINED for f in (segment.low_hz, segment.high_hz))
        if (low, high) != (_UNDEFINED, _UNDEFINED):
            yield f"\\\t{float(low)!r}\t{float(high)!r}\n"


FORMAT = Format("audacity", "Audacity label track", (".txt",), sniff, parse, render, losses)
