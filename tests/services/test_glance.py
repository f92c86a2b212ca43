"""What a file shows first, told before it is opened, is what is opened first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annodesk.model.work import SlotState
from annodesk.services.tasks import first_card
from annodesk.store import facts, items, tasks
from annodesk.store.glance import Glance, first_recording
from tests.services.made import House, make_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = make_house(tmp_path, items=4, with_text=True)
    yield made
    made.services.close()


def glance(house: House, who: str | None = None, last: str = "", project: str | None = None) -> Glance | None:
    last_tasks = {house.id_of(who): last} if who is not None else {}
    return first_recording(house.services.path, project, who, last_tasks)


def opened_first(house: House, who: str, last: str = "") -> str | None:
    """The id of the asset on the timeline of what opens by itself."""
    card = first_card(house.services.tasks.cards(house.project_id, house.id_of(who)), last)
    if card is None:
        return None
    with house.services.file.read() as db:
        asset = items.get_item(db, tasks.get_task(db, card.task_id).item_id).timeline_asset
    return None if asset is None else asset.id


def one_is_begun(house: House) -> None:
    house.open("Ada", 2)


def two_are_begun(house: House) -> None:
    house.open("Ada", 1)
    house.open("Ada", 3)


def one_came_back(house: House) -> None:
    work = house.submit("Ada", task=2)
    house.open("Ada", 1)
    with house.services.file.write() as db:
        claim = tasks.claim_of(db, work.task.id, house.id_of("Ada"))
        assert claim is not None
        tasks.set_claim_state(db, claim, SlotState.RETURNED, "", house.clock())


def one_is_handed_in(house: House) -> None:
    house.submit("Ada")


def all_are_handed_in(house: House) -> None:
    for task in house.tasks():
        house.submit("Ada", task=task)


def what_was_begun_is_taken_down(house: House) -> None:
    house.services.takedowns.take_down(house.project_id, house.open("Ada", 2).item.id)
    house.round()


@pytest.mark.parametrize(
    "happens",
    [
        lambda house: None,
        one_is_begun,
        two_are_begun,
        one_came_back,
        one_is_handed_in,
        all_are_handed_in,
        what_was_begun_is_taken_down,
    ],
)
def test_what_is_told_beforehand_is_what_opens_first(house: House, happens: Callable[[House], None]) -> None:
    happens(house)
    for who in ("Ada", "Ben"):
        for last in ("", *house.tasks()):
            seen = glance(house, who, last)
            assert (None if seen is None else seen.asset.id) == opened_first(house, who, last)


def test_the_asset_is_told_as_it_is_found_by(house: House) -> None:
    seen = glance(house, "Ada")
    assert seen is not None
    with house.services.file.read() as db:
        known = [asset for item in items.list_items(db, house.project_id) for asset in item.assets]
    (whole,) = [asset for asset in known if asset.id == seen.asset.id]
    for name in ("id", "type", "location", "role", "order", "offset_us", "sha256", "quick_print"):
        assert getattr(seen.asset, name) == getattr(whole, name)
    assert seen.team_project == ""


def test_nobody_named_is_the_first_who_labels_and_no_project_named_the_first(house: House) -> None:
    house.open("Ada", 3)
    house.open("Ben", 1)
    assert (
        glance(house) == glance(house, "Ada") == glance(house, "Ada", project=house.project_id) != glance(house, "Ben")
    )
    by_id = first_recording(house.services.path, "podcast-policy", house.id_of("Ben"), {})
    assert by_id == glance(house, "Ben")
    assert glance(house, "Ada", project="another") is None


def test_in_a_teams_file_it_is_the_member_who_works(house: House) -> None:
    house.open("Ada", 3)
    house.open("Ben", 1)
    bens = glance(house, "Ben")
    assert bens is not None
    with house.services.file.write() as db:
        facts.note_joined(db, facts.Joined("postgresql://host/db", house.project_id, house.id_of("Ben")))
    seen = glance(house, "Ada")
    assert seen == Glance(bens.asset, house.project_id)


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\x00" + b"\x00" * 50])
def test_of_a_file_that_is_none_of_ours_nothing_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd [name] 100%?#.annodesk"
    path.write_bytes(content)
    assert first_recording(path, None, None, {}) is None
    assert path.read_bytes() == content
    path.unlink()
    assert first_recording(path, None, None, {}) is None
    assert not path.exists()


@pytest.mark.parametrize("place", ["../secret.wav", "/etc/passwd", "", "c:/x.wav"])
def test_of_an_asset_that_leaves_its_folder_nothing_is_told(house: House, place: str) -> None:
    with house.services.file.write() as db:
        db.exec_driver_sql("update asset set path = ?", (place,))
    assert glance(house, "Ada") is None


@pytest.mark.parametrize(
    ("column", "value"),
    [(name, b"\xff\xfe") for name in ("root", "path", "url", "offset_us", "sha256")]
    + [("offset_us", "soon"), ("offset_us", 1.5)],
)
def test_of_an_asset_with_other_than_words_and_numbers_in_their_places_nothing_is_told(
    house: House, column: str, value: object
) -> None:
    with house.services.file.write() as db:
        db.exec_driver_sql(f"update asset set {column} = ?", (value,))
    assert glance(house, "Ada") is None
