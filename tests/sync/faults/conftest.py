"""A durable server that tests share, a team of each test alone on it, and workstations that are processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proxy import Line, line
from tests.sync.faults.desks import DeskProcess, Desks, desks_of
from tests.sync.faults.durable import DurableServer, durable_server, team_on
from tests.team import Team

LIMIT_S = 2.0
"""How long a workstation with a bad line waits for an answer."""


@pytest.fixture(scope="package")
def server() -> Iterator[DurableServer]:
    with durable_server() as made:
        yield made


@pytest.fixture
def team(server: DurableServer) -> Iterator[Team]:
    with team_on(server.server) as made:
        yield made


@pytest.fixture
def bad_line(team: Team) -> Iterator[Line]:
    with line(("127.0.0.1", team.server.port())) as made:
        yield made


@pytest.fixture
def desks(team: Team, tmp_path: Path) -> Iterator[Desks]:
    with desks_of(team, tmp_path) as made:
        yield made


@pytest.fixture
def ada(team: Team, desks: Desks, bad_line: Line) -> DeskProcess:
    """Ada, whose line can be harmed."""
    url = f"postgresql://{team.login('ada')}@127.0.0.1:{bad_line.port}/{team.database}"
    return desks.join("ada", url=url, limit_s=LIMIT_S)
