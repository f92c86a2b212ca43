"""Plans from a pilot that three people have labelled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.errors import WorkflowError
from annodesk.quality.planning import Choice
from tests.services.made import OTHER, House


def test_a_plan_rests_on_the_pilots_own_answers_and_times(houses: Callable[..., House]) -> None:
    """Ada and Ben say the same of three items, Dan otherwise; each answer takes six minutes."""
    house = houses(items=3, people=("Ada", "Ben", "Dan"), overlap=3)
    for task in range(3):
        for name in ("Ada", "Ben", "Dan"):
            work = house.open(name, task)
            house.clock.hours(0.1)
            house.label(name, OTHER if name == "Dan" else ((0, 10, "speech"), (10, 25, "music"), (25, 40, "speech")),
                        task=task)  # fmt: skip
            house.services.tasks.submit(house.open(name, task).session.annotations)
            assert work.item is not None
    house.round()
    batch = house.services.batches.list(house.project_id)[0].batch.id
    choices = (Choice(1, 0.7, 0.0), Choice(2, 0.7, 0.0), Choice(3, 0.7, 0.0))
    found = house.services.planner.report(house.project_id, house.id_of("Cleo"), batch, 300, choices)
    assert (found.pilot_items, found.people, found.reason) == (3, 3, "")
    one, two, three = found.plans
    assert one.reviews is not None
    assert two.reviews is not None
    assert three.reviews is not None
    assert one.reviews.value == 0
    assert two.reviews.value == pytest.approx(200), "two of three pairs differ"
    assert three.reviews.value == pytest.approx(300)
    assert one.errors is not None
    assert two.errors is not None
    assert two.errors.value < one.errors.value, "two people who agree are wrong less often"
    assert three.errors is None


def test_before_anybody_has_labelled_it_says_so(house: House) -> None:
    batch = house.services.batches.list(house.project_id)[0].batch.id
    found = house.services.planner.report(house.project_id, house.id_of("Cleo"), batch, 10)
    assert "no item of it has been labelled by two people" in found.reason
    assert [one.choice.overlap for one in found.plans] == [1, 2, 3]
    assert all(one.hours is None and one.reason for one in found.plans)
    with pytest.raises(WorkflowError, match="1 to"):
        house.services.planner.report(house.project_id, house.id_of("Cleo"), batch, 0)
    with pytest.raises(WorkflowError, match="managers and analysts"):
        house.services.planner.report(house.project_id, house.id_of("Ada"), batch, 10)
