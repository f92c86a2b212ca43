"""Setting what the model does makes a version of the project, by whoever may, and can be set back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from annodesk.errors import AnnodeskError
from annodesk.model.work import Role
from annodesk.store.engine import LocalFile
from tests.services.made import House, make_house


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_house(tmp_path, items=2, show="before")


def test_several_settings_make_one_version_and_leave_the_rest(house: House) -> None:
    projects, cleo = house.services.projects, house.id_of("Cleo")
    before = projects.get(house.project_id)
    done = projects.set_policy(
        house.project_id, cleo, {"prelabel.show": "never", "prelabel.accept_above": 0.98, "workflow.audit_share": 0.1}
    )
    assert done.info.version == 2
    assert dict(done.before) == {
        "prelabel.show": "before", "prelabel.accept_above": None, "workflow.audit_share": 0.0,
    }  # fmt: skip
    after = projects.get(house.project_id)
    assert (after.project.prelabel.show, after.project.prelabel.accept_above) == ("never", 0.98)
    assert after.project.workflow.audit_share == 0.1
    assert after.project.schema == before.project.schema
    assert after.guidelines == before.guidelines


def test_what_was_set_is_set_back_to_the_file_as_it_was(house: House) -> None:
    projects, cleo = house.services.projects, house.id_of("Cleo")
    before = projects.get(house.project_id)
    done = projects.set_policy(house.project_id, cleo, {"prelabel.show": "never", "prelabel.accept_above": 0.98})
    projects.set_policy(house.project_id, cleo, done.before)
    assert projects.get(house.project_id).file == before.file


def test_what_stands_already_makes_no_version(house: House) -> None:
    done = house.services.projects.set_policy(house.project_id, house.id_of("Cleo"), {"prelabel.show": "before"})
    assert done.info.version == 1


def test_another_model_is_named_with_its_hash_and_the_old_one_again(house: House) -> None:
    projects, cleo = house.services.projects, house.id_of("Cleo")
    shipped = projects.get(house.project_id)
    (house.folder / "other.gguf").write_bytes(b"GGUF, or so it says")
    projects.set_policy(house.project_id, cleo, {"prelabel.model": "other.gguf"})
    other = projects.get(house.project_id)
    assert other.model_name == "other.gguf"
    assert other.model_sha256 not in (None, shipped.model_sha256)
    projects.set_policy(house.project_id, cleo, {"prelabel.model": "embedded"})
    assert projects.get(house.project_id).model_sha256 == shipped.model_sha256


def test_whoever_labels_sets_nothing_and_a_manager_alone_where_there_is_one(house: House) -> None:
    projects = house.services.projects
    with pytest.raises(AnnodeskError, match="by the project's manager"):
        projects.set_policy(house.project_id, house.id_of("Ada"), {"prelabel.show": "never"})
    max_id = house.services.people.add(house.project_id, "Max", Role.MANAGER).id
    with pytest.raises(AnnodeskError, match="by the project's manager"):
        projects.set_policy(house.project_id, house.id_of("Cleo"), {"prelabel.show": "never"})
    assert projects.set_policy(house.project_id, max_id, {"prelabel.show": "never"}).info.version == 2


def test_a_model_is_read_through_before_anything_is_written(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    writing, hashed_while_writing, write = [0], [], LocalFile.write

    @contextmanager
    def watched(file: LocalFile) -> Iterator[object]:
        with write(file) as db:
            writing[0] += 1
            yield db
            writing[0] -= 1

    def listen(named: str, *rest: object) -> str:
        hashed_while_writing.append((named, writing[0]))
        return "ab" * 32

    monkeypatch.setattr(LocalFile, "write", watched)
    monkeypatch.setattr("annodesk.services.projects.model_hash", listen)
    house.services.projects.set_policy(house.project_id, house.id_of("Cleo"), {"prelabel.model": "large.gguf"})
    assert hashed_while_writing == [("large.gguf", 0)]
    assert house.services.projects.get(house.project_id).model_sha256 == "ab" * 32
