"""Roles, grants and row-level policies of the shared database: who reads and writes what, as data, and its SQL.

Every policy names its group; columns are granted by name, which also hides xmin and ctid; functions of the owner are
the only way to claim, hand in, recall, publish. What an annotator must not know is in tables they have no policy for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from annodesk.store.cells import WORK_ON, WORK_TIMES
from annodesk.store.shared_tables import GLOBAL, metadata

SCHEMA = "annodesk"
OWNER = "annodesk_owner"
ANNOTATOR, ANALYST, MANAGER, WORKER = "annodesk_annotator", "annodesk_analyst", "annodesk_manager", "annodesk_worker"
GROUPS = (ANNOTATOR, ANALYST, MANAGER, WORKER)
PEOPLE = (ANNOTATOR, ANALYST, MANAGER)

SQL = Path(__file__).resolve().parent / "sql"
VERSION_TABLE = "alembic_version"

LOGIN_SETTINGS = {
    "statement_timeout": "60s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "15s",
    "idle_session_timeout": "1h",
}
"""What add-user sets for a login: nobody's forgotten transaction holds up another."""

MOST_CONNECTIONS = 10


class Policy(Struct, frozen=True):
    """Rows of a table that one group may read (``columns``) or, with ``verb`` insert or update, write."""

    table: str
    group: str
    rows: str
    columns: tuple[str, ...] = ()
    verb: str = "select"

    @property
    def name(self) -> str:
        """Its name in the database."""
        return f"{self.verb}_{self.group.removeprefix('annodesk_')}"


ME = "(select annodesk.current_person())"


def _as(*roles: str, column: str = "project_id") -> str:
    names = ", ".join(f"'{role}'" for role in roles)
    return f"{column} = any ((select annodesk.projects_as({names}))::text[])"


_ROLE = {ANNOTATOR: "annotator", ANALYST: "analyst", MANAGER: "manager"}
_OPEN = "(select annodesk.blind_items())::text[]"
_CLOSED = "(select annodesk.closed_to_me())::text[]"


def _item_not_open(column: str = "item_id") -> str:
    return f"{column} <> all ({_OPEN})"


def _task_not_open(table: str) -> str:
    found = f"t.project_id = {table}.project_id and t.id = {table}.task_id and {_item_not_open('t.item_id')}"
    return f"(cardinality({_OPEN}) = 0 or exists (select from annodesk.task t where {found}))"


def _set_in_sight(table: str) -> str:
    found = f"s.project_id = {table}.project_id and s.id = {table}.set_id"
    return f"exists (select from annodesk.annotation_set s where {found})"


def columns_of(table: str, *left_out: str) -> tuple[str, ...]:
    """The names of a table's columns, without some."""
    return tuple(c.name for c in metadata.tables[table].columns if c.name not in left_out)


_OWN = {
    "item": "id = any ((select annodesk.my_items())::text[])",
    "asset": "item_id = any ((select annodesk.my_items())::text[])",
    "item_need": "item_id = any ((select annodesk.my_items())::text[])",
    "task": "id = any ((select annodesk.my_tasks())::text[])",
    "claim": f"person_id = {ME}",
    "offer": f"person_id = {ME}",
    "annotation_set": f"author_id = {ME} and author_kind = 'person'",
    "edit": f"author_id = {ME}",
    "submission": "set_id = any ((select annodesk.my_sets())::text[])",
    "view": "set_id = any ((select annodesk.my_sets())::text[])",
    "comment": "set_id = any ((select annodesk.my_sets())::text[])",
    "set_snapshot": "set_id = any ((select annodesk.my_sets())::text[])",
    "set_fault": "set_id = any ((select annodesk.my_sets())::text[])",
    "inquiry": "id = any ((select annodesk.my_inquiries())::text[])",
    "takedown": "item_id = any ((select annodesk.my_items())::text[])",
    "told_ruling": f"person_id = {ME}",
    "declined": f"person_id = {ME}",
    "own_accuracy": f"person_id = {ME}",
}
"""What everybody may read of a project they annotate: their own work, and what it is about."""

_TEAM = {
    "batch_plan": "true",
    "figure": "true",
    "promise": "true",
    "sampled": _item_not_open(),
    "assignment": _task_not_open("assignment"),
    "takedown": "true",
    "member_terms": "true",
    "item": _item_not_open("id"),
    **dict.fromkeys(("asset", "item_need", "item_state", "reference_item", "score", "escalation"), _item_not_open()),
    "inquiry": _item_not_open(),
    "task": _item_not_open(),
    **{name: _task_not_open(name) for name in ("task_plan", "slot", "settlement")},
    "reruling": f"state <> 'waiting' and {_task_not_open('reruling')}",
}
"""What analysts and managers read of their projects, apart from items they themselves have open to label."""

_UNSEEN = "annodesk.is_unseen_ruling(project_id, task_id, {0})"
"""Rulings that somebody else is to rule again, without knowing it; whoever asks has to know the ruling already."""

_ANALYSTS = {
    "suggestion": _task_not_open("suggestion"),
    "annotation_set": f"{_task_not_open('annotation_set')} and author_kind <> 'canary'"
    f" and (author_kind <> 'adjudicator' or author_id = {ME} or not {_UNSEEN.format('id')})",
    "claim": f"{_task_not_open('claim')} and (state <> 'submitted' or not {_UNSEEN.format('set_id')})",
    **{n: _set_in_sight(n) for n in ("edit", "submission", "view", "comment", "set_snapshot", "set_fault")},
    "sight": _item_not_open(),
}
"""What names authors or holders: a manager reads work by ``read_work``, where authors are letters."""

_CLAIM_IN_SIGHT = """exists (select from annodesk.claim c where c.project_id = state_change.project_id
 and c.id = state_change.subject_id)"""
"""A claim's history is read by whoever may read the claim."""

_FIVE = "project_id = any ((select annodesk.projects_of_five())::text[])"
_OF_GROUPS = {
    "figure": f"(name not in ('{WORK_ON}', '{WORK_TIMES}') or {_FIVE})",
    "score": f"scope <> 'reference' and (scope <> 'pair' or {_FIVE})",
}
"""What managers read of single sets and of what work takes is of groups; how one meets a reference is never theirs."""

_HIDDEN_FROM_ANNOTATORS = {"takedown": ("by_person", "fence")}
_HIDDEN_FROM_MANAGERS = {"reference_item": ("confirmed_by",)}
_HIDDEN_FROM_ALL = {
    "inquiry": ("asked_by", "answered_by", "head"),
    "precedent": ("made_by", "removed_by", "removed_at_us"),
}
"""A column granted to one group is granted to whoever is in it, and people are in several."""

_AUDIENCES = "position is not null and audience = any ((select annodesk.audiences(feed.project_id))::text[])"


def _reads() -> Iterator[Policy]:
    for group, role in _ROLE.items():
        everybody = {
            "project": _as(role, column="id"),
            **{name: _as(role) for name in ("project_version", "project_rules", "batch")},
            "precedent": f"{_as(role)} and removed_at_us is null and item_id <> all ({_CLOSED})",
            "feed": f"{_as(role)} and {_AUDIENCES}",
        }
        for table, rows in everybody.items():
            hidden = ("id",) if table == "feed" else _HIDDEN_FROM_ALL.get(table, ())
            yield Policy(table, group, rows, columns_of(table, *hidden))
        own = f"person_id = {ME}"
        team = f"person_id in (select m.person_id from annodesk.membership m where {_as(role, column='m.project_id')})"
        others = own if group == ANNOTATOR else f"({own} or {team})"
        yield Policy(
            "person", group, others.replace("person_id =", "id =", 1).replace("person_id in", "id in", 1), ("id",)
        )
        # An empty name says nothing, but that it is to be empty wherever it was mirrored.
        named = others if group == ANNOTATOR else f"({others} or name = '')"
        yield Policy("person_name", group, named, ("person_id", "name"))
        yield Policy("person_skill", group, others, columns_of("person_skill"))
        members = own if group == ANNOTATOR else f"({own} or {_as(role)})"
        yield Policy("membership", group, members, columns_of("membership"))
    yield Policy("member_terms", ANNOTATOR, f"person_id = {ME} and {_as('annotator')}", columns_of("member_terms"))
    for table, rows in _OWN.items():
        seen = columns_of(table, *_HIDDEN_FROM_ANNOTATORS.get(table, ()), *_HIDDEN_FROM_ALL.get(table, ()))
        yield Policy(table, ANNOTATOR, f"{_as('annotator')} and {rows}", seen)
    for table, rows in _TEAM.items():
        hidden = _HIDDEN_FROM_ALL.get(table, ())
        yield Policy(table, ANALYST, f"{_as('analyst')} and {rows}", columns_of(table, *hidden))
        seen = columns_of(table, *hidden, *_HIDDEN_FROM_MANAGERS.get(table, ()))
        if table in _OF_GROUPS:
            rows = f"{rows} and {_OF_GROUPS[table]}"
        yield Policy(table, MANAGER, f"{_as('manager')} and {rows}", seen)
    for table, rows in _ANALYSTS.items():
        mine = f"({_OWN[table]} or {rows})" if table in ("claim", "annotation_set", "edit") else rows
        yield Policy(table, ANALYST, f"{_as('analyst')} and {mine}", columns_of(table))


def _histories() -> Iterator[Policy]:
    seen = columns_of("state_change")
    known = f"subject = 'claim' and by in ({ME}, 'coordinator') and {_CLAIM_IN_SIGHT}"
    # Positions count what happens to everybody.
    yield Policy("state_change", ANNOTATOR, f"{_as('annotator')} and {known}", columns_of("state_change", "position"))
    about = f"case subject when 'claim' then {_CLAIM_IN_SIGHT} else {_item_not_open('subject_id')} end"
    yield Policy("state_change", ANALYST, f"{_as('analyst')} and {about}", seen)


def _writes() -> Iterator[Policy]:
    pushed = columns_of("edit", "received_at_us")
    said = columns_of("comment")
    own_set = f"author_id = {ME} and set_id = any ((select annodesk.my_sets())::text[])"
    for group, role in ((ANNOTATOR, "annotator"), (ANALYST, "analyst")):
        yield Policy("edit", group, f"{_as(role)} and {own_set}", pushed, "insert")
        # What is said of others' work comes with its return, by nobody's name.
        yield Policy("comment", group, f"{_as(role)} and {own_set}", said, "insert")
        reach = "set_id = any ((select annodesk.my_sets())::text[])" if group == ANNOTATOR else f"author_id = {ME}"
        yield Policy("comment", group, f"{_as(role)} and {reach}", ("is_resolved",), "update")


POLICIES: tuple[Policy, ...] = (*_reads(), *_histories(), *_writes())

APPEND_ONLY = ("edit", "submission", "state_change", "project_version", "lot")
"""Even the worker only adds to these."""

REPLACED = ("offer", "offer_rank", "suggestion", "due", "unfolded", "moved", "recount", "set_fault", "figure", "tally")
"""Only these rows are ever taken away by the worker: what is computed anew, and what it has done."""

NEVER_BY_WORKER = (
    *(
        "membership",
        "project",
        "member_terms",
        "declined",
        "assignment",
        "feed_lock",
        "sight",
        "takedown",
        "workstation",
        "look",
    ),
    *GLOBAL,
)
"""What the worker reads and does not write."""

_IN_PROJECT = "project_id = current_setting('annodesk.project', true)"

CALLS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("now_us", "current_person", "projects_as", "audiences", "number_feed"), GROUPS),
    **dict.fromkeys(("my_tasks", "my_items", "my_sets"), PEOPLE),
    **dict.fromkeys(("blind_items", "closed_to_me", "my_inquiries"), PEOPLE),
    **dict.fromkeys(("ask_question", "withdraw_question"), PEOPLE),
    **dict.fromkeys(("ask_about", "answer_question", "pin_precedent", "unpin_precedent"), (ANALYST, MANAGER)),
    "is_unseen_ruling": (ANALYST,),
    **dict.fromkeys(("pushed", "reclaim"), PEOPLE),
    **dict.fromkeys(("claim", "submit", "renew", "skip", "give_back", "recall", "resume", "unpack"), PEOPLE),
    **dict.fromkeys(("raise_flag", "note_view", "read_suggestions", "read_work", "set_terms"), PEOPLE),
    **dict.fromkeys(("see_rulings", "dispute"), (ANNOTATOR,)),
    **dict.fromkeys(("accept_invitation", "leave"), PEOPLE),
    **dict.fromkeys(("add_member", "remove_member", "make_project", "add_version"), (MANAGER,)),
    **dict.fromkeys(("remove_role", "set_skill", "make_annotator"), (MANAGER,)),
    **dict.fromkeys(("publish", "publish_names", "finish_publishing"), (MANAGER,)),
    **dict.fromkeys(("add_items", "place_asset", "offers_of", "set_batch"), (MANAGER,)),
    **dict.fromkeys(("record_draw", "assign_task", "reassign", "reassign_task", "pause_member"), (MANAGER,)),
    **dict.fromkeys(("set_hours", "set_declined"), PEOPLE),
    "note_look": (ANALYST, MANAGER),
    "looks_at_people": PEOPLE,
    "tasks_to_give": (MANAGER,),
    "first_feedback": (ANNOTATOR,),
    "waits_of": (ANALYST, MANAGER),
    "projects_of_five": (MANAGER,),
    **dict.fromkeys(("tallies_of", "tallies_of_batch", "affected_items"), (ANALYST, MANAGER)),
    **dict.fromkeys(("scored_between", "said_beside", "values_of", "counted_by"), (ANALYST, MANAGER)),
    **dict.fromkeys(("items_counted", "model_beside"), (ANALYST, MANAGER)),
    **dict.fromkeys(
        ("return_work", "confirm_reference", "retire_reference", "reopen", "claim_review"), (ANALYST, MANAGER)
    ),
    **dict.fromkeys(("free_expired", "tell", "release_all"), (WORKER,)),
    **dict.fromkeys(("check_in", "newest_takedown"), GROUPS),
    "blank_item": (MANAGER, WORKER),
    **dict.fromkeys(("take_down", "takedowns", "give_up_copy"), (MANAGER,)),
}
"""Functions a login may call; all others are for the owner's functions alone."""


def roles_sql(database: str) -> str:
    """Group roles, which only carry grants, and who may enter the database; run as the administrator."""
    names = ", ".join(f"'{name}'" for name in (OWNER, *GROUPS))
    groups = ", ".join(GROUPS)
    quoted = database.replace('"', '""')
    return f"""
do $$ declare r text; begin
  foreach r in array array[{names}] loop
    if not exists (select from pg_roles where rolname = r) then execute format('create role %I nologin', r); end if;
  end loop;
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant {OWNER} to %I', current_user);
  end if;
end $$;
revoke all on database "{quoted}" from public;
grant connect on database "{quoted}" to {groups};
revoke all on schema public from public;
create schema if not exists {SCHEMA} authorization {OWNER};
"""


def first_sql() -> str:
    """What tables need to be made: the database's clock."""
    return """
create or replace function annodesk.now_us() returns bigint volatile language sql
return (extract(epoch from clock_timestamp()) * 1000000)::bigint;
"""


def _own_sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def security_sql(tables: list[str]) -> str:
    """Functions, grants and policies of all tables there are, in place of whatever stood before; run as the owner."""
    parts = [
        "alter default privileges for role annodesk_owner revoke execute on functions from public",
        *(_own_sql(name) for name in ("who", "feed", "digest", "routing", "work", "leases", "judge", "people")),
        _own_sql("recording"),
        _own_sql("newcomers"),
        _own_sql("joining"),
        *(_own_sql(name) for name in ("managing", "given_out", "batches", "asking", "pinning")),
        _own_sql("takedown"),
        _own_sql("offering"),
        _own_sql("overview"),
        _own_sql("desk"),
        _own_sql("clean"),
        f"revoke all on schema {SCHEMA} from public",
        f"grant usage on schema {SCHEMA} to {', '.join(GROUPS)}",
    ]
    for table in sorted(tables):
        parts += [
            f'alter table annodesk."{table}" enable row level security',
            f'alter table annodesk."{table}" force row level security',
            f'create policy owner on annodesk."{table}" to {OWNER} using (true) with check (true)',
        ]
    parts += [*_worker_sql(), *_people_sql(), *_calls_sql()]
    parts += [
        f"grant select (version_num) on annodesk.{VERSION_TABLE} to {', '.join(GROUPS)}",
        f"create policy everybody on annodesk.{VERSION_TABLE} for select to {', '.join(GROUPS)} using (true)",
    ]
    return ";\n".join(part.strip().rstrip(";") for part in parts) + ";\n"


def _worker_sql() -> Iterator[str]:
    for table in metadata.tables:
        rows = "true" if table in (*GLOBAL, "project") else _IN_PROJECT
        verbs = ["select"]
        if table not in NEVER_BY_WORKER:
            verbs += ["insert"] if table in APPEND_ONLY else ["insert", "update"]
        if table in REPLACED:
            verbs.append("delete")
        # Membership is read across projects to find those that have work.
        rows = "true" if table == "membership" else rows
        yield f'grant {", ".join(verbs)} on annodesk."{table}" to {WORKER}'
        yield f'create policy worker on annodesk."{table}" to {WORKER} using ({rows}) with check ({rows})'


def _people_sql() -> Iterator[str]:
    for one in POLICIES:
        columns = ", ".join(f'"{name}"' for name in one.columns)
        clause = {"select": "using ({0})", "insert": "with check ({0})", "update": "using ({0}) with check ({0})"}
        yield f'grant {one.verb} ({columns}) on annodesk."{one.table}" to {one.group}'
        rows = clause[one.verb].format(one.rows)
        yield f'create policy {one.name} on annodesk."{one.table}" for {one.verb} to {one.group} {rows}'


def _calls_sql() -> Iterator[str]:
    for name, groups in CALLS.items():
        yield f"grant execute on function annodesk.{name} to {', '.join(groups)}"
