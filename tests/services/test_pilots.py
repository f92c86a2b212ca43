"""What a pilot shows, beside what its answers were made to say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.errors import WorkflowError
from annodesk.services.pilots import NONE_SCORED
from tests.services.made import OTHER, House
from tests.services.test_batches import add

GUIDELINES = """# Content
## 1 Adverts
A host-read advert is advert, whatever is played under it. Else it is music.
## 2 Music
Songs.
"""


@pytest.fixture
def piloted(houses: Callable[..., House]) -> House:
    """Ada says music where Ben says advert (15 s), and speech where he says music (15 s), in both recordings."""
    house = houses(items=0)
    (house.folder / "guidelines.md").write_text(GUIDELINES, encoding="utf-8")
    house.services.projects.init(house.folder / "project.toml")
    add(house, "pilot", "one", "three", is_pilot=True)
    for task in (0, 1):
        house.submit("Ada", task=task)
        house.submit("Ben", OTHER, task=task)
    house.round()
    return house


def batch_id(house: House) -> str:
    return house.services.batches.list(house.project_id)[-1].batch.id


def test_it_tells_pairs_of_labels_by_the_clause_that_speaks_of_them(piloted: House) -> None:
    report = piloted.services.pilots.report(piloted.project_id, piloted.id_of("Cleo"), batch_id(piloted))
    assert (report.items, report.of, report.version, report.reason) == (2, 2, 2, "")
    found = {(p.clause, p.a, p.b): (p.places, p.items, p.length) for one in report.clauses for p in one.pairs}
    assert found == {
        ("1 Adverts", "advert", "music"): (2, 2, 30_000_000),
        ("2 Music", "music", "speech"): (2, 2, 30_000_000),
    }
    assert report.places == 4
    content = report.parts["content"]
    assert content is not None
    assert (content.n, content.low) == (2, None), "two items have no interval"
    assert content.value == pytest.approx(1 / 3), "one of three segments is alike"


def test_what_no_clause_speaks_of_stands_by_itself(houses: Callable[..., House]) -> None:
    house = houses(items=1)
    house.submit("Ada")
    house.submit("Ben", OTHER)
    house.round()
    report = house.services.pilots.report(house.project_id, house.id_of("Cleo"), batch_id(house))
    assert [clause.heading for clause in report.clauses] == [""]


def test_without_answers_it_says_so(house: House) -> None:
    report = house.services.pilots.report(house.project_id, house.id_of("Cleo"), batch_id(house))
    assert (report.items, report.reason) == (0, NONE_SCORED)
    assert set(report.parts.values()) == {None}


def test_annotators_are_not_told(house: House) -> None:
    with pytest.raises(WorkflowError, match="analysts and managers"):
        house.services.pilots.report(house.project_id, house.id_of("Ada"), batch_id(house))
