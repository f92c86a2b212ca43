"""What the model is unsure of comes first in a team too: drawn by one worker, heeded by the server's own search."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.services import unsure_first
from annodesk.services.worker import Worker
from annodesk.store.private_server import PrivateServer
from tests.services.alone import make_alone, model_answers
from tests.services.made import House
from tests.services.team.crew import Crew, bring, made_crew
from tests.services.team.test_offering import offered

DRAWN = "select k.id from annodesk.sampled s join annodesk.task k using (project_id, item_id) where s.is_drawn"


@pytest.fixture
def local(tmp_path: Path) -> Iterator[House]:
    house = make_alone(tmp_path, items_there=12, accept="")
    model_answers(house, *range(9), p=0.999)
    model_answers(house, *range(9, 12), p=0.5)
    yield house
    house.services.close()


@pytest.fixture
def crew(postgres: PrivateServer, local: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crew]:
    monkeypatch.setattr(unsure_first, "LEAST", 3)
    monkeypatch.setattr(unsure_first, "FOR_EACH", 1)
    with made_crew(postgres) as made:
        bring(made, local)
        yield made


def ask_for_it(crew: Crew, share: float | None = 0.1) -> None:
    first, name = crew.admin("select id, name from annodesk.batch")[0]
    told = {"id": first, "name": name, "state": "open", "priority": 0, "unsure_first": share}
    crew.call("max", "select annodesk.set_batch(%s, %s::json)", crew.project_id, json.dumps(told))


def drawn(crew: Crew) -> set[str]:
    return {str(row[0]) for row in crew.admin(DRAWN)}


def test_the_worker_draws_and_everybody_is_offered_and_given_what_was_drawn_first(crew: Crew) -> None:
    Worker(crew.address("work")).once()
    assert drawn(crew) == set()
    ask_for_it(crew)
    worker = Worker(crew.address("work"))
    worker.once()
    first = drawn(crew)
    assert len(first) == 3
    assert crew.value("select sum(probability) from annodesk.sampled") == pytest.approx(3)
    assert all(set(offered(crew, name)[:3]) == first for name in ("ada", "ben", "dan"))
    crew.forget_offers()
    held = crew.claim("ada")
    assert held is not None
    assert held[1] in first, "also where no offer is asked"
    worker.once()
    assert len(drawn(crew)) == 6
    assert first < drawn(crew)
    worker.once()
    assert len(drawn(crew)) == 6
    assert set(offered(crew, "ben")[:6]) >= drawn(crew) - {held[1]}


def test_a_second_worker_leaves_the_draws_to_the_first(crew: Crew) -> None:
    ask_for_it(crew)
    first = Worker(crew.address("work"))
    first.once()
    before = crew.admin("select item_id, probability, is_drawn from annodesk.sampled order by item_id")
    Worker(crew.address("work")).once()
    assert crew.admin("select item_id, probability, is_drawn from annodesk.sampled order by item_id") == before
