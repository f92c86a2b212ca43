"""What is labelled next is drawn by what the file knows, written down with its probability, and given out first."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.errors import WorkflowError
from annodesk.store import items, sampled
from annodesk.workflow.drawing import By, DrawPlan
from tests.services.alone import make_alone, model_answers, people_answer
from tests.services.made import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    found = make_alone(tmp_path, items_there=10, accept="")
    model_answers(found, *range(8), p=0.99)
    model_answers(found, 8, 9, p=0.5)
    return found


def chances(house: House) -> dict[str, tuple[float, bool]]:
    with house.services.file.read() as db:
        keys = {item.id: item.key for item in items.list_items(db, house.project_id)}
        return {keys[i]: said for i, said in sampled.known(db, house.project_id).items()}


def test_what_the_model_is_unsure_of_is_drawn_and_offered_first(house: House) -> None:
    drawn = house.services.sampling.draw(house.project_id, DrawPlan(2, random_share=0.1))
    found = chances(house)
    assert sum(p for p, _ in found.values()) == pytest.approx(2)
    assert found["clip-008"][0] == found["clip-009"][0] > 5 * found["clip-000"][0] > 0
    assert {key for key, (_, is_drawn) in found.items() if is_drawn} == set(drawn.keys)
    house.services.coordinator.route(house.project_id)
    first = house.services.dashboard.queue(house.project_id, house.id_of("Ada"))[:2]
    assert {one["item"] for one in first} == set(drawn.keys)
    assert drawn.sentence.startswith("2 of 10 items were drawn")


def test_a_second_draw_takes_others_and_adds_up_the_probabilities(house: House) -> None:
    house.services.sampling.draw(house.project_id, DrawPlan(4, By.RANDOM))
    once = {key for key, (_, is_drawn) in chances(house).items() if is_drawn}
    second = house.services.sampling.draw(house.project_id, DrawPlan(3, By.RANDOM))
    assert not once & set(second.keys)
    assert second.pool == 6
    found = chances(house)
    assert {round(p, 9) for p, _ in found.values()} == {0.7}, (
        "0.4, or else half of what was left; none came first or last"
    )


def test_a_label_that_people_deny_is_drawn_by_disagreement(house: House) -> None:
    people_answer(house, 0, 1, label="talk")
    model_answers(house, 2, 3, label="talk", p=0.9, time=2)
    people_answer(house, 2, label="talk")
    drawn = house.services.sampling.draw(house.project_id, DrawPlan(1, By.DISAGREEMENT, random_share=0.1))
    found = chances(house)
    assert drawn.pool == 7
    assert found["clip-004"][0] > 5 * found["clip-003"][0], "people never denied the model's talk"


def test_files_of_two_models_say_where_they_disagree(house: House) -> None:
    one = {f"clip-{n:03}": [{"news": 1.0}] for n in range(10)}
    other = one | {"clip-004": [{"talk": 1.0}]}
    plan = DrawPlan(1, By.DISAGREEMENT, random_share=0.1)
    house.services.sampling.draw(house.project_id, plan, predictions=one, second=other)
    assert chances(house)["clip-004"][0] == pytest.approx(0.91)


def test_where_nothing_is_predicted_a_sentence_says_what_to_do(tmp_path: Path) -> None:
    bare = make_alone(tmp_path, items_there=2, accept="")
    with pytest.raises(WorkflowError, match="Nothing is known that uncertainty could be told from"):
        bare.services.sampling.draw(bare.project_id, DrawPlan(1))
    assert bare.services.sampling.draw(bare.project_id, DrawPlan(5, By.RANDOM)).pool == 2
    again = bare.services.sampling.draw(bare.project_id, DrawPlan(5, By.RANDOM))
    assert again.sentence == "Nothing was drawn: no item is left that nobody has begun."


def test_what_a_draw_would_do_is_told_before_it_and_changes_nothing(house: House) -> None:
    sampling, plan = house.services.sampling, DrawPlan(2, random_share=0.1)
    told = sampling.preview(house.project_id, plan)
    assert (told.count, told.pool, told.without_prediction) == (2, 10, 0)
    assert told.lowest < told.highest
    assert told.sentence.startswith("2 of 10 items that nobody has begun would be drawn, each with a probability of 0.")
    assert chances(house) == {}
    drawn = sampling.draw(house.project_id, plan)
    # Sums are taken in the order of the lot, so the last digit may be another.
    said = [p for p, _ in chances(house).values()]
    assert (min(said), max(said)) == pytest.approx((told.lowest, told.highest), rel=1e-12)
    assert drawn.pool == told.pool
    assert sampling.preview(house.project_id, DrawPlan(99, By.RANDOM)).count == 8


def test_files_of_predictions_say_it_in_place_of_the_model_here(house: House, tmp_path: Path) -> None:
    unsure = {"clip-001": 0.5, "clip-002": 1.0}
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text("item,question,label,probability\n" + "".join(f"{k},format,news,{p}\n" for k, p in unsure.items()))
    other.write_text("item,question,label\nclip-001,format,news\nclip-002,format,talk\n")
    plan = DrawPlan(1, random_share=0.1)
    told = house.services.sampling.preview(house.project_id, plan, files=[one])
    assert told.without_prediction == 8
    house.services.sampling.draw(house.project_id, DrawPlan(1, By.DISAGREEMENT, 0.1), files=[one, other])
    found = chances(house)
    assert found["clip-002"][0] == max(p for p, _ in found.values()), "there the two differ"
    assert found["clip-001"][0] == min(p for p, _ in found.values())
