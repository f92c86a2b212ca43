"""When a project will be done, as a range: from its own days of work, what comes back, and what waits for review."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

if TYPE_CHECKING:
    from annodesk.quality.units import FloatArray

WINDOW_DAYS = 28
"""So many of the last days are looked at: work goes on as it goes now, with its days off."""
FEWEST_DAYS = 5
"""From fewer days nothing is said."""
DRAWS = 2_000
LOW, HIGH = 0.05, 0.95
FARTHEST_DAYS = 3_650
"""Beyond ten years no day is named."""


class Work(Struct, frozen=True):
    """What is left of a project, and how it went so far.

    Parameters
    ----------
    left : items not begun; ``begun`` those some have handed in, ``in_review`` those an analyst has to settle
    handed_in, reviewed : sets of people, and reviews, on each of the last days, the newest last
    sets_each : sets handed in for one item that was decided about
    escalated, decided : items that went to review, of so many decided about
    reopened, settled : items that were opened again, beside those that are settled
    """

    left: int
    begun: int
    in_review: int
    handed_in: Sequence[int]
    reviewed: Sequence[int]
    sets_each: float
    escalated: int
    decided: int
    reopened: int
    settled: int

    @property
    def to_do(self) -> int:
        """Items that are not settled."""
        return self.left + self.begun + self.in_review


class Forecast(Struct, frozen=True):
    """Within how many days from now all items will be settled: nine times in ten between ``low`` and ``high``.

    ``high_days`` is None where no end is in sight, both where ``reason`` says why nothing can be said.
    """

    to_do: int
    low_days: float | None
    high_days: float | None
    days: int
    reason: str = ""


def forecast(work: Work, seed: int = 1) -> Forecast:
    """The range: from the days there were, and the shares of what comes back and what goes to review."""
    days = min(len(work.handed_in), WINDOW_DAYS)
    if not work.to_do:
        return Forecast(0, None, None, days, "Everything is settled.")
    handed_in = np.asarray(work.handed_in[-WINDOW_DAYS:], dtype=np.float64)
    reviewed = np.asarray(work.reviewed[-WINDOW_DAYS:], dtype=np.float64)
    if days < FEWEST_DAYS or not work.decided:
        return Forecast(
            work.to_do, None, None, days, f"It takes {FEWEST_DAYS} days of work to say when; so far: {days}."
        )
    if not handed_in.any() and not reviewed.any():
        reason = f"Nothing was handed in for {days} days, so no end is in sight."
        return Forecast(work.to_do, None, None, days, reason)
    if work.in_review and not reviewed.any():
        reason = f"Items wait for review and nobody reviewed for {days} days, so no end is in sight."
        return Forecast(work.to_do, None, None, days, reason)
    rng = np.random.default_rng(seed)
    # Rubin's bootstrap: each day there was counts for more or less, and none for nothing.
    weights = rng.dirichlet(np.ones(days), DRAWS)
    labels_a_day, reviews_a_day = weights @ handed_in, weights @ reviewed
    # Jeffreys' prior: of few items a share of nothing, or of all, is not believed.
    to_review = rng.beta(work.escalated + 0.5, max(work.decided - work.escalated, 0) + 0.5, DRAWS)
    comes_back = rng.beta(work.reopened + 0.5, work.settled + 0.5, DRAWS)
    again = 1 / np.maximum(1 - comes_back, 0.05)
    open_items = work.left + work.begun / 2
    sets = open_items * work.sets_each * again + (again - 1) * work.in_review * work.sets_each
    reviews = (work.in_review + (work.left + work.begun) * to_review) * again
    # Where nothing ever waited for review nobody knows how fast reviews are; they are no reason to despair.
    spent = _days(sets, labels_a_day)
    if reviewed.any():
        spent = np.maximum(spent, _days(reviews, reviews_a_day))
    low, high = (float(value) for value in np.quantile(spent, [LOW, HIGH]))
    if low > FARTHEST_DAYS:
        return Forecast(work.to_do, None, None, days, "At the pace of the last days no end is in sight.")
    return Forecast(work.to_do, low, high if high <= FARTHEST_DAYS else None, days)


def _days(work: FloatArray, a_day: FloatArray) -> FloatArray:
    """How many days it takes; beyond all days where nothing is done and something is to do."""
    never = 10.0 * FARTHEST_DAYS
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(a_day > 0, work / a_day, np.where(work > 0.5, never, 0.0))
    spent: FloatArray = np.minimum(np.nan_to_num(found, posinf=never), never)
    return spent
