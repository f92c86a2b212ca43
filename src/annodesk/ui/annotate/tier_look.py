"""How one person wants the tiers of one project shown: hidden, locked, in what order, how high. No annotation data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.ui.parts import settings

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema, Tier

LEAST_PX, MOST_PX, USUAL_PX, STACKED_PX = 24, 200, 38, 60
STEP_PX = 12


class TierLook(Struct, frozen=True):
    """By names of tiers; ``order`` need not name all, ``heights`` are in pixels at a normal text size."""

    hidden: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()
    heights: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def arranged(self, schema: LabelSchema) -> list[Tier]:
        """All tiers in the person's order; those it does not name keep their place after the one before them."""
        found = [schema.tier(name) for name in self.order if schema.has_tier(name)]
        for place, tier in enumerate(schema.tiers):
            if tier not in found:
                before = schema.tiers[place - 1] if place else None
                found.insert(found.index(before) + 1 if before in found else 0, tier)
        return found

    def shown(self, schema: LabelSchema) -> list[Tier]:
        """The tiers that are not hidden, in the person's order; never none where there is one."""
        tiers = self.arranged(schema)
        return [tier for tier in tiers if tier.name not in self.hidden] or tiers

    def height_of(self, tier: Tier) -> int:
        """Height of a tier's lane; one with overlaps is higher unless the person said how high."""
        return self.heights.get(tier.name, STACKED_PX if tier.overlap else USUAL_PX)

    def with_height(self, name: str, height_px: int) -> TierLook:
        """One tier higher or lower."""
        kept = max(LEAST_PX, min(MOST_PX, height_px))
        return replace(self, heights=MappingProxyType({**self.heights, name: kept}))

    def turned(self, what: str, name: str) -> TierLook:
        """One tier ``hidden`` or ``locked``, or no longer."""
        return replace(self, **{what: getattr(self, what) ^ {name}})

    def moved(self, schema: LabelSchema, name: str, to: int) -> TierLook:
        """One tier at another place among those shown."""
        shown = [tier.name for tier in self.shown(schema)]
        others = [one for one in shown if one != name]
        others.insert(max(0, min(len(others), to)), name)
        places = iter(others)
        order = [next(places) if t.name in shown else t.name for t in self.arranged(schema)]
        return replace(self, order=tuple(order))


def depth_of(schema: LabelSchema, tier: Tier) -> int:
    """How many tiers stand above one."""
    steps = 0
    while tier.parent is not None and schema.has_tier(tier.parent) and steps < len(schema.tiers):
        steps, tier = steps + 1, schema.tier(tier.parent)
    return steps


def read(project_id: str, person_id: str) -> TierLook:
    """What this person last chose in this project on this workstation; the usual where the note makes no sense."""
    try:
        body = json.loads(str(settings().value(_key(project_id, person_id)) or "{}"))
        names = {what: [n for n in body.get(what, ()) if isinstance(n, str)] for what in ("hidden", "locked", "order")}
        heights = {
            name: max(LEAST_PX, min(MOST_PX, height))
            for name, height in dict(body.get("heights", {})).items()
            if isinstance(height, int)
        }
    except (ValueError, TypeError, AttributeError):
        return TierLook()
    order = tuple(dict.fromkeys(names["order"]))
    return TierLook(frozenset(names["hidden"]), frozenset(names["locked"]), order, MappingProxyType(heights))


def remember(project_id: str, person_id: str, look: TierLook) -> None:
    """Keep it for the next time."""
    body = {
        "hidden": sorted(look.hidden),
        "locked": sorted(look.locked),
        "order": list(look.order),
        "heights": dict(look.heights),
    }
    settings().setValue(_key(project_id, person_id), json.dumps(body))


def _key(project_id: str, person_id: str) -> str:
    return f"tiers/{project_id}/{person_id}"
