"""Files become items, assets and tasks; people get roles; files keep their place."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from annodesk import settings
from annodesk.errors import AnnodeskError, MediaError, NotFoundError, WorkflowError
from annodesk.media import cache, peaks
from annodesk.media.pack_folder import PackFolder
from annodesk.model.items import Asset, AssetType, Location
from annodesk.model.work import Role, Skill
from annodesk.services.base import Desk
from annodesk.services.items import stretches
from annodesk.store import projects
from tests.services.made import House, make_recording, us


def add(house: House, *paths: Path, metadata: Path | None = None):
    return house.services.items.add(house.project_id, paths, metadata)


def test_a_recording_and_a_text_of_one_name_make_one_item(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    make_recording(folder / "talk.wav", 3, 7)
    (folder / "talk.txt").write_text("hello")
    added = add(house, folder)
    assert (added.items, added.assets, added.skipped) == (1, 2, ())
    (item,) = [i for i in house.services.items.every(house.project_id) if i.key == "talk"]
    assert [a.type for a in item.assets] == [AssetType.AUDIO, AssetType.TEXT]
    assert item.duration_us == us(3)


def test_a_file_added_before_is_a_duplicate_even_under_another_name(house: House, tmp_path: Path) -> None:
    shutil.copyfile(house.folder / "media" / "episode-0.wav", tmp_path / "same.wav")
    added = add(house, tmp_path / "same.wav", house.folder / "media")
    assert (added.items, added.duplicates) == (0, ("same (as episode-0)", "episode-0 (as episode-0)"))


def test_what_cannot_be_labelled_is_skipped_with_its_reason(house: House, tmp_path: Path) -> None:
    odd = tmp_path / "odd"
    odd.mkdir()
    (odd / "broken.wav").write_bytes(b"RIFF....WAVEfmt ")
    (odd / "notes.docx").write_bytes(b"PK\x03\x04 not a recording")
    (odd / "latin.txt").write_bytes("é".encode("latin-1"))
    (odd / "cover.png").write_bytes(b"\x89PNG")
    (odd / ".hidden.wav").write_bytes(b"x")
    (odd / "empty.mp3").write_bytes(b"")
    added = add(house, odd, tmp_path / "gone.wav")
    assert added.items == 0
    names = {Path(s.file).name for s in added.skipped}
    assert names == {"broken.wav", "notes.docx", "latin.txt", "cover.png", "empty.mp3", "gone.wav"}
    assert all(s.reason and "\n" not in s.reason for s in added.skipped)


def test_two_recordings_of_one_name_get_keys_of_their_own(house: House, tmp_path: Path) -> None:
    for number, name in enumerate(("a", "b", "c")):
        (tmp_path / name).mkdir()
        make_recording(tmp_path / name / "take.wav", 2, 20 + number)
        add(house, tmp_path / name)
    keys = [i.key for i in house.services.items.every(house.project_id) if i.key.startswith("take")]
    assert sorted(keys) == ["take", "take (2)", "take (3)"]


def test_metadata_is_joined_by_key(house: House, tmp_path: Path) -> None:
    make_recording(tmp_path / "talk.wav", 2, 9)
    table = tmp_path / "meta.csv"
    table.write_text("key,language,show\ntalk,pt,Ana e Lua\n", encoding="utf-8-sig")
    add(house, tmp_path / "talk.wav", metadata=table)
    (item,) = [i for i in house.services.items.every(house.project_id) if i.key == "talk"]
    assert item.metadata == {"language": "pt", "show": "Ana e Lua"}


WIDE = ",".join(["key", *(f"c{n}" for n in range(256))]).encode()
LONG_CELL = b"key,a\nx," + b"y" * 200_000


@pytest.mark.parametrize(
    "content", [b"name,language\nx,pt\n", b"", b"\xff\xfe\x00", WIDE, LONG_CELL, bytes((16 << 20) + 1)]
)
def test_a_metadata_table_that_cannot_be_used_is_refused(house: House, tmp_path: Path, content: bytes) -> None:
    table = tmp_path / "meta.csv"
    table.write_bytes(content)
    with pytest.raises(AnnodeskError, match=r"no column named key|not UTF-8|257 columns|not a table|larger than"):
        add(house, house.folder / "media", metadata=table)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
def test_a_pipe_in_place_of_metadata_is_not_waited_for(house: House, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "meta.csv")
    with pytest.raises(AnnodeskError, match="not an ordinary file"):
        add(house, house.folder / "media", metadata=tmp_path / "meta.csv")


def test_a_text_of_more_than_16_mib_is_skipped_and_one_that_has_grown_says_so_in_its_place(houses) -> None:
    house = houses(with_text=True)
    small, large = house.folder / "media" / "episode-0.txt", house.folder / "media" / "large.txt"
    for path in (small, large):
        with path.open("r+b" if path is small else "wb") as file:
            file.truncate((16 << 20) + 1)
    added = add(house, large)
    assert (added.items, "larger than 16 MiB" in added.skipped[0].reason) == (0, True)
    text = house.open("Ada").text
    assert text is not None
    assert text.text == "episode-0.txt is larger than 16 MiB. Split it into several files."


def test_a_version_of_a_project_is_parsed_once(house: House) -> None:
    first, again = (house.services.projects.get(house.project_id).project for _ in range(2))
    assert first is again


def test_an_item_of_a_language_goes_to_who_knows_it(houses, tmp_path: Path) -> None:
    house = houses(items=0)
    with house.services.file.write() as db:
        speaker = projects.add_person(db, "Inês", 0, skills=[Skill("pt")])
        projects.add_role(db, house.project_id, speaker, Role.ANNOTATOR)
    make_recording(tmp_path / "talk.wav", 2, 9)
    (tmp_path / "meta.csv").write_text("key,language\ntalk,pt\n")
    add(house, tmp_path / "talk.wav", metadata=tmp_path / "meta.csv")
    house.round()
    assert len(house.services.tasks.cards(house.project_id, speaker)) == 1
    assert house.services.tasks.cards(house.project_id, house.id_of("Ada")) == []
    with pytest.raises(WorkflowError, match="It needs pt"):
        house.open("Ada")


def test_long_recordings_are_cut_and_a_short_rest_joins_the_last_piece() -> None:
    assert stretches(100, 100) == [(0, 100)]
    assert stretches(250, 100) == [(0, 100), (100, 200), (200, 250)]
    assert stretches(220, 100) == [(0, 100), (100, 220)]
    assert stretches(0, 100) == [(0, 0)]


def test_content_hashes_are_filled_in_later(house: House) -> None:
    assert house.services.items.every(house.project_id)[0].assets[0].sha256 is None
    assert house.services.items.hash_assets(house.project_id) == 1
    assert len(house.services.items.every(house.project_id)[0].assets[0].sha256 or "") == 64
    assert house.services.items.hash_assets(house.project_id) == 0


def test_what_was_derived_of_another_recording_of_the_same_quick_print_is_forgotten(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNODESK_CACHE", str(tmp_path / "cache"))
    (recording,) = (house.folder / "media").glob("*.wav")
    peaks.build(recording)
    assert cache.confirm(recording, "0" * 64)
    assert peaks.open_or_none(recording) is not None
    house.services.items.hash_assets(house.project_id)
    assert peaks.open_or_none(recording) is None


def desk(house: House) -> Desk:
    return Desk(house.services.file, "here", house.clock)


def test_files_beside_the_project_move_with_it(house: House) -> None:
    asset = house.services.items.every(house.project_id)[0].assets[0]
    assert asset.location == Location(path="media/episode-0.wav")
    assert desk(house).resolve(asset) == house.folder / "media" / "episode-0.wav"


def test_files_elsewhere_are_found_by_a_named_folder_of_this_workstation(house: House, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("elsewhere")
    make_recording(folder / "far.wav", 2, 5)
    add(house, folder)
    (item,) = [i for i in house.services.items.every(house.project_id) if i.key == "far"]
    where = item.assets[0].location
    assert where.root
    assert where.path == "far.wav"
    assert settings.load().media_roots[where.root] == str(folder)
    assert desk(house).resolve(item.assets[0]) == folder / "far.wav"


def test_a_link_that_leaves_its_folder_is_not_opened(house: House) -> None:
    asset = house.services.items.every(house.project_id)[0].assets[0]
    path = house.folder / "media" / "episode-0.wav"
    secret = house.folder.parent / "secret.wav"
    path.rename(secret)
    path.symlink_to(secret)
    with pytest.raises(MediaError, match="leaves its media folder"):
        desk(house).resolve(asset)


def test_a_file_reached_by_a_link_is_added_where_it_really_lies(house: House, tmp_path_factory) -> None:
    real, links = tmp_path_factory.mktemp("real"), tmp_path_factory.mktemp("links")
    make_recording(real / "far.wav", 2, 6)
    (links / "near.wav").symlink_to(real / "far.wav")
    assert add(house, links).items == 1
    (item,) = [i for i in house.services.items.every(house.project_id) if i.key == "near"]
    assert desk(house).resolve(item.assets[0]) == real / "far.wav"


@pytest.mark.parametrize(
    "where", [Location("nowhere", "a.wav"), Location(path="gone.wav"), Location(url="https://x/a")]
)
def test_media_that_are_not_here_are_told_with_a_next_step(house: House, where: Location) -> None:
    with pytest.raises(MediaError) as caught:
        desk(house).resolve(Asset("a", AssetType.AUDIO, where))
    assert caught.value.hint


def test_a_task_opens_without_its_media_and_says_where_they_should_be(house: House) -> None:
    (house.folder / "media" / "episode-0.wav").unlink()
    work = house.open("Ada")
    assert work.media_path is None
    assert "episode-0.wav is not in" in work.media_problem


def test_a_person_is_added_once_and_collects_roles(house: House) -> None:
    first = house.services.people.add(house.project_id, " Dora ", Role.ANNOTATOR)
    again = house.services.people.add(house.project_id, "Dora", Role.ANALYST)
    assert first.id == again.id
    (dora,) = [m for m in house.services.people.list(house.project_id) if m.person.name == "Dora"]
    assert dora.roles == {Role.ANNOTATOR, Role.ANALYST}
    with pytest.raises(WorkflowError, match="needs a name"):
        house.services.people.add(house.project_id, "  ")
    with pytest.raises(NotFoundError, match="Known: Ada, Ben, Cleo, Dora"):
        house.services.people.find("Zoe")


def test_several_projects_in_one_file_are_told_apart(house: House) -> None:
    path = house.folder / "project.toml"
    path.write_text(path.read_text().replace("podcast-policy", "other"))
    other = house.services.projects.init(path)
    with pytest.raises(WorkflowError, match="Say which project"):
        house.services.projects.find()
    assert house.services.projects.find("other").id == other.id
    assert house.services.items.every(other.id) == []
    with pytest.raises(NotFoundError, match="It has: other, podcast-policy"):
        house.services.projects.find("none")


def test_media_at_an_address_are_opened_where_they_were_fetched(house: House) -> None:
    url = "https://example.org/sounds/one.wav"
    asset = Asset("asset", AssetType.AUDIO, Location(url=url), sha256="ab" * 32)
    with pytest.raises(MediaError, match="is not on this computer"):
        desk(house).resolve(asset)
    place = PackFolder().place(url, asset.sha256)
    place.write_bytes(b"sound")
    assert desk(house).resolve(asset) == place
    place.unlink()
