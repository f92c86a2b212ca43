"""What a file format is: the Document that passes in and out, and the Format every module here offers.

To add a format, write one module with ``sniff``, ``parse``, ``render`` and ``losses`` for it, gather them in a
module-level ``FORMAT``, and name that in the registry in ``formats/__init__.py``. The four follow these rules:

- ``sniff`` looks at the first characters only and says yes only to a file that no other format would claim.
- ``parse`` treats the file as hostile: it raises FormatError, with a line where there is one, and nothing else.
  In lenient reading it skips what it cannot understand and says so.
- ``render`` never fails on a Document's content; what the format cannot hold it leaves out or changes.
- ``losses`` names everything that ``render`` leaves out or changes, before anything is written. The law: where it
  names nothing, reading the written file gives the same content (``same``).

Labels and text. Formats of other tools have one string per segment; it is read into ``text``. ``labels.to_labels``
turns strings that a schema knows as labels of that tier into labels, and the rest stays text. When such a format
is written, labels and text become that one string (``flat_text``), so for it "the same" means the same strings.
Element ids are names for machines: a format without a place for them gives new ones, and links between elements
follow. The item's key says where a Document belongs, as its path does, and is not part of its content. Origin
``import`` only says that an element came from a file, which reading it says anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.errors import FormatError, ValidationError
from annodesk.formats import files
from annodesk.model.annotations import (
    BY_PERSON,
    Answer,
    Element,
    OriginKind,
    Relation,
    Segment,
    Span,
    UnknownElement,
    element_to_json,
)
from annodesk.model.schema import LabelSchema, TierKind, TierRule

LABEL_SEPARATOR = "|"
"""Joins several labels where a file has one place for them, as in the ratings CSV."""


class TierInfo(Struct, frozen=True):
    """What a file says of a tier; its order is its place in the Document. An empty name: the file names none."""

    name: str
    kind: TierKind = TierKind.INTERVAL
    parent: str | None = None
    rule: TierRule = TierRule.NONE


class Document(Struct, frozen=True):
    """One item's annotations as a file holds them; times in microseconds on the item's timeline.

    ``extras`` holds plain JSON values under a format's name: what only that format knows and must survive it, such
    as ELAN's controlled vocabularies. ``media`` is the reference as written in the file, never opened.
    """

    elements: tuple[Element, ...] = ()
    tiers: tuple[TierInfo, ...] = ()
    media: str | None = None
    author: str | None = None
    duration_us: int | None = None
    item: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    extras: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [tier.name for tier in self.tiers]
        if len(set(names)) != len(names):
            raise ValidationError("Two tiers of a document have one name.")

    @property
    def segments(self) -> list[Segment]:
        """The segments, in the file's order."""
        return [e for e in self.elements if isinstance(e, Segment)]

    @property
    def spans(self) -> list[Span]:
        """The spans of text, in the file's order."""
        return [e for e in self.elements if isinstance(e, Span)]

    @property
    def answers(self) -> list[Answer]:
        """The answers, in the file's order."""
        return [e for e in self.elements if isinstance(e, Answer)]

    def all_tiers(self) -> tuple[TierInfo, ...]:
        """The tiers named, then those that only segments name, as intervals."""
        known = {tier.name for tier in self.tiers}
        more = dict.fromkeys(s.tier for s in self.segments if s.tier not in known)
        return self.tiers + tuple(TierInfo(name) for name in more)


class Skipped(Struct, frozen=True):
    """Something in a file that lenient reading passed over or changed."""

    file: str
    line: int | None
    reason: str


class ReadResult(Struct, frozen=True):
    """What a file holds, one Document per item and author, and what was skipped."""

    documents: tuple[Document, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def document(self) -> Document:
        """The only Document of the file."""
        if len(self.documents) != 1:
            raise ValidationError(
                f"The file holds the annotations of {len(self.documents)} items and authors, not of one.",
                "Choose one of them, or a command that takes several.",
            )
        return self.documents[0]


class Report:
    """Refuses a bad place in a file, or notes and passes over it when reading leniently."""

    MOST_SKIPPED = 1000

    def __init__(self, path: Path, lenient: bool) -> None:
        self.path, self.lenient = path, lenient
        self.skipped: list[Skipped] = []

    def error(self, line: int | None, what: str, hint: str = "") -> FormatError:
        """The error to raise for something that no reading can pass over."""
        return FormatError(self.path, line, what, hint)

    def skip(self, line: int | None, what: str) -> None:
        """Note something to pass over; raises FormatError unless reading leniently."""
        if not self.lenient:
            raise self.error(
                line, what, "Mend the file, or read it leniently: then what is wrong is skipped and listed."
            )
        if len(self.skipped) == self.MOST_SKIPPED:
            hint = "Look at whether it is of the format you named."
            raise self.error(line, f"more than {self.MOST_SKIPPED} places in it cannot be understood.", hint)
        self.skipped.append(Skipped(str(self.path), line, what))

    def result(self, documents: Iterable[Document]) -> ReadResult:
        """The documents with what was skipped."""
        return ReadResult(tuple(documents), tuple(self.skipped))


class Format(Struct, frozen=True):
    """One file format: how to know, read and write it, and what it cannot hold.

    ``sniff`` gets the first characters of a file; ``parse`` the bytes and where to complain; ``render`` gives the
    bytes of a file. ``several`` says whether one file holds many items, ``holds_labels`` whether labels and text
    are kept apart.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    sniff: Callable[[str], bool]
    parse: Callable[[bytes, Report], ReadResult]
    render: Callable[[Sequence[Document]], bytes]
    losses: Callable[[Sequence[Document]], list[str]]
    several: bool = False
    holds_labels: bool = False

    def read(self, path: Path | str, *, lenient: bool = False) -> ReadResult:
        """What the file holds; raises FormatError, or skips bad places when lenient."""
        report = Report(Path(path), lenient)
        return self.parse(files.read_bytes(Path(path)), report)

    def write(self, documents: Document | Sequence[Document], path: Path | str) -> None:
        """Write the whole file or leave what stood there; call ``losses`` before to know what it cannot hold."""
        found = as_sequence(documents)
        if not self.several and len(found) != 1:
            what = f"a {self.title} file holds the annotations of one item by one author, not of {len(found)}."
            raise FormatError(Path(path), None, what, "Write one file for each, or choose csv or native.")
        files.write_atomically(Path(path), self.render(found))


class FormatInfo(Struct, frozen=True):
    """What is told of a format to people and scripts."""

    name: str
    reads: bool
    writes: bool
    extensions: tuple[str, ...]


def as_sequence(documents: Document | Sequence[Document]) -> Sequence[Document]:
    """One document or several, as several."""
    return (documents,) if isinstance(documents, Document) else documents


def tiers_of(schema: LabelSchema) -> tuple[TierInfo, ...]:
    """A schema's tiers as a file's."""
    return tuple(TierInfo(t.name, t.kind, t.parent, t.rule) for t in schema.tiers)


def flat_text(segment: Segment) -> str:
    """Labels and text as the one string that most formats have: ``label|label: text``."""
    labels = LABEL_SEPARATOR.join(segment.labels)
    return f"{labels}: {segment.text}" if labels and segment.text else labels or segment.text


def same(one: Document, other: Document, *, labels: bool = True) -> bool:
    """Whether two documents have the same content; with ``labels`` False, labels and text count as one string."""
    return bool(content(one, labels=labels) == content(other, labels=labels))


def content(document: Document, *, labels: bool = True) -> Any:
    """A document's content in a form to compare: ids replaced by places, elements in an order of their own."""
    bare = {e.id: _bare(e, labels) for e in document.elements}
    keys = {i: json.dumps(element_to_json(e), sort_keys=True, default=repr) for i, e in bare.items()}
    parents = {s.id: keys.get(s.parent or "", "") for s in document.segments}
    order = sorted(bare, key=lambda i: (keys[i], parents.get(i, "")))
    place = {i: str(n) for n, i in enumerate(order)}
    links = {i: [place.get(v, v) for v in _links(e)] for e in document.elements for i in (e.id,)}
    return (
        document.all_tiers(),
        document.media,
        document.author,
        document.duration_us,
        dict(document.metadata),
        {k: told for k, v in document.extras.items() if (told := _told(v))},
        [(bare[i], links[i]) for i in order],
    )


def _told(extras: Any) -> Any:
    """A format's extras without its empty parts."""
    return {k: v for k, v in extras.items() if v} if isinstance(extras, Mapping) else extras


def _links(element: Element) -> list[str]:
    if isinstance(element, Segment):
        return [element.parent or ""]
    if isinstance(element, Relation):
        return [element.source, element.target]
    return [element.target] if isinstance(element, Answer) else []


def _bare(element: Element, labels: bool) -> Element:
    if isinstance(element, UnknownElement):
        return element
    origin = BY_PERSON if element.origin.kind is OriginKind.IMPORT else element.origin
    if isinstance(element, Segment):
        bare = replace(element, id="", parent=None, origin=origin)
        return bare if labels else replace(bare, labels=(), text=flat_text(element))
    if isinstance(element, Answer):
        return replace(element, id="", target="", origin=origin)
    if isinstance(element, Relation):
        return replace(element, id="", source="", target="", origin=origin)
    return replace(element, id="", origin=origin)
