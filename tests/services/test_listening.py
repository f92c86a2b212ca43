"""What of a task its author has played."""

from __future__ import annotations

from annodesk.model.times import Interval
from annodesk.services import Services
from tests.services.made import House


def test_what_was_played_is_there_when_the_file_is_opened_again(house: House) -> None:
    set_id = house.open("Ada").set_id
    house.services.listening.add(set_id, [Interval(4_000_000, 5_000_000), Interval(0, 1_000_000)])
    house.services.listening.add(set_id, [Interval(900_000, 2_000_000)])
    with Services.open(house.services.path, read_only=True) as reader:
        assert reader.listening.of(set_id) == (Interval(0, 2_000_000), Interval(4_000_000, 5_000_000))


def test_what_one_person_played_another_has_not(house: House) -> None:
    ada, ben = house.open("Ada"), house.open("Ben")
    house.services.listening.add(ada.set_id, [Interval(0, 1_000_000)])
    assert house.open("Ada").heard == (Interval(0, 1_000_000),)
    assert house.services.listening.of(ben.set_id) == ()
