"""The review queue on real recordings with planted disagreement: every planted case is in it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.store import figures
from tests.services.made import House
from tests.services.planted import PEOPLE, Pass, Planted, cases, make_planted, tasks_by_key


@pytest.fixture
def planted(tmp_path: Path, shared: Path) -> Iterator[tuple[House, dict[str, Planted]]]:
    found = cases(shared)
    house = make_planted(tmp_path, shared, found)
    yield house, found
    house.services.close()


def test_every_planted_case_is_in_the_queue_with_its_reason_and_nothing_else_is(
    planted: tuple[House, dict[str, Planted]],
) -> None:
    house, found = planted
    for key, task_id in tasks_by_key(house).items():
        one = found[key]
        for name, act in zip(PEOPLE, one.acts[:1] if one.is_single else one.acts, strict=False):
            work = house.open(name, task_id)
            if isinstance(act, Pass):
                house.services.tasks.skip(work.set_id, act.reason)
                continue
            for draft in act.drafts(work.task.end_us):
                house.do(work, draft)
            if act.flag:
                house.services.tasks.flag(work.set_id, act.flag)
            house.services.tasks.submit(work.session.annotations)
    house.round()
    with house.services.file.read() as db:
        raised = figures.open_escalations(db, house.project_id)
    keys = {item.id: Path(item.key).stem for item in house.services.items.every(house.project_id)}
    told = {keys[item_id]: {(e.reason, e.culprit) for e, _ in some} for item_id, some in raised.items()}
    assert told == {key: one.expected for key, one in found.items() if one.expected}
    cards = house.services.review.cards(house.project_id, house.id_of("Cleo"))
    assert sorted(Path(card.title).stem for card in cards) == sorted(told)
    assert all((card.reason, card.culprit) in {(str(r), c) for r, c in told[Path(card.title).stem]} for card in cards)
    status = house.status()
    assert (status["escalated"], status["settled"]) == (len(told), len(found) - len(told))
    # Nobody who labelled an item is shown its review.
    for name in PEOPLE:
        assert house.services.review.cards(house.project_id, house.id_of(name)) == []
