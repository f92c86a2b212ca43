"""What managers say about who works on what, and people about when and with what they work; alone and in a team."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from annodesk.errors import AnnodeskError, WorkflowError
from annodesk.model.needs import sensitive_of
from annodesk.model.terms import EVERY_DAY, MINUTE_US, Terms
from annodesk.model.work import Role, Skill, SlotState, Stage
from annodesk.services import by_field
from annodesk.services.changes import Changes, Kind
from annodesk.services.openings import standings
from annodesk.store import assignments, projects, tasks, terms
from annodesk.store.assignments import Assignment
from annodesk.workflow import states
from annodesk.workflow.routing import NEXT_IN_LINE
from annodesk.workflow.states import COORDINATOR

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection

WHY = "select reason from annodesk.offer where project_id = %s and task_id = %s and person_id = %s"
OFFLINE_WHY = "The server gave it to you as the next in line: by priority, deadline, and what you know."
MOST_A_DAY = 10_000
MOST_KINDS, LONGEST_KIND = 50, 60
NO_QUOTA = -1
_HELD = (SlotState.LEASED, SlotState.PARKED, SlotState.RETURNED)


class SensitiveWork(Struct, frozen=True):
    """What a person said about sensitive content, and how much of it they took in the last 24 hours.

    Parameters
    ----------
    kinds : those that items of the project here hold, and those that the person declined
    taken_us, most_us : how long, and how long a day anybody may; None where the project sets no limit
    """

    kinds: tuple[str, ...]
    declined: frozenset[str]
    taken_us: int
    most_us: int | None

    @property
    def sentence(self) -> str:
        """How much of a day's share is taken; empty where there is no limit."""
        if self.most_us is None:
            return ""
        taken, most = (round(us / MINUTE_US) for us in (self.taken_us, self.most_us))
        return (
            f"In the last 24 hours you took {taken} of the {most} minutes a day that anybody works with such content."
        )


class Assigning:
    """Pins, reassigns and pauses; agrees on quotas, absences and hours; keeps what people do not work with."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    # Managers, about single tasks

    def pin(self, task_id: str, person_id: str, by_person: str) -> Changes:
        """Keep a task's free places for one person; it comes first in their list."""
        return self._assign(task_id, Assignment(person_id, False), by_person)

    def pause(self, task_id: str, by_person: str) -> Changes:
        """Give a task to nobody until it is released; whoever holds it goes on."""
        return self._assign(task_id, Assignment(None, True), by_person)

    def release(self, task_id: str, by_person: str) -> Changes:
        """Give a task to anybody again."""
        return self._assign(task_id, Assignment(None, False), by_person)

    def say(self, task_id: str, kept_for: str | None, by_person: str, *, is_paused: bool = False) -> Changes:
        """Put this in place of all that was said about a task: for whom it is kept, and whether it is paused."""
        return self._assign(task_id, Assignment(kept_for, is_paused), by_person)

    def take_over(self, task_id: str, claim_id: str, person_id: str, by_person: str) -> Changes:
        """The same as `reassign`, of a place that is known by its claim alone: managers of a team know no holders."""
        self._desk.require_manager("Tasks are given to somebody else")
        if self._desk.is_shared:
            with self._desk.file.read() as db:
                task = tasks.get_task(db, task_id)
            self._tell("reassign", claim_id, person_id)
            return Changes.of(Kind.TASKS, items=(task.item_id,))
        with self._desk.file.read() as db:
            claim = next((one for one in tasks.claims_of_task(db, task_id) if one.id == claim_id), None)
        if claim is None:
            raise WorkflowError("Nobody holds this task any more.", "Keep it for the other person instead.")
        return self.reassign(task_id, claim.person_id, person_id, by_person)

    def reassign(self, task_id: str, holder_id: str | None, person_id: str, by_person: str) -> Changes:
        """Take a task from who holds it, whose work is kept, and keep its place for another person.

        Parameters
        ----------
        holder_id : from whom; None for whoever has done nothing on it for longest, as always in a team, whose managers
            are not told who holds what
        """
        self._desk.require_manager("Tasks are given to somebody else")
        if holder_id == person_id:
            raise WorkflowError("They hold this task already.")
        with self._desk.file.read() as db:
            task = tasks.get_task(db, task_id)
            held = [one for one in tasks.claims_of_task(db, task_id) if one.state in _HELD]
            others = [one for one in held if holder_id in (None, one.person_id) and one.person_id != person_id]
            claim = min(others, key=lambda one: one.changed_at_us, default=None)
        if self._desk.is_shared:
            self._tell("reassign_task", task_id, person_id)
            return Changes.of(Kind.TASKS, items=(task.item_id,))
        if claim is None or claim.state not in _HELD:
            what = "Nobody else holds this task." if holder_id is None else "They do not hold this task."
            raise WorkflowError(what, "Keep it for the other person instead.")
        now = self._desk.clock()
        with self._desk.file.write() as db:
            self._require_can(db, task_id, person_id)
            states.check_slot(SlotState.LEASED, SlotState.EXPIRED)
            tasks.set_claim_state(db, claim, SlotState.EXPIRED, COORDINATOR, now)
            tasks.free_slot(db, claim.id)
            assignments.assign(db, task_id, Assignment(person_id, False), by_person, now)
        return Changes.of(Kind.TASKS, items=(task.item_id,))

    def _assign(self, task_id: str, said: Assignment, by_person: str) -> Changes:
        self._desk.require_manager("Tasks are kept for somebody, or paused,")
        with self._desk.file.read() as db:
            task = tasks.get_task(db, task_id)
        if task.stage is not Stage.ANNOTATE:
            raise WorkflowError("Reviews are taken from the queue by analysts.", "Choose a task to label.")
        if self._desk.is_shared:
            self._tell("assign_task", task_id, said.person_id, said.is_paused)
        else:
            with self._desk.file.write() as db:
                if said.person_id is not None:
                    self._require_can(db, task_id, said.person_id)
                assignments.assign(db, task_id, said, by_person, self._desk.clock())
        return Changes.of(Kind.TASKS, items=(task.item_id,))

    def _require_can(self, db: Connection, task_id: str, person_id: str) -> None:
        project_id, person = tasks.project_of_task(db, task_id), projects.find_person(db, person_id)
        if Role.ANNOTATOR not in projects.roles_of(db, project_id, person_id):
            raise WorkflowError(f"{person.name} is no annotator of this project.", "Choose somebody who is.")
        if tasks.claim_of(db, task_id, person_id) is not None:
            raise WorkflowError(f"{person.name} has held this task before.", "Choose somebody else.")
        if all(slot.person_id is not None for slot in tasks.slots_of(db, task_id)):
            hint = "Take it from somebody who holds it."
            if not any(claim.state in _HELD for claim in tasks.claims_of_task(db, task_id)):
                raise WorkflowError("It has no place left.", hint)

    def why_this(self, project_id: str, person_id: str, task_id: str) -> str:
        """Why a person was given a task: the words with which it was offered, which tell no test from other work.

        In a team the server is asked; where it cannot be, general words say what it goes by.
        """
        if not self._desk.is_shared:
            with self._desk.file.read() as db:
                return f"{tasks.reason_of(db, task_id, person_id) or NEXT_IN_LINE}."
        try:
            rows = self._sync.with_team(lambda team: team.link.ask(WHY, team.project_id, task_id, team.me))
        except AnnodeskError:
            return OFFLINE_WHY
        return f"{rows[0]['reason'] if rows else NEXT_IN_LINE}."

    # Members

    def agree(self, project_id: str, person_id: str, before: Terms, after: Terms) -> Changes:
        """Agree on quota, absence, a pause and working hours with a member, in place of what stood ``before``.

        In a team what somebody who goes away holds goes back at once.
        """
        self._desk.require_manager("What was agreed with members is set")
        require_terms(after)
        hours = ("works_from", "works_to", "weekdays", "utc_offset")
        if not self._desk.is_shared:
            names = ("quota_a_day", "absent_until_us", "is_paused", *hours)
            return self._agree(project_id, person_id, **{name: getattr(after, name) for name in names})
        if (before.quota_a_day, before.absent_until_us) != (after.quota_a_day, after.absent_until_us):
            quota = NO_QUOTA if after.quota_a_day is None else after.quota_a_day
            self._tell("set_terms", person_id, quota, after.absent_until_us)
        if any(getattr(before, name) != getattr(after, name) for name in hours):
            self._tell("set_hours", person_id, *(getattr(after, name) for name in hours))
        if before.is_paused != after.is_paused:
            self._tell("pause_member", person_id, after.is_paused)
        return Changes.of(Kind.TASKS)

    def set_skills(self, project_id: str, person_id: str, before: Sequence[Skill], after: Sequence[Skill]) -> Changes:
        """What a member knows, languages and groups of labels among it, in place of what stood ``before``."""
        self._desk.require_manager("What members know is entered")
        known, wanted = ({one.name: one.level for one in some} for some in (before, after))
        changed = {name: wanted.get(name, 0) for name in known | wanted if known.get(name) != wanted.get(name)}
        if self._desk.is_shared:
            for name, level in changed.items():
                self._tell("set_skill", person_id, name, level)
            return Changes.of(Kind.TASKS)
        with self._desk.file.write() as db:
            if not projects.roles_of(db, project_id, person_id):
                raise WorkflowError("They are no member of this project.")
            projects.set_skills(db, person_id, changed)
        return Changes.of(Kind.TASKS)

    def terms_of(self, project_id: str) -> dict[str, Terms]:
        """What was agreed with each member with whom anything was, as far as this file knows."""
        with self._desk.file.read() as db:
            return terms.of_project(db, project_id)

    def set_quota(self, project_id: str, person_id: str, tasks_a_day: int | None) -> Changes:
        """How many tasks somebody is given in 24 hours; None lifts the limit."""
        self._alone("Quotas are set")
        require_terms(Terms(quota_a_day=tasks_a_day))
        return self._agree(project_id, person_id, quota_a_day=tasks_a_day)

    def set_away(self, project_id: str, person_id: str, until_us: int | None) -> Changes:
        """Somebody is given nothing until a time; None and they are back."""
        self._alone("Absences are entered")
        return self._agree(project_id, person_id, absent_until_us=until_us)

    def pause_person(self, project_id: str, person_id: str, *, is_paused: bool = True) -> Changes:
        """Give somebody no new tasks, or give them some again; what they hold stays theirs."""
        self._desk.require_manager("Members are paused")
        if self._desk.is_shared:
            self._tell("pause_member", person_id, is_paused)
            return Changes.of(Kind.TASKS)
        return self._agree(project_id, person_id, is_paused=is_paused)

    def set_hours(
        self,
        project_id: str,
        person_id: str,
        begins: int | None,
        ends: int | None,
        *,
        weekdays: int = EVERY_DAY,
        utc_offset: int = 0,
    ) -> Changes:
        """When somebody works, in minutes of their own day; None and None for at any time.

        An end before the beginning is of the next day. Outside of these hours they are given no new task; what they
        hold stays open to them.
        """
        require_terms(Terms(works_from=begins, works_to=ends, weekdays=weekdays, utc_offset=utc_offset))
        if self._desk.is_shared:
            self._tell("set_hours", person_id, begins, ends, weekdays, utc_offset)
            return Changes.of(Kind.TASKS)
        hours = {"works_from": begins, "works_to": ends, "weekdays": weekdays, "utc_offset": utc_offset}
        return self._agree(project_id, person_id, **hours)

    def set_declined(self, project_id: str, person_id: str, kinds: Collection[str]) -> Changes:
        """The kinds of sensitive content a person does not work with, in place of what they said before.

        Nobody but the person reads it, and no figure of theirs knows of it: they are just not given such tasks.
        """
        wanted = sorted({kind.strip().casefold() for kind in kinds if kind.strip()})
        if len(wanted) > MOST_KINDS or any(len(kind) > LONGEST_KIND for kind in wanted):
            raise WorkflowError(f"At most {MOST_KINDS} kinds of {LONGEST_KIND} letters.", "Name fewer.")
        if self._desk.is_shared:
            self._tell("set_declined", wanted)
            return Changes.of(Kind.TASKS)
        with self._desk.file.write() as db:
            terms.set_declined(db, project_id, person_id, wanted)
        return Changes.of(Kind.TASKS)

    def sensitive_work(self, project_id: str, person_id: str) -> SensitiveWork:
        """What a person does not work with, and how much sensitive content they took; they alone may ask."""
        declined = self.declined_by(project_id, person_id)
        with self._desk.file.read() as db:
            told = by_field.values(db, project_id, "sensitive").values
            standing = standings(db, project_id, self._desk.server_us()).get(person_id)
        kinds = {kind for one in told for kind in sensitive_of({"sensitive": one.value})} | declined
        most = standing.sensitive_most_us if standing is not None else None
        return SensitiveWork(tuple(sorted(kinds)), declined, standing.load.sensitive_us if standing else 0, most)

    def share_taken(self, project_id: str, person_id: str) -> str:
        """How much of a day's share of sensitive content a person took, in words; empty where there is no limit."""
        with self._desk.file.read() as db:
            standing = standings(db, project_id, self._desk.server_us()).get(person_id)
        if standing is None:
            return ""
        return SensitiveWork((), frozenset(), standing.load.sensitive_us, standing.sensitive_most_us).sentence

    def declined_by(self, project_id: str, person_id: str) -> frozenset[str]:
        """The kinds of sensitive content that a person does not work with; they alone may ask."""
        if self._desk.is_shared:
            asked = "select category from annodesk.declined where project_id = %s and person_id = %s"
            return self._sync.with_team(
                lambda team: frozenset(row["category"] for row in team.link.ask(asked, team.project_id, team.me))
            )
        known = self.terms_of(project_id).get(person_id)
        return known.declined if known is not None else frozenset()

    def _alone(self, what: str) -> None:
        self._desk.require_alone(what, "Set it among the team's people.")

    def _agree(self, project_id: str, person_id: str, **values: Any) -> Changes:
        with self._desk.file.write() as db:
            if not projects.roles_of(db, project_id, person_id):
                raise WorkflowError("They are no member of this project.")
            terms.set_terms(db, project_id, person_id, **values)
        return Changes.of(Kind.TASKS)

    def _tell(self, function: str, *values: Any) -> None:
        places = ", ".join(["%s"] * (len(values) + 1))
        asked = f"select annodesk.{function}({places})"
        self._sync.with_team(lambda team: team.link.ask(asked, team.project_id, *values))
        self._sync.nudge()


def require_terms(agreed: Terms) -> None:
    """Refuse terms that say nothing, in words."""
    if agreed.quota_a_day is not None and not 0 <= agreed.quota_a_day <= MOST_A_DAY:
        raise WorkflowError(f"A quota is a number from 0 to {MOST_A_DAY:,}.", "Write another number.")
    begins, ends = agreed.works_from, agreed.works_to
    in_day = (begins is None or 0 <= begins < 1440) and (ends is None or 0 < ends <= 1440)
    if not in_day or begins == ends is not None or not 0 < agreed.weekdays <= EVERY_DAY or abs(agreed.utc_offset) > 900:
        raise WorkflowError("These are no working hours.", "Write when the day begins and ends, such as 9:00 to 17:00.")
