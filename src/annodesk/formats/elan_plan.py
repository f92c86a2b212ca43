"""What of a Document goes into an EAF file: which tiers, parents, times, types and names, and what that loses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.formats.base import Document, TierInfo, flat_text
from annodesk.formats.elan_types import (
    KEY,
    PLACED,
    PREFIX,
    STEREOTYPES,
    SYMBOLIC,
    hierarchy,
    is_made,
    parent_in,
    share,
    type_name,
)
from annodesk.formats.losses import (
    Holds,
    by_tier,
    common_losses,
    is_point_tier,
    lane_losses,
    lanes,
    sound,
    tell,
)
from annodesk.formats.xmltree import Node, attributes_of, clean, is_name, is_text, node_from_json
from annodesk.model.schema import TierRule

if TYPE_CHECKING:
    from annodesk.model.annotations import Segment

MS = 1000
UNNAMED = "unnamed"
_HOLDS = Holds(attributes=PREFIX, parents=True, tiers=True, hierarchy=True, media=True, author=True, extras=KEY)
ANNOTATION_ID = re.compile(r"a[1-9]\d{0,17}", re.ASCII)
_PARTS = {"document", "header", "header_nodes", "nodes", "tiers", "unaligned"}


class Extras(Struct):
    """ELAN's extras, checked: what XML could not hold is not in them."""

    document: Mapping[str, str] = field(default_factory=dict)
    header: Mapping[str, str] = field(default_factory=dict)
    header_nodes: list[Node] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    tiers: dict[str, Mapping[str, str]] = field(default_factory=dict)


class Plan(Struct):
    """What will be written: tiers in order, segments in whole milliseconds; and what that loses."""

    extras: Extras
    losses: list[str]
    tiers: dict[str, TierInfo] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    segments: dict[str, list[Segment]] = field(default_factory=dict)


def losses(documents: Sequence[Document]) -> list[str]:
    """What an EAF file cannot hold."""
    return [*common_losses(documents, _HOLDS), *(sentence for d in documents for sentence in plan_of(d).losses)]


def _extras(document: Document, lost: list[str]) -> Extras:
    own = document.extras.get(KEY) or {}
    try:
        if not isinstance(own, dict) or not own.keys() <= _PARTS:
            raise ValueError("not ELAN's extras")
        tiers = own.get("tiers", {})
        if not isinstance(tiers, dict):
            raise ValueError("not ELAN's tiers")
        found = Extras(
            attributes_of(own.get("document", {})),
            attributes_of(own.get("header", {})),
            _nodes(own.get("header_nodes", [])),
            _nodes(own.get("nodes", [])),
            {name: attributes_of(attributes) for name, attributes in tiers.items()},
        )
        if any(node.tag in PLACED or is_made(node) for node in found.nodes):
            raise ValueError("parts that are not extras")
        if any({"TIER_ID", "PARENT_REF"} & attributes.keys() for attributes in found.tiers.values()):
            raise ValueError("attributes that are not extras")
        if any(name == "AUTHOR" or name.startswith(("xmlns", "xsi:")) for name in found.document):
            raise ValueError("attributes that are not extras")
    except ValueError:
        lost.append("What the document tells of its EAF file cannot be understood and is not kept.")
        return Extras()
    if number := own.get("unaligned"):
        told = number if isinstance(number, int) else 0
        lost += tell(told, "time that ELAN sets between its neighbours", "written as fixed times")
    return found


def _nodes(bodies: Any) -> list[Node]:
    if not isinstance(bodies, list):
        raise ValueError("not a list of XML elements")
    return [node_from_json(body) for body in bodies]


def plan_of(document: Document) -> Plan:
    """What will be written of a document."""
    lost: list[str] = []
    plan = Plan(_extras(document, lost), lost)
    whole = sound(document)
    tiers = _linked(whole.all_tiers(), lost)
    lost += tell(sum(is_point_tier(t) for t in tiers), "point tier", "written as an ordinary one: ELAN has no points")
    segments = by_tier(whole)
    lost += _rough_times(s for t in tiers if t.rule not in SYMBOLIC for s in segments.get(t.name, ()))
    taken = {tier.name for tier in tiers}
    for tier in tiers:
        own = segments.get(tier.name, [])
        if tier.rule in SYMBOLIC:
            plan.tiers[tier.name], plan.segments[tier.name] = tier, own
            continue
        found = list(lanes(tier, map(_in_ms, own), taken))
        lost += lane_losses(found)
        for lane in found:
            plan.tiers[lane.tier.name], plan.segments[lane.tier.name] = lane.tier, list(lane.segments)
            if lane.extra and tier.name in plan.extras.tiers:
                plan.extras.tiers[lane.tier.name] = plan.extras.tiers[tier.name]
    _settle_parents(plan, whole)
    _choose_types(plan)
    _choose_names(plan)
    written = [s for own in plan.segments.values() for s in own]
    unclean = sum(not is_text(flat_text(s)) for s in written)
    lost += tell(unclean, "text with characters that XML cannot hold", "written with those replaced")
    odd = sum(not is_attribute(k, v) for s in written for k, v in s.attributes.items() if k.startswith(PREFIX))
    lost += tell(odd, "attribute of ELAN's", "left out, because XML cannot hold it")
    if document.author is not None and (not document.author or not is_text(document.author)):
        lost.append("The author's name is not kept as it is.")
    _check_media(plan, document)
    _check_links(plan, {s.id for s in written if ANNOTATION_ID.fullmatch(s.id)})
    return plan


def _linked(tiers: Sequence[TierInfo], lost: list[str]) -> list[TierInfo]:
    """The tiers with those links to parents that ELAN can hold."""
    alone = {t.name for t in tiers if t.parent is None or t.rule is TierRule.NONE}
    _, cut = hierarchy({t.name: None if t.name in alone else t.parent for t in tiers})
    alone |= cut
    found = [replace(t, parent=None, rule=TierRule.NONE) if t.name in alone else t for t in tiers]
    changed = sum((t.parent, t.rule) != (f.parent, f.rule) for t, f in zip(tiers, found, strict=True))
    lost += tell(changed, "link from a tier to its parent", "not kept: ELAN wants a rule and a parent in the file")
    return found


def _ms(time_us: int) -> int:
    return (time_us + MS // 2) // MS * MS


def _in_ms(segment: Segment) -> Segment:
    start_us, end_us = _ms(segment.start_us), _ms(segment.end_us)
    return replace(segment, start_us=start_us, end_us=max(end_us, start_us + MS))


def _rough_times(segments: Iterable[Segment]) -> list[str]:
    rough, instant = 0, 0
    for segment in segments:
        rounded = (_ms(segment.start_us), _ms(segment.end_us))
        if rounded[0] == rounded[1]:
            instant += 1
        elif rounded != (segment.start_us, segment.end_us):
            rough += 1
    return [
        *tell(rough, "segment", "moved to whole milliseconds, ELAN's unit of time"),
        *tell(instant, "segment without length", "written one millisecond long"),
    ]


def _settle_parents(plan: Plan, document: Document) -> None:
    """Gives every segment on a child tier the parent that the file will say; fills symbolic tiers, parents first."""
    given = {s.id: s for s in document.segments}
    relinked, moved, orphans, strays = 0, 0, 0, 0
    order, _ = hierarchy({name: tier.parent for name, tier in plan.tiers.items()})
    for name in order:
        tier, own = plan.tiers[name], plan.segments[name]
        if tier.parent is None:
            strays += sum(s.parent is not None for s in own)
            plan.segments[name] = [replace(s, parent=None) for s in own]
        else:
            parents = sorted(plan.segments[tier.parent], key=lambda s: s.start_us)
            starts = [parent.start_us for parent in parents]
            by_time = {s.id: parent_in(parents, starts, s.start_us, s.end_us) for s in own}
            if tier.rule in SYMBOLIC:
                kept = _references(tier, own, {p.id: p for p in parents}, by_time)
                orphans += len(own) - len(kept)
            else:
                kept = [replace(s, parent=p.id if (p := by_time[s.id]) else None) for s in own]
            relinked += sum(s.parent != given[s.id].parent for s in kept)
            if tier.rule in SYMBOLIC:
                moved += sum(times_of(s) != times_of(given[s.id]) for s in kept)
            plan.segments[name] = kept
    plan.losses += tell(strays, "link from a segment to its parent", "not kept: its tier has no parent")
    plan.losses += tell(relinked, "segment", "tied to another parent, which ELAN finds by time")
    plan.losses += tell(moved, "segment on a symbolic tier", "moved: ELAN derives its times from its parent's")
    plan.losses += tell(orphans, "segment", "left out, because its symbolic tier needs a parent")


def times_of(segment: Segment) -> tuple[int, int]:
    """Start and end."""
    return segment.start_us, segment.end_us


def _references(
    tier: TierInfo, own: Iterable[Segment], parents: Mapping[str, Segment], by_time: Mapping[str, Segment | None]
) -> list[Segment]:
    """A symbolic tier's segments with a parent, and the times that follow from it."""
    families: dict[str, list[Segment]] = {}
    for segment in own:
        parent = parents.get(segment.parent or "") or by_time[segment.id]
        if parent is not None:
            families.setdefault(parent.id, []).append(replace(segment, parent=parent.id))
    found = []
    for parent_id, family in families.items():
        parent = parents[parent_id]
        family.sort(key=times_of)
        for place, segment in enumerate(family):
            times = times_of(parent)
            if tier.rule is TierRule.SYMBOLIC_SUBDIVISION:
                times = share(*times, place, len(family))
            found.append(replace(segment, start_us=times[0], end_us=times[1]))
    return found


def _choose_types(plan: Plan) -> None:
    """Each tier's type: the file's own where it fits the rule, otherwise one that the writer makes."""
    rules = {
        n.attributes.get("LINGUISTIC_TYPE_ID", ""): STEREOTYPES.get(n.attributes.get("CONSTRAINTS", ""), TierRule.NONE)
        for n in plan.extras.nodes
        if n.tag == "LINGUISTIC_TYPE"
    }
    changed = 0
    for name, tier in plan.tiers.items():
        usual = type_name(tier.rule)
        chosen = plan.extras.tiers.get(name, {}).get("LINGUISTIC_TYPE_REF", usual)
        made = {type_name(rule): rule for rule in TierRule if type_name(rule) not in rules}
        rule = (rules | made).get(chosen)
        if rule is tier.rule or (chosen in rules and tier.parent is None):
            plan.types[name] = chosen
            continue
        changed += 1
        while usual in rules and rules[usual] is not tier.rule:
            usual += "-2"
        plan.types[name] = usual
    plan.losses += tell(changed, "tier", "given another tier type, because its own does not say its rule")


def _choose_names(plan: Plan) -> None:
    """Names that XML holds and that differ; ELAN wants a name for every tier."""
    taken: set[str] = set()
    changed = 0
    for name in plan.tiers:
        chosen = base = clean(name) or UNNAMED
        number = 1
        while chosen in taken or (chosen != name and chosen in plan.tiers):
            number += 1
            chosen = f"{base} ({number})"
        taken.add(chosen)
        plan.names[name] = chosen
        changed += chosen != name
    plan.losses += tell(changed, "tier name", "changed, because ELAN cannot hold it")
    odd = sum(name not in plan.tiers for name in plan.extras.tiers)
    plan.losses += tell(odd, "note on a tier that is not there", "not kept")


def is_attribute(name: Any, value: Any) -> bool:
    """Whether ELAN can hold an attribute of a segment, named with the prefix."""
    return is_name(name[len(PREFIX) :]) and name[len(PREFIX) :] not in _STRUCTURE and is_text(value)


_STRUCTURE = {"ANNOTATION_ID", "TIME_SLOT_REF1", "TIME_SLOT_REF2", "ANNOTATION_REF", "PREVIOUS_ANNOTATION"}


def _check_media(plan: Plan, document: Document) -> None:
    own = next((n.attributes.get("MEDIA_URL") for n in plan.extras.header_nodes if n.tag == "MEDIA_DESCRIPTOR"), None)
    if document.media is None and own is not None:
        plan.losses.append("The file keeps naming the recording it was made for.")
    elif document.media is not None and not is_text(document.media):
        plan.losses.append("The name of the recording is not kept as it is.")


def _check_links(plan: Plan, ids: set[str]) -> None:
    """Takes out sets of cross references whose annotations are no longer there: ELAN would not open the file."""
    kept = [n for n in plan.extras.nodes if n.tag != "REF_LINK_SET" or _refers_within(n, ids)]
    plan.losses += tell(len(plan.extras.nodes) - len(kept), "set of cross references", "left out: its targets are gone")
    plan.extras.nodes = kept


def _refers_within(node: Node, ids: set[str]) -> bool:
    targets = [t for k in ("REF1", "REF2", "REFS") for t in node.attributes.get(k, "").split()]
    links = {n.attributes.get("CRL_ID") or n.attributes.get("GRL_ID") or "" for n in node.nodes}
    return set(targets) <= ids | links and all(_refers_within_links(n, ids | links) for n in node.nodes)


def _refers_within_links(node: Node, known: set[str]) -> bool:
    return {t for k in ("REF1", "REF2", "REFS") for t in node.attributes.get(k, "").split()} <= known
