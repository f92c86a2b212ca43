"""Versions of a project: immutable, whole, and named by every score."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from annodesk.model.work import Batch, Role, Stage
from annodesk.prelabel.check import embedded_model
from annodesk.services import Services
from annodesk.store import projects, tasks
from annodesk.store import tables as t
from tests.services.made import OTHER, House, make_recording, write_project


def test_a_version_holds_the_guidelines_pictures_and_the_models_hash(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    (tmp_path / "guidelines.md").write_text("# Rules\n![a wave](wave.png)\n", encoding="utf-8")
    (tmp_path / "wave.png").write_bytes(b"\x89PNG first")
    with Services.open(tmp_path / "a.annodesk", create=True) as services:
        made = services.projects.init(file)
        assert services.projects.init(file) == made
        (tmp_path / "wave.png").write_bytes(b"\x89PNG second")
        assert services.projects.init(file).version == 2
        first, second = (services.projects.get(made.id, n) for n in (1, 2))
        with services.file.read() as db:
            kept = [projects.pictures_of(db, version) for version in (first, second)]
    assert kept == [{"wave.png": b"\x89PNG first"}, {"wave.png": b"\x89PNG second"}]
    assert first.model_sha256 == embedded_model().sha256


def test_another_model_under_the_same_name_makes_a_new_version(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    file.write_text(file.read_text().replace("[prelabel]", '[prelabel]\nmodel = "own.gguf"'))
    with Services.open(tmp_path / "a.annodesk", create=True) as services:
        made = services.projects.init(file)
        assert services.projects.get(made.id).model_sha256 is None
        (tmp_path / "own.gguf").write_bytes(b"GGUF one")
        assert services.projects.init(file).version == 2
        (tmp_path / "own.gguf").write_bytes(b"GGUF another")
        assert services.projects.init(file).version == 3
        assert services.projects.init(file).version == 3


def test_a_score_names_the_version_by_whose_rules_it_was_made(house: House) -> None:
    (house.folder / "guidelines.md").write_text("# Other guidelines\n")
    assert house.services.projects.init(house.folder / "project.toml").version == 2
    for name in ("Ada", "Ben"):
        house.submit(name, OTHER)
    house.round()
    with house.services.file.read() as db:
        assert set(db.execute(select(t.score.c.project_version)).scalars()) == {2}


def test_a_pilot_asks_every_annotator_and_nobody_else(house: House, tmp_path: Path) -> None:
    house.services.people.add(house.project_id, "Max", Role.MANAGER)
    with house.services.file.write() as db:
        projects.add_batch(db, house.project_id, Batch("p", "warm-up", is_pilot=True))
    house.services.items.add(house.project_id, [make_recording(tmp_path / "pilot.wav", seed=9)])
    with house.services.file.read() as db:
        pilot = [x for x in tasks.list_tasks(db, house.project_id, Stage.ANNOTATE) if x.batch_id == "p"]
        assert [len(tasks.slots_of(db, x.id)) for x in pilot] == [2]
