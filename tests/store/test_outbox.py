"""What waits to be sent is read whole, in pages, as the shared database keeps it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from annodesk.errors import StoreError
from annodesk.model.annotations import Segment
from annodesk.model.edits import add
from annodesk.model.ids import new_id
from annodesk.store import outbox
from annodesk.store.checked import to_json
from annodesk.store.local_tables import journal
from tests.services.made import House, make_house


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Three Edits of one person, with texts that JSON has to escape."""
    made = make_house(tmp_path)
    work = made.open("Ada")
    for number in range(3):
        text = f'{number} „Ümläut“ \\ " \u2028 {"long " * 20}'
        made.do(work, add(Segment(new_id(), "content", number * 10, number * 10 + 10, ("speech",), text)))
    return made


def waiting(house: House, **how: int) -> outbox.WaitingEdits:
    with house.services.file.read() as db:
        project_id = db.execute(select(journal.c.project_id)).scalars().first()
        return outbox.waiting_edits(db, str(project_id), **{"most": 100, **how})


def test_rows_are_sent_as_they_stand_in_the_journal(house: House) -> None:
    page = waiting(house)
    with house.services.file.read() as db:
        rows = [row._mapping for row in db.execute(select(journal).order_by(journal.c.position))]
    assert page.positions == tuple(row["position"] for row in rows)
    assert page.sets == {row["set_id"] for row in rows}
    for text, row in zip(page.texts, rows, strict=True):
        left_out = ("project_id", "position", "outbox")
        assert json.loads(text) == {name: value for name, value in row.items() if name not in left_out}
        assert to_json(row["body"]) in text, "to the letter: the server keeps texts, and digests are made of them"


def test_a_page_ends_where_it_grows_too_long_but_holds_one_at_least(house: House) -> None:
    length = len(waiting(house).texts[0])
    assert len(waiting(house, most_chars=length * 2 + 50).positions) == 2
    assert len(waiting(house, most_chars=1).positions) == 1
    assert len(waiting(house, most=2).positions) == 2


def test_what_was_acknowledged_does_not_wait_any_more(house: House) -> None:
    page = waiting(house)
    with house.services.file.write() as db:
        outbox.acknowledge(db, page.positions[:2])
    assert waiting(house).positions == page.positions[2:]


def test_a_body_that_is_no_json_is_told_in_words(house: House) -> None:
    with house.services.file.write() as db:
        db.exec_driver_sql("update journal set body = '{' where position = 2")
    with pytest.raises(StoreError, match="cannot be understood"):
        waiting(house)
