"""Annotation files of all formats: the registry, and reading and writing by name or by the file's own look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from annodesk.errors import FormatError
from annodesk.formats import audacity, elan, files, native, table, textgrid, xmltree
from annodesk.formats.base import (
    Document,
    Format,
    FormatInfo,
    ReadResult,
    Skipped,
    TierInfo,
    as_sequence,
    same,
    tiers_of,
)
from annodesk.formats.labels import to_labels

FORMATS: tuple[Format, ...] = (native.FORMAT, textgrid.FORMAT, elan.FORMAT, audacity.FORMAT, table.FORMAT)
"""Every format there is; a new one is named here."""

_TELLING = {".textgrid", ".eaf", ".csv", ".tsv"}
"""Extensions that only files of their format have."""
_JSON = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\d\]])")


def formats() -> list[FormatInfo]:
    """Every format with its extensions, for lists and menus."""
    return [FormatInfo(known.name, True, True, known.extensions) for known in FORMATS]


def by_name(name: str) -> Format:
    """The format of that name; raises FormatError naming those there are."""
    for known in FORMATS:
        if known.name == name.lower():
            return known
    raise FormatError(Path(name), None, "there is no format of that name.", f"There are: {_names(FORMATS)}.")


def for_extension(path: Path | str) -> Format:
    """The format that a file to be written is named for."""
    suffix = Path(path).suffix.lower()
    named = [known for known in FORMATS if suffix in known.extensions]
    if len(named) == 1:
        return named[0]
    what = f"the extension {suffix!r} names no format." if suffix else "it has no extension to name its format."
    raise FormatError(Path(path), None, what, f"Name the format: {_names(FORMATS)}.")


def detect(path: Path | str) -> Format:
    """The format of a file by its first bytes; an empty one by its extension. What is not certain is refused."""
    path = Path(path)
    data = files.read_head(path)
    head = files.decode(path, data, whole=False)
    found = [known for known in FORMATS if known.sniff(head)]
    if len(found) == 1:
        return found[0]
    if found:
        raise FormatError(path, None, f"it could be {_names(found)}.", "Say which format it has.")
    suffix = path.suffix.lower()
    if not data.strip() or (suffix in _TELLING and not _is_marked_up(head)):
        return for_extension(path)  # which then says what is wrong with it
    raise FormatError(path, None, _foreign(head), f"Formats that can be read: {_names(FORMATS)}.")


def _is_marked_up(head: str) -> bool:
    return xmltree.root_tag(head) is not None or _JSON.match(head) is not None


def _foreign(head: str) -> str:
    """What a file of no known format looks like."""
    begin = head.lstrip()
    if (tag := xmltree.root_tag(head)) is not None:
        return f"it is the XML of another tool: its first element is {files.shown(tag)}."
    if _JSON.match(head):
        return "it is the JSON of another tool."
    if "\0" in begin[:1000]:
        return "it is a binary file, not annotations."
    return f"its format is not known; it begins with {files.shown(begin.partition(chr(10))[0].strip())}."


def read(path: Path | str, format: str | None = None, lenient: bool = False) -> ReadResult:
    """What an annotation file holds; without a format it is told by the file's first bytes."""
    known = by_name(format) if format else detect(path)
    return known.read(path, lenient=lenient)


def write(documents: Document | Sequence[Document], path: Path | str, format: str | None = None) -> None:
    """Write a file whole or not at all; ask ``losses`` before for what it cannot hold."""
    known = by_name(format) if format else for_extension(path)
    known.write(documents, path)


def losses(documents: Document | Sequence[Document], format: str) -> list[str]:
    """Sentences on what the format cannot hold of these documents; none means that reading gives them back."""
    return by_name(format).losses(as_sequence(documents))


def _names(known: Sequence[Format]) -> str:
    return ", ".join(format.name for format in known)


__all__ = [
    "FORMATS",
    "Document",
    "Format",
    "FormatInfo",
    "ReadResult",
    "Skipped",
    "TierInfo",
    "by_name",
    "detect",
    "for_extension",
    "formats",
    "losses",
    "read",
    "same",
    "tiers_of",
    "to_labels",
    "write",
]
