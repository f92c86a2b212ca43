"""A person's own bookmarks."""

from __future__ import annotations

from msgspec.structs import replace

from annodesk.services import Services
from tests.services.made import House


def test_bookmarks_come_back_in_the_order_of_time_after_the_file_is_opened_again(house: House) -> None:
    work, ada = house.open("Ada"), house.id_of("Ada")
    house.services.bookmarks.add(work.item.id, ada, 5_000_000, " come back here ")
    house.services.bookmarks.add(work.item.id, ada, 1_000_000, element_id="segment")
    with Services.open(house.services.path, read_only=True) as reader:
        found = reader.bookmarks.of(work.item.id, ada)
    assert [(b.time_us, b.note, b.element_id) for b in found] == [
        (1_000_000, "", "segment"),
        (5_000_000, "come back here", None),
    ]


def test_nobody_reads_or_removes_the_bookmarks_of_another(house: House) -> None:
    item, ada, ben = house.open("Ada").item.id, house.id_of("Ada"), house.id_of("Ben")
    (own,) = house.services.bookmarks.add(item, ada, 1)
    assert house.services.bookmarks.of(item, ben) == ()
    house.services.bookmarks.remove(replace(own, person_id=ben))
    assert house.services.bookmarks.of(item, ada) == (own,)
    assert house.services.bookmarks.remove(own) == ()
