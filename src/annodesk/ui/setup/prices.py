"""Reads what thresholds cost, for the section about what stands without a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from annodesk.progress import CancelToken
from annodesk.services.alarms import alarm_sentence
from annodesk.ui.handle_strip import STEPS
from annodesk.ui.setup.price_strip import LOWEST

if TYPE_CHECKING:
    from annodesk.quality.price import Price
    from annodesk.services import Services

GRID = tuple(step / STEPS for step in range(round(LOWEST * STEPS), STEPS + 1))


@dataclass(frozen=True, slots=True)
class Prices:
    """What each threshold of the grid costs.

    ``reason`` is why nothing can be told, ``no_hours`` why no hours can; ``alarms`` are labels that fell in audits.
    """

    prices: tuple[Price, ...]
    reason: str = ""
    no_hours: str = ""
    alarms: tuple[str, ...] = ()

    def at(self, above: float) -> Price | None:
        """What a threshold costs."""
        return next((one for one in self.prices if abs(one.above - above) < 0.5 / STEPS), None)


def read_prices(services: Services, project_id: str, person_id: str, cancel: CancelToken) -> Prices:
    """Count what each threshold would cost."""
    found = services.pricing.report(project_id, person_id, GRID, cancel=cancel)
    return Prices(found.prices, found.reason, found.no_hours, tuple(alarm_sentence(one) for one in found.alarms))
