"""Tables of the shared database: those of the local file, each led by its project, and what only a team needs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    FetchedValue,
    Float,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from annodesk.store import tables as local
from annodesk.store.checked import JsonList, JsonObject

metadata = MetaData(naming_convention=local.metadata.naming_convention)

GLOBAL = ("person", "person_name", "person_skill", "invitation")
"""Tables of no project: small, written by the administrator, a copy of each on every node of a distributed engine."""

_PROJECT = text("current_setting('annodesk.project', true)")
"""The project a worker works on now: its rows need not name it, and its policies let it see no other."""

_NOW = text("now_us()")


def _project_id() -> Column[str]:
    return Column("project_id", Text, nullable=False, server_default=_PROJECT)


def _copy(column: Column[Any], *, is_counted: bool) -> Column[Any]:
    if is_counted:
        return Column(column.name, BigInteger, Identity(), nullable=False)
    default = column.server_default
    # The owner of a default is the column it was made for.
    arg = default.arg if default is not None and not isinstance(default, FetchedValue | Identity) else None
    arg = getattr(default, "arg", None) if arg is None else arg
    return Column(column.name, column.type, nullable=column.nullable, server_default=arg)


def _shared(source: Table, *more: Any) -> Table:
    """The local file's table with its project in front of every key, index and reference."""
    name = source.name
    if name in GLOBAL or name == "project":
        lead: list[str] = []
        columns = [_copy(c, is_counted=False) for c in source.columns]
    else:
        lead = ["project_id"]
        counted = {"position"} if name == "state_change" else set()
        columns = [_project_id()]
        columns += [_copy(c, is_counted=c.name in counted) for c in source.columns if c.name != "project_id"]

    def led(names: list[str]) -> list[str]:
        return lead + [n for n in names if n not in lead]

    rules: list[Any] = [PrimaryKeyConstraint(*led([c.name for c in source.primary_key.columns]))]
    for constraint in source.constraints:
        if isinstance(constraint, UniqueConstraint):
            rules.append(UniqueConstraint(*led([c.name for c in constraint.columns])))
    for key in sorted(source.foreign_keys, key=lambda k: k.parent.name):
        target = key.column.table.name
        if target in GLOBAL or target == "project":
            rules.append(ForeignKeyConstraint([key.parent.name], [f"{target}.{key.column.name}"]))
        elif (name, key.parent.name) != ("slot", "claim_id"):
            rules.append(
                ForeignKeyConstraint([*lead, key.parent.name], [f"{target}.project_id", f"{target}.{key.column.name}"])
            )
    if lead and not any(key.parent.name == "project_id" for key in source.foreign_keys):
        rules.append(ForeignKeyConstraint(["project_id"], ["project.id"]))
    for index in sorted(source.indexes, key=lambda i: str(i.name)):
        if index.info != local.HERE_ALONE:
            rules.append(Index(None, *led([c.name for c in index.columns])))
    return Table(name, metadata, *columns, *rules, *more)


def _team(name: str, *parts: Any, key: tuple[str, ...]) -> Table:
    """A table that only a team needs."""
    columns = [part for part in parts if isinstance(part, Column)]
    rules = [part for part in parts if not isinstance(part, Column)]
    return Table(
        name,
        metadata,
        _project_id(),
        *columns,
        PrimaryKeyConstraint("project_id", *key),
        ForeignKeyConstraint(["project_id"], ["project.id"]),
        *rules,
    )


def _text(name: str, *, null: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=null, server_default=None if default is None else text(f"'{default}'"))


def _time(name: str, *, null: bool = False, now: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null, server_default=_NOW if now else None)


def _number(name: str, *, null: bool = False, default: int | None = None) -> Column[int]:
    return Column(name, Integer, nullable=null, server_default=None if default is None else text(str(default)))


def _yes_or_no(name: str, default: bool) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text(str(default).lower()))


_EXTRA: dict[str, tuple[Any, ...]] = {
    "project": (_yes_or_no("is_published", False),),
    "claim": (
        Index("ix_claim_person", "project_id", "person_id", "state"),
        Index("ix_claim_task", "project_id", "task_id"),
        Index("ix_claim_made", "project_id", "made_at_us"),
        Index(
            "ix_claim_lease",
            *("project_id", "lease_until_us"),
            postgresql_where=text("state in ('leased', 'parked', 'recalled', 'returned')"),
        ),
    ),
    "annotation_set": (
        Index("ix_annotation_set_author", "project_id", "author_id"),
        Index("ix_annotation_set_model", "project_id", "task_id", postgresql_where=text("author_kind = 'model'")),
    ),
    # What claim needs to find the next open place by one index, in the order of a batch.
    "slot": (
        _text("stage", default="annotate"),
        _text("batch_id"),
        _number("rank", default=0),
        Index(
            "ix_slot_open",
            *("project_id", "stage", "batch_id", "rank", "task_id", "number"),
            postgresql_where=text("claim_id is null"),
        ),
        Index("ix_slot_claim", "project_id", "claim_id"),
    ),
    # Every policy asks for a person's own projects; this is the one question that crosses them.
    "membership": (Index("ix_membership_person", "person_id", "project_id", "role"),),
    "offer": (Index("ix_offer_person", "project_id", "person_id"),),
    "offer_rank": (Index("ix_offer_rank_person", "project_id", "person_id", "rank"),),
    "item": (Index("ix_item_batch", "project_id", "batch_id", "id"),),
    "item_state": (Index("ix_item_state_state", "project_id", "state", "changed_at_us"),),
    # What people settled last, however much the machine has settled since.
    "settlement": (
        Index(
            "ix_settlement_by_people",
            *("project_id", "made_at_us", "id"),
            postgresql_where=text("stands is true and settled_by != 'machine'"),
        ),
    ),
    "inquiry": (
        Index("ix_inquiry_asked", "project_id", "asked_by", "state"),
        Index("ix_inquiry_open", "project_id", "item_id", postgresql_where=text("state = 'open'")),
    ),
    "reruling": (
        Index(
            "ix_reruling_newest",
            *("project_id", "made_at_us"),
            postgresql_where=text("state in ('alike', 'differs', 'decided')"),
        ),
    ),
    # Transactions older than this one may have missed it; negative until that is known.
    "takedown": (Column("fence", BigInteger), UniqueConstraint("project_id", "number")),
    "told_ruling": (Index("ix_told_ruling_waits", "project_id", "item_id", postgresql_where=text("waits")),),
    "assignment": (Index("ix_assignment_person", "project_id", "person_id"),),
    "sampled": (Index("ix_sampled_drawn", "project_id", "item_id", postgresql_where=text("is_drawn")),),
    "escalation": (
        Index("ix_escalation_open", "project_id", "item_id", postgresql_where=text("closed_at_us is null")),
    ),
}

for _source in local.metadata.sorted_tables:
    # Only what both have: elements, bookmarks, what was heard and the journal stay in the local file.
    if _source.name in vars(local):
        _shared(_source, *_EXTRA.get(_source.name, ()))

RECORDED = ("records_played", "records_suggestions", "records_times", "records_looks")
"""What a project keeps of people unless it is switched off; ``keep_to_rules`` leaves out what is."""

invitation = Table(
    "invitation",
    metadata,
    Column("login", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("made_at_us", BigInteger, nullable=False, server_default=_NOW),
    Column("expires_at_us", BigInteger, nullable=False),
    ForeignKeyConstraint(["person_id"], ["person.id"]),
)
"""Logins that nobody has entered by yet: until ``accept_invitation`` they belong to no person."""

project_rules = _team(
    "project_rules",
    _text("see_others", default="never"),
    _text("show", default="never"),
    Column("lease_hours", Float, nullable=False, server_default=text("24")),
    Column("pack_days", Float, nullable=False, server_default=text("7")),
    _number("held_most", default=500),
    _yes_or_no("offline_media", True),
    _yes_or_no("offline_suggestions", True),
    *(_yes_or_no(name, True) for name in RECORDED),
    Column("sensitive_minutes", Float),
    key=(),
)
"""What the server itself must know of a project's newest version to decide who sees what; one row a project."""

item_need = _team(
    "item_need",
    _text("item_id"),
    _text("skill"),
    _number("level", default=1),
    ForeignKeyConstraint(["project_id", "item_id"], ["item.project_id", "item.id"]),
    key=("item_id", "skill"),
)

edit = _team(
    "edit",
    _text("set_id"),
    _text("id"),
    _text("author_id"),
    _text("device"),
    _number("device_seq"),
    Column("parents", JsonList(), nullable=False),
    _text("undoes", null=True),
    _number("format"),
    _number("project_version"),
    _time("elapsed_us"),
    _time("made_at_us"),
    Column("server_offset_us", BigInteger),
    Column("body", JsonObject(), nullable=False),
    _time("received_at_us", now=True),
    ForeignKeyConstraint(["project_id", "set_id"], ["annotation_set.project_id", "annotation_set.id"]),
    Index("ix_edit_author", "project_id", "author_id"),
    key=("set_id", "id"),
)
"""Append-only; the set leads the id, so that an Edit can neither collide with nor be probed against another's."""

set_snapshot = _team(
    "set_snapshot",
    _text("set_id"),
    _number("number"),
    _text("head", null=True),
    Column("body", JsonObject(), nullable=False),
    _text("digest"),
    _number("edits"),
    _time("made_at_us", now=True),
    ForeignKeyConstraint(["project_id", "set_id"], ["annotation_set.project_id", "annotation_set.id"]),
    key=("set_id", "number"),
)

set_fault = _team(
    "set_fault",
    _text("set_id"),
    _text("reason"),
    _time("made_at_us", now=True),
    ForeignKeyConstraint(["project_id", "set_id"], ["annotation_set.project_id", "annotation_set.id"]),
    key=("set_id",),
)
"""Sets whose Edits do not apply, with why: nothing is made of them until somebody has looked."""

suggestion = _team(
    "suggestion",
    _text("task_id"),
    _text("set_id"),
    Column("body", JsonObject(), nullable=False),
    _text("digest"),
    _time("made_at_us", now=True),
    _number("project_version", default=1),
    ForeignKeyConstraint(["project_id", "task_id"], ["task.project_id", "task.id"]),
    key=("task_id",),
)
"""What of the model's answer to a task may be shown, by a version of the project; ``read_suggestions`` hands it out."""

sight = _team(
    "sight",
    _text("item_id"),
    _text("person_id"),
    _time("since_us", now=True),
    key=("item_id", "person_id"),
)
"""Who has been shown others' work on an item: it is never given to them again to label."""

claim_from = _team(
    "claim_from",
    _text("person_id"),
    _text("stage"),
    _text("batch_id"),
    _number("rank"),
    _text("task_id"),
    key=("person_id", "stage", "batch_id"),
)
"""Where a person's plain search goes on: else every claim steps over all tasks the person has held."""

feed = _team(
    "feed",
    Column("id", BigInteger, Identity(), nullable=False),
    _text("audience"),
    Column("position", BigInteger),
    _text("kind"),
    _text("item_id", null=True),
    _text("subject_id", null=True),
    Index(
        "ix_feed_position",
        *("project_id", "audience", "position"),
        unique=True,
        postgresql_where=text("position is not null"),
    ),
    Index("ix_feed_unnumbered", "project_id", "id", postgresql_where=text("position is null")),
    key=("id",),
)
"""Small pointers to what changed for whom; positions are given after the commit, densely per audience."""

feed_head = _team("feed_head", _text("audience"), Column("last", BigInteger, nullable=False), key=("audience",))
feed_lock = _team("feed_lock", key=())

due = _team(
    "due",
    Column("id", BigInteger, Identity(), nullable=False),
    _text("item_id"),
    Index("ix_due_item", "project_id", "item_id"),
    key=("id",),
)
"""Items the coordinator has to look at; rows are only added, so that nobody who hands work in waits for it."""

unfolded = _team("unfolded", Column("id", BigInteger, Identity(), nullable=False), _text("set_id"), key=("id",))
"""Sets to which Edits were pushed since the worker looked last; rows are only added by those who push."""

moved = _team("moved", Column("id", BigInteger, Identity(), nullable=False), _text("task_id"), key=("id",))
"""Tasks that are otherwise given out since offers were made; rows are only added by those who change something."""

duty = _team("duty", _text("name"), _time("done_at_us"), _text("place", default=""), key=("name",))
"""What one worker at a time does for a whole project, when it was done last, and where to go on with it."""

look = _team(
    "look",
    _number("day"),
    _text("person_id"),
    _text("kind"),
    _time("at_us"),
    key=("day", "person_id", "kind"),
)
"""Who was shown figures of single people, by day; told by ``looks_at_people``."""

own_accuracy = _team(
    "own_accuracy",
    _text("person_id"),
    _time("at_us"),
    Column("body", JsonObject(), nullable=False),
    key=("person_id",),
)
"""How often each annotator met confirmed answers, as it stood some time ago; a row each, read by themselves alone."""

lot = _team("lot", _text("secret"), key=())
"""By what a project's lots are drawn; the worker's alone, or people could compute which of their tasks are audits."""

recount = _team("recount", Column("id", BigInteger, Identity(), nullable=False), _text("item_id"), key=("id",))
"""Items that were decided about since they were counted; rows are only added by those who decide."""

counted = _team("counted", _text("item_id"), Column("said", JsonObject(), nullable=False), key=("item_id",))
"""What each item is counted for in the figures."""

figure = _team(
    "figure",
    _text("name"),
    _text("part", default=""),
    _number("n"),
    Column("total", BigInteger, nullable=False, server_default=text("0")),
    _time("computed_at_us", now=True),
    key=("name", "part"),
)
"""Figures of the team as a whole, rolled up by the coordinator: how many, and the sum of their values in millionths."""

workstation = _team(
    "workstation",
    _text("person_id"),
    _text("copy_id"),
    _time("since_us"),
    _time("seen_us"),
    _number("done"),
    _yes_or_no("is_gone", False),
    key=("person_id", "copy_id"),
)
"""Every file of a workstation that knows the project, when it was seen last (the day), and which takedowns it did."""
