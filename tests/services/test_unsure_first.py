"""A batch in which what the model is unsure of comes first: drawn some at a time, written down, never by it alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.errors import WorkflowError
from annodesk.services import unsure_first
from annodesk.store import items, sampled
from tests.services.alone import make_alone, model_answers, people_answer
from tests.services.made import House

UNSURE = range(0, 12, 3)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Twelve items in the first batch, four of which the model is unsure of; three are drawn at a time."""
    monkeypatch.setattr(unsure_first, "LEAST", 3)
    monkeypatch.setattr(unsure_first, "FOR_EACH", 1)
    found = make_alone(tmp_path, items_there=12, accept="")
    model_answers(found, *(n for n in range(12) if n not in UNSURE), p=0.999)
    model_answers(found, *UNSURE, p=0.5)
    return found


def ask_for_it(house: House, share: float | None = 0.1) -> None:
    (one,) = house.services.batches.list(house.project_id)
    house.services.batches.change(house.project_id, None, one.batch.id, unsure_first=share)
    house.round()


def drawn(house: House) -> dict[str, tuple[float, bool]]:
    with house.services.file.read() as db:
        keys = {item.id: item.key for item in items.list_items(db, house.project_id)}
        return {keys[i]: said for i, said in sampled.known(db, house.project_id).items()}


def taken(house: House) -> set[str]:
    return {key for key, (_, is_drawn) in drawn(house).items() if is_drawn}


def offered(house: House) -> list[str]:
    return [str(one["item"]) for one in house.services.dashboard.queue(house.project_id, house.id_of("Ada"))]


def test_nothing_is_drawn_unless_a_batch_asks_for_it(house: House) -> None:
    house.round()
    assert drawn(house) == {}


def test_what_was_drawn_is_offered_first_and_each_items_probability_is_written_down(house: House) -> None:
    ask_for_it(house)
    said = drawn(house)
    assert len(said) == 12
    assert sum(p for p, _ in said.values()) == pytest.approx(3)
    assert min(said[f"clip-{n:03}"][0] for n in UNSURE) > 3 * said["clip-001"][0] > 0
    assert len(taken(house)) == 3
    assert set(offered(house)[:3]) == taken(house)
    assert len(offered(house)) == 12, "what was not drawn waits behind them"


def test_more_is_drawn_once_some_is_taken_up_by_what_the_model_says_then(house: House) -> None:
    ask_for_it(house)
    first, before = taken(house), drawn(house)
    keys = sorted(drawn(house))
    model_answers(house, *(keys.index(key) for key in keys if key not in first), p=0.999, time=2)
    people_answer(house, keys.index(sorted(first)[0]))
    more, after = taken(house), drawn(house)
    assert first < more
    assert len(more) == 6
    assert all(after[key][0] >= before[key][0] for key in keys), "no probability falls: draws only add"
    left = [after[key][0] - before[key][0] for key in keys if key not in first]
    assert max(left) > 0
    sure = {round(after[key][0], 9) for key in keys if key not in first and before[key][0] == before["clip-001"][0]}
    assert len(sure) == 1, "what the model is as sure of is as likely"


def test_while_enough_is_left_nothing_more_is_drawn(house: House) -> None:
    ask_for_it(house)
    before = drawn(house)
    house.round()
    assert drawn(house) == before


def test_all_is_drawn_in_the_end_and_then_each_item_counts_once(house: House) -> None:
    ask_for_it(house)
    while len(taken(house)) < 12:
        key = offered(house)[0]
        assert key in taken(house)
        people_answer(house, int(key[-3:]))
    assert {p for p, _ in drawn(house).values()} == {1.0}


def test_where_the_model_has_said_nothing_items_come_by_lot(tmp_path: Path) -> None:
    bare = make_alone(tmp_path, items_there=3, accept="")
    ask_for_it(bare)
    assert drawn(bare) == {}
    assert len(offered(bare)) == 3


def test_a_share_by_chance_alone_is_always_kept(house: House) -> None:
    with pytest.raises(WorkflowError, match="By chance alone comes a share from 10% to 100%"):
        ask_for_it(house, 0.05)


def test_a_batch_that_asks_no_more_gives_out_as_it_did_before(house: House) -> None:
    house.round()
    before = offered(house)
    ask_for_it(house)
    assert offered(house) != before
    ask_for_it(house, None)
    assert offered(house) == before
