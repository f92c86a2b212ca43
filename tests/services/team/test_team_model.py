"""The worker's model on a team's tasks: its answers are there once, shown above the threshold, and left out is told."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annodesk import settings
from annodesk.model.items import Item
from annodesk.model.work import Task
from annodesk.services.labelling import Labelled, Labeller
from annodesk.services.team_model import LOOK_AGAIN_S, TeamModel
from annodesk.services.worker import Worker
from annodesk.store import answered
from annodesk.store.private_server import PrivateServer
from tests.services.made import House, make_house
from tests.services.team.crew import Crew, bring, made_crew

pytestmark = pytest.mark.skipif(importlib.util.find_spec("llama_cpp") is None, reason="the extra llm is not installed")

ANSWERS = "select count(*) from annodesk.annotation_set where author_kind = 'model'"


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
    assert crew.value(ANSWERS) == 2
    assert crew.value("select count(*) from annodesk.suggestion") == 2


def test_recordings_that_are_not_here_are_left_to_others(crew: Crew, local: House, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    model = TeamModel(tmp_path / "elsewhere")
    worker = Worker(crew.address("work"), model=model)
    assert worker.once().labelled == 0
    assert worker.once().labelled == 0
    assert Worker(crew.address("work"), model=TeamModel(local.folder)).once().labelled == 2


def test_a_model_that_is_not_here_rests_while_all_else_goes_on(
    crew: Crew, local: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "annodesk")
    (tmp_path / "config").mkdir()
    monkeypatch.setenv("ANNODESK_CONFIG", str(tmp_path / "config"))
    settings.change(model="somebody/large:Q4_K_M")
    now_s = [0.0]
    worker = Worker(crew.address("work"), model=TeamModel(local.folder, clock_s=lambda: now_s[0]))
    assert worker.once().routed > 0
    assert crew.value(ANSWERS) == 0
    assert "the model rests: The model somebody/large:Q4_K_M is not on this computer." in caplog.text
    settings.change(model="")
    assert worker.once().labelled == 0
    now_s[0] += LOOK_AGAIN_S
    assert worker.once().labelled == 2


def test_a_disk_that_fails_lets_the_model_rest_and_nothing_else(
    crew: Crew, local: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "annodesk")

    def fail(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    worker = Worker(crew.address("work"), model=TeamModel(local.folder))
    with monkeypatch.context() as broken:
        broken.setattr(TeamModel, "label_some", fail)
        broken.setattr(TeamModel, "canary_some", fail)
        assert worker.once().routed > 0
    assert "the model rests: No space left on device" in caplog.text
    assert "the canary rests: No space left on device" in caplog.text


def test_two_workers_at_the_same_tasks_write_one_answer_to_each(
    crew: Crew, local: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = Labeller.label
    others = [Worker(crew.address("work"), model=TeamModel(local.folder))]

    def overtaken(labeller: Labeller, item: Item, task: Task, *more: Any) -> Labelled:
        while others:
            assert others.pop().once().labelled == 2
        return label(labeller, item, task, *more)

    monkeypatch.setattr(Labeller, "label", overtaken)
    Worker(crew.address("work"), model=TeamModel(local.folder)).once()
    assert crew.value(ANSWERS) == 2


def test_no_other_worker_writes_while_one_writes_an_answer_to_the_same_task(crew: Crew) -> None:
    ask = "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
    with crew.as_worker() as db:
        answered.hold(db, "a task")
        assert [crew.value(ask, task) for task in ("a task", "another task")] == [False, True]
    assert crew.value(ask, "a task")
