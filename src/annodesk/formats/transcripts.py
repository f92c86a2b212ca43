"""Transcripts that lie beside recordings: the lines of SRT and WebVTT files, and the turns of RTTM files.

They are read as something to look up what is said when, not as annotations: styles and positions are passed over.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from msgspec import Struct

from annodesk.errors import FormatError
from annodesk.formats import files

SUFFIXES = frozenset({".srt", ".vtt", ".rttm"})
MOST_BYTES = 32 << 20
MOST_LINES = 200_000
MOST_SIGNS = 4_000
"""Of one line; nobody reads more at once."""

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}(?:\s|$)")
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_VOICE = re.compile(r"<v(?:\.[^\s>]{0,100})?\s([^<>]{1,200})>")
_SPEAKER = re.compile(r"^\s*([^\W\d_][\w .'-]{0,40}):\s+(?=\S)")
_RTTM_FIELDS = 8


class Line(Struct, frozen=True):
    """Something said from one time to another, by somebody where that is known."""

    start_us: int
    end_us: int
    text: str
    speaker: str = ""


def read_transcript(path: Path | str) -> list[Line]:
    """The lines of a transcript by time; FormatError in one sentence where it is none."""
    path = Path(path)
    text = files.decode(path, files.read_bytes(path, most=MOST_BYTES))
    found = _turns(path, text) if path.suffix.lower() == ".rttm" else _cues(path, text)
    return sorted(found, key=lambda line: (line.start_us, line.end_us))


def _cues(path: Path, text: str) -> list[Line]:
    found: list[Line] = []
    times: tuple[int, int] | None = None
    said: list[str] = []

    def close() -> None:
        if times is not None and (words := " ".join(said)[:MOST_SIGNS].strip()):
            found.append(_cue(times, words))
        said.clear()

    for number, line in enumerate(text.splitlines(), start=1):
        if "-->" in line:
            cue = _TIMES.match(line)
            if cue is None:
                raise FormatError(
                    path, number, "this is no time of a subtitle.", "Expected 00:00:01.000 --> 00:00:02.000."
                )
            close()
            groups = cue.groups()
            times = (_us(groups[:4]), _us(groups[4:]))
            if times[1] < times[0]:
                raise FormatError(path, number, "this subtitle ends before it begins.", "Mend its times.")
            if len(found) >= MOST_LINES:
                raise FormatError(path, number, f"more than {MOST_LINES:,} subtitles.", "Split the file.")
        elif not line.strip():
            close()
            times = None
        elif times is not None:
            said.append(line.strip())
    close()
    if not found and "-->" not in text and text.strip() and not text.lstrip("\ufeff").startswith("WEBVTT"):
        raise FormatError(path, None, "there are no subtitles in it.", "Name an SRT or WebVTT file.")
    return found


def _cue(times: tuple[int, int], words: str) -> Line:
    voice = _VOICE.search(words)
    plain = html.unescape(_TAG.sub("", words)).strip()
    if voice is not None:
        return Line(*times, plain, html.unescape(voice[1]).strip())
    named = _SPEAKER.match(plain)
    return Line(*times, plain[named.end() :], named[1].strip()) if named is not None else Line(*times, plain)


def _us(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, rest = (part or "0" for part in parts)
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1_000_000 + int(rest.ljust(3, "0")) * 1000


def _turns(path: Path, text: str) -> list[Line]:
    found: list[Line] = []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split()
        if not fields or fields[0].startswith(";") or fields[0] != "SPEAKER":
            continue
        try:
            if len(fields) < _RTTM_FIELDS:
                raise ValueError
            start_s, length_s = float(fields[3]), float(fields[4])
            if not (0 <= start_s < 1e7 and 0 <= length_s < 1e7):
                raise ValueError
        except ValueError:
            what = "this is no turn of a speaker."
            raise FormatError(path, number, what, "Expected SPEAKER file channel start length and a name.") from None
        start_us = round(start_s * 1_000_000)
        found.append(Line(start_us, start_us + round(length_s * 1_000_000), "", fields[7]))
        if len(found) > MOST_LINES:
            raise FormatError(path, number, f"more than {MOST_LINES:,} turns.", "Split the file.")
    return found
