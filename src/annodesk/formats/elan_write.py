"""Writes a planned EAF file: annotations, their time slots and everything around them, as XML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from annodesk.formats.base import Document, flat_text
from annodesk.formats.elan_plan import ANNOTATION_ID, MS, Extras, Plan, is_attribute, plan_of, times_of
from annodesk.formats.elan_types import (
    CONSTRAINTS,
    HEADER,
    NO_DATE,
    PREFIX,
    ROOT,
    SYMBOLIC,
    VERSION,
    constraint_node,
    hierarchy,
    in_order,
    media_node,
    type_name,
    type_node,
)
from annodesk.formats.files import encode
from annodesk.formats.xmltree import Node, clean
from annodesk.formats.xmltree import render as render_xml
from annodesk.model.schema import TierRule

if TYPE_CHECKING:
    from annodesk.model.annotations import Segment


def render(documents: Sequence[Document]) -> bytes:
    """One EAF file."""
    document = documents[0]
    plan = plan_of(document)
    tiers, slots = _tiers(plan)
    parts = [_header(plan.extras, document.media), Node("TIME_ORDER", nodes=slots), *tiers, *_types(plan)]
    given = {n.attributes.get("STEREOTYPE") for n in plan.extras.nodes if n.tag == "CONSTRAINT"}
    parts += [constraint_node(name) for name in CONSTRAINTS if name not in given]
    usual = {"DATE": NO_DATE, "FORMAT": VERSION, "VERSION": VERSION}
    attributes = {"AUTHOR": clean(document.author or ""), **(plan.extras.document or usual)}
    version = attributes.get("FORMAT", VERSION)
    attributes["xmlns:xsi"] = "http://www.w3.org/2001/XMLSchema-instance"
    attributes["xsi:noNamespaceSchemaLocation"] = f"http://www.mpi.nl/tools/elan/EAFv{version}.xsd"
    root = Node(ROOT, attributes, in_order([*parts, *plan.extras.nodes]))
    return encode('<?xml version="1.0" encoding="UTF-8"?>\n' + render_xml(root))


def _header(extras: Extras, media: str | None) -> Node:
    nodes = list(extras.header_nodes)
    own = next((n.attributes.get("MEDIA_URL") for n in nodes if n.tag == "MEDIA_DESCRIPTOR"), None)
    if media is not None:
        made = media_node(clean(media))
        if own != clean(media) or nodes[0].attributes == made.attributes:
            nodes.insert(0, made)
    return Node("HEADER", dict(extras.header or HEADER), nodes)


def _types(plan: Plan) -> list[Node]:
    """The types to make: those that tiers use and the file does not bring."""
    given = {n.attributes.get("LINGUISTIC_TYPE_ID") for n in plan.extras.nodes if n.tag == "LINGUISTIC_TYPE"}
    made: dict[str, Node] = {}
    for name, tier in plan.tiers.items():
        chosen = plan.types[name]
        if chosen not in given and chosen not in made:
            by_name = {type_name(rule): rule for rule in TierRule}
            node = type_node(by_name.get(chosen, tier.rule))
            node.attributes["LINGUISTIC_TYPE_ID"] = chosen
            made[chosen] = node
    return list(made.values())


def _tiers(plan: Plan) -> tuple[list[Node], list[Node]]:
    """The tiers' nodes and the time slots they refer to, in time order."""
    ids = _annotation_ids(s for own in plan.segments.values() for s in own)
    times: list[int] = []
    ends: dict[str, dict[int, int]] = {}  # of each annotation: its slots by time, for those that divide it
    nodes: dict[str, Node] = {}
    for name in hierarchy({name: tier.parent for name, tier in plan.tiers.items()})[0]:
        tier, shared = plan.tiers[name], dict[tuple[str | None, int], int]()
        holders = []
        previous: dict[str | None, str] = {}
        for segment in plan.segments[name]:
            attributes = {"ANNOTATION_ID": ids[segment.id]}
            if tier.rule in SYMBOLIC:
                attributes["ANNOTATION_REF"] = ids[segment.parent or ""]
                if tier.rule is TierRule.SYMBOLIC_SUBDIVISION and segment.parent in previous:
                    attributes["PREVIOUS_ANNOTATION"] = previous[segment.parent]
                previous[segment.parent] = ids[segment.id]
                tag = "REF_ANNOTATION"
            else:
                slots = {}
                for time_us in times_of(segment):
                    slot = None
                    if tier.rule is TierRule.TIME_SUBDIVISION and segment.parent is not None:
                        slot = ends.get(segment.parent, {}).get(time_us, shared.get((segment.parent, time_us)))
                    if slot is None:
                        slot = len(times)
                        times.append(time_us)
                    shared[segment.parent, time_us] = slots[time_us] = slot
                ends[segment.id] = slots
                attributes["TIME_SLOT_REF1"], attributes["TIME_SLOT_REF2"] = (f"#{slots[t]}" for t in times_of(segment))
                tag = "ALIGNABLE_ANNOTATION"
            attributes |= {k[len(PREFIX) :]: v for k, v in segment.attributes.items() if _kept(k, v)}
            value = Node("ANNOTATION_VALUE", text=flat_text(segment))
            holders.append(Node("ANNOTATION", nodes=[Node(tag, attributes, [value])]))
        own = {"TIER_ID": plan.names[name], **plan.extras.tiers.get(name, {}), "LINGUISTIC_TYPE_REF": plan.types[name]}
        if tier.parent is not None:
            own["PARENT_REF"] = plan.names[tier.parent]
        nodes[name] = Node("TIER", own, holders)
    order = sorted(range(len(times)), key=times.__getitem__)
    place = {f"#{slot}": f"ts{number}" for number, slot in enumerate(order, 1)}
    for node in nodes.values():
        for holder in node.nodes:
            attributes = holder.nodes[0].attributes
            for key in ("TIME_SLOT_REF1", "TIME_SLOT_REF2"):
                if key in attributes:
                    attributes[key] = place[attributes[key]]
    slots_in_order = [
        Node("TIME_SLOT", {"TIME_SLOT_ID": f"ts{number}", "TIME_VALUE": str(times[slot] // MS)})
        for number, slot in enumerate(order, 1)
    ]
    return [nodes[name] for name in plan.tiers], slots_in_order


def _kept(name: Any, value: Any) -> bool:
    return isinstance(name, str) and name.startswith(PREFIX) and is_attribute(name, value)


def _annotation_ids(segments: Iterable[Segment]) -> dict[str, str]:
    """ELAN's ids (``a`` and a number): kept where they are such already, new ones for all others."""
    ids = [segment.id for segment in segments]
    taken = {i for i in ids if ANNOTATION_ID.fullmatch(i)}
    free = (name for number in range(1, 2 * len(ids) + 2) if (name := f"a{number}") not in taken)
    return {i: i if i in taken else next(free) for i in ids}
