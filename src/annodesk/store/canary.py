"""Rows of a canary: what it has answered, and its sums as a team's worker keeps them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from annodesk.model.annotations import AuthorKind
from annodesk.store import rollup
from annodesk.store import tables as t
from annodesk.store.local_tables import figure

FIGURE = "canary"
"""The name of the team's figures of it; each part begins with the canary's key."""

MOST_COMPARED = 2_000
"""So many of its answers are held against people's: more would hardly tell more."""


def answered(
    db: Connection, project_id: str, key: str, *, among: Collection[str] | None = None, most: int | None = None
) -> dict[str, str]:
    """The sets of a canary by task: of some tasks, or so many of the newest."""
    made = t.annotation_set.c
    mine = (made.project_id == project_id) & (made.author_id == key) & (made.author_kind == AuthorKind.CANARY.value)
    if among is not None:
        mine &= made.task_id.in_(list(among))
    newest = select(made.task_id, made.id).where(mine).order_by(made.id.desc()).limit(most)
    return {row.task_id: row.id for row in db.execute(newest)}


def keep_sums(db: Connection, key: str, sums: Mapping[str, tuple[int, int]]) -> bool:
    """Make these the team's figures of its canary, by part, in place of all others; whether they are others now."""
    return rollup.keep(db, FIGURE, {f"{key}:{part}": value for part, value in sums.items()})


def sums_of_team(db: Connection, project_id: str, key: str) -> dict[str, tuple[int, int]]:
    """What a team's worker added up, by part, as far as it is here."""
    mine = (figure.c.project_id == project_id) & (figure.c.name == FIGURE)
    rows = db.execute(select(figure.c.part, figure.c.n, figure.c.total).where(mine))
    found = {}
    for row in rows:
        of, _, part = row.part.partition(":")
        if of == key:
            found[part] = (row.n, row.total)
    return found
