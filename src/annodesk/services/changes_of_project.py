"""When a project's guidelines, labels, model or policy changed: the lines that every figure over time is drawn with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.model.project_file import parse_project
from annodesk.store import projects

if TYPE_CHECKING:
    from annodesk.model.project import PrelabelPolicy
    from annodesk.store.engine import Connection
    from annodesk.store.projects import VersionRow


class What(StrEnum):
    """What of a project is another since a version."""

    GUIDELINES = "guidelines"
    SCHEMA = "schema"
    MODEL = "model"
    POLICY = "policy"


class ChangeLine(Struct, frozen=True):
    """A version of a project that something has changed with; ``words`` name it: "guidelines v4"."""

    version: int
    at_us: int
    what: tuple[What, ...]
    words: str


def change_lines(db: Connection, project_id: str) -> tuple[ChangeLine, ...]:
    """All of a project's, oldest first; the first version is no change."""
    return change_lines_of(db, [project_id])[project_id]


def change_lines_of(db: Connection, project_ids: Collection[str]) -> dict[str, tuple[ChangeLine, ...]]:
    """The same of some projects, by project."""
    found = projects.versions_of(db, project_ids)
    return {project_id: lines_between(found.get(project_id, ())) for project_id in project_ids}


def lines_between(rows: Sequence[VersionRow]) -> tuple[ChangeLine, ...]:
    """The same of versions that are read already, oldest first."""
    found = []
    for before, after in pairwise(rows):
        what = _changed(before, after)
        if what:
            words = f"{' and '.join(what)} v{after.version}"
            found.append(ChangeLine(after.version, after.made_at_us, what, words))
    return tuple(found)


@lru_cache(maxsize=2_000)
def _changed(before: VersionRow, after: VersionRow) -> tuple[What, ...]:
    """What two versions differ in; reading both takes longer than all else here, and they never change."""
    a, b = parse_project(before.file), parse_project(after.file)
    differs = {
        What.GUIDELINES: before.guidelines != after.guidelines,
        What.SCHEMA: a.schema != b.schema,
        What.MODEL: (before.model_name, before.model_sha256) != (after.model_name, after.model_sha256)
        or a.prelabel.model != b.prelabel.model,
        What.POLICY: a.workflow != b.workflow or _but_model(a.prelabel) != _but_model(b.prelabel),
    }
    return tuple(what for what, is_other in differs.items() if is_other)


def _but_model(policy: PrelabelPolicy) -> PrelabelPolicy:
    return replace(policy, model="")
