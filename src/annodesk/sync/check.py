"""Compares what is here with what the server has: Edits by sums of ids, sets by digests, claims by state."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from annodesk.model.work import SlotState
from annodesk.store import journal, mirror, outbox
from annodesk.store.line import Refused

if TYPE_CHECKING:
    from annodesk.store.engine import LocalFile
    from annodesk.sync.feed import News
    from annodesk.sync.meeting import Team
    from annodesk.sync.pull import Puller

_OPEN = (SlotState.LEASED, SlotState.PARKED, SlotState.RECALLED, SlotState.RETURNED)


def check_all_sets(file: LocalFile, team: Team, puller: Puller) -> list[str]:
    """Look at every own set, and bring back claims that the server has lost; returns what to tell the person."""
    if not team.has_tasks:
        return []
    told = _bring_back_claims(file, team, puller)
    with file.read() as db:
        own = mirror.own_sets(db, team.project_id, team.me)
    puller.look_at(own)
    return told


def changed_claims(file: LocalFile, team: Team) -> set[str]:
    """Items of own claims whose state or lease is not what is here: leases run out without a word in the feed."""
    if not team.has_tasks:
        return set()
    with file.read() as db:
        here = mirror.own_claims(db, team.project_id, team.me)
        newer = outbox.claims_asked_about(db)
    states = [state.value for state in _OPEN]
    watched = sorted(claim_id for claim_id, (state, _) in here.items() if state in states)
    rows = team.link.ask(
        "select c.id, c.state, c.lease_until_us, k.item_id from annodesk.claim c"
        " join annodesk.task k on k.project_id = c.project_id and k.id = c.task_id"
        " where c.project_id = %s and c.person_id = %s and (c.state = any(%s) or c.id = any(%s))",
        *(team.project_id, team.me, states, watched),
    )
    return {
        row["item_id"]
        for row in rows
        if row["id"] not in newer and here.get(row["id"]) != (row["state"], row["lease_until_us"])
    }


def items_of(file: LocalFile, team: Team, claim_ids: Collection[str]) -> set[str]:
    """The items some own claims are about, known here or not."""
    if not claim_ids or not team.has_tasks:
        return set()
    with file.read() as db:
        known = mirror.items_of_claims(db, claim_ids)
    unknown = sorted(set(claim_ids) - known.keys())
    rows = team.link.ask(
        "select k.item_id from annodesk.claim c"
        " join annodesk.task k on k.project_id = c.project_id and k.id = c.task_id"
        " where c.project_id = %s and c.id = any(%s)",
        *(team.project_id, unknown),
    )
    return {*known.values(), *(row["item_id"] for row in rows)}


def pushed_elsewhere(file: LocalFile, team: Team, puller: Puller, news: News, pushes: Mapping[str, int]) -> set[str]:
    """Fetch own Edits that another machine has sent; returns items of sets that are not here yet.

    A set for which the feed tells of no more than what was sent from here has nothing new.
    """
    others = {set_id for set_id, count in news.pushes.items() if count > pushes.get(set_id, 0)}
    if not others:
        return set()
    with file.read() as db:
        here = others.intersection(mirror.own_sets(db, team.project_id, team.me))
    before = set(puller.sets)
    puller.look_at(here)
    puller.items.update(news.item_of_set[set_id] for set_id in here & (puller.sets - before))
    return {news.item_of_set[set_id] for set_id in others - here}


def differing_sets(file: LocalFile, team: Team, set_ids: Collection[str]) -> list[str]:
    """Sets that the coordinator has folded from the same Edits to something else than they are here."""
    if not set_ids:
        return []
    rows = team.link.ask(
        "select distinct on (set_id) set_id, head, digest from annodesk.set_snapshot"
        " where project_id = %s and set_id in (select unnest(%s::text[])) order by set_id, number desc",
        *(team.project_id, sorted(set_ids)),
    )
    found = []
    for row in rows:
        with file.read() as db:
            here = journal.get_set(db, row["set_id"])
        if here.head == row["head"] and here.digest() != row["digest"]:
            found.append(str(row["set_id"]))
    return found


def _bring_back_claims(file: LocalFile, team: Team, puller: Puller) -> list[str]:
    with file.read() as db:
        here = mirror.claims_by_state(db, team.project_id, team.me)
    rows = team.link.ask(
        "select id from annodesk.claim where project_id = %s and person_id = %s", team.project_id, team.me
    )
    known, told, again = {row["id"] for row in rows}, [], set[str]()
    for claim in here:
        if claim["id"] in known or claim["set_id"] is None:
            continue
        try:
            team.link.ask(
                "select annodesk.reclaim(%s, %s, %s, %s, %s)",
                *(team.project_id, claim["task_id"], claim["id"], claim["set_id"], claim["project_version"]),
            )
        except Refused as error:
            told.append(f"The server does not know a task of yours any more. {error} Your work stays in this file.")
            continue
        again.add(claim["id"])
    puller.bring(items_of(file, team, again))
    return told
