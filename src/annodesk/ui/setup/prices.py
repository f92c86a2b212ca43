"""Reads what thresholds cost, for the section about what stands without a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from annodesk.services.alarms import alarm_sentence
from annodesk.ui.handle_strip import STEPS
from annodesk.ui.setup.price_strip import LOWEST

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.quality.calibration import Reliability
    from annodesk.quality.price import Key, Price
    from annodesk.services import Services

GRID = tuple(step / STEPS for step in range(round(LOWEST * STEPS), STEPS + 1))


class Prices(Struct, frozen=True):
    """What each threshold of the grid costs, of whole items or of one part.

    Parameters
    ----------
    parts : what may be looked at beside whole items
    reason, no_hours : why nothing, or no hours, can be told
    warning : what about the settings makes audits worth less
    alarms : labels that fell in audits, in words
    believed : how far each label's probabilities can be believed
    """

    prices: tuple[Price, ...]
    parts: tuple[str, ...] = ()
    reason: str = ""
    no_hours: str = ""
    warning: str = ""
    alarms: tuple[str, ...] = ()
    believed: Mapping[Key, Reliability] = field(default_factory=dict)

    def at(self, above: float) -> Price | None:
        """What a threshold costs."""
        return next((one for one in self.prices if abs(one.above - above) < 0.5 / STEPS), None)


def read_prices(services: Services, project_id: str, person_id: str, part: str, cancel: CancelToken) -> Prices:
    """Count what each threshold would cost."""
    found = services.pricing.report(project_id, person_id, GRID, part=part, cancel=cancel)
    believed = {}
    for one in (part,) if part else found.parts:
        cancel.check()
        for label in services.pricing.reliability(project_id, person_id, one):
            believed[label.key] = label.reliability
    return Prices(
        found.prices,
        found.parts,
        found.reason,
        found.no_hours,
        found.warning,
        tuple(alarm_sentence(one) for one in found.alarms),
        believed,
    )
