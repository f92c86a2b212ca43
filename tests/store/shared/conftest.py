"""A team on a real server, for the tests of one module: each leaves it as it was, or takes what nobody else does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annodesk.store.private_server import PrivateServer
from tests.team import Team, made_team


@pytest.fixture(scope="module")
def team(postgres: PrivateServer) -> Iterator[Team]:
    with made_team(postgres) as made:
        yield made
