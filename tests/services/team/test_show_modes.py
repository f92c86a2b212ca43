"""What may be shown of the model's answers follows the newest version of a team's project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.store.private_server import PrivateServer
from tests.services.made import House, make_house
from tests.services.team.crew import Crew, bring, made_crew


@pytest.fixture
def local(tmp_path: Path) -> Iterator[House]:
    house = make_house(tmp_path, show="above-threshold")
    house.model_says([(0, 10, "speech", 0.95), (10, 20, "music", 0.5)])
    yield house
    house.services.close()


@pytest.fixture
def crew(postgres: PrivateServer, local: House) -> Iterator[Crew]:
    with made_crew(postgres) as made:
        bring(made, local)
        made.round()
        yield made


def shown(crew: Crew) -> list[list[str]]:
    """Labels that may be shown, task by task."""
    rows = crew.admin("select body from annodesk.suggestion order by task_id")
    return [[label for element in body["elements"] for label in element["labels"]] for (body,) in rows]


def version(crew: Crew, before: str, after: str, show: str) -> None:
    """A manager's next version of the project."""
    file = crew.value("select file from annodesk.project_version order by version desc limit 1")
    assert before in file
    ask = "select annodesk.add_version(%s, %s, '', '{}', 'm', null, 'settled', %s, 24, 7)"
    crew.call("max", ask, crew.project_id, file.replace(before, after), show)


def test_a_lower_threshold_lets_more_be_shown_and_a_higher_one_less(crew: Crew) -> None:
    assert shown(crew) == [["speech"]]
    version(crew, "show_above = 0.90", "show_above = 0.40", "above-threshold")
    crew.round()
    assert sorted(shown(crew)[0]) == ["music", "speech"]
    version(crew, "show_above = 0.40", "show_above = 0.99", "above-threshold")
    crew.round()
    assert shown(crew) == [[]]
    assert crew.round().seen == 0


def test_what_nothing_is_left_of_is_not_noted_as_seen(crew: Crew) -> None:
    version(crew, "show_above = 0.90", "show_above = 0.99", "above-threshold")
    crew.round()
    for name in ("ada", "ben"):
        claim = crew.claim(name)
        assert claim is not None
        crew.call(name, "select * from annodesk.read_suggestions(%s, %s)", crew.project_id, claim[0])
    assert crew.value('select count(*) from annodesk."view"') == 0
