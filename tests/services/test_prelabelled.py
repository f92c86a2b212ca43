"""How far the model has come with a project, and how sure it was of what it said last."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.made import House, make_house


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_house(tmp_path, items=3)


def test_nothing_is_labelled_before_the_model_has_been_there(house: House) -> None:
    found = house.services.prelabelled.coverage(house.project_id)
    assert (found.items, found.labelled, found.left) == (3, 0, 3)
    assert house.services.prelabelled.probabilities(house.project_id) == ()


def test_an_item_counts_once_all_its_tasks_are_answered(tmp_path: Path) -> None:
    house = make_house(tmp_path, items=1, task_seconds=20)
    assert len(house.tasks()) == 2
    house.model_says([(0, 20, "speech", 0.9)], task=0)
    assert house.services.prelabelled.coverage(house.project_id).left == 1
    house.model_says([(20, 40, "music", 0.8)], task=1)
    assert house.services.prelabelled.coverage(house.project_id).left == 0


def test_people_s_own_work_is_no_answer_of_the_model(house: House) -> None:
    house.submit("Ada")
    assert house.services.prelabelled.coverage(house.project_id).labelled == 0


def test_only_the_newest_answer_to_a_task_tells_how_sure_the_model_was(house: House) -> None:
    house.model_says([(0, 20, "speech", 0.9), (20, 40, "music", 0.6)], task=0)
    house.model_says([(0, 40, "advert", 0.7)], task=1)
    assert sorted(house.services.prelabelled.probabilities(house.project_id)) == [0.6, 0.7, 0.9]
