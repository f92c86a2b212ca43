"""Tables that the local file and the shared database have in common.

What an annotator must not know (slot numbers, overlap, ranks, item states, scores, escalations, reference items) has
tables of its own: hiding it never depends on leaving out a column.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    false,
    text,
    true,
)

from annodesk.model.annotations import AuthorKind
from annodesk.model.items import AssetType
from annodesk.model.work import (
    BatchState,
    Ending,
    InquiryState,
    ItemState,
    PrecedentSource,
    Reason,
    RerulingState,
    Role,
    SettledBy,
    SlotState,
    Stage,
)
from annodesk.store.checked import BigInteger, Float, Integer, JsonList, JsonObject, OneOf, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

HERE_ALONE = {"here alone": True}
"""What an index says of itself that only a workstation's file needs."""


def _id(name: str = "id") -> Column[str]:
    return Column(name, Text, primary_key=True)


def _to(target: str, *, null: bool = False) -> Column[str]:
    table = target.split(".")[0]
    return Column(f"{table}_id", Text, ForeignKey(target), nullable=null)


def _time(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null)


# What is worked on

project = Table("project", metadata, _id(), Column("name", Text, nullable=False, unique=True), _time("made_at_us"))

project_version = Table(
    "project_version",
    metadata,
    Column("project_id", Text, ForeignKey("project.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("file", Text, nullable=False),
    Column("guidelines", Text, nullable=False),
    Column("pictures", JsonObject(), nullable=False),
    Column("model_name", Text, nullable=False),
    Column("model_sha256", Text),
    _time("made_at_us"),
)

person = Table("person", metadata, _id(), _time("made_at_us"))

person_name = Table(
    "person_name",
    metadata,
    Column("person_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("login", Text, unique=True),
)

person_skill = Table(
    "person_skill",
    metadata,
    Column("person_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("skill", Text, primary_key=True),
    Column("level", Integer, nullable=False),
)

membership = Table(
    "membership",
    metadata,
    Column("project_id", Text, ForeignKey("project.id"), primary_key=True),
    Column("person_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("role", OneOf(Role), primary_key=True),
)

member_terms = Table(
    "member_terms",
    metadata,
    Column("project_id", Text, ForeignKey("project.id"), primary_key=True),
    Column("person_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("quota_a_day", Integer),
    _time("absent_until_us", null=True),
    Column("is_paused", Boolean, nullable=False, server_default=false()),
    Column("works_from", Integer),
    Column("works_to", Integer),
    Column("weekdays", Integer, nullable=False, server_default=text("127")),
    Column("utc_offset", Integer, nullable=False, server_default=text("0")),
)
"""What was agreed with a member: tasks a day, absence, the minutes of their own day and the days (bits from Monday) at
which they work; one who is paused is given nothing.
"""

declined = Table(
    "declined",
    metadata,
    Column("project_id", Text, ForeignKey("project.id"), primary_key=True),
    Column("person_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("category", Text, primary_key=True),
)
"""Kinds of sensitive content that a person does not work with: theirs to say, and nobody reads it but routing."""

batch = Table(
    "batch",
    metadata,
    _id(),
    _to("project.id"),
    Column("name", Text, nullable=False),
    Column("state", OneOf(BatchState), nullable=False),
    Column("is_pilot", Boolean, nullable=False, server_default=false()),
    Column("priority", Integer, nullable=False, server_default=text("0")),
    Column("needs", Text, nullable=False, server_default=""),
    _time("deadline_us", null=True),
    _time("passed_at_us", null=True),
    UniqueConstraint("project_id", "name"),
)
"""``passed_at_us``: when a manager passed a pilot, so that what was made after it is given out; ``needs``: skills, as
people write them (``medical:2, legal``)."""

item = Table(
    "item",
    metadata,
    _id(),
    _to("project.id"),
    _to("batch.id"),
    Column("key", Text, nullable=False),
    Column("duration_us", BigInteger, nullable=False),
    Column("metadata", JsonObject(), nullable=False),
    _time("made_at_us"),
    UniqueConstraint("project_id", "key"),
    CheckConstraint("duration_us >= 0", name="duration"),
)

asset = Table(
    "asset",
    metadata,
    _id(),
    _to("item.id"),
    Column("type", OneOf(AssetType), nullable=False),
    Column("role", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("offset_us", BigInteger, nullable=False),
    Column("root", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("sha256", Text),
    Column("quick_print", Text),
    Column("media", JsonObject(or_none=True)),
    Index(None, "item_id"),
    Index(None, "quick_print"),
)

task = Table(
    "task",
    metadata,
    _id(),
    _to("project.id"),
    _to("item.id"),
    Column("stage", OneOf(Stage), nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    _time("made_at_us"),
    UniqueConstraint("item_id", "stage", "start_us"),
    CheckConstraint("end_us >= start_us", name="stretch"),
)

annotation_set = Table(
    "annotation_set",
    metadata,
    _id(),
    _to("project.id"),
    _to("task.id"),
    Column("author_kind", OneOf(AuthorKind), nullable=False),
    Column("author_id", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("project_version", Integer, nullable=False),
    Column("head", Text),
    Column("brought_by", Text),
    _time("made_at_us"),
    UniqueConstraint("project_id", "task_id", "author_kind", "author_id", "round"),
)

submission = Table(
    "submission",
    metadata,
    Column("set_id", Text, ForeignKey("annotation_set.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("head", Text),
    Column("digest", Text, nullable=False),
    Column("is_late", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    _time("made_at_us"),
)

comment = Table(
    "comment",
    metadata,
    _id(),
    Column("set_id", Text, ForeignKey("annotation_set.id"), nullable=False),
    Column("author_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("time_us", BigInteger),
    Column("element_id", Text),
    Column("is_resolved", Boolean, nullable=False, server_default=false()),
    _time("made_at_us"),
    Column("text_at", BigInteger),
    Index(None, "set_id"),
)

# What a person sees of their own work

claim = Table(
    "claim",
    metadata,
    _id(),
    _to("project.id"),
    _to("task.id"),
    _to("person.id"),
    Column("set_id", Text, ForeignKey("annotation_set.id")),
    Column("state", OneOf(SlotState), nullable=False),
    Column("shows_suggestions", Boolean, nullable=False, server_default=true()),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("flag", Text, nullable=False, server_default=text("''")),
    Column("note", Text, nullable=False, server_default=text("''")),
    _time("lease_until_us", null=True),
    _time("pack_until_us", null=True),
    _time("made_at_us"),
    _time("changed_at_us"),
    UniqueConstraint("project_id", "person_id", "task_id"),
)

inquiry = Table(
    "inquiry",
    metadata,
    _id(),
    _to("project.id"),
    _to("item.id"),
    _to("task.id"),
    Column("asked_by", Text),
    Column("words", Text, nullable=False),
    Column("time_us", BigInteger),
    Column("element_id", Text),
    Column("place", Text, nullable=False, server_default=text("''")),
    Column("head", Text),
    Column("state", OneOf(InquiryState), nullable=False),
    Column("answer", Text, nullable=False, server_default=text("''")),
    Column("is_feedback", Boolean, nullable=False, server_default=true()),
    Column("answered_by", Text),
    _time("made_at_us"),
    _time("answered_at_us", null=True),
    Index(None, "item_id"),
)
"""Questions from inside a task, with the place they are about and the head that stood; its claim is parked meanwhile.

Nobody reads who asked, who answered, and the head; a workstation is told which of them are its own person's.
"""

view = Table(
    "view",
    metadata,
    Column("set_id", Text, ForeignKey("annotation_set.id"), primary_key=True),
    Column("suggestions_from_us", BigInteger),
    Column("independent_head", Text),
    Column("independent_until_us", BigInteger),
    Column("was_finished", Boolean, nullable=False, server_default=true()),
)
"""What a set's author has seen: suggestions since when, and the head that stood before any comparison or feedback.

``was_finished`` is false where that feedback came in the middle of the work, in answer to a question.
"""

told_ruling = Table(
    "told_ruling",
    metadata,
    _id(),
    _to("item.id"),
    _to("task.id"),
    Column("set_id", Text, ForeignKey("annotation_set.id"), nullable=False),
    _to("person.id"),
    Column("body", JsonObject(), nullable=False),
    Column("words", Text, nullable=False, server_default=text("''")),
    Column("is_final", Boolean, nullable=False, server_default=false()),
    _time("made_at_us"),
    _time("seen_at_us", null=True),
    _time("disputed_at_us", null=True),
    Column("objection", Text, nullable=False, server_default=text("''")),
    Column("waits", Boolean, nullable=False, server_default=false()),
    Index(None, "item_id"),
    Index(None, "waits", info=HERE_ALONE),
)
"""A place at which an analyst ruled otherwise than a person had labelled, told to that person alone and without names.

``waits`` says that nobody is there yet who could rule what was disputed.
"""

offer = Table(
    "offer",
    metadata,
    Column("task_id", Text, ForeignKey("task.id"), primary_key=True),
    Column("person_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    _time("computed_at_us"),
)

# What an annotator must not know

offer_rank = Table(
    "offer_rank",
    metadata,
    Column("task_id", Text, ForeignKey("task.id"), primary_key=True),
    Column("person_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("rank", Integer, nullable=False),
)

batch_plan = Table(
    "batch_plan",
    metadata,
    Column("batch_id", Text, ForeignKey("batch.id"), primary_key=True),
    Column("overlap", Integer),
    Column("escalate_below", Float),
    Column("unsure_below", Float),
    Column("model_sure_from", Float),
    Column("reference_below", Float),
    Column("unsure_first", Float),
)

task_plan = Table(
    "task_plan",
    metadata,
    Column("task_id", Text, ForeignKey("task.id"), primary_key=True),
    Column("overlap", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
)

assignment = Table(
    "assignment",
    metadata,
    Column("task_id", Text, ForeignKey("task.id"), primary_key=True),
    Column("person_id", Text),
    Column("is_paused", Boolean, nullable=False, server_default=false()),
    Column("by_person", Text, nullable=False),
    _time("made_at_us"),
)
"""What a manager said about one task: kept for a person (nobody else is given its free places), or paused."""

sampled = Table(
    "sampled",
    metadata,
    Column("item_id", Text, ForeignKey("item.id"), primary_key=True),
    Column("probability", Float, nullable=False),
    Column("is_drawn", Boolean, nullable=False),
    Column("how", Text, nullable=False),
    _time("made_at_us"),
)
"""How probable it was, over all draws so far, that an item would be drawn to be labelled, and whether it was.

Whoever estimates from drawn items weights each by one over its probability.
"""

slot = Table(
    "slot",
    metadata,
    _id(),
    _to("task.id"),
    Column("number", Integer, nullable=False),
    Column("shows_suggestions", Boolean, nullable=False),
    Column("claim_id", Text, ForeignKey("claim.id"), unique=True),
    UniqueConstraint("task_id", "number"),
)

item_state = Table(
    "item_state",
    metadata,
    Column("item_id", Text, ForeignKey("item.id"), primary_key=True),
    Column("state", OneOf(ItemState), nullable=False),
    _time("changed_at_us"),
)

settlement = Table(
    "settlement",
    metadata,
    _id(),
    _to("task.id"),
    Column("set_id", Text, ForeignKey("annotation_set.id"), nullable=False),
    Column("head", Text),
    Column("settled_by", OneOf(SettledBy), nullable=False),
    Column("stands", Boolean, nullable=False),
    _time("made_at_us"),
    Index(None, "task_id"),
)

reruling = Table(
    "reruling",
    metadata,
    Column("task_id", Text, ForeignKey("task.id"), primary_key=True),
    Column("first_set", Text, nullable=False),
    Column("first_head", Text),
    Column("second_set", Text),
    Column("second_head", Text),
    Column("state", OneOf(RerulingState), nullable=False),
    _time("made_at_us"),
)
"""Reviews that are ruled a second time, by somebody who does not know it."""

reference_item = Table(
    "reference_item",
    metadata,
    Column("item_id", Text, ForeignKey("item.id"), primary_key=True),
    Column("is_hidden", Boolean, nullable=False),
    Column("set_id", Text, ForeignKey("annotation_set.id")),
    Column("confirmed_by", Text),
    _time("made_at_us"),
    _time("suspended_at_us", null=True),
)
"""Items with a confirmed answer; one that too many missed is suspended until it is confirmed anew."""

precedent = Table(
    "precedent",
    metadata,
    _id(),
    _to("project.id"),
    Column("clause", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("source", OneOf(PrecedentSource), nullable=False),
    Column("words", Text, nullable=False),
    Column("labels", JsonList(), nullable=False),
    Column("quote", Text, nullable=False, server_default=text("''")),
    Column("clip", JsonObject(), nullable=False),
    Column("start_us", BigInteger),
    Column("end_us", BigInteger),
    Column("made_by", Text),
    _time("made_at_us"),
    Column("removed_by", Text),
    _time("removed_at_us", null=True),
    Index(None, "item_id"),
)
"""Rulings, and answers to questions, pinned to a clause of the guidelines.

``clip`` says what is needed to hear one, since whoever reads the guidelines need not have the item: there is no
reference to it.
"""

score = Table(
    "score",
    metadata,
    _id(),
    _to("item.id"),
    Column("task_id", Text, ForeignKey("task.id")),
    Column("scope", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("label", Text),
    Column("metric", Text, nullable=False),
    Column("set_a", Text),
    Column("set_b", Text),
    Column("head_a", Text),
    Column("head_b", Text),
    Column("value", Float),
    Column("n", Integer, nullable=False),
    Column("project_version", Integer, nullable=False),
    Column("code_version", Text, nullable=False),
    Column("is_current", Boolean, nullable=False),
    _time("made_at_us"),
    Index(None, "item_id"),
    # What people agree on least is found on the desk while it is drawn.
    Index("ix_score_worst", "part", "label", "scope", "value", info=HERE_ALONE),
)

tally = Table(
    "tally",
    metadata,
    Column("item_id", Text, ForeignKey("item.id"), primary_key=True),
    Column("part", Text, primary_key=True),
    Column("body", JsonObject(), nullable=False),
    _time("made_at_us"),
    Index(None, "part", "made_at_us"),
)
"""What was said on each part of an item that was scored, without who said it and in no words but the project's."""

promise = Table(
    "promise",
    metadata,
    _id(),
    _to("project.id"),
    Column("part", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("is_given", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("above", Float, nullable=False),
    Column("share", Float, nullable=False),
    Column("answers", Integer, nullable=False),
    _time("made_at_us"),
    _time("ended_at_us", null=True),
    Column("ending", OneOf(Ending)),
    _time("since_us", null=True),
    Column("audits", Integer, nullable=False, server_default=text("0")),
    Column("audits_right", Integer, nullable=False, server_default=text("0")),
)
"""Labels of a model that stand without a person, and what share of them was to be right at the least.

One that audits have fallen under has ended, with since when, and how many audits since were right.
"""

escalation = Table(
    "escalation",
    metadata,
    _id(),
    _to("item.id"),
    Column("task_id", Text, ForeignKey("task.id")),
    Column("reason", OneOf(Reason), nullable=False),
    Column("culprit", Text, nullable=False),
    Column("value", Float),
    Column("threshold", Float),
    Column("evidence", JsonObject(), nullable=False),
    _time("made_at_us"),
    _time("closed_at_us", null=True),
    Index(None, "item_id"),
)

state_change = Table(
    "state_change",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("subject", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("by", Text, nullable=False),
    _time("made_at_us"),
    Index(None, "subject_id"),
)
"""History of item and claim states, and of when an asset begins (subject ``asset``, ``asset-undo``, ``asset-redo``).

Rows are only ever added.
"""

takedown = Table(
    "takedown",
    metadata,
    Column("item_id", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("by_person", Text, nullable=False),
    _time("made_at_us"),
    _time("blanked_at_us", null=True),
)
"""Items whose content was taken down; of their words only those stay that stand in the project up to ``version``."""
