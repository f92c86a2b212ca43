"""What a manager gives out: the members with what was agreed with each, and the tasks that are still to be labelled.

Nobody is told who holds a task, only since when; that is how the server tells it, and alone it is told alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import WorkflowError
from annodesk.model.terms import DAY_US, Terms, hours_in_words, works_at
from annodesk.model.times import US_PER_SECOND, format_us
from annodesk.model.work import Role
from annodesk.services.projects import LONGEST_NAME, may_set
from annodesk.store import given_out as rows
from annodesk.store import projects, terms

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

MOST_TASKS = 200
_MOST_PAGES = 25
"""So many pages of items are looked through for a name; a narrower one finds what lies behind them."""

TASKS = "select * from annodesk.tasks_to_give(%s, %s, %s, %s, %s)"
MEMBERS = """
select m.person_id, array_agg(m.role) as roles,
       (select n.name from annodesk.person_name n where n.person_id = m.person_id) as name
  from annodesk.membership m where m.project_id = %s group by m.person_id
"""
SKILLS = "select person_id, skill, level from annodesk.person_skill where person_id = any (%s) order by skill"
AGREED = """
select person_id, quota_a_day, absent_until_us, is_paused, works_from, works_to, weekdays, utc_offset
  from annodesk.member_terms where project_id = %s
"""


class Which(StrEnum):
    """Which tasks are looked at."""

    ALL = "all"
    HELD = "held"
    SAID = "said"


class GivenMember(Struct, frozen=True):
    """A member and what was agreed with them; what they do not work with is theirs to know and is not told."""

    person_id: str
    name: str
    roles: frozenset[Role]
    skills: tuple[tuple[str, int], ...]
    terms: Terms

    @property
    def is_annotator(self) -> bool:
        """Whether tasks can be kept for them."""
        return Role.ANNOTATOR in self.roles


class Hold(Struct, frozen=True):
    """A place that somebody holds, and since when."""

    claim_id: str
    since_us: int


class GivenTask(Struct, frozen=True):
    """A task to be labelled: its places, for whom it is kept, and whether it is paused."""

    task_id: str
    item_id: str
    title: str
    batch: str
    free: int
    handed_in: int
    held: tuple[Hold, ...]
    kept_for: str | None
    is_paused: bool


class GivenOutView(Struct, frozen=True):
    """What the page shows; ``is_more`` says that not all tasks are among them; ``groups`` are those of the labels."""

    members: tuple[GivenMember, ...]
    tasks: tuple[GivenTask, ...]
    is_more: bool
    now_us: int
    groups: tuple[str, ...] = ()

    @property
    def known_skills(self) -> tuple[str, ...]:
        """The groups of the project's labels, then what else its members know."""
        skills = {name for one in self.members for name, _ in one.skills}
        return (*self.groups, *sorted(skills.difference(self.groups)))

    def name_of(self, person_id: str | None) -> str:
        """What a member is called."""
        found = next((one.name for one in self.members if one.person_id == person_id), "")
        return found or "somebody who is no member any more"


class GivenOut:
    """Reads for managers alone; in a team it asks the server, which may take as long as the network does."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def read(self, project_id: str, person_id: str, *, like: str = "", which: Which = Which.ALL) -> GivenOutView:
        """The members by name, and tasks by the name of their item, of those that have ``like`` in it."""
        like = like.strip()[:LONGEST_NAME]
        if self._desk.is_shared:
            self._desk.require_manager("Work is given out")
            found_there = self._sync.with_team(lambda team: self._of_team(team, like, which))
            with self._desk.file.read() as db:
                return replace(found_there, groups=_groups(db, project_id))
        with self._desk.file.read() as db:
            if not may_set(db, project_id, person_id):
                raise WorkflowError("Work is given out by the project's manager.", "Ask them for what you need.")
            agreed = terms.of_project(db, project_id)
            members = [
                _member(
                    person.id, person.name, roles, ((s.name, s.level) for s in person.skills), agreed.get(person.id)
                )
                for person, roles in projects.members(db, project_id)
            ]
            found = rows.tasks_of(db, project_id, like=like, among=_among(db, project_id, which), most=MOST_TASKS + 1)
            groups = _groups(db, project_id)
        now = self._desk.server_us()
        return replace(_view(members, [_task(one) for one in found], now), groups=groups)

    def _of_team(self, team: Team, like: str, which: Which) -> GivenOutView:
        link, project_id = team.link, team.project_id
        people = link.ask(MEMBERS, project_id)
        skills: dict[str, list[tuple[str, int]]] = {}
        for row in link.ask(SKILLS, [one["person_id"] for one in people]):
            skills.setdefault(row["person_id"], []).append((row["skill"], row["level"]))
        agreed = {row.pop("person_id"): Terms(**row) for row in link.ask(AGREED, project_id)}
        members = [
            _member(one["person_id"], one["name"] or "", map(Role, one["roles"]),
                    skills.get(one["person_id"], ()), agreed.get(one["person_id"]))
            for one in people
        ]  # fmt: skip
        found: list[GivenTask] = []
        behind: str | None = ""
        for _ in range(_MOST_PAGES):
            told = link.ask(TASKS, project_id, which.value, like, behind, MOST_TASKS + 1)
            behind = None
            for row in told:
                if row["task_id"] is None:
                    behind = row["key"]
                else:
                    found.append(_task(rows.Places(**row | {"held": tuple(map(tuple, row["held"]))})))
            if behind is None or len(found) > MOST_TASKS:
                break
        return _view(members, found, self._desk.server_us(), is_more=behind is not None)


def _groups(db: Connection, project_id: str) -> tuple[str, ...]:
    return tuple(projects.get_version(db, project_id).project.schema.groups())


def _among(db: Connection, project_id: str, which: Which) -> list[str] | None:
    if which is Which.ALL:
        return None
    return rows.held(db, project_id) if which is Which.HELD else rows.said_about(db, project_id)


def _member(
    person_id: str, name: str, roles: Iterable[Role], skills: Iterable[tuple[str, int]], agreed: Terms | None
) -> GivenMember:
    known = Terms() if agreed is None else agreed
    # Nobody but the person is told what they do not work with.
    values: Mapping[str, Any] = {name: getattr(known, name) for name in Terms.__struct_fields__ if name != "declined"}
    return GivenMember(person_id, name, frozenset(roles), tuple(skills), Terms(**values))


def _task(one: rows.Places) -> GivenTask:
    is_whole = one.start_us == 0 and one.end_us >= one.duration_us
    part = "" if is_whole else f", {format_us(one.start_us, decimals=0)} to {format_us(one.end_us, decimals=0)}"
    held = tuple(Hold(claim_id, since_us) for claim_id, since_us in one.held)
    return GivenTask(
        one.task_id, one.item_id, one.key + part, one.batch, one.free, one.handed_in, held, one.kept_for, one.is_paused
    )


def _view(
    members: Iterable[GivenMember], found: list[GivenTask], now_us: int, *, is_more: bool = False
) -> GivenOutView:
    ordered = sorted(members, key=lambda one: (one.name.casefold(), one.person_id))
    return GivenOutView(tuple(ordered), tuple(found[:MOST_TASKS]), is_more or len(found) > MOST_TASKS, now_us)


def member_sentence(one: GivenMember, now_us: int) -> str:
    """Whether somebody is given work now, and what was agreed with them."""
    if not one.is_annotator:
        return "does not label"
    agreed = one.terms
    words = []
    if agreed.is_paused:
        words.append("paused: given nothing new")
    if agreed.absent_until_us is not None and agreed.absent_until_us > now_us:
        words.append(f"away for {_days(agreed.absent_until_us - now_us)} more")
    if agreed.has_hours:
        when = "" if works_at(agreed, now_us) or words else ", not now"
        words.append(f"works {hours_in_words(agreed)}{when}")
    if agreed.quota_a_day is not None:
        words.append(f"at most {agreed.quota_a_day} task{'s' * (agreed.quota_a_day != 1)} a day")
    return "; ".join(words) or "is given work at any time"


def task_sentence(one: GivenTask, kept_for: str, now_us: int) -> str:
    """Where a task stands and for whom it is."""
    words = []
    if one.is_paused:
        words.append("paused: given to nobody")
    if one.kept_for is not None:
        words.append(f"kept for {kept_for}")
    if one.held:
        since = min(hold.since_us for hold in one.held)
        many = "held by 1 person" if len(one.held) == 1 else f"held by {len(one.held)} people"
        words.append(f"{many} for {_ago(now_us - since)}")
    if one.handed_in:
        words.append(f"{one.handed_in} handed in")
    words.append(f"{one.free} place{'s' * (one.free != 1)} free" if one.free else "no place free")
    return "; ".join(words)


def held_for(hold: Hold, now_us: int) -> str:
    """How long a place has been held."""
    return _ago(now_us - hold.since_us)


def _days(us: int) -> str:
    days = max(1, -(-us // DAY_US))
    return "1 day" if days == 1 else f"{days} days"


def _ago(us: int) -> str:
    if us >= DAY_US:
        return _days(us - us % DAY_US)
    hours, minutes = us // (3600 * US_PER_SECOND), us // (60 * US_PER_SECOND)
    if hours >= 1:
        return "1 hour" if hours == 1 else f"{hours} hours"
    return "less than a minute" if minutes < 1 else "1 minute" if minutes == 1 else f"{minutes} minutes"
