"""Sensitive content on the desk: what a person does not work with, and clips that show nothing by themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from annodesk.model.work import Role
from annodesk.services.heard_as import Place
from annodesk.store import tables as t
from annodesk.store import terms
from annodesk.ui.dashboard.playlist import Playlist
from annodesk.ui.dashboard.sensitive_card import NONE
from tests.services.made import House, make_house
from tests.ui.dashboard.conftest import Page

Open = Callable[..., Page]


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Two recordings, one of them violent, in a project with a share of such work a day."""
    made = make_house(tmp_path, items=2, workflow="sensitive_minutes_a_day = 30.0")
    made.people["Max"] = made.services.people.add(made.project_id, "Max", Role.MANAGER)
    with made.services.file.write() as db:
        said = {"sensitive": "Violence"}
        db.execute(t.item.update().where(t.item.c.key == "episode-0").values(metadata=said))
    made.services.close()
    return made


def test_a_person_ticks_what_they_do_not_work_with_and_takes_it_back(house: House, opened: Open) -> None:
    page = opened(house, "Ada")
    page.desk.keys.trigger("desk.page.you")
    page.wait()
    card = page.desk.you.sensitive
    assert list(card.boxes) == ["violence"]
    assert "you took 0 of the 30 minutes a day" in page.desk.you.found.sensitive.sentence
    page.qtbot.keyClick(card.boxes["violence"], Qt.Key.Key_Space)
    page.wait()
    context = page.window.context
    assert context is not None
    services, ada = context.services, house.id_of("Ada")
    with services.file.read() as db:
        assert terms.of_project(db, house.project_id)[ada].declined == {"violence"}
    offered = [one["item"] for one in services.dashboard.queue(house.project_id, ada)]
    assert "episode-0" not in offered
    said = page.window.notices.seen[-1]
    assert said.sentence == "You are given no tasks with violence."
    assert said.on_button is not None
    said.on_button()
    page.wait()
    assert not card.boxes["violence"].isChecked()
    with services.file.read() as db:
        assert not terms.of_project(db, house.project_id).get(ada, terms.Terms()).declined


def test_a_sensitive_clip_is_neither_played_nor_read_until_that_is_asked_for(house: House, opened: Open) -> None:
    page = opened(house, "Cleo")
    context = page.window.context
    assert context is not None
    ids = {one.key: one.id for one in context.services.items.every(house.project_id)}
    place = Place(ids["episode-0"], "episode-0", "", "", "A", "speech", "music", 0, 1_000_000)
    page.desk.hear(Playlist("differ", "content", (place,)))
    page.wait()
    clips = page.desk.clips
    assert clips.player.playing == ""
    assert clips.problem.text().startswith("It holds violence:")
    clips.hear()
    assert clips.player.playing != ""
    clips.hear()


def test_where_nothing_is_sensitive_the_card_says_so(tmp_path: Path, opened: Open) -> None:
    (tmp_path / "plain").mkdir()
    plain = make_house(tmp_path / "plain", items=1)
    plain.services.close()
    page = opened(plain, "Ada")
    page.desk.keys.trigger("desk.page.you")
    page.wait()
    assert NONE in [one.text() for one in page.desk.you.sensitive.findChildren(type(page.desk.you.sensitive.title))]
