"""A team's canary: its worker runs and counts it, workstations hear the sums alone, and nobody sees what it says."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.prelabel.check import embedded_model
from annodesk.services import Services
from annodesk.services.team_model import TeamModel
from annodesk.services.worker import Worker
from annodesk.store.private_server import PrivateServer
from tests.services.made import House, make_house
from tests.services.team.crew import Crew, bring, made_crew

pytestmark = pytest.mark.skipif(importlib.util.find_spec("llama_cpp") is None, reason="the extra llm is not installed")

MADE = "select count(*) from annodesk.annotation_set where author_kind = 'canary'"
KEPT = "select split_part(part, ':', 2), n, total from annodesk.figure where name = 'canary' order by part"


@pytest.fixture
def local(tmp_path: Path) -> Iterator[House]:
    """Two short recordings of a project that has a canary."""
    house = make_house(tmp_path, items=2, seconds=6, show="before", overlap=1)
    (tmp_path / "candidate.gguf").write_bytes(embedded_model().path.read_bytes() + b"\0")
    house.services.models.start_canary(house.project_id, house.id_of("Cleo"), model="candidate.gguf", share=1.0)
    yield house
    house.services.close()


@pytest.fixture
def crew(postgres: PrivateServer, local: House) -> Iterator[Crew]:
    with made_crew(postgres) as made:
        bring(made, local)
        yield made


def test_a_worker_runs_the_canary_beside_the_model_and_counts_it(crew: Crew, local: House) -> None:
    worker = Worker(crew.address("work"), model=TeamModel(local.folder))
    assert worker.once().labelled == 2
    assert crew.value(MADE) == 2
    assert crew.value("select count(*) from annodesk.suggestion") == 2
    assert [row[:2] for row in crew.admin(KEPT)] == [("answered", 2)]
    worker.once()
    assert crew.value(MADE) == 2


def test_workstations_are_told_the_sums(crew: Crew, local: House, tmp_path: Path) -> None:
    crew.admin("update annodesk.claim set shows_suggestions = false")
    crew.admin("update annodesk.slot set shows_suggestions = false")
    for _ in range(2):
        crew.forget_offers()
        crew.label("ada", ((0, 6, "speech"),))
    Worker(crew.address("work"), model=TeamModel(local.folder)).once()
    kept = {row[0]: (row[1], row[2]) for row in crew.admin(KEPT)}
    assert {part: n for part, (n, _) in kept.items()} == {"answered": 2, "new": 2, "old": 2, "squares": 2}
    assert all(0 <= total <= 2_000_000 for _, total in kept.values())
    with Services.open(tmp_path / "max.annodesk", create=True) as services:
        services.sync.join_at(crew.address("max"), crew.project_id)
        services.sync.round()
        report = services.models.canary_report(crew.project_id)
        assert report is not None
        assert (report.answered, report.verdict.n) == (2, 2)
        assert report.sentence.startswith("Not enough to know")


def test_a_worker_without_the_canarys_model_leaves_it_to_others(crew: Crew, local: House, tmp_path: Path) -> None:
    (tmp_path / "candidate.gguf").rename(tmp_path / "gone.gguf")
    assert Worker(crew.address("work"), model=TeamModel(local.folder)).once().labelled == 2
    assert crew.value(MADE) == 0
    (tmp_path / "gone.gguf").rename(tmp_path / "candidate.gguf")
    Worker(crew.address("work"), model=TeamModel(local.folder)).once()
    assert crew.value(MADE) == 2


def test_colleagues_never_read_what_a_canary_said(crew: Crew, local: House) -> None:
    Worker(crew.address("work"), model=TeamModel(local.folder)).once()
    items = [row[0] for row in crew.admin("select id from annodesk.item")]
    for name in ("ana", "max"):
        for item in items:
            ask = "select author_kind from annodesk.read_work(%s, %s)"
            assert "canary" not in {row[0] for row in crew.call(name, ask, crew.project_id, item)}
    kinds = crew.call("ana", "select distinct author_kind from annodesk.annotation_set")
    assert ("canary",) not in kinds
