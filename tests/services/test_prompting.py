"""Whom the model answers about an item: nobody whose own answer to it is still to come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from annodesk.errors import ModelError, WorkflowError
from annodesk.model.work import Role
from annodesk.services.model_choice import ModelChoice
from tests.services.made import House, make_house

Ask = Callable[[str], object]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_house(tmp_path)


@pytest.fixture
def ask(house: House, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks the model about the only item, in somebody's name; who may gets as far as the model."""

    def reach(*_: object) -> None:
        raise ModelError("The model is reached.")

    monkeypatch.setattr(ModelChoice, "choose", reach)
    (item,) = house.services.items.every(house.project_id)

    def ask_in_name(name: str) -> object:
        return house.services.prompting.answer(house.project_id, house.id_of(name), item.id, "content")

    return ask_in_name


def test_who_only_labels_does_not_ask_the_model(house: House, ask: Ask) -> None:
    with pytest.raises(WorkflowError, match="Managers and analysts ask the model"):
        ask("Ada")


def test_who_judges_and_does_not_label_asks_it_at_any_time(house: House, ask: Ask) -> None:
    with pytest.raises(ModelError, match="is reached"):
        ask("Cleo")


def test_who_does_everything_asks_it_about_what_is_settled_alone(house: House, ask: Ask) -> None:
    house.services.people.add(house.project_id, "Ada", Role.ANALYST, Role.MANAGER)
    with pytest.raises(WorkflowError, match="You may still label episode-0"):
        ask("Ada")
    house.submit("Ada")
    with pytest.raises(WorkflowError, match="You may still label episode-0"):
        ask("Ada")  # it can be recalled, and changed
    house.submit("Ben")
    house.round()
    with pytest.raises(ModelError, match="is reached"):
        ask("Ada")
