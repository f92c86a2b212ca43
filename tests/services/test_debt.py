"""What a project owes, and what is queued again when a label has changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.work import ItemState
from tests.services.made import OTHER, House
from tests.services.test_batches import state_of
from tests.services.test_guideline_changes import rewrite


@pytest.fixture
def settled(houses: Callable[..., House]) -> House:
    """Two settled items: speech and music in the first, adverts too in the second; Cleo judges, Dan is fresh."""
    house = houses(items=2)
    for name in ("Ada", "Ben"):
        house.submit(name, task=0)
        house.submit(name, OTHER, task=1)
    house.round()
    return house


def owed(house: House) -> dict[str, int]:
    report = house.services.debt.report(house.project_id, house.id_of("Cleo"))
    return {one.kind: one.items for one in report.owed}


def test_what_was_answered_before_the_guidelines_changed_is_owed(settled: House) -> None:
    assert owed(settled) == {}
    rewrite(settled, "A jingle is an advert.")
    assert owed(settled) == {"old versions": 2}
    settled.services.projects.set_threshold(settled.project_id, settled.id_of("Cleo"), 0.5)
    report = settled.services.debt.report(settled.project_id, settled.id_of("Cleo"))
    assert report.since_version == 2, "what changes nothing for who labels makes nothing old"
    assert report.owed[0].sentence == "2 items stand as answered before version 2 changed the guidelines."


def test_items_with_the_label_that_changed_are_found_and_opened_again(settled: House) -> None:
    rewrite(settled, "A jingle is an advert.")
    cleo = settled.id_of("Cleo")
    found = settled.services.debt.affected(settled.project_id, cleo, "content", "advert")
    assert [one.title for one in found] == ["episode-1"]
    done = settled.services.debt.queue_again(cleo, found, "jingles are adverts now")
    assert done.sentence == "1 item is open again."
    assert state_of(settled, "episode-0") is ItemState.SETTLED
    assert state_of(settled, "episode-1") in (ItemState.REOPENED, ItemState.ESCALATED)
    assert owed(settled) == {"old versions": 1}
    again = settled.services.debt.queue_again(cleo, found, "again")
    assert (again.opened, len(again.refused)) == (0, 1)


def test_a_dispute_and_an_old_reference_are_owed(settled: House) -> None:
    from annodesk.store import settled as rows
    from annodesk.store import tasks

    with settled.services.file.write() as db:
        item = tasks.get_task(db, settled.tasks()[0]).item_id
        rows.make_reference(db, item, None, settled.id_of("Cleo"), is_hidden=True, now_us=settled.clock())
    assert owed(settled) == {}
    settled.clock.hours(24 * 91)
    assert owed(settled) == {"references": 1}
    (one,) = settled.services.debt.report(settled.project_id, settled.id_of("Cleo")).owed
    assert one.oldest_days == 91


def test_annotators_are_not_told(settled: House) -> None:
    with pytest.raises(WorkflowError, match="analysts and managers"):
        settled.services.debt.report(settled.project_id, settled.id_of("Ada"))


def test_what_changed_last_names_the_label_that_it_is_about_and_those_that_are_gone(settled: House) -> None:
    rewrite(settled, "A jingle is an advert.")
    told = settled.services.debt.last_change(settled.project_id, settled.id_of("Cleo"))
    assert (told.version, told.first) == (2, ("content", "advert"))
    assert told.labels["content"] == ("speech", "music", "advert")
    assert told.labels["format"] == ("news", "talk")
    with pytest.raises(WorkflowError, match="analysts and managers"):
        settled.services.debt.last_change(settled.project_id, settled.id_of("Ada"))
