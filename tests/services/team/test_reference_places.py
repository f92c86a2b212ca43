"""Reference items of a team given out among ordinary work: by claim to whom they were offered, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.services.made import OTHER, House, make_house
from tests.services.team.crew import Crew


@pytest.fixture
def local(tmp_path: Path) -> Iterator[House]:
    house = make_house(tmp_path, items=3, workflow="reference_share = 1.0")
    yield house
    house.services.close()


@pytest.fixture
def reference(crew: Crew) -> tuple[str, str]:
    """An item that Ada and Ben labelled, Ana settled and Joe confirmed, and its task."""
    crew.forget_offers()
    task = crew.label("ada")[1]
    crew.forget_offers()
    assert crew.label("ben", OTHER)[1] == task
    crew.round()
    crew.judge("ana")
    crew.round()
    item = str(crew.value("select item_id from annodesk.task where id = %s", task))
    crew.call("joe", "select annodesk.confirm_reference(%s, %s, true)", crew.project_id, item)
    return item, task


def state(crew: Crew, item: str) -> str:
    return str(crew.value("select state from annodesk.item_state where item_id = %s", item))


def test_claim_gives_it_to_whom_it_was_offered_and_its_answer_stays(crew: Crew, reference: tuple[str, str]) -> None:
    item, task = reference
    crew.round()
    before = crew.value("select count(*) from annodesk.settlement where task_id = %s", task)
    assert crew.label("dan", OTHER)[1] == task
    crew.round()
    assert state(crew, item) == "settled"
    assert crew.value("select count(*) from annodesk.settlement where task_id = %s", task) == before
    again = crew.claim("dan")
    assert again is not None
    assert again[1] != task, "nobody is given it twice"
    for table in ("reference_item", "offer_rank", "slot"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            crew.call("dan", f"select 1 from annodesk.{table}")


def test_plain_search_does_not_find_it(crew: Crew, reference: tuple[str, str]) -> None:
    crew.round()
    crew.forget_offers()
    claim = crew.claim("dan")
    assert claim is not None
    assert claim[1] != reference[1]


def test_who_names_its_task_is_told_no_more_than_of_any(crew: Crew, reference: tuple[str, str]) -> None:
    crew.round()
    with pytest.raises(psycopg.Error, match="not open any more"):
        crew.call("dan", "select annodesk.reclaim(%s, %s, 'c', 's', 1)", crew.project_id, reference[1])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        crew.call("dan", "select annodesk.may_take_reference(%s, %s, %s)", crew.project_id, "dan", reference[1])


def test_one_in_doubt_is_given_to_nobody(crew: Crew, reference: tuple[str, str]) -> None:
    crew.round()
    crew.admin("update annodesk.reference_item set suspended_at_us = 1")
    claim = crew.claim("dan")
    assert claim is not None
    assert claim[1] != reference[1], "nor where it was offered before"


def test_one_that_is_retired_is_a_reference_no_more(crew: Crew, reference: tuple[str, str]) -> None:
    item, task = reference
    crew.round()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        crew.call("dan", "select annodesk.retire_reference(%s, %s)", crew.project_id, item)
    crew.call("max", "select annodesk.retire_reference(%s, %s)", crew.project_id, item)
    assert crew.value("select count(*) from annodesk.reference_item") == 0
    claim = crew.claim("dan")
    assert claim is not None
    assert claim[1] != task


def test_one_that_many_miss_is_held_against_nobody_and_analysts_are_told(
    crew: Crew, reference: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annodesk.workflow.references.MISSED_BY", 1)
    item, task = reference
    crew.round()
    assert crew.label("dan", ((0, 40, "advert"),))[1] == task
    news = "select count(*) from annodesk.feed where kind = 'reference' and item_id = %s and audience = %s"
    told = crew.value(news, item, "analysts")
    crew.round()
    asked = "select suspended_at_us is not null from annodesk.reference_item where item_id = %s"
    assert crew.value(asked, item)
    assert state(crew, item) == "settled", "its answer stands"
    assert crew.value(news, item, "analysts") == told + 1
    assert crew.value(news, item, crew.people["dan"]) == crew.value(news, item, "members") == 0


def test_how_many_are_many_is_for_the_project_to_say(
    crew: Crew, reference: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annodesk.workflow.references.MISSED_BY", 1)
    said = "update annodesk.project_version set file = replace(file, '[workflow]', %s)"
    crew.admin(said, "[workflow]\nreference_missed_by = 2")
    item, task = reference
    crew.round()
    assert crew.label("dan", ((0, 40, "advert"),))[1] == task
    crew.round()
    asked = "select suspended_at_us is null from annodesk.reference_item where item_id = %s"
    assert crew.value(asked, item)
