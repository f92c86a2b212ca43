"""Alarms: labels that stood without a person until audits fell under what was promised of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from annodesk.model.work import Ending
from annodesk.quality.price import Key, Since
from annodesk.store.promises import Promise, as_promise

if TYPE_CHECKING:
    from annodesk.store.link import Link

PROMISES = """
select id, part, label, is_given, source, above, share, answers, made_at_us, ended_at_us, ending, since_us,
       audits, audits_right
  from annodesk.promise where project_id = %s order by made_at_us, id
"""


def promises_of_team(link: Link, project_id: str) -> list[Promise]:
    """What was promised in a project of a shared database, oldest first, for whoever may know."""
    return [as_promise(row) for row in link.ask(PROMISES, project_id)]


def alarmed_until(held: Sequence[Promise]) -> Since:
    """Until when the answers on a label do not count any more: until an alarm about it."""
    found: dict[Key, int] = {}
    for one in held:
        if one.ending is Ending.ALARM:
            key = Key(one.part, one.label, one.is_given, one.source)
            found[key] = max(one.ended_at_us or 0, found.get(key, 0))
    return found


def alarms_of(held: Sequence[Promise]) -> tuple[Promise, ...]:
    """Labels that stood without a person until an alarm and do not stand again since, newest first."""
    newest = {(one.part, one.label, one.is_given): one for one in sorted(held, key=lambda one: one.made_at_us)}
    ended = [one for one in newest.values() if one.ending is Ending.ALARM]
    return tuple(sorted(ended, key=lambda one: -(one.ended_at_us or 0)))


def alarm_sentence(one: Promise) -> str:
    """An alarm in words."""
    label = (one.label if one.is_given else f"not {one.label}") or "nothing more"
    return (
        f"{one.part}, {label}: of {one.audits} audits {one.audits_right} were right, and at least {one.share:.1%} was "
        "promised, so it does not stand without a person any more."
    )
