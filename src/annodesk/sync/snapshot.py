"""Fills a file that has just joined, page by page: own tasks first, then the review queue, then the list of items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.model.work import Role
from annodesk.store import facts, mirror
from annodesk.sync.feed import CURSOR
from annodesk.sync.pull import ITEMS_AT_ONCE, Puller

if TYPE_CHECKING:
    from annodesk.store.engine import LocalFile
    from annodesk.sync.meeting import Team

PLACE = "snapshot"
"""Fact: the stage a snapshot is in and the last item it has brought; ``done`` after the last."""
FOR = "snapshot for"
"""Fact: the roles that the snapshot was, or is being, made for."""
DONE = "done"
OWN, QUEUE, LIST = "own", "queue", "list"

_NEXT = {
    OWN: "select distinct k.item_id as id from annodesk.claim c"
    " join annodesk.task k on k.project_id = c.project_id and k.id = c.task_id"
    " where c.project_id = %s and c.person_id = %s and k.item_id > %s order by 1 limit %s",
    QUEUE: "select distinct w.item_id as id from (select %s::text as p, %s::text as me, %s::text as after) n"
    " cross join lateral ((select distinct item_id from annodesk.escalation"
    f" where project_id = n.p and closed_at_us is null and item_id > n.after order by 1 limit {ITEMS_AT_ONCE})"
    " union all (select distinct item_id from annodesk.inquiry"
    f" where project_id = n.p and state = 'open' and item_id > n.after order by 1 limit {ITEMS_AT_ONCE})) w"
    " order by 1 limit %s",
    LIST: "select id from annodesk.item"
    " where project_id = %s and %s::text is not null and id > %s order by id limit %s",
}


def stages(roles: frozenset[Role]) -> list[str]:
    """What a person of these roles mirrors, in the order in which they need it."""
    found = [OWN] if roles & {Role.ANNOTATOR, Role.ANALYST} else []
    if Role.ANALYST in roles:
        found.append(QUEUE)
    if Role.MANAGER in roles:
        found.append(LIST)
    return found


def prepare(file: LocalFile, team: Team) -> bool:
    """Begin anew where this person's roles are not those the file was filled for; True where it begins."""
    roles = " ".join(sorted(team.roles))
    with file.read() as db:
        before = facts.fact(db, FOR)
    if before == roles:
        return False
    restart(file, team)
    return True


def restart(file: LocalFile, team: Team) -> None:
    """Fill the file from the beginning; what this person may not see any more is dropped, their own work is not."""
    roles = " ".join(sorted(team.roles))
    with file.write() as db:
        before = facts.fact(db, FOR)
        if before is not None and set(before.split()) - set(team.roles):
            mirror.drop_items(db, mirror.all_items(db, team.project_id), team.me)
        facts.forget_facts(db, CURSOR)
        facts.note_fact(db, FOR, roles)
        facts.note_fact(db, PLACE, f"{stages(team.roles)[0]} ")


def stage_of(file: LocalFile) -> str:
    """The stage a snapshot is in."""
    with file.read() as db:
        return (facts.fact(db, PLACE) or OWN).partition(" ")[0]


def is_done(file: LocalFile) -> bool:
    """Whether all that this person mirrors is here."""
    with file.read() as db:
        return facts.fact(db, PLACE) == DONE


def bring_page(file: LocalFile, team: Team, puller: Puller) -> bool:
    """Bring the next page; False where all of it is here."""
    with file.read() as db:
        place = facts.fact(db, PLACE) or ""
    if place == DONE:
        return False
    stage, _, after = place.partition(" ")
    all_stages = stages(team.roles)
    if stage not in all_stages:
        stage, after = all_stages[0], ""
    rows = team.link.ask(_NEXT[stage], team.project_id, team.me, after, ITEMS_AT_ONCE)
    ids = [row["id"] for row in rows]
    if len(ids) == ITEMS_AT_ONCE:
        following = f"{stage} {ids[-1]}"
    else:
        rest = all_stages[all_stages.index(stage) + 1 :]
        following = f"{rest[0]} " if rest else DONE
    puller.bring(ids, notes={PLACE: following})
    return following != DONE
