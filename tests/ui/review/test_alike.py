"""After a ruling: the card, and the grid of open disagreements of the same kind, by real keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from annodesk.model.work import ItemState, Role, SlotState
from annodesk.quality.disputes import Choice
from annodesk.services.decisions import ruled_keys
from annodesk.store import figures, tasks
from annodesk.ui.review.alike_tiles import TILE
from tests.services.made import ALIKE, House, Stretch, make_house
from tests.ui.review.conftest import Desk
from tests.ui.review.room import Room

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier
CTRL, SHIFT = Mod.ControlModifier, Mod.ShiftModifier


def advert(end: float) -> tuple[Stretch, ...]:
    """As ALIKE, but that the music is an advert until a time."""
    return ((0, 10, "speech"), (10, end, "advert"), (end, 40, "speech"))


def music(end: float) -> tuple[Stretch, ...]:
    return ((0, 10, "speech"), (10, end, "music"), (end, 40, "speech"))


def fill(house: House, count: int) -> Desk:
    """Items in which one says advert and the other music; in the last one they answer differently, too."""
    for number in range(count):
        end = 25 - number % 10
        first, second = ("Ada", "Ben") if number % 2 else ("Ben", "Ada")
        house.submit(first, music(end), task=number)
        house.submit(second, advert(end), task=number, policy=("violence",) if number == count - 1 else ("none",))
    house.round()
    ids = (house.id_of("Ada"), house.id_of("Ben"))
    return Desk(house.services, house.project_id, house.id_of("Cleo"), ids)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = make_house(tmp_path, items=6)
    yield made
    made.services.close()


@pytest.fixture
def room(qtbot, house: House) -> Iterator[Room]:
    """The first item of the queue open, its one place still to be ruled."""
    made = Room(qtbot, fill(house, 6))
    made.space.open_first("episode-0")
    made.wait()
    assert made.space.work is not None
    yield made
    made.close()


@pytest.fixture
def grid(room: Room) -> Room:
    """The grid, after a ruling for advert in the first item."""
    room.press(ruling_key(room, "advert"))
    room.press(Key.Key_G)
    room.qtbot.waitUntil(lambda: room.space.alike.is_shown)
    room.wait()
    return room


def ruling_key(room: Room, label: str) -> Key:
    return getattr(Key, f"Key_{room.letter_of(label, 11)}")


def tiles(room: Room) -> list[str]:
    return [tile.place.title for tile in room.space.alike.page.tiles.tiles]


def chosen(room: Room) -> list[str]:
    return [tile.choice.words if tile.is_chosen else "" for tile in room.space.alike.page.tiles.tiles]


def said(room: Room) -> str:
    return room.space.alike.page.said.text()


def states(room: Room) -> list[str]:
    return [tile.state for tile in room.space.alike.page.tiles.tiles]


def item_states(room: Room, house: House) -> dict[str, ItemState]:
    with house.services.file.read() as db:
        return {i.key: figures.item_state(db, i.id) for i in house.services.items.every(house.project_id)}


def claim_states(room: Room, house: House) -> dict[str, SlotState]:
    found = {}
    for tile in room.space.alike.page.tiles.tiles:
        with house.services.file.read() as db:
            claim = tasks.claim_of(db, tile.place.task_id, house.id_of("Cleo"))
        if claim is not None:
            found[tile.place.title] = claim.state
    return found


def test_before_a_ruling_there_is_no_card_and_after_it_the_others_are_offered(room: Room) -> None:
    card = room.space.alike.card
    assert not card.isVisible()
    assert not room.space.keys.is_enabled("review.alike")
    room.press(ruling_key(room, "advert"))
    assert card.isVisible()
    assert card.count.text() == "5 open disagreements of this same pair"
    assert card.pair.text().startswith("advert / music, most alike first")
    assert card.button.shown_key == "G"


def test_a_settled_item_still_leads_to_the_others_of_its_kind(room: Room) -> None:
    room.press(ruling_key(room, "advert"))
    room.press(Key.Key_Return, mod=CTRL)
    page = room.space.waiting.page
    assert room.space.work is None
    assert "5 other places of the pair advert / music: G shows them as a grid." in page.sentence.text()
    room.press(Key.Key_G)
    assert len(tiles(room)) == 5
    room.press(Key.Key_3)
    room.press(Key.Key_Return)
    assert states(room).count("ruled") == 1
    room.press(Key.Key_Escape)
    room.wait()
    assert page.isVisible()
    assert page.title.text()


def test_the_card_goes_with_its_ruling(room: Room) -> None:
    room.press(ruling_key(room, "advert"))
    room.press(Key.Key_Z, mod=CTRL)
    assert not room.space.alike.card.isVisible()
    assert not room.space.keys.is_enabled("review.alike")


def test_without_another_of_the_pair_there_is_no_card(qtbot, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    house = make_house(tmp_path / "one", items=1)
    here = Room(qtbot, fill(house, 1))
    try:
        here.open()
        here.press(ruling_key(here, "advert"))
        assert not here.space.alike.card.isVisible()
    finally:
        here.close()
        house.services.close()


def test_the_grid_shows_every_other_item_the_most_alike_first_and_no_name(grid: Room) -> None:
    page = grid.space.alike.page
    assert page.isVisible()
    assert page.list.hasFocus()
    assert sorted(tiles(grid)) == ["episode-1", "episode-2", "episode-3", "episode-4", "episode-5"]
    assert page.title.text() == "advert / music"
    index = page.tiles.index(0)
    words = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "A says" in words
    assert "B says" in words
    assert not any(name in words for name in ("Ada", "Ben"))


def test_a_labels_own_key_chooses_it_and_goes_on_to_the_next(grid: Room) -> None:
    page = grid.space.alike.page
    assert [made.shown_key for made in page.choices] == ["3", "2"]
    grid.press(Key.Key_3, Key.Key_2)
    assert chosen(grid)[:3] == ["advert", "music", ""]
    assert page.list.row == 2
    assert page.rule.text() == "Rule 2"


def test_the_keys_of_the_desk_do_nothing_in_the_grid(grid: Room) -> None:
    before = list(grid.stored())
    grid.press(Key.Key_A, Key.Key_N, Key.Key_J, Key.Key_M)
    assert chosen(grid) == [""] * 5
    assert list(grid.stored()) == before
    assert grid.space.alike.is_shown


def test_arrows_go_through_the_clips_by_line_and_play_them_with_a_second_of_context(grid: Room) -> None:
    page, transport = grid.space.alike.page, grid.space.alike.transport
    columns = page.list.columns
    assert columns > 1
    grid.press(Key.Key_Right)
    assert page.list.row == 1
    assert transport.is_playing
    heard = page.tiles.tiles[1].place.heard
    assert heard is not None
    assert heard.start_us == 9_000_000
    grid.press(Key.Key_Space)
    assert not transport.is_playing
    grid.press(Key.Key_Space)
    assert transport.is_playing
    grid.press(Key.Key_Left)
    assert page.list.row == 0
    grid.press(Key.Key_Down)
    assert page.list.row == min(columns, 4)


def test_all_selected_are_chosen_in_one_go_but_those_left_out(grid: Room) -> None:
    grid.press(Key.Key_Right)
    grid.press(Key.Key_X)
    grid.press(Key.Key_A, mod=CTRL)
    grid.press(Key.Key_3)
    assert chosen(grid) == ["advert", "", "advert", "advert", "advert"]
    assert "1 left out" in grid.space.alike.page.count.whole()


def test_left_out_and_taken_in_again(grid: Room) -> None:
    grid.press(Key.Key_3)
    grid.press(Key.Key_Left)
    grid.press(Key.Key_X)
    assert chosen(grid)[0] == ""
    grid.press(Key.Key_X)
    assert chosen(grid)[0] == "advert"


def test_enter_rules_the_chosen_ones_each_in_the_analysts_own_set(grid: Room, house: House) -> None:
    grid.press(Key.Key_3, Key.Key_3, Key.Key_2)
    grid.press(Key.Key_Return)
    assert states(grid)[:3] == ["ruled", "ruled", "ruled"]
    assert said(grid).startswith("3 ruled in 3 items.")
    for tile, label in zip(grid.space.alike.page.tiles.tiles, ("advert", "advert", "music"), strict=False):
        with house.services.file.read() as db:
            claim = tasks.claim_of(db, tile.place.task_id, house.id_of("Cleo"))
        assert claim is not None
        assert claim.set_id is not None
        annotations, _ = house.services.annotate.reload(claim.set_id)
        assert ruled_keys(annotations) == {tile.place.disagreement.key}
        assert annotations.segments_in("content", 11_000_000, 12_000_000)[0].label == label


def test_enter_without_a_choice_says_what_to_press(grid: Room) -> None:
    grid.press(Key.Key_Return)
    assert said(grid) == "Choose first what is right: 3 advert or 2 music."


def test_the_last_batch_is_taken_back_and_what_was_chosen_stands_again(grid: Room) -> None:
    grid.press(Key.Key_3)
    grid.press(Key.Key_Return)
    grid.press(Key.Key_2, Key.Key_2)
    grid.press(Key.Key_Return)
    assert states(grid)[:3] == ["ruled"] * 3
    grid.press(Key.Key_Z, mod=CTRL)
    assert states(grid)[:3] == ["ruled", "", ""]
    assert chosen(grid)[1:3] == ["music", "music"]
    assert said(grid) == "2 rulings taken back."
    grid.press(Key.Key_Z, mod=CTRL)
    assert states(grid)[:3] == ["", "", ""]
    grid.press(Key.Key_Z, mod=CTRL)
    assert said(grid) == "There is no batch to take back."


def test_items_wholly_ruled_are_settled_when_the_person_says_so(grid: Room, house: House) -> None:
    page = grid.space.alike.page
    grid.press(Key.Key_A, mod=CTRL)
    grid.press(Key.Key_3)
    grid.press(Key.Key_Return)
    assert "4 items are now wholly ruled" in said(grid)
    assert page.settle.text() == "Settle 4 items"
    assert ItemState.SETTLED not in item_states(grid, house).values()
    grid.press(Key.Key_Return, mod=CTRL)
    assert said(grid) == "4 items are settled."
    found = item_states(grid, house)
    assert [key for key, state in found.items() if state is not ItemState.SETTLED] == ["episode-0", "episode-5"]
    assert not page.settle.isVisible()


def test_what_is_not_wholly_ruled_goes_back_to_the_queue_with_its_ruling_kept(grid: Room, house: House) -> None:
    grid.press(Key.Key_A, mod=CTRL)
    grid.press(Key.Key_3)
    grid.press(Key.Key_Return)
    grid.press(Key.Key_Escape)
    grid.wait()
    assert set(claim_states(grid, house).values()) == {SlotState.EXPIRED}
    assert any("back in the queue, with your rulings kept" in one for one in grid.said)
    assert len(house.services.review.cards(house.project_id, house.id_of("Cleo"))) == 6


def test_escape_goes_back_to_the_item_and_its_keys(grid: Room) -> None:
    grid.press(Key.Key_Escape)
    assert not grid.space.alike.is_shown
    assert grid.space.desk.isVisible()
    assert grid.space.timeline.hasFocus()
    assert grid.space.alike.card.isVisible()
    grid.press(Key.Key_N)
    assert grid.space.ruling == "neither"


def test_an_item_somebody_else_took_meanwhile_is_told_and_the_others_go_on(grid: Room, house: House) -> None:
    dora = house.services.people.add(house.project_id, "Dora", Role.ANALYST)
    second = grid.space.alike.page.tiles.tiles[1].place
    house.services.review.open(house.project_id, dora.id, second.task_id)
    grid.press(Key.Key_A, mod=CTRL)
    grid.press(Key.Key_3)
    grid.press(Key.Key_Return)
    assert states(grid) == ["ruled", "refused", "ruled", "ruled", "ruled"]
    assert said(grid).startswith("4 ruled in 4 items.")
    assert f"{second.title}: Somebody else has just taken this review." in said(grid)
    assert not grid.notices.reports


def test_places_of_the_open_item_are_ruled_too_and_seen_when_one_comes_back(qtbot, tmp_path: Path) -> None:
    folder = tmp_path / "two"
    folder.mkdir()
    house = make_house(folder, items=1)
    twice = ((0, 10, "speech"), (10, 15, "music"), (15, 25, "speech"), (25, 30, "music"), (30, 40, "speech"))
    house.submit("Ada", twice)
    house.submit("Ben", tuple((a, b, "advert" if label == "music" else label) for a, b, label in twice))
    house.round()
    here = Room(qtbot, Desk(house.services, house.project_id, house.id_of("Cleo"), ("", "")))
    try:
        space = here.open()
        here.press(ruling_key(here, "advert"))
        assert space.alike.card.count.text() == "1 open disagreement of this same pair"
        here.press(Key.Key_G)
        here.press(Key.Key_3)
        here.press(Key.Key_Return)
        assert states(here) == ["ruled"]
        here.press(Key.Key_Escape)
        here.wait()
        assert space.places.open_ones == ()
        assert ("advert", 25.0, 30.0) in here.own()
        here.press(Key.Key_Z, mod=CTRL)
        here.wait()
        assert len(space.places.open_ones) == 1
        here.press(Key.Key_Z, mod=CTRL)
        here.wait()
        assert len(space.places.open_ones) == 2
        assert [one for one in here.own() if one[0] == "speech"]
        here.press(Key.Key_Z, mod=CTRL)
        assert [one for one in here.own() if one[0] == "speech"]
    finally:
        here.close()
        house.services.close()


def test_a_double_pressed_enter_rules_once(grid: Room) -> None:
    grid.press(Key.Key_3)
    page = grid.space.alike.page.list
    for _ in range(2):
        QTest.keyClick(page, Key.Key_Return)
    grid.wait()
    assert grid.space.alike.batch.last == 1
    assert states(grid).count("ruled") == 1


def test_clips_get_their_pictures_and_only_those_in_view_are_read(grid: Room) -> None:
    looks = grid.space.alike.looks
    grid.qtbot.waitUntil(lambda: len(looks.known) == 5)
    assert all(look.wave is not None and look.wave.any() for look in looks.known.values())


def test_a_click_selects_and_a_button_chooses(grid: Room) -> None:
    page = grid.space.alike.page
    place = page.list.visualRect(page.tiles.index(2)).center()
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseClick(page.choices[0], Qt.MouseButton.LeftButton)
    grid.wait()
    assert chosen(grid)[2] == "advert"


def test_another_item_opened_from_the_queue_closes_the_grid(grid: Room) -> None:
    grid.press(Key.Key_3)
    grid.press(Key.Key_Return)
    other = next(t for t in grid.space.waiting.queue.task_ids() if t != grid.space.work.task.id)
    grid.space.open_task(other)
    grid.wait()
    assert not grid.space.alike.is_shown
    assert grid.space.desk.isVisible()
    assert grid.space.work.task.id == other
    assert not grid.space.keys.is_enabled("alike.rule")


def test_an_item_of_the_batch_opened_while_it_is_ruled_is_kept_and_shows_its_ruling(grid: Room, house: House) -> None:
    grid.press(Key.Key_A, mod=CTRL)
    grid.press(Key.Key_3)
    place = grid.space.alike.page.tiles.tiles[4].place
    QTest.keyClick(grid.space.alike.page.list, Key.Key_Return)
    grid.space.open_task(place.task_id)
    grid.wait()
    assert grid.space.work is not None
    assert grid.space.work.task.id == place.task_id
    assert grid.space.places.ruled == {place.disagreement.key}
    found = claim_states(grid, house)
    assert found.pop(place.title) is SlotState.LEASED
    assert set(found.values()) == {SlotState.EXPIRED}


def test_somebody_else_at_the_desk_finds_no_grid_and_nothing_held(grid: Room, house: House) -> None:
    grid.press(Key.Key_3)
    grid.press(Key.Key_Return)
    context = grid.space.context
    context.person_id = house.id_of("Ada")
    grid.bus.person_changed.emit()
    grid.wait()
    assert not grid.space.alike.is_shown
    assert not grid.space.alike.card.isVisible()
    assert SlotState.LEASED not in claim_states(grid, house).values()


def test_what_is_taken_down_is_not_shown_on(grid: Room) -> None:
    grid.qtbot.waitUntil(lambda: len(grid.space.alike.looks.known) == 5)
    gone = grid.space.alike.page.tiles.tiles[0].place.item_id
    grid.bus.taken_down.emit(frozenset({gone}))
    grid.wait()
    alike = grid.space.alike
    assert not alike.is_shown
    assert grid.space.work is not None
    assert (list(alike.page.tiles.tiles), dict(alike.looks.known)) == ([], {})
    assert not alike.card.isVisible()


def test_five_hundred_clips_are_drawn_from_a_model_and_only_those_in_view(qtbot, grid: Room) -> None:
    from msgspec.structs import replace

    alike = grid.space.alike
    some = alike.page.tiles.tiles[0].place
    many = [replace(some, title=f"item {n}", task_id=f"t{n}") for n in range(500)]
    alike._show_places(many)
    assert len(alike.page.list.rows_in_view()) < 60
    assert len(alike.page.findChildren(object)) < 400
    bar = alike.page.list.verticalScrollBar()
    for share in (0.3, 0.9, 1.0):
        bar.setValue(round(bar.maximum() * share))
        grid.wait()
        alike.page.list.viewport().grab()
    grid.press(Key.Key_End)
    assert alike.page.list.row == 499
    assert alike.page.tiles.index(499).data(TILE).place.title == "item 499"
    assert len(alike.looks.known) < 300


def test_shift_and_arrows_select_several(grid: Room) -> None:
    grid.press(Key.Key_Right, Key.Key_Right, mod=SHIFT)
    grid.press(Key.Key_2)
    assert chosen(grid) == ["music", "music", "music", "", ""]


def test_choices_of_a_question_have_digits(qtbot, tmp_path: Path) -> None:
    folder = tmp_path / "asked"
    folder.mkdir()
    house = make_house(folder, items=3)
    for number in range(3):
        house.submit("Ada", ALIKE, task=number)
        house.submit("Ben", ALIKE, task=number, policy=("violence",))
    house.round()
    here = Room(qtbot, Desk(house.services, house.project_id, house.id_of("Cleo"), ("", "")))
    try:
        here.open()
        here.press(Key.Key_A)
        assert here.space.alike.card.count.text() == "2 open disagreements of this same pair"
        here.press(Key.Key_G)
        assert [(b.text(), b.shown_key) for b in here.space.alike.page.choices] == [("none", "1"), ("violence", "2")]
        here.press(Key.Key_2, Key.Key_1)
        here.press(Key.Key_Return)
        assert states(here) == ["ruled", "ruled"]
        here.press(Key.Key_Return, mod=CTRL)
        assert said(here) == "2 items are settled."
    finally:
        here.close()
        house.services.close()


def test_the_choice_is_by_label_not_by_letter(grid: Room) -> None:
    letters = {
        next(letter for letter, choice in tile.place.sides if choice == Choice("advert"))
        for tile in grid.space.alike.page.tiles.tiles
    }
    assert letters == {"A", "B"}
