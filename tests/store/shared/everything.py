"""All that people, workers, the administrator and the server's functions ask of a shared database, asked once or more.

Where the program itself can be made to ask, it asks; what it asks only after a mishap is taken from its source.
"""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Json

import annodesk
from annodesk.model.work import Role
from annodesk.services import joining, server
from annodesk.services.overview import Overview
from annodesk.services.publishing import publish
from annodesk.services.team_people import TeamPeople
from annodesk.services.worker import Worker
from annodesk.store import answered, batches, canary, remote, sampled, settled, tasks, todo
from annodesk.store.link import Link
from annodesk.sync.round import run_round
from tests.services.made import make_house
from tests.store.shared import plans
from tests.sync.computers import Computer, computer
from tests.team import PASSWORD, PROJECT, Team, edit_json

_QUESTION = {"id": "q1", "words": "which?", "time_us": 5, "place": "here"}
_SQL = re.compile(r"\s*(select|insert|update|delete|with)\b", re.IGNORECASE)


@functools.cache
def written_statements() -> dict[str, str]:
    """Every statement that stands as text in the program, with the file it stands in; those put together are not."""
    root = Path(annodesk.__file__).parent
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        parts = {id(part) for one in ast.walk(tree) if isinstance(one, ast.JoinedStr) for part in ast.walk(one)}
        for node in ast.walk(tree):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts
            if is_text and _SQL.match(node.value) and re.search(r"annodesk\.\w", node.value):
                found[node.value] = str(path.relative_to(root))
    return found


def as_asked(statement: str) -> re.Pattern[str]:
    """What a statement of the program looks like to the server, which sees numbers for its values."""
    parts = re.split(r"%s|:\w+(?!:)\b", " ".join(statement.split()).replace("::", "\0"))
    return re.compile(r"\$\d+(::\w+)?".join(re.escape(part.replace("\0", "::")) for part in parts))


def play_everything(team: Team, folder: Path) -> None:
    """The script."""
    _desks(team, folder)
    _functions(team)
    _judging(team)
    _takedown(team)
    _people(team, folder)
    _mishaps(team)
    house = make_house(folder)
    try:
        publish(house.services.file, house.project_id, _place(team, "max"))
    finally:
        house.services.close()
    Worker(_place(team, "work")).once()
    _canary(team)
    _teaching(team)
    _drawing(team)


def _canary(team: Team) -> None:
    """What a worker asks of a project's canary, on the tables that are large."""
    address = _place(team, "work")
    with remote.writing(remote.open_shared(address), address) as db:
        todo.begin(db, PROJECT)
        found, _ = todo.tasks_after(db, "", 100)
        canary.answered(db, PROJECT, "key", among=found)
        canary.answered(db, PROJECT, "key", most=canary.MOST_COMPARED)
        canary.keep_sums(db, "key", {"old": (20, 5), "new": (20, 6), "squares": (20, 1)})
        canary.keep_sums(db, "key", {})


def _teaching(team: Team) -> None:
    """What of a project may teach its model, as a worker looks it up."""
    address = _place(team, "work")
    with remote.writing(remote.open_shared(address), address) as db:
        todo.begin(db, PROJECT)
        found = settled.newest_by_people(db, PROJECT, 1_000)
        some = found[:200]
        settled.hidden_among(db, some)
        settled.settled_among(db, some)
        settled.held_among(db, some)
        settled.standing(db, [task.id for item_id in some[:20] for task in tasks.tasks_of_item(db, item_id)])


def _drawing(team: Team) -> None:
    """What a worker asks where a batch goes by draws: of its large batch some pages, and a draw."""
    address = _place(team, "work")
    with remote.writing(remote.open_shared(address), address) as db:
        todo.begin(db, PROJECT)
        for after in ("", "i5"):
            page = batches.items_after(db, PROJECT, f"b-{PROJECT}", after, 100)
            before = sampled.known(db, PROJECT, among=page)
            answered.unbegun(db, PROJECT, page)
            answered.newest_of(db, PROJECT, page)
        sampled.record(db, dict.fromkeys(page, 0.5), page[:1], "unsure first", 1, before=before)
        todo.put_before(db, page)


def _place(team: Team, name: str) -> remote.Address:
    return remote.read_address(team.server.url(team.login(name), team.database)).with_password(PASSWORD)


def _admin(team: Team) -> remote.Address:
    return remote.read_address(team.server.url(database=team.database))


# Workstations


def _desks(team: Team, folder: Path) -> None:
    with computer(team, "ada", folder) as ada, computer(team, "ben", folder) as ben:
        ada.sync()
        ben.sync()
        task = ada.take()
        for desk in (ada, ben):
            desk.services.sync.ask_for_task()
            desk.sync()
        ada.finish(task)
        if task in ben.states():
            ben.finish(task)
            ben.sync()
        ada.sync()
        _requests(ada)
    for name in ("ann", "ana", "max", "moe"):
        with computer(team, name, folder) as desk:
            _some_pages(team, desk, thorough=name != "moe")
            if name in ("ann", "ana"):
                desk.services.sync.ask_for_task("review")
            if name == "ann":
                desk.services.sync.ask_for_task()
            _some_pages(team, desk)
            _some_pages(team, desk)


def _some_pages(team: Team, desk: Computer, *, thorough: bool = False) -> None:
    """A round that brings a part of what the person mirrors."""
    link = Link(_place(team, desk.name))
    try:
        run_round(desk.services.file, link, desk.clock, thorough=thorough, pages=2)
    finally:
        link.close()


def _requests(desk: Computer) -> None:
    """What a person does to tasks beside finishing them."""
    tasks = desk.services.tasks
    for act in (
        lambda set_id: tasks.skip(set_id, "no sound"),
        lambda set_id: tasks.flag(set_id, "odd", "look"),
    ):
        task = desk.take()
        act(desk.open(task).set_id)
        desk.sync()
    held = [task for task, state in desk.states().items() if state.value == "leased"]
    work = desk.finish(held[0]) if held else desk.finish(desk.take())
    desk.sync()
    tasks.recall(work.set_id)
    desk.sync()


# Functions, as the program calls them and as anybody may


def _functions(team: Team) -> None:
    with team.connect("cleo") as db:
        # More often than a plan is made anew for its values.
        held = [_claim(db) for _ in range(10)]
        for claim in held[:6]:
            one = edit_json()
            db.execute("select annodesk.submit(%s, %s, %s, 'd', %s)", (PROJECT, claim[0], one["id"], Json([one])))
            db.execute("select annodesk.number_feed(%s)", (PROJECT,))
        for call, *more in (
            ("recall", ()),
            ("resume", ()),
            ("raise_flag", ("why", "words")),
            ("note_view", (None,)),
            ("read_suggestions", ()),
            ("ask_question", (Json(_QUESTION),)),
            ("withdraw_question", ("q1",)),
            ("skip", ("why", "words")),
        ):
            values = [PROJECT, held[0][0], *(more[0] if more else ())]
            db.execute(f"select annodesk.{call}({', '.join(['%s'] * len(values))})".encode(), values)
        some = [held[6][0], held[7][0]]
        for begin, *values in (
            ("select annodesk.renew(%s, %s, %s)", some, 3),
            ("select annodesk.renew(%s, %s)", some),
            ("select lease_hours from annodesk.project_rules",),
            ("select id, lease_until_us from annodesk.claim", some),
            ("select claim_id from annodesk.claim(%s)",),
            ("select annodesk.unpack(", held[6][0]),
            ("select * from annodesk.read_suggestions(", held[7][0]),
            ("select annodesk.note_view(", held[7][0], None),
            ("select annodesk.ask_question(", held[7][0], Json(_QUESTION | {"id": "q2"})),
            ("select annodesk.give_back(%s, array[%s])", held[6][0]),
            ("select annodesk.give_back(%s, array[%s], true)", held[8][0]),
            ("select annodesk.give_back(%s, %s)", [held[9][0]]),
        ):
            _say(team, "cleo", begin, PROJECT, *values)
        _say(team, "ana", "select annodesk.answer_question(", PROJECT, "q2", "no", True)
        _say(team, "max", "select annodesk.ask_about(", PROJECT, "i1", Json(_QUESTION | {"id": "q3"}))
        _say(team, "ana", "select annodesk.answer_question(", PROJECT, "q3", "no", True)
        _say(team, "ana", "select count(*) filter (where state = 'alike')", PROJECT, 500)
        db.execute("select annodesk.read_work(%s, 'i1')", (PROJECT,))
        db.execute("select annodesk.pushed(%s, %s)", (PROJECT, [held[7][2]]))
        db.execute("select annodesk.set_terms(%s, %s, null, null)", (PROJECT, team.people["cleo"]))
        for table in ("person_skill", "state_change", "feed", "offer", "set_fault", "item_need", "project_rules"):
            columns = "audience, position" if table == "feed" else "project_id"
            columns = "person_id" if table == "person_skill" else columns
            where = "" if table == "person_skill" else f"where project_id = '{PROJECT}'"
            where += f" and subject_id = '{held[7][0]}'" if table == "state_change" else ""
            where += f" and audience = '{team.people['cleo']}' and position > 5" if table == "feed" else ""
            where += " and item_id = 'i1'" if table == "item_need" else ""
            db.execute(f"select {columns} from annodesk.{table} {where}".encode())
        db.execute("select annodesk.leave(%s)", (PROJECT,))


def _claim(db: psycopg.Connection[Any], stage: str = "annotate") -> tuple[Any, ...]:
    found = db.execute("select * from annodesk.claim(%s, %s)", (PROJECT, stage)).fetchone()
    assert found is not None
    return tuple(found)


def _judging(team: Team) -> None:
    with team.connect("ana") as db:
        _claim(db, "review")
        chosen = _a_free_review(team)
        for _ in range(2):
            _say(team, "ana", "select * from annodesk.claim_review(", PROJECT, chosen)
        _say(team, "ana", "select c.task_id, c.set_id from annodesk.claim c", PROJECT, ["T20", "T21"])
        _say(team, "ana", "select w.task_id, w.set_id, w.author_kind", ["i20", "i21"], PROJECT)
        for item in ("i5", "i60000"):
            db.execute("select annodesk.read_work(%s, %s)", (PROJECT, item))
        _say(team, "ana", "select annodesk.return_work(", PROJECT, _a_set_to_return(team), "again", "[]")
        _say(team, "ana", "select s.item_id, i.key, s.changed_at_us", PROJECT, 500)
        _say(team, "ana", "select i.item_id, c.scope, c.part", PROJECT, 2000, PROJECT, 2000)
        _say(team, "ana", "select made_at_us, body from annodesk.tallies_of(", PROJECT, "\tmodel", 5000)
        _say(team, "ana", "select id, part, label, is_given", PROJECT)
        _say(team, "ana", "select id, key, duration_us, metadata", PROJECT, ["key 20", "key 21"])
        _say(team, "ana", "select item_id, probability, is_drawn", PROJECT, ["i20", "i21"])
        _say(team, "ana", "select k.item_id, bool_and(", PROJECT, ["i20", "i21"])
    pinned = {"id": "n1", "clause": "3.2", "item_id": "i9", "source": "ruling", "words": "host-read", "labels": []}
    _say(team, "ana", "select annodesk.pin_precedent(", PROJECT, Json(pinned))
    _say(team, "ana", "select annodesk.unpin_precedent(", PROJECT, "n1")
    with team.administrator() as db:
        db.execute(plans.SAY_NOTHING)
        db.execute("update annodesk.settlement set settled_by = 'adjudication' where task_id = 'T7'")
    _say(team, "ana", "select annodesk.confirm_reference(", PROJECT, "i7", True)
    listed = "select r.item_id, i.key, r.is_hidden, r.made_at_us, r.suspended_at_us,"
    _say(team, "ana", f"{listed} a.project_version", PROJECT, 2_000)
    _say(team, "max", f"{listed} null::integer as project_version", PROJECT, 2_000)
    _say(team, "ana", "select annodesk.retire_reference(", PROJECT, "i7")
    some = [f"i{n}" for n in range(0, 500, 10)]
    for begin, *values in (
        ("select s.item_id as id, i.key, s.state", PROJECT, "settled", 2_000),
        ("select k.item_id, c.task_id, c.person_id, c.set_id", PROJECT, some),
        ("select distinct on (b.set_id) b.set_id, b.body", *_handed_in(team, 50), PROJECT),
        ("select item_id, is_hidden, set_id, made_at_us", PROJECT, 2_000),
        ("select s.item_id, e.made_at_us", PROJECT, 2_000),
        ("select k.item_id, k.id as task_id, i.batch_id", some, [None for _ in some], [2**62 for _ in some], PROJECT),
    ):
        _say(team, "ana", begin, *values)
    _hearing(team, some)
    _own_accuracy(team)
    _disputing(team)
    team.call("moe", "select annodesk.read_work(%s, 'i9')", PROJECT)
    for name in ("moe", "ana"):
        with Overview(_place(team, name)) as overview:
            overview.status(PROJECT)
            overview.today(PROJECT)
            overview.queue(PROJECT)
            if name == "moe":
                overview.queue(PROJECT, team.people["ada"])
        _say(team, name, "select made_at_us, body from annodesk.tallies_of(", PROJECT, "content", 5_000)
        of_batch = "select made_at_us, body from annodesk.tallies_of_batch("
        _say(team, name, "select item_id, key, made_at_us, is_affected", PROJECT, "content", "music", 2, 0, "")
        _say(team, name, of_batch, PROJECT, f"b-{PROJECT}", "content", 5_000)
    items, tasks = [f"i{n}" for n in range(20, 120)], [f"T{n}" for n in range(20, 120)]
    for name in ("moe", "ana"):
        for begin, *values in (
            ("select id, key from annodesk.item where project_id = %s and id > %s", "i5", 100),
            ("select id, item_id, start_us from annodesk.task", items, "annotate"),
            ("select task_id, set_id, head, settled_by from annodesk.settlement", tasks),
            ("select item_id from annodesk.item_state where project_id = %s and item_id = any(%s)", items),
        ):
            _say(team, name, begin, PROJECT, *values)
    _say(team, "moe", "select annodesk.reopen(", PROJECT, "i11", "odd")
    item = {"id": "i-new", "batch_id": f"b-{PROJECT}", "key": "new", "duration_us": 5, "metadata": {}}
    _say(team, "moe", "select annodesk.add_items(", PROJECT, Json({"item": [item]}))
    _say(team, "moe", "select annodesk.place_asset(", PROJECT, "second", 5)
    batch = {"id": "b-new", "name": "new", "state": "open", "priority": 0, "overlap": 1}
    for said in (
        batch,
        batch | {"overlap": 2, "priority": 3, "unsure_first": 0.2, "needs": "medical:2"},
        batch | {"state": "closed"},
    ):
        _say(team, "moe", "select annodesk.set_batch(", PROJECT, Json(said))
    for name, function, *values in (
        ("moe", "assign_task", "T901", team.people["max"], False),
        ("moe", "pause_member", team.people["max"], False),
        ("moe", "reassign", _a_claim_held(team), team.people["max"]),
        ("moe", "reassign_task", _a_task_held(team), team.people["max"]),
        ("max", "set_hours", team.people["max"], 0, 1440, 127, 0),
        ("max", "set_declined", ["violence"]),
        ("ana", "note_look", "who takes what for what"),
    ):
        team.call(name, f"select annodesk.{function}(%s, {', '.join(['%s'] * len(values))})", PROJECT, *values)
    _say(team, "ada", "select name, kind, at_us from annodesk.looks_at_people", PROJECT)
    _say(team, "ada", "select body, still_to_come from annodesk.first_feedback", PROJECT, _a_claim_of(team, "ada"))
    drawn = [{"item_id": "i901", "probability": 0.5, "is_drawn": True}]
    _say(team, "moe", "select annodesk.record_draw(", PROJECT, Json(drawn), "random")
    _say(team, "moe", "select item_id from annodesk.sampled", PROJECT)
    for which in ("all", "held", "said"):
        _say(team, "moe", "select * from annodesk.tasks_to_give(", PROJECT, which, "2", "", 200)
    _say(team, "moe", "select m.person_id, array_agg(m.role) as roles", PROJECT)
    _say(
        team,
        "moe",
        "select person_id, skill, level from annodesk.person_skill where person_id = any",
        [team.people["ada"]],
    )
    _say(team, "moe", "select person_id, quota_a_day, absent_until_us, is_paused", PROJECT)
    _say(team, "ada", "select reason from annodesk.offer", PROJECT, "T20", team.people["ada"])
    _say(team, "ada", "select category from annodesk.declined", PROJECT, team.people["ada"])
    with team.connect("work") as db:
        db.execute("select set_config('annodesk.project', %s, false)", (PROJECT,))
        db.execute("select annodesk.free_expired(%s, 10)", (PROJECT,))
        db.execute("select annodesk.release_all(%s, %s)", (PROJECT, team.people["cleo"]))


def _hearing(team: Team, some: list[str]) -> None:
    """What the desk asks of what was said, and of figures by a field of the metadata."""
    for name in ("moe", "ana"):
        # No program of today asks it.
        team.call(name, "select item_id from annodesk.scored_between(%s, %s, 0, 500)", PROJECT, "content")
        for begin, *values in (
            ("select s.item_id as id, i.key from (select", PROJECT, 2_000),
            ("select id, key from annodesk.item where project_id = %s and id in", PROJECT, some),
            ("select item_id as id from annodesk.item_state", PROJECT, some),
            ("select %s = any (annodesk.projects_of_five())", PROJECT),
            (
                "select item_id, next_item from annodesk.items_counted(",
                PROJECT,
                "handed in on",
                0,
                86_400_000_000,
                [],
                None,
                "",
                "",
                None,
                5_000,
            ),
            (
                "select item_id, next_item from annodesk.items_counted(",
                PROJECT,
                "waits by reason",
                None,
                None,
                ["audit"],
                None,
                "duration",
                "1 to 10 min",
                "i5",
                5_000,
            ),
            ("select task_id, set_id, body from annodesk.model_beside(", PROJECT, some),
            ("select * from annodesk.said_beside(", PROJECT, some, False),
            ("select * from annodesk.said_beside(", PROJECT, some, True),
            ("select id, key, metadata, duration_us", PROJECT, "i5"),
            ("select id, type, role, position, offset_us", PROJECT, "i5"),
            ("select metadata from annodesk.item", PROJECT, 500),
            ("select id, metadata, duration_us", PROJECT, some),
            ("select item_id from annodesk.reference_item", PROJECT, 2_000),
            ("select value, items, last_item", PROJECT, "language", "i5", 5_000),
            ("select value, figure, n, total", PROJECT, "duration", ["1 to 10 min"], ["items"], "i5", 5_000),
        ):
            _say(team, name, begin, *values)


def _own_accuracy(team: Team) -> None:
    _say(team, "ada", "select body from annodesk.own_accuracy", PROJECT, team.people["ada"])


def _takedown(team: Team) -> None:
    for name, begin, *values in (
        ("moe", "select id from annodesk.project where id = %s or name", PROJECT, PROJECT),
        ("moe", "select id from annodesk.item where project_id = %s and (id", PROJECT, "i13", "k00000013", "i13"),
        ("moe", "select annodesk.take_down(", PROJECT, "i13"),
        ("moe", "select annodesk.blank_item(", PROJECT, "i13"),
        ("moe", "select string_agg(file,"),
        ("ada", "select item_id, number, version, made_at_us from annodesk.takedown where project_id = %s and number",
         PROJECT, 0),
        ("ada", "select item_id, number, version, made_at_us from annodesk.takedown where project_id = %s and item_id",
         PROJECT, ["i13", "i14"]),
        ("moe", "select annodesk.check_in(", PROJECT, "copy", 0),
        ("moe", "select * from annodesk.takedowns(", PROJECT),
        ("moe", "select annodesk.give_up_copy(", PROJECT, "copy"),
        ("cleo", "select w.task_id, w.set_id, w.letter", ["i1", "i2"], PROJECT),
    ):  # fmt: skip
        _say(team, name, begin, *values)


def _disputing(team: Team) -> None:
    with team.administrator() as db:
        db.execute(plans.SAY_NOTHING)
        db.execute("update annodesk.settlement set settled_by = 'adjudication' where task_id = 'T9'")
        db.execute(
            "insert into annodesk.task (project_id, id, item_id, stage, start_us, end_us, made_at_us)"
            " select project_id, 'R9', 'i9', 'review', start_us, end_us, 1 from annodesk.task where id = 'T9'"
        )
        db.execute(
            "insert into annodesk.told_ruling (project_id, id, item_id, task_id, set_id, person_id, body, made_at_us)"
            " select s.project_id, 'told', 'i9', 'T9', s.id, %s, '{}', 2 from annodesk.annotation_set s"
            " where s.task_id = 'T9' and s.author_kind = 'person' limit 1",
            (team.people["ada"],),
        )
    _say(team, "ada", "select annodesk.see_rulings(", PROJECT, ["told"])
    _say(team, "ada", "select annodesk.dispute(", PROJECT, "told", "odd")
    _say(team, "ada", "update annodesk.comment set is_resolved", True, PROJECT, "cC5-1")


def _a_free_review(team: Team) -> str:
    with team.administrator() as db:
        db.execute(plans.SAY_NOTHING)
        found = db.execute(
            "select max(task_id) from annodesk.slot where stage = 'review' and claim_id is null"
        ).fetchone()
    assert found is not None
    return str(found[0])


def _a_set_to_return(team: Team) -> str:
    with team.administrator() as db:
        db.execute(plans.SAY_NOTHING)
        found = db.execute(
            "select c.set_id from annodesk.claim c join annodesk.task t on t.id = c.task_id and t.stage = 'annotate'"
            " join annodesk.item_state s on s.item_id = t.item_id and s.state = 'open'"
            " where c.state = 'submitted' and c.person_id like 'p%' limit 1"
        ).fetchone()
    assert found is not None
    return str(found[0])


def _a_claim_held(team: Team) -> str:
    with team.administrator() as db:
        db.execute(plans.SAY_NOTHING)
        found = db.execute(
            "select id from annodesk.claim where state = 'leased' and person_id not like 'p%' limit 1"
        ).fetchone()
    assert found is not None
    return str(found[0])


def _a_claim_of(team: Team, name: str) -> str:
    """A claim that a person has or had."""
    with team.administrator() as db:
        db.execute(plans.SAY_NOTHING)
        ask = "select id from annodesk.claim where person_id = %s limit 1"
        found = db.execute(ask, (team.people[name],)).fetchone()
    assert found is not None
    return str(found[0])


def _a_task_held(team: Team) -> str:
    """A task to label that somebody holds, of another claim than `_a_claim_held`."""
    with team.administrator() as db:
        db.execute(plans.SAY_NOTHING)
        found = db.execute(
            "select c.task_id from annodesk.claim c join annodesk.task t on t.project_id = c.project_id"
            " and t.id = c.task_id and t.stage = 'annotate' where c.project_id = %s and c.id <> %s"
            " and c.state in ('leased', 'parked', 'recalled', 'returned') limit 1",
            (PROJECT, _a_claim_held(team)),
        ).fetchone()
    assert found is not None
    return str(found[0])


def _handed_in(team: Team, most: int) -> tuple[list[str], list[str]]:
    """Sets that were handed in, and their heads."""
    with team.administrator() as db:
        db.execute(plans.SAY_NOTHING)
        rows = db.execute(
            "select set_id, head from annodesk.submission where head is not null limit %s", (most,)
        ).fetchall()
    return [row[0] for row in rows], [row[1] for row in rows]


# People


def _people(team: Team, folder: Path) -> None:
    admin, panel = _admin(team), TeamPeople(_place(team, "moe"), PROJECT)
    for name in ("eve", "fay"):
        made = joining.invite(
            remote.read_address(team.server.url(database=team.database, tcp=False)),
            team.login(name), folder / f"{name}.annodesk-invitation", project=PROJECT,
        )  # fmt: skip
    joining.invite(_admin(team), team.login("fay"), folder / "again.annodesk-invitation", project=PROJECT)
    with psycopg.connect(team.server.url(team.login("eve"), team.database), password=_first(folder, "eve")) as db:
        db.execute("select annodesk.accept_invitation()")
    assert made.person_id
    panel.look()
    panel.add(team.login("olga"))
    panel.set_quota(team.people["olga"], 5)
    panel.set_away(team.people["olga"], 1)
    panel.set_skill(team.people["olga"], "pt", 3)
    panel.set_skill(team.people["olga"], "pt", 0)
    panel.remove(team.people["olga"])
    team.call("moe", "select annodesk.remove_role(%s, %s, 'annotator')", PROJECT, team.people["ann"])
    panel.make_annotator(team.people["ann"])
    TeamPeople(_place(team, "ada"), PROJECT).look()
    TeamPeople(_place(team, "ana"), PROJECT).look()
    joining.meet(_place(team, "ada"))
    new = server.add_user(admin, team.login("gil"), PASSWORD, roles=[Role.ANNOTATOR.value], project=PROJECT)
    server.remove_user(admin, team.login("gil"))
    server.forget_user(admin, str(new.person_id))
    for name in ("eve", "fay"):
        server.remove_user(admin, team.login(name))


def _first(folder: Path, name: str) -> str:
    return joining.read_invitation(folder / f"{name}.annodesk-invitation").password


# What the program asks only where something went wrong


def _mishaps(team: Team) -> None:
    ada, task, a_set = team.people["ada"], "T5", "A5-1"
    for begin, values in (
        (
            "select id from annodesk.claim where project_id = %s and person_id = %s and id <> all",
            (PROJECT, ada, [task]),
        ),
        ("select state from annodesk.claim where project_id = %s and id =", (PROJECT, "C5-1")),
        ("select annodesk.reclaim(", (PROJECT, "t-project-one-4", "c-again", "s-again", 1)),
        ("select k.item_id from annodesk.claim c join", (PROJECT, ["C5-1", "C6-1"])),
        ("select distinct on (set_id) set_id, head, digest", (PROJECT, [a_set, "A6-1"])),
        ("select distinct on (set_id) set_id, body", (PROJECT, ["M5", "M6"])),
        ("select annodesk.accept_invitation", ()),
        ("select annodesk.resume(", (PROJECT, "C5-1")),
        ("select annodesk.ask_question(", (PROJECT, "C5-1", Json(_QUESTION))),
        ("select annodesk.withdraw_question(", (PROJECT, "C5-1", "q1")),
        ("select annodesk.my_inquiries() as ids", ()),
        ("select annodesk.note_view(", (PROJECT, "C5-1", None)),
        ("select * from annodesk.read_suggestions(", (PROJECT, "C5-1")),
    ):
        _say(team, "ada", begin, *values)


def _say(team: Team, name: str, begin: str, *values: Any) -> None:
    """Ask what stands in the program and begins so."""
    known = {" ".join(one.split()) for one in written_statements()}
    (statement,) = [begin] if begin in known else [one for one in known if one.startswith(begin)]
    _asked(team, name, statement, *values)


def _asked(team: Team, name: str, statement: str, *values: Any) -> None:
    """Ask for something that may be refused, after the server has looked."""
    try:
        team.call(name, statement, *values)
    except psycopg.Error as error:
        if not (error.sqlstate or "").startswith(("AN", "42501")):
            raise


__all__ = ["as_asked", "play_everything", "written_statements"]
