"""What it costs to let the model's labels stand without a person: the price of a threshold, reliability, alarms.

Alone everything is in the file; in a team it is asked of the server, which decides what this person may know. All of it
may read for long, so it is asked for in the background lane.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.errors import AnnodeskError, WorkflowError
from annodesk.model.work import ItemState, Role
from annodesk.quality import price as prices
from annodesk.quality.agreement import scored_parts
from annodesk.quality.calibration import Reliability, reliability
from annodesk.quality.price import WHOLE, Estimate, Judged, Key, LabelStanding, Left, Price
from annodesk.services import kept_verdicts
from annodesk.services.agreeing import TALLIES
from annodesk.services.alarms import alarmed_until, alarms_of, promises_of_team
from annodesk.store import figures, items, projects, promises, tallies
from annodesk.store.promises import Promise
from annodesk.workflow.machine import machine_audit_share

if TYPE_CHECKING:
    from annodesk.model.project import PrelabelPolicy, Project
    from annodesk.progress import CancelToken
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999)
BINS = 5
SEED = 1
"""Of the resamples behind an interval, so that the same answers always give the same."""

NOTHING_KNOWN = "Nothing is known yet: no item that the model answered has been handed in."
NO_BLIND_ANSWER = "Nobody has answered an item without seeing what the model says of it, so its errors are not known."
TOO_FEW_TIMES = "Hours are told once three items have been handed in."
NOT_A_WHOLE = "Hours are saved by whole items: look at all parts together."
AUDITS_SHOW = (
    "Everybody always sees suggestions here (unaided_share is 0), so a task without them is known to be an audit, and "
    "nothing is learnt about labels that do not stand yet."
)


class PriceReport(Struct, frozen=True):
    """What thresholds cost, for one part or for whole items (``part`` empty).

    Parameters
    ----------
    prices : one for each threshold that was asked about, in that order
    accept_above : the project's own threshold, None where no label stands without a person
    audit_share : of what would stand, the share that goes to people all the same
    left : items that are still to be labelled
    hours_each : of people's work on one item so far; None of too few, or of a part, and ``no_hours`` says why
    parts : what may be asked about, beside whole items
    standing : the labels that stand without a person now, with what was promised
    alarms : labels that audits have fallen under, newest first
    reason : why no price can be told, empty where one can
    warning : what of the project's settings spoils the audits, empty where nothing does
    """

    part: str
    prices: tuple[Price, ...]
    accept_above: float | None
    audit_share: float
    left: int
    hours_each: Estimate | None
    no_hours: str
    parts: tuple[str, ...]
    standing: tuple[Promise, ...]
    alarms: tuple[Promise, ...]
    reason: str = ""
    warning: str = ""


class LabelReliability(Struct, frozen=True):
    """How far the model's probabilities of a label can be believed, by answers that had no sight of them."""

    key: Key
    name: str
    reliability: Reliability


class _Known(Struct, frozen=True):
    """All that figures are made of; ``all_since_us`` is since when no scored item is missing."""

    project: Project
    judged: Judged
    promises: tuple[Promise, ...]
    left: int
    hours_each: Estimate | None
    all_since_us: int


class Pricing:
    """The price of letting labels stand without a person, for analysts and managers."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def report(
        self,
        project_id: str,
        person_id: str,
        thresholds: Sequence[float] = THRESHOLDS,
        *,
        part: str = WHOLE,
        cancel: CancelToken | None = None,
    ) -> PriceReport:
        """What each threshold costs: the share of items, expected errors and hours saved, each with an interval.

        ``Price.now`` counts with the labels that may stand alone by now, ``Price.later`` once all may; ``Price.labels``
        says of each why it may not yet. Of a part alone no hours are told, for an item is saved only as a whole.
        """
        if not all(0 <= one <= 1 for one in thresholds):
            raise AnnodeskError("A threshold is not a number from 0 to 1.", "Choose another.")
        known = self._known(project_id, person_id, cancel)
        parts = tuple(one.name for one in scored_parts(known.project.schema))
        if part not in (WHOLE, *parts):
            raise AnnodeskError(f"There is no part {part!r:.80} with labels.", f"Choose one of: {', '.join(parts)}.")
        is_whole = part == WHOLE or parts == (part,)
        audited = machine_audit_share(known.project.workflow.audit_share)
        left = Left(known.left, known.hours_each if is_whole else None, audited)
        found = prices.price(
            known.judged,
            thresholds,
            left,
            part=part,
            since_us=alarmed_until(known.promises),
            all_since_us=known.all_since_us,
        )
        no_hours = NOT_A_WHOLE if not is_whole else "" if known.hours_each is not None else TOO_FEW_TIMES
        return PriceReport(
            part,
            found,
            known.project.prelabel.accept_above,
            audited,
            known.left,
            left.hours_each,
            no_hours,
            parts,
            tuple(one for one in known.promises if one.ended_at_us is None),
            alarms_of(known.promises),
            _reason(found),
            _warning(known.project.prelabel),
        )

    def reliability(self, project_id: str, person_id: str, part: str) -> tuple[LabelReliability, ...]:
        """How far the newest model's probabilities on a part can be believed, label by label, with intervals."""
        known = self._known(project_id, person_id, None)
        newest = prices.newest_sources(known.judged).get(part)
        found = []
        for key, answers in sorted(prices.answers_by_key(known.judged).items()):
            if key.part == part and key.source == newest and key.label != prices.NOTHING_MORE:
                told = reliability(answers.probability, 1 - answers.wrong, bins=BINS, rng=np.random.default_rng(SEED))
                found.append(LabelReliability(key, LabelStanding(key, 0, 0, None, may=False).name, told))
        return tuple(found)

    def alarms(self, project_id: str, person_id: str) -> tuple[Promise, ...]:
        """Labels that stood without a person until audits fell under what was promised, newest first."""
        return alarms_of(self._known(project_id, person_id, None).promises)

    def _known(self, project_id: str, person_id: str, cancel: CancelToken | None) -> _Known:
        with self._desk.file.read() as db:
            project = projects.get_version(db, project_id).project
            if not projects.roles_of(db, project_id, person_id) & {Role.ANALYST, Role.MANAGER}:
                sentence = "What the model's labels cost is for the analysts and managers of a project."
                raise WorkflowError(sentence, "Ask one of them.")
            times = figures.label_times(db, project_id)
            left = _left(db, project_id)
            rows, held = _rows_here(db, project_id) if not self._desk.is_shared else ([], [])
        if self._desk.is_shared:
            rows, held = self._sync.with_team(_rows_of_team)
        if cancel is not None:
            cancel.check()
        hours = None if times is None else prices.mean_of(*times)
        each = None if hours is None else hours.times(1 / 3600)
        every, all_since_us = kept_verdicts.together(rows)
        return _Known(project, kept_verdicts.judged(every), tuple(held), left, each, all_since_us)


_Rows = tuple[list[kept_verdicts.KeptRows], list[Promise]]


def _rows_here(db: Connection, project_id: str) -> _Rows:
    rows: list[kept_verdicts.KeptRows] = [
        tallies.newest(db, project_id, part, kept_verdicts.MOST_ITEMS) for part in kept_verdicts.PARTS
    ]
    return rows, promises.of_project(db, project_id)


def _rows_of_team(team: Team) -> _Rows:
    asked = [team.link.ask(TALLIES, team.project_id, part, kept_verdicts.MOST_ITEMS) for part in kept_verdicts.PARTS]
    rows: list[kept_verdicts.KeptRows] = [[(int(row["made_at_us"]), row["body"]) for row in one] for one in asked]
    return rows, promises_of_team(team.link, team.project_id)


def _left(db: Connection, project_id: str) -> int:
    """Items still to be labelled: as the team counts them, or those of this file."""
    open_ones = (ItemState.OPEN, ItemState.REOPENED)
    team = figures.team_figures(db, project_id)
    if team is not None:
        return sum(team.items.get(state.value, 0) for state in open_ones)
    return sum(state in open_ones for state in items.item_states(db, project_id).values())


def _reason(found: Sequence[Price]) -> str:
    if not found or not found[0].later.items:
        return NOTHING_KNOWN
    if not any(label.answers for label in found[0].labels):
        return NO_BLIND_ANSWER
    return ""


def _warning(policy: PrelabelPolicy) -> str:
    is_always_seen = policy.show in ("before", "above-threshold") and policy.unaided_share <= 0
    return AUDITS_SHOW if is_always_seen else ""
