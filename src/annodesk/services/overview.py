"""How the projects of a shared database stand, and what waits in one of them, as whoever asks may know it.

Nothing is counted here: the figures are those that workers keep, and a queue is read as far as it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from annodesk.errors import NotFoundError, WorkflowError
from annodesk.model.project_file import parse_project
from annodesk.model.work import Batch, BatchState, Escalation, ItemState, Reason, Role
from annodesk.progress import Progress, silent
from annodesk.services import completion, today
from annodesk.services.alarms import alarm_sentence, alarms_of, promises_of_team
from annodesk.services.changes_of_project import lines_between
from annodesk.services.counts import Counts, unsettled_in
from annodesk.services.evaluate import EvaluationReport, compare
from annodesk.services.settled_answers import settled_of_team
from annodesk.services.today import Known, Need, waits_as_json
from annodesk.store import remote
from annodesk.store.cells import SQUARED, UNSETTLED_IN
from annodesk.store.facts import Joined
from annodesk.store.figures import mean_of
from annodesk.store.link import Link
from annodesk.store.projects import VersionRow
from annodesk.store.waiting import Waits
from annodesk.sync.meeting import Team, who_am_i
from annodesk.workflow.review import severity

if TYPE_CHECKING:
    from annodesk.store.remote import Address

MOST_SHOWN = 200

_MINE = """
select p.id, p.name, (select array_agg(m.role) from annodesk.membership m
                       where m.project_id = p.id and m.person_id = %s) as roles
  from annodesk.project p order by p.name, p.id
"""
_FIGURES = "select name, part, n, total from annodesk.figure where project_id = %s and name = any (%s)"
_NAMES = ("items", "done", "agreement", UNSETTLED_IN, *completion.NAMES)
_NEEDS = sorted({one for name in (UNSETTLED_IN, *completion.NAMES, *today.NAMES) for one in (name, name + SQUARED)})
_VERSIONS = """
select version, file, guidelines, model_name, model_sha256, made_at_us from annodesk.project_version
 where project_id = %s order by version
"""
_PEOPLE = "select role, count(*) as n from annodesk.membership where project_id = %s group by role"
_BATCHES = """
select id from annodesk.batch where project_id = %s and state = 'open'
 order by is_pilot desc, priority desc, deadline_us nulls last, id
"""
_TIMED = """
select id, name, state, is_pilot, priority, deadline_us, passed_at_us from annodesk.batch
 where project_id = %s and state = 'open' order by deadline_us nulls last, id
"""
_WAITS = "select questions, questions_since_us, disputes, doubted from annodesk.waits_of(%s)"
_REVIEWS = """
select sl.task_id, i.key, e.reasons
  from (select project_id, task_id, rank from annodesk.slot
         where project_id = %s and stage = 'review' and batch_id = %s and claim_id is null
         order by rank, task_id limit %s) sl
 cross join lateral (select item_id from annodesk.task
                      where project_id = sl.project_id and id = sl.task_id limit 1) k
 cross join lateral (select key from annodesk.item where project_id = sl.project_id and id = k.item_id limit 1) i
 cross join lateral (select json_agg(json_build_array(reason, value, threshold)) as reasons from annodesk.escalation
                      where project_id = sl.project_id and item_id = k.item_id and closed_at_us is null) e
 where e.reasons is not null
 order by sl.rank, sl.task_id
"""
_NAMED = """
select m.person_id from annodesk.membership m left join annodesk.person_name n on n.person_id = m.person_id
 where m.project_id = %s and (n.name = %s or m.person_id = %s) group by m.person_id
"""
_OFFERS = "select task_id, key, reason from annodesk.offers_of(%s, %s)"


def is_of_team(db: str) -> bool:
    """Whether a ``--db`` names a shared database rather than a local file."""
    return remote.is_remote_url(db)


class Overview:
    """A connection of one person who wants to know how things stand; close it, or use it in a ``with``."""

    def __init__(self, address: Address) -> None:
        self._link = Link(address)
        try:
            self._me = who_am_i(self._link)[0]
        except BaseException:
            self._link.close()
            raise

    def __enter__(self) -> Overview:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._link.close()

    def status(self, project: str | None = None) -> list[dict[str, Any]]:
        """Figures of one project or of all whose figures this person may know, as they were rolled up last."""
        found = self._projects(project)
        seen = [(i, name) for i, name, roles in found if roles & {Role.ANALYST, Role.MANAGER}]
        if not seen:
            raise WorkflowError(
                "Only its analysts and managers see how a project of a team stands.", "Ask one of them."
            )
        return [self._figures(i, name) for i, name in seen]

    def today(self, project: str | None = None) -> tuple[Need, ...]:
        """What needs a person today, as far as figures alone tell it; the first few over all of those projects."""
        found: list[Need] = []
        for project_id, name, roles in self._projects(project):
            if not roles & {Role.ANALYST, Role.MANAGER}:
                continue
            counts = self._counts(project_id, _NEEDS)
            people = {Role(r["role"]): int(r["n"]) for r in self._link.ask(_PEOPLE, project_id)}
            now_us = self._now_us()
            found += today.needs_of(
                None,
                Known(
                    completion.completion_of(project_id, name, counts, now_us),
                    counts,
                    lines_between([VersionRow(**row) for row in self._link.ask(_VERSIONS, project_id)]),
                    self._batches(project_id),
                    promises_of_team(self._link, project_id),
                    people,
                    self._waits(project_id, counts),
                    now_us,
                ),
            )
        return today.first_page(found)

    def queue(
        self, project: str | None = None, person: str | None = None, *, most: int = MOST_SHOWN
    ) -> list[dict[str, Any]]:
        """The first of the reviews that nobody has taken, gravest first; with a person, what they are offered."""
        found = self._projects(project)
        if len(found) != 1:
            names = ", ".join(name for _, name, _ in found)
            raise WorkflowError("Say which project.", f"You are in: {names}.")
        project_id, name, roles = found[0]
        if not roles & {Role.ANALYST, Role.MANAGER}:
            raise WorkflowError(f"Only the analysts and managers of {name} see its queue.", "Ask one of them.")
        if person is not None:
            return self._offers(project_id, person)
        return self._reviews(project_id, most)

    def evaluate(
        self,
        project: str | None,
        files: Sequence[Path],
        *,
        rank_by: str | None = None,
        progress: Progress = silent,
    ) -> EvaluationReport:
        """Models against what this team has settled, as whoever asks may know it."""
        found = self._projects(project)
        if len(found) != 1:
            names = ", ".join(name for _, name, _ in found)
            raise WorkflowError("Say which project.", f"You are in: {names}.")
        project_id, _, roles = found[0]
        rows = self._link.ask(_VERSIONS, project_id)
        if not rows:
            raise NotFoundError("The project has no version yet.", "Ask its manager to publish one.")
        team = Team(self._link, Joined("", project_id, self._me), roles, (), 0)
        return compare(
            parse_project(str(rows[-1]["file"])),
            files,
            lambda keys, told: settled_of_team(team, keys, None, told),
            rank_by=rank_by,
            progress=progress,
        )

    def _projects(self, wanted: str | None) -> list[tuple[str, str, frozenset[Role]]]:
        rows = self._link.ask(_MINE, self._me)
        found = [(str(r["id"]), str(r["name"]), frozenset(map(Role, r["roles"] or ()))) for r in rows]
        chosen = [one for one in found if wanted in (None, one[0], one[1])]
        if not chosen:
            if wanted is None:
                raise NotFoundError("You are in no project on this server yet.", "Ask its manager to let you in.")
            names = ", ".join(name for _, name, _ in found)
            raise NotFoundError(f"You are in no project {wanted!r:.80} on this server.", f"You are in: {names}.")
        return chosen

    def _figures(self, project_id: str, name: str) -> dict[str, Any]:
        held = self._counts(project_id, _NAMES)
        counts = held.held
        people = {r["role"]: int(r["n"]) for r in self._link.ask(_PEOPLE, project_id)}

        def count(figure: str, part: str) -> int:
            return counts.get((figure, part), (0, 0))[0]

        return (
            {
                "name": name,
                "items": sum(n for (figure, _), (n, _) in counts.items() if figure == "items"),
                "settled": count("items", ItemState.SETTLED),
                "done": count("done", ""),
                "escalated": count("items", ItemState.ESCALATED),
                "agreement": mean_of(*scored) if (scored := counts.get(("agreement", ""))) else None,
                "people": {role.value: people.get(role.value, 0) for role in Role},
                "alarms": [alarm_sentence(one) for one in alarms_of(promises_of_team(self._link, project_id))],
            }
            | completion.as_json(completion.completion_of(project_id, name, held, self._now_us()))
            | waits_as_json(self._waits(project_id, held), self._batches(project_id))
        )

    def _batches(self, project_id: str) -> list[Batch]:
        """Those that are open, the one that is due first before the others."""
        return [
            Batch(
                row["id"],
                row["name"],
                BatchState(row["state"]),
                is_pilot=row["is_pilot"],
                priority=row["priority"],
                deadline_us=row["deadline_us"],
                passed_at_us=row["passed_at_us"],
            )
            for row in self._link.ask(_TIMED, project_id)
        ]

    def _waits(self, project_id: str, counts: Counts) -> Waits:
        """What waits for a person, how much of each batch is left as it was rolled up last."""
        (row,) = self._link.ask(_WAITS, project_id)
        left = unsettled_in(counts)
        since_us, open_batches = row["questions_since_us"], len(self._batches(project_id))
        return Waits(row["questions"], since_us, row["disputes"], row["doubted"], open_batches, left)

    def _counts(self, project_id: str, names: Sequence[str]) -> Counts:
        rows = self._link.ask(_FIGURES, project_id, list(names))
        return Counts({(r["name"], r["part"]): (int(r["n"]), int(r["total"])) for r in rows})

    def _now_us(self) -> int:
        (row,) = self._link.ask("select annodesk.now_us() as now_us")
        return int(row["now_us"])

    def _reviews(self, project_id: str, most: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for batch in self._link.ask(_BATCHES, project_id):
            if len(found) >= most:
                break
            for row in self._link.ask(_REVIEWS, project_id, batch["id"], most - len(found)):
                worst = max(row["reasons"], key=lambda one: severity([_as_escalation(*one)]))
                place = len(found) + 1
                found.append({"task": row["task_id"], "item": row["key"], "reason": worst[0], "priority": place})
        return found

    def _offers(self, project_id: str, person: str) -> list[dict[str, Any]]:
        rows = self._link.ask(_NAMED, project_id, person, person)
        if len(rows) != 1:
            what = "Nobody" if not rows else "More than one person"
            raise NotFoundError(f"{what} in this project is called {person!r:.80}.", "Name the person's id.")
        offers = self._link.ask(_OFFERS, project_id, rows[0]["person_id"])
        return [
            {"task": row["task_id"], "item": row["key"], "reason": row["reason"], "priority": place}
            for place, row in enumerate(offers, start=1)
        ]


def _as_escalation(reason: str, value: float | None, threshold: float | None) -> Escalation:
    return Escalation("", "", Reason(reason), "", value, threshold, {})
