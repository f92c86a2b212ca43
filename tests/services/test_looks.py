"""Who looked at figures by person is told to whom they are about, and kept within bounds."""

from __future__ import annotations

from pathlib import Path

from annodesk.services.looks import ACCURACY, MATRICES, MOST
from annodesk.store import facts
from tests.services.made import House, make_house


def test_who_looked_is_told_to_others_once_a_day(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    looks, cleo = house.services.looks, house.id_of("Cleo")
    for _ in range(3):
        looks.note(house.project_id, cleo, MATRICES)
    looks.note(house.project_id, cleo, ACCURACY)
    house.clock.hours(25)
    looks.note(house.project_id, cleo, MATRICES)
    found = looks.of(house.project_id, house.id_of("Ada"))
    assert [(one.name, one.what) for one in found] == [("Cleo", MATRICES), ("Cleo", ACCURACY), ("Cleo", MATRICES)]
    assert looks.of(house.project_id, cleo) == ()
    house.services.close()


def test_no_look_is_kept_where_the_project_keeps_none(tmp_path: Path) -> None:
    house = make_house(tmp_path, workflow="record_looks = false")
    house.services.looks.note(house.project_id, house.id_of("Cleo"), MATRICES)
    assert house.services.looks.of(house.project_id, house.id_of("Ada")) == ()
    house.services.close()


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    for _ in range(MOST + 5):
        house.services.looks.note(house.project_id, house.id_of("Cleo"), MATRICES)
        house.clock.hours(24)
    assert len(house.services.looks.of(house.project_id, "somebody else")) == MOST
    house.services.close()


def test_damage_is_no_look(tmp_path: Path) -> None:
    house: House = make_house(tmp_path)
    for damage in ("{", "[1]", '[["a", "b", -1]]', '[["a"]]', "null"):
        with house.services.file.write() as db:
            facts.note_fact(db, f"looks of {house.project_id}", damage)
        assert house.services.looks.of(house.project_id, house.id_of("Ada")) == ()
    house.services.close()
