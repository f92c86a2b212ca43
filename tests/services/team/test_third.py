"""A third annotator before review, in a team: asked where there is one, told nothing, and heard by the worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.store.private_server import PrivateServer
from tests.services.made import OTHER, make_house
from tests.services.team.crew import Crew, bring, made_crew


@pytest.fixture
def crew(tmp_path: Path, postgres: PrivateServer) -> Iterator[Crew]:
    house = make_house(tmp_path, items=1, workflow="extra_annotator_below = 0.9")
    try:
        with made_crew(postgres) as made:
            bring(made, house)
            yield made
    finally:
        house.services.close()


def test_a_third_person_is_asked_and_then_an_analyst(crew: Crew) -> None:
    crew.label("ada")
    crew.label("ben", OTHER)
    did = crew.round()
    assert (did.escalated, crew.states()) == (0, ["open"])
    assert crew.claim("ada") is None
    third = crew.label("dan")
    assert third[4] is False, "without suggestions, like any answer that must count"
    assert crew.round().escalated == 1
    assert crew.claim("ana", "review") is not None


def test_where_nobody_is_left_it_goes_to_review(crew: Crew) -> None:
    crew.call("max", "select annodesk.remove_role(%s, %s, 'annotator')", crew.project_id, crew.people["dan"])
    crew.label("ada")
    crew.label("ben", OTHER)
    assert crew.round().escalated == 1
