"""The price of a threshold, from a file's own answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.errors import AnnodeskError, WorkflowError
from annodesk.services import pricing
from tests.services.alone import make_alone, model_answers, people_answer
from tests.services.made import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Twelve items: of eight that people answered the model was right on six, and on the four it was surest of."""
    made = make_alone(tmp_path, items_there=12)
    model_answers(made, *range(4), p=0.95)
    model_answers(made, *range(4, 8), p=0.75)
    people_answer(made, *range(6))
    people_answer(made, 6, 7, label="talk")
    yield made
    made.services.close()


def report(house: House, *thresholds: float, part: str = "", name: str = "Cleo") -> pricing.PriceReport:
    return house.services.pricing.report(house.project_id, house.id_of(name), thresholds, part=part)


def test_each_threshold_has_its_price(house: House) -> None:
    found = report(house, 0.7, 0.9, 0.99)
    later = [one.later for one in found.prices]
    assert [(one.items, one.stand) for one in later] == [(8, 8), (8, 4), (8, 0)]
    assert (found.left, found.accept_above, found.parts) == (4, 0.9, ("format",))
    low, high = later[0], later[1]
    assert low.error_rate is not None
    assert high.error_rate is not None
    assert (low.error_rate.value, high.error_rate.value) == (0.25, 0.0)
    assert high.error_rate.high > 0.4, "four answers say little"
    assert low.hours is not None
    assert found.hours_each is not None
    assert low.hours.value == pytest.approx(4 * found.hours_each.value * (1 - found.audit_share))
    assert found.hours_each.value == pytest.approx(1 / 120, rel=0.1)


def test_it_says_which_labels_may_not_stand_and_why(house: House) -> None:
    (found,) = report(house, 0.7).prices
    assert found.now.stand == 0
    (label,) = found.labels
    assert (label.name, label.answers, label.may) == ("news", 8, False)
    assert label.why.startswith("8 of the 200 answers")


def test_of_one_part_the_same_is_told_where_there_is_no_other(house: House) -> None:
    assert report(house, 0.7, part="format").prices[0].later == report(house, 0.7).prices[0].later


def test_reliability_is_told_by_label_with_intervals(house: House) -> None:
    (one,) = house.services.pricing.reliability(house.project_id, house.id_of("Cleo"), "format")
    assert (one.name, one.reliability.n) == ("news", 8)
    assert [(b.probability, b.right) for b in one.reliability.bins] == [
        (pytest.approx(0.75), 0.5),
        (pytest.approx(0.95), 1.0),
    ]
    assert one.reliability.ece_interval is not None


def test_it_is_for_analysts_and_managers(house: House) -> None:
    with pytest.raises(WorkflowError, match="for the analysts and managers"):
        report(house, 0.7, name="Ada")


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_a_threshold_is_a_probability(house: House, bad: float) -> None:
    with pytest.raises(AnnodeskError, match="not a number from 0 to 1"):
        report(house, bad)


def test_a_part_that_is_not_there_is_named(house: House) -> None:
    with pytest.raises(AnnodeskError, match="no part 'tempo'"):
        report(house, 0.5, part="tempo")


def test_where_nothing_is_known_it_says_so(tmp_path: Path) -> None:
    house = make_alone(tmp_path, items_there=1)
    found = report(house, 0.5)
    assert found.reason == pricing.NOTHING_KNOWN
    assert found.no_hours == pricing.TOO_FEW_TIMES
    house.services.close()


def test_where_everybody_saw_the_suggestion_errors_are_not_known(tmp_path: Path) -> None:
    house = make_alone(tmp_path, items_there=4, show="before")
    model_answers(house, 0, 1, 2)
    people_answer(house, 0, 1, 2)
    found = report(house, 0.5)
    assert found.reason == pricing.NO_BLIND_ANSWER
    assert found.prices[0].later.errors is None
    house.services.close()


def test_it_warns_where_audits_could_be_told_from_other_work(house: House, tmp_path: Path) -> None:
    assert report(house, 0.7).warning == "", "nobody sees suggestions in this project"
    (tmp_path / "shown").mkdir()
    shown = make_alone(tmp_path / "shown", items_there=1, show="before")
    assert report(shown, 0.7).warning == pricing.AUDITS_SHOW
    shown.services.close()
