"""A team of each test alone, with a project that can be worked on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from annodesk.store.private_server import PrivateServer
from tests.proxy import Line, line
from tests.sync.computers import Computer, computer, give_project_its_file
from tests.team import Team, made_team


@pytest.fixture
def team(postgres: PrivateServer) -> Iterator[Team]:
    with made_team(postgres, items=3) as made:
        give_project_its_file(made)
        yield made


@pytest.fixture
def desk(team: Team, tmp_path: Path) -> Iterator[Callable[..., Computer]]:
    """Makes workstations that are put away after the test."""
    with ExitStack() as stack:

        def make(name: str, **how: Any) -> Computer:
            return stack.enter_context(computer(team, name, tmp_path, **how))

        yield make


@pytest.fixture
def bad_line(team: Team) -> Iterator[Line]:
    """A way to the team's server that a test can harm."""
    found = conninfo_to_dict(team.server.url(database=team.database))
    with line(f"{found['host']}/.s.PGSQL.{found['port']}") as made:
        yield made
