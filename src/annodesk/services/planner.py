"""The planner: what overlap, threshold, audits and suggestions would take, by a pilot's own numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import WorkflowError
from annodesk.model.work import Role
from annodesk.quality.planning import Choice, Machine, Pair, PilotItem, Plan, Times, plan
from annodesk.quality.price import Estimate, mean_of
from annodesk.services.pricing import NOTHING_KNOWN, Pricing
from annodesk.store import batches as rows
from annodesk.store import figures, projects

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services.anchoring import AnchoringFigures
    from annodesk.services.base import Desk
    from annodesk.store.engine import Connection

MOST_ITEMS = 1_000_000
US_PER_HOUR = 3_600_000_000


class PlanReport(Struct, frozen=True):
    """What each choice comes to for ``items``, from ``pilot_items`` that ``people`` labelled; ``reason`` why nothing.

    ``now`` is the choice that the project's settings make; ``note`` tells of what stands without a person.
    """

    name: str
    items: int
    pilot_items: int
    people: int
    now: Choice
    plans: tuple[Plan, ...]
    reason: str = ""
    note: str = ""


class Planner:
    """Plays a pilot again under other choices."""

    def __init__(self, desk: Desk, anchoring: AnchoringFigures, pricing: Pricing) -> None:
        self._desk, self._anchoring, self._pricing = desk, anchoring, pricing

    def report(
        self,
        project_id: str,
        person_id: str,
        batch_id: str,
        items: int,
        choices: Sequence[Choice] = (),
        *,
        cancel: CancelToken | None = None,
    ) -> PlanReport:
        """What choices come to for so many items; without any, the overlaps of one to three beside the project's own.

        May read for long, so it is asked for in the background lane. Nobody is named and nothing of one person told.
        """
        if not 1 <= items <= MOST_ITEMS:
            raise WorkflowError(f"A plan is for 1 to {MOST_ITEMS:,} items.", "Write another number.")
        with self._desk.file.read() as db:
            if not projects.roles_of(db, project_id, person_id) & {Role.ANALYST, Role.MANAGER}:
                raise WorkflowError("Plans are for the managers and analysts of a project.", "Ask one of them.")
            project = projects.get_version(db, project_id).project
            known = {one.id: one for one in projects.list_batches(db, project_id)}
            if batch_id not in known:
                raise WorkflowError("There is no such batch in this project.", "Read the list again.")
            pilot = _pilot_items(db, batch_id)
            times = _times(db, project_id, batch_id, pilot, is_shared=self._desk.is_shared)
        flow = project.workflow
        shows, above = project.prelabel.show != "never", project.prelabel.accept_above
        now = Choice(flow.overlap, flow.escalate_below, flow.audit_share, shows, above)
        wanted = tuple(choices) or _beside(now)
        if any(one.suggestions for one in wanted):
            times = Times(times.answer, times.review, self._saved(project_id, person_id, cancel))
        asked = sorted({one.accept_above for one in wanted if one.accept_above is not None})
        machines, note = self._machines(project_id, person_id, asked, cancel) if asked else ({}, "")
        plans = [plan(pilot, items, one, times, machines.get(one.accept_above or 0.0), cancel) for one in wanted]
        people = max((len(one.people) for one in pilot), default=0)
        reason = "" if pilot else "Nothing to plan by yet: no item of it has been labelled by two people independently."
        return PlanReport(known[batch_id].name, items, len(pilot), people, now, tuple(plans), reason, note)

    def _machines(
        self, project_id: str, person_id: str, above: Sequence[float], cancel: CancelToken | None
    ) -> tuple[dict[float, Machine], str]:
        """What would stand without a person above some probabilities, once each label may; and which may not yet."""
        found = self._pricing.report(project_id, person_id, above, cancel=cancel)
        machines, waiting = {}, set[str]()
        for one in found.prices:
            told = one.later
            share = None if told.share is None else told.share.times(1 - found.audit_share)
            machines[one.above] = Machine(share, told.error_rate, found.reason or NOTHING_KNOWN)
            waiting |= {label.name for label in one.labels if not label.may}
        note = f"Not yet: {', '.join(sorted(waiting))[:200]} may not stand without a person so far." if waiting else ""
        return machines, note

    def _saved(self, project_id: str, person_id: str, cancel: CancelToken | None) -> Estimate | None:
        """How long an answer takes with suggestions, as a share of without; None where that is not known."""
        try:
            found = self._anchoring.report(project_id, person_id, cancel=cancel).measured
        except WorkflowError:
            return None
        time = None if found is None else found.time
        if time is None or not time.is_ratio or time.value is None or time.low is None or time.high is None:
            return None
        return Estimate(time.value, time.low, time.high)


def _beside(now: Choice) -> tuple[Choice, ...]:
    overlaps = sorted({1, 2, 3, now.overlap})
    return tuple(replace(now, overlap=n) for n in overlaps)


def _pilot_items(db: Connection, batch_id: str) -> list[PilotItem]:
    """How people agree on the items of a batch: their pairs of independent answers, over an item's tasks alike."""
    by_item: defaultdict[str, defaultdict[str, defaultdict[Pair, list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for row in rows.pair_scores(db, batch_id):
        pair = (row.author_a, row.author_b)
        by_item[row.item_id][row.part][min(pair), max(pair)].append(row.value)
    return [
        PilotItem({part: {pair: sum(v) / len(v) for pair, v in pairs.items()} for part, pairs in parts.items()})
        for _, parts in sorted(by_item.items())
    ]


def _times(db: Connection, project_id: str, batch_id: str, pilot: Sequence[PilotItem], *, is_shared: bool) -> Times:
    review_us = figures.review_us(db, project_id)
    review = None if review_us is None else Estimate(*(3 * (review_us / US_PER_HOUR,)))
    if is_shared:
        # The team counts people's time by item, over all batches.
        told = figures.label_times(db, project_id)
        each = None if told is None else mean_of(*told)
        answers = sum(len(one.people) for one in pilot) / len(pilot) if pilot else 0
        return Times(None if each is None or not answers else each.times(1 / 3600 / answers), review)
    spent = [us / US_PER_HOUR for us in rows.answer_times_us(db, batch_id)]
    return Times(mean_of(len(spent), sum(spent), sum(one * one for one in spent)), review)
