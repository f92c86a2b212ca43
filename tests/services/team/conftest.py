"""A crew on a real server with a project of three recordings, for one test alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.store.private_server import PrivateServer
from tests.services.made import House, make_house
from tests.services.team.crew import Crew, bring, made_crew


@pytest.fixture
def local(tmp_path: Path) -> Iterator[House]:
    """A local file with three recordings, two places each."""
    house = make_house(tmp_path, items=3, seconds=40)
    yield house
    house.services.close()


@pytest.fixture
def crew(postgres: PrivateServer, local: House) -> Iterator[Crew]:
    """The people of a team whose project has just been published."""
    with made_crew(postgres) as made:
        bring(made, local)
        yield made
