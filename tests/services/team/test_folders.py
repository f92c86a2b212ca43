"""Recordings of a team's project are found on each workstation in the folder that was named for them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk import settings
from annodesk.services import Services
from annodesk.services.folders import Looked
from tests.services.made import House
from tests.services.team.crew import Crew


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").mkdir()
    monkeypatch.setenv("ANNODESK_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def desk(crew: Crew, tmp_path: Path) -> Iterator[Services]:
    """Ada's workstation with a task, in a folder of its own."""
    (tmp_path / "ada").mkdir()
    services = Services.open(tmp_path / "ada" / "team.annodesk", create=True)
    services.sync.join(crew.url("ada"))
    services.sync.ask_for_task()
    services.sync.round()
    yield services
    services.close()


def test_on_the_computer_that_published_they_are_found_at_once(desk: Services, crew: Crew) -> None:
    assert desk.folders.look(crew.project_id) == Looked(1, 1)


@pytest.mark.parametrize("inside", ["", "media"])
def test_elsewhere_the_folder_is_named_or_one_inside_of_it(
    desk: Services, crew: Crew, local: House, tmp_path: Path, inside: str
) -> None:
    settings.change(team_media={})
    assert desk.folders.look(crew.project_id).found == 0
    copied = tmp_path / "copied"
    shutil.copytree(local.folder / "media", copied / "media")
    assert desk.folders.name(crew.project_id, tmp_path / "config").found == 0
    assert settings.load().team_media == {}, "a folder without them is not taken"
    assert desk.folders.name(crew.project_id, copied / inside).missing == ""
    assert settings.load().team_media == {crew.project_id: str(copied)}
    item = desk.items.every(crew.project_id)[0]
    assert desk.tasks.media_of(item)[item.assets[0].id][0] == (copied / item.assets[0].location.path).resolve()


def test_what_is_not_there_is_told_with_the_way_to_say_where_it_is(desk: Services, crew: Crew) -> None:
    settings.change(team_media={})
    ((path, problem),) = desk.tasks.media_of(desk.items.every(crew.project_id)[0]).values()
    assert path is None
    assert "Say where the recordings are" in problem


def test_a_folder_is_taken_on_trust_while_no_task_is_here(crew: Crew, tmp_path: Path) -> None:
    with Services.open(tmp_path / "ben.annodesk", create=True) as ben:
        ben.sync.join(crew.url("ben"))
        ben.sync.round()
        assert ben.folders.name(crew.project_id, tmp_path) == Looked(0, 0)
    assert settings.load().team_media[crew.project_id] == str(tmp_path)


def test_a_file_that_stands_alone_looks_beside_itself(local: House) -> None:
    assert local.services.folders.look(local.project_id) == Looked(3, 3)
    shutil.rmtree(local.folder / "media")
    looked = local.services.folders.name(local.project_id, local.folder.parent)
    assert (looked.found, looked.missing) == (0, "media/episode-0.wav")
    ((_, problem),) = local.services.tasks.media_of(local.services.items.every(local.project_id)[0]).values()
    assert "Put it back" in problem
