"""ELAN's EAF files: tiers with their hierarchy, time slots, reference annotations, and what only ELAN knows as extras.

Reference annotations have no times of their own: an association takes its parent's, subdivisions share it evenly.
Time slots without a value are set evenly between their neighbours, in whole milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from annodesk.formats import xmltree
from annodesk.formats.base import Document, Format, ReadResult, Report, TierInfo
from annodesk.formats.elan_plan import MS, losses
from annodesk.formats.elan_types import (
    HEADER,
    KEY,
    NO_DATE,
    PLACED,
    PREFIX,
    ROOT,
    STEREOTYPES,
    VERSION,
    hierarchy,
    in_order,
    is_made,
    media_node,
    parent_in,
    share,
    type_name,
)
from annodesk.formats.elan_write import render
from annodesk.formats.files import LATEST_US, shown
from annodesk.model.annotations import Segment
from annodesk.model.schema import TierRule

if TYPE_CHECKING:
    from annodesk.formats.xmltree import Node

_KNOWN = {"ANNOTATION_ID", "TIME_SLOT_REF1", "TIME_SLOT_REF2", "ANNOTATION_REF", "PREVIOUS_ANNOTATION"}


def sniff(head: str) -> bool:
    """Whether the first element is ELAN's."""
    return xmltree.root_tag(head) == ROOT


class _Note(Struct):
    """An annotation as the file has it, before its times are known."""

    id: str
    tier: str
    line: int
    text: str
    attributes: dict[str, str]
    slots: tuple[str, str] = ("", "")
    parent: str = ""
    previous: str = ""


class _File(Struct):
    """The parts of a file while it is read."""

    report: Report
    slots: dict[str, int | None] = field(default_factory=dict)
    rules: dict[str, TierRule] = field(default_factory=dict)
    tiers: dict[str, TierInfo] = field(default_factory=dict)
    tier_attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: dict[str, list[_Note]] = field(default_factory=dict)
    placed: dict[str, Segment] = field(default_factory=dict)
    unaligned: int = 0


def parse(data: bytes, report: Report) -> ReadResult:
    """One document; annotations keep their ids."""
    root = xmltree.read(data, report)
    if root.tag != ROOT:
        hint = "Export it from that tool as EAF, TextGrid or CSV."
        raise report.error(root.line, f"it is the XML of another tool: it begins with {shown(root.tag)}.", hint)
    file = _File(report)
    for node in root.find("LINGUISTIC_TYPE"):
        rule = STEREOTYPES.get(node.attributes.get("CONSTRAINTS", ""), TierRule.NONE)
        file.rules[node.attributes.get("LINGUISTIC_TYPE_ID", "")] = rule
    for node in root.find("HEADER"):
        units = node.attributes.get("TIME_UNITS", "milliseconds")
        if units != "milliseconds":
            raise report.error(node.line, f"its times are in {shown(units)}.", "Save it again with ELAN 4 or later.")
    for order in root.find("TIME_ORDER"):
        for node in order.find("TIME_SLOT"):
            _read_slot(file, node)
    for node in root.find("TIER"):
        _read_tier(file, node)
    for name in _check_parents(file, root):
        _place(file, file.tiers[name])
    ids = dict.fromkeys(note.id for notes in file.notes.values() for note in notes if note.id in file.placed)
    segments = tuple(file.placed[note_id] for note_id in ids)
    media, extras = _around(file, root)
    author = root.attributes.get("AUTHOR") or None
    return report.result([Document(segments, tuple(file.tiers.values()), media, author, extras=extras)])


def _read_slot(file: _File, node: Node) -> None:
    name, value = node.attributes.get("TIME_SLOT_ID"), node.attributes.get("TIME_VALUE")
    if name is None or name in file.slots:
        fault = "has no id" if name is None else f"{shown(name)} stands twice"
        file.report.skip(node.line, f"a time slot {fault}.")
        return
    if value is not None and not (value.isascii() and value.isdigit() and len(value) < 16):
        file.report.skip(node.line, f"the time of {shown(name)} is {shown(value)}, not a number of milliseconds.")
        return
    time_us = None if value is None else int(value) * MS
    if time_us is not None and time_us > LATEST_US:
        file.report.skip(node.line, f"the time of {shown(name)} is later than any recording.")
        return
    file.slots[name] = time_us


def _read_tier(file: _File, node: Node) -> None:
    attributes = dict(node.attributes)
    name = attributes.pop("TIER_ID", None)
    if name is None or name in file.tiers:
        fault = "has no name" if name is None else f"{shown(name)} stands twice"
        file.report.skip(node.line, f"a tier {fault}.")
        return
    parent = attributes.pop("PARENT_REF", None)
    given = attributes.get("LINGUISTIC_TYPE_REF")
    rule = file.rules.get(given or "", TierRule.NONE) if parent is not None else TierRule.NONE
    if given == type_name(rule):
        del attributes["LINGUISTIC_TYPE_REF"]
    file.tiers[name] = TierInfo(name, parent=parent, rule=rule)
    file.tier_attributes[name] = attributes
    file.notes[name] = []
    for holder in node.find("ANNOTATION"):
        for child in holder.nodes:
            _read_note(file, name, child)


def _read_note(file: _File, tier: str, node: Node) -> None:
    own = node.attributes
    note_id = own.get("ANNOTATION_ID")
    if note_id is None:
        file.report.skip(node.line, f"an annotation on {shown(tier)} has no id.")
        return
    values = node.find("ANNOTATION_VALUE")
    attributes = {PREFIX + k: v for k, v in own.items() if k not in _KNOWN}
    note = _Note(note_id, tier, node.line, values[0].text if values else "", attributes)
    if node.tag == "ALIGNABLE_ANNOTATION":
        note.slots = (own.get("TIME_SLOT_REF1", ""), own.get("TIME_SLOT_REF2", ""))
    elif node.tag == "REF_ANNOTATION":
        note.parent, note.previous = own.get("ANNOTATION_REF", ""), own.get("PREVIOUS_ANNOTATION", "")
    else:
        file.report.skip(node.line, f"{shown(node.tag)} is no annotation that ELAN writes.")
        return
    file.notes[tier].append(note)


def _check_parents(file: _File, root: Node) -> list[str]:
    """The tiers' names, parents first; those whose parent is missing or below them stand alone."""
    order, cut = hierarchy({name: tier.parent for name, tier in file.tiers.items()})
    lines = {node.attributes.get("TIER_ID"): node.line for node in root.find("TIER")} if cut else {}
    for name in cut:
        parent = file.tiers[name].parent or ""
        file.report.skip(lines.get(name), f"the tier {shown(name)} has no parent {shown(parent)} above it.")
        file.tiers[name] = TierInfo(name)
    return order


def _place(file: _File, tier: TierInfo) -> None:
    """Gives a tier's annotations their times; parents have theirs already."""
    notes = []
    for note in file.notes[tier.name]:
        if note.id in file.placed:
            file.report.skip(note.line, f"the annotation {shown(note.id)} stands twice.")
        else:
            notes.append(note)
    aligned = [note for note in notes if note.slots != ("", "")]
    _interpolate(file, aligned)
    parents = [file.placed[n.id] for n in file.notes.get(tier.parent or "", ()) if n.id in file.placed]
    parents = sorted((p for p in parents if p.tier == tier.parent), key=lambda p: p.start_us)
    starts = [parent.start_us for parent in parents]
    for note in aligned:
        start_us, end_us = (file.slots.get(slot) for slot in note.slots)
        if start_us is None or end_us is None:
            file.report.skip(note.line, f"the annotation {shown(note.id)} has no time.")
        elif end_us < start_us:
            what = (
                f"the annotation {shown(note.id)} ends at {end_us // MS} ms, before its start at {start_us // MS} ms."
            )
            file.report.skip(note.line, what)
        else:
            parent = parent_in(parents, starts, start_us, end_us)
            _keep(file, note, start_us, end_us, parent.id if parent else None)
    _place_references(file, tier, [note for note in notes if note.slots == ("", "")])


def _place_references(file: _File, tier: TierInfo, notes: Iterable[_Note]) -> None:
    families: dict[str, list[_Note]] = {}
    for note in notes:
        parent = file.placed.get(note.parent)
        if parent is None or parent.tier != tier.parent:
            file.report.skip(
                note.line, f"{shown(note.id)} refers to {shown(note.parent)}, which is not on its parent tier."
            )
        else:
            families.setdefault(note.parent, []).append(note)
    for parent_id, family in families.items():
        parent = file.placed[parent_id]
        if tier.rule is TierRule.SYMBOLIC_SUBDIVISION:
            family = _in_order(family)
        for place, note in enumerate(family):
            times = (parent.start_us, parent.end_us)
            if tier.rule is TierRule.SYMBOLIC_SUBDIVISION:
                times = share(*times, place, len(family))
            _keep(file, note, *times, parent_id)


def _keep(file: _File, note: _Note, start_us: int, end_us: int, parent: str | None) -> None:
    if note.id in file.placed:
        file.report.skip(note.line, f"the annotation {shown(note.id)} stands twice.")
        return
    attributes = dict(note.attributes)
    file.placed[note.id] = Segment(
        note.id, note.tier, start_us, end_us, text=note.text, attributes=attributes, parent=parent
    )


def _in_order(family: list[_Note]) -> list[_Note]:
    """The chain of previous annotations; the file's order where the chain is broken."""
    after = {note.previous: note for note in family}
    chain: list[_Note] = []
    place = after.get("")
    while place is not None and len(chain) <= len(family):
        chain.append(place)
        place = after.get(place.id)
    return chain if len(chain) == len(family) else family


def _interpolate(file: _File, notes: Iterable[_Note]) -> None:
    """Sets slots without a time evenly between the nearest slots of their chain that have one."""
    following = {note.slots[0]: note.slots[1] for note in notes}
    dead: set[str] = set()  # chains that lead nowhere are walked once
    for begin in list(following):
        if file.slots.get(begin) is None:
            continue
        chain: list[str] = []
        place = following[begin]
        while place in file.slots and file.slots[place] is None and place in following and place not in dead:
            if len(chain) > len(following):
                break
            chain.append(place)
            place = following[place]
        first, last = file.slots[begin], file.slots.get(place)
        if not chain or first is None or last is None:
            dead.update(chain)
            continue
        for number, slot in enumerate(chain, 1):
            file.slots[slot] = (first + (last - first) * number // (len(chain) + 1)) // MS * MS
        file.unaligned += len(chain)


def _around(file: _File, root: Node) -> tuple[str | None, dict[str, Any]]:
    """The recording's reference and ELAN's extras: everything that is not a tier or a time."""
    own: dict[str, Any] = {}
    document = {k: v for k, v in root.attributes.items() if k != "AUTHOR" and not k.startswith(("xmlns", "xsi:"))}
    usual = {"DATE": NO_DATE, "FORMAT": VERSION, "VERSION": VERSION}
    if document and document != usual:
        own["document"] = document
    header = [node for head in root.find("HEADER") for node in head.nodes]
    attributes = {k: v for head in root.find("HEADER") for k, v in head.attributes.items()}
    if attributes not in ({}, HEADER):
        own["header"] = attributes
    media = next((n.attributes.get("MEDIA_URL") for n in header if n.tag == "MEDIA_DESCRIPTOR"), None)
    if media is not None:
        made = media_node(media)
        first = next(n for n in header if n.tag == "MEDIA_DESCRIPTOR")
        if first.attributes == made.attributes and header[0] is first:
            header = header[1:]
    if header:
        own["header_nodes"] = [node.to_json() for node in header]
    others = in_order(node for node in root.nodes if node.tag not in PLACED and not is_made(node))
    if others:
        own["nodes"] = [node.to_json() for node in others]
    tiers = {name: attributes for name, attributes in file.tier_attributes.items() if attributes}
    if tiers:
        own["tiers"] = tiers
    if file.unaligned:
        own["unaligned"] = file.unaligned
    return media, {KEY: own} if own else {}


FORMAT = Format("elan", "ELAN", (".eaf",), sniff, parse, render, losses)
