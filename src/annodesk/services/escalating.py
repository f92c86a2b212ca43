"""What a threshold would have sent to review: read from the scores of a project's items, alone and in a team."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from annodesk.store import figures, projects
from annodesk.workflow.escalation import thresholds as thresholds_of
from annodesk.workflow.preview import PastItem, Preview, deciding_value, preview

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync

MOST_ITEMS = 2_000
"""So many items of a team are looked at, those decided about last, of settled ones as of those in review."""

_PAST = """
select i.item_id, c.scope, c.part, c.label, c.value, c.made_at_us
  from ((select project_id, item_id from annodesk.item_state
          where project_id = %s and state = 'settled' order by changed_at_us desc limit %s)
        union all
        (select project_id, item_id from annodesk.item_state
          where project_id = %s and state = 'escalated' order by changed_at_us desc limit %s)) i
 cross join lateral (select scope, part, label, value, made_at_us from annodesk.score
                      where project_id = i.project_id and item_id = i.item_id and is_current
                        and scope in ('part', 'label') and value is not null limit 1000) c
"""


class _Row(NamedTuple):
    item_id: str
    scope: str
    part: str
    label: str | None
    value: float
    made_at_us: int


def would_escalate(
    desk: Desk, sync: Sync, project_id: str, thresholds: Sequence[float], *, part: str = "", label: str | None = None
) -> tuple[Preview, ...]:
    """For each threshold what it would have sent to review of the items scored so far.

    Of a part, or of a label of it, where one is named; else of all parts that follow the project's threshold, while
    those with one of their own stay at it. In a team the server is asked, for those decided about last.
    """
    with desk.file.read() as db:
        limits = thresholds_of(projects.get_version(db, project_id).project)
        review_us = figures.review_us(db, project_id)
        rows = [] if desk.is_shared else [_Row(*row) for row in figures.past_scores(db, project_id)]
    if desk.is_shared:
        asked = (project_id, MOST_ITEMS, project_id, MOST_ITEMS)
        rows = sync.with_team(lambda team: [_Row(**row) for row in team.link.ask(_PAST, *asked)])
    history = []
    for parts, labels, at_us in _by_item(rows):
        if not part:
            history.append(PastItem(deciding_value(parts, labels, limits), at_us))
            continue
        value = parts.get(part) if label is None else labels.get((part, label))
        if value is not None:
            history.append(PastItem(value, at_us))
    return preview(thresholds, history, review_us=review_us)


def _by_item(rows: Iterable[_Row]) -> Iterable[tuple[dict[str, float], dict[tuple[str, str], float], int]]:
    found: dict[str, tuple[dict[str, float], dict[tuple[str, str], float], int]] = {}
    for row in rows:
        parts, labels, _ = found.setdefault(row.item_id, ({}, {}, row.made_at_us))
        if row.scope == "part":
            parts[row.part] = row.value
        elif row.label is not None:
            labels[row.part, row.label] = row.value
    return found.values()
