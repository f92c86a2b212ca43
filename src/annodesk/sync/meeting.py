"""The first words with a shared database: whether it is ours, which version, who this is there, what its clock says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import StoreError
from annodesk.model.work import Role
from annodesk.store import facts, shared
from annodesk.store.line import Refused, ShutOut

if TYPE_CHECKING:
    from annodesk.store.engine import LocalFile
    from annodesk.store.facts import Joined
    from annodesk.store.link import Link

Clock = Callable[[], int]

_WHO = """
select version_num, annodesk.current_person() as me, annodesk.now_us() as now_us,
       concat_ws(' ', pg_postmaster_start_time() at time zone 'UTC', 'annodesk.feed'::regclass::oid,
                 (select oid from pg_database where datname = current_database())) as life
  from annodesk.alembic_version
"""
_ROLES = """
select (select array_agg(role) from annodesk.membership where project_id = %s and person_id = %s) as roles,
       annodesk.audiences(%s) as audiences, annodesk.newest_takedown(%s) as takedown
"""

AMONG = "in (select unnest(%s::text[]))"
"""One of some ids, where a policy names the column's own ids by ``= any``: beside another ``= any`` the planner counts
the ids of one times those of the other, and then rather reads the whole table.
"""


class Team(Struct, frozen=True):
    """A meeting with the shared database, as one person in one project.

    ``life`` is another whenever the server was started again, or its database made or restored; ``takedown`` is the
    number of what was taken down last.
    """

    link: Link
    where: Joined
    roles: frozenset[Role]
    audiences: tuple[str, ...]
    offset_us: int
    life: str = ""
    takedown: int = 0

    @property
    def project_id(self) -> str:
        """The project this file belongs to."""
        return self.where.project_id

    @property
    def has_tasks(self) -> bool:
        """Whether this person holds tasks of their own; one who only manages does not, and may not read of any."""
        return bool(self.roles & {Role.ANNOTATOR, Role.ANALYST})

    @property
    def me(self) -> str:
        """The id of the person."""
        return self.where.person_id


def who_am_i(link: Link) -> tuple[str, int, str]:
    """The person behind this login, the server's clock and its life; refused where it is of another version."""
    try:
        (found,) = link.ask(_WHO)
    except Refused as error:
        if error.code == "42P01":
            raise Refused("This database holds no annodesk.", "Check the URL.", error.code) from None
        if error.code == "42501":
            raise ShutOut("This login may not enter annodesk's tables.", "Ask the project's manager.") from None
        raise
    version = str(found["version_num"])
    if version != shared.SHARED_HEAD:
        if version not in shared.known_revisions():
            raise Refused("The shared database was made by a newer annodesk.", "Update annodesk on this computer.")
        hint = "Ask its administrator to run: annodesk server upgrade"
        raise Refused("The shared database was made by an older annodesk.", hint)
    if found["me"] is None:
        raise ShutOut("This login belongs to no person.", "Ask the administrator for one of your own.")
    return str(found["me"]), int(found["now_us"]), str(found["life"])


def meet(file: LocalFile, link: Link, clock: Clock) -> Team:
    """Shake hands; how far the server's clock is ahead is noted, and is all that a wrong clock here comes to."""
    with file.read() as db:
        where = facts.joined(db)
        known = facts.server_offset_us(db)
    if where is None:
        raise StoreError("This file belongs to no shared database.", "Join one with: annodesk sync --join URL")
    before = clock()
    me, server_now_us, life = who_am_i(link)
    offset_us = server_now_us - (before + clock()) // 2
    if me != where.person_id:
        hint = "Sign in as the person it belongs to, or join with another file."
        raise Refused("This file holds somebody else's work.", hint)
    (found,) = link.ask(_ROLES, where.project_id, me, where.project_id, where.project_id)
    roles = frozenset(map(Role, found["roles"] or ()))
    if not roles:
        sentence = "You are no member of this project any more."
        raise ShutOut(sentence, "Your work is kept in this file; ask the project's manager.")
    if not file.is_read_only and (known is None or abs(known - offset_us) > _SAME_US):
        with file.write() as db:
            facts.note_fact(db, facts.SERVER_OFFSET, str(offset_us))
    team = Team(link, where, roles, tuple(found["audiences"] or ()), offset_us, life, int(found["takedown"]))
    link.listen(team.project_id, team.audiences)
    return team


_SAME_US = 50_000
"""A difference of clocks that is not worth a write: the way to the server and back takes as long."""
