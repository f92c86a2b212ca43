"""Annotation debt: what stands and should be looked at again, and the items to queue again when a label has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.guideline_changes import change_between
from annodesk.model.work import Role
from annodesk.progress import CancelToken, Progress, silent
from annodesk.services.opened_again import OpenedAgain, open_again
from annodesk.store import debt as rows
from annodesk.store import projects, tallies

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.judging import Judging
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

DAY_US = 86_400_000_000
AGES_AFTER_DAYS = 90
"""So long a reference item is taken to say what people should say now."""
MOST_QUEUED = 500

AFFECTED = """
select item_id, key, made_at_us, is_affected from annodesk.affected_items(%s, %s, %s, %s, %s, %s)
"""


class Owed(Struct, frozen=True):
    """One kind of debt: how many items, how old the oldest is, in days, and what to do about it."""

    kind: str
    items: int
    oldest_days: int | None
    sentence: str
    action: str


class Debt(Struct, frozen=True):
    """What a project owes; ``since_version`` is the version that last changed anything for whoever labels."""

    since_version: int
    owed: tuple[Owed, ...]

    @property
    def items(self) -> int:
        """All that is owed, kind by kind."""
        return sum(one.items for one in self.owed)


class Affected(Struct, frozen=True):
    """A settled item in whose labels a name occurs, answered before the guidelines changed."""

    item_id: str
    title: str


class LastChange(Struct, frozen=True):
    """The version that last changed anything for whoever labels: what it changed, and the labels there are and were.

    ``labels`` are by part, also those that only an earlier version had; ``first`` is a part and label that it changed.
    """

    version: int
    clauses: tuple[str, ...]
    sentences: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]
    first: tuple[str, str] | None


class DebtFigures:
    """Counts what is owed, and queues again what a change has touched."""

    def __init__(self, desk: Desk, sync: Sync, judging: Judging) -> None:
        self._desk, self._sync, self._judging = desk, sync, judging

    def report(self, project_id: str, person_id: str) -> Debt:
        """What a project owes, the most first; in a team of the items that this workstation holds."""
        now = self._desk.server_us()
        with self._desk.file.read() as db:
            self._require(db, project_id, person_id)
            version, at_us = _last_change(db, project_id)
            old = rows.under_old(db, project_id, version, at_us)
            counted = {
                "old versions": (len(old), min(old.values(), default=None)),
                "disputes": rows.disputes(db, project_id),
                "machine labels": rows.by_machine(db, project_id),
                "references": rows.ageing_references(db, project_id, max(now - AGES_AFTER_DAYS * DAY_US, at_us)),
            }
        found = [_owed(kind, n, since, now, version) for kind, (n, since) in counted.items() if n]
        return Debt(version, tuple(sorted(found, key=lambda one: -one.items)))

    def last_change(self, project_id: str, person_id: str) -> LastChange:
        """What has changed last for whoever labels, to choose a label by whose items are queued again."""
        with self._desk.file.read() as db:
            self._require(db, project_id, person_id)
            version, _ = _last_change(db, project_id)
            numbers = sorted(number for number, _ in rows.version_times(db, project_id))
            known = {number: projects.get_version(db, project_id, number) for number in numbers}
        labels: dict[str, dict[str, None]] = {}
        for number in reversed(numbers):
            for part in known[number].project.schema.parts():
                labels.setdefault(part.name, {}).update(dict.fromkeys(label.name for label in part.labels))
        named = {part: tuple(found) for part, found in labels.items() if found}
        before = max((number for number in numbers if number < version), default=None)
        if before is None:
            return LastChange(version, (), (), named, None)
        was, now = known[before], known[version]
        change = change_between(before, was.guidelines, was.project.schema, version, now.guidelines, now.project.schema)
        words = " ".join(
            [*change.labels, *(line for one in change.clauses for line in (one.heading, *one.gone, *one.new))]
        ).casefold()
        pairs = [(part, label) for part, found in named.items() for label in found]
        first = next((pair for pair in pairs if pair[1].casefold() in words), None)
        return LastChange(version, tuple(one.heading for one in change.clauses), change.labels, named, first)

    def affected(self, project_id: str, person_id: str, part: str, label: str) -> tuple[Affected, ...]:
        """Settled items answered before the last change on whose part somebody gave a label."""
        with self._desk.file.read() as db:
            self._require(db, project_id, person_id)
            version, at_us = _last_change(db, project_id)
            if not self._desk.is_shared:
                old = sorted(rows.under_old(db, project_id, version, at_us))
                said = tallies.of_items(db, old, part)
                with_it = [i for i in old if any(label in one for one in said.get(i, {}).get("said", ()))]
                names = rows.keys_of(db, with_it)
                return tuple(sorted((Affected(i, names[i]) for i in with_it), key=lambda one: one.title))

        def ask(team: Team) -> tuple[Affected, ...]:
            found: list[Affected] = []
            since_us, behind = 0, ""
            while told := team.link.ask(AFFECTED, team.project_id, part, label, version, since_us, behind):
                found += [Affected(row["item_id"], row["key"]) for row in told if row["is_affected"]]
                since_us, behind = told[-1]["made_at_us"], told[-1]["item_id"]
            return tuple(sorted(found, key=lambda one: one.title))

        return self._sync.with_team(ask)

    def queue_again(
        self,
        person_id: str,
        found: Sequence[Affected],
        words: str,
        *,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> OpenedAgain:
        """Open items again with a reason: somebody labels them who has not seen others' work, else an analyst does."""
        if len(found) > MOST_QUEUED:
            raise WorkflowError(f"{MOST_QUEUED} items are opened again at a time.", "Choose fewer.")
        wanted = [(one.item_id, one.title, words) for one in found]
        return open_again(self._judging, person_id, wanted, progress=progress, cancel=cancel)

    def _require(self, db: Connection, project_id: str, person_id: str) -> None:
        if not projects.roles_of(db, project_id, person_id) & {Role.ANALYST, Role.MANAGER}:
            raise WorkflowError("What a project owes is for its analysts and managers.", "Ask one of them.")


def _last_change(db: Connection, project_id: str) -> tuple[int, int]:
    """Number and time of the version that last changed anything for whoever labels."""
    times = rows.version_times(db, project_id)
    for (number, at_us), (earlier, _) in pairwise(times):
        now, before = projects.get_version(db, project_id, number), projects.get_version(db, project_id, earlier)
        change = change_between(
            earlier, before.guidelines, before.project.schema, number, now.guidelines, now.project.schema
        )
        if not change.is_empty:
            return number, at_us
    return times[-1] if times else (0, 0)


def _owed(kind: str, n: int, since_us: int | None, now_us: int, version: int) -> Owed:
    days = None if since_us is None else max(0, (now_us - since_us) // DAY_US)
    items = "1 item" if n == 1 else f"{n:,} items"
    stand = "stands" if n == 1 else "stand"
    sentence, action = {
        "old versions": (
            f"{items} {stand} as answered before version {version} changed the guidelines.",
            "Find those with the label that changed, and queue them again.",
        ),
        "disputes": (f"{items} {stand} disputed and waiting for a ruling.", "Have another analyst rule."),
        "machine labels": (f"{items} {stand} by the model alone; nobody has looked.", "Raise the share of audits."),
        "references": (
            f"{n:,} reference {'item is' if n == 1 else 'items are'} older than {AGES_AFTER_DAYS} days or than the"
            " guidelines, or in doubt.",
            "Confirm anew, or retire.",
        ),
    }[kind]
    return Owed(kind, n, days, sentence, action)
