"""The people of a shared project, for the panel of people: the server says who may see and change what."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from annodesk.errors import AnnodeskError
from annodesk.model.work import Role
from annodesk.services.base import wall_clock_us
from annodesk.services.joining import in_words
from annodesk.store import members, remote

if TYPE_CHECKING:
    from annodesk.store.engine import Connection
    from annodesk.store.members import MemberRow
    from annodesk.store.remote import Address

DAY_US = 86_400_000_000
MOST_A_DAY = 10_000
NO_QUOTA = -1
MOST_DAYS_AWAY = 366
HIGHEST_LEVEL = 5

T = TypeVar("T")


class TeamView(Struct, frozen=True):
    """A project's people as one person may see them."""

    me: str
    now_us: int
    members: tuple[MemberRow, ...]

    @property
    def roles(self) -> frozenset[Role]:
        """What the person who looks is in this project."""
        return next((m.roles for m in self.members if m.person_id == self.me), frozenset())

    @property
    def is_manager(self) -> bool:
        """Whether they may change others."""
        return Role.MANAGER in self.roles

    @property
    def sees_all(self) -> bool:
        """Whether they are shown everybody."""
        return bool(self.roles & {Role.MANAGER, Role.ANALYST})


class TeamPeople:
    """Asks and tells the server about one project's people; every call may take as long as the network does.

    Parameters
    ----------
    now : microseconds since 1970 by this computer, for "away until"; the server compares with its own clock
    """

    def __init__(self, address: Address, project_id: str, *, now: Callable[[], int] = wall_clock_us) -> None:
        self._address, self._project_id, self._now = address, project_id, now

    def look(self) -> TeamView:
        """Everybody whom the person may see."""
        return self._do(self._look)

    def add(self, login: str) -> TeamView:
        """Make somebody who has a login an annotator of the project."""
        if not login.strip():
            raise AnnodeskError("A member needs a login.", "Write the login that the administrator gave them.")
        return self._changed("add_member", login.strip())

    def remove(self, person_id: str) -> TeamView:
        """Take somebody out of the project: what they hold goes back at once, what they did stays."""
        return self._changed("remove_member", person_id)

    def make_annotator(self, person_id: str) -> TeamView:
        """Let a member label too; the other roles are the administrator's to give."""
        return self._changed("make_annotator", person_id)

    def take_role(self, person_id: str, role: Role) -> TeamView:
        """Take a role from a member: what they hold goes back at once, what they did stays."""
        return self._changed("remove_role", person_id, role.value)

    def leave(self) -> int:
        """Leave the project oneself; returns how many tasks went back."""
        return int(self._do(lambda db: members.call(db, "leave", self._project_id)) or 0)

    def set_quota(self, person_id: str, tasks_a_day: int) -> TeamView:
        """How many tasks somebody is given a day; ``NO_QUOTA`` lifts the limit."""
        if not NO_QUOTA <= tasks_a_day <= MOST_A_DAY:
            raise AnnodeskError(f"A quota is a number from 0 to {MOST_A_DAY}.", "Write another number.")
        known = self.look()
        until = next((m.absent_until_us for m in known.members if m.person_id == person_id), None)
        return self._changed("set_terms", person_id, tasks_a_day, until)

    def set_away(self, person_id: str, days: int) -> TeamView:
        """Somebody is away for some days from now: their open tasks go back at once; 0 days and they are back."""
        if not 0 <= days <= MOST_DAYS_AWAY:
            raise AnnodeskError(f"An absence lasts 1 to {MOST_DAYS_AWAY} days.", "Write another number.")
        until = self._now() + days * DAY_US if days else None
        return self._changed("set_terms", person_id, None, until)

    def set_skill(self, person_id: str, skill: str, level: int) -> TeamView:
        """What somebody can do, such as a language, and how well (1 to 5); 0 takes it away."""
        skill = skill.strip()
        if not skill or len(skill) > 60 or not skill.isprintable():
            raise AnnodeskError("A skill is one word or a few, such as pt or medical.", "Write it anew.")
        if not 0 <= level <= HIGHEST_LEVEL:
            raise AnnodeskError(f"A level is a number from 1 to {HIGHEST_LEVEL}.", "Write another number.")
        return self._changed("set_skill", person_id, skill, level)

    # Inside

    def _look(self, db: Connection) -> TeamView:
        me, now_us, found = members.members(db, self._project_id)
        return TeamView(me, now_us, tuple(found))

    def _changed(self, function: str, *values: Any) -> TeamView:
        def work(db: Connection) -> TeamView:
            members.call(db, function, self._project_id, *values)
            return self._look(db)

        return self._do(work)

    def _do(self, work: Callable[[Connection], T]) -> T:
        engine = remote.open_shared(self._address)
        with remote.writing(engine, self._address) as db, in_words():
            return work(db)
