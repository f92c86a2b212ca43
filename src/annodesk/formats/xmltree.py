"""XML of strangers: a tree with line numbers, read without document types or entities, and written back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from msgspec import Struct, field

if TYPE_CHECKING:
    from annodesk.errors import FormatError
    from annodesk.formats.base import Report

DEEPEST = 32
MOST_NODES = 3_000_000
_CHUNK = 1 << 20

_NAME = re.compile(r"[A-Za-z_][\w.:-]*", re.ASCII)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Node(Struct):
    """An element of an XML file; ``text`` is what stands before its first child."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    text: str = ""
    line: int = 0

    def find(self, tag: str) -> list[Node]:
        """The children of that tag."""
        return [node for node in self.nodes if node.tag == tag]

    def to_json(self) -> dict[str, Any]:
        """The tree as plain JSON values; what is empty is left out."""
        body: dict[str, Any] = {"tag": self.tag}
        if self.attributes:
            body["attributes"] = dict(self.attributes)
        if self.nodes:
            body["nodes"] = [node.to_json() for node in self.nodes]
        elif self.text.strip() or (self.text and "\n" not in self.text):
            body["text"] = self.text
        return body


def node_from_json(body: Any, depth: int = 0) -> Node:
    """The tree that JSON values describe; raises ValueError where XML could not hold it."""
    if depth > DEEPEST or not isinstance(body, dict) or not body.keys() <= {"tag", "attributes", "nodes", "text"}:
        raise ValueError("not an XML element")
    tag, attributes, text = body.get("tag"), body.get("attributes", {}), body.get("text", "")
    nodes = body.get("nodes", [])
    if not is_name(tag) or not is_text(text) or not isinstance(nodes, list) or (nodes and text):
        raise ValueError("not an XML element")
    if not isinstance(attributes, dict) or not all(is_name(k) and is_text(v) for k, v in attributes.items()):
        raise ValueError("not the attributes of an XML element")
    return Node(str(tag), dict(attributes), [node_from_json(node, depth + 1) for node in nodes], text)


def is_name(value: Any) -> bool:
    """Whether XML takes it as a name."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def is_text(value: Any) -> bool:
    """Whether XML can hold it as a text."""
    return isinstance(value, str) and _FORBIDDEN.search(value) is None


def clean(text: str) -> str:
    """The text with characters that XML cannot hold replaced."""
    return _FORBIDDEN.sub("\ufffd", text)


def root_tag(head: str) -> str | None:
    """The name of the first element in the beginning of a file; None where there is none."""
    text = re.sub(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>", "", head, flags=re.DOTALL).lstrip()
    match = re.match(r"<([A-Za-z_][\w.:-]*)", text)
    return match.group(1) if match else None


def read(data: bytes, report: Report) -> Node:
    """The root of a file's tree; a document type or an entity is refused before anything is expanded."""
    builder = _Builder(report)
    try:
        for place in range(0, len(data), _CHUNK):
            builder.parser.Parse(data[place : place + _CHUNK], False)
        builder.parser.Parse(b"", True)
    except expat.ExpatError as error:
        what = f"it is not whole XML: {expat.ErrorString(error.code)}."
        raise report.error(error.lineno, what, "Take it from a backup or export it again.") from error
    except (LookupError, UnicodeError, ValueError) as error:
        raise report.error(1, f"its encoding cannot be read: {str(error)[:80]}.", "Save it as UTF-8.") from error
    return builder.root


class _Builder:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        self._open: list[Node] = []
        self._parts: list[list[str]] = []
        self._number = 0
        self.root = Node("")

    def _error(self, what: str) -> FormatError:
        return self.report.error(self.parser.CurrentLineNumber, what, "Export it again from the tool that made it.")

    def _refuse(self, *_: object) -> None:
        raise self._error("it declares a document type or an entity, which is not allowed here.")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._number += 1
        if self._number > MOST_NODES:
            raise self._error(f"it has more than {MOST_NODES:,} elements.")
        if len(self._open) >= DEEPEST:
            raise self._error(f"its elements are nested more than {DEEPEST} deep.")
        node = Node(tag, attributes, line=self.parser.CurrentLineNumber)
        if self._open:
            self._open[-1].nodes.append(node)
        else:
            self.root = node
        self._open.append(node)
        self._parts.append([])

    def _end(self, _: str) -> None:
        self._open.pop().text = "".join(self._parts.pop())

    def _data(self, text: str) -> None:
        if not self._open[-1].nodes:
            self._parts[-1].append(text)


def render(node: Node, indent: str = "") -> str:
    """The tree as text, a line per element and four spaces per level."""
    attributes = "".join(f' {name}="{_attribute(value)}"' for name, value in node.attributes.items())
    start = f"{indent}<{node.tag}{attributes}"
    if node.nodes:
        inner = "".join(render(child, indent + "    ") for child in node.nodes)
        return f"{start}>\n{inner}{indent}</{node.tag}>\n"
    return f"{start}>{_text(node.text)}</{node.tag}>\n" if node.text else f"{start}/>\n"


def _text(text: str) -> str:
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _attribute(text: str) -> str:
    return _text(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def attributes_of(value: Any) -> Mapping[str, str]:
    """Attributes out of plain JSON values; raises ValueError where XML could not hold them."""
    if not isinstance(value, dict) or not all(is_name(k) and is_text(v) for k, v in value.items()):
        raise ValueError("not the attributes of an XML element")
    return value
