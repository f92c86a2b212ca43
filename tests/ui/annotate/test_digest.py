"""Rulings on one's work, shown between two tasks: by keys, once, with the clip, and disputed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from annodesk import settings
from annodesk.quality.told import Place
from annodesk.services import Services
from annodesk.ui.annotate.digest_page import DigestPage
from annodesk.ui.annotate.digest_words import excerpt
from tests.ui.annotate.conftest import CTRL, Desk
from tests.ui.annotate.ruled import SHOWN, WORDS, ruled

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier
Open = Callable[..., Desk]


def page(desk: Desk) -> DigestPage:
    return desk.workspace.rulings.page


def hand_in(desk: Desk) -> None:
    """Label the open task and submit it."""
    desk.label_everything()
    desk.press(Key.Key_Return, CTRL)
    desk.settle()


@pytest.fixture
def told(open_desk: Open, tmp_path: Path) -> Desk:
    """Ann has just handed in her second task, after an analyst ruled on her first."""
    desk = open_desk(made=ruled(tmp_path / "ruled"))
    assert not desk.workspace.rulings.is_shown, "not before the first task"
    hand_in(desk)
    return desk


def test_rulings_come_after_a_task_and_before_the_next(told: Desk) -> None:
    shown = page(told)
    assert shown.isVisible()
    assert shown.hasFocus()
    assert (shown.head.text(), shown.which.text()) == ("2 rulings on your work", "1 of 2")
    assert shown.place.text() == "content 00:20.0 – 00:27.0"
    said, ruling = shown.cards.sides
    assert (said.title, [one.words for one in said.lines]) == ("You said", ["speech"])
    assert (ruling.title, [one.words for one in ruling.lines]) == ("It was ruled", ["advert"])
    assert shown.words.text() == WORDS


def test_no_name_is_to_be_read_there(told: Desk) -> None:
    texts = [w.text() for w in page(told).findChildren(object) if hasattr(w, "text") and callable(w.text)]
    assert not [t for t in texts if isinstance(t, str) and ("Ben" in t or "Cleo" in t)]


def test_space_plays_the_clip_with_a_second_of_context_and_stops_it(told: Desk) -> None:
    transport, heard = page(told).transport, []
    transport.state_changed.connect(lambda: heard.append(transport.is_playing))
    told.press(Key.Key_Space)
    assert transport.is_playing
    assert abs(transport.position_us - 19_000_000) < 2_000_000
    told.press(Key.Key_Space)
    assert not transport.is_playing


def test_arrows_step_and_the_last_goes_on_to_the_tasks(told: Desk) -> None:
    told.press(Key.Key_Right)
    assert page(told).which.text() == "2 of 2"
    assert page(told).place.text() == "policy"
    assert not page(told).hear.isVisible(), "there is nothing to hear of a question"
    told.press(Key.Key_Left)
    assert page(told).which.text() == "1 of 2"
    told.press(Key.Key_Right)
    told.press(Key.Key_Right)
    told.settle()
    assert not page(told).isVisible()
    assert not told.workspace.rulings.is_shown


def test_what_was_looked_at_does_not_come_again_and_the_rest_does(told: Desk) -> None:
    told.press(Key.Key_Escape)
    told.settle()
    assert not page(told).isVisible()
    reader = Services.open(told.made.path, read_only=True)
    left = reader.digest.unseen(told.made.project_id, told.made.ann_id)
    reader.close()
    assert [one.place.part for one in left] == ["policy"]


def test_a_dispute_is_written_and_sent_by_keys_alone(told: Desk) -> None:
    told.press(Key.Key_D)
    assert page(told).field.hasFocus()
    told.press(Key.Key_Escape)
    assert page(told).hasFocus()
    assert page(told).asks.isHidden()
    told.press(Key.Key_D)
    told.type("It is part of the talk.")
    told.press(Key.Key_Return)
    told.settle()
    assert "waits until there is one" in page(told).standing.text()
    assert not page(told).dispute.isVisible(), "once"
    told.press(Key.Key_D)
    assert page(told).asks.isHidden()
    reader = Services.open(told.made.path, read_only=True)
    assert [card.reason for card in reader.review.queue(told.made.project_id)] == ["disputed"]
    reader.close()


def test_they_can_be_asked_for_again_and_never_within_a_task(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk(made=ruled(tmp_path / "ruled"))
    desk.press(Key.Key_L, Mod.AltModifier)
    desk.settle()
    assert not page(desk).isVisible()
    hand_in(desk)
    for _ in range(2):
        desk.press(Key.Key_Return)
    desk.settle()
    assert not page(desk).isVisible()
    desk.press(Key.Key_L, Mod.AltModifier)
    desk.settle()
    assert page(desk).isVisible()
    assert page(desk).head.text() == "2 rulings on your work of late"


def test_who_has_nothing_to_do_sees_them_at_once_and_can_put_them_off(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk(made=ruled(tmp_path / "ruled", items=1))
    assert page(desk).isVisible()
    desk.press(Key.Key_Escape)
    desk.settle()
    assert not page(desk).isVisible(), "one is left, and was put off"
    desk.workspace.refresh()
    desk.settle()
    assert not page(desk).isVisible()


@pytest.mark.parametrize("when", ["never", "once a day"])
def test_they_come_as_often_as_the_person_wants(open_desk: Open, tmp_path: Path, when: str) -> None:
    settings.change(rulings=when)
    desk = open_desk(made=ruled(tmp_path / "ruled"))
    hand_in(desk)
    assert page(desk).isVisible() is (when == "once a day")
    if when == "once a day":
        desk.press(Key.Key_Escape)
        desk.settle()
        desk.workspace.rulings.after_task()
        assert not desk.workspace.rulings.holds_up(), "not twice on one day"


def test_where_others_answers_are_hidden_the_page_says_so(open_desk: Open, tmp_path: Path) -> None:
    hidden = SHOWN.replace('see_others = "settled"', 'see_others = "never"')
    desk = open_desk(made=ruled(tmp_path / "ruled", toml=hidden))
    hand_in(desk)
    assert [one.words for one in page(desk).cards.sides[1].lines] == ["not shown in this project"]


def test_its_keys_are_told_while_it_is_shown_and_are_gone_afterwards(told: Desk) -> None:
    assert {"digest.hear", "digest.next", "digest.dispute"} <= {one.id for one in told.workspace.keys.actions()}
    told.press(Key.Key_Escape)
    told.settle()
    assert not [one for one in told.workspace.keys.actions() if one.id.startswith("digest.")]
    assert QApplication.focusWidget() is not page(told)


def test_a_place_in_a_text_is_shown_within_its_words() -> None:
    text = "So when you hear the strings,\nthat is a session orchestra from Lisbon, recorded in one night."
    start = text.index("Lisbon")
    shown = excerpt(text, Place("entity", "span", asset="a", start=start, end=start + 6))
    assert shown == text.replace("\n", " ").replace("Lisbon", "‹Lisbon›")
    far = excerpt("a" * 500 + "b" + "c" * 500, Place("entity", "span", asset="a", start=500, end=501))
    assert far.startswith("…a")
    assert far.endswith("c…")
    assert excerpt(text, Place("content", "label", 0, 5)) == ""
