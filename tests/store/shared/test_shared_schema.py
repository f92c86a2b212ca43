"""The shared database is made whole or not at all, and a check says every difference from what it should be."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

from annodesk.errors import BusyError, StoreError
from annodesk.store import local_tables, security, shared, tables  # noqa: F401  (local tables register themselves)
from annodesk.store.private_server import PrivateServer
from annodesk.store.shared import SHARED_HEAD
from annodesk.store.shared_tables import GLOBAL, metadata
from tests.team import Team, made_database, new_database

ONLY_LOCAL = {"bookmark", "element", "file_fact", "heard", "journal", "request"}


@pytest.fixture(scope="module")
def made(postgres: PrivateServer) -> Iterator[Engine]:
    """A new shared database; tests put it back as it was."""
    with new_database(postgres) as (_, engine):
        with engine.begin() as db:
            shared.make(db)
        yield engine


@pytest.fixture
def aside(made: Engine) -> Iterator[Connection]:
    """The administrator's connection, on which nothing lasts."""
    with made.connect() as db:
        yield db
        db.rollback()


def differences(engine: Engine) -> list[str]:
    with engine.begin() as db:
        return shared.differences(db)


def test_the_migrations_make_the_tables_that_the_code_knows(made: Engine) -> None:
    with made.begin() as db:
        db.exec_driver_sql("set search_path = annodesk")
        found = compare_metadata(MigrationContext.configure(db), metadata)
    assert [one for one in found if "alembic_version" not in str(one)] == []


def test_the_head_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(shared.MIGRATIONS))
    assert scripts.get_heads() == [SHARED_HEAD]


def test_every_table_of_the_local_file_is_shared_but_those_that_stay_on_the_workstation() -> None:
    assert set(tables.metadata.tables) - set(metadata.tables) == ONLY_LOCAL


def test_every_shared_table_is_led_by_its_project() -> None:
    strays = {
        name
        for name, table in metadata.tables.items()
        if name not in (*GLOBAL, "project") and next(iter(table.primary_key.columns)).name != "project_id"
    }
    assert strays == set()


def test_every_index_begins_with_the_project() -> None:
    strays = {
        index.name
        for table in metadata.tables.values()
        for index in table.indexes
        if next(iter(index.columns)).name != "project_id"
    }
    assert strays == {"ix_membership_person"}, "by which a person's own projects are found"


LED = (*GLOBAL, "project", "alembic_version")
"""Tables without a project in front: of people, of projects themselves, and of the schema."""


def test_every_key_and_index_of_the_server_begins_with_the_project(made: Engine) -> None:
    with made.begin() as db:
        rows = db.exec_driver_sql(
            "select i.indexrelid::regclass::text, t.relname, i.indisunique, a.attname from pg_index i"
            " join pg_class t on t.oid = i.indrelid"
            " left join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]"
            " where t.relnamespace = 'annodesk'::regnamespace and t.relkind = 'r'"
        ).all()
    assert len(rows) > 50
    strays = {row[0] for row in rows if row[1] not in LED and row[3] != "project_id"}
    assert strays == {"annodesk.ix_membership_person"}
    assert not {row[0] for row in rows if row[0] in strays and row[2]}, "what is unique is so within its project"


def test_every_reference_stays_in_its_project(made: Engine) -> None:
    with made.begin() as db:
        rows = db.exec_driver_sql(
            "select c.conname, c.confrelid::regclass::text, a.attname, f.attname from pg_constraint c"
            " join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]"
            " join pg_attribute f on f.attrelid = c.confrelid and f.attnum = c.confkey[1]"
            " where c.contype = 'f' and c.connamespace = 'annodesk'::regnamespace"
        ).all()
    assert len(rows) > 50
    to_copied = {f"annodesk.{name}" for name in LED}
    assert {
        row[0] for row in rows if row[1] not in to_copied and (row[2], row[3]) != ("project_id", "project_id")
    } == set()


def test_no_function_reads_a_table_without_naming_its_project() -> None:
    led = "|".join(name for name in metadata.tables if name not in LED and name != "membership")
    strays = []
    for path in security.SQL.glob("*.sql"):
        if path.stem in ("catalog", "clean", "cluster"):
            continue
        for one in path.read_text("utf-8").split("create or replace function ")[1:]:
            reads = re.findall(rf'\b(?:from|join|update|delete from)\s+(?:annodesk\.)?"?({led})"?\b', one)
            if len(reads) > one.count("project_id"):
                strays.append(one.split("(")[0])
    assert strays == []


def test_a_new_database_is_as_it_should_be(made: Engine) -> None:
    assert differences(made) == []


def test_what_tests_copy_is_as_it_should_be(postgres: PrivateServer) -> None:
    with made_database(postgres) as (_, engine):
        assert differences(engine) == []


def test_making_it_again_changes_nothing(made: Engine) -> None:
    with made.begin() as db:
        assert shared.make(db) == SHARED_HEAD
    assert differences(made) == []


def test_a_check_leaves_nothing_behind(made: Engine) -> None:
    differences(made)
    with made.begin() as db:
        assert db.exec_driver_sql("select count(*) from pg_namespace where nspname = 'annodesk_check'").scalar() == 0


DRIFTS = {
    "a policy dropped": "drop policy select_annotator on annodesk.edit",
    "a policy widened": "alter policy select_annotator on annodesk.edit using (true)",
    "a policy added": "create policy more on annodesk.score for select to annodesk_annotator using (true)",
    "a column granted": "grant select (value) on annodesk.score to annodesk_annotator",
    "a table granted": "grant select on annodesk.slot to annodesk_annotator",
    "row level security switched off": "alter table annodesk.slot disable row level security",
    "row level security not forced": "alter table annodesk.slot no force row level security",
    "a function changed": "create or replace function annodesk.now_us() returns bigint volatile language sql return 1",
    "a function for everybody": "grant execute on function annodesk.release_all to public",
    "a function's search path reset": "alter function annodesk.claim reset search_path",
    "a function no longer of its owner": "alter function annodesk.claim security invoker",
    "a strange function": "create function annodesk.f() returns int language sql return 1",
    "a trigger": "create function public.t() returns trigger language plpgsql as 'begin return new; end';"
    "create trigger t before insert on annodesk.edit for each row execute function public.t()",
    "a view": "create view annodesk.all_edits as select * from annodesk.edit",
    "a column added": "alter table annodesk.edit add column mood text",
    "an index dropped": "drop index annodesk.ix_slot_open",
    "a constraint dropped": "alter table annodesk.claim drop constraint uq_claim_project_id_person_id_task_id",
    "a table given away": "alter table annodesk.edit owner to current_user",
    "temporary tables for everybody": "do $$ begin execute format('grant temp on database %I to public',"
    " current_database()); end $$",
    "the schema public opened": "grant create on schema public to public",
    "our schema opened": "grant create on schema annodesk to annodesk_annotator",
}


MENDED = [d for d in DRIFTS if d.split()[1] in ("policy", "column", "function", "row") and "strange" not in d]
"""What is put right by an upgrade; what somebody has added is left for a person to look at."""
MENDED.remove("a column added")


def run(db: Connection, statements: str) -> None:
    driver = db.connection.driver_connection
    assert driver is not None
    driver.execute(statements)


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_check_says_what_differs(aside: Connection, drift: str) -> None:
    run(aside, DRIFTS[drift])
    assert len(shared.differences(aside)) >= 1


@pytest.mark.parametrize("drift", MENDED)
def test_an_upgrade_mends_policies_and_grants(aside: Connection, drift: str) -> None:
    run(aside, DRIFTS[drift])
    shared.make(aside)
    assert shared.differences(aside) == []


def test_a_group_with_rights_of_its_own_is_said(aside: Connection) -> None:
    run(aside, "alter role annodesk_annotator bypassrls")
    assert "role annodesk_annotator has rights beyond its grants." in shared.differences(aside)


def test_a_person_who_may_be_the_owner_is_said(team: Team) -> None:
    with team.admin.connect() as db:
        run(db, f'grant annodesk_owner to "{team.login("ada")}"')
        assert any("belongs to annodesk_owner" in said for said in shared.differences(db))


def test_a_database_that_is_not_ours_is_not_upgraded(postgres: PrivateServer) -> None:
    with new_database(postgres) as (_, engine), engine.begin() as db:
        with pytest.raises(StoreError, match="holds no annodesk"):
            shared.make(db, upgrade_only=True)
        assert shared.differences(db) == ["This database holds no annodesk."]


def test_a_database_of_a_newer_annodesk_is_refused(aside: Connection) -> None:
    run(aside, "update annodesk.alembic_version set version_num = '9999'")
    with pytest.raises(StoreError, match="newer annodesk"):
        shared.make(aside)


def test_two_upgrades_never_run_at_once(made: Engine) -> None:
    with made.begin() as first:
        shared.make(first)
        with made.begin() as second, pytest.raises(BusyError, match="by somebody else"):
            shared.make(second)


def test_an_upgrade_gives_way_to_a_transaction_that_holds_a_table(
    made: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "_LOCK_TIMEOUT", "200ms")
    with made.begin() as holder:
        holder.exec_driver_sql("lock table annodesk.edit in access exclusive mode")
        with made.begin() as db, pytest.raises(BusyError, match="works on the tables"):
            shared.make(db)


def test_a_login_without_rights_is_told_so(team: Team) -> None:

    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: team.connect("ada", autocommit=False), poolclass=NullPool
    )
    with engine.begin() as db, pytest.raises(StoreError, match="may not make or upgrade"):
        shared.make(db)


def test_eight_people_claim_without_sharing_a_place(team: Team) -> None:
    claimed: list[tuple[str, str]] = []
    lock = threading.Lock()

    def work(name: str) -> None:
        with team.connect(name) as db:
            while row := db.execute("select task_id from annodesk.claim('project-one')").fetchone():
                with lock:
                    claimed.append((name, str(row[0])))

    workers = [threading.Thread(target=work, args=(name,)) for name in ("ada", "ben", "cleo", "ann", "max")]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert len(claimed) == len(set(claimed)) == 12
    assert {sum(task == t for _, t in claimed) for _, task in claimed} == {2}
