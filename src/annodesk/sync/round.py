"""One round: shake hands, send what waits, fetch what changed, and look whether both sides agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct, field

from annodesk.store import facts, outbox, todo
from annodesk.sync import check, feed, leases, snapshot
from annodesk.sync.meeting import Clock, Team, meet
from annodesk.sync.outbox import Teller
from annodesk.sync.pull import Puller, count_conflicts
from annodesk.sync.push import Pusher
from annodesk.sync.settled import bring_settled

if TYPE_CHECKING:
    from annodesk.model.branches import Branches
    from annodesk.store.engine import LocalFile
    from annodesk.store.link import Link
    from annodesk.sync.leases import Ended

JUDGES = (todo.ANALYSTS, todo.MANAGERS)
LIFE = "server life"
"""Fact: the life of the server with which this file last agreed."""
PAGES_A_ROUND = 10
"""So many pages of a snapshot are brought before what waits here is sent again."""


class RoundResult(Struct):
    """What a round did: counts of Edits, requests and items, and what a person should be told of it.

    Parameters
    ----------
    pushed, pulled : Edits and requests sent; Edits and items fetched
    conflicts : choices that wait, since two machines changed the same thing
    waiting : Edits and requests that are still to be sent
    refused : what the server would not take, one sentence each; the work is kept
    notes : what else happened, in sentences
    items, sets : what changed here
    ended : tasks whose lease has run out, or was taken back
    branches : histories of sets that other machines have added to, for open sessions
    taken_down : items whose content was taken down and is gone from this file now
    is_complete : whether all that this person mirrors is here
    is_more : whether the next round should follow at once
    """

    pushed: int = 0
    pulled: int = 0
    conflicts: int = 0
    waiting: int = 0
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    items: set[str] = field(default_factory=set)
    sets: set[str] = field(default_factory=set)
    ended: list[Ended] = field(default_factory=list)
    branches: dict[str, Branches] = field(default_factory=dict)
    taken_down: set[str] = field(default_factory=set)
    offset_us: int = 0
    is_project: bool = False
    is_figures: bool = False
    is_complete: bool = True
    is_more: bool = False


def run_round(
    file: LocalFile,
    link: Link,
    clock: Clock,
    *,
    thorough: bool = False,
    is_attended: bool = False,
    pages: int | None = PAGES_A_ROUND,
    first_tasks_are_here: Callable[[], None] = lambda: None,
    take_down: Callable[[Team], set[str]] = lambda team: set(),
) -> RoundResult:
    """Bring a file and its shared database together once; what is done before it breaks off stays done.

    Parameters
    ----------
    thorough : look at every own set, not only at those the feed speaks of
    is_attended : somebody works here, so that what they hold is kept for them and what is sent leaves room for them
    pages : the most pages of a snapshot to bring, None for all
    first_tasks_are_here : called when a file that has just joined holds this person's own tasks
    take_down : carries out what was taken down since, before anything is sent; returns the items
    """
    team = meet(file, link, clock)
    taken_down = take_down(team)
    puller = Puller(file, team, clock)
    pusher = Pusher(file, team, is_attended)
    teller = Teller(file, team, pusher, look_again=lambda set_id: puller.look_at([set_id]))
    result, held = RoundResult(offset_us=team.offset_us), leases.held(file, team)
    result.taken_down, result.items = taken_down, set(taken_down)
    begins = snapshot.prepare(file, team)
    with file.read() as db:
        # A server that was started again may have been set back, and its feed written over since.
        thorough |= facts.fact(db, LIFE) not in (None, team.life)
        sends = outbox.has_something(db)
    news = feed.read_news(file, team, is_last=not (begins or sends))
    if news.is_set_back:
        result.notes.append("The server was set back to an older copy; what it has lost is sent again.")
        snapshot.restart(file, team)
        news, begins, thorough = feed.read_news(file, team), True, True
    if begins or news.is_project:
        puller.project()
        result.is_project = True
    if begins:
        puller.bring((), notes=news.cursors)
        while snapshot.bring_page(file, team, puller) and snapshot.stage_of(file) == snapshot.OWN:
            pass
        first_tasks_are_here()
    if thorough:
        result.refused += check.check_all_sets(file, team, puller)
    if puller.lost:
        result.notes.append(f"The server had lost {puller.lost} of your changes; they are sent again.")
    teller.tell()
    pusher.edits()
    if begins or sends or teller.done or pusher.pushed:
        news = feed.read_news(file, team)
    items = news.items | check.items_of(file, team, news.claims | teller.claims) | check.changed_claims(file, team)
    items |= check.pushed_elsewhere(file, team, puller, news, pusher.pushes)
    if news.is_project and not result.is_project:
        puller.project()
        result.is_project = True
    if news.is_figures or result.is_project:
        result.is_figures = puller.figures()
    puller.bring(items, notes=news.cursors)
    if is_attended:
        leases.renew(file, team, clock)
    left = pages
    while (left is None or left > 0) and snapshot.bring_page(file, team, puller):
        left = None if left is None else left - 1
        teller.tell()
        pusher.edits()
    puller.suggestions()
    bring_settled(file, team, clock)
    _send_what_was_lost(teller, pusher, puller)
    result.ended = leases.ended(file, team, held)
    for set_id in check.differing_sets(file, team, puller.sets):
        result.refused.append(f"The server holds set {set_id} otherwise than this computer; tell the manager.")
    if pusher.pushed or teller.done:
        # One's own other machines fetch the Edits; what is handed in concerns those who judge, too.
        link.wake(team.project_id, [team.me, *(JUDGES if teller.is_for_judges else ())])
    _sum_up(result, file, pusher, teller, puller)
    _note_life(file, team)
    result.is_complete = snapshot.is_done(file)
    result.is_more = news.is_more or not result.is_complete
    return result


def _note_life(file: LocalFile, team: Team) -> None:
    with file.read() as db:
        known = facts.fact(db, LIFE)
    if known != team.life:
        with file.write() as db:
            facts.note_fact(db, LIFE, team.life)


def _send_what_was_lost(teller: Teller, pusher: Pusher, puller: Puller) -> None:
    """What a pull found to be missing on the server goes in the same round."""
    if puller.lost:
        teller.tell()
        pusher.edits()
        puller.bring(check.items_of(puller.file, puller.team, teller.claims))


def _sum_up(result: RoundResult, file: LocalFile, pusher: Pusher, teller: Teller, puller: Puller) -> None:
    result.pushed, result.pulled = pusher.pushed + teller.done, puller.pulled
    result.refused += teller.refused
    if pusher.unknown_sets:
        count = len(pusher.unknown_sets)
        what = "a task" if count == 1 else f"{count} tasks"
        result.refused.append(f"The server does not know {what} of yours; your work stays in this file.")
    result.items |= puller.items
    result.sets, result.branches = puller.sets, puller.branches
    result.conflicts = count_conflicts(file)
    with file.read() as db:
        result.waiting = sum(outbox.count_waiting(db))
