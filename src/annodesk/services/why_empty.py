"""Why the server had nothing for somebody, as far as they may know it themselves: their terms, skills and the batches.

Nothing here is asked about single tasks, so nothing tells what others hold, or a reference item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.model.needs import needs_words
from annodesk.model.terms import MINUTE_US
from annodesk.model.work import BatchState
from annodesk.services.openings import standings
from annodesk.store import projects

if TYPE_CHECKING:
    from annodesk.store.engine import Connection

MOST_NAMED = 3


def known_reasons(db: Connection, project_id: str, person_id: str, now_us: int) -> str:
    """Sentences on what keeps work from somebody, and what would change it; empty where nothing is known."""
    found = []
    batches = projects.list_batches(db, project_id)
    stopped = [f"{one.name} ({one.state})" for one in batches if one.state is not BatchState.OPEN]
    if stopped:
        found.append(f"Not given out: {_some(stopped)}; a manager opens a batch again.")
    waiting = [f"{one.name} for the pilot {one.waits_for}" for one in batches if one.waits_for]
    if waiting:
        found.append(f"Waiting: {_some(waiting)} to be passed.")
    standing = standings(db, project_id, now_us).get(person_id)
    most_us = standing.sensitive_most_us if standing is not None else None
    if standing is not None and most_us is not None and standing.load.sensitive_us > 0:
        taken, most = (round(us / MINUTE_US) for us in (standing.load.sensitive_us, most_us))
        found.append(f"Of sensitive content you took {taken} of the {most} minutes a day.")
    have = {skill.name: skill.level for skill in projects.find_person(db, person_id).skills}
    lacking = [
        f"{one.name} ({needs_words(need for need in one.needs if have.get(need.name, 0) < need.level)})"
        for one in batches
        if one.state is BatchState.OPEN and any(have.get(need.name, 0) < need.level for need in one.needs)
    ]
    if lacking:
        found.append(f"For those who know what it needs: {_some(lacking)}.")
    skills = [f"{name} {level}" if level > 1 else name for name, level in have.items()]
    if skills:
        found.append(
            f"You are known for {', '.join(skills)}; what you know besides, a manager enters among your skills."
        )
    return " ".join(found)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
