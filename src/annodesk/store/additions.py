"""What was added to the shared tables since they were first made, in ways of which older programs need not know.

A revision is what every workstation compares with its own, and another one shuts it out until it is updated. So what is
only added (columns with defaults, tables) is no revision: it is made by ``server upgrade`` wherever it is missing, and
programs made before go on.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

_SQL = """
alter table project_rules
  add column if not exists records_played boolean not null default true,
  add column if not exists records_suggestions boolean not null default true,
  add column if not exists records_times boolean not null default true,
  add column if not exists records_looks boolean not null default true,
  add column if not exists sensitive_minutes double precision;
create table if not exists look (
  project_id text not null default current_setting('annodesk.project', true),
  day integer not null, person_id text not null, kind text not null, at_us bigint not null,
  constraint pk_look primary key (project_id, day, person_id, kind),
  constraint fk_look_project_id foreign key (project_id) references project (id));
create index if not exists ix_told_ruling_waits on told_ruling (project_id, item_id) where waits;
-- A function that takes more now stands beside the one that took less, and a call would not know which is meant.
drop function if exists add_version(text, text, text, json, text, text, text, text, float8, float8, boolean, boolean);
"""
_ONCE = """
-- Whoever has taken other work has had their first tasks.
insert into claim_from (project_id, person_id, stage, batch_id, rank, task_id)
  select distinct project_id, person_id, '', '', 1, '' from claim
  on conflict (project_id, person_id, stage, batch_id) do update set rank = 1;
-- What is left of each batch was not counted before.
insert into recount (project_id, item_id) select project_id, id from item;
"""
_IS_THERE = """
select exists (select from pg_attribute where attrelid = to_regclass('project_rules') and attname = 'records_played')
"""
_NEWEST = "select distinct on (project_id) project_id, file from project_version order by project_id, version desc"
_TAKE_OVER = (
    "update project_rules set records_played = :played, sensitive_minutes = :minutes where project_id = :project"
)


def add_what_is_missing(db: Connection) -> None:
    """Bring the tables of the schema that is searched up to what the program knows; run as its owner."""
    is_there = db.execute(text(_IS_THERE)).scalar()
    db.execute(text(_SQL))
    if not is_there:
        db.execute(text(_ONCE))
        for values in _said_so_far(db):
            db.execute(text(_TAKE_OVER), values)


def _said_so_far(db: Connection) -> Iterator[dict[str, Any]]:
    """What the newest files of projects say already: until then only people's own programs kept to it."""
    for project_id, file in db.execute(text(_NEWEST)).all():
        try:
            said = tomllib.loads(file)
            played = bool(said.get("prelabel", {}).get("record_played", True))
            minutes = said.get("workflow", {}).get("sensitive_minutes_a_day")
            yield {"project": project_id, "played": played, "minutes": None if minutes is None else float(minutes)}
        except (ValueError, TypeError, AttributeError, RecursionError):
            continue  # what cannot be read was never heeded
