"""The worker's model on a team's tasks: its answers are there once, shown above the threshold, and left out is told."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.services.team_model import TeamModel
from annodesk.services.worker import Worker
from annodesk.store.private_server import PrivateServer
from tests.services.made import House, make_house
from tests.services.team.crew import Crew, bring, made_crew

pytestmark = pytest.mark.skipif(importlib.util.find_spec("llama_cpp") is None, reason="the extra llm is not installed")


@pytest.fixture
def local(tmp_path: Path) -> Iterator[House]:
    house = make_house(tmp_path, items=2, seconds=10, show="before")
    yield house
    house.services.close()


@pytest.fixture
def crew(postgres: PrivateServer, local: House) -> Iterator[Crew]:
    with made_crew(postgres) as made:
        bring(made, local)
        yield made


def test_the_model_answers_each_task_once_and_what_may_be_shown_is_there(crew: Crew, local: House) -> None:
    worker = Worker(crew.address("work"), model=TeamModel(local.folder))
    assert worker.once().labelled == 2
    assert Worker(crew.address("work"), model=TeamModel(local.folder)).once().labelled == 0
    kinds = "select count(*) from annodesk.annotation_set where author_kind = 'model'"
    assert crew.value(kinds) == 2
    assert crew.value("select count(*) from annodesk.suggestion") == 2


def test_recordings_that_are_not_here_are_left_to_others(crew: Crew, local: House, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    model = TeamModel(tmp_path / "elsewhere")
    worker = Worker(crew.address("work"), model=model)
    assert worker.once().labelled == 0
    assert worker.once().labelled == 0
    assert Worker(crew.address("work"), model=TeamModel(local.folder)).once().labelled == 2
