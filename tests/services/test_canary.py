"""A canary answers a share beside the model in use, is shown to nobody, and is promoted only when it is not worse."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annodesk.errors import ModelError, WorkflowError
from annodesk.model.annotations import AnnotationSet, Author, AuthorKind
from annodesk.model.ids import new_id
from annodesk.prelabel.check import embedded_model
from annodesk.services.canary import drawn_tasks
from annodesk.services.opened import model_set
from annodesk.services.transfer import Which
from annodesk.store import canary as rows
from annodesk.store import journal, projects, tasks
from tests.services.made import House, make_house, segments

SAYS = {"right": ((0, 2, "speech"),), "wrong": ((0, 2, "music"),)}


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """Another model that answers as the shipped one does: its file is a byte longer."""
    path = tmp_path / "candidate.gguf"
    path.write_bytes(embedded_model().path.read_bytes() + b"\0")
    return path


@pytest.fixture
def full(tmp_path: Path) -> Iterator[House]:
    """Forty short items, each labelled as speech by one person without suggestions."""
    made = make_house(tmp_path, items=40, seconds=2, overlap=1)
    for task in range(40):
        made.submit("Ada", SAYS["right"], task=task)
    made.round()
    yield made
    made.services.close()


def put(house: House, task_id: str, author: Author, says: str, version: int = 1, round: int = 1) -> None:
    """What a model is made to have said."""
    made = AnnotationSet(
        new_id(), author=author, project_id=house.project_id, task_id=task_id, round=round, project_version=version,
        elements=segments(SAYS[says]),
    )  # fmt: skip
    with house.services.file.write() as db:
        journal.add_set(db, made, house.clock())


def answer_all(house: House, old: Callable[[int], str], new: Callable[[int], str], most: int = 40) -> None:
    """Both models' answers to all items, as functions of the item's place."""
    with house.services.file.read() as db:
        version = projects.get_version(db, house.project_id)
    key = house.services.models.canary.key(version)
    for place, task_id in enumerate(house.tasks()[:most]):
        put(house, task_id, Author(AuthorKind.MODEL, embedded_model().sha256), old(place))
        put(house, task_id, Author(AuthorKind.CANARY, key), new(place), version.version)


def start(house: House, candidate: Path, **how: float) -> None:
    house.services.models.start_canary(
        house.project_id, house.id_of("Cleo"), model=str(candidate), **{"share": 1.0, **how}
    )


def policy(house: House) -> object:
    return house.services.projects.get(house.project_id).project.prelabel


def test_a_canary_that_agrees_as_often_is_promoted(full: House, candidate: Path) -> None:
    start(full, candidate)
    answer_all(full, lambda place: "right", lambda place: "right")
    report = full.services.models.canary_report(full.project_id)
    assert report is not None
    assert (report.answered, report.verdict.n, report.verdict.old, report.verdict.new) == (40, 40, 1.0, 1.0)
    assert report.verdict.is_not_worse
    full.services.models.promote(full.project_id, full.id_of("Cleo"))
    assert (policy(full).model, policy(full).canary) == (str(candidate), None)  # type: ignore[attr-defined]
    assert full.services.models.canary_report(full.project_id) is None


def test_a_canary_that_is_worse_is_refused_and_stays(full: House, candidate: Path) -> None:
    start(full, candidate)
    answer_all(full, lambda place: "right", lambda place: "right" if place % 2 else "wrong")
    report = full.services.models.canary_report(full.project_id)
    assert report is not None
    assert (report.verdict.new, report.verdict.is_worse) == (0.5, True)
    with pytest.raises(WorkflowError, match="not promoted") as caught:
        full.services.models.promote(full.project_id, full.id_of("Cleo"))
    assert "worse" in caught.value.hint
    assert policy(full).model == "embedded"  # type: ignore[attr-defined]


def test_of_few_answers_it_says_not_enough_to_know(full: House, candidate: Path) -> None:
    start(full, candidate)
    answer_all(full, lambda place: "wrong", lambda place: "right", most=5)
    report = full.services.models.canary_report(full.project_id)
    assert report is not None
    assert report.sentence.startswith("Not enough to know")
    with pytest.raises(WorkflowError):
        full.services.models.promote(full.project_id, full.id_of("Cleo"))


def test_only_who_sets_policies_starts_stops_and_promotes(full: House, candidate: Path) -> None:
    models, ada = full.services.models, full.id_of("Ada")
    with pytest.raises(WorkflowError):
        models.start_canary(full.project_id, ada, model=str(candidate))
    start(full, candidate)
    with pytest.raises(WorkflowError):
        models.stop_canary(full.project_id, ada)
    answer_all(full, lambda place: "right", lambda place: "right")
    with pytest.raises(WorkflowError):
        models.promote(full.project_id, ada)


def test_what_stands_by_another_model_is_not_held_against_it(full: House, candidate: Path) -> None:
    start(full, candidate)
    answer_all(full, lambda place: "right", lambda place: "right", most=10)
    for task_id in full.tasks()[:4]:
        put(full, task_id, Author(AuthorKind.MODEL, "cd" * 32), "wrong", round=2)
    report = full.services.models.canary_report(full.project_id)
    assert report is not None
    assert report.verdict.n == 6


def test_nobody_is_shown_what_a_canary_says(full: House, candidate: Path) -> None:
    start(full, candidate)
    answer_all(full, lambda place: "right", lambda place: "wrong")
    task_id = full.tasks()[0]
    with full.services.file.read() as db:
        found = model_set(db, task_id)
        assert found is not None
        assert found.author.kind is AuthorKind.MODEL
    for which in Which:
        for document in full.services.transfer.documents(full.project_id, which):
            labels = {label for one in document.elements for label in getattr(one, "labels", ())}
            assert "music" not in labels


def test_a_canary_does_not_send_items_to_review(full: House, candidate: Path) -> None:
    start(full, candidate)
    answer_all(full, lambda place: "right", lambda place: "wrong")
    full.round()
    assert full.status()["escalated"] == 0


def test_the_share_is_drawn_once_and_kept_to(full: House, candidate: Path) -> None:
    start(full, candidate, share=0.3)
    with full.services.file.read() as db:
        version = projects.get_version(db, full.project_id)
        key = full.services.models.canary.key(version)
        first = [task.id for task in drawn_tasks(db, version, key, None)]
        again = [task.id for task in drawn_tasks(db, version, key, None)]
    assert first == again
    assert 3 <= len(first) <= 24


def test_a_canary_that_is_the_model_in_use_is_refused(house: House) -> None:
    with pytest.raises(WorkflowError, match="the model in use"):
        house.services.models.start_canary(house.project_id, house.id_of("Cleo"), model="embedded")
    with pytest.raises(WorkflowError, match="new model or new prompts"):
        house.services.models.start_canary(house.project_id, house.id_of("Cleo"))


def test_a_file_that_is_no_model_becomes_no_canary(house: House, tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"nonsense")
    with pytest.raises(ModelError):
        house.services.models.start_canary(house.project_id, house.id_of("Cleo"), model="bad.gguf")
    assert policy(house).canary is None  # type: ignore[attr-defined]


def test_new_prompts_alone_are_a_canary_too(house: House) -> None:
    prompts = {"segment": "Say what it is: {labels}\n%%\nSound: {item}\nLabel:"}
    house.services.models.start_canary(house.project_id, house.id_of("Cleo"), prompts=prompts, share=0.5)
    stands = policy(house).canary  # type: ignore[attr-defined]
    assert (stands.model, dict(stands.prompts), stands.share) == ("", prompts, 0.5)


@pytest.mark.skipif(importlib.util.find_spec("llama_cpp") is None, reason="the extra llm is not installed")
def test_a_canary_answers_what_the_model_in_use_has_answered_once(tmp_path: Path, candidate: Path) -> None:
    house = make_house(tmp_path, items=3, seconds=4, overlap=1)
    try:
        house.services.prelabel.run(house.project_id, limit=2)
        start(house, candidate)
        done = house.services.models.canary.run(house.project_id, limit=1)
        assert (done.answered, done.left) == (1, 1)
        assert house.services.models.canary.run(house.project_id).answered == 1
        assert house.services.models.canary.run(house.project_id).answered == 0
        with house.services.file.read() as db:
            version = projects.get_version(db, house.project_id)
            made = rows.answered(db, house.project_id, house.services.models.canary.key(version))
            stages = [task.id for task in tasks.list_tasks(db, house.project_id)]
            both = [task_id for task_id in stages if task_id in made]
            assert len(both) == 2
            for task_id in both:
                (new,) = journal.sets_of_task(db, task_id, AuthorKind.CANARY)
                old = model_set(db, task_id)
                assert old is not None
                assert new.segments("content")
                assert new.author.id != old.author.id
    finally:
        house.services.close()
