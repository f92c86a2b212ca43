"""Reads a project of the local file as the rows of the shared database, and brings them there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, Table, func, select, text

from annodesk.model.annotations import AuthorKind
from annodesk.model.needs import needs_of
from annodesk.store import journal, projects
from annodesk.store import tables as t
from annodesk.store.checked import to_json
from annodesk.store.local_tables import element
from annodesk.store.local_tables import journal as edits

if TYPE_CHECKING:
    from annodesk.model.project import Project

PAGE_BYTES = 1 << 20
"""About so much is sent at once."""

Row = dict[str, Any]

_BY_PROJECT = ("batch", "item", "task", "annotation_set", "claim", "inquiry", "precedent", "promise")
_BY_OTHER: Mapping[str, tuple[str, str]] = {
    "batch_plan": ("batch_id", "batch"),
    "asset": ("item_id", "item"),
    "item_state": ("item_id", "item"),
    "reference_item": ("item_id", "item"),
    "score": ("item_id", "item"),
    "tally": ("item_id", "item"),
    "sampled": ("item_id", "item"),
    "assignment": ("task_id", "task"),
    "escalation": ("item_id", "item"),
    "takedown": ("item_id", "item"),
    "told_ruling": ("item_id", "item"),
    "task_plan": ("task_id", "task"),
    "slot": ("task_id", "task"),
    "settlement": ("task_id", "task"),
    "reruling": ("task_id", "task"),
    "submission": ("set_id", "annotation_set"),
    "view": ("set_id", "annotation_set"),
    "comment": ("set_id", "annotation_set"),
}
"""Tables without a project of their own: what they belong to."""

ORDER = (
    *("batch", "batch_plan", "item", "item_need", "asset", "task", "task_plan", "annotation_set", "edit"),
    *("set_snapshot", "submission", "comment", "claim", "view", "slot", "item_state", "settlement", "reference_item"),
    *(
        "score",
        "tally",
        "escalation",
        "state_change",
        "inquiry",
        "precedent",
        "reruling",
        "takedown",
        "told_ruling",
        "promise",
        "sampled",
        "assignment",
    ),
)
"""Tables in the order in which their rows can be brought: none refers to one that comes later."""

_PEOPLE = (
    *("author_id", "person_id", "confirmed_by", "by", "by_person"),
    *("asked_by", "answered_by", "made_by", "removed_by"),
)
"""Columns that name a person."""


def rows_of(db: Connection, project_id: str, table: str, renamed: Mapping[str, str]) -> Iterator[Row]:
    """A table's rows of one project, as the shared database has them.

    Parameters
    ----------
    renamed : people of the local file who have a login there, under another id
    """
    for row in _found(db, project_id, table):
        for name in _PEOPLE:
            if row.get(name) in renamed:
                row[name] = renamed[row[name]]
        yield {**row, "project_id": project_id}


def _found(db: Connection, project_id: str, table: str) -> Iterator[Row]:
    left_out: tuple[str, ...] = ()
    if table == "edit":
        authors = select(edits, t.annotation_set.c.author_id).join(
            t.annotation_set, t.annotation_set.c.id == edits.c.set_id
        )
        left_out = ("position", "outbox")
        query = authors.where(edits.c.project_id == project_id).order_by(edits.c.position)
    elif table == "set_snapshot":
        yield from _snapshots(db, project_id)
        return
    elif table == "item_need":
        yield from _needs(db, project_id)
        return
    elif table == "slot":
        place = select(t.slot, t.task.c.stage, t.item.c.batch_id, (-1000 * t.task_plan.c.priority).label("rank"))
        query = place.select_from(t.slot.join(t.task).join(t.item, t.item.c.id == t.task.c.item_id)).join(
            t.task_plan, t.task_plan.c.task_id == t.task.c.id
        )
        query = query.where(t.task.c.project_id == project_id)
    elif table == "state_change":
        about = (t.item, t.claim)
        ids = [select(one.c.id).where(one.c.project_id == project_id) for one in about]
        assets = select(t.asset.c.id).join(t.item).where(t.item.c.project_id == project_id)
        known = ids[0].union_all(ids[1], assets)
        query = select(t.state_change).where(t.state_change.c.subject_id.in_(known)).order_by(t.state_change.c.position)
        left_out = ("position",)
    else:
        query = _of_project(t.metadata.tables[table], project_id)
    for row in db.execute(query):
        yield {name: value for name, value in row._mapping.items() if name not in left_out}


def _of_project(table: Table, project_id: str) -> Select[Any]:
    if table.name in _BY_PROJECT:
        return select(table).where(table.c.project_id == project_id)
    column, parent = _BY_OTHER[table.name]
    owner = t.metadata.tables[parent]
    return select(table).join(owner, table.c[column] == owner.c.id).where(owner.c.project_id == project_id)


def _snapshots(db: Connection, project_id: str) -> Iterator[Row]:
    """Sets that came whole, without Edits to be folded from: the model's, consensus."""
    from annodesk.store import snapshots

    whole = (AuthorKind.MODEL, AuthorKind.CONSENSUS, AuthorKind.CANARY)
    made_here = t.annotation_set.c.author_kind.in_([kind.value for kind in whole])
    without_edits = ~select(edits.c.id).where(edits.c.set_id == t.annotation_set.c.id).exists()
    with_elements = select(element.c.id).where(element.c.set_id == t.annotation_set.c.id).exists()
    wanted = select(t.annotation_set.c.id, t.annotation_set.c.made_at_us).where(
        t.annotation_set.c.project_id == project_id, without_edits, made_here | with_elements
    )
    for set_id, made_at_us in db.execute(wanted).all():
        found = journal.get_set(db, set_id)
        body, digest = snapshots.body_of(found), found.digest()
        yield {
            "set_id": set_id,
            "number": 1,
            "head": found.head,
            "body": body,
            "digest": digest,
            "edits": 0,
            "made_at_us": made_at_us,
        }


def _needs(db: Connection, project_id: str, among: Collection[str] | None = None) -> Iterator[Row]:
    """What an item's language asks of people; where nobody's languages have been entered, it keeps nobody away."""
    members = select(t.membership.c.person_id).where(t.membership.c.project_id == project_id)
    if db.execute(select(func.count()).where(t.person_skill.c.person_id.in_(members))).scalar_one() == 0:
        return
    wanted = select(t.item).where(t.item.c.project_id == project_id)
    for item in db.execute(wanted if among is None else wanted.where(t.item.c.id.in_(list(among)))):
        for need in needs_of(item._mapping["metadata"]):
            yield {"item_id": item.id, "skill": need.name, "level": need.level}


def rows_of_items(db: Connection, project_id: str, item_ids: Collection[str]) -> dict[str, list[Row]]:
    """Items that were added to a project that is at work, with their assets, tasks and places, by table."""
    among = list(item_ids)
    tasks = select(t.task.c.id).where(t.task.c.item_id.in_(among))
    of_tasks = {table: select(table).where(table.c.task_id.in_(tasks)) for table in (t.task_plan, t.slot)}
    asked = {
        "item": select(t.item).where(t.item.c.id.in_(among)),
        "asset": select(t.asset).where(t.asset.c.item_id.in_(among)),
        "task": select(t.task).where(t.task.c.item_id.in_(among)),
        **{table.name: query for table, query in of_tasks.items()},
    }
    found = {name: [dict(row._mapping) for row in db.execute(query)] for name, query in asked.items()}
    return found | {"item_need": list(_needs(db, project_id, among))}


def pages(rows: Iterator[Row]) -> Iterator[tuple[str, int]]:
    """Rows as JSON arrays of a handy size, each with how many it holds."""
    page: list[str] = []
    size = 0
    for row in rows:
        page.append(to_json(row))
        size += len(page[-1])
        if size >= PAGE_BYTES:
            yield f"[{','.join(page)}]", len(page)
            page, size = [], 0
    if page:
        yield f"[{','.join(page)}]", len(page)


def bring(db: Connection, project_id: str, table: str, page: str) -> int:
    """Bring rows into a table of the shared database; returns how many were new there."""
    asked = text("select annodesk.publish(:project, :table, cast(:page as json))")
    return int(db.execute(asked, {"project": project_id, "table": table, "page": page}).scalar_one())


def who_publishes(db: Connection) -> str | None:
    """The person behind the login; None where it belongs to nobody."""
    return db.execute(text("select annodesk.current_person()")).scalar()


def may_publish(db: Connection) -> bool:
    """Whether the login is one of a manager's."""
    from annodesk.store.security import MANAGER

    return bool(db.execute(text("select pg_has_role(session_user, :group, 'member')"), {"group": MANAGER}).scalar_one())


def is_published(db: Connection, project_id: str) -> bool | None:
    """Whether a project is there and given out; None where there is none, or none that concerns this login."""
    return db.execute(text("select is_published from annodesk.project where id = :id"), {"id": project_id}).scalar()


def make_project(db: Connection, project_id: str, name: str) -> None:
    """A project that nothing is given out of yet; its manager is who makes it."""
    db.execute(text("select annodesk.make_project(:id, :name)"), {"id": project_id, "name": name})


def newest_version(db: Connection, project_id: str) -> int:
    """The newest version of a project that is there; 0 where there is none."""
    asked = text("select coalesce(max(version), 0) from annodesk.project_version where project_id = :id")
    return int(db.execute(asked, {"id": project_id}).scalar_one())


VERSION_PARTS = (
    *("file", "guidelines", "pictures", "model_name", "model_sha256"),
    *("see_others", "show", "lease_hours", "pack_days", "offline_media", "offline_suggestions", "rules"),
)
VERSION_JSON = ("pictures", "rules")
"""What ``version_said`` gives, by the names that the server's function has for it."""


def version_said(
    project: Project, file: str, guidelines: str, pictures: Mapping[str, str], model_name: str, model_sha256: str | None
) -> Row:
    """A version as the server takes it, by ``add_version``'s own names: the file, and what of it the server heeds."""
    flow = project.workflow
    return {
        "file": file,
        "guidelines": guidelines,
        "pictures": dict(pictures),
        "model_name": model_name,
        "model_sha256": model_sha256,
        "see_others": flow.see_others,
        "show": project.prelabel.show,
        "lease_hours": flow.lease_hours,
        "pack_days": flow.pack_days,
        "offline_media": flow.offline_media,
        "offline_suggestions": flow.offline_suggestions,
        "rules": {
            "records_played": project.prelabel.record_played,
            "records_suggestions": project.prelabel.record_suggestions,
            "records_times": flow.record_times,
            "records_looks": flow.record_looks,
            "sensitive_minutes": flow.sensitive_minutes_a_day,
        },
    }


def bring_version(db: Connection, version: projects.ProjectVersion, pictures: Mapping[str, str]) -> None:
    """Bring a version of a project: file, guidelines with their pictures, and what of it the server itself heeds."""
    made = (version.file, version.guidelines, pictures, version.model_name, version.model_sha256)
    said = version_said(version.project, *made)
    names = ", ".join(
        f"{name} => cast(:{name} as json)" if name in VERSION_JSON else f"{name} => :{name}" for name in said
    )
    values = {**said, **{name: to_json(said[name]) for name in VERSION_JSON}}
    db.execute(text(f"select annodesk.add_version(p => :p, {names})"), {"p": version.project_id, **values})


def finish(db: Connection, project_id: str, names: str) -> None:
    """Bring the names of people, and let the work begin."""
    asked = text("select annodesk.publish_names(:project, cast(:rows as json))")
    db.execute(asked, {"project": project_id, "rows": names})
    db.execute(text("select annodesk.finish_publishing(:project)"), {"project": project_id})


def names_of(db: Connection, people: set[str]) -> str:
    """The names of people, as they are brought along."""
    rows = db.execute(select(t.person_name.c.person_id, t.person_name.c.name))
    return to_json([{"person_id": row.person_id, "name": row.name} for row in rows if row.person_id in people])
