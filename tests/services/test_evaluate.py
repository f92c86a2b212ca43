"""Files of predictions against a project's settled answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annodesk.errors import AnnodeskError, WorkflowError
from annodesk.model.work import ItemState, Role, SlotState
from annodesk.services import evaluate
from annodesk.services.evaluate import EvaluationReport
from annodesk.services.transfer import Which
from annodesk.store import items, sampled, tasks
from annodesk.store import tables as t
from tests.services.alone import make_alone, model_answers, need_few, people_answer, states
from tests.services.made import ALIKE, House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Ten items, of which people settled eight: six news and two talk."""
    made = make_alone(tmp_path, items_there=10)
    people_answer(made, *range(6))
    people_answer(made, 6, 7, label="talk")
    yield made
    made.services.close()


def keys(house: House) -> list[str]:
    with house.services.file.read() as db:
        return [item.key for item in items.list_items(db, house.project_id)]


def predicted(house: House, *labels: str | None, name: str = "model.jsonl", **more: Any) -> Path:
    path = house.folder / name
    told = [{"item": key, "label": label, **more} for key, label in zip(keys(house), labels, strict=False) if label]
    path.write_text("\n".join(map(json.dumps, told)), encoding="utf-8")
    return path


def report(house: House, *files: Path, name: str | None = "Cleo", **more: Any) -> EvaluationReport:
    person = house.id_of(name) if name else None
    return house.services.evaluation.report(house.project_id, person, files, **more)


def test_a_model_is_held_against_what_people_settled(house: House) -> None:
    found = report(house, predicted(house, *["news"] * 7, "talk", "news"))
    (part,) = found.parts
    assert (found.items, found.aided, found.models) == (8, 0, ("model.jsonl",))
    assert dict(found.left_out) == {"not settled yet": 1}
    assert part.models[0].exact.value == 7 / 8
    assert [(w.item, w.mistake.truth, w.mistake.said) for w in found.wrong] == [(keys(house)[6], "talk", "news")]


def test_two_are_compared_on_what_both_tell_of(house: House) -> None:
    first = predicted(house, *["news"] * 8)
    second = predicted(house, None, *["news"] * 5, "talk", "talk", name="second.jsonl")
    found = report(house, first, second)
    assert (found.items, dict(found.left_out)) == (7, {"told of by one model alone": 1})
    assert found.parts[0].difference is not None
    assert found.parts[0].difference.exact.value == pytest.approx(2 / 7)
    assert found.wrong_places == (2, 0)


def test_our_own_export_of_the_model_is_taken(house: House, tmp_path: Path) -> None:
    model_answers(house, *range(8), p=0.9)
    out = tmp_path / "model-export.jsonl"
    house.services.transfer.export(house.project_id, Which.MODEL, "native", out)
    found = report(house, out)
    assert (found.items, found.parts[0].models[0].exact.value) == (8, 6 / 8)
    told = found.parts[0].models[0].calibration
    assert (told.n, told.ece.value) == (8, pytest.approx(0.15))


def test_what_the_machine_settled_is_its_own_word_and_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_few(monkeypatch)
    house = make_alone(tmp_path, items_there=20)
    model_answers(house, *range(20), p=0.99)
    people_answer(house, *range(12))
    house.round()
    by_machine = states(house)[12:].count(ItemState.SETTLED)
    assert by_machine
    found = report(house, predicted(house, *["news"] * 20))
    assert (found.items, dict(found.left_out)["settled by the machine"]) == (12, by_machine)
    house.services.close()


def test_items_that_somebody_has_open_are_kept_from_them(house: House) -> None:
    path = predicted(house, *["news"] * 8)
    ada = house.services.people.add(house.project_id, "Ada", Role.ANALYST)
    assert report(house, path, name="Ada").items == 8, "what was handed in is no secret"
    with house.services.file.write() as db:
        claim = tasks.claim_of(db, house.tasks()[0], ada.id)
        assert claim is not None
        tasks.set_claim_state(db, claim, SlotState.RETURNED, "", house.clock())
    found = report(house, path, name="Ada")
    assert (found.items, dict(found.left_out)) == (7, {"not settled yet": 1})
    assert report(house, path).items == 8


def test_it_is_for_analysts_and_managers(house: House) -> None:
    with pytest.raises(WorkflowError, match="analysts and managers"):
        report(house, predicted(house, "news"), name="Ada")


def test_labels_are_found_whatever_their_case_and_strangers_are_told(house: House) -> None:
    path = house.folder / "model.csv"
    rows = [f"{keys(house)[0]},format,NEWS", f"{keys(house)[1]},tempo,fast", "nowhere,format,news"]
    path.write_text("\n".join(["item,question,label", *rows]), encoding="utf-8")
    found = report(house, path)
    assert found.parts[0].models[0].whole.precision.value == 1.0
    assert any("tempo" in note for note in found.notes)
    assert dict(found.left_out)["not in the project"] == 1


@pytest.mark.parametrize(("labels", "reason"), [
    ([None] * 8 + ["news"], evaluate.NOTHING_SETTLED), ([], evaluate.NO_ITEM),
])  # fmt: skip
def test_where_nothing_can_be_compared_it_says_why(house: House, labels: list[str | None], reason: str) -> None:
    path = predicted(house, *labels)
    path.write_text(path.read_text() or '{"item": "nowhere", "label": "news"}')
    found = report(house, path)
    assert (found.items, found.parts, found.reason) == (0, (), reason)


def test_a_file_that_says_nothing_of_the_project_is_told_so(house: House) -> None:
    path = predicted(house, *["news"] * 3, question="tempo")
    assert report(house, path).reason == evaluate.NOTHING_SAID


def test_three_files_are_too_many_and_a_field_that_is_not_there_is_named(house: House) -> None:
    path = predicted(house, "news")
    with pytest.raises(AnnodeskError, match="One or two"):
        report(house, path, path, path)
    with pytest.raises(AnnodeskError, match="has a metadata field 'mood'"):
        report(house, path, rank_by="mood")


def test_the_length_of_items_is_a_slice_like_any_other_field(house: House) -> None:
    assert report(house, predicted(house, *["news"] * 8)).fields == ("duration",)


def test_errors_are_sent_to_review_with_what_the_model_said(house: House) -> None:
    found = report(house, predicted(house, *["news"] * 8, probability=0.9))
    sent = house.services.evaluation.send_to_review(house.project_id, house.id_of("Cleo"), found.wrong, found.models)
    assert (sent.opened, sent.refused) == (2, ())
    assert sent.sentence == "2 items are open again."
    assert states(house)[6:8] == [ItemState.REOPENED] * 2
    with house.services.file.read() as db:
        notes = [row.evidence["note"] for row in db.execute(t.escalation.select())]
    assert "format: model.jsonl says news (p 0.90), and talk stands." in notes
    again = house.services.evaluation.send_to_review(house.project_id, house.id_of("Cleo"), found.wrong, found.models)
    assert (again.opened, len(again.refused)) == (0, 2)


def test_segments_over_several_tasks_are_one_item(houses: Any) -> None:
    house = houses(overlap=1, task_seconds=20)
    for task in range(2):
        house.submit("Ada", ALIKE, task=task)
    house.round()
    (key,) = keys(house)[:1]
    path = house.folder / "segments.csv"
    cells = [f"{key},content,{start},{end},{label}" for start, end, label in ALIKE]
    path.write_text("\n".join(["item,tier,start,end,label", *cells]), encoding="utf-8")
    found = report(house, path, name=None)
    assert found.items == 1, found
    assert found.parts[0].part == "content"


def test_what_was_drawn_is_weighted_and_what_was_not_is_left_out(house: House) -> None:
    with house.services.file.write() as db:
        ids = [item.id for item in items.list_items(db, house.project_id)]
        chances = {ids[0]: 0.1, ids[6]: 1.0, ids[1]: 0.5}
        sampled.record(db, chances, [ids[0], ids[6]], "uncertainty", house.clock(), before={})
    found = report(house, predicted(house, *["news"] * 8))
    assert (found.items, found.is_weighted) == (7, True)
    assert dict(found.left_out) == {"could have been drawn and was not": 1}
    assert found.parts[0].models[0].exact.value == pytest.approx((10 + 4) / (10 + 4 + 2))
