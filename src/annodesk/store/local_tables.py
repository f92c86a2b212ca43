"""Tables of the local file alone: elements, journal with outbox state, bookmarks, what was heard, figures, facts."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from annodesk.store.checked import BigInteger, Integer, JsonList, JsonObject, Text
from annodesk.store.tables import metadata

file_fact = Table(
    "file_fact",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

element = Table(
    "element",
    metadata,
    Column("set_id", Text, ForeignKey("annotation_set.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("start", BigInteger),
    Column("end", BigInteger),
    Column("body", JsonObject(), nullable=False),
    PrimaryKeyConstraint("set_id", "id"),
    sqlite_with_rowid=False,
)
"""One row per element as it stands; can be rebuilt from the journal."""

bookmark = Table(
    "bookmark",
    metadata,
    Column("id", Text, primary_key=True),
    Column("item_id", Text, ForeignKey("item.id"), nullable=False),
    Column("person_id", Text, nullable=False),
    Column("time_us", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("element_id", Text),
    Column("made_at_us", BigInteger, nullable=False),
    Index(None, "item_id", "person_id"),
)
"""Private to the person; they never leave the workstation."""

heard = Table(
    "heard",
    metadata,
    Column("set_id", Text, ForeignKey("annotation_set.id"), nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    PrimaryKeyConstraint("set_id", "start_us"),
    sqlite_with_rowid=False,
)
"""What of a task its author has played; it never leaves the workstation."""

journal = Table(
    "journal",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("project_id", Text, ForeignKey("project.id"), nullable=False),
    Column("set_id", Text, ForeignKey("annotation_set.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("device_seq", Integer, nullable=False),
    Column("parents", JsonList(), nullable=False),
    Column("undoes", Text),
    Column("format", Integer, nullable=False),
    Column("project_version", Integer, nullable=False),
    Column("elapsed_us", BigInteger, nullable=False),
    Column("made_at_us", BigInteger, nullable=False),
    Column("server_offset_us", BigInteger),
    Column("body", JsonObject(), nullable=False),
    Column("outbox", Text, nullable=False),
    UniqueConstraint("project_id", "set_id", "id"),
    Index(None, "set_id", "position"),
    Index("ix_journal_device_seq", "device", "device_seq"),
    Index("ix_journal_outbox", "outbox", "position"),
)
"""All Edits made or received on this workstation; ``outbox`` says whether the server has acknowledged a row."""

figure = Table(
    "figure",
    metadata,
    Column("project_id", Text, ForeignKey("project.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("computed_at_us", BigInteger, nullable=False),
    PrimaryKeyConstraint("project_id", "name", "part"),
    sqlite_with_rowid=False,
)
"""Figures rolled up: of a file that is alone its own, else the team's, as far as whoever works here may see them."""

recount = Table(
    "recount",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("item_id", Text, nullable=False),
)
"""Items that something happened to since they were counted."""

counted = Table(
    "counted",
    metadata,
    Column("item_id", Text, primary_key=True),
    Column("said", JsonObject(), nullable=False),
    sqlite_with_rowid=False,
)
"""What each item is counted for in the figures."""

request = Table(
    "request",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("claim_id", Text),
    Column("body", JsonObject(), nullable=False),
    Column("after_position", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("made_at_us", BigInteger, nullable=False),
    Index(None, "state"),
    Index(None, "claim_id"),
)
"""What the person did to their tasks that the server must be told of, in order; sent once the Edits up to
``after_position`` of the journal are there. Empty in a file that belongs to no shared database.
"""
