"""ELAN's tier types as our tier rules, and the parts of an EAF file that the writer makes by itself.

What the reader finds equal to such a part is not kept as an extra, so that a file of ours is read as it was written.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from annodesk.formats.xmltree import Node
from annodesk.model.schema import TierRule

if TYPE_CHECKING:
    from annodesk.model.annotations import Segment

KEY = "elan"
PREFIX = "elan."
"""Attributes of segments that ELAN knows begin with this: ``elan.CVE_REF``, ``elan.LANG_REF`` and so on."""

ROOT = "ANNOTATION_DOCUMENT"
VERSION = "3.0"
NO_DATE = "1970-01-01T00:00:00+00:00"
"""Written where the file's date is not known: the same document always gives the same bytes."""

STEREOTYPES = {
    "Time_Subdivision": TierRule.TIME_SUBDIVISION,
    "Included_In": TierRule.INCLUDED_IN,
    "Symbolic_Subdivision": TierRule.SYMBOLIC_SUBDIVISION,
    "Symbolic_Association": TierRule.SYMBOLIC_ASSOCIATION,
}
CONSTRAINTS = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, "
    "no time gaps allowed within this interval",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation. "
    "Annotations refering to the same parent are ordered",
    "Symbolic_Association": "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps are allowed",
}
NAMES = {rule: name for name, rule in STEREOTYPES.items()}
SYMBOLIC = frozenset({TierRule.SYMBOLIC_SUBDIVISION, TierRule.SYMBOLIC_ASSOCIATION})
ORDER = (
    "LICENSE",
    "HEADER",
    "TIME_ORDER",
    "TIER",
    "LINGUISTIC_TYPE",
    "LOCALE",
    "LANGUAGE",
    "CONSTRAINT",
    "CONTROLLED_VOCABULARY",
    "LEXICON_REF",
    "REF_LINK_SET",
    "EXTERNAL_REF",
)
"""The order in which the schema of EAF wants the parts."""

PLACED = frozenset({"HEADER", "TIME_ORDER", "TIER"})
"""Parts that the writer makes from the document itself."""

HEADER = {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"}
_MIMES = {"wav": "audio/x-wav", "mp3": "audio/mpeg", "mpg": "video/mpeg", "mpeg": "video/mpeg", "mp4": "video/mp4"}

Json = dict[str, Any]


def type_name(rule: TierRule) -> str:
    """The name of the tier type that the writer makes for a rule."""
    return "default-lt" if rule is TierRule.NONE else rule.value


def type_node(rule: TierRule) -> Node:
    """The tier type that the writer makes for a rule."""
    attributes = {
        "GRAPHIC_REFERENCES": "false",
        "LINGUISTIC_TYPE_ID": type_name(rule),
        "TIME_ALIGNABLE": "false" if rule in SYMBOLIC else "true",
    }
    if rule is not TierRule.NONE:
        attributes["CONSTRAINTS"] = NAMES[rule]
    return Node("LINGUISTIC_TYPE", attributes)


def constraint_node(stereotype: str) -> Node:
    """The description of a stereotype, as every EAF file has it."""
    return Node("CONSTRAINT", {"DESCRIPTION": CONSTRAINTS[stereotype], "STEREOTYPE": stereotype})


def media_node(media: str) -> Node:
    """The reference to a recording that the writer makes."""
    kind = _MIMES.get(media.rpartition(".")[2].lower(), "application/octet-stream")
    return Node("MEDIA_DESCRIPTOR", {"MEDIA_URL": media, "MIME_TYPE": kind})


def is_made(node: Node) -> bool:
    """Whether the writer makes this tier type or constraint by itself."""
    if node.nodes or node.text.strip():
        return False
    if node.tag == "CONSTRAINT":
        stereotype = node.attributes.get("STEREOTYPE", "")
        return stereotype in CONSTRAINTS and node.attributes == constraint_node(stereotype).attributes
    return node.tag == "LINGUISTIC_TYPE" and any(node.attributes == type_node(rule).attributes for rule in TierRule)


def in_order(nodes: Iterable[Node]) -> list[Node]:
    """Parts of a file in the schema's order; unknown ones last, by tag."""
    place = {tag: number for number, tag in enumerate(ORDER)}
    return sorted(nodes, key=lambda node: (place.get(node.tag, len(ORDER)), "" if node.tag in place else node.tag))


def share(start_us: int, end_us: int, place: int, number: int) -> tuple[int, int]:
    """The stretch of the nth of several annotations that divide their parent's time evenly."""
    length = end_us - start_us
    return start_us + length * place // number, start_us + length * (place + 1) // number


def hierarchy(parents: Mapping[str, str | None]) -> tuple[list[str], set[str]]:
    """Tier names, parents first, and those whose parent is missing or below them, which count as without one."""
    children: dict[str, list[str]] = {}
    for name, parent in parents.items():
        if parent is not None:
            children.setdefault(parent, []).append(name)
    order: dict[str, None] = {}
    cut: set[str] = set()

    def descend(root: str) -> None:
        waiting = [root]
        while waiting:
            name = waiting.pop()
            order[name] = None
            waiting.extend(child for child in reversed(children.get(name, ())) if child not in order)

    for name, parent in parents.items():
        if parent is None or parent not in parents:
            cut.update([name] if parent is not None else [])
            descend(name)
    for name in parents:
        if name not in order:  # a ring: it is opened at its first tier
            cut.add(name)
            descend(name)
    return list(order), cut


def parent_in(parents: Sequence[Segment], starts: Sequence[int], start_us: int, end_us: int) -> Segment | None:
    """The parent in whose time a stretch lies or begins; parents are in time order, ``starts`` are their starts."""
    place = bisect_right(starts, start_us) - 1
    if place < 0:
        return None
    parent = parents[place]
    return parent if start_us < parent.end_us or parent.start_us == start_us == end_us else None
