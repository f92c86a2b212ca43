"""Models held against what a team settled, from a workstation that holds none of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from annodesk.errors import WorkflowError
from annodesk.services import Services
from annodesk.services.evaluate import EvaluationReport
from annodesk.services.overview import Overview
from annodesk.services.settled_answers import MANAGER_ALONE
from tests.services.made import ALIKE
from tests.services.team.crew import Crew

WORSE = ((0, 10, "speech"), (10, 25, "speech"), (25, 40, "speech"))


@contextmanager
def workstation(crew: Crew, folder: Path, name: str) -> Iterator[Services]:
    with Services.open(folder / f"{name}.annodesk", create=True) as services:
        services.sync.join_at(crew.address(name), crew.project_id)
        services.sync.round()
        yield services


def settle(crew: Crew, items: int) -> list[str]:
    """So many items labelled alike by two people; their keys."""
    for _ in range(items):
        crew.forget_offers()
        crew.label("ada")
        crew.label("ben")
        crew.round()
    ask = "select i.key from annodesk.item i join annodesk.item_state s on s.item_id = i.id where s.state = 'settled'"
    return sorted(row[0] for row in crew.admin(ask))


def predictions(folder: Path, *keys: str) -> Path:
    """Right of the first, one stretch wrong of each other."""
    path = folder / "model.jsonl"
    told = []
    for place, key in enumerate(keys):
        marks = [
            {"tier": "content", "start": s, "end": e, "label": label, "probability": 0.9}
            for s, e, label in (WORSE if place else ALIKE)
        ]
        told.append(json.dumps({"item": key, "segments": marks}))
    path.write_text("\n".join(told), encoding="utf-8")
    return path


def report(crew: Crew, services: Services, name: str, path: Path) -> EvaluationReport:
    return services.evaluation.report(crew.project_id, crew.people[name], [path])


def test_an_analyst_is_told_by_the_server_and_opens_errors_again(crew: Crew, tmp_path: Path) -> None:
    keys = settle(crew, 2)
    assert len(keys) == 2
    with workstation(crew, tmp_path, "ana") as services:
        found = report(crew, services, "ana", predictions(tmp_path, *keys, "nowhere"))
        (part,) = found.parts
        assert (found.items, found.aided, dict(found.left_out)) == (2, 0, {"not in the project": 1})
        assert part.models[0].exact.value == 0.5
        assert part.models[0].whole.f1.value == pytest.approx(5 / 6)
        assert part.models[0].calibration.n == 6
        sent = services.evaluation.send_to_review(crew.project_id, crew.people["ana"], found.wrong, found.models)
        assert (sent.opened, sent.refused) == (1, ())
    assert settle(crew, 0) == keys[:1]


@pytest.mark.parametrize("name", ["joe", "max"])
def test_a_review_batch_has_its_name_for_everybody_who_judges(crew: Crew, tmp_path: Path, name: str) -> None:
    keys = settle(crew, 2)
    crew.call("max", "select annodesk.remove_role(%s, %s, 'annotator')", crew.project_id, crew.people["dan"])
    with workstation(crew, tmp_path, "ana") as services:
        found = report(crew, services, "ana", predictions(tmp_path, *keys))
        about = (crew.project_id, crew.people["ana"], found.wrong, found.models)
        assert services.evaluation.send_to_review(*about, "New model").opened == 1
    with workstation(crew, tmp_path, name) as services:
        (batch,) = services.review_batches.list(crew.project_id)
        assert (batch.name, batch.reviews, batch.to_label, batch.settled) == ("New model", 1, 0, 0)
        about = (crew.project_id, crew.people[name])
        assert services.review_batches.may_take(*about) == (name == "joe")
        assert services.review_batches.take(*about, "New model") == ""
        cards = services.review.cards(*about)
        assert [(card.title, card.batch) for card in cards] == ([(keys[1], "New model")] if name == "joe" else [])


def test_what_the_team_drew_is_weighted(crew: Crew, tmp_path: Path) -> None:
    keys = settle(crew, 2)
    crew.admin(
        "insert into annodesk.sampled (project_id, item_id, probability, is_drawn, how, made_at_us)"
        " select project_id, id, 0.25, true, 'uncertainty', 1 from annodesk.item where key = %s",
        keys[0],
    )
    with workstation(crew, tmp_path, "ana") as services:
        found = report(crew, services, "ana", predictions(tmp_path, *keys))
    assert found.is_weighted
    assert found.parts[0].models[0].exact.value == pytest.approx(4 / 5)


def test_a_manager_is_told_the_same_but_who_saw_suggestions(crew: Crew, tmp_path: Path) -> None:
    keys = settle(crew, 1)
    with workstation(crew, tmp_path, "max") as services:
        found = report(crew, services, "max", predictions(tmp_path, *keys))
    assert (found.items, found.parts[0].models[0].exact.value) == (1, 1.0)
    assert MANAGER_ALONE in found.notes
    assert found.parts[0].models[0].calibration.n == 0


def test_it_is_told_without_a_workstation_too(crew: Crew, tmp_path: Path) -> None:
    keys = settle(crew, 2)
    path = predictions(tmp_path, *keys)
    with Overview(crew.address("ana")) as overview:
        found = overview.evaluate(crew.project_id, [path])
    assert (found.items, found.parts[0].models[0].exact.value) == (2, 0.5)
    with Overview(crew.address("dan")) as overview, pytest.raises(WorkflowError, match="analysts and managers"):
        overview.evaluate(None, [path])


def test_an_annotator_is_told_nothing(crew: Crew, tmp_path: Path) -> None:
    keys = settle(crew, 1)
    with workstation(crew, tmp_path, "dan") as services, pytest.raises(WorkflowError, match="analysts and managers"):
        report(crew, services, "dan", predictions(tmp_path, *keys))


def test_what_an_analyst_has_open_themselves_is_kept_from_them(crew: Crew, tmp_path: Path) -> None:
    keys = settle(crew, 1)
    crew.admin(
        "insert into annodesk.membership (project_id, person_id, role) values (%s, %s, 'annotator')",
        crew.project_id,
        crew.people["ana"],
    )
    crew.admin(
        "insert into annodesk.claim (project_id, id, task_id, person_id, state, made_at_us, changed_at_us)"
        " select k.project_id, 'mine', k.id, %s, 'leased', 1, 1 from annodesk.task k"
        " join annodesk.item i on i.project_id = k.project_id and i.id = k.item_id"
        " where i.key = %s and k.stage = 'annotate'",
        crew.people["ana"],
        keys[0],
    )
    with workstation(crew, tmp_path, "ana") as services:
        found = report(crew, services, "ana", predictions(tmp_path, *keys))
    assert (found.items, found.parts) == (0, ())
