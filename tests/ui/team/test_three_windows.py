"""Two people, an analyst and a manager at windows of their own, on one project of a real server.

Each window is a process with its own files, settings and keys, as on a computer of its own; a worker runs in another.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec import Struct

from annodesk.services import Services, joining, server
from annodesk.services.publishing import publish
from annodesk.store import logins, remote, shared
from annodesk.store.private_server import PrivateServer
from tests.proxy import Line, line
from tests.team import PASSWORD, new_database
from tests.ui.made import make_file
from tests.ui.team.windows import WindowProcess, at_once, running_worker, windows

pytestmark = [pytest.mark.qt, pytest.mark.postgres]
PROJECT = "podcast-policy"
LIMIT_S = 150.0
"""The longest the worker may take: it shares the computer with five windows, and with whatever else runs there."""
NEWCOMERS = {"ada": "annotator", "ben": "annotator", "ana": "analyst"}


class Office(Struct):
    """The server's side: a published project of two recordings, and what the administrator sees."""

    server: PrivateServer
    database: str
    media: Path

    @property
    def admin_url(self) -> str:
        return self.server.url(database=self.database)

    def url(self, login: str) -> str:
        return self.server.url(login, self.database, tcp=True)

    def ask(self, statement: str, *values: object) -> list[Any]:
        with psycopg.connect(self.admin_url, autocommit=True) as db:
            return db.execute(statement.encode(), values).fetchall()

    def invite(self, login: str, folder: Path, *, over: Line) -> Path:
        """An invitation whose way to the server goes over a line."""
        admin = remote.read_address(self.admin_url)
        made = joining.invite(
            admin, login, folder / f"{login}{joining.SUFFIX}", project=PROJECT, name=login.title(),
            roles=[NEWCOMERS[login]],
        )  # fmt: skip
        there = json.loads(made.path.read_text())
        made.path.write_text(json.dumps(there | {"port": over.port}))
        return made.path

    def how_it_stands(self) -> dict[str, list[Any]]:
        """What there is to know where something did not happen."""
        asked = {
            "items": "select state from annodesk.item_state",
            "claims": "select state, count(*) from annodesk.claim group by 1",
            "handed in": "select count(*) from annodesk.submission",
            "due": "select count(*) from annodesk.due",
            "faults": "select reason from annodesk.set_fault",
            "scores": "select part, value from annodesk.score where scope = 'item' and is_current",
        }
        return {name: self.ask(statement) for name, statement in asked.items()}

    def wait(self, statement: str, wanted: object) -> None:
        """Until the worker has done something."""
        deadline = time.monotonic() + LIMIT_S
        while (found := self.ask(statement)[0][0]) != wanted:
            assert time.monotonic() < deadline, f"{statement}: {found!r}, not {wanted!r}; {self.how_it_stands()}"
            time.sleep(0.2)


@pytest.fixture
def office(network: PrivateServer, tmp_path: Path) -> Iterator[Office]:
    made = make_file(tmp_path / "file", items=2, overlap=2, with_text=False, with_model=False, show="never")
    with new_database(network) as (database, engine):
        office = Office(network, database, tmp_path / "file")
        with engine.begin() as db:
            shared.make(db)
            logins.add_login(db, "max", "Max", PASSWORD, ["manager"])
            logins.add_login(db, "work", "Worker", PASSWORD, ["worker"])
        with Services.open(made.path) as services:
            address = remote.read_address(office.url("max")).with_password(PASSWORD)
            publish(services.file, made.project_id, address)
        try:
            yield office
        finally:
            admin = remote.read_address(office.admin_url)
            for (login,) in office.ask(
                "select rolname from pg_roles where rolname = any(%s)", ["max", "work", *NEWCOMERS]
            ):
                server.remove_user(admin, str(login))


def test_two_windows_and_an_analyst_s_work_on_one_project(
    office: Office, network: PrivateServer, tmp_path: Path
) -> None:
    there = ("127.0.0.1", network.port() or 0)
    with (
        line(there) as of_ada,
        line(there) as of_others,
        running_worker(office.url("work"), PASSWORD, tmp_path / "worker"),
        windows(tmp_path / "people", "ada", "ben", "ana", "max") as (ada, ben, ana, boss),
    ):
        # They come: three by invitation, the manager by the address.
        ways = {
            login: office.invite(login, tmp_path, over=of_ada if login == "ada" else of_others) for login in NEWCOMERS
        }
        seen = at_once(
            *((one, "join", (str(ways[one.name]), f"{one.name} alone knows")) for one in (ada, ben, ana)),
            (boss, "connect", (office.url("max"), PASSWORD)),
        )
        assert [one["who"] for one in seen] == ["Ada", "Ben", "Ana", "Max"]
        assert {one["project"] for one in seen} == {PROJECT}
        for one in (ada, ben, ana):
            one.name_folder(str(office.media))

        # They claim: each has both recordings before the first is done.
        first = {one.name: one.wait_task() for one in (ada, ben)}
        both = sorted(ada.look()["tasks"])
        assert len(both) == 2
        assert sorted(ben.look()["tasks"]) == both
        dispute = both[1]

        # Ada is cut off and works on: one recording with the mouse, the next by keys, both handed in.
        of_ada.close()
        labelled = [first["ada"]]
        ada.wait_offline()
        label(ada, "1", "2", "1")
        assert ada.hand_in().startswith("Submitted")
        ada.do("next task")
        labelled.append(ada.wait_task())
        assert sorted(labelled) == both
        label(ada, "1", "2", "1", by_keys=True)
        ada.hand_in()
        alone = ada.look()
        assert alone["standing"] == "offline"
        assert alone["line"].startswith("Offline since")
        assert "edits waiting" in alone["line"]
        assert office.ask("select count(*) from annodesk.submission") == [(0,)]

        # Ben, who is not, differs on one of them; that is nothing Ada could see.
        for title in (first["ben"], None):
            if title is None:
                ben.do("next task")
                title = ben.wait_task()
            label(ben, "1", "3" if title == dispute else "2", "1")
            ben.hand_in()
        ben.wait_synced()
        office.wait("select count(*) from annodesk.submission", 2)

        # Ada comes back: all she did arrives, and the worker settles one recording and sends the other to review.
        of_ada.close(False)
        assert ada.wait_synced().startswith("Synced")
        assert ada.look()["trouble"] == []
        office.wait("select count(*) from annodesk.item_state where state = 'settled'", 1)
        office.wait("select count(*) from annodesk.item_state where state = 'escalated'", 1)

        ben.wait_synced()
        require_blind(office, ada, ben)

        # The analyst is given the one in dispute, takes a side everywhere, and settles.
        assert ana.review_first() == dispute
        assert "content label" in ana.disagreements()
        ana.rule_all("A")
        assert ana.settle_review() == f"{dispute}: Settled."
        ana.wait_synced()
        office.wait("select count(*) from annodesk.item_state where state = 'settled'", 2)

        # The manager sees it.
        figures = boss.wait_status("settled", 2)
        assert (figures["items"], figures["settled"], figures["escalated"]) == (2, 2, 0)
        assert figures["agreement"] < 1

        # All agree on every set, nothing is there twice, and nobody has what they may not see.
        require_alike(office, ada, ben, ana)
        for one in (ada, ben, ana, boss):
            assert one.quit() == []


def label(one: WindowProcess, *keys: str, by_keys: bool = False) -> None:
    """Three segments of about 10 s with a label each, and the required answer."""
    for place, key in enumerate(keys):
        if by_keys:
            one.draw_by_keys((place + 1) * 10, key)
        else:
            one.draw(place * 10 + 1, (place + 1) * 10 - 1, key)
    one.press("W")


def require_blind(office: Office, *labellers: WindowProcess) -> None:
    """Of what is not settled nobody who labels has what another said."""
    rows = office.ask(
        "select s.id, n.login from annodesk.annotation_set s"
        " join annodesk.task t on t.project_id = s.project_id and t.id = s.task_id"
        " join annodesk.item_state i on i.project_id = t.project_id and i.item_id = t.item_id"
        " left join annodesk.person_name n on n.person_id = s.author_id where i.state <> 'settled'"
    )
    assert {login for _, login in rows} >= {one.name for one in labellers}
    for one in labellers:
        assert {set_id for set_id, login in rows if login != one.name} & set(one.digests()) == set(), one.name


def require_alike(office: Office, ada: WindowProcess, ben: WindowProcess, ana: WindowProcess) -> None:
    """What each window has of a set is what was handed in and what the worker has folded."""
    rows = office.ask(
        "select s.id, n.login, h.digest, x.digest from annodesk.annotation_set s"
        " join annodesk.person_name n on n.person_id = s.author_id"
        " join annodesk.submission h on h.project_id = s.project_id and h.set_id = s.id"
        " left join annodesk.set_snapshot x on x.project_id = s.project_id and x.set_id = s.id"
    )
    assert sorted(login for _, login, _, _ in rows) == ["ada", "ada", "ana", "ben", "ben"]
    by_person = {"ada": ada.digests(), "ben": ben.digests(), "ana": ana.digests()}
    for set_id, login, handed_in, folded in rows:
        assert by_person[login][set_id] == handed_in == folded, login
    known = {set_id: handed_in for set_id, _, handed_in, _ in rows}
    for login, held in by_person.items():
        assert {s: d for s, d in held.items() if s in known and d != known[s]} == {}, login
    assert office.ask("select count(*) - count(distinct id) from annodesk.edit") == [(0,)]
    assert office.ask("select count(*) from annodesk.set_fault") == [(0,)]
